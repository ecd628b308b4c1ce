//! Sending records: batches by partition, retries that keep the order, idempotence.
//!
//! [`Producer::send`] puts a record into the open batch of its partition and returns; one task sends batches when they
//! are due ([`sender`]) and tells every record's [`Delivery`] what became of it. Bounds: `buffer.memory` for all records
//! that are not done, `max.request.size` for a request, `max.in.flight.requests.per.connection` for a broker.

mod accumulator;
mod batch;
mod partitioner;
mod record;
mod sender;

use crate::ClientError;
use crate::clock::milliseconds_since_1970;
use crate::cluster::{Attempts, Cluster, TopicMetadata};
use crate::config::{ConnectionConfig, ProducerConfig};
use accumulator::{Accumulator, Limits};
use batch::{Destination, NewRecord};
use ottla_model::{ErrorCode, PartitionIndex, Timestamp};
use partitioner::Partitioner;
use sender::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

pub use record::{Delivered, Delivery, ProducerRecord};

/// A producer. Close it to send what it holds: dropping it gives up what has not been sent.
#[derive(Debug)]
pub struct Producer {
    shared: Arc<Shared>,
    sender: JoinHandle<()>,
}

/// What callers and the sender have in common.
#[derive(Debug)]
struct Shared {
    config: ProducerConfig,
    cluster: Arc<Cluster>,
    limits: Limits,
    accumulator: Mutex<Accumulator>,
    partitioner: Mutex<Partitioner>,
    memory: Arc<Semaphore>,
    /// Something is due, or may be sooner than the sender thinks.
    work: Notify,
    /// Some batch has been finished.
    progress: Notify,
}

impl Shared {
    fn accumulator(&self) -> MutexGuard<'_, Accumulator> {
        // Nothing panics while holding it, and its content is whole between any two statements.
        self.accumulator.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Producer {
    /// Starts a producer on the current runtime. It connects when the first record is sent.
    pub fn start(config: ProducerConfig) -> Self {
        let client_id = match config.connection.client_id.as_str() {
            "" => "producer-1".to_owned(),
            given => given.to_owned(),
        };
        let log_context = format!("[Producer clientId={client_id}]");
        let connection = ConnectionConfig { client_id, ..config.connection.clone() };
        let limits =
            Limits { batch_size: config.batch_size, linger: config.linger, delivery_timeout: config.delivery_timeout };
        let shared = Arc::new(Shared {
            cluster: Arc::new(Cluster::new(connection, log_context)),
            limits,
            accumulator: Mutex::default(),
            partitioner: Mutex::new(Partitioner::new(config.partitioner, config.ignore_keys, config.batch_size)),
            memory: Arc::new(Semaphore::new(config.buffer_memory.min(Semaphore::MAX_PERMITS))),
            work: Notify::new(),
            progress: Notify::new(),
            config,
        });
        let sender = tokio::spawn(Sender::new(Arc::clone(&shared)).run());
        Self { shared, sender }
    }

    /// Takes a record to be sent. Waits up to `max.block.ms` for the topic's metadata and for memory; what becomes of the
    /// record is told by the [`Delivery`].
    ///
    /// # Errors
    /// The record cannot be sent: its topic is not to be had, it is too large, or there was no memory in time.
    pub async fn send(&self, record: ProducerRecord) -> Result<Delivery, ClientError> {
        let started = Instant::now();
        let deadline = started + self.shared.config.block_max;
        let topic = self.topic(&record, deadline).await?;
        let size = record.size_upper_bound();
        self.check_size(size)?;
        let partition = record.partition.unwrap_or_else(|| {
            let mut partitioner = self.shared.partitioner.lock().unwrap_or_else(PoisonError::into_inner);
            partitioner.choose(&topic, record.key.as_deref(), size, &self.shared.cluster.random)
        });
        let memory = self.memory_for(size, deadline).await?;
        let (delivery, outcome) = Delivery::pair();
        let new_record = NewRecord {
            timestamp: record.timestamp.unwrap_or_else(|| Timestamp::new(milliseconds_since_1970())),
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: &record.headers,
            delivery,
            memory,
        };
        let destination = Destination { topic: record.topic.as_str().into(), partition };
        let compressor = self.shared.config.compressor;
        let wake = {
            let mut accumulator = self.shared.accumulator();
            if accumulator.closed {
                return Err(ClientError::Closed("Cannot perform operation after producer has been closed".to_owned()));
            }
            accumulator.append(&destination, new_record, self.shared.limits, compressor, Instant::now())
        };
        if wake {
            self.shared.work.notify_one();
        }
        Ok(outcome)
    }

    /// The topic's metadata, with the partition that the record asks for.
    async fn topic(&self, record: &ProducerRecord, deadline: Instant) -> Result<Arc<TopicMetadata>, ClientError> {
        let cluster = &self.shared.cluster;
        let has_partition = |topic: &TopicMetadata| match record.partition {
            Some(index) => topic.partition(index).is_some(),
            None => !topic.partitions.is_empty(),
        };
        if let Some(topic) = cluster.remembered(&record.topic).filter(|topic| has_partition(topic)) {
            return Ok(topic);
        }
        let mut partition_count = None;
        let attempts = Attempts::until(cluster, "metadata", deadline);
        let found = attempts
            .run(async || {
                let topic = cluster.topic(&record.topic, true).await?;
                if has_partition(&topic) {
                    return Ok(topic);
                }
                partition_count = Some(topic.partitions.len());
                cluster.forget(&record.topic);
                Err(ClientError::refused(ErrorCode::UnknownTopicOrPartition, None))
            })
            .await;
        found.map_err(|error| match error {
            ClientError::Timeout(_) => self.no_metadata(record, partition_count),
            other => other,
        })
    }

    fn no_metadata(&self, record: &ProducerRecord, partition_count: Option<usize>) -> ClientError {
        let waited = self.shared.config.block_max.as_millis();
        let topic = &record.topic;
        ClientError::Timeout(match (record.partition, partition_count) {
            (Some(partition), Some(count)) => format!(
                "Partition {partition} of topic {topic} with partition count {count} \
                 is not present in metadata after {waited} ms."
            ),
            _ => format!("Topic {topic} not present in metadata after {waited} ms."),
        })
    }

    fn check_size(&self, size: usize) -> Result<(), ClientError> {
        let config = &self.shared.config;
        let message = if size > config.request_size_max {
            format!(
                "The message is {size} bytes when serialized which is larger than {}, \
                 which is the value of the max.request.size configuration.",
                config.request_size_max
            )
        } else if size > config.buffer_memory {
            format!(
                "The message is {size} bytes when serialized which is larger than the total memory buffer \
                 you have configured with the buffer.memory configuration."
            )
        } else {
            return Ok(());
        };
        Err(ClientError::refused(ErrorCode::MessageTooLarge, Some(message)))
    }

    async fn memory_for(&self, size: usize, deadline: Instant) -> Result<OwnedSemaphorePermit, ClientError> {
        // Checked against max.request.size, an i32, before.
        let permits = u32::try_from(size).unwrap_or(u32::MAX);
        if let Ok(memory) = Arc::clone(&self.shared.memory).try_acquire_many_owned(permits) {
            return Ok(memory);
        }
        let _starving = Starving::new(&self.shared);
        let waiting = Arc::clone(&self.shared.memory).acquire_many_owned(permits);
        match timeout_at(deadline, waiting).await {
            Ok(Ok(memory)) => Ok(memory),
            Ok(Err(_)) => Err(ClientError::Closed("Producer closed while allocating memory".to_owned())),
            Err(_) => Err(ClientError::Timeout(format!(
                "Failed to allocate {size} bytes within the configured max blocking time {} ms.",
                self.shared.config.block_max.as_millis()
            ))),
        }
    }

    /// How many partitions the topic has. Waits for metadata as [`Self::send`] does.
    ///
    /// # Errors
    /// The topic is not to be had.
    pub async fn partitions_of(&self, topic: &str) -> Result<Vec<PartitionIndex>, ClientError> {
        let record = ProducerRecord { topic: topic.to_owned(), ..ProducerRecord::default() };
        let metadata = self.topic(&record, Instant::now() + self.shared.config.block_max).await?;
        Ok(metadata.partitions.iter().map(|partition| partition.index).collect())
    }

    /// Sends everything that was taken before, without lingering, and waits until it is known what became of it.
    pub async fn flush(&self) {
        let mark = {
            let mut accumulator = self.shared.accumulator();
            accumulator.flushing += 1;
            accumulator.next_number()
        };
        self.shared.work.notify_one();
        loop {
            let progress = self.shared.progress.notified();
            if self.shared.accumulator().all_finished_before(mark) || self.sender.is_finished() {
                break;
            }
            progress.await;
        }
        self.shared.accumulator().flushing -= 1;
    }

    /// Sends everything that was taken, waits until it is known what became of it, and ends.
    pub async fn close(mut self) {
        self.shared.accumulator().closed = true;
        self.shared.work.notify_one();
        // The sender ends by itself; it would only fail by panicking, and then there is nothing left to wait for.
        let _ = (&mut self.sender).await;
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.sender.abort();
    }
}

/// Counts a caller that waits for memory, for as long as it does.
struct Starving<'a>(&'a Shared);

impl<'a> Starving<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.accumulator().starving += 1;
        shared.work.notify_one();
        Self(shared)
    }
}
impl Drop for Starving<'_> {
    fn drop(&mut self) {
        self.0.accumulator().starving -= 1;
    }
}
