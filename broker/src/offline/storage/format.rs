//! `format`: makes a node's log directories ready for its first start.

mod levels;
mod write;

use super::super::failure::Failure;
use super::arguments::FormatArguments;
use super::directories::{self, Directories};
use levels::Levels;
use ottla_config::BrokerConfig;
use ottla_metadata::controller::BootstrapMetadata;
use ottla_metadata::records;
use ottla_model::Uuid;
use ottla_protocol::MetadataRecord;
use ottla_raft::VoterSet;
use ottla_storage::MetaProperties;
use std::io::Write;
use std::path::Path;

pub(super) fn run(arguments: &FormatArguments, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Failure> {
    let config = &directories::read_config(&arguments.config)?;
    if !arguments.add_scram.is_empty() {
        return Err(Failure::said("--add-scram is not supported yet: Ottla has no SCRAM credentials so far."));
    }
    // With static voters a quorum's membership is configuration; without, it is part of the metadata (KIP-853).
    let has_dynamic_quorum = config.quorum.voters.is_empty();
    let voters = initial_voters(arguments, config, has_dynamic_quorum)?;
    let levels = Levels::choose(arguments.release_version.as_deref(), &arguments.feature, has_dynamic_quorum)?;
    let bootstrap = BootstrapMetadata::for_levels(levels.metadata_version, |feature| levels.of(feature));

    let directories = Directories::load(directories::of(config), err)?;
    directories.verify(&arguments.cluster_id, config.node_id.value())?;
    if let (Some(formatted), false) = (directories.formatted.keys().next(), arguments.ignore_formatted) {
        return Err(Failure::Said(format!(
            "Log directory {} is already formatted. Use --ignore-formatted to ignore this directory and format the \
             others.",
            formatted.display()
        )));
    }
    for failed in &directories.failed {
        writeln!(out, "I/O error trying to read log directory {}. Ignoring...", failed.display())?;
    }
    if directories.empty.is_empty() {
        if !directories.failed.is_empty() && directories.formatted.is_empty() {
            return Err(Failure::said("No available log directories to format."));
        }
        return Ok(writeln!(out, "All of the log directories are already formatted.")?);
    }
    writeln!(out, "Bootstrap metadata: {}", as_java_prints(&bootstrap))?;
    let mut plan = Plan { config, cluster_id: &arguments.cluster_id, voters: voters.as_ref(), bootstrap, directories };
    for directory in std::mem::take(&mut plan.directories.empty) {
        plan.format(&directory, out)?;
    }
    Ok(())
}

/// The voters that the metadata begins with; `None` if that is not for this node to say.
fn initial_voters(
    arguments: &FormatArguments,
    config: &BrokerConfig,
    has_dynamic_quorum: bool,
) -> Result<Option<VoterSet>, Failure> {
    let given = arguments.initial_controllers.as_deref();
    if !has_dynamic_quorum && (given.is_some() || arguments.standalone) {
        return Err(Failure::said(
            "You cannot specify controller.quorum.voters and format the node with --initial-controllers or \
             --standalone. If you want to use dynamic quorum, please remove controller.quorum.voters and specify \
             controller.quorum.bootstrap.servers instead.",
        ));
    }
    let standalone = arguments.standalone.then(|| standalone(config)).transpose()?;
    if !arguments.no_initial_controllers
        && config.roles.controller
        && has_dynamic_quorum
        && given.is_none()
        && standalone.is_none()
    {
        return Err(Failure::said(
            "Because controller.quorum.voters is not set on this controller, you must specify one of the following: \
             --standalone, --initial-controllers, or --no-initial-controllers.",
        ));
    }
    let listener = config.listeners.controller_names.first().map_or("", String::as_str);
    given
        .or(standalone.as_deref())
        .map(|text| VoterSet::parse_initial_controllers(text, listener).map_err(Failure::said))
        .transpose()
}

/// This node as the only voter, the way `--initial-controllers` says it.
fn standalone(config: &BrokerConfig) -> Result<String, Failure> {
    if !config.roles.controller {
        return Err(Failure::said("You can only use --standalone on a controller."));
    }
    let listener = config.listeners.advertised_controllers.first();
    let listener = listener.ok_or_else(|| Failure::said("No controller listeners found."))?;
    let host = match listener.host.as_deref() {
        None => "localhost".to_owned(),
        Some(address) if address.contains(':') => format!("[{address}]"),
        Some(host) => host.to_owned(),
    };
    Ok(format!("{}@{host}:{}:{}", config.node_id, listener.port, crate::random::uuid()))
}

/// What is to be written into the directories that are not formatted yet.
struct Plan<'a> {
    config: &'a BrokerConfig,
    cluster_id: &'a str,
    voters: Option<&'a VoterSet>,
    bootstrap: BootstrapMetadata,
    directories: Directories,
}

impl Plan<'_> {
    fn format(&mut self, directory: &Path, out: &mut dyn Write) -> Result<(), Failure> {
        let is_metadata = directory == self.config.metadata_log_dir;
        let own_voter = self.voters.and_then(|voters| voters.get(self.config.node_id));
        let description = match (is_metadata, self.voters, own_voter) {
            (false, ..) => "data directory",
            (true, None, _) => "metadata directory",
            (true, Some(_), None) => "dynamic metadata directory",
            (true, Some(_), Some(_)) => "dynamic metadata voter directory",
        };
        let version = self.bootstrap.metadata_version();
        writeln!(out, "Formatting {description} {} with metadata.version {version}.", directory.display())?;
        let directory_id = own_voter.filter(|_| is_metadata).and_then(|voter| voter.key.directory);
        let directory_id: Uuid = directory_id.unwrap_or_else(|| self.directories.fresh_id());
        let frames: Result<Vec<_>, _> =
            self.bootstrap.records().iter().map(|record| records::encode(record, version)).collect();
        let frames = frames.map_err(Failure::said)?;
        let properties = MetaProperties::new(self.cluster_id, self.config.node_id, directory_id);
        write::directory(directory, &frames, is_metadata.then_some(self.voters), &properties)?;
        self.directories.formatted.insert(directory.to_owned(), properties);
        Ok(())
    }
}

/// The records as Java's objects print themselves.
fn as_java_prints(bootstrap: &BootstrapMetadata) -> String {
    let records: Vec<String> = bootstrap
        .records()
        .iter()
        .map(|record| match record {
            MetadataRecord::FeatureLevelRecord(record) => format!(
                "ApiMessageAndVersion(FeatureLevelRecord(name='{}', featureLevel={}) at version 0)",
                record.name, record.feature_level
            ),
            other => format!("{other:?}"),
        })
        .collect();
    format!(
        "BootstrapMetadata(records=[{}], metadataVersionLevel={}, source=format command)",
        records.join(", "),
        bootstrap.metadata_version().level()
    )
}
