//! Metadata records, the image they add up to, and the controller's rules.

pub mod features;
pub mod image;
