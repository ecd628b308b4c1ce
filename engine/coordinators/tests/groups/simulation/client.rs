//! One consumer, as clients are written: it joins, syncs, sends heartbeats, commits; starts over where it is told to.

use super::super::node::{Decided, Node};
use super::model::{Model, PARTITIONS};
use crate::random::Random;
use bytes::Bytes;
use ottla_coordinators::group::{
    HeartbeatRequest, JoinProtocol, JoinReply, JoinRequest, Joined, LeaveRequest, LeavingMember, SyncAssignment,
    SyncReply, SyncRequest,
};
use ottla_coordinators::{Answer, GroupError, Released, WaitedReply, WaiterId};

pub struct Client {
    pub group: &'static str,
    name: String,
    instance: Option<String>,
    version: i16,
    likes_sticky: bool,
    /// Counts changes of mind: part of what it says when it joins.
    mood: u64,
    member_id: String,
    phase: Phase,
    /// Does nothing until it comes back: to its place, if it is static, otherwise as somebody new.
    is_dead: bool,
    /// The group has no room for it.
    pub is_turned_away: bool,
    is_quiet: bool,
}

enum Phase {
    /// Is to join, or to join again.
    Out,
    Joining(WaiterId),
    /// Is to ask for its assignment.
    Joined(Joined),
    Syncing(WaiterId, Joined),
    Member {
        generation: i32,
        partitions: Vec<u8>,
    },
}

impl Client {
    pub fn new(index: usize, group: &'static str, random: &mut Random) -> Self {
        Self {
            group,
            name: format!("c{index}"),
            instance: random.one_in(3).then(|| format!("static{index}")),
            version: [3, 5, 9][random.below(3) as usize],
            likes_sticky: random.one_in(2),
            mood: 0,
            member_id: String::new(),
            phase: Phase::Out,
            is_dead: false,
            is_turned_away: false,
            is_quiet: false,
        }
    }

    /// Keeps a client's place while it acts.
    pub fn nobody() -> Self {
        Self::new(usize::MAX, "", &mut Random::new(0))
    }

    pub fn partitions(&self) -> Option<(i32, &[u8])> {
        match &self.phase {
            Phase::Member { generation, partitions } => Some((*generation, partitions)),
            _ => None,
        }
    }

    /// Whoever owns a partition: a static member's place, or the member itself.
    fn owner(&self) -> String {
        self.instance.clone().unwrap_or_else(|| self.member_id.clone())
    }

    pub fn waits_for(&self, waiter: WaiterId) -> bool {
        matches!(self.phase, Phase::Joining(mine) | Phase::Syncing(mine, _) if mine == waiter)
    }

    /// What it has asked for will not be answered: it asks again.
    pub fn connection_lost(&mut self) {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Out) {
            Phase::Joining(_) => Phase::Out,
            Phase::Syncing(_, joined) => Phase::Joined(joined),
            phase => phase,
        };
    }

    /// Goes without a word, and may come back as a process that knows nothing.
    pub fn die(&mut self, random: &mut Random) {
        self.start_over();
        self.is_dead = true;
        self.likes_sticky = random.one_in(2);
    }

    pub fn live_quietly(&mut self) {
        self.is_dead = false;
        self.is_quiet = true;
    }

    fn start_over(&mut self) {
        self.member_id.clear();
        self.phase = Phase::Out;
    }

    /// Does what it would do next, or something else that members do now and then.
    pub fn act(&mut self, node: &mut Node, model: &mut Model, random: &mut Random, with_faults: bool) -> Vec<Released> {
        if self.is_dead {
            self.is_dead = !random.one_in(10);
            return Vec::new();
        }
        if with_faults && random.one_in(30) {
            // The request does not arrive, or its sender does not wait for the answer.
            self.connection_lost();
            return Vec::new();
        }
        let loses_answer = with_faults && random.one_in(30);
        match &self.phase {
            Phase::Joining(_) | Phase::Syncing(..) => Vec::new(),
            Phase::Out => self.join(node, model, loses_answer),
            Phase::Joined(joined) => {
                let joined = joined.clone();
                self.sync(joined, node, model, loses_answer)
            }
            Phase::Member { generation, .. } => {
                let generation = *generation;
                match random.below(if self.is_quiet { 8 } else { 12 }) {
                    0..=4 => self.heartbeat(generation, node),
                    5..=7 => {
                        let member_id = self.member_id.clone();
                        model.commit(node, self, generation, &member_id, random)
                    }
                    8 => self.leave(node, model),
                    9 => {
                        self.mood += 1;
                        self.phase = Phase::Out;
                        Vec::new()
                    }
                    _ => {
                        self.phase = Phase::Out;
                        Vec::new()
                    }
                }
            }
        }
    }

    pub fn instance(&self) -> Option<String> {
        self.instance.clone()
    }

    fn join(&mut self, node: &mut Node, model: &mut Model, loses_answer: bool) -> Vec<Released> {
        let says = Bytes::from(format!("{} {}", self.name, self.mood));
        let mut names = vec!["range", "sticky"];
        if self.likes_sticky {
            names.reverse();
        }
        let request = JoinRequest {
            group_id: self.group.to_owned(),
            member_id: self.member_id.clone(),
            group_instance_id: self.instance.clone(),
            client_id: self.name.clone(),
            client_host: "/127.0.0.1".to_owned(),
            session_timeout: 10_000,
            rebalance_timeout: 20_000,
            protocol_type: "test".to_owned(),
            protocols: names
                .into_iter()
                .map(|name| JoinProtocol { name: name.to_owned(), metadata: says.clone() })
                .collect(),
            requires_known_member_id: self.version >= 4,
            supports_skipping_assignment: self.version >= 9,
        };
        let waiter = node.waiter();
        let decided = node.decide(|shard, now, ids| shard.join(request, waiter, now, ids));
        model.decided(node, self.group, &decided);
        match decided.reply {
            Ok(Answer::Later) => {
                model.waits(waiter);
                self.phase = Phase::Joining(waiter);
            }
            Ok(Answer::Now(_)) if loses_answer => {}
            Ok(Answer::Now(reply)) => self.has_joined(reply),
            Err(_) => {}
        }
        decided.released
    }

    fn has_joined(&mut self, reply: JoinReply) {
        self.is_turned_away = false;
        match reply {
            Ok(joined) => {
                self.member_id = joined.member_id.clone();
                self.phase = Phase::Joined(joined);
            }
            Err(refused) => {
                self.phase = Phase::Out;
                match refused.error {
                    GroupError::MemberIdRequired => self.member_id = refused.member_id,
                    GroupError::UnknownMemberId | GroupError::FencedInstanceId => self.start_over(),
                    GroupError::GroupMaxSizeReached => {
                        self.is_turned_away = true;
                        self.start_over();
                    }
                    GroupError::RebalanceInProgress => {}
                    other => panic!("nobody who joins should be told {other:?}"),
                }
            }
        }
    }

    fn sync(&mut self, joined: Joined, node: &mut Node, model: &mut Model, loses_answer: bool) -> Vec<Released> {
        let assigns = !joined.members.is_empty() && !joined.skip_assignment;
        let members = joined.members.len().max(1);
        let assignments = joined.members.iter().enumerate().filter(|_| assigns).map(|(index, member)| {
            let partitions = (0..PARTITIONS).filter(|partition| usize::from(*partition) % members == index);
            SyncAssignment { member_id: member.member_id.clone(), assignment: partitions.collect() }
        });
        let request = SyncRequest {
            group_id: self.group.to_owned(),
            generation: joined.generation,
            member_id: self.member_id.clone(),
            group_instance_id: self.instance.clone(),
            protocol_type: joined.protocol_type.clone(),
            protocol_name: joined.protocol_name.clone(),
            assignments: assignments.collect(),
        };
        let waiter = node.waiter();
        let decided = node.decide(|shard, now, _| shard.sync(request, waiter, now));
        model.decided(node, self.group, &decided);
        match decided.reply {
            Ok(Answer::Later) => {
                model.waits(waiter);
                self.phase = Phase::Syncing(waiter, joined);
            }
            Ok(Answer::Now(_)) if loses_answer => {}
            Ok(Answer::Now(reply)) => self.has_synced(joined.generation, reply, model),
            Err(_) => self.phase = Phase::Out,
        }
        decided.released
    }

    fn has_synced(&mut self, generation: i32, reply: SyncReply, model: &mut Model) {
        match reply {
            Ok(synced) => {
                model.assigned(self.group, generation, &self.owner(), &synced.assignment);
                self.phase = Phase::Member { generation, partitions: synced.assignment.to_vec() };
            }
            Err(error) => self.is_told(error),
        }
    }

    /// Goes on as an error wants it to.
    pub fn is_told(&mut self, error: GroupError) {
        match error {
            GroupError::UnknownMemberId | GroupError::IllegalGeneration | GroupError::FencedInstanceId => {
                self.start_over();
            }
            GroupError::RebalanceInProgress | GroupError::CoordinatorNotAvailable => self.phase = Phase::Out,
            GroupError::GroupIdNotFound => self.start_over(),
            other => panic!("no member should be told {other:?}"),
        }
    }

    pub fn receive(&mut self, reply: WaitedReply, model: &mut Model) {
        match (reply, std::mem::replace(&mut self.phase, Phase::Out)) {
            (WaitedReply::Join(reply), _) => self.has_joined(reply),
            (WaitedReply::Sync(reply), Phase::Syncing(_, joined)) => self.has_synced(joined.generation, reply, model),
            (WaitedReply::Sync(_), _) => panic!("nobody has asked for that"),
        }
    }

    fn heartbeat(&mut self, generation: i32, node: &mut Node) -> Vec<Released> {
        let request = HeartbeatRequest {
            group_id: self.group.to_owned(),
            generation,
            member_id: self.member_id.clone(),
            group_instance_id: self.instance.clone(),
        };
        let Decided { reply, released, .. } = node.decide(|shard, now, _| shard.heartbeat(&request, now));
        if let Err(error) = reply.expect("heartbeats write nothing") {
            self.is_told(error);
        }
        released
    }

    fn leave(&mut self, node: &mut Node, model: &mut Model) -> Vec<Released> {
        let member = LeavingMember { member_id: self.member_id.clone(), group_instance_id: self.instance.clone() };
        let request = LeaveRequest { group_id: self.group.to_owned(), members: vec![member] };
        let decided = node.decide(|shard, now, _| shard.leave(&request, now));
        model.decided(node, self.group, &decided);
        self.start_over();
        decided.released
    }
}
