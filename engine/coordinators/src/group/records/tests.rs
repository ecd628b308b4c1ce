//! What Kafka no longer writes, or not for us, and may still be in a log. (`offsets/tests/kafka_written.rs` has a whole log.)

use super::*;
use bytes::{BufMut, Bytes, BytesMut};
use ottla_model::{LeaderEpoch, Offset, PartitionIndex, Timestamp, Uuid};
use ottla_protocol::messages::group_metadata_value::MemberMetadata;
use ottla_protocol::messages::{GroupMetadataValue, OffsetCommitValue};
use ottla_protocol::{DecodeError, GroupCoordinatorKey, GroupCoordinatorValue, RecordSet};

fn string(out: &mut BytesMut, text: &str) {
    out.put_i16(text.len() as i16);
    out.put_slice(text.as_bytes());
}

fn offset_key(record_type: i16) -> Bytes {
    let mut key = BytesMut::new();
    key.put_i16(record_type);
    string(&mut key, "g");
    string(&mut key, "t");
    key.put_i32(3);
    key.freeze()
}

fn read_offset(key: Bytes, value: Option<Bytes>) -> Option<CommittedOffset> {
    match GroupRecord::read(key, value).unwrap() {
        GroupRecord::Offset { key, committed } => {
            let partition = PartitionIndex::new(3);
            assert_eq!(key, OffsetKey { group: "g".to_owned(), topic: "t".to_owned(), partition });
            committed
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_offset_of_any_version_is_read() {
    let full = OffsetCommitValue {
        offset: 7,
        leader_epoch: 4,
        metadata: "m".to_owned(),
        commit_timestamp: 1_000,
        expire_timestamp: 2_000,
        topic_id: Uuid::ONE,
        unknown_tagged_fields: Vec::new(),
    };
    for version in 0..=4 {
        let value = GroupCoordinatorValue::from(full.clone()).encode(version).unwrap();
        let expected = CommittedOffset {
            offset: Offset::new(7),
            leader_epoch: (version >= 3).then(|| LeaderEpoch::new(4)),
            metadata: "m".to_owned(),
            commit_timestamp: Timestamp::new(1_000),
            expire_timestamp: (version == 1).then(|| Timestamp::new(2_000)),
            topic_id: if version >= 4 { Uuid::ONE } else { Uuid::ZERO },
        };
        assert_eq!(read_offset(offset_key(1), Some(value)), Some(expected), "version {version}");
    }
    assert_eq!(read_offset(offset_key(1), None), None);
}

#[test]
fn a_key_of_type_0_is_an_offset_too() {
    let mut value = BytesMut::new();
    value.put_i16(0);
    value.put_i64(7);
    string(&mut value, "m");
    value.put_i64(1_000);
    let expected = CommittedOffset {
        offset: Offset::new(7),
        leader_epoch: None,
        metadata: "m".to_owned(),
        commit_timestamp: Timestamp::new(1_000),
        expire_timestamp: None,
        topic_id: Uuid::ZERO,
    };
    assert_eq!(read_offset(offset_key(0), Some(value.freeze())), Some(expected));
    assert_eq!(read_offset(offset_key(0), None), None);
}

#[test]
fn a_generation_of_any_version_is_read() {
    let member = MemberMetadata {
        member_id: "m-1".to_owned(),
        group_instance_id: Some("i".to_owned()),
        client_id: "m".to_owned(),
        client_host: "/127.0.0.1".to_owned(),
        rebalance_timeout: 60_000,
        session_timeout: 10_000,
        subscription: Bytes::from_static(b"s"),
        assignment: Bytes::from_static(b"a"),
        unknown_tagged_fields: Vec::new(),
    };
    let full = GroupMetadataValue {
        protocol_type: "consumer".to_owned(),
        generation: 5,
        protocol: Some("range".to_owned()),
        leader: Some("m-1".to_owned()),
        current_state_timestamp: 1_000,
        members: vec![member],
        unknown_tagged_fields: Vec::new(),
    };
    let key = GroupMetadata::tombstone("g").unwrap().key;
    for version in 0..=4 {
        let value = GroupCoordinatorValue::from(full.clone()).encode(version).unwrap();
        let expected = GroupMetadata {
            protocol_type: Some("consumer".to_owned()),
            generation: 5,
            protocol: Some("range".to_owned()),
            leader: Some("m-1".to_owned()),
            current_state_timestamp: (version >= 2).then(|| Timestamp::new(1_000)),
            members: vec![GroupMember {
                member_id: "m-1".to_owned(),
                group_instance_id: (version >= 3).then(|| "i".to_owned()),
                client_id: "m".to_owned(),
                client_host: "/127.0.0.1".to_owned(),
                // Version 0 has one time-out for both.
                rebalance_timeout: if version >= 1 { 60_000 } else { 10_000 },
                session_timeout: 10_000,
                subscription: Bytes::from_static(b"s"),
                assignment: Bytes::from_static(b"a"),
            }],
        };
        let read = GroupRecord::read(key.clone(), Some(value));
        assert_eq!(read, Ok(GroupRecord::Group { group: "g".to_owned(), metadata: Some(expected) }), "{version}");
    }
    let read = GroupRecord::read(key, None);
    assert_eq!(read, Ok(GroupRecord::Group { group: "g".to_owned(), metadata: None }));
}

#[test]
fn every_other_type_is_told_by_its_kind() {
    use OtherGroupKind::{Consumer, Share, Streams};
    let mut types = 0;
    for record_type in (3..i16::MAX).filter(|record_type| GroupCoordinatorKey::versions(*record_type).is_some()) {
        let (kind, existence) = match record_type {
            3..=8 | 16 => (Consumer, 3),
            10..=15 => (Share, 11),
            17..=23 => (Streams, 17),
            _ => panic!("type {record_type} is new"),
        };
        // The first field is the group's id; what follows is text, if there is anything.
        let mut key = BytesMut::new();
        key.put_i16(record_type);
        string(&mut key, "g");
        let group_alone = key.clone().freeze();
        string(&mut key, "more");
        let key = if GroupCoordinatorKey::decode(group_alone.clone()).is_ok() { group_alone } else { key.freeze() };
        // Values are not looked into: what is in them is not ours to judge.
        for (value, is_tombstone) in [(Some(Bytes::from_static(b"?")), false), (None, true)] {
            let group = "g".to_owned();
            let expected = OtherGroupRecord { kind, group, is_existence: record_type == existence, is_tombstone };
            assert_eq!(GroupRecord::read(key.clone(), value), Ok(GroupRecord::Other(expected)), "type {record_type}");
        }
        types += 1;
    }
    assert_eq!(types, 19);
}

#[test]
fn a_type_that_nobody_knows_is_no_error() {
    let read = GroupRecord::read(Bytes::from_static(&[0, 99, 1, 2, 3]), Some(Bytes::new()));
    assert_eq!(read, Ok(GroupRecord::Unknown { record_type: 99 }));
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let group = GroupMetadata::tombstone("g").unwrap().key;
    let newer = Bytes::from_static(&[0, 9]);
    for (what, key, value) in [
        ("an empty key", Bytes::new(), None),
        ("a key that is cut off", offset_key(1).slice(..7), None),
        ("an empty value", offset_key(1), Some(Bytes::new())),
        ("a value that is cut off", offset_key(1), Some(Bytes::from_static(&[0, 3, 0, 0]))),
    ] {
        assert!(matches!(GroupRecord::read(key, value), Err(DecodeError::UnexpectedEnd { .. })), "{what}");
    }
    for key in [offset_key(1), group] {
        let read = GroupRecord::read(key, Some(newer.clone()));
        assert!(matches!(read, Err(DecodeError::UnsupportedVersion { version: 9, .. })), "{read:?}");
    }
}

#[test]
fn the_example_in_the_description_is_true() {
    let key = OffsetKey { group: "g".to_owned(), topic: "t".to_owned(), partition: PartitionIndex::new(3) };
    let committed = CommittedOffset {
        offset: Offset::new(7),
        leader_epoch: None,
        metadata: String::new(),
        commit_timestamp: Timestamp::new(1_700_000_000_000),
        expire_timestamp: None,
        topic_id: Uuid::ZERO,
    };
    let record = key.record(&committed).unwrap();
    let description = include_str!("../../../../../docs/formats/consumer-offsets.md");
    for (name, bytes) in [("key", record.key), ("value", record.value.unwrap())] {
        let line = description.lines().find(|line| line.starts_with(&format!("{name}  ")));
        let described = line.unwrap()[name.len()..].replace([' ', '|'], "");
        let written: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(written, described, "{name}");
    }
}
