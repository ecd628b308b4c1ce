//! Values, and what else is asked for: a line each.

use super::FormatError;
use crate::console_consumer::deserializer::Deserializer;
use crate::log;
use ottla_client::consumer::ConsumerRecord;
use ottla_records::TimestampType;
use std::collections::BTreeMap;
use std::io::Write;

/// The columns of a line, in the order in which they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Timestamp,
    Partition,
    Offset,
    Delivery,
    Epoch,
    Headers,
    Key,
    Value,
}

/// Each column with the property that asks for it, and whether it is there unless it is asked for.
const COLUMNS: [(Column, &str, bool); 8] = [
    (Column::Timestamp, "print.timestamp", false),
    (Column::Partition, "print.partition", false),
    (Column::Offset, "print.offset", false),
    (Column::Delivery, "print.delivery", false),
    (Column::Epoch, "print.epoch", false),
    (Column::Headers, "print.headers", false),
    (Column::Key, "print.key", false),
    (Column::Value, "print.value", true),
];

/// Kafka's `DefaultMessageFormatter`.
#[derive(Debug, Clone)]
pub(in super::super) struct DefaultFormatter {
    columns: Vec<Column>,
    key_separator: String,
    line_separator: String,
    headers_separator: String,
    null_literal: String,
    key_deserializer: Option<Deserializer>,
    value_deserializer: Option<Deserializer>,
    headers_deserializer: Option<Deserializer>,
}

impl DefaultFormatter {
    /// A formatter by these properties. Deserializers that are not there are told of and not used.
    pub(super) fn new(properties: &BTreeMap<String, String>, errors: &mut dyn Write) -> Self {
        let is_wanted = |key: &str, default: bool| {
            properties.get(key).map_or(default, |text| text.trim().eq_ignore_ascii_case("true"))
        };
        let text = |key: &str, default: &str| properties.get(key).map_or(default, String::as_str).to_owned();
        let mut deserializer = |key: &str| {
            let class = properties.get(key)?;
            let found = Deserializer::named(class);
            if found.is_none() {
                let message = format!("Unable to instantiate a deserializer from {class}");
                let line = log::line("ERROR", &message, super::DEFAULT);
                // Nobody is left to tell.
                let _ = writeln!(errors, "{line}");
            }
            found
        };
        Self {
            columns: COLUMNS
                .into_iter()
                .filter(|(_, key, default)| is_wanted(key, *default))
                .map(|(column, _, _)| column)
                .collect(),
            key_separator: text("key.separator", "\t"),
            line_separator: text("line.separator", "\n"),
            headers_separator: text("headers.separator", ","),
            null_literal: text("null.literal", "null"),
            key_deserializer: deserializer("key.deserializer"),
            value_deserializer: deserializer("value.deserializer"),
            headers_deserializer: deserializer("headers.deserializer"),
        }
    }

    /// Writes a line. What stands before a column that cannot be shown has been written.
    pub(super) fn write(&self, record: &ConsumerRecord, output: &mut dyn Write) -> Result<(), FormatError> {
        for (at, column) in self.columns.iter().enumerate() {
            self.write_column(*column, record, output)?;
            let is_last = at + 1 == self.columns.len();
            let separator = if is_last { &self.line_separator } else { &self.key_separator };
            output.write_all(separator.as_bytes())?;
        }
        Ok(())
    }

    fn write_column(&self, column: Column, record: &ConsumerRecord, output: &mut dyn Write) -> Result<(), FormatError> {
        match column {
            Column::Timestamp => match record.timestamp_type {
                Some(TimestampType::CreateTime) => write!(output, "CreateTime:{}", record.timestamp)?,
                Some(TimestampType::LogAppendTime) => write!(output, "LogAppendTime:{}", record.timestamp)?,
                None => output.write_all(b"NO_TIMESTAMP")?,
            },
            Column::Partition => write!(output, "Partition:{}", record.partition.partition)?,
            Column::Offset => write!(output, "Offset:{}", record.offset)?,
            // Deliveries are counted in share groups, and epochs are not handed to formatters.
            Column::Delivery => output.write_all(b"Delivery:NOT_PRESENT")?,
            Column::Epoch => output.write_all(b"Epoch:NOT_PRESENT")?,
            Column::Headers => self.write_headers(record, output)?,
            Column::Key => output.write_all(&self.shown(record.key.as_deref(), self.key_deserializer)?)?,
            Column::Value => output.write_all(&self.shown(record.value.as_deref(), self.value_deserializer)?)?,
        }
        Ok(())
    }

    fn write_headers(&self, record: &ConsumerRecord, output: &mut dyn Write) -> Result<(), FormatError> {
        if record.headers.is_empty() {
            output.write_all(b"NO_HEADERS")?;
        }
        for (at, header) in record.headers.iter().enumerate() {
            if at > 0 {
                output.write_all(self.headers_separator.as_bytes())?;
            }
            write!(output, "{}:", header.key_text())?;
            output.write_all(&self.shown(header.value.as_deref(), self.headers_deserializer)?)?;
        }
        Ok(())
    }

    /// What stands for null goes through the deserializer too.
    fn shown(&self, bytes: Option<&[u8]>, deserializer: Option<Deserializer>) -> Result<Vec<u8>, FormatError> {
        let bytes = bytes.unwrap_or(self.null_literal.as_bytes());
        match deserializer {
            Some(deserializer) => Ok(deserializer.show(bytes)?),
            None => Ok(bytes.to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DefaultFormatter;
    use bytes::Bytes;
    use ottla_client::consumer::ConsumerRecord;
    use ottla_model::{Offset, PartitionIndex, Timestamp, TopicName, TopicPartition};
    use ottla_records::{RecordHeader, TimestampType};

    fn record() -> ConsumerRecord {
        ConsumerRecord {
            partition: TopicPartition { topic: TopicName::new("orders").unwrap(), partition: PartitionIndex::new(3) },
            offset: Offset::new(17),
            timestamp: Timestamp::new(1_234),
            timestamp_type: Some(TimestampType::CreateTime),
            key: Some(Bytes::from_static(b"k")),
            value: None,
            headers: vec![RecordHeader::new("h1", Some(Bytes::from_static(b"v1"))), RecordHeader::new("h2", None)],
            leader_epoch: None,
        }
    }

    fn written(record: &ConsumerRecord, properties: &[(&str, &str)]) -> (String, String) {
        let properties = properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let formatter = DefaultFormatter::new(&properties, &mut errors);
        let outcome = formatter.write(record, &mut output);
        let mut errors = String::from_utf8(errors).unwrap();
        if let Err(error) = outcome {
            errors.push_str(&error.to_string());
        }
        (String::from_utf8(output).unwrap(), errors)
    }

    #[test]
    fn a_line_is_the_value() {
        assert_eq!(written(&record(), &[]).0, "null\n");
        assert_eq!(written(&record(), &[("null.literal", "-"), ("line.separator", "|")]).0, "-|");
    }

    #[test]
    fn columns_stand_in_their_order() {
        let all = ["timestamp", "partition", "offset", "delivery", "epoch", "headers", "key"];
        let keys = all.map(|column| format!("print.{column}"));
        let properties: Vec<_> = keys.iter().map(|key| (key.as_str(), " True ")).collect();
        assert_eq!(
            written(&record(), &properties).0,
            "CreateTime:1234\tPartition:3\tOffset:17\tDelivery:NOT_PRESENT\tEpoch:NOT_PRESENT\t\
             h1:v1,h2:null\tk\tnull\n"
        );
        let without_value = [("print.key", "true"), ("print.value", "false"), ("key.separator", "!")];
        assert_eq!(written(&record(), &without_value).0, "k\n");
        assert_eq!(written(&record(), &[("print.value", "false")]).0, "");
    }

    #[test]
    fn missing_things_have_names() {
        let bare = ConsumerRecord { timestamp_type: None, headers: Vec::new(), ..record() };
        let properties = [("print.timestamp", "true"), ("print.headers", "true"), ("key.separator", ";")];
        assert_eq!(written(&bare, &properties).0, "NO_TIMESTAMP;NO_HEADERS;null\n");
    }

    #[test]
    fn what_cannot_be_shown_ends_the_line() {
        let integer = "org.apache.kafka.common.serialization.IntegerDeserializer";
        let bytes = ConsumerRecord { value: Some(Bytes::from_static(b"xyz")), ..record() };
        let (output, error) = written(&bytes, &[("print.key", "true"), ("value.deserializer", integer)]);
        assert_eq!((output.as_str(), error.as_str()), ("k\t", "Size of data received by IntegerDeserializer is not 4"));
        // "null" happens to have four bytes.
        assert_eq!(written(&record(), &[("value.deserializer", integer)]).0, "1853189228\n");
    }

    #[test]
    fn an_unknown_deserializer_is_told_of_and_not_used() {
        let (output, errors) = written(&record(), &[("value.deserializer", "foo.X")]);
        assert_eq!(output, "null\n");
        assert!(errors.contains("Unable to instantiate a deserializer from foo.X"), "{errors}");
    }
}
