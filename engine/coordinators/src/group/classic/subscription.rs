//! What consumers say about themselves when they join: the only members' metadata that is looked into, and only to learn
//! whose offsets are in use.

use bytes::Bytes;
use ottla_protocol::messages::ConsumerProtocolSubscription;
use ottla_protocol::{DecodeError, Message, Reader};
use std::collections::BTreeSet;

/// All topics of these subscriptions; `None` if one of them cannot be read.
pub(super) fn topics(subscriptions: impl Iterator<Item = Bytes>) -> Option<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for subscription in subscriptions {
        all.extend(read(subscription).ok()?.topics);
    }
    Some(all)
}

/// Every version begins like version 0, which is all that is needed; what follows is nobody's concern here.
fn read(subscription: Bytes) -> Result<ConsumerProtocolSubscription, DecodeError> {
    let mut reader = Reader::new(subscription);
    reader.int16()?;
    ConsumerProtocolSubscription::decode(&mut reader, 0)
}

#[cfg(test)]
mod tests {
    use super::topics;
    use bytes::Bytes;
    use std::collections::BTreeSet;

    #[test]
    fn newer_versions_are_read_as_far_as_version_0_goes() {
        let two = Bytes::from_static(b"\0\x01\0\0\0\x02\0\x01a\0\x01b\xff\xff\xff\xff\0\0\0\0");
        let one = Bytes::from_static(b"\0\0\0\0\0\x01\0\x01c\0\0\0\x01x");
        let all = topics([two, one].into_iter());
        assert_eq!(all, Some(BTreeSet::from(["a".to_owned(), "b".to_owned(), "c".to_owned()])));
    }

    #[test]
    fn one_that_cannot_be_read_spoils_all() {
        let good = Bytes::from_static(b"\0\0\0\0\0\0\xff\xff\xff\xff");
        assert_eq!(topics([good.clone()].into_iter()), Some(BTreeSet::new()));
        assert_eq!(topics([good, Bytes::from_static(b"sticky")].into_iter()), None);
    }
}
