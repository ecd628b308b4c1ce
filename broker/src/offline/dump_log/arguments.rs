//! The options of `kafka-dump-log`.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser};
use std::ffi::OsString;

const ABOUT: &str = "This tool helps to parse a log file and dump its contents to the console, useful for debugging a \
                     seemingly corrupt log segment.";

/// What was asked for.
#[derive(Debug, Parser)]
#[command(name = "dump-log", about = ABOUT, disable_help_flag = true, disable_version_flag = true)]
pub(super) struct Arguments {
    /// REQUIRED: the files to dump, between commas.
    #[arg(long, value_name = "file1, file2, ...", allow_hyphen_values = true)]
    pub(super) files: String,
    /// Print the records' keys and values. Any decoder option implies it.
    #[arg(long)]
    print_data_log: bool,
    /// Look into the batches. Printing the records implies it.
    #[arg(long)]
    deep_iteration: bool,
    /// Leave out offset, timestamp and so on of each record, and control records altogether.
    #[arg(long)]
    pub(super) skip_record_metadata: bool,
    /// Only check indexes against their logs.
    #[arg(long)]
    pub(super) verify_index_only: bool,
    /// Only check indexes by themselves, as a broker does when it starts.
    #[arg(long)]
    pub(super) index_sanity_check: bool,
    /// The largest batch that an index entry may point to.
    #[arg(long, value_name = "size", default_value_t = 5 * 1024 * 1024, allow_hyphen_values = true)]
    pub(super) max_message_size: i32,
    /// Read only so many bytes of a log.
    #[arg(long, value_name = "size", default_value_t = i32::MAX, allow_hyphen_values = true)]
    pub(super) max_bytes: i32,
    /// How to print values: org.apache.kafka.tools.api.StringDecoder, as text.
    #[arg(long, value_name = "String", num_args = 0..=1)]
    value_decoder_class: Option<Option<String>>,
    /// How to print keys: org.apache.kafka.tools.api.StringDecoder, as text.
    #[arg(long, value_name = "String", num_args = 0..=1)]
    key_decoder_class: Option<Option<String>>,
    /// The records are those of __consumer_offsets.
    #[arg(long)]
    offsets_decoder: bool,
    /// The records are those of __transaction_state.
    #[arg(long)]
    transaction_log_decoder: bool,
    /// The records are those of __cluster_metadata.
    #[arg(long)]
    cluster_metadata_decoder: bool,
    /// The records are those of __remote_log_metadata.
    #[arg(long)]
    remote_log_metadata_decoder: bool,
    /// The records are those of __share_group_state.
    #[arg(long)]
    share_group_state_decoder: bool,
    /// Print usage information.
    #[arg(long)]
    help: bool,
    /// Print the version.
    #[arg(long)]
    version: bool,
    /// Ignored, as `kafka-dump-log` does.
    #[arg(hide = true)]
    rest: Vec<String>,
}

/// What the command line comes down to.
pub(super) enum Parsed {
    Arguments(Box<Arguments>),
    Version,
}

/// How keys and values are to be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DecoderName {
    Text,
    Offsets,
    Transactions,
    ClusterMetadata,
    RemoteLogMetadata,
    ShareGroupState,
}

impl Arguments {
    pub(super) fn prints_records(&self) -> bool {
        self.print_data_log
            || self.value_decoder_class.is_some()
            || self.key_decoder_class.is_some()
            || self.decoder_name() != DecoderName::Text
    }
    pub(super) fn looks_into_batches(&self) -> bool {
        self.deep_iteration || self.prints_records()
    }
    /// The first one wins, in this order.
    pub(super) fn decoder_name(&self) -> DecoderName {
        if self.offsets_decoder {
            DecoderName::Offsets
        } else if self.transaction_log_decoder {
            DecoderName::Transactions
        } else if self.cluster_metadata_decoder {
            DecoderName::ClusterMetadata
        } else if self.remote_log_metadata_decoder {
            DecoderName::RemoteLogMetadata
        } else if self.share_group_state_decoder {
            DecoderName::ShareGroupState
        } else {
            DecoderName::Text
        }
    }
    /// A decoder class that is a Java one other than Kafka's own for text.
    fn foreign_decoder(&self) -> Option<&str> {
        const TEXT: &str = "org.apache.kafka.tools.api.StringDecoder";
        let classes = [&self.value_decoder_class, &self.key_decoder_class];
        classes.into_iter().flatten().flatten().map(String::as_str).find(|class| *class != TEXT)
    }
}

/// Reads the command line. The error is what to say before ending with exit code 1; usage is one, as in Kafka.
pub(super) fn parse(args: &[OsString]) -> Result<Parsed, String> {
    let wants = |option: &str| args.iter().any(|arg| arg == option);
    if args.is_empty() || wants("--help") {
        return Err(usage());
    }
    if wants("--version") {
        return Ok(Parsed::Version);
    }
    let program = OsString::from("dump-log");
    let arguments =
        Arguments::try_parse_from(std::iter::once(&program).chain(args)).map_err(|error| explain(&error))?;
    match arguments.foreign_decoder() {
        Some(class) => Err(format!("Failed to load decoder class: {class} is Java, which Ottla does not run")),
        None => Ok(Parsed::Arguments(Box::new(arguments))),
    }
}

fn usage() -> String {
    Arguments::command().render_help().to_string().trim_end().to_owned()
}

/// The error in the words of the parser that Kafka's tools use.
fn explain(error: &clap::Error) -> String {
    let option = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => text.as_str(),
        Some(ContextValue::Strings(texts)) => texts.first().map_or("", String::as_str),
        _ => "",
    };
    let option = option.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default();
    let value = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    match error.kind() {
        ErrorKind::UnknownArgument => format!("{option} is not a recognized option"),
        ErrorKind::MissingRequiredArgument => format!("Missing required argument \"[{option}]\"\n{}", usage()),
        ErrorKind::InvalidValue if value.is_empty() => format!("Option {option} requires an argument"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("Cannot parse argument '{value}' of option {option}")
        }
        ErrorKind::ArgumentConflict => {
            format!("Found multiple arguments for option {option}, but you asked for only one")
        }
        _ => error.to_string().trim_end().to_owned(),
    }
}
