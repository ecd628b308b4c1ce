//! An idempotent producer's id (KIP-98): asked for once, and again when sequence numbers have got a gap.

use crate::ClientError;
use crate::backoff::Backoff;
use crate::cluster::Cluster;
use crate::pacer::{Begin, Pacer};
use crate::random::Random;
use ottla_model::{ProducerEpoch, ProducerId};
use ottla_protocol::messages::InitProducerIdRequest;
use tokio::time::Instant;

/// An id, and which instance of it this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) producer_id: ProducerId,
    pub(super) producer_epoch: ProducerEpoch,
}

/// Where the producer stands with its id.
#[derive(Debug)]
pub(super) struct Identity {
    wanted: bool,
    granted: Option<Granted>,
    renewing: bool,
    pacer: Pacer,
}

impl Identity {
    pub(super) fn new(wanted: bool) -> Self {
        Self { wanted, granted: None, renewing: false, pacer: Pacer::default() }
    }

    /// Whether nothing can be sent for want of an id.
    pub(super) fn is_missing(&self) -> bool {
        self.wanted && (self.granted.is_none() || self.renewing)
    }

    /// The id to mark batches with.
    pub(super) fn granted(&self) -> Option<Granted> {
        self.granted
    }

    /// The id is of no use any more. Nothing is sent with it from now on.
    pub(super) fn renew(&mut self) {
        self.renewing = self.granted.is_some();
    }

    /// Drops an id that is of no use once nothing is on its way with it: what comes back could not be told from what is
    /// sent under the next. Says whether it did.
    pub(super) fn settle(&mut self, in_flight: usize) -> bool {
        if !self.renewing || in_flight > 0 {
            return false;
        }
        self.renewing = false;
        self.granted = None;
        true
    }

    /// What to do about the missing id.
    pub(super) fn begin_request(&mut self, now: Instant) -> Begin {
        if self.renewing { Begin::Running } else { self.pacer.begin(now) }
    }

    /// The broker has answered. Gives the error if asking again is of no use.
    pub(super) fn end_request(
        &mut self,
        outcome: Result<Granted, ClientError>,
        backoff: Backoff,
        random: &Random,
    ) -> Option<ClientError> {
        match outcome {
            Ok(granted) => {
                self.granted = Some(granted);
                self.pacer.succeeded();
                None
            }
            Err(error) => {
                self.pacer.failed(backoff, random);
                (!error.is_retriable()).then_some(error)
            }
        }
    }
}

/// Asks any broker for an id.
pub(super) async fn ask(cluster: &Cluster) -> Result<Granted, ClientError> {
    let request = InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout_ms: i32::MAX,
        producer_id: -1,
        producer_epoch: -1,
        ..InitProducerIdRequest::default()
    };
    let answer = cluster.call_any(&request).await?;
    ClientError::check(answer.error_code, None)?;
    Ok(Granted {
        producer_id: ProducerId::new(answer.producer_id),
        producer_epoch: ProducerEpoch::new(answer.producer_epoch),
    })
}

#[cfg(test)]
mod tests {
    use super::{Granted, Identity};
    use crate::ClientError;
    use crate::backoff::Backoff;
    use crate::pacer::Begin;
    use crate::random::Random;
    use ottla_model::{ErrorCode, ProducerEpoch, ProducerId};
    use std::time::Duration;
    use tokio::time::Instant;

    const GRANTED: Granted = Granted { producer_id: ProducerId::new(7), producer_epoch: ProducerEpoch::new(0) };
    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(60), longest: Duration::from_secs(60) };

    #[test]
    fn an_id_is_asked_for_once() {
        let random = Random::seeded(1);
        let mut identity = Identity::new(true);
        assert!(identity.is_missing());
        assert_eq!(identity.begin_request(Instant::now()), Begin::Now);
        assert_eq!(identity.begin_request(Instant::now()), Begin::Running);
        assert_eq!(identity.end_request(Ok(GRANTED), BACKOFF, &random), None);
        assert!(!identity.is_missing());
        assert!(!Identity::new(false).is_missing());
    }

    #[test]
    fn a_spoilt_id_is_kept_until_everything_has_come_back() {
        let mut identity = Identity::new(true);
        identity.end_request(Ok(GRANTED), BACKOFF, &Random::seeded(1));
        identity.renew();
        assert!(identity.is_missing(), "nothing more is sent with it");
        assert!(!identity.settle(1));
        assert_eq!(identity.granted(), Some(GRANTED));
        assert!(identity.settle(0));
        assert_eq!(identity.granted(), None);
        assert_eq!(identity.begin_request(Instant::now()), Begin::Now);
    }

    #[test]
    fn failures_are_waited_out_or_final() {
        let random = Random::seeded(1);
        let mut identity = Identity::new(true);
        let busy = ClientError::refused(ErrorCode::CoordinatorLoadInProgress, None);
        assert_eq!(identity.end_request(Err(busy), BACKOFF, &random), None);
        assert!(matches!(identity.begin_request(Instant::now()), Begin::WaitUntil(_)));
        let refused = ClientError::refused(ErrorCode::ClusterAuthorizationFailed, None);
        assert_eq!(identity.end_request(Err(refused.clone()), BACKOFF, &random), Some(refused));
    }
}
