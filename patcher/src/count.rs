//! An allocator that counts what the audio thread does with memory, so that `bench edits` can assert that it does nothing.
#![allow(unsafe_code, reason = "a global allocator passes calls on to the system's")]

use core::cell::Cell;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, watched.
pub(crate) struct Counting;

static ON_AUDIO_THREAD: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f`; allocations and frees that it makes are counted.
pub(crate) fn watched<T>(f: impl FnOnce() -> T) -> T {
    WATCHED.with(|w| w.set(true));
    let result = f();
    WATCHED.with(|w| w.set(false));
    result
}

/// Allocations and frees inside [`watched`] so far.
pub(crate) fn count() -> u64 {
    ON_AUDIO_THREAD.load(Relaxed)
}

fn note() {
    if WATCHED.try_with(Cell::get).unwrap_or(false) {
        ON_AUDIO_THREAD.fetch_add(1, Relaxed);
    }
}

// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note();
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        note();
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(ptr, layout) }
    }
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note();
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(ptr, layout, size) }
    }
}
