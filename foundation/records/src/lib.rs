//! Record batches: read, check, build, compress.

mod records;

pub use records::{FileSlice, Records};
