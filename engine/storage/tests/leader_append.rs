//! What a leader accepts, refuses and changes.

mod support;

use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_records::{Batch, BatchBuilder, BatchHeader, Compression, Compressor, TimestampType};
use ottla_storage::{AppendError, Appended, LeaderAppend, LogConfig, PartitionLog, TopicCompression, Validation};
use std::path::Path;
use std::sync::Arc;
use support::batches;
use support::simulated_disk::SimulatedDisk;
use support::{EPOCH, NOW, begin, everything_from};

fn log(config: LogConfig) -> PartitionLog {
    begin(Arc::new(SimulatedDisk::default()), Path::new("/data"), &config)
}
fn append(log: &mut PartitionLog, records: impl Into<Bytes>) -> Result<Appended, AppendError> {
    log.append_as_leader(records.into(), &LeaderAppend::from_client(LeaderEpoch::new(5), NOW))
}
fn only_batch(log: &PartitionLog) -> Batch {
    let reader = log.reader();
    let read = reader.read(&everything_from(&reader, Offset::ZERO)).unwrap();
    let [batch] = &batches::of(&read.records)[..] else { panic!("not one batch: {read:?}") };
    batch.clone()
}
/// A batch with one field of its header changed and the CRC made right again.
fn altered(batch: &Bytes, change: impl Fn(&mut BatchHeader)) -> Bytes {
    let mut header = BatchHeader::parse(batch).unwrap();
    change(&mut header);
    header.crc = header.compute_crc(&batch[BatchHeader::SIZE..]);
    [&header.to_bytes()[..], &batch[BatchHeader::SIZE..]].concat().into()
}
fn at(milliseconds: i64) -> i64 {
    NOW.value() + milliseconds
}
fn two_records() -> Bytes {
    batches::plain(&[(at(0), "a"), (at(1), "b")])
}

#[test]
fn offset_and_epoch_are_the_leaders_and_nothing_else_changes() {
    let mut log = log(LogConfig::kafka_defaults());
    let sent = batches::compressed(Compression::Zstd, &[(at(0), "a"), (at(7), "b"), (at(3), "c")]);
    append(&mut log, two_records()).unwrap();
    let appended = append(&mut log, sent.clone()).unwrap();
    assert_eq!((appended.base_offset, appended.last_offset), (Offset::new(2), Offset::new(4)));
    assert_eq!((appended.bytes as usize, appended.records), (sent.len(), 3));
    assert_eq!((appended.log_append_time, appended.duplicate), (None, false));
    let reader = log.reader();
    let read = reader.read(&everything_from(&reader, Offset::new(2))).unwrap();
    let [batch] = &batches::of(&read.records)[..] else { panic!() };
    let expected = BatchHeader {
        base_offset: Offset::new(2),
        partition_leader_epoch: LeaderEpoch::new(5),
        ..BatchHeader::parse(&sent).unwrap()
    };
    assert_eq!(batch.header, expected);
    assert_eq!(batch.payload(), sent.slice(BatchHeader::SIZE..));
}

#[test]
fn what_is_not_one_batch_of_today_is_refused() {
    let mut log = log(LogConfig::kafka_defaults());
    let message = |error: AppendError| match error {
        AppendError::InvalidRecord { message, records } if records.is_empty() => message,
        other => panic!("{other:?}"),
    };
    assert_eq!(message(append(&mut log, Bytes::new()).unwrap_err()), "Record batch has no batches at all");
    let half = two_records();
    assert_eq!(message(append(&mut log, half.slice(..40)).unwrap_err()), "Record batch has no batches at all");
    let two = Bytes::from([two_records(), two_records()].concat());
    assert_eq!(message(append(&mut log, two).unwrap_err()), "Compressed outer record has more than one batch");
    // Magic 1: offset 0, length 22, no CRC worth the name, magic 1, no key, no value.
    let legacy: Vec<u8> = [&[0; 8][..], &22_i32.to_be_bytes(), &[0; 4], &[1, 0], &[0; 8], &[0xff; 8]].concat();
    assert!(message(append(&mut log, legacy).unwrap_err()).contains("magic version 2"));
    assert!(matches!(append(&mut log, vec![0; 100]), Err(AppendError::Corrupt { .. })));
    assert_eq!(log.log_end_offset(), Offset::ZERO);
    // As Kafka does: what follows the batch and is not whole is passed over.
    let with_tail = Bytes::from([&two_records()[..], &half[..40]].concat());
    assert_eq!(append(&mut log, with_tail).unwrap().bytes as usize, half.len());
}

#[test]
fn a_flipped_bit_is_noticed() {
    let mut log = log(LogConfig::kafka_defaults());
    let good = two_records();
    // From the attributes on, where the CRC reaches.
    for bit in 21 * 8..good.len() * 8 {
        let mut bad = good.to_vec();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(append(&mut log, bad), Err(AppendError::Corrupt { .. })), "bit {bit}");
    }
    let error = append(&mut log, altered(&good, |_| {}).slice(..good.len() - 1).to_vec());
    assert!(matches!(error, Err(AppendError::InvalidRecord { .. })), "not whole: {error:?}");
}

#[test]
fn headers_that_contradict_themselves_are_refused_in_kafkas_words() {
    let mut log = log(LogConfig::kafka_defaults());
    let mut refusal = |change: &dyn Fn(&mut BatchHeader)| match append(&mut log, altered(&two_records(), change)) {
        Err(AppendError::InvalidRecord { message, records }) => {
            assert_eq!(records, []);
            message
        }
        // Kafka has no code for these, and says that it did not expect them.
        Err(AppendError::Unreadable { message }) => message,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refusal(&|header| header.base_offset = Offset::new(1)),
        "The baseOffset of the record batch in the append to topic-3 should be 0, but it is 1"
    );
    assert_eq!(
        refusal(&|header| header.last_offset_delta = 2),
        "Inconsistent batch offset range [0, 2] and count of records 2 in topic partition topic-3"
    );
    assert_eq!(
        refusal(&|header| header.last_offset_delta = -1),
        "Batch has an invalid offset range: [0, -1] in topic partition topic-3"
    );
    assert_eq!(
        refusal(&|header| header.record_count = 0),
        "Invalid reported count for record batch: 0 in topic partition topic-3"
    );
    assert_eq!(
        refusal(&|header| header.attributes = header.attributes.with_control(true)),
        "Clients are not allowed to write control records in topic partition topic-3"
    );
    assert_eq!(
        refusal(&|header| header.producer_id = ottla_model::ProducerId::new(9)),
        "Invalid sequence number -1 in record batch with producerId 9 in topic partition topic-3"
    );
    refusal(&|header| header.attributes = header.attributes.with_transactional(true));
    refusal(&|header| header.attributes = ottla_records::Attributes::from_bits(7));
    refusal(&|header| (header.record_count, header.last_offset_delta) = (1, 0));
    refusal(&|header| (header.record_count, header.last_offset_delta) = (3, 2));
}

#[test]
fn batches_have_a_largest_size_and_must_fit_a_segment() {
    let batch = two_records();
    let size = batch.len() as u32;
    let mut exact = log(LogConfig { max_message_bytes: size, segment_bytes: size, ..LogConfig::kafka_defaults() });
    append(&mut exact, batch.clone()).unwrap();
    let mut small = log(LogConfig { max_message_bytes: size - 1, ..LogConfig::kafka_defaults() });
    match append(&mut small, batch.clone()).unwrap_err() {
        AppendError::BatchTooLarge { size: found, maximum, .. } => {
            assert_eq!((found, maximum), (batch.len(), size - 1))
        }
        other => panic!("{other:?}"),
    }
    let mut narrow = log(LogConfig { segment_bytes: size - 1, ..LogConfig::kafka_defaults() });
    assert!(matches!(append(&mut narrow, batch), Err(AppendError::LargerThanSegment { .. })));
}

#[test]
fn timestamps_out_of_range_are_named_record_by_record() {
    let config = LogConfig { timestamp_before_max_ms: 100, timestamp_after_max_ms: 10, ..LogConfig::kafka_defaults() };
    for compression in Compression::ALL {
        let mut log = log(config.clone());
        let records = [(at(-100), "old"), (at(-101), "too old"), (at(10), "new"), (at(11), "too new"), (-1, "none")];
        match append(&mut log, batches::compressed(compression, &records)).unwrap_err() {
            AppendError::InvalidTimestamp { records } => {
                assert_eq!(records.iter().map(|record| record.batch_index).collect::<Vec<_>>(), [1, 3]);
                assert_eq!(
                    records[0].message,
                    format!(
                        "Timestamp {} of message with offset 1 is out of range. The timestamp should be within [{}, {}]",
                        at(-101),
                        at(-100),
                        at(10)
                    )
                );
            }
            other => panic!("{other:?}"),
        }
        append(&mut log, batches::compressed(compression, &[(at(-100), "old"), (at(10), "new"), (-1, "none")]))
            .unwrap();
    }
}

#[test]
fn compacted_topics_want_keys() {
    let config = LogConfig { compact: true, ..LogConfig::kafka_defaults() };
    for compression in [Compression::None, Compression::Lz4] {
        let mut log = log(config.clone());
        let mut builder = BatchBuilder::new(Offset::ZERO, compression);
        builder.append(NOW, Some(b"k"), None, &[]).unwrap();
        builder.append(NOW, None, Some(b"v"), &[]).unwrap();
        match append(&mut log, builder.build().unwrap()).unwrap_err() {
            AppendError::InvalidRecord { message, records } => {
                let text = "Compacted topic cannot accept message without key in topic partition topic-3";
                assert_eq!((records[0].batch_index, records[0].message.as_str(), records.len()), (1, text, 1));
                assert_eq!(
                    message,
                    format!(
                        "One or more records have been rejected due to 1 record errors in total, and only showing the first \
                         three errors at most: [RecordError(batchIndex=1, message='{text}')]"
                    )
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn log_append_time_is_the_leaders_for_every_record() {
    let config = LogConfig { timestamp_type: TimestampType::LogAppendTime, ..LogConfig::kafka_defaults() };
    for compression in Compression::ALL {
        let mut log = log(config.clone());
        let appended = append(&mut log, batches::compressed(compression, &[(at(-9_999_999), "a"), (-1, "b")])).unwrap();
        assert_eq!(appended.log_append_time, Some(NOW));
        let batch = only_batch(&log);
        assert_eq!(batch.header.log_append_time(), Some(NOW));
        assert!(batch.records(1 << 20).unwrap().all(|record| record.unwrap().timestamp == NOW));
        // And a producer must not claim to be the leader.
        let read_with = if compression == Compression::None { "DefaultRecord" } else { "PartialDefaultRecord" };
        match append(&mut log, batch_with_append_time(compression)).unwrap_err() {
            AppendError::InvalidTimestamp { records } => assert_eq!(
                records.iter().map(|record| record.message.as_str()).collect::<Vec<_>>(),
                [format!(
                    "Invalid timestamp type in message {read_with}(offset=0, timestamp={NOW}, key=0 bytes, value=1 bytes). \
                     Producer should not set timestamp type to LogAppendTime."
                )]
            ),
            other => panic!("{other:?}"),
        }
    }
}

fn batch_with_append_time(compression: Compression) -> Bytes {
    batches::build(BatchBuilder::new(Offset::ZERO, compression).log_append_time(NOW), &[(at(0), "a")])
}

#[test]
fn a_claim_to_log_append_time_is_taken_back_where_the_topic_has_create_time() {
    let mut log = log(LogConfig::kafka_defaults());
    append(&mut log, batch_with_append_time(Compression::Gzip)).unwrap();
    let header = only_batch(&log).header;
    assert_eq!((header.attributes.timestamp_type(), header.max_timestamp), (TimestampType::CreateTime, NOW));
}

#[test]
fn the_largest_timestamp_in_the_header_is_made_right_where_records_are_looked_at() {
    let wrong = |batch: &Bytes| altered(batch, |header| header.max_timestamp = Timestamp::new(at(5)));
    let mut plain = log(LogConfig::kafka_defaults());
    append(&mut plain, wrong(&two_records())).unwrap();
    assert_eq!(only_batch(&plain).header.max_timestamp, Timestamp::new(at(1)));

    let compressed = wrong(&batches::compressed(Compression::Snappy, &[(at(0), "a"), (at(1), "b")]));
    let mut full = log(LogConfig { validation: Validation::Full, ..LogConfig::kafka_defaults() });
    append(&mut full, compressed.clone()).unwrap();
    assert_eq!(only_batch(&full).header.max_timestamp, Timestamp::new(at(1)));
    let mut header_only = log(LogConfig::kafka_defaults());
    append(&mut header_only, compressed).unwrap();
    assert_eq!(only_batch(&header_only).header.max_timestamp, Timestamp::new(at(5)));
}

#[test]
fn a_topic_with_a_codec_gets_every_batch_in_it() {
    let records = [(at(0), "a"), (at(4), "bb"), (at(2), "ccc")];
    for target in Compression::ALL {
        let config =
            LogConfig { compression: TopicCompression::Fixed(Compressor::from(target)), ..LogConfig::kafka_defaults() };
        for source in Compression::ALL {
            let mut log = log(config.clone());
            append(&mut log, batches::compressed(source, &records)).unwrap();
            let batch = only_batch(&log);
            assert_eq!(batch.header.attributes.compression().unwrap(), target);
            assert_eq!(batch.header.max_timestamp, Timestamp::new(at(4)));
            assert_eq!(batch.header.partition_leader_epoch, LeaderEpoch::new(5));
            let found: Vec<(i64, Vec<u8>)> = batch
                .records(1 << 20)
                .unwrap()
                .map(Result::unwrap)
                .map(|record| (record.timestamp.value(), record.value.unwrap().to_vec()))
                .collect();
            assert_eq!(found, records.map(|(timestamp, value)| (timestamp, value.as_bytes().to_vec())));
        }
    }
}

#[test]
fn recompression_keeps_the_producer_and_its_sequence() {
    let config =
        LogConfig { compression: TopicCompression::Fixed(Compression::Zstd.into()), ..LogConfig::kafka_defaults() };
    let mut log = log(config);
    append(&mut log, batches::transactional(7, 3, 0, &[(at(0), "a"), (at(1), "b")])).unwrap();
    let header = only_batch(&log).header;
    assert_eq!((header.producer_id.value(), header.producer_epoch.value(), header.base_sequence), (7, 3, 0));
    assert!(header.attributes.is_transactional());
    assert!(append(&mut log, batches::transactional(7, 3, 0, &[(at(0), "a"), (at(1), "b")])).unwrap().duplicate);
}

#[test]
fn a_batch_that_outgrows_the_limit_when_it_is_decompressed_is_refused() {
    let config = LogConfig {
        compression: TopicCompression::Fixed(Compression::None.into()),
        max_message_bytes: 10_000,
        ..LogConfig::kafka_defaults()
    };
    let value = "x".repeat(20_000);
    let mut log = log(config);
    let sent = batches::compressed(Compression::Gzip, &[(at(0), &value)]);
    assert!(sent.len() < 10_000);
    assert!(matches!(append(&mut log, sent), Err(AppendError::BatchTooLarge { .. })));
}

#[test]
fn offsets_that_a_producer_has_counted_wrongly_are_counted_anew() {
    for compression in [Compression::None, Compression::Gzip] {
        let mut builder = BatchBuilder::new(Offset::ZERO, compression);
        builder.append_at(Offset::new(0), NOW, None, Some(b"a"), &[]).unwrap();
        builder.append_at(Offset::new(2), NOW, None, Some(b"b"), &[]).unwrap();
        let batch = altered(&builder.build().unwrap(), |header| header.last_offset_delta = 1);
        let mut log = log(LogConfig { validation: Validation::Full, ..LogConfig::kafka_defaults() });
        append(&mut log, batch).unwrap();
        let offsets: Vec<i64> =
            only_batch(&log).records(1 << 20).unwrap().map(|record| record.unwrap().offset.value()).collect();
        assert_eq!(offsets, [0, 1]);
    }
}

#[test]
fn compressed_batches_are_opened_only_where_the_topic_wants_it() {
    // A valid CRC over a payload that is no gzip stream.
    let broken = altered(&two_records(), |header| {
        header.attributes = header.attributes.with_compression(Compression::Gzip);
    });
    append(&mut log(LogConfig::kafka_defaults()), broken.clone()).unwrap();
    let refused = |config: LogConfig| {
        assert!(matches!(append(&mut log(config), broken.clone()), Err(AppendError::Unreadable { .. })));
    };
    refused(LogConfig { validation: Validation::Full, ..LogConfig::kafka_defaults() });
    refused(LogConfig { compact: true, ..LogConfig::kafka_defaults() });
    refused(LogConfig { timestamp_before_max_ms: 1000, ..LogConfig::kafka_defaults() });
    refused(LogConfig { timestamp_after_max_ms: 0, ..LogConfig::kafka_defaults() });
    refused(LogConfig { compression: TopicCompression::Fixed(Compression::Lz4.into()), ..LogConfig::kafka_defaults() });
}

#[test]
fn zstd_can_be_forbidden() {
    let mut log = log(LogConfig::kafka_defaults());
    let old_request = LeaderAppend { zstd_allowed: false, ..LeaderAppend::from_client(EPOCH, NOW) };
    let zstd = batches::compressed(Compression::Zstd, &[(at(0), "a")]);
    match log.append_as_leader(zstd, &old_request).unwrap_err() {
        AppendError::UnsupportedCompression { codec, .. } => assert_eq!(codec, Compression::Zstd),
        other => panic!("{other:?}"),
    }
    log.append_as_leader(batches::compressed(Compression::Lz4, &[(at(0), "a")]), &old_request).unwrap();
}

#[test]
fn an_idempotent_producer_is_told_where_its_batch_went_the_first_time() {
    let mut log = log(LogConfig::kafka_defaults());
    let sent = batches::idempotent(9, 0, 0, &[(at(0), "a"), (at(3), "b")]);
    append(&mut log, two_records()).unwrap();
    append(&mut log, sent.clone()).unwrap();
    append(&mut log, two_records()).unwrap();
    let again = append(&mut log, sent).unwrap();
    assert!(again.duplicate);
    assert_eq!((again.base_offset, again.last_offset), (Offset::new(2), Offset::new(3)));
    assert_eq!((again.log_append_time, again.bytes, again.records), (Some(Timestamp::new(at(3))), 0, 0));
    assert_eq!(log.log_end_offset(), Offset::new(6));
    match append(&mut log, batches::idempotent(9, 0, 5, &[(at(0), "c")])).unwrap_err() {
        AppendError::OutOfOrderSequence { message } => assert_eq!(
            message,
            "Out of order sequence number for producer 9 at offset 6 in partition topic-3: 5 (incoming seq. number), 1 \
             (current end sequence number)"
        ),
        other => panic!("{other:?}"),
    }
    append(&mut log, batches::idempotent(9, 1, 0, &[(at(0), "new epoch")])).unwrap();
    match append(&mut log, batches::idempotent(9, 0, 2, &[(at(0), "zombie")])).unwrap_err() {
        AppendError::InvalidProducerEpoch { producer_epoch, current_epoch, .. } => {
            assert_eq!((producer_epoch.value(), current_epoch.value()), (0, 1));
        }
        other => panic!("{other:?}"),
    }
}
