//! What cannot be built, and the bookkeeping around what can.

use ottla_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{
    AppendError, Batch, BatchBuilder, BatchHeader, BuildError, Compression, ControlRecordError, ControlRecordType,
    EndTransactionMarker, TransactionOutcome, decrement_sequence, end_transaction_marker, increment_sequence,
};

const TIME: Timestamp = Timestamp::new(1_700_000_000_000);

fn builder() -> BatchBuilder {
    BatchBuilder::new(Offset::new(10), Compression::None)
}

fn with_one_record(mut builder: BatchBuilder) -> BatchBuilder {
    builder.append(TIME, None, Some(b"value"), &[]).unwrap();
    builder
}

#[test]
fn a_record_that_does_not_fit_leaves_the_batch_as_it_was() {
    let mut builder = with_one_record(builder());
    let append_at = |builder: &mut BatchBuilder, offset, timestamp| {
        builder.append_at(Offset::new(offset), Timestamp::new(timestamp), None, None, &[])
    };
    let not_increasing = |offset, previous| AppendError::OffsetNotIncreasing {
        offset: Offset::new(offset),
        previous: Offset::new(previous),
    };
    assert_eq!(append_at(&mut builder, 11, -2), Err(AppendError::NegativeTimestamp(-2)));
    assert_eq!(append_at(&mut builder, 10, 0), Err(not_increasing(10, 10)));
    assert_eq!(append_at(&mut builder, 3, 0), Err(not_increasing(3, 10)));
    let too_far = Offset::new(10 + (1 << 31));
    assert_eq!(
        append_at(&mut builder, too_far.value(), 0),
        Err(AppendError::OffsetDeltaTooLarge { base_offset: Offset::new(10), offset: too_far })
    );
    assert_eq!(append_at(&mut self::builder(), 9, 0), Err(not_increasing(9, 9)));
    assert_eq!(builder.build(), with_one_record(self::builder()).build());
}

#[test]
fn after_the_last_offset_there_is_nothing_is_appended() {
    let mut builder = BatchBuilder::new(Offset::new(i64::MAX), Compression::None);
    builder.append(TIME, None, None, &[]).unwrap();
    assert!(matches!(builder.append(TIME, None, None, &[]), Err(AppendError::OffsetNotIncreasing { .. })));
    assert_eq!(Batch::parse(builder.build().unwrap()).unwrap().header.last_offset(), Offset::new(i64::MAX));
}

#[test]
fn the_farthest_offset_is_one_less() {
    let mut builder = with_one_record(builder());
    let last = Offset::new(10 + i64::from(i32::MAX));
    builder.append_at(last, TIME, None, None, &[]).unwrap();
    assert_eq!(Batch::parse(builder.build().unwrap()).unwrap().header.last_offset(), last);
}

#[test]
fn a_batch_needs_records_and_a_consistent_producer() {
    let (id, epoch) = (ProducerId::new(5), ProducerEpoch::new(0));
    assert_eq!(builder().build(), Err(BuildError::Empty));
    let built = |builder| with_one_record(builder).build().map(drop);
    assert_eq!(built(builder().transactional(true)), Err(BuildError::TransactionalWithoutProducerId));
    let no_epoch = BatchHeader::NO_PRODUCER_EPOCH;
    assert_eq!(built(builder().producer(id, no_epoch, 0)), Err(BuildError::NegativeProducerEpoch));
    assert_eq!(built(builder().producer(id, epoch, -1)), Err(BuildError::NegativeSequence));
    assert_eq!(built(builder().producer(id, epoch, -1).control(true)), Ok(()));
    assert_eq!(built(builder().producer(id, epoch, 0).transactional(true)), Ok(()));
}

#[test]
fn a_producer_that_is_set_last_is_the_one_that_is_written() {
    let mut late = with_one_record(builder());
    late.set_producer(ProducerId::new(5), ProducerEpoch::new(1), 77);
    let early = with_one_record(builder().producer(ProducerId::new(5), ProducerEpoch::new(1), 77));
    assert_eq!(late.build(), early.build());
}

#[test]
fn sizes_and_offsets_are_known_before_building() {
    let mut builder = builder();
    builder.reserve(1000);
    assert!(builder.is_empty());
    assert_eq!((builder.record_count(), builder.next_offset()), (0, Offset::new(10)));
    assert_eq!(builder.uncompressed_size(), BatchHeader::SIZE);
    let expected = builder.uncompressed_size_with(TIME, Some(b"key"), None, &[]);
    builder.append(TIME, Some(b"key"), None, &[]).unwrap();
    assert_eq!((builder.record_count(), builder.next_offset()), (1, Offset::new(11)));
    assert_eq!(builder.uncompressed_size(), expected);
    assert_eq!(builder.build().unwrap().len(), expected);
}

#[test]
fn the_largest_timestamp_is_found_wherever_it_stands() {
    let mut builder = builder();
    for milliseconds in [5, 9, 1, 9, 3] {
        builder.append(TIME.plus_milliseconds(milliseconds), None, None, &[]).unwrap();
    }
    let header = Batch::parse(builder.build().unwrap()).unwrap().header;
    assert_eq!(header.base_timestamp, TIME.plus_milliseconds(5));
    assert_eq!(header.max_timestamp, TIME.plus_milliseconds(9));
}

#[test]
#[should_panic(expected = "before the first record")]
fn a_delete_horizon_after_the_first_record_is_a_mistake() {
    let _ = with_one_record(builder()).delete_horizon(TIME);
}

#[test]
fn sequence_numbers_wrap_to_zero() {
    assert_eq!(increment_sequence(i32::MAX, 1), 0);
    assert_eq!(increment_sequence(i32::MAX - 1, 5), 3);
    assert_eq!(increment_sequence(7, 0), 7);
    assert_eq!(decrement_sequence(0, 1), i32::MAX);
    assert_eq!(decrement_sequence(3, 5), i32::MAX - 1);
    assert_eq!(decrement_sequence(i32::MAX, i32::MAX), 0);
}

#[test]
fn control_keys_of_later_versions_are_read_and_damaged_ones_refused() {
    let from_key = |key: &'static [u8]| ControlRecordType::from_key(Some(key));
    assert_eq!(from_key(&[0, 0, 0, 1]), Ok(ControlRecordType::Commit));
    assert_eq!(from_key(&[0, 9, 0, 0, 42]), Ok(ControlRecordType::Abort));
    assert_eq!(from_key(&[0, 0, 0, 7]), Ok(ControlRecordType::Unknown(7)));
    assert_eq!(from_key(&[0, 0, 0xff, 0xff]), Ok(ControlRecordType::Unknown(-1)));
    assert_eq!(from_key(&[0, 0, 0]), Err(ControlRecordError::KeyTooShort(3)));
    assert_eq!(from_key(&[0xff, 0xff, 0, 0]), Err(ControlRecordError::KeyVersion(-1)));
    assert_eq!(ControlRecordType::from_key(None), Err(ControlRecordError::NoKey));
    for id in -1..10 {
        let control_type = ControlRecordType::from_id(id);
        assert_eq!(control_type.id(), id);
        assert_eq!(ControlRecordType::from_key(Some(&control_type.to_key())), Ok(control_type));
    }
}

#[test]
fn markers_of_later_versions_are_read_and_damaged_ones_refused() {
    let marker = EndTransactionMarker { outcome: TransactionOutcome::Abort, coordinator_epoch: 258 };
    let key = ControlRecordType::Abort.to_key();
    let parse = |value: &[u8]| EndTransactionMarker::parse(Some(&key), Some(value));
    assert_eq!(parse(&marker.to_value()), Ok(marker));
    assert_eq!(parse(&[0, 3, 0, 0, 1, 2, 99]), Ok(marker));
    assert_eq!(parse(&[0, 0, 0, 0, 1]), Err(ControlRecordError::MarkerTooShort(5)));
    assert_eq!(parse(&[0xff, 0xff, 0, 0, 1, 2]), Err(ControlRecordError::MarkerVersion(-1)));
    assert_eq!(EndTransactionMarker::parse(Some(&key), None), Err(ControlRecordError::MarkerTooShort(0)));
    assert_eq!(EndTransactionMarker::parse(None, Some(&[])), Err(ControlRecordError::NoKey));
    let other = ControlRecordType::KraftVoters;
    assert_eq!(
        EndTransactionMarker::parse(Some(&other.to_key()), Some(&marker.to_value())),
        Err(ControlRecordError::NotEndOfTransaction(other))
    );
}

#[test]
fn a_marker_needs_a_producer() {
    let marker = EndTransactionMarker { outcome: TransactionOutcome::Commit, coordinator_epoch: 0 };
    let build = |id: ProducerId| {
        end_transaction_marker(Offset::ZERO, TIME, LeaderEpoch::new(0), id, ProducerEpoch::new(0), marker)
    };
    assert_eq!(build(BatchHeader::NO_PRODUCER_ID), Err(BuildError::TransactionalWithoutProducerId));
    let batch = Batch::parse(build(ProducerId::new(0)).unwrap()).unwrap();
    assert!(batch.header.attributes.is_control() && batch.header.attributes.is_transactional());
    assert_eq!(batch.header.last_sequence(), None);
}
