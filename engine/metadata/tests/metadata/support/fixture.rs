//! Reads what Apache Kafka wrote.

use bytes::Bytes;
use ottla_metadata::{MetadataDelta, MetadataImage, RecordPosition, records};
use ottla_model::Offset;
use ottla_protocol::MetadataRecord;

/// A record of the metadata log, with the bytes it was read from.
pub struct LoggedRecord {
    pub position: RecordPosition,
    pub bytes: Bytes,
    pub record: MetadataRecord,
}

/// The metadata records in a segment or a snapshot; those of the quorum itself are left out.
pub fn logged_records(file: &str) -> Vec<LoggedRecord> {
    let path = format!("{}/tests/metadata/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
    let mut logged = Vec::new();
    for batch in ottla_records::batches(std::fs::read(path).unwrap().into()) {
        let batch = batch.unwrap();
        batch.verify_crc().unwrap();
        if batch.header.attributes.is_control() {
            continue;
        }
        for record in batch.records(1 << 20).unwrap() {
            let record = record.unwrap();
            let epoch = batch.header.partition_leader_epoch;
            let position = RecordPosition { offset: record.offset, epoch, timestamp: record.timestamp };
            let bytes = record.value.unwrap();
            logged.push(LoggedRecord {
                position,
                record: records::decode(record.offset, bytes.clone()).unwrap(),
                bytes,
            });
        }
    }
    assert!(!logged.is_empty(), "{file}");
    logged
}

/// The image of all records before `end_offset`.
pub fn image_before(logged: &[LoggedRecord], end_offset: Offset) -> MetadataImage {
    let mut delta = MetadataDelta::new(MetadataImage::empty());
    for record in logged.iter().filter(|record| record.position.offset < end_offset) {
        delta.replay(record.position, &record.record).unwrap();
    }
    delta.publish().image
}
