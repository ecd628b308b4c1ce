//! The delta: follows the metadata log record by record, and makes an image of each stretch that is whole.

mod changes;
mod replayed;

pub use changes::{MetadataChanges, TopicChanges};
pub(crate) use replayed::Replayed;

use crate::image::MetadataImage;
use crate::records::RecordPosition;
use crate::replay::ReplayError;
use ottla_protocol::MetadataRecord;

/// Follows the metadata log. Records go in with [`replay`](Self::replay); [`publish`](Self::publish) gives the image
/// that they add up to, and what changed since the last one. One delta follows the log for ever.
///
/// What stands in a metadata transaction (KIP-868) is held back until the transaction ends, and forgotten if it is
/// aborted.
#[derive(Debug)]
pub struct MetadataDelta {
    published: MetadataImage,
    replayed: Replayed,
}

/// An image that is ready to be seen.
#[derive(Debug, Clone)]
pub struct Published {
    /// The image that was published before.
    pub previous: MetadataImage,
    /// The new image.
    pub image: MetadataImage,
    /// What changed between the two.
    pub changes: MetadataChanges,
}

impl MetadataDelta {
    /// Starts after `base`.
    pub fn new(base: MetadataImage) -> Self {
        Self { published: base.clone(), replayed: Replayed::from(base) }
    }

    /// Applies the next record of the log.
    ///
    /// # Errors
    /// The record does not fit what came before it. Nothing was changed, but there is no way on from here.
    pub fn replay(&mut self, position: RecordPosition, record: &MetadataRecord) -> Result<(), ReplayError> {
        self.replayed.replay(position, record)
    }

    /// Moves on over a record that is not metadata: the quorum keeps its own records in the same log.
    pub fn skip(&mut self, position: RecordPosition) {
        self.replayed.skip(position);
    }

    /// Whether a metadata transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.replayed.before_transaction.is_some()
    }

    /// Makes an image of what is whole, and goes on from there.
    pub fn publish(&mut self) -> Published {
        let (image, changes) = match &mut self.replayed.before_transaction {
            Some(before) => (before.image.clone(), std::mem::take(&mut before.changes)),
            None => (self.replayed.image.clone(), std::mem::take(&mut self.replayed.changes)),
        };
        let previous = std::mem::replace(&mut self.published, image.clone());
        Published { previous, image, changes }
    }
}
