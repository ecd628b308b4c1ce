//! The APIs: which there are, in which versions, and on which listeners.

use crate::generated::api_keys::{ApiKey, FACTS};
use std::ops::RangeInclusive;

/// What a broker says is the first version of Produce, although versions 0 to 2 are refused when they are used: librdkafka
/// before 2.x looks for them to learn whether the broker knows newer record batches (KAFKA-18659).
pub const PRODUCE_ADVERTISED_LOWEST_VERSION: i16 = 0;

/// Whom a listener is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListenerKind {
    /// Clients and other brokers.
    Broker,
    /// Brokers and controllers that look for the active controller.
    Controller,
}

/// A number that is no API's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown API key {0}")]
pub struct UnknownApiKey(pub i16);

/// What the definitions say of an API.
#[derive(Debug)]
pub(crate) struct ApiFacts {
    pub key: ApiKey,
    pub name: &'static str,
    pub lowest_version: i16,
    pub highest_version: i16,
    pub latest_version_unstable: bool,
    pub request_flexible_from: i16,
    pub response_flexible_from: i16,
    pub on_broker: bool,
    pub on_controller: bool,
}

impl ApiKey {
    /// Every key in ascending order, the removed ones included.
    pub fn all() -> impl Iterator<Item = Self> {
        FACTS.iter().map(|facts| facts.key)
    }
    /// Every key that a listener of this kind serves, in ascending order.
    pub fn on_listener(listener: ListenerKind) -> impl Iterator<Item = Self> {
        Self::all().filter(move |key| key.is_on(listener))
    }

    fn facts(self) -> &'static ApiFacts {
        &FACTS[self as usize]
    }
    /// The number as it stands on the wire.
    pub const fn key(self) -> i16 {
        self as i16
    }
    /// The name, as Kafka spells it: `OffsetCommit`.
    pub fn name(self) -> &'static str {
        self.facts().name
    }
    /// Every version that can be decoded, the unstable one included. Empty for a removed API.
    pub fn valid_versions(self) -> RangeInclusive<i16> {
        self.facts().lowest_version..=self.facts().highest_version
    }
    /// Whether every version has been removed (KIP-896); the key stays taken.
    pub fn is_removed(self) -> bool {
        self.valid_versions().is_empty()
    }
    /// Whether the last version may still change and is served only where `unstable.api.versions.enable` is set.
    pub fn is_latest_version_unstable(self) -> bool {
        self.facts().latest_version_unstable
    }
    /// The versions that may be used.
    pub fn enabled_versions(self, unstable_enabled: bool) -> RangeInclusive<i16> {
        let facts = self.facts();
        let withheld = i16::from(facts.latest_version_unstable && !unstable_enabled);
        facts.lowest_version..=facts.highest_version - withheld
    }
    /// The versions that ApiVersions tells of, if any: [`Self::enabled_versions`], but see
    /// [`PRODUCE_ADVERTISED_LOWEST_VERSION`].
    pub fn advertised_versions(self, listener: ListenerKind, unstable_enabled: bool) -> Option<RangeInclusive<i16>> {
        let versions = self.enabled_versions(unstable_enabled);
        let lowest = match (self, listener) {
            (Self::Produce, ListenerKind::Broker) => PRODUCE_ADVERTISED_LOWEST_VERSION,
            _ => *versions.start(),
        };
        (!versions.is_empty()).then(|| lowest..=*versions.end())
    }

    /// Whether a request of this version has tagged fields and compact lengths (KIP-482).
    pub fn is_flexible(self, version: i16) -> bool {
        version >= self.facts().request_flexible_from
    }
    /// The version of the header before a request of this version.
    pub fn request_header_version(self, version: i16) -> i16 {
        if self.is_flexible(version) { 2 } else { 1 }
    }
    /// The version of the header before the response to a request of this version. Always 0 for ApiVersions: whoever
    /// asks does not know yet what we know (KIP-511).
    pub fn response_header_version(self, version: i16) -> i16 {
        i16::from(self != Self::ApiVersions && version >= self.facts().response_flexible_from)
    }

    /// Whether brokers serve it to clients and to each other.
    pub fn on_broker(self) -> bool {
        self.facts().on_broker
    }
    /// Whether controllers serve it.
    pub fn on_controller(self) -> bool {
        self.facts().on_controller
    }
    /// Whether listeners of this kind serve it.
    pub fn is_on(self, listener: ListenerKind) -> bool {
        match listener {
            ListenerKind::Broker => self.on_broker(),
            ListenerKind::Controller => self.on_controller(),
        }
    }

    /// Whether a broker passes it on to the active controller, in an Envelope (KIP-590).
    pub fn is_forwardable(self) -> bool {
        matches!(
            self,
            Self::CreateTopics
                | Self::DeleteTopics
                | Self::CreateAcls
                | Self::DeleteAcls
                | Self::AlterConfigs
                | Self::CreatePartitions
                | Self::CreateDelegationToken
                | Self::RenewDelegationToken
                | Self::ExpireDelegationToken
                | Self::ElectLeaders
                | Self::IncrementalAlterConfigs
                | Self::AlterPartitionReassignments
                | Self::ListPartitionReassignments
                | Self::AlterClientQuotas
                | Self::AlterUserScramCredentials
                | Self::DescribeQuorum
                | Self::UpdateFeatures
                | Self::UnregisterBroker
                | Self::AllocateProducerIds
                | Self::AddRaftVoter
                | Self::RemoveRaftVoter
        )
    }

    /// Whether it is for brokers and controllers among each other: it needs ClusterAction on the cluster.
    pub fn is_cluster_action(self) -> bool {
        matches!(
            self,
            Self::LeaderAndIsr
                | Self::StopReplica
                | Self::UpdateMetadata
                | Self::ControlledShutdown
                | Self::WriteTxnMarkers
                | Self::Vote
                | Self::BeginQuorumEpoch
                | Self::EndQuorumEpoch
                | Self::DescribeQuorum
                | Self::AlterPartition
                | Self::UpdateFeatures
                | Self::Envelope
                | Self::BrokerRegistration
                | Self::BrokerHeartbeat
                | Self::AllocateProducerIds
                | Self::InitializeShareGroupState
                | Self::ReadShareGroupState
                | Self::WriteShareGroupState
                | Self::DeleteShareGroupState
                | Self::ReadShareGroupStateSummary
        )
    }
}

impl TryFrom<i16> for ApiKey {
    type Error = UnknownApiKey;
    fn try_from(key: i16) -> Result<Self, UnknownApiKey> {
        let facts = usize::try_from(key).ok().and_then(|index| FACTS.get(index));
        facts.map(|facts| facts.key).ok_or(UnknownApiKey(key))
    }
}

impl std::fmt::Display for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{ListenerKind, UnknownApiKey};
    use crate::ApiKey;

    #[test]
    fn keys_are_their_places_in_the_table() {
        assert_eq!(ApiKey::all().count(), 93);
        for (index, key) in ApiKey::all().enumerate() {
            assert_eq!(key.key() as usize, index);
            assert_eq!(ApiKey::try_from(key.key()), Ok(key));
        }
        assert_eq!(ApiKey::try_from(93), Err(UnknownApiKey(93)));
        assert_eq!(ApiKey::try_from(-1), Err(UnknownApiKey(-1)));
    }

    #[test]
    fn removed_apis_keep_their_keys() {
        let removed: Vec<ApiKey> = ApiKey::all().filter(|key| key.is_removed()).collect();
        assert_eq!(
            removed,
            [ApiKey::LeaderAndIsr, ApiKey::StopReplica, ApiKey::UpdateMetadata, ApiKey::ControlledShutdown]
        );
        assert!(removed.iter().all(|key| !key.on_broker() && !key.on_controller()));
        assert_eq!(ApiKey::StopReplica.advertised_versions(ListenerKind::Broker, true), None);
    }

    #[test]
    fn what_is_advertised_is_not_always_what_is_valid() {
        let advertised = |key: ApiKey, unstable| key.advertised_versions(ListenerKind::Broker, unstable);
        assert_eq!(advertised(ApiKey::Produce, false), Some(0..=13));
        assert_eq!(ApiKey::Produce.valid_versions(), 3..=13);
        assert_eq!(advertised(ApiKey::InitProducerId, false), Some(0..=5));
        assert_eq!(advertised(ApiKey::InitProducerId, true), Some(0..=6));
        assert_eq!(advertised(ApiKey::Fetch, false), Some(4..=18));
    }

    #[test]
    fn headers_follow_flexibility() {
        assert_eq!(ApiKey::Produce.request_header_version(8), 1);
        assert_eq!(ApiKey::Produce.request_header_version(9), 2);
        assert_eq!(ApiKey::Produce.response_header_version(8), 0);
        assert_eq!(ApiKey::Produce.response_header_version(9), 1);
        assert_eq!(ApiKey::ApiVersions.request_header_version(3), 2);
        assert_eq!(ApiKey::ApiVersions.response_header_version(4), 0);
        assert_eq!(ApiKey::SaslHandshake.request_header_version(1), 1);
    }
}
