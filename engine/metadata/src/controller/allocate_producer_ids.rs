//! AllocateProducerIds (key 67), version 0: a broker gets a block of producer ids to hand out (KIP-730).

use super::result::ControllerResult;
use super::state::{Controller, StaleBrokerEpoch};
use crate::image::BrokerEpoch;
use ottla_model::{BrokerId, ProducerId};
use ottla_protocol::messages::ProducerIdsRecord;

/// How many ids a block has.
pub const PRODUCER_ID_BLOCK_SIZE: i32 = 1000;

/// Producer ids from `first` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerIdBlock {
    /// The first of them.
    pub first: ProducerId,
    /// How many they are.
    pub size: i32,
}

/// Why a broker gets no producer ids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllocateProducerIdsError {
    /// Another incarnation of the broker is registered.
    #[error(transparent)]
    StaleBrokerEpoch(#[from] StaleBrokerEpoch),
    /// There are no numbers left.
    #[error("Exhausted all producerIds as the next block's end producerId has exceeded the int64 type limit")]
    Exhausted,
}

impl Controller {
    /// Sets a block of producer ids apart for a broker. No id is ever in two blocks.
    ///
    /// # Errors
    /// The broker is not the registered one, or no ids are left.
    pub fn allocate_producer_ids(
        &self,
        broker: BrokerId,
        epoch: BrokerEpoch,
    ) -> Result<ControllerResult<ProducerIdBlock>, AllocateProducerIdsError> {
        self.registration(broker, epoch)?;
        let first = self.image().next_producer_id().unwrap_or(ProducerId::new(0));
        let next_producer_id =
            first.value().checked_add(PRODUCER_ID_BLOCK_SIZE.into()).ok_or(AllocateProducerIdsError::Exhausted)?;
        let record = ProducerIdsRecord {
            broker_id: broker.value(),
            broker_epoch: epoch.value(),
            next_producer_id,
            ..Default::default()
        };
        let block = ProducerIdBlock { first, size: PRODUCER_ID_BLOCK_SIZE };
        Ok(ControllerResult::stepwise(vec![record.into()], block))
    }
}
