//! What is built is what is read, whatever it is.

use bytes::{Bytes, BytesMut};
use ottla_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{
    Attributes, Batch, BatchBuilder, BatchHeader, BatchMut, Compression, Record, RecordError, RecordHeader, ShortTail,
    TimestampType, batches, increment_sequence,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

const DECOMPRESSED_MAX: usize = 4 << 20;

/// A record to append, and how far behind the one before.
#[derive(Debug, Clone)]
struct Input {
    gap: i64,
    timestamp: i64,
    key: Option<Bytes>,
    value: Option<Bytes>,
    headers: Vec<RecordHeader>,
}

fn content(size_max: usize) -> impl Strategy<Value = Bytes> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..40).prop_map(Bytes::from),
        1 => vec(any::<u8>(), 0..size_max).prop_map(Bytes::from),
        1 => (any::<u8>(), 0..size_max).prop_map(|(byte, size)| Bytes::from(vec![byte; size])),
    ]
}

fn input() -> impl Strategy<Value = Input> {
    let header = (".{0,12}", option::of(content(200))).prop_map(|(key, value)| RecordHeader::new(key, value));
    let timestamp = prop_oneof![4 => 1_700_000_000_000..1_700_000_100_000_i64, 1 => -1..i64::MAX];
    let gap = prop_oneof![4 => Just(0), 1 => 0..100_000_i64];
    (gap, timestamp, option::of(content(3_000)), option::of(content(70_000)), vec(header, 0..4))
        .prop_map(|(gap, timestamp, key, value, headers)| Input { gap, timestamp, key, value, headers })
}

#[derive(Debug, Clone)]
struct Setting {
    compression: Compression,
    base_offset: i64,
    leader_epoch: i32,
    producer: Option<(i64, i16, i32)>,
    transactional: bool,
    control: bool,
    log_append_time: Option<i64>,
    delete_horizon: Option<i64>,
}

fn setting() -> impl Strategy<Value = Setting> {
    let producer = option::of((0..i64::MAX, 0..i16::MAX, 0..i32::MAX));
    let compression = (0..Compression::ALL.len()).prop_map(|index| Compression::ALL[index]);
    let times = (option::of(0..i64::MAX), option::of(0..i64::MAX));
    (compression, 0..i64::MAX / 2, -1..i32::MAX, producer, any::<bool>(), any::<bool>(), times).prop_map(
        |(compression, base_offset, leader_epoch, producer, transactional, control, times)| Setting {
            compression,
            base_offset,
            leader_epoch,
            producer,
            transactional: transactional && producer.is_some(),
            control,
            log_append_time: times.0,
            delete_horizon: times.1,
        },
    )
}

fn build(setting: &Setting, inputs: &[Input]) -> (Bytes, Vec<Record>) {
    let mut builder = BatchBuilder::new(Offset::new(setting.base_offset), setting.compression)
        .partition_leader_epoch(LeaderEpoch::new(setting.leader_epoch))
        .transactional(setting.transactional)
        .control(setting.control);
    if let Some((id, epoch, sequence)) = setting.producer {
        builder = builder.producer(ProducerId::new(id), ProducerEpoch::new(epoch), sequence);
    }
    if let Some(time) = setting.log_append_time {
        builder = builder.log_append_time(Timestamp::new(time));
    }
    if let Some(horizon) = setting.delete_horizon {
        builder = builder.delete_horizon(Timestamp::new(horizon));
    }
    let mut records = Vec::new();
    for input in inputs {
        let offset = builder.next_offset() + input.gap;
        let timestamp = Timestamp::new(input.timestamp);
        builder.append_at(offset, timestamp, input.key.as_deref(), input.value.as_deref(), &input.headers).unwrap();
        let offset_delta = i32::try_from(offset - Offset::new(setting.base_offset)).unwrap();
        records.push(Record {
            offset,
            timestamp: setting.log_append_time.map_or(timestamp, Timestamp::new),
            sequence: setting.producer.map(|(_, _, base)| increment_sequence(base, offset_delta)),
            key: input.key.clone(),
            value: input.value.clone(),
            headers: input.headers.clone(),
        });
    }
    let uncompressed_size = builder.uncompressed_size();
    let bytes = builder.build().unwrap();
    if setting.compression == Compression::None {
        assert_eq!(bytes.len(), uncompressed_size);
    }
    (bytes, records)
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(256))]

    #[test]
    fn what_is_built_is_what_is_read(setting in setting(), inputs in vec(input(), 1..12)) {
        let (bytes, records) = build(&setting, &inputs);
        let batch = Batch::parse(bytes).unwrap();
        batch.verify_crc().unwrap();

        let header = batch.header;
        assert_eq!(header.base_offset, Offset::new(setting.base_offset));
        assert_eq!(header.last_offset(), records.last().unwrap().offset);
        assert_eq!(header.record_count as usize, records.len());
        assert_eq!(header.leader_epoch(), (setting.leader_epoch >= 0).then_some(LeaderEpoch::new(setting.leader_epoch)));
        assert_eq!(header.idempotent_producer_id(), setting.producer.map(|(id, _, _)| ProducerId::new(id)));
        assert_eq!(header.last_sequence(), records.last().unwrap().sequence);
        assert_eq!(header.max_timestamp, records.iter().map(|record| record.timestamp).max().unwrap());
        assert_eq!(header.delete_horizon(), setting.delete_horizon.map(Timestamp::new));
        assert_eq!(header.attributes.compression(), Ok(setting.compression));
        assert_eq!(header.attributes.is_transactional(), setting.transactional);
        assert_eq!(header.attributes.is_control(), setting.control);

        let whole: Result<Vec<_>, RecordError> = batch.records(DECOMPRESSED_MAX).unwrap().collect();
        assert_eq!(whole.as_ref(), Ok(&records));
        let streamed: Result<Vec<_>, RecordError> = batch.records_streaming(DECOMPRESSED_MAX).unwrap().collect();
        assert_eq!(streamed, whole);
        let summaries: Result<Vec<_>, RecordError> = batch.summaries(DECOMPRESSED_MAX).unwrap().collect();
        let offsets: Vec<_> = summaries.unwrap().iter().map(|summary| summary.offset).collect();
        assert_eq!(offsets, records.iter().map(|record| record.offset).collect::<Vec<_>>());
    }

    #[test]
    fn batches_back_to_back_are_cut_where_they_were_joined(
        settings in vec(setting(), 0..4), inputs in vec(input(), 1..3), cut in 1..61_usize,
    ) {
        let built: Vec<Bytes> = settings.iter().map(|setting| build(setting, &inputs).0).collect();
        let whole = built.concat();
        let (last, _) = build(&Setting { compression: Compression::None, ..setting_of_nobody() }, &inputs);
        let joined = Bytes::from([&whole[..], &last[..last.len() - cut]].concat());

        let mut cut_again = batches(joined.clone());
        let found: Vec<Bytes> = cut_again.by_ref().map(|batch| batch.unwrap().into_bytes()).collect();
        assert_eq!(found, built);
        assert_eq!(cut_again.position(), whole.len());
        let tail = ShortTail { position: whole.len(), length: joined.len() - whole.len() };
        assert_eq!(cut_again.short_tail(), Some(tail));
    }

    #[test]
    fn a_header_is_what_its_bytes_say(
        longs in any::<[i64; 4]>(), ints in any::<[i32; 4]>(), shorts in any::<[i16; 2]>(), crc in any::<u32>(),
        batch_length in BatchHeader::BATCH_LENGTH_MIN..=i32::MAX,
    ) {
        let header = BatchHeader {
            base_offset: Offset::new(longs[0]),
            batch_length,
            partition_leader_epoch: LeaderEpoch::new(ints[0]),
            crc,
            attributes: Attributes::from_bits(shorts[0]),
            last_offset_delta: ints[1],
            base_timestamp: Timestamp::new(longs[1]),
            max_timestamp: Timestamp::new(longs[2]),
            producer_id: ProducerId::new(longs[3]),
            producer_epoch: ProducerEpoch::new(shorts[1]),
            base_sequence: ints[2],
            record_count: ints[3],
        };
        assert_eq!(BatchHeader::parse(&header.to_bytes()), Ok(header));
        assert_eq!(BatchHeader::parse(&header.emptied().to_bytes()), Ok(header.emptied()));
    }

    #[test]
    fn a_patch_changes_what_it_says_and_keeps_the_checksum_right(
        setting in setting(), inputs in vec(input(), 1..3), offset in any::<i64>(), epoch in any::<i32>(),
        delta in any::<i32>(), time in any::<i64>(), is_append_time in any::<bool>(),
    ) {
        let timestamp_type = if is_append_time { TimestampType::LogAppendTime } else { TimestampType::CreateTime };
        let (bytes, _) = build(&setting, &inputs);
        let before = Batch::parse(bytes.clone()).unwrap();
        let mut bytes = BytesMut::from(&bytes[..]);
        let mut patched = BatchMut::parse(&mut bytes).unwrap();
        patched.set_base_offset(Offset::new(offset));
        patched.set_partition_leader_epoch(LeaderEpoch::new(epoch));
        patched.set_last_offset_delta(delta);
        patched.set_max_timestamp_and_type(Timestamp::new(time), timestamp_type);
        let after = Batch::parse(bytes.freeze()).unwrap();
        after.verify_crc().unwrap();
        let mut expected = BatchHeader {
            base_offset: Offset::new(offset),
            partition_leader_epoch: LeaderEpoch::new(epoch),
            last_offset_delta: delta,
            max_timestamp: Timestamp::new(time),
            attributes: before.header.attributes.with_timestamp_type(timestamp_type),
            ..before.header
        };
        expected.crc = expected.compute_crc(&before.payload());
        assert_eq!(after.header, expected);
        assert_eq!(after.payload(), before.payload());
    }
}

fn setting_of_nobody() -> Setting {
    Setting {
        compression: Compression::None,
        base_offset: 0,
        leader_epoch: -1,
        producer: None,
        transactional: false,
        control: false,
        log_append_time: None,
        delete_horizon: None,
    }
}
