//! Real-time priority for the thread that calls, where the system grants it.

/// What became of asking for a high priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Priority {
    /// The thread goes before ordinary ones.
    Raised,
    #[cfg_attr(not(any(target_os = "linux", windows)), allow(dead_code, reason = "nobody is asked there"))]
    /// The system says no: sound is less robust under load, and that is a message, not an error.
    Refused,
}

/// Asks for a high priority for the calling thread. One system call: fit for a thread's first block.
#[cfg(target_os = "linux")]
pub(crate) fn raise() -> Priority {
    use thread_priority::{
        RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
        set_thread_priority_and_policy, thread_native_id,
    };
    // 70 of 99: above everything ordinary, below the interrupt threads that feed the device.
    let Ok(value) = ThreadPriorityValue::try_from(70u8) else { return Priority::Refused };
    let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    match set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Crossplatform(value), policy) {
        Ok(()) => Priority::Raised,
        Err(_) => Priority::Refused,
    }
}

/// Asks for a high priority for the calling thread.
#[cfg(windows)]
pub(crate) fn raise() -> Priority {
    match thread_priority::set_current_thread_priority(thread_priority::ThreadPriority::Max) {
        Ok(()) => Priority::Raised,
        Err(_) => Priority::Refused,
    }
}

/// Core Audio raises its own threads, further than this could.
#[cfg(not(any(target_os = "linux", windows)))]
pub(crate) fn raise() -> Priority {
    Priority::Raised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_never_fails_and_says_what_came_of_it() {
        let answer = std::thread::spawn(raise).join().unwrap();
        assert!(matches!(answer, Priority::Raised | Priority::Refused));
    }
}
