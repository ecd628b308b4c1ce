//! The core against real bytes, against scripts, and against crashes at every step.

mod fixtures;
mod golden;
mod machine;
mod reading;
mod simulation;
mod transcript;
