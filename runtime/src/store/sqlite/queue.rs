//! The way to a thread that owns a connection: first in, first out, except for heartbeats.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A queue that can be closed.
#[derive(Debug)]
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self { state: Mutex::new(State { items: VecDeque::new(), closed: false }), ready: Condvar::new() }
    }

    /// Adds an item at the end. Once closed it is dropped, as whoever waits for its answer notices.
    pub(super) fn push(&self, item: T) {
        self.add(|items| items.push_back(item));
    }

    /// Adds an item ahead of all others.
    pub(super) fn push_first(&self, item: T) {
        self.add(|items| items.push_front(item));
    }

    fn add(&self, add: impl FnOnce(&mut VecDeque<T>)) {
        let mut state = self.state();
        if !state.closed {
            add(&mut state.items);
            drop(state);
            self.ready.notify_one();
        }
    }

    /// Waits for items and takes up to `most` of them; none once the queue is closed and empty.
    pub(super) fn take(&self, most: usize) -> Vec<T> {
        let mut state = self.state();
        while state.items.is_empty() && !state.closed {
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let count = state.items.len().min(most);
        state.items.drain(..count).collect()
    }

    /// Lets the threads finish what is queued and end.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.ready.notify_all();
    }

    // No code runs under the lock that could leave the items half changed.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
