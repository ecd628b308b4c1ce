//! Elections, in-sync and eligible replicas.

use crate::support::cluster::{Cluster, assigned_topic, brokers};
use ottla_metadata::MetadataVersion;
use ottla_metadata::controller::{
    AlterPartition, AlterPartitionError, AlteredPartition, ConfigOperation, ElectLeaderError, ElectionType,
    IncrementalAlteration, ProposedIsr,
};
use ottla_metadata::image::{BrokerEpoch, ConfigResource, LeaderRecoveryState, PartitionImage};
use ottla_model::{BrokerId, ErrorCode, PartitionIndex, Timestamp};

const FIRST: PartitionIndex = PartitionIndex::new(0);

fn proposal(cluster: &Cluster, in_sync: &[i32]) -> ProposedIsr {
    let partition = cluster.partition("t", 0);
    ProposedIsr {
        topic_id: cluster.topic_id("t"),
        partition: FIRST,
        leader_epoch: partition.leader_epoch,
        partition_epoch: partition.partition_epoch,
        in_sync: brokers(in_sync).into_iter().map(|replica| (replica, None)).collect(),
        leader_recovery_state: LeaderRecoveryState::Recovered,
    }
}

fn propose(cluster: &mut Cluster, leader: i32, proposed: ProposedIsr) -> Result<AlteredPartition, AlterPartitionError> {
    let request = AlterPartition {
        broker: BrokerId::new(leader),
        broker_epoch: cluster.epoch_of(leader),
        partitions: vec![proposed],
    };
    let result = cluster.controller.alter_partition(&request).unwrap();
    cluster.commit(result).remove(0)
}

fn set_for_topic(cluster: &mut Cluster, key: &str, value: &str) {
    let operations = vec![(key.to_owned(), ConfigOperation::Set(value.to_owned()))];
    let alteration = IncrementalAlteration { resource: ConfigResource::topic("t"), operations };
    let result = cluster.controller.incremental_alter_configs(&[alteration], false, true).unwrap();
    assert_eq!(cluster.commit(result)[0].1, Ok(()));
}

/// Fences a broker, as if it had not been heard of for a session; the others are.
fn lose(cluster: &mut Cluster, id: i32) {
    cluster.now = cluster.now.plus_milliseconds(5000);
    let alive: Vec<(i32, BrokerEpoch)> = cluster
        .controller
        .image()
        .cluster()
        .brokers()
        .filter(|broker| !broker.fenced && broker.id != BrokerId::new(id))
        .map(|broker| (broker.id.value(), broker.epoch))
        .collect();
    for &(other, epoch) in &alive {
        cluster.heartbeat(other, epoch, false);
    }
    cluster.now = cluster.now.plus_milliseconds(4500);
    let now = cluster.now;
    while {
        let fenced = cluster.controller.fence_stale_broker(now);
        cluster.commit(fenced)
    } {}
    let is_fenced = |id| cluster.controller.image().cluster().broker(BrokerId::new(id)).unwrap().fenced;
    assert!(is_fenced(id));
    assert!(alive.iter().all(|&(other, _)| !is_fenced(other)));
}

fn three_replicas(version: MetadataVersion) -> Cluster {
    let mut cluster = Cluster::with_brokers(version, 3);
    cluster.create(assigned_topic("t", &[&[1, 2, 3]]));
    cluster
}

fn ids(replicas: &[BrokerId]) -> Vec<i32> {
    replicas.iter().map(|replica| replica.value()).collect()
}
/// In-sync replicas, eligible replicas, last known leaders.
fn sets(partition: &PartitionImage) -> [Vec<i32>; 3] {
    [&partition.in_sync_replicas, &partition.eligible_leader_replicas, &partition.last_known_leaders]
        .map(|replicas| ids(replicas))
}

#[test]
fn a_leader_shrinks_and_expands_who_is_in_sync() {
    let mut cluster = three_replicas(MetadataVersion::LATEST);
    let proposed = proposal(&cluster, &[1, 2]);
    let altered = propose(&mut cluster, 1, proposed).unwrap();
    assert_eq!(altered.in_sync_replicas, brokers(&[1, 2]));
    assert_eq!((altered.leader_epoch.value(), altered.partition_epoch), (0, 1), "no election took place");
    let proposed = proposal(&cluster, &[1, 2, 3]);
    assert_eq!(propose(&mut cluster, 1, proposed).unwrap().partition_epoch, 2);
    let unchanged = proposal(&cluster, &[1, 2, 3]);
    let log_length = cluster.log.len();
    assert_eq!(propose(&mut cluster, 1, unchanged).unwrap().partition_epoch, 2);
    assert_eq!(cluster.log.len(), log_length, "what changes nothing is not written");
}

#[test]
fn before_3_6_a_shrink_raises_the_leader_epoch() {
    let mut cluster = three_replicas(MetadataVersion::V3_5Iv2);
    let proposed = proposal(&cluster, &[1, 2]);
    assert_eq!(propose(&mut cluster, 1, proposed).unwrap().leader_epoch.value(), 1);
    let proposed = proposal(&cluster, &[1, 2, 3]);
    assert_eq!(propose(&mut cluster, 1, proposed).unwrap().leader_epoch.value(), 1, "growth does not");
}

#[test]
fn what_a_leader_says_is_checked() {
    use AlterPartitionError as E;
    let mut cluster = three_replicas(MetadataVersion::LATEST);
    let shrink = proposal(&cluster, &[1, 2]);
    propose(&mut cluster, 1, shrink.clone()).unwrap();
    let good = proposal(&cluster, &[1, 2, 3]);
    let epoch_of = |id| Some(BrokerEpoch::new(id));
    let in_sync = |replicas: &[(i32, Option<BrokerEpoch>)]| {
        replicas.iter().map(|&(id, epoch)| (BrokerId::new(id), epoch)).collect::<Vec<_>>()
    };
    let recovering = LeaderRecoveryState::Recovering;
    let rows = [
        (1, shrink, E::StalePartitionEpoch, ErrorCode::InvalidUpdateVersion),
        (2, good.clone(), E::NotLeader, ErrorCode::InvalidRequest),
        (
            1,
            ProposedIsr { topic_id: ottla_model::Uuid::ONE, ..good.clone() },
            E::UnknownTopic,
            ErrorCode::UnknownTopicId,
        ),
        (
            1,
            ProposedIsr { partition: PartitionIndex::new(9), ..good.clone() },
            E::UnknownPartition,
            ErrorCode::UnknownTopicOrPartition,
        ),
        (
            1,
            ProposedIsr { leader_epoch: good.leader_epoch.next(), ..good.clone() },
            E::NewerThanController,
            ErrorCode::NotController,
        ),
        (
            1,
            ProposedIsr { partition_epoch: good.partition_epoch + 1, ..good.clone() },
            E::NewerThanController,
            ErrorCode::NotController,
        ),
        (
            1,
            ProposedIsr { in_sync: in_sync(&[(1, None), (9, None)]), ..good.clone() },
            E::NotReplicas,
            ErrorCode::InvalidRequest,
        ),
        (
            1,
            ProposedIsr { in_sync: in_sync(&[(1, None), (1, None)]), ..good.clone() },
            E::NotReplicas,
            ErrorCode::InvalidRequest,
        ),
        (
            1,
            ProposedIsr { in_sync: in_sync(&[(2, None)]), ..good.clone() },
            E::WithoutLeader,
            ErrorCode::InvalidRequest,
        ),
        (1, ProposedIsr { in_sync: vec![], ..good.clone() }, E::WithoutLeader, ErrorCode::InvalidRequest),
        (
            1,
            ProposedIsr { leader_recovery_state: recovering, ..good.clone() },
            E::RecoveringWithFollowers,
            ErrorCode::InvalidRequest,
        ),
        (
            1,
            ProposedIsr { leader_recovery_state: recovering, in_sync: in_sync(&[(1, None)]), ..good.clone() },
            E::RecoveringAgain,
            ErrorCode::InvalidRequest,
        ),
        (
            1,
            ProposedIsr { in_sync: in_sync(&[(1, None), (3, epoch_of(1))]), ..good.clone() },
            E::IneligibleReplica,
            ErrorCode::IneligibleReplica,
        ),
    ];
    for (leader, proposed, error, code) in rows {
        assert_eq!(propose(&mut cluster, leader, proposed), Err(error));
        assert_eq!(error.code(), code);
    }
    lose(&mut cluster, 3);
    let with_fenced = proposal(&cluster, &[1, 2, 3]);
    assert_eq!(propose(&mut cluster, 1, with_fenced), Err(E::IneligibleReplica));
    lose(&mut cluster, 1);
    let fenced = ProposedIsr { leader_epoch: good.leader_epoch, ..proposal(&cluster, &[1, 2]) };
    assert_eq!(propose(&mut cluster, 1, fenced), Err(E::FencedLeaderEpoch));
}

#[test]
fn below_min_insync_replicas_those_who_leave_stay_eligible() {
    let mut cluster = three_replicas(MetadataVersion::LATEST);
    set_for_topic(&mut cluster, "min.insync.replicas", "2");
    lose(&mut cluster, 3);
    assert_eq!(sets(cluster.partition("t", 0)), [vec![1, 2], vec![], vec![]], "two are enough");
    lose(&mut cluster, 2);
    assert_eq!(sets(cluster.partition("t", 0)), [vec![1], vec![2], vec![]]);
    lose(&mut cluster, 1);
    assert_eq!(cluster.partition("t", 0).leader, None);
    assert_eq!(sets(cluster.partition("t", 0)), [vec![], vec![1, 2], vec![1]]);

    // An eligible replica leads as soon as it is back, having stopped cleanly: nothing is lost.
    let previous = cluster.epoch_of(2);
    cluster.start_broker(2, Some(previous));
    let partition = cluster.partition("t", 0);
    assert_eq!(partition.leader, Some(BrokerId::new(2)));
    assert_eq!(partition.leader_recovery_state, LeaderRecoveryState::Recovered);
    assert_eq!(sets(partition), [vec![2], vec![1], vec![]]);
}

#[test]
fn who_stopped_uncleanly_is_no_longer_eligible() {
    let mut cluster = three_replicas(MetadataVersion::LATEST);
    set_for_topic(&mut cluster, "min.insync.replicas", "2");
    for id in [3, 2, 1] {
        lose(&mut cluster, id);
    }
    cluster.start_broker(2, None);
    let partition = cluster.partition("t", 0);
    assert_eq!(partition.leader, None, "broker 1 may still hold what broker 2 has lost");
    assert_eq!(sets(partition), [vec![], vec![1], vec![1]]);
    cluster.start_broker(1, None);
    let partition = cluster.partition("t", 0);
    assert_eq!(partition.leader, Some(BrokerId::new(1)), "the last known leader, now that nobody is eligible");
    assert_eq!(partition.leader_recovery_state, LeaderRecoveryState::Recovering);
    let recovered = proposal(&cluster, &[1]);
    let altered = propose(&mut cluster, 1, recovered).unwrap();
    assert_eq!(altered.leader_recovery_state, LeaderRecoveryState::Recovered);
}

#[test]
fn without_eligible_replicas_the_last_in_sync_is_kept_on_paper() {
    let mut cluster = three_replicas(MetadataVersion::V4_0Iv3);
    for id in [2, 3, 1] {
        lose(&mut cluster, id);
    }
    let partition = cluster.partition("t", 0);
    assert_eq!(partition.leader, None);
    assert_eq!(sets(partition), [vec![1], vec![], vec![]]);
    cluster.start_broker(2, None);
    assert_eq!(cluster.partition("t", 0).leader, None);
    cluster.start_broker(1, None);
    assert_eq!(cluster.partition("t", 0).leader, Some(BrokerId::new(1)));
}

#[test]
fn a_topic_may_rather_lose_data_than_be_offline() {
    let mut cluster = three_replicas(MetadataVersion::V4_0Iv3);
    for id in [2, 3, 1] {
        lose(&mut cluster, id);
    }
    cluster.start_broker(2, None);
    assert!(cluster.controller.elect_unclean_leaders().records.is_empty());
    set_for_topic(&mut cluster, "unclean.leader.election.enable", "true");
    let elected = cluster.controller.elect_unclean_leaders();
    assert!(!cluster.commit(elected), "there is nothing more to do");
    let partition = cluster.partition("t", 0);
    assert_eq!(partition.leader, Some(BrokerId::new(2)));
    assert_eq!(sets(partition)[0], [2]);
    assert_eq!(partition.leader_recovery_state, LeaderRecoveryState::Recovering);
}

#[test]
fn leaders_are_chosen_when_somebody_asks() {
    let mut cluster = three_replicas(MetadataVersion::LATEST);
    let elect = |cluster: &mut Cluster, election, index| {
        let partition = [("t".to_owned(), PartitionIndex::new(index))];
        let result = cluster.controller.elect_leaders(election, Some(&partition)).unwrap();
        cluster.commit(result).remove(0).2
    };
    let preferred = ElectionType::Preferred;
    assert_eq!(elect(&mut cluster, preferred, 0), Err(ElectLeaderError::NotNeeded));
    let unknown = elect(&mut cluster, preferred, 9).unwrap_err();
    assert_eq!(
        (unknown.code(), unknown.to_string().as_str()),
        (ErrorCode::UnknownTopicOrPartition, "No such partition as t-9")
    );
    let nope = [("nope".to_owned(), FIRST)];
    let nope = cluster.controller.elect_leaders(preferred, Some(&nope)).unwrap().reply.remove(0).2.unwrap_err();
    assert_eq!(nope.to_string(), "No such topic as nope");

    lose(&mut cluster, 1);
    assert_eq!(cluster.partition("t", 0).leader, Some(BrokerId::new(2)));
    assert_eq!(elect(&mut cluster, preferred, 0), Err(ElectLeaderError::PreferredNotAvailable));
    assert_eq!(elect(&mut cluster, ElectionType::Unclean, 0), Err(ElectLeaderError::NotNeeded));
    cluster.start_broker(1, None);
    let back = proposal(&cluster, &[2, 3, 1]);
    propose(&mut cluster, 2, back).unwrap();
    let balanced = cluster.controller.balance_leaders();
    assert_eq!(balanced.records.len(), 1);
    let all = cluster.controller.elect_leaders(preferred, None).unwrap();
    assert_eq!(cluster.commit(all).len(), 1);
    assert_eq!(cluster.partition("t", 0).leader, Some(BrokerId::new(1)));
    assert!(cluster.controller.elect_leaders(preferred, None).unwrap().reply.is_empty());
    assert!(cluster.now > Timestamp::new(0));
}
