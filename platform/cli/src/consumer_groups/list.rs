//! `--list`, and the groups that `--all-groups` means.

use super::NAME_WIDTH_MIN;
use super::options::GroupsOptions;
use super::problem::Problem;
use crate::java::exception::Exception;
use crate::java::hash_order::sort_as_new_map;
use crate::java::text::{length, padded, split};
use crate::streams::Streams;
use ottla_client::ClientError;
use ottla_client::admin::{Admin, GroupFilter, GroupListing, GroupState, GroupType};

/// What the column of names has beyond the longest of them.
const GAP_BEHIND_NAMES: usize = 10;
const VALUE_WIDTH: usize = 20;

/// The states that consumer groups can have, to be chosen from.
const STATES: [GroupState; 7] = [
    GroupState::PreparingRebalance,
    GroupState::CompletingRebalance,
    GroupState::Stable,
    GroupState::Dead,
    GroupState::Empty,
    GroupState::Assigning,
    GroupState::Reconciling,
];
/// The types that consumer groups can have, to be chosen from.
const TYPES: [GroupType; 2] = [GroupType::Classic, GroupType::Consumer];

/// Prints the names of the groups, or a table if states or types are asked for.
pub(super) async fn run(admin: &Admin, options: &GroupsOptions, streams: &mut Streams<'_>) -> Result<(), Problem> {
    if !options.shows_type() && !options.shows_state() {
        for group in all(admin).await? {
            writeln!(streams.output, "{group}")?;
        }
        return Ok(());
    }
    let filter = GroupFilter {
        types: types(options.types()?)?,
        states: states(options.states()?)?,
        ..GroupFilter::consumer_groups()
    };
    let listings = listings(admin, &filter).await.map_err(|error| Exception::in_future(&error))?;
    let names = listings.iter().map(|group| length(&group.group_id));
    let width = names.fold(NAME_WIDTH_MIN, usize::max) + GAP_BEHIND_NAMES;
    let mut print = |name: &str, group_type: &str, state: &str| {
        let mut line = padded(name, width);
        for (shown, value) in [(options.shows_type(), group_type), (options.shows_state(), state)] {
            if shown {
                line = format!("{line} {}", padded(value, VALUE_WIDTH));
            }
        }
        writeln!(streams.output, "{line}")
    };
    print("GROUP", "TYPE", "STATE")?;
    for group in &listings {
        let group_type = group.group_type.unwrap_or(GroupType::Unknown);
        let state = group.state.unwrap_or(GroupState::Unknown);
        print(&group.group_id, group_type.name(), state.name())?;
    }
    Ok(())
}

/// The names of all consumer groups.
pub(super) async fn all(admin: &Admin) -> Result<Vec<String>, Problem> {
    let listings = listings(admin, &GroupFilter::consumer_groups()).await;
    let listings = listings.map_err(|error| Exception::in_future(&error).unchecked())?;
    Ok(listings.into_iter().map(|group| group.group_id).collect())
}

/// The names of the groups to act on.
pub(super) async fn chosen(admin: &Admin, options: &GroupsOptions) -> Result<Vec<String>, Problem> {
    match options.groups() {
        Some(named) => Ok(named.into_iter().map(str::to_owned).collect()),
        None => all(admin).await,
    }
}

async fn listings(admin: &Admin, filter: &GroupFilter) -> Result<Vec<GroupListing>, ClientError> {
    let mut listings = admin.list_groups(filter).await?;
    sort_as_new_map(&mut listings, |group| &group.group_id);
    Ok(listings)
}

/// States with commas between; none for the empty text.
fn states(text: &str) -> Result<Vec<GroupState>, Problem> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let states: Vec<_> = split(text, ',').into_iter().map(|name| GroupState::parse(name.trim())).collect();
    if states.iter().all(|state| STATES.contains(state)) {
        return Ok(states);
    }
    let valid = STATES.map(GroupState::name).join(", ");
    Err(Problem::Usage(format!("Invalid state list '{text}'. Valid states are: {valid}")))
}

/// Types with commas between; none for the empty text.
fn types(text: &str) -> Result<Vec<GroupType>, Problem> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let types: Vec<_> = split(text, ',').into_iter().map(|name| GroupType::parse(name.trim())).collect();
    if types.iter().all(|group_type| TYPES.contains(group_type)) {
        return Ok(types);
    }
    let valid = TYPES.map(GroupType::name).join(", ");
    Err(Problem::Usage(format!("Invalid types list '{text}'. Valid types are: {valid}")))
}

#[cfg(test)]
mod tests {
    use super::{states, types};
    use crate::consumer_groups::problem::Problem;
    use ottla_client::admin::{GroupState, GroupType};

    #[test]
    fn states_and_types_are_read_in_any_case() {
        assert_eq!(states("stable, EMPTY,").unwrap(), [GroupState::Stable, GroupState::Empty]);
        assert_eq!(types("Classic,consumer").unwrap(), [GroupType::Classic, GroupType::Consumer]);
        assert!(states("").unwrap().is_empty());
    }

    #[test]
    fn what_consumer_groups_cannot_be_is_refused() {
        let Err(Problem::Usage(message)) = states("stable,NotReady") else { panic!("a state of streams groups") };
        assert!(message.starts_with("Invalid state list 'stable,NotReady'. Valid states are: "), "{message}");
        let Err(Problem::Usage(message)) = types("share") else { panic!("no type of consumer groups") };
        assert_eq!(message, "Invalid types list 'share'. Valid types are: Classic, Consumer");
    }
}
