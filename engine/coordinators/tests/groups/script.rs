//! The commands of transcripts.
//!
//! ```text
//! settings NAME=NUMBER…                              a fresh broker with these settings
//! change NAME=NUMBER…                                other settings for the same broker
//! join CLIENT [as=ID] [instance=I] [v=N] [protocols=range:x,sticky] [type=T] [session=MS] [rebalance=MS] [group=G]
//! sync ID GENERATION [assign=ID:x,ID:y] [instance=I] [type=T] [protocol=P] [group=G]
//! heartbeat ID GENERATION [instance=I] [group=G]
//! leave ID[/INSTANCE]… [group=G]
//! commit TOPIC-PARTITION=OFFSET… [member=ID] [generation=N] [instance=I] [retention=MS] [group=G]
//! commit … transaction=PRODUCER                      the same as part of a transaction
//! ended PRODUCER commit · ended PRODUCER abort       the marker of the producer's transaction is in the log
//! fetch [group=G] [stable=1] · forget TOPIC-PARTITION… [group=G] · gone TOPIC…
//! describe GROUP · list [state=S,S] [type=T] · delete GROUP
//! wait MS                                            the clock goes on; whatever comes due happens
//! refuse REFUSAL                                     the log does not take the next records
//! restart · unload
//! ```
//!
//! Without `group`, the group is `g`. Requests that wait are numbered: `#1 waits`, and later `#1: …`.

use super::node::{Decided, Node};
use bytes::Bytes;
use ottla_coordinators::group::listing::{DescribedGroup, GroupFilter};
use ottla_coordinators::group::offsets::{
    CommitPartition, CommitRequest, CommitTopic, Committer, DeleteOffsetsRequest, FetchRequest, FetchTopic, TopicResult,
};
use ottla_coordinators::group::records::GroupRecord;
use ottla_coordinators::group::{
    HeartbeatRequest, JoinProtocol, JoinReply, JoinRequest, LeaveRequest, LeavingMember, SyncAssignment, SyncReply,
    SyncRequest,
};
use ottla_coordinators::{
    Answer, AppendRefusal, GroupError, GroupSettings, ReplayedRecord, Shard, WaitedReply, WaiterId,
};
use ottla_model::{Offset, PartitionIndex, ProducerEpoch, ProducerId, TopicName, Uuid};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

pub struct Script {
    node: Node,
}

/// The words of a command: those with an equals sign by name, the others in order.
struct Words<'a> {
    named: BTreeMap<&'a str, &'a str>,
    others: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn of(command: &'a str) -> Self {
        let mut words = Self { named: BTreeMap::new(), others: Vec::new() };
        for word in command.split_whitespace().skip(1) {
            match word.split_once('=') {
                Some((name, value)) if name.chars().all(|c| c.is_ascii_lowercase() || c == '_') => {
                    words.named.insert(name, value);
                }
                _ => words.others.push(word),
            }
        }
        words
    }
    fn text(&self, name: &str, default: &str) -> String {
        self.named.get(name).copied().unwrap_or(default).to_owned()
    }
    fn maybe(&self, name: &str) -> Option<String> {
        self.named.get(name).map(|value| (*value).to_owned())
    }
    fn number(&self, name: &str, default: i32) -> i32 {
        self.named.get(name).map_or(default, |value| value.parse().expect("a number"))
    }
    fn group(&self) -> String {
        self.text("group", "g")
    }
    /// Pairs of names and bytes: `a:x,b:y,c`.
    fn pairs(&self, name: &str, default: &str) -> Vec<(String, Bytes)> {
        let text = self.text(name, default);
        let words = text.split(',').filter(|word| !word.is_empty());
        words.map(|word| word.split_once(':').unwrap_or((word, ""))).map(|(a, b)| (a.into(), bytes(b))).collect()
    }
    fn list(&self, name: &str) -> Vec<String> {
        self.text(name, "").split(',').filter(|word| !word.is_empty()).map(|word| word.replace('_', " ")).collect()
    }
}

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

impl Script {
    pub fn new() -> Self {
        Self { node: Node::new(GroupSettings::default()) }
    }

    /// Carries the command out, and says what came of it.
    pub fn run(&mut self, command: &str) -> Vec<String> {
        let words = Words::of(command);
        match command.split_whitespace().next().unwrap_or_default() {
            "settings" => {
                self.node = Node::new(settings(&words));
                Vec::new()
            }
            "change" => {
                self.node.settings = Arc::new(settings(&words));
                self.node.shard.set_settings(self.node.settings.clone());
                Vec::new()
            }
            "join" => self.join(&words),
            "sync" => self.sync(&words),
            "heartbeat" => self.heartbeat(&words),
            "leave" => self.leave(&words),
            "commit" => self.commit(&words),
            "ended" => {
                let producer = ProducerId::new(words.others[0].parse().expect("a producer"));
                self.node.shard.replay_end_of_transaction(producer, words.others[1] == "commit");
                Vec::new()
            }
            "fetch" => self.fetch(&words),
            "forget" => self.forget(&words),
            "gone" => {
                let topics: Vec<_> = words.others.iter().map(|name| (Uuid::ONE, (*name).to_owned())).collect();
                let decided = self.node.decide(|shard, _, _| shard.topics_deleted(&topics));
                self.report(decided, |()| None)
            }
            "describe" => {
                let decided = self.node.decide(|shard, _, _| shard.describe(words.others[0]));
                self.report(decided, |reply| Some(reply.as_ref().map_or_else(name, described)))
            }
            "list" => self.list(&words),
            "delete" => {
                let decided = self.node.decide(|shard, _, _| shard.delete(words.others[0]));
                self.report(decided, |reply| Some(done(reply)))
            }
            "wait" => self.wait(words.others[0].parse().expect("milliseconds")),
            "refuse" => {
                self.node.refuse = Some(match words.others[0] {
                    "NotLeader" => AppendRefusal::NotLeader,
                    "NotEnoughReplicas" => AppendRefusal::NotEnoughReplicas,
                    "TooLarge" => AppendRefusal::TooLarge,
                    other => panic!("no refusal: {other}"),
                });
                Vec::new()
            }
            "restart" => {
                let decided = self.node.reload();
                self.report(decided, |()| None)
            }
            "unload" => {
                let released = self.node.shard.unload();
                self.report(Decided { reply: Ok(()), released, written: 0 }, |()| None)
            }
            other => panic!("no command: {other}"),
        }
    }

    fn join(&mut self, words: &Words<'_>) -> Vec<String> {
        let version = words.number("v", 9);
        let session_timeout = words.number("session", 10_000);
        let protocols = words.pairs("protocols", "range");
        let request = JoinRequest {
            group_id: words.group(),
            member_id: words.text("as", ""),
            group_instance_id: words.maybe("instance"),
            client_id: words.others[0].to_owned(),
            client_host: "/127.0.0.1".to_owned(),
            session_timeout,
            rebalance_timeout: words.number("rebalance", 30_000),
            protocol_type: words.text("type", "consumer"),
            protocols: protocols.into_iter().map(|(name, metadata)| JoinProtocol { name, metadata }).collect(),
            requires_known_member_id: version >= 4,
            supports_skipping_assignment: version >= 9,
        };
        let waiter = self.node.waiter();
        let decided = self.node.decide(|shard, now, ids| shard.join(request, waiter, now, ids));
        self.report(decided, |answer| Some(answered(waiter, answer, joined)))
    }

    fn sync(&mut self, words: &Words<'_>) -> Vec<String> {
        let assignments = words.pairs("assign", "").into_iter();
        let request = SyncRequest {
            group_id: words.group(),
            generation: words.others[1].parse().expect("a generation"),
            member_id: words.others[0].to_owned(),
            group_instance_id: words.maybe("instance"),
            protocol_type: words.maybe("type"),
            protocol_name: words.maybe("protocol"),
            assignments: assignments.map(|(member_id, assignment)| SyncAssignment { member_id, assignment }).collect(),
        };
        let waiter = self.node.waiter();
        let decided = self.node.decide(|shard, now, _| shard.sync(request, waiter, now));
        self.report(decided, |answer| Some(answered(waiter, answer, synced)))
    }

    fn heartbeat(&mut self, words: &Words<'_>) -> Vec<String> {
        let request = HeartbeatRequest {
            group_id: words.group(),
            generation: words.others[1].parse().expect("a generation"),
            member_id: words.others[0].to_owned(),
            group_instance_id: words.maybe("instance"),
        };
        let decided = self.node.decide(|shard, now, _| shard.heartbeat(&request, now));
        self.report(decided, |reply| Some(done(reply)))
    }

    fn leave(&mut self, words: &Words<'_>) -> Vec<String> {
        let members = words.others.iter().map(|word| {
            let (member, instance) = word.split_once('/').map_or((*word, None), |(member, i)| (member, Some(i)));
            LeavingMember { member_id: member.to_owned(), group_instance_id: instance.map(str::to_owned) }
        });
        let request = LeaveRequest { group_id: words.group(), members: members.collect() };
        let decided = self.node.decide(|shard, now, _| shard.leave(&request, now));
        self.report(decided, |reply| {
            let left = reply.as_ref().map(|left| left.iter().map(|member| done(&member.result)).collect::<Vec<_>>());
            Some(left.map_or_else(name, |left| left.join(", ")))
        })
    }

    fn commit(&mut self, words: &Words<'_>) -> Vec<String> {
        let topics = words.others.iter().map(|word| {
            let (partition, offset) = word.split_once('=').expect("topic-partition=offset");
            let (topic, partition) = topic_partition(partition);
            let offset = Offset::new(offset.parse().expect("an offset"));
            let metadata = words.text("metadata", "");
            let partitions = vec![CommitPartition { partition, offset, leader_epoch: None, metadata }];
            CommitTopic { topic, topic_id: Uuid::ZERO, partitions }
        });
        let request = CommitRequest {
            committer: Committer {
                group_id: words.group(),
                generation: words.number("generation", -1),
                member_id: words.text("member", ""),
                group_instance_id: words.maybe("instance"),
            },
            retention: words.maybe("retention").map(|value| value.parse().expect("milliseconds")),
            topics: topics.collect(),
        };
        let producer = words.maybe("transaction").map(|id| ProducerId::new(id.parse().expect("a producer")));
        self.node.transaction = producer.map(|id| (id, ProducerEpoch::new(0)));
        let decided = self.node.decide(|shard, now, _| match producer {
            Some(_) => shard.commit_transactional_offsets(&request, now),
            None => shard.commit_offsets(&request, now),
        });
        self.node.transaction = None;
        self.report(decided, |reply| Some(reply.as_ref().map_or_else(name, |results| partitions(results))))
    }

    fn fetch(&mut self, words: &Words<'_>) -> Vec<String> {
        let require_stable = words.number("stable", 0) != 0;
        let request = FetchRequest { group_id: words.group(), topics: None, require_stable };
        let decided = self.node.decide(|shard, _, _| shard.fetch_offsets(&request));
        self.report(decided, |reply| {
            let topics = reply.as_ref().expect("fetching is always granted");
            let partitions = topics.iter().flat_map(|topic| {
                topic.partitions.iter().map(|partition| {
                    let offset = match &partition.committed {
                        Ok(committed) => committed.as_ref().map_or("-".to_owned(), |it| it.offset.to_string()),
                        Err(error) => name(error),
                    };
                    format!("{}-{}={offset}", topic.topic, partition.partition)
                })
            });
            Some(or_nothing(partitions.collect::<Vec<_>>().join(" ")))
        })
    }

    fn forget(&mut self, words: &Words<'_>) -> Vec<String> {
        let topics = words.others.iter().map(|word| {
            let (topic, partition) = topic_partition(word);
            FetchTopic { topic, topic_id: Uuid::ZERO, partitions: vec![partition] }
        });
        let request = DeleteOffsetsRequest { group_id: words.group(), topics: topics.collect() };
        let decided = self.node.decide(|shard, _, _| shard.delete_offsets(&request));
        self.report(decided, |reply| Some(reply.as_ref().map_or_else(name, |results| partitions(results))))
    }

    fn list(&mut self, words: &Words<'_>) -> Vec<String> {
        let filter = GroupFilter { states: words.list("state"), types: words.list("type") };
        let decided = self.node.decide(|shard, _, _| shard.list(&filter));
        self.report(decided, |groups| {
            let groups = groups.iter().map(|group| {
                format!("{} {} {} '{}'", group.group_id, group.state, group.group_type, group.protocol_type)
            });
            Some(or_nothing(groups.collect::<Vec<_>>().join("; ")))
        })
    }

    fn wait(&mut self, milliseconds: i64) -> Vec<String> {
        let until = self.node.now.plus_milliseconds(milliseconds);
        let mut happened = Vec::new();
        while let Some(decided) = self.node.wake_before(until) {
            let lines = self.report(decided, |()| None);
            let time = self.node.now;
            happened.extend(lines.into_iter().map(|line| format!("{time} ms: {line}")));
        }
        happened
    }

    /// What was written, what whoever asked is told, and what those who waited are told.
    fn report<R>(&self, decided: Decided<R>, reply: impl FnOnce(&R) -> Option<String>) -> Vec<String> {
        let written = &self.node.log[self.node.log.len() - decided.written..];
        let mut lines: Vec<_> = written.iter().map(|record| format!("writes {}", recorded(record))).collect();
        match &decided.reply {
            Ok(given) => lines.extend(reply(given)),
            Err(refused) => lines.push(format!("refused: {}", name(refused))),
        }
        for released in decided.released {
            let reply = match released.reply {
                WaitedReply::Join(reply) => joined(&reply),
                WaitedReply::Sync(reply) => synced(&reply),
            };
            lines.push(format!("#{}: {reply}", released.waiter.0));
        }
        lines
    }
}

fn settings(words: &Words<'_>) -> GroupSettings {
    let default = GroupSettings::default();
    GroupSettings {
        session_timeout_min: words.number("session_min", default.session_timeout_min),
        session_timeout_max: words.number("session_max", default.session_timeout_max),
        size_max: words.number("size_max", i32::MAX) as usize,
        initial_rebalance_delay: words.number("initial_delay", default.initial_rebalance_delay),
        offset_metadata_max: words.number("metadata_max", 4096) as usize,
        offsets_retention: words.number("retention", 604_800_000).into(),
        offsets_retention_check_interval: words.number("check_interval", 600_000).into(),
    }
}

fn topic_partition(word: &str) -> (TopicName, PartitionIndex) {
    let (topic, partition) = word.rsplit_once('-').expect("topic-partition");
    (TopicName::new(topic).expect("a topic's name"), PartitionIndex::new(partition.parse().expect("a partition")))
}

fn name(error: impl Debug) -> String {
    format!("{error:?}")
}

fn done(result: &Result<(), GroupError>) -> String {
    result.as_ref().map_or_else(name, |()| "done".to_owned())
}

fn or_nothing(text: String) -> String {
    if text.is_empty() { "nothing".to_owned() } else { text }
}

fn partitions(results: &[TopicResult]) -> String {
    let of = |topic: &TopicResult| -> Vec<String> {
        let partitions = topic.partitions.iter();
        partitions.map(|p| format!("{}-{} {}", topic.topic, p.partition, done(&p.result))).collect()
    };
    results.iter().flat_map(of).collect::<Vec<_>>().join(", ")
}

fn answered<R>(waiter: WaiterId, answer: &Answer<R>, tell: impl Fn(&R) -> String) -> String {
    match answer {
        Answer::Now(reply) => tell(reply),
        Answer::Later => format!("#{} waits", waiter.0),
    }
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn joined(reply: &JoinReply) -> String {
    let joined = match reply {
        Ok(joined) => joined,
        Err(refused) => return format!("{:?} '{}'", refused.error, refused.member_id),
    };
    let optional = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let mut line = format!(
        "{} joined {} of {}, {} led by {}",
        joined.member_id,
        joined.generation,
        optional(&joined.protocol_type),
        optional(&joined.protocol_name),
        joined.leader
    );
    let members = joined.members.iter().map(|member| {
        let instance = member.group_instance_id.as_deref().map(|id| format!("/{id}")).unwrap_or_default();
        format!("{}{instance}:{}", member.member_id, text(&member.metadata))
    });
    let members = members.collect::<Vec<_>>().join(" ");
    if !members.is_empty() {
        line += &format!("; {} {members}", if joined.skip_assignment { "need not assign" } else { "assigns" });
    }
    line
}

fn synced(reply: &SyncReply) -> String {
    match reply {
        Ok(synced) => format!(
            "has '{}' by {} of {}",
            text(&synced.assignment),
            synced.protocol_name.as_deref().unwrap_or("-"),
            synced.protocol_type.as_deref().unwrap_or("-")
        ),
        Err(error) => name(error),
    }
}

fn described(group: &DescribedGroup) -> String {
    let members = group.members.iter().map(|member| {
        let instance = member.group_instance_id.as_deref().map(|id| format!("/{id}")).unwrap_or_default();
        let (metadata, assignment) = (text(&member.metadata), text(&member.assignment));
        format!(
            "{}{instance}@{}{} '{metadata}' has '{assignment}'",
            member.member_id, member.client_id, member.client_host
        )
    });
    let mut words = vec![format!("{} {} '{}' '{}'", group.group_id, group.state, group.protocol_type, group.protocol)];
    words.extend(members);
    words.join("; ")
}

fn recorded(record: &ReplayedRecord) -> String {
    match GroupRecord::read(record.key.clone(), record.value.clone()).expect("a record of the topic") {
        GroupRecord::Offset { key, committed } => {
            let offset = committed.map_or("gone".to_owned(), |committed| committed.offset.to_string());
            format!("{}: {}-{}={offset}", key.group, key.topic, key.partition)
        }
        GroupRecord::Group { group, metadata: None } => format!("{group} gone"),
        GroupRecord::Group { group, metadata: Some(metadata) } => {
            let members = metadata.members.iter().map(|member| {
                let instance = member.group_instance_id.as_deref().map(|id| format!("/{id}")).unwrap_or_default();
                format!(" {}{instance}:{}={}", member.member_id, text(&member.subscription), text(&member.assignment))
            });
            format!(
                "{group} {} of {}, {} led by {}, since {}:{}",
                metadata.generation,
                metadata.protocol_type.as_deref().unwrap_or("-"),
                metadata.protocol.as_deref().unwrap_or("-"),
                metadata.leader.as_deref().unwrap_or("-"),
                metadata.current_state_timestamp.map_or("-".to_owned(), |since| since.to_string()),
                or_nothing(members.collect::<String>()).replace("nothing", " nobody"),
            )
        }
        GroupRecord::Other(other) => format!("{other:?}"),
        GroupRecord::Unknown { record_type } => format!("type {record_type}"),
    }
}
