//! Logs on disk.

use crate::keys::Bounds::{Any, AtLeast, OneOf, SomeTexts, Texts, TextsOf};
use crate::keys::Effect::{Honoured, NotYet};
use crate::keys::Fallback::{Absent, Is};
use crate::keys::Importance::{High, Low, Medium};
use crate::keys::Key;
use crate::keys::Scope::{ClusterWide, PerBroker, ReadOnly};
use crate::keys::ValueType::{Boolean, Int, List, Long, String};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("cordoned.log.dirs", List, Is(""), Texts, Medium, PerBroker, NotYet,
        "Log directories that take no new partitions; `*` for all of them."),
    Key::new("log.cleanup.policy", List, Is("delete"), TextsOf(&["compact", "delete"]), Medium, ClusterWide, Honoured,
        "What happens to old segments: `delete`, `compact`, both, or nothing at all; unless the topic says \
         otherwise."),
    Key::new("log.dir", List, Is("/tmp/kafka-logs"), SomeTexts, High, ReadOnly, Honoured,
        "Where logs are kept if `log.dirs` is not set."),
    Key::new("log.dir.failure.timeout.ms", Long, Is("30000"), AtLeast(1), Low, ReadOnly, NotYet,
        "How long a broker with a failed directory tries to tell the controller before it stops."),
    Key::new("log.dirs", List, Absent, SomeTexts, High, ReadOnly, Honoured,
        "The directories, between commas, that logs are kept in; `log.dir` if not set."),
    Key::new("log.flush.interval.messages", Long, Is("9223372036854775807"), AtLeast(1), High, ClusterWide, Honoured,
        "After this many records a log is synced to disk, unless the topic says otherwise."),
    Key::new("log.flush.interval.ms", Long, Absent, Any, High, ClusterWide, Honoured,
        "After this long a log with new records is synced to disk; `log.flush.scheduler.interval.ms` if not set."),
    Key::new("log.flush.offset.checkpoint.interval.ms", Int, Is("60000"), AtLeast(0), High, ReadOnly, Honoured,
        "How often the point up to which logs are known to be on disk is written down."),
    Key::new("log.flush.scheduler.interval.ms", Long, Is("9223372036854775807"), Any, High, ReadOnly, Honoured,
        "How often logs are looked at for syncing."),
    Key::new("log.flush.start.offset.checkpoint.interval.ms", Int, Is("60000"), AtLeast(0), High, ReadOnly, Honoured,
        "How often the beginnings of logs are written down."),
    Key::new("log.index.interval.bytes", Int, Is("4096"), AtLeast(0), Medium, ClusterWide, Honoured,
        "An index entry is made after this many bytes of records, unless the topic says otherwise."),
    Key::new("log.index.size.max.bytes", Int, Is("10485760"), AtLeast(4), Medium, ClusterWide, Honoured,
        "The largest index file of a segment, unless the topic says otherwise."),
    Key::new("log.initial.task.delay.ms", Long, Is("30000"), AtLeast(0), Low, ReadOnly, NotYet,
        "How long housekeeping of logs waits after the start; for tests.").internal(),
    Key::new("log.message.timestamp.after.max.ms", Long, Is("3600000"), AtLeast(0), Medium, ClusterWide, Honoured,
        "How far a record's timestamp may lie in the future, unless the topic says otherwise."),
    Key::new("log.message.timestamp.before.max.ms", Long, Is("9223372036854775807"), AtLeast(0), Medium, ClusterWide, Honoured,
        "How far a record's timestamp may lie in the past, unless the topic says otherwise."),
    Key::new("log.message.timestamp.type", String, Is("CreateTime"), OneOf(&["CreateTime", "LogAppendTime"]), Medium, ClusterWide, Honoured,
        "Whose clock dates records: the producer's (`CreateTime`) or the broker's (`LogAppendTime`)."),
    Key::new("log.preallocate", Boolean, Is("false"), Any, Medium, ClusterWide, NotYet,
        "Whether a new segment takes all its space on disk at once."),
    Key::new("log.retention.bytes", Long, Is("-1"), Any, High, ClusterWide, Honoured,
        "How large a partition's log may grow before its oldest segments go; negative for any size."),
    Key::new("log.retention.check.interval.ms", Long, Is("300000"), AtLeast(1), Medium, ReadOnly, Honoured,
        "How often logs are looked at for segments to delete."),
    Key::new("log.retention.hours", Int, Is("168"), Any, High, ReadOnly, Honoured,
        "How long segments are kept, if neither minutes nor milliseconds are set."),
    Key::new("log.retention.minutes", Int, Absent, Any, High, ReadOnly, Honoured,
        "How long segments are kept, if milliseconds are not set."),
    Key::new("log.retention.ms", Long, Absent, Any, High, ClusterWide, Honoured,
        "How long segments are kept; negative for ever."),
    Key::new("log.roll.hours", Int, Is("168"), AtLeast(1), High, ReadOnly, Honoured,
        "After this long a new segment is begun, if milliseconds are not set."),
    Key::new("log.roll.jitter.hours", Int, Is("0"), AtLeast(0), High, ReadOnly, Honoured,
        "How much earlier, at random, a new segment may be begun, if milliseconds are not set."),
    Key::new("log.roll.jitter.ms", Long, Absent, Any, High, ClusterWide, Honoured,
        "How much earlier, at random, a new segment may be begun, so that not all do at once."),
    Key::new("log.roll.ms", Long, Absent, Any, High, ClusterWide, Honoured,
        "After this long a new segment is begun even if the old one is not full."),
    Key::new("log.segment.bytes", Int, Is("1073741824"), AtLeast(1_048_576), High, ClusterWide, Honoured,
        "A segment that would grow beyond this is closed and a new one begun."),
    Key::new("log.segment.delete.delay.ms", Long, Is("60000"), AtLeast(0), High, ClusterWide, Honoured,
        "How long a deleted segment's files stay on disk under another name."),
    Key::new("num.recovery.threads.per.data.dir", Int, Is("2"), AtLeast(1), High, ClusterWide, Honoured,
        "How many logs of a directory are opened or closed at a time."),
];
