//! Compaction: of each key, a log keeps the last record (`cleanup.policy=compact`).
//!
//! Only segments that are ended, below the last stable offset and older than `min.compaction.lag.ms` are touched; what
//! comes after them is the log's *head*, which nobody looks at here. In order:
//!
//! 1. [`pick`]: what of the log has not been compacted yet (it is *dirty*), and whether it is worth the work.
//! 2. [`index`]: a table of the last offset of each key in the dirty part, within a bound of memory. If they do not all
//!    fit, the dirty part is compacted as far as they do, and the rest the next time.
//! 3. [`group`]: which segments become one.
//! 4. [`rewrite`]: the records that stay ([`retain`]) go to a `.cleaned` segment, offsets, producers and sequence
//!    numbers as they were.
//! 5. The new segment takes the place of the old ones (`log/compact.rs`): the only step that needs the log's lock. Readers
//!    that hold an old segment go on reading it.
//!
//! Aborted records go; transaction markers stay until nothing is left of their transaction, and `delete.retention.ms` more,
//! as tombstones do. What is kept of a batch, and the bytes that it is kept in, are as Apache Kafka would have it.

mod compactor;
mod group;
mod index;
mod key_offsets;
mod pick;
mod retain;
mod rewrite;
mod source;
mod transactions;

pub use compactor::{Compacted, CompactionError, Compactor, CompactorSettings, LockLog, Pace};
pub use pick::Cleanable;

pub(crate) use compactor::Compaction;
pub(crate) use pick::{Situation, assess};
pub(crate) use retain::LastRecord;
