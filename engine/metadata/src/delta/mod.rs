//! The delta: follows the metadata log record by record, and makes an image of each stretch that is whole.

mod changes;

pub use changes::{MetadataChanges, TopicChanges};

use crate::image::{MetadataImage, Provenance};
use crate::records::RecordPosition;
use crate::replay::{self, Misfit, ReplayError};
use ottla_protocol::{MetadataRecord, RecordSet};

/// Follows the metadata log. Records go in with [`replay`](Self::replay); [`publish`](Self::publish) gives the image
/// that they add up to, and what changed since the last one. One delta follows the log for ever.
///
/// What stands in a metadata transaction (KIP-868) is held back until the transaction ends, and forgotten if it is
/// aborted.
#[derive(Debug)]
pub struct MetadataDelta {
    published: MetadataImage,
    image: MetadataImage,
    changes: MetadataChanges,
    /// Where an open transaction would go back to.
    transaction: Option<BeforeTransaction>,
}

#[derive(Debug)]
struct BeforeTransaction {
    image: MetadataImage,
    changes: MetadataChanges,
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
        Self { published: base.clone(), image: base, changes: MetadataChanges::default(), transaction: None }
    }

    /// Applies the next record of the log.
    ///
    /// # Errors
    /// The record does not fit what came before it. Nothing was changed, but there is no way on from here.
    pub fn replay(&mut self, position: RecordPosition, record: &MetadataRecord) -> Result<(), ReplayError> {
        let result = match record {
            MetadataRecord::BeginTransactionRecord(_) => self.begin_transaction(),
            MetadataRecord::EndTransactionRecord(_) => self.end_transaction(),
            MetadataRecord::AbortTransactionRecord(_) => self.abort_transaction(),
            other => replay::apply(other, &mut self.image, &mut self.changes),
        };
        result.map_err(|misfit| ReplayError { offset: position.offset, record: record.type_name(), misfit })?;
        self.image.provenance = Some(Provenance {
            last_offset: position.offset,
            last_epoch: position.epoch,
            last_timestamp: position.timestamp,
        });
        Ok(())
    }

    /// Moves on over a record that is not metadata: the quorum keeps its own records in the same log.
    pub fn skip(&mut self, position: RecordPosition) {
        self.image.provenance = Some(Provenance {
            last_offset: position.offset,
            last_epoch: position.epoch,
            last_timestamp: position.timestamp,
        });
    }

    /// The image of all records so far, those of an open transaction among them.
    pub fn image(&self) -> &MetadataImage {
        &self.image
    }

    /// Whether a metadata transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// Makes an image of what is whole, and goes on from there.
    pub fn publish(&mut self) -> Published {
        let (image, changes) = match &mut self.transaction {
            Some(before) => (before.image.clone(), std::mem::take(&mut before.changes)),
            None => (self.image.clone(), std::mem::take(&mut self.changes)),
        };
        let previous = std::mem::replace(&mut self.published, image.clone());
        Published { previous, image, changes }
    }

    fn begin_transaction(&mut self) -> Result<(), Misfit> {
        if self.transaction.is_some() {
            return Err(Misfit::TransactionMarkerOutOfPlace);
        }
        let changes = std::mem::take(&mut self.changes);
        self.transaction = Some(BeforeTransaction { image: self.image.clone(), changes });
        Ok(())
    }

    fn end_transaction(&mut self) -> Result<(), Misfit> {
        let before = self.transaction.take().ok_or(Misfit::TransactionMarkerOutOfPlace)?;
        let within = std::mem::replace(&mut self.changes, before.changes);
        self.changes.append(within);
        Ok(())
    }

    fn abort_transaction(&mut self) -> Result<(), Misfit> {
        let before = self.transaction.take().ok_or(Misfit::TransactionMarkerOutOfPlace)?;
        self.image = before.image;
        self.changes = before.changes;
        Ok(())
    }
}
