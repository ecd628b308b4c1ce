//! `--describe --offsets`: partitions, who has them, and how far behind they are.

use super::announce;
use crate::consumer_groups::partitions::{ends, partitions_without_leader};
use crate::consumer_groups::problem::Problem;
use crate::consumer_groups::table::Column::{Fixed, Growing};
use crate::consumer_groups::table::{Table, cell};
use crate::consumer_groups::{MISSING, NAME_WIDTH_MIN};
use crate::java::exception::Exception;
use crate::streams::Streams;
use ottla_client::admin::{Admin, CommittedOffset, GroupDescription, GroupMember};
use ottla_model::TopicPartition;
use std::collections::{BTreeMap, BTreeSet};

type Committed = BTreeMap<TopicPartition, Option<CommittedOffset>>;

/// A group's partitions, each with who has it.
type Owned<'a> = Vec<(TopicPartition, Option<&'a GroupMember>)>;

/// A partition's line.
struct Row<'a> {
    partition: TopicPartition,
    owner: Option<&'a GroupMember>,
    committed: Option<CommittedOffset>,
    log_end_offset: Option<i64>,
}

/// Prints a table for each group.
pub(super) async fn run(
    admin: &Admin,
    groups: &[GroupDescription],
    verbose: bool,
    streams: &mut Streams<'_>,
) -> Result<(), Problem> {
    let mut tables = Vec::new();
    for group in groups {
        let committed = admin.list_consumer_group_offsets(&group.group_id, None).await;
        let committed = committed.map_err(|error| Exception::in_future(&error).unchecked())?;
        tables.push((group, table(group, &rows(admin, group, committed).await?, verbose)));
    }
    for (group, table) in tables {
        if announce(group, table.len(), streams)? {
            for line in table.lines() {
                write!(streams.output, "\n{line}")?;
            }
            writeln!(streams.output)?;
        }
    }
    Ok(())
}

async fn rows<'a>(
    admin: &Admin,
    group: &'a GroupDescription,
    mut committed: Committed,
) -> Result<Vec<Row<'a>>, Problem> {
    let owned = by_owner(group, &committed);
    let partitions: Vec<TopicPartition> = owned.iter().map(|(partition, _)| partition.clone()).collect();
    let leaderless = partitions_without_leader(admin, &partitions).await?;
    let led: Vec<_> = partitions.into_iter().filter(|partition| !leaderless.contains(partition)).collect();
    let ends = ends(admin, &led).await?;
    let row = |(partition, owner): (TopicPartition, Option<&'a GroupMember>)| Row {
        committed: committed.remove(&partition).flatten(),
        log_end_offset: ends.get(&partition).copied(),
        owner,
        partition,
    };
    Ok(owned.into_iter().map(row).collect())
}

/// Members by how many partitions they have, most first, each with its partitions in order; then the partitions that
/// nobody has but that something is committed for.
fn by_owner<'a>(group: &'a GroupDescription, committed: &Committed) -> Owned<'a> {
    let mut members: Vec<&GroupMember> = group.members.iter().collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.assignment.len()));
    let mut owned: Owned<'a> = Vec::new();
    for member in members {
        owned.extend(member.assignment.iter().map(|partition| (partition.clone(), Some(member))));
    }
    let taken: BTreeSet<TopicPartition> = owned.iter().map(|(partition, _)| partition.clone()).collect();
    let free = committed.keys().filter(|partition| !taken.contains(partition));
    owned.extend(free.map(|partition| (partition.clone(), None)));
    owned
}

fn table(group: &GroupDescription, rows: &[Row<'_>], verbose: bool) -> Table {
    let mut columns = vec![
        Growing("GROUP", NAME_WIDTH_MIN),
        Growing("TOPIC", NAME_WIDTH_MIN),
        Fixed("PARTITION", 10),
        Fixed("LEADER-EPOCH", 15),
        Fixed("CURRENT-OFFSET", 15),
        Fixed("LOG-END-OFFSET", 15),
        Fixed("LAG", 15),
        Growing("CONSUMER-ID", NAME_WIDTH_MIN),
        Growing("HOST", NAME_WIDTH_MIN),
        Fixed("CLIENT-ID", 0),
    ];
    const LEADER_EPOCH: usize = 3;
    if !verbose {
        columns.remove(LEADER_EPOCH);
    }
    let mut table = Table::new(columns);
    for row in rows {
        let offset = row.committed.as_ref().map(|committed| committed.offset.value());
        let lag = offset.zip(row.log_end_offset).map(|(offset, end)| end.saturating_sub(offset));
        let of_owner = |part: fn(&GroupMember) -> &str| row.owner.map_or(MISSING, part).to_owned();
        let mut cells = vec![
            group.group_id.clone(),
            row.partition.topic.to_string(),
            row.partition.partition.to_string(),
            cell(row.committed.as_ref().and_then(|committed| committed.leader_epoch)),
            cell(offset),
            cell(row.log_end_offset),
            cell(lag),
            of_owner(|owner| &owner.member_id),
            of_owner(|owner| &owner.client_host),
            of_owner(|owner| &owner.client_id),
        ];
        if !verbose {
            cells.remove(LEADER_EPOCH);
        }
        table.push(cells);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{Committed, Row, by_owner, table};
    use crate::consumer_groups::describe::testing::{group, member, partition};
    use ottla_client::admin::CommittedOffset;
    use ottla_model::{LeaderEpoch, Offset};

    #[test]
    fn whoever_has_most_comes_first_and_nobodys_partitions_last() {
        let group = group("g", vec![member("few", &["t-0"]), member("none", &[]), member("most", &["t-2", "t-1"])]);
        let at = |name: &str| (partition(name), Some(CommittedOffset::at(Offset::new(1))));
        let committed: Committed = [at("t-1"), at("t-3"), at("a-0")].into();
        let shown: Vec<_> = by_owner(&group, &committed)
            .into_iter()
            .map(|(partition, owner)| format!("{partition} {}", owner.map_or("-", |owner| &owner.member_id)))
            .collect();
        assert_eq!(shown, ["t-1 most", "t-2 most", "t-0 few", "a-0 -", "t-3 -"]);
    }

    #[test]
    fn what_is_not_known_is_a_dash() {
        let described = group("g", vec![member("m", &["t-0"])]);
        let committed = CommittedOffset {
            offset: Offset::new(3),
            leader_epoch: Some(LeaderEpoch::new(2)),
            metadata: String::new(),
        };
        let rows = [
            Row {
                partition: partition("t-0"),
                owner: Some(&described.members[0]),
                committed: Some(committed.clone()),
                log_end_offset: Some(10),
            },
            Row { partition: partition("t-1"), owner: None, committed: None, log_end_offset: Some(4) },
            Row { partition: partition("t-2"), owner: None, committed: Some(committed), log_end_offset: None },
        ];
        insta::assert_snapshot!(table(&described, &rows, false).lines().join("\n"));
        insta::assert_snapshot!(table(&described, &rows, true).lines().join("\n"));
    }
}
