//! What a group's request can fail with.

/// Why a request about a group was not granted. Each is one error of the protocol; the edge knows its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// The group's name is empty where a name is needed.
    #[error("a group needs a name")]
    InvalidGroupId,
    /// Nobody has heard of the group.
    #[error("the group does not exist")]
    GroupIdNotFound,
    /// The group has members.
    #[error("the group is not empty")]
    NonEmptyGroup,
    /// The group reads the topic whose offsets were to be deleted.
    #[error("the group is actively subscribed to the topic")]
    GroupSubscribedToTopic,
    /// The session time-out is outside of what the broker allows.
    #[error("the session time-out is not within the allowed range")]
    InvalidSessionTimeout,
    /// The member has been given an id, and is to join again with it (KIP-394).
    #[error("the member must join again with the id that it was given")]
    MemberIdRequired,
    /// The group does not know the member (any more).
    #[error("the group does not know this member")]
    UnknownMemberId,
    /// Another member has taken the static member's place (KIP-345).
    #[error("a newer member with the same instance id has taken this one's place")]
    FencedInstanceId,
    /// The group is in another generation.
    #[error("the generation is not the group's")]
    IllegalGeneration,
    /// The group is between generations: join again.
    #[error("the group is rebalancing")]
    RebalanceInProgress,
    /// No protocol type and protocol that all members would share.
    #[error("the protocol is not one that the group follows")]
    InconsistentGroupProtocol,
    /// The request says two things that cannot both be.
    #[error("the request contradicts itself")]
    ContradictoryRequest,
    /// The group has as many members as it may.
    #[error("the group is full")]
    GroupMaxSizeReached,
    /// What is to be kept beside an offset is too long.
    #[error("the metadata of the offset is too large")]
    OffsetMetadataTooLarge,
    /// A transaction that has not ended yet has written the offset (KIP-447).
    #[error("a transaction is about to change the offset")]
    UnstableOffsetCommit,
    /// The group is another broker's business.
    #[error("this broker does not coordinate the group")]
    NotCoordinator,
    /// The group is this broker's business, once it has read about it.
    #[error("the coordinator is loading")]
    CoordinatorLoadInProgress,
    /// What was decided could not be made to last; try again.
    #[error("the coordinator is not available")]
    CoordinatorNotAvailable,
    /// What was decided is larger than the internal topic takes. Trying again would not help.
    #[error("the group's records are too large for the log")]
    RecordsTooLarge,
}
