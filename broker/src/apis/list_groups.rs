//! ListGroups (key 16), versions 0–5. Describe on the cluster, or on the groups that are listed.
//! v4 states, and which of them (KIP-518) · v5 types, and which of them (KIP-848)
//! All groups whose coordinator is this broker; clients ask all brokers. Rules: `coordinators::group::listing`.

use super::Call;
use crate::error_codes::ToErrorCode;
use crate::node::Node;
use ottla_coordinators::group::GroupError;
use ottla_coordinators::group::listing::{GroupFilter, ListedGroup as Listed};
use ottla_protocol::messages::list_groups_response::ListedGroup;
use ottla_protocol::messages::{ListGroupsRequest, ListGroupsResponse};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, _call: Call, request: ListGroupsRequest) -> ListGroupsResponse {
    let filter = GroupFilter { states: request.states_filter, types: request.types_filter };
    match list(&node, &filter).await {
        Ok(groups) => {
            ListGroupsResponse { groups: groups.into_iter().map(listed).collect(), ..ListGroupsResponse::default() }
        }
        Err(error) => ListGroupsResponse { error_code: error.error_code().code(), ..ListGroupsResponse::default() },
    }
}

async fn list(node: &Node, filter: &GroupFilter) -> Result<Vec<Listed>, GroupError> {
    let mut groups = Vec::new();
    for decision in node.begin_all_groups(|shard| shard.list(filter))? {
        groups.extend(node.group_committed(decision).await?);
    }
    Ok(groups)
}

fn listed(group: Listed) -> ListedGroup {
    ListedGroup {
        group_id: group.group_id,
        protocol_type: group.protocol_type,
        group_state: group.state.to_owned(),
        group_type: group.group_type.to_owned(),
        ..ListedGroup::default()
    }
}
