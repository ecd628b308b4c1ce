//! When a reassignment of replicas is done (KIP-455).

use ottla_model::BrokerId;

/// Replicas and in-sync replicas of a partition whose reassignment is done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Completed {
    pub(super) replicas: Vec<BrokerId>,
    pub(super) in_sync_replicas: Vec<BrokerId>,
}

/// Whether the reassignment that takes `removing` away from `replicas` and has added `adding` to them is done, now
/// that `in_sync` are in sync.
pub(super) fn completed(
    replicas: &[BrokerId],
    in_sync: &[BrokerId],
    removing: &[BrokerId],
    adding: &[BrokerId],
) -> Option<Completed> {
    if removing.is_empty() && adding.is_empty() {
        return None;
    }
    let staying =
        |of: &[BrokerId]| -> Vec<BrokerId> { of.iter().copied().filter(|broker| !removing.contains(broker)).collect() };
    let (replicas, in_sync_replicas) = (staying(replicas), staying(in_sync));
    if !removing.is_empty() && (replicas.is_empty() || in_sync_replicas.is_empty()) {
        return None;
    }
    // A replica that was added may never get in sync: then those that are to go are still needed.
    if !adding.iter().all(|broker| in_sync_replicas.contains(broker)) {
        return None;
    }
    // Where there will be fewer replicas than before, all that stay must be in sync: otherwise the end of the
    // reassignment would leave fewer in sync than going on with it.
    let shrinks = adding.len() < removing.len();
    if shrinks && !replicas.iter().all(|broker| in_sync_replicas.contains(broker)) {
        return None;
    }
    Some(Completed { replicas, in_sync_replicas })
}

#[cfg(test)]
mod tests {
    use super::{Completed, completed};
    use ottla_model::BrokerId;

    fn brokers(ids: &[i32]) -> Vec<BrokerId> {
        ids.iter().copied().map(BrokerId::new).collect()
    }
    fn outcome(replicas: &[i32], in_sync: &[i32], removing: &[i32], adding: &[i32]) -> Option<Completed> {
        completed(&brokers(replicas), &brokers(in_sync), &brokers(removing), &brokers(adding))
    }

    #[test]
    fn nothing_under_way_is_not_done() {
        assert_eq!(outcome(&[1, 2, 3], &[1, 2, 3], &[], &[]), None);
    }

    #[test]
    fn it_is_done_once_all_added_replicas_are_in_sync() {
        assert_eq!(outcome(&[3, 4, 1, 2], &[1, 2, 3], &[1, 2], &[3, 4]), None);
        let done = Completed { replicas: brokers(&[3, 4]), in_sync_replicas: brokers(&[3, 4]) };
        assert_eq!(outcome(&[3, 4, 1, 2], &[1, 2, 3, 4], &[1, 2], &[3, 4]), Some(done));
    }

    #[test]
    fn it_never_ends_with_nobody_in_sync() {
        assert_eq!(outcome(&[3, 1], &[1], &[1], &[]), None);
    }

    #[test]
    fn fewer_replicas_must_all_be_in_sync() {
        assert_eq!(outcome(&[2, 3, 4, 5, 0, 1], &[0, 1, 5], &[0, 1], &[5]), None);
        assert!(outcome(&[2, 3, 4, 5, 0, 1], &[0, 1, 2, 3, 4, 5], &[0, 1], &[5]).is_some());
    }
}
