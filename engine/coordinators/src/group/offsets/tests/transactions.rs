//! Commits of transactions.

use super::*;
use crate::GroupError;

const FIRST: ProducerId = ProducerId::new(1);
const SECOND: ProducerId = ProducerId::new(2);

#[test]
fn a_commit_is_pending_until_its_marker() {
    for (committed, then) in [(true, 20), (false, 10)] {
        let mut offsets = Logged::default();
        let _results = offsets.commit(&commit("g", "t", &[(0, 10)]));
        offsets.commit_in_transaction(FIRST, &commit("g", "t", &[(0, 20)]));
        assert_eq!(offsets.fetch_stable("g", "t", 0), Err(GroupError::UnstableOffsetCommit));
        assert_eq!(offsets.fetch("g", "t", 0).unwrap().offset, Offset::new(10));
        offsets.end_transaction(FIRST, committed);
        assert_eq!(offsets.fetch_stable("g", "t", 0), Ok(Some(then)), "committed: {committed}");
    }
}

#[test]
fn an_offset_is_unstable_while_any_transaction_is_open() {
    let mut offsets = Logged::default();
    offsets.commit_in_transaction(FIRST, &commit("g", "t", &[(0, 1)]));
    offsets.commit_in_transaction(SECOND, &commit("g", "t", &[(0, 2)]));
    offsets.end_transaction(SECOND, true);
    assert_eq!(offsets.fetch_stable("g", "t", 0), Err(GroupError::UnstableOffsetCommit));
    assert_eq!(offsets.fetch_stable("g", "t", 1), Ok(None));
    offsets.end_transaction(FIRST, false);
    assert_eq!(offsets.fetch_stable("g", "t", 0), Ok(Some(2)));
}

#[test]
fn the_last_record_counts_and_not_the_last_marker() {
    let mut offsets = Logged::default();
    offsets.commit_in_transaction(FIRST, &commit("g", "t", &[(0, 1)]));
    offsets.commit_in_transaction(SECOND, &commit("g", "t", &[(0, 2)]));
    offsets.end_transaction(SECOND, true);
    offsets.end_transaction(FIRST, true);
    assert_eq!(offsets.fetch_stable("g", "t", 0), Ok(Some(2)));

    offsets.commit_in_transaction(FIRST, &commit("g", "t", &[(0, 3)]));
    let _results = offsets.commit(&commit("g", "t", &[(0, 4)]));
    offsets.end_transaction(FIRST, true);
    assert_eq!(offsets.fetch_stable("g", "t", 0), Ok(Some(4)));
}

#[test]
fn what_is_deleted_while_a_transaction_is_open_stays_deleted() {
    let mut offsets = Logged::default();
    offsets.commit_in_transaction(FIRST, &commit("g", "t", &[(0, 1), (1, 1)]));
    let request = DeleteOffsetsRequest { group_id: "g".to_owned(), topics: vec![partitions("t", &[0])] };
    let mut records = Vec::new();
    let _results = offsets.store.delete(&request, &|_| false, &mut records);
    offsets.append(records, None);
    assert_eq!(offsets.fetch_stable("g", "t", 0), Ok(None));
    assert_eq!(offsets.fetch_stable("g", "t", 1), Err(GroupError::UnstableOffsetCommit));
    // What the transaction commits after that is another matter.
    offsets.commit_in_transaction(FIRST, &commit("g", "t", &[(2, 3)]));
    offsets.end_transaction(FIRST, true);
    assert_eq!(offsets.offsets("g"), [("t".to_owned(), 1, 1), ("t".to_owned(), 2, 3)]);
}

#[test]
fn all_that_is_committed_does_not_name_what_is_only_pending() {
    let mut offsets = Logged::default();
    let _results = offsets.commit(&commit("g", "t", &[(0, 1), (1, 1)]));
    offsets.commit_in_transaction(FIRST, &commit("g", "t", &[(1, 2), (2, 2)]));
    let fetched = offsets.fetch_all("g", true);
    let results: Vec<_> = fetched[0].partitions.iter().map(|partition| partition.committed.is_ok()).collect();
    assert_eq!((fetched.len(), results), (1, vec![true, false]));
}

#[test]
fn nothing_expires_that_a_transaction_is_about_to_change() {
    let mut offsets = Logged::default();
    let _results = offsets.commit(&commit("g", "t", &[(0, 1), (1, 1)]));
    offsets.commit_in_transaction(FIRST, &commit("g", "t", &[(1, 2)]));
    let mut records = Vec::new();
    let (start, settings) = (Some(RetentionStart::Commit), &offsets.settings);
    let now = Timestamp::new(settings.offsets_retention);
    assert!(!offsets.store.expire("g", start, &|_| false, settings, now, &mut records));
    assert_eq!(records.len(), 1);
    offsets.append(records, None);
    assert_eq!(offsets.offsets("g"), [("t".to_owned(), 1, 1)]);
    // A group that only an open transaction knows of is not done with either.
    offsets.commit_in_transaction(FIRST, &commit("pending", "t", &[(1, 2)]));
    let mut records = Vec::new();
    assert!(!offsets.store.expire("pending", start, &|_| false, &offsets.settings, now, &mut records));
    assert_eq!(records, []);
}

#[test]
fn a_deleted_topic_takes_pending_commits_with_it() {
    let mut offsets = Logged::default();
    offsets.commit_in_transaction(FIRST, &commit("g", "t", &[(0, 1)]));
    offsets.commit_in_transaction(SECOND, &commit("g", "t", &[(0, 1)]));
    let mut records = Vec::new();
    assert!(offsets.store.topics_deleted(&[(Uuid::ONE, "t".to_owned())], &mut records));
    assert_eq!(records.len(), 1);
    offsets.append(records, None);
    assert_eq!(offsets.store, OffsetStore::default());
    offsets.end_transaction(FIRST, true);
    assert_eq!(offsets.store, OffsetStore::default());
}

#[test]
fn a_marker_without_commits_changes_nothing() {
    let mut offsets = Logged::default();
    let _results = offsets.commit(&commit("g", "t", &[(0, 1)]));
    offsets.end_transaction(FIRST, true);
    offsets.end_transaction(FIRST, false);
    assert_eq!(offsets.offsets("g"), [("t".to_owned(), 0, 1)]);
}

#[test]
fn a_transactions_commit_does_not_name_the_topics_id() {
    let mut offsets = Logged::default();
    let mut request = commit("g", "t", &[(0, 1)]);
    request.topics[0].topic_id = Uuid::ONE;
    let _results = offsets.commit(&request);
    assert_eq!(offsets.fetch("g", "t", 0).unwrap().topic_id, Uuid::ONE);
    offsets.commit_in_transaction(FIRST, &request);
    offsets.end_transaction(FIRST, true);
    assert_eq!(offsets.fetch("g", "t", 0).unwrap().topic_id, Uuid::ZERO);
}
