//! UnregisterBroker (key 64), version 0: forgets a broker that will not come back (KIP-631).

use super::result::{ControllerResult, TooManyChanges, check_record_count};
use super::state::Controller;
use ottla_model::BrokerId;
use ottla_protocol::messages::UnregisterBrokerRecord;

/// There is no such broker to forget.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerIdNotRegistered {
    /// The broker never registered, or was forgotten already.
    #[error("Broker ID {0} is not currently registered")]
    Unknown(BrokerId),
    /// The broker is in sync in more partitions than fit in one batch.
    #[error(transparent)]
    TooMany(#[from] TooManyChanges),
}

impl Controller {
    /// Forgets a broker: it leaves all in-sync and eligible replicas first.
    ///
    /// # Errors
    /// There is no such broker, or it is in too many partitions.
    pub fn unregister_broker(&self, broker: BrokerId) -> Result<ControllerResult<()>, BrokerIdNotRegistered> {
        let registration = self.image().cluster().broker(broker).ok_or(BrokerIdNotRegistered::Unknown(broker))?;
        let mut records = self.records_for_lost_replicas(broker);
        records.extend(self.records_for_lost_eligibility(broker));
        let (broker_id, broker_epoch) = (broker.value(), registration.epoch.value());
        records.push(UnregisterBrokerRecord { broker_id, broker_epoch, ..Default::default() }.into());
        check_record_count(&records)?;
        Ok(ControllerResult::stepwise(records, ()))
    }
}
