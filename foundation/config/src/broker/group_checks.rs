//! Group keys next to each other: least ≤ default ≤ most. The messages are Kafka's.

use super::reader::Reader;

/// The kinds of groups whose members send heartbeats to the coordinator.
const KINDS: [&str; 3] = ["consumer", "share", "streams"];

pub(super) fn check(reader: &mut Reader<'_>) {
    for kind in KINDS {
        for what in ["heartbeat.interval.ms", "session.timeout.ms", "assignment.interval.ms"] {
            let [least, default, most] = ["min.", "", "max."].map(|bound| format!("group.{kind}.{bound}{what}"));
            not_below(reader, &most, &least);
            not_below(reader, &default, &least);
            not_above(reader, &default, &most);
        }
        let heartbeat = format!("group.{kind}.heartbeat.interval.ms");
        let session = format!("group.{kind}.session.timeout.ms");
        let holds = reader.int(&heartbeat) < reader.int(&session);
        reader.require(holds, &heartbeat, format!("{heartbeat} must be less than {session}"));
    }
    for what in ["delivery.count.limit", "partition.max.record.locks", "record.lock.duration.ms"] {
        let [least, default, most] = ["min.", "", "max."].map(|bound| format!("group.share.{bound}{what}"));
        not_below(reader, &most, &default);
        not_below(reader, &default, &least);
    }
    not_below(reader, "group.share.max.share.sessions", "group.share.max.size");
    not_above(reader, "group.streams.num.standby.replicas", "group.streams.max.standby.replicas");
    let assignors = reader.list("group.share.assignors").len();
    reader.require(
        assignors == 1,
        "group.share.assignors",
        format!("group.share.assignors must contain exactly one assignor, but found {assignors}"),
    );
    check_protocols(reader);
}

fn not_below(reader: &mut Reader<'_>, key: &str, bound: &str) {
    let holds = reader.int(key) >= reader.int(bound);
    reader.require(holds, key, format!("{key} must be greater than or equal to {bound}"));
}

fn not_above(reader: &mut Reader<'_>, key: &str, bound: &str) {
    let holds = reader.int(key) <= reader.int(bound);
    reader.require(holds, key, format!("{key} must be less than or equal to {bound}"));
}

fn check_protocols(reader: &mut Reader<'_>) {
    const KEY: &str = "group.coordinator.rebalance.protocols";
    let classic = reader.list(KEY).iter().any(|protocol| protocol == "classic");
    reader.require(classic, KEY, "Disabling the 'classic' protocol is not supported.");
}
