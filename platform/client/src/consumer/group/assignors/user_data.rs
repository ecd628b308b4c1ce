//! What the sticky assignors tell each other beside the subscription.
//!
//! * `sticky`: what the member got last: `previous_assignment` ARRAY of {`topic` STRING, `partitions` ARRAY of INT32},
//!   then (since version 1) `generation` INT32. Big-endian, no version in front.
//! * `cooperative-sticky`: `generation` INT32. Subscriptions of version 2 and later say it themselves.
//!
//! It comes from other members, so it may be anything: what cannot be read counts as nothing.

use super::MemberSubscription;
use super::sticky::Claimant;
use bytes::Bytes;
use ottla_model::{PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::messages::consumer_protocol_assignment::TopicPartition as TopicPartitions;
use ottla_protocol::{Reader, Writer};
use std::collections::BTreeMap;

/// The version of the consumer protocol whose arrays of topics and partitions are laid out as these are.
const LAYOUT_VERSION: i16 = 0;
/// A generation that nobody is of.
const NO_GENERATION: i32 = -1;

/// What a member that got `last` in `generation` tells. `None` if that cannot be said.
pub(super) fn sticky(last: &[TopicPartition], generation: i32) -> Option<Bytes> {
    let mut by_topic = BTreeMap::<&TopicName, Vec<i32>>::new();
    for partition in last {
        by_topic.entry(&partition.topic).or_default().push(partition.partition.value());
    }
    let topic = |(topic, partitions): (&TopicName, Vec<i32>)| TopicPartitions { topic: topic.to_string(), partitions };
    let topics: Vec<_> = by_topic.into_iter().map(topic).collect();
    let mut writer = Writer::new();
    writer.array(&topics, false, LAYOUT_VERSION).ok()?;
    writer.int32(generation);
    writer.finish_to_bytes().ok()
}

/// What a member of `generation` tells.
pub(super) fn cooperative(generation: i32) -> Bytes {
    Bytes::copy_from_slice(&generation.to_be_bytes())
}

/// Members with what their user data claims.
pub(super) fn claims_of_sticky<'a>(members: &[&'a MemberSubscription]) -> Vec<Claimant<'a>> {
    let claimant = |member: &&'a MemberSubscription| {
        let (claims, generation) =
            member.user_data.clone().and_then(read_sticky).unwrap_or((Vec::new(), NO_GENERATION));
        Claimant {
            member_id: &member.member_id,
            topics: &member.topics,
            rack: member.rack.as_deref(),
            claims,
            generation,
        }
    };
    members.iter().map(claimant).collect()
}

/// Members with what they own.
pub(super) fn claims_of_cooperative<'a>(members: &[&'a MemberSubscription]) -> Vec<Claimant<'a>> {
    let claimant = |member: &&'a MemberSubscription| {
        let told = || member.user_data.as_ref()?.first_chunk().map(|bytes| i32::from_be_bytes(*bytes));
        let generation = if member.generation >= 0 { member.generation } else { told().unwrap_or(NO_GENERATION) };
        let claims = member.owned.clone();
        Claimant {
            member_id: &member.member_id,
            topics: &member.topics,
            rack: member.rack.as_deref(),
            claims,
            generation,
        }
    };
    members.iter().map(claimant).collect()
}

fn read_sticky(user_data: Bytes) -> Option<(Vec<TopicPartition>, i32)> {
    let mut reader = Reader::new(user_data);
    let topics: Vec<TopicPartitions> = reader.array(false, LAYOUT_VERSION).ok()?;
    let generation = if reader.remaining() == 0 { NO_GENERATION } else { reader.int32().ok()? };
    let mut claims = Vec::new();
    for topic in topics {
        let name = TopicName::new(&topic.topic).ok()?;
        let partition = |index| TopicPartition { topic: name.clone(), partition: PartitionIndex::new(index) };
        claims.extend(topic.partitions.into_iter().map(partition));
    }
    Some((claims, generation))
}

#[cfg(test)]
mod tests {
    use super::super::testing::partition;
    use super::{read_sticky, sticky};
    use bytes::Bytes;

    #[test]
    fn sticky_user_data_is_laid_out_as_kafkas() {
        let claims = vec![partition("t", 1), partition("t", 5)];
        let bytes = sticky(&claims, 7).unwrap();
        let expected = [0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 7];
        assert_eq!(&bytes[..], &expected[..]);
        assert_eq!(read_sticky(bytes.clone()), Some((claims.clone(), 7)));
        assert_eq!(read_sticky(bytes.slice(..bytes.len() - 4)), Some((claims, -1)), "version 0 has no generation");
    }

    #[test]
    fn nonsense_counts_as_nothing() {
        for bytes in [&[][..], &[0, 0], &[0x7f, 0xff, 0xff, 0xff], &[0, 0, 0, 1, 0, 1, b'/', 0, 0, 0, 0, 0, 0, 0, 1]] {
            assert_eq!(read_sticky(Bytes::copy_from_slice(bytes)), None, "{bytes:?}");
        }
    }
}
