//! A coordinator of a few lines: one group of the classic protocol, whose rebalances begin and end at once. Whoever joins
//! leads if nobody does; the others are where a test says they are.

use super::{Call, Reply};
use bytes::Bytes;
use ottla_model::ErrorCode;
use ottla_protocol::messages::find_coordinator_response::Coordinator;
use ottla_protocol::messages::join_group_response::JoinGroupResponseMember;
use ottla_protocol::messages::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use ottla_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartitions, OffsetFetchResponseTopics,
};
use ottla_protocol::messages::{
    FindCoordinatorRequest, FindCoordinatorResponse, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest,
    JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse, OffsetCommitRequest, OffsetCommitResponse,
    OffsetFetchRequest, OffsetFetchResponse, SyncGroupRequest, SyncGroupResponse,
};
use std::collections::{BTreeMap, HashMap};

/// The group as its coordinator sees it.
#[derive(Debug, Default)]
pub struct FakeGroup {
    pub generation: i32,
    next_member: usize,
    /// Members in the order in which they came, each with what it last joined with.
    pub members: Vec<(String, JoinGroupRequest)>,
    /// What the leader has assigned.
    pub assignments: HashMap<String, Bytes>,
    pub committed: BTreeMap<(String, i32), i64>,
    /// Under which leader the records before those offsets were appended, if that is known.
    pub committed_epoch: Option<i32>,
    /// What heartbeats are answered with; nothing wrong if there are none left.
    pub heartbeats: Vec<ErrorCode>,
    /// What the next joins are refused with.
    pub refuse_joins: Vec<ErrorCode>,
    /// What the next commits are refused with.
    pub refuse_commits: Vec<ErrorCode>,
    pub left: Vec<String>,
    /// It does not answer heartbeats.
    pub deaf: bool,
}

impl FakeGroup {
    /// Answers what is for a coordinator.
    pub fn answer(&mut self, call: &Call, port: u16) -> Option<Reply> {
        if let Some(request) = call.request::<FindCoordinatorRequest>() {
            return Some(call.answer(&found(&request, port)));
        }
        if let Some(request) = call.request::<JoinGroupRequest>() {
            return Some(call.answer(&self.join(request)));
        }
        if let Some(request) = call.request::<SyncGroupRequest>() {
            return Some(call.answer(&self.sync(request)));
        }
        if call.request::<HeartbeatRequest>().is_some() && self.deaf {
            return Some(Reply::Silence);
        }
        if call.request::<HeartbeatRequest>().is_some() {
            let error_code = self.heartbeats.pop().unwrap_or(ErrorCode::None).code();
            return Some(call.answer(&HeartbeatResponse { error_code, ..Default::default() }));
        }
        if let Some(request) = call.request::<LeaveGroupRequest>() {
            for member in request.members {
                self.members.retain(|(id, _)| *id != member.member_id);
                self.left.push(member.member_id);
            }
            return Some(call.answer(&LeaveGroupResponse::default()));
        }
        if let Some(request) = call.request::<OffsetCommitRequest>() {
            return Some(call.answer(&self.commit(request)));
        }
        let request: OffsetFetchRequest = call.request()?;
        Some(call.answer(&self.fetch(&request)))
    }

    fn join(&mut self, request: JoinGroupRequest) -> JoinGroupResponse {
        let refused = |code: ErrorCode, member_id: &str| JoinGroupResponse {
            error_code: code.code(),
            generation_id: -1,
            member_id: member_id.to_owned(),
            ..JoinGroupResponse::default()
        };
        if let Some(code) = self.refuse_joins.pop() {
            return refused(code, &request.member_id);
        }
        if request.member_id.is_empty() {
            self.next_member += 1;
            let member_id = format!("member-{}", self.next_member);
            if request.group_instance_id.is_none() {
                return refused(ErrorCode::MemberIdRequired, &member_id);
            }
            return self.admit(member_id, request);
        }
        self.admit(request.member_id.clone(), request)
    }

    fn admit(&mut self, member_id: String, request: JoinGroupRequest) -> JoinGroupResponse {
        let protocol_name = request.protocols.first().map(|protocol| protocol.name.clone());
        match self.members.iter_mut().find(|(id, _)| *id == member_id) {
            Some((_, joined)) => *joined = request,
            None => self.members.push((member_id.clone(), request)),
        }
        self.generation += 1;
        let member = |(id, joined): &(String, JoinGroupRequest)| JoinGroupResponseMember {
            member_id: id.clone(),
            group_instance_id: joined.group_instance_id.clone(),
            metadata: joined.protocols[0].metadata.clone(),
            ..JoinGroupResponseMember::default()
        };
        JoinGroupResponse {
            generation_id: self.generation,
            protocol_type: Some("consumer".to_owned()),
            protocol_name,
            leader: member_id.clone(),
            member_id,
            members: self.members.iter().map(member).collect(),
            ..JoinGroupResponse::default()
        }
    }

    fn sync(&mut self, request: SyncGroupRequest) -> SyncGroupResponse {
        if request.generation_id != self.generation {
            let error_code = ErrorCode::IllegalGeneration.code();
            return SyncGroupResponse { error_code, ..SyncGroupResponse::default() };
        }
        let assignments = request.assignments.into_iter();
        self.assignments.extend(assignments.map(|assigned| (assigned.member_id, assigned.assignment)));
        SyncGroupResponse {
            protocol_type: request.protocol_type,
            protocol_name: request.protocol_name,
            assignment: self.assignments.get(&request.member_id).cloned().unwrap_or_default(),
            ..SyncGroupResponse::default()
        }
    }

    fn commit(&mut self, request: OffsetCommitRequest) -> OffsetCommitResponse {
        let current = request.generation_id_or_member_epoch == self.generation
            || request.generation_id_or_member_epoch == -1 && self.members.is_empty();
        let code = match self.refuse_commits.pop() {
            Some(code) => code,
            None if !current => ErrorCode::IllegalGeneration,
            None => ErrorCode::None,
        };
        let topics = request.topics.into_iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|partition| {
                if code == ErrorCode::None {
                    self.committed.insert((topic.name.clone(), partition.partition_index), partition.committed_offset);
                }
                OffsetCommitResponsePartition {
                    partition_index: partition.partition_index,
                    error_code: code.code(),
                    ..OffsetCommitResponsePartition::default()
                }
            });
            let partitions = partitions.collect();
            OffsetCommitResponseTopic { name: topic.name.clone(), partitions, ..Default::default() }
        });
        OffsetCommitResponse { topics: topics.collect(), ..OffsetCommitResponse::default() }
    }

    fn fetch(&self, request: &OffsetFetchRequest) -> OffsetFetchResponse {
        let group = &request.groups[0];
        let topics = group.topics.iter().flatten().map(|topic| OffsetFetchResponseTopics {
            name: topic.name.clone(),
            partitions: topic
                .partition_indexes
                .iter()
                .map(|index| OffsetFetchResponsePartitions {
                    partition_index: *index,
                    committed_offset: self.committed.get(&(topic.name.clone(), *index)).copied().unwrap_or(-1),
                    committed_leader_epoch: self.committed_epoch.unwrap_or(-1),
                    ..OffsetFetchResponsePartitions::default()
                })
                .collect(),
            ..OffsetFetchResponseTopics::default()
        });
        let group = OffsetFetchResponseGroup {
            group_id: group.group_id.clone(),
            topics: topics.collect(),
            ..OffsetFetchResponseGroup::default()
        };
        OffsetFetchResponse { groups: vec![group], ..OffsetFetchResponse::default() }
    }
}

fn found(request: &FindCoordinatorRequest, port: u16) -> FindCoordinatorResponse {
    let coordinator = Coordinator {
        key: request.coordinator_keys[0].clone(),
        node_id: 1,
        host: "127.0.0.1".to_owned(),
        port: i32::from(port),
        ..Coordinator::default()
    };
    FindCoordinatorResponse { coordinators: vec![coordinator], ..FindCoordinatorResponse::default() }
}
