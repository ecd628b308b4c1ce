//! What a group may be told (resource type 32).

mod offset_reset;

pub(crate) use offset_reset::check_share_offset_reset;

use crate::broker::BrokerConfig;
use crate::keys::{self, broker_key_of_group};
use crate::value::Value;
use crate::{InvalidValue, Key};
use std::collections::BTreeMap;

/// Checks everything that a group is to be set to, against the bounds that the broker sets.
///
/// # Errors
/// The first thing that is wrong, in Kafka's words: they go into the answer's `error_message` with `INVALID_CONFIG`.
pub fn validate(overrides: &BTreeMap<String, String>, broker: &BrokerConfig) -> Result<(), InvalidValue> {
    for name in overrides.keys() {
        if keys::group().get(name).is_none() {
            return Err(InvalidValue::from_message(format!("Unknown group config name: {name}")));
        }
    }
    let group = GroupValues { overrides, broker };
    for key in keys::group().iter() {
        group.value(key)?;
    }
    for kind in ["consumer", "share", "streams"] {
        group.bounded(&format!("{kind}.heartbeat.interval.ms"))?;
        group.bounded(&format!("{kind}.session.timeout.ms"))?;
        let assignment = format!("{kind}.assignment.interval.ms");
        if overrides.contains_key(&assignment) {
            group.bounded(&assignment)?;
        }
    }
    for what in ["record.lock.duration.ms", "delivery.count.limit", "partition.max.record.locks"] {
        group.bounded(&format!("share.{what}"))?;
    }
    group.at_most("streams.num.standby.replicas", "group.streams.max.standby.replicas")?;
    for kind in ["consumer", "share", "streams"] {
        let (session, heartbeat) = (format!("{kind}.session.timeout.ms"), format!("{kind}.heartbeat.interval.ms"));
        if group.int(&session)? <= group.int(&heartbeat)? {
            return Err(InvalidValue::from_message(format!("{session} must be greater than {heartbeat}")));
        }
    }
    Ok(())
}

/// A group's own values on top of the broker's.
struct GroupValues<'a> {
    overrides: &'a BTreeMap<String, String>,
    broker: &'a BrokerConfig,
}

impl GroupValues<'_> {
    fn value(&self, key: &Key) -> Result<Option<Value>, InvalidValue> {
        let from_broker = || self.broker.layers().text(broker_key_of_group(key.name)?);
        match self.overrides.get(key.name).map(String::as_str).or_else(from_broker) {
            Some(text) => key.parse(text).map(Some),
            None => Ok(key.default_value()),
        }
    }
    fn int(&self, name: &str) -> Result<i32, InvalidValue> {
        let key = keys::group().get(name).expect("asked only for declared keys");
        match self.value(key)? {
            Some(Value::Int(number)) => Ok(number),
            other => unreachable!("{name} is declared as an int with a default, not {other:?}"),
        }
    }
    fn broker_int(&self, name: &str) -> i32 {
        self.broker.layers().text(name).and_then(|text| text.trim().parse().ok()).unwrap_or_default()
    }
    /// Between the broker's `group.<kind>.min.<what>` and `.max.<what>`.
    fn bounded(&self, name: &str) -> Result<(), InvalidValue> {
        let (kind, what) = name.split_once('.').expect("group keys begin with the kind of group");
        let least = format!("group.{kind}.min.{what}");
        if self.int(name)? < self.broker_int(&least) {
            return Err(InvalidValue::from_message(format!("{name} must be greater than or equal to {least}")));
        }
        self.at_most(name, &format!("group.{kind}.max.{what}"))
    }
    fn at_most(&self, name: &str, most: &str) -> Result<(), InvalidValue> {
        if self.int(name)? > self.broker_int(most) {
            return Err(InvalidValue::from_message(format!("{name} must be less than or equal to {most}")));
        }
        Ok(())
    }
}
