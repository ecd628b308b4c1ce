//! What a consumer tells its caller about rebalances.

use super::group::offsets::Offsets;
use ottla_model::TopicPartition;

/// Hears of partitions that come and go, from inside of `poll` and `close`. As Kafka's `ConsumerRebalanceListener`, but
/// that offsets are not committed by the listener: it says what is to be committed.
pub trait RebalanceListener: Send {
    /// These partitions are read from now on, besides those that were.
    fn assigned(&mut self, partitions: &[TopicPartition]) {
        let _ = partitions;
    }

    /// These partitions are about to be given up. Gives what is to be committed before others get them, over what
    /// `enable.auto.commit` would commit.
    fn revoked(&mut self, partitions: &[TopicPartition]) -> Offsets {
        let _ = partitions;
        Offsets::new()
    }

    /// These partitions may have been given to others already: nothing can be committed any more.
    fn lost(&mut self, partitions: &[TopicPartition]) {
        let _ = partitions;
    }
}

/// Does not listen.
pub(super) struct Deaf;

impl RebalanceListener for Deaf {}
