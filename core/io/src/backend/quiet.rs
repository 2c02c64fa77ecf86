//! Keeps ALSA's error lines off the terminal, and returns them so that they can be told as reasons.

use std::cell::RefCell;
use std::rc::Rc;

thread_local! {
    // ALSA's handler is per thread, once set it stays; the buffer in use is kept alive with it.
    static BUFFER: RefCell<Option<Rc<RefCell<alsa::Output>>>> = const { RefCell::new(None) };
}

/// Runs `work`, and returns what ALSA would have printed on standard error: one line each.
///
/// The first call on a thread takes ALSA's error lines over for that thread; other threads are not touched.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> (T, String) {
    BUFFER.with(|buffer| *buffer.borrow_mut() = alsa::Output::local_error_handler().ok());
    let result = work();
    let said = BUFFER.with(|buffer| match &*buffer.borrow() {
        Some(output) => output.borrow().buffer_string(|bytes| String::from_utf8_lossy(bytes).into_owned()),
        None => String::new(),
    });
    (result, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_alsa_says_is_caught_and_forgotten_by_the_next_call() {
        let (result, said) = quietly(|| alsa::PCM::new("no_such_pcm", alsa::Direction::Playback, false));
        assert!(result.is_err());
        assert!(said.contains("no_such_pcm"), "{said:?}");
        let ((), said) = quietly(|| ());
        assert_eq!(said, "");
    }
}
