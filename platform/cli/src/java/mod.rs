//! Habits of the JVM that show in the output of Kafka's tools, and that scripts and comparisons therefore see.

pub mod date_time;
pub mod duration;
pub mod exception;
pub mod hash_order;
pub mod number_text;
pub mod text;
