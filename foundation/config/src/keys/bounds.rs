//! What a value may be. `Display` gives the bounds as Kafka's documentation writes them.

use crate::host;
use crate::value::{Value, java_double};
use crate::{InvalidValue, group};
use std::fmt;

/// What a key's value may be beyond its type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bounds {
    /// Anything of the type.
    Any,
    /// A number not below this one.
    AtLeast(i64),
    /// A number between the two, both included.
    Between(i64, i64),
    /// The same, of fractions.
    Fraction(f64, f64),
    /// gzip's levels 1–9, or -1 for its default.
    GzipLevel,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// One of these texts, whatever their case.
    OneOfIgnoringCase(&'static [&'static str]),
    /// Not the empty text.
    NonEmptyText,
    /// A text, perhaps empty. (Kafka guards against Java's `null` here.)
    NonNull,
    /// Texts that are not empty. Doubles are dropped.
    Texts,
    /// At least one text, none of them empty. Doubles are dropped.
    SomeTexts,
    /// Any of these texts. Doubles are dropped.
    TextsOf(&'static [&'static str]),
    /// At least one of these texts. Doubles are dropped.
    SomeTextsOf(&'static [&'static str]),
    /// `partition:broker` pairs, or `*`.
    ThrottledReplicas,
    /// `id@host:port` entries.
    QuorumVoters,
    /// `host:port` entries.
    HostsAndPorts,
    /// `earliest`, `latest` or `by_duration:` and an ISO 8601 duration.
    ShareOffsetReset,
}

impl Bounds {
    /// Whether Kafka silently drops repeated entries of the list before it looks further.
    pub(crate) const fn drops_doubles(self) -> bool {
        matches!(self, Self::Texts | Self::SomeTexts | Self::TextsOf(_) | Self::SomeTextsOf(_))
    }

    /// Holds `value` against the bounds.
    ///
    /// # Errors
    /// Kafka's message for this kind of bounds.
    pub fn check(self, name: &str, value: &Value) -> Result<(), InvalidValue> {
        match self {
            Self::Any | Self::NonNull => Ok(()),
            Self::AtLeast(least) => at_least(name, value, least as f64),
            Self::Between(least, most) => {
                at_least(name, value, least as f64)?;
                at_most(name, value, most as f64)
            }
            Self::Fraction(least, most) => {
                at_least(name, value, least)?;
                at_most(name, value, most)
            }
            Self::GzipLevel => match value {
                Value::Int(-1 | 1..=9) => Ok(()),
                _ => Err(InvalidValue::of(name, value, "Value must be between 1 and 9 or equal to -1")),
            },
            Self::OneOf(texts) => one_of(name, text_of(value), texts),
            Self::OneOfIgnoringCase(texts) => {
                let text = text_of(value);
                if texts.iter().any(|legal| legal.eq_ignore_ascii_case(text)) {
                    return Ok(());
                }
                let legal = texts.iter().map(|legal| legal.to_uppercase()).collect::<Vec<_>>().join(", ");
                Err(InvalidValue::of(name, value, &format!("String must be one of (case insensitive): {legal}")))
            }
            Self::NonEmptyText if text_of(value).is_empty() => {
                Err(InvalidValue::of(name, value, "String must be non-empty"))
            }
            Self::NonEmptyText => Ok(()),
            Self::Texts => texts(name, value, true, None),
            Self::SomeTexts => texts(name, value, false, None),
            Self::TextsOf(legal) => texts(name, value, true, Some(legal)),
            Self::SomeTextsOf(legal) => texts(name, value, false, Some(legal)),
            Self::ThrottledReplicas => throttled_replicas(name, value),
            Self::QuorumVoters => host::parse_voters(value.as_list()).map(drop).map_err(InvalidValue::from_message),
            Self::HostsAndPorts => {
                host::parse_bootstrap_servers(value.as_list()).map(drop).map_err(InvalidValue::from_message)
            }
            Self::ShareOffsetReset => group::check_share_offset_reset(name, text_of(value)),
        }
    }
}

/// Numbers are compared as doubles, as Kafka does.
fn at_least(name: &str, value: &Value, least: f64) -> Result<(), InvalidValue> {
    match value.as_number() {
        Some(number) if number < least => {
            Err(InvalidValue::of(name, value, &format!("Value must be at least {least}")))
        }
        _ => Ok(()),
    }
}

fn at_most(name: &str, value: &Value, most: f64) -> Result<(), InvalidValue> {
    match value.as_number() {
        Some(number) if number > most => {
            Err(InvalidValue::of(name, value, &format!("Value must be no more than {most}")))
        }
        _ => Ok(()),
    }
}

fn text_of(value: &Value) -> &str {
    match value {
        Value::String(text) | Value::Class(text) | Value::Password(text) => text,
        _ => "",
    }
}

fn one_of(name: &str, text: &str, legal: &[&str]) -> Result<(), InvalidValue> {
    if legal.contains(&text) {
        return Ok(());
    }
    Err(InvalidValue::new(name, text, &format!("String must be one of: {}", legal.join(", "))))
}

fn texts(name: &str, value: &Value, may_be_empty: bool, legal: Option<&[&str]>) -> Result<(), InvalidValue> {
    let texts = value.as_list();
    if texts.is_empty() && !may_be_empty {
        let legal = legal.map_or_else(|| "any non-empty value".to_owned(), |legal| format!("[{}]", legal.join(", ")));
        return Err(InvalidValue::from_message(format!(
            "Configuration '{name}' must not be empty. Valid values include: {legal}"
        )));
    }
    for text in texts {
        if text.is_empty() {
            return Err(InvalidValue::from_message(format!("Configuration '{name}' values must not be empty.")));
        }
        if let Some(legal) = legal {
            one_of(name, text, legal)?;
        }
    }
    Ok(())
}

fn throttled_replicas(name: &str, value: &Value) -> Result<(), InvalidValue> {
    fn is_pair(text: &str) -> bool {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.is_empty() || text.split_once(':').is_some_and(|(left, right)| is_number(left) && is_number(right))
    }
    let replicas: Vec<&str> = value.as_list().iter().map(|text| text.trim()).collect();
    if replicas.iter().all(|text| is_pair(text)) || replicas.concat() == "*" {
        return Ok(());
    }
    Err(InvalidValue::new(
        name,
        &format!("[{}]", value.as_list().join(", ")),
        &format!(
            "{name} must be the literal '*' or a list of replicas in the following format: \
             [partitionId]:[brokerId],[partitionId]:[brokerId],..."
        ),
    ))
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any | Self::Texts | Self::SomeTexts => Ok(()),
            Self::AtLeast(least) => write!(f, "[{least},...]"),
            Self::Between(least, most) => write!(f, "[{least},...,{most}]"),
            Self::Fraction(least, most) => {
                // Whole bounds are Java integers in Kafka's tables, the others doubles.
                let bound = |value: f64| if value.fract() == 0.0 { format!("{value}") } else { java_double(value) };
                write!(f, "[{},...,{}]", bound(*least), bound(*most))
            }
            Self::GzipLevel => f.write_str("[1,...,9] or -1"),
            Self::OneOf(texts) | Self::TextsOf(texts) | Self::SomeTextsOf(texts) => write!(f, "[{}]", texts.join(", ")),
            Self::OneOfIgnoringCase(texts) => write!(f, "(case insensitive) [{}]", texts.join(", ").to_uppercase()),
            Self::NonEmptyText => f.write_str("non-empty string"),
            Self::NonNull => f.write_str("non-null string"),
            Self::ThrottledReplicas => f.write_str("[partitionId]:[brokerId],[partitionId]:[brokerId],..."),
            Self::QuorumVoters | Self::HostsAndPorts => f.write_str("non-empty list"),
            Self::ShareOffsetReset => f.write_str("[latest, earliest, by_duration:PnDTnHnMn.nS]"),
        }
    }
}
