//! Snappy in the stream framing of the snappy-java library (by Xerial), which is what Kafka's Java clients write:
//!
//! ```text
//! magic    82 53 4e 41 50 50 59 00    "\x82SNAPPY\0"
//! version  i32 = 1, then the lowest version that can read it, i32 = 1
//! blocks   (length i32, one raw snappy block of that many bytes)*
//! ```
//!
//! Some other clients write one raw snappy block without any framing; that is read too. All integers are big-endian.

use super::decompressor::{ChunkError, ChunkSource};
use bytes::{Buf, BufMut, Bytes, BytesMut};

const MAGIC: [u8; 8] = *b"\x82SNAPPY\0";
const VERSION: i32 = 1;
const HEADER_SIZE: usize = MAGIC.len() + 8;
/// What Kafka's producers leave at the library's default.
const BLOCK_SIZE: usize = 32 * 1024;

/// A snappy block cannot become longer than this many times its length: its densest element makes 64 bytes of 3.
const EXPANSION_MAX: usize = 22;

pub(super) fn compress(plain: &[u8], out: &mut BytesMut) -> Result<(), snap::Error> {
    out.put_slice(&MAGIC);
    out.put_i32(VERSION);
    out.put_i32(VERSION);
    let mut encoder = snap::raw::Encoder::new();
    for block in plain.chunks(BLOCK_SIZE) {
        let length_position = out.len();
        let block_position = length_position + 4;
        out.resize(block_position + snap::raw::max_compress_len(block.len()), 0);
        let length = encoder.compress(block, &mut out[block_position..])?;
        out.truncate(block_position + length);
        // A block of 32 KiB never becomes longer than an i32 can say.
        out[length_position..block_position].copy_from_slice(&(length as i32).to_be_bytes());
    }
    Ok(())
}

pub(super) struct SnappySource {
    rest: Bytes,
    framing: Framing,
}

enum Framing {
    NotSeenYet,
    Blocks,
    Ended,
}

impl SnappySource {
    pub(super) fn new(compressed: Bytes) -> Self {
        Self { rest: compressed, framing: Framing::NotSeenYet }
    }

    /// Passes over a header, if there is one.
    fn take_header(&mut self) -> Result<bool, ChunkError> {
        if self.rest.len() < HEADER_SIZE || self.rest[..MAGIC.len()] != MAGIC {
            return Ok(false);
        }
        self.rest.advance(MAGIC.len());
        let version = self.rest.get_i32();
        let _lowest_compatible_version = self.rest.get_i32();
        if version < VERSION {
            return Err(ChunkError::corrupt(format_args!("framing version {version} is not compatible")));
        }
        Ok(true)
    }

    /// The next block of a framed stream. Streams may have been appended to each other, each with its header.
    fn next_block(&mut self) -> Result<Option<Bytes>, ChunkError> {
        while self.take_header()? {}
        if self.rest.len() < 4 {
            // Like snappy-java, which does not look whether it is the end or a torn length. Torn records show anyway.
            return Ok(None);
        }
        let length = self.rest.get_i32();
        match usize::try_from(length) {
            Ok(length) if length <= self.rest.len() => Ok(Some(self.rest.split_to(length))),
            _ => Err(ChunkError::corrupt(format_args!("block length {length} with {} bytes left", self.rest.len()))),
        }
    }
}

impl ChunkSource for SnappySource {
    fn append_chunk(&mut self, out: &mut Vec<u8>, room: usize) -> Result<(), ChunkError> {
        if matches!(self.framing, Framing::NotSeenYet) {
            if !self.take_header()? {
                self.framing = Framing::Ended;
                let block = std::mem::take(&mut self.rest);
                return if block.is_empty() { Ok(()) } else { append_block(&block, out, room) };
            }
            self.framing = Framing::Blocks;
        }
        if matches!(self.framing, Framing::Ended) {
            return Ok(());
        }
        // A block may be empty, which must not look like the end.
        let before = out.len();
        while out.len() == before {
            match self.next_block()? {
                Some(block) => append_block(&block, out, room)?,
                None => {
                    self.framing = Framing::Ended;
                    break;
                }
            }
        }
        Ok(())
    }
}

fn append_block(block: &[u8], out: &mut Vec<u8>, room: usize) -> Result<(), ChunkError> {
    let plain_length = snap::raw::decompress_len(block).map_err(ChunkError::corrupt)?;
    if plain_length > block.len().saturating_mul(EXPANSION_MAX) {
        return Err(ChunkError::corrupt(format_args!("{} bytes cannot hold {plain_length}", block.len())));
    }
    if plain_length > room {
        return Err(ChunkError::TooLarge);
    }
    let before = out.len();
    out.resize(before + plain_length, 0);
    let written = snap::raw::Decoder::new().decompress(block, &mut out[before..]).map_err(ChunkError::corrupt)?;
    out.truncate(before + written);
    Ok(())
}
