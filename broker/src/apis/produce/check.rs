//! What is looked at before any partition is: whether there are batches, and how many.

use bytes::Bytes;
use ottla_model::ErrorCode;
use ottla_protocol::messages::ProduceRequest;
use ottla_records::{BatchError, BatchHeader, Compression, LegacyMessage, LogEntryPrefix, Records};

/// The first version in which producers may use zstd (KIP-110).
const FIRST_VERSION_WITH_ZSTD: i16 = 7;

/// Why all partitions of a request are refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The code for each of them.
    pub(super) error: ErrorCode,
    /// The message for each of them, where the code does not say it all.
    pub(super) message: Option<String>,
}

/// Looks at the first batch of every partition.
///
/// # Errors
/// One cannot be read as a batch, or is transactional without the request naming a transactional id. (With one, the
/// authorizer would be asked for it.)
pub(super) fn whole_request(request: &ProduceRequest) -> Result<(), Refusal> {
    let partitions = request.topic_data.iter().flat_map(|topic| &topic.partition_data);
    for bytes in partitions.filter_map(|data| as_bytes(data.records.as_ref())) {
        let first = whole_entry(bytes)
            .map_err(|error| Refusal { error: ErrorCode::CorruptMessage, message: message_of(&error) })?;
        let is_transactional = |first: LogEntryPrefix| {
            BatchHeader::parse(&bytes[..first.size_in_bytes]).is_ok_and(|header| header.attributes.is_transactional())
        };
        if request.transactional_id.is_none() && first.is_some_and(is_transactional) {
            return Err(Refusal { error: ErrorCode::TransactionalIdAuthorizationFailed, message: None });
        }
    }
    Ok(())
}

/// What every version must hold: exactly one batch of magic 2, and no codec that the version does not know. The beginning
/// of another batch behind it is passed over.
///
/// # Errors
/// The code for the partition.
pub(super) fn only_batch(records: Option<Records>, version: i16) -> Result<Bytes, ErrorCode> {
    let Some(Records::Memory(bytes)) = records else { return Err(ErrorCode::InvalidRecord) };
    let corrupt = |_| ErrorCode::CorruptMessage;
    let first = whole_entry(&bytes).map_err(corrupt)?.ok_or(ErrorCode::InvalidRecord)?;
    if first.magic != BatchHeader::MAGIC {
        return Err(ErrorCode::InvalidRecord);
    }
    if let Ok(header) = BatchHeader::parse(&bytes)
        && version < FIRST_VERSION_WITH_ZSTD
        && header.attributes.compression() == Ok(Compression::Zstd)
    {
        return Err(ErrorCode::UnsupportedCompressionType);
    }
    match whole_entry(&bytes[first.size_in_bytes..]).map_err(corrupt)? {
        Some(_) => Err(ErrorCode::InvalidRecord),
        None => Ok(bytes),
    }
}

fn as_bytes(records: Option<&Records>) -> Option<&Bytes> {
    match records {
        Some(Records::Memory(bytes)) => Some(bytes),
        Some(Records::File(_)) | None => None,
    }
}

/// The first entry, if all of it is there.
fn whole_entry(bytes: &[u8]) -> Result<Option<LogEntryPrefix>, BatchError> {
    Ok(LogEntryPrefix::parse(bytes)?.filter(|prefix| prefix.size_in_bytes <= bytes.len()))
}

/// Kafka's words for what it finds out of the first 17 bytes. What it finds out later it has no words for.
fn message_of(error: &BatchError) -> Option<String> {
    match error {
        BatchError::LengthBelowMinimum { length, minimum: LegacyMessage::LENGTH_MIN_MAGIC_0 } => {
            Some(format!("Record size {length} is less than the minimum record overhead (14)"))
        }
        BatchError::UnknownMagic(magic) => Some(format!("Invalid magic found in record: {magic}")),
        BatchError::TooShort { .. }
        | BatchError::LengthBelowMinimum { .. }
        | BatchError::LengthMismatch { .. }
        | BatchError::LegacyMagic(_)
        | BatchError::CrcMismatch { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, only_batch, whole_request};
    use bytes::Bytes;
    use ottla_model::{ErrorCode, Offset, ProducerEpoch, ProducerId, Timestamp};
    use ottla_protocol::messages::ProduceRequest;
    use ottla_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
    use ottla_records::{BatchBuilder, Compression, Records};

    fn batch(codec: Compression, transactional: bool) -> Vec<u8> {
        let mut builder = BatchBuilder::new(Offset::ZERO, codec).transactional(transactional);
        if transactional {
            builder = builder.producer(ProducerId::new(1), ProducerEpoch::new(0), 0);
        }
        builder.append(Timestamp::new(7), None, Some(b"value"), &[]).unwrap();
        builder.build().unwrap().to_vec()
    }

    fn check(bytes: &[u8], version: i16) -> Result<usize, ErrorCode> {
        only_batch(Some(Records::Memory(Bytes::copy_from_slice(bytes))), version).map(|bytes| bytes.len())
    }

    fn request(transactional_id: Option<&str>, partitions: &[&[u8]]) -> ProduceRequest {
        let data = |bytes: &&[u8]| PartitionProduceData {
            records: Some(Records::Memory(Bytes::copy_from_slice(bytes))),
            ..PartitionProduceData::default()
        };
        let topic =
            TopicProduceData { partition_data: partitions.iter().map(data).collect(), ..TopicProduceData::default() };
        ProduceRequest {
            transactional_id: transactional_id.map(str::to_owned),
            topic_data: vec![topic],
            ..ProduceRequest::default()
        }
    }

    #[test]
    fn there_is_exactly_one_batch() {
        let batch = batch(Compression::None, false);
        assert_eq!(check(&batch, 9), Ok(batch.len()));
        assert_eq!(check(b"", 9), Err(ErrorCode::InvalidRecord));
        assert_eq!(check(&batch[..batch.len() - 1], 9), Err(ErrorCode::InvalidRecord));
        let twice = [&batch[..], &batch[..]].concat();
        assert_eq!(check(&twice, 9), Err(ErrorCode::InvalidRecord));
        assert_eq!(check(&twice[..batch.len() + 30], 9), Ok(batch.len() + 30), "the beginning of another");
        assert_eq!(only_batch(None, 9), Err(ErrorCode::InvalidRecord));
    }

    #[test]
    fn zstd_has_its_first_version() {
        let batch = batch(Compression::Zstd, false);
        assert_eq!(check(&batch, 6), Err(ErrorCode::UnsupportedCompressionType));
        assert_eq!(check(&batch, 7), Ok(batch.len()));
    }

    #[test]
    fn one_unreadable_partition_spoils_the_request() {
        let good = batch(Compression::None, false);
        let patched = |position: usize, bytes: &[u8]| {
            let mut batch = good.clone();
            batch[position..position + bytes.len()].copy_from_slice(bytes);
            batch
        };
        let refused = |batch: &[u8]| whole_request(&request(None, &[&good, batch])).unwrap_err();
        let corrupt = |message: &str| Refusal { error: ErrorCode::CorruptMessage, message: Some(message.to_owned()) };
        assert_eq!(refused(&patched(16, &[3])), corrupt("Invalid magic found in record: 3"));
        let length = refused(&patched(8, &(-1_i32).to_be_bytes()));
        assert_eq!(length, corrupt("Record size -1 is less than the minimum record overhead (14)"));
        assert_eq!(
            whole_request(&request(None, &[&good, &good[..12], b""])),
            Ok(()),
            "not whole: the partition's affair"
        );
    }

    #[test]
    fn transactional_records_need_a_transactional_id() {
        let batch = batch(Compression::None, true);
        let refusal = Refusal { error: ErrorCode::TransactionalIdAuthorizationFailed, message: None };
        assert_eq!(whole_request(&request(None, &[&batch])), Err(refusal));
        assert_eq!(whole_request(&request(Some("t"), &[&batch])), Ok(()));
    }
}
