//! The shape of messages as data, for code that handles messages of any kind.

use std::ops::RangeInclusive;

/// A range of versions, both ends inclusive; empty when the first is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionRange {
    /// The first version.
    pub lowest: i16,
    /// The last version; `i16::MAX` where there is no end.
    pub highest: i16,
}

impl VersionRange {
    pub(crate) const NONE: Self = Self { lowest: 0, highest: -1 };

    /// Whether the range has this version.
    pub const fn contains(self, version: i16) -> bool {
        self.lowest <= version && version <= self.highest
    }
}

/// The shape of a message.
#[derive(Debug)]
pub struct MessageSchema {
    /// The name, as Kafka spells it: `ProduceRequest`.
    pub name: &'static str,
    /// The versions that are alive.
    pub versions: RangeInclusive<i16>,
    /// The versions with compact lengths and tagged fields.
    pub flexible: VersionRange,
    /// Its fields, in the order in which they are written.
    pub fields: &'static [FieldSchema],
}

/// The shape of a field.
#[derive(Debug)]
pub struct FieldSchema {
    /// The name, as Kafka's JSON spells it: `transactionalId`.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// In which versions it is there.
    pub versions: VersionRange,
    /// In which versions it may be null.
    pub nullable: VersionRange,
    /// Its number, if it is a tagged field.
    pub tag: Option<u32>,
    /// Whether its lengths are never compact, whatever the version.
    pub never_compact: bool,
    /// Whether its value may be dropped where the version has no place for it.
    pub ignorable: bool,
    /// Its value where the version has no place for it.
    pub default: FieldDefault,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum FieldKind {
    /// True or false.
    Bool,
    /// 8 bits, signed.
    Int8,
    /// 16 bits, signed.
    Int16,
    /// 32 bits, signed.
    Int32,
    /// 64 bits, signed.
    Int64,
    /// 16 bits.
    Uint16,
    /// 32 bits.
    Uint32,
    /// A floating-point number of 64 bits.
    Float64,
    /// 128 bits.
    Uuid,
    /// Text.
    String,
    /// Bytes.
    Bytes,
    /// Record batches.
    Records,
    /// A struct with these fields.
    Struct(&'static [FieldSchema]),
    /// An array of such elements.
    Array(&'static Self),
}

/// The value of a field that nobody has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldDefault {
    /// 0, false, the empty string, an empty array, a struct of defaults.
    Empty,
    /// Null.
    Null,
    /// True.
    True,
    /// Another number than 0.
    Number(i64),
}

impl FieldSchema {
    pub(crate) const fn new(name: &'static str, kind: FieldKind, lowest: i16, highest: i16) -> Self {
        Self {
            name,
            kind,
            versions: VersionRange { lowest, highest },
            nullable: VersionRange::NONE,
            tag: None,
            never_compact: false,
            ignorable: false,
            default: FieldDefault::Empty,
        }
    }
    pub(crate) const fn nullable(mut self, lowest: i16, highest: i16) -> Self {
        self.nullable = VersionRange { lowest, highest };
        self
    }
    pub(crate) const fn tag(mut self, tag: u32) -> Self {
        self.tag = Some(tag);
        self
    }
    pub(crate) const fn never_compact(mut self) -> Self {
        self.never_compact = true;
        self
    }
    pub(crate) const fn ignorable(mut self) -> Self {
        self.ignorable = true;
        self
    }
    pub(crate) const fn default(mut self, default: FieldDefault) -> Self {
        self.default = default;
        self
    }
}
