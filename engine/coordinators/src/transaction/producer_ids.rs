//! Where new producer ids come from.

use ottla_model::ProducerId;
use std::fmt::Debug;

/// Gives producer ids (KIP-730): one for each new transactional id, and one whenever the epochs of the last are used up.
/// Shared by all shards; asked under a shard's lock, so it must not wait.
pub trait ProducerIds: Debug + Send + Sync {
    /// An id that no producer has ever had. `None` if there is none at the moment: whoever needs it is told to try again.
    fn draw(&self) -> Option<ProducerId>;
}
