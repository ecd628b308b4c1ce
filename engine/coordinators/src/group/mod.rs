//! Groups and the offsets that they commit: the shards of `__consumer_offsets`.
//!
//! * [`shard`](GroupShard): everything that may be asked of one partition's groups.
//! * [`classic`]: groups whose members agree among themselves: JoinGroup, SyncGroup, Heartbeat, LeaveGroup.
//! * [`offsets`]: what groups have committed.
//! * [`records`]: keys and values of the topic.
//! * [`listing`]: what is said of groups to those who look on.

pub mod classic;
pub mod listing;
pub mod offsets;
pub mod records;

mod error;
mod expiry;
mod member_ids;
mod settings;
mod shard;

pub use classic::messages::*;
pub use error::GroupError;
pub use member_ids::MemberIds;
pub use settings::GroupSettings;
pub use shard::GroupShard;

use std::sync::Arc;

/// A group's name, shared by everything that is kept about the group.
pub type GroupId = Arc<str>;
