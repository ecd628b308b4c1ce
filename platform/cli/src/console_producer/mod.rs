//! `kafka-console-producer`: lines from standard input become records.

mod options;
mod reader;

use crate::client_options::block_on;
use crate::failure::Failure;
use crate::streams::Streams;
use crate::{log, signals};
use options::ProducerOptions;
use ottla_client::ClientError;
use ottla_client::config::ProducerConfig;
use ottla_client::producer::{Delivery, Producer, ProducerRecord};
use reader::{LineReader, ReadError};
use std::io::{BufRead, Write};
use tokio::sync::mpsc;

/// Records that have been read and not been sent: enough to keep the sender busy, little enough to hold.
const LINES_AHEAD: usize = 1024;
/// Records whose fate is waited for. `buffer.memory` is reached first unless records are tiny.
const FATES_WAITED_FOR_MAX: usize = 1 << 20;

/// Runs the tool; gives the exit code.
pub fn run(words: &[String], streams: &mut Streams<'_>) -> i32 {
    match try_run(words, streams) {
        Ok(()) => 0,
        Err(failure) => failure.tell(streams),
    }
}

fn try_run(words: &[String], streams: &mut Streams<'_>) -> Result<(), Failure> {
    let options = ProducerOptions::parse(words, streams)?;
    let reader = LineReader::new(options.topic()?, &options.reader_properties()?)
        .map_err(|error| Failure::Message(format!("org.apache.kafka.common.KafkaException: {error}")))?;
    let properties = options.producer_properties()?;
    for warning in properties.warnings() {
        writeln!(streams.errors, "{}", log::line("WARN", &warning, "ottla.cli"))?;
    }
    let config = ProducerConfig::read(&properties).map_err(|error| told(&error))?;
    let lines = read_in_background(reader, streams);
    block_on(produce(config, lines, options.is_sync(), streams))?
}

fn told(error: &ClientError) -> Failure {
    Failure::Message(format!("{}: {error}", error.exception_name()))
}

/// Reads records on a thread of its own: reading blocks.
fn read_in_background(
    mut reader: LineReader,
    streams: &mut Streams<'_>,
) -> mpsc::Receiver<Result<ProducerRecord, ReadError>> {
    let (sender, receiver) = mpsc::channel(LINES_AHEAD);
    let mut input = std::mem::replace(&mut streams.input, Box::new(std::io::empty()));
    let prompt = streams.interactive;
    std::thread::spawn(move || {
        loop {
            if prompt {
                print!(">");
                // A prompt that cannot be shown is missed by nobody.
                let _ = std::io::stdout().flush();
            }
            let Some(record) = next_record(&mut reader, &mut *input) else { return };
            let ended = record.is_err();
            if sender.blocking_send(record).is_err() || ended {
                return;
            }
        }
    });
    receiver
}

fn next_record(reader: &mut LineReader, input: &mut dyn BufRead) -> Option<Result<ProducerRecord, ReadError>> {
    match reader.read(input) {
        Ok(record) => record.map(Ok),
        Err(error) => Some(Err(error)),
    }
}

async fn produce(
    config: ProducerConfig,
    mut lines: mpsc::Receiver<Result<ProducerRecord, ReadError>>,
    is_sync: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let producer = Producer::start(config);
    let (fates, waiting) = mpsc::channel(FATES_WAITED_FOR_MAX);
    let report = tokio::spawn(report_failures(waiting));
    let mut stop = signals::Stop::listen()?;
    let outcome = loop {
        let line = tokio::select! {
            line = lines.recv() => line,
            signal = stop.signalled() => break Err(Failure::Told(signal)),
        };
        match line {
            None => break Ok(()),
            Some(Err(error)) => {
                break Err(Failure::Message(format!("org.apache.kafka.common.KafkaException: {error}")));
            }
            Some(Ok(record)) => {
                let fate = Fate::of(&record);
                match (producer.send(record).await, is_sync) {
                    (Ok(delivery), true) => {
                        if let Err(error) = delivery.await {
                            break Err(execution_failure(&error));
                        }
                    }
                    (Ok(delivery), false) => {
                        // The receiver lives until this sender is dropped.
                        let _ = fates.send((fate, delivery)).await;
                    }
                    (Err(error), true) => break Err(execution_failure(&error)),
                    (Err(error), false) => fate.tell(&error),
                }
            }
        }
    };
    producer.close().await;
    drop(fates);
    // It ends when all fates are known, which they are.
    let _ = report.await;
    streams.errors.flush()?;
    outcome
}

fn execution_failure(error: &ClientError) -> Failure {
    let name = error.exception_name();
    Failure::Message(format!("java.util.concurrent.ExecutionException: {name}: {error}"))
}

/// What is said of a record that could not be sent.
struct Fate {
    topic: String,
    key_length: Option<usize>,
    value_length: Option<usize>,
}

impl Fate {
    fn of(record: &ProducerRecord) -> Self {
        Self {
            topic: record.topic.clone(),
            key_length: record.key.as_ref().map(|key| key.len()),
            value_length: record.value.as_ref().map(|value| value.len()),
        }
    }

    fn tell(&self, error: &ClientError) {
        let length = |length: Option<usize>| length.map_or("null".to_owned(), |length| format!("{length} bytes"));
        let message = format!(
            "Error when sending message to topic {} with key: {}, value: {} with error:",
            self.topic,
            length(self.key_length),
            length(self.value_length)
        );
        let line = log::line("ERROR", &message, "org.apache.kafka.clients.producer.internals.ErrorLoggingCallback");
        eprintln!("{line}\n{}: {error}", error.exception_name());
    }
}

/// Tells of every record that could not be sent, in the order in which they were read.
async fn report_failures(mut fates: mpsc::Receiver<(Fate, Delivery)>) {
    while let Some((fate, delivery)) = fates.recv().await {
        if let Err(error) = delivery.await {
            fate.tell(&error);
        }
    }
}
