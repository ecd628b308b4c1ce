//! Transactions and idempotent producers.

use crate::keys::Bounds::{Any, AtLeast};
use crate::keys::Effect::{Honoured, NotYet};
use crate::keys::Fallback::Is;
use crate::keys::Importance::{High, Low};
use crate::keys::Key;
use crate::keys::Scope::{ClusterWide, ReadOnly};
use crate::keys::ValueType::{Boolean, Int, Short};

#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key::new("add.partitions.to.txn.retry.backoff.max.ms", Int, Is("100"), AtLeast(0), High, ReadOnly, NotYet,
        "How long the broker keeps retrying on the producer's behalf when a partition cannot be added to a \
         transaction because the previous one is still completing."),
    Key::new("add.partitions.to.txn.retry.backoff.ms", Int, Is("20"), AtLeast(1), High, ReadOnly, NotYet,
        "Pause between two such retries."),
    Key::new("producer.id.expiration.check.interval.ms", Int, Is("600000"), AtLeast(1), Low, ReadOnly, Honoured,
        "How often forgotten producers are looked for.").internal(),
    Key::new("producer.id.expiration.ms", Int, Is("86400000"), AtLeast(1), Low, ClusterWide, Honoured,
        "A partition forgets an idempotent producer that was silent for this long."),
    Key::new("transaction.abort.timed.out.transaction.cleanup.interval.ms", Int, Is("10000"), AtLeast(1), Low, ReadOnly, NotYet,
        "How often transactions that ran out of time are aborted."),
    Key::new("transaction.max.timeout.ms", Int, Is("900000"), AtLeast(1), High, ReadOnly, NotYet,
        "The longest timeout that a transaction may ask for."),
    Key::new("transaction.partition.verification.enable", Boolean, Is("true"), Any, Low, ClusterWide, NotYet,
        "Whether a partition asks the coordinator before it takes a transaction's first record."),
    Key::new("transaction.remove.expired.transaction.cleanup.interval.ms", Int, Is("3600000"), AtLeast(1), Low, ReadOnly, NotYet,
        "How often transactional ids that nobody uses any more are removed."),
    Key::new("transaction.state.log.load.buffer.size", Int, Is("5242880"), AtLeast(1), High, ReadOnly, NotYet,
        "How much is read at a time when a coordinator loads its transactions."),
    Key::new("transaction.state.log.min.isr", Int, Is("2"), AtLeast(1), High, ReadOnly, NotYet,
        "Replicas of `__transaction_state` that must be in sync for a write."),
    Key::new("transaction.state.log.num.partitions", Int, Is("50"), AtLeast(1), High, ReadOnly, NotYet,
        "Partitions of `__transaction_state`; not to be changed once it exists."),
    Key::new("transaction.state.log.replication.factor", Short, Is("3"), AtLeast(1), High, ReadOnly, NotYet,
        "Replicas of `__transaction_state`; it is not created while there are fewer brokers."),
    Key::new("transaction.state.log.segment.bytes", Int, Is("104857600"), AtLeast(1), High, ReadOnly, NotYet,
        "Segment size of `__transaction_state`; small, so that it loads fast."),
    Key::new("transaction.two.phase.commit.enable", Boolean, Is("false"), Any, Low, ReadOnly, NotYet,
        "Whether clients may prepare transactions and decide later (KIP-939)."),
    Key::new("transactional.id.expiration.ms", Int, Is("604800000"), AtLeast(1), High, ReadOnly, NotYet,
        "A transactional id without transactions is forgotten after this long."),
];
