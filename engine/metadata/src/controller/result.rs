//! What an operation returns.

use ottla_protocol::MetadataRecord;

/// What an operation decided: the records that make it so, and the answer once they are committed.
#[derive(Debug, Clone, PartialEq)]
pub struct ControllerResult<R> {
    /// The records to append, in this order. None: nothing changes, and the answer may go as soon as all that was
    /// decided before is committed.
    pub records: Vec<MetadataRecord>,
    /// Whether all records must become readable at once, in one batch. Otherwise they may be cut into several.
    pub atomic: bool,
    /// The answer.
    pub reply: R,
}

impl<R> ControllerResult<R> {
    /// Records that must become readable at once.
    pub(crate) fn atomic(records: Vec<MetadataRecord>, reply: R) -> Self {
        Self { records, atomic: true, reply }
    }
    /// Records that may become readable in several steps: each prefix of them makes sense.
    pub(crate) fn stepwise(records: Vec<MetadataRecord>, reply: R) -> Self {
        Self { records, atomic: false, reply }
    }
    /// The answer without the deed: for requests that only ask whether something could be done.
    pub(crate) fn without_records(self) -> Self {
        Self { records: Vec::new(), ..self }
    }
}

/// How many records one request may lead to. They are one batch, and a batch is held in memory by every node.
pub(crate) const RECORDS_PER_REQUEST_MAX: usize = 10_000;

/// A request that would change more than fits in one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooManyChanges {
    /// More partitions in one CreateTopics than may be.
    #[error("Excessively large number of partitions per request.")]
    Partitions,
    /// More records than a batch may hold.
    #[error("Unable to perform excessively large batch operation.")]
    Records,
}

/// Refuses what does not fit in one batch.
pub(crate) fn check_record_count(records: &[MetadataRecord]) -> Result<(), TooManyChanges> {
    if records.len() > RECORDS_PER_REQUEST_MAX { Err(TooManyChanges::Records) } else { Ok(()) }
}
