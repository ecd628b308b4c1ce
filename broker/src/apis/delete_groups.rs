//! DeleteGroups (key 42), versions 0–2 (KIP-229). Delete on each group.
//! Rules: `coordinators::group::GroupShard::delete`.

use super::Call;
use crate::error_codes::ToErrorCode;
use crate::node::Node;
use ottla_protocol::messages::delete_groups_response::DeletableGroupResult;
use ottla_protocol::messages::{DeleteGroupsRequest, DeleteGroupsResponse};
use std::collections::HashSet;
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, _call: Call, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut seen = HashSet::new();
    let groups = request.groups_names.into_iter().filter(|group_id| seen.insert(group_id.clone()));
    let decided: Vec<_> = groups
        .map(|group_id| {
            let decision = node.begin_group(&group_id, |shard, _| shard.delete(&group_id));
            (group_id, decision)
        })
        .collect();
    let mut results = Vec::with_capacity(decided.len());
    for (group_id, decision) in decided {
        let answer = match decision {
            Ok(decision) => node.group_committed(decision).await.flatten(),
            Err(error) => Err(error),
        };
        let error_code = answer.map_or_else(|error| error.error_code().code(), |()| 0);
        results.push(DeletableGroupResult { group_id, error_code, ..DeletableGroupResult::default() });
    }
    DeleteGroupsResponse { results, ..DeleteGroupsResponse::default() }
}
