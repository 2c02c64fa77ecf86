//! An allocator that counts what the calling thread asks for and gives back.
#![allow(unsafe_code, reason = "an allocator")]
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test that fails says where")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;
thread_local! {
    static COUNT: Cell<Option<u64>> = const { Cell::new(None) };
}
fn note() {
    let _ = COUNT.try_with(|c| c.set(c.get().map(|n| n + 1)));
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
}
#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations and frees while something runs.
pub fn count(run: impl FnOnce()) -> u64 {
    COUNT.with(|c| c.set(Some(0)));
    run();
    COUNT.with(Cell::take).unwrap()
}
