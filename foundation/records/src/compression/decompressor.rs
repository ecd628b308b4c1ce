//! Decompressing piece by piece, with a bound on the whole.

use super::{Compression, gzip, lz4, snappy, zstd};
use bytes::{Buf, Bytes};
use std::fmt;
use std::io::Read;

/// Why compressed bytes cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecompressError {
    /// They are not what the codec writes, or are cut short.
    #[error("{compression} stream is corrupt: {reason}")]
    Corrupt {
        /// The codec.
        compression: Compression,
        /// What is wrong, as the codec says it.
        reason: String,
    },
    /// They become more than the caller allows.
    #[error("decompressed records exceed {max} bytes")]
    TooLarge {
        /// What the caller allows.
        max: usize,
    },
}

impl DecompressError {
    pub(super) fn corrupt(compression: Compression, reason: impl fmt::Display) -> Self {
        Self::Corrupt { compression, reason: reason.to_string() }
    }
}

/// A codec's side of a [`Decompressor`].
pub(super) trait ChunkSource: Send {
    /// Appends the next piece of plain bytes to `out`: none at the end. Whatever would make it append more than `room`
    /// bytes because a length says so must be refused before that memory is taken; how much a piece is otherwise is
    /// up to the codec, within a small constant.
    fn append_chunk(&mut self, out: &mut Vec<u8>, room: usize) -> Result<(), ChunkError>;
}

/// Why there is no next piece.
pub(super) enum ChunkError {
    Corrupt(String),
    /// It would not fit the room.
    TooLarge,
}

impl ChunkError {
    pub(super) fn corrupt(reason: impl fmt::Display) -> Self {
        Self::Corrupt(reason.to_string())
    }
}

/// Plain bytes coming out of compressed ones. Holds one piece at a time: 32 KiB, or what the stream has for a block
/// (snappy: as a rule 32 KiB; LZ4: 64 KiB, at most 4 MiB), and the codec's window (zstd: at most 128 MiB).
pub struct Decompressor {
    source: Box<dyn ChunkSource>,
    compression: Compression,
    /// The piece that is being read, from `chunk_position`.
    chunk: Vec<u8>,
    chunk_position: usize,
    produced: usize,
    max: usize,
}

impl Decompressor {
    /// Reads all of `compressed` as the records of a batch of magic 2. Not more than `decompressed_max` bytes come out.
    ///
    /// # Errors
    /// The beginning is not of this codec, where that can be seen at once.
    pub fn new(compression: Compression, compressed: Bytes, decompressed_max: usize) -> Result<Self, DecompressError> {
        Self::with_lz4_header_check(compression, compressed, decompressed_max, lz4::HeaderChecksum::Checked)
    }

    /// Reads all of `compressed` as the value of a wrapper message of magic 0, whose LZ4 frames have a header checksum
    /// over the wrong bytes (KAFKA-3160), so nobody looks at it.
    pub(crate) fn for_magic_0(
        compression: Compression,
        compressed: Bytes,
        decompressed_max: usize,
    ) -> Result<Self, DecompressError> {
        Self::with_lz4_header_check(compression, compressed, decompressed_max, lz4::HeaderChecksum::Ignored)
    }

    fn with_lz4_header_check(
        compression: Compression,
        compressed: Bytes,
        max: usize,
        lz4_header: lz4::HeaderChecksum,
    ) -> Result<Self, DecompressError> {
        let source: Result<Box<dyn ChunkSource>, ChunkError> = match compression {
            Compression::None => Ok(Box::new(ReadSource::new(compressed.reader()))),
            Compression::Gzip => Ok(Box::new(gzip::source(compressed))),
            Compression::Snappy => Ok(Box::new(snappy::SnappySource::new(compressed))),
            Compression::Lz4 => {
                lz4::Lz4Source::new(compressed, lz4_header).map(|source| Box::new(source) as Box<dyn ChunkSource>)
            }
            Compression::Zstd => zstd::source(compressed).map(|source| Box::new(source) as Box<dyn ChunkSource>),
        };
        let source = source.map_err(|error| error_of(compression, max, error))?;
        Ok(Self { source, compression, chunk: Vec::new(), chunk_position: 0, produced: 0, max })
    }

    /// Plain bytes that are at hand; more of them are made only when there are none. Empty at the end.
    ///
    /// # Errors
    /// The compressed bytes are corrupt or cut short, or the bound is exceeded.
    pub fn fill(&mut self) -> Result<&[u8], DecompressError> {
        if self.chunk_position == self.chunk.len() {
            self.chunk.clear();
            self.chunk_position = 0;
            append_next(&mut *self.source, self.compression, &mut self.chunk, &mut self.produced, self.max)?;
        }
        Ok(&self.chunk[self.chunk_position..])
    }

    /// Passes over `count` of the bytes that [`Self::fill`] has last shown.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn consume(&mut self, count: usize) {
        assert!(count <= self.chunk.len() - self.chunk_position, "consumed more than was filled");
        self.chunk_position += count;
    }

    /// All that is left, in one piece.
    pub(crate) fn read_to_end(mut self, capacity: usize) -> Result<Bytes, DecompressError> {
        let mut all = self.chunk.split_off(self.chunk_position);
        all.reserve(capacity.min(self.max));
        loop {
            let before = all.len();
            append_next(&mut *self.source, self.compression, &mut all, &mut self.produced, self.max)?;
            if all.len() == before {
                return Ok(all.into());
            }
        }
    }
}

/// Appends the source's next piece and holds it against the bound.
fn append_next(
    source: &mut dyn ChunkSource,
    compression: Compression,
    out: &mut Vec<u8>,
    produced: &mut usize,
    max: usize,
) -> Result<(), DecompressError> {
    let before = out.len();
    let room = max - *produced;
    let appended = match source.append_chunk(out, room) {
        Ok(()) if out.len() - before <= room => out.len() - before,
        failed => {
            // Whatever the codec has left there is not to be read.
            out.truncate(before);
            return Err(error_of(compression, max, failed.err().unwrap_or(ChunkError::TooLarge)));
        }
    };
    *produced += appended;
    Ok(())
}

fn error_of(compression: Compression, max: usize, error: ChunkError) -> DecompressError {
    match error {
        ChunkError::Corrupt(reason) => DecompressError::corrupt(compression, reason),
        ChunkError::TooLarge => DecompressError::TooLarge { max },
    }
}

impl fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decompressor")
            .field("compression", &self.compression)
            .field("produced", &self.produced)
            .field("max", &self.max)
            .finish_non_exhaustive()
    }
}

/// Codecs whose library is a [`Read`].
pub(super) struct ReadSource<R> {
    reader: R,
}

impl<R> ReadSource<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader }
    }
}

/// Large enough to make few calls, small enough to be held for each batch that is being validated.
const READ_CHUNK: usize = 32 * 1024;

impl<R: Read + Send> ChunkSource for ReadSource<R> {
    fn append_chunk(&mut self, out: &mut Vec<u8>, room: usize) -> Result<(), ChunkError> {
        let before = out.len();
        // One byte beyond the room is enough to see that there is too much.
        out.resize(before + READ_CHUNK.min(room.saturating_add(1)), 0);
        let read = self.reader.read(&mut out[before..]);
        out.truncate(before + *read.as_ref().unwrap_or(&0));
        read.map(|_| ()).map_err(ChunkError::corrupt)
    }
}
