//! The help in two columns.

use super::line_break::break_lines;
use super::spec::{Argument, Description, OptionSpec, OptionTable, ValueType};

/// Characters in a line of help.
const WIDTH: usize = 80;
/// Blanks between the columns.
const GAP: usize = 2;
/// What either column may take.
const COLUMN: usize = (WIDTH - GAP) / 2;

impl OptionTable {
    /// The help: options by name on the left, what they do on the right. Ends with a line break.
    pub fn help(&self) -> String {
        let left = if self.0.iter().any(|spec| spec.is_required) { "Option (* = required)" } else { "Option" };
        let headings = [left, "Description"].map(|heading| vec![heading.to_owned(), "-".repeat(heading.len())]);
        let rows = self
            .sorted()
            .into_iter()
            .map(|spec| [break_lines(&synopsis(spec), COLUMN), break_lines(&text(spec), COLUMN)]);
        let rows: Vec<[Vec<String>; 2]> = std::iter::once(headings).chain(rows).collect();
        let width_of = |column: usize| {
            rows.iter().flat_map(|row| &row[column]).map(|line| line.chars().count()).max().unwrap_or_default()
        };
        let (left_width, right_width) = (width_of(0), width_of(1));
        let mut help = String::new();
        for [left, right] in &rows {
            for line in 0..left.len().max(right.len()) {
                let cell = |column: &[String]| column.get(line).cloned().unwrap_or_default();
                let (left, right) = (cell(left), cell(right));
                help.push_str(&format!("{left:left_width$}{:GAP$}{right:right_width$}\n", ""));
            }
        }
        help
    }
}

fn synopsis(spec: &OptionSpec) -> String {
    let star = if spec.is_required { "* " } else { "" };
    let (open, value_type, label, close) = match spec.argument {
        Argument::None => return format!("{star}--{}", spec.name),
        Argument::Required { value_type, label } => ('<', value_type, label, '>'),
        Argument::Optional { value_type, label } => ('[', value_type, label, ']'),
    };
    let value_type = match value_type {
        ValueType::String => "String",
        ValueType::Integer => "Integer",
        ValueType::Long => "Long",
    };
    let colon = if label.is_empty() { "" } else { ": " };
    format!("{star}--{} {open}{value_type}{colon}{label}{close}", spec.name)
}

fn text(spec: &OptionSpec) -> String {
    let description = match spec.description {
        Description::Fixed(text) => text.to_owned(),
        Description::Made(make) => make(),
    };
    match spec.default {
        Some(default) => format!("{description} (default: {default})"),
        None => description,
    }
}

#[cfg(test)]
mod tests {
    use crate::options::{OptionSpec, OptionTable};

    const SERVER: OptionSpec =
        OptionSpec::text("bootstrap-server", "server to connect to", "REQUIRED: Where to connect.");
    const FLAG: OptionSpec =
        OptionSpec::flag("sync", "Send one record at a time and wait for each of them before the next.");
    const SIZE: OptionSpec = OptionSpec::integer("batch-size", "size", "Bytes.").or("16384");
    const CODEC: OptionSpec = OptionSpec::text("codec", "codec", "How to compress.").optional();

    #[test]
    fn help_is_two_columns_in_alphabetical_order() {
        insta::assert_snapshot!(OptionTable(&[&SERVER, &FLAG, &SIZE, &CODEC]).help());
    }
}
