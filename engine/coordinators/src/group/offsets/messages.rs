//! What is asked about committed offsets. Not the wire's messages: topics are resolved to names and ids at the edge.

use crate::group::GroupError;
use crate::group::records::CommittedOffset;
use ottla_model::{LeaderEpoch, Offset, PartitionIndex, TopicName, Uuid};

/// Who commits: checked against the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committer {
    /// Which group.
    pub group_id: String,
    /// The member's generation; negative for somebody who is not a member of any group.
    pub generation: i32,
    /// The member; may be empty.
    pub member_id: String,
    /// Its instance id, if it is static (version 7).
    pub group_instance_id: Option<String>,
}

/// OffsetCommit: remember how far the group is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRequest {
    /// Who commits.
    pub committer: Committer,
    /// Milliseconds to keep the offsets (versions 2 to 4); `None`: as the broker's configuration says.
    pub retention: Option<i64>,
    /// What is committed.
    pub topics: Vec<CommitTopic>,
}

/// What is committed for one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitTopic {
    /// The topic.
    pub topic: TopicName,
    /// Its id (version 10); zero if the request named the topic.
    pub topic_id: Uuid,
    /// What is committed.
    pub partitions: Vec<CommitPartition>,
}

/// What is committed for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitPartition {
    /// The partition.
    pub partition: PartitionIndex,
    /// The offset of the record to read next.
    pub offset: Offset,
    /// The epoch of the record before it, if known (version 6).
    pub leader_epoch: Option<LeaderEpoch>,
    /// Whatever the committer wants to be kept beside it.
    pub metadata: String,
}

/// What became of a [`CommitRequest`]: a result for each partition, in the order of the request; or none of it was looked at.
pub type CommitReply = Result<Vec<TopicResult>, GroupError>;

/// Results for a topic's partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicResult {
    /// The topic.
    pub topic: TopicName,
    /// Its id as in the request; zero if the request named the topic.
    pub topic_id: Uuid,
    /// The partitions, in the order of the request.
    pub partitions: Vec<PartitionResult>,
}

/// What became of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionResult {
    /// The partition.
    pub partition: PartitionIndex,
    /// Done, or why not.
    pub result: Result<(), GroupError>,
}

/// OffsetFetch: how far is the group?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest {
    /// Which group.
    pub group_id: String,
    /// Which partitions; `None`: all that the group has committed.
    pub topics: Option<Vec<FetchTopic>>,
    /// Rather an error than an offset that an open transaction is about to change (version 7, KIP-447).
    pub require_stable: bool,
}

/// Partitions whose offsets are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchTopic {
    /// The topic.
    pub topic: TopicName,
    /// Its id (version 10); zero if the request named the topic.
    pub topic_id: Uuid,
    /// Its partitions.
    pub partitions: Vec<PartitionIndex>,
}

/// What a group has committed: in the order of the request, or of names if everything was asked for.
pub type FetchReply = Result<Vec<FetchedTopic>, GroupError>;

/// What a group has committed for a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedTopic {
    /// The topic.
    pub topic: TopicName,
    /// Its id as in the request; zero if the request named the topic.
    pub topic_id: Uuid,
    /// Its partitions.
    pub partitions: Vec<FetchedPartition>,
}

/// What a group has committed for a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedPartition {
    /// The partition.
    pub partition: PartitionIndex,
    /// The offset; `None` if nothing was ever committed. [`GroupError::UnstableOffsetCommit`] if stable offsets were asked
    /// for and this one is not.
    pub committed: Result<Option<CommittedOffset>, GroupError>,
}

/// OffsetDelete: forget how far the group is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteOffsetsRequest {
    /// Which group.
    pub group_id: String,
    /// Which partitions.
    pub topics: Vec<FetchTopic>,
}

/// What became of a [`DeleteOffsetsRequest`]: a result for each partition, in the order of the request.
pub type DeleteOffsetsReply = Result<Vec<TopicResult>, GroupError>;
