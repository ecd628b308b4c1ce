//! What is still to be sent on a connection, from memory and from files.

use bytes::{Buf, Bytes};
use ottla_protocol::Chunk;
use ottla_records::FileSlice;
use rustix::net::{SendAncillaryBuffer, SendFlags};
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Pieces of memory that leave with one system call. Linux takes 1,024; more than this gains nothing.
const PIECES_PER_CALL_MAX: usize = 32;
/// What one `sendfile` is asked for, so that one connection does not hold its core for long.
const FILE_BYTES_PER_CALL_MAX: usize = 1024 * 1024;

/// How far [`Outgoing::send`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendProgress {
    /// Nothing is left to send.
    Done,
    /// The socket takes no more now: wait until it is writable.
    Blocked,
    /// More could be sent, but others on this core want their turn.
    Yield,
}

/// Answers on their way out, in order.
#[derive(Debug, Default)]
pub struct Outgoing {
    chunks: VecDeque<Chunk>,
    length: u64,
}

impl Outgoing {
    /// Queues a frame: its length is put before it.
    pub fn push_frame(&mut self, chunks: Vec<Chunk>) {
        let length: usize = chunks.iter().map(Chunk::len).sum();
        // A frame's body is made by this process from bounded reads; the prefix is an i32 by protocol.
        let prefix = i32::try_from(length).expect("an answer is bounded far below 2 GiB").to_be_bytes();
        let mut chunks = chunks.into_iter().filter(|chunk| !chunk.is_empty()).peekable();
        // One small piece fewer: the first piece of most answers is small enough to copy behind its prefix.
        match chunks.peek() {
            Some(Chunk::Memory(first)) if first.len() <= 1024 => {
                let mut joined = Vec::with_capacity(prefix.len() + first.len());
                joined.extend_from_slice(&prefix);
                joined.extend_from_slice(first);
                chunks.next();
                self.push(Chunk::Memory(joined.into()));
            }
            _ => self.push(Chunk::Memory(Bytes::copy_from_slice(&prefix))),
        }
        for chunk in chunks {
            self.push(chunk);
        }
    }

    fn push(&mut self, chunk: Chunk) {
        self.length += chunk.len() as u64;
        self.chunks.push_back(chunk);
    }

    /// Bytes that are still to be sent.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether all has been sent.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Sends what the socket takes without waiting: memory with `sendmsg`, files with `sendfile`.
    ///
    /// # Errors
    /// The socket's, or `UnexpectedEof` if a file has become shorter than a slice of it (the answer cannot be completed:
    /// close the connection).
    pub fn send(&mut self, stream: &TcpStream) -> io::Result<SendProgress> {
        let mut file_bytes = 0;
        while let Some(front) = self.chunks.front() {
            let outcome = match front {
                Chunk::Memory(_) => stream.try_io(Interest::WRITABLE, || self.send_memory(stream)),
                Chunk::File(slice) => stream.try_io(Interest::WRITABLE, || send_file(stream, slice)),
            };
            match outcome {
                Ok(sent) => {
                    if matches!(self.chunks.front(), Some(Chunk::File(_))) {
                        file_bytes += sent;
                    }
                    self.advance(sent);
                    if file_bytes >= FILE_BYTES_PER_CALL_MAX && !self.chunks.is_empty() {
                        return Ok(SendProgress::Yield);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(SendProgress::Blocked),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(SendProgress::Done)
    }

    fn send_memory(&self, stream: &TcpStream) -> io::Result<usize> {
        let mut pieces = [IoSlice::new(&[]); PIECES_PER_CALL_MAX];
        let mut count = 0;
        let mut flags = SendFlags::NOSIGNAL;
        for chunk in &self.chunks {
            match chunk {
                Chunk::Memory(bytes) if count < PIECES_PER_CALL_MAX => {
                    pieces[count] = IoSlice::new(bytes);
                    count += 1;
                }
                // What follows comes with the next call: the kernel may wait for it to fill a packet.
                Chunk::Memory(_) | Chunk::File(_) => {
                    flags |= SendFlags::MORE;
                    break;
                }
            }
        }
        Ok(rustix::net::sendmsg(stream, &pieces[..count], &mut SendAncillaryBuffer::default(), flags)?)
    }

    fn advance(&mut self, mut sent: usize) {
        self.length -= sent as u64;
        while sent > 0 {
            let Some(front) = self.chunks.front_mut() else { break };
            let length = front.len();
            if sent >= length {
                sent -= length;
                self.chunks.pop_front();
                continue;
            }
            match front {
                Chunk::Memory(bytes) => bytes.advance(sent),
                Chunk::File(slice) => {
                    slice.position += sent as u64;
                    slice.length -= sent as u32;
                }
            }
            break;
        }
    }
}

fn send_file(stream: &TcpStream, slice: &FileSlice) -> io::Result<usize> {
    let mut position = slice.position;
    let count = (slice.length as usize).min(FILE_BYTES_PER_CALL_MAX);
    match rustix::fs::sendfile(stream, &*slice.file, Some(&mut position), count)? {
        0 => {
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the segment ended before the slice that was to be sent"))
        }
        sent => Ok(sent),
    }
}

#[cfg(test)]
mod tests {
    use super::{Outgoing, SendProgress};
    use bytes::Bytes;
    use ottla_protocol::Chunk;
    use ottla_records::FileSlice;
    use std::io::Write as _;
    use std::sync::Arc;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::{TcpListener, TcpStream};

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (near, listener.accept().await.unwrap().0)
    }

    #[tokio::test(flavor = "current_thread")]
    async fn memory_and_files_arrive_in_order_through_a_small_socket() {
        let (near, mut far) = pair().await;
        let content: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        let slice = FileSlice { file: Arc::new(file), position: 10, length: 2_500_000 };

        let mut outgoing = Outgoing::default();
        outgoing.push_frame(vec![
            Chunk::Memory(Bytes::from_static(b"head")),
            Chunk::File(slice),
            Chunk::Memory(Bytes::from_static(b"tail")),
        ]);
        outgoing.push_frame(vec![]);
        let expected_length = outgoing.len() as usize;
        assert_eq!(expected_length, 4 + 4 + 2_500_000 + 4 + 4);

        let reader = tokio::spawn(async move {
            let mut received = vec![0; expected_length];
            far.read_exact(&mut received).await.unwrap();
            received
        });
        loop {
            match outgoing.send(&near).unwrap() {
                SendProgress::Done => break,
                SendProgress::Blocked => near.writable().await.unwrap(),
                SendProgress::Yield => tokio::task::yield_now().await,
            }
        }
        assert!(outgoing.is_empty());
        assert_eq!(outgoing.len(), 0);
        let received = reader.await.unwrap();
        assert_eq!(&received[..8], [&2_500_008_i32.to_be_bytes()[..], b"head"].concat());
        assert_eq!(&received[8..2_500_008], &content[10..2_500_010]);
        assert_eq!(&received[2_500_008..], b"tail\0\0\0\0");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_file_that_lost_its_end_is_an_error_not_a_loop() {
        let (near, _far) = pair().await;
        let file = tempfile::tempfile().unwrap();
        let mut outgoing = Outgoing::default();
        outgoing.push_frame(vec![Chunk::File(FileSlice { file: Arc::new(file), position: 0, length: 10 })]);
        near.writable().await.unwrap();
        assert_eq!(outgoing.send(&near).unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    }
}
