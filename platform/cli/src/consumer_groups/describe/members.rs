//! `--describe --members`.

use super::announce;
use crate::consumer_groups::problem::Problem;
use crate::consumer_groups::table::Column::{Fixed, Growing};
use crate::consumer_groups::table::{Table, cell};
use crate::consumer_groups::{MISSING, NAME_WIDTH_MIN};
use crate::streams::Streams;
use ottla_client::admin::{GroupDescription, GroupMember};
use ottla_model::TopicPartition;

/// Prints a table for each group; of a group without members, or that does not exist, the headings.
pub(super) fn run(groups: &[GroupDescription], verbose: bool, streams: &mut Streams<'_>) -> Result<(), Problem> {
    for group in groups {
        announce(group, group.members.len(), streams)?;
        writeln!(streams.output)?;
        for line in lines(group, verbose) {
            writeln!(streams.output, "{line}")?;
        }
    }
    Ok(())
}

/// Whether members of both protocols are in the group.
fn is_migrating(group: &GroupDescription) -> bool {
    let has = |newer: bool| group.members.iter().any(|member| member.speaks_consumer_protocol == Some(newer));
    has(true) && has(false)
}

fn lines(group: &GroupDescription, verbose: bool) -> Vec<String> {
    let shows_instances =
        group.members.iter().any(|member| member.instance_id.as_deref().is_some_and(|id| !id.is_empty()));
    let is_migrating = is_migrating(group);
    let mut columns = vec![Growing("GROUP", NAME_WIDTH_MIN), Growing("CONSUMER-ID", NAME_WIDTH_MIN)];
    if shows_instances {
        columns.push(Growing("GROUP-INSTANCE-ID", 17));
    }
    columns.extend([Growing("HOST", NAME_WIDTH_MIN), Growing("CLIENT-ID", NAME_WIDTH_MIN), Fixed("#PARTITIONS", 15)]);
    if verbose {
        columns.extend([
            Fixed("CURRENT-EPOCH", 15),
            Growing("CURRENT-ASSIGNMENT", 20),
            Fixed("TARGET-EPOCH", 15),
            Growing("TARGET-ASSIGNMENT", 20),
        ]);
        if is_migrating {
            columns.push(Fixed("UPGRADED", 0));
        }
    } else {
        // Something would follow if it were asked for.
        columns.push(Fixed("", 0));
    }
    let mut table = Table::new(columns);
    for member in &group.members {
        let mut cells = vec![group.group_id.clone(), member.member_id.clone()];
        if shows_instances {
            cells.push(member.instance_id.clone().unwrap_or_default());
        }
        cells.extend([member.client_host.clone(), member.client_id.clone(), member.assignment.len().to_string()]);
        if verbose {
            cells.extend(assignment_cells(group, member));
            if is_migrating {
                cells.push(cell(member.speaks_consumer_protocol));
            }
        } else {
            cells.push(String::new());
        }
        table.push(cells);
    }
    table.lines()
}

fn assignment_cells(group: &GroupDescription, member: &GroupMember) -> [String; 4] {
    [
        cell(member.member_epoch),
        assignment(&member.assignment),
        cell(group.target_assignment_epoch),
        assignment(member.target_assignment.as_deref().unwrap_or_default()),
    ]
}

/// `topic:0,1;other:2`, by topic; partitions are in order already.
fn assignment(partitions: &[TopicPartition]) -> String {
    if partitions.is_empty() {
        return MISSING.to_owned();
    }
    let mut topics = Vec::<String>::new();
    for of_topic in partitions.chunk_by(|one, other| one.topic == other.topic) {
        let indexes: Vec<_> = of_topic.iter().map(|partition| partition.partition.to_string()).collect();
        topics.extend(of_topic.first().map(|first| format!("{}:{}", first.topic, indexes.join(","))));
    }
    topics.sort();
    topics.join(";")
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::consumer_groups::describe::testing::{group, member, partition};

    #[test]
    fn members_are_lines() {
        let mut of_classic = group("g", vec![member("consumer-1", &["b-1", "a-0", "a-2"]), member("consumer-2", &[])]);
        insta::assert_snapshot!(lines(&of_classic, false).join("\n"));
        insta::assert_snapshot!(lines(&of_classic, true).join("\n"));
        of_classic.members[0].instance_id = Some("static".to_owned());
        insta::assert_snapshot!(lines(&of_classic, false).join("\n"));
    }

    #[test]
    fn a_group_on_its_way_to_the_newer_protocol_tells_who_has_got_there() {
        let mut migrating = group("g", vec![member("old", &["a-0"]), member("new", &["a-1"])]);
        migrating.target_assignment_epoch = Some(5);
        for (member, newer) in migrating.members.iter_mut().zip([false, true]) {
            member.speaks_consumer_protocol = Some(newer);
            member.member_epoch = Some(4);
            member.target_assignment = Some(vec![partition("a-7")]);
        }
        insta::assert_snapshot!(lines(&migrating, true).join("\n"));
    }
}
