//! What a producer runs on.

use super::{ClientProperties, ConnectionConfig};
use crate::ClientError;
use ottla_records::{Compression, Compressor};
use std::time::Duration;

/// `acks`: whose word makes a record sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acks {
    /// Nobody's: there is no answer at all.
    None,
    /// The leader's.
    Leader,
    /// The leader's, when all in-sync replicas have it.
    All,
}

impl Acks {
    /// As the protocol has it.
    pub(crate) fn wire(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Leader => 1,
            Self::All => -1,
        }
    }
}

/// `partitioner.class`, as far as there is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionerKind {
    /// Kafka's own: by the key's hash, and without a key a batch here and a batch there.
    Default,
    /// One after the other, keys or not.
    RoundRobin,
}

/// Kafka's `ProducerConfig`, without transactions.
#[derive(Debug, Clone)]
pub struct ProducerConfig {
    /// What every client has.
    pub connection: ConnectionConfig,
    /// `acks`.
    pub acks: Acks,
    /// `enable.idempotence`, as far as the other keys allow it.
    pub idempotent: bool,
    /// `batch.size`, in bytes; 0 means a record each.
    pub batch_size: usize,
    /// `linger.ms`: how long a batch that is not full waits for more.
    pub linger: Duration,
    /// `delivery.timeout.ms`: what a record may take from `send` to its fate.
    pub delivery_timeout: Duration,
    /// `max.block.ms`: what `send` may wait for metadata and for memory.
    pub block_max: Duration,
    /// `max.request.size`: a request's bound, and a record's.
    pub request_size_max: usize,
    /// `buffer.memory`: bytes of records that are not sent yet.
    pub buffer_memory: usize,
    /// `max.in.flight.requests.per.connection`.
    pub in_flight_max: usize,
    /// `compression.type`, with its level.
    pub compressor: Compressor,
    /// `partitioner.class`.
    pub partitioner: PartitionerKind,
    /// `partitioner.ignore.keys`.
    pub ignore_keys: bool,
}

impl ProducerConfig {
    /// Reads and checks.
    ///
    /// # Errors
    /// Says which key is wrong and why.
    pub fn read(properties: &ClientProperties) -> Result<Self, ClientError> {
        if properties.get("transactional.id").is_some() {
            return Err(ClientError::Config(
                "transactional.id is set, but this producer has no transactions yet".to_owned(),
            ));
        }
        let acks = match properties.one_of("acks", "all", &["all", "-1", "0", "1"])? {
            "0" => Acks::None,
            "1" => Acks::Leader,
            _ => Acks::All,
        };
        let connection = ConnectionConfig::read(properties, 32_768)?;
        let in_flight_max = properties.int("max.in.flight.requests.per.connection", 5, 1)?.unsigned_abs() as usize;
        let idempotent = read_idempotence(properties, acks, connection.retries_max, in_flight_max)?;
        let linger = properties.milliseconds("linger.ms", 5)?;
        let delivery_timeout = read_delivery_timeout(properties, linger, connection.request_timeout)?;
        Ok(Self {
            acks,
            idempotent,
            batch_size: properties.bytes("batch.size", 16_384)?,
            linger,
            delivery_timeout,
            block_max: properties.milliseconds("max.block.ms", 60_000)?,
            request_size_max: properties.bytes("max.request.size", 1_048_576)?,
            buffer_memory: properties.bytes("buffer.memory", 33_554_432)?,
            in_flight_max,
            compressor: read_compressor(properties)?,
            partitioner: read_partitioner(properties)?,
            ignore_keys: properties.boolean("partitioner.ignore.keys", false)?,
            connection,
        })
    }
}

/// Idempotence is on unless it is switched off, or unless other keys rule it out and nobody asked for it by name.
fn read_idempotence(
    properties: &ClientProperties,
    acks: Acks,
    retries: u32,
    in_flight: usize,
) -> Result<bool, ClientError> {
    const IN_FLIGHT_MAX: usize = 5;
    if !properties.boolean("enable.idempotence", true)? {
        return Ok(false);
    }
    let conflict = if acks != Acks::All {
        "Must set acks to all in order to use the idempotent producer. \
         Otherwise we cannot guarantee idempotence."
    } else if retries == 0 {
        "Must set retries to non-zero when using the idempotent producer."
    } else if in_flight > IN_FLIGHT_MAX {
        "Must set max.in.flight.requests.per.connection to at most 5 to use the idempotent producer."
    } else {
        return Ok(true);
    };
    if properties.get("enable.idempotence").is_some() {
        return Err(ClientError::Config(conflict.to_owned()));
    }
    Ok(false)
}

/// It must leave time for one request after the linger; set too short by name it is refused, by default it is stretched.
fn read_delivery_timeout(
    properties: &ClientProperties,
    linger: Duration,
    request_timeout: Duration,
) -> Result<Duration, ClientError> {
    let delivery_timeout = properties.milliseconds("delivery.timeout.ms", 120_000)?;
    let needed = linger.saturating_add(request_timeout);
    if delivery_timeout >= needed {
        return Ok(delivery_timeout);
    }
    if properties.get("delivery.timeout.ms").is_some() {
        return Err(ClientError::Config(
            "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms".to_owned(),
        ));
    }
    Ok(needed)
}

fn read_compressor(properties: &ClientProperties) -> Result<Compressor, ClientError> {
    let names = Compression::ALL.map(Compression::name);
    let name = properties.one_of("compression.type", "none", &names)?;
    let compression = Compression::ALL.into_iter().find(|codec| codec.name() == name).unwrap_or(Compression::None);
    let key = format!("compression.{name}.level");
    let (Some(text), Some(levels)) = (properties.get(&key), compression.levels()) else {
        return Ok(compression.into());
    };
    let level = properties.int(&key, 0, i32::MIN)?;
    let out_of_range = |_| {
        ClientProperties::invalid(&key, text, format!("Value must be between {} and {}", levels.start(), levels.end()))
    };
    Compressor::new(compression, level).map_err(out_of_range)
}

fn read_partitioner(properties: &ClientProperties) -> Result<PartitionerKind, ClientError> {
    const KEY: &str = "partitioner.class";
    match properties.text_or(KEY, "") {
        "" => Ok(PartitionerKind::Default),
        "org.apache.kafka.clients.producer.RoundRobinPartitioner" => Ok(PartitionerKind::RoundRobin),
        other => Err(ClientProperties::invalid(KEY, other, format!("Class {other} could not be found."))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Acks, ProducerConfig};
    use crate::config::{ClientKind, ClientProperties};
    use ottla_records::Compression;
    use std::time::Duration;

    fn read(words: &[&str]) -> Result<ProducerConfig, String> {
        let mut properties = ClientProperties::new(ClientKind::Producer);
        properties.set("bootstrap.servers", "a:1");
        for word in words {
            let (key, value) = word.split_once('=').unwrap();
            properties.set(key, value);
        }
        ProducerConfig::read(&properties).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_kafkas() {
        let config = read(&[]).unwrap();
        assert_eq!(config.acks, Acks::All);
        assert!(config.idempotent);
        assert_eq!(config.linger, Duration::from_millis(5));
        assert_eq!(config.compressor.compression(), Compression::None);
    }

    #[test]
    fn idempotence_gives_way_unless_it_was_asked_for() {
        assert!(!read(&["acks=1"]).unwrap().idempotent);
        assert!(!read(&["retries=0"]).unwrap().idempotent);
        assert!(read(&["acks=1", "enable.idempotence=true"]).unwrap_err().starts_with("Must set acks to all"));
    }

    #[test]
    fn a_delivery_timeout_leaves_time_for_one_request() {
        assert_eq!(read(&["linger.ms=120000"]).unwrap().delivery_timeout, Duration::from_millis(150_000));
        assert!(read(&["delivery.timeout.ms=10"]).unwrap_err().starts_with("delivery.timeout.ms should be"));
    }

    #[test]
    fn compression_has_levels() {
        let config = read(&["compression.type=zstd", "compression.zstd.level=7"]).unwrap();
        assert_eq!(config.compressor.compression(), Compression::Zstd);
        assert!(read(&["compression.type=gzip", "compression.gzip.level=77"]).is_err());
        let message = "Invalid value lzz for configuration compression.type: \
                       String must be one of: none, gzip, snappy, lz4, zstd";
        assert_eq!(read(&["compression.type=lzz"]).unwrap_err(), message);
    }
}
