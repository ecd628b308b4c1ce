//! The options of `kafka-storage`, and errors in the words of the parser that it uses.

use super::super::failure::Failure;
use super::usage;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// The Kafka storage tool.
#[derive(Debug, Parser)]
#[command(name = "kafka-storage", infer_long_args = true, args_override_self = true, disable_help_subcommand = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
#[command(infer_long_args = true, args_override_self = true)]
pub(super) enum Command {
    /// Say what is in this node's log directories.
    #[command(infer_long_args = true, args_override_self = true)]
    Info(InfoArguments),
    /// Format this node's log directories.
    #[command(infer_long_args = true, args_override_self = true)]
    Format(FormatArguments),
    /// Show which feature levels a release has, by default the newest.
    #[command(infer_long_args = true, args_override_self = true)]
    VersionMapping(VersionMappingArguments),
    /// Show which other feature levels a feature level needs.
    #[command(infer_long_args = true, args_override_self = true)]
    FeatureDependencies(FeatureDependenciesArguments),
    /// Print a random id.
    RandomUuid,
}

#[derive(Debug, Args)]
pub(super) struct InfoArguments {
    /// The node's configuration file.
    #[arg(short, long)]
    pub(super) config: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct FormatArguments {
    /// The node's configuration file.
    #[arg(short, long)]
    pub(super) config: PathBuf,
    /// The cluster's id, the same on all nodes.
    #[arg(short = 't', long)]
    pub(super) cluster_id: String,
    /// A first SCRAM credential: 'SCRAM-SHA-256=[name=alice,password=alice-secret]'.
    #[arg(short = 'S', long)]
    pub(super) add_scram: Vec<String>,
    /// Pass over directories that are formatted already.
    #[arg(short = 'g', long)]
    pub(super) ignore_formatted: bool,
    /// The release whose feature levels to begin with, by default the newest.
    #[arg(short, long)]
    pub(super) release_version: Option<String>,
    /// Begin with this level of a feature: kraft.version=1.
    #[arg(short, long)]
    pub(super) feature: Vec<String>,
    /// This controller is the only voter to begin with.
    #[arg(short, long, conflicts_with_all = ["no_initial_controllers", "initial_controllers"])]
    pub(super) standalone: bool,
    /// The voters are to be learned from others.
    #[arg(short = 'N', long, conflicts_with = "initial_controllers")]
    pub(super) no_initial_controllers: bool,
    /// The voters to begin with, the same on all nodes: 1@host:9093:JEXY6aqzQY-32P5TStzaFg,…
    #[arg(short = 'I', long)]
    pub(super) initial_controllers: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct VersionMappingArguments {
    /// The release: 4.3, 4.3-IV0.
    #[arg(short, long)]
    pub(super) release_version: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct FeatureDependenciesArguments {
    /// A feature and its level: metadata.version=5. May be given more than once.
    #[arg(short, long, required = true)]
    pub(super) feature: Vec<String>,
}

/// What the command line comes down to.
pub(super) enum Parsed {
    Command(Box<Command>),
    Help(String),
}

/// Reads the command line.
pub(super) fn parse(args: &[OsString]) -> Result<Parsed, Failure> {
    let args = expand_files(args)?;
    let program = OsString::from("kafka-storage");
    match CommandLine::try_parse_from(std::iter::once(&program).chain(&args)) {
        Ok(line) => Ok(Parsed::Command(Box::new(line.command))),
        Err(error) if error.kind() == ErrorKind::DisplayHelp => Ok(Parsed::Help(error.to_string())),
        Err(error) => {
            let command = args.first().and_then(|arg| arg.to_str()).unwrap_or_default();
            Err(Failure::Said(format!("{}\nkafka-storage: error: {}", usage::of(command), explain(&error))))
        }
    }
}

/// `@file` stands for the lines of a file, an argument each.
fn expand_files(args: &[OsString]) -> Result<Vec<OsString>, Failure> {
    let mut expanded = Vec::with_capacity(args.len());
    for arg in args {
        match arg.to_str().and_then(|arg| arg.strip_prefix('@')) {
            None => expanded.push(arg.clone()),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| Failure::Said(format!("Could not read arguments from file '{path}': {error}")))?;
                expanded.extend(text.lines().map(OsString::from));
            }
        }
    }
    Ok(expanded)
}

fn explain(error: &clap::Error) -> String {
    let arguments: Vec<&str> = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => vec![text],
        Some(ContextValue::Strings(texts)) => texts.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    let argument = arguments.first().copied().unwrap_or_default();
    match error.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "too few arguments".to_owned()
        }
        ErrorKind::InvalidSubcommand => {
            let given = match error.get(ContextKind::InvalidSubcommand) {
                Some(ContextValue::String(text)) => text.as_str(),
                _ => "",
            };
            format!("invalid choice: '{given}' (choose from {})", usage::choices())
        }
        ErrorKind::MissingRequiredArgument => {
            // The cluster's id is asked for first.
            let missing = arguments.iter().find(|argument| argument.starts_with("--cluster-id")).unwrap_or(&argument);
            format!("argument {} is required", usage::both_names(missing))
        }
        ErrorKind::UnknownArgument => format!("unrecognized arguments: '{argument}'"),
        ErrorKind::InvalidValue => format!("argument {}: expected one argument", usage::both_names(argument)),
        ErrorKind::ArgumentConflict => {
            let other = match error.get(ContextKind::PriorArg) {
                Some(ContextValue::String(text)) => text.as_str(),
                Some(ContextValue::Strings(texts)) => texts.first().map_or("", String::as_str),
                _ => "",
            };
            // What comes second is what must not be there.
            format!("argument {}: not allowed with argument {}", usage::both_names(other), usage::both_names(argument))
        }
        _ => error.to_string().trim_end().to_owned(),
    }
}
