//! What a broker allows groups.

/// What a broker allows groups, from its configuration. All times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSettings {
    /// `group.min.session.timeout.ms`: the shortest session a member may ask for.
    pub session_timeout_min: i32,
    /// `group.max.session.timeout.ms`: the longest session a member may ask for.
    pub session_timeout_max: i32,
    /// `group.max.size`: members of one group, at most.
    pub size_max: usize,
    /// `group.initial.rebalance.delay.ms`: how long an empty group waits for more members when the first has come; anew
    /// for each further one, up to the rebalance time-out.
    pub initial_rebalance_delay: i32,
    /// `offset.metadata.max.bytes`: the longest text beside a committed offset, in UTF-16 code units, as Kafka counts.
    pub offset_metadata_max: usize,
    /// `offsets.retention.minutes`, in milliseconds: how long offsets are kept when nobody needs them.
    pub offsets_retention: i64,
    /// `offsets.retention.check.interval.ms`: how often is looked for such offsets.
    pub offsets_retention_check_interval: i64,
}

impl Default for GroupSettings {
    /// Kafka's defaults.
    fn default() -> Self {
        Self {
            session_timeout_min: 6_000,
            session_timeout_max: 1_800_000,
            size_max: i32::MAX as usize,
            initial_rebalance_delay: 3_000,
            offset_metadata_max: 4_096,
            offsets_retention: 7 * 24 * 60 * 60 * 1_000,
            offsets_retention_check_interval: 600_000,
        }
    }
}
