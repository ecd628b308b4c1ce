//! `controller.quorum.…`

use super::reader::Reader;
use crate::host::{self, HostAndPort, Voter};
use std::time::Duration;

/// How to find, and how to be part of, the metadata quorum.
#[derive(Debug, Clone, PartialEq)]
pub struct QuorumConfig {
    /// `controller.quorum.voters`: a fixed set of voters; empty where voters can change (KIP-853).
    pub voters: Vec<Voter>,
    /// `controller.quorum.bootstrap.servers`: controllers to ask who leads.
    pub bootstrap_servers: Vec<HostAndPort>,
    /// `controller.quorum.election.timeout.ms`
    pub election_timeout: Duration,
    /// `controller.quorum.election.backoff.max.ms`
    pub election_backoff_max: Duration,
    /// `controller.quorum.fetch.timeout.ms`
    pub fetch_timeout: Duration,
    /// `controller.quorum.request.timeout.ms`
    pub request_timeout: Duration,
    /// `controller.quorum.retry.backoff.ms`
    pub retry_backoff: Duration,
    /// `controller.quorum.append.linger.ms`
    pub append_linger: Duration,
    /// `controller.quorum.fetch.max.bytes`
    pub fetch_bytes_max: u32,
    /// `controller.quorum.fetch.snapshot.max.bytes`
    pub fetch_snapshot_bytes_max: u32,
    /// `controller.quorum.auto.join.enable` (KIP-1186)
    pub auto_join: bool,
}

impl QuorumConfig {
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        // What cannot be read was refused by the keys' bounds already.
        let voters = host::parse_voters(&reader.list("controller.quorum.voters")).unwrap_or_default();
        let servers = reader.list("controller.quorum.bootstrap.servers");
        Self {
            voters,
            bootstrap_servers: host::parse_bootstrap_servers(&servers).unwrap_or_default(),
            election_timeout: reader.milliseconds("controller.quorum.election.timeout.ms"),
            election_backoff_max: reader.milliseconds("controller.quorum.election.backoff.max.ms"),
            fetch_timeout: reader.milliseconds("controller.quorum.fetch.timeout.ms"),
            request_timeout: reader.milliseconds("controller.quorum.request.timeout.ms"),
            retry_backoff: reader.milliseconds("controller.quorum.retry.backoff.ms"),
            append_linger: reader.milliseconds("controller.quorum.append.linger.ms"),
            fetch_bytes_max: reader.count("controller.quorum.fetch.max.bytes"),
            fetch_snapshot_bytes_max: reader.count("controller.quorum.fetch.snapshot.max.bytes"),
            auto_join: reader.boolean("controller.quorum.auto.join.enable"),
        }
    }
}
