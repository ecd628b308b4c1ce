//! Golden batches, damaged at random: every decoder ends with records or an error, agrees with the others about which,
//! and takes no memory that the bytes do not pay for.
//!
//! Alone in its binary because it limits the memory of the whole process. `OTTLA_FUZZ_SEED` repeats a run,
//! `OTTLA_FUZZ_ROUNDS` makes it longer.

use bytes::{BufMut, Bytes, BytesMut};
use ottla_records::{
    Batch, BatchHeader, Compression, ControlRecordType, EndTransactionMarker, LogEntry, Record, RecordError, batches,
    log_entries,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// What may come out of a batch. The golden batches have up to 150 kB in them.
const DECOMPRESSED_MAX: usize = 1 << 20;

/// Address space of this process: its libraries, its threads and the 128 MiB that a zstd window may take, but not the
/// gigabyte that a damaged length asks for.
const ADDRESS_SPACE_MAX: u64 = 768 << 20;

const ROUNDS: u32 = 6_000;

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

fn corpus() -> Vec<Bytes> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let bins = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "bin"));
    bins.map(|path| fs::read(path).unwrap().into()).collect()
}

#[test]
fn damaged_batches_end_in_records_or_an_error() {
    let limit = getrlimit(Resource::As);
    setrlimit(Resource::As, Rlimit { current: Some(ADDRESS_SPACE_MAX), maximum: limit.maximum }).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = from_environment("OTTLA_FUZZ_SEED").unwrap_or(now.as_nanos() as u64);
    let rounds = from_environment("OTTLA_FUZZ_ROUNDS").unwrap_or(ROUNDS.into());
    println!("OTTLA_FUZZ_SEED={seed} OTTLA_FUZZ_ROUNDS={rounds}");

    let corpus = corpus();
    let mut random = Random(seed);
    let mut read = Tally::default();
    for _ in 0..rounds {
        let golden = &corpus[random.below(corpus.len())];
        let bytes = match random.below(3) {
            0 => damaged(golden, &corpus, &mut random),
            1 => with_damaged_payload(golden, &corpus, &mut random),
            _ => with_damaged_records(golden, &corpus, &mut random),
        };
        read_every_way(bytes, &mut read);
    }
    println!("{read:?}");
    // Were it otherwise, the damage would only ever be seen by the first check, or by none.
    assert!(read.batches > rounds as u32 / 10 && read.refused > rounds as u32 / 10, "{read:?}");
}

#[derive(Debug, Default)]
struct Tally {
    batches: u32,
    refused: u32,
}

/// A few changes anywhere.
fn damaged(bytes: &[u8], corpus: &[Bytes], random: &mut Random) -> Bytes {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let rest = bytes.len() - at;
        match random.below(8) {
            0 if rest > 0 => bytes[at] ^= 1 << random.below(8),
            1 if rest > 0 => bytes[at] = random.next() as u8,
            2 => bytes.truncate(at),
            3 => bytes.insert(at, random.next() as u8),
            4 if rest > 0 => drop(bytes.drain(at..at + 1 + random.below(rest))),
            5 if rest >= 4 => {
                let telling = [i32::MAX, i32::MIN, -1, 0, 1, 1 << 30, 61, 14];
                bytes[at..at + 4].copy_from_slice(&telling[random.below(telling.len())].to_be_bytes());
            }
            // The longest and the most negative varint.
            6 if rest >= 5 => bytes[at..at + 5].copy_from_slice(&[0xfe | at as u8 & 1, 0xff, 0xff, 0xff, 0x0f]),
            _ => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len());
                let piece = &other[from..from + random.below((other.len() - from).min(300))];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes.into()
}

/// Damage behind a header that goes with it. Not a batch of magic 2: damage anywhere.
fn with_damaged_payload(golden: &Bytes, corpus: &[Bytes], random: &mut Random) -> Bytes {
    match Batch::parse(golden.clone()) {
        Ok(batch) => batch_of(&batch.header, &damaged(&batch.payload(), corpus, random)),
        Err(_) => damaged(golden, corpus, random),
    }
}

/// Damaged records, compressed as if nothing were wrong.
fn with_damaged_records(golden: &Bytes, corpus: &[Bytes], random: &mut Random) -> Bytes {
    let Ok(batch) = Batch::parse(golden.clone()) else { return damaged(golden, corpus, random) };
    let Ok(compression) = batch.header.attributes.compression() else { return golden.clone() };
    let Ok(plain) = compression.decompress(&batch.payload(), DECOMPRESSED_MAX) else { return golden.clone() };
    let other = Compression::ALL[random.below(Compression::ALL.len())];
    let header = BatchHeader { attributes: batch.header.attributes.with_compression(other), ..batch.header };
    batch_of(&header, &other.compress(&damaged(&plain, corpus, random)).unwrap())
}

fn batch_of(header: &BatchHeader, payload: &[u8]) -> Bytes {
    let mut header = *header;
    header.batch_length = (BatchHeader::SIZE - BatchHeader::LENGTH_PREFIX + payload.len()) as i32;
    header.crc = header.compute_crc(payload);
    let mut bytes = BytesMut::from(&header.to_bytes()[..]);
    bytes.put_slice(payload);
    bytes.freeze()
}

fn read_every_way(bytes: Bytes, tally: &mut Tally) {
    let cut: Vec<_> = batches(bytes.clone()).collect();
    assert!(cut.len() <= bytes.len() / BatchHeader::SIZE + 1);
    let mut entries = log_entries(bytes.clone());
    for entry in entries.by_ref() {
        match entry {
            Ok(LogEntry::Batch(batch)) => read_batch(&batch, tally),
            Ok(LogEntry::Legacy(message)) => {
                let records = message.records(DECOMPRESSED_MAX);
                let first_offset = message.base_offset(DECOMPRESSED_MAX);
                if let Ok(records) = records {
                    assert_eq!(first_offset, Ok(records[0].offset));
                }
            }
            Err(_) => tally.refused += 1,
        }
    }
    assert!(entries.position() <= bytes.len());
}

fn read_batch(batch: &Batch, tally: &mut Tally) {
    tally.batches += 1;
    let _ = (batch.header.last_offset(), batch.header.next_offset(), batch.header.last_sequence());
    let whole = collect(batch.records(DECOMPRESSED_MAX));
    let streamed = collect(batch.records_streaming(DECOMPRESSED_MAX));
    let summaries = collect(batch.summaries(DECOMPRESSED_MAX));
    assert_eq!(whole.is_ok(), streamed.is_ok(), "{whole:?} but {streamed:?}: {:x}", batch.bytes());
    assert_eq!(whole.is_ok(), summaries.is_ok(), "{whole:?} but {summaries:?}: {:x}", batch.bytes());
    match whole {
        Err(_) => tally.refused += 1,
        Ok(records) => {
            assert_eq!(records.len(), summaries.unwrap().len());
            records.iter().for_each(read_as_control_record);
            assert_eq!(records, streamed.unwrap());
        }
    }
}

fn collect<T>(
    records: Result<impl Iterator<Item = Result<T, RecordError>>, RecordError>,
) -> Result<Vec<T>, RecordError> {
    records.and_then(Iterator::collect)
}

/// Any record may claim to be one.
fn read_as_control_record(record: &Record) {
    let control_type = ControlRecordType::from_key(record.key.as_deref());
    let marker = EndTransactionMarker::parse(record.key.as_deref(), record.value.as_deref());
    if marker.is_ok() {
        assert!(matches!(control_type, Ok(ControlRecordType::Abort | ControlRecordType::Commit)));
    }
}
