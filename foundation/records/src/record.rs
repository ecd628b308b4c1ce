//! One record: what a producer sent and a consumer gets.

use crate::error::RecordError;
use crate::header::{BatchHeader, increment_sequence};
use crate::record_walk::{RecordShape, walk_headers};
use crate::varint::{put_varint, put_varlong, varint_size, varlong_size};
use bytes::{BufMut, Bytes, BytesMut};
use ottla_model::{Offset, Timestamp};
use std::borrow::Cow;
use std::ops::Range;

/// A record of any format. Key, value and headers are slices of the batch's (or the decompressed) buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Position in the partition.
    pub offset: Offset,
    /// The producer's timestamp, or the leader's under `LogAppendTime`. -1 in messages of magic 0.
    pub timestamp: Timestamp,
    /// The producer's sequence number, if it is idempotent.
    pub sequence: Option<i32>,
    /// What decides about partition and compaction.
    pub key: Option<Bytes>,
    /// The content; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// In the order in which they were added; keys may repeat. Empty in messages of magic 0 and 1.
    pub headers: Vec<RecordHeader>,
}

/// A header of a record (KIP-82).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordHeader {
    /// The name, UTF-8. Nobody but the reader checks that it is, so it is bytes here.
    pub key: Bytes,
    /// The content.
    pub value: Option<Bytes>,
}

impl RecordHeader {
    /// A header of this name.
    pub fn new(key: impl Into<String>, value: Option<Bytes>) -> Self {
        Self { key: Bytes::from(key.into()), value }
    }

    /// The name as text, with U+FFFD where it is not UTF-8: what a Java client makes of it.
    pub fn key_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.key)
    }
}

/// What the records of a batch are relative to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordBase {
    offset: Offset,
    timestamp: Timestamp,
    log_append_time: Option<Timestamp>,
    sequence: Option<i32>,
}

impl RecordBase {
    pub(crate) fn of(header: &BatchHeader) -> Self {
        Self {
            offset: header.base_offset,
            timestamp: header.base_timestamp,
            log_append_time: header.log_append_time(),
            sequence: (header.base_sequence >= 0).then_some(header.base_sequence),
        }
    }
    // Nothing says that base and delta do not overflow; like Kafka we let them wrap and leave the judgement to whoever
    // expects certain offsets or times.
    pub(crate) fn offset(&self, delta: i32) -> Offset {
        Offset::new(self.offset.value().wrapping_add(i64::from(delta)))
    }
    pub(crate) fn timestamp(&self, delta: i64) -> Timestamp {
        self.log_append_time.unwrap_or_else(|| Timestamp::new(self.timestamp.value().wrapping_add(delta)))
    }
    pub(crate) fn sequence(&self, offset_delta: i32) -> Option<i32> {
        self.sequence.map(|base| increment_sequence(base, offset_delta))
    }
}

impl Record {
    /// The record of this shape in `bytes`, without copying any.
    pub(crate) fn from_shape(bytes: &Bytes, shape: &RecordShape, base: &RecordBase) -> Result<Self, RecordError> {
        let slice = |range: &Range<usize>| bytes.slice(range.clone());
        let mut headers = Vec::with_capacity(shape.header_count);
        walk_headers(bytes, shape.headers_position, shape.header_count, |key, value| {
            headers.push(RecordHeader { key: slice(&key), value: value.as_ref().map(slice) });
        })?;
        Ok(Self {
            offset: base.offset(shape.offset_delta),
            timestamp: base.timestamp(shape.timestamp_delta),
            sequence: base.sequence(shape.offset_delta),
            key: shape.key.as_ref().map(slice),
            value: shape.value.as_ref().map(slice),
            headers,
        })
    }
}

/// A record about to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordToWrite<'a> {
    pub timestamp_delta: i64,
    pub offset_delta: i32,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: &'a [RecordHeader],
}

impl RecordToWrite<'_> {
    /// Bytes after the length field.
    pub(crate) fn body_size(&self) -> usize {
        let nullable = |bytes: Option<&[u8]>| match bytes {
            None => varint_size(-1),
            Some(bytes) => sized(bytes),
        };
        let headers: usize =
            self.headers.iter().map(|header| sized(&header.key) + nullable(header.value.as_deref())).sum();
        1 + varlong_size(self.timestamp_delta)
            + varint_size(self.offset_delta)
            + nullable(self.key)
            + nullable(self.value)
            + varint_size(self.headers.len() as i32)
            + headers
    }

    /// Appends the record. `body_size` is what [`Self::body_size`] said, and fits an i32, so every length inside does.
    pub(crate) fn put(&self, out: &mut BytesMut, body_size: i32) {
        out.reserve(varint_size(body_size) + body_size as usize);
        put_varint(out, body_size);
        // The record's own attributes: no bit of them has a meaning yet.
        out.put_u8(0);
        put_varlong(out, self.timestamp_delta);
        put_varint(out, self.offset_delta);
        put_nullable(out, self.key);
        put_nullable(out, self.value);
        put_varint(out, self.headers.len() as i32);
        for header in self.headers {
            put_nullable(out, Some(&header.key));
            put_nullable(out, header.value.as_deref());
        }
    }
}

fn sized(bytes: &[u8]) -> usize {
    varint_size(i32::try_from(bytes.len()).unwrap_or(i32::MAX)).saturating_add(bytes.len())
}

fn put_nullable(out: &mut BytesMut, bytes: Option<&[u8]>) {
    match bytes {
        None => put_varint(out, -1),
        Some(bytes) => {
            put_varint(out, bytes.len() as i32);
            out.put_slice(bytes);
        }
    }
}
