//! Kafka's deserializers, as far as their values have a text: `org.apache.kafka.common.serialization.*`.

use crate::java::number_text::{double_text, float_text};

const PACKAGE: &str = "org.apache.kafka.common.serialization.";

/// Makes text of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deserializer {
    Boolean,
    /// Shown as they are. (Kafka's tool shows the identity of a Java array, which is of no use to anybody.)
    ByteArray,
    ByteBuffer,
    Bytes,
    Double,
    Float,
    Integer,
    Long,
    Short,
    String,
    Uuid,
    Void,
}

/// Bytes that are no such value. The texts are those of Kafka's deserializers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct DeserializeError {
    message: String,
    /// The exception's name, with its package.
    pub(super) exception: &'static str,
}

impl Deserializer {
    /// The deserializer of that class.
    pub(super) fn named(class: &str) -> Option<Self> {
        Some(match class.strip_prefix(PACKAGE)?.strip_suffix("Deserializer")? {
            "Boolean" => Self::Boolean,
            "ByteArray" => Self::ByteArray,
            "ByteBuffer" => Self::ByteBuffer,
            "Bytes" => Self::Bytes,
            "Double" => Self::Double,
            "Float" => Self::Float,
            "Integer" => Self::Integer,
            "Long" => Self::Long,
            "Short" => Self::Short,
            "String" => Self::String,
            "UUID" => Self::Uuid,
            "Void" => Self::Void,
            _ => return None,
        })
    }

    /// What is shown of these bytes.
    pub(super) fn show(self, bytes: &[u8]) -> Result<Vec<u8>, DeserializeError> {
        let text = match self {
            Self::ByteArray => return Ok(bytes.to_vec()),
            Self::Boolean => match fixed(bytes, "BooleanDeserializer")? {
                [1] => "true".to_owned(),
                [0] => "false".to_owned(),
                [other] => {
                    let other = other.cast_signed();
                    return Err(serialization(format!("Unexpected byte received by BooleanDeserializer: {other}")));
                }
            },
            Self::ByteBuffer => {
                format!("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes.len())
            }
            Self::Bytes => printable(bytes),
            Self::Double => double_text(f64::from_be_bytes(fixed(bytes, "Deserializer")?)),
            Self::Float => float_text(f32::from_be_bytes(fixed(bytes, "Deserializer")?)),
            Self::Integer => i32::from_be_bytes(fixed(bytes, "IntegerDeserializer")?).to_string(),
            Self::Long => i64::from_be_bytes(fixed(bytes, "LongDeserializer")?).to_string(),
            Self::Short => i16::from_be_bytes(fixed(bytes, "ShortDeserializer")?).to_string(),
            Self::String => String::from_utf8_lossy(bytes).into_owned(),
            Self::Uuid => uuid(&String::from_utf8_lossy(bytes))
                .ok_or_else(|| serialization("Error parsing data into UUID".to_owned()))?,
            Self::Void => {
                return Err(DeserializeError {
                    message: "Data should be null for a VoidDeserializer.".to_owned(),
                    exception: "java.lang.IllegalArgumentException",
                });
            }
        };
        Ok(text.into_bytes())
    }
}

fn serialization(message: String) -> DeserializeError {
    DeserializeError { message, exception: "org.apache.kafka.common.errors.SerializationException" }
}

fn fixed<const SIZE: usize>(bytes: &[u8], receiver: &str) -> Result<[u8; SIZE], DeserializeError> {
    bytes.try_into().map_err(|_| serialization(format!("Size of data received by {receiver} is not {SIZE}")))
}

/// Printable ASCII as it is, all else and the backslash as `\xNN`.
fn printable(bytes: &[u8]) -> String {
    let shown = |byte: &u8| match byte {
        b'\\' => "\\x5C".to_owned(),
        b' '..=b'~' => char::from(*byte).to_string(),
        other => format!("\\x{other:02X}"),
    };
    bytes.iter().map(shown).collect()
}

/// A UUID in its usual form; like Java's, from groups of digits of any length, of which the last ones count.
fn uuid(text: &str) -> Option<String> {
    let groups: Vec<&str> = text.split('-').collect();
    let [time_low, time_mid, time_high, clock, node] = groups[..] else { return None };
    if text.len() > 36 {
        return None;
    }
    let number = |group: &str, bits: u32| {
        let digits = group.strip_prefix('+').unwrap_or(group);
        let parsed = u64::from_str_radix(digits, 16).ok()?;
        (parsed <= i64::MAX as u64).then_some(parsed & ((1 << bits) - 1))
    };
    Some(format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        number(time_low, 32)?,
        number(time_mid, 16)?,
        number(time_high, 16)?,
        number(clock, 16)?,
        number(node, 48)?
    ))
}

#[cfg(test)]
mod tests {
    use super::Deserializer;

    fn show(name: &str, bytes: &[u8]) -> String {
        let class = format!("org.apache.kafka.common.serialization.{name}Deserializer");
        match Deserializer::named(&class).unwrap().show(bytes) {
            Ok(shown) => String::from_utf8(shown).unwrap(),
            Err(error) => format!("! {error}"),
        }
    }

    #[test]
    fn values_are_shown_as_java_shows_them() {
        for (name, bytes, shown) in [
            ("Boolean", &[1][..], "true"),
            ("Boolean", &[7], "! Unexpected byte received by BooleanDeserializer: 7"),
            ("ByteArray", b"raw", "raw"),
            ("ByteBuffer", b"abc", "java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]"),
            ("Bytes", b"a\\\x00\xff~", "a\\x5C\\x00\\xFF~"),
            ("Double", &[0x3f, 0xf8, 0, 0, 0, 0, 0, 0], "1.5"),
            ("Double", &[0; 4], "! Size of data received by Deserializer is not 8"),
            ("Float", &[0x3f, 0x80, 0, 0], "1.0"),
            ("Integer", &[0xff, 0xff, 0xff, 0xfe], "-2"),
            ("Integer", b"null!", "! Size of data received by IntegerDeserializer is not 4"),
            ("Long", &[0, 0, 0, 0, 0, 0, 1, 0], "256"),
            ("Short", &[0x80, 0], "-32768"),
            ("String", "ä".as_bytes(), "ä"),
            ("UUID", b"8B3D2F10-0000-4000-8000-0123456789ab", "8b3d2f10-0000-4000-8000-0123456789ab"),
            ("UUID", b"1-2-3-4-5", "00000001-0002-0003-0004-000000000005"),
            ("UUID", b"nonsense", "! Error parsing data into UUID"),
            ("Void", b"x", "! Data should be null for a VoidDeserializer."),
        ] {
            assert_eq!(show(name, bytes), shown, "{name} {bytes:?}");
        }
    }

    #[test]
    fn other_classes_are_not_known() {
        assert_eq!(Deserializer::named("org.apache.kafka.common.serialization.ListDeserializer"), None);
        assert_eq!(Deserializer::named("com.example.StringDeserializer"), None);
    }
}
