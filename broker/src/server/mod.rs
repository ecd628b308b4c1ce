//! `ottla start [FILE] [--override key=value]…`: one node, in the foreground, until SIGTERM or SIGINT.
//!
//! Without a file it runs node 1 on 127.0.0.1:9092 with its data in `./ottla-data`, formatting that first if need be.
//! `kafka-server-start.sh FILE [--override key=value]…` is the same with a file that must be there.

mod arguments;
mod quick_start;
mod stop;

pub use stop::stop;

use crate::node::RunningNode;
use arguments::{Arguments, Parsed};
use ottla_config::broker::Loaded;
use ottla_config::{BrokerConfig, ConfigWarning};
use std::io::Write;
use std::path::Path;
use std::time::Instant;
use tokio::signal::unix::{SignalKind, signal};

/// Where data go without a file.
const QUICK_START_DIRECTORY: &str = "./ottla-data";

/// Runs a node until it is told to stop. Gives the exit code: 0 after a clean stop, 1 if the start was refused or the
/// node could not go on.
///
/// `file_required` is for `kafka-server-start.sh`, which has no start without a file.
pub fn start(args: &[String], file_required: bool) -> i32 {
    let began = Instant::now();
    let arguments = match Arguments::parse(args, file_required) {
        Ok(Parsed::Run(arguments)) => arguments,
        Ok(Parsed::Print(text)) => {
            let _ = writeln!(std::io::stdout(), "{text}");
            return 0;
        }
        Err(message) => return refuse(&message),
    };
    if arguments.daemon {
        return match stop::detach(args) {
            Ok(()) => 0,
            Err(error) => refuse(&format!("cannot run in the background: {error}")),
        };
    }
    start_logging();
    let loaded = match load(&arguments) {
        Ok(loaded) => loaded,
        Err(message) => return refuse(&message),
    };
    // Without a file, what is set is mostly our own doing, and set for the day when it has an effect.
    let is_ours =
        |warning: &&ConfigWarning| arguments.file.is_none() && matches!(warning, ConfigWarning::NotYet { .. });
    for warning in loaded.warnings.iter().filter(|warning| !is_ours(warning)) {
        warn(warning);
    }
    if arguments.file.is_none()
        && let Err(error) = quick_start::format_if_needed(&loaded.config)
    {
        return refuse(&error.to_string());
    }
    match RunningNode::start(loaded.config) {
        Ok(node) => run(node, began),
        Err(error) => refuse(&error.to_string()),
    }
}

fn load(arguments: &Arguments) -> Result<Loaded, String> {
    match &arguments.file {
        Some(file) => BrokerConfig::read(file, &arguments.overrides).map_err(|error| error.to_string()),
        None => BrokerConfig::quick_start(Path::new(QUICK_START_DIRECTORY), &arguments.overrides)
            .map_err(|error| error.to_string()),
    }
}

fn warn(warning: &ConfigWarning) {
    match warning {
        // Not a thing to worry about, but to be said once.
        ConfigWarning::JvmOnly { .. } => tracing::info!("{warning}"),
        ConfigWarning::UnknownKey { .. }
        | ConfigWarning::NotYet { .. }
        | ConfigWarning::Advice(_)
        | ConfigWarning::InvalidDynamicValue { .. } => tracing::warn!("{warning}"),
    }
}

fn run(mut node: RunningNode, began: Instant) -> i32 {
    for (name, address) in node.addresses() {
        tracing::info!("{name} listens on {address}");
    }
    tracing::info!("node of cluster {} started in {} ms", node.cluster_id(), began.elapsed().as_millis());
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&format!("cannot wait for signals: {error}")),
    };
    let failure = runtime.block_on(async {
        let (mut terminated, mut interrupted) = match (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        {
            (Ok(terminated), Ok(interrupted)) => (terminated, interrupted),
            (Err(error), _) | (_, Err(error)) => return Some(format!("cannot wait for signals: {error}")),
        };
        tokio::select! {
            _ = terminated.recv() => None,
            _ = interrupted.recv() => None,
            reason = node.failed() => Some(reason),
        }
    });
    match failure {
        None => {
            tracing::info!("stopping");
            node.stop();
            tracing::info!("stopped");
            0
        }
        Some(reason) => {
            // Nothing is closed: what is not known to be on the disk must be looked at by a recovery.
            tracing::error!("{reason}");
            1
        }
    }
}

fn start_logging() {
    let level = std::env::var("OTTLA_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(tracing::Level::INFO);
    // A second node in one process (a test) keeps the first one's.
    let _ = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .with_max_level(level)
        .try_init();
}

fn refuse(message: &str) -> i32 {
    // Nowhere else to say it if that fails.
    let _ = writeln!(std::io::stderr(), "ottla: {message}");
    1
}
