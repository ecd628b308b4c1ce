//! `--topic orders:0,1`: a topic, perhaps with some of its partitions.

use super::problem::Problem;
use crate::java::text::split;

/// What `--topic` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TopicArgument<'a> {
    /// All partitions of that topic. It need not be a legal name.
    Topic(&'a str),
    /// These partitions.
    Partitions(Vec<(&'a str, i32)>),
}

/// Reads it.
pub(super) fn parse(text: &str) -> Result<TopicArgument<'_>, Problem> {
    if !text.contains(':') {
        return Ok(TopicArgument::Topic(text));
    }
    let [topic, partitions] = split(text, ':')[..] else {
        return Err(Problem::Usage(format!("Invalid topic arg '{text}', expected topic name and partitions")));
    };
    let partition = |number: &str| match number.parse() {
        Ok(number) => Ok((topic, number)),
        // The last quote is Kafka's.
        Err(_) => Err(Problem::Usage(format!("Invalid partition '{number}' specified in topic arg '{text}''"))),
    };
    Ok(TopicArgument::Partitions(split(partitions, ',').into_iter().map(partition).collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::{TopicArgument, parse};
    use crate::consumer_groups::problem::Problem;

    #[test]
    fn partitions_stand_behind_a_colon() {
        assert_eq!(parse("orders").unwrap(), TopicArgument::Topic("orders"));
        assert_eq!(parse("orders:0,7,").unwrap(), TopicArgument::Partitions(vec![("orders", 0), ("orders", 7)]));
    }

    #[test]
    fn nonsense_is_named() {
        for (text, message) in [
            ("orders:", "Invalid topic arg 'orders:', expected topic name and partitions"),
            ("orders:1:2", "Invalid topic arg 'orders:1:2', expected topic name and partitions"),
            ("orders:0,x", "Invalid partition 'x' specified in topic arg 'orders:0,x''"),
        ] {
            let Err(Problem::Usage(said)) = parse(text) else { panic!("{text} was taken") };
            assert_eq!(said, message);
        }
    }
}
