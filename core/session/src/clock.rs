//! The CPU time of the calling thread.
#![allow(unsafe_code, reason = "the thread clock has no safe interface")]

/// CPU time that this thread has used, in nanoseconds; 0 where the system does not tell.
///
/// # Realtime Safety
/// One call of the system that does not wait.
#[cfg(unix)]
pub fn thread_cpu_ns() -> u64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes to a local of the right type.
    let done = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut t) };
    if done == 0 { t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64 } else { 0 }
}

/// CPU time that this thread has used, in nanoseconds; 0 where the system does not tell.
#[cfg(not(unix))]
pub fn thread_cpu_ns() -> u64 {
    0
}
