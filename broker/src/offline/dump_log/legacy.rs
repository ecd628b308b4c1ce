//! The checksum of each message of magic 0 and 1, wrapped ones included.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use ottla_records::LogEntry;
use ottla_records::{Decompressor, LegacyMessage, Record, crc32, log_entries};

/// Where the key's length stands in a message of magic 1.
const KEY_POSITION_MAGIC_1: usize = 26;

/// What one wrapper may decompress to.
const DECOMPRESSED_MAX: usize = i32::MAX as usize;

/// A message's checksum and whether it is right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checksum {
    pub(super) crc: u32,
    pub(super) is_valid: bool,
}

/// The checksums of `records`, which came out of `message`, in their order. Fewer if they cannot be told.
pub(super) fn checksums(message: &LegacyMessage, records: &[Record]) -> Vec<Checksum> {
    if !message.attributes().is_compressed() {
        return vec![checksum(message)];
    }
    match message.magic() {
        // Without a timestamp a message has nothing that its record does not have.
        0 => records.iter().map(checksum_magic_0).collect(),
        _ => wrapped_messages(message).unwrap_or_default().iter().map(checksum).collect(),
    }
}

fn checksum(message: &LegacyMessage) -> Checksum {
    Checksum { crc: message.crc(), is_valid: message.verify_crc().is_ok() }
}

/// Over magic (0), attributes (0), and key and value with their lengths.
fn checksum_magic_0(record: &Record) -> Checksum {
    let mut bytes = BytesMut::from(&[0, 0][..]);
    for field in [&record.key, &record.value] {
        bytes.put_i32(field.as_ref().map_or(-1, |field| field.len() as i32));
        bytes.put_slice(field.as_deref().unwrap_or_default());
    }
    Checksum { crc: crc32(&bytes), is_valid: true }
}

fn wrapped_messages(wrapper: &LegacyMessage) -> Option<Vec<LegacyMessage>> {
    let mut rest = wrapper.bytes().slice(KEY_POSITION_MAGIC_1..);
    let key_length = rest.try_get_i32().ok()?;
    rest = rest.split_off(usize::try_from(key_length).unwrap_or(0).min(rest.len()));
    let value_length = usize::try_from(rest.try_get_i32().ok()?).ok()?;
    let value = rest.split_to(value_length.min(rest.len()));
    let compression = wrapper.attributes().compression().ok()?;
    let mut decompressor = Decompressor::new(compression, value, DECOMPRESSED_MAX).ok()?;
    let mut bytes = BytesMut::new();
    loop {
        let chunk = decompressor.fill().ok()?;
        let length = chunk.len();
        if length == 0 {
            break;
        }
        bytes.put_slice(chunk);
        decompressor.consume(length);
    }
    let messages = log_entries(Bytes::from(bytes)).map(|entry| match entry {
        Ok(LogEntry::Legacy(message)) => Some(message),
        _ => None,
    });
    messages.collect()
}
