//! What a Fetch asks for.

use crate::fetch_sessions::{Interest, TopicRef, WantedPartition};
use ottla_model::{LeaderEpoch, Uuid};
use ottla_protocol::messages::FetchRequest;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

fn topic_ref(uses_topic_ids: bool, name: &str, id: Uuid) -> TopicRef {
    if uses_topic_ids { TopicRef::Id(id) } else { TopicRef::Name(name.into()) }
}

/// What a request asks for, as it stands there.
pub(super) fn wanted(request: &FetchRequest, ids: bool) -> impl Iterator<Item = (WantedPartition, Interest)> {
    request.topics.iter().flat_map(move |topic| {
        let reference = topic_ref(ids, &topic.topic, topic.topic_id);
        topic.partitions.iter().map(move |partition| {
            let wanted = WantedPartition { topic: reference.clone(), partition: partition.partition };
            let interest = Interest {
                fetch_offset: partition.fetch_offset,
                partition_max_bytes: partition.partition_max_bytes,
                current_leader_epoch: leader_epoch(partition.current_leader_epoch),
                last_fetched_epoch: leader_epoch(partition.last_fetched_epoch),
            };
            (wanted, interest)
        })
    })
}

/// Unlike elsewhere, any negative number says that there is none.
fn leader_epoch(on_wire: i32) -> Option<LeaderEpoch> {
    (on_wire >= 0).then(|| LeaderEpoch::new(on_wire))
}

/// What a request wants to be taken out of its session.
pub(super) fn forgotten(request: &FetchRequest, ids: bool) -> impl Iterator<Item = WantedPartition> {
    request.forgotten_topics_data.iter().flat_map(move |topic| {
        let reference = topic_ref(ids, &topic.topic, topic.topic_id);
        topic
            .partitions
            .iter()
            .map(move |partition| WantedPartition { topic: reference.clone(), partition: *partition })
    })
}

/// Of a partition that is wanted more than once, the last wish counts, at the place of the first.
pub(super) fn once_each(wanted: impl Iterator<Item = (WantedPartition, Interest)>) -> Vec<(WantedPartition, Interest)> {
    let mut once: Vec<(WantedPartition, Interest)> = Vec::new();
    let mut places: HashMap<WantedPartition, usize> = HashMap::new();
    for (partition, interest) in wanted {
        match places.entry(partition.clone()) {
            Entry::Occupied(place) => once[*place.get()].1 = interest,
            Entry::Vacant(place) => {
                place.insert(once.len());
                once.push((partition, interest));
            }
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::{FetchRequest, once_each, wanted};
    use ottla_model::LeaderEpoch;
    use ottla_protocol::messages::fetch_request::{FetchPartition, FetchTopic};

    fn request(partitions: &[(i32, i64)]) -> FetchRequest {
        let partition = |&(partition, fetch_offset): &(i32, i64)| FetchPartition {
            partition,
            fetch_offset,
            current_leader_epoch: -2,
            last_fetched_epoch: 3,
            ..FetchPartition::default()
        };
        let partitions = partitions.iter().map(partition).collect();
        let topic = FetchTopic { topic: "t".to_owned(), partitions, ..FetchTopic::default() };
        FetchRequest { topics: vec![topic], ..FetchRequest::default() }
    }

    #[test]
    fn the_last_wish_for_a_partition_counts() {
        let wishes = once_each(wanted(&request(&[(0, 10), (1, 20), (0, 30)]), false));
        let offsets: Vec<_> = wishes.iter().map(|(wanted, wish)| (wanted.partition, wish.fetch_offset)).collect();
        assert_eq!(offsets, [(0, 30), (1, 20)]);
        let (_, wish) = &wishes[0];
        assert_eq!((wish.current_leader_epoch, wish.last_fetched_epoch), (None, Some(LeaderEpoch::new(3))));
    }
}
