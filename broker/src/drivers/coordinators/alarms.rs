//! One place for the deadlines of all shards: an ordered set, and a thread that sleeps until the first of them.
//!
//! A shard has one alarm, for the nearest of its own deadlines; ten thousand groups are one alarm for each partition.

use crate::clock::Clock;
use ottla_model::Timestamp;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

/// Whoever can be woken.
pub(super) trait Sleeper: Send + Sync {
    /// Its time has come. Sets the next alarm itself.
    fn wake(&self);
}

/// The alarms of everybody, and the thread.
#[derive(Debug)]
pub(super) struct Alarms {
    clock: Clock,
    set: Mutex<AlarmSet>,
    changed: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct AlarmSet {
    by_time: BTreeMap<(Timestamp, AlarmId), Weak<dyn Sleeper>>,
    next_id: u64,
    stopped: bool,
}

/// Tells alarms of the same time apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AlarmId(u64);

impl Alarms {
    /// Starts the thread; [`Self::stop`] ends it.
    pub(super) fn start(clock: Clock) -> io::Result<Arc<Self>> {
        let alarms = Arc::new(Self { clock, set: Mutex::default(), changed: Condvar::new(), thread: Mutex::default() });
        let sounding = Arc::clone(&alarms);
        let thread = std::thread::Builder::new().name("coordinator-alarms".to_owned()).spawn(move || sounding.run())?;
        *alarms.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(alarms)
    }

    /// Wakes `sleeper` at `time`, once.
    pub(super) fn set(&self, time: Timestamp, sleeper: Weak<dyn Sleeper>) -> AlarmId {
        let mut set = self.lock();
        let id = AlarmId(set.next_id);
        set.next_id += 1;
        set.by_time.insert((time, id), sleeper);
        if set.by_time.first_key_value().is_some_and(|(first, _)| *first == (time, id)) {
            self.changed.notify_one();
        }
        id
    }

    /// Takes an alarm back. It may be sounding already.
    pub(super) fn clear(&self, time: Timestamp, id: AlarmId) {
        self.lock().by_time.remove(&(time, id));
    }

    /// Ends the thread and waits for it.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A thread that panicked has said so.
        let _ = thread.map(JoinHandle::join);
    }

    fn run(&self) {
        let mut set = self.lock();
        while !set.stopped {
            let now = self.clock.steady_now();
            match set.by_time.first_entry() {
                Some(first) if first.key().0 <= now => {
                    let sleeper = first.remove();
                    drop(set);
                    if let Some(sleeper) = sleeper.upgrade() {
                        sleeper.wake();
                    }
                    set = self.lock();
                }
                Some(first) => {
                    let wait = Duration::from_millis(first.key().0.milliseconds_since(now).unsigned_abs());
                    set = self.changed.wait_timeout(set, wait).unwrap_or_else(PoisonError::into_inner).0;
                }
                None => set = self.changed.wait(set).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, AlarmSet> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for AlarmSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AlarmSet").field("alarms", &self.by_time.len()).field("stopped", &self.stopped).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Alarms, Sleeper};
    use crate::clock::Clock;
    use std::sync::{Arc, Weak, mpsc};
    use std::time::Duration;

    struct Named(&'static str, mpsc::Sender<&'static str>);
    impl Sleeper for Named {
        fn wake(&self) {
            self.1.send(self.0).expect("the test listens");
        }
    }

    #[test]
    fn alarms_sound_in_order_and_once() {
        let clock = Clock::start();
        let alarms = Alarms::start(clock).expect("a thread");
        let (sender, woken) = mpsc::channel();
        let named = |name| -> Arc<dyn Sleeper> { Arc::new(Named(name, sender.clone())) };
        let (first, second, never, dropped) = (named("first"), named("second"), named("never"), named("dropped"));
        let at = |milliseconds| clock.steady_now().plus_milliseconds(milliseconds);
        let weak = |sleeper: &Arc<dyn Sleeper>| -> Weak<dyn Sleeper> { Arc::downgrade(sleeper) };

        let later = at(60_000);
        let cleared = alarms.set(later, weak(&never));
        alarms.set(at(40), weak(&second));
        alarms.set(at(20), weak(&dropped));
        drop(dropped);
        alarms.set(at(1), weak(&first));
        alarms.clear(later, cleared);
        assert_eq!(woken.recv(), Ok("first"));
        assert_eq!(woken.recv(), Ok("second"));
        assert!(alarms.lock().by_time.is_empty());
        alarms.stop();
        assert_eq!(woken.recv_timeout(Duration::ZERO), Err(mpsc::RecvTimeoutError::Timeout));
    }
}
