//! `kafka-groups`: lists groups of all types.

mod options;

use crate::client_options::block_on;
use crate::failure::Failure;
use crate::java::exception::Exception;
use crate::java::hash_order::sort_as_new_map;
use crate::java::text::{length, padded};
use crate::log;
use crate::streams::Streams;
use options::GroupsOptions;
use ottla_client::admin::{Admin, GroupFilter, GroupListing};
use ottla_client::config::AdminConfig;
use std::time::Duration;
use tokio::time::timeout;

/// What the list may take, whatever the client is configured with.
const TIME_MAX: Duration = Duration::from_secs(30);
/// The narrowest that columns get.
const WIDTH_MIN: usize = 20;

/// Runs the tool; gives the exit code.
pub fn run(words: &[String], streams: &mut Streams<'_>) -> i32 {
    match try_run(words, streams) {
        Ok(()) => 0,
        Err(failure) => failure.tell(streams),
    }
}

fn try_run(words: &[String], streams: &mut Streams<'_>) -> Result<(), Failure> {
    let options = GroupsOptions::parse(words)?;
    let properties = options.client_properties()?;
    for warning in properties.warnings() {
        writeln!(streams.errors, "{}", log::line("WARN", &warning, "ottla.cli"))?;
    }
    let Ok(config) = AdminConfig::read(&properties) else {
        return Err(tell("Failed to create new KafkaAdminClient", streams));
    };
    let listed = block_on(async {
        let admin = Admin::new(config);
        timeout(TIME_MAX, admin.list_groups(&GroupFilter::default())).await
    })?;
    let mut groups = match listed {
        Ok(Ok(groups)) => groups,
        Ok(Err(error)) => {
            writeln!(streams.errors, "{}", log::line("ERROR", &Exception::from(&error).to_string(), "ottla.cli"))?;
            return Err(tell(&error.to_string(), streams));
        }
        // Java's exception for this has no message.
        Err(_) => return Err(tell("null", streams)),
    };
    sort_as_new_map(&mut groups, |group| &group.group_id);
    groups.retain(|group| options.shows(group));
    for line in lines(&groups) {
        writeln!(streams.output, "{line}")?;
    }
    Ok(())
}

fn tell(message: &str, streams: &mut Streams<'_>) -> Failure {
    match writeln!(streams.output, "Error while executing groups command : {message}") {
        Ok(()) => Failure::Told(1),
        Err(error) => error.into(),
    }
}

fn lines(groups: &[GroupListing]) -> Vec<String> {
    let cells = |group: &GroupListing| {
        let group_type = group.group_type.map_or("", |group_type| group_type.name());
        [group.group_id.clone(), group_type.to_owned(), group.protocol_type.clone()]
    };
    let rows: Vec<[String; 3]> = groups.iter().map(cells).collect();
    let width = rows.iter().flatten().map(|cell| length(cell)).fold(WIDTH_MIN, usize::max);
    let headings = ["GROUP", "TYPE", "PROTOCOL"].map(|heading| padded(heading, width)).join(" ");
    // Lines have a blank at their end, the headings do not.
    let line = |row: [String; 3]| format!("{} ", row.map(|cell| padded(&cell, width)).join(" "));
    std::iter::once(headings).chain(rows.into_iter().map(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;
    use ottla_client::admin::{GroupListing, GroupType};

    #[test]
    fn all_columns_are_as_wide_as_the_widest_cell() {
        let group = |name: &str, protocol: &str| GroupListing {
            group_id: name.to_owned(),
            group_type: Some(GroupType::Classic),
            protocol_type: protocol.to_owned(),
            state: None,
        };
        let narrow = lines(&[group("g", "")]);
        assert_eq!(narrow[0], format!("{:20} {:20} {:20}", "GROUP", "TYPE", "PROTOCOL"));
        assert_eq!(narrow[1], format!("{:20} {:20} {:20} ", "g", "Classic", ""));
        let wide = lines(&[group("g", "a-protocol-with-quite-a-long-name")]);
        assert_eq!(wide[1], format!("{:33} {:33} a-protocol-with-quite-a-long-name ", "g", "Classic"));
    }
}
