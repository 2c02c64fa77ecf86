//! The set list: which sets are played one after the other.

use super::along::Entry;
use super::around::Around;
use std::path::PathBuf;

/// Seconds between two looks for sets that are missing.
const AGAIN: f64 = 1.0;

/// The set list, in which a set may stand more than once.
#[derive(Debug, Default)]
pub(crate) struct SetList {
    all: Vec<Entry>,
    /// The number of the one that is put into it next.
    next: u64,
    /// Which of them are not there.
    missing: Vec<bool>,
    looked: Option<f64>,
}

impl SetList {
    pub(crate) fn new(places: Vec<PathBuf>) -> SetList {
        let mut list = SetList::default();
        places.into_iter().for_each(|place| list.push(place));
        list
    }

    pub(crate) fn all(&self) -> &[Entry] {
        &self.all
    }

    pub(crate) fn places(&self) -> Vec<PathBuf> {
        self.all.iter().map(|one| one.place.clone()).collect()
    }

    pub(crate) fn is_missing(&self, at: usize) -> bool {
        self.missing.get(at).is_some_and(|missing| *missing)
    }

    /// Looks now and then which are there.
    pub(crate) fn look(&mut self, now: f64) {
        if self.missing.len() != self.all.len() || self.looked.is_none_or(|at| now - at > AGAIN) {
            self.looked = Some(now);
            self.missing = self.all.iter().map(|one| !one.place.exists()).collect();
        }
    }

    /// Where the set that plays stands in it: where it was gone to, else where it stands first.
    pub(crate) fn here(&self, around: &Around) -> Option<usize> {
        let is_it = |one: &Entry| one.place == around.place;
        let gone_to = self.all.iter().position(|one| Some(one.number) == around.listed && is_it(one));
        gone_to.or_else(|| self.all.iter().position(is_it))
    }

    pub(crate) fn push(&mut self, place: PathBuf) {
        self.all.push(Entry { number: self.next, place });
        self.next += 1;
    }

    /// Two of them change places.
    pub(crate) fn swap(&mut self, one: usize, other: usize) {
        self.all.swap(one, other);
        self.missing.clear();
    }

    pub(crate) fn remove(&mut self, gone: usize) {
        self.all.remove(gone);
        self.missing.clear();
    }
}
