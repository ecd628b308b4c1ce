//! 128-bit ids as Kafka prints them: 22 characters of unpadded URL-safe base64.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use std::str::FromStr;

/// A 128-bit id, big-endian. Printed and parsed as 22 characters of unpadded URL-safe base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uuid([u8; 16]);

/// The id that a topic keeps from creation to deletion (KIP-516).
pub type TopicId = Uuid;

impl Uuid {
    /// "No id". Never the id of a thing.
    pub const ZERO: Self = Self([0; 16]);
    /// UUID(0, 1): the topic id of `__cluster_metadata`, and the directory id that means "not assigned yet".
    pub const ONE: Self = Self([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    /// The topic id of `__cluster_metadata`.
    pub const METADATA_TOPIC: Self = Self::ONE;
    /// The directory id of a replica that has no directory yet (KIP-858).
    pub const UNASSIGNED_DIRECTORY: Self = Self::ONE;
    /// The directory id of a replica whose directory is offline (KIP-858).
    pub const LOST_DIRECTORY: Self = Self([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    /// The directory id of a replica from before directories had ids (KIP-858).
    pub const MIGRATING_DIRECTORY: Self = Self::ZERO;

    /// Takes the 16 bytes in wire order.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
    /// The 16 bytes in wire order.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
    /// Makes a version-4 id of 16 random bytes, or `None` if it may not be used: ids that print with a leading `-`
    /// (tools would read an option) and the first 100 numbers are set apart. Draw again then.
    pub fn from_random(mut bytes: [u8; 16]) -> Option<Self> {
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let id = Self(bytes);
        (!id.is_reserved() && !id.to_string().starts_with('-')).then_some(id)
    }
    /// Whether this is one of the 100 numbers that Kafka keeps for itself.
    pub fn is_reserved(self) -> bool {
        u128::from_be_bytes(self.0) < 100
    }
    /// Whether this is "no id".
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&URL_SAFE_NO_PAD.encode(self.0))
    }
}
impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 22 characters of URL-safe base64.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a base64 UUID of 22 characters")]
pub struct UuidParseError(String);

impl FromStr for Uuid {
    type Err = UuidParseError;
    fn from_str(text: &str) -> Result<Self, UuidParseError> {
        let refused = || UuidParseError(text.to_owned());
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| refused())?;
        Ok(Self(bytes.try_into().map_err(|_| refused())?))
    }
}

#[cfg(test)]
mod tests {
    use super::Uuid;

    #[test]
    fn text_goes_both_ways() {
        assert_eq!(Uuid::METADATA_TOPIC.to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
        let id: Uuid = "72DdlFkRSvOTODhijJGSDw".parse().unwrap();
        assert_eq!(id.to_string(), "72DdlFkRSvOTODhijJGSDw");
        assert!("short".parse::<Uuid>().is_err());
        assert!("72DdlFkRSvOTODhijJGSD!".parse::<Uuid>().is_err());
    }

    #[test]
    fn ids_that_tools_would_misread_are_refused() {
        let mut bytes = [0xff; 16];
        bytes[0] = 0xfb; // prints as "-…"
        assert_eq!(Uuid::from_random(bytes), None);
        bytes[0] = 0x10;
        assert!(Uuid::from_random(bytes).is_some());
    }
}
