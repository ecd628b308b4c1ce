//! Administration: topics, configs, offsets, groups, the cluster itself. One file per operation.
//!
//! An operation that is about several things gives an outcome for each; an error of the whole means that nothing was
//! asked of a broker, or that no broker answered.

mod alter_configs;
mod alter_reassignments;
mod create_partitions;
mod create_topics;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_topics;
mod groups;
mod list_offsets;
mod list_reassignments;
mod list_topics;
mod per_leader;

use crate::ClientError;
use crate::cluster::Cluster;
use crate::config::AdminConfig;
use ottla_model::ErrorCode;
use ottla_protocol::Request;

pub use crate::list_offsets::{ListedOffset, OffsetSpec};
pub use alter_configs::ConfigChange;
pub use create_partitions::MorePartitions;
pub use create_topics::{CreatedTopic, NewTopic};
pub use describe_cluster::{ClusterDescription, DescribedBroker};
pub use describe_configs::{ConfigEntry, ConfigResource, ConfigSource};
pub use describe_topics::{PartitionDescription, TopicDescription};
pub use groups::{CommittedOffset, GroupDescription, GroupFilter, GroupListing, GroupMember, GroupState, GroupType};
pub use list_reassignments::Reassignment;
pub use list_topics::TopicListing;

/// An admin client. Connects when it is first asked something.
#[derive(Debug)]
pub struct Admin {
    cluster: Cluster,
}

impl Admin {
    /// A client of the cluster that `config` names.
    pub fn new(config: AdminConfig) -> Self {
        let client_id = match config.connection.client_id.as_str() {
            "" => "adminclient-1",
            given => given,
        };
        let log_context = format!("[AdminClient clientId={client_id}]");
        let connection = crate::config::ConnectionConfig { client_id: client_id.to_owned(), ..config.connection };
        Self { cluster: Cluster::new(connection, log_context) }
    }

    /// Asks any broker, again while that may help.
    async fn ask<R: Request>(&self, name: &str, request: &R) -> Result<R::Response, ClientError> {
        self.cluster.attempts(name).run(async || self.cluster.call_any(request).await).await
    }

    /// What the request's own `timeout_ms` is to be.
    fn timeout_ms(&self) -> i32 {
        let shorter = self.cluster.config.request_timeout.min(self.cluster.config.api_timeout);
        i32::try_from(shorter.as_millis()).unwrap_or(i32::MAX)
    }
}

/// The outcome of one of the things that a request was about. A broker that is not the controller refuses them all; that
/// is an error of the whole request, and asking again may help.
fn outcome(code: i16, message: Option<String>) -> Result<Result<(), ClientError>, ClientError> {
    match ClientError::check(code, message) {
        Err(error) if error.code() == Some(ErrorCode::NotController) => Err(error),
        outcome => Ok(outcome),
    }
}
