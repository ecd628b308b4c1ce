//! Compressing: a codec with its level.

use super::{Compression, CompressionLevelOutOfRange, gzip, lz4, snappy, zstd};
use bytes::{BufMut, Bytes, BytesMut};

/// A codec and the level to compress with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compressor {
    compression: Compression,
    level: Option<i32>,
}

/// The codec's library gave up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{compression} cannot compress: {reason}")]
pub struct CompressError {
    /// The codec.
    pub compression: Compression,
    /// In the library's words.
    pub reason: String,
}

impl From<Compression> for Compressor {
    /// At the codec's default level.
    fn from(compression: Compression) -> Self {
        Self { compression, level: compression.default_level() }
    }
}

impl Compressor {
    /// This codec at this level. LZ4's levels are accepted and make no difference: our LZ4 has one speed, that of
    /// Kafka's default.
    ///
    /// # Errors
    /// Levels that Kafka refuses, and any for a codec without levels.
    pub fn new(compression: Compression, level: i32) -> Result<Self, CompressionLevelOutOfRange> {
        if compression.has_level(level) {
            Ok(Self { compression, level: Some(level) })
        } else {
            Err(CompressionLevelOutOfRange { compression, level })
        }
    }

    /// The codec.
    pub const fn compression(&self) -> Compression {
        self.compression
    }
    /// The level; `None` for a codec without levels.
    pub const fn level(&self) -> Option<i32> {
        self.level
    }

    /// Compresses all of `plain`.
    ///
    /// # Errors
    /// None that is known, short of the zstd library running out of memory.
    pub fn compress(&self, plain: &[u8]) -> Result<Bytes, CompressError> {
        let mut out = BytesMut::new();
        self.compress_onto(plain, &mut out)?;
        Ok(out.freeze())
    }

    /// Appends the compressed form of all of `plain` to `out`.
    ///
    /// # Errors
    /// As [`Self::compress`].
    pub fn compress_onto(&self, plain: &[u8], out: &mut BytesMut) -> Result<(), CompressError> {
        let done = match self.compression {
            Compression::None => {
                out.put_slice(plain);
                Ok(())
            }
            Compression::Gzip => gzip::compress(plain, self.level, out).map_err(|error| error.to_string()),
            Compression::Snappy => snappy::compress(plain, out).map_err(|error| error.to_string()),
            Compression::Lz4 => lz4::compress(plain, out).map_err(|error| error.to_string()),
            Compression::Zstd => zstd::compress(plain, self.level, out).map_err(|error| error.to_string()),
        };
        done.map_err(|reason| CompressError { compression: self.compression, reason })
    }
}
