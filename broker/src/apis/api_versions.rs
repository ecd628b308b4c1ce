//! ApiVersions (key 18), versions 0–4. Needs nothing, and comes before everything else on a connection.
//! v3 clients say what software they are (KIP-511), and are told the features (KIP-584) · v4 lists features from level 0.
//! Whoever asks in a version that is not known is answered in version 0 (KIP-511).

use super::{Call, TABLE};
use crate::node::Node;
use ottla_metadata::features::Feature;
use ottla_model::ErrorCode;
use ottla_protocol::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use ottla_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse};
use ottla_protocol::{ApiKey, ListenerKind};
use ottla_raft::KRaftVersion;
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, call: Call, request: ApiVersionsRequest) -> ApiVersionsResponse {
    if call.version >= 3 {
        if !is_software_text(&request.client_software_name) || !is_software_text(&request.client_software_version) {
            let error_code = ErrorCode::InvalidRequest.code();
            return ApiVersionsResponse { error_code, ..ApiVersionsResponse::default() };
        }
        let software = (request.client_software_name, request.client_software_version);
        *call.connection.software.borrow_mut() = Some(software);
    }
    let image = node.image();
    let supported = Feature::ALL.iter().filter_map(|feature| {
        let range = feature.supported();
        // Clients of v3 take a range that begins at level 0 for an error: they are not told of it (KAFKA-17011).
        let can_be_told = range.min > 0 || call.version >= 4;
        (range.max > 0 && can_be_told).then(|| SupportedFeatureKey {
            name: feature.name().to_owned(),
            min_version: range.min,
            max_version: range.max,
            ..SupportedFeatureKey::default()
        })
    });
    let mut finalized = image.features().finalized();
    // The quorum's own: it stands in its control records, not in the image.
    if node.kraft_version() != KRaftVersion::Static {
        finalized.insert(Feature::Kraft.name().to_owned(), node.kraft_version().level());
    }
    let finalized = finalized.into_iter().map(|(name, level)| FinalizedFeatureKey {
        name,
        max_version_level: level,
        min_version_level: level,
        ..FinalizedFeatureKey::default()
    });
    ApiVersionsResponse {
        api_keys: TABLE.iter().map(|api| advertised(api.key)).collect(),
        supported_features: supported.collect(),
        finalized_features_epoch: image.provenance().map_or(-1, |provenance| provenance.last_offset.value()),
        finalized_features: finalized.collect(),
        ..ApiVersionsResponse::default()
    }
}

/// The answer to a request of a version that is not known: which versions of this API are.
pub(super) fn unsupported_version() -> ApiVersionsResponse {
    ApiVersionsResponse {
        error_code: ErrorCode::UnsupportedVersion.code(),
        api_keys: vec![advertised(ApiKey::ApiVersions)],
        ..ApiVersionsResponse::default()
    }
}

fn advertised(key: ApiKey) -> ApiVersion {
    let versions = key.advertised_versions(ListenerKind::Broker, false).expect("a row of the table is a live API");
    ApiVersion {
        api_key: key.key(),
        min_version: *versions.start(),
        max_version: *versions.end(),
        ..ApiVersion::default()
    }
}

/// Letters, digits, `-` and `.`, with a letter or digit at both ends.
fn is_software_text(text: &str) -> bool {
    let is_edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    is_edge(bytes.first())
        && is_edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::is_software_text;

    #[test]
    fn software_names_are_words_of_dots_and_dashes() {
        for good in ["a", "apache-kafka-java", "4.3.0", "a--b..c"] {
            assert!(is_software_text(good), "{good}");
        }
        for bad in ["", "-a", "a.", "a b", "a_b", "ä"] {
            assert!(!is_software_text(bad), "{bad}");
        }
    }
}
