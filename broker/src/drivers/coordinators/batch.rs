//! From a decision's records to the batch that goes into the log.

use bytes::Bytes;
use ottla_coordinators::CoordinatorRecord;
use ottla_model::{Offset, Timestamp};
use ottla_records::{BatchBuilder, BatchHeader, Compression};

/// What Kafka's coordinators have for a sequence number in their batches, although these are of no producer.
const BASE_SEQUENCE: i32 = 0;

/// One batch of all `records`, of one time. `None` if they do not fit into a batch at all, or if there are none.
pub(super) fn batch_of(records: &[CoordinatorRecord], compression: Compression, now: Timestamp) -> Option<Bytes> {
    let mut builder = BatchBuilder::new(Offset::ZERO, compression).producer(
        BatchHeader::NO_PRODUCER_ID,
        BatchHeader::NO_PRODUCER_EPOCH,
        BASE_SEQUENCE,
    );
    // The clock of a node that stands before 1970 must not keep it from writing.
    let now = now.max(BatchHeader::NO_TIMESTAMP);
    for record in records {
        builder.append(now, Some(&record.key), record.value.as_deref(), &[]).ok()?;
    }
    builder.build().ok()
}

#[cfg(test)]
mod tests {
    use super::batch_of;
    use bytes::Bytes;
    use ottla_coordinators::CoordinatorRecord;
    use ottla_model::Timestamp;
    use ottla_records::{Batch, Compression};

    #[test]
    fn records_become_one_batch_with_tombstones() {
        let record = |value: Option<&'static str>| CoordinatorRecord {
            key: Bytes::from_static(b"key"),
            value: value.map(Bytes::from),
        };
        let records = [record(Some("value")), record(None)];
        let batch = batch_of(&records, Compression::None, Timestamp::new(7)).expect("fits");
        let batch = Batch::parse(batch).expect("one batch");
        assert_eq!(batch.verify_crc(), Ok(()));
        assert_eq!((batch.header.producer_id.value(), batch.header.base_sequence), (-1, 0));
        let read: Vec<_> = batch.records(usize::MAX).expect("plain").map(|record| record.expect("whole")).collect();
        assert_eq!(read[0].value.as_deref(), Some(&b"value"[..]));
        assert_eq!((read[1].value.as_deref(), read[1].timestamp), (None, Timestamp::new(7)));
        assert_eq!(batch_of(&[], Compression::None, Timestamp::new(7)), None);
    }
}
