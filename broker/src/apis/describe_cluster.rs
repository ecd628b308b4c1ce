//! DescribeCluster (key 60), versions 0–2 (KIP-700). Describe on the cluster for its operations only.
//! v1 asks for brokers or for controllers (KIP-919) · v2 may list fenced brokers too.

use super::Call;
use crate::authorization::{ALL_CLUSTER_OPERATIONS, NOT_ASKED};
use crate::node::Node;
use ottla_model::ErrorCode;
use ottla_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use ottla_protocol::messages::{DescribeClusterRequest, DescribeClusterResponse};
use std::sync::Arc;

/// `endpoint_type` of brokers.
const BROKER: i8 = 1;
/// `endpoint_type` of controllers.
const CONTROLLER: i8 = 2;

pub async fn handle(node: Arc<Node>, call: Call, request: DescribeClusterRequest) -> DescribeClusterResponse {
    match request.endpoint_type {
        BROKER => {}
        CONTROLLER => {
            let text =
                "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
            return refused(&call, ErrorCode::MismatchedEndpointType, text.to_owned());
        }
        other => {
            return refused(&call, ErrorCode::UnsupportedEndpointType, format!("Unsupported endpoint type {other}"));
        }
    }
    let image = node.image();
    let shown = image.cluster().brokers().filter(|broker| !broker.fenced || request.include_fenced_brokers);
    let brokers = shown.filter_map(|broker| {
        let endpoint = broker.endpoint(&call.connection.listener)?;
        Some(DescribeClusterBroker {
            broker_id: broker.id.value(),
            host: endpoint.host.clone(),
            port: i32::from(endpoint.port),
            rack: broker.rack.clone(),
            is_fenced: broker.fenced,
            ..DescribeClusterBroker::default()
        })
    });
    let brokers: Vec<_> = brokers.collect();
    let operations = if request.include_cluster_authorized_operations { ALL_CLUSTER_OPERATIONS } else { NOT_ASKED };
    DescribeClusterResponse {
        endpoint_type: BROKER,
        cluster_id: node.cluster_id().to_owned(),
        controller_id: brokers.iter().find(|broker| !broker.is_fenced).map_or(-1, |broker| broker.broker_id),
        brokers,
        cluster_authorized_operations: operations,
        ..DescribeClusterResponse::default()
    }
}

fn refused(call: &Call, error: ErrorCode, message: String) -> DescribeClusterResponse {
    // Version 0 knows no endpoint types, so it cannot be told about them.
    let error = if call.version == 0 { ErrorCode::InvalidRequest } else { error };
    DescribeClusterResponse { error_code: error.code(), error_message: Some(message), ..Default::default() }
}
