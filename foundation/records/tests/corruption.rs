//! Damage is seen, and never more than an error.

use bytes::{BufMut, Bytes, BytesMut};
use ottla_records::{
    Batch, BatchError, BatchHeader, Compression, LogEntry, LogEntryPrefix, ShortTail, batches, crc32c, log_entries,
};
use std::fs;
use std::path::Path;

/// More than any of the batches here needs.
const DECOMPRESSED_MAX: usize = 16 << 20;

fn golden(name: &str) -> Bytes {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    fs::read(directory.join(name).with_extension("bin")).unwrap().into()
}

const ATTRIBUTES_POSITION: usize = 21;
const CRC_POSITION: usize = 17;
const LEGACY_MAGIC_POSITION: usize = 16;
const BATCHES: [&str; 8] = [
    "v2-none-shapes",
    "v2-gzip-shapes",
    "v2-snappy-shapes",
    "v2-lz4-shapes",
    "v2-zstd-shapes",
    "v2-none-transactional",
    "control-commit",
    "emptied-transactional",
];
const LEGACY: [&str; 4] = ["v0-none-shapes", "v0-gzip-shapes", "v1-none-append-time", "v1-lz4-shapes"];

/// `bytes` with one bit turned, for every bit from `first_byte` on.
fn with_each_bit_flipped(bytes: &Bytes, first_byte: usize) -> impl Iterator<Item = (usize, Bytes)> {
    let bytes = bytes.clone();
    (first_byte * 8..bytes.len() * 8).map(move |bit| {
        let mut damaged = BytesMut::from(&bytes[..]);
        damaged[bit / 8] ^= 1 << (bit % 8);
        (bit, damaged.freeze())
    })
}

#[test]
fn every_single_bit_under_the_crc_is_guarded() {
    for name in BATCHES {
        for (bit, damaged) in with_each_bit_flipped(&golden(name), CRC_POSITION) {
            let batch = Batch::parse(damaged).unwrap();
            assert!(matches!(batch.verify_crc(), Err(BatchError::CrcMismatch { .. })), "{name}, bit {bit}");
        }
    }
    for name in LEGACY {
        let first = log_entries(golden(name)).next().unwrap().unwrap().bytes().clone();
        for (bit, damaged) in with_each_bit_flipped(&first, LEGACY_MAGIC_POSITION + 1) {
            let entry = LogEntry::parse(damaged).unwrap();
            assert!(matches!(entry.verify_crc(), Err(BatchError::CrcMismatch { .. })), "{name}, bit {bit}");
        }
    }
}

#[test]
fn every_single_bit_of_length_and_magic_is_noticed() {
    for name in BATCHES {
        let bytes = golden(name);
        for (bit, damaged) in with_each_bit_flipped(&bytes, 8) {
            let is_length_or_magic = bit / 8 < 12 || bit / 8 == 16;
            if is_length_or_magic {
                assert!(Batch::parse(damaged).is_err(), "{name}, bit {bit}");
            }
        }
    }
}

#[test]
fn a_batch_cut_short_anywhere_is_a_short_tail() {
    for name in BATCHES {
        let whole = golden(name);
        for length in 0..whole.len() {
            let cut = whole.slice(..length);
            assert!(Batch::parse(cut.clone()).is_err(), "{name} at {length}");
            assert!(LogEntry::parse(cut.clone()).is_err(), "{name} at {length}");
            let mut of_cut = batches(cut.clone());
            assert!(of_cut.next().is_none(), "{name} at {length}");
            assert_eq!(of_cut.short_tail(), (length > 0).then_some(ShortTail { position: 0, length }));
            let mut entries = log_entries(cut);
            assert!(entries.next().is_none(), "{name} at {length}");
            assert_eq!(entries.short_tail(), (length > 0).then_some(ShortTail { position: 0, length }));
        }
    }
    for name in LEGACY {
        let whole = log_entries(golden(name)).next().unwrap().unwrap().bytes().clone();
        for length in 0..whole.len() {
            assert!(LogEntry::parse(whole.slice(..length)).is_err(), "{name} at {length}");
            assert!(log_entries(whole.slice(..length)).next().is_none(), "{name} at {length}");
        }
    }
}

/// A batch whose header agrees with `payload`.
fn batch_of(header: &BatchHeader, payload: &[u8]) -> Batch {
    let mut header = *header;
    header.batch_length = (BatchHeader::SIZE - BatchHeader::LENGTH_PREFIX + payload.len()) as i32;
    header.crc = header.compute_crc(payload);
    let mut bytes = BytesMut::from(&header.to_bytes()[..]);
    bytes.put_slice(payload);
    Batch::parse(bytes.freeze()).unwrap()
}

fn assert_refused(batch: &Batch, what: &str) {
    batch.verify_crc().unwrap();
    let whole = batch.records(DECOMPRESSED_MAX).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    assert!(whole.is_err(), "{what}: {whole:?}");
    let streamed = batch.records_streaming(DECOMPRESSED_MAX).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    assert!(streamed.is_err(), "{what}: {streamed:?}");
    let summaries = batch.summaries(DECOMPRESSED_MAX).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    assert!(summaries.is_err(), "{what}: {summaries:?}");
}

#[test]
fn a_payload_cut_short_anywhere_is_refused() {
    for name in ["v2-none-shapes", "v2-gzip-shapes", "v2-snappy-shapes", "v2-lz4-shapes", "v2-zstd-shapes"] {
        let whole = Batch::parse(golden(name)).unwrap();
        let payload = whole.payload();
        for length in 0..payload.len() {
            assert_refused(&batch_of(&whole.header, &payload[..length]), &format!("{name} at {length}"));
        }
    }
}

#[test]
fn records_cut_short_anywhere_are_refused_inside_of_every_codec() {
    let whole = Batch::parse(golden("v2-none-shapes")).unwrap();
    let payload = whole.payload();
    for compression in Compression::ALL {
        let header = BatchHeader { attributes: whole.header.attributes.with_compression(compression), ..whole.header };
        for length in 0..payload.len() {
            let compressed = compression.compress(&payload[..length]).unwrap();
            assert_refused(&batch_of(&header, &compressed), &format!("{compression} at {length}"));
        }
        let longer = compression.compress(&[&payload[..], &[0]].concat()).unwrap();
        assert_refused(&batch_of(&header, &longer), &format!("{compression} with a byte more"));
    }
}

/// In both old formats a message's end is told by its length alone.
#[test]
fn a_legacy_payload_cut_short_anywhere_never_reads_as_whole() {
    for name in ["v0-gzip-shapes", "v0-snappy-shapes", "v0-lz4-shapes", "v1-gzip-shapes", "v1-snappy-shapes"] {
        let whole = golden(name);
        let records = |bytes: Bytes| -> Option<Vec<_>> {
            LogEntry::parse(bytes).unwrap().records(DECOMPRESSED_MAX).ok()?.collect::<Result<_, _>>().ok()
        };
        let all = records(whole.clone()).unwrap();
        for length in LogEntryPrefix::SIZE + 20..whole.len() {
            let mut cut = BytesMut::from(&whole[..length]);
            cut[8..12].copy_from_slice(&((length - 12) as i32).to_be_bytes());
            assert_ne!(records(cut.freeze()).as_ref(), Some(&all), "{name} at {length}");
        }
    }
}

#[test]
fn the_sizes_of_empty_and_header_only_batches() {
    assert_eq!(batches(Bytes::new()).count(), 0);
    assert_eq!(batches(Bytes::new()).short_tail(), None);
    let header = Batch::parse(golden("emptied-transactional")).unwrap().header;
    assert_eq!(header.size_in_bytes(), BatchHeader::SIZE);
    assert_eq!(header.crc, crc32c(&header.to_bytes()[ATTRIBUTES_POSITION..]));
}
