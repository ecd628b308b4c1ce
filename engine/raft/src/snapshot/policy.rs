//! When to make a snapshot.

use ottla_model::Timestamp;

/// How much of the log may stand behind the newest snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotPolicy {
    /// `metadata.log.max.record.bytes.between.snapshots`: so many bytes of committed batches, at most (20 MiB).
    pub bytes_max: u64,
    /// `metadata.log.max.snapshot.interval.ms`: so long after the newest snapshot, if there is anything new (1 h).
    /// `None` (0 in the configuration): never for time's sake.
    pub interval_ms: Option<i64>,
}

/// What has been committed since the newest snapshot. Begins anew when a snapshot is made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotProgress {
    /// Bytes of the batches that were replayed since.
    pub bytes: u64,
    /// When it was made; at first, when this process began.
    pub since: Timestamp,
}

/// Why a snapshot should be made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotDue {
    /// Enough has been written.
    Bytes,
    /// Enough time has passed.
    Time,
}

impl SnapshotPolicy {
    /// Whether a snapshot should be made at the end of the batch just replayed (a snapshot always ends with a batch).
    pub fn due(&self, progress: SnapshotProgress, now: Timestamp) -> Option<SnapshotDue> {
        if progress.bytes == 0 {
            return None;
        }
        if progress.bytes >= self.bytes_max {
            return Some(SnapshotDue::Bytes);
        }
        let interval_ms = self.interval_ms?;
        (now.milliseconds_since(progress.since) >= interval_ms).then_some(SnapshotDue::Time)
    }

    /// When [`SnapshotPolicy::due`] may say yes though nothing more is written: `None` if there is nothing new, and an
    /// idle node need not wake up. Kafka looks only when it replays something, and relies on NoOpRecords for that.
    pub fn due_at(&self, progress: SnapshotProgress) -> Option<Timestamp> {
        let interval_ms = self.interval_ms?;
        (progress.bytes > 0).then(|| progress.since.plus_milliseconds(interval_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: SnapshotPolicy = SnapshotPolicy { bytes_max: 100, interval_ms: Some(1000) };

    fn due(policy: SnapshotPolicy, bytes: u64, now: i64) -> Option<SnapshotDue> {
        policy.due(SnapshotProgress { bytes, since: Timestamp::new(5000) }, Timestamp::new(now))
    }

    #[test]
    fn bytes_or_time_whichever_comes_first() {
        assert_eq!(due(POLICY, 99, 5999), None);
        assert_eq!(due(POLICY, 100, 5000), Some(SnapshotDue::Bytes));
        assert_eq!(due(POLICY, 1, 6000), Some(SnapshotDue::Time));
        assert_eq!(due(SnapshotPolicy { interval_ms: None, ..POLICY }, 99, 1_000_000), None);
    }

    #[test]
    fn nothing_new_makes_no_snapshot_and_no_alarm() {
        assert_eq!(due(POLICY, 0, 1_000_000), None);
        assert_eq!(POLICY.due_at(SnapshotProgress { bytes: 0, since: Timestamp::new(5000) }), None);
        let new = SnapshotProgress { bytes: 1, since: Timestamp::new(5000) };
        assert_eq!(POLICY.due_at(new), Some(Timestamp::new(6000)));
    }
}
