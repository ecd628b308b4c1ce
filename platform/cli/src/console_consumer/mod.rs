//! `kafka-console-consumer`: records to standard output.
//!
//! With `--partition` it reads that partition by itself. Otherwise it reads in a group, the one that `--group` names or
//! one of its own, which is not remembered. What was received but not shown is not committed.

mod deserializer;
mod formatter;
mod options;

use crate::client_options::block_on_threads;
use crate::failure::Failure;
use crate::log;
use crate::signals::Stop;
use crate::streams::Streams;
use formatter::{FormatError, Formatter};
use options::{ConsumerOptions, Source};
use ottla_client::ClientError;
use ottla_client::config::ConsumerConfig;
use ottla_client::consumer::{Consumer, ConsumerRecord, SeekTo};
use ottla_model::{ErrorCode, PartitionIndex, TopicName, TopicPartition};
use regex::Regex;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

const PLACE: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";

/// Runs the tool; gives the exit code.
pub fn run(words: &[String], streams: &mut Streams<'_>) -> i32 {
    let options = match ConsumerOptions::parse(words, streams) {
        Ok(options) => options,
        Err(failure) => return failure.tell(streams),
    };
    let code = match try_run(&options, streams) {
        Ok(code) => code,
        Err(failure) => failure.tell(streams),
    };
    if options.tells_system_test_events() {
        let _ = writeln!(streams.output, "shutdown_complete");
    }
    code
}

fn try_run(options: &ConsumerOptions, streams: &mut Streams<'_>) -> Result<i32, Failure> {
    for warning in options.consumer_properties().warnings() {
        writeln!(streams.errors, "{}", log::line("WARN", &warning, "ottla.cli"))?;
    }
    let config = match ConsumerConfig::read(options.consumer_properties()) {
        Ok(config) => config,
        Err(error) => return unknown_error(streams, &error.exception_name(), &error.to_string()),
    };
    let illegal = "java.lang.IllegalArgumentException";
    let source = match options.source() {
        Source::Matching(pattern) if pattern.is_empty() => {
            return unknown_error(streams, illegal, "Topic pattern to subscribe to cannot be empty");
        }
        Source::Topic(topic) if topic.trim().is_empty() => {
            let message = "Topic collection to subscribe to cannot contain null or empty topic";
            return unknown_error(streams, illegal, message);
        }
        Source::Matching(pattern) => match whole_match(pattern) {
            Ok(pattern) => Wanted::Matching(pattern),
            Err(error) => return unknown_error(streams, "java.util.regex.PatternSyntaxException", &error.to_string()),
        },
        Source::Topic(topic) => Wanted::Topic(topic),
        Source::Partition { topic, partition } => Wanted::Partition(topic, *partition),
    };
    let mut formatter = options.formatter();
    // Heartbeats go on while nobody takes our output.
    block_on_threads(async {
        let reading = Reading {
            source,
            from: options.from(),
            patience: options.patience(),
            messages_max: options.messages_max(),
            skips_errors: options.skips_errors(),
        };
        reading.run(config, &mut formatter, streams).await
    })?
}

/// Says what stopped the consumer and gives the exit code.
fn unknown_error(streams: &mut Streams<'_>, exception: &str, message: &str) -> Result<i32, Failure> {
    writeln!(streams.errors, "{}", log::line("ERROR", "Unknown error when running consumer: ", PLACE))?;
    writeln!(streams.errors, "{exception}: {message}")?;
    Ok(1)
}

/// A regular expression that has to match names as a whole.
fn whole_match(pattern: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}

/// What is read.
enum Wanted<'a> {
    Partition(&'a str, PartitionIndex),
    Topic(&'a str),
    Matching(Regex),
}

/// What is read, and for how long.
struct Reading<'a> {
    source: Wanted<'a>,
    /// Where in a partition that was chosen; a group has its own mind.
    from: SeekTo,
    /// How long to wait for a record before giving up; `None` for ever.
    patience: Option<Duration>,
    /// How many records to read; `None` for all.
    messages_max: Option<u64>,
    skips_errors: bool,
}

/// Why reading ended.
enum End {
    /// There is nothing more to do.
    Done,
    /// Reading failed: told, and no more is read, but that is no failure of the tool.
    Unreadable(ClientError),
    /// A record cannot be shown.
    Unformattable(FormatError),
    /// Nobody reads our output.
    OutputClosed,
    /// A signal came.
    Stopped(i32),
}

impl Reading<'_> {
    async fn run(
        &self,
        config: ConsumerConfig,
        formatter: &mut Formatter,
        streams: &mut Streams<'_>,
    ) -> Result<i32, Failure> {
        let mut count = 0;
        let end = self.read(config, formatter, &mut count, streams).await?;
        if let End::Unreadable(error) = &end {
            let message = "Error processing message, terminating consumer process: ";
            writeln!(streams.errors, "{}", log::line("ERROR", message, PLACE))?;
            writeln!(streams.errors, "{}: {error}", error.exception_name())?;
        }
        if matches!(end, End::OutputClosed) {
            writeln!(streams.errors, "Unable to write to standard out, closing consumer.")?;
        }
        writeln!(streams.errors, "Processed a total of {count} messages")?;
        match end {
            End::Done | End::Unreadable(_) | End::OutputClosed => Ok(0),
            End::Unformattable(error) => unknown_error(streams, error.exception(), &error.to_string()),
            End::Stopped(code) => Ok(code),
        }
    }

    async fn read(
        &self,
        config: ConsumerConfig,
        formatter: &mut Formatter,
        count: &mut u64,
        streams: &mut Streams<'_>,
    ) -> Result<End, Failure> {
        let mut stop = Stop::listen()?;
        let mut consumer = Consumer::new(config);
        let mut waiting = VecDeque::new();
        let end = match self.choose(&mut consumer) {
            Ok(()) => self.show(&mut consumer, &mut waiting, formatter, count, &mut stop, streams).await?,
            Err(error) => End::Unreadable(error),
        };
        let last = rewind(&mut consumer, &waiting);
        consumer.close().await;
        last?;
        Ok(end)
    }

    /// Tells the consumer what to read.
    fn choose(&self, consumer: &mut Consumer) -> Result<(), ClientError> {
        match &self.source {
            Wanted::Partition(topic, partition) => {
                let invalid = |_| {
                    let message = format!("Invalid topics: [{topic}]");
                    ClientError::refused(ErrorCode::InvalidTopicException, Some(message))
                };
                let topic = TopicName::new(topic).map_err(invalid)?;
                let partition = TopicPartition { topic, partition: *partition };
                consumer.assign([partition.clone()]);
                consumer.seek(&partition, self.from)
            }
            Wanted::Topic(topic) => consumer.subscribe([*topic]),
            Wanted::Matching(pattern) => {
                let pattern = pattern.clone();
                consumer.subscribe_matching(move |topic| pattern.is_match(topic))
            }
        }
    }

    /// Shows records until there is a reason to end. What has been received and not been shown is left in `waiting`.
    async fn show(
        &self,
        consumer: &mut Consumer,
        waiting: &mut VecDeque<ConsumerRecord>,
        formatter: &mut Formatter,
        count: &mut u64,
        stop: &mut Stop,
        streams: &mut Streams<'_>,
    ) -> Result<End, Failure> {
        while self.messages_max.is_none_or(|most| *count < most) {
            let record = match waiting.pop_front() {
                Some(record) => record,
                None => {
                    if streams.output.flush().is_err() {
                        return Ok(End::OutputClosed);
                    }
                    let received = tokio::select! {
                        received = self.receive(consumer) => received,
                        signal = stop.signalled() => return Ok(End::Stopped(signal)),
                    };
                    match received {
                        Ok(records) => *waiting = records.into(),
                        Err(error) => return Ok(End::Unreadable(error)),
                    }
                    continue;
                }
            };
            *count += 1;
            match formatter.write(&record, streams.output) {
                Ok(()) => {}
                Err(FormatError::Output(_)) => return Ok(End::OutputClosed),
                Err(error) if self.skips_errors => {
                    let message = "Error processing message, skipping this message: ";
                    writeln!(streams.errors, "{}", log::line("ERROR", message, PLACE))?;
                    writeln!(streams.errors, "{}: {error}", error.exception())?;
                }
                Err(error) => return Ok(End::Unformattable(error)),
            }
        }
        Ok(End::Done)
    }

    /// Waits for records, no longer than patience lasts.
    async fn receive(&self, consumer: &mut Consumer) -> Result<Vec<ConsumerRecord>, ClientError> {
        let started = Instant::now();
        loop {
            let records = consumer.poll(self.patience.unwrap_or(Duration::MAX)).await?;
            if !records.is_empty() {
                return Ok(records);
            }
            if self.patience.is_some_and(|patience| started.elapsed() > patience) {
                return Err(ClientError::Timeout("null".to_owned()));
            }
        }
    }
}

/// Goes back to the first record of each partition that was received and not shown, so that the next one of the group
/// begins there.
fn rewind(consumer: &mut Consumer, waiting: &VecDeque<ConsumerRecord>) -> Result<(), ClientError> {
    let mut first = BTreeMap::new();
    for record in waiting {
        first.entry(&record.partition).or_insert(record.offset);
    }
    let still_ours: Vec<_> = consumer.assignment().cloned().collect();
    for (partition, offset) in first.into_iter().filter(|(partition, _)| still_ours.contains(partition)) {
        consumer.seek(partition, SeekTo::Offset(offset))?;
    }
    Ok(())
}
