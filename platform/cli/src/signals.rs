//! Ctrl-C and its kin: a tool that is told to stop finishes what it has in hand first.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Exit codes of processes that a signal ended, as shells count them.
const SIGNALLED: i32 = 128;

/// Waits for SIGINT and SIGTERM.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Takes the signals over from their usual effect.
    ///
    /// # Errors
    /// The system's.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for one of them; gives the exit code that goes with it. Cancel-safe.
    pub async fn signalled(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => SIGNALLED + SignalKind::interrupt().as_raw_value(),
            _ = self.terminate.recv() => SIGNALLED + SignalKind::terminate().as_raw_value(),
        }
    }
}
