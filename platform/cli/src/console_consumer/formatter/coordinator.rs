//! The records of Kafka's own topics as JSON: what groups, transactions and share groups have written down.

use super::FormatError;
use bytes::Bytes;
use ottla_client::consumer::ConsumerRecord;
use ottla_protocol::json::{JsonError, text};
use ottla_protocol::{DecodeError, GroupCoordinatorKey, RecordSet, ShareCoordinatorKey, TransactionCoordinatorKey};
use serde_json::{Value, json};
use std::io::Write;

/// Which records are shown. Others of the same topic are passed over, and so are those that are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum CoordinatorLog {
    /// Committed offsets in `__consumer_offsets`.
    Offsets,
    /// Classic groups in `__consumer_offsets`.
    GroupMetadata,
    /// Share groups in `__consumer_offsets`.
    ShareGroups,
    /// All of `__transaction_state`.
    Transactions,
    /// All of `__share_group_state`.
    ShareGroupState,
}

/// Why a record is not shown.
enum Hidden {
    /// It is of another kind, or of one that is not known.
    NotWanted,
    /// Its bytes are not what they should be.
    Unreadable(String),
}

impl From<DecodeError> for Hidden {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::UnknownRecordType { .. } => Self::NotWanted,
            other => Self::Unreadable(other.to_string()),
        }
    }
}
impl From<JsonError> for Hidden {
    fn from(error: JsonError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl CoordinatorLog {
    /// The formatter of that class, without the package of the others.
    pub(super) fn named(class: &str) -> Option<Self> {
        Some(match class {
            "OffsetsMessageFormatter" => Self::Offsets,
            "GroupMetadataMessageFormatter" => Self::GroupMetadata,
            "ShareGroupMessageFormatter" => Self::ShareGroups,
            "TransactionLogMessageFormatter" => Self::Transactions,
            "group.share.ShareGroupStateMessageFormatter" => Self::ShareGroupState,
            _ => return None,
        })
    }

    fn shows(self, record_type: i16) -> bool {
        match self {
            Self::Offsets => matches!(record_type, 0 | 1),
            Self::GroupMetadata => record_type == 2,
            Self::ShareGroups => matches!(record_type, 10..=15),
            Self::Transactions | Self::ShareGroupState => true,
        }
    }

    /// Writes a record, without a line end, as Kafka's tool does.
    pub(super) fn write(self, record: &ConsumerRecord, output: &mut dyn Write) -> Result<(), FormatError> {
        let Some(key) = &record.key else { return Ok(()) };
        match self.json(key.clone(), record.value.clone()) {
            Ok(json) => Ok(output.write_all(text(&json).as_bytes())?),
            Err(Hidden::NotWanted) => Ok(()),
            Err(Hidden::Unreadable(reason)) => Err(FormatError::Unreadable { offset: record.offset.value(), reason }),
        }
    }

    fn json(self, key: Bytes, value: Option<Bytes>) -> Result<Value, Hidden> {
        // The three kinds of keys have the same methods, but no trait that has them all.
        macro_rules! read {
            ($key:ty) => {{
                let key = <$key>::decode(key)?;
                let value = value.map(|value| key.decode_value(value)).transpose()?;
                self.record(&key, value)
            }};
        }
        match self {
            Self::Offsets | Self::GroupMetadata | Self::ShareGroups => read!(GroupCoordinatorKey),
            Self::Transactions => read!(TransactionCoordinatorKey),
            Self::ShareGroupState => read!(ShareCoordinatorKey),
        }
    }

    fn record<K: RecordSet, V: RecordSet>(self, key: &K, value: Option<(V, i16)>) -> Result<Value, Hidden> {
        if !self.shows(key.record_type()) {
            return Err(Hidden::NotWanted);
        }
        let value = match value {
            Some((value, version)) => json!({ "version": version, "data": value.body_to_json(version)? }),
            None => Value::Null,
        };
        Ok(json!({ "key": { "type": key.record_type(), "data": key.body_to_json(0)? }, "value": value }))
    }
}

#[cfg(test)]
mod tests {
    use super::CoordinatorLog;
    use bytes::Bytes;
    use ottla_client::consumer::ConsumerRecord;
    use ottla_model::{Offset, PartitionIndex, Timestamp, TopicName, TopicPartition};
    use ottla_protocol::messages::{OffsetCommitKey, OffsetCommitValue};
    use ottla_protocol::{GroupCoordinatorKey, GroupCoordinatorValue};

    fn written(log: CoordinatorLog, key: Bytes, value: Option<Bytes>) -> String {
        let topic = TopicName::new("__consumer_offsets").unwrap();
        let record = ConsumerRecord {
            partition: TopicPartition { topic, partition: PartitionIndex::new(0) },
            offset: Offset::new(5),
            timestamp: Timestamp::new(0),
            timestamp_type: None,
            key: Some(key),
            value,
            headers: Vec::new(),
            leader_epoch: None,
        };
        let mut output = Vec::new();
        match log.write(&record, &mut output) {
            Ok(()) => String::from_utf8(output).unwrap(),
            Err(error) => format!("! {error}"),
        }
    }

    fn commit() -> Bytes {
        let key = OffsetCommitKey { group: "g".to_owned(), topic: "t".to_owned(), partition: 3 };
        GroupCoordinatorKey::OffsetCommit(key).encode().unwrap()
    }

    #[test]
    fn a_record_is_an_object() {
        let value = OffsetCommitValue { offset: 7, commit_timestamp: 9, ..OffsetCommitValue::default() };
        let value = GroupCoordinatorValue::from(value).encode(3).unwrap();
        let key = r#"{"key":{"type":1,"data":{"group":"g","topic":"t","partition":3}},"value":"#;
        assert_eq!(
            written(CoordinatorLog::Offsets, commit(), Some(value)),
            format!(
                r#"{key}{{"version":3,"data":{{"offset":7,"leaderEpoch":-1,"metadata":"","commitTimestamp":9}}}}}}"#
            )
        );
        assert_eq!(written(CoordinatorLog::Offsets, commit(), None), format!("{key}null}}"));
    }

    #[test]
    fn other_records_are_passed_over() {
        assert_eq!(written(CoordinatorLog::GroupMetadata, commit(), None), "");
        assert_eq!(written(CoordinatorLog::Offsets, Bytes::from_static(&[0x7f, 0xff]), None), "");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let told = written(CoordinatorLog::Offsets, Bytes::from_static(&[0, 1, 9]), None);
        assert!(told.starts_with("! Could not read record at offset 5 due to: "), "{told}");
    }
}
