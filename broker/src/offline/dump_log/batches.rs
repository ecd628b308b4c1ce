//! `.log` and `.checkpoint`: batches and their records.

use super::super::failure::Failure;
use super::arguments::Arguments;
use super::decoder::{Decoder, Shown};
use super::findings::Findings;
use super::legacy::{self, Checksum};
use super::log_file::LogFile;
use super::{base_offset, control_record};
use ottla_raft::bootstrap::BOOTSTRAP_FILE_NAME;
use ottla_raft::snapshot::SnapshotFile;
use ottla_records::{Attributes, Batch, Compression, LogEntry, Record, TimestampType};
use std::io::Write;
use std::path::Path;

/// What one batch may decompress to; the largest that a Java array holds.
const DECOMPRESSED_MAX: usize = i32::MAX as usize;

/// Goes before each record's line.
const INDENT: &str = "|";

pub(super) fn dump(
    path: &Path,
    arguments: &Arguments,
    findings: &mut Findings,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name.ends_with(".log") {
        writeln!(out, "Log starting offset: {}", base_offset(path)?)?;
    } else if name == BOOTSTRAP_FILE_NAME {
        writeln!(out, "KRaft bootstrap snapshot")?;
    } else {
        let file = SnapshotFile::parse(name);
        let id = file.ok_or_else(|| Failure::Said(format!("{name} is not the name of a snapshot")))?.id;
        writeln!(out, "Snapshot end offset: {}, epoch: {}", id.end_offset, id.epoch)?;
    }
    let max_bytes = u64::try_from(arguments.max_bytes)
        .map_err(|_| Failure::Said(format!("Invalid size: {}", arguments.max_bytes)))?;
    let log = LogFile::open(path, max_bytes)?;
    let mut dump = RecordsDump {
        path,
        prints_contents: arguments.prints_records(),
        prints_metadata: !arguments.skip_record_metadata,
        decoder: Decoder::new(arguments.decoder_name()),
        last_offset: -1,
    };
    let mut valid_bytes = 0;
    for entry in log.entries_from(0) {
        let (position, entry) = entry?;
        print_entry(&entry, position, out)?;
        if arguments.looks_into_batches() {
            dump.records_of(&entry, findings, out)?;
        }
        valid_bytes = position + entry.size_in_bytes() as u64;
    }
    let trailing = log.length() - valid_bytes;
    if trailing > 0 && arguments.max_bytes == i32::MAX {
        writeln!(out, "Found {trailing} invalid bytes at the end of {name}")?;
    }
    Ok(())
}

fn print_entry(entry: &LogEntry, position: u64, out: &mut dyn Write) -> Result<(), Failure> {
    let (attributes, crc) = match entry {
        LogEntry::Batch(batch) => {
            print_batch_header(batch, out)?;
            (batch.header.attributes, batch.header.crc)
        }
        LogEntry::Legacy(message) => {
            write!(out, "offset: {}", message.offset())?;
            (message.attributes(), message.crc())
        }
    };
    writeln!(
        out,
        " position: {position} {}: {} size: {} magic: {} compresscodec: {} crc: {crc} isvalid: {}",
        timestamp_type(entry.magic(), attributes),
        entry.max_timestamp(),
        entry.size_in_bytes(),
        entry.magic(),
        codec(attributes)?,
        entry.verify_crc().is_ok(),
    )?;
    Ok(())
}

fn print_batch_header(batch: &Batch, out: &mut dyn Write) -> Result<(), Failure> {
    let header = &batch.header;
    let delete_horizon = match header.delete_horizon() {
        Some(timestamp) => format!("OptionalLong[{timestamp}]"),
        None => "OptionalLong.empty".to_owned(),
    };
    write!(
        out,
        "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} producerEpoch: {} \
         partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {delete_horizon}",
        header.base_offset,
        header.last_offset(),
        header.record_count,
        header.base_sequence,
        header.last_sequence().unwrap_or(-1),
        header.producer_id,
        header.producer_epoch,
        header.partition_leader_epoch,
        header.attributes.is_transactional(),
        header.attributes.is_control(),
    )?;
    Ok(())
}

fn timestamp_type(magic: i8, attributes: Attributes) -> &'static str {
    match (magic, attributes.timestamp_type()) {
        (0, _) => "NoTimestampType",
        (_, TimestampType::CreateTime) => "CreateTime",
        (_, TimestampType::LogAppendTime) => "LogAppendTime",
    }
}

fn codec(attributes: Attributes) -> Result<&'static str, Failure> {
    Ok(match attributes.compression().map_err(Failure::said)? {
        Compression::None => "none",
        Compression::Gzip => "gzip",
        Compression::Snappy => "snappy",
        Compression::Lz4 => "lz4",
        Compression::Zstd => "zstd",
    })
}

/// Prints the records of one file's batches.
struct RecordsDump<'a> {
    path: &'a Path,
    prints_contents: bool,
    prints_metadata: bool,
    decoder: Decoder,
    /// Of the record before.
    last_offset: i64,
}

impl RecordsDump<'_> {
    fn records_of(&mut self, entry: &LogEntry, findings: &mut Findings, out: &mut dyn Write) -> Result<(), Failure> {
        let corrupt = |error| Failure::Said(format!("{}: {error}", self.path.display()));
        let records = entry.records(DECOMPRESSED_MAX).map_err(corrupt)?;
        match entry {
            LogEntry::Batch(batch) => {
                let is_control = batch.header.attributes.is_control();
                for record in records {
                    self.record(entry, &record.map_err(corrupt)?, is_control, None, findings, out)?;
                }
            }
            LogEntry::Legacy(message) => {
                let records = records.collect::<Result<Vec<_>, _>>().map_err(corrupt)?;
                let checksums = legacy::checksums(message, &records);
                for (index, record) in records.iter().enumerate() {
                    self.record(entry, record, false, checksums.get(index), findings, out)?;
                }
            }
        }
        Ok(())
    }

    fn record(
        &mut self,
        entry: &LogEntry,
        record: &Record,
        is_control: bool,
        checksum: Option<&Checksum>,
        findings: &mut Findings,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let offset = record.offset.value();
        if offset != self.last_offset.wrapping_add(1) {
            findings.gap(self.path, self.last_offset, offset);
        }
        self.last_offset = offset;
        if self.prints_metadata {
            print_metadata(entry, record, checksum, out)?;
            if is_control {
                control_record::print(record, out)?;
            }
        }
        if self.prints_contents && !is_control {
            let before = if self.prints_metadata { " " } else { "| " };
            self.print_contents(record, before, out)?;
        }
        Ok(writeln!(out)?)
    }

    fn print_contents(&self, record: &Record, before: &str, out: &mut dyn Write) -> Result<(), Failure> {
        let Shown { key, payload } = self.decoder.show(record)?;
        let mut before = before;
        if let Some(key) = key {
            write!(out, "{before}key: {key}")?;
            before = " ";
        }
        if let Some(payload) = payload {
            write!(out, "{before}payload: {payload}")?;
        }
        Ok(())
    }
}

fn print_metadata(
    entry: &LogEntry,
    record: &Record,
    checksum: Option<&Checksum>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let size = |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(-1, |bytes| bytes.len() as i64);
    let attributes = match entry {
        LogEntry::Batch(batch) => batch.header.attributes,
        LogEntry::Legacy(message) => message.attributes(),
    };
    write!(
        out,
        "{INDENT} offset: {} {}: {} keySize: {} valueSize: {}",
        record.offset,
        timestamp_type(entry.magic(), attributes),
        record.timestamp,
        size(&record.key),
        size(&record.value),
    )?;
    if matches!(entry, LogEntry::Batch(_)) {
        let headers: Vec<_> = record.headers.iter().map(|header| header.key_text()).collect();
        write!(out, " sequence: {} headerKeys: [{}]", record.sequence.unwrap_or(-1), headers.join(","))?;
    }
    if let Some(Checksum { crc, is_valid }) = checksum {
        write!(out, " isValid: {is_valid} crc: {crc}")?;
    }
    Ok(())
}
