//! `--describe --state`.

use super::announce;
use crate::consumer_groups::problem::Problem;
use crate::consumer_groups::table::Column::{Fixed, Growing};
use crate::consumer_groups::table::{Table, cell};
use crate::consumer_groups::{MISSING, NAME_WIDTH_MIN};
use crate::streams::Streams;
use ottla_client::admin::GroupDescription;

/// Prints a table of one line for each group.
pub(super) fn run(groups: &[GroupDescription], verbose: bool, streams: &mut Streams<'_>) -> Result<(), Problem> {
    for group in groups {
        if announce(group, 1, streams)? {
            for line in table(group, verbose).lines() {
                write!(streams.output, "\n{line}")?;
            }
            writeln!(streams.output)?;
        }
    }
    Ok(())
}

fn table(group: &GroupDescription, verbose: bool) -> Table {
    let coordinator = &group.coordinator;
    let assignor = if group.assignor.is_empty() { MISSING } else { &group.assignor };
    let mut columns = vec![
        Growing("GROUP", NAME_WIDTH_MIN),
        Growing("COORDINATOR (ID)", 25),
        Fixed("ASSIGNMENT-STRATEGY", 20),
        Fixed("STATE", 20),
    ];
    let mut cells = vec![
        group.group_id.clone(),
        format!("{}  ({})", coordinator.address, coordinator.id),
        assignor.to_owned(),
        group.state.to_string(),
    ];
    if verbose {
        columns.extend([Fixed("GROUP-EPOCH", 15), Fixed("TARGET-ASSIGNMENT-EPOCH", 25)]);
        cells.extend([cell(group.group_epoch), cell(group.target_assignment_epoch)]);
    }
    columns.push(Fixed("#MEMBERS", 0));
    cells.push(group.members.len().to_string());
    let mut table = Table::new(columns);
    table.push(cells);
    table
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::consumer_groups::describe::testing::{group, member};

    #[test]
    fn a_groups_state_is_a_line() {
        let mut described = group("g", vec![member("m", &[])]);
        insta::assert_snapshot!(table(&described, false).lines().join("\n"));
        described.assignor = "an-assignor-with-quite-a-long-name".to_owned();
        described.group_epoch = Some(7);
        insta::assert_snapshot!(table(&described, true).lines().join("\n"));
    }
}
