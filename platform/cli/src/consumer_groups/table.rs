//! Columns of text.

use crate::java::text::{length, padded};

/// A column, by its heading and width.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    /// As wide as what stands in it, and no narrower than this.
    Growing(&'static str, usize),
    /// So wide; what is longer pushes the rest of its line aside. 0 for the last of a line.
    Fixed(&'static str, usize),
}

/// A heading and lines of cells.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// No lines yet.
    pub(super) fn new(columns: Vec<Column>) -> Self {
        let heading = |column: &Column| match column {
            Column::Growing(heading, _) | Column::Fixed(heading, _) => (*heading).to_owned(),
        };
        Self { rows: vec![columns.iter().map(heading).collect()], columns }
    }

    /// Adds a line.
    pub(super) fn push(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// How many lines there are below the headings.
    pub(super) fn len(&self) -> usize {
        self.rows.len() - 1
    }

    /// The lines, headings first.
    pub(super) fn lines(&self) -> Vec<String> {
        let width_of = |(at, column): (usize, &Column)| match column {
            Column::Fixed(_, width) => *width,
            Column::Growing(_, least) => {
                self.rows.iter().filter_map(|row| row.get(at)).map(|cell| length(cell)).fold(*least, usize::max)
            }
        };
        let widths: Vec<usize> = self.columns.iter().enumerate().map(width_of).collect();
        let line = |row: &Vec<String>| -> String {
            let cells = row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width));
            cells.collect::<Vec<_>>().join(" ")
        };
        self.rows.iter().map(line).collect()
    }
}

/// A cell of something that may be missing.
pub(super) fn cell<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| super::MISSING.to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::Column::{Fixed, Growing};
    use super::{Table, cell};

    #[test]
    fn columns_are_as_wide_as_their_cells() {
        let mut table = Table::new(vec![Growing("NAME", 6), Fixed("LAG", 5), Fixed("HOST", 0)]);
        table.push(vec!["a-long-name".to_owned(), cell(Some(1_234_567)), cell::<i64>(None)]);
        assert_eq!(table.lines(), ["NAME        LAG   HOST", "a-long-name 1234567 -"]);
        assert_eq!(table.len(), 1);
    }
}
