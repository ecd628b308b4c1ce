//! What a declaration says.

use super::Bounds;
use crate::value::Value;
use crate::{InvalidValue, value};
use std::fmt;

/// One configuration key: what it is called, what it may be, and what it does here.
#[derive(Debug)]
pub struct Key {
    /// `log.segment.bytes`
    pub name: &'static str,
    /// What its text is read as.
    pub value_type: ValueType,
    /// What it is when nobody sets it.
    pub fallback: Fallback,
    /// What it may be.
    pub bounds: Bounds,
    /// How much an operator should care, by Kafka's judgement.
    pub importance: Importance,
    /// Whether and where it can be changed while running. Of broker keys; topic and group keys are always dynamic.
    pub scope: Scope,
    /// What Ottla does with it.
    pub effect: Effect,
    /// Accepted, but not listed by DescribeConfigs unless it has been set.
    pub internal: bool,
    /// What it means, in a sentence or two.
    pub documentation: &'static str,
}

/// How a value's text is read. The wire numbers of DescribeConfigs v3 are [`ValueType::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// `true` or `false`, in any case.
    Boolean,
    /// Text without blanks around it.
    String,
    /// 32 bits, signed.
    Int,
    /// 16 bits, signed.
    Short,
    /// 64 bits, signed.
    Long,
    /// IEEE 754, 64 bits.
    Double,
    /// Texts between commas.
    List,
    /// The name of a Java class.
    Class,
    /// Text that is never shown again.
    Password,
}

/// What a key is when nobody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// This text.
    Is(&'static str),
    /// Nothing (Java's `null`): another key decides, or the thing is off.
    Absent,
    /// It has to be set.
    Required,
}

/// Kafka's own judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Importance {
    /// Look at it before you start.
    High,
    /// Look at it when you tune.
    Medium,
    /// Leave it.
    Low,
}

/// Where a broker key may be changed while the broker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Only by a restart.
    ReadOnly,
    /// On one broker at a time.
    PerBroker,
    /// On one broker, or on all.
    ClusterWide,
}

/// What Ottla does with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It does what it says.
    Honoured,
    /// It speaks of a thing that only a Java process has. Accepted, reported once.
    JvmOnly,
    /// It will do what it says in a later release. Accepted, reported once.
    NotYet,
    /// To ignore it would be unsafe: another value than the default refuses the start.
    Refused,
}

impl Key {
    /// A key that everybody may see.
    #[expect(clippy::too_many_arguments, reason = "a row of a table, in the order of its columns")]
    pub(crate) const fn new(
        name: &'static str,
        value_type: ValueType,
        fallback: Fallback,
        bounds: Bounds,
        importance: Importance,
        scope: Scope,
        effect: Effect,
        documentation: &'static str,
    ) -> Self {
        Self { name, value_type, fallback, bounds, importance, scope, effect, internal: false, documentation }
    }
    /// The same, kept out of listings.
    pub(crate) const fn internal(self) -> Self {
        Self { internal: true, ..self }
    }
    /// Whether its value must never be shown.
    pub const fn is_sensitive(&self) -> bool {
        matches!(self.value_type, ValueType::Password)
    }
    /// Reads `text` and checks it against the bounds. `text` may have blanks around it.
    ///
    /// # Errors
    /// The text is not of the key's type, or out of bounds; the message is Kafka's.
    pub fn parse(&self, text: &str) -> Result<Value, InvalidValue> {
        let parsed = value::parse(self, text)?;
        self.bounds.check(self.name, &parsed)?;
        Ok(parsed)
    }
    /// The value that holds when nobody sets the key; `None` for [`Fallback::Absent`] and [`Fallback::Required`].
    pub fn default_value(&self) -> Option<Value> {
        match self.fallback {
            // `defaults_are_valid` tries every one of them.
            Fallback::Is(text) => Some(self.parse(text).expect("a declared default is valid")),
            Fallback::Absent | Fallback::Required => None,
        }
    }
    /// What the key may be, in words for an error message: `INT, [1,...]`.
    pub fn allowed(&self) -> String {
        let bounds = self.bounds.to_string();
        if bounds.is_empty() { self.value_type.to_string() } else { format!("{}, {bounds}", self.value_type) }
    }
}

impl ValueType {
    /// The number in DescribeConfigs' `configType` (v3 and up).
    pub const fn code(self) -> i8 {
        match self {
            Self::Boolean => 1,
            Self::String => 2,
            Self::Int => 3,
            Self::Short => 4,
            Self::Long => 5,
            Self::Double => 6,
            Self::List => 7,
            Self::Class => 8,
            Self::Password => 9,
        }
    }
    /// The name as Kafka's messages have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boolean => "BOOLEAN",
            Self::String => "STRING",
            Self::Int => "INT",
            Self::Short => "SHORT",
            Self::Long => "LONG",
            Self::Double => "DOUBLE",
            Self::List => "LIST",
            Self::Class => "CLASS",
            Self::Password => "PASSWORD",
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
