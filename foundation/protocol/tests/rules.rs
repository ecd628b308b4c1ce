//! The rules of the wire, one by one, where golden messages do not show them.

use bytes::Bytes;
use ottla_model::Uuid;
use ottla_protocol::messages::fetch_request::{ForgottenTopic, ReplicaState};
use ottla_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use ottla_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use ottla_protocol::messages::{
    ConsumerGroupMemberMetadataValue, FetchRequest, FetchResponse, MetadataRequest, ProduceRequest, RequestHeader,
};
use ottla_protocol::{Chunk, DecodeError, EncodeError, Message, RawTaggedField, Reader, Writer};
use ottla_records::{FileSlice, Records};
use std::io::Write as _;
use std::sync::Arc;

fn encode<M: Message>(message: &M, version: i16) -> Result<Bytes, EncodeError> {
    let mut writer = Writer::new();
    message.encode(&mut writer, version)?;
    writer.finish_to_bytes()
}

fn decode<M: Message>(bytes: impl Into<Bytes>, version: i16) -> Result<M, DecodeError> {
    M::decode(&mut Reader::new(bytes.into()), version)
}

#[test]
fn a_value_without_a_place_is_refused_unless_it_may_be_ignored() {
    let forgetful = FetchRequest { forgotten_topics_data: vec![ForgottenTopic::default()], ..FetchRequest::default() };
    assert!(matches!(
        encode(&forgetful, 6),
        Err(EncodeError::FieldNotInVersion { field: "FetchRequest.ForgottenTopicsData", version: 6 })
    ));
    assert!(encode(&forgetful, 7).is_ok());

    let follower = FetchRequest {
        replica_state: ReplicaState { replica_id: 3, ..ReplicaState::default() },
        ..FetchRequest::default()
    };
    assert!(matches!(
        encode(&follower, 12),
        Err(EncodeError::FieldNotInVersion { field: "FetchRequest.ReplicaState", version: 12 })
    ));

    let racked = FetchRequest { rack_id: "r".to_owned(), session_id: 9, ..FetchRequest::default() };
    assert_eq!(encode(&racked, 6).unwrap(), encode(&FetchRequest::default(), 6).unwrap());
}

#[test]
fn null_is_refused_where_a_version_has_none() {
    let all_topics = MetadataRequest { topics: None, ..MetadataRequest::default() };
    assert!(matches!(
        encode(&all_topics, 0),
        Err(EncodeError::FieldIsNull { field: "MetadataRequest.Topics", version: 0 })
    ));
    assert_eq!(encode(&all_topics, 1).unwrap()[..], [0xff; 4]);
    assert_eq!(decode::<MetadataRequest>(vec![0xff; 4], 0), Err(DecodeError::UnexpectedNull));
    assert_eq!(decode::<MetadataRequest>(vec![0xff; 4], 1).unwrap().topics, None);
}

#[test]
fn any_negative_length_is_null() {
    for length in [-1, -2, i32::MIN] {
        let bytes = length.to_be_bytes().to_vec();
        assert_eq!(decode::<MetadataRequest>(bytes.clone(), 1).unwrap().topics, None);
        assert_eq!(decode::<MetadataRequest>(bytes, 0), Err(DecodeError::UnexpectedNull));
    }
    for length in [-1_i16, -2, i16::MIN] {
        let header = [&[0; 8][..], &length.to_be_bytes()].concat();
        assert_eq!(decode::<RequestHeader>(header, 1).unwrap().client_id, None);
    }
}

#[test]
fn a_client_id_is_never_compact() {
    let header = RequestHeader { client_id: Some("c".to_owned()), ..RequestHeader::default() };
    assert_eq!(encode(&header, 1).unwrap()[..], *b"\0\0\0\0\0\0\0\0\0\x01c");
    assert_eq!(encode(&header, 2).unwrap()[..], *b"\0\0\0\0\0\0\0\0\0\x01c\0");
}

/// A RequestHeader v2 with these bytes as its tagged fields.
fn header_with_tags(tags: &[u8]) -> Result<RequestHeader, DecodeError> {
    let mut bytes = vec![0; 8];
    bytes.extend_from_slice(&[0xff, 0xff]);
    bytes.extend_from_slice(tags);
    decode(bytes, 2)
}

#[test]
fn unknown_tagged_fields_are_passed_on_in_order() {
    let header = header_with_tags(&[2, 7, 1, b'a', 9, 0]).unwrap();
    let expected = [(7, &b"a"[..]), (9, b"")].map(|(tag, data)| RawTaggedField { tag, data: data.into() });
    assert_eq!(header.unknown_tagged_fields, expected);
    assert!(encode(&header, 2).unwrap().ends_with(&[2, 7, 1, b'a', 9, 0]));
    assert!(matches!(encode(&header, 1), Err(EncodeError::NotFlexible)));

    assert_eq!(header_with_tags(&[2, 7, 0, 7, 0]), Err(DecodeError::TagOrder { tag: 7, previous: 7 }));
    assert_eq!(header_with_tags(&[2, 7, 0, 6, 0]), Err(DecodeError::TagOrder { tag: 6, previous: 7 }));
    assert_eq!(header_with_tags(&[1, 7, 2, 0]), Err(DecodeError::UnexpectedEnd { needed: 2, remaining: 1 }));
    assert_eq!(header_with_tags(&[3, 7, 0]), Err(DecodeError::CountTooLarge { count: 3, remaining: 2 }));
}

#[test]
fn known_and_unknown_tagged_fields_are_merged() {
    let field = |tag| RawTaggedField { tag, data: Bytes::new() };
    let mut request = FetchRequest {
        replica_state: ReplicaState { replica_id: 3, ..ReplicaState::default() },
        unknown_tagged_fields: vec![field(0), field(2)],
        ..FetchRequest::default()
    };
    let bytes = encode(&request, 15).unwrap();
    let mut replica_state = vec![1, 13, 0, 0, 0, 3];
    replica_state.extend_from_slice(&[0xff; 8]);
    let expected = [&[3, 0, 0][..], &replica_state, &[0, 2, 0]].concat();
    assert!(bytes.ends_with(&expected), "{bytes:?}");

    request.unknown_tagged_fields = vec![field(1)];
    assert!(matches!(encode(&request, 15), Err(EncodeError::TagOrder { tag: 1 })));
    request.unknown_tagged_fields = vec![field(5), field(4)];
    assert!(matches!(encode(&request, 15), Err(EncodeError::TagOrder { tag: 4 })));
}

#[test]
fn known_tagged_fields_have_their_versions_and_their_size() {
    let with_tags = |version: i16, tags: &[u8]| {
        let bytes = encode(&FetchRequest::default(), version).unwrap();
        decode::<FetchRequest>([&bytes[..bytes.len() - 1], tags].concat(), version)
    };
    assert_eq!(with_tags(12, &[1, 0, 2, 2, b'c']).unwrap().cluster_id.as_deref(), Some("c"));
    assert_eq!(with_tags(12, &[1, 1, 0]), Err(DecodeError::TagNotInVersion { tag: 1, version: 12 }));
    assert_eq!(with_tags(12, &[1, 0, 3, 2, b'c', 0]), Err(DecodeError::TaggedFieldSize { tag: 0, unread: 1 }));
    // What lies beyond a tagged field is not its own, even if it is there.
    assert_eq!(with_tags(12, &[1, 0, 1, 2, b'c']), Err(DecodeError::UnexpectedEnd { needed: 1, remaining: 0 }));
}

#[test]
fn a_tagged_struct_may_be_null() {
    let value = ConsumerGroupMemberMetadataValue::default();
    assert!(value.classic_member_metadata.is_some(), "null is not its default");
    let null = ConsumerGroupMemberMetadataValue { classic_member_metadata: None, ..value.clone() };
    assert!(encode(&null, 0).unwrap().ends_with(&[1, 0, 1, 0]));
    assert_eq!(decode(encode(&null, 0).unwrap(), 0), Ok(null));
    assert_eq!(decode(encode(&value, 0).unwrap(), 0), Ok(value));
}

#[test]
fn strings_have_a_longest() {
    let client = |length| RequestHeader { client_id: Some("x".repeat(length)), ..RequestHeader::default() };
    assert!(encode(&client(32_767), 2).is_ok());
    assert!(matches!(encode(&client(32_768), 2), Err(EncodeError::TooLong { length: 32_768 })));
    let request = |text: &[u8]| {
        let mut writer = Writer::new();
        writer.unsigned_varint(text.len() as u32 + 1);
        writer.raw(text);
        decode::<ProduceRequest>(writer.finish_to_bytes().unwrap(), 9)
    };
    assert_eq!(request(&[b'x'; 32_768]), Err(DecodeError::StringTooLong { length: 32_768 }));
    assert_eq!(request(&[0xc3, 0x28]), Err(DecodeError::InvalidUtf8));
}

fn produce(records: Bytes) -> ProduceRequest {
    let partition = PartitionProduceData { records: Some(records.into()), ..PartitionProduceData::default() };
    let topic =
        TopicProduceData { topic_id: Uuid::ONE, partition_data: vec![partition], ..TopicProduceData::default() };
    ProduceRequest { topic_data: vec![topic], ..ProduceRequest::default() }
}

#[test]
fn records_of_a_request_are_slices_of_its_buffer() {
    let bytes = encode(&produce(vec![7; 5000].into()), 13).unwrap();
    let buffer = bytes.as_ptr_range();
    let request: ProduceRequest = decode(bytes, 13).unwrap();
    let Some(Records::Memory(records)) = &request.topic_data[0].partition_data[0].records else {
        panic!("{request:?}");
    };
    assert_eq!(records[..], [7; 5000]);
    assert!(buffer.contains(&records.as_ptr()));
}

#[test]
fn record_bytes_leave_without_being_copied() {
    let in_memory = Bytes::from(vec![1; 5000]);
    let small = Bytes::from_static(b"small");
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"..in a file..").unwrap();
    let in_file = FileSlice { file: Arc::new(file), position: 2, length: 9 };

    let records = [Records::Memory(in_memory.clone()), Records::Memory(small), Records::File(in_file.clone())];
    let partition = |records| PartitionData { records: Some(records), ..PartitionData::default() };
    let topic =
        FetchableTopicResponse { partitions: records.map(partition).into(), ..FetchableTopicResponse::default() };
    let response = FetchResponse { responses: vec![topic], ..FetchResponse::default() };

    let mut writer = Writer::new();
    response.encode(&mut writer, 13).unwrap();
    let length = writer.len();
    let chunks = writer.finish();
    let [Chunk::Memory(_), Chunk::Memory(shared), Chunk::Memory(_), Chunk::File(file), Chunk::Memory(_)] = &chunks[..]
    else {
        panic!("{chunks:?}");
    };
    assert_eq!(shared.as_ptr(), in_memory.as_ptr());
    assert_eq!(*file, in_file);
    assert_eq!(chunks.iter().map(Chunk::len).sum::<usize>(), length);

    let bytes = encode(&response, 13).unwrap();
    assert_eq!(bytes.len(), length);
    let read: FetchResponse = decode(bytes, 13).unwrap();
    let read: Vec<Bytes> =
        read.responses[0].partitions.iter().map(|p| p.records.as_ref().unwrap().read_all().unwrap()).collect();
    assert_eq!(read[0], in_memory);
    assert_eq!(read[1..], [&b"small"[..], b"in a file"]);
}
