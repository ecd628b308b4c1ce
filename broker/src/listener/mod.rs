//! Listening: accept connections, spread them over the cores, serve each in order.
//!
//! One core runs one single-threaded runtime; a connection lives on one core from accept to close. What is shared between
//! cores (partitions, the metadata image) is shared by `Arc`.

mod acceptor;
mod connection;
mod cores;
mod socket;

pub use connection::{Connection, Ending};
pub use cores::{ConnectionLimits, Cores, NamedListener};
pub use socket::listen;

use bytes::Bytes;
use ottla_protocol::Chunk;
use std::cell::RefCell;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;

/// What becomes of a request.
#[derive(Debug)]
pub enum Answer {
    /// A response: header and body, without the frame's length.
    Frame(Vec<Chunk>),
    /// The request asked for no response (Produce with acks=0).
    Nothing,
    /// The connection is closed; the text says why.
    Close(String),
}

/// A request that is being answered.
pub type Pending = Pin<Box<dyn Future<Output = Answer>>>;

/// What a handler may know of the connection that a request came by.
#[derive(Debug)]
pub struct ConnectionContext {
    /// The listener's name, upper case, as in `listeners`.
    pub listener: Rc<str>,
    /// The client's address.
    pub peer: SocketAddr,
    /// What the client said of itself in ApiVersions: name and version.
    pub software: RefCell<Option<(String, String)>>,
}

/// Whatever answers requests.
pub trait Service {
    /// Begins to answer the request in `frame` (header and body, without length).
    ///
    /// # Errors
    /// The frame is no request that can be answered: the connection is closed with this reason.
    fn start(&self, connection: &Rc<ConnectionContext>, frame: Bytes) -> Result<Pending, String>;
}
