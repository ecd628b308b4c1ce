//! Zstandard by the reference library.

use super::decompressor::{ChunkError, ReadSource};
use ::zstd::stream::{read, write};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use std::io::{self, Write};

pub(super) fn compress(plain: &[u8], level: Option<i32>, out: &mut BytesMut) -> io::Result<()> {
    // 0 is the library's own default.
    let mut encoder = write::Encoder::new(out.writer(), level.unwrap_or(0))?;
    // Known in advance, the size keeps the window, and so every reader's memory, as small as the batch.
    encoder.set_pledged_src_size(Some(plain.len() as u64))?;
    encoder.write_all(plain)?;
    encoder.finish()?;
    Ok(())
}

pub(super) fn source(
    compressed: Bytes,
) -> Result<ReadSource<read::Decoder<'static, bytes::buf::Reader<Bytes>>>, ChunkError> {
    read::Decoder::with_buffer(compressed.reader()).map(ReadSource::new).map_err(ChunkError::corrupt)
}
