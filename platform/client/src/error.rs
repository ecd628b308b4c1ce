//! What can go wrong between a caller and a cluster.

mod exception_name;

use ottla_model::ErrorCode;

/// Why something asked of the client was not done. The texts are those that Kafka's own client gives, where it has one:
/// tools print them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The broker said no, or the client knows that it would.
    #[error("{message}")]
    Refused {
        /// What it said.
        code: ErrorCode,
        /// Its own words, or the code's.
        message: String,
    },
    /// Time is up.
    #[error("{0}")]
    Timeout(String),
    /// The connection was lost, or could not be had.
    #[error("{0}")]
    Disconnected(String),
    /// No broker could be found that might be asked.
    #[error("{0}")]
    Unreachable(String),
    /// The broker does not know this API, or no version of it that we do.
    #[error("{0}")]
    UnsupportedVersion(String),
    /// The bytes that came are not an answer to what was asked.
    #[error("{0}")]
    Malformed(String),
    /// A client configuration that cannot be used.
    #[error("{0}")]
    Config(String),
    /// Something asked for that makes no sense.
    #[error("{0}")]
    IllegalArgument(String),
    /// There is no position to read from, and `auto.offset.reset` is `none`.
    #[error("Undefined offset with no reset policy for partitions: [{0}]")]
    NoOffset(String),
    /// The log was cut below the position, and `auto.offset.reset` is `none`.
    #[error("Detected log truncation for partitions with diverging offsets: [{0}]")]
    LogTruncation(String),
    /// The consumer is no member of its group any more, so its offsets are not its own to commit.
    #[error("{0}")]
    CommitFailed(String),
    /// The producer or consumer has been closed.
    #[error("{0}")]
    Closed(String),
}

impl ClientError {
    /// The broker's refusal in its own words, or in the code's where it had none.
    pub fn refused(code: ErrorCode, message: Option<String>) -> Self {
        Self::Refused { code, message: message.unwrap_or_else(|| code.message().to_owned()) }
    }

    /// The refusal that a number on the wire stands for; `Ok` if it stands for "no error".
    ///
    /// # Errors
    /// The refusal. Numbers of a later Kafka count as UNKNOWN_SERVER_ERROR.
    pub fn check(error_code: i16, message: Option<String>) -> Result<(), Self> {
        match ErrorCode::try_from(error_code).unwrap_or(ErrorCode::UnknownServerError) {
            ErrorCode::None => Ok(()),
            code => Err(Self::refused(code, message)),
        }
    }

    /// The broker's code, if it was a broker who said no.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether the same may work in a moment.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Refused { code, .. } => code.is_retriable(),
            Self::Disconnected(_) => true,
            Self::Timeout(_)
            | Self::Unreachable(_)
            | Self::UnsupportedVersion(_)
            | Self::Malformed(_)
            | Self::Config(_)
            | Self::IllegalArgument(_)
            | Self::NoOffset(_)
            | Self::LogTruncation(_)
            | Self::CommitFailed(_)
            | Self::Closed(_) => false,
        }
    }

    /// Whether this says that what we know of the cluster is out of date.
    pub fn is_stale_metadata(&self) -> bool {
        match self {
            Self::Disconnected(_) => true,
            Self::Refused { code, .. } => matches!(
                code,
                ErrorCode::NotLeaderOrFollower
                    | ErrorCode::LeaderNotAvailable
                    | ErrorCode::UnknownTopicOrPartition
                    | ErrorCode::UnknownTopicId
                    | ErrorCode::InconsistentTopicId
                    | ErrorCode::FencedLeaderEpoch
                    | ErrorCode::UnknownLeaderEpoch
                    | ErrorCode::ReplicaNotAvailable
                    | ErrorCode::KafkaStorageError
                    | ErrorCode::ListenerNotFound
                    | ErrorCode::NetworkException
                    | ErrorCode::NotController
                    | ErrorCode::OffsetNotAvailable
            ),
            _ => false,
        }
    }

    /// The class of the exception that Kafka's own client throws for this, with its package: logs and scripts are
    /// searched for it.
    pub fn exception_name(&self) -> String {
        let simple = match self {
            Self::Refused { code, .. } => return exception_name::of(*code),
            Self::Timeout(_) => "TimeoutException",
            Self::Disconnected(_) => "DisconnectException",
            Self::UnsupportedVersion(_) => "UnsupportedVersionException",
            Self::Config(_) => return "org.apache.kafka.common.config.ConfigException".to_owned(),
            Self::IllegalArgument(_) => return "java.lang.IllegalArgumentException".to_owned(),
            Self::NoOffset(_) => {
                return "org.apache.kafka.clients.consumer.NoOffsetForPartitionException".to_owned();
            }
            Self::LogTruncation(_) => {
                return "org.apache.kafka.clients.consumer.LogTruncationException".to_owned();
            }
            Self::CommitFailed(_) => {
                return "org.apache.kafka.clients.consumer.CommitFailedException".to_owned();
            }
            Self::Unreachable(_) | Self::Malformed(_) | Self::Closed(_) => {
                return "org.apache.kafka.common.KafkaException".to_owned();
            }
        };
        exception_name::in_package(simple)
    }
}

#[cfg(test)]
mod tests {
    use super::ClientError;
    use ottla_model::ErrorCode;

    #[test]
    fn a_number_becomes_what_it_stands_for() {
        assert_eq!(ClientError::check(0, None), Ok(()));
        let refused = ClientError::check(36, Some("Topic 'a' already exists.".to_owned())).unwrap_err();
        assert_eq!(refused.to_string(), "Topic 'a' already exists.");
        assert_eq!(refused.code(), Some(ErrorCode::TopicAlreadyExists));
        assert_eq!(refused.exception_name(), "org.apache.kafka.common.errors.TopicExistsException");
        assert_eq!(ClientError::check(32_000, None).unwrap_err().code(), Some(ErrorCode::UnknownServerError));
    }
}
