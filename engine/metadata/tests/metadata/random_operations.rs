//! Random operations on a small cluster: whatever happens, what must hold holds.

use crate::support::cluster::{Cluster, Seeded, brokers};
use ottla_metadata::controller::{
    AlterPartition, BrokerHeartbeat, ConfigOperation, ElectionType, IncrementalAlteration, NewPartitions, NewTopic,
    ProposedIsr, Random, TopicReference,
};
use ottla_metadata::image::{ConfigResource, LeaderRecoveryState, PartitionImage};
use ottla_metadata::{MetadataDelta, MetadataImage, MetadataVersion, RecordPosition, records};
use ottla_model::{BrokerId, LeaderEpoch, Offset, PartitionIndex, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const BROKERS: i32 = 4;

#[derive(Debug, Clone)]
enum Operation {
    Start { broker: i32, cleanly: bool },
    Heartbeat { broker: i32, wants_fence: bool, wants_shut_down: bool, loses_directory: bool },
    Wait { milliseconds: i64 },
    CreateTopic { topic: u8, partitions: i32, replication_factor: i16 },
    DeleteTopic { topic: u8 },
    CreatePartitions { topic: u8, total: i32 },
    Configure { topic: u8, key: usize, value: usize },
    AlterIsr { topic: u8, partition: i32, keep: u8, recovered: bool },
    Elect { unclean: bool },
    Unregister { broker: i32 },
    ChangeControllers,
}

fn operation() -> impl Strategy<Value = Operation> {
    let broker = 1..=BROKERS;
    prop_oneof![
        4 => (broker.clone(), any::<bool>()).prop_map(|(broker, cleanly)| Operation::Start { broker, cleanly }),
        4 => (broker.clone(), prop::bool::weighted(0.1), prop::bool::weighted(0.2), prop::bool::weighted(0.05)).prop_map(
            |(broker, wants_fence, wants_shut_down, loses_directory)| Operation::Heartbeat {
                broker,
                wants_fence,
                wants_shut_down,
                loses_directory
            }
        ),
        2 => (0..9000i64).prop_map(|milliseconds| Operation::Wait { milliseconds }),
        3 => (0..5u8, -1..4i32, -1..4i16).prop_map(|(topic, partitions, replication_factor)| Operation::CreateTopic {
            topic,
            partitions,
            replication_factor
        }),
        1 => (0..5u8).prop_map(|topic| Operation::DeleteTopic { topic }),
        1 => (0..5u8, 0..6i32).prop_map(|(topic, total)| Operation::CreatePartitions { topic, total }),
        2 => (0..5u8, 0..3usize, 0..4usize).prop_map(|(topic, key, value)| Operation::Configure { topic, key, value }),
        4 => (0..5u8, 0..4i32, any::<u8>(), any::<bool>()).prop_map(|(topic, partition, keep, recovered)| {
            Operation::AlterIsr { topic, partition, keep, recovered }
        }),
        1 => any::<bool>().prop_map(|unclean| Operation::Elect { unclean }),
        1 => broker.prop_map(|broker| Operation::Unregister { broker }),
        1 => Just(Operation::ChangeControllers),
    ]
}

fn name(topic: u8) -> String {
    ["a", "b.c", "b_c", "d", "e"][usize::from(topic)].to_owned()
}

fn run(cluster: &mut Cluster, operation: Operation) {
    match operation {
        Operation::Start { broker, cleanly } => {
            let registered = cluster.controller.image().cluster().broker(BrokerId::new(broker));
            let previous = registered.map(|registered| registered.epoch).filter(|_| cleanly);
            let request = cluster.request_to_register(broker, previous);
            // Refused while the last incarnation may be alive.
            let _ = cluster.register(request);
        }
        Operation::Heartbeat { broker, wants_fence, wants_shut_down, loses_directory } => {
            let Some(registered) = cluster.controller.image().cluster().broker(BrokerId::new(broker)) else { return };
            let heartbeat = BrokerHeartbeat {
                id: registered.id,
                epoch: registered.epoch,
                metadata_offset: cluster.next_offset() - 1,
                wants_fence,
                // Who has begun to stop does not change its mind.
                wants_shut_down: wants_shut_down || registered.in_controlled_shutdown,
                offline_directories: if loses_directory { registered.directories.clone() } else { Vec::new() },
                cordoned_directories: None,
            };
            let next_offset = cluster.next_offset();
            let result = cluster.controller.broker_heartbeat(&heartbeat, next_offset, cluster.now).unwrap();
            cluster.commit(result);
        }
        Operation::Wait { milliseconds } => {
            cluster.now = cluster.now.plus_milliseconds(milliseconds);
            while {
                let fenced = cluster.controller.fence_stale_broker(cluster.now);
                cluster.commit(fenced)
            } {}
        }
        Operation::CreateTopic { topic, partitions, replication_factor } => {
            let topic = NewTopic {
                name: name(topic),
                partitions: (partitions >= 0).then_some(partitions),
                replication_factor: (replication_factor >= 0).then_some(replication_factor),
                ..Default::default()
            };
            let created = cluster.controller.create_topics(&[topic], false, &mut cluster.random).unwrap();
            cluster.commit(created);
        }
        Operation::DeleteTopic { topic } => {
            let deleted = cluster.controller.delete_topics(&[TopicReference::Name(name(topic))]).unwrap();
            cluster.commit(deleted);
        }
        Operation::CreatePartitions { topic, total } => {
            let new = NewPartitions { topic: name(topic), total, assignments: None };
            let created = cluster.controller.create_partitions(&[new], false, &mut cluster.random).unwrap();
            cluster.commit(created);
        }
        Operation::Configure { topic, key, value } => {
            let key = ["min.insync.replicas", "unclean.leader.election.enable", "cleanup.policy"][key];
            let operation = match value {
                0 => ConfigOperation::Delete,
                1 => ConfigOperation::Set("true".to_owned()),
                2 => ConfigOperation::Set("2".to_owned()),
                _ => ConfigOperation::Append("compact".to_owned()),
            };
            let resource = ConfigResource::topic(name(topic));
            let alteration = IncrementalAlteration { resource, operations: vec![(key.to_owned(), operation)] };
            let altered = cluster.controller.incremental_alter_configs(&[alteration], false, true).unwrap();
            cluster.commit(altered);
        }
        Operation::AlterIsr { topic, partition, keep, recovered } => {
            alter_isr(cluster, topic, partition, keep, recovered)
        }
        Operation::Elect { unclean } => {
            let election = if unclean { ElectionType::Unclean } else { ElectionType::Preferred };
            let elected = cluster.controller.elect_leaders(election, None).unwrap();
            cluster.commit(elected);
        }
        Operation::Unregister { broker } => {
            if let Ok(result) = cluster.controller.unregister_broker(BrokerId::new(broker)) {
                cluster.commit(result);
            }
        }
        Operation::ChangeControllers => {
            cluster.controller.deactivate();
            cluster.activate();
        }
    }
}

/// A leader says that some of the replicas are in sync with it.
fn alter_isr(cluster: &mut Cluster, topic: u8, index: i32, keep: u8, recovered: bool) {
    let Some(topic) = cluster.controller.image().topics().by_name(&name(topic)) else { return };
    let Some(partition) = topic.partition(PartitionIndex::new(index)) else { return };
    let Some(leader) = partition.leader else { return };
    let in_sync = partition.replicas.iter().copied();
    let in_sync = in_sync.filter(|&replica| replica == leader || keep >> replica.value() & 1 == 1);
    let proposed = ProposedIsr {
        topic_id: topic.id(),
        partition: PartitionIndex::new(index),
        leader_epoch: partition.leader_epoch,
        partition_epoch: partition.partition_epoch,
        in_sync: in_sync.map(|replica| (replica, None)).collect(),
        leader_recovery_state: if recovered { LeaderRecoveryState::Recovered } else { partition.leader_recovery_state },
    };
    let broker_epoch = cluster.epoch_of(leader.value());
    let request = AlterPartition { broker: leader, broker_epoch, partitions: vec![proposed] };
    let altered = cluster.controller.alter_partition(&request).unwrap();
    cluster.commit(altered);
}

fn check(cluster: &Cluster, before: &MetadataImage) {
    let image = cluster.controller.image();
    let has_elr = image.features().has_eligible_leader_replicas();
    let mut names = BTreeSet::new();
    for topic in image.topics().iter() {
        assert!(names.insert(topic.name().as_str().replace('.', "_")), "topics collide");
        assert_eq!(image.topics().by_id(topic.id()), Some(topic));
        let indexes: Vec<i32> = topic.partitions().map(|(index, _)| index.value()).collect();
        assert_eq!(indexes, (0..i32::try_from(topic.partition_count()).unwrap()).collect::<Vec<_>>());
        for (index, partition) in topic.partitions() {
            check_partition(cluster, partition, has_elr);
            if let Some(previous) = before.topics().partition(topic.id(), index) {
                check_epochs(previous, partition);
            }
        }
    }
    for (resource, _) in image.configs().iter() {
        let is_topic = resource == &ConfigResource::topic(resource.name.clone());
        assert!(!is_topic || image.topics().id_of(&resource.name).is_some(), "a configuration outlives its topic");
    }
}

fn check_partition(cluster: &Cluster, partition: &PartitionImage, has_elr: bool) {
    let set = |replicas: &[BrokerId]| replicas.iter().copied().collect::<BTreeSet<_>>();
    let replicas = set(&partition.replicas);
    let (in_sync, eligible) = (set(&partition.in_sync_replicas), set(&partition.eligible_leader_replicas));
    assert_eq!(replicas.len(), partition.replicas.len());
    assert_eq!(partition.directories.len(), partition.replicas.len());
    assert!(in_sync.is_subset(&replicas) && in_sync.len() == partition.in_sync_replicas.len());
    assert!(eligible.is_subset(&replicas) && eligible.is_disjoint(&in_sync));
    match partition.leader {
        Some(leader) => {
            assert!(in_sync.contains(&leader), "{partition:?}");
            assert!(cluster.controller.image().cluster().is_active(leader), "led by a broker that is not there");
        }
        None => assert!(!has_elr || in_sync.is_empty(), "nobody leads although somebody is in sync: {partition:?}"),
    }
    if has_elr {
        let active = |broker: &BrokerId| cluster.controller.image().cluster().is_active(*broker);
        assert!(in_sync.iter().all(active), "a broker that is not there is in sync: {partition:?}");
    } else {
        assert!(!in_sync.is_empty() && eligible.is_empty());
    }
}

fn check_epochs(previous: &PartitionImage, partition: &PartitionImage) {
    assert!(partition.leader_epoch >= previous.leader_epoch && partition.partition_epoch >= previous.partition_epoch);
    if previous.leader != partition.leader {
        assert!(partition.leader_epoch > previous.leader_epoch, "another leader in the same epoch");
    }
    if previous != partition {
        assert!(partition.partition_epoch > previous.partition_epoch, "another partition in the same epoch");
    }
}

/// Whatever the log says, its snapshot says.
fn check_snapshot(image: &MetadataImage) {
    let version = image.features().metadata_version().unwrap();
    let mut delta = MetadataDelta::new(MetadataImage::empty());
    for record in image.snapshot().flatten() {
        let position =
            RecordPosition { offset: Offset::ZERO, epoch: LeaderEpoch::new(0), timestamp: Timestamp::new(0) };
        let bytes = records::encode(&record, version).unwrap();
        delta.replay(position, &records::decode(Offset::ZERO, bytes).unwrap()).unwrap();
    }
    assert_eq!(delta.publish().image, *image);
}

/// What is said to have changed is all that differs.
fn check_changes(cluster: &mut Cluster) {
    let published = cluster.follower.publish();
    assert_eq!(published.image, *cluster.controller.image(), "whoever follows the log sees what the controller sees");
    let ids = |image: &MetadataImage| image.topics().iter().map(|topic| topic.id()).collect::<BTreeSet<_>>();
    let (old, new) = (ids(&published.previous), ids(&published.image));
    let topics = &published.changes.topics;
    assert_eq!(topics.created, &new - &old);
    assert_eq!(topics.deleted.keys().copied().collect::<BTreeSet<_>>(), &old - &new);
    let mut differing: BTreeMap<_, BTreeSet<PartitionIndex>> = BTreeMap::new();
    for topic in published.image.topics().iter() {
        for (index, partition) in topic.partitions() {
            if published.previous.topics().partition(topic.id(), index) != Some(partition) {
                differing.entry(topic.id()).or_default().insert(index);
            }
        }
    }
    assert_eq!(topics.partitions, differing);
    let brokers_of = |image: &MetadataImage, id| image.cluster().broker(id).cloned();
    for id in brokers(&(1..=BROKERS).collect::<Vec<_>>()) {
        if brokers_of(&published.previous, id) != brokers_of(&published.image, id) {
            assert!(published.changes.brokers.contains(&id));
        }
    }
}

proptest! {
    #[test]
    fn what_must_hold_holds_whatever_happens(
        version in prop_oneof![
            3 => Just(MetadataVersion::V4_3Iv0),
            1 => Just(MetadataVersion::V4_0Iv3),
            1 => Just(MetadataVersion::V3_5Iv2),
        ],
        seed: u64,
        operations in prop::collection::vec(operation(), 1..60),
    ) {
        let mut cluster = Cluster::at(version);
        cluster.random = Seeded(seed);
        let _ = cluster.random.uuid();
        for id in 1..=BROKERS {
            cluster.start_broker(id, None);
        }
        for operation in operations {
            let before = cluster.controller.image().clone();
            run(&mut cluster, operation);
            check(&cluster, &before);
            check_changes(&mut cluster);
        }
        check_snapshot(cluster.controller.image());
    }
}
