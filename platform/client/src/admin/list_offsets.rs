//! Offsets by time.

use super::Admin;
use super::per_leader::Item;
use crate::ClientError;
use crate::config::IsolationLevel;
use crate::list_offsets::{ListedOffset, OffsetSpec, question, read_answer};
use ottla_model::TopicPartition;
use ottla_protocol::messages::ListOffsetsRequest;

impl Admin {
    /// Looks up an offset in each partition.
    pub async fn list_offsets(
        &self,
        partitions: &[(TopicPartition, OffsetSpec)],
        isolation_level: IsolationLevel,
    ) -> Vec<(TopicPartition, Result<ListedOffset, ClientError>)> {
        let items = partitions.iter().map(|(partition, spec)| Item { partition: partition.clone(), asked: *spec });
        self.per_leader("listOffsets", items.collect(), async |connection, items| {
            let version = connection.version_of::<ListOffsetsRequest>()?;
            if let Some(item) = items.iter().find(|item| item.asked.wire().1 > version) {
                return Err(ClientError::UnsupportedVersion(format!(
                    "Broker does not support {:?} offset specs",
                    item.asked
                )));
            }
            let request = ListOffsetsRequest {
                timeout_ms: if version >= 10 { self.timeout_ms() } else { 0 },
                ..question(items.iter().map(|item| (&item.partition, None, item.asked)), isolation_level)
            };
            read_answer(connection.submit(&request, version).await?.wait().await?)
        })
        .await
    }
}
