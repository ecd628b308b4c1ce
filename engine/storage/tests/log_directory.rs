//! A log directory: whose it is, who may use it, and what survives in it.

mod support;

use ottla_model::{BrokerId, Offset, PartitionIndex, TopicName, TopicPartition, Uuid};
use ottla_storage::{
    CheckpointKind, CleanShutdown, DirectoryKind, Disk, ExpectedIdentity, FlushScope, LeaderAppend, LogConfig,
    LogDirectory, LogDirectoryError, MetaProperties, OpenFiles, PartitionLog, ProducerStateConfig, RealDisk,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use support::simulated_disk::{Dice, SimulatedDisk};
use support::{EPOCH, NOW, batches};

const CLUSTER: &str = "MkU3OEVBNTcwNTJENDM2Qk";

fn directory_id() -> Uuid {
    "72DdlFkRSvOTODhijJGSDw".parse().unwrap()
}
fn properties() -> MetaProperties {
    MetaProperties::new(CLUSTER, BrokerId::new(3), directory_id())
}
fn identity(cluster: &str, node: i32) -> ExpectedIdentity {
    ExpectedIdentity { cluster_id: Some(cluster.to_owned()), node_id: BrokerId::new(node) }
}
fn try_open(disk: Arc<dyn Disk>, path: &Path) -> Result<LogDirectory, LogDirectoryError> {
    LogDirectory::open(disk, path, &identity(CLUSTER, 3), Arc::new(OpenFiles::new(16)))
}
fn partition(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition { topic: TopicName::new(topic).unwrap(), partition: PartitionIndex::new(partition) }
}
fn create(directory: &LogDirectory, name: &TopicPartition) -> PartitionLog {
    let config = LogConfig::kafka_defaults();
    directory.create_partition(name, Some(Uuid::ONE), config, ProducerStateConfig::default(), NOW).unwrap()
}
fn append(log: &mut PartitionLog) {
    log.append_as_leader(batches::plain(&[(NOW.value(), "v")]), &LeaderAppend::from_client(EPOCH, NOW)).unwrap();
}

#[test]
fn a_directory_must_be_formatted_once_and_be_this_nodes() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("new");
    let open = |identity: &ExpectedIdentity| {
        LogDirectory::open(Arc::new(RealDisk), &path, identity, Arc::new(OpenFiles::new(16)))
    };
    assert!(matches!(open(&identity(CLUSTER, 3)), Err(LogDirectoryError::Unformatted { .. })));
    assert_eq!(LogDirectory::read_meta_properties(&RealDisk, &path).unwrap(), None);
    LogDirectory::format(&RealDisk, &path, &properties()).unwrap();
    let again = LogDirectory::format(&RealDisk, &path, &properties());
    assert!(matches!(again, Err(LogDirectoryError::AlreadyFormatted { .. })));
    assert_eq!(LogDirectory::read_meta_properties(&RealDisk, &path).unwrap(), Some(properties()));

    match open(&identity("AnotherClusterAltogethe", 3)) {
        Err(LogDirectoryError::Mismatch { key, found, .. }) => {
            assert_eq!((key, found.as_str()), ("cluster.id", CLUSTER))
        }
        other => panic!("{other:?}"),
    }
    match open(&identity(CLUSTER, 4)) {
        Err(LogDirectoryError::Mismatch { key, found, expected, .. }) => {
            assert_eq!((key, found.as_str(), expected.as_str()), ("node.id", "3", "4"));
        }
        other => panic!("{other:?}"),
    }
    let directory = open(&identity(CLUSTER, 3)).unwrap();
    assert_eq!(directory.meta_properties(), &properties());
    assert!(matches!(open(&identity(CLUSTER, 3)), Err(LogDirectoryError::InUse { .. })));
    drop(directory);
    open(&ExpectedIdentity { cluster_id: None, node_id: BrokerId::new(3) }).unwrap();
    fs::write(path.join("meta.properties"), "version=1\ncluster.id=x\n").unwrap();
    match open(&identity(CLUSTER, 3)) {
        Err(LogDirectoryError::InvalidMetaProperties { key, .. }) => assert_eq!(key, "node.id"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_directory_of_zookeepers_time_is_lifted() {
    let temporary = tempfile::tempdir().unwrap();
    fs::write(temporary.path().join("meta.properties"), "#\nbroker.id=3\n").unwrap();
    let mut directory = try_open(Arc::new(RealDisk), temporary.path()).unwrap();
    assert_eq!(directory.meta_properties().version, 0);
    directory.set_meta_properties(properties()).unwrap();
    assert_eq!(LogDirectory::read_meta_properties(&RealDisk, temporary.path()).unwrap(), Some(properties()));
}

#[test]
fn partitions_are_created_loaded_set_aside_and_removed() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path();
    LogDirectory::format(&RealDisk, path, &properties()).unwrap();
    let directory = try_open(Arc::new(RealDisk), path).unwrap();
    let (kept, deleted, stray) = (partition("kept", 0), partition("deleted", 1), partition("stray", 2));
    append(&mut create(&directory, &kept));
    let mut doomed = create(&directory, &deleted);
    append(&mut doomed);
    let reader = doomed.reader();

    let renamed = directory.set_aside(&mut doomed, DirectoryKind::Deleted, directory_id()).unwrap();
    assert_eq!(
        renamed.path.file_name().unwrap(),
        "deleted-1.ef60dd9459114af393383862 8c91920f-delete".replace(' ', "").as_str()
    );
    for index in ["index", "timeindex"] {
        let path = renamed.path.join(format!("{:020}.{index}", 0));
        assert!(path.exists(), "Kafka, started on this directory, misses {}", path.display());
    }
    let again = create(&directory, &deleted);
    assert_eq!(again.log_end_offset(), Offset::ZERO, "the name is free");
    // Whoever has the old log can still read it, and its files are found under the new name.
    let read = reader.read(&support::everything_from(&reader, Offset::ZERO)).unwrap();
    assert_eq!(batches::values_of(&read.records), ["v"]);
    doomed.roll(NOW).unwrap();
    drop(create(&directory, &stray));
    let found = directory.partitions().unwrap();
    let stray_directory = found.iter().find(|found| found.topic_partition == stray).unwrap();
    directory.set_directory_aside(stray_directory, DirectoryKind::Stray, directory_id()).unwrap();

    fs::create_dir(path.join("lost+found")).unwrap();
    fs::create_dir(path.join("remote-log-index-cache")).unwrap();
    let kinds: Vec<(String, DirectoryKind)> = directory
        .partitions()
        .unwrap()
        .into_iter()
        .map(|partition| (partition.topic_partition.to_string(), partition.kind))
        .collect();
    let named = |name: &str, kind| (name.to_owned(), kind);
    assert_eq!(
        kinds,
        [
            named("deleted-1", DirectoryKind::Live),
            named("deleted-1", DirectoryKind::Deleted),
            named("kept-0", DirectoryKind::Live),
            named("stray-2", DirectoryKind::Stray),
        ]
    );
    directory.remove(&renamed).unwrap();
    directory.remove(&renamed).unwrap();
    assert_eq!(directory.partitions().unwrap().len(), 3);
    drop((directory, again));
    let directory = try_open(Arc::new(RealDisk), path).unwrap();
    assert!(matches!(directory.warnings(), [warning] if warning.contains("lost+found")), "{:?}", directory.warnings());
}

#[test]
fn checkpoints_and_the_marker_outlive_a_shutdown_and_only_one() {
    let disk = Arc::new(SimulatedDisk::default());
    let path = Path::new("/data");
    disk.create_directory(path).unwrap();
    disk.sync_directory(Path::new("/")).unwrap();
    LogDirectory::format(&*disk, path, &properties()).unwrap();
    let directory = try_open(disk.clone(), path).unwrap();
    assert_eq!(directory.clean_shutdown(), None);
    let name = partition("topic", 0);
    let mut log = create(&directory, &name);
    (0..3).for_each(|_| append(&mut log));
    let recovery_point = log.close(NOW).unwrap();
    directory.write_checkpoint(CheckpointKind::RecoveryPoint, [(&name, recovery_point)]).unwrap();
    directory.write_checkpoint(CheckpointKind::HighWatermark, [(&name, Offset::new(2))]).unwrap();
    directory.mark_clean_shutdown(42).unwrap();

    for seed in 0..20 {
        let disk = disk.after_crash(&mut Dice::new(seed));
        let directory = try_open(disk.clone(), path).unwrap();
        assert_eq!(directory.clean_shutdown(), Some(CleanShutdown { broker_epoch: Some(42) }));
        assert_eq!(directory.checkpoint(CheckpointKind::HighWatermark)[&name], Offset::new(2));
        let [partition] = &directory.partitions().unwrap()[..] else { panic!() };
        let config = LogConfig::kafka_defaults();
        let (log, report) = directory.load(partition, config, ProducerStateConfig::default(), NOW).unwrap();
        assert!(report.is_clean(), "{report:?}");
        assert_eq!((log.log_end_offset(), log.topic_id()), (Offset::new(3), Some(Uuid::ONE)));
        // Now it is in use, so the next start is after a crash whatever the disk keeps.
        let again = try_open(disk.after_crash(&mut Dice::new(seed)), path).unwrap();
        assert_eq!(again.clean_shutdown(), None);
    }
}

#[test]
fn a_new_partition_is_whole_when_it_has_been_flushed_and_never_in_the_way() {
    let path = Path::new("/data");
    let name = partition("topic", 0);
    for seed in 0..200 {
        let disk = Arc::new(SimulatedDisk::default());
        disk.create_directory(path).unwrap();
        disk.sync_directory(Path::new("/")).unwrap();
        LogDirectory::format(&*disk, path, &properties()).unwrap();
        let directory = try_open(disk.clone(), path).unwrap();
        let mut log = create(&directory, &name);
        append(&mut log);
        let is_flushed = seed % 2 == 0;
        if is_flushed {
            let synced = log.begin_flush(FlushScope::Records).unwrap().sync();
            log.complete_flush(synced, NOW).unwrap();
        }
        let directory = try_open(disk.after_crash(&mut Dice::new(seed)), path).unwrap();
        let log = create(&directory, &name);
        assert_eq!(log.topic_id(), Some(Uuid::ONE));
        assert!(!is_flushed || log.log_end_offset() == Offset::new(1));
    }
}

#[test]
fn a_damaged_checkpoint_is_done_without() {
    let temporary = tempfile::tempdir().unwrap();
    LogDirectory::format(&RealDisk, temporary.path(), &properties()).unwrap();
    fs::write(temporary.path().join("recovery-point-offset-checkpoint"), "0\n7\n").unwrap();
    fs::write(temporary.path().join("replication-offset-checkpoint"), "").unwrap();
    let directory = try_open(Arc::new(RealDisk), temporary.path()).unwrap();
    assert!(directory.checkpoint(CheckpointKind::RecoveryPoint).is_empty());
    assert!(
        matches!(directory.warnings(), [warning] if warning.contains("recovery-point")),
        "{:?}",
        directory.warnings()
    );
}

#[test]
fn ten_thousand_partitions_need_few_open_files() {
    // A tenth of that here; the bound is what matters.
    let temporary = tempfile::tempdir().unwrap();
    LogDirectory::format(&RealDisk, temporary.path(), &properties()).unwrap();
    let directory = try_open(Arc::new(RealDisk), temporary.path()).unwrap();
    let open_files = || fs::read_dir("/proc/self/fd").unwrap().count();
    let before = open_files();
    let mut logs: Vec<PartitionLog> = (0..1000)
        .map(|index| {
            directory
                .create_partition(
                    &partition("many", index),
                    None,
                    LogConfig::kafka_defaults(),
                    ProducerStateConfig::default(),
                    NOW,
                )
                .unwrap()
        })
        .collect();
    logs.iter_mut().for_each(append);
    // Other tests of this binary open files meanwhile, but not this many.
    assert!(open_files() < before + 100, "{} files are open, before it were {before}", open_files());
    for log in &logs {
        let reader = log.reader();
        assert_eq!(
            reader.read(&support::everything_from(&reader, Offset::ZERO)).unwrap().first_batch_offset,
            Some(Offset::ZERO)
        );
    }
}
