//! Producer ids, from blocks that the controller hands out (KIP-730). What is left of a block is lost at a stop.

use crate::drivers::controller::ControllerHandle;
use arc_swap::ArcSwap;
use ottla_metadata::MetadataImage;
use ottla_model::{BrokerId, ProducerId};
use std::ops::Range;

/// The ids that this broker may still give.
#[derive(Debug, Default)]
pub struct ProducerIds {
    // Held while a new block is asked for: those who come meanwhile need the same block.
    block: tokio::sync::Mutex<Range<i64>>,
}

impl ProducerIds {
    /// The next id, or `None` if the controller does not hand out blocks any more.
    pub async fn next(
        &self,
        controller: &ControllerHandle,
        local: BrokerId,
        image: &ArcSwap<MetadataImage>,
    ) -> Option<ProducerId> {
        let mut block = self.block.lock().await;
        if block.is_empty() {
            let epoch = image.load().cluster().broker(local)?.epoch;
            let allocated = controller
                .decide_fallibly(move |controller, _| controller.allocate_producer_ids(local, epoch))
                .await
                .ok()?;
            match allocated {
                Ok(allocated) => {
                    let first = allocated.first.value();
                    *block = first..first + i64::from(allocated.size);
                }
                Err(error) => {
                    tracing::error!("no producer ids: {error}");
                    return None;
                }
            }
        }
        block.next().map(ProducerId::new)
    }
}
