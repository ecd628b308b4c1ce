//! One rule at a time.

use super::*;
use crate::GroupError;

fn id(number: u8) -> Uuid {
    Uuid::from_bytes([number; 16])
}

#[test]
fn a_commit_is_kept_as_it_came() {
    let mut offsets = Logged { now: Timestamp::new(1_000), ..Logged::default() };
    let mut request = commit("g", "t", &[(2, 70)]);
    request.topics[0].topic_id = id(7);
    request.topics[0].partitions[0].metadata = "where I was".to_owned();
    let results = offsets.commit(&request);

    assert_eq!((&results[0].topic, results[0].topic_id), (&name("t"), id(7)));
    assert_eq!(results[0].partitions, [PartitionResult { partition: PartitionIndex::new(2), result: Ok(()) }]);
    let expected = CommittedOffset {
        offset: Offset::new(70),
        leader_epoch: Some(LeaderEpoch::new(3)),
        metadata: "where I was".to_owned(),
        commit_timestamp: Timestamp::new(1_000),
        expire_timestamp: None,
        topic_id: id(7),
    };
    assert_eq!(offsets.fetch("g", "t", 2), Some(expected));
}

#[test]
fn nothing_changes_before_the_replay() {
    let store = OffsetStore::default();
    let mut records = Vec::new();
    let _results =
        store.commit(&commit("g", "t", &[(0, 1)]), false, &GroupSettings::default(), Timestamp::new(0), &mut records);
    assert_eq!((records.len(), store), (1, OffsetStore::default()));
}

#[test]
fn a_long_text_is_refused_for_its_partition_alone() {
    let mut offsets = Logged::default();
    offsets.settings.offset_metadata_max = 4;
    let mut request = commit("g", "t", &[(0, 1), (1, 1), (2, 1)]);
    request.topics[0].partitions[0].metadata = "abcde".to_owned();
    // Four UTF-16 code units in eight bytes.
    request.topics[0].partitions[1].metadata = "\u{1f680}\u{1f680}".to_owned();
    let results = offsets.commit(&request);
    let results: Vec<_> = results[0].partitions.iter().map(|partition| partition.result).collect();
    assert_eq!(results, [Err(GroupError::OffsetMetadataTooLarge), Ok(()), Ok(())]);
    assert_eq!(offsets.offsets("g"), [("t".to_owned(), 1, 1), ("t".to_owned(), 2, 1)]);
}

#[test]
fn a_text_that_no_record_can_hold_is_refused_whatever_is_allowed() {
    let mut offsets = Logged::default();
    offsets.settings.offset_metadata_max = usize::MAX;
    for (length, result) in [(32_767, Ok(())), (32_768, Err(GroupError::OffsetMetadataTooLarge))] {
        let mut request = commit("g", "t", &[(0, 1)]);
        request.topics[0].partitions[0].metadata = "x".repeat(length);
        assert_eq!(offsets.commit(&request)[0].partitions[0].result, result, "{length}");
    }
    let request = commit(&"g".repeat(32_768), "t", &[(0, 1)]);
    assert_eq!(offsets.commit(&request)[0].partitions[0].result, Err(GroupError::RecordsTooLarge));
}

#[test]
fn what_is_asked_for_is_answered_in_that_order() {
    let mut offsets = Logged::default();
    let _results = offsets.commit(&commit("g", "b", &[(5, 50), (1, 10)]));
    let topics = Some(vec![partitions("b", &[5, 0, 1]), partitions("a", &[0])]);
    let fetched = offsets.store.fetch(&FetchRequest { group_id: "g".to_owned(), topics, require_stable: true });
    let short: Vec<_> = fetched
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(|partition| (topic.topic.as_str(), partition)))
        .map(|(topic, partition)| {
            let offset = partition.committed.clone().unwrap().map(|committed| committed.offset.value());
            (topic, partition.partition.value(), offset)
        })
        .collect();
    assert_eq!(short, [("b", 5, Some(50)), ("b", 0, None), ("b", 1, Some(10)), ("a", 0, None)]);
}

#[test]
fn everything_is_answered_in_order_of_name_and_partition() {
    let mut offsets = Logged::default();
    let _results = offsets.commit(&commit("g", "b", &[(5, 50), (1, 10), (3, 30)]));
    let _results = offsets.commit(&commit("g", "a", &[(0, 7)]));
    let _results = offsets.commit(&commit("other", "a", &[(1, 8)]));
    let expected = [("a", 0, 7), ("b", 1, 10), ("b", 3, 30), ("b", 5, 50)].map(|(t, p, o)| (t.to_owned(), p, o));
    assert_eq!(offsets.offsets("g"), expected);
    assert_eq!(offsets.fetch_all("nobody", true), []);
}

#[test]
fn a_commit_of_a_topic_that_had_the_name_before_is_not_seen() {
    let mut offsets = Logged::default();
    let mut request = commit("g", "t", &[(0, 1)]);
    request.topics[0].topic_id = id(1);
    let _results = offsets.commit(&request);
    for (asked, seen) in [(id(1), true), (Uuid::ZERO, true), (id(2), false)] {
        let topics = Some(vec![FetchTopic { topic_id: asked, ..partitions("t", &[0]) }]);
        let fetched = offsets.store.fetch(&FetchRequest { group_id: "g".to_owned(), topics, require_stable: true });
        assert_eq!(fetched[0].partitions[0].committed.as_ref().unwrap().is_some(), seen, "{asked}");
        assert_eq!(fetched[0].topic_id, asked);
    }
}

#[test]
fn offsets_of_topics_that_are_read_are_not_deleted() {
    let mut offsets = Logged::default();
    let _results = offsets.commit(&commit("g", "read", &[(0, 1)]));
    let _results = offsets.commit(&commit("g", "idle", &[(0, 1), (1, 1)]));
    let request = DeleteOffsetsRequest {
        group_id: "g".to_owned(),
        topics: vec![partitions("read", &[0]), partitions("idle", &[1, 9])],
    };
    let mut records = Vec::new();
    let results = offsets.store.delete(&request, &|topic| topic == "read", &mut records);
    // Nothing is committed for partition 9: nothing to be written, and no error.
    assert_eq!(records.len(), 1);
    offsets.append(records, None);
    let results: Vec<_> =
        results.iter().flat_map(|topic| &topic.partitions).map(|partition| partition.result).collect();
    assert_eq!(results, [Err(GroupError::GroupSubscribedToTopic), Ok(()), Ok(())]);
    assert_eq!(offsets.offsets("g"), [("idle".to_owned(), 0, 1), ("read".to_owned(), 0, 1)]);
}

#[test]
fn topics_go_by_id_and_by_name_where_there_is_none() {
    let mut offsets = Logged::default();
    for (partition, topic_id) in [(0, id(1)), (1, id(2)), (2, Uuid::ZERO)] {
        let mut request = commit("g", "t", &[(partition, 1)]);
        request.topics[0].topic_id = topic_id;
        let _results = offsets.commit(&request);
    }
    let _results = offsets.commit(&commit("g", "u", &[(0, 1)]));
    let mut records = Vec::new();
    assert!(offsets.store.topics_deleted(&[(id(1), "t".to_owned())], &mut records));
    offsets.append(records, None);
    assert_eq!(offsets.offsets("g"), [("t".to_owned(), 1, 1), ("u".to_owned(), 0, 1)]);
}

#[test]
fn a_topic_that_many_read_goes_in_several_batches() {
    let mut offsets = Logged::default();
    let many: Vec<(i32, i64)> = (0..1_500).map(|partition| (partition, 1)).collect();
    let _results = offsets.commit(&commit("a", "t", &many));
    let _results = offsets.commit(&commit("b", "t", &many));
    let mut batches = Vec::new();
    loop {
        let mut records = Vec::new();
        let is_done = offsets.store.topics_deleted(&[(Uuid::ZERO, "t".to_owned())], &mut records);
        batches.push(records.len());
        offsets.append(records, None);
        if is_done {
            break;
        }
    }
    assert_eq!(batches, [1_000, 1_000, 1_000]);
    assert_eq!(offsets.store, OffsetStore::default());
}

#[test]
fn offsets_expire_by_their_own_or_the_groups_clock() {
    let retention = GroupSettings::default().offsets_retention;
    let day = 86_400_000;
    let at = |now: i64, start, subscribed: bool| {
        let mut offsets = Logged { now: Timestamp::new(day), ..Logged::default() };
        let _results = offsets.commit(&commit("g", "t", &[(0, 1)]));
        let mut records = Vec::new();
        let (settings, now) = (&offsets.settings, Timestamp::new(now));
        let is_all = offsets.store.expire("g", start, &|_| subscribed, settings, now, &mut records);
        assert_eq!(is_all, records.len() == 1);
        is_all
    };
    let empty = |since| Some(RetentionStart::Empty(Timestamp::new(since)));
    for (now, start, subscribed, expired) in [
        (day + retention - 1, Some(RetentionStart::Commit), false, false),
        (day + retention, Some(RetentionStart::Commit), false, true),
        (day + retention, Some(RetentionStart::Commit), true, false),
        (day + retention, None, false, false),
        // The group was in use for another day after the commit.
        (day + retention, empty(2 * day), false, false),
        (2 * day + retention - 1, empty(2 * day), false, false),
        (2 * day + retention, empty(2 * day), false, true),
    ] {
        assert_eq!(at(now, start, subscribed), expired, "{now} {start:?} {subscribed}");
    }
}

#[test]
fn a_commit_that_says_how_long_is_kept_that_long() {
    let mut offsets = Logged { now: Timestamp::new(1_000), ..Logged::default() };
    for (partition, retention) in [(0, 500), (1, i64::MAX)] {
        let request = CommitRequest { retention: Some(retention), ..commit("g", "t", &[(partition, 1)]) };
        let _results = offsets.commit(&request);
    }
    let expire = |now| {
        let mut records = Vec::new();
        let start = Some(RetentionStart::Empty(Timestamp::new(1_000)));
        let is_all = offsets.store.expire("g", start, &|_| false, &offsets.settings, Timestamp::new(now), &mut records);
        (is_all, records.len())
    };
    assert_eq!(expire(1_499), (false, 0));
    assert_eq!(expire(1_500), (false, 1));
    assert_eq!(expire(i64::MAX - 1), (false, 1));
    // The version that has a place for the expiry has none for the epoch.
    assert_eq!(offsets.fetch("g", "t", 0).unwrap().leader_epoch, None);
}

#[test]
fn a_group_without_offsets_has_nothing_left() {
    let offsets = Logged::default();
    let mut records = Vec::new();
    assert!(offsets.store.expire("g", None, &|_| true, &offsets.settings, Timestamp::new(0), &mut records));
    assert_eq!(records, []);
}

#[test]
fn nothing_remains_of_a_group_whose_offsets_are_deleted() {
    let mut offsets = Logged::default();
    let _results = offsets.commit(&commit("g", "a", &[(0, 1), (1, 1)]));
    let _results = offsets.commit(&commit("g", "b", &[(0, 1)]));
    offsets.commit_in_transaction(ProducerId::new(1), &commit("g", "a", &[(1, 2), (2, 2)]));
    let mut records = Vec::new();
    offsets.store.delete_all("g", &mut records);
    // Partition 1 has one tombstone, though it is committed with and without a transaction.
    assert_eq!(records.len(), 4);
    offsets.append(records, None);
    assert_eq!(offsets.store, OffsetStore::default());
}

#[test]
fn a_topic_that_cannot_be_is_passed_over() {
    let mut offsets = Logged::default();
    let key = OffsetKey { group: "g".to_owned(), topic: "no/topic".to_owned(), partition: PartitionIndex::new(0) };
    let committed = CommittedOffset {
        offset: Offset::ZERO,
        leader_epoch: None,
        metadata: String::new(),
        commit_timestamp: Timestamp::new(0),
        expire_timestamp: None,
        topic_id: Uuid::ZERO,
    };
    let records = vec![key.record(&committed).unwrap()];
    offsets.append(records.clone(), None);
    offsets.append(records, Some(ProducerId::new(1)));
    assert_eq!(offsets.store, OffsetStore::default());
}
