//! A value read by its key's type, and back to text.

use crate::InvalidValue;
use crate::keys::{Key, ValueType};

/// What a key was set to.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// BOOLEAN
    Boolean(bool),
    /// STRING
    String(String),
    /// INT
    Int(i32),
    /// SHORT
    Short(i16),
    /// LONG
    Long(i64),
    /// DOUBLE
    Double(f64),
    /// LIST
    List(Vec<String>),
    /// CLASS
    Class(String),
    /// PASSWORD
    Password(String),
}

impl Value {
    /// The entries of a list; nothing for the other types.
    pub fn as_list(&self) -> &[String] {
        match self {
            Self::List(texts) => texts,
            _ => &[],
        }
    }
    /// The number as Kafka compares it with bounds; `None` for what is no number.
    pub fn as_number(&self) -> Option<f64> {
        match *self {
            Self::Int(number) => Some(f64::from(number)),
            Self::Short(number) => Some(f64::from(number)),
            Self::Long(number) => Some(number as f64),
            Self::Double(number) => Some(number),
            _ => None,
        }
    }
}

/// The value as DescribeConfigs shows it. (A password's too: whoever shows a value asks [`Key::is_sensitive`] first.)
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Short(value) => write!(f, "{value}"),
            Self::Long(value) => write!(f, "{value}"),
            Self::Double(value) => f.write_str(&java_double(*value)),
            Self::String(value) | Self::Class(value) | Self::Password(value) => f.write_str(value),
            Self::List(values) => f.write_str(&values.join(",")),
        }
    }
}

/// Reads `text` as the key's type; the bounds are not looked at.
pub(crate) fn parse(key: &Key, text: &str) -> Result<Value, InvalidValue> {
    let trimmed = text.trim_matches(|c: char| c <= ' ');
    let no_number = || InvalidValue::new(key.name, text, &format!("Not a number of type {}", key.value_type));
    Ok(match key.value_type {
        ValueType::Boolean if trimmed.eq_ignore_ascii_case("true") => Value::Boolean(true),
        ValueType::Boolean if trimmed.eq_ignore_ascii_case("false") => Value::Boolean(false),
        ValueType::Boolean => {
            return Err(InvalidValue::new(key.name, text, "Expected value to be either true or false"));
        }
        ValueType::String => Value::String(trimmed.to_owned()),
        ValueType::Class => Value::Class(trimmed.to_owned()),
        ValueType::Password => Value::Password(trimmed.to_owned()),
        ValueType::Int => Value::Int(trimmed.parse().map_err(|_| no_number())?),
        ValueType::Short => Value::Short(trimmed.parse().map_err(|_| no_number())?),
        ValueType::Long => Value::Long(trimmed.parse().map_err(|_| no_number())?),
        ValueType::Double => Value::Double(parse_java_double(trimmed).ok_or_else(no_number)?),
        ValueType::List if trimmed.is_empty() => Value::List(Vec::new()),
        ValueType::List => {
            let mut texts: Vec<String> = Vec::new();
            for entry in trimmed.split(',') {
                let entry = entry.trim_matches(is_java_space);
                if !(key.bounds.drops_doubles() && texts.iter().any(|text| text == entry)) {
                    texts.push(entry.to_owned());
                }
            }
            Value::List(texts)
        }
    })
}

/// What Java's `\s` means.
fn is_java_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r')
}

/// Java's doubles: `1e3`, `.5`, `2.`, `3d`, `NaN`, `Infinity`; not Rust's `inf` and `nan`.
fn parse_java_double(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, "NaN" | "Infinity") {
        return text.parse().ok();
    }
    let number = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if is_plain { number.parse().ok() } else { None }
}

/// A double as Java prints it: `0.5`, `2.0`, `1.7976931348623157E308`.
pub(crate) fn java_double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').expect("the exponent format has an e");
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::{java_double, parse_java_double};

    #[test]
    fn doubles_look_like_javas() {
        for (value, text) in [
            (0.5, "0.5"),
            (2.0, "2.0"),
            (0.0, "0.0"),
            (1e7, "1.0E7"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (2_147_483_647.0, "2.147483647E9"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(java_double(value), text);
        }
    }

    #[test]
    fn doubles_are_read_as_java_does() {
        for (text, value) in [("1e3", 1000.0), (".5", 0.5), ("2.", 2.0), ("3d", 3.0), ("-1.5F", -1.5)] {
            assert_eq!(parse_java_double(text), Some(value), "{text}");
        }
        assert!(parse_java_double("NaN").is_some_and(f64::is_nan));
        assert_eq!(parse_java_double("Infinity"), Some(f64::INFINITY));
        for text in ["", "inf", "nan", "infinity", "x", "1e", "0.5.1"] {
            assert_eq!(parse_java_double(text), None, "{text}");
        }
    }
}
