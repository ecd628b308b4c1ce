//! Frames over TCP, both ends.
//!
//! A Kafka connection is a sequence of frames each way: an `i32` length (big-endian, not counting itself) and that many
//! bytes. This crate knows frames, bounds and sockets; what is inside a frame is the protocol's concern and who may send
//! it is the broker's.
//!
//! * [`FrameBuffer`]: bytes in, frames out, no I/O. Never holds more memory than twice what was received.
//! * [`Outgoing`]: what is still to be sent, from memory and from files; files leave with `sendfile`.
//! * [`client`]: the other end: requests out, answers back in order.

pub mod client;
mod frame;
mod outgoing;

pub use frame::{FrameBuffer, FrameError, LENGTH_PREFIX_SIZE};
pub use outgoing::{Outgoing, SendProgress};
