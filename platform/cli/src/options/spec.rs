//! Declaring options.

/// What the help shows as an argument's type; conversion happens where the value is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Any text.
    String,
    /// 32 bits, signed.
    Integer,
    /// 64 bits, signed.
    Long,
}

/// What follows an option's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// Nothing: the option is there or it is not.
    None,
    /// The next word, or what stands behind `=`.
    Required {
        /// Shown in the help.
        value_type: ValueType,
        /// Shown in the help behind the type; may be empty.
        label: &'static str,
    },
    /// The next word unless that is an option itself, or what stands behind `=`.
    Optional {
        /// Shown in the help.
        value_type: ValueType,
        /// Shown in the help behind the type; may be empty.
        label: &'static str,
    },
}

/// An option's text in the help.
#[derive(Debug, Clone, Copy)]
pub enum Description {
    /// Known when compiling.
    Fixed(&'static str),
    /// Made when help is asked for.
    Made(fn() -> String),
}

/// One option: `--name`.
#[derive(Debug, Clone, Copy)]
pub struct OptionSpec {
    /// Without the dashes.
    pub name: &'static str,
    /// What the help says of it. `\n` ends a line.
    pub description: Description,
    /// What follows its name.
    pub argument: Argument,
    /// The value when the option is absent, as the help shows it.
    pub default: Option<&'static str>,
    /// Whether nothing works without it. (Most tools check that themselves, in words of their own.)
    pub is_required: bool,
    /// The options of which one must be there too; empty if it may stand alone.
    pub available_with: &'static [&'static OptionSpec],
}

impl OptionSpec {
    /// An option without argument.
    pub const fn flag(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description: Description::Fixed(description),
            argument: Argument::None,
            default: None,
            is_required: false,
            available_with: &[],
        }
    }
    /// An option with a text behind it.
    pub const fn text(name: &'static str, label: &'static str, description: &'static str) -> Self {
        Self::valued(name, ValueType::String, label, description)
    }
    /// An option with a 32-bit number behind it.
    pub const fn integer(name: &'static str, label: &'static str, description: &'static str) -> Self {
        Self::valued(name, ValueType::Integer, label, description)
    }
    /// An option with a 64-bit number behind it.
    pub const fn long(name: &'static str, label: &'static str, description: &'static str) -> Self {
        Self::valued(name, ValueType::Long, label, description)
    }
    const fn valued(name: &'static str, value_type: ValueType, label: &'static str, description: &'static str) -> Self {
        let argument = Argument::Required { value_type, label };
        Self { argument, ..Self::flag(name, description) }
    }
    /// The same with a default value.
    #[must_use]
    pub const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }
    /// The same with an argument that may be missing.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        if let Argument::Required { value_type, label } = self.argument {
            self.argument = Argument::Optional { value_type, label };
        }
        self
    }
    /// The same, and nothing works without it.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }
    /// The same, to be used with one of these only.
    #[must_use]
    pub const fn with_one_of(mut self, others: &'static [&'static OptionSpec]) -> Self {
        self.available_with = others;
        self
    }
    /// The same with a description that is made when help is asked for.
    #[must_use]
    pub const fn described(mut self, made: fn() -> String) -> Self {
        self.description = Description::Made(made);
        self
    }
}

/// `--help`, which every tool has.
pub const HELP: OptionSpec = OptionSpec::flag("help", "Show these options.");
/// `--version`, which every tool has.
pub const VERSION: OptionSpec = OptionSpec::flag("version", "Show the version of Apache Kafka that this speaks.");

/// A tool's options; `--help` and `--version` need not be listed.
#[derive(Debug, Clone, Copy)]
pub struct OptionTable(pub &'static [&'static OptionSpec]);

impl OptionTable {
    /// Every option, by name.
    pub fn sorted(&self) -> Vec<&'static OptionSpec> {
        let mut all: Vec<_> = self.0.iter().copied().chain([&HELP, &VERSION]).collect();
        all.sort_by_key(|spec| spec.name);
        all
    }
    /// The option of that exact name: these tools take no abbreviations.
    pub fn find(&self, name: &str) -> Option<&'static OptionSpec> {
        self.0.iter().copied().chain([&HELP, &VERSION]).find(|spec| spec.name == name)
    }
}
