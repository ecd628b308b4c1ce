//! Batches that Apache Kafka's Java code has made, and how it reads them. See `lab/conformance/golden-batches`.

mod support;

use bytes::{Bytes, BytesMut};
use ottla_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{
    Batch, BatchBuilder, BatchMut, Compression, DecompressError, EndTransactionMarker, LogEntry, Record, RecordError,
    TimestampType, TransactionOutcome, batches, end_transaction_marker, log_entries,
};
use std::fs;
use std::path::PathBuf;
use support::{DECOMPRESSED_MAX, describe};

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn golden(name: &str) -> Bytes {
    fs::read(directory().join(name).with_extension("bin")).unwrap_or_else(|error| panic!("{name}: {error}")).into()
}

fn golden_batch(name: &str) -> Batch {
    Batch::parse(golden(name)).unwrap()
}

/// All golden files by name, sorted.
fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert!(names.len() > 100, "golden files are missing");
    names
}

/// The golden files that are one good batch of magic 2.
fn good_batches() -> Vec<(String, Batch)> {
    names()
        .into_iter()
        .filter(|name| !["v0", "v1", "bad", "odd", "mixed"].iter().any(|prefix| name.starts_with(prefix)))
        .map(|name| (name.clone(), golden_batch(&name)))
        .collect()
}

#[test]
fn everything_reads_as_java_reads_it() {
    for name in names() {
        let mut expected = fs::read_to_string(directory().join(&name).with_extension("txt")).unwrap();
        if name == "bad-length-without-end" {
            // Here alone, and only uncompressed, Java forgets to turn the one exception into the other.
            expected = expected.replace("IllegalArgumentException", "InvalidRecordException");
        }
        assert_eq!(describe(golden(&name)), expected, "{name}");
    }
}

/// Records with the deltas that they have in the batch, as `LogAppendTime` hides them otherwise.
fn records_with_own_timestamps(batch: &Batch) -> Vec<(Timestamp, Record)> {
    let base = batch.header.base_timestamp;
    let records = batch.records(DECOMPRESSED_MAX).unwrap();
    let summaries = batch.summaries(DECOMPRESSED_MAX).unwrap();
    records
        .zip(summaries)
        .map(|(record, summary)| (base.plus_milliseconds(summary.unwrap().timestamp_delta), record.unwrap()))
        .collect()
}

/// Builds the batch anew, uncompressed, from what was read of it.
fn rebuilt(batch: &Batch) -> Bytes {
    let header = &batch.header;
    let mut builder = BatchBuilder::new(header.base_offset, Compression::None)
        .partition_leader_epoch(header.partition_leader_epoch)
        .producer(header.producer_id, header.producer_epoch, header.base_sequence)
        .transactional(header.attributes.is_transactional())
        .control(header.attributes.is_control());
    if let Some(time) = header.log_append_time() {
        builder = builder.log_append_time(time);
    }
    if let Some(horizon) = header.delete_horizon() {
        builder = builder.delete_horizon(horizon);
    }
    for (timestamp, record) in records_with_own_timestamps(batch) {
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        if record.offset == builder.next_offset() {
            let expected_size = builder.uncompressed_size_with(timestamp, key, value, &record.headers);
            builder.append(timestamp, key, value, &record.headers).unwrap();
            assert_eq!(builder.uncompressed_size(), expected_size);
        } else {
            builder.append_at(record.offset, timestamp, key, value, &record.headers).unwrap();
        }
    }
    builder.build().unwrap()
}

#[test]
fn uncompressed_batches_are_rebuilt_byte_for_byte() {
    let mut compared = 0;
    for (name, batch) in good_batches() {
        // Java's own patches leave batches that no builder makes, and an empty batch is not built.
        let is_built = !name.starts_with("patched") && batch.header.record_count > 0;
        if is_built && !batch.header.attributes.is_compressed() {
            assert_eq!(rebuilt(&batch), batch.bytes(), "{name}");
            compared += 1;
        }
    }
    assert!(compared >= 15, "only {compared} batches were compared");
}

#[test]
fn compressed_batches_hold_the_bytes_that_we_would_compress() {
    let mut compared = 0;
    for (name, batch) in good_batches() {
        let compression = batch.header.attributes.compression().unwrap();
        if compression != Compression::None {
            let plain = compression.decompress(&batch.payload(), DECOMPRESSED_MAX).unwrap();
            assert_eq!(Batch::parse(rebuilt(&batch)).unwrap().payload(), plain, "{name}");
            compared += 1;
        }
    }
    assert!(compared >= 10, "only {compared} batches were compared");
}

#[test]
fn streaming_and_summaries_find_the_same_records() {
    for (name, batch) in good_batches() {
        let records: Vec<_> = batch.records(DECOMPRESSED_MAX).unwrap().map(Result::unwrap).collect();
        let streamed: Vec<_> = batch.records_streaming(DECOMPRESSED_MAX).unwrap().map(Result::unwrap).collect();
        let summaries: Vec<_> = batch.summaries(DECOMPRESSED_MAX).unwrap().map(Result::unwrap).collect();
        assert_eq!(records, streamed, "{name}");
        assert_eq!(records.len(), summaries.len(), "{name}");
        let mut size_in_bytes = 0;
        for (record, summary) in records.iter().zip(summaries) {
            assert_eq!(summary.offset, record.offset);
            assert_eq!(summary.offset, batch.header.base_offset + i64::from(summary.offset_delta));
            assert_eq!(summary.timestamp, record.timestamp);
            assert_eq!(summary.sequence, record.sequence);
            assert_eq!(summary.key_size, record.key.as_ref().map(Bytes::len));
            assert_eq!(summary.value_size, record.value.as_ref().map(Bytes::len));
            assert_eq!(summary.header_count, record.headers.len());
            size_in_bytes += summary.size_in_bytes;
        }
        let compression = batch.header.attributes.compression().unwrap();
        let plain = compression.decompress(&batch.payload(), DECOMPRESSED_MAX).unwrap();
        assert_eq!(size_in_bytes, plain.len(), "{name}");
    }
}

/// Kafka's own skipping reader believes a record's length without looking; ours refuses what the full one refuses.
#[test]
fn every_way_of_reading_refuses_the_same_batches() {
    for name in names().iter().filter(|name| name.starts_with("bad") || name.starts_with("odd")) {
        let batch = golden_batch(name);
        let whole = batch.records(DECOMPRESSED_MAX).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let streamed = batch.records_streaming(DECOMPRESSED_MAX).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let summaries = batch.summaries(DECOMPRESSED_MAX).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        assert_eq!(whole.is_ok(), name.starts_with("odd"), "{name}: {whole:?}");
        assert_eq!(streamed.is_ok(), whole.is_ok(), "{name}: {streamed:?}");
        assert_eq!(summaries.is_ok(), whole.is_ok(), "{name}: {summaries:?}");
    }
}

#[test]
fn batches_are_patched_as_java_patches_them() {
    let patched = |patch: fn(&mut BatchMut<'_>)| {
        let mut bytes = BytesMut::from(&golden("v2-none-idempotent")[..]);
        patch(&mut BatchMut::parse(&mut bytes).unwrap());
        bytes.freeze()
    };
    let moved = patched(|batch| {
        batch.set_last_offset(Offset::new(123_456_789_012));
        batch.set_partition_leader_epoch(LeaderEpoch::new(i32::MAX));
    });
    assert_eq!(moved, golden("patched-offset-and-epoch"));
    let stamped = patched(|batch| {
        batch.set_max_timestamp_and_type(Timestamp::new(1_700_005_000_000), TimestampType::LogAppendTime);
    });
    assert_eq!(stamped, golden("patched-append-time"));
    let raised = patched(|batch| {
        batch.set_max_timestamp_and_type(Timestamp::new(1_700_006_000_000), TimestampType::CreateTime);
    });
    assert_eq!(raised, golden("patched-max-timestamp"));
}

#[test]
fn an_emptied_batch_is_what_java_leaves_of_it() {
    let emptied = golden_batch("v2-none-transactional").header.emptied();
    assert_eq!(&emptied.to_bytes()[..], golden("emptied-transactional"));
    assert_eq!(golden_batch("emptied-transactional").records(0).unwrap().count(), 0);
}

#[test]
fn end_transaction_markers_are_those_of_java() {
    for (name, offset, outcome, coordinator_epoch) in [
        ("control-commit", 500, TransactionOutcome::Commit, 31),
        ("control-abort", 501, TransactionOutcome::Abort, i32::MAX),
    ] {
        let marker = EndTransactionMarker { outcome, coordinator_epoch };
        let built = end_transaction_marker(
            Offset::new(offset),
            Timestamp::new(1_700_000_000_000),
            LeaderEpoch::new(8),
            ProducerId::new(1000),
            ProducerEpoch::new(12),
            marker,
        );
        assert_eq!(built.unwrap(), golden(name));
        let record = golden_batch(name).records(0).unwrap().next().unwrap().unwrap();
        let read = EndTransactionMarker::parse(record.key.as_deref(), record.value.as_deref());
        assert_eq!(read, Ok(marker));
    }
}

#[test]
fn only_magic_0_may_have_a_wrong_lz4_header_checksum() {
    let bytes = golden("v0-lz4-shapes");
    let message = LogEntry::parse(bytes.clone()).unwrap();
    assert_eq!(message.records(DECOMPRESSED_MAX).unwrap().count(), 8);
    // Offset, length, crc, magic, attributes, null key, length of the value.
    let value = bytes.slice(8 + 4 + 4 + 1 + 1 + 4 + 4..);
    let as_magic_2 = Compression::Lz4.decompress(&value, DECOMPRESSED_MAX);
    let Err(DecompressError::Corrupt { reason, .. }) = as_magic_2 else { panic!("{as_magic_2:?}") };
    assert!(reason.contains("checksum"), "{reason}");
}

#[test]
fn legacy_messages_stand_only_where_they_are_expected() {
    let mut of_batches = batches(golden("mixed-with-tail"));
    assert!(of_batches.next().unwrap().is_err());
    assert!(of_batches.next().is_none());
    assert_eq!(of_batches.position(), 0);
    let magics: Vec<i8> = log_entries(golden("mixed-with-tail")).map(|entry| entry.unwrap().magic()).collect();
    assert_eq!(magics, [0, 0, 1, 1, 2, 2]);
}

#[test]
fn the_bound_on_what_comes_out_is_exact() {
    for (name, batch) in good_batches() {
        let compression = batch.header.attributes.compression().unwrap();
        if compression == Compression::None {
            continue;
        }
        let size = compression.decompress(&batch.payload(), DECOMPRESSED_MAX).unwrap().len();
        let too_large = RecordError::Decompress(DecompressError::TooLarge { max: size - 1 });
        assert!(batch.records(size).is_ok(), "{name}");
        assert_eq!(batch.records(size - 1).unwrap_err(), too_large, "{name}");
        let streamed = |max| batch.records_streaming(max).unwrap().collect::<Result<Vec<_>, _>>();
        assert!(streamed(size).is_ok(), "{name}");
        assert_eq!(streamed(size - 1).unwrap_err(), too_large, "{name}");
        let summaries = |max| batch.summaries(max).unwrap().collect::<Result<Vec<_>, _>>();
        assert!(summaries(size).is_ok(), "{name}");
        assert_eq!(summaries(size - 1).unwrap_err(), too_large, "{name}");
    }
}
