//! Where offsets are reset to.

use super::plan::{self, Plan};
use super::{Committed, committed, csv};
use crate::consumer_groups::options::{GroupsOptions, Target};
use crate::consumer_groups::partitions::{ends, offsets};
use crate::consumer_groups::problem::{Problem, print_error};
use crate::java::exception::Exception;
use crate::java::{date_time, duration};
use crate::log;
use crate::streams::Streams;
use ottla_client::admin::{Admin, OffsetSpec};
use ottla_model::{Timestamp, TopicPartition};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

const NANOSECONDS_PER_MILLISECOND: i128 = 1_000_000;

/// The new offsets of a group's partitions.
pub(super) async fn plan(
    admin: &Admin,
    options: &GroupsOptions,
    group: &str,
    partitions: Vec<TopicPartition>,
    streams: &mut Streams<'_>,
) -> Result<Plan, Problem> {
    match options.target()? {
        Target::Offset(offset) => {
            let wanted = partitions.into_iter().map(|partition| (partition, offset)).collect();
            within_logs(admin, once_each(wanted)?, streams).await
        }
        Target::Earliest => everywhere(admin, partitions, OffsetSpec::Earliest).await,
        Target::Latest => everywhere(admin, partitions, OffsetSpec::Latest).await,
        Target::ShiftBy(by) => {
            let wanted = shifted(partitions, &committed(admin, group).await?, by)?;
            within_logs(admin, once_each(wanted)?, streams).await
        }
        Target::DateTime(text) => {
            let time = date_time::parse(text).map_err(|exception| exception.unchecked())?;
            by_time(admin, partitions, time, streams).await
        }
        Target::Duration(text) => {
            let time = time_before_now(text)?;
            by_time(admin, partitions, time, streams).await
        }
        Target::File(path) => from_file(admin, options, group, path, streams).await,
        Target::Current => current(admin, partitions, &committed(admin, group).await?).await,
    }
}

/// Refuses partitions that were named twice, as Java does when it makes a map of them.
fn once_each(wanted: Vec<(TopicPartition, i64)>) -> Result<Vec<(TopicPartition, i64)>, Problem> {
    let mut seen = BTreeSet::new();
    match wanted.iter().find(|(partition, _)| !seen.insert(partition)) {
        Some((twice, offset)) => Err(duplicate(twice, &offset.to_string())),
        None => Ok(wanted),
    }
}

fn duplicate(partition: &TopicPartition, value: &str) -> Problem {
    let message = format!("Duplicate key {partition} (attempted merging values {value} and {value})");
    Exception::new("java.lang.IllegalStateException", message).into()
}

async fn everywhere(admin: &Admin, partitions: Vec<TopicPartition>, spec: OffsetSpec) -> Result<Plan, Problem> {
    refuse_duplicates(&partitions, spec)?;
    let found = offsets(admin, &partitions, spec).await?;
    Ok(in_order(partitions, |partition| found.get(partition).copied().flatten()))
}

fn refuse_duplicates(partitions: &[TopicPartition], spec: OffsetSpec) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    match partitions.iter().find(|partition| !seen.insert(*partition)) {
        Some(twice) => Err(duplicate(twice, java_class(spec))),
        None => Ok(()),
    }
}

fn java_class(spec: OffsetSpec) -> &'static str {
    match spec {
        OffsetSpec::Earliest => "org.apache.kafka.clients.admin.OffsetSpec$EarliestSpec",
        OffsetSpec::Latest => "org.apache.kafka.clients.admin.OffsetSpec$LatestSpec",
        _ => "org.apache.kafka.clients.admin.OffsetSpec$TimestampSpec",
    }
}

fn in_order(partitions: Vec<TopicPartition>, offset: impl Fn(&TopicPartition) -> Option<i64>) -> Plan {
    let found = |partition: TopicPartition| offset(&partition).map(|offset| (partition, offset));
    Plan::new(partitions.into_iter().filter_map(found).collect())
}

/// Offsets outside a partition's log are moved to its nearest end.
async fn within_logs(
    admin: &Admin,
    wanted: Vec<(TopicPartition, i64)>,
    streams: &mut Streams<'_>,
) -> Result<Plan, Problem> {
    let partitions: Vec<_> = wanted.iter().map(|(partition, _)| partition.clone()).collect();
    let starts = offsets(admin, &partitions, OffsetSpec::Earliest).await?;
    let ends = ends(admin, &partitions).await?;
    let mut allowed = Vec::new();
    for (partition, offset) in wanted {
        let start = starts.get(&partition).copied().flatten().unwrap_or(offset);
        let end = ends.get(&partition).copied().unwrap_or(offset);
        let (found, complaint) = match offset {
            _ if offset > end => (end, "higher than latest"),
            _ if offset < start => (start, "lower than earliest"),
            _ => (offset, ""),
        };
        if !complaint.is_empty() {
            let message = format!(
                "New offset ({offset}) is {complaint} offset for topic partition {partition}. \
                 Value will be set to {found}"
            );
            writeln!(streams.errors, "{}", log::line("WARN", &message, "org.apache.kafka.tools.OffsetsUtils"))?;
        }
        allowed.push((partition, found));
    }
    Ok(Plan::new(allowed))
}

fn shifted(
    partitions: Vec<TopicPartition>,
    committed: &Committed,
    by: i64,
) -> Result<Vec<(TopicPartition, i64)>, Problem> {
    let shift = |partition: TopicPartition| match committed.get(&partition) {
        Some(current) => {
            let offset = current.offset.value().wrapping_add(by);
            Ok((partition, offset))
        }
        None => Err(Problem::Usage(format!(
            "Cannot shift offset for partition {partition} since there is no current committed offset"
        ))),
    };
    partitions.into_iter().map(shift).collect()
}

/// Milliseconds since 1970, so long ago.
fn time_before_now(text: &str) -> Result<i64, Problem> {
    let ago = duration::parse(text)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let then = i128::try_from(now.as_nanos()).unwrap_or(i128::MAX) - ago;
    let milliseconds = i64::try_from(then.div_euclid(NANOSECONDS_PER_MILLISECOND));
    Ok(milliseconds.map_err(|_| Exception::new("java.lang.ArithmeticException", "long overflow"))?)
}

/// The first record of that time or later; the end where there is none.
async fn by_time(
    admin: &Admin,
    partitions: Vec<TopicPartition>,
    time: i64,
    streams: &mut Streams<'_>,
) -> Result<Plan, Problem> {
    let spec = OffsetSpec::At(Timestamp::new(time));
    refuse_duplicates(&partitions, spec)?;
    let found = offsets(admin, &partitions, spec).await?;
    let mut without: Vec<TopicPartition> =
        found.iter().filter(|(_, offset)| offset.is_none()).map(|(partition, _)| partition.clone()).collect();
    plan::sort(&mut without, |partition| (partition.topic.as_str(), partition.partition.value()));
    for partition in &without {
        writeln!(
            streams.output,
            "\nWarn: Partition {} from topic {} is empty. Falling back to latest known offset.",
            partition.partition, partition.topic
        )?;
    }
    let ends = ends(admin, &without).await?;
    Ok(in_order(partitions, |partition| found.get(partition).copied().flatten().or(ends.get(partition).copied())))
}

/// The committed offset; the end where there is none.
async fn current(
    admin: &Admin,
    partitions: Vec<TopicPartition>,
    committed: &BTreeMap<TopicPartition, ottla_client::admin::CommittedOffset>,
) -> Result<Plan, Problem> {
    let (with, without): (Vec<_>, Vec<_>) =
        partitions.into_iter().partition(|partition| committed.contains_key(partition));
    let mut seen = BTreeSet::new();
    if let Some(twice) = with.iter().find(|partition| !seen.insert(*partition)) {
        let offset = committed.get(twice).map(|current| current.offset.value()).unwrap_or_default();
        let value = format!("OffsetAndMetadata{{offset={offset}, leaderEpoch=null, metadata=''}}");
        return Err(duplicate(twice, &value));
    }
    refuse_duplicates(&without, OffsetSpec::Latest)?;
    let ends = ends(admin, &without).await?;
    let all = with.into_iter().chain(without).collect();
    Ok(in_order(all, |partition| match committed.get(partition) {
        Some(current) => Some(current.offset.value()),
        None => ends.get(partition).copied(),
    }))
}

async fn from_file(
    admin: &Admin,
    options: &GroupsOptions,
    group: &str,
    path: &str,
    streams: &mut Streams<'_>,
) -> Result<Plan, Problem> {
    let text = std::fs::read(path)
        .map_err(|_| Exception::new("java.io.IOException", format!("Unable to read file {path}")).unchecked())?;
    let only_group = options.names_one_group().then_some(group);
    let mut plans = csv::read(&String::from_utf8_lossy(&text), only_group)?;
    match plans.remove(group) {
        Some(wanted) => within_logs(admin, wanted.into_iter().collect(), streams).await,
        None => {
            print_error(&format!("No reset plan for group {group} found"), streams)?;
            Ok(Plan::default())
        }
    }
}
