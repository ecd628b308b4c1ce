//! The records of `__consumer_offsets`: what they say, and their bytes. See `docs/formats/consumer-offsets.md`.
//!
//! A record's key begins with its type. Two types are ours to write: a committed offset ([`CommittedOffset`]) and a
//! classic group's generation ([`GroupMetadata`]). A null value is a tombstone: what the key names is no more. The other
//! types belong to consumer, share and streams groups; they are recognised and left in the log as they are.

mod committed_offset;
mod group_metadata;
mod group_record;
mod other_kinds;
#[cfg(test)]
mod tests;

pub use committed_offset::{CommittedOffset, OffsetKey};
pub use group_metadata::{GroupMember, GroupMetadata};
pub use group_record::GroupRecord;
pub use other_kinds::{OtherGroupKind, OtherGroupRecord};
