//! LZ4 frames as Kafka uses them: independent blocks of up to 64 KiB, no checksums but that of the header, no content
//! size. Little-endian:
//!
//! ```text
//! magic   04 22 4d 18
//! FLG     version 01, independent blocks 1, block checksums, content size, content checksum, 2 reserved
//! BD      1 reserved, block size 4 (64 KiB) to 7 (4 MiB) in 3 bits, 4 reserved
//! size    u64, only if FLG says so
//! HC      second byte of XXH32 over FLG to size
//! blocks  (length u32, highest bit = stored; bytes; XXH32 if FLG says so)*
//! end     length 0, XXH32 of the content if FLG says so
//! ```
//!
//! Read is what Kafka's clients read: blocks that depend on each other are refused, block checksums are checked, content
//! size and content checksum are passed over.

use super::decompressor::{ChunkError, ChunkSource};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use lz4_flex::block::{CompressError, compress_into, decompress_into, get_maximum_output_size};
use twox_hash::XxHash32;

const MAGIC: u32 = 0x184d_2204;
const FLG_VERSION_MASK: u8 = 0b1100_0000;
const FLG_VERSION: u8 = 0b0100_0000;
const FLG_INDEPENDENT_BLOCKS: u8 = 0b0010_0000;
const FLG_BLOCK_CHECKSUM: u8 = 0b0001_0000;
const FLG_CONTENT_SIZE: u8 = 0b0000_1000;
const FLG_RESERVED: u8 = 0b0000_0011;
const BD_RESERVED: u8 = 0b1000_1111;
const BD_BLOCK_64_KIB: u8 = 4 << 4;
const BLOCK_SIZE: usize = 64 * 1024;
const STORED: u32 = 1 << 31;

/// An LZ4 block cannot become longer than this many times its length: each further byte of a match length stands for
/// 255 bytes.
const EXPANSION_MAX: usize = 255;

pub(super) fn compress(plain: &[u8], out: &mut BytesMut) -> Result<(), CompressError> {
    let descriptor = [FLG_VERSION | FLG_INDEPENDENT_BLOCKS, BD_BLOCK_64_KIB];
    out.put_u32_le(MAGIC);
    out.put_slice(&descriptor);
    out.put_u8(header_checksum(&descriptor));
    for block in plain.chunks(BLOCK_SIZE) {
        let length_position = out.len();
        let block_position = length_position + 4;
        out.resize(block_position + get_maximum_output_size(block.len()), 0);
        let mut length = compress_into(block, &mut out[block_position..])?;
        let mut stored = 0;
        if length >= block.len() {
            length = block.len();
            stored = STORED;
            out[block_position..block_position + length].copy_from_slice(block);
        }
        out.truncate(block_position + length);
        // At most 64 KiB.
        out[length_position..block_position].copy_from_slice(&(length as u32 | stored).to_le_bytes());
    }
    out.put_u32_le(0);
    Ok(())
}

/// What to do with the checksum of a frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderChecksum {
    Checked,
    /// Clients of message format v0 computed it over the magic too, so Kafka ignores it there (KAFKA-3160).
    Ignored,
}

pub(super) struct Lz4Source {
    rest: Bytes,
    block_checksums: bool,
    block_size_max: usize,
    ended: bool,
}

impl Lz4Source {
    pub(super) fn new(compressed: Bytes, header_checksum_is: HeaderChecksum) -> Result<Self, ChunkError> {
        let mut rest = compressed;
        if rest.len() < 7 {
            return Err(ChunkError::corrupt("frame header is cut short"));
        }
        if rest.get_u32_le() != MAGIC {
            return Err(ChunkError::corrupt("not a frame"));
        }
        let (flg, bd) = (rest[0], rest[1]);
        if flg & FLG_RESERVED != 0 || bd & BD_RESERVED != 0 {
            return Err(ChunkError::corrupt("reserved bits are set in the frame header"));
        }
        if flg & FLG_VERSION_MASK != FLG_VERSION {
            return Err(ChunkError::corrupt("frame version is not 1"));
        }
        if flg & FLG_INDEPENDENT_BLOCKS == 0 {
            return Err(ChunkError::corrupt("blocks that depend on each other are not supported"));
        }
        let block_size_code = bd >> 4;
        if block_size_code < 4 {
            return Err(ChunkError::corrupt("block size is not between 64 KiB and 4 MiB"));
        }
        let descriptor_size = if flg & FLG_CONTENT_SIZE == 0 { 2 } else { 10 };
        if rest.len() <= descriptor_size {
            return Err(ChunkError::corrupt("frame header is cut short"));
        }
        let descriptor = rest.split_to(descriptor_size);
        let checksum = rest.get_u8();
        if header_checksum_is == HeaderChecksum::Checked && checksum != header_checksum(&descriptor) {
            return Err(ChunkError::corrupt("frame header checksum does not match"));
        }
        Ok(Self {
            rest,
            block_checksums: flg & FLG_BLOCK_CHECKSUM != 0,
            block_size_max: 1 << (2 * block_size_code + 8),
            ended: false,
        })
    }

    fn block_checksum_matches(&mut self, block: &[u8]) -> Result<(), ChunkError> {
        if !self.block_checksums {
            return Ok(());
        }
        let stored = self.rest.try_get_u32_le().map_err(|_| ChunkError::corrupt("block checksum is cut short"))?;
        if stored == XxHash32::oneshot(0, block) {
            Ok(())
        } else {
            Err(ChunkError::corrupt("block checksum does not match"))
        }
    }
}

impl ChunkSource for Lz4Source {
    fn append_chunk(&mut self, out: &mut Vec<u8>, room: usize) -> Result<(), ChunkError> {
        let before = out.len();
        // A block may be empty, which must not look like the end.
        while !self.ended && out.len() == before {
            let word = self.rest.try_get_u32_le().map_err(|_| ChunkError::corrupt("frame is cut short"))?;
            let length = (word & !STORED) as usize;
            if length == 0 {
                // The content checksum, if any, and whatever follows: Kafka's clients look at neither.
                self.ended = true;
                break;
            }
            if length > self.block_size_max {
                return Err(ChunkError::corrupt(format_args!(
                    "block of {length} bytes exceeds {}",
                    self.block_size_max
                )));
            }
            if length > self.rest.len() {
                return Err(ChunkError::corrupt("block is cut short"));
            }
            let block = self.rest.split_to(length);
            if word & STORED == 0 {
                append_block(&block, out, self.block_size_max, room)?;
            } else if length > room {
                return Err(ChunkError::TooLarge);
            } else {
                out.extend_from_slice(&block);
            }
            self.block_checksum_matches(&block)?;
        }
        Ok(())
    }
}

fn append_block(block: &[u8], out: &mut Vec<u8>, block_size_max: usize, room: usize) -> Result<(), ChunkError> {
    let before = out.len();
    let possible = block_size_max.min(block.len().saturating_mul(EXPANSION_MAX));
    // A block does not say how long it becomes. More than the room is too much, so no more than that is offered.
    let offered = possible.min(room);
    out.resize(before + offered, 0);
    match decompress_into(block, &mut out[before..]) {
        Ok(written) => {
            out.truncate(before + written);
            Ok(())
        }
        Err(lz4_flex::block::DecompressError::OutputTooSmall { .. }) if offered < possible => Err(ChunkError::TooLarge),
        Err(error) => Err(ChunkError::corrupt(error)),
    }
}

fn header_checksum(descriptor: &[u8]) -> u8 {
    (XxHash32::oneshot(0, descriptor) >> 8) as u8
}
