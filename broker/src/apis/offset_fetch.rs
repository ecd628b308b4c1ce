//! OffsetFetch (key 9), versions 1–10. Describe on the groups and on the topics.
//! v2 null asks for everything, and groups have errors of their own · v5 leader epochs (KIP-320) · v7 stable offsets only
//! (KIP-447) · v8 many groups (KIP-709) · v9 members of consumer groups (KIP-848) · v10 topic ids (KIP-848)
//! Rules: `coordinators::group::offsets`.

mod answer;

use super::Call;
use crate::node::{GroupDecision, Node};
use answer::{Asked, GroupAnswer};
use ottla_coordinators::group::GroupError;
use ottla_coordinators::group::offsets::{FetchReply, FetchRequest, FetchTopic};
use ottla_metadata::MetadataImage;
use ottla_model::{PartitionIndex, TopicName};
use ottla_protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use ottla_protocol::messages::{OffsetFetchRequest, OffsetFetchResponse};
use std::sync::Arc;

pub async fn handle(node: Arc<Node>, call: Call, mut request: OffsetFetchRequest) -> OffsetFetchResponse {
    let require_stable = request.require_stable;
    let groups = groups_of(&mut request, call.version);
    let image = node.image();
    // All are asked before the first answer is waited for.
    let asked: Vec<_> = groups.into_iter().map(|group| begin(&node, &image, group, require_stable, &call)).collect();
    let mut groups = Vec::with_capacity(asked.len());
    for (group, decision) in asked {
        let reply = match decision {
            Ok(decision) => node.group_committed(decision).await.flatten(),
            Err(error) => Err(error),
        };
        groups.push(group.with(reply, &image));
    }
    if call.version >= 8 {
        OffsetFetchResponse { groups, ..OffsetFetchResponse::default() }
    } else {
        answer::single(groups)
    }
}

/// Before version 8, a request is about one group.
fn groups_of(request: &mut OffsetFetchRequest, version: i16) -> Vec<OffsetFetchRequestGroup> {
    if version >= 8 {
        return std::mem::take(&mut request.groups);
    }
    let topics = request.topics.take().map(|topics| {
        let topics = topics.into_iter().map(|topic| OffsetFetchRequestTopics {
            name: topic.name,
            partition_indexes: topic.partition_indexes,
            ..OffsetFetchRequestTopics::default()
        });
        topics.collect()
    });
    vec![OffsetFetchRequestGroup {
        group_id: std::mem::take(&mut request.group_id),
        topics,
        ..OffsetFetchRequestGroup::default()
    }]
}

type Begun = (GroupAnswer, Result<GroupDecision<FetchReply>, GroupError>);

fn begin(
    node: &Node,
    image: &MetadataImage,
    group: OffsetFetchRequestGroup,
    require_stable: bool,
    call: &Call,
) -> Begun {
    let OffsetFetchRequestGroup { group_id, topics, .. } = group;
    let by_id = call.version >= 10;
    let topics = topics.map(|topics| topics.into_iter().map(|topic| asked(image, topic, by_id)).collect::<Vec<_>>());
    let known = |topic: &Asked| match topic {
        Asked::Known(topic) => Some(topic.clone()),
        Asked::Unknown(_) | Asked::UnknownId(_) => None,
    };
    let fetch = FetchRequest {
        group_id: group_id.clone(),
        topics: topics.as_ref().map(|topics| topics.iter().filter_map(known).collect()),
        require_stable,
    };
    let decision = node.begin_group(&group_id, |shard, _| shard.fetch_offsets(&fetch));
    (GroupAnswer { group_id, topics, version: call.version }, decision)
}

fn asked(image: &MetadataImage, topic: OffsetFetchRequestTopics, by_id: bool) -> Asked {
    let name = if by_id {
        match image.topics().by_id(topic.topic_id) {
            Some(known) => known.name().clone(),
            None => return Asked::UnknownId(topic),
        }
    } else {
        match TopicName::new(&topic.name) {
            Ok(name) => name,
            Err(_) => return Asked::Unknown(topic),
        }
    };
    let partitions = topic.partition_indexes.into_iter().map(PartitionIndex::new).collect();
    Asked::Known(FetchTopic { topic: name, topic_id: topic.topic_id, partitions })
}
