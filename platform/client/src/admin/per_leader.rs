//! Operations that only a partition's leader can do.

use super::Admin;
use crate::ClientError;
use crate::connection::Connection;
use ottla_model::{BrokerId, TopicPartition};
use std::collections::BTreeMap;
use std::mem;

/// A partition, what is asked of it, and since when who leads it is known.
pub(super) struct Item<T> {
    pub(super) partition: TopicPartition,
    pub(super) asked: T,
}

/// An outcome for each partition.
pub(super) type Outcomes<R> = Vec<(TopicPartition, Result<R, ClientError>)>;

impl Admin {
    /// Asks the leader of each partition; partitions whose leader is not known, or not the leader any more, are tried
    /// again until time is up. `ask` asks one broker about some of them.
    pub(super) async fn per_leader<T, R>(
        &self,
        name: &str,
        items: Vec<Item<T>>,
        mut ask: impl AsyncFnMut(&Connection, &[Item<T>]) -> Result<Outcomes<R>, ClientError>,
    ) -> Outcomes<R> {
        let mut attempts = self.cluster.attempts(name);
        let mut outcomes = Vec::new();
        let mut remaining = items;
        loop {
            let mut failure = None;
            let mut again = Vec::new();
            for (leader, items) in
                self.by_leader(mem::take(&mut remaining), &mut outcomes, &mut again, &mut failure).await
            {
                let answer = match self.cluster.broker(leader).await {
                    Ok(connection) => ask(&connection, &items).await,
                    Err(error) => Err(error),
                };
                let mut answer = match answer {
                    Ok(answer) => answer,
                    Err(error) => items.iter().map(|item| (item.partition.clone(), Err(error.clone()))).collect(),
                };
                for item in items {
                    let Some(at) = answer.iter().position(|(partition, _)| *partition == item.partition) else {
                        let silent = ClientError::Malformed(format!("the answer says nothing of {}", item.partition));
                        outcomes.push((item.partition, Err(silent)));
                        continue;
                    };
                    match answer.swap_remove(at) {
                        (partition, Err(error)) if error.is_retriable() => {
                            if error.is_stale_metadata() {
                                self.cluster.forget(partition.topic.as_str());
                            }
                            failure = Some(error);
                            again.push(item);
                        }
                        outcome => outcomes.push(outcome),
                    }
                }
            }
            let Some(failure) = failure else { return outcomes };
            if let Err(error) = attempts.pause_after(failure).await {
                outcomes.extend(again.into_iter().map(|item| (item.partition, Err(error.clone()))));
                return outcomes;
            }
            remaining = again;
        }
    }

    /// Sorts partitions by who leads them. Those without a leader go to `again`, hopeless ones to `outcomes`.
    async fn by_leader<T, R>(
        &self,
        items: Vec<Item<T>>,
        outcomes: &mut Outcomes<R>,
        again: &mut Vec<Item<T>>,
        failure: &mut Option<ClientError>,
    ) -> BTreeMap<BrokerId, Vec<Item<T>>> {
        let mut by_leader = BTreeMap::<BrokerId, Vec<Item<T>>>::new();
        for item in items {
            let TopicPartition { topic, partition } = &item.partition;
            let found = self.cluster.leader(topic.as_str(), *partition, false).await;
            match found.map(|found| found.leader) {
                Ok(Some(leader)) => by_leader.entry(leader).or_default().push(item),
                // `leader` gives no partition that has none.
                Ok(None) => again.push(item),
                Err(error) if error.is_retriable() => {
                    *failure = Some(error);
                    again.push(item);
                }
                Err(error) => outcomes.push((item.partition, Err(error))),
            }
        }
        by_leader
    }
}
