//! Whether a topic may have these keys: one by one, and next to each other. The messages are Kafka's.

use super::TopicDefaults;
use crate::keys;
use crate::value::Value;
use crate::{InvalidValue, Key};
use std::collections::BTreeMap;

/// Checks one key of a topic by itself.
///
/// # Errors
/// There is no such topic key, or the text is none of its values.
pub fn validate_value(name: &str, text: &str) -> Result<(), InvalidValue> {
    known(name)?.parse(text).map(drop)
}

fn known(name: &str) -> Result<&'static Key, InvalidValue> {
    keys::topic().get(name).ok_or_else(|| InvalidValue::from_message(format!("Unknown topic config name: {name}")))
}

/// Checks everything that a topic is to be set to.
///
/// `existing` is what it was set to before, `overrides` what it will be set to; `tiering` is
/// `remote.log.storage.system.enable`.
///
/// # Errors
/// The first thing that is wrong, in Kafka's words: they go into the answer's `error_message` with `INVALID_CONFIG`.
pub fn validate(
    existing: &BTreeMap<String, String>,
    overrides: &BTreeMap<String, String>,
    defaults: &TopicDefaults,
    tiering: bool,
) -> Result<(), InvalidValue> {
    for name in overrides.keys() {
        known(name)?;
    }
    let values = Values::parse(overrides, defaults)?;
    let min_lag = values.long("min.compaction.lag.ms");
    let max_lag = values.long("max.compaction.lag.ms");
    if min_lag > max_lag {
        return Err(InvalidValue::from_message(format!(
            "conflict topic config setting min.compaction.lag.ms ({min_lag}) > max.compaction.lag.ms ({max_lag})"
        )));
    }
    if values.boolean("remote.storage.enable") {
        check_tiered(&values, tiering)
    } else {
        let was_tiered = existing.get("remote.storage.enable").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        check_tiering_ends_cleanly(&values, was_tiered)
    }
}

/// All topic keys, as they would be.
struct Values(BTreeMap<&'static str, Value>);

impl Values {
    fn parse(overrides: &BTreeMap<String, String>, defaults: &TopicDefaults) -> Result<Self, InvalidValue> {
        let mut values = BTreeMap::new();
        for key in keys::topic().iter() {
            let text = overrides.get(key.name).map(String::as_str).or_else(|| defaults.text(key.name));
            if let Some(text) = text {
                values.insert(key.name, key.parse(text)?);
            }
        }
        Ok(Self(values))
    }
    fn long(&self, name: &str) -> i64 {
        match self.0.get(name) {
            Some(Value::Long(number)) => *number,
            other => unreachable!("{name} is declared as a long with a default, not {other:?}"),
        }
    }
    fn boolean(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Boolean(true)))
    }
}

fn check_tiered(values: &Values, tiering: bool) -> Result<(), InvalidValue> {
    if !tiering {
        return Err(InvalidValue::from_message(
            "Tiered Storage functionality is disabled in the broker. \
             Topic cannot be configured with remote log storage.",
        ));
    }
    let policy = values.0.get("cleanup.policy").map(Value::as_list).unwrap_or_default();
    if !matches!(policy, []) && policy != ["delete"] {
        return Err(InvalidValue::from_message(
            "Remote log storage only supports topics with cleanup.policy=delete or cleanup.policy being an empty list.",
        ));
    }
    check_local_retention(values, "retention.bytes", "local.retention.bytes")?;
    check_local_retention(values, "retention.ms", "local.retention.ms")?;
    if values.boolean("remote.log.copy.disable") {
        for (whole, local) in [("retention.bytes", "local.retention.bytes"), ("retention.ms", "local.retention.ms")] {
            if !matches!(values.long(local), own if own == -2 || own == values.long(whole)) {
                return Err(InvalidValue::from_message(format!(
                    "When `remote.log.copy.disable` is set to true, the `{local}` and `{whole}` must be set to the \
                     identical value because there will be no more logs copied to the remote storage."
                )));
            }
        }
    }
    Ok(())
}

/// What stays on local disks is part of the whole.
pub(crate) fn local_retention_error(whole_key: &str, whole: i64, local_key: &str, local: i64) -> Option<InvalidValue> {
    if whole < 0 || local == -2 {
        return None;
    }
    let why = if local == -1 {
        format!("Value must not be -1 as {whole_key} value is set as {whole}.")
    } else if local > whole {
        format!("Value must not be more than {whole_key} property value: {whole}")
    } else {
        return None;
    };
    Some(InvalidValue::new(local_key, &local.to_string(), &why))
}

fn check_local_retention(values: &Values, whole_key: &str, local_key: &str) -> Result<(), InvalidValue> {
    match local_retention_error(whole_key, values.long(whole_key), local_key, values.long(local_key)) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn check_tiering_ends_cleanly(values: &Values, was_tiered: bool) -> Result<(), InvalidValue> {
    if !was_tiered || values.boolean("remote.log.delete.on.disable") {
        return Ok(());
    }
    Err(InvalidValue::from_message(
        "It is invalid to disable remote storage without deleting remote data. If you want to keep the remote data and \
         turn to read only, please set `remote.storage.enable=true,remote.log.copy.disable=true`. If you want to \
         disable remote storage and delete all remote data, please set \
         `remote.storage.enable=false,remote.log.delete.on.disable=true`.",
    ))
}
