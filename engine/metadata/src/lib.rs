//! Metadata records, the image they add up to, and the controller's rules.
//!
//! * [`records`]: how records of the metadata log are read and written.
//! * [`replay`]: what each record does to an image.
//! * [`image`]: all metadata at one point of the log; immutable, cheap to share, can be written as a snapshot.
//! * [`delta`]: follows the log and says from image to image what changed.
//! * [`features`]: the levels that a cluster agrees on.
//! * [`controller`]: what may happen to the cluster, and which records say so.
//!
//! Nothing here does I/O, asks what time it is, or draws a random number.

pub mod controller;
pub mod delta;
pub mod features;
pub mod image;
pub mod records;
pub mod replay;

pub use controller::{Controller, ControllerResult, ControllerSettings};
pub use delta::{MetadataChanges, MetadataDelta, Published};
pub use features::MetadataVersion;
pub use image::MetadataImage;
pub use records::RecordPosition;
pub use replay::ReplayError;
