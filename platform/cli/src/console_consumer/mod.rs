//! `kafka-console-consumer`: records to standard output.
//!
//! Without `--partition` Kafka's tool joins a consumer group. Groups are not here yet, and reading without one would give
//! other records after a restart and with several consumers, so that is refused by name.

mod deserializer;
mod formatter;
mod options;

use crate::client_options::block_on;
use crate::failure::Failure;
use crate::log;
use crate::signals::Stop;
use crate::streams::Streams;
use formatter::{FormatError, Formatter};
use options::{ConsumerOptions, Source};
use ottla_client::ClientError;
use ottla_client::config::ConsumerConfig;
use ottla_client::consumer::{Consumer, ConsumerRecord};
use ottla_model::{ErrorCode, PartitionIndex, TopicName, TopicPartition};
use std::collections::VecDeque;
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
    let Source::Partition { topic, partition } = options.source() else {
        return Err(Failure::Message("consumer groups are not supported yet: pass --partition".to_owned()));
    };
    for warning in options.consumer_properties().warnings() {
        writeln!(streams.errors, "{}", log::line("WARN", &warning, "ottla.cli"))?;
    }
    let config = match ConsumerConfig::read(options.consumer_properties()) {
        Ok(config) => config,
        Err(error) => return unknown_error(streams, &error.exception_name(), &error.to_string()),
    };
    let mut formatter = options.formatter();
    block_on(async {
        let reading = Reading {
            topic,
            partition: *partition,
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

/// What is read, and for how long.
struct Reading<'a> {
    topic: &'a str,
    partition: PartitionIndex,
    from: ottla_client::consumer::SeekTo,
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
        let Ok(topic) = TopicName::new(self.topic) else {
            let message = format!("Invalid topics: [{}]", self.topic);
            return Ok(End::Unreadable(ClientError::refused(ErrorCode::InvalidTopicException, Some(message))));
        };
        let partition = TopicPartition { topic, partition: self.partition };
        let mut consumer = Consumer::new(config);
        consumer.assign([partition.clone()]);
        consumer.seek(&partition, self.from)?;
        let mut stop = Stop::listen()?;
        let mut waiting = VecDeque::new();
        while self.messages_max.is_none_or(|most| *count < most) {
            let record = match waiting.pop_front() {
                Some(record) => record,
                None => {
                    if streams.output.flush().is_err() {
                        return Ok(End::OutputClosed);
                    }
                    let received = tokio::select! {
                        received = self.receive(&mut consumer) => received,
                        signal = stop.signalled() => return Ok(End::Stopped(signal)),
                    };
                    match received {
                        Ok(records) => waiting = records.into(),
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
