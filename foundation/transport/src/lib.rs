//! Frames over TCP, both ends, bounded.
