//! The file system.

/// The file system of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;
