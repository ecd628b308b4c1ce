//! Which groups there are: every broker tells of those that it coordinates.

use super::{GroupState, GroupType};
use crate::ClientError;
use crate::admin::Admin;
use crate::cluster::Broker;
use ottla_model::ErrorCode;
use ottla_protocol::messages::ListGroupsRequest;
use std::collections::HashMap;

/// From this version on groups can be chosen by state (KIP-518).
const FIRST_VERSION_WITH_STATES: i16 = 4;
/// From this version on groups can be chosen by type (KIP-848).
const FIRST_VERSION_WITH_TYPES: i16 = 5;

/// A group that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupListing {
    /// Its name.
    pub group_id: String,
    /// Its type; `None` from brokers that do not tell.
    pub group_type: Option<GroupType>,
    /// What its members agree on: `consumer`, `connect`, …; empty for a group that only has offsets.
    pub protocol_type: String,
    /// Its state; `None` from brokers that do not tell.
    pub state: Option<GroupState>,
}

/// Which groups are wanted. An empty list leaves its property open.
#[derive(Debug, Clone, Default)]
pub struct GroupFilter {
    /// Groups in one of these states.
    pub states: Vec<GroupState>,
    /// Groups of one of these types.
    pub types: Vec<GroupType>,
    /// Groups of one of these protocol types.
    pub protocol_types: Vec<String>,
}

impl GroupFilter {
    /// What consumers make: consumer groups of either protocol, and those that only have offsets.
    pub fn consumer_groups() -> Self {
        Self {
            states: Vec::new(),
            types: vec![GroupType::Classic, GroupType::Consumer],
            protocol_types: vec![String::new(), "consumer".to_owned()],
        }
    }

    /// What to ask a broker in a version of ListGroups. What that version cannot say must not matter.
    fn question(&self, version: i16) -> Result<ListGroupsRequest, ClientError> {
        let mut request = ListGroupsRequest {
            states_filter: self.states.iter().map(|state| state.name().to_owned()).collect(),
            types_filter: self.types.iter().map(|group_type| group_type.name().to_owned()).collect(),
            ..ListGroupsRequest::default()
        };
        if version < FIRST_VERSION_WITH_STATES && !request.states_filter.is_empty() {
            return Err(ClientError::UnsupportedVersion(format!(
                "The broker only supports ListGroups v{version}, but we need v4 or newer to request groups by states."
            )));
        }
        if version < FIRST_VERSION_WITH_TYPES && !request.types_filter.is_empty() {
            // A broker of that age has classic groups only.
            let asks_for_classic = self.types.contains(&GroupType::Classic);
            let asks_for_others =
                self.types.iter().any(|wanted| !matches!(wanted, GroupType::Classic | GroupType::Consumer));
            if asks_for_others || !asks_for_classic {
                return Err(ClientError::UnsupportedVersion(format!(
                    "The broker only supports ListGroups v{version}, but we need v5 or newer to request groups by \
                     type. Requested group types: [{}].",
                    request.types_filter.join(", ")
                )));
            }
            request.types_filter.clear();
        }
        Ok(request)
    }
}

impl Admin {
    /// The groups that a filter lets pass, broker by broker. Of a group that moves meanwhile, what the last broker tells.
    ///
    /// # Errors
    /// Some broker does not tell: a part of the groups would pass for all of them.
    pub async fn list_groups(&self, filter: &GroupFilter) -> Result<Vec<GroupListing>, ClientError> {
        let attempts = self.cluster.attempts("findAllBrokers");
        let refreshed = attempts.run(async || self.cluster.refresh(Some(&[]), false).await).await;
        if refreshed.is_err() {
            return Err(ClientError::Unreachable("Failed to find brokers to send ListGroups".to_owned()));
        }
        let mut listings = Vec::<GroupListing>::new();
        let mut known = HashMap::<String, usize>::new();
        for broker in self.cluster.brokers() {
            let attempts = self.cluster.attempts("listGroups");
            let answer = attempts.run(async || self.list_groups_of(&broker, filter).await).await;
            for listing in answer.map_err(|error| told_by(&broker, error))? {
                let at = *known.entry(listing.group_id.clone()).or_insert(listings.len());
                match listings.get_mut(at) {
                    Some(place) => *place = listing,
                    None => listings.push(listing),
                }
            }
        }
        Ok(listings)
    }

    async fn list_groups_of(&self, broker: &Broker, filter: &GroupFilter) -> Result<Vec<GroupListing>, ClientError> {
        let connection = self.cluster.broker(broker.id).await?;
        let version = connection.version_of::<ListGroupsRequest>()?;
        let answer = connection.submit(&filter.question(version)?, version).await?.wait().await?;
        ClientError::check(answer.error_code, None)?;
        let listing = |group: ottla_protocol::messages::list_groups_response::ListedGroup| GroupListing {
            group_id: group.group_id,
            group_type: (!group.group_type.is_empty()).then(|| GroupType::parse(&group.group_type)),
            protocol_type: group.protocol_type,
            state: (!group.group_state.is_empty()).then(|| GroupState::parse(&group.group_state)),
        };
        let listings = answer.groups.into_iter().map(listing);
        let wanted = |group: &GroupListing| {
            filter.protocol_types.is_empty() || filter.protocol_types.contains(&group.protocol_type)
        };
        Ok(listings.filter(wanted).collect())
    }
}

/// The error with the broker named that it comes from, as Kafka's admin client names it.
fn told_by(broker: &Broker, error: ClientError) -> ClientError {
    let Broker { id, address, rack } = broker;
    let rack = rack.as_deref().unwrap_or("null");
    let message = format!("Error listing groups on {address} (id: {id} rack: {rack} isFenced: false): {error}");
    match error {
        ClientError::Refused { code, .. } => ClientError::refused(code, Some(message)),
        ClientError::Disconnected(_) => ClientError::Disconnected(message),
        ClientError::UnsupportedVersion(_) => ClientError::UnsupportedVersion(message),
        ClientError::Timeout(_) => ClientError::Timeout(message),
        _ => ClientError::refused(ErrorCode::UnknownServerError, Some(message)),
    }
}
