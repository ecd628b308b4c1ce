//! Requests that wait for something to come about (Kafka says purgatory).

mod fetch_bytes;

pub use fetch_bytes::{Awaited, FetchWaiter, FetchWaiters};
