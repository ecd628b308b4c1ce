//! The calling end of a connection: requests go out, answers come back in the order of the requests.

use crate::{FrameBuffer, FrameError, LENGTH_PREFIX_SIZE};
use bytes::{BufMut, Bytes, BytesMut};
use ottla_protocol::messages::{RequestHeader, ResponseHeader};
use ottla_protocol::{ApiKey, DecodeError, EncodeError, Message, Reader, Request, Writer};
use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// What can go wrong between a request and its answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The socket's error; `UnexpectedEof` if the peer closed the connection.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The peer's bytes are no frames, or longer than asked for.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The answer does not read as what was asked for.
    #[error("answer to {api}: {error}")]
    Decode {
        /// What was asked.
        api: &'static str,
        /// Where reading failed.
        error: DecodeError,
    },
    /// The request cannot be said in the version that the peer understands.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The answer is to another request.
    #[error("answer with correlation id {received} where {expected} was due")]
    OutOfOrder {
        /// Of the oldest request without an answer.
        expected: i32,
        /// Of the answer.
        received: i32,
    },
}

/// Encodes a request frame: length, header (version by `api_key` and `version`), body.
///
/// # Errors
/// `body` holds something that `version` cannot say.
pub fn encode_request<R: Request>(
    body: &R,
    version: i16,
    correlation_id: i32,
    client_id: Option<&str>,
) -> Result<Bytes, EncodeError> {
    let header = RequestHeader {
        request_api_key: R::API_KEY.key(),
        request_api_version: version,
        correlation_id,
        client_id: client_id.map(str::to_owned),
        ..RequestHeader::default()
    };
    let mut writer = Writer::default();
    header.encode(&mut writer, R::API_KEY.request_header_version(version))?;
    body.encode(&mut writer, version)?;
    let content = writer.finish_to_bytes()?;
    let mut frame = BytesMut::with_capacity(LENGTH_PREFIX_SIZE + content.len());
    frame.put_i32(i32::try_from(content.len()).expect("a request is bounded far below 2 GiB"));
    frame.extend_from_slice(&content);
    Ok(frame.freeze())
}

/// Decodes an answer's header and body; gives the correlation id and the body.
///
/// # Errors
/// The bytes do not read as an answer to `R` in that version.
pub fn decode_response<R: Request>(frame: Bytes, version: i16) -> Result<(i32, R::Response), CallError> {
    let api = R::API_KEY;
    let wrap = |error| CallError::Decode { api: api.name(), error };
    let mut reader = Reader::new(frame);
    let header = ResponseHeader::decode(&mut reader, api.response_header_version(version)).map_err(wrap)?;
    let body = R::Response::decode(&mut reader, version).map_err(wrap)?;
    Ok((header.correlation_id, body))
}

/// One connection, one request at a time.
#[derive(Debug)]
pub struct Connection {
    reader: ResponseReader,
    writer: RequestWriter,
}

/// The sending half: gives every request the next correlation id.
#[derive(Debug)]
pub struct RequestWriter {
    stream: OwnedWriteHalf,
    client_id: Option<String>,
    next_correlation_id: i32,
}

/// The receiving half: gives whole frames.
#[derive(Debug)]
pub struct ResponseReader {
    stream: OwnedReadHalf,
    buffer: FrameBuffer,
}

impl Connection {
    /// Takes a connected stream. Answers longer than `response_length_max` bytes end the connection.
    ///
    /// # Errors
    /// The socket's, on setting TCP_NODELAY.
    pub fn new(stream: TcpStream, client_id: Option<String>, response_length_max: usize) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        Ok(Self {
            reader: ResponseReader { stream: reader, buffer: FrameBuffer::new(response_length_max) },
            writer: RequestWriter { stream: writer, client_id, next_correlation_id: 0 },
        })
    }

    /// Sends `body` and waits for its answer. Not for Produce with acks=0, which has none: see [`Self::into_split`].
    ///
    /// # Errors
    /// See [`CallError`]; the connection is of no use after any of them but `Encode`.
    pub async fn call<R: Request>(&mut self, body: &R, version: i16) -> Result<R::Response, CallError> {
        let expected = self.writer.send(body, version).await?;
        let (received, answer) = decode_response::<R>(self.reader.next_frame().await?, version)?;
        if received != expected {
            return Err(CallError::OutOfOrder { expected, received });
        }
        Ok(answer)
    }

    /// The two halves, for requests in flight behind one another.
    pub fn into_split(self) -> (RequestWriter, ResponseReader) {
        (self.writer, self.reader)
    }
}

impl RequestWriter {
    /// Sends `body`; gives the correlation id that its answer will carry.
    ///
    /// # Errors
    /// `Encode` before anything was sent, or the socket's.
    pub async fn send<R: Request>(&mut self, body: &R, version: i16) -> Result<i32, CallError> {
        let correlation_id = self.next_correlation_id;
        let frame = encode_request(body, version, correlation_id, self.client_id.as_deref())?;
        self.next_correlation_id = correlation_id.wrapping_add(1) & i32::MAX;
        self.stream.write_all(&frame).await?;
        Ok(correlation_id)
    }

    /// Sends bytes that are already a frame or several.
    ///
    /// # Errors
    /// The socket's.
    pub async fn send_frame(&mut self, frame: &[u8]) -> io::Result<()> {
        self.stream.write_all(frame).await
    }
}

impl ResponseReader {
    /// Waits for the next whole frame; gives it without its length.
    ///
    /// # Errors
    /// The socket's, `UnexpectedEof` if the peer closed, or an impossible frame length. Safe to drop and call again.
    pub async fn next_frame(&mut self) -> Result<Bytes, CallError> {
        loop {
            if let Some(frame) = self.buffer.next_frame()? {
                return Ok(frame);
            }
            if self.stream.read_buf(self.buffer.space()).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }
}

/// The version to use with a peer that offers `offered_lowest..=offered_highest`: the highest that both know.
pub fn common_version(api: ApiKey, offered_lowest: i16, offered_highest: i16) -> Option<i16> {
    let ours = api.enabled_versions(false);
    let highest = (*ours.end()).min(offered_highest);
    (highest >= (*ours.start()).max(offered_lowest)).then_some(highest)
}
