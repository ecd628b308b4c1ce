//! Writes batches of ours, and how we read them, into a directory, for `golden-batches verify` to judge:
//!
//! ```text
//! cargo run -p ottla-records --example write_for_java -- DIR
//! lab/conformance/golden-batches/golden-batches verify DIR
//! ```

#[path = "../tests/support/mod.rs"]
mod support;

use bytes::{Bytes, BytesMut};
use ottla_model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Timestamp};
use ottla_records::{
    Batch, BatchBuilder, BatchMut, Compression, Compressor, EndTransactionMarker, RecordHeader, TimestampType,
    TransactionOutcome, end_transaction_marker,
};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use support::describe;

const TIME: Timestamp = Timestamp::new(1_700_000_000_000);

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args().nth(1).ok_or("usage: write_for_java DIR")?);
    fs::create_dir_all(&directory)?;
    let mut written = 0;
    let mut write = |name: &str, bytes: Bytes| -> Result<(), Box<dyn Error>> {
        written += 1;
        write_case(&directory, name, bytes)
    };
    for compressor in compressors()? {
        let level = compressor.level().map_or_else(String::new, |level| format!("-level{level}"));
        let name = format!("{}{level}", compressor.compression());
        write(&format!("{name}-shapes"), shapes(builder(compressor))?)?;
        write(&format!("{name}-large"), large(builder(compressor))?)?;
        write(&format!("{name}-one"), one(builder(compressor))?)?;
    }
    for compression in Compression::ALL {
        write(&format!("{compression}-many"), many(builder(compression))?)?;
        write(&format!("{compression}-append-time"), shapes(builder(compression).log_append_time(TIME))?)?;
        let (id, epoch) = (ProducerId::new(7), ProducerEpoch::new(1));
        let transactional = builder(compression).producer(id, epoch, i32::MAX).transactional(true);
        let transactional = shapes(transactional)?;
        write(&format!("{compression}-transactional"), transactional.clone())?;
        write(&format!("{compression}-emptied"), emptied(&transactional)?)?;
        write(&format!("{compression}-patched"), patched(&transactional)?)?;
        let horizon = builder(compression).delete_horizon(TIME.plus_milliseconds(86_400_000));
        write(&format!("{compression}-delete-horizon"), shapes(horizon)?)?;
    }
    for outcome in [TransactionOutcome::Abort, TransactionOutcome::Commit] {
        let marker = EndTransactionMarker { outcome, coordinator_epoch: 12 };
        let (epoch, id) = (LeaderEpoch::new(3), ProducerId::new(7));
        let bytes = end_transaction_marker(Offset::new(11), TIME, epoch, id, ProducerEpoch::new(1), marker)?;
        write(&format!("marker-{outcome:?}"), bytes)?;
    }
    println!("{written} files in {}", directory.display());
    Ok(())
}

fn write_case(directory: &Path, name: &str, bytes: Bytes) -> Result<(), Box<dyn Error>> {
    fs::write(directory.join(name).with_extension("bin"), &bytes)?;
    fs::write(directory.join(name).with_extension("txt"), describe(bytes))?;
    Ok(())
}

/// Every codec at the ends of its levels and in between.
fn compressors() -> Result<Vec<Compressor>, Box<dyn Error>> {
    let mut compressors: Vec<Compressor> = Compression::ALL.map(Compressor::from).to_vec();
    for level in [1, 2, 3, 4, 5, 6, 7, 8, 9] {
        compressors.push(Compressor::new(Compression::Gzip, level)?);
    }
    for level in [1, 17] {
        compressors.push(Compressor::new(Compression::Lz4, level)?);
    }
    for level in [-131_072, -7, 1, 9, 19, 22] {
        compressors.push(Compressor::new(Compression::Zstd, level)?);
    }
    Ok(compressors)
}

fn builder(compressor: impl Into<Compressor>) -> BatchBuilder {
    BatchBuilder::new(Offset::new(1000), compressor).partition_leader_epoch(LeaderEpoch::new(3))
}

fn one(mut builder: BatchBuilder) -> Result<Bytes, Box<dyn Error>> {
    builder.append(TIME, Some(b"key"), Some(b"value"), &[])?;
    Ok(builder.build()?)
}

fn shapes(mut builder: BatchBuilder) -> Result<Bytes, Box<dyn Error>> {
    let headers = [
        RecordHeader::new("trace", Some(Bytes::from_static(b"1"))),
        RecordHeader::new("trace", None),
        RecordHeader::new("", Some(Bytes::new())),
        RecordHeader::new("žluťoučký kůň", Some(vec![b'x'; 200].into())),
    ];
    builder.append(TIME, Some(b"key"), Some(b"value"), &headers)?;
    builder.append(TIME.plus_milliseconds(-100_000), None, Some(b"value"), &[])?;
    builder.append(TIME.plus_milliseconds(5), Some(b"key"), None, &headers[..1])?;
    builder.append(TIME, None, None, &[])?;
    builder.append(TIME, Some(b""), Some(b""), &[])?;
    builder.append_at(Offset::new(1_000_000), TIME, Some(b"after a gap"), Some(&[7; 64]), &[])?;
    Ok(builder.build()?)
}

/// Several blocks of every codec: compressible, then not, then compressible again.
fn large(mut builder: BatchBuilder) -> Result<Bytes, Box<dyn Error>> {
    let text = b"the quick brown fox jumps over the lazy dog; ".repeat(5000);
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(300_000)
    .collect();
    builder.append(TIME, Some(b"text"), Some(&text), &[])?;
    builder.append(TIME, Some(b"noise"), Some(&noise), &[])?;
    builder.append(TIME, Some(b"text"), Some(&text), &[])?;
    Ok(builder.build()?)
}

fn many(mut builder: BatchBuilder) -> Result<Bytes, Box<dyn Error>> {
    for index in 0..10_000_i64 {
        let key = index.to_be_bytes();
        builder.append(TIME.plus_milliseconds(index), Some(&key), Some(format!("value {index}").as_bytes()), &[])?;
    }
    Ok(builder.build()?)
}

fn emptied(batch: &Bytes) -> Result<Bytes, Box<dyn Error>> {
    Ok(Bytes::copy_from_slice(&Batch::parse(batch.clone())?.header.emptied().to_bytes()))
}

fn patched(batch: &Bytes) -> Result<Bytes, Box<dyn Error>> {
    let mut bytes = BytesMut::from(&batch[..]);
    let mut batch = BatchMut::parse(&mut bytes)?;
    batch.set_base_offset(Offset::new(1 << 40));
    batch.set_partition_leader_epoch(LeaderEpoch::new(77));
    batch.set_max_timestamp_and_type(TIME.plus_milliseconds(1), TimestampType::LogAppendTime);
    batch.set_last_offset_delta(2_000_000);
    Ok(bytes.freeze())
}
