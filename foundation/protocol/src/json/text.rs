//! JSON as text, letter by letter as Kafka's tools print it.

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{CharEscape, Formatter, Serializer};
use std::io::{self, Write};

/// The text of a value on one line, without spaces. Unlike `to_string` of the value it writes floating-point numbers as
/// Java does (`1.048576E7`), so that what we print can be compared with what Kafka's tools print.
pub fn text(value: &Value) -> String {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, AsKafkaTools);
    value.serialize(&mut serializer).expect("a Vec takes everything, and every key is a string");
    String::from_utf8(text).expect("JSON is UTF-8")
}

struct AsKafkaTools;

impl Formatter for AsKafkaTools {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(java_double(value).as_bytes())
    }
    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        let letter = match escape {
            CharEscape::AsciiControl(byte) => return write!(writer, "\\u{byte:04X}"),
            CharEscape::Quote => "\\\"",
            CharEscape::ReverseSolidus => "\\\\",
            CharEscape::Solidus => "\\/",
            CharEscape::Backspace => "\\b",
            CharEscape::FormFeed => "\\f",
            CharEscape::LineFeed => "\\n",
            CharEscape::CarriageReturn => "\\r",
            CharEscape::Tab => "\\t",
        };
        writer.write_all(letter.as_bytes())
    }
}

/// As `Double.toString` writes it: plainly from 0.001 to below 10,000,000, else with an exponent; always with a fraction.
fn java_double(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:E}");
    match scientific.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use serde_json::json;

    #[test]
    fn numbers_are_javas() {
        let value = json!([0.0, -0.0, 1.0, 0.001, 9_999_999.5, 1e7, 10_485_760.0, 1.5e-4, 1e100, -2.5e20, 7, -7]);
        assert_eq!(text(&value), "[0.0,-0.0,1.0,0.001,9999999.5,1.0E7,1.048576E7,1.5E-4,1.0E100,-2.5E20,7,-7]");
    }

    #[test]
    fn strings_are_jacksons() {
        assert_eq!(text(&json!({ "z": "\u{1f}\n\"\\/ü", "a": null })), r#"{"z":"\u001F\n\"\\/ü","a":null}"#);
    }
}
