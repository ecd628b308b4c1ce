//! Building batches as Apache Kafka builds them: CreateTime, no producer, one timestamp for all records.

use super::{ControlRecord, SIZE_MAX};
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset, Timestamp};
use ottla_records::{AppendError, BatchBuilder, BuildError, Compression};

/// Records that do not fit one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{size} bytes of records do not fit a batch of {SIZE_MAX} bytes")]
pub struct TooLarge {
    /// How large the batch would be, at the least.
    pub size: usize,
}

/// A batch of the quorum's own records.
#[derive(Debug, Clone, Copy)]
pub struct ControlBatch<'a> {
    /// The first record's offset.
    pub base_offset: Offset,
    /// The leader epoch that stands in the batch.
    pub epoch: LeaderEpoch,
    /// The timestamp of every record.
    pub append_time: Timestamp,
    /// At least one.
    pub records: &'a [ControlRecord],
}

/// A batch of framed metadata records.
#[derive(Debug, Clone, Copy)]
pub struct DataBatch<'a> {
    /// The first record's offset.
    pub base_offset: Offset,
    /// The leader epoch that stands in the batch.
    pub epoch: LeaderEpoch,
    /// The timestamp of every record.
    pub append_time: Timestamp,
    /// At least one; see `ottla_protocol::record_frame`.
    pub frames: &'a [Bytes],
}

impl ControlBatch<'_> {
    /// The batch's bytes.
    ///
    /// # Panics
    /// Without records. Control records are few and small; no set of them outgrows a batch.
    pub fn to_bytes(&self) -> Bytes {
        let mut batch = builder(self.base_offset, self.epoch).control(true);
        for record in self.records {
            batch
                .append(not_before_1970(self.append_time), Some(&record.key()), Some(&record.value()), &[])
                .expect("control records are small, their offsets follow each other");
        }
        batch.build().expect("a control batch has a record")
    }
}

impl DataBatch<'_> {
    /// The batch's bytes.
    ///
    /// # Errors
    /// More than [`SIZE_MAX`] bytes.
    ///
    /// # Panics
    /// Without frames.
    pub fn to_bytes(&self) -> Result<Bytes, TooLarge> {
        let append_time = not_before_1970(self.append_time);
        let mut batch = builder(self.base_offset, self.epoch);
        for frame in self.frames {
            let size = batch.uncompressed_size_with(append_time, None, Some(frame), &[]);
            if size > SIZE_MAX {
                return Err(TooLarge { size });
            }
            match batch.append(append_time, None, Some(frame), &[]) {
                Ok(()) => {}
                Err(AppendError::TooLarge(size)) => return Err(TooLarge { size }),
                Err(other) => unreachable!("timestamps are not negative, offsets follow each other: {other}"),
            }
        }
        match batch.build() {
            Ok(bytes) => Ok(bytes),
            Err(BuildError::TooLarge(size)) => Err(TooLarge { size }),
            Err(other) => panic!("a data batch has a frame, no producer and no codec: {other}"),
        }
    }
}

fn builder(base_offset: Offset, epoch: LeaderEpoch) -> BatchBuilder {
    BatchBuilder::new(base_offset, Compression::None).partition_leader_epoch(epoch)
}

/// A batch cannot hold an earlier time. A clock that shows one is wrong, and no reason to lose the quorum.
fn not_before_1970(time: Timestamp) -> Timestamp {
    time.max(Timestamp::new(0))
}
