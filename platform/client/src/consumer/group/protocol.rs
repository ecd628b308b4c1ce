//! What members of a consumer group tell each other through the coordinator, which does not look inside: subscriptions
//! and assignments, each behind its version (INT16). Versions 1 to 3 added what is owned, of which generation, and the
//! rack; whoever knows more than we do is read as version 3, for later versions only add.

use super::assignors::MemberSubscription;
use crate::ClientError;
use bytes::Bytes;
use ottla_model::{PartitionIndex, TopicName, TopicPartition};
use ottla_protocol::messages::{
    ConsumerProtocolAssignment, ConsumerProtocolSubscription, consumer_protocol_assignment,
    consumer_protocol_subscription,
};
use ottla_protocol::{DecodeError, EncodeError, Message, Reader, Writer};
use std::collections::{BTreeMap, BTreeSet};

/// The type of groups whose members are consumers.
pub(super) const PROTOCOL_TYPE: &str = "consumer";

/// What a member wants, and what it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::consumer) struct Subscription<'a> {
    pub(in crate::consumer) topics: &'a BTreeSet<String>,
    pub(in crate::consumer) user_data: Option<Bytes>,
    /// In order.
    pub(in crate::consumer) owned: &'a [TopicPartition],
    /// -1 if it comes from none.
    pub(in crate::consumer) generation: i32,
    /// `client.rack`; empty if it has none.
    pub(in crate::consumer) rack: &'a str,
}

/// A subscription as the coordinator hands it to the leader.
pub(in crate::consumer) fn encode_subscription(subscription: &Subscription<'_>) -> Result<Bytes, ClientError> {
    let owned = by_topic(subscription.owned).into_iter();
    encode(&ConsumerProtocolSubscription {
        topics: subscription.topics.iter().cloned().collect(),
        user_data: subscription.user_data.clone(),
        owned_partitions: owned
            .map(|(topic, partitions)| consumer_protocol_subscription::TopicPartition { topic, partitions })
            .collect(),
        generation_id: subscription.generation,
        rack_id: (!subscription.rack.is_empty()).then(|| subscription.rack.to_owned()),
    })
}

/// Reads another member's subscription. Topics that cannot exist are left out.
pub(super) fn decode_subscription(
    member_id: String,
    instance_id: Option<String>,
    bytes: Bytes,
) -> Result<MemberSubscription, ClientError> {
    let read: ConsumerProtocolSubscription = decode(bytes)?;
    let owned = read.owned_partitions.into_iter().map(|topic| (topic.topic, topic.partitions));
    Ok(MemberSubscription {
        member_id,
        instance_id,
        topics: read.topics.iter().filter_map(|topic| TopicName::new(topic).ok()).collect(),
        owned: partitions(owned),
        generation: read.generation_id,
        user_data: read.user_data,
        rack: read.rack_id.filter(|rack| !rack.is_empty()),
    })
}

/// An assignment as the coordinator hands it to its member.
pub(super) fn encode_assignment(assigned: &[TopicPartition]) -> Result<Bytes, ClientError> {
    let topics = by_topic(assigned).into_iter();
    encode(&ConsumerProtocolAssignment {
        assigned_partitions: topics
            .map(|(topic, partitions)| consumer_protocol_assignment::TopicPartition { topic, partitions })
            .collect(),
        user_data: None,
    })
}

/// Reads what the leader has assigned.
pub(super) fn decode_assignment(bytes: Bytes) -> Result<Vec<TopicPartition>, ClientError> {
    let read: ConsumerProtocolAssignment = decode(bytes)?;
    Ok(partitions(read.assigned_partitions.into_iter().map(|topic| (topic.topic, topic.partitions))))
}

fn by_topic(partitions: &[TopicPartition]) -> BTreeMap<String, Vec<i32>> {
    let mut topics = BTreeMap::<String, Vec<i32>>::new();
    for partition in partitions {
        topics.entry(partition.topic.to_string()).or_default().push(partition.partition.value());
    }
    topics
}

fn partitions(topics: impl Iterator<Item = (String, Vec<i32>)>) -> Vec<TopicPartition> {
    let mut partitions = Vec::new();
    for (topic, indexes) in topics {
        let Ok(topic) = TopicName::new(&topic) else { continue };
        let partition = |index| TopicPartition { topic: topic.clone(), partition: PartitionIndex::new(index) };
        partitions.extend(indexes.into_iter().filter(|index| *index >= 0).map(partition));
    }
    partitions
}

fn encode<M: Message>(message: &M) -> Result<Bytes, ClientError> {
    let failed = |error: EncodeError| ClientError::IllegalArgument(format!("{}: {error}", M::NAME));
    let mut writer = Writer::new();
    writer.int16(M::HIGHEST_VERSION);
    message.encode(&mut writer, M::HIGHEST_VERSION).map_err(failed)?;
    writer.finish_to_bytes().map_err(failed)
}

fn decode<M: Message>(bytes: Bytes) -> Result<M, ClientError> {
    let failed = |error: DecodeError| ClientError::Malformed(format!("{}: {error}", M::NAME));
    let mut reader = Reader::new(bytes);
    let version = reader.int16().map_err(failed)?;
    if version < M::LOWEST_VERSION {
        return Err(ClientError::Malformed(format!("{}: Unsupported version: {version}", M::NAME)));
    }
    M::decode(&mut reader, version.min(M::HIGHEST_VERSION)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::super::assignors::MemberSubscription;
    use super::{Subscription, decode_assignment, decode_subscription, encode_assignment, encode_subscription};
    use bytes::Bytes;
    use ottla_model::{PartitionIndex, TopicName, TopicPartition};

    fn partition(topic: &str, index: i32) -> TopicPartition {
        TopicPartition { topic: TopicName::new(topic).unwrap(), partition: PartitionIndex::new(index) }
    }

    #[test]
    fn a_subscription_arrives_as_it_was_sent() {
        let topics = ["a".to_owned(), "b".to_owned()].into();
        let owned = [partition("a", 0), partition("a", 2), partition("b", 1)];
        let user_data = Some(Bytes::from_static(b"data"));
        let sent =
            Subscription { topics: &topics, user_data: user_data.clone(), owned: &owned, generation: 5, rack: "r" };
        let bytes = encode_subscription(&sent).unwrap();
        let read = decode_subscription("m".to_owned(), Some("i".to_owned()), bytes.clone()).unwrap();
        let expected = MemberSubscription {
            member_id: "m".to_owned(),
            instance_id: Some("i".to_owned()),
            topics: [TopicName::new("a").unwrap(), TopicName::new("b").unwrap()].into(),
            owned: owned.to_vec(),
            generation: 5,
            user_data,
            rack: Some("r".to_owned()),
        };
        assert_eq!(read, expected);

        let mut later = bytes.to_vec();
        later[1] = 9;
        later.extend_from_slice(b"what we do not know");
        assert_eq!(decode_subscription("m".to_owned(), Some("i".to_owned()), later.into()).unwrap(), expected);
    }

    #[test]
    fn a_subscription_of_version_0_says_nothing_of_what_is_owned() {
        let bytes = [0, 0, 0, 0, 0, 2, 0, 1, b'a', 0, 1, b'/', 0xff, 0xff, 0xff, 0xff];
        let read = decode_subscription("m".to_owned(), None, Bytes::copy_from_slice(&bytes)).unwrap();
        assert_eq!((read.owned, read.generation, read.user_data), (Vec::new(), -1, None));
        assert_eq!(read.topics, [TopicName::new("a").unwrap()].into(), "the other cannot exist");
    }

    #[test]
    fn an_assignment_arrives_as_it_was_sent() {
        let assigned = vec![partition("a", 1), partition("a", 3), partition("b", 0)];
        assert_eq!(decode_assignment(encode_assignment(&assigned).unwrap()), Ok(assigned));
        assert_eq!(decode_assignment(encode_assignment(&[]).unwrap()), Ok(Vec::new()));
        for nonsense in [&[][..], &[0], &[0xff, 0xff, 0, 0], &[0, 1, 0x7f, 0xff, 0xff, 0xff]] {
            assert!(decode_assignment(Bytes::copy_from_slice(nonsense)).is_err(), "{nonsense:?}");
        }
    }
}
