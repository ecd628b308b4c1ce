//! `info`: what is in this node's log directories.

use super::super::failure::Failure;
use super::arguments::InfoArguments;
use super::directories::{self, META_PROPERTIES};
use ottla_storage::{LogDirectoryError, MetaProperties};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// The exit code is 1 if there is a problem.
pub(super) fn run(arguments: &InfoArguments, out: &mut dyn Write) -> Result<i32, Failure> {
    let config = directories::read_config(&arguments.config)?;
    let mut found = Vec::new();
    let mut problems = Vec::new();
    let mut first: Option<MetaProperties> = None;
    for directory in directories::of(&config) {
        if !directory.is_dir() {
            let what = if directory.exists() { "is not a directory" } else { "does not exist" };
            problems.push(format!("{} {what}", directory.display()));
            continue;
        }
        match directories::read_meta_properties(&directory) {
            Ok(None) => problems.push(format!("{} is not formatted.", directory.display())),
            Ok(Some(properties)) => match &first {
                None => first = Some(properties),
                Some(first) => problems.extend(mismatch(first, &properties)),
            },
            Err(error) => problems.push(unreadable(&directory, &error)),
        }
        found.push(directory.display().to_string());
    }
    if first.as_ref().is_some_and(|properties| properties.version == 0) {
        problems.push(
            "The kafka configuration file appears to be for a cluster in KRaft mode, but the directories are \
             formatted for legacy mode."
                .to_owned(),
        );
    }
    print_list(out, ["Found log directory:", "Found log directories:"], &found)?;
    if let Some(properties) = first {
        writeln!(out, "Found metadata: {}\n", as_map(&properties))?;
    }
    print_list(out, ["Found problem:", "Found problems:"], &problems)?;
    Ok(i32::from(!problems.is_empty()))
}

fn print_list(out: &mut dyn Write, [one, many]: [&str; 2], lines: &[String]) -> Result<(), Failure> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", if lines.len() == 1 { one } else { many })?;
    for line in lines {
        writeln!(out, "  {line}")?;
    }
    Ok(writeln!(out)?)
}

fn mismatch(first: &MetaProperties, other: &MetaProperties) -> Option<String> {
    if first.cluster_id != other.cluster_id {
        Some("Mismatched cluster IDs between storage directories.".to_owned())
    } else if first.node_id != other.node_id {
        Some("Mismatched node IDs between storage directories.".to_owned())
    } else {
        None
    }
}

fn unreadable(directory: &Path, error: &LogDirectoryError) -> String {
    let reason = match error {
        LogDirectoryError::InvalidMetaProperties { key, reason, .. } => format!("{key}: {reason}"),
        other => other.to_string(),
    };
    format!("Error loading {}: {reason}", directory.join(META_PROPERTIES).display())
}

/// The keys in order, as Java prints a map.
fn as_map(properties: &MetaProperties) -> String {
    let mut entries = BTreeMap::from([("version", properties.version.to_string())]);
    let node_id_key = if properties.version == 0 { "broker.id" } else { "node.id" };
    entries.extend(properties.cluster_id.clone().map(|id| ("cluster.id", id)));
    entries.extend(properties.node_id.map(|id| (node_id_key, id.to_string())));
    entries.extend(properties.directory_id.map(|id| ("directory.id", id.to_string())));
    let entries: Vec<String> = entries.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("{{{}}}", entries.join(", "))
}
