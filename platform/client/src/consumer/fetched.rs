//! Fetched bytes on their way to becoming records.

use super::ConsumerRecord;
use crate::ClientError;
use crate::config::IsolationLevel;
use bytes::Bytes;
use ottla_model::{LeaderEpoch, Offset, ProducerId, TopicPartition};
use ottla_protocol::messages::fetch_response::AbortedTransaction;
use ottla_records::{Batch, ControlRecordType, LogEntries, LogEntry, Record, RecordError, TimestampType, log_entries};
use std::collections::{HashSet, VecDeque};

/// A batch that becomes larger than this is refused. Brokers bound a batch before it is decompressed only, so this bounds
/// what a small one may grow into.
const DECOMPRESSED_BYTES_MAX: usize = 1 << 30;

/// What was fetched of one partition, as far as it has not been given out.
pub(super) struct Fetched {
    pub(super) partition: TopicPartition,
    next_offset: Offset,
    entries: LogEntries,
    current: Option<Current>,
    read_committed: bool,
    check_crcs: bool,
    /// By the offset at which each began.
    aborted: VecDeque<AbortedTransaction>,
    /// Producers in the middle of an aborted transaction.
    aborting: HashSet<ProducerId>,
    /// What was found after records that were given out before it is told.
    failure: Option<ClientError>,
}

/// The batch that records are being taken from.
struct Current {
    records: Box<dyn Iterator<Item = Result<Record, RecordError>> + Send>,
    next_offset_after: Offset,
    timestamp_type: Option<TimestampType>,
    leader_epoch: Option<LeaderEpoch>,
}

impl std::fmt::Debug for Fetched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetched")
            .field("partition", &self.partition)
            .field("next_offset", &self.next_offset)
            .finish_non_exhaustive()
    }
}

impl Fetched {
    /// Bytes of the partition that were fetched from `offset`; the first batch may begin before that.
    pub(super) fn new(
        partition: TopicPartition,
        offset: Offset,
        bytes: Bytes,
        mut aborted: Vec<AbortedTransaction>,
        isolation_level: IsolationLevel,
        check_crcs: bool,
    ) -> Self {
        aborted.sort_by_key(|transaction| transaction.first_offset);
        Self {
            partition,
            next_offset: offset,
            entries: log_entries(bytes),
            current: None,
            read_committed: isolation_level == IsolationLevel::ReadCommitted,
            check_crcs,
            aborted: aborted.into(),
            aborting: HashSet::new(),
            failure: None,
        }
    }

    /// Where to fetch on once everything here has been given out: after everything that was looked at, given out or not.
    pub(super) fn next_offset(&self) -> Offset {
        self.next_offset
    }

    /// The next records, at most so many. None are left if there are none.
    ///
    /// # Errors
    /// The bytes are corrupt; nothing more comes of them.
    pub(super) fn take(&mut self, count_max: usize) -> Result<Vec<ConsumerRecord>, ClientError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut taken = Vec::new();
        while taken.len() < count_max {
            match self.next() {
                Ok(Some(record)) => taken.push(record),
                Ok(None) => break,
                Err(error) if !taken.is_empty() => {
                    self.failure = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(taken)
    }

    fn next(&mut self) -> Result<Option<ConsumerRecord>, ClientError> {
        loop {
            let Some(current) = &mut self.current else {
                match self.entries.next() {
                    None => return Ok(None),
                    Some(Ok(entry)) => self.open(entry)?,
                    Some(Err(error)) => return Err(self.corrupt(&error)),
                }
                continue;
            };
            match current.records.next() {
                Some(Ok(record)) if record.offset < self.next_offset => {}
                Some(Ok(record)) => {
                    self.next_offset = record.offset.next();
                    return Ok(Some(ConsumerRecord {
                        partition: self.partition.clone(),
                        offset: record.offset,
                        timestamp: record.timestamp,
                        timestamp_type: current.timestamp_type,
                        key: record.key,
                        value: record.value,
                        headers: record.headers,
                        leader_epoch: current.leader_epoch,
                    }));
                }
                Some(Err(error)) => return Err(self.corrupt(&error)),
                None => {
                    // Compaction may have taken the last records away, but not their offsets.
                    self.next_offset = self.next_offset.max(current.next_offset_after);
                    self.current = None;
                }
            }
        }
    }

    fn open(&mut self, entry: LogEntry) -> Result<(), ClientError> {
        let next_offset_after = entry.last_offset().next();
        if next_offset_after <= self.next_offset {
            return Ok(());
        }
        if self.check_crcs {
            entry.verify_crc().map_err(|error| self.corrupt(&error))?;
        }
        let (timestamp_type, leader_epoch) = match &entry {
            LogEntry::Batch(batch) => {
                if !self.shows(batch)? {
                    self.next_offset = next_offset_after;
                    return Ok(());
                }
                (Some(batch.header.attributes.timestamp_type()), batch.header.leader_epoch())
            }
            LogEntry::Legacy(message) => {
                (message.magic().is_positive().then(|| message.attributes().timestamp_type()), None)
            }
        };
        let records = entry.records(DECOMPRESSED_BYTES_MAX).map_err(|error| self.corrupt(&error))?;
        self.current = Some(Current { records: Box::new(records), next_offset_after, timestamp_type, leader_epoch });
        Ok(())
    }

    /// Whether a reader sees the batch: control batches never, those of aborted transactions only if it wants all.
    fn shows(&mut self, batch: &Batch) -> Result<bool, ClientError> {
        let header = &batch.header;
        while self.aborted.front().is_some_and(|begun| begun.first_offset <= header.last_offset().value()) {
            self.aborting.extend(self.aborted.pop_front().map(|begun| ProducerId::new(begun.producer_id)));
        }
        if header.attributes.is_control() {
            if self.read_committed && self.is_abort_marker(batch)? {
                self.aborting.remove(&header.producer_id);
            }
            return Ok(false);
        }
        let aborted = header.attributes.is_transactional() && self.aborting.contains(&header.producer_id);
        Ok(!(self.read_committed && aborted))
    }

    fn is_abort_marker(&self, batch: &Batch) -> Result<bool, ClientError> {
        let mut records = batch.records(DECOMPRESSED_BYTES_MAX).map_err(|error| self.corrupt(&error))?;
        let Some(first) = records.next() else { return Ok(false) };
        let first = first.map_err(|error| self.corrupt(&error))?;
        let key = first.key.unwrap_or_default();
        let kind = ControlRecordType::from_key(Some(&key)).map_err(|error| self.corrupt(&error))?;
        Ok(kind == ControlRecordType::Abort)
    }

    fn corrupt(&self, error: &dyn std::error::Error) -> ClientError {
        ClientError::Malformed(format!(
            "Received exception when fetching the next record from {}. \
             If needed, please seek past the record to continue consumption. ({error})",
            self.partition
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Fetched;
    use crate::config::IsolationLevel::{self, ReadCommitted, ReadUncommitted};
    use bytes::Bytes;
    use ottla_model::{
        LeaderEpoch, Offset, PartitionIndex, ProducerEpoch, ProducerId, Timestamp, TopicName, TopicPartition,
    };
    use ottla_protocol::messages::fetch_response::AbortedTransaction;
    use ottla_records::{
        BatchBuilder, BatchHeader, Compression, EndTransactionMarker, TransactionOutcome, end_transaction_marker,
    };

    const PRODUCER: ProducerId = ProducerId::new(9);
    const EPOCH: ProducerEpoch = ProducerEpoch::new(0);

    fn batch(base_offset: i64, values: &[&str], transactional: bool) -> Bytes {
        let mut builder = BatchBuilder::new(Offset::new(base_offset), Compression::Lz4).transactional(transactional);
        if transactional {
            builder = builder.producer(PRODUCER, EPOCH, 0);
        }
        for value in values {
            builder.append(Timestamp::new(5), None, Some(value.as_bytes()), &[]).unwrap();
        }
        builder.build().unwrap()
    }

    fn marker(offset: i64, outcome: TransactionOutcome) -> Bytes {
        let marker = EndTransactionMarker { outcome, coordinator_epoch: 0 };
        end_transaction_marker(Offset::new(offset), Timestamp::new(5), LeaderEpoch::new(0), PRODUCER, EPOCH, marker)
            .unwrap()
    }

    fn fetched(offset: i64, bytes: Vec<Bytes>, aborted: &[i64], isolation_level: IsolationLevel) -> Fetched {
        let partition = TopicPartition { topic: TopicName::new("orders").unwrap(), partition: PartitionIndex::new(0) };
        let aborted = aborted
            .iter()
            .map(|first_offset| AbortedTransaction {
                producer_id: PRODUCER.value(),
                first_offset: *first_offset,
                ..AbortedTransaction::default()
            })
            .collect();
        Fetched::new(partition, Offset::new(offset), bytes.concat().into(), aborted, isolation_level, true)
    }

    fn read(fetched: &mut Fetched) -> Vec<String> {
        let records = fetched.take(100).unwrap();
        records.iter().map(|record| String::from_utf8_lossy(record.value.as_ref().unwrap()).into_owned()).collect()
    }

    #[test]
    fn reading_begins_at_the_offset_even_within_a_batch() {
        let mut fetched = fetched(11, vec![batch(10, &["a", "b", "c"], false)], &[], ReadUncommitted);
        assert_eq!(read(&mut fetched), ["b", "c"]);
        assert_eq!(fetched.next_offset(), Offset::new(13));
        assert!(read(&mut fetched).is_empty());
    }

    #[test]
    fn records_are_given_out_in_pieces() {
        let mut fetched = fetched(0, vec![batch(0, &["a", "b"], false), batch(2, &["c"], false)], &[], ReadUncommitted);
        assert_eq!(fetched.take(1).unwrap().len(), 1);
        assert_eq!(fetched.next_offset(), Offset::new(1));
        assert_eq!(read(&mut fetched), ["b", "c"]);
    }

    #[test]
    fn aborted_transactions_are_hidden_from_those_who_want_committed_records() {
        let log = || {
            vec![
                batch(0, &["aborted"], true),
                batch(1, &["plain"], false),
                marker(2, TransactionOutcome::Abort),
                batch(3, &["committed"], true),
                marker(4, TransactionOutcome::Commit),
            ]
        };
        let mut committed = fetched(0, log(), &[0], ReadCommitted);
        assert_eq!(read(&mut committed), ["plain", "committed"]);
        assert_eq!(committed.next_offset(), Offset::new(5), "markers are passed over");
        assert_eq!(read(&mut fetched(0, log(), &[], ReadUncommitted)), ["aborted", "plain", "committed"]);
    }

    #[test]
    fn a_damaged_batch_is_named_after_what_came_before_it() {
        let mut damaged = batch(1, &["b"], false).to_vec();
        damaged[BatchHeader::SIZE] ^= 1;
        let mut fetched = fetched(0, vec![batch(0, &["a"], false), damaged.into()], &[], ReadUncommitted);
        assert_eq!(read(&mut fetched), ["a"]);
        assert!(fetched.take(1).unwrap_err().to_string().contains("orders-0"));
        assert_eq!(fetched.next_offset(), Offset::new(1), "nothing is passed over");
    }

    #[test]
    fn half_a_batch_at_the_end_waits_for_the_next_fetch() {
        let whole = batch(0, &["a"], false);
        let half = batch(1, &["b"], false).slice(..30);
        let mut fetched = fetched(0, vec![whole, half], &[], ReadUncommitted);
        assert_eq!(read(&mut fetched), ["a"]);
        assert!(read(&mut fetched).is_empty());
        assert_eq!(fetched.next_offset(), Offset::new(1));
    }
}
