//! SaslHandshake (key 17), versions 0–1. Needs nothing.
//! On a listener without SASL it is refused, in Kafka's way: ILLEGAL_SASL_STATE and no mechanisms.

use super::Call;
use crate::node::Node;
use ottla_model::ErrorCode;
use ottla_protocol::messages::{SaslHandshakeRequest, SaslHandshakeResponse};
use std::sync::Arc;

pub async fn handle(_node: Arc<Node>, _call: Call, _request: SaslHandshakeRequest) -> SaslHandshakeResponse {
    SaslHandshakeResponse { error_code: ErrorCode::IllegalSaslState.code(), ..SaslHandshakeResponse::default() }
}
