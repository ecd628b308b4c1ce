//! One thread that does nothing but accept, so that a burst of new connections does not outgrow the system's queue
//! (`socket.listen.backlog.size`) while the cores are busy. A connection that does not fit into that queue is tried again
//! by its client's system only a second later.

use super::NamedListener;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;

/// Pause after the process ran out of file handles, before it accepts again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A connection on its way to the core that will serve it.
pub(super) struct Accepted {
    pub(super) stream: std::net::TcpStream,
    pub(super) peer: SocketAddr,
    /// The listener's name.
    pub(super) listener: Arc<str>,
    /// Its place among those that `max.connections` allows; given back when dropped.
    pub(super) place: OwnedSemaphorePermit,
}

/// Accepts from all `listeners` and deals out the connections to `cores` in turn, until `stopped` says so.
///
/// When `connections_max` are connected, the next one waits until another has gone, and those after it in the system's
/// queue, as in Kafka.
pub(super) async fn run(
    listeners: Vec<NamedListener>,
    cores: Vec<mpsc::UnboundedSender<Accepted>>,
    connections_max: usize,
    mut stopped: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS)));
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn_local(accept(listener, cores.clone(), Arc::clone(&places)));
    }
    // An error says that whoever would have stopped us is gone.
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn accept(listener: NamedListener, cores: Vec<mpsc::UnboundedSender<Accepted>>, places: Arc<Semaphore>) {
    let NamedListener { name, socket } = listener;
    let socket = match socket.set_nonblocking(true).and_then(|()| TcpListener::from_std(socket)) {
        Ok(socket) => socket,
        Err(error) => return tracing::error!("listener {name} cannot accept: {error}"),
    };
    for core in cores.iter().cycle() {
        let (stream, peer) = loop {
            match socket.accept().await {
                Ok(accepted) => break accepted,
                Err(error) => {
                    tracing::warn!("listener {name} could not accept a connection: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        };
        if places.available_permits() == 0 {
            tracing::warn!("{peer} waits on listener {name}: as many are connected as max.connections allows");
        }
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok(stream) = stream.set_nodelay(true).and_then(|()| stream.into_std()) else { continue };
        if core.send(Accepted { stream, peer, listener: Arc::clone(&name), place }).is_err() {
            return; // the core is stopping, and so are we
        }
    }
}
