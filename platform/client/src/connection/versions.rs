//! Which version of each API both ends know (KIP-35, KIP-511).

use crate::ClientError;
use bytes::Bytes;
use ottla_model::ErrorCode;
use ottla_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse, ResponseHeader};
use ottla_protocol::{ApiKey, Message as _, Reader, Request};
use std::collections::HashMap;

/// How this client calls itself.
const SOFTWARE_NAME: &str = "ottla";

/// The version ranges that a broker offers.
#[derive(Debug, Clone, Default)]
pub(crate) struct OfferedVersions {
    ranges: HashMap<i16, (i16, i16)>,
}

impl OfferedVersions {
    pub(crate) fn of(answer: &ApiVersionsResponse) -> Self {
        Self { ranges: answer.api_keys.iter().map(|api| (api.api_key, (api.min_version, api.max_version))).collect() }
    }

    /// The highest version of `R` that both ends know, none above `at_most`.
    ///
    /// # Errors
    /// The broker does not know the API, or only versions that we do not.
    pub(crate) fn pick<R: Request>(&self, at_most: i16) -> Result<i16, ClientError> {
        let api = R::API_KEY;
        let ours = api.enabled_versions(false);
        let Some(&(lowest, highest)) = self.ranges.get(&api.key()) else {
            return Err(ClientError::UnsupportedVersion(format!("The node does not support {}", api.name())));
        };
        let picked = highest.min(*ours.end()).min(at_most);
        if picked < lowest.max(*ours.start()) {
            return Err(ClientError::UnsupportedVersion(format!(
                "The node does not support {} in version range [{},{}]. The supported range is [{lowest},{highest}].",
                api.name(),
                ours.start(),
                at_most.min(*ours.end()),
            )));
        }
        Ok(picked)
    }
}

/// What to ask, and in which version first.
pub(crate) fn question() -> (ApiVersionsRequest, i16) {
    let request = ApiVersionsRequest {
        client_software_name: SOFTWARE_NAME.to_owned(),
        client_software_version: env!("CARGO_PKG_VERSION").to_owned(),
        ..ApiVersionsRequest::default()
    };
    (request, *ApiKey::ApiVersions.enabled_versions(false).end())
}

/// What an answer to [`question`] says.
pub(crate) enum Answer {
    /// The ranges.
    Offered(OfferedVersions),
    /// The broker does not know the version that was asked in: ask again in this one.
    AskAgain(i16),
}

/// Reads the answer to a question that was asked in `version`. A broker that does not know that version answers in
/// version 0 with UNSUPPORTED_VERSION, and names the versions of ApiVersions that it does know.
pub(crate) fn read_answer(frame: Bytes, version: i16) -> Result<Answer, ClientError> {
    let malformed = |error| ClientError::Malformed(format!("answer to ApiVersions: {error}"));
    let mut reader = Reader::new(frame);
    ResponseHeader::decode(&mut reader, 0).map_err(malformed)?;
    // The error code comes first in every version, so it can be read before it is clear which version this is.
    let error_code = reader.clone().int16().map_err(malformed)?;
    let unsupported = error_code == ErrorCode::UnsupportedVersion.code();
    let answer = ApiVersionsResponse::decode(&mut reader, if unsupported { 0 } else { version }).map_err(malformed)?;
    if unsupported {
        let known = OfferedVersions::of(&answer).pick::<ApiVersionsRequest>(version - 1).unwrap_or(0);
        if known >= version {
            return Err(ClientError::UnsupportedVersion("The node offers no version of ApiVersions".to_owned()));
        }
        return Ok(Answer::AskAgain(known));
    }
    ClientError::check(error_code, None)?;
    Ok(Answer::Offered(OfferedVersions::of(&answer)))
}

#[cfg(test)]
mod tests {
    use super::{Answer, OfferedVersions, read_answer};
    use bytes::Bytes;
    use ottla_protocol::messages::api_versions_response::ApiVersion;
    use ottla_protocol::messages::{ApiVersionsResponse, FetchRequest, MetadataRequest, ResponseHeader};
    use ottla_protocol::{ApiKey, Message as _, Writer};

    fn offered(key: ApiKey, lowest: i16, highest: i16) -> ApiVersionsResponse {
        let api = ApiVersion { api_key: key.key(), min_version: lowest, max_version: highest, ..ApiVersion::default() };
        ApiVersionsResponse { api_keys: vec![api], ..ApiVersionsResponse::default() }
    }

    fn frame(answer: &ApiVersionsResponse, version: i16) -> Bytes {
        let mut writer = Writer::new();
        ResponseHeader::default().encode(&mut writer, 0).unwrap();
        answer.encode(&mut writer, version).unwrap();
        writer.finish_to_bytes().unwrap()
    }

    #[test]
    fn the_highest_common_version_is_taken() {
        let versions = OfferedVersions::of(&offered(ApiKey::Metadata, 0, 9));
        assert_eq!(versions.pick::<MetadataRequest>(i16::MAX), Ok(9));
        assert_eq!(versions.pick::<MetadataRequest>(5), Ok(5));
        assert!(versions.pick::<FetchRequest>(i16::MAX).is_err());
        let newer = OfferedVersions::of(&offered(ApiKey::Metadata, 99, 120));
        assert!(newer.pick::<MetadataRequest>(i16::MAX).is_err());
    }

    #[test]
    fn an_old_brokers_refusal_is_read_in_version_0() {
        let refusal = ApiVersionsResponse { error_code: 35, ..offered(ApiKey::ApiVersions, 0, 2) };
        let answer = read_answer(frame(&refusal, 0), 4).unwrap();
        assert!(matches!(answer, Answer::AskAgain(2)));

        let silent_refusal = ApiVersionsResponse { error_code: 35, ..ApiVersionsResponse::default() };
        assert!(matches!(read_answer(frame(&silent_refusal, 0), 4).unwrap(), Answer::AskAgain(0)));
        assert!(read_answer(frame(&silent_refusal, 0), 0).is_err(), "nothing is left to ask in");
    }

    #[test]
    fn an_answer_in_the_version_asked_for_is_taken() {
        let answer = read_answer(frame(&offered(ApiKey::Metadata, 0, 13), 4), 4).unwrap();
        let Answer::Offered(versions) = answer else { panic!("an offer was expected") };
        assert_eq!(versions.pick::<MetadataRequest>(i16::MAX), Ok(13));
    }
}
