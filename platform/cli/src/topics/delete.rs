//! `--delete`.

use super::options::TopicsOptions;
use super::{Problem, select};
use ottla_client::admin::Admin;

/// Deletes every topic that was chosen.
pub(super) async fn run(admin: &Admin, options: &TopicsOptions) -> Result<(), Problem> {
    let names = select::names(admin, options).await?;
    select::ensure_found(&names, options)?;
    if names.is_empty() {
        return Ok(());
    }
    for (_, outcome) in admin.delete_topics(&names).await? {
        outcome?;
    }
    Ok(())
}
