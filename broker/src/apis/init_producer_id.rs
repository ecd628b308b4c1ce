//! InitProducerId (key 22), versions 0–5. Idempotent write on the cluster, or write on the transactional id.
//! v3 a producer may keep its id and raise its epoch (KIP-360) · v6 two-phase commit (KIP-939), not offered
//! Ids come from blocks that the controller hands out (KIP-730). Transactions need a coordinator, which is not there yet.

use super::Call;
use crate::node::Node;
use ottla_model::ErrorCode;
use ottla_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse};
use std::sync::Arc;

/// Neither an id nor an epoch.
const NONE: (i64, i16) = (-1, -1);

pub async fn handle(node: Arc<Node>, _call: Call, request: InitProducerIdRequest) -> InitProducerIdResponse {
    match request.transactional_id.as_deref() {
        // As Kafka does: an empty id is nobody's.
        Some("") => return refused(ErrorCode::InvalidRequest),
        Some(_) => return refused(ErrorCode::CoordinatorNotAvailable),
        None => {}
    }
    let known = (request.producer_id, request.producer_epoch);
    if (known.0 == NONE.0) != (known.1 == NONE.1) {
        return refused(ErrorCode::InvalidRequest);
    }
    // An idempotent producer that is out of step just gets another id.
    match node.next_producer_id().await {
        Some(producer_id) => InitProducerIdResponse {
            producer_id: producer_id.value(),
            producer_epoch: 0,
            ..InitProducerIdResponse::default()
        },
        None => refused(ErrorCode::CoordinatorLoadInProgress),
    }
}

fn refused(error: ErrorCode) -> InitProducerIdResponse {
    InitProducerIdResponse {
        error_code: error.code(),
        producer_id: NONE.0,
        producer_epoch: NONE.1,
        ..InitProducerIdResponse::default()
    }
}
