//! Where a tool reads and writes, so that a test can hold all three ends.

use std::io::{BufRead, Write};

/// A tool's standard streams.
pub struct Streams<'a> {
    /// Standard input; read by a thread of its own.
    pub input: Box<dyn BufRead + Send>,
    /// Standard output.
    pub output: &'a mut dyn Write,
    /// Standard error.
    pub errors: &'a mut dyn Write,
    /// Whether a person sits at standard input and sees standard output: prompts make sense then.
    pub interactive: bool,
}

#[cfg(test)]
pub mod testing {
    //! Streams that remember.

    use super::Streams;
    use std::io::Cursor;

    /// What a tool was given to read, and what it wrote.
    #[derive(Debug, Default)]
    pub struct Recorded {
        pub input: Vec<u8>,
        pub output: Vec<u8>,
        pub errors: Vec<u8>,
    }

    impl Recorded {
        /// Runs `work` on these streams.
        pub fn with<T>(&mut self, work: impl FnOnce(&mut Streams<'_>) -> T) -> T {
            let input = std::mem::take(&mut self.input);
            work(&mut Streams {
                input: Box::new(Cursor::new(input)),
                output: &mut self.output,
                errors: &mut self.errors,
                interactive: false,
            })
        }
    }
}
