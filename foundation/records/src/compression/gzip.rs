//! gzip by zlib-rs.

use super::decompressor::ReadSource;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use flate2::Compression as Level;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::io::{self, Write};

pub(super) fn compress(plain: &[u8], level: Option<i32>, out: &mut BytesMut) -> io::Result<()> {
    // -1 is zlib's own default.
    let level = level.and_then(|level| u32::try_from(level).ok()).map_or_else(Level::default, Level::new);
    let mut encoder = GzEncoder::new(out.writer(), level);
    encoder.write_all(plain)?;
    encoder.finish()?;
    Ok(())
}

pub(super) fn source(compressed: Bytes) -> ReadSource<MultiGzDecoder<bytes::buf::Reader<Bytes>>> {
    ReadSource::new(MultiGzDecoder::new(compressed.reader()))
}
