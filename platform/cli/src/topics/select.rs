//! Which topics an action is about.

use super::Problem;
use super::options::TopicsOptions;
use crate::topic_filter::{TopicFilter, is_internal};
use ottla_client::admin::Admin;

/// The names of the topics that `--topic` chooses, by name; all if it is absent.
pub(super) async fn names(admin: &Admin, options: &TopicsOptions) -> Result<Vec<String>, Problem> {
    let pattern = options.topic()?;
    let topics = admin.list_topics().await?;
    let exclude_internal = options.exclude_internal();
    let filter = pattern
        .map(TopicFilter::new)
        .transpose()
        .map_err(|message| Problem { message, exception: "java.lang.RuntimeException".to_owned() })?;
    let mut chosen: Vec<String> = topics
        .into_iter()
        .map(|topic| topic.name)
        .filter(|name| match &filter {
            Some(filter) => filter.allows(name, exclude_internal),
            None => !(exclude_internal && is_internal(name)),
        })
        .collect();
    chosen.sort();
    Ok(chosen)
}

/// Refuses to do nothing where a topic was named and none was found.
pub(super) fn ensure_found(found: &[String], options: &TopicsOptions) -> Result<(), Problem> {
    match options.topic()? {
        Some(name) if !name.is_empty() && found.is_empty() && !options.if_exists() => {
            Err(Problem::illegal_argument(format!("Topic '{name}' does not exist as expected")))
        }
        _ => Ok(()),
    }
}
