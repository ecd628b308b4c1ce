//! Keys next to each other, for each combination of roles. The messages are Kafka's.

use super::BrokerConfig;
use super::reader::Reader;
use crate::ConfigWarning;
use crate::topic::local_retention_error;
use std::collections::BTreeSet;

const CONTROLLER_NAMES: &str = "controller.listener.names";
const VOTERS: &str = "controller.quorum.voters";
const LISTENERS: &str = "listeners";
const ADVERTISED: &str = "advertised.listeners";
const INTER_BROKER: &str = "inter.broker.listener.name";

pub(super) fn check(config: &BrokerConfig, reader: &mut Reader<'_>, warnings: &mut Vec<ConfigWarning>) {
    let node_id = config.node_id.value();
    if reader.int("broker.id") != node_id {
        reader.refuse("broker.id", "You must set `node.id` to the same value as `broker.id`.");
    }
    check_logs(config, reader);
    check_replication(reader, warnings);
    check_network(config, reader);
    match (config.roles.broker, config.roles.controller) {
        (true, false) => check_broker_only(config, reader, warnings),
        (false, true) => {
            check_controller_only(config, reader);
            check_controller(config, reader);
        }
        (true, true) => {
            check_quorum_is_known(config, reader);
            check_controller(config, reader);
        }
        (false, false) => {}
    }
    if config.roles.broker {
        check_broker(config, reader);
        check_cordoned(config, reader);
    }
    check_routable(config, reader);
}

fn check_logs(config: &BrokerConfig, reader: &mut Reader<'_>) {
    let default =
        |key: &str| config.topic_defaults.text(key).and_then(|text| text.trim().parse::<i64>().ok()).unwrap_or(0);
    reader.require(default("segment.ms") >= 1, "log.roll.ms", "log.roll.ms must be greater than or equal to 1");
    let jitter = default("segment.jitter.ms");
    reader.require(jitter >= 0, "log.roll.jitter.ms", "log.roll.jitter.ms must be greater than or equal to 0");
    let retention = default("retention.ms");
    reader.require(
        retention >= 1 || retention == -1,
        "log.retention.ms",
        "log.retention.ms must be unlimited (-1) or, greater than or equal to 1",
    );
    let per_thread = config.cleaner.dedupe_buffer_bytes.checked_div(config.cleaner.threads.into());
    reader.require(
        per_thread.is_none_or(|bytes| bytes > 1024 * 1024),
        "log.cleaner.dedupe.buffer.size",
        "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.",
    );
    let (min_lag, max_lag) = (default("min.compaction.lag.ms"), default("max.compaction.lag.ms"));
    reader.require(
        min_lag <= max_lag,
        "log.cleaner.min.compaction.lag.ms",
        format!("conflict topic config setting min.compaction.lag.ms ({min_lag}) > max.compaction.lag.ms ({max_lag})"),
    );
    if config.tiered_storage {
        for (whole, local, key) in [
            ("retention.bytes", "local.retention.bytes", "log.local.retention.bytes"),
            ("retention.ms", "local.retention.ms", "log.local.retention.ms"),
        ] {
            if let Some(error) = local_retention_error(whole, default(whole), local, default(local)) {
                reader.refuse(key, error.message());
            }
        }
    }
}

fn check_replication(reader: &mut Reader<'_>, warnings: &mut Vec<ConfigWarning>) {
    const WAIT: &str = "replica.fetch.wait.max.ms";
    let wait = i64::from(reader.int(WAIT));
    reader.require(
        wait <= i64::from(reader.int("replica.socket.timeout.ms")),
        WAIT,
        "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent unnecessary socket \
         timeouts",
    );
    reader.require(
        wait <= reader.long("replica.lag.time.max.ms"),
        WAIT,
        "replica.fetch.wait.max.ms should always be less than or equal to replica.lag.time.max.ms to prevent frequent \
         changes in ISR",
    );
    let heartbeat = i64::from(reader.int("broker.heartbeat.interval.ms"));
    let session = i64::from(reader.int("broker.session.timeout.ms"));
    if heartbeat * 2 > session {
        warnings.push(ConfigWarning::Advice(format!(
            "broker.heartbeat.interval.ms ({heartbeat} ms) must be less than or equal to half of the \
             broker.session.timeout.ms ({session} ms): a broker whose heartbeats come late is fenced"
        )));
    }
}

fn check_network(config: &BrokerConfig, reader: &mut Reader<'_>) {
    let network = &config.network;
    reader.require(
        network.queued_request_bytes_max.is_none_or(|bytes| bytes >= u64::from(network.request_bytes_max)),
        "queued.max.request.bytes",
        "queued.max.request.bytes must be larger or equal to socket.request.max.bytes",
    );
    reader.require(
        network.connections_per_address_max > 0 || !network.connections_per_address_overrides.is_empty(),
        "max.connections.per.ip",
        "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.",
    );
    let delay = i64::from(reader.int("connection.failed.authentication.delay.ms"));
    let idle = reader.long("connections.max.idle.ms");
    reader.require(
        idle < 0 || delay < idle,
        "connections.max.idle.ms",
        format!(
            "connection.failed.authentication.delay.ms={delay} should always be less than \
             connections.max.idle.ms={idle} to prevent failed authentication responses from timing out"
        ),
    );
}

/// The ids of the static voters as Kafka prints a set: `Set(1, 2)`.
fn voter_ids(config: &BrokerConfig) -> String {
    let ids: BTreeSet<i32> = config.quorum.voters.iter().map(|voter| voter.id).collect();
    format!("Set({})", ids.iter().map(i32::to_string).collect::<Vec<_>>().join(", "))
}

fn is_voter(config: &BrokerConfig) -> bool {
    config.quorum.voters.iter().any(|voter| voter.id == config.node_id.value())
}

fn check_quorum_is_known(config: &BrokerConfig, reader: &mut Reader<'_>) {
    reader.require(
        !config.quorum.voters.is_empty() || !config.quorum.bootstrap_servers.is_empty(),
        "controller.quorum.bootstrap.servers",
        "If using process.roles, either controller.quorum.bootstrap.servers must contain the set of bootstrap \
         controllers or controller.quorum.voters must contain a parseable set of controllers.",
    );
}

fn check_broker_only(config: &BrokerConfig, reader: &mut Reader<'_>, warnings: &mut Vec<ConfigWarning>) {
    check_quorum_is_known(config, reader);
    let listeners = &config.listeners;
    let node_id = config.node_id;
    reader.require(
        !is_voter(config),
        VOTERS,
        format!(
            "If process.roles contains just the 'broker' role, the node id {node_id} must not be included in the set \
             of voters {VOTERS}={}",
            voter_ids(config)
        ),
    );
    reader.require(
        listeners.controllers().next().is_none(),
        CONTROLLER_NAMES,
        format!(
            "{CONTROLLER_NAMES} must not contain a value appearing in the 'listeners' configuration when running KRaft \
             with just the broker role"
        ),
    );
    for name in &listeners.controller_names {
        let name = name.to_uppercase();
        if !listeners.protocols.contains_key(&name) {
            reader.refuse(
                CONTROLLER_NAMES,
                format!(
                    "Controller listener with name {name} defined in {CONTROLLER_NAMES} not found in \
                     listener.security.protocol.map  (an explicit security mapping for each controller listener is \
                     required if listener.security.protocol.map is non-empty, or if there are security protocols other \
                     than PLAINTEXT in use)"
                ),
            );
        }
    }
    reader.require(
        !config.quorum.auto_join,
        "controller.quorum.auto.join.enable",
        "controller.quorum.auto.join.enable is only supported when process.roles contains the 'controller' role.",
    );
    if listeners.controller_names.len() > 1 {
        warnings.push(ConfigWarning::Advice(format!(
            "{CONTROLLER_NAMES} has multiple entries; only the first will be used since process.roles=broker: [{}]",
            listeners.controller_names.join(", ")
        )));
    }
    for key in ["create.topic.policy.class.name", "alter.config.policy.class.name"] {
        if reader.layers.set_text(key).is_some() {
            warnings.push(ConfigWarning::Advice(format!(
                "{key} is defined in a broker; it is controllers that look at it"
            )));
        }
    }
    for key in ["num.partitions", "default.replication.factor"] {
        if reader.layers.set_text(key).is_some() {
            warnings.push(ConfigWarning::Advice(format!(
                "{key} is defined in a broker; Kafka 5.0 will look at the controllers' only"
            )));
        }
    }
}

fn check_controller_only(config: &BrokerConfig, reader: &mut Reader<'_>) {
    check_quorum_is_known(config, reader);
    let listeners = &config.listeners;
    reader.require(
        listeners.advertised_controllers.len() == listeners.all.len(),
        LISTENERS,
        format!(
            "The listeners config must only contain KRaft controller listeners from {CONTROLLER_NAMES} when \
             process.roles=controller"
        ),
    );
    reader.require(
        reader.layers.set_text(INTER_BROKER).is_none() || !listeners.controller_names.contains(&listeners.inter_broker),
        CONTROLLER_NAMES,
        format!(
            "{CONTROLLER_NAMES} must not contain an explicitly set {INTER_BROKER} configuration value when \
             process.roles=controller'"
        ),
    );
}

fn check_controller(config: &BrokerConfig, reader: &mut Reader<'_>) {
    let listeners = &config.listeners;
    let node_id = config.node_id;
    reader.require(
        config.quorum.voters.is_empty() || is_voter(config),
        VOTERS,
        format!(
            "If process.roles contains the 'controller' role, the node id {node_id} must be included in the set of \
             voters {VOTERS}={}",
            voter_ids(config)
        ),
    );
    reader.require(
        !listeners.advertised_controllers.is_empty(),
        CONTROLLER_NAMES,
        format!(
            "{CONTROLLER_NAMES} must contain at least one value appearing in the 'listeners' configuration when \
             running the KRaft controller role"
        ),
    );
    let is_listener = |name: &String| listeners.all.iter().any(|listener| listener.name == *name);
    reader.require(
        listeners.controller_names.iter().all(is_listener),
        CONTROLLER_NAMES,
        format!(
            "{CONTROLLER_NAMES} must only contain values appearing in the 'listeners' configuration when running the \
             KRaft controller role"
        ),
    );
}

fn check_broker(config: &BrokerConfig, reader: &mut Reader<'_>) {
    let listeners = &config.listeners;
    // What could not be read has been refused already.
    if listeners.all.is_empty() {
        return;
    }
    let advertised: Vec<&str> = listeners.advertised_brokers.iter().map(|listener| listener.name.as_str()).collect();
    let all: Vec<&str> = listeners.all.iter().map(|listener| listener.name.as_str()).collect();
    if advertised.is_empty() {
        reader.refuse(
            ADVERTISED,
            format!(
                "There must be at least one broker advertised listener. Perhaps all listeners appear in \
                 {CONTROLLER_NAMES}?"
            ),
        );
        return;
    }
    reader.require(
        advertised.contains(&listeners.inter_broker.as_str()),
        INTER_BROKER,
        format!(
            "{INTER_BROKER} must be a listener name defined in {ADVERTISED}. The valid options based on currently \
             configured listeners are {}",
            advertised.join(",")
        ),
    );
    reader.require(
        advertised.iter().all(|name| all.contains(name)),
        ADVERTISED,
        format!(
            "{ADVERTISED} listener names must be equal to or a subset of the ones defined in listeners. Found {}. The \
             valid options based on the current configuration are {}",
            advertised.join(","),
            all.join(",")
        ),
    );
}

fn check_cordoned(config: &BrokerConfig, reader: &mut Reader<'_>) {
    const KEY: &str = "cordoned.log.dirs";
    let cordoned = reader.list(KEY);
    if cordoned.iter().any(|directory| directory == "*") {
        reader.require(cordoned.len() == 1, KEY, format!("When {KEY} is set to *, it must not contain other values"));
        return;
    }
    let is_known = |directory: &str| config.log_dirs.iter().any(|known| known.as_os_str() == directory);
    let unknown: Vec<&str> = cordoned.iter().map(String::as_str).filter(|directory| !is_known(directory)).collect();
    reader.require(
        unknown.is_empty(),
        KEY,
        format!(
            "All entries in {KEY} must be present in log.dirs or log.dir. Missing entries : {}",
            unknown.join(", ")
        ),
    );
}

fn check_routable(config: &BrokerConfig, reader: &mut Reader<'_>) {
    let listeners = &config.listeners;
    let mut advertised = listeners.advertised_brokers.iter().chain(&listeners.advertised_controllers);
    reader.require(
        !advertised.any(|listener| listener.host.as_deref() == Some("0.0.0.0")),
        ADVERTISED,
        format!("{ADVERTISED} cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address."),
    );
}
