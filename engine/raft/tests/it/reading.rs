//! Batches that no quorum writes are refused, hostile bytes too, and what is written is read.

use crate::fixtures::{SEGMENT, read};
use bytes::Bytes;
use ottla_model::{BrokerId, LeaderEpoch, Offset, Timestamp, Uuid};
use ottla_raft::batch::{ControlBatch, DataBatch, SIZE_MAX};
use ottla_raft::snapshot::{Snapshot, SnapshotFile, SnapshotHead, SnapshotWriter};
use ottla_raft::{
    BatchContent, ControlRecord, ElectionState, Endpoint, KRaftVersion, MetadataBatchReader, ReplicaKey, SnapshotId,
    Voter, VoterSet,
};
use ottla_records::{BatchBuilder, BatchHeader, Compression, ControlRecordType, RecordHeader};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::new(1_700_000_000_000);

fn builder() -> BatchBuilder {
    BatchBuilder::new(Offset::new(5), Compression::None).partition_leader_epoch(LeaderEpoch::new(1))
}

fn refusal(bytes: Bytes) -> String {
    let mut reader = MetadataBatchReader::new(bytes);
    let error = reader.next().unwrap().unwrap_err();
    assert!(reader.next().is_none(), "after an error nothing more comes");
    error.to_string()
}

#[test]
fn batches_that_no_quorum_writes_are_refused() {
    let one = |mut batch: BatchBuilder, key: Option<&[u8]>, value: Option<&[u8]>, headers: &[RecordHeader]| {
        batch.append(NOW, key, value, headers).unwrap();
        refusal(batch.build().unwrap())
    };
    let at_5 = |text: &str| format!("metadata batch at offset 5: {text}");
    let key = ControlRecordType::SnapshotFooter.to_key();
    let footer: &[u8] = &[0, 0, 0];

    let epochless = BatchBuilder::new(Offset::new(5), Compression::None);
    assert_eq!(one(epochless, None, Some(b"v"), &[]), at_5("it has no leader epoch"));
    assert_eq!(one(builder(), None, None, &[]), at_5("a record has no value"));
    assert_eq!(one(builder(), None, Some(b""), &[]), at_5("a record has no value"));
    let header = [RecordHeader::new("h", None)];
    assert_eq!(one(builder(), None, Some(b"v"), &header), at_5("a record has headers"));
    let keyed = at_5("a record has a key where none belongs, or none where one does");
    assert_eq!(one(builder(), Some(b"k"), Some(b"v"), &[]), keyed);
    assert_eq!(one(builder().control(true), None, Some(footer), &[]), keyed);

    let control = |key: &[u8], value: &[u8]| one(builder().control(true), Some(key), Some(value), &[]);
    assert_eq!(
        control(&ControlRecordType::Commit.to_key(), footer),
        "control record at offset 5: control record type Commit does not belong into a metadata log"
    );
    assert!(control(&key[..3], footer).starts_with("control record at offset 5: "));
    assert!(control(&key, &[0]).starts_with("control record at offset 5: "));
    assert!(control(&key, &[0, 1, 0]).starts_with("control record at offset 5: "), "a later version");
    assert!(control(&key, &[0, 0, 0, 0]).starts_with("control record at offset 5: "), "bytes after the value");
    let version_2 = [0, 0, 0, 2, 0];
    assert_eq!(
        control(&ControlRecordType::KraftVersion.to_key(), &version_2),
        "control record at offset 5: kraft.version 2 is not known; known are 0 and 1"
    );

    let mut times = builder();
    times.append(NOW, None, Some(b"v"), &[]).unwrap();
    times.append(NOW.plus_milliseconds(1), None, Some(b"v"), &[]).unwrap();
    assert_eq!(refusal(times.build().unwrap()), at_5("its records have different timestamps"));

    let mut gap = builder();
    gap.append(NOW, None, Some(b"v"), &[]).unwrap();
    gap.append_at(Offset::new(7), NOW, None, Some(b"v"), &[]).unwrap();
    assert_eq!(refusal(gap.build().unwrap()), at_5("its offsets do not follow each other"));

    let mut emptied = builder();
    emptied.append(NOW, None, Some(b"v"), &[]).unwrap();
    let emptied = BatchHeader::parse(&emptied.build().unwrap()).unwrap().emptied().to_bytes();
    assert_eq!(refusal(Bytes::copy_from_slice(&emptied)), at_5("its offsets do not follow each other"));

    let mut last =
        BatchBuilder::new(Offset::new(i64::MAX), Compression::None).partition_leader_epoch(LeaderEpoch::new(1));
    last.append(NOW, None, Some(b"v"), &[]).unwrap();
    assert!(refusal(last.build().unwrap()).ends_with("its offsets do not follow each other"));
}

#[test]
fn a_key_version_that_is_to_come_is_read_like_ours() {
    let mut batch = builder().control(true);
    batch.append(NOW, Some(&[0, 9, 0, 4, 1, 2, 3]), Some(&[0, 0, 0]), &[]).unwrap();
    let read = MetadataBatchReader::new(batch.build().unwrap()).next().unwrap().unwrap();
    assert_eq!(read.content, BatchContent::Control(vec![ControlRecord::SnapshotFooter]));
}

#[test]
fn voters_that_cannot_be_are_refused() {
    // Two voters with id 1: the set would silently lose one.
    let voter = Voter::local(ReplicaKey { id: BrokerId::new(1), directory: None }, Vec::new());
    let records = [ControlRecord::Voters([voter].into_iter().collect())];
    let one =
        ControlBatch { base_offset: Offset::ZERO, epoch: LeaderEpoch::new(1), append_time: NOW, records: &records };
    let read = ottla_records::batches(one.to_bytes()).next().unwrap().unwrap();
    let record = read.records(SIZE_MAX).unwrap().next().unwrap().unwrap();
    let value = record.value.unwrap();
    // version i16 · array length + 1 · voters · tagged fields
    let (head, voter, tail) = (&value[..2], &value[3..value.len() - 1], &value[value.len() - 1..]);
    let twice = [head, &[3], voter, voter, tail].concat();
    let mut batch = builder().control(true);
    batch.append(NOW, record.key.as_deref(), Some(&twice), &[]).unwrap();
    assert_eq!(refusal(batch.build().unwrap()), "control record at offset 5: voter 1 is there twice");
}

#[test]
fn what_does_not_fit_a_batch_is_refused() {
    let frame = Bytes::from(vec![1; SIZE_MAX / 2]);
    let frames = [frame.clone(), frame];
    let two = DataBatch { base_offset: Offset::ZERO, epoch: LeaderEpoch::new(1), append_time: NOW, frames: &frames };
    let error = two.to_bytes().unwrap_err();
    assert!(error.size > SIZE_MAX);
    let one = DataBatch { frames: &frames[..1], ..two };
    assert!(one.to_bytes().unwrap().len() < SIZE_MAX);

    // A snapshot takes both, in two batches; but not one that is too large for any.
    let head = SnapshotHead { last_contained_log_timestamp: NOW, kraft_version: KRaftVersion::Static, voters: None };
    let id = SnapshotId { end_offset: Offset::new(9), epoch: LeaderEpoch::new(1) };
    let mut writer = SnapshotWriter::begin(Vec::new(), id, &head, NOW).unwrap();
    for frame in frames.clone() {
        writer.append(frame, NOW).unwrap();
    }
    assert!(writer.append(Bytes::from(vec![1; SIZE_MAX + 1]), NOW).is_err());
    let snapshot = Snapshot::read(writer.finish(NOW).unwrap().into(), id.epoch).unwrap();
    assert_eq!(snapshot.frames, frames);
}

fn voter_sets() -> impl Strategy<Value = VoterSet> {
    let endpoint = ("[A-Z]{1,8}", "[a-z.:0-9]{1,20}", any::<u16>()).prop_map(|(listener, host, port)| Endpoint {
        listener,
        host,
        port,
    });
    let voter = (0..i32::MAX, any::<[u8; 16]>(), prop::collection::vec(endpoint, 0..3)).prop_map(
        |(id, directory, endpoints)| {
            Voter::local(ReplicaKey::new(BrokerId::new(id), Uuid::from_bytes(directory)), endpoints)
        },
    );
    prop::collection::vec(voter, 0..5).prop_map(|voters| voters.into_iter().collect())
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let bytes = Bytes::from(bytes);
        let _ = MetadataBatchReader::new(bytes.clone()).count();
        let _ = Snapshot::read(bytes.clone(), LeaderEpoch::new(0));
        let text = String::from_utf8_lossy(&bytes);
        let _ = ElectionState::parse(&text, "");
        let _ = SnapshotFile::parse(&text);
        let _ = VoterSet::parse_static(&text, "C");
        let _ = VoterSet::parse_initial_controllers(&text, "C");
    }

    #[test]
    fn no_damage_with_a_valid_crc_does_harm(position in 0usize..3873, damage in 1u8..) {
        // Whoever damages a log with intent computes the CRC anew.
        let mut log = read(&format!("dynamic/{SEGMENT}")).to_vec();
        log[position] ^= damage;
        let mut start = 0;
        while let Some(length) = log.get(start + 8..start + 12) {
            let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
            let Some(end) = start.checked_add(length + 12).filter(|end| *end <= log.len() && length > 49) else { break };
            let crc = ottla_records::crc32c(&log[start + 21..end]);
            log[start + 17..start + 21].copy_from_slice(&crc.to_be_bytes());
            start = end;
        }
        let _ = MetadataBatchReader::new(log.into()).count();
    }

    #[test]
    fn what_is_written_is_read(
        base_offset in 0i64..i64::MAX / 2,
        epoch in 0..i32::MAX,
        time in 0..i64::MAX,
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 1..20),
    ) {
        let frames: Vec<Bytes> = frames.into_iter().map(Bytes::from).collect();
        let batch = DataBatch {
            base_offset: Offset::new(base_offset),
            epoch: LeaderEpoch::new(epoch),
            append_time: Timestamp::new(time),
            frames: &frames,
        };
        let read = MetadataBatchReader::new(batch.to_bytes().unwrap()).next().unwrap().unwrap();
        prop_assert_eq!(read.base_offset, batch.base_offset);
        prop_assert_eq!(read.last_offset, batch.base_offset + (frames.len() as i64 - 1));
        prop_assert_eq!(read.epoch, batch.epoch);
        prop_assert_eq!(read.append_time, batch.append_time);
        prop_assert_eq!(read.content, BatchContent::Data(frames));
    }

    #[test]
    fn voters_are_read_as_written(voters in voter_sets()) {
        let records = vec![ControlRecord::Voters(voters)];
        let batch =
            ControlBatch { base_offset: Offset::ZERO, epoch: LeaderEpoch::new(0), append_time: NOW, records: &records };
        let read = MetadataBatchReader::new(batch.to_bytes()).next().unwrap().unwrap();
        prop_assert_eq!(read.content, BatchContent::Control(records));
    }

    #[test]
    fn elections_are_read_as_written(
        epoch in 0..=i32::MAX,
        leader in prop::option::of(0..=i32::MAX),
        voted in prop::option::of((0..=i32::MAX, any::<[u8; 16]>())),
    ) {
        let election = ElectionState {
            epoch: LeaderEpoch::new(epoch),
            leader: leader.map(BrokerId::new),
            voted: voted.map(|(id, directory)| ReplicaKey::new(BrokerId::new(id), Uuid::from_bytes(directory))),
        };
        let text = election.to_text(KRaftVersion::Reconfigurable, &VoterSet::empty());
        prop_assert_eq!(ElectionState::parse(&text, "").unwrap(), election);
    }
}
