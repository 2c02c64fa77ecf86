//! Work beside the control thread that shows how far it is, and that can be ended.

use super::shell::deck::{Found, beside, heard};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Parts of the whole that are told.
const PARTS: f64 = 1000.0;

/// Between the thread that works and the one that waits.
#[derive(Debug, Default)]
pub(crate) struct Told {
    share: AtomicU32,
    pub cancel: AtomicBool,
}

impl Told {
    /// So much of it is done, 0 to 1.
    pub(crate) fn tell(&self, share: f64) {
        self.share.store((share.clamp(0.0, 1.0) * PARTS) as u32, Ordering::Relaxed);
    }

    /// Whether it may go on.
    pub(crate) fn goes_on(&self) -> bool {
        !self.cancel.load(Ordering::Relaxed)
    }
}

/// What is under way, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Underway {
    /// What it is called where it is to be ended.
    pub number: u64,
    pub words: String,
    /// In parts of a hundred; none while it only waits.
    pub percent: Option<u32>,
    /// Which one of how many it is.
    pub nth: Option<(u32, u32)>,
}

/// Something that is done beside.
pub(crate) struct Errand<T> {
    number: u64,
    words: String,
    told: Arc<Told>,
    found: Option<Found<T>>,
}

impl<T> Drop for Errand<T> {
    /// Nobody waits for it any more.
    fn drop(&mut self) {
        self.told.cancel.store(true, Ordering::Relaxed);
    }
}

impl<T: Send + 'static> Errand<T> {
    pub(crate) fn new(number: u64, words: String, work: impl FnOnce(&Told) -> T + Send + 'static) -> Errand<T> {
        let told = Arc::new(Told::default());
        let of = Arc::clone(&told);
        Errand { number, words, told, found: Some(beside(move || work(&of))) }
    }

    /// What came of it, once; nothing in it where its thread has ended without a word.
    pub(crate) fn heard(&mut self) -> Option<Option<T>> {
        heard(&mut self.found)
    }

    /// Has it end as soon as it looks.
    pub(crate) fn cancel(&self) {
        self.told.cancel.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        !self.told.goes_on()
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn shown(&self) -> Underway {
        let percent = f64::from(self.told.share.load(Ordering::Relaxed)) * 100.0 / PARTS;
        Underway { number: self.number, words: self.words.clone(), percent: Some(percent as u32), nth: None }
    }
}
