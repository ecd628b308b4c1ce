//! What Kafka wrote, we read; and from what we read, we make the same bytes again.

use crate::fixtures::{SEGMENT, all_batch_files, batches, read, read_text};
use bytes::{Bytes, BytesMut};
use ottla_model::{BrokerId, LeaderEpoch, Offset, Timestamp};
use ottla_protocol::{MetadataRecord, RecordSet, record_frame};
use ottla_raft::batch::{ControlBatch, DataBatch, NO_OP_FRAME};
use ottla_raft::bootstrap::{self, format_metadata_directory};
use ottla_raft::snapshot::{Snapshot, SnapshotHead, SnapshotWriter};
use ottla_raft::{
    Action, BatchContent, ControlHistory, ControlRecord, ElectionState, Endpoint, MetadataBatch, OffsetAndEpoch,
    OpenedLog, Quorum, QuorumConfig, SnapshotId, VoterSet,
};

const DIRECTORY: &str = "FCU5w33nTyywMgwOyj3l3A";

fn rebuild(batch: &MetadataBatch) -> Bytes {
    let MetadataBatch { base_offset, epoch, append_time, .. } = *batch;
    match &batch.content {
        BatchContent::Control(records) => ControlBatch { base_offset, epoch, append_time, records }.to_bytes(),
        BatchContent::Data(frames) => DataBatch { base_offset, epoch, append_time, frames }.to_bytes().unwrap(),
    }
}

fn snapshot_id(end_offset: i64, epoch: i32) -> SnapshotId {
    SnapshotId { end_offset: Offset::new(end_offset), epoch: LeaderEpoch::new(epoch) }
}

#[test]
fn every_batch_is_read_and_made_again() {
    for (file, _) in all_batch_files() {
        let bytes = read(&file);
        let mut rebuilt = BytesMut::new();
        for batch in batches(bytes.clone()) {
            assert_eq!(rebuild(&batch).len(), batch.size_in_bytes);
            rebuilt.extend_from_slice(&rebuild(&batch));
        }
        assert_eq!(rebuilt, bytes, "{file}");
    }
}

#[test]
fn every_frame_is_read_and_made_again() {
    let mut types = std::collections::BTreeSet::new();
    for (file, _) in all_batch_files() {
        for batch in batches(read(&file)) {
            let BatchContent::Data(frames) = batch.content else { continue };
            for frame in frames {
                let (record, version) = record_frame::decode::<MetadataRecord>(frame.clone()).unwrap();
                assert_eq!(record_frame::encode(&record, version).unwrap(), frame, "{record:?}");
                types.insert(record.type_name());
                assert_eq!(record.type_name() == "NO_OP_RECORD", frame[..] == NO_OP_FRAME);
            }
        }
    }
    assert!(types.len() > 8, "{types:?}");
}

#[test]
fn every_snapshot_is_whole() {
    for (file, id) in all_batch_files() {
        if file.ends_with(SEGMENT) {
            continue;
        }
        let snapshot = Snapshot::read(read(&file), id.unwrap_or(SnapshotId::FORMATTED).epoch).unwrap();
        assert!(matches!(snapshot.control.first(), Some(ControlRecord::SnapshotHeader { .. })), "{file}");
        assert!(matches!(snapshot.control.last(), Some(ControlRecord::SnapshotFooter)), "{file}");
    }
}

#[test]
fn quorum_state_is_read_and_made_again() {
    for (kind, voters) in [("dynamic", dynamic_history().voters().clone()), ("static", static_voters())] {
        let text = read_text(&format!("{kind}/quorum-state"));
        let election = ElectionState::parse(&text, "").unwrap();
        assert_eq!(election.leader, Some(BrokerId::new(1)));
        let version =
            if kind == "static" { ottla_raft::KRaftVersion::Static } else { dynamic_history().kraft_version() };
        assert_eq!(election.to_text(version, &voters), text);
    }
}

/// The metadata directory of `kind`, up to (exclusive) an offset of its log.
fn history(kind: &str, end_offset: i64) -> ControlHistory {
    let mut history = ControlHistory::new(if kind == "static" { static_voters() } else { VoterSet::empty() });
    if kind == "dynamic" {
        let first = read(&format!("dynamic/{}", SnapshotId::FORMATTED.file_name()));
        let snapshot = Snapshot::read(first, SnapshotId::FORMATTED.epoch).unwrap();
        history.load_snapshot(SnapshotId::FORMATTED, &snapshot.control);
    }
    for batch in batches(read(&format!("{kind}/{SEGMENT}"))) {
        if batch.base_offset < Offset::new(end_offset) {
            history.observe_batch(&batch);
        }
    }
    history
}

fn dynamic_history() -> ControlHistory {
    history("dynamic", i64::MAX)
}

fn static_voters() -> VoterSet {
    VoterSet::parse_static("1@127.0.0.1:39323", "CONTROLLER").unwrap()
}

/// What the core opens an epoch with, given all that Kafka had written before it opened that epoch.
fn first_batch_of_epoch(kind: &str, epoch: i32, port: u16) -> (Bytes, Bytes, Vec<Action>) {
    let log = batches(read(&format!("{kind}/{SEGMENT}")));
    let (earlier, opening): (Vec<_>, Vec<_>) = log.iter().partition(|batch| batch.epoch.value() < epoch);
    let (end, before) = earlier.last().map_or((Offset::ZERO, 0), |last| (last.last_offset.next(), last.epoch.value()));
    let config = QuorumConfig {
        node_id: BrokerId::new(1),
        directory_id: DIRECTORY.parse().unwrap(),
        listeners: vec![Endpoint { listener: "CONTROLLER".to_owned(), host: "127.0.0.1".to_owned(), port }],
        append_no_op_when_idle: None,
    };
    let before = LeaderEpoch::new(before);
    let opened = OpenedLog {
        history: history(kind, end.value()),
        election: (!earlier.is_empty()).then_some(ElectionState {
            epoch: before,
            leader: Some(BrokerId::new(1)),
            voted: None,
        }),
        end: OffsetAndEpoch { offset: end, epoch: before },
    };
    let (_, actions) = Quorum::open(config, opened, opening[0].append_time).unwrap();
    let Action::Append { batch, .. } = &actions[1] else { panic!("{actions:?}") };
    (batch.clone(), rebuild(opening[0]), actions)
}

#[test]
fn the_core_opens_epochs_with_kafkas_bytes() {
    // After formatting: the voters are not in the log yet. After a restart: nothing new. With another port: they change.
    for (kind, epoch, port) in
        [("dynamic", 1, 39321), ("dynamic", 2, 39321), ("dynamic", 3, 39325), ("static", 1, 39323)]
    {
        let (ours, kafkas, actions) = first_batch_of_epoch(kind, epoch, port);
        assert_eq!(ours, kafkas, "{kind}, epoch {epoch}");
        let Action::PersistQuorumState { contents } = &actions[0] else { panic!("{actions:?}") };
        let final_epoch = if kind == "dynamic" { 3 } else { 1 };
        let expected = read_text(&format!("{kind}/quorum-state"))
            .replace(&format!("\"leaderEpoch\":{final_epoch}"), &format!("\"leaderEpoch\":{epoch}"));
        assert_eq!(*contents, expected);
    }
}

#[test]
fn the_snapshot_writer_makes_kafkas_bytes() {
    for (kind, id) in [
        ("dynamic", snapshot_id(19, 1)),
        ("dynamic", snapshot_id(21, 1)),
        ("dynamic", snapshot_id(29, 1)),
        ("static", snapshot_id(17, 1)),
    ] {
        let bytes = read(&format!("{kind}/{}", id.file_name()));
        let snapshot = Snapshot::read(bytes.clone(), id.epoch).unwrap();
        let [header, data, footer] = &batches(bytes.clone())[..] else { panic!("three batches expected") };
        let log = batches(read(&format!("{kind}/{SEGMENT}")));
        let last = log.iter().find(|batch| batch.last_offset == id.end_offset - 1).unwrap();
        let head = SnapshotHead::at(&history(kind, i64::MAX), id.end_offset, last.append_time);
        let mut writer = SnapshotWriter::begin(Vec::new(), id, &head, header.append_time).unwrap();
        for frame in snapshot.frames {
            writer.append(frame, data.append_time).unwrap();
        }
        assert_eq!(writer.finish(footer.append_time).unwrap(), bytes, "{kind} {id}");
    }
}

/// Everything but the times.
fn timeless(bytes: Bytes) -> Vec<MetadataBatch> {
    let mut batches = batches(bytes);
    for batch in &mut batches {
        batch.append_time = Timestamp::new(0);
        if let BatchContent::Control(records) = &mut batch.content {
            for record in records {
                if let ControlRecord::SnapshotHeader { last_contained_log_timestamp } = record {
                    // In a bootstrap.checkpoint it is 0 and stays 0.
                    *last_contained_log_timestamp = Timestamp::new(last_contained_log_timestamp.value().signum());
                }
            }
        }
    }
    batches
}

#[test]
fn formatting_makes_kafkas_files() {
    let first_records =
        bootstrap::read_first_records(Some(read("dynamic/bootstrap.checkpoint")), None).unwrap().unwrap();
    let now = Timestamp::new(1_700_000_000_000);
    let formatted = SnapshotId::FORMATTED.file_name();

    let standalone =
        VoterSet::parse_initial_controllers(&format!("1@127.0.0.1:39321:{DIRECTORY}"), "CONTROLLER").unwrap();
    let files = format_metadata_directory(&first_records, Some(&standalone), now).unwrap();
    assert_eq!(files[0].0, "bootstrap.checkpoint");
    assert_eq!(timeless(files[0].1.clone()), timeless(read("dynamic/bootstrap.checkpoint")));
    assert_eq!(files[1].0, format!("__cluster_metadata-0/{formatted}"));
    assert_eq!(timeless(files[1].1.clone()), timeless(read(&format!("dynamic/{formatted}"))));

    let text = format!(
        "1@127.0.0.1:39327:{DIRECTORY},2@[::1]:39328:07R5amHmR32VDA6jHkGbTA,30@example.org:39329:MvDxzVmcRsaTz33bUuRU6A"
    );
    let three = VoterSet::parse_initial_controllers(&text, "CONTROLLER").unwrap();
    let files = format_metadata_directory(&first_records, Some(&three), now).unwrap();
    assert_eq!(timeless(files[1].1.clone()), timeless(read(&format!("three-voters/{formatted}"))));

    let files = format_metadata_directory(&first_records, None, now).unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(timeless(files[0].1.clone()), timeless(read("static/bootstrap.checkpoint")));
}

#[test]
fn first_records_are_found_in_either_place() {
    let checkpoint = read("dynamic/bootstrap.checkpoint");
    let voters_only = read(&format!("dynamic/{}", SnapshotId::FORMATTED.file_name()));
    let expected = bootstrap::read_first_records(Some(checkpoint.clone()), Some(voters_only.clone())).unwrap();
    assert_eq!(expected.as_ref().map(Vec::len), Some(6));
    assert_eq!(bootstrap::read_first_records(None, Some(voters_only.clone())).unwrap(), None);
    assert_eq!(bootstrap::read_first_records(None, None).unwrap(), None);

    // Kafka 4.4 puts voters and records into one snapshot and writes no bootstrap.checkpoint.
    let head = SnapshotHead {
        last_contained_log_timestamp: Timestamp::new(1),
        kraft_version: dynamic_history().kraft_version(),
        voters: Some(dynamic_history().voters().clone()),
    };
    let mut unified = SnapshotWriter::begin(Vec::new(), SnapshotId::FORMATTED, &head, Timestamp::new(1)).unwrap();
    for frame in expected.clone().unwrap() {
        unified.append(frame, Timestamp::new(1)).unwrap();
    }
    let unified = Bytes::from(unified.finish(Timestamp::new(1)).unwrap());
    assert_eq!(bootstrap::read_first_records(None, Some(unified)).unwrap(), expected);
}

#[test]
fn damage_is_not_a_snapshot() {
    let id = snapshot_id(29, 1);
    let bytes = read(&format!("dynamic/{}", id.file_name()));
    let refused = |bytes: Bytes, epoch| Snapshot::read(bytes, LeaderEpoch::new(epoch)).unwrap_err().to_string();
    assert_eq!(refused(Bytes::new(), 1), "the snapshot is empty");
    assert_eq!(refused(bytes.clone(), 2), "the snapshot has a batch of epoch 1 among those of epoch 2");
    let [header, data, _] = &batches(bytes.clone())[..] else { panic!("three batches expected") };
    let (first, second) = (header.size_in_bytes, header.size_in_bytes + data.size_in_bytes);
    assert_eq!(refused(bytes.slice(..second), 1), "the snapshot does not end with a footer");
    assert_eq!(refused(bytes.slice(first..), 1), "the snapshot has offset 3 where 0 should follow");
    assert_eq!(refused(bytes.slice(..second + 5), 1), "the metadata log ends within a batch: 5 bytes are left over");
    let twice = Bytes::from([&bytes[..], &bytes[..]].concat());
    assert_eq!(refused(twice, 1), "the snapshot has a control record at offset 0 that does not belong there");
    for position in 0..bytes.len() {
        let mut damaged = bytes.to_vec();
        damaged[position] ^= 0x10;
        assert!(Snapshot::read(damaged.into(), id.epoch).is_err(), "byte {position}");
    }
}
