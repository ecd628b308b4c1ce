//! The node: everything that handlers reach for, and the order in which it comes up and goes down.
//!
//! * [`Node`]: what requests share.
//! * [`RunningNode::start`]: from a configuration to a node that serves; [`RunningNode::stop`]: back, cleanly.

mod directories;
mod groups;
mod housekeeping;
mod internal_topics;
mod lookup;
mod producer_ids;
mod registration;
mod start;

pub use groups::{GroupDecision, OFFSETS_TOPIC};
pub use lookup::{LeaderHint, TopicLookup};
pub use start::{RunningNode, StartError};

use crate::clock::Clock;
use crate::drivers::controller::{ControllerHandle, ControllerStopped};
use crate::drivers::coordinators::GroupCoordinators;
use crate::drivers::partitions::{Flusher, Partitions};
use crate::fetch_sessions::FetchSessions;
use arc_swap::ArcSwap;
use internal_topics::RepeatedWarning;
use ottla_config::BrokerConfig;
use ottla_metadata::controller::{CreateTopicError, CreatedTopic, NewTopic, TooManyChanges};
use ottla_metadata::image::{ConfigResource, ConfigResourceKind};
use ottla_metadata::{MetadataImage, Published};
use ottla_model::{BrokerId, ProducerId};
use ottla_raft::KRaftVersion;
use producer_ids::ProducerIds;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A reply for each topic that was to be created.
pub type CreateTopicsReplies = Vec<(String, Result<CreatedTopic, CreateTopicError>)>;

/// What follows the metadata: the image, the configuration that it changes, the partitions that it assigns.
#[derive(Debug)]
pub struct Followed {
    static_config: BrokerConfig,
    config: ArcSwap<BrokerConfig>,
    image: ArcSwap<MetadataImage>,
    partitions: Partitions,
    groups: GroupCoordinators,
}

impl Followed {
    fn new(config: BrokerConfig, partitions: Partitions, groups: GroupCoordinators) -> Self {
        Self {
            static_config: config.clone(),
            config: ArcSwap::from_pointee(config),
            image: ArcSwap::from_pointee(MetadataImage::empty()),
            partitions,
            groups,
        }
    }

    /// Goes on to the next image. What it says is done when this returns. Partitions first, and then who coordinates on
    /// them: whoever finds a topic in the image finds its partitions here.
    fn follow(&self, published: &Published) {
        let local = ConfigResource::broker(self.static_config.node_id);
        let changed = |resource: &ConfigResource| {
            resource.kind == ConfigResourceKind::Broker && (resource.name.is_empty() || *resource == local)
        };
        if published.changes.configs.keys().any(changed) {
            self.reconfigure(&published.image);
        }
        self.partitions.follow(published, &self.config.load());
        self.groups.follow(published, &self.partitions);
        self.forget_deleted_topics(published);
        self.image.store(Arc::new(published.image.clone()));
    }

    /// Has the groups forget how far they are with topics that are gone.
    fn forget_deleted_topics(&self, published: &Published) {
        let previous = published.previous.topics();
        let deleted = published.changes.topics.deleted.keys().filter_map(|id| previous.by_id(*id));
        let deleted: Vec<_> = deleted.map(|topic| (topic.id(), topic.name().to_string())).collect();
        if !deleted.is_empty() {
            self.groups.errand(move |shard, _| shard.topics_deleted(&deleted));
        }
    }

    /// Puts the dynamic values of the image on top of the static configuration.
    fn reconfigure(&self, image: &MetadataImage) {
        let configs = image.configs();
        let loaded = self.static_config.with_dynamic(configs.all_brokers(), configs.broker(self.static_config.node_id));
        for warning in loaded.warnings {
            tracing::warn!("{warning}");
        }
        self.partitions.configure_all(image, &loaded.config);
        self.config.store(Arc::new(loaded.config));
    }
}

/// What requests share. Handlers hold it by `Arc`; it knows nothing of connections.
#[derive(Debug)]
pub struct Node {
    id: BrokerId,
    cluster_id: String,
    kraft_version: KRaftVersion,
    clock: Clock,
    followed: Arc<Followed>,
    controller: ControllerHandle,
    flusher: Flusher,
    fetch_sessions: Mutex<FetchSessions>,
    producer_ids: ProducerIds,
    creation_warnings: RepeatedWarning,
}

impl Node {
    /// `node.id`.
    pub fn id(&self) -> BrokerId {
        self.id
    }
    /// The cluster's id.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }
    /// The quorum's version. It does not change while the node runs: no request that would raise it is served yet.
    pub fn kraft_version(&self) -> KRaftVersion {
        self.kraft_version
    }
    /// The clocks.
    pub fn clock(&self) -> Clock {
        self.clock
    }
    /// The configuration now in force.
    pub fn config(&self) -> Arc<BrokerConfig> {
        self.followed.config.load_full()
    }
    /// The metadata as far as this broker has followed them.
    pub fn image(&self) -> Arc<MetadataImage> {
        self.followed.image.load_full()
    }
    /// The partitions that this broker has replicas of.
    pub fn partitions(&self) -> &Partitions {
        &self.followed.partitions
    }
    /// The controller.
    pub fn controller(&self) -> &ControllerHandle {
        &self.controller
    }
    /// Makes appended records durable.
    pub fn flusher(&self) -> &Flusher {
        &self.flusher
    }
    /// The incremental fetch sessions. Do not wait for anything while holding them.
    pub fn fetch_sessions(&self) -> MutexGuard<'_, FetchSessions> {
        self.fetch_sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A producer id that nobody has had, or `None` if the controller does not give any more.
    pub async fn next_producer_id(&self) -> Option<ProducerId> {
        self.producer_ids.next(&self.controller, self.id, &self.followed.image).await
    }

    /// Creates topics.
    ///
    /// # Errors
    /// The controller has stopped; the inner error refuses all of them at once.
    pub async fn create_topics(
        &self,
        topics: Vec<NewTopic>,
        validate_only: bool,
    ) -> Result<Result<CreateTopicsReplies, TooManyChanges>, ControllerStopped> {
        self.controller
            .decide_fallibly(move |controller, moment| controller.create_topics(&topics, validate_only, moment.random))
            .await
    }
}
