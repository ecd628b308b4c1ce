//! Habits of the JVM that show in the output of Kafka's tools, and that scripts and comparisons therefore see.

pub mod hash_order;
pub mod number_text;
pub mod text;
