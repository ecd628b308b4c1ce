//! `--alter`: more partitions.

use super::options::TopicsOptions;
use super::{Problem, create, select};
use ottla_client::admin::{Admin, MorePartitions};

/// Gives every topic that was chosen so many partitions in all.
pub(super) async fn run(admin: &Admin, options: &TopicsOptions) -> Result<(), Problem> {
    let total = options.partitions()?.unwrap_or_default();
    let assignment = options.replica_assignment()?;
    create::configs(options)?;
    let names = select::names(admin, options).await?;
    select::ensure_found(&names, options)?;
    if names.is_empty() {
        return Ok(());
    }
    let mut wanted = Vec::new();
    for (name, description) in admin.describe_topics(&names, options.partitions_per_answer()?).await? {
        let existing = description?.partitions.len();
        // The assignment names all partitions, those that exist already first.
        let added = assignment.get(existing..).map(<[_]>::to_vec).unwrap_or_default();
        let assignment = (!assignment.is_empty()).then_some(added);
        wanted.push(MorePartitions { topic: name, total, assignment });
    }
    for (_, outcome) in admin.create_partitions(&wanted).await? {
        outcome?;
    }
    Ok(())
}
