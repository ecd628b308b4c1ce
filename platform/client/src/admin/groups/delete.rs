//! Deleting groups, with all that they have committed.

use super::coordinator::{Coordinator, Outcomes};
use crate::ClientError;
use crate::admin::Admin;
use ottla_protocol::messages::DeleteGroupsRequest;

impl Admin {
    /// Deletes groups that have no members.
    pub async fn delete_consumer_groups(&self, groups: &[String]) -> Vec<(String, Result<(), ClientError>)> {
        let ask = async |coordinator: &Coordinator, groups: &[String]| -> Result<Outcomes<()>, ClientError> {
            let request = DeleteGroupsRequest { groups_names: groups.to_vec(), ..DeleteGroupsRequest::default() };
            let answer = coordinator.connection.call(&request).await?;
            let results = answer.results.into_iter();
            Ok(results.map(|result| (result.group_id, ClientError::check(result.error_code, None))).collect())
        };
        self.per_coordinator("deleteConsumerGroups", groups, ask).await
    }
}
