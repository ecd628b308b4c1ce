//! Ranges of versions, as the definitions write them.

use std::fmt;

/// A range of versions, both ends inclusive; empty when `lowest > highest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The first version of the range.
    pub lowest: i16,
    /// The last version of the range; `i16::MAX` when the range has no end.
    pub highest: i16,
}

impl Versions {
    /// No version at all (`none`).
    pub const NONE: Self = Self { lowest: 0, highest: -1 };

    /// Reads `none`, `3`, `3-7` or `3+`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = |part: &str| part.trim().parse::<i16>().map_err(|_| format!("not a version range: {text:?}"));
        match text.trim() {
            "" | "none" => Ok(Self::NONE),
            trimmed => match (trimmed.strip_suffix('+'), trimmed.split_once('-')) {
                (Some(lowest), _) => Ok(Self { lowest: number(lowest)?, highest: i16::MAX }),
                (None, Some((lowest, highest))) => Ok(Self { lowest: number(lowest)?, highest: number(highest)? }),
                (None, None) => number(trimmed).map(|only| Self { lowest: only, highest: only }),
            },
        }
    }
    pub fn is_empty(self) -> bool {
        self.lowest > self.highest
    }
    pub fn contains(self, version: i16) -> bool {
        (self.lowest..=self.highest).contains(&version)
    }
    /// Whether every version of `other` is one of these.
    pub fn covers(self, other: Self) -> bool {
        other.is_empty() || (self.lowest <= other.lowest && other.highest <= self.highest)
    }
    pub fn intersect(self, other: Self) -> Self {
        let both = Self { lowest: self.lowest.max(other.lowest), highest: self.highest.min(other.highest) };
        if both.is_empty() { Self::NONE } else { both }
    }
    pub fn iter(self) -> impl Iterator<Item = i16> {
        self.lowest..=self.highest
    }

    /// When `version`, known to be within `known`, is in this range.
    pub fn condition(self, known: Self) -> Condition {
        let within = self.intersect(known);
        match (within.lowest > known.lowest, within.highest < known.highest) {
            _ if within.is_empty() => Condition::Never,
            (false, false) => Condition::Always,
            (true, false) => Condition::From(within.lowest),
            (false, true) => Condition::Until(within.highest),
            (true, true) => Condition::Between(within.lowest, within.highest),
        }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            _ if self.is_empty() => write!(f, "none"),
            Self { lowest, highest: i16::MAX } => write!(f, "{lowest}+"),
            Self { lowest, highest } if lowest == highest => write!(f, "{lowest}"),
            Self { lowest, highest } => write!(f, "{lowest}-{highest}"),
        }
    }
}

/// For which versions something holds. Ends are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Always,
    Never,
    From(i16),
    Until(i16),
    Between(i16, i16),
}

impl Condition {
    /// That it holds, as a Rust expression over `version: i16`; `None` if that is certain either way.
    pub fn holds(self) -> Option<String> {
        match self {
            Self::Always | Self::Never => None,
            Self::From(lowest) => Some(format!("version >= {lowest}")),
            Self::Until(highest) => Some(format!("version <= {highest}")),
            Self::Between(only, highest) if only == highest => Some(format!("version == {only}")),
            Self::Between(lowest, highest) => Some(format!("({lowest}..={highest}).contains(&version)")),
        }
    }
    /// That it does not hold, likewise.
    pub fn fails(self) -> Option<String> {
        match self {
            Self::Always | Self::Never => None,
            Self::From(lowest) => Some(format!("version < {lowest}")),
            Self::Until(highest) => Some(format!("version > {highest}")),
            Self::Between(only, highest) if only == highest => Some(format!("version != {only}")),
            Self::Between(lowest, highest) => Some(format!("!({lowest}..={highest}).contains(&version)")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Versions};

    fn versions(text: &str) -> Versions {
        Versions::parse(text).unwrap()
    }

    #[test]
    fn ranges_are_read_as_written() {
        for text in ["none", "0", "3+", "3-7"] {
            assert_eq!(versions(text).to_string(), text);
        }
        assert!(Versions::parse("x").is_err());
        assert!(Versions::parse("1-").is_err());
    }

    #[test]
    fn conditions_ask_no_more_than_is_unknown() {
        let condition = |of: &str, within: &str| versions(of).condition(versions(within));
        assert_eq!(condition("0+", "3-13"), Condition::Always);
        assert_eq!(condition("9+", "3-13"), Condition::From(9));
        assert_eq!(condition("0-12", "3-13"), Condition::Until(12));
        assert_eq!(condition("5-7", "3-13"), Condition::Between(5, 7));
        assert_eq!(condition("0-2", "3-13"), Condition::Never);
    }
}
