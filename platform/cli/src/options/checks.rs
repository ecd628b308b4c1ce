//! Rules between options, and what is said when one is broken.

use super::parse::Options;
use super::spec::OptionSpec;
use crate::failure::Failure;

impl Options {
    /// Every one of `required` must be there.
    ///
    /// # Errors
    /// Names the first that is missing.
    pub fn require(&self, required: &[&OptionSpec]) -> Result<(), Failure> {
        match required.iter().find(|spec| !self.has(spec)) {
            Some(missing) => Err(self.usage(format!("Missing required argument \"[{}]\"", missing.name))),
            None => Ok(()),
        }
    }

    /// None of `excluded` may be there together with `used`.
    ///
    /// # Errors
    /// Names the first that is.
    pub fn exclude(&self, used: &OptionSpec, excluded: &[&OptionSpec]) -> Result<(), Failure> {
        if !self.has(used) {
            return Ok(());
        }
        match excluded.iter().find(|spec| self.has(spec)) {
            Some(present) => {
                Err(self.usage(format!("Option \"[{}]\" can't be used with option \"[{}]\"", used.name, present.name)))
            }
            None => Ok(()),
        }
    }

    /// Exactly one of `alternatives` must be there.
    ///
    /// # Errors
    /// Lists them.
    pub fn require_one(&self, alternatives: &[&OptionSpec]) -> Result<(), Failure> {
        if alternatives.iter().filter(|spec| self.has(spec)).count() == 1 {
            return Ok(());
        }
        let names: Vec<_> = alternatives.iter().map(|spec| format!("[{}]", spec.name)).collect();
        Err(self.usage(format!("Exactly one of the following arguments is required: {}", names.join(", "))))
    }

    /// The failure that prints `message` and then the help.
    pub fn usage(&self, message: impl Into<String>) -> Failure {
        Failure::usage(self.table(), message)
    }

    /// Answers `--help` (or no words at all) and `--version`.
    ///
    /// # Errors
    /// The answer, as a failure, if one of them was asked for: help counts as one with Kafka's tools.
    pub fn answer_help_or_version(&self, what_the_tool_does: &str) -> Result<(), Failure> {
        if self.wants_help() {
            return Err(self.usage(what_the_tool_does));
        }
        if self.wants_version() {
            return Err(Failure::Version);
        }
        Ok(())
    }
}
