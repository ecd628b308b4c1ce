//! `--describe`: offsets, members or state of groups, by name.

mod members;
mod offsets;
mod state;

use super::list::chosen;
use super::options::{GroupsOptions, View};
use super::problem::{Problem, print_error};
use crate::java::exception::Exception;
use crate::java::hash_order::sort_as_new_map;
use crate::streams::Streams;
use ottla_client::admin::{Admin, GroupDescription, GroupState};

/// Prints what is asked for of every group that was chosen.
pub(super) async fn run(admin: &Admin, options: &GroupsOptions, streams: &mut Streams<'_>) -> Result<(), Problem> {
    let chosen = chosen(admin, options).await?;
    let groups = descriptions(admin, &chosen).await?;
    match options.view() {
        View::Offsets => offsets::run(admin, &groups, options.verbose(), streams).await,
        View::Members => members::run(&groups, options.verbose(), streams),
        View::State => state::run(&groups, options.verbose(), streams),
    }
}

/// The groups by name. One that cannot be described spoils all.
async fn descriptions(admin: &Admin, groups: &[String]) -> Result<Vec<GroupDescription>, Problem> {
    let mut outcomes = admin.describe_consumer_groups(groups).await;
    // Which of several errors is told depends on this order.
    sort_as_new_map(&mut outcomes, |(group, _)| group);
    let described = outcomes.into_iter().map(|(_, outcome)| outcome.map_err(|error| Exception::in_future(&error)));
    let mut described: Vec<_> = described.collect::<Result<_, _>>()?;
    // As Java compares texts.
    described.sort_by(|one, other| one.group_id.encode_utf16().cmp(other.group_id.encode_utf16()));
    Ok(described)
}

/// Says what is particular about the group, and whether its `rows` are to be shown.
fn announce(group: &GroupDescription, rows: usize, streams: &mut Streams<'_>) -> Result<bool, Problem> {
    let name = &group.group_id;
    match group.state {
        GroupState::Dead => {
            print_error(&format!("Consumer group '{name}' does not exist."), streams)?;
            return Ok(false);
        }
        GroupState::Empty => writeln!(streams.errors, "\nConsumer group '{name}' has no active members.")?,
        GroupState::PreparingRebalance
        | GroupState::CompletingRebalance
        | GroupState::Assigning
        | GroupState::Reconciling => {
            writeln!(streams.errors, "\nWarning: Consumer group '{name}' is rebalancing.")?;
        }
        GroupState::Stable => {}
        state @ (GroupState::Unknown | GroupState::NotReady) => {
            let message = format!("Expected a valid consumer group state, but found '{state}'.");
            return Err(Exception::new("org.apache.kafka.common.KafkaException", message).into());
        }
    }
    Ok(rows > 0)
}

#[cfg(test)]
mod testing {
    //! Groups to be described.

    use ottla_client::Broker;
    use ottla_client::admin::{GroupDescription, GroupMember, GroupState, GroupType};
    use ottla_client::config::Address;
    use ottla_model::{BrokerId, PartitionIndex, TopicName, TopicPartition};

    pub fn partition(text: &str) -> TopicPartition {
        let (topic, partition) = text.rsplit_once('-').unwrap();
        TopicPartition {
            topic: TopicName::new(topic).unwrap(),
            partition: PartitionIndex::new(partition.parse().unwrap()),
        }
    }

    pub fn member(name: &str, assignment: &[&str]) -> GroupMember {
        let mut assignment: Vec<_> = assignment.iter().map(|text| partition(text)).collect();
        assignment.sort();
        GroupMember {
            member_id: name.to_owned(),
            instance_id: None,
            client_id: format!("client-of-{name}"),
            client_host: "/127.0.0.1".to_owned(),
            assignment,
            target_assignment: None,
            member_epoch: None,
            speaks_consumer_protocol: None,
        }
    }

    pub fn group(name: &str, members: Vec<GroupMember>) -> GroupDescription {
        GroupDescription {
            group_id: name.to_owned(),
            group_type: GroupType::Classic,
            state: GroupState::Stable,
            assignor: "range".to_owned(),
            members,
            coordinator: Broker {
                id: BrokerId::new(1),
                address: Address { host: "localhost".to_owned(), port: 9092 },
                rack: None,
            },
            group_epoch: None,
            target_assignment_epoch: None,
        }
    }
}
