//! What a decision returns.

use crate::CoordinatorRecord;
use crate::group::{JoinReply, SyncReply};

/// What must happen because of a decision, in this order: the records are appended as one batch and replayed; when they,
/// and everything that the shard appended before, are committed, the reply and the released answers are sent.
///
/// If the append is refused, nothing of this happens: the caller is told the refusal's
/// [error](crate::AppendRefusal::error), and `released` goes through [`Shard::append_refused`](crate::Shard::append_refused).
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a decision changes nothing that lasts until its records are in the log"]
pub struct Outcome<R> {
    /// To be appended, all or none. Often empty: then the answers only wait for what is already on its way.
    pub records: Vec<CoordinatorRecord>,
    /// The answer to whoever asked.
    pub reply: R,
    /// Answers to requests that have been waiting.
    pub released: Vec<Released>,
}

impl<R> Outcome<R> {
    /// Just an answer: nothing is written, nobody is released.
    pub fn reply(reply: R) -> Self {
        Self { records: Vec::new(), reply, released: Vec::new() }
    }
}

/// An answer that can be given, or a request that waits.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer<R> {
    /// The answer.
    Now(R),
    /// The request waits under the [`WaiterId`] that it came with: its answer is in the `released` of a later outcome, or
    /// of this one, if it was the one that all have been waiting for.
    Later,
}

/// Names a request that may have to wait. Given by the driver, never twice in the life of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WaiterId(pub u64);

/// The answer to a request that has been waiting. Every waiter is released once, but for one whose own outcome is refused
/// by the log: it is told so as the caller. Whoever went away is released to nobody.
#[derive(Debug, Clone, PartialEq)]
pub struct Released {
    /// Which request.
    pub waiter: WaiterId,
    /// Its answer.
    pub reply: WaitedReply,
}

/// Answers that may have to be waited for.
#[derive(Debug, Clone, PartialEq)]
pub enum WaitedReply {
    /// To a [`GroupShard::join`](crate::GroupShard::join).
    Join(JoinReply),
    /// To a [`GroupShard::sync`](crate::GroupShard::sync).
    Sync(SyncReply),
}
