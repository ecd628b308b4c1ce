//! How to call the tool, as `kafka-storage` says it when it was called wrongly.

const COMMANDS: [&str; 5] = ["info", "format", "version-mapping", "feature-dependencies", "random-uuid"];

/// Options that have a short name too.
const SHORT: [(&str, char); 9] = [
    ("--config", 'c'),
    ("--cluster-id", 't'),
    ("--add-scram", 'S'),
    ("--ignore-formatted", 'g'),
    ("--release-version", 'r'),
    ("--feature", 'f'),
    ("--standalone", 's'),
    ("--no-initial-controllers", 'N'),
    ("--initial-controllers", 'I'),
];

/// The usage of one command, or of the tool as a whole.
pub(super) fn of(command: &str) -> &'static str {
    match command {
        "info" => "usage: kafka-storage info [-h] --config CONFIG",
        "format" => {
            "usage: kafka-storage format [-h] --config CONFIG --cluster-id CLUSTER_ID
                     [--add-scram ADD_SCRAM] [--ignore-formatted]
                     [--release-version RELEASE_VERSION]
                     [--feature FEATURE] [--standalone |
                     --no-initial-controllers |
                     --initial-controllers INITIAL_CONTROLLERS]"
        }
        "version-mapping" => {
            "usage: kafka-storage version-mapping [-h]
                     [--release-version RELEASE_VERSION]"
        }
        "feature-dependencies" => "usage: kafka-storage feature-dependencies [-h] --feature FEATURE",
        "random-uuid" => "usage: kafka-storage random-uuid [-h]",
        _ => {
            "usage: kafka-storage [-h]
                     {info,format,version-mapping,feature-dependencies,random-uuid}
                     ..."
        }
    }
}

/// `'info', 'format', …`
pub(super) fn choices() -> String {
    COMMANDS.map(|command| format!("'{command}'")).join(", ")
}

/// `--config/-c`, of an option as it is shown with its value.
pub(super) fn both_names(option: &str) -> String {
    let long = option.split([' ', '=']).next().unwrap_or_default();
    match SHORT.iter().find(|(name, _)| *name == long) {
        Some((name, short)) => format!("{name}/-{short}"),
        None => long.to_owned(),
    }
}
