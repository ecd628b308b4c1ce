//! Records of groups that are not classic. They stay in the log as they are; here is what can be known of them without
//! knowing their rules: which group, of which kind, and whether it still exists.

/// A group that is not classic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OtherGroupKind {
    /// The consumer protocol of KIP-848.
    Consumer,
    /// Share groups (KIP-932).
    Share,
    /// Streams groups (KIP-1071).
    Streams,
}

/// A record that is about such a group. Its value has not been looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherGroupRecord {
    /// What kind of group.
    pub kind: OtherGroupKind,
    /// The group's id.
    pub group: String,
    /// Whether this is the record whose presence means that the group exists, and whose tombstone that it does not.
    /// The others (members, assignments, topologies, …) come and go while the group is there.
    pub is_existence: bool,
    /// Whether the record says that what it names is no more.
    pub is_tombstone: bool,
}
