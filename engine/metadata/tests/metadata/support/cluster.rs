//! A controller that is driven as a node would drive it, with a log that only counts.

use ottla_config::BrokerConfig;
use ottla_metadata::controller::{
    BootstrapMetadata, BrokerHeartbeat, BrokerHeartbeatReply, Controller, ControllerResult, ControllerSettings,
    NewTopic, Random, RegisterBroker, RegisterBrokerError, ReplicaAssignment,
};
use ottla_metadata::features::Feature;
use ottla_metadata::image::{BrokerEpoch, Endpoint};
use ottla_metadata::{MetadataDelta, MetadataImage, MetadataVersion, RecordPosition, records};
use ottla_model::{BrokerId, LeaderEpoch, Offset, PartitionIndex, Timestamp, TopicId, Uuid};
use ottla_protocol::MetadataRecord;
use std::path::Path;

pub const CLUSTER: &str = "the cluster";

/// The generator of Knuth's MMIX: every test with the same seed draws the same.
pub struct Seeded(pub u64);

impl Random for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 56) as u8;
        }
    }
}

/// A controller, what it has appended, and what a node that follows the log makes of it.
pub struct Cluster {
    pub controller: Controller,
    settings: ControllerSettings,
    pub random: Seeded,
    pub now: Timestamp,
    pub log: Vec<MetadataRecord>,
    pub follower: MetadataDelta,
    pub bootstrap: BootstrapMetadata,
}

impl Cluster {
    /// An active controller of a cluster at that version, without brokers.
    pub fn at(version: MetadataVersion) -> Self {
        let config = BrokerConfig::for_quick_start(Path::new("/nowhere"));
        let settings = ControllerSettings::new(&config, CLUSTER.to_owned(), vec![BrokerId::new(1)]);
        let bootstrap = BootstrapMetadata::for_levels(version, |feature| feature.default_level(version));
        let mut cluster = Self {
            controller: Controller::new(settings.clone()),
            settings,
            random: Seeded(1),
            now: Timestamp::new(0),
            log: Vec::new(),
            follower: MetadataDelta::new(MetadataImage::empty()),
            bootstrap,
        };
        cluster.controller.set_kraft_version(Feature::Kraft.default_level(version));
        cluster.activate();
        cluster
    }

    /// With `count` unfenced brokers, numbered from 1.
    pub fn with_brokers(version: MetadataVersion, count: i32) -> Self {
        let mut cluster = Self::at(version);
        for id in 1..=count {
            cluster.start_broker(id, None);
        }
        cluster
    }

    /// The same cluster, with other settings.
    pub fn change_settings(&mut self, change: impl FnOnce(&mut ControllerSettings)) {
        change(&mut self.settings);
        let state = self.controller.state();
        self.controller = Controller::new(self.settings.clone());
        self.controller.restore(state);
        self.activate();
    }

    pub fn create(&mut self, topic: NewTopic) {
        let created = self.controller.create_topics(&[topic], false, &mut self.random).unwrap();
        self.commit(created)[0].1.as_ref().unwrap();
    }

    pub fn activate(&mut self) {
        let activated = self.controller.activate(&self.bootstrap, self.now).unwrap();
        self.commit(activated);
    }

    pub fn next_offset(&self) -> Offset {
        Offset::new(i64::try_from(self.log.len()).unwrap())
    }

    /// Appends and replays what was decided; every record goes through its bytes.
    pub fn commit<R>(&mut self, result: ControllerResult<R>) -> R {
        for record in result.records {
            let position =
                RecordPosition { offset: self.next_offset(), epoch: LeaderEpoch::new(1), timestamp: self.now };
            let bytes = records::encode(&record, self.controller.metadata_version()).unwrap();
            let read = records::decode(position.offset, bytes).unwrap();
            self.controller.replay(position, &read).unwrap();
            self.follower.replay(position, &read).unwrap();
            self.log.push(read);
        }
        result.reply
    }

    pub fn request_to_register(&mut self, id: i32, previous_epoch: Option<BrokerEpoch>) -> RegisterBroker {
        let features = Feature::ALL.map(|feature| (feature.name().to_owned(), feature.supported()));
        let endpoint = Endpoint {
            listener: "PLAINTEXT".to_owned(),
            host: "localhost".to_owned(),
            port: 9092,
            security_protocol: 0,
        };
        RegisterBroker {
            id: BrokerId::new(id),
            cluster_id: CLUSTER.to_owned(),
            incarnation_id: self.random.uuid(),
            endpoints: vec![endpoint],
            features: features.to_vec(),
            rack: None,
            is_migrating_zk_broker: false,
            directories: vec![directory(id)],
            previous_epoch,
        }
    }

    pub fn register(&mut self, request: RegisterBroker) -> Result<BrokerEpoch, RegisterBrokerError> {
        let registered = self.controller.register_broker(request, self.next_offset(), self.now)?;
        Ok(self.commit(registered))
    }

    /// Registers a new incarnation, and has it unfenced.
    pub fn start_broker(&mut self, id: i32, previous_epoch: Option<BrokerEpoch>) -> BrokerEpoch {
        let request = self.request_to_register(id, previous_epoch);
        let epoch = self.register(request).unwrap();
        assert!(!self.heartbeat(id, epoch, false).is_fenced);
        epoch
    }

    /// A heartbeat of a broker that has read the whole log.
    pub fn heartbeat(&mut self, id: i32, epoch: BrokerEpoch, wants_shut_down: bool) -> BrokerHeartbeatReply {
        let heartbeat = BrokerHeartbeat {
            id: BrokerId::new(id),
            epoch,
            metadata_offset: self.next_offset() - 1,
            wants_fence: false,
            wants_shut_down,
            offline_directories: Vec::new(),
            cordoned_directories: Some(Vec::new()),
        };
        let next_offset = self.next_offset();
        let result = self.controller.broker_heartbeat(&heartbeat, next_offset, self.now).unwrap();
        self.commit(result)
    }

    pub fn epoch_of(&self, id: i32) -> BrokerEpoch {
        self.controller.image().cluster().broker(BrokerId::new(id)).unwrap().epoch
    }

    pub fn partition(&self, topic: &str, index: i32) -> &ottla_metadata::image::PartitionImage {
        let topic = self.controller.image().topics().by_name(topic).unwrap();
        topic.partition(PartitionIndex::new(index)).unwrap()
    }
    pub fn topic_id(&self, topic: &str) -> TopicId {
        self.controller.image().topics().id_of(topic).unwrap()
    }
}

/// The only directory of a broker.
pub fn directory(id: i32) -> Uuid {
    Uuid::from_bytes((0xd1_0000 + u128::try_from(id).unwrap()).to_be_bytes())
}

pub fn brokers(ids: &[i32]) -> Vec<BrokerId> {
    ids.iter().copied().map(BrokerId::new).collect()
}

/// A topic with these replicas.
pub fn assigned_topic(name: &str, assignments: &[&[i32]]) -> NewTopic {
    let assignments = assignments
        .iter()
        .zip(0..)
        .map(|(ids, partition)| ReplicaAssignment { partition: PartitionIndex::new(partition), brokers: brokers(ids) });
    NewTopic { name: name.to_owned(), assignments: assignments.collect(), ..Default::default() }
}
