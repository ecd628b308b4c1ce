//! Transactions: the shards of `__transaction_state`.
//!
//! ```text
//!                partitions are added            EndTxn                        the last marker is written
//!  Empty ─────────────────────────▶ Ongoing ─────────────▶ PrepareCommit ───────────────────▶ CompleteCommit
//!    ▲                               ▲    │                                                         │
//!    │ InitProducerId                │    └ EndTxn, time-out, a new producer ▶ PrepareAbort ─▶ CompleteAbort
//!    └───────────────────────────────┴──────────────────────────────────────────────────────────────┘
//! ```
//!
//! What is decided once is in the log once: a transaction is committed from the moment when `PrepareCommit` is in the
//! log. The markers that tell every partition follow, as often as it takes.
//!
//! * [`shard`](TransactionShard): everything that may be asked of one partition's transactional ids.
//! * [`messages`]: requests and answers. [`listing`]: what is said of transactions to those who look on.
//! * [`records`]: keys and values of the topic.
//! * `transition`: from one state to the next; `init`, `add`, `end`, `markers`, `timers`: who asks for which, and who may.

pub mod listing;
pub mod messages;
pub mod records;

mod add;
mod end;
mod error;
mod init;
mod markers;
mod producer_ids;
mod settings;
mod shard;
mod state;
mod timers;
mod transition;
mod version;

pub use error::TransactionError;
pub use messages::*;
pub use producer_ids::ProducerIds;
pub use settings::TransactionSettings;
pub use shard::TransactionShard;
pub use state::TransactionState;
pub use version::TransactionVersion;

use std::sync::Arc;

/// A transactional id, shared by everything that is kept about it.
pub type TransactionalId = Arc<str>;
