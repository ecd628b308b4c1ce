//! How a consumer is a member of its group.

use super::ClientProperties;
use crate::ClientError;
use crate::consumer::Assignor;
use ottla_model::ErrorCode;
use std::time::Duration;

/// The part of Kafka's `ConsumerConfig` that is about groups of the classic protocol.
#[derive(Debug, Clone)]
pub struct GroupConfig {
    /// `group.id`.
    pub group_id: String,
    /// `group.instance.id`: a static member keeps its place when it goes and comes back (KIP-345).
    pub instance_id: Option<String>,
    /// `session.timeout.ms`: who is not heard of for so long is out.
    pub session_timeout: Duration,
    /// `heartbeat.interval.ms`.
    pub heartbeat_interval: Duration,
    /// `max.poll.interval.ms`: who does not come back to `poll` for so long leaves; also how long others wait for it in a
    /// rebalance.
    pub poll_interval_max: Duration,
    /// `partition.assignment.strategy`, the preferred one first. Empty is possible: then only `assign` is.
    pub assignors: Vec<Assignor>,
    /// `auto.commit.interval.ms`, if `enable.auto.commit`.
    pub auto_commit_interval: Option<Duration>,
}

impl GroupConfig {
    /// Reads and checks. `None` without a `group.id`.
    ///
    /// # Errors
    /// Says which key is wrong and why.
    pub(super) fn read(properties: &ClientProperties) -> Result<Option<Self>, ClientError> {
        refuse_newer_protocol(properties)?;
        let session_timeout = properties.milliseconds("session.timeout.ms", 45_000)?;
        let heartbeat_interval = properties.milliseconds("heartbeat.interval.ms", 3_000)?;
        let poll_interval_max = properties.int("max.poll.interval.ms", 300_000, 1)?.unsigned_abs();
        let assignors = read_assignors(properties)?;
        let auto_commit = properties.boolean("enable.auto.commit", true)?;
        let auto_commit_interval = properties.milliseconds("auto.commit.interval.ms", 5_000)?;
        let Some(group_id) = properties.get("group.id") else {
            if auto_commit && properties.get("enable.auto.commit").is_some() {
                return Err(ClientError::refused(
                    ErrorCode::InvalidConfig,
                    Some("enable.auto.commit cannot be set to true when default group id (null) is used.".to_owned()),
                ));
            }
            return Ok(None);
        };
        if group_id.trim().is_empty() {
            return Err(ClientError::refused(
                ErrorCode::InvalidGroupId,
                Some("The configured group.id should not be an empty string or whitespace.".to_owned()),
            ));
        }
        if heartbeat_interval >= session_timeout {
            return Err(ClientError::IllegalArgument(
                "Heartbeat must be set lower than the session timeout".to_owned(),
            ));
        }
        Ok(Some(Self {
            group_id: group_id.to_owned(),
            instance_id: read_instance_id(properties)?,
            session_timeout,
            heartbeat_interval,
            poll_interval_max: Duration::from_millis(u64::from(poll_interval_max)),
            assignors,
            auto_commit_interval: auto_commit.then_some(auto_commit_interval),
        }))
    }
}

/// Only the classic protocol is spoken; silently speaking it to somebody who asked for the other would hide that.
fn refuse_newer_protocol(properties: &ClientProperties) -> Result<(), ClientError> {
    const KEY: &str = "group.protocol";
    let protocol = properties.text_or(KEY, "classic");
    match protocol.to_ascii_lowercase().as_str() {
        "classic" => {}
        "consumer" => {
            let why = "only classic is supported by this client so far (KIP-848 is not)";
            return Err(ClientProperties::invalid(KEY, protocol, why));
        }
        _ => {
            let why = "String must be one of (case insensitive): CONSUMER, CLASSIC";
            return Err(ClientProperties::invalid(KEY, protocol, why));
        }
    }
    match properties.get("group.remote.assignor") {
        Some(assignor) if !assignor.trim().is_empty() => {
            Err(ClientError::Config("group.remote.assignor cannot be set when group.protocol=CLASSIC".to_owned()))
        }
        _ => Ok(()),
    }
}

fn read_assignors(properties: &ClientProperties) -> Result<Vec<Assignor>, ClientError> {
    const KEY: &str = "partition.assignment.strategy";
    if properties.get(KEY).is_none() {
        return Ok(vec![Assignor::Range, Assignor::CooperativeSticky]);
    }
    let mut assignors = Vec::new();
    for class in properties.list(KEY) {
        let assignor = Assignor::by_class(&class)
            .ok_or_else(|| ClientError::Config(format!("{class} ClassNotFoundException exception occurred")))?;
        if assignors.contains(&assignor) {
            let why = format!("The assignor {} is listed twice.", assignor.name());
            return Err(ClientProperties::invalid(KEY, &class, why));
        }
        assignors.push(assignor);
    }
    Ok(assignors)
}

/// An instance id is a name like a topic's.
fn read_instance_id(properties: &ClientProperties) -> Result<Option<String>, ClientError> {
    let Some(id) = properties.get("group.instance.id") else { return Ok(None) };
    let why = if id.is_empty() {
        "Group instance id is invalid: the empty string is not allowed".to_owned()
    } else if matches!(id, "." | "..") {
        format!("Group instance id is invalid: '{id}' is not allowed")
    } else if id.len() > 249 {
        format!("Group instance id is invalid: the length of '{id}' is longer than the max allowed length 249")
    } else if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')) {
        format!(
            "Group instance id is invalid: '{id}' contains one or more characters other than ASCII alphanumerics, \
             '.', '_' and '-'"
        )
    } else {
        return Ok(Some(id.to_owned()));
    };
    Err(ClientError::refused(ErrorCode::InvalidConfig, Some(why)))
}

#[cfg(test)]
mod tests {
    use crate::config::{ClientKind, ClientProperties, ConsumerConfig, GroupConfig};
    use crate::consumer::Assignor;
    use std::time::Duration;

    fn read(words: &[&str]) -> Result<Option<GroupConfig>, String> {
        let mut properties = ClientProperties::new(ClientKind::Consumer);
        properties.set("bootstrap.servers", "a:1");
        for word in words {
            let (key, value) = word.split_once('=').unwrap();
            properties.set(key, value);
        }
        ConsumerConfig::read(&properties).map(|config| config.group).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_kafkas() {
        assert!(read(&[]).unwrap().is_none());
        let group = read(&["group.id=g"]).unwrap().unwrap();
        assert_eq!(group.session_timeout, Duration::from_millis(45_000));
        assert_eq!(group.heartbeat_interval, Duration::from_millis(3_000));
        assert_eq!(group.poll_interval_max, Duration::from_millis(300_000));
        assert_eq!(group.assignors, [Assignor::Range, Assignor::CooperativeSticky]);
        assert_eq!(group.auto_commit_interval, Some(Duration::from_millis(5_000)));
        assert_eq!(read(&["group.id=g", "enable.auto.commit=false"]).unwrap().unwrap().auto_commit_interval, None);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (words, message) in [
            (&["group.id= "][..], "The configured group.id should not be an empty string or whitespace."),
            (&["group.id=g", "session.timeout.ms=3000"], "Heartbeat must be set lower than the session timeout"),
            (
                &["enable.auto.commit=true"],
                "enable.auto.commit cannot be set to true when default group id (null) is used.",
            ),
            (
                &["group.id=g", "group.protocol=Consumer"],
                "Invalid value Consumer for configuration group.protocol: \
                 only classic is supported by this client so far (KIP-848 is not)",
            ),
            (
                &["group.id=g", "group.instance.id=a b"],
                "Group instance id is invalid: 'a b' contains one or more characters other than \
                 ASCII alphanumerics, '.', '_' and '-'",
            ),
            (
                &["group.id=g", "partition.assignment.strategy=foo.Bar"],
                "foo.Bar ClassNotFoundException exception occurred",
            ),
        ] {
            assert_eq!(read(words).unwrap_err(), message, "{words:?}");
        }
    }

    #[test]
    fn assignors_are_named_by_their_classes() {
        let strategy = "partition.assignment.strategy=org.apache.kafka.clients.consumer.StickyAssignor, \
                        org.apache.kafka.clients.consumer.RoundRobinAssignor";
        let group = read(&["group.id=g", strategy]).unwrap().unwrap();
        assert_eq!(group.assignors, [Assignor::Sticky, Assignor::RoundRobin]);
    }
}
