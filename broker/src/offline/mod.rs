//! Tools that work on a directory while no broker does: `ottla storage` and `ottla dump-log`.
//!
//! They take the options of Kafka's `kafka-storage` and `kafka-dump-log`, print what these print, and end with the same
//! exit code. Where Kafka's tools end in a Java stack trace, ours say its message in one line.

mod dump_log;
mod failure;
mod storage;

pub use dump_log::dump_log;
pub use storage::storage;
