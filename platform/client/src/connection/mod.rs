//! One connection to one broker: requests go out one behind the other, answers come back to whoever waits for them.

mod mailbox;
mod versions;

use crate::ClientError;
use crate::config::{Address, ConnectionConfig};
use bytes::Bytes;
use mailbox::Mailbox;
use ottla_protocol::Request;
use ottla_transport::client::{self, CallError, RequestWriter, ResponseReader, decode_response, encode_request};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout, timeout_at};
use versions::{Answer, OfferedVersions};

/// A longer answer ends the connection: a whole fetch answer (50 MiB by default) with room to spare.
const RESPONSE_LENGTH_MAX: usize = 512 * 1024 * 1024;
/// Frames that wait for the socket. Whoever has more to send waits too.
const FRAMES_WAITING_MAX: usize = 16;

/// A connection that knows what its broker understands. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Connection {
    client_id: String,
    request_timeout: Duration,
    versions: OfferedVersions,
    mailbox: Arc<Mailbox>,
    outgoing: mpsc::Sender<Bytes>,
    tasks: [AbortHandle; 2],
}

/// An answer that is on its way.
#[derive(Debug)]
pub(crate) struct PendingAnswer<R> {
    version: i16,
    deadline: Instant,
    mailbox: Arc<Mailbox>,
    answer: oneshot::Receiver<Result<Bytes, ClientError>>,
    of: PhantomData<fn() -> R>,
}

impl Connection {
    /// Connects and asks what the broker understands.
    ///
    /// # Errors
    /// Nobody listens there, or not in time, or it is no Kafka broker.
    pub(crate) async fn open(
        address: &Address,
        config: &ConnectionConfig,
        setup_timeout: Duration,
    ) -> Result<Self, ClientError> {
        let disconnected = |reason: String| ClientError::Disconnected(format!("{address}: {reason}"));
        let stream = timeout(setup_timeout, connect(address, config))
            .await
            .map_err(|_| disconnected("no connection in time".to_owned()))?
            .map_err(|error| disconnected(error.to_string()))?;
        let connection = client::Connection::new(stream, Some(config.client_id.clone()), RESPONSE_LENGTH_MAX)
            .map_err(|error| disconnected(error.to_string()))?;
        let (mut writer, mut reader) = connection.into_split();
        let versions = timeout(config.request_timeout, negotiate(&mut writer, &mut reader))
            .await
            .map_err(|_| disconnected("no answer to ApiVersions in time".to_owned()))??;
        Ok(Self::run(writer, reader, versions, config))
    }

    fn run(
        mut writer: RequestWriter,
        mut reader: ResponseReader,
        versions: OfferedVersions,
        config: &ConnectionConfig,
    ) -> Self {
        let mailbox = Arc::new(Mailbox::default());
        let (outgoing, mut frames) = mpsc::channel::<Bytes>(FRAMES_WAITING_MAX);
        let sending = tokio::spawn({
            let mailbox = Arc::clone(&mailbox);
            async move {
                while let Some(frame) = frames.recv().await {
                    if let Err(error) = writer.send_frame(&frame).await {
                        mailbox.close(ClientError::Disconnected(error.to_string()));
                        break;
                    }
                }
            }
        });
        let receiving = tokio::spawn({
            let mailbox = Arc::clone(&mailbox);
            async move {
                loop {
                    let delivered = match reader.next_frame().await {
                        Ok(frame) => mailbox.deliver(frame),
                        Err(error) => Err(ClientError::Disconnected(error.to_string())),
                    };
                    if let Err(error) = delivered {
                        return mailbox.close(error);
                    }
                }
            }
        });
        Self {
            client_id: config.client_id.clone(),
            request_timeout: config.request_timeout,
            versions,
            mailbox,
            outgoing,
            tasks: [sending.abort_handle(), receiving.abort_handle()],
        }
    }

    /// Whether it can still be used.
    pub(crate) fn is_open(&self) -> bool {
        self.mailbox.is_open()
    }

    /// The version of `R` that will be spoken.
    ///
    /// # Errors
    /// There is none in common.
    pub(crate) fn version_of<R: Request>(&self) -> Result<i16, ClientError> {
        self.version_at_most::<R>(i16::MAX)
    }

    /// The version of `R` that will be spoken if it must not be above `highest`.
    ///
    /// # Errors
    /// There is none in common.
    pub(crate) fn version_at_most<R: Request>(&self, highest: i16) -> Result<i16, ClientError> {
        self.versions.pick::<R>(highest)
    }

    /// Sends `request` in `version`; the answer is waited for separately. Requests leave in the order of these calls.
    /// Cancel-safe: a request that was not handed over is not sent, one that was is sent whole.
    ///
    /// # Errors
    /// The connection is closed, or the request cannot be said in that version.
    pub(crate) async fn submit<R: Request>(&self, request: &R, version: i16) -> Result<PendingAnswer<R>, ClientError> {
        let place = self.place().await?;
        let (correlation_id, answer) = self.mailbox.expect()?;
        match self.encode(request, version, correlation_id) {
            Ok(frame) => place.send(frame),
            Err(error) => {
                self.mailbox.forget(correlation_id);
                return Err(error);
            }
        }
        let deadline = Instant::now() + self.request_timeout;
        Ok(PendingAnswer { version, deadline, mailbox: Arc::clone(&self.mailbox), answer, of: PhantomData })
    }

    /// Sends a request that has no answer: Produce with acks=0.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub(crate) async fn submit_unanswered<R: Request>(&self, request: &R, version: i16) -> Result<(), ClientError> {
        let place = self.place().await?;
        let correlation_id = self.mailbox.next_correlation_id()?;
        place.send(self.encode(request, version, correlation_id)?);
        Ok(())
    }

    async fn place(&self) -> Result<mpsc::Permit<'_, Bytes>, ClientError> {
        let waiting = timeout(self.request_timeout, self.outgoing.reserve()).await;
        let closed = || self.mailbox.failure();
        match waiting {
            Ok(place) => place.map_err(|_| closed()),
            Err(_) => {
                self.mailbox.close(ClientError::Disconnected("the broker reads nothing".to_owned()));
                Err(closed())
            }
        }
    }

    fn encode<R: Request>(&self, request: &R, version: i16, correlation_id: i32) -> Result<Bytes, ClientError> {
        encode_request(request, version, correlation_id, Some(&self.client_id))
            .map_err(|error| ClientError::UnsupportedVersion(format!("{}: {error}", R::API_KEY.name())))
    }

    /// Sends `request` in the highest common version and waits for the answer.
    ///
    /// # Errors
    /// See [`Self::submit`] and [`PendingAnswer::wait`].
    pub(crate) async fn call<R: Request>(&self, request: &R) -> Result<R::Response, ClientError> {
        let version = self.version_of::<R>()?;
        self.submit(request, version).await?.wait().await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
        self.mailbox.close(ClientError::Disconnected("the connection was closed".to_owned()));
    }
}

impl<R: Request> PendingAnswer<R> {
    /// Waits for so long from now on instead of `request.timeout.ms`: for requests that the broker answers when it is
    /// ready to.
    pub(crate) fn within(self, patience: Duration) -> Self {
        Self { deadline: Instant::now() + patience, ..self }
    }

    /// Waits for the answer, usually no longer than `request.timeout.ms` after the request was handed over. A broker that is
    /// late loses the connection: what it answers later could not be told from what is asked next.
    ///
    /// # Errors
    /// The connection ended, or the answer cannot be read.
    pub(crate) async fn wait(self) -> Result<R::Response, ClientError> {
        let frame = match timeout_at(self.deadline, self.answer).await {
            Ok(Ok(answer)) => answer?,
            Ok(Err(_)) => return Err(self.mailbox.failure()),
            Err(_) => {
                let late = format!("{} was not answered in time", R::API_KEY.name());
                self.mailbox.close(ClientError::Disconnected(late));
                return Err(self.mailbox.failure());
            }
        };
        match decode_response::<R>(frame, self.version) {
            Ok((_, answer)) => Ok(answer),
            Err(error) => {
                let error = ClientError::Malformed(error.to_string());
                self.mailbox.close(error.clone());
                Err(error)
            }
        }
    }
}

async fn connect(address: &Address, config: &ConnectionConfig) -> std::io::Result<TcpStream> {
    let mut last_error = None;
    for candidate in lookup_host((address.host.as_str(), address.port)).await? {
        let socket = if candidate.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(bytes) = config.send_buffer {
            socket.set_send_buffer_size(bytes)?;
        }
        if let Some(bytes) = config.receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        match socket.connect(candidate).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last_error = Some(error),
        }
    }
    Err(last_error.unwrap_or_else(|| std::io::Error::other("the name has no address")))
}

async fn negotiate(writer: &mut RequestWriter, reader: &mut ResponseReader) -> Result<OfferedVersions, ClientError> {
    let lost = |error: CallError| ClientError::Disconnected(error.to_string());
    let (question, mut version) = versions::question();
    loop {
        writer.send(&question, version).await.map_err(lost)?;
        match versions::read_answer(reader.next_frame().await.map_err(lost)?, version)? {
            Answer::Offered(versions) => return Ok(versions),
            Answer::AskAgain(lower) => version = lower,
        }
    }
}
