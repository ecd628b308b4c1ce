//! `--replica-assignment 1:2,2:3`: brokers by partition.

use super::Problem;
use crate::java::text::{parse_int, split};
use ottla_model::BrokerId;

/// The replicas of each partition, the preferred leader first.
pub(super) type ReplicaAssignment = Vec<Vec<BrokerId>>;

/// Reads it. Every partition must have as many replicas as the first, each on another broker.
pub(super) fn parse(text: &str) -> Result<ReplicaAssignment, Problem> {
    let mut assignment = ReplicaAssignment::new();
    for (index, partition) in split(text, ',').into_iter().enumerate() {
        let ids: Result<Vec<i32>, String> = split(partition, ':').into_iter().map(|id| parse_int(id.trim())).collect();
        let ids =
            ids.map_err(|message| Problem { message, exception: "java.lang.NumberFormatException".to_owned() })?;
        let mut duplicates: Vec<i32> =
            ids.iter().enumerate().filter(|(at, id)| ids[..*at].contains(id)).map(|(_, id)| *id).collect();
        duplicates.sort_unstable();
        duplicates.dedup();
        if !duplicates.is_empty() {
            let list: Vec<_> = duplicates.iter().map(i32::to_string).collect();
            return Err(Problem {
                message: format!("Partition replica lists may not contain duplicate entries: {}", list.join(",")),
                exception: "org.apache.kafka.tools.AdminCommandFailedException".to_owned(),
            });
        }
        if assignment.first().is_some_and(|first| first.len() != ids.len()) {
            return Err(Problem {
                message: format!("Partition {index} has different replication factor: {ids:?}"),
                exception: "org.apache.kafka.tools.AdminOperationException".to_owned(),
            });
        }
        assignment.push(ids.into_iter().map(BrokerId::new).collect());
    }
    Ok(assignment)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use ottla_model::BrokerId;

    #[test]
    fn brokers_by_partition() {
        let ids = |ids: &[i32]| ids.iter().copied().map(BrokerId::new).collect::<Vec<_>>();
        assert_eq!(parse("5:4,3: 2 ,1:0").unwrap(), [ids(&[5, 4]), ids(&[3, 2]), ids(&[1, 0])]);
    }

    #[test]
    fn nonsense_is_named() {
        for (text, message) in [
            ("1:2,1:1", "Partition replica lists may not contain duplicate entries: 1"),
            ("1:2,3", "Partition 1 has different replication factor: [3]"),
            ("1:x", "For input string: \"x\""),
            ("", "For input string: \"\""),
        ] {
            assert_eq!(parse(text).unwrap_err().message, message);
        }
    }
}
