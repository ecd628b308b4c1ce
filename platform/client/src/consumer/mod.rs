//! Reading records: of partitions that the caller chooses, or of those that a group shares out.
//!
//! [`Consumer::assign`] says which, [`Consumer::seek`] from where; [`Consumer::subscribe`] leaves both to the group.
//! [`Consumer::poll`] gives what there is. Looking up offsets, fetching, asking for metadata, joining and committing are
//! tasks of their own that report to `poll`, so several leaders are read from at once and the next fetch is on its way
//! while the caller looks at the last. Nothing is decompressed before it is asked for.
//!
//! Heartbeats go on between two calls of `poll`, on the runtime that the consumer was made on: a runtime of one thread
//! must not be blocked for long. Partitions come and go inside of `poll` only.
//!
//! Bounds: one fetch per broker is on its way, of at most `fetch.max.bytes`, and a partition is not fetched again while
//! records of it wait.

mod assignment;
mod commits;
mod fetch;
mod fetched;
mod group;
mod listener;
mod membership;
mod positions;
mod rebalance;
mod subscription;
mod validation;
mod watch;

use crate::ClientError;
use crate::backoff::Backoff;
use crate::cluster::{Attempts, Cluster};
use crate::config::{ConnectionConfig, ConsumerConfig, OffsetReset};
use crate::pacer::{Begin, Pacer};
use assignment::Assigned;
use bytes::Bytes;
use fetched::Fetched;
use group::join::Joined;
use group::{Group, InsidePoll};
use listener::Deaf;
use ottla_model::{BrokerId, ErrorCode, LeaderEpoch, Offset, PartitionIndex, Timestamp, TopicPartition};
use ottla_records::{RecordHeader, TimestampType};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use subscription::Subscription;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use watch::Watch;

pub use commits::PendingCommit;
pub use group::assignors::Assignor;
pub use group::offsets::{CommittedOffsets, OffsetAndMetadata, Offsets};
pub use listener::RebalanceListener;

/// A record that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerRecord {
    /// Where it is.
    pub partition: TopicPartition,
    /// Where in it.
    pub offset: Offset,
    /// When it was made or appended; -1 if it has none.
    pub timestamp: Timestamp,
    /// Whose clock that is; `None` in messages of before Kafka 0.10, which have no timestamp.
    pub timestamp_type: Option<TimestampType>,
    /// What decides about partition and compaction.
    pub key: Option<Bytes>,
    /// The content; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// In the order in which the producer added them; keys may repeat.
    pub headers: Vec<RecordHeader>,
    /// Under which leader it was appended, if that is known.
    pub leader_epoch: Option<LeaderEpoch>,
}

/// Where to read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeekTo {
    /// The log's start.
    Beginning,
    /// The log's end, as far as readers may see it.
    End,
    /// The first record of that time or later; the log's end if there is none.
    Time(Timestamp),
    /// This offset.
    Offset(Offset),
}

/// A consumer. Close it to leave its group and to commit what it has read: one that is dropped is missed only when its
/// session is over.
#[derive(Debug)]
pub struct Consumer {
    config: ConsumerConfig,
    cluster: Arc<Cluster>,
    subscription: Subscription,
    partitions: BTreeMap<TopicPartition, Assigned>,
    /// Records that wait for the caller, partition by partition in the order in which they came.
    fetched: VecDeque<Fetched>,
    /// Brokers that are being asked.
    busy_brokers: HashSet<BrokerId>,
    refreshes: HashMap<String, Pacer>,
    watch: Watch,
    group: Option<Group>,
    listener: Listener,
    /// What the next `poll` has to tell: it came up when there were records to be given out.
    failure: Option<ClientError>,
    events: mpsc::UnboundedReceiver<Event>,
    /// What the tasks report to. There are never more of them than brokers, partitions and topics.
    reports: mpsc::UnboundedSender<Event>,
    /// Counts seeks, so that answers to what was asked before one are known to be stale.
    seeks: u64,
    wake_at: Option<Instant>,
}

/// Whoever hears of rebalances.
struct Listener(Box<dyn RebalanceListener>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

/// Something that `poll` waits for.
enum Event {
    /// A broker has answered a fetch, or will not.
    Fetched(fetch::Answer),
    /// Offsets have been looked up, or could not be.
    Positioned(positions::Answer),
    /// Positions have been checked, or could not be.
    Checked(validation::Answer),
    /// A topic's metadata was asked for.
    Refreshed { topic: String, outcome: Result<(), ClientError> },
    /// The topics that are watched were looked at.
    Watched { round: u64, outcome: watch::Outcome },
    /// The group's offsets have been looked up, or could not be.
    Committed(commits::Answer),
    /// Offsets were committed because it was time.
    AutoCommitted(Result<(), ClientError>),
    /// Offsets of partitions that are given up were committed.
    GivenUp(Result<(), ClientError>),
    /// The group was joined, or was not.
    Joined(Result<Joined, ClientError>),
    /// Heartbeats have found that something is to be done.
    GroupChanged,
}

impl Consumer {
    /// A consumer that reads nothing yet.
    pub fn new(config: ConsumerConfig) -> Self {
        let group_id = config.group.as_ref().map(|group| group.group_id.as_str());
        let client_id = match (config.connection.client_id.as_str(), &config.group) {
            ("", None) => "consumer-1".to_owned(),
            ("", Some(group)) => {
                format!("consumer-{}-{}", group.group_id, group.instance_id.as_deref().unwrap_or("1"))
            }
            (given, _) => given.to_owned(),
        };
        let log_context = match group_id {
            Some(group_id) => format!("[Consumer clientId={client_id}, groupId={group_id}]"),
            None => format!("[Consumer clientId={client_id}]"),
        };
        let connection = ConnectionConfig { client_id, ..config.connection.clone() };
        let cluster = Arc::new(Cluster::new(connection, log_context));
        let create = config.allow_auto_create_topics;
        let group = config.group.clone().map(|group| Group::new(group, Arc::clone(&cluster), create));
        let (reports, events) = mpsc::unbounded_channel();
        Self {
            cluster,
            config,
            subscription: Subscription::default(),
            partitions: BTreeMap::new(),
            fetched: VecDeque::new(),
            busy_brokers: HashSet::new(),
            refreshes: HashMap::new(),
            watch: Watch::default(),
            group,
            listener: Listener(Box::new(Deaf)),
            failure: None,
            events,
            reports,
            seeks: 0,
            wake_at: None,
        }
    }

    /// Reads on from there. Nothing of what lies elsewhere is given out any more.
    ///
    /// # Errors
    /// The partition is not assigned.
    pub fn seek(&mut self, partition: &TopicPartition, to: SeekTo) -> Result<(), ClientError> {
        self.seeks += 1;
        let assigned = self.partitions.get_mut(partition).ok_or_else(|| not_assigned(partition))?;
        assigned.seek(to, self.seeks);
        self.fetched.retain(|fetched| fetched.partition != *partition);
        Ok(())
    }

    /// The offset of the next record, once it is known.
    ///
    /// # Errors
    /// The partition is not assigned.
    pub fn position(&self, partition: &TopicPartition) -> Result<Option<Offset>, ClientError> {
        let assigned = self.partitions.get(partition).ok_or_else(|| not_assigned(partition))?;
        Ok(assigned.position())
    }

    /// The partitions of a topic.
    ///
    /// # Errors
    /// No broker answers in time, or there is no such topic.
    pub async fn partitions_of(&self, topic: &str) -> Result<Vec<PartitionIndex>, ClientError> {
        let create = self.config.allow_auto_create_topics;
        let attempts = Attempts::until(&self.cluster, "metadata", Instant::now() + self.config.connection.api_timeout);
        let metadata = attempts.run(async || self.cluster.topic(topic, create).await).await?;
        Ok(metadata.partitions.iter().map(|partition| partition.index).collect())
    }

    /// Gives the next records of one partition, at most `max.poll.records`; waits for them until `timeout` is over.
    /// Cancel-safe: records are only taken in the moment in which they are returned.
    ///
    /// What was given out before counts as done with: it may be committed now.
    ///
    /// # Errors
    /// Something that will not go away by itself. Later calls may still give records of other partitions.
    pub async fn poll(&mut self, timeout: Duration) -> Result<Vec<ConsumerRecord>, ClientError> {
        let deadline = Instant::now().checked_add(timeout);
        let _inside = self.group.as_ref().map(InsidePoll::enter);
        loop {
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            while let Ok(event) = self.events.try_recv() {
                self.handle(event)?;
            }
            self.wake_at = None;
            let now = Instant::now();
            self.look_after_group(now)?;
            let records = self.take_records()?;
            if let Err(failure) = self.look(now) {
                if records.is_empty() {
                    return Err(failure);
                }
                self.failure = Some(failure);
            }
            let over = deadline.is_some_and(|deadline| deadline <= Instant::now());
            if !records.is_empty() || over {
                return Ok(records);
            }
            let until = self.wake_at.into_iter().chain(deadline).min();
            tokio::select! {
                Some(event) = self.events.recv() => self.handle(event)?,
                () = async { sleep_until(until.unwrap_or_else(Instant::now)).await }, if until.is_some() => {}
            }
        }
    }

    /// Records that are here already, from the partition that has waited longest.
    fn take_records(&mut self) -> Result<Vec<ConsumerRecord>, ClientError> {
        let mut at = 0;
        while let Some(fetched) = self.fetched.get_mut(at) {
            let Some(assigned) = self.partitions.get_mut(&fetched.partition) else {
                self.fetched.remove(at);
                continue;
            };
            if !assigned.is_wanted() {
                at += 1;
                continue;
            }
            let taken = fetched.take(self.config.poll_records_max);
            // What was read before an error has been read.
            let last = taken.as_ref().ok().and_then(|records| records.last());
            assigned.advance(fetched.next_offset(), last.and_then(|record| record.leader_epoch));
            match taken {
                Ok(records) if records.is_empty() => {
                    self.fetched.remove(at);
                }
                Ok(records) => return Ok(records),
                Err(error) => {
                    self.fetched.remove(at);
                    return Err(error);
                }
            }
        }
        Ok(Vec::new())
    }

    /// Begins what can be done in the background, and finds out when to look again.
    fn look(&mut self, now: Instant) -> Result<(), ClientError> {
        self.look_up_committed(now);
        self.apply_reset_policy()?;
        self.look_up_positions(now);
        self.check_positions(now);
        self.fetch(now);
        Ok(())
    }

    fn wake_by(&mut self, when: Instant) {
        self.wake_at = Some(self.wake_at.map_or(when, |earlier| earlier.min(when)));
    }

    /// Partitions without a position go where the policy says.
    fn apply_reset_policy(&mut self) -> Result<(), ClientError> {
        let reset = self.config.offset_reset;
        for (partition, assigned) in &mut self.partitions {
            if assigned.has_no_idea() {
                self.seeks += 1;
                assigned.seek(reset_target(reset, partition)?, self.seeks);
            }
        }
        Ok(())
    }

    /// Whom to ask about a partition, by what is known; asks for metadata if nothing is.
    fn leader_of(&mut self, partition: &TopicPartition, now: Instant) -> Option<(BrokerId, Option<LeaderEpoch>)> {
        let topic = partition.topic.as_str();
        let metadata = self.cluster.remembered(topic);
        let found = metadata.as_ref().and_then(|metadata| metadata.partition(partition.partition));
        if let Some(found) = found
            && let Some(leader) = found.leader
        {
            return Some((leader, found.leader_epoch));
        }
        match self.refreshes.entry(topic.to_owned()).or_default().begin(now) {
            Begin::Now => {}
            Begin::Running => return None,
            Begin::WaitUntil(when) => {
                self.wake_by(when);
                return None;
            }
        }
        self.cluster.forget(topic);
        let (cluster, reports, topic) = (Arc::clone(&self.cluster), self.reports.clone(), topic.to_owned());
        let create = self.config.allow_auto_create_topics;
        tokio::spawn(async move {
            let outcome = cluster.topic(&topic, create).await.map(drop);
            // The consumer has gone if this fails.
            let _ = reports.send(Event::Refreshed { topic, outcome });
        });
        None
    }

    fn backoff(&self) -> Backoff {
        let config = &self.config.connection;
        Backoff { first: config.retry_backoff, longest: config.retry_backoff_max }
    }

    fn handle(&mut self, event: Event) -> Result<(), ClientError> {
        match event {
            Event::Fetched(answer) => self.fetch_answered(answer),
            Event::Positioned(answer) => self.positions_answered(answer),
            Event::Checked(answer) => self.positions_checked(answer),
            Event::Watched { round, outcome } => self.watched(round, outcome),
            Event::Committed(answer) => self.committed_answered(answer),
            Event::AutoCommitted(outcome) => self.auto_committed(outcome),
            Event::GivenUp(outcome) => {
                self.given_up(outcome);
                Ok(())
            }
            Event::Joined(outcome) => self.joined(outcome),
            Event::GroupChanged => Ok(()),
            Event::Refreshed { topic, outcome } => {
                let known = self.cluster.remembered(&topic);
                let wanted = self.partitions.keys().filter(|partition| partition.topic.as_str() == topic);
                let mut leaders = wanted.map(|wanted| known.as_ref()?.partition(wanted.partition)?.leader);
                if outcome.is_ok() && leaders.all(|leader| leader.is_some()) {
                    self.refreshes.remove(&topic);
                    return Ok(());
                }
                let backoff = self.backoff();
                self.refreshes.entry(topic).or_default().failed(backoff, &self.cluster.random);
                match outcome {
                    Err(error) if !error.is_retriable() => Err(error),
                    _ => Ok(()),
                }
            }
        }
    }
}

fn not_assigned(partition: &TopicPartition) -> ClientError {
    ClientError::IllegalArgument(format!(
        "You can only check the position for partitions assigned to this consumer: {partition}"
    ))
}

/// Where a partition without a position is read from.
fn reset_target(reset: OffsetReset, partition: &TopicPartition) -> Result<SeekTo, ClientError> {
    match reset {
        OffsetReset::Earliest => Ok(SeekTo::Beginning),
        OffsetReset::Latest => Ok(SeekTo::End),
        OffsetReset::ByDuration(ago) => {
            let ago = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
            let now = Timestamp::new(crate::clock::milliseconds_since_1970());
            Ok(SeekTo::Time(now.plus_milliseconds(-ago).max(Timestamp::new(0))))
        }
        OffsetReset::None => Err(ClientError::NoOffset(partition.to_string())),
    }
}

/// Whether an error about a partition may pass by itself or with new metadata, so that nobody need hear of it.
fn passes(error: &ClientError) -> bool {
    error.is_retriable() || error.is_stale_metadata() || error.code() == Some(ErrorCode::UnknownServerError)
}
