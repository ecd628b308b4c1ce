//! What clients are told of what happened inside: the one place where refusals become [`ErrorCode`]s. No wildcard arms:
//! a new refusal must be given its code here.

use ottla_coordinators::GroupError;
use ottla_model::ErrorCode;
use ottla_replication::{AppendRefused, DeleteRefused, LookupRefused, NotLeader, ReadRefused};
use ottla_storage::{AppendError, StorageError};

/// Something that a client can be told.
pub trait ToErrorCode {
    /// The code for it.
    fn error_code(&self) -> ErrorCode;
}

impl ToErrorCode for NotLeader {
    fn error_code(&self) -> ErrorCode {
        match self {
            Self::Elsewhere => ErrorCode::NotLeaderOrFollower,
            Self::Fenced { .. } => ErrorCode::FencedLeaderEpoch,
            Self::Unknown { .. } => ErrorCode::UnknownLeaderEpoch,
        }
    }
}

impl ToErrorCode for StorageError {
    fn error_code(&self) -> ErrorCode {
        match self {
            Self::Io { .. } | Self::Poisoned { .. } | Self::Corrupt { .. } => ErrorCode::KafkaStorageError,
            Self::InconsistentTopicId { .. } => ErrorCode::InconsistentTopicId,
            Self::Closed { .. } => ErrorCode::NotLeaderOrFollower,
        }
    }
}

impl ToErrorCode for AppendError {
    fn error_code(&self) -> ErrorCode {
        match self {
            Self::InvalidRecord { .. } => ErrorCode::InvalidRecord,
            Self::InvalidTimestamp { .. } => ErrorCode::InvalidTimestamp,
            Self::Corrupt { .. } => ErrorCode::CorruptMessage,
            Self::Unreadable { .. } => ErrorCode::UnknownServerError,
            Self::BatchTooLarge { .. } => ErrorCode::MessageTooLarge,
            Self::LargerThanSegment { .. } => ErrorCode::RecordListTooLarge,
            Self::UnsupportedCompression { .. } => ErrorCode::UnsupportedCompressionType,
            Self::OutOfOrderSequence { .. } => ErrorCode::OutOfOrderSequenceNumber,
            Self::InvalidProducerEpoch { .. } => ErrorCode::InvalidProducerEpoch,
            Self::InvalidTransactionState { .. } => ErrorCode::InvalidTxnState,
            Self::CoordinatorFenced { .. } => ErrorCode::TransactionCoordinatorFenced,
            // Only followers and the quorum can meet it; they have no client.
            Self::UnexpectedOffset { .. } => ErrorCode::UnknownServerError,
            Self::Storage(error) => error.error_code(),
        }
    }
}

impl ToErrorCode for AppendRefused {
    fn error_code(&self) -> ErrorCode {
        match self {
            Self::NotLeader(error) => error.error_code(),
            Self::NotEnoughReplicas { .. } => ErrorCode::NotEnoughReplicas,
            Self::Log(error) => error.error_code(),
        }
    }
}

impl ToErrorCode for ReadRefused {
    fn error_code(&self) -> ErrorCode {
        match self {
            Self::NotLeader(error) => error.error_code(),
            Self::OffsetOutOfRange => ErrorCode::OffsetOutOfRange,
            Self::Storage(error) => error.error_code(),
        }
    }
}

impl ToErrorCode for LookupRefused {
    fn error_code(&self) -> ErrorCode {
        match self {
            Self::NotLeader(error) => error.error_code(),
            Self::NotAvailableYet => ErrorCode::OffsetNotAvailable,
            Self::Storage(error) => error.error_code(),
        }
    }
}

impl ToErrorCode for DeleteRefused {
    fn error_code(&self) -> ErrorCode {
        match self {
            Self::NotLeader(error) => error.error_code(),
            Self::NotDeletable => ErrorCode::PolicyViolation,
            Self::OffsetOutOfRange => ErrorCode::OffsetOutOfRange,
            Self::Storage(error) => error.error_code(),
        }
    }
}

impl ToErrorCode for GroupError {
    fn error_code(&self) -> ErrorCode {
        match self {
            Self::InvalidGroupId => ErrorCode::InvalidGroupId,
            Self::GroupIdNotFound => ErrorCode::GroupIdNotFound,
            Self::NonEmptyGroup => ErrorCode::NonEmptyGroup,
            Self::GroupSubscribedToTopic => ErrorCode::GroupSubscribedToTopic,
            Self::InvalidSessionTimeout => ErrorCode::InvalidSessionTimeout,
            Self::MemberIdRequired => ErrorCode::MemberIdRequired,
            Self::UnknownMemberId => ErrorCode::UnknownMemberId,
            Self::FencedInstanceId => ErrorCode::FencedInstanceId,
            Self::IllegalGeneration => ErrorCode::IllegalGeneration,
            Self::RebalanceInProgress => ErrorCode::RebalanceInProgress,
            Self::InconsistentGroupProtocol => ErrorCode::InconsistentGroupProtocol,
            // Kafka does not expect it, and says no more than that.
            Self::ContradictoryRequest => ErrorCode::UnknownServerError,
            Self::GroupMaxSizeReached => ErrorCode::GroupMaxSizeReached,
            Self::OffsetMetadataTooLarge => ErrorCode::OffsetMetadataTooLarge,
            Self::UnstableOffsetCommit => ErrorCode::UnstableOffsetCommit,
            Self::NotCoordinator => ErrorCode::NotCoordinator,
            Self::CoordinatorLoadInProgress => ErrorCode::CoordinatorLoadInProgress,
            Self::CoordinatorNotAvailable => ErrorCode::CoordinatorNotAvailable,
            Self::RecordsTooLarge => ErrorCode::UnknownServerError,
        }
    }
}
