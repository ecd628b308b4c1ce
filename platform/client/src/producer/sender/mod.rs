//! The task that sends.
//!
//! It owns everything about batches that have left the accumulator, so nothing here is locked for longer than it takes to
//! look. It never waits for a broker itself: connecting, asking for metadata and waiting for answers are tasks of their
//! own that report an [`Event`].
//!
//! Order: a partition's batches are sent in the order they were begun. When one has to be sent again, those that were
//! sent after it come back as out of sequence; none is sent again before all have come back, and then in order.

mod identity;
mod outcomes;
mod partition;
mod request;

use super::Shared;
use super::accumulator::Due;
use super::batch::{Batch, Destination};
use crate::ClientError;
use crate::backoff::Backoff;
use crate::connection::Connection;
use crate::pacer::{Begin, Pacer};
use identity::Identity;
use ottla_model::BrokerId;
use ottla_protocol::messages::ProduceResponse;
use partition::PartitionState;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Something that the sender waits for.
enum Event {
    /// A broker has answered a request, or will not. `None` where no answer was asked for.
    Answered { broker: BrokerId, batches: Vec<Batch>, outcome: Result<Option<ProduceResponse>, ClientError> },
    /// There is a connection, or there is not.
    Connected { broker: BrokerId, outcome: Result<Arc<Connection>, ClientError> },
    /// A topic's metadata was asked for.
    Refreshed { topic: Arc<str>, outcome: Result<(), ClientError> },
    /// A producer id was asked for.
    Identified { outcome: Result<identity::Granted, ClientError> },
}

/// What there is with one broker.
#[derive(Default)]
struct BrokerState {
    connection: Option<Arc<Connection>>,
    connecting: bool,
    requests_in_flight: usize,
}

pub(super) struct Sender {
    shared: Arc<Shared>,
    events: mpsc::UnboundedReceiver<Event>,
    /// What the tasks report to. There are never more of them than requests in flight, brokers and topics.
    reports: mpsc::UnboundedSender<Event>,
    brokers: HashMap<BrokerId, BrokerState>,
    partitions: HashMap<Destination, PartitionState>,
    refreshes: HashMap<Arc<str>, Pacer>,
    identity: Identity,
    /// When to look again even if nothing happens.
    wake_at: Option<Instant>,
}

impl Sender {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let (reports, events) = mpsc::unbounded_channel();
        Self {
            identity: Identity::new(shared.config.idempotent),
            shared,
            events,
            reports,
            brokers: HashMap::new(),
            partitions: HashMap::new(),
            refreshes: HashMap::new(),
            wake_at: None,
        }
    }

    /// Sends until the producer is closed and nothing is left.
    pub(super) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        loop {
            while self.look().await {}
            if self.is_done() {
                return;
            }
            let wake_at = self.wake_at;
            tokio::select! {
                () = shared.work.notified() => {}
                Some(event) = self.events.recv() => self.handle(event),
                () = async { sleep_until(wake_at.unwrap_or_else(Instant::now)).await }, if wake_at.is_some() => {}
            }
            while let Ok(event) = self.events.try_recv() {
                self.handle(event);
            }
        }
    }

    fn is_done(&self) -> bool {
        let accumulator = self.shared.accumulator();
        accumulator.closed
            && accumulator.destinations().next().is_none()
            && self.partitions.values().all(PartitionState::is_idle)
    }

    fn wake_by(&mut self, when: Instant) {
        self.wake_at = Some(self.wake_at.map_or(when, |earlier| earlier.min(when)));
    }

    /// Sends a request to every broker that can take one, and finds out when to look again. Says whether it sent any:
    /// there may be more to send then.
    async fn look(&mut self) -> bool {
        let now = Instant::now();
        self.wake_at = None;
        self.expire(now);
        let in_flight: usize = self.partitions.values().map(|state| state.in_flight).sum();
        if self.identity.settle(in_flight) {
            self.partitions.values_mut().for_each(PartitionState::forget_sequences);
        }
        let due = self.due(now);
        if due.is_empty() || self.awaits_identity(now) {
            return false;
        }
        let mut sent = false;
        for (broker, destinations) in self.by_leader(due, now) {
            if let Some(connection) = self.connection(broker) {
                sent |= self.send_to(broker, &connection, &destinations, now).await;
            }
        }
        sent
    }

    /// The partitions that have something to send now.
    fn due(&mut self, now: Instant) -> Vec<Destination> {
        let in_order = self.shared.config.idempotent || self.shared.config.in_flight_max == 1;
        let mut due = Vec::new();
        let mut wake = Vec::new();
        {
            let accumulator = self.shared.accumulator();
            for (destination, state) in &self.partitions {
                match state.retry_due(in_order) {
                    Some(not_before) if not_before <= now => due.push(destination.clone()),
                    Some(not_before) => wake.push(not_before),
                    None => {}
                }
            }
            for destination in accumulator.destinations() {
                let idempotent = self.shared.config.idempotent;
                let waits = |state: &PartitionState| state.has_retries() || (idempotent && state.is_beginning());
                if self.partitions.get(destination).is_some_and(waits) {
                    continue;
                }
                match accumulator.due(destination, self.shared.limits, now) {
                    Some(Due::Now) => due.push(destination.clone()),
                    Some(Due::At(later)) => wake.push(later),
                    None => {}
                }
            }
            wake.extend(accumulator.next_expiry(self.shared.limits));
        }
        wake.into_iter().for_each(|when| self.wake_by(when));
        due
    }

    /// Whether an idempotent producer has to wait for its id first; asks for one if need be.
    fn awaits_identity(&mut self, now: Instant) -> bool {
        if !self.identity.is_missing() {
            return false;
        }
        match self.identity.begin_request(now) {
            Begin::Now => {
                let cluster = Arc::clone(&self.shared.cluster);
                let reports = self.reports.clone();
                tokio::spawn(async move {
                    let outcome = identity::ask(&cluster).await;
                    // The sender has gone if this fails.
                    let _ = reports.send(Event::Identified { outcome });
                });
            }
            Begin::WaitUntil(when) => self.wake_by(when),
            Begin::Running => {}
        }
        true
    }

    /// Sorts partitions by who leads them; asks for the metadata of those without a leader.
    fn by_leader(&mut self, due: Vec<Destination>, now: Instant) -> BTreeMap<BrokerId, Vec<Destination>> {
        let mut by_leader = BTreeMap::<BrokerId, Vec<Destination>>::new();
        let mut unled = HashSet::new();
        for destination in due {
            let topic = self.shared.cluster.remembered(&destination.topic);
            let leader = topic.and_then(|topic| topic.partition(destination.partition)?.leader);
            match leader {
                Some(leader) => by_leader.entry(leader).or_default().push(destination),
                None => {
                    unled.insert(destination.topic);
                }
            }
        }
        for topic in unled {
            self.refresh(topic, now);
        }
        by_leader
    }

    fn refresh(&mut self, topic: Arc<str>, now: Instant) {
        match self.refreshes.entry(Arc::clone(&topic)).or_default().begin(now) {
            Begin::Now => {}
            Begin::Running => return,
            Begin::WaitUntil(when) => return self.wake_by(when),
        }
        self.shared.cluster.forget(&topic);
        let cluster = Arc::clone(&self.shared.cluster);
        let reports = self.reports.clone();
        tokio::spawn(async move {
            let outcome = cluster.topic(&topic, true).await.map(drop);
            let _ = reports.send(Event::Refreshed { topic, outcome });
        });
    }

    /// The connection to a broker that can take another request; makes one if there is none.
    fn connection(&mut self, broker: BrokerId) -> Option<Arc<Connection>> {
        let state = self.brokers.entry(broker).or_default();
        if state.connection.as_ref().is_some_and(|connection| connection.is_open()) {
            let room = state.requests_in_flight < self.shared.config.in_flight_max;
            return state.connection.clone().filter(|_| room);
        }
        state.connection = None;
        if !state.connecting {
            state.connecting = true;
            let cluster = Arc::clone(&self.shared.cluster);
            let reports = self.reports.clone();
            tokio::spawn(async move {
                let outcome = cluster.broker(broker).await;
                let _ = reports.send(Event::Connected { broker, outcome });
            });
        }
        None
    }

    /// Sends a batch of each partition, as many as a request holds. Says whether there were any.
    async fn send_to(
        &mut self,
        broker: BrokerId,
        connection: &Arc<Connection>,
        destinations: &[Destination],
        now: Instant,
    ) -> bool {
        let mut batches = Vec::new();
        let mut size = 0;
        for destination in destinations {
            if let Some(batch) = self.next_batch(destination, size, now) {
                size += batch.bytes.len();
                batches.push(batch);
            }
        }
        if batches.is_empty() {
            return false;
        }
        self.brokers.entry(broker).or_default().requests_in_flight += 1;
        let request = request::produce(&self.shared, &batches);
        let submitted = request::submit(&self.shared, connection, request).await;
        let reports = self.reports.clone();
        match submitted {
            Ok(Some(answer)) => {
                tokio::spawn(async move {
                    let outcome = answer.wait().await.map(Some);
                    let _ = reports.send(Event::Answered { broker, batches, outcome });
                });
            }
            Ok(None) => {
                let _ = reports.send(Event::Answered { broker, batches, outcome: Ok(None) });
            }
            Err(error) => {
                let _ = reports.send(Event::Answered { broker, batches, outcome: Err(error) });
            }
        }
        true
    }

    /// The partition's next batch, marked, unless it would make a request of `size` bytes too large.
    fn next_batch(&mut self, destination: &Destination, size: usize, now: Instant) -> Option<Batch> {
        let request_size_max = self.shared.config.request_size_max;
        let fits = |batch_size: usize| size == 0 || size.saturating_add(batch_size) <= request_size_max;
        let state = self.partitions.entry(destination.clone()).or_default();
        let mut batch = if state.has_retries() {
            let mut batch = state.take_retry(now, fits)?;
            if let Some(granted) = self.identity.granted()
                && batch.stamp.is_none_or(|stamp| stamp.producer_id != granted.producer_id)
            {
                batch.mark(state.next_stamp(granted, batch.record_count()));
            }
            batch
        } else {
            let mut accumulator = self.shared.accumulator();
            if !accumulator.oldest_size(destination).is_some_and(fits) {
                return None;
            }
            let open = accumulator.take(destination)?;
            drop(accumulator);
            let stamp = self.identity.granted().map(|granted| state.next_stamp(granted, open.record_count()));
            let number = open.number;
            match open.seal(destination.clone(), stamp) {
                Some(batch) => batch,
                None => {
                    if let Some(stamp) = stamp {
                        state.give_back(stamp);
                    }
                    self.finish(number);
                    return None;
                }
            }
        };
        batch.attempts += 1;
        state.in_flight += 1;
        Some(batch)
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Answered { broker, batches, outcome } => {
                if let Some(state) = self.brokers.get_mut(&broker) {
                    state.requests_in_flight = state.requests_in_flight.saturating_sub(1);
                }
                self.answered(batches, outcome);
            }
            Event::Connected { broker, outcome } => {
                let state = self.brokers.entry(broker).or_default();
                state.connecting = false;
                match outcome {
                    Ok(connection) => state.connection = Some(connection),
                    // Perhaps somebody else leads by now.
                    Err(_) => self.forget_topics_led_by(broker),
                }
            }
            Event::Refreshed { topic, outcome } => self.refreshed(topic, outcome),
            Event::Identified { outcome } => {
                let backoff = self.backoff();
                let fatal = self.identity.end_request(outcome, backoff, &self.shared.cluster.random);
                if let Some(error) = fatal {
                    self.fail_everything(&error);
                }
            }
        }
    }

    fn backoff(&self) -> Backoff {
        let config = &self.shared.config.connection;
        Backoff { first: config.retry_backoff, longest: config.retry_backoff_max }
    }

    fn refreshed(&mut self, topic: Arc<str>, outcome: Result<(), ClientError>) {
        let backoff = self.backoff();
        let all_led = self
            .shared
            .cluster
            .remembered(&topic)
            .is_some_and(|metadata| metadata.partitions.iter().all(|partition| partition.leader.is_some()));
        if outcome.is_ok() && all_led {
            self.refreshes.remove(&topic);
        } else {
            self.refreshes.entry(topic).or_default().failed(backoff, &self.shared.cluster.random);
        }
    }

    fn forget_topics_led_by(&mut self, broker: BrokerId) {
        let accumulator = self.shared.accumulator();
        let waiting = accumulator.destinations().chain(self.partitions.keys()).map(|to| Arc::clone(&to.topic));
        let topics: HashSet<Arc<str>> = waiting.collect();
        drop(accumulator);
        for topic in topics {
            let led =
                self.shared.cluster.remembered(&topic).is_some_and(|metadata| {
                    metadata.partitions.iter().any(|partition| partition.leader == Some(broker))
                });
            if led {
                self.shared.cluster.forget(&topic);
                // Not at once: whoever answers may not have heard of the change yet.
                let backoff = self.backoff();
                self.refreshes.entry(topic).or_default().failed(backoff, &self.shared.cluster.random);
            }
        }
    }
}
