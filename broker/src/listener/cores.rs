//! One thread and one single-threaded runtime a core, and one thread that deals out connections to them in turn.

use super::acceptor::{self, Accepted};
use super::{Connection, ConnectionContext, Ending, Service};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::{mpsc, watch};

/// What every connection is held to.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// `socket.request.max.bytes`.
    pub frame_length_max: usize,
    /// `connections.max.idle.ms`.
    pub idle_after: Duration,
    /// `max.connections`, of all listeners together.
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

/// The threads that serve connections.
#[derive(Debug)]
pub struct Cores {
    threads: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

impl Cores {
    /// Starts `count` threads that serve, and one that accepts from `listeners`. `service` makes what answers requests,
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
        let mut threads = Vec::new();
        let mut cores = Vec::new();
        for index in 0..count.max(1) {
            let (core, accepted) = mpsc::unbounded_channel();
            cores.push(core);
            let (service, stopped) = (service.clone(), stopped.clone());
            threads.push(on_thread(format!("core-{index}"), move |runtime| {
                runtime.block_on(async move { serve(accepted, service(), limits, stopped).await });
            })?);
        }
        threads.push(on_thread("acceptor".to_owned(), move |runtime| {
            runtime.block_on(acceptor::run(listeners, cores, limits.connections_max, stopped));
        })?);
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

fn on_thread(name: String, run: impl FnOnce(LocalRuntime) + Send + 'static) -> io::Result<JoinHandle<()>> {
    let runtime = || Builder::new_current_thread().enable_all().build_local(LocalOptions::default());
    std::thread::Builder::new().name(name.clone()).spawn(move || match runtime() {
        Ok(runtime) => run(runtime),
        Err(error) => tracing::error!("thread {name} cannot start: {error}"),
    })
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

#[cfg(test)]
mod tests {
    use super::{ConnectionLimits, Cores, NamedListener};
    use crate::listener::{Answer, ConnectionContext, Pending, Service};
    use bytes::Bytes;
    use ottla_protocol::Chunk;
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::rc::Rc;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    /// Answers every frame with itself, and notes it.
    #[derive(Clone)]
    struct Echo(Arc<Mutex<Vec<Bytes>>>);

    impl Service for Echo {
        fn start(&self, _connection: &Rc<ConnectionContext>, frame: Bytes) -> Result<Pending, String> {
            self.0.lock().unwrap().push(frame.clone());
            Ok(Box::pin(std::future::ready(Answer::Frame(vec![Chunk::Memory(frame)]))))
        }
    }

    fn listen(name: &str) -> (NamedListener, SocketAddr) {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        (NamedListener { name: name.into(), socket }, address)
    }
    fn send(mut client: &TcpStream, letter: u8) {
        client.write_all(&[0, 0, 0, 1, letter]).unwrap();
    }
    fn receive(mut client: &TcpStream) -> [u8; 5] {
        let mut frame = [0; 5];
        client.read_exact(&mut frame).unwrap();
        frame
    }

    #[test]
    fn whoever_comes_when_all_places_are_taken_waits_for_one_on_whatever_listener() {
        let ((one, first_address), (other, second_address)) = (listen("ONE"), listen("OTHER"));
        let limits =
            ConnectionLimits { frame_length_max: 1000, idle_after: Duration::from_secs(600), connections_max: 1 };
        let served = Arc::new(Mutex::new(Vec::new()));
        let echo = Echo(Arc::clone(&served));
        let cores = Cores::start(2, vec![one, other], limits, move || echo.clone()).unwrap();

        let first = TcpStream::connect(first_address).unwrap();
        send(&first, b'a');
        assert_eq!(receive(&first), [0, 0, 0, 1, b'a']);
        let second = TcpStream::connect(second_address).unwrap();
        send(&second, b'b');
        send(&first, b'c');
        assert_eq!(receive(&first), [0, 0, 0, 1, b'c']);
        drop(first);
        assert_eq!(receive(&second), [0, 0, 0, 1, b'b']);
        assert_eq!(*served.lock().unwrap(), ["a", "c", "b"]);
        cores.stop();
    }
}
