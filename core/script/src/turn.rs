//! Whose turn it is: evaluations and the closures that patterns call share one state, and go one at a time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{ThreadId, current};

/// A lock that its holder may take again, as where a closure calls a pattern that calls a closure.
#[derive(Default)]
pub(crate) struct Turn {
    holder: Mutex<(Option<ThreadId>, u32)>,
    free: Condvar,
}

impl Turn {
    /// Waits until no other thread has it. Each call is ended by one of [`Turn::give`].
    pub(crate) fn take(&self) {
        let me = current().id();
        let holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = self.free.wait_while(holder, |(thread, _)| thread.is_some_and(|of| of != me));
        let mut holder = taken.unwrap_or_else(PoisonError::into_inner);
        *holder = (Some(me), holder.1 + 1);
    }

    /// Ends the last [`Turn::take`] of this thread.
    pub(crate) fn give(&self) {
        let mut holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
        holder.1 = holder.1.saturating_sub(1);
        if holder.1 == 0 {
            holder.0 = None;
            self.free.notify_one();
        }
    }

    /// Takes it until the answer is dropped.
    pub(crate) fn hold(&self) -> Held<'_> {
        self.take();
        Held(self)
    }
}

/// A turn that ends when this is dropped.
pub(crate) struct Held<'a>(&'a Turn);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.give();
    }
}
