//! One thread and one single-threaded runtime a core; connections are dealt out in turn.

use super::{Connection, ConnectionContext, Ending, Service};
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc, watch};

/// Pause after the process ran out of file handles, before it accepts again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What every connection is held to.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// `socket.request.max.bytes`.
    pub frame_length_max: usize,
    /// `connections.max.idle.ms`.
    pub idle_after: Duration,
    /// `max.connections`.
    pub connections_max: usize,
}

/// A listening socket with its name from `listeners`.
#[derive(Debug)]
pub struct NamedListener {
    /// Upper case.
    pub name: Arc<str>,
    /// Bound, not accepting yet.
    pub socket: std::net::TcpListener,
}

struct Accepted {
    stream: std::net::TcpStream,
    peer: SocketAddr,
    listener: Arc<str>,
    place: Place,
}

/// A connection's place among those that `max.connections` allows; given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The threads that serve connections.
#[derive(Debug)]
pub struct Cores {
    threads: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

impl Cores {
    /// Starts `count` threads, and accepts from `listeners` on the first of them. `service` makes what answers requests,
    /// once for every core.
    ///
    /// # Errors
    /// A thread or a runtime could not be made.
    pub fn start<S, M>(
        count: usize,
        listeners: Vec<NamedListener>,
        limits: ConnectionLimits,
        service: M,
    ) -> io::Result<Self>
    where
        S: Service + Clone + Unpin + 'static,
        M: Fn() -> S + Send + Clone + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..count.max(1)).map(|_| mpsc::unbounded_channel()).unzip();
        let mut listeners = Some(listeners);
        let mut threads = Vec::new();
        for (index, accepted) in receivers.into_iter().enumerate() {
            let runtime_of_core =
                move || Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
            let (service, stopped, listeners, senders) =
                (service.clone(), stopped.clone(), listeners.take(), senders.clone());
            let thread = std::thread::Builder::new().name(format!("core-{index}")).spawn(move || {
                let runtime = match runtime_of_core() {
                    Ok(runtime) => runtime,
                    Err(error) => return tracing::error!("core {index} cannot start: {error}"),
                };
                runtime.block_on(async move {
                    for listener in listeners.into_iter().flatten() {
                        tokio::task::spawn_local(accept(listener, senders.clone(), limits.connections_max));
                    }
                    serve(accepted, service(), limits, stopped).await;
                });
            })?;
            threads.push(thread);
        }
        Ok(Self { threads, stop })
    }

    /// Closes all connections and waits for the threads.
    pub fn stop(self) {
        self.stop.send_replace(true);
        for thread in self.threads {
            // A thread that panicked has said so; there is nothing left of it to wait for.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: NamedListener, cores: Vec<mpsc::UnboundedSender<Accepted>>, connections_max: usize) {
    let NamedListener { name, socket } = listener;
    let socket = match socket.set_nonblocking(true).and_then(|()| TcpListener::from_std(socket)) {
        Ok(socket) => socket,
        Err(error) => return tracing::error!("listener {name} cannot accept: {error}"),
    };
    let connected = Arc::new(AtomicUsize::new(0));
    let mut next_core = 0;
    loop {
        let (stream, peer) = match socket.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("listener {name} could not accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let place = Place(Arc::clone(&connected));
        if connected.fetch_add(1, Ordering::Relaxed) >= connections_max {
            tracing::warn!("listener {name} refused {peer}: max.connections={connections_max} are connected");
            continue;
        }
        let Ok(stream) = stream.set_nodelay(true).and_then(|()| stream.into_std()) else { continue };
        let accepted = Accepted { stream, peer, listener: Arc::clone(&name), place };
        if cores[next_core].send(accepted).is_err() {
            return; // the core is stopping, and so are we
        }
        next_core = (next_core + 1) % cores.len();
    }
}

async fn serve<S: Service + Clone + Unpin + 'static>(
    mut accepted: mpsc::UnboundedReceiver<Accepted>,
    service: S,
    limits: ConnectionLimits,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let new = tokio::select! {
            new = accepted.recv() => new,
            _ = stopped.wait_for(|stop| *stop) => None,
        };
        let Some(Accepted { stream, peer, listener, place }) = new else { return };
        let Ok(stream) = TcpStream::from_std(stream) else { continue };
        let context = Rc::new(ConnectionContext { listener: Rc::from(&*listener), peer, software: RefCell::new(None) });
        let connection = Connection::new(stream, service.clone(), context, limits.frame_length_max, limits.idle_after);
        tokio::task::spawn_local(async move {
            let ending = connection.await;
            drop(place);
            match ending {
                Ending::ByPeer => tracing::debug!("{peer} closed its connection"),
                Ending::Idle => tracing::debug!("closed the connection of {peer}: idle"),
                Ending::Refused(reason) => tracing::warn!("closed the connection of {peer}: {reason}"),
                Ending::Failed(error) => tracing::warn!("closed the connection of {peer}: {error}"),
            }
        });
    }
}
