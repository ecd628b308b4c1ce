//! Segments: the files that a log is made of.

/// A bound on the segment files that logs keep open between uses. Shared by all logs of a process; the files least
/// recently used are closed, and opened again when they are needed.
#[derive(Debug)]
pub struct OpenFiles {}

impl OpenFiles {
    /// Keeps at most about `capacity` files open.
    pub fn new(capacity: usize) -> Self {
        let _ = capacity;
        unimplemented!()
    }
}
