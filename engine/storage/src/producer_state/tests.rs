//! Kafka's rules for idempotent and transactional producers, one by one.

use super::{Checked, Marker, ProducerFault, ProducerStateConfig, ProducerStates, decode_snapshot};
use ottla_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{Attributes, BatchHeader, EndTransactionMarker, TransactionOutcome};

const ID: ProducerId = ProducerId::new(7);

fn data(epoch: i16, sequence: i32, base_offset: i64, count: i32) -> BatchHeader {
    BatchHeader {
        base_offset: Offset::new(base_offset),
        batch_length: BatchHeader::BATCH_LENGTH_MIN,
        partition_leader_epoch: LeaderEpoch::new(0),
        crc: 0,
        attributes: Attributes::default(),
        last_offset_delta: count - 1,
        base_timestamp: Timestamp::new(1000),
        max_timestamp: Timestamp::new(1000),
        producer_id: ID,
        producer_epoch: ProducerEpoch::new(epoch),
        base_sequence: sequence,
        record_count: count,
    }
}
fn transactional(header: BatchHeader) -> BatchHeader {
    BatchHeader { attributes: header.attributes.with_transactional(true), ..header }
}
fn end(epoch: i16, base_offset: i64, outcome: TransactionOutcome, coordinator_epoch: i32) -> (BatchHeader, Marker) {
    let header = transactional(data(epoch, -1, base_offset, 1));
    let header = BatchHeader { attributes: header.attributes.with_control(true), ..header };
    let marker = EndTransactionMarker { outcome, coordinator_epoch };
    (header, Marker { marker, timestamp: Timestamp::new(2000) })
}
fn check(states: &ProducerStates, header: &BatchHeader) -> Result<Checked, ProducerFault> {
    states.check_from_client(ID, header)
}

#[test]
fn sequences_follow_on_each_other_and_wrap_to_zero() {
    let mut states = ProducerStates::default();
    assert_eq!(check(&states, &data(0, 5, 0, 1)), Ok(Checked::New), "an unknown producer begins anywhere");
    states.apply(&data(0, i32::MAX - 1, 0, 2), None);
    assert_eq!(check(&states, &data(0, 0, 2, 1)), Ok(Checked::New));
    assert_eq!(check(&states, &data(0, 1, 2, 1)), Err(ProducerFault::OutOfOrder { last_sequence: i32::MAX }));
    states.apply(&data(0, 0, 2, 3), None);
    assert_eq!(check(&states, &data(0, 3, 5, 1)), Ok(Checked::New));
    assert_eq!(check(&states, &data(0, 4, 5, 1)), Err(ProducerFault::OutOfOrder { last_sequence: 2 }));
}

#[test]
fn a_batch_that_wraps_around_is_recognized_when_it_comes_again() {
    let mut states = ProducerStates::default();
    let wrapping = data(0, i32::MAX - 1, 10, 4);
    states.apply(&wrapping, None);
    let expected = Checked::Duplicate {
        first_offset: Offset::new(10),
        last_offset: Offset::new(13),
        timestamp: Timestamp::new(1000),
    };
    assert_eq!(check(&states, &data(0, i32::MAX - 1, 14, 4)), Ok(expected));
    assert_eq!(check(&states, &data(0, 2, 14, 1)), Ok(Checked::New));
}

#[test]
fn the_last_five_batches_are_remembered() {
    let mut states = ProducerStates::default();
    for i in 0..6 {
        states.apply(&data(0, i * 10, i64::from(i) * 10, 10), None);
    }
    for i in 1..6_i32 {
        assert!(
            matches!(check(&states, &data(0, i * 10, 60, 10)), Ok(Checked::Duplicate { first_offset, .. })
                if first_offset == Offset::new(i64::from(i) * 10)),
            "batch {i}"
        );
    }
    assert_eq!(check(&states, &data(0, 0, 60, 10)), Err(ProducerFault::OutOfOrder { last_sequence: 59 }));
    assert_eq!(
        check(&states, &data(0, 50, 60, 9)),
        Err(ProducerFault::OutOfOrder { last_sequence: 59 }),
        "not the same"
    );
}

#[test]
fn a_new_epoch_begins_at_zero_and_fences_the_old() {
    let mut states = ProducerStates::default();
    states.apply(&data(3, 0, 0, 2), None);
    assert_eq!(
        check(&states, &data(4, 2, 2, 1)),
        Err(ProducerFault::NewEpochNotAtZero { current: ProducerEpoch::new(3) })
    );
    assert_eq!(check(&states, &data(4, 0, 2, 1)), Ok(Checked::New));
    states.apply(&data(4, 0, 2, 1), None);
    assert_eq!(
        check(&states, &data(3, 2, 3, 1)),
        Err(ProducerFault::OldEpoch { current: ProducerEpoch::new(4), is_marker_of_version_2: false })
    );
}

#[test]
fn transactions_open_with_data_and_end_with_a_marker() {
    let mut states = ProducerStates::default();
    states.apply(&transactional(data(0, 0, 10, 2)), None);
    assert_eq!(states.first_unstable_offset(), Some(Offset::new(10)));
    assert_eq!(check(&states, &data(0, 2, 12, 1)), Err(ProducerFault::NotTransactional));

    let other = BatchHeader { producer_id: ProducerId::new(8), ..transactional(data(0, 0, 12, 1)) };
    states.apply(&other, None);
    let (header, marker) = end(0, 13, TransactionOutcome::Abort, 0);
    let completed = states.apply(&header, Some(marker)).unwrap();
    assert_eq!((completed.first_offset, completed.last_offset), (Offset::new(10), Offset::new(13)));
    assert!(completed.is_aborted);
    assert_eq!(completed.last_stable_offset, Offset::new(12), "the other is still open");

    assert_eq!(states.first_unstable_offset(), Some(Offset::new(10)), "decided, but not below the high watermark");
    states.settle_below(Offset::new(13));
    assert_eq!(states.first_unstable_offset(), Some(Offset::new(10)), "the marker itself is at 13");
    states.settle_below(Offset::new(14));
    assert_eq!(states.first_unstable_offset(), Some(Offset::new(12)));

    let (header, marker) = end(0, 14, TransactionOutcome::Commit, 0);
    assert_eq!(states.apply(&header, Some(marker)), None, "nothing was open");
}

#[test]
fn markers_are_fenced_by_coordinator_and_by_producer_epoch() {
    let mut states = ProducerStates::default();
    states.apply(&transactional(data(5, 0, 0, 1)), None);
    let check = |states: &ProducerStates, epoch, coordinator, version| {
        let (header, marker) = end(epoch, 1, TransactionOutcome::Commit, coordinator);
        states.check_from_coordinator(ID, &header, Some(marker), version)
    };
    let old = |is_marker_of_version_2| {
        Err(ProducerFault::OldEpoch { current: ProducerEpoch::new(5), is_marker_of_version_2 })
    };
    assert_eq!(check(&states, 5, 0, 0), Ok(()));
    assert_eq!(check(&states, 4, 0, 0), old(false));
    assert_eq!(check(&states, 5, 0, 2), old(true), "with version 2 a marker raises the epoch");
    assert_eq!(check(&states, 6, 0, 2), Ok(()));

    let (header, marker) = end(5, 1, TransactionOutcome::Commit, 9);
    states.apply(&header, Some(marker));
    assert_eq!(check(&states, 5, 8, 0), Err(ProducerFault::OldCoordinator { current: 9 }));
    assert_eq!(check(&states, 5, 9, 2), Ok(()), "written again after its answer was lost");
}

#[test]
fn snapshots_keep_the_last_batch_and_the_open_transaction() {
    let mut states = ProducerStates::default();
    states.apply(&data(0, 0, 0, 3), None);
    states.apply(&transactional(data(0, 3, 3, 2)), None);
    let config = ProducerStateConfig::default();
    let loaded = decode_snapshot(&states.to_snapshot()).unwrap();
    let mut reloaded = ProducerStates::default();
    reloaded.load(loaded, Offset::new(5), &config, Timestamp::new(1000));
    assert_eq!(reloaded.active(), states.active());
    assert_eq!(reloaded.first_unstable_offset(), Some(Offset::new(3)));
    assert!(matches!(check(&reloaded, &data(0, 3, 5, 2)), Ok(Checked::Duplicate { .. })));
    assert!(check(&reloaded, &data(0, 0, 5, 3)).is_err(), "only the last is kept");
}

#[test]
fn silent_producers_expire_unless_their_transaction_is_open() {
    let config = ProducerStateConfig { expiration_ms: 100, transaction_max_timeout_ms: 50 };
    let mut states = ProducerStates::default();
    states.apply(&data(0, 0, 0, 1), None);
    states.apply(&BatchHeader { producer_id: ProducerId::new(9), ..transactional(data(0, 0, 1, 1)) }, None);
    states.expire(&config, Timestamp::new(1099));
    assert_eq!(states.active().len(), 2);
    states.expire(&config, Timestamp::new(1100));
    assert_eq!(states.active().iter().map(|producer| producer.producer_id.value()).collect::<Vec<_>>(), [9]);
    assert!(!states.has_late_transaction(&config, Timestamp::new(1050 + 5 * 60 * 1000)));
    assert!(states.has_late_transaction(&config, Timestamp::new(1051 + 5 * 60 * 1000)));
}
