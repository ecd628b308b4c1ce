//! What is said of transactions to those who look on: DescribeTransactions, ListTransactions.

use super::TransactionState;
use super::records::TransactionMetadata;
use ottla_model::{ProducerEpoch, ProducerId, Timestamp, TopicPartition};
use regex::Regex;

/// What DescribeTransactions tells of a transactional id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedTransaction {
    /// The transactional id.
    pub transactional_id: String,
    /// How far it is.
    pub state: TransactionState,
    /// The producer's id.
    pub producer_id: ProducerId,
    /// The producer's epoch.
    pub producer_epoch: ProducerEpoch,
    /// How long a transaction may take, in milliseconds.
    pub timeout: i32,
    /// When the transaction began; `None` if there was none since the producer came (the wire says -1).
    pub start: Option<Timestamp>,
    /// What is part of the transaction, in order; when its end is decided, those that do not know yet.
    pub partitions: Vec<TopicPartition>,
}

/// Which transactional ids ListTransactions asks for. What is empty filters nothing.
#[derive(Debug, Clone, Default)]
pub struct TransactionFilter {
    /// Names of states, as they are written. Unknown names match nothing; see [`Self::unknown_states`].
    pub states: Vec<String>,
    /// The producer ids.
    pub producer_ids: Vec<ProducerId>,
    /// The transaction has been going on for more milliseconds than these (version 1). Where there was none yet, the time
    /// counts from the beginning of time, as in Kafka.
    pub longer_than: Option<i64>,
    /// What the transactional id looks like (version 2).
    pub pattern: Option<TransactionalIdPattern>,
}

/// A regular expression (RE2) for whole transactional ids (KIP-1152).
#[derive(Debug, Clone)]
pub struct TransactionalIdPattern(Regex);

/// What ListTransactions tells of a transactional id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTransaction {
    /// The transactional id.
    pub transactional_id: String,
    /// The producer's id.
    pub producer_id: ProducerId,
    /// How far it is.
    pub state: TransactionState,
}

/// A pattern that is no regular expression. `INVALID_REGULAR_EXPRESSION`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Transaction ID pattern `{pattern}` is not a valid regular expression: {reason}.")]
pub struct InvalidPattern {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl TransactionalIdPattern {
    /// Understands a pattern. An empty one matches everything: `None`.
    ///
    /// # Errors
    /// It is no regular expression, or too large a one.
    pub fn compile(pattern: &str) -> Result<Option<Self>, InvalidPattern> {
        if pattern.is_empty() {
            return Ok(None);
        }
        let invalid = |error: regex::Error| InvalidPattern {
            pattern: pattern.to_owned(),
            reason: match error {
                regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
                // The parser draws a picture of several lines; the last one says what is wrong.
                error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
            },
        };
        // By itself first: a stray parenthesis must not close the one that is put around it.
        Regex::new(pattern).map_err(invalid)?;
        Regex::new(&format!("^(?:{pattern})$")).map(|regex| Some(Self(regex))).map_err(invalid)
    }

    fn matches(&self, transactional_id: &str) -> bool {
        self.0.is_match(transactional_id)
    }
}

impl TransactionFilter {
    /// The names that no state has, which the answer repeats.
    pub fn unknown_states(&self) -> Vec<String> {
        // Kafka knows these names too, although no transaction is ever seen under them.
        const NEVER_SEEN: [&str; 2] = ["Dead", "PrepareEpochFence"];
        let is_known = |name: &str| {
            TransactionState::ALL.into_iter().any(|state| state.name() == name) || NEVER_SEEN.contains(&name)
        };
        self.states.iter().filter(|name| !is_known(name)).cloned().collect()
    }

    /// Whether a transactional id is asked for.
    pub(super) fn matches(&self, transactional_id: &str, metadata: &TransactionMetadata, now: Timestamp) -> bool {
        const NO_TRANSACTION: Timestamp = Timestamp::new(-1);
        let is_among = |names: &[String]| names.iter().any(|name| name == metadata.state.name());
        let took = now.milliseconds_since(metadata.start.unwrap_or(NO_TRANSACTION));
        (self.states.is_empty() || is_among(&self.states))
            && (self.producer_ids.is_empty() || self.producer_ids.contains(&metadata.producer_id))
            && self.longer_than.is_none_or(|least| took > least)
            && self.pattern.as_ref().is_none_or(|pattern| pattern.matches(transactional_id))
    }
}
