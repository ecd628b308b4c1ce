//! A record on its way, and what becomes of it.

use crate::ClientError;
use bytes::Bytes;
use ottla_model::{Offset, PartitionIndex, Timestamp};
use ottla_records::{BatchHeader, RecordHeader};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

/// A record to be sent.
#[derive(Debug, Clone, Default)]
pub struct ProducerRecord {
    /// Where to; the broker judges the name.
    pub topic: String,
    /// Which partition; `None` to let the partitioner choose.
    pub partition: Option<PartitionIndex>,
    /// When; `None` for now.
    pub timestamp: Option<Timestamp>,
    /// What decides about partition and compaction.
    pub key: Option<Bytes>,
    /// The content; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// In the order in which consumers get them; keys may repeat.
    pub headers: Vec<RecordHeader>,
}

/// Varints of lengths up to 2 GiB take so many bytes.
const VARINT_SIZE_MAX: usize = 5;
/// A record's length, attributes, timestamp delta and offset delta at their longest.
const RECORD_OVERHEAD_MAX: usize = 5 + 1 + 10 + 5;

impl ProducerRecord {
    /// Bytes that the record takes at most in a batch of its own, as Kafka's client estimates it.
    pub(super) fn size_upper_bound(&self) -> usize {
        let sized = |bytes: Option<usize>| bytes.map_or(1, |length| varint_size(length).saturating_add(length));
        let mut size = BatchHeader::SIZE + RECORD_OVERHEAD_MAX;
        size = size.saturating_add(sized(self.key.as_ref().map(Bytes::len)));
        size = size.saturating_add(sized(self.value.as_ref().map(Bytes::len)));
        size = size.saturating_add(varint_size(self.headers.len()));
        for header in &self.headers {
            size = size.saturating_add(sized(Some(header.key.len())));
            size = size.saturating_add(sized(header.value.as_ref().map(Bytes::len)));
        }
        size
    }
}

/// Bytes of a length as a zigzag varint.
fn varint_size(length: usize) -> usize {
    let significant_bits = (usize::BITS - length.leading_zeros() + 1) as usize;
    significant_bits.div_ceil(7).min(VARINT_SIZE_MAX)
}

/// A record that has been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// The partition it is in.
    pub partition: PartitionIndex,
    /// Where in it; `None` if nobody said: with acks=0, and for a duplicate that the broker no longer remembers.
    pub offset: Option<Offset>,
    /// The record's timestamp, or the broker's under `LogAppendTime`.
    pub timestamp: Timestamp,
}

/// What becomes of a record: wait for it, or drop it if that does not matter. Dropping it does not take the record back.
#[derive(Debug)]
pub struct Delivery {
    outcome: oneshot::Receiver<Result<Delivered, ClientError>>,
}

/// The other end of a [`Delivery`].
pub(super) type DeliverySender = oneshot::Sender<Result<Delivered, ClientError>>;

impl Delivery {
    pub(super) fn pair() -> (DeliverySender, Self) {
        let (sender, outcome) = oneshot::channel();
        (sender, Self { outcome })
    }
}

impl Future for Delivery {
    type Output = Result<Delivered, ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.outcome).poll(context).map(|outcome| {
            outcome.unwrap_or_else(|_| Err(ClientError::Closed("Producer is closed forcefully.".to_owned())))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ProducerRecord;
    use bytes::Bytes;
    use ottla_records::RecordHeader;

    #[test]
    fn sizes_are_those_that_kafkas_client_names() {
        let record = ProducerRecord { value: Some(Bytes::from(vec![0; 2_000_000])), ..ProducerRecord::default() };
        assert_eq!(record.size_upper_bound(), 2_000_088);
        let record = ProducerRecord {
            key: Some(Bytes::from_static(b"key")),
            headers: vec![RecordHeader::new("h", None)],
            ..ProducerRecord::default()
        };
        assert_eq!(record.size_upper_bound(), 61 + 21 + (1 + 3) + 1 + 1 + (1 + 1 + 1));
    }
}
