//! A Fetch that found too little waits here for more, on each of its partitions.
//!
//! The interleaving that matters: a reader registers with all its partitions *first* and looks at their ends *then*. An
//! append either comes before the look, and is seen, or after the registration, and wakes.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// Those that wait for one partition to offer more.
#[derive(Debug, Default)]
pub struct FetchWaiters {
    waiting: Mutex<Vec<Arc<Notify>>>,
}

impl FetchWaiters {
    /// Wakes all that wait: the high watermark or the last stable offset has moved, or the leadership is another.
    pub fn wake(&self) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for waiter in waiting.iter() {
            waiter.notify_one();
        }
    }

    fn add(&self, waiter: Arc<Notify>) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(waiter);
    }

    fn remove(&self, waiter: &Arc<Notify>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(position) = waiting.iter().position(|other| Arc::ptr_eq(other, waiter)) {
            waiting.swap_remove(position);
        }
        if waiting.is_empty() {
            *waiting = Vec::new(); // an idle partition holds no buffer
        }
    }
}

/// Whatever has [`FetchWaiters`].
pub trait Awaited {
    /// Its waiters.
    fn fetch_waiters(&self) -> &FetchWaiters;
}

/// One waiting Fetch; dropping it takes it off all its partitions' lists.
#[derive(Debug)]
pub struct FetchWaiter<P: Awaited> {
    notify: Arc<Notify>,
    partitions: Vec<Arc<P>>,
}

impl<P: Awaited> FetchWaiter<P> {
    /// Registers with all of `partitions`. Whatever happens to one of them from now on ends the next [`Self::woken`].
    pub fn register(partitions: Vec<Arc<P>>) -> Self {
        let notify = Arc::new(Notify::new());
        for partition in &partitions {
            partition.fetch_waiters().add(Arc::clone(&notify));
        }
        Self { notify, partitions }
    }

    /// Waits until one of the partitions has been woken since the registration, or since the last such wait.
    pub async fn woken(&self) {
        self.notify.notified().await;
    }
}

impl<P: Awaited> Drop for FetchWaiter<P> {
    fn drop(&mut self) {
        for partition in &self.partitions {
            partition.fetch_waiters().remove(&self.notify);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Awaited, FetchWaiter, FetchWaiters};
    use std::sync::Arc;

    #[derive(Default)]
    struct Partition(FetchWaiters);
    impl Awaited for Partition {
        fn fetch_waiters(&self) -> &FetchWaiters {
            &self.0
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_wake_before_the_wait_is_not_lost() {
        let partitions = [Arc::new(Partition::default()), Arc::new(Partition::default())];
        let waiter = FetchWaiter::register(partitions.to_vec());
        partitions[1].0.wake();
        partitions[0].0.wake();
        waiter.woken().await;
        drop(waiter);
        assert!(partitions.iter().all(|partition| partition.0.waiting.lock().unwrap().is_empty()));
    }
}
