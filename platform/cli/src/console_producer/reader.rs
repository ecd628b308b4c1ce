//! Records from lines.
//!
//! A line is `headers` `headers.delimiter` `key` `key.separator` `value`, with headers and key only if they are asked for.

use bytes::Bytes;
use ottla_client::producer::ProducerRecord;
use ottla_records::RecordHeader;
use regex::Regex;
use std::collections::BTreeMap;
use std::io::{self, BufRead};

/// Why a line is no record. The texts are those of Kafka's tool.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// A separator is missing.
    #[error("No {what} found on line number {line_number}: '{line}'")]
    NoSeparator {
        /// Which.
        what: &'static str,
        /// From 1.
        line_number: u64,
        /// All of it.
        line: String,
    },
    /// A header without the separator between its key and its value.
    #[error("No header key separator found in pair '{pair}' on line number {line_number}")]
    NoHeaderKeySeparator {
        /// The header.
        pair: String,
        /// From 1.
        line_number: u64,
    },
    /// A header's key that stands for null.
    #[error("Header keys should not be equal to the null marker '{0}' as they can't be null")]
    NullHeaderKey(String),
    /// Standard input cannot be read.
    #[error("java.io.IOException: {0}")]
    Io(#[from] io::Error),
}

/// Reads records line by line.
#[derive(Debug)]
pub(super) struct LineReader {
    topic: String,
    parse_key: bool,
    key_separator: String,
    parse_headers: bool,
    headers_delimiter: String,
    headers_separator: Regex,
    headers_key_separator: String,
    ignore_error: bool,
    null_marker: Option<String>,
    line_number: u64,
}

impl LineReader {
    /// A reader by these properties.
    pub(super) fn new(topic: &str, properties: &BTreeMap<String, String>) -> Result<Self, String> {
        let is_true = |key: &str| properties.get(key).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
        let text = |key: &str, default: &str| properties.get(key).map_or(default, String::as_str).to_owned();
        let headers_separator = text("headers.separator", ",");
        let reader = Self {
            topic: topic.to_owned(),
            parse_key: is_true("parse.key"),
            key_separator: text("key.separator", "\t"),
            parse_headers: is_true("parse.headers"),
            headers_delimiter: text("headers.delimiter", "\t"),
            headers_separator: Regex::new(&headers_separator).map_err(|error| error.to_string())?,
            headers_key_separator: text("headers.key.separator", ":"),
            ignore_error: is_true("ignore.error"),
            null_marker: properties.get("null.marker").cloned(),
            line_number: 0,
        };
        reader.check(&headers_separator)?;
        Ok(reader)
    }

    fn check(&self, headers_separator: &str) -> Result<(), String> {
        let named = [
            ("headers.delimiter", self.headers_delimiter.as_str()),
            ("headers.separator", headers_separator),
            ("headers.key.separator", self.headers_key_separator.as_str()),
        ];
        for (at, (name, text)) in named.iter().enumerate() {
            if let Some((other, _)) = named[at + 1..].iter().find(|(_, other)| other == text) {
                return Err(format!("{name} and {other} may not be equal"));
            }
        }
        let Some(null_marker) = &self.null_marker else { return Ok(()) };
        let separators = [("key.separator", self.key_separator.as_str()), named[1], named[0], named[2]];
        match separators.iter().find(|(_, text)| text == null_marker) {
            Some((name, _)) => Err(format!("null.marker and {name} may not be equal")),
            None => Ok(()),
        }
    }

    /// The record in the next line; `None` at the end.
    pub(super) fn read(&mut self, input: &mut dyn BufRead) -> Result<Option<ProducerRecord>, ReadError> {
        self.line_number += 1;
        let Some(line) = read_line(input)? else { return Ok(None) };
        let mut rest = line.as_str();
        let headers = self.cut(self.parse_headers, &line, &mut rest, &self.headers_delimiter, "headers delimiter")?;
        let key = self.cut(self.parse_key, &line, &mut rest, &self.key_separator, "key separator")?;
        let headers = match headers {
            Some(headers) if !self.is_null(headers) => self.headers(headers)?,
            _ => Vec::new(),
        };
        Ok(Some(ProducerRecord {
            topic: self.topic.clone(),
            key: key.and_then(|key| self.bytes(key)),
            value: self.bytes(rest),
            headers,
            ..ProducerRecord::default()
        }))
    }

    /// Takes what stands before `separator` off the front of `rest`.
    fn cut<'a>(
        &self,
        wanted: bool,
        line: &str,
        rest: &mut &'a str,
        separator: &str,
        what: &'static str,
    ) -> Result<Option<&'a str>, ReadError> {
        if !wanted {
            return Ok(None);
        }
        match rest.split_once(separator) {
            Some((part, behind)) => {
                *rest = behind;
                Ok(Some(part))
            }
            None if self.ignore_error => Ok(None),
            None => Err(ReadError::NoSeparator { what, line_number: self.line_number, line: line.to_owned() }),
        }
    }

    fn headers(&self, text: &str) -> Result<Vec<RecordHeader>, ReadError> {
        let mut pairs: Vec<&str> = self.headers_separator.split(text).collect();
        // As in Java, what is empty at the end does not count.
        while pairs.len() > 1 && pairs.last().is_some_and(|pair| pair.is_empty()) {
            pairs.pop();
        }
        pairs.into_iter().map(|pair| self.header(pair)).collect()
    }

    fn header(&self, pair: &str) -> Result<RecordHeader, ReadError> {
        let Some((key, value)) = pair.split_once(&self.headers_key_separator) else {
            if self.ignore_error {
                return Ok(RecordHeader::new(pair, None));
            }
            return Err(ReadError::NoHeaderKeySeparator { pair: pair.to_owned(), line_number: self.line_number });
        };
        if self.is_null(key) {
            return Err(ReadError::NullHeaderKey(key.to_owned()));
        }
        Ok(RecordHeader::new(key, self.bytes(value)))
    }

    fn is_null(&self, text: &str) -> bool {
        self.null_marker.as_deref() == Some(text)
    }

    fn bytes(&self, text: &str) -> Option<Bytes> {
        (!self.is_null(text)).then(|| Bytes::copy_from_slice(text.as_bytes()))
    }
}

/// A line without its end, which is LF, CR or CRLF; U+FFFD where it is not UTF-8. `None` at the end of the input.
fn read_line(input: &mut dyn BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut seen_any = false;
    loop {
        let buffer = match input.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer.is_empty() {
            break;
        }
        seen_any = true;
        let Some(end) = buffer.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            line.extend_from_slice(buffer);
            let length = buffer.len();
            input.consume(length);
            continue;
        };
        line.extend_from_slice(&buffer[..end]);
        let was_carriage_return = buffer[end] == b'\r';
        input.consume(end + 1);
        if was_carriage_return && input.fill_buf()?.first() == Some(&b'\n') {
            input.consume(1);
        }
        break;
    }
    Ok(seen_any.then(|| String::from_utf8_lossy(&line).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::LineReader;
    use std::collections::BTreeMap;
    use std::io::BufReader;

    fn reader(properties: &[(&str, &str)]) -> Result<LineReader, String> {
        let properties: BTreeMap<_, _> =
            properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        LineReader::new("orders", &properties)
    }

    /// `headers|key|value`, `~` for null.
    fn read(properties: &[(&str, &str)], input: &str) -> Vec<String> {
        let mut reader = reader(properties).unwrap();
        // A buffer so small that lines and their ends come in pieces.
        let mut input = BufReader::with_capacity(3, input.as_bytes());
        let mut lines = Vec::new();
        loop {
            let record = match reader.read(&mut input) {
                Ok(Some(record)) => record,
                Ok(None) => return lines,
                Err(error) => {
                    lines.push(error.to_string());
                    return lines;
                }
            };
            let text = |bytes: &Option<bytes::Bytes>| {
                bytes.as_ref().map_or("~".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            let headers: Vec<_> =
                record.headers.iter().map(|header| format!("{}={}", header.key_text(), text(&header.value))).collect();
            lines.push(format!("{}|{}|{}", headers.join(";"), text(&record.key), text(&record.value)));
        }
    }

    #[test]
    fn a_line_is_a_value() {
        assert_eq!(read(&[], "a\n\nb\tc\r\nd\re"), ["|~|a", "|~|", "|~|b\tc", "|~|d", "|~|e"]);
        assert_eq!(read(&[], ""), [""; 0]);
    }

    #[test]
    fn a_line_may_have_a_key_and_headers() {
        let key = [("parse.key", "true"), ("key.separator", "->")];
        assert_eq!(read(&key, "k->v->w\n->x\n"), ["|k|v->w", "||x"]);
        let both = [("parse.key", "TRUE"), ("parse.headers", " true ")];
        assert_eq!(
            read(&both, "h1:v1,h2:\tk\tv\n\tk\tv\n"),
            ["h1=v1;h2=|k|v", "No header key separator found in pair '' on line number 2"]
        );
    }

    #[test]
    fn a_marker_stands_for_null() {
        let properties = [("parse.key", "true"), ("parse.headers", "true"), ("null.marker", "NULL")];
        assert_eq!(read(&properties, "h:NULL\tNULL\tNULL\nNULL\tk\tv\n"), ["h=~|~|~", "|k|v"]);
        let message = "Header keys should not be equal to the null marker 'NULL' as they can't be null";
        assert_eq!(read(&properties, "NULL:x\tk\tv\n"), [message]);
    }

    #[test]
    fn missing_separators_are_errors_unless_they_are_ignored() {
        let key = ("parse.key", "true");
        assert_eq!(read(&[key], "a\tb\nc\n"), ["|a|b", "No key separator found on line number 2: 'c'"]);
        assert_eq!(read(&[key, ("ignore.error", "true")], "c\n"), ["|~|c"]);
        let headers = [("parse.headers", "true"), ("ignore.error", "true")];
        assert_eq!(read(&headers, "h\tv\n"), ["h=~|~|v"]);
    }

    #[test]
    fn separators_must_differ() {
        for (properties, message) in [
            (&[("headers.separator", ":")][..], "headers.separator and headers.key.separator may not be equal"),
            (&[("headers.separator", "\t")], "headers.delimiter and headers.separator may not be equal"),
            (&[("null.marker", "\t")], "null.marker and key.separator may not be equal"),
            (&[("null.marker", ",")], "null.marker and headers.separator may not be equal"),
        ] {
            assert_eq!(reader(properties).unwrap_err(), message);
        }
    }
}
