//! What a consumer runs on.

use super::duration::parse_duration;
use super::{ClientProperties, ConnectionConfig, GroupConfig};
use crate::ClientError;
use std::time::Duration;

/// Which records of transactions are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsolationLevel {
    /// All, open and aborted transactions included.
    ReadUncommitted,
    /// Those of committed transactions, up to the first open one.
    ReadCommitted,
}

impl IsolationLevel {
    /// As the protocol has it.
    pub(crate) fn wire(self) -> i8 {
        match self {
            Self::ReadUncommitted => 0,
            Self::ReadCommitted => 1,
        }
    }
}

/// `auto.offset.reset`: where to go when there is no position, or one that the log no longer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetReset {
    /// The log's start.
    Earliest,
    /// The log's end.
    Latest,
    /// The first record of the last so many milliseconds (KIP-1106).
    ByDuration(Duration),
    /// Nowhere: that is an error.
    None,
}

/// Kafka's `ConsumerConfig`.
#[derive(Debug, Clone)]
pub struct ConsumerConfig {
    /// What every client has.
    pub connection: ConnectionConfig,
    /// `isolation.level`.
    pub isolation_level: IsolationLevel,
    /// `auto.offset.reset`.
    pub offset_reset: OffsetReset,
    /// `fetch.min.bytes`: an answer waits for that much.
    pub fetch_bytes_min: i32,
    /// `fetch.max.bytes`: a whole answer's bound; the first batch comes whatever its size.
    pub fetch_bytes_max: i32,
    /// `max.partition.fetch.bytes`: one partition's bound within an answer.
    pub partition_fetch_bytes_max: i32,
    /// `fetch.max.wait.ms`: an answer waits no longer than that.
    pub fetch_wait_max: Duration,
    /// `max.poll.records`.
    pub poll_records_max: usize,
    /// `check.crcs`.
    pub check_crcs: bool,
    /// `client.rack`: read from a replica there, if there is one (KIP-392).
    pub client_rack: String,
    /// `allow.auto.create.topics`.
    pub allow_auto_create_topics: bool,
    /// `exclude.internal.topics`: a pattern does not choose the topics that Kafka keeps its own state in.
    pub exclude_internal_topics: bool,
    /// The group, if there is a `group.id`.
    pub group: Option<GroupConfig>,
}

impl ConsumerConfig {
    /// Reads and checks.
    ///
    /// # Errors
    /// Says which key is wrong and why.
    pub fn read(properties: &ClientProperties) -> Result<Self, ClientError> {
        let isolation_level =
            match properties.one_of("isolation.level", "read_uncommitted", &["read_committed", "read_uncommitted"])? {
                "read_committed" => IsolationLevel::ReadCommitted,
                _ => IsolationLevel::ReadUncommitted,
            };
        Ok(Self {
            connection: ConnectionConfig::read(properties, 65_536)?,
            isolation_level,
            offset_reset: read_offset_reset(properties)?,
            fetch_bytes_min: properties.int("fetch.min.bytes", 1, 0)?,
            fetch_bytes_max: properties.int("fetch.max.bytes", 52_428_800, 0)?,
            partition_fetch_bytes_max: properties.int("max.partition.fetch.bytes", 1_048_576, 0)?,
            fetch_wait_max: properties.milliseconds("fetch.max.wait.ms", 500)?,
            poll_records_max: properties.int("max.poll.records", 500, 1)?.unsigned_abs() as usize,
            check_crcs: properties.boolean("check.crcs", true)?,
            client_rack: properties.text_or("client.rack", "").to_owned(),
            allow_auto_create_topics: properties.boolean("allow.auto.create.topics", true)?,
            exclude_internal_topics: properties.boolean("exclude.internal.topics", true)?,
            group: GroupConfig::read(properties)?,
        })
    }
}

fn read_offset_reset(properties: &ClientProperties) -> Result<OffsetReset, ClientError> {
    const KEY: &str = "auto.offset.reset";
    let text = properties.text_or(KEY, "latest");
    match text.to_ascii_lowercase().as_str() {
        "earliest" => return Ok(OffsetReset::Earliest),
        "latest" => return Ok(OffsetReset::Latest),
        "none" => return Ok(OffsetReset::None),
        _ => {}
    }
    let duration = text.split_once(':').filter(|(strategy, _)| strategy.eq_ignore_ascii_case("by_duration"));
    match duration.and_then(|(_, duration)| parse_duration(duration)) {
        Some(milliseconds) => Ok(OffsetReset::ByDuration(Duration::from_millis(milliseconds))),
        None => {
            Err(ClientProperties::invalid(KEY, text, "must be one of latest, earliest, none, by_duration:PnDTnHnMn.nS"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ConsumerConfig, OffsetReset};
    use crate::config::{ClientKind, ClientProperties};
    use std::time::Duration;

    #[test]
    fn where_to_start_without_a_position() {
        let reset = |text: &str| {
            let mut properties = ClientProperties::new(ClientKind::Consumer);
            properties.set("bootstrap.servers", "a:1");
            properties.set("auto.offset.reset", text);
            ConsumerConfig::read(&properties).map(|config| config.offset_reset)
        };
        assert_eq!(reset("earliest"), Ok(OffsetReset::Earliest));
        assert_eq!(reset("by_duration:PT1M"), Ok(OffsetReset::ByDuration(Duration::from_secs(60))));
        assert!(reset("by_duration:1M").is_err());
        assert!(reset("newest").is_err());
    }
}
