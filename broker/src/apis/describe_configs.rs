//! DescribeConfigs (key 32), versions 1–4. DescribeConfigs on topics, groups or the cluster.
//! v1 synonyms and sources · v3 documentation and types (KIP-569)
//! What a key is and where its value comes from: `ottla_config::describe`.

use super::Call;
use crate::node::Node;
use ottla_config::ValueType;
use ottla_config::describe::{self, ConfigSource, Described};
use ottla_metadata::image::{ConfigResource, ConfigResourceKind};
use ottla_model::{ErrorCode, TopicName};
use ottla_protocol::messages::describe_configs_request::DescribeConfigsResource;
use ottla_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use ottla_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};
use std::sync::Arc;

type Refusal = (ErrorCode, String);

/// What Kafka has to say of a request that it cannot make sense of.
const MALFORMED: &str = "This most likely occurs because of a request being malformed by the client library or the \
                         message was sent to an incompatible broker. See the broker logs for more details.";

pub async fn handle(node: Arc<Node>, _call: Call, request: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let is_known = |resource: &DescribeConfigsResource| {
        !matches!(ConfigResourceKind::from_code(resource.resource_type), ConfigResourceKind::Unknown(_))
    };
    let all_known = request.resources.iter().all(is_known);
    let results = request.resources.into_iter().map(|resource| {
        let described = if all_known {
            describe(&node, &resource)
        } else {
            // One unknown kind spoils the request, as in Kafka: nobody knows whom to ask for permission.
            Err((ErrorCode::InvalidRequest, MALFORMED.to_owned()))
        };
        let mut result = DescribeConfigsResult {
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
            ..DescribeConfigsResult::default()
        };
        match described {
            Ok(described) => {
                let names = resource.configuration_keys.unwrap_or_default();
                let wanted = described.into_iter().filter(|key| names.is_empty() || names.contains(&key.name));
                result.configs =
                    wanted.map(|key| entry(key, request.include_synonyms, request.include_documentation)).collect();
            }
            Err((code, message)) => {
                result.error_code = code.code();
                result.error_message = Some(message);
            }
        }
        result
    });
    DescribeConfigsResponse { results: results.collect(), ..DescribeConfigsResponse::default() }
}

fn describe(node: &Node, resource: &DescribeConfigsResource) -> Result<Vec<Described>, Refusal> {
    let invalid = |message: String| (ErrorCode::InvalidRequest, message);
    let name = resource.resource_name.as_str();
    let image = node.image();
    let config = node.config();
    match ConfigResourceKind::from_code(resource.resource_type) {
        ConfigResourceKind::Topic => {
            TopicName::new(name).map_err(|error| (ErrorCode::InvalidTopicException, error.to_string()))?;
            if image.topics().id_of(name).is_none() {
                return Err((ErrorCode::UnknownTopicOrPartition, String::new()));
            }
            describe::topic(&config, image.configs().topic(name)).map_err(|error| invalid(error.to_string()))
        }
        ConfigResourceKind::Broker if name.is_empty() => Ok(describe::cluster_default(&config)),
        ConfigResourceKind::Broker => {
            check_broker_id(node, name, " or empty string, but received").map_err(invalid)?;
            Ok(describe::broker(&config))
        }
        ConfigResourceKind::BrokerLogger if name.is_empty() => Err(invalid("Broker id must not be empty".to_owned())),
        ConfigResourceKind::BrokerLogger => {
            check_broker_id(node, name, " but received").map_err(invalid)?;
            Ok(vec![root_logger()])
        }
        ConfigResourceKind::ClientMetrics if name.is_empty() => {
            Err(invalid("Client metrics subscription name must not be empty".to_owned()))
        }
        ConfigResourceKind::ClientMetrics => {
            let resource = ConfigResource { kind: ConfigResourceKind::ClientMetrics, name: name.to_owned() };
            describe::client_metrics(image.configs().of(&resource)).map_err(|error| invalid(error.to_string()))
        }
        ConfigResourceKind::Group if name.is_empty() => Err(invalid("Group name must not be empty".to_owned())),
        ConfigResourceKind::Group => {
            let resource = ConfigResource { kind: ConfigResourceKind::Group, name: name.to_owned() };
            describe::group(&config, image.configs().of(&resource)).map_err(|error| invalid(error.to_string()))
        }
        ConfigResourceKind::Unknown(_) => Err(invalid("Unsupported resource type: UNKNOWN".to_owned())),
    }
}

fn check_broker_id(node: &Node, name: &str, but: &str) -> Result<(), String> {
    let id: i32 = name.parse().map_err(|_| format!("Broker id must be an integer, but it is: {name}"))?;
    if id == node.id().value() {
        return Ok(());
    }
    Err(format!("Unexpected broker id, expected {}{but} {name}", node.id()))
}

/// All of this node's log lines come from one logger, whose level is the process'.
fn root_logger() -> Described {
    Described {
        name: "root".to_owned(),
        value: Some(tracing::level_filters::LevelFilter::current().to_string().to_uppercase()),
        source: ConfigSource::DynamicBrokerLogger,
        is_sensitive: false,
        is_read_only: true,
        synonyms: Vec::new(),
        value_type: None,
        documentation: None,
    }
}

fn entry(key: Described, include_synonyms: bool, include_documentation: bool) -> DescribeConfigsResourceResult {
    let synonyms = key.synonyms.into_iter().map(|synonym| DescribeConfigsSynonym {
        name: synonym.name,
        value: synonym.value,
        source: synonym.source.code(),
        ..DescribeConfigsSynonym::default()
    });
    DescribeConfigsResourceResult {
        name: key.name,
        value: key.value,
        read_only: key.is_read_only,
        config_source: key.source.code(),
        is_sensitive: key.is_sensitive,
        synonyms: if include_synonyms { synonyms.collect() } else { Vec::new() },
        config_type: key.value_type.map_or(0, type_code),
        documentation: key.documentation.filter(|_| include_documentation).map(str::to_owned),
        ..DescribeConfigsResourceResult::default()
    }
}

/// `config_type` (KIP-569); 0 is unknown.
fn type_code(value_type: ValueType) -> i8 {
    match value_type {
        ValueType::Boolean => 1,
        ValueType::String => 2,
        ValueType::Int => 3,
        ValueType::Short => 4,
        ValueType::Long => 5,
        ValueType::Double => 6,
        ValueType::List => 7,
        ValueType::Class => 8,
        ValueType::Password => 9,
    }
}
