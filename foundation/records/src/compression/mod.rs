//! The codecs of record batches.

mod compressor;
mod decompressor;
mod gzip;
mod lz4;
mod snappy;
mod zstd;

pub use compressor::{CompressError, Compressor};
pub use decompressor::{DecompressError, Decompressor};

use bytes::Bytes;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// How the records of a batch are compressed (`compression.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Compression {
    /// Not at all.
    #[default]
    None = 0,
    /// RFC 1952; what is read may be several members.
    Gzip = 1,
    /// Snappy blocks in the framing of the snappy-java library; raw snappy is read too.
    Snappy = 2,
    /// LZ4 frames of independent blocks.
    Lz4 = 3,
    /// Zstandard (KIP-110). Not in messages of magic 0 and 1.
    Zstd = 4,
}

/// The number or name of no codec.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownCompression {
    /// Of attributes.
    #[error("unknown compression type id: {0}")]
    Id(u8),
    /// Of a configuration.
    #[error("unknown compression name: {0}")]
    Name(String),
    /// A codec that exists, but not in this old format.
    #[error("{compression} is not a codec of magic {magic}")]
    NotInMagic {
        /// The codec.
        compression: Compression,
        /// The format.
        magic: i8,
    },
}

/// A level that the codec does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{compression} doesn't support given compression level: {level}")]
pub struct CompressionLevelOutOfRange {
    /// The codec.
    pub compression: Compression,
    /// What was asked for.
    pub level: i32,
}

impl Compression {
    /// Every codec, by number.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// The number in the attributes.
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// The codec of this number.
    ///
    /// # Errors
    /// Only 0 to 4 are codecs.
    pub const fn from_id(id: u8) -> Result<Self, UnknownCompression> {
        match id {
            0 => Ok(Self::None),
            1 => Ok(Self::Gzip),
            2 => Ok(Self::Snappy),
            3 => Ok(Self::Lz4),
            4 => Ok(Self::Zstd),
            _ => Err(UnknownCompression::Id(id)),
        }
    }

    /// The name in configurations: `none`, `gzip`, `snappy`, `lz4`, `zstd`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    /// The level that Kafka compresses with unless told otherwise; `None` for a codec without levels.
    pub const fn default_level(self) -> Option<i32> {
        match self {
            Self::None | Self::Snappy => None,
            Self::Gzip => Some(-1),
            Self::Lz4 => Some(9),
            Self::Zstd => Some(3),
        }
    }

    /// The levels that Kafka accepts (gzip: also -1, its default); `None` for a codec without levels.
    pub const fn levels(self) -> Option<RangeInclusive<i32>> {
        match self {
            Self::None | Self::Snappy => None,
            Self::Gzip => Some(1..=9),
            Self::Lz4 => Some(1..=17),
            Self::Zstd => Some(-131_072..=22),
        }
    }

    /// Whether Kafka accepts this level for the codec.
    pub fn has_level(self, level: i32) -> bool {
        self.default_level() == Some(level) || self.levels().is_some_and(|levels| levels.contains(&level))
    }

    /// Compresses at the default level. See [`Compressor`] for others.
    ///
    /// # Errors
    /// None that is known, short of the zstd library running out of memory.
    pub fn compress(self, plain: &[u8]) -> Result<Bytes, CompressError> {
        Compressor::from(self).compress(plain)
    }

    /// Decompresses at most `decompressed_max` bytes; memory is taken as they come, never because a length says so.
    ///
    /// # Errors
    /// The bytes are not of this codec, are cut short, or become more than `decompressed_max`.
    pub fn decompress(self, compressed: &Bytes, decompressed_max: usize) -> Result<Bytes, DecompressError> {
        Decompressor::new(self, compressed.clone(), decompressed_max)?.read_to_end(compressed.len())
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Compression {
    type Err = UnknownCompression;
    fn from_str(name: &str) -> Result<Self, UnknownCompression> {
        Self::ALL
            .into_iter()
            .find(|compression| compression.name() == name)
            .ok_or_else(|| UnknownCompression::Name(name.to_owned()))
    }
}
