//! `.txnindex`: the aborted transactions of a segment.

use super::super::failure::Failure;
use super::cannot_read;
use bytes::{Buf, Bytes};
use std::io::Write;
use std::path::Path;

/// version i16, producer id i64, first offset i64, last offset i64, last stable offset i64.
const ENTRY_SIZE: usize = 34;

pub(super) fn dump(path: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    super::base_offset(path)?;
    let mut bytes = Bytes::from(std::fs::read(path).map_err(|error| cannot_read(path, &error))?);
    while bytes.len() >= ENTRY_SIZE {
        let version = bytes.get_i16();
        if version > 0 {
            return Err(Failure::Said(format!(
                "Unexpected aborted transaction version {version} in transaction index {}, current version is 0",
                super::absolute(path)
            )));
        }
        writeln!(
            out,
            "version: {version} producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}",
            bytes.get_i64(),
            bytes.get_i64(),
            bytes.get_i64(),
            bytes.get_i64()
        )?;
    }
    Ok(())
}
