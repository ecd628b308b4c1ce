//! What `ottla start` runs on without a file.

use crate::Properties;
use crate::properties::Origin;
use std::path::Path;

pub(super) fn properties(directory: &Path) -> Properties {
    let mut properties = Properties::new();
    let mut set = |key: &str, text: &str| properties.set(key, text, Origin::QuickStart);
    set("node.id", "1");
    set("process.roles", "broker,controller");
    set("listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093");
    set("controller.listener.names", "CONTROLLER");
    set("controller.quorum.bootstrap.servers", "127.0.0.1:9093");
    // To be shown; `BrokerConfig::quick_start` sets the directory itself.
    set("log.dirs", &directory.to_string_lossy().replace(',', "_"));
    set("num.partitions", "1");
    for key in [
        "default.replication.factor",
        "offsets.topic.replication.factor",
        "transaction.state.log.replication.factor",
        "transaction.state.log.min.isr",
        "share.coordinator.state.topic.replication.factor",
        "share.coordinator.state.topic.min.isr",
    ] {
        set(key, "1");
    }
    // Whoever tries a consumer should not wait for others that will not come.
    set("group.initial.rebalance.delay.ms", "0");
    properties
}
