//! What changed from one image to the next.

use crate::image::{ConfigResource, QuotaEntity, ScramMechanism};
use ottla_model::{BrokerId, PartitionIndex, TopicId, TopicName, Uuid};
use std::collections::{BTreeMap, BTreeSet};

/// What changed from one image to the next: names of things, to be looked up in the two images. A thing that is named
/// here and in neither image came and went in between.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetadataChanges {
    /// Topics and partitions.
    pub topics: TopicChanges,
    /// Brokers that registered, unregistered, or whose registration changed.
    pub brokers: BTreeSet<BrokerId>,
    /// Controllers that registered.
    pub controllers: BTreeSet<BrokerId>,
    /// Configurations: which keys of which resource were set or taken away.
    pub configs: BTreeMap<ConfigResource, BTreeSet<String>>,
    /// Features whose level was set.
    pub features: BTreeSet<String>,
    /// Entities whose quotas changed.
    pub client_quotas: BTreeSet<QuotaEntity>,
    /// Whether a block of producer ids was handed out.
    pub producer_ids: bool,
    /// ACLs that came or went, by their ids.
    pub acls: BTreeSet<Uuid>,
    /// SCRAM credentials that came, changed or went.
    pub scram: BTreeSet<(ScramMechanism, String)>,
    /// Delegation tokens that came, changed or went, by their ids.
    pub delegation_tokens: BTreeSet<String>,
}

impl MetadataChanges {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what changed after all that is here already.
    pub(crate) fn append(&mut self, later: Self) {
        self.topics.append(later.topics);
        self.brokers.extend(later.brokers);
        self.controllers.extend(later.controllers);
        for (resource, keys) in later.configs {
            self.configs.entry(resource).or_default().extend(keys);
        }
        self.features.extend(later.features);
        self.client_quotas.extend(later.client_quotas);
        self.producer_ids |= later.producer_ids;
        self.acls.extend(later.acls);
        self.scram.extend(later.scram);
        self.delegation_tokens.extend(later.delegation_tokens);
    }
}

/// What changed among topics. A topic that was deleted and created again under its name is both: ids differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicChanges {
    /// Topics that are new, and still there.
    pub created: BTreeSet<TopicId>,
    /// Topics that the old image had and the new one has not.
    pub deleted: BTreeMap<TopicId, TopicName>,
    /// Partitions that are new or changed, those of new topics among them, by topic.
    pub partitions: BTreeMap<TopicId, BTreeSet<PartitionIndex>>,
}

impl TopicChanges {
    pub(crate) fn note_created(&mut self, id: TopicId) {
        self.created.insert(id);
    }
    pub(crate) fn note_partition(&mut self, id: TopicId, index: PartitionIndex) {
        self.partitions.entry(id).or_default().insert(index);
    }
    pub(crate) fn note_deleted(&mut self, id: TopicId, name: TopicName) {
        self.partitions.remove(&id);
        // Created and deleted between two images: nobody needs to know.
        if !self.created.remove(&id) {
            self.deleted.insert(id, name);
        }
    }
    fn append(&mut self, later: Self) {
        for (id, name) in later.deleted {
            self.note_deleted(id, name);
        }
        self.created.extend(later.created);
        for (id, partitions) in later.partitions {
            self.partitions.entry(id).or_default().extend(partitions);
        }
    }
}
