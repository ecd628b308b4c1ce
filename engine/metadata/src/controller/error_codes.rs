//! What the controller's errors are called on the wire. The one place that knows, and every error is named: a new one
//! does not compile until somebody has thought of its code.

use super::{
    ActivationError, AllocateProducerIdsError, AlterConfigError, AlterPartitionError, AssignDirectoriesError,
    AssignDirectoryError, BrokerIdNotRegistered, ConfigRefusal, ControllerRegistrationUnsupported,
    CreatePartitionsError, CreateTopicError, DeleteTopicError, ElectLeaderError, ManualAssignmentError, PlacementError,
    RegisterBrokerError, StaleBrokerEpoch, TooManyChanges, TopicDeletionDisabled, UpdateFeaturesError,
};
use ottla_model::ErrorCode;

impl TooManyChanges {
    /// The code on the wire.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Partitions | Self::Records => ErrorCode::PolicyViolation,
        }
    }
}

impl StaleBrokerEpoch {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotRegistered { .. } | Self::OtherIncarnation { .. } | Self::HeartbeatBeforeRegistration { .. } => {
                ErrorCode::StaleBrokerEpoch
            }
        }
    }
}

impl ActivationError {
    /// The code on the wire, though nobody asked: the controller cannot work.
    pub fn code(&self) -> ErrorCode {
        ErrorCode::UnknownServerError
    }
}

impl RegisterBrokerError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::OtherCluster { .. } => ErrorCode::InconsistentClusterId,
            Self::Duplicate => ErrorCode::DuplicateBrokerRegistration,
            Self::ZkBroker => ErrorCode::BrokerIdNotRegistered,
            Self::NoDirectories
            | Self::ReservedDirectory
            | Self::DuplicateDirectory
            | Self::DirectoryOfOtherBroker { .. }
            | Self::NoMetadataVersion => ErrorCode::InvalidRegistration,
            Self::UnsupportedFeature { .. } => ErrorCode::UnsupportedVersion,
        }
    }
}

impl BrokerIdNotRegistered {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unknown(_) => ErrorCode::BrokerIdNotRegistered,
            Self::TooMany(too_many) => too_many.code(),
        }
    }
}

impl ControllerRegistrationUnsupported {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        ErrorCode::UnsupportedVersion
    }
}

impl ManualAssignmentError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Empty
            | Self::NotRegistered(_)
            | Self::Twice(_)
            | Self::ReplicationFactor { .. }
            | Self::NobodyActive { .. } => ErrorCode::InvalidReplicaAssignment,
        }
    }
}

impl PlacementError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotPositive(_) | Self::NobodyUnfenced | Self::TooFewBrokers { .. } => {
                ErrorCode::InvalidReplicationFactor
            }
        }
    }
}

impl CreateTopicError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::InvalidName(_) | Self::Collision { .. } => ErrorCode::InvalidTopicException,
            Self::AlreadyExists(_) => ErrorCode::TopicAlreadyExists,
            Self::DuplicateName
            | Self::ClusterMetadata
            | Self::ReplicationFactorWithAssignments
            | Self::PartitionsWithAssignments => ErrorCode::InvalidRequest,
            Self::NullConfigs(_) => ErrorCode::InvalidConfig,
            Self::Config(config) => config.code(),
            Self::AssignedTwice(_) | Self::NotConsecutive => ErrorCode::InvalidReplicaAssignment,
            Self::Assignment(assignment) => assignment.code(),
            Self::ReplicationFactor | Self::NobodyActive { .. } => ErrorCode::InvalidReplicationFactor,
            Self::Placement { reason, .. } => reason.code(),
            Self::Partitions => ErrorCode::InvalidPartitions,
        }
    }
}

impl DeleteTopicError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownName => ErrorCode::UnknownTopicOrPartition,
            Self::UnknownId => ErrorCode::UnknownTopicId,
            Self::NeitherNameNorId | Self::DuplicateName | Self::DuplicateId | Self::NameAndId(_) => {
                ErrorCode::InvalidRequest
            }
        }
    }
}

impl TopicDeletionDisabled {
    /// The code on the wire. Before version 3 of DeleteTopics there was none for the first: `INVALID_REQUEST` then.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Disabled => ErrorCode::TopicDeletionDisabled,
            Self::TooMany(too_many) => too_many.code(),
        }
    }
}

impl CreatePartitionsError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownTopic => ErrorCode::UnknownTopicOrPartition,
            Self::DuplicateName => ErrorCode::InvalidRequest,
            Self::HasThatMany(_) | Self::NotAnIncrease { .. } => ErrorCode::InvalidPartitions,
            Self::AssignmentCount { .. } => ErrorCode::InvalidReplicaAssignment,
            Self::NoPartitions(_) => ErrorCode::UnknownServerError,
            Self::Assignment(assignment) => assignment.code(),
            Self::Placement(placement) => placement.code(),
            Self::NobodyActive { .. } => ErrorCode::InvalidReplicationFactor,
        }
    }
}

impl AlterConfigError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::DuplicateResource
            | Self::NotInMetadata(_)
            | Self::UnnamedTopic
            | Self::UnnamedGroup
            | Self::BrokerName
            | Self::NegativeBroker => ErrorCode::InvalidRequest,
            Self::UnknownKind(_) => ErrorCode::UnsupportedVersion,
            Self::NotAList { .. }
            | Self::BrokerMinInsyncReplicas
            | Self::ClusterMinInsyncReplicasRemoved
            | Self::CordoningUnsupported
            | Self::CordonedMore
            | Self::ValueTooLong => ErrorCode::InvalidConfig,
            Self::Refused(refusal) => refusal.code(),
            Self::TopicName(_) => ErrorCode::InvalidTopicException,
            Self::UnknownNode(_) => ErrorCode::BrokerIdNotRegistered,
            Self::UnknownTopic(_) => ErrorCode::UnknownTopicOrPartition,
        }
    }
}

impl ConfigRefusal {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid(_) => ErrorCode::InvalidConfig,
            Self::BadRequest(_) => ErrorCode::InvalidRequest,
        }
    }
}

impl AllocateProducerIdsError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::StaleBrokerEpoch(stale) => stale.code(),
            Self::Exhausted => ErrorCode::UnknownServerError,
        }
    }
}

impl AlterPartitionError {
    /// The code on the wire.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::UnknownTopic => ErrorCode::UnknownTopicId,
            Self::UnknownPartition => ErrorCode::UnknownTopicOrPartition,
            Self::NewerThanController => ErrorCode::NotController,
            Self::FencedLeaderEpoch => ErrorCode::FencedLeaderEpoch,
            Self::NotLeader
            | Self::NotReplicas
            | Self::WithoutLeader
            | Self::RecoveringWithFollowers
            | Self::RecoveringAgain => ErrorCode::InvalidRequest,
            Self::StalePartitionEpoch => ErrorCode::InvalidUpdateVersion,
            Self::IneligibleReplica => ErrorCode::IneligibleReplica,
            Self::NewLeaderElected => ErrorCode::NewLeaderElected,
        }
    }
}

impl AssignDirectoriesError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Unsupported => ErrorCode::UnsupportedVersion,
            Self::StaleBrokerEpoch(stale) => stale.code(),
        }
    }
}

impl AssignDirectoryError {
    /// The code on the wire.
    pub fn code(self) -> ErrorCode {
        match self {
            Self::UnknownTopic => ErrorCode::UnknownTopicId,
            Self::UnknownPartition => ErrorCode::UnknownTopicOrPartition,
            Self::NotReplica => ErrorCode::NotLeaderOrFollower,
        }
    }
}

impl ElectLeaderError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownTopic(_) | Self::UnknownPartition { .. } => ErrorCode::UnknownTopicOrPartition,
            Self::NotNeeded => ErrorCode::ElectionNotNeeded,
            Self::PreferredNotAvailable => ErrorCode::PreferredLeaderNotAvailable,
            Self::NobodyAvailable => ErrorCode::EligibleLeadersNotAvailable,
        }
    }
}

impl UpdateFeaturesError {
    /// The code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::InvalidUpdate { .. } | Self::MetadataDowngrade { .. } => ErrorCode::InvalidUpdateVersion,
        }
    }
}
