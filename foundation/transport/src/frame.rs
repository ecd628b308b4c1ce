//! Cutting the byte stream into frames.

use bytes::{Buf, Bytes, BytesMut};

/// Bytes of the length that opens every frame.
pub const LENGTH_PREFIX_SIZE: usize = 4;

/// What is asked of the allocator before a peer has shown that it means its frame's length.
const FIRST_RESERVATION: usize = 4 * 1024;

/// Why a peer's bytes cannot be cut into frames. The connection is of no use afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A length below zero.
    #[error("frame of negative length {0}")]
    Negative(i32),
    /// A length above the configured bound (`socket.request.max.bytes`).
    #[error("frame of {length} bytes is larger than the {maximum} allowed")]
    TooLarge {
        /// As announced by the peer.
        length: i32,
        /// The bound, inclusive.
        maximum: usize,
    },
}

/// Received bytes that are not a whole frame yet.
///
/// Costs no memory beyond (twice) what was received: a frame's announced length alone reserves nothing, except to a peer
/// that has already sent a whole frame of that size. Empty buffers hold no memory.
#[derive(Debug)]
pub struct FrameBuffer {
    received: BytesMut,
    length_max: usize,
    /// Length of the longest whole frame so far, prefix included.
    proven_length: usize,
}

impl FrameBuffer {
    /// A buffer for frames of at most `length_max` bytes, prefix not counted.
    pub fn new(length_max: usize) -> Self {
        Self { received: BytesMut::new(), length_max, proven_length: 0 }
    }

    /// Where the next bytes are to be received: append to it, whatever its spare capacity allows.
    pub fn space(&mut self) -> &mut BytesMut {
        let missing = match self.announced_length() {
            Some(length) if length >= 0 => {
                (LENGTH_PREFIX_SIZE + length as usize).saturating_sub(self.received.len()).max(1)
            }
            _ => FIRST_RESERVATION,
        };
        let trusted = self.proven_length.max(self.received.len()).max(FIRST_RESERVATION);
        // A little more than the frame, so that one read can bring the next small one along.
        self.received.reserve(missing.min(trusted).max(FIRST_RESERVATION));
        &mut self.received
    }

    /// Takes the next whole frame, without its length. `None` until one is there.
    ///
    /// # Errors
    /// The announced length cannot be; nothing more will come out of this buffer.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, FrameError> {
        let Some(announced) = self.announced_length() else { return Ok(None) };
        let length = usize::try_from(announced).map_err(|_| FrameError::Negative(announced))?;
        if length > self.length_max {
            return Err(FrameError::TooLarge { length: announced, maximum: self.length_max });
        }
        if self.received.len() < LENGTH_PREFIX_SIZE + length {
            return Ok(None);
        }
        self.proven_length = self.proven_length.max(LENGTH_PREFIX_SIZE + length);
        self.received.advance(LENGTH_PREFIX_SIZE);
        let frame = self.received.split_to(length);
        if self.received.is_empty() {
            // The frame keeps the memory; an idle connection keeps none.
            self.received = BytesMut::new();
        }
        Ok(Some(frame.freeze()))
    }

    /// Whether part of a frame is waiting for the rest.
    pub fn is_mid_frame(&self) -> bool {
        !self.received.is_empty()
    }

    /// The bytes received of an unfinished frame, prefix included.
    pub fn len(&self) -> usize {
        self.received.len()
    }

    /// Whether nothing of a next frame has been received.
    pub fn is_empty(&self) -> bool {
        self.received.is_empty()
    }

    fn announced_length(&self) -> Option<i32> {
        self.received.first_chunk::<LENGTH_PREFIX_SIZE>().map(|prefix| i32::from_be_bytes(*prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::{FrameBuffer, FrameError};
    use bytes::BufMut;

    #[test]
    fn frames_come_out_however_the_bytes_arrive() {
        let mut stream = Vec::new();
        for body in [&b"one"[..], b"", b"three"] {
            stream.put_i32(body.len() as i32);
            stream.extend_from_slice(body);
        }
        for step in 1..=stream.len() {
            let mut buffer = FrameBuffer::new(16);
            let mut frames = Vec::new();
            for piece in stream.chunks(step) {
                buffer.space().extend_from_slice(piece);
                while let Some(frame) = buffer.next_frame().unwrap() {
                    frames.push(frame);
                }
            }
            assert_eq!(frames, [&b"one"[..], b"", b"three"], "in steps of {step}");
            assert!(!buffer.is_mid_frame());
        }
    }

    #[test]
    fn impossible_lengths_are_refused() {
        let mut buffer = FrameBuffer::new(16);
        buffer.space().put_i32(-1);
        assert_eq!(buffer.next_frame(), Err(FrameError::Negative(-1)));

        let mut buffer = FrameBuffer::new(16);
        buffer.space().put_i32(17);
        assert_eq!(buffer.next_frame(), Err(FrameError::TooLarge { length: 17, maximum: 16 }));
    }

    #[test]
    fn an_announced_length_reserves_nothing_until_it_is_proven() {
        let mut buffer = FrameBuffer::new(100 << 20);
        buffer.space().put_i32(100 << 20);
        assert!(buffer.space().capacity() < 64 * 1024);

        let mut buffer = FrameBuffer::new(100 << 20);
        buffer.space().put_i32(1 << 20);
        while buffer.next_frame().unwrap().is_none() {
            buffer.space().extend_from_slice(&[0; 1000]);
        }
        let mut next = FrameBuffer { received: bytes::BytesMut::new(), ..buffer };
        next.space().put_i32(1 << 20);
        assert!(next.space().capacity() >= 1 << 20, "a proven peer's frame is read in one piece");
    }
}
