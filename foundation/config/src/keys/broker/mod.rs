//! Broker keys by subject.

mod cleaner;
mod groups;
mod listeners;
mod log;
mod metrics;
mod node;
mod oauth;
mod ottla;
mod quorum;
mod quotas;
mod replication;
mod sasl;
mod share_groups;
mod streams_groups;
mod tiered;
mod tls;
mod topics;
mod transactions;

use super::Key;

/// Every list of broker keys.
pub(super) const LISTS: &[&[Key]] = &[
    cleaner::KEYS,
    groups::KEYS,
    listeners::KEYS,
    log::KEYS,
    metrics::KEYS,
    node::KEYS,
    oauth::KEYS,
    ottla::KEYS,
    quorum::KEYS,
    quotas::KEYS,
    replication::KEYS,
    sasl::KEYS,
    share_groups::KEYS,
    streams_groups::KEYS,
    tiered::KEYS,
    tls::KEYS,
    topics::KEYS,
    transactions::KEYS,
];
