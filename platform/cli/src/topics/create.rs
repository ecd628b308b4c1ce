//! `--create`.

use super::Problem;
use super::options::TopicsOptions;
use crate::streams::Streams;
use ottla_client::admin::{Admin, NewTopic};
use ottla_config::InvalidValue;
use ottla_config::topic::{self, TopicDefaults};
use ottla_model::ErrorCode;
use std::collections::BTreeMap;

/// Creates the topic.
pub(super) async fn run(admin: &Admin, options: &TopicsOptions, streams: &mut Streams<'_>) -> Result<(), Problem> {
    let name = options.topic()?.unwrap_or_default();
    let partitions = options.partitions()?;
    let replication_factor = options.replication_factor()?;
    let assignment = options.replica_assignment()?;
    let configs = configs(options)?;
    if name.contains(['.', '_']) {
        writeln!(
            streams.output,
            "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could \
             collide. To avoid issues it is best to use either, but not both."
        )?;
    }
    let replication_factor = match replication_factor {
        None => None,
        Some(factor) => match i16::try_from(factor) {
            Ok(factor) if factor >= 1 => Some(factor),
            _ => {
                let message = "The replication factor must be between 1 and 32767 inclusive";
                return Err(Problem::illegal_argument(message));
            }
        },
    };
    if partitions.is_some_and(|partitions| partitions < 1) {
        return Err(Problem::illegal_argument("The partitions must be greater than 0"));
    }
    let topic = NewTopic {
        name: name.to_owned(),
        partitions,
        replication_factor,
        assignment,
        configs: configs.into_iter().collect(),
    };
    for (_, outcome) in admin.create_topics(&[topic], false).await? {
        match outcome {
            Ok(_) => writeln!(streams.output, "Created topic {name}.")?,
            Err(error) if error.code() == Some(ErrorCode::TopicAlreadyExists) && options.if_not_exists() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Reads and checks the `--config` options.
pub(super) fn configs(options: &TopicsOptions) -> Result<BTreeMap<String, String>, Problem> {
    let configs = read_configs(&options.configs())?;
    check_configs(&configs).map_err(|error| Problem {
        message: error.message().to_owned(),
        exception: "org.apache.kafka.common.errors.InvalidConfigurationException".to_owned(),
    })?;
    Ok(configs)
}

fn read_configs(words: &[&str]) -> Result<BTreeMap<String, String>, Problem> {
    let mut configs = BTreeMap::new();
    for word in words {
        let parts = crate::java::text::split(word, '=');
        let [name, value] = parts[..] else {
            return Err(Problem::illegal_argument(
                "requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".",
            ));
        };
        configs.insert(name.trim().to_owned(), value.trim().to_owned());
    }
    Ok(configs)
}

/// What can be said without a broker. Whether the cluster has tiered storage is for the broker to say.
fn check_configs(configs: &BTreeMap<String, String>) -> Result<(), InvalidValue> {
    let mut untiered = configs.clone();
    if let Some(tiered) = untiered.remove("remote.storage.enable") {
        topic::validate_value("remote.storage.enable", &tiered)?;
    }
    topic::validate(&BTreeMap::new(), &untiered, &TopicDefaults::default(), false)
}

#[cfg(test)]
mod tests {
    use super::{check_configs, read_configs};

    #[test]
    fn configs_are_key_and_value() {
        let configs = read_configs(&["retention.ms = 5", "cleanup.policy=compact,delete"]).unwrap();
        assert_eq!(configs["retention.ms"], "5");
        assert_eq!(configs["cleanup.policy"], "compact,delete");
        assert!(check_configs(&configs).is_ok());
        for bad in ["retention.ms", "retention.ms=", "a=b=c"] {
            assert!(read_configs(&[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn wrong_configs_are_refused_before_anything_is_sent() {
        let message = |word| check_configs(&read_configs(&[word]).unwrap()).unwrap_err().to_string();
        assert_eq!(message("foo=1"), "Unknown topic config name: foo");
        assert_eq!(
            message("retention.ms=x"),
            "Invalid value x for configuration retention.ms: Not a number of type LONG"
        );
        assert!(check_configs(&read_configs(&["remote.storage.enable=true"]).unwrap()).is_ok());
    }
}
