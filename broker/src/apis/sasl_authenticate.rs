//! SaslAuthenticate (key 36), versions 0–2. Needs nothing.
//! On a listener without SASL nobody is left to be authenticated: it is refused, in Kafka's way.

use super::Call;
use crate::node::Node;
use ottla_model::ErrorCode;
use ottla_protocol::messages::{SaslAuthenticateRequest, SaslAuthenticateResponse};
use std::sync::Arc;

pub async fn handle(_node: Arc<Node>, _call: Call, _request: SaslAuthenticateRequest) -> SaslAuthenticateResponse {
    let message = "SaslAuthenticate request received after successful authentication";
    SaslAuthenticateResponse {
        error_code: ErrorCode::IllegalSaslState.code(),
        error_message: Some(message.to_owned()),
        ..SaslAuthenticateResponse::default()
    }
}
