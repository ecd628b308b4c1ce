//! Which old snapshots, and which part of the log, can go.
//!
//! A snapshot is only ever given up for the next one, and takes with it the log below the next one's end: what remains
//! always begins with a snapshot. The newest snapshot is never given up, so both limits are soft.

use super::SnapshotId;
use ottla_model::{Offset, Timestamp};

/// `metadata.max.retention.bytes` and `metadata.max.retention.ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetadataRetention {
    /// Log and snapshots together, in bytes (100 MiB). `None` (negative in the configuration): no limit.
    pub bytes: Option<u64>,
    /// The age of a snapshot's last record, in milliseconds (7 days). `None` (negative): no limit.
    pub age_ms: Option<i64>,
}

/// What is known of one whole snapshot file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotFacts {
    /// Which snapshot.
    pub id: SnapshotId,
    /// The file's size in bytes.
    pub size: u64,
    /// `lastContainedLogTimestamp` of its header ([`super::Snapshot`]).
    pub last_contained_log_timestamp: Timestamp,
}

/// What is known of the log.
#[derive(Debug, Clone, Copy)]
pub struct StoredLog<'a> {
    /// The first offset that is in the log.
    pub start_offset: Offset,
    /// Base offset and size in bytes of each segment, ascending. The last one is active and never goes.
    pub segments: &'a [(Offset, u64)],
}

/// What can go. Rename the snapshots to [`SnapshotId::deleted_file_name`] first, then raise the log's start and drop the
/// segments below it, then unlink.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cleanup {
    /// Snapshots to give up, oldest first.
    pub snapshots: Vec<SnapshotId>,
    /// The log's new start, if anything goes: the end of the oldest snapshot that stays.
    pub log_start_offset: Option<Offset>,
}

impl MetadataRetention {
    /// Looks at everything that is stored; `snapshots` are in ascending order.
    pub fn cleanup(&self, log: StoredLog<'_>, snapshots: &[SnapshotFacts], now: Timestamp) -> Cleanup {
        let mut cleanup = Cleanup::default();
        let mut log_start = log.start_offset;
        let mut stored: u64 = snapshots.iter().map(|snapshot| snapshot.size).sum();
        for pair in snapshots.windows(2) {
            let &[oldest, next] = pair else { break };
            let too_much = self.bytes.is_some_and(|limit| stored.saturating_add(log.size_from(log_start)) > limit);
            let too_old =
                self.age_ms.is_some_and(|limit| now.milliseconds_since(oldest.last_contained_log_timestamp) > limit);
            // The log cannot begin twice at one offset, nor go back.
            if !(too_much || too_old) || next.id.end_offset <= log_start {
                break;
            }
            stored -= oldest.size;
            log_start = next.id.end_offset;
            cleanup.snapshots.push(oldest.id);
            cleanup.log_start_offset = Some(log_start);
        }
        cleanup
    }
}

impl StoredLog<'_> {
    /// Bytes of the segments that stay when the log begins at `start_offset`: a segment goes when the one after it
    /// begins at or before that.
    fn size_from(&self, start_offset: Offset) -> u64 {
        let first_kept =
            self.segments.iter().skip(1).take_while(|(base_offset, _)| *base_offset <= start_offset).count();
        self.segments.iter().skip(first_kept).map(|(_, size)| size).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ottla_model::LeaderEpoch;

    fn snapshot(end_offset: i64, timestamp: i64) -> SnapshotFacts {
        SnapshotFacts {
            id: SnapshotId { end_offset: Offset::new(end_offset), epoch: LeaderEpoch::new(1) },
            size: 10,
            last_contained_log_timestamp: Timestamp::new(timestamp),
        }
    }
    const UNLIMITED: MetadataRetention = MetadataRetention { bytes: None, age_ms: None };
    const SEGMENTS: [(Offset, u64); 3] = [(Offset::new(0), 100), (Offset::new(100), 100), (Offset::new(200), 100)];
    const LOG: StoredLog<'_> = StoredLog { start_offset: Offset::ZERO, segments: &SEGMENTS };

    fn kept_from(retention: MetadataRetention, snapshots: &[SnapshotFacts], now: i64) -> Option<i64> {
        retention.cleanup(LOG, snapshots, Timestamp::new(now)).log_start_offset.map(Offset::value)
    }

    #[test]
    fn without_limits_everything_stays() {
        let snapshots = [snapshot(100, 1), snapshot(200, 2)];
        assert_eq!(UNLIMITED.cleanup(LOG, &snapshots, Timestamp::new(i64::MAX)), Cleanup::default());
    }

    #[test]
    fn size_takes_the_oldest_until_the_rest_fits() {
        let snapshots = [snapshot(0, 0), snapshot(100, 1), snapshot(200, 2), snapshot(250, 3)];
        let with = |bytes| MetadataRetention { bytes: Some(bytes), ..UNLIMITED };
        assert_eq!(kept_from(with(340), &snapshots, 0), None);
        assert_eq!(kept_from(with(339), &snapshots, 0), Some(100)); // now 230 are left
        assert_eq!(kept_from(with(229), &snapshots, 0), Some(200)); // 120
        assert_eq!(kept_from(with(119), &snapshots, 0), Some(250)); // 110: the active segment stays
        assert_eq!(kept_from(with(0), &snapshots, 0), Some(250)); // and so does the newest snapshot
    }

    #[test]
    fn age_counts_from_the_last_record_in_the_snapshot() {
        let snapshots = [snapshot(100, 1000), snapshot(200, 2000), snapshot(250, 3000)];
        let aged = MetadataRetention { age_ms: Some(500), ..UNLIMITED };
        assert_eq!(kept_from(aged, &snapshots, 1500), None);
        assert_eq!(kept_from(aged, &snapshots, 1501), Some(200));
        let cleanup = aged.cleanup(LOG, &snapshots, Timestamp::new(9999));
        assert_eq!(cleanup.snapshots, [snapshots[0].id, snapshots[1].id]);
    }

    #[test]
    fn the_only_snapshot_stays() {
        let all_limits = MetadataRetention { bytes: Some(0), age_ms: Some(0) };
        assert_eq!(kept_from(all_limits, &[snapshot(100, 0)], i64::MAX), None);
        assert_eq!(kept_from(all_limits, &[], i64::MAX), None);
    }
}
