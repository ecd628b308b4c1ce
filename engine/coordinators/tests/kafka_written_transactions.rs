//! A `__transaction_state` that Apache Kafka has written (`tests/kafka`), under `transaction.version` 0 and 2: our records
//! are the same bytes, our shard decides from record to record what Kafka has decided, and says of it all what Kafka said.

use bytes::Bytes;
use ottla_coordinators::transaction::listing::TransactionFilter;
use ottla_coordinators::transaction::records::{TransactionMetadata, TransactionRecord};
use ottla_coordinators::transaction::{
    AddPartitions, EndTransaction, InitProducerId, Producer, ProducerIds, TransactionError, TransactionState,
    TransactionVersion,
};
use ottla_coordinators::{CoordinatorRecord, Outcome, ReplayedRecord, Shard, TransactionSettings, TransactionShard};
use ottla_model::{ProducerId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// What Kafka has written under one `transaction.version`, and what it said of that.
struct Written {
    version: TransactionVersion,
    log: &'static [u8],
    said: &'static str,
}

const WRITTEN: [Written; 2] = [
    Written {
        version: TransactionVersion::V0,
        log: include_bytes!("kafka/transaction-state-0.log"),
        said: include_str!("kafka/transactions-0.txt"),
    },
    Written {
        version: TransactionVersion::V2,
        log: include_bytes!("kafka/transaction-state-2.log"),
        said: include_str!("kafka/transactions-2.txt"),
    },
];

/// Gives the id that Kafka gave.
#[derive(Debug, Default)]
struct Prepared(Mutex<Option<ProducerId>>);

impl ProducerIds for Prepared {
    fn draw(&self) -> Option<ProducerId> {
        self.0.lock().unwrap().take()
    }
}

impl Written {
    fn records(&self) -> Vec<ReplayedRecord> {
        let batches = ottla_records::batches(Bytes::from_static(self.log));
        let records = batches.flat_map(|batch| {
            let batch = batch.unwrap();
            batch.verify_crc().unwrap();
            assert!(!batch.header.attributes.is_transactional());
            batch.records(1 << 20).unwrap().map(Result::unwrap).collect::<Vec<_>>()
        });
        let records = records.map(|record| ReplayedRecord {
            key: record.key.unwrap(),
            value: record.value,
            offset: record.offset,
            timestamp: record.timestamp,
            transaction: None,
        });
        records.collect()
    }

    fn shard(&self) -> (TransactionShard, Arc<Prepared>) {
        let settings = TransactionSettings { transaction_version: self.version, ..TransactionSettings::default() };
        let ids = Arc::new(Prepared::default());
        (TransactionShard::new(Arc::new(settings), ids.clone()), ids)
    }
}

fn read(record: &ReplayedRecord) -> (String, TransactionMetadata) {
    match TransactionRecord::read(record.key.clone(), record.value.clone()).unwrap() {
        TransactionRecord::Transaction { transactional_id, metadata: Some(Ok(metadata)) } => {
            (transactional_id, metadata)
        }
        other => panic!("{other:?}"),
    }
}

fn replay(shard: &mut TransactionShard, records: &[ReplayedRecord]) {
    for record in records {
        shard.replay(record.clone()).unwrap();
    }
}

#[test]
fn our_records_are_kafkas_byte_for_byte() {
    for written in &WRITTEN {
        let mut states = BTreeSet::new();
        for record in written.records() {
            let (transactional_id, metadata) = read(&record);
            states.insert(metadata.state);
            let CoordinatorRecord { key, value } = metadata.record(&transactional_id, written.version).unwrap();
            assert_eq!(key, record.key);
            let (ours, kafkas) = (value.unwrap(), record.value.unwrap());
            if metadata.partitions.len() > 1 {
                // Kafka writes topics and partitions in the order of a hash table.
                let sorted = |bytes: &Bytes| {
                    let mut bytes = bytes.to_vec();
                    bytes.sort_unstable();
                    bytes
                };
                assert_eq!(sorted(&ours), sorted(&kafkas), "{metadata:?}");
            } else {
                assert_eq!(ours, kafkas, "{metadata:?}");
            }
        }
        assert_eq!(states.len(), TransactionState::ALL.len(), "{states:?}");
    }
}

#[test]
fn transactions_are_as_kafka_said() {
    for written in &WRITTEN {
        let (mut shard, _) = written.shard();
        let records = written.records();
        replay(&mut shard, &records);
        let now = records.last().unwrap().timestamp;
        assert_eq!(shard.loaded(now), Outcome::reply(()));
        assert_eq!(shard.markers_due(), Vec::new());
        let listed = shard.list(&TransactionFilter::default(), now).reply.into_iter().map(|listed| {
            let described = shard.describe(&listed.transactional_id).reply.unwrap();
            assert_eq!((listed.producer_id, listed.state), (described.producer_id, described.state));
            let partitions: Vec<_> =
                described.partitions.iter().map(|it| format!("{}-{}", it.topic, it.partition)).collect();
            [
                described.transactional_id,
                described.state.to_string(),
                described.producer_id.to_string(),
                described.producer_epoch.to_string(),
                described.timeout.to_string(),
                described.start.map_or("-".to_owned(), |start| start.to_string()),
                partitions.join(" "),
            ]
            .join("\t")
        });
        assert_eq!(listed.collect::<Vec<_>>(), written.said.lines().collect::<Vec<_>>());
    }
}

/// From what the log says of a transactional id to what it says next, by the request that must have been made.
#[test]
fn our_shard_decides_what_kafka_has_decided() {
    for written in &WRITTEN {
        let records = written.records();
        let mut before: BTreeMap<String, usize> = BTreeMap::new();
        let mut decided = BTreeMap::new();
        for (index, record) in records.iter().enumerate() {
            let (transactional_id, metadata) = read(record);
            let (mut shard, ids) = written.shard();
            // Where the first records of a transactional id have been cut off, nothing can be concluded.
            let previous = before.insert(transactional_id.clone(), index).map(|previous| &records[previous]);
            if previous.is_none() && metadata.producer_epoch.value() > 0 {
                continue;
            }
            replay(&mut shard, previous.cloned().as_slice());
            let _ = shard.loaded(metadata.last_update);
            let previous = previous.map(|previous| read(previous).1);
            let case = decide(&mut shard, &ids, &transactional_id, previous.as_ref(), &metadata);
            *decided.entry(case).or_insert(0) += 1;
        }
        println!("{:?}: {decided:?}", written.version);
        let all = ["abort", "add", "add more", "commit", "complete", "fence", "first", "init", "rotate"];
        assert_eq!(decided.keys().copied().collect::<Vec<_>>(), all, "{:?}", written.version);
    }
}

/// Makes the request, and compares what comes of it. Returns which it was.
fn decide(
    shard: &mut TransactionShard,
    ids: &Prepared,
    transactional_id: &str,
    previous: Option<&TransactionMetadata>,
    kafkas: &TransactionMetadata,
) -> &'static str {
    let now = kafkas.last_update;
    let init = InitProducerId {
        transactional_id: transactional_id.to_owned(),
        timeout: kafkas.timeout,
        known: None,
        enable_two_phase_commit: false,
        keep_prepared: false,
    };
    let (id, epoch) = (kafkas.producer_id, kafkas.producer_epoch);
    let (case, records) = match (kafkas.state, previous) {
        (TransactionState::Empty, previous) => {
            *ids.0.lock().unwrap() = Some(id);
            let Outcome { records, reply, .. } = shard.init_producer_id(&init, now);
            assert_eq!(reply, Ok(Producer { id, epoch }));
            let case = match previous {
                None => "first",
                Some(previous) if previous.producer_id != id => "rotate",
                Some(_) => "init",
            };
            (case, records)
        }
        (TransactionState::Ongoing, Some(previous)) => {
            let added: Vec<_> = kafkas.partitions.difference(&previous.partitions).cloned().collect();
            let request = AddPartitions {
                transactional_id: transactional_id.to_owned(),
                producer: Producer { id, epoch },
                partitions: added,
                client_version: kafkas.client_version,
            };
            let Outcome { records, reply, .. } = shard.add_partitions(&request, now);
            assert_eq!(reply, Ok(()));
            (if previous.state == TransactionState::Ongoing { "add more" } else { "add" }, records)
        }
        (TransactionState::PrepareCommit | TransactionState::PrepareAbort, Some(previous)) => {
            *ids.0.lock().unwrap() = kafkas.next_producer_id;
            let commit = kafkas.state == TransactionState::PrepareCommit;
            // Who has fenced somebody is known by the name alone where an epoch is raised in any case.
            let is_fence = !commit && ["taken-over", "timed-out"].contains(&transactional_id)
                || (!commit && kafkas.client_version != TransactionVersion::V2 && previous.producer_epoch != epoch);
            if is_fence {
                let Outcome { records, reply, .. } = shard.init_producer_id(&init, now);
                assert_eq!(reply, Err(TransactionError::ConcurrentTransactions));
                ("fence", records)
            } else {
                let request = EndTransaction {
                    transactional_id: transactional_id.to_owned(),
                    producer: Producer { id: previous.producer_id, epoch: previous.producer_epoch },
                    commit,
                    client_version: kafkas.client_version,
                };
                let Outcome { records, reply, .. } = shard.end(&request, now);
                assert!(reply.is_ok(), "{reply:?}: {kafkas:?}");
                (if commit { "commit" } else { "abort" }, records)
            }
        }
        (TransactionState::CompleteCommit | TransactionState::CompleteAbort, Some(_)) => {
            let [markers] = &shard.markers_due()[..] else { panic!("nothing to complete: {previous:?}") };
            ("complete", shard.markers_written(&markers.transaction, &markers.partitions, now).records)
        }
        (_, None) => panic!("this is no beginning: {kafkas:?}"),
    };
    let [record] = &records[..] else { panic!("{case}: {records:?}") };
    let ours = TransactionRecord::read(record.key.clone(), record.value.clone()).unwrap();
    let expected = TransactionRecord::Transaction {
        transactional_id: transactional_id.to_owned(),
        metadata: Some(Ok(kafkas.clone())),
    };
    assert_eq!(ours, expected, "{case} after {previous:?} at {}", Timestamp::value(now));
    case
}
