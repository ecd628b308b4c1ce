//! Command-line options as Kafka's tools take them.
//!
//! Kafka's tools declare their options with JOpt Simple, and scripts rely on what that library accepts and prints:
//! `--topic a`, `--topic=a` and `-topic a` are the same; words that are no option are ignored; an option with a required
//! argument takes the next word whatever it looks like; a value is converted only when the tool asks for it; help is two
//! columns in 80. General-purpose Rust parsers disagree with most of that, so this folder is a small parser of the same
//! behaviour: a tool declares its [`OptionSpec`]s as constants, lists them in an [`OptionTable`], and asks the parsed
//! [`Options`] by spec.

mod checks;
mod help;
mod line_break;
mod parse;
mod spec;

pub use parse::{OptionError, Options};
pub use spec::{OptionSpec, OptionTable};
