//! Making a batch anew, because the topic asks for another codec or because the producer has counted wrongly.

use super::append_error::AppendError;
use super::validate::{Rules, Validated, check_size, invalid_record, unreadable_records};
use bytes::Bytes;
use ottla_records::{Batch, BatchBuilder, BatchHeader, Compressor, TimestampType};

/// How many times `max.message.bytes` a batch may decompress to if it is to be compressed anew, since all of it is then in
/// memory at once.
const EXPANSION_MAX: usize = 100;
/// The same for topics with a small `max.message.bytes`, in bytes.
const EXPANDED_MIN: usize = 64 << 20;

/// The same records in a batch with this codec, with offsets that follow on each other.
pub(super) fn recompress(batch: &Batch, codec: Compressor, rules: &Rules<'_>) -> Result<Validated, AppendError> {
    let expanded_max = (rules.config.max_message_bytes as usize).saturating_mul(EXPANSION_MAX).max(EXPANDED_MIN);
    let header = &batch.header;
    let mut builder = BatchBuilder::new(rules.base_offset, codec)
        .partition_leader_epoch(rules.append.leader_epoch)
        .producer(header.producer_id, header.producer_epoch, header.base_sequence)
        .transactional(header.attributes.is_transactional())
        .control(header.attributes.is_control());
    if rules.config.timestamp_type == TimestampType::LogAppendTime {
        builder = builder.log_append_time(rules.append.now);
    }
    for record in batch.records_streaming(expanded_max).map_err(unreadable_records)? {
        let record = record.map_err(unreadable_records)?;
        builder
            .append(record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers)
            .map_err(|error| invalid_record(error.to_string()))?;
    }
    let bytes: Bytes = builder.build().map_err(|error| invalid_record(error.to_string()))?;
    check_size(bytes.len(), rules)?;
    let header = BatchHeader::parse(&bytes).map_err(|error| invalid_record(error.to_string()))?;
    let marker = super::marker_of(batch).map_err(|error| invalid_record(error.to_string()))?;
    Ok(Validated { header, payload: bytes.slice(BatchHeader::SIZE..), marker })
}
