//! `--delete`.

use super::list::chosen;
use super::options::GroupsOptions;
use super::problem::{Problem, print_error};
use crate::java::exception::Exception;
use crate::java::hash_order::sort_as_new_map;
use crate::streams::Streams;
use ottla_client::admin::Admin;

/// Deletes every group that was chosen, and says which could not be.
pub(super) async fn run(admin: &Admin, options: &GroupsOptions, streams: &mut Streams<'_>) -> Result<(), Problem> {
    let groups = chosen(admin, options).await?;
    let mut outcomes = admin.delete_consumer_groups(&groups).await;
    sort_as_new_map(&mut outcomes, |(group, _)| group);
    let deleted: Vec<_> =
        outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).map(|(group, _)| format!("'{group}'")).collect();
    let deleted = deleted.join(", ");
    let mut failed = outcomes.iter().filter_map(|(group, outcome)| Some((group, outcome.as_ref().err()?))).peekable();
    if failed.peek().is_none() {
        writeln!(streams.output, "Deletion of requested consumer groups ({deleted}) was successful.")?;
        return Ok(());
    }
    print_error("Deletion of some consumer groups failed:", streams)?;
    for (group, error) in failed {
        let reason = Exception::from(error);
        writeln!(streams.output, "* Group '{group}' could not be deleted due to: {reason}")?;
    }
    if !deleted.is_empty() {
        writeln!(streams.output, "\nThese consumer groups were deleted successfully: {deleted}")?;
    }
    Ok(())
}
