//! Which brokers there are.

use super::Admin;
use crate::ClientError;
use crate::cluster::broker_or_nobody;
use crate::config::Address;
use ottla_model::BrokerId;
use ottla_protocol::messages::DescribeClusterRequest;

/// A cluster and its brokers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterDescription {
    /// The cluster's id.
    pub cluster_id: String,
    /// Whom to ask for what a controller does; with KRaft that is any broker.
    pub controller: Option<BrokerId>,
    /// The brokers, by id.
    pub brokers: Vec<DescribedBroker>,
}

/// One broker of a [`ClusterDescription`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedBroker {
    /// Its `node.id`.
    pub id: BrokerId,
    /// Where it listens for clients.
    pub address: Address,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// Whether it is registered but may not serve.
    pub is_fenced: bool,
}

impl Admin {
    /// The cluster and its brokers, those in service only.
    ///
    /// # Errors
    /// No broker answers in time, or we may not ask.
    pub async fn describe_cluster(&self) -> Result<ClusterDescription, ClientError> {
        let request = DescribeClusterRequest::default();
        let answer = self
            .cluster
            .attempts("listNodes")
            .run(async || {
                let answer = self.cluster.call_any(&request).await?;
                ClientError::check(answer.error_code, answer.error_message.clone())?;
                Ok(answer)
            })
            .await?;
        let mut brokers: Vec<_> = answer
            .brokers
            .into_iter()
            .map(|broker| DescribedBroker {
                id: BrokerId::new(broker.broker_id),
                address: Address { host: broker.host, port: u16::try_from(broker.port).unwrap_or_default() },
                rack: broker.rack,
                is_fenced: broker.is_fenced,
            })
            .collect();
        brokers.sort_by_key(|broker| broker.id);
        Ok(ClusterDescription {
            cluster_id: answer.cluster_id,
            controller: broker_or_nobody(answer.controller_id),
            brokers,
        })
    }
}
