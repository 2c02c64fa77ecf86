//! Where in the set list one is, as the control thread knows it: a window may still show the set before.

use super::deck::Hall;
use super::make::name_of;
use crate::cli::playing::Playing;
use std::path::{Path, PathBuf};

/// One of the set list. A set may stand in it more than once: what tells one from the other is its number, which it keeps
/// wherever it is moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub number: u64,
    pub place: PathBuf,
}

/// Which one of the list plays, and which one was gone to.
#[derive(Default)]
pub(super) struct Along {
    here: Option<u64>,
    /// The one that is on its way, or that could not be opened.
    to: Option<u64>,
}

impl Along {
    /// A set is wished for by another way than the list.
    pub(super) fn leave(&mut self) {
        self.to = None;
    }

    /// A set plays from now on; whether it is the one that was wished for.
    pub(super) fn meet(&mut self, is_wished: bool) {
        self.here = if is_wished { self.to.take() } else { None };
    }

    /// The one of the list that plays, where it was gone to along the list.
    pub(super) fn here(&self) -> Option<u64> {
        self.here
    }

    /// So many on from what was gone to last, else from what comes, else from what plays; past what is not there, whose
    /// names are told.
    fn step(
        &self,
        by: isize,
        list: &[Entry],
        (playing, coming): (&Path, Option<&Path>),
    ) -> Result<(Entry, Vec<String>), String> {
        if list.is_empty() {
            return Err("the set list is empty: put sets into it in the browser's tab Sets".to_owned());
        }
        let number = |number: u64| list.iter().position(|one| one.number == number);
        let stands = |place: &Path| list.iter().position(|one| one.place == place);
        let from = self.to.and_then(number).or_else(|| coming.and_then(stands));
        let from = from.or_else(|| self.here.and_then(number)).or_else(|| stands(playing));
        let first = if by > 0 { 0 } else { list.len() - 1 };
        let mut at = from.map_or(Some(first), |at| at.checked_add_signed(by));
        let mut passed = Vec::new();
        while let Some((i, one)) = at.and_then(|at| Some((at, list.get(at)?))) {
            if one.place.exists() {
                return Ok((one.clone(), passed));
            }
            passed.push(name_of(&one.place));
            at = i.checked_add_signed(by.signum());
        }
        let missing = if passed.is_empty() { String::new() } else { format!(" ({} is missing)", passed.join(", ")) };
        Err(format!("the set list ends here{missing}"))
    }
}

impl Hall {
    /// Goes on or back in the list.
    pub(super) fn step(&mut self, by: isize, list: &[Entry], playing: &mut Playing) -> Result<Option<String>, String> {
        let from = (self.around.place.as_path(), self.wished.as_deref());
        match self.along.step(by, list, from) {
            Ok((one, passed)) => {
                if !passed.is_empty() {
                    self.say_briefly(format!("passed over, not there: {}", passed.join(", ")));
                }
                self.go_to(one, playing)
            }
            Err(why) => {
                self.say_briefly(why);
                Ok(None)
            }
        }
    }

    /// Goes to one of the list. Where that plays already, nothing else comes in.
    pub(super) fn go_to(&mut self, one: Entry, playing: &mut Playing) -> Result<Option<String>, String> {
        if one.place.canonicalize().is_ok_and(|place| place == self.around.place) {
            if self.wished.is_some() {
                self.stay(playing);
            }
            self.along = Along { here: Some(one.number), to: None };
            self.around.listed = self.along.here();
            return Ok(None);
        }
        let said = self.open(one.place, playing, None)?;
        self.along.to = Some(one.number);
        Ok(said)
    }

    fn say_briefly(&mut self, text: String) {
        self.around.briefly = (self.around.briefly.0 + 1, text);
    }
}
