//! What has been replayed so far, with the way back out of an open transaction.

use super::MetadataChanges;
use crate::image::{MetadataImage, Provenance};
use crate::records::RecordPosition;
use crate::replay::{self, Misfit, ReplayError};
use ottla_protocol::{MetadataRecord, RecordSet};

/// What has been replayed so far: an image that moves along with the log.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    pub(crate) image: MetadataImage,
    pub(crate) changes: MetadataChanges,
    /// What an open transaction began with, and would go back to.
    pub(crate) before_transaction: Option<BeforeTransaction>,
}

#[derive(Debug)]
pub(crate) struct BeforeTransaction {
    pub(crate) image: MetadataImage,
    pub(crate) changes: MetadataChanges,
}

impl Replayed {
    pub(crate) fn from(image: MetadataImage) -> Self {
        Self { image, ..Self::default() }
    }

    pub(crate) fn replay(&mut self, position: RecordPosition, record: &MetadataRecord) -> Result<(), ReplayError> {
        let result = match record {
            MetadataRecord::BeginTransactionRecord(_) => self.begin_transaction(),
            MetadataRecord::EndTransactionRecord(_) => self.end_transaction(),
            MetadataRecord::AbortTransactionRecord(_) => self.abort_transaction(),
            other => replay::apply(other, &mut self.image, &mut self.changes),
        };
        result.map_err(|misfit| ReplayError { offset: position.offset, record: record.type_name(), misfit })?;
        self.skip(position);
        Ok(())
    }

    pub(crate) fn skip(&mut self, position: RecordPosition) {
        self.image.provenance = Some(Provenance {
            last_offset: position.offset,
            last_epoch: position.epoch,
            last_timestamp: position.timestamp,
        });
    }

    fn begin_transaction(&mut self) -> Result<(), Misfit> {
        if self.before_transaction.is_some() {
            return Err(Misfit::TransactionMarkerOutOfPlace);
        }
        let changes = std::mem::take(&mut self.changes);
        self.before_transaction = Some(BeforeTransaction { image: self.image.clone(), changes });
        Ok(())
    }

    fn end_transaction(&mut self) -> Result<(), Misfit> {
        let before = self.before_transaction.take().ok_or(Misfit::TransactionMarkerOutOfPlace)?;
        let within = std::mem::replace(&mut self.changes, before.changes);
        self.changes.append(within);
        Ok(())
    }

    fn abort_transaction(&mut self) -> Result<(), Misfit> {
        let before = self.before_transaction.take().ok_or(Misfit::TransactionMarkerOutOfPlace)?;
        self.image = before.image;
        self.changes = before.changes;
        Ok(())
    }
}
