//! A cluster seen from outside: its brokers, a connection to each of them, and what is where.

mod attempts;
mod metadata;
mod node;

use crate::ClientError;
use crate::config::ConnectionConfig;
use crate::connection::Connection;
use crate::random::Random;
use metadata::{brokers_of, topic_of};
use node::Node;
use ottla_model::{BrokerId, ErrorCode, PartitionIndex};
use ottla_protocol::Request;
use ottla_protocol::messages::metadata_request::MetadataRequestTopic;
use ottla_protocol::messages::{MetadataRequest, MetadataResponse};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

pub(crate) use attempts::Attempts;
pub use metadata::{Broker, PartitionMetadata, TopicMetadata};
pub(crate) use metadata::{broker_ids, broker_or_nobody, epoch_or_unknown};
pub(crate) use node::Dedicated;

/// Connections and metadata, shared by everything that one client does.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) config: ConnectionConfig,
    pub(crate) random: Random,
    /// What stands before every line that is logged: `[AdminClient clientId=…]`.
    pub(crate) log_context: String,
    bootstrap: Vec<Arc<Node>>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    brokers: BTreeMap<BrokerId, Broker>,
    nodes: HashMap<BrokerId, Arc<Node>>,
    topics: HashMap<String, (Arc<TopicMetadata>, Instant)>,
}

impl Cluster {
    pub(crate) fn new(config: ConnectionConfig, log_context: String) -> Self {
        let addresses = config.bootstrap_servers.iter().cloned();
        let bootstrap = addresses.zip(1..).map(|(address, number)| Arc::new(Node::new(-number, address))).collect();
        Self { config, random: Random::new(), log_context, bootstrap, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while holding it, and its content is whole between any two statements.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection to a broker that metadata has told of.
    ///
    /// # Errors
    /// It cannot be reached, or nobody knows it.
    pub(crate) async fn broker(&self, id: BrokerId) -> Result<Arc<Connection>, ClientError> {
        let node = self.known().nodes.get(&id).cloned();
        let node = node.ok_or_else(|| ClientError::Disconnected(format!("broker {id} is not in the metadata")))?;
        node.connection(&self.config, &self.random, &self.log_context).await
    }

    /// A connection to any broker: one that is open if there is one, then one that has not failed lately, bootstrap
    /// servers last once brokers are known.
    ///
    /// # Errors
    /// None can be reached.
    pub(crate) async fn any(&self) -> Result<Arc<Connection>, ClientError> {
        let mut candidates: Vec<_> = self.known().nodes.values().cloned().collect();
        self.shuffle(&mut candidates);
        candidates.sort_by_key(|node| node.readiness());
        let mut servers = self.bootstrap.clone();
        servers.sort_by_key(|node| node.readiness());
        candidates.append(&mut servers);
        let mut failure = None;
        for node in candidates {
            match node.connection(&self.config, &self.random, &self.log_context).await {
                Ok(connection) => return Ok(connection),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| ClientError::Disconnected("there is no broker to connect to".to_owned())))
    }

    fn shuffle<T>(&self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.random.below(end + 1));
        }
    }

    /// Asks any broker.
    ///
    /// # Errors
    /// None can be reached, or the one that was asked does not answer.
    pub(crate) async fn call_any<R: Request>(&self, request: &R) -> Result<R::Response, ClientError> {
        self.any().await?.call(request).await
    }

    /// A new operation, with all the time that one may take.
    pub(crate) fn attempts(&self, name: impl Into<String>) -> Attempts<'_> {
        Attempts::new(self, name.into(), self.config.api_timeout)
    }

    /// Asks for the metadata of these topics, or of all, and remembers it. Every topic asked for is in the answer, as
    /// metadata or as the reason why there is none.
    ///
    /// # Errors
    /// No broker answers.
    pub(crate) async fn refresh(
        &self,
        topics: Option<&[&str]>,
        allow_auto_creation: bool,
    ) -> Result<Vec<(String, Result<Arc<TopicMetadata>, ClientError>)>, ClientError> {
        let asked = |name: &&str| MetadataRequestTopic { name: Some((*name).to_owned()), ..Default::default() };
        let request = MetadataRequest {
            topics: topics.map(|names| names.iter().map(asked).collect()),
            allow_auto_topic_creation: allow_auto_creation,
            ..MetadataRequest::default()
        };
        let answer = self.call_any(&request).await?;
        ClientError::check(answer.error_code, None)?;
        Ok(self.learn(answer))
    }

    /// Remembers what an answer tells.
    pub(crate) fn learn(&self, answer: MetadataResponse) -> Vec<(String, Result<Arc<TopicMetadata>, ClientError>)> {
        let brokers = brokers_of(&answer);
        let now = Instant::now();
        let mut known = self.known();
        let mut nodes = HashMap::new();
        for broker in brokers.values() {
            // A broker that has moved gets a new connection; one that has gone loses its own.
            let node = match known.nodes.remove(&broker.id) {
                Some(node) if node.address == broker.address => node,
                _ => Arc::new(Node::new(broker.id.value(), broker.address.clone())),
            };
            nodes.insert(broker.id, node);
        }
        if !nodes.is_empty() {
            known.nodes = nodes;
            known.brokers = brokers;
        }
        let mut topics = Vec::new();
        for topic in answer.topics {
            let name = topic.name.clone().unwrap_or_default();
            let outcome = topic_of(topic).map(Arc::new);
            match &outcome {
                Ok(metadata) => {
                    known.topics.insert(name.clone(), (Arc::clone(metadata), now));
                }
                Err(_) => {
                    known.topics.remove(&name);
                }
            }
            topics.push((name, outcome));
        }
        topics
    }

    /// What is remembered of a topic, if it is not too old.
    pub(crate) fn remembered(&self, topic: &str) -> Option<Arc<TopicMetadata>> {
        let known = self.known();
        let (metadata, learnt_at) = known.topics.get(topic)?;
        (learnt_at.elapsed() < self.config.metadata_age_max).then(|| Arc::clone(metadata))
    }

    /// What is remembered of a topic is wrong.
    pub(crate) fn forget(&self, topic: &str) {
        self.known().topics.remove(topic);
    }

    /// The topic's metadata, remembered or asked for once.
    ///
    /// # Errors
    /// No broker answers, or the one that does knows no such topic.
    pub(crate) async fn topic(&self, name: &str, allow_auto_creation: bool) -> Result<Arc<TopicMetadata>, ClientError> {
        if let Some(metadata) = self.remembered(name) {
            return Ok(metadata);
        }
        let mut answer = self.refresh(Some(&[name]), allow_auto_creation).await?;
        let outcome = answer.pop().map(|(_, outcome)| outcome);
        let missing = || ClientError::refused(ErrorCode::UnknownTopicOrPartition, None);
        let outcome = outcome.unwrap_or_else(|| Err(missing()));
        self.warn_of(name, &outcome);
        outcome
    }

    /// Logs why there is no metadata of a topic.
    pub(crate) fn warn_of<T>(&self, name: &str, outcome: &Result<T, ClientError>) {
        if let Err(ClientError::Refused { code, .. }) = outcome {
            tracing::warn!(
                "{} The metadata response from the cluster reported a recoverable issue: {{{name}={code}}}",
                self.log_context
            );
        }
    }

    /// Who leads the partition, by what is remembered or by asking once.
    ///
    /// # Errors
    /// No broker answers, there is no such partition, or it has no leader now.
    pub(crate) async fn leader(
        &self,
        topic: &str,
        partition: PartitionIndex,
        allow_auto_creation: bool,
    ) -> Result<PartitionMetadata, ClientError> {
        let metadata = self.topic(topic, allow_auto_creation).await?;
        let failure = match metadata.partition(partition) {
            Some(found) if found.leader.is_some() => return Ok(found.clone()),
            Some(_) => ErrorCode::LeaderNotAvailable,
            None => ErrorCode::UnknownTopicOrPartition,
        };
        self.forget(topic);
        Err(ClientError::refused(failure, None))
    }

    /// The brokers that metadata has told of.
    pub(crate) fn brokers(&self) -> Vec<Broker> {
        self.known().brokers.values().cloned().collect()
    }
}
