//! The set list: which sets are played one after the other, and where in it one is.

use super::around::Around;
use super::make::name_of;
use std::path::{Path, PathBuf};

/// Seconds between two looks for sets that are missing.
const AGAIN: f64 = 1.0;

/// The set list, in which a set may stand more than once.
#[derive(Debug, Default)]
pub(crate) struct SetList {
    places: Vec<PathBuf>,
    /// Which of them are not there.
    missing: Vec<bool>,
    looked: Option<f64>,
    /// The one that was last gone to: it plays, comes, or could not be opened.
    at: Option<usize>,
}

impl SetList {
    pub(crate) fn new(places: Vec<PathBuf>) -> SetList {
        SetList { places, ..SetList::default() }
    }

    pub(crate) fn places(&self) -> &[PathBuf] {
        &self.places
    }

    pub(crate) fn is_missing(&self, at: usize) -> bool {
        self.missing.get(at).is_some_and(|missing| *missing)
    }

    /// Looks now and then which are there.
    pub(crate) fn look(&mut self, now: f64) {
        if self.missing.len() != self.places.len() || self.looked.is_none_or(|at| now - at > AGAIN) {
            self.looked = Some(now);
            self.missing = self.places.iter().map(|place| !place.exists()).collect();
        }
    }

    /// Where the set that plays stands in it: where it was gone to, else where it stands first.
    pub(crate) fn here(&self, playing: &Path) -> Option<usize> {
        let is_it = |at: &usize| self.places.get(*at).is_some_and(|place| place == playing);
        self.at.filter(is_it).or_else(|| self.places.iter().position(|place| place == playing))
    }

    /// It was gone to one of them.
    pub(crate) fn go_to(&mut self, at: usize) {
        self.at = Some(at).filter(|at| *at < self.places.len());
    }

    /// Goes on, or back, from where one was last; what is missing is passed over, and told.
    ///
    /// # Errors
    /// What to tell where there is nothing further.
    pub(crate) fn step(&mut self, by: isize, around: &Around) -> Result<(PathBuf, Option<String>), String> {
        if self.places.is_empty() {
            return Err("the set list is empty: put sets into it in the browser's tab Sets".to_owned());
        }
        let from = self.at.or_else(|| self.here(&around.place));
        let first = if by > 0 { 0 } else { self.places.len() - 1 };
        let mut at = from.map_or(Some(first), |at| at.checked_add_signed(by));
        let mut passed = Vec::new();
        while let Some((i, place)) = at.and_then(|at| Some((at, self.places.get(at)?))) {
            if place.exists() {
                let place = place.clone();
                self.at = Some(i);
                let said = (!passed.is_empty()).then(|| format!("passed over, not there: {}", passed.join(", ")));
                return Ok((place, said));
            }
            passed.push(name_of(place));
            at = i.checked_add_signed(by);
        }
        let missing = if passed.is_empty() { String::new() } else { format!(" ({} is missing)", passed.join(", ")) };
        Err(format!("the set list ends here{missing}"))
    }

    /// Another set than one of the list plays, by another way: where one was in the list does not count.
    pub(crate) fn meet(&mut self, playing: &Path) {
        self.at = self.here(playing);
    }

    pub(crate) fn push(&mut self, place: PathBuf) {
        self.places.push(place);
    }

    /// Two of them change places.
    pub(crate) fn swap(&mut self, one: usize, other: usize) {
        self.places.swap(one, other);
        self.missing.clear();
        self.at = self.at.map(|at| {
            if at == one {
                other
            } else if at == other {
                one
            } else {
                at
            }
        });
    }

    pub(crate) fn remove(&mut self, gone: usize) {
        self.places.remove(gone);
        self.missing.clear();
        self.at = match self.at {
            Some(at) if at == gone => None,
            at => at.map(|at| at - usize::from(at > gone)),
        };
    }
}
