//! Cutting off the beginning of partitions.

use super::Admin;
use super::per_leader::Item;
use crate::ClientError;
use ottla_model::{Offset, PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::messages::DeleteRecordsRequest;
use ottla_protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use std::collections::BTreeMap;

impl Admin {
    /// Deletes the records before an offset of each partition, `None` for all that there are. Gives the offset of the
    /// first record that is left.
    pub async fn delete_records(
        &self,
        partitions: &[(TopicPartition, Option<Offset>)],
    ) -> Vec<(TopicPartition, Result<Offset, ClientError>)> {
        let items = partitions.iter().map(|(partition, before)| Item { partition: partition.clone(), asked: *before });
        self.per_leader("deleteRecords(api=DELETE_RECORDS)", items.collect(), async |connection, items| {
            let answer = connection.call(&self.question(items)).await?;
            let mut outcomes = Vec::new();
            for topic in answer.topics {
                let name = TopicName::new(&topic.name).map_err(|error| ClientError::Malformed(error.to_string()))?;
                for partition in topic.partitions {
                    let index = PartitionIndex::new(partition.partition_index);
                    let outcome =
                        ClientError::check(partition.error_code, None).map(|()| Offset::new(partition.low_watermark));
                    outcomes.push((TopicPartition { topic: name.clone(), partition: index }, outcome));
                }
            }
            Ok(outcomes)
        })
        .await
    }

    fn question(&self, items: &[Item<Option<Offset>>]) -> DeleteRecordsRequest {
        let mut by_topic = BTreeMap::<&str, Vec<DeleteRecordsPartition>>::new();
        for item in items {
            by_topic.entry(item.partition.topic.as_str()).or_default().push(DeleteRecordsPartition {
                partition_index: item.partition.partition.value(),
                offset: item.asked.map_or(-1, Offset::value),
                ..DeleteRecordsPartition::default()
            });
        }
        let topics = by_topic.into_iter().map(|(name, partitions)| DeleteRecordsTopic {
            name: name.to_owned(),
            partitions,
            ..DeleteRecordsTopic::default()
        });
        DeleteRecordsRequest {
            topics: topics.collect(),
            timeout_ms: self.timeout_ms(),
            ..DeleteRecordsRequest::default()
        }
    }
}
