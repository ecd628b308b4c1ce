//! `--list`.

use super::options::TopicsOptions;
use super::{Problem, select};
use crate::streams::Streams;
use ottla_client::admin::Admin;

/// Prints the names, one per line; without any, an empty line.
pub(super) async fn run(admin: &Admin, options: &TopicsOptions, streams: &mut Streams<'_>) -> Result<(), Problem> {
    let names = select::names(admin, options).await?;
    writeln!(streams.output, "{}", names.join("\n"))?;
    Ok(())
}
