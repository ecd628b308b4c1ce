//! Writes the table of API keys, and which request belongs to which response.

use super::HEADER;
use super::definition::MessageKind;
use super::schema::Schema;
use super::versions::Versions;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The whole file, not yet formatted.
pub fn file(schemas: &[Schema]) -> Result<String, String> {
    let requests = by_key(schemas, MessageKind::Request);
    let responses = by_key(schemas, MessageKind::Response);
    if !requests.keys().copied().eq(0..requests.len() as i16) {
        return Err("the API keys are not the numbers from 0 on".to_owned());
    }
    let mut variants = String::new();
    let mut facts = String::new();
    let mut impls = String::new();
    for (key, request) in &requests {
        let response = responses.get(key).ok_or_else(|| format!("{} has no response", request.name))?;
        if request.valid != response.valid || request.is_removed() != response.is_removed() {
            return Err(format!("{} and {} differ in their versions", request.name, response.name));
        }
        let name = request.name.strip_suffix("Request").unwrap_or(&request.name);
        let removed = if request.is_removed() { " (removed)" } else { "" };
        let _ = writeln!(variants, "/// Key {key}, versions {}{removed}.\n{name} = {key},", request.valid);
        let _ = writeln!(
            facts,
            "ApiFacts {{ key: ApiKey::{name}, name: \"{name}\", lowest_version: {}, highest_version: {},
                latest_version_unstable: {}, request_flexible_from: {}, response_flexible_from: {},
                on_broker: {}, on_controller: {} }},",
            request.valid.lowest,
            request.valid.highest,
            request.latest_version_unstable,
            flexible_from(request.flexible),
            flexible_from(response.flexible),
            request.listeners.iter().any(|listener| listener == "broker"),
            request.listeners.iter().any(|listener| listener == "controller"),
        );
        if !request.is_removed() {
            let _ = writeln!(
                impls,
                "impl Request for {} {{
                    const API_KEY: ApiKey = ApiKey::{name};
                    type Response = {};
                }}",
                request.name, response.name
            );
        }
    }
    Ok(format!(
        "{HEADER}

        use crate::api_key::ApiFacts;
        use crate::message::Request;
        use super::messages::*;

        /// What a request asks for. Keys of removed APIs stay taken.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        pub enum ApiKey {{ {variants} }}

        /// In the order of their keys, which are the numbers from 0 on.
        pub(crate) static FACTS: [ApiFacts; {count}] = [{facts}];

        {impls}",
        count = requests.len()
    ))
}

fn by_key(schemas: &[Schema], kind: MessageKind) -> BTreeMap<i16, &Schema> {
    let of_kind = schemas.iter().filter(|schema| schema.kind == kind);
    of_kind.filter_map(|schema| schema.api_key.map(|key| (key, schema))).collect()
}

fn flexible_from(flexible: Versions) -> i16 {
    if flexible.is_empty() { i16::MAX } else { flexible.lowest }
}
