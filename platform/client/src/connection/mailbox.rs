//! Answers by correlation id.

use crate::ClientError;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

type Slot = oneshot::Sender<Result<Bytes, ClientError>>;

/// Who waits for which answer. Once closed it stays so, and everybody hears why.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next_correlation_id: i32,
    waiting: HashMap<i32, Slot>,
    failure: Option<ClientError>,
}

impl Mailbox {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding it, and its content is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_open(&self) -> bool {
        self.state().failure.is_none()
    }

    /// Why it was closed.
    pub(super) fn failure(&self) -> ClientError {
        let closed = || ClientError::Disconnected("the connection was closed".to_owned());
        self.state().failure.clone().unwrap_or_else(closed)
    }

    /// The correlation id for a request that nobody will answer.
    pub(super) fn next_correlation_id(&self) -> Result<i32, ClientError> {
        let mut state = self.state();
        if let Some(failure) = &state.failure {
            return Err(failure.clone());
        }
        let correlation_id = state.next_correlation_id;
        state.next_correlation_id = correlation_id.wrapping_add(1) & i32::MAX;
        Ok(correlation_id)
    }

    /// The correlation id for the next request, and where its answer will come.
    pub(super) fn expect(&self) -> Result<(i32, oneshot::Receiver<Result<Bytes, ClientError>>), ClientError> {
        let correlation_id = self.next_correlation_id()?;
        let (slot, answer) = oneshot::channel();
        self.state().waiting.insert(correlation_id, slot);
        Ok((correlation_id, answer))
    }

    /// The request was not sent after all.
    pub(super) fn forget(&self, correlation_id: i32) {
        self.state().waiting.remove(&correlation_id);
    }

    /// Hands an answer to whoever waits for it; nobody may wait any more.
    ///
    /// # Errors
    /// The frame answers nothing that was asked.
    pub(super) fn deliver(&self, frame: Bytes) -> Result<(), ClientError> {
        let Some(correlation_id) = frame.first_chunk().map(|bytes| i32::from_be_bytes(*bytes)) else {
            return Err(ClientError::Malformed(format!("an answer of {} bytes", frame.len())));
        };
        let Some(slot) = self.state().waiting.remove(&correlation_id) else {
            return Err(ClientError::Malformed(format!("an answer to request {correlation_id}, which was not asked")));
        };
        // An error means that the caller has gone.
        let _ = slot.send(Ok(frame));
        Ok(())
    }

    /// Tells everybody that there will be no more answers. The first reason holds.
    pub(super) fn close(&self, reason: ClientError) {
        let (waiting, reason) = {
            let mut state = self.state();
            let reason = state.failure.get_or_insert(reason).clone();
            (std::mem::take(&mut state.waiting), reason)
        };
        for slot in waiting.into_values() {
            let _ = slot.send(Err(reason.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mailbox;
    use crate::ClientError;
    use bytes::Bytes;

    #[test]
    fn answers_find_their_questions_in_any_order() {
        let mailbox = Mailbox::default();
        let (first, mut first_answer) = mailbox.expect().unwrap();
        let (second, mut second_answer) = mailbox.expect().unwrap();
        assert_eq!((first, second), (0, 1));
        mailbox.deliver(Bytes::from_static(&[0, 0, 0, 1, 9])).unwrap();
        mailbox.deliver(Bytes::from_static(&[0, 0, 0, 0, 8])).unwrap();
        assert_eq!(first_answer.try_recv().unwrap().unwrap()[4], 8);
        assert_eq!(second_answer.try_recv().unwrap().unwrap()[4], 9);
        assert!(mailbox.deliver(Bytes::from_static(&[0, 0, 0, 1])).is_err(), "answered twice");
        assert!(mailbox.deliver(Bytes::from_static(&[0])).is_err());
    }

    #[test]
    fn everybody_hears_the_first_reason_for_the_end() {
        let mailbox = Mailbox::default();
        let (_, mut answer) = mailbox.expect().unwrap();
        let first = ClientError::Disconnected("first".to_owned());
        mailbox.close(first.clone());
        mailbox.close(ClientError::Disconnected("second".to_owned()));
        assert_eq!(answer.try_recv().unwrap(), Err(first.clone()));
        assert_eq!(mailbox.expect().unwrap_err(), first);
        assert!(!mailbox.is_open());
    }
}
