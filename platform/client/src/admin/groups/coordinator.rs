//! Operations that only a group's coordinator can do.

use crate::ClientError;
use crate::admin::Admin;
use crate::cluster::Broker;
use crate::connection::Connection;
use ottla_model::{BrokerId, ErrorCode};
use ottla_protocol::messages::FindCoordinatorRequest;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio::time::{Instant, timeout_at};

/// The coordinator of groups, among the kinds of coordinators.
const KEY_TYPE_GROUP: i8 = 0;
/// From this version of FindCoordinator on many may be looked up at once (KIP-699).
const FIRST_VERSION_WITH_MANY_KEYS: i16 = 4;

/// An outcome for each group.
pub(super) type Outcomes<R> = Vec<(String, Result<R, ClientError>)>;

/// A broker that coordinates groups, and how to ask it.
pub(super) struct Coordinator {
    pub(super) broker: Broker,
    pub(super) connection: std::sync::Arc<Connection>,
}

/// What is to become of a group whose coordinator has given an error.
enum Fate {
    /// It is the answer.
    Final,
    /// The same broker may say something else in a moment.
    AskAgain,
    /// Another broker is to be asked.
    LookUpAgain,
}

fn fate(error: &ClientError) -> Fate {
    match error {
        ClientError::Disconnected(_) => Fate::LookUpAgain,
        ClientError::Refused { code, .. } => match code {
            ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable => Fate::LookUpAgain,
            ErrorCode::CoordinatorLoadInProgress | ErrorCode::RebalanceInProgress => Fate::AskAgain,
            _ => Fate::Final,
        },
        _ => Fate::Final,
    }
}

/// Whether a coordinator, this one or another, may say something else in a moment.
pub(super) fn is_passing(error: &ClientError) -> bool {
    !matches!(fate(error), Fate::Final)
}

/// What is left to do, and what has been found out.
struct Progress<R> {
    remaining: BTreeSet<String>,
    coordinators: HashMap<String, BrokerId>,
    outcomes: Outcomes<R>,
    /// Why something is left after a round.
    trouble: Option<ClientError>,
}

impl<R> Progress<R> {
    fn settle(&mut self, group: &str, outcome: Result<R, ClientError>) {
        if self.remaining.remove(group) {
            self.outcomes.push((group.to_owned(), outcome));
        }
    }

    fn settle_all(&mut self, groups: &[String], error: &ClientError) {
        groups.iter().for_each(|group| self.settle(group, Err(error.clone())));
    }

    fn take(&mut self, group: &str, answer: Result<R, ClientError>) {
        let Err(error) = answer else { return self.settle(group, answer) };
        match fate(&error) {
            Fate::Final => return self.settle(group, Err(error)),
            Fate::AskAgain => {}
            Fate::LookUpAgain => {
                self.coordinators.remove(group);
            }
        }
        self.trouble = Some(error);
    }
}

impl Admin {
    /// Asks the coordinator of each group; groups whose coordinator cannot be had, is only loading, or is the coordinator
    /// no more, are tried again until time is up. `ask` asks one broker about some of them.
    pub(super) async fn per_coordinator<R>(
        &self,
        name: &str,
        groups: &[String],
        mut ask: impl AsyncFnMut(&Coordinator, &[String]) -> Result<Outcomes<R>, ClientError>,
    ) -> Outcomes<R> {
        let mut attempts = self.cluster.attempts(format!("{name}(api=FIND_COORDINATOR)"));
        let deadline = Instant::now() + self.cluster.config.api_timeout;
        let mut progress = Progress {
            remaining: groups.iter().cloned().collect(),
            coordinators: HashMap::new(),
            outcomes: Vec::new(),
            trouble: None,
        };
        while !progress.remaining.is_empty() {
            let round = async {
                self.find_missing(&mut progress).await;
                self.ask_each(&mut progress, &mut ask).await;
            };
            let over = match timeout_at(deadline, round).await {
                Err(_) => Some(attempts.timed_out()),
                Ok(()) if progress.remaining.is_empty() => None,
                Ok(()) => {
                    let silent = || ClientError::Malformed("the answer leaves groups out".to_owned());
                    attempts.pause_after(progress.trouble.take().unwrap_or_else(silent)).await.err()
                }
            };
            if let Some(error) = over {
                let left: Vec<String> = progress.remaining.iter().cloned().collect();
                progress.settle_all(&left, &error);
            }
        }
        progress.outcomes
    }

    /// The same for one group.
    ///
    /// # Errors
    /// What its coordinator says, or that there is none in time.
    pub(super) async fn at_coordinator<R>(
        &self,
        name: &str,
        group: &str,
        mut ask: impl AsyncFnMut(&Coordinator) -> Result<R, ClientError>,
    ) -> Result<R, ClientError> {
        let groups = [group.to_owned()];
        let ask_one =
            async |coordinator: &Coordinator, _: &[String]| Ok(vec![(group.to_owned(), ask(coordinator).await)]);
        let outcome = self.per_coordinator(name, &groups, ask_one).await.pop().map(|(_, outcome)| outcome);
        // There is an outcome for everything that was asked for.
        outcome.unwrap_or_else(|| Err(ClientError::Malformed("no answer for the group".to_owned())))
    }

    async fn find_missing<R>(&self, progress: &mut Progress<R>) {
        let known = &progress.coordinators;
        let missing: Vec<String> =
            progress.remaining.iter().filter(|group| !known.contains_key(*group)).cloned().collect();
        if missing.is_empty() {
            return;
        }
        match self.find_coordinators(&missing).await {
            Ok(found) => {
                for (group, coordinator) in found {
                    match coordinator {
                        Ok(broker) => {
                            progress.coordinators.insert(group, broker);
                        }
                        Err(error) => progress.take(&group, Err(error)),
                    }
                }
            }
            Err(error) if error.is_retriable() => progress.trouble = Some(error),
            Err(error) => progress.settle_all(&missing, &error),
        }
    }

    async fn ask_each<R>(
        &self,
        progress: &mut Progress<R>,
        ask: &mut impl AsyncFnMut(&Coordinator, &[String]) -> Result<Outcomes<R>, ClientError>,
    ) {
        let mut by_broker = BTreeMap::<BrokerId, Vec<String>>::new();
        for group in &progress.remaining {
            if let Some(broker) = progress.coordinators.get(group) {
                by_broker.entry(*broker).or_default().push(group.clone());
            }
        }
        for (broker, groups) in by_broker {
            let answer = match self.coordinator(broker).await {
                Ok(coordinator) => ask(&coordinator, &groups).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(answers) => answers.into_iter().for_each(|(group, answer)| progress.take(&group, answer)),
                Err(error) => groups.iter().for_each(|group| progress.take(group, Err(error.clone()))),
            }
        }
    }

    /// Connects to a broker that FindCoordinator has named, which metadata may not have told of yet.
    async fn coordinator(&self, id: BrokerId) -> Result<Coordinator, ClientError> {
        let known = || self.cluster.brokers().into_iter().find(|broker| broker.id == id);
        let broker = match known() {
            Some(broker) => broker,
            None => {
                self.cluster.refresh(Some(&[]), false).await?;
                let gone = || ClientError::Disconnected(format!("broker {id} is not in the metadata"));
                known().ok_or_else(gone)?
            }
        };
        Ok(Coordinator { broker, connection: self.cluster.broker(id).await? })
    }

    async fn find_coordinators(&self, groups: &[String]) -> Result<Outcomes<BrokerId>, ClientError> {
        let connection = self.cluster.any().await?;
        let version = connection.version_of::<FindCoordinatorRequest>()?;
        let request = FindCoordinatorRequest { key_type: KEY_TYPE_GROUP, ..FindCoordinatorRequest::default() };
        if version >= FIRST_VERSION_WITH_MANY_KEYS {
            let request = FindCoordinatorRequest { coordinator_keys: groups.to_vec(), ..request };
            let answer = connection.submit(&request, version).await?.wait().await?;
            let found = answer.coordinators.into_iter();
            return Ok(found.map(|found| outcome_of_lookup(found.key, found.error_code, found.node_id)).collect());
        }
        let mut outcomes = Vec::new();
        for group in groups {
            let request = FindCoordinatorRequest { key: group.clone(), ..request.clone() };
            let answer = connection.submit(&request, version).await?.wait().await?;
            outcomes.push(outcome_of_lookup(group.clone(), answer.error_code, answer.node_id));
        }
        Ok(outcomes)
    }
}

fn outcome_of_lookup(group: String, error_code: i16, node_id: i32) -> (String, Result<BrokerId, ClientError>) {
    // The words of Kafka's admin client, which does not pass the broker's own on.
    let key = format!("CoordinatorKey(idValue='{group}', type=GROUP)");
    let message = match ErrorCode::try_from(error_code) {
        Ok(ErrorCode::GroupAuthorizationFailed) => {
            format!("FindCoordinator request for groupId `{key}` failed due to authorization failure")
        }
        _ => format!("FindCoordinator request for key `{key}` failed due to an unexpected error"),
    };
    (group, ClientError::check(error_code, Some(message)).map(|()| BrokerId::new(node_id)))
}
