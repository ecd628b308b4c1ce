use super::{InvalidTransaction, TransactionMetadata, TransactionRecord};
use crate::transaction::{TransactionState, TransactionVersion};
use bytes::{BufMut, Bytes, BytesMut};
use ottla_model::{PartitionIndex, ProducerEpoch, ProducerId, Timestamp, TopicName, TopicPartition};
use ottla_protocol::DecodeError;
use proptest::prelude::*;

fn partition(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition { topic: TopicName::new(topic).unwrap(), partition: PartitionIndex::new(partition) }
}

fn metadata() -> TransactionMetadata {
    TransactionMetadata {
        state: TransactionState::PrepareCommit,
        producer_id: ProducerId::new(7),
        previous_producer_id: Some(ProducerId::new(6)),
        next_producer_id: Some(ProducerId::new(8)),
        producer_epoch: ProducerEpoch::new(3),
        timeout: 60_000,
        partitions: [partition("u", 1), partition("t", 0), partition("t", 2)].into(),
        start: Some(Timestamp::new(1_000)),
        last_update: Timestamp::new(2_000),
        client_version: TransactionVersion::V2,
    }
}

/// Type 0, and the transactional id.
const KEY: &[u8] = b"\0\0\0\x02tx";

/// The fields of version 0, after the version.
fn fixed_part(state: u8, partitions: &[u8]) -> BytesMut {
    let mut bytes = BytesMut::new();
    bytes.put_i64(7);
    bytes.put_i16(3);
    bytes.put_i32(60_000);
    bytes.put_u8(state);
    bytes.put_slice(partitions);
    bytes.put_i64(2_000);
    bytes.put_i64(1_000);
    bytes
}

#[test]
fn version_0_is_kafkas_byte_for_byte() {
    let mut expected = BytesMut::from(&b"\0\0"[..]);
    let partitions = b"\0\0\0\x02\0\x01t\0\0\0\x02\0\0\0\0\0\0\0\x02\0\x01u\0\0\0\x01\0\0\0\x01";
    expected.extend_from_slice(&fixed_part(2, partitions));
    let recorded = metadata().as_recorded(TransactionVersion::V0);
    let record = recorded.record("tx", TransactionVersion::V0).unwrap();
    assert_eq!((&record.key[..], record.value), (KEY, Some(expected.freeze())));
    assert_eq!((recorded.previous_producer_id, recorded.next_producer_id), (None, None));
    assert_eq!(recorded.client_version, TransactionVersion::V0);
    assert!(metadata().record("tx", TransactionVersion::V0).is_err(), "nothing is left out silently");
}

#[test]
fn version_1_is_kafkas_byte_for_byte() {
    let mut expected = BytesMut::from(&b"\0\x01"[..]);
    expected.extend_from_slice(&fixed_part(2, b"\x03\x02t\x03\0\0\0\0\0\0\0\x02\0\x02u\x02\0\0\0\x01\0"));
    // Three tagged fields: the previous id, the next id, what the client follows.
    expected.extend_from_slice(b"\x03\0\x08\0\0\0\0\0\0\0\x06\x01\x08\0\0\0\0\0\0\0\x08\x02\x02\0\x02");
    for version in [TransactionVersion::V1, TransactionVersion::V2] {
        let record = metadata().as_recorded(version).record("tx", version).unwrap();
        assert_eq!((&record.key[..], record.value), (KEY, Some(expected.clone().freeze())));
    }
}

#[test]
fn an_empty_transactional_id_has_null_for_partitions() {
    let empty = TransactionMetadata {
        state: TransactionState::Empty,
        previous_producer_id: None,
        next_producer_id: None,
        partitions: Default::default(),
        client_version: TransactionVersion::V0,
        ..metadata()
    };
    let mut expected = BytesMut::from(&b"\0\0"[..]);
    expected.extend_from_slice(&fixed_part(0, b"\xff\xff\xff\xff"));
    assert_eq!(empty.record("tx", TransactionVersion::V0).unwrap().value, Some(expected.freeze()));
    let mut expected = BytesMut::from(&b"\0\x01"[..]);
    expected.extend_from_slice(&fixed_part(0, b"\0"));
    expected.put_u8(0);
    assert_eq!(empty.record("tx", TransactionVersion::V2).unwrap().value, Some(expected.freeze()));
}

fn read(value: &[u8]) -> Result<TransactionRecord, DecodeError> {
    TransactionRecord::read(Bytes::from_static(KEY), Some(Bytes::copy_from_slice(value)))
}

fn read_invalid(value: &[u8]) -> InvalidTransaction {
    match read(value) {
        Ok(TransactionRecord::Transaction { metadata: Some(Err(invalid)), .. }) => invalid,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_is_told_from_what_cannot_be_read() {
    let with = |state, tagged: &[u8]| {
        let mut bytes = BytesMut::from(&b"\0\x01"[..]);
        bytes.extend_from_slice(&fixed_part(state, b"\0"));
        bytes.extend_from_slice(tagged);
        bytes
    };
    assert!(matches!(read(&with(1, b"\0")), Ok(TransactionRecord::Transaction { metadata: Some(Ok(_)), .. })));
    assert_eq!(read_invalid(&with(6, b"\0")), InvalidTransaction::UnknownState { id: 6 });
    assert_eq!(read_invalid(&with(255, b"\0")), InvalidTransaction::UnknownState { id: -1 });
    assert_eq!(read_invalid(&with(1, b"\x01\x02\x02\0\x09")), InvalidTransaction::UnknownVersion { level: 9 });
    let mut nobody = with(1, b"\0");
    nobody[2..10].fill(0xff);
    assert_eq!(read_invalid(&nobody), InvalidTransaction::NoProducer);
    assert!(read(&with(1, b"")).is_err(), "torn");
    assert!(read(b"\0\x02").is_err(), "a newer version");
    let unknown = TransactionRecord::read(Bytes::from_static(b"\0\x05anything"), None);
    assert_eq!(unknown, Ok(TransactionRecord::Unknown { record_type: 5 }));
}

#[test]
fn a_newer_broker_may_know_more() {
    let mut bytes = BytesMut::from(&b"\0\x01"[..]);
    bytes.extend_from_slice(&fixed_part(4, b"\x01"));
    // The next epoch (tag 3), which nobody looks at, and a field that nobody knows.
    bytes.extend_from_slice(b"\x02\x03\x02\0\x05\x09\x01x");
    let Ok(TransactionRecord::Transaction { metadata: Some(Ok(read)), .. }) = read(&bytes) else { panic!() };
    assert_eq!((read.state, read.producer_epoch.value()), (TransactionState::CompleteCommit, 3));
}

#[test]
fn a_transactional_id_can_be_too_long() {
    let longest = "x".repeat(i16::MAX as usize);
    assert!(metadata().record(&longest, TransactionVersion::V2).is_ok());
    assert!(TransactionMetadata::tombstone(&longest).is_ok());
    let too_long = "x".repeat(i16::MAX as usize + 1);
    assert!(metadata().record(&too_long, TransactionVersion::V2).is_err());
    assert!(TransactionMetadata::tombstone(&too_long).is_err());
}

prop_compose! {
    fn any_metadata()(
        state in prop::sample::select(TransactionState::ALL.to_vec()),
        ids in (0..i64::MAX, prop::option::of(0..i64::MAX), prop::option::of(0..i64::MAX)),
        epoch in 0..=i16::MAX,
        timeout in any::<i32>(),
        partitions in prop::collection::btree_set(("[a-c]{1,3}", 0..4_i32), 0..6),
        start in prop::option::of(0..i64::MAX),
        last_update in any::<i64>(),
        level in 0..3_i16,
    ) -> TransactionMetadata {
        let partitions = partitions.iter().map(|(topic, index)| partition(topic, *index));
        TransactionMetadata {
            state,
            producer_id: ProducerId::new(ids.0),
            previous_producer_id: ids.1.map(ProducerId::new),
            next_producer_id: ids.2.map(ProducerId::new),
            producer_epoch: ProducerEpoch::new(epoch),
            timeout,
            partitions: partitions.filter(|_| state != TransactionState::Empty).collect(),
            start: start.map(Timestamp::new),
            last_update: Timestamp::new(last_update),
            client_version: TransactionVersion::from_level(level).unwrap(),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(metadata in any_metadata(), level in 0..3_i16) {
        let version = TransactionVersion::from_level(level).unwrap();
        let recorded = metadata.as_recorded(version);
        let record = recorded.record("tx", version).unwrap();
        let read = TransactionRecord::read(record.key, record.value).unwrap();
        let expected =
            TransactionRecord::Transaction { transactional_id: "tx".to_owned(), metadata: Some(Ok(recorded)) };
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn nothing_is_too_strange_to_be_refused(
        key in prop::collection::vec(any::<u8>(), 0..12),
        value in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut known = vec![0, 0, 0, 1, b'x'];
        known.extend(&key);
        let value = Some(Bytes::from(value));
        let _ = TransactionRecord::read(Bytes::from(known), value.clone());
        let _ = TransactionRecord::read(Bytes::from_static(b"\0\0\0\x01x"), value.clone());
        let _ = TransactionRecord::read(Bytes::from(key), value);
    }
}
