//! How we read record bytes, as text: the same lines that `lab/conformance/golden-batches` writes of how Java reads
//! them. Used by tests and by `examples/write_for_java.rs`.

use bytes::Bytes;
use ottla_records::{
    Batch, BatchHeader, ControlRecordType, LegacyMessage, LogEntry, Record, RecordError, TimestampType, crc32c,
    log_entries,
};
use std::fmt::Write;

/// More than any of the batches here needs.
pub const DECOMPRESSED_MAX: usize = 16 << 20;

/// Longer contents are told by length and checksum.
const HEX_MAX: usize = 48;

/// All entries in `bytes`, whose frames and checksums must be in order.
pub fn describe(bytes: Bytes) -> String {
    let mut out = String::new();
    let mut entries = log_entries(bytes);
    for entry in entries.by_ref() {
        let entry = entry.expect("frame");
        entry.verify_crc().expect("checksum");
        match &entry {
            LogEntry::Batch(batch) => describe_header(batch, &mut out),
            LogEntry::Legacy(message) => describe_message(message, &mut out),
        }
        match describe_records(&entry) {
            Ok(records) => out.push_str(&records),
            Err(error) => writeln!(out, "refused {}", exception(&error)).unwrap(),
        }
    }
    if let Some(tail) = entries.short_tail() {
        writeln!(out, "tail position={} length={}", tail.position, tail.length).unwrap();
    }
    out
}

fn describe_header(batch: &Batch, out: &mut String) {
    let header = &batch.header;
    let attributes = header.attributes;
    writeln!(
        out,
        "batch magic=2 base_offset={} last_offset={} size={} crc={} compression={} timestamp_type={} max_timestamp={} \
         leader_epoch={} producer_id={} producer_epoch={} base_sequence={} last_sequence={} transactional={} \
         control={} delete_horizon={} count={}",
        header.base_offset,
        header.last_offset(),
        batch.size_in_bytes(),
        header.crc,
        attributes.compression().expect("codec"),
        timestamp_type(attributes.timestamp_type()),
        header.max_timestamp,
        header.partition_leader_epoch,
        header.producer_id,
        header.producer_epoch,
        header.base_sequence,
        header.last_sequence().unwrap_or(BatchHeader::NO_SEQUENCE),
        attributes.is_transactional(),
        attributes.is_control(),
        header.delete_horizon().map_or_else(|| "-".to_owned(), |horizon| horizon.to_string()),
        header.record_count,
    )
    .unwrap();
}

fn describe_message(message: &LegacyMessage, out: &mut String) {
    let attributes = message.attributes();
    writeln!(
        out,
        "batch magic={} base_offset={} last_offset={} size={} crc={} compression={} timestamp_type={} \
         max_timestamp={} leader_epoch=-1 producer_id=-1 producer_epoch=-1 base_sequence=-1 last_sequence=-1 \
         transactional=false control=false delete_horizon=- count=-",
        message.magic(),
        message.base_offset(DECOMPRESSED_MAX).expect("first offset"),
        message.offset(),
        message.bytes().len(),
        message.crc(),
        attributes.compression().expect("codec"),
        if message.magic() == 0 { "NoTimestampType" } else { timestamp_type(attributes.timestamp_type()) },
        message.timestamp(),
    )
    .unwrap();
}

fn describe_records(entry: &LogEntry) -> Result<String, RecordError> {
    let is_control = matches!(entry, LogEntry::Batch(batch) if batch.header.attributes.is_control());
    let mut out = String::new();
    for record in entry.records(DECOMPRESSED_MAX)? {
        describe_record(&record?, is_control, &mut out);
    }
    Ok(out)
}

fn describe_record(record: &Record, is_control: bool, out: &mut String) {
    write!(
        out,
        "record offset={} timestamp={} sequence={} key={} value={}",
        record.offset,
        record.timestamp,
        record.sequence.unwrap_or(BatchHeader::NO_SEQUENCE),
        content(record.key.as_deref()),
        content(record.value.as_deref()),
    )
    .unwrap();
    for header in &record.headers {
        let key = header.key_text();
        write!(out, " header={}:{}", content(Some(key.as_bytes())), content(header.value.as_deref())).unwrap();
    }
    if is_control {
        let control_type = ControlRecordType::from_key(record.key.as_deref()).expect("control record key");
        write!(out, " control_type={}", control_type_name(control_type)).unwrap();
    }
    out.push('\n');
}

fn content(bytes: Option<&[u8]>) -> String {
    match bytes {
        None => "null".to_owned(),
        Some(bytes) if bytes.len() <= HEX_MAX => {
            bytes.iter().fold("x".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
        }
        Some(bytes) => format!("{}*{}", bytes.len(), crc32c(bytes)),
    }
}

fn timestamp_type(timestamp_type: TimestampType) -> &'static str {
    match timestamp_type {
        TimestampType::CreateTime => "CreateTime",
        TimestampType::LogAppendTime => "LogAppendTime",
    }
}

fn control_type_name(control_type: ControlRecordType) -> &'static str {
    match control_type {
        ControlRecordType::Abort => "ABORT",
        ControlRecordType::Commit => "COMMIT",
        ControlRecordType::LeaderChange => "LEADER_CHANGE",
        ControlRecordType::SnapshotHeader => "SNAPSHOT_HEADER",
        ControlRecordType::SnapshotFooter => "SNAPSHOT_FOOTER",
        ControlRecordType::KraftVersion => "KRAFT_VERSION",
        ControlRecordType::KraftVoters => "KRAFT_VOTERS",
        ControlRecordType::Unknown(_) => "UNKNOWN",
    }
}

/// What Java throws where we return this error.
fn exception(error: &RecordError) -> &'static str {
    match error {
        RecordError::Decompress(_) => "KafkaException",
        RecordError::UnknownCompression(_) => "IllegalArgumentException",
        RecordError::InnerMessage(_) => "CorruptRecordException",
        _ => "InvalidRecordException",
    }
}
