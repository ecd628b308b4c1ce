//! One client connection: frames in, answers out in the order of the requests, bounded both ways.
//!
//! A connection is one future, polled by its core. It starts requests in the order in which they came, polling each once
//! before it looks at the next: what a handler does before its first wait (a Produce's append) happens in request order.
//! Handlers may then wait side by side (a Produce for its acks behind a Fetch for its bytes); answers leave in order.

use super::{Answer, ConnectionContext, Pending, Service};
use ottla_transport::{FrameBuffer, Outgoing, SendProgress};
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// Requests of one connection that are being answered at a time. More would let a client hold frames in our memory that
/// it could as well hold in its own; fewer would let one wait for a disk stall the next append.
const REQUESTS_IN_FLIGHT_MAX: usize = 8;
/// Answers waiting for a slow reader, in bytes, before its next requests are left in the socket.
const OUTGOING_BYTES_MAX: u64 = 1024 * 1024;
/// Reads and frames handled before other connections of this core get their turn.
const TURNS_BEFORE_YIELD: usize = 16;

/// Why a connection ended.
#[derive(Debug)]
pub enum Ending {
    /// The client closed it, between or amid frames, or the network did.
    ByPeer,
    /// Nothing was received or sent for `connections.max.idle.ms`.
    Idle,
    /// What the client sent cannot be answered; the text says what it was.
    Refused(String),
    /// The socket's or a segment file's error.
    Failed(io::Error),
}

enum InFlight {
    Waiting(Pending),
    Answered(Answer),
}

/// The future that serves one connection until it ends.
pub struct Connection<S> {
    stream: TcpStream,
    service: S,
    context: Rc<ConnectionContext>,
    buffer: FrameBuffer,
    outgoing: Outgoing,
    in_flight: VecDeque<InFlight>,
    idle_after: Duration,
    last_active: Instant,
    idle_alarm: Pin<Box<Sleep>>,
}

impl<S: Service> Connection<S> {
    /// Serves `stream` with `service`; frames longer than `frame_length_max` bytes end it, as do `idle_after` of silence.
    pub fn new(
        stream: TcpStream,
        service: S,
        context: Rc<ConnectionContext>,
        frame_length_max: usize,
        idle_after: Duration,
    ) -> Self {
        let now = Instant::now();
        Self {
            stream,
            service,
            context,
            buffer: FrameBuffer::new(frame_length_max),
            outgoing: Outgoing::default(),
            in_flight: VecDeque::new(),
            idle_after,
            last_active: now,
            idle_alarm: Box::pin(tokio::time::sleep_until(now + idle_after)),
        }
    }

    /// Starts the requests whose frames are here. Says whether there was one.
    fn start_requests(&mut self, cx: &mut Context<'_>) -> Result<bool, Ending> {
        let mut started = false;
        while self.in_flight.len() < REQUESTS_IN_FLIGHT_MAX {
            let frame = match self.buffer.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(error) => return Err(Ending::Refused(error.to_string())),
            };
            let mut request = self.service.start(&self.context, frame).map_err(Ending::Refused)?;
            self.in_flight.push_back(match request.as_mut().poll(cx) {
                Poll::Ready(answer) => InFlight::Answered(answer),
                Poll::Pending => InFlight::Waiting(request),
            });
            started = true;
        }
        Ok(started)
    }

    /// Moves answers that are ready, and whose turn it is, to the outgoing queue.
    fn collect_answers(&mut self, cx: &mut Context<'_>) -> Result<bool, Ending> {
        for request in &mut self.in_flight {
            if let InFlight::Waiting(future) = request
                && let Poll::Ready(answer) = future.as_mut().poll(cx)
            {
                *request = InFlight::Answered(answer);
            }
        }
        let mut collected = false;
        while let Some(InFlight::Answered(_)) = self.in_flight.front() {
            let Some(InFlight::Answered(answer)) = self.in_flight.pop_front() else { unreachable!("just looked") };
            match answer {
                Answer::Frame(chunks) => self.outgoing.push_frame(chunks),
                Answer::Nothing => {}
                Answer::Close(reason) => return Err(Ending::Refused(reason)),
            }
            collected = true;
        }
        Ok(collected)
    }

    /// Receives once, if there is room for what may come. Says whether anything came.
    fn receive(&mut self, cx: &mut Context<'_>) -> Result<bool, Ending> {
        if self.in_flight.len() >= REQUESTS_IN_FLIGHT_MAX || self.outgoing.len() >= OUTGOING_BYTES_MAX {
            return Ok(false);
        }
        loop {
            match self.stream.poll_read_ready(cx) {
                Poll::Pending => return Ok(false),
                Poll::Ready(Err(error)) => return Err(Ending::Failed(error)),
                Poll::Ready(Ok(())) => {}
            }
            match self.stream.try_read_buf(self.buffer.space()) {
                Ok(0) => return Err(Ending::ByPeer),
                Ok(_) => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if is_disconnect(&error) => return Err(Ending::ByPeer),
                Err(error) => return Err(Ending::Failed(error)),
            }
        }
    }

    /// Sends what the socket takes. Says whether another turn should be asked for.
    fn send(&mut self, cx: &mut Context<'_>) -> Result<bool, Ending> {
        while !self.outgoing.is_empty() {
            match self.outgoing.send(&self.stream) {
                Ok(SendProgress::Done) => self.last_active = Instant::now(),
                Ok(SendProgress::Yield) => {
                    self.last_active = Instant::now();
                    return Ok(true);
                }
                Ok(SendProgress::Blocked) => match self.stream.poll_write_ready(cx) {
                    Poll::Pending => return Ok(false),
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(error)) => return Err(Ending::Failed(error)),
                },
                Err(error) if is_disconnect(&error) => return Err(Ending::ByPeer),
                Err(error) => return Err(Ending::Failed(error)),
            }
        }
        Ok(false)
    }

    /// Whether the client has been silent for too long. A request that is being answered is not silence.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.idle_alarm.as_mut().poll(cx));
            if !self.in_flight.is_empty() {
                self.last_active = Instant::now();
            }
            let deadline = self.last_active + self.idle_after;
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            self.idle_alarm.as_mut().reset(deadline);
        }
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Result<bool, Ending> {
        for _ in 0..TURNS_BEFORE_YIELD {
            let started = self.start_requests(cx)?;
            let collected = self.collect_answers(cx)?;
            if self.send(cx)? {
                return Ok(true);
            }
            let received = self.receive(cx)?;
            if received {
                self.last_active = Instant::now();
            }
            if !(started || collected || received) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl<S: Service + Unpin> Future for Connection<S> {
    type Output = Ending;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ending> {
        let this = &mut *self;
        match this.turn(cx) {
            Err(ending) => return Poll::Ready(ending),
            Ok(true) => cx.waker().wake_by_ref(),
            Ok(false) => {}
        }
        if this.poll_idle(cx).is_ready() {
            return Poll::Ready(Ending::Idle);
        }
        Poll::Pending
    }
}

fn is_disconnect(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::TimedOut
            | io::ErrorKind::UnexpectedEof
    )
}
