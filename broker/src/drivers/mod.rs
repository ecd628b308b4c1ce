//! Those who own a core: each feeds it requests and time, and does its I/O.

pub mod controller;
pub mod coordinators;
pub mod partitions;
pub mod quorum;
