//! A display that goes away: the set plays on without a window until it is told to end.
#![cfg_attr(unix, allow(unsafe_code, reason = "the C library calls what it was given when the program exits"))]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How a set and its window stand to one another.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    window: AtomicBool,
    set: AtomicBool,
    closes: AtomicBool,
    outlives: AtomicBool,
}

impl Lost {
    /// Whether the window is gone that would have closed the set.
    pub(crate) fn has_no_window(&self) -> bool {
        self.window.load(Ordering::Relaxed)
    }

    /// The window is gone: from now on the set ends when the program is told to.
    pub(crate) fn lose_window(&self) {
        self.window.store(true, Ordering::Relaxed);
    }

    /// Whether the set has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.set.load(Ordering::Acquire)
    }

    /// The set has ended.
    pub(crate) fn end(&self) {
        self.set.store(true, Ordering::Release);
    }

    /// The window was told to close, by whom ever.
    pub(crate) fn close(&self) {
        self.closes.store(true, Ordering::Relaxed);
    }

    /// The window goes: where nobody has closed it, waits without one until the set has ended. A window that has failed
    /// ends the set with it, which can be opened as it was left.
    pub(crate) fn leave(&self) {
        if self.outlives.load(Ordering::Relaxed) && !self.closes.load(Ordering::Relaxed) && !std::thread::panicking() {
            self.wait();
        }
    }

    /// Waits without a window until the set has ended.
    fn wait(&self) {
        if self.is_over() {
            return;
        }
        crate::tell(format_args!("the display is gone and the window with it: the set plays on; Ctrl-C ends it\n"));
        self.lose_window();
        while !self.is_over() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The set of the window that there is.
static SET: OnceLock<Arc<Lost>> = OnceLock::new();

/// Has a set outlive its window: where the server of a display ends, the library of X has the program exit, and the one of
/// Wayland gives the window up.
pub(crate) fn outlive(set: &Arc<Lost>) {
    set.outlives.store(true, Ordering::Relaxed);
    #[cfg(unix)]
    if SET.set(Arc::clone(set)).is_ok() {
        // SAFETY: `at_exit` is a function of this program and lives as long as it does. Where there is no room left for
        // it, the set ends with its window.
        let _ = unsafe { libc::atexit(at_exit) };
    }
    #[cfg(not(unix))]
    let _ = SET.set(Arc::clone(set));
}

#[cfg(unix)]
extern "C" fn at_exit() {
    if let Some(set) = SET.get() {
        set.wait();
    }
}
