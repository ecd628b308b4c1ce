//! Metadata records, the image they add up to, and the controller's rules.
