//! The machine: listens, drives the engine, answers.
//!
//! * [`listener`]: connections, a core each; requests in order, answers in order.
//! * [`apis`]: every API, one file each, stateless.
//! * [`drivers`]: those who own a core of the engine: the metadata quorum, the controller, the partitions,
//!   the coordinators.
//! * [`waiting`]: requests that wait; [`fetch_sessions`]: what clients are waiting for.
//! * [`node`]: what requests share, and the order in which it comes up and goes down.
//! * [`server`]: `ottla start`.

pub mod apis;
pub mod authorization;
pub mod clock;
pub mod drivers;
pub mod error_codes;
pub mod fetch_sessions;
pub mod listener;
pub mod node;
pub mod offline;
pub mod random;
pub mod server;
pub mod waiting;

/// The version, and whose protocol it speaks.
pub fn version() -> String {
    format!("{} (Apache Kafka 4.3.0 protocol)", env!("CARGO_PKG_VERSION"))
}
