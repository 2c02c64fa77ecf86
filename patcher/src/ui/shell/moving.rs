//! The set goes on in another folder, once its files are copied there.

use super::deck::{Hall, Said};
use super::make;
use crate::cli::playing::Playing;
use crate::ui::errand::{Errand, Told, Underway};
use crate::ui::gestures::OF_DEEDS;
use bf_session::{Severity, carry_history};
use std::path::PathBuf;

/// What is being copied, and where to.
#[derive(Default)]
pub(super) struct Moving {
    to: Option<(PathBuf, Errand<Result<(), String>>)>,
    /// Counts what was begun.
    begun: u64,
}

impl Hall {
    /// Has the files of the set copied; it goes on there as it stands then.
    pub(super) fn save_as(&mut self, to: PathBuf, playing: &Playing) -> Result<Option<String>, String> {
        self.is_moving()?;
        if self.wished.is_some() || playing.is_changing() {
            return Err("another set comes in just now".to_owned());
        }
        let (from, there, files) = (self.around.place.clone(), to.clone(), playing.session.files_beside());
        let history = playing.session.history_place();
        self.moving.begun += 1;
        let words = format!("saving as {}", make::name_of(&to));
        let copy = move |told: &Told| {
            make::copy(&from, &there, &files, told)?;
            // What does not go along is said once the set is there.
            let _ = history.map(|history| carry_history(&history, &there, &mut || told.goes_on()));
            Ok(())
        };
        self.moving.to = Some((to, Errand::new(OF_DEEDS | self.moving.begun, words, copy)));
        Ok(None)
    }

    /// What came of copying it; whether anything did.
    pub(super) fn hear_moving(&mut self, playing: &mut Playing, say: &mut Vec<Said>) -> bool {
        let Some((to, copying)) = &mut self.moving.to else { return false };
        let Some(done) = copying.heard() else { return false };
        let (to, is_cancelled) = (core::mem::take(to), copying.is_cancelled());
        self.moving.to = None;
        if is_cancelled {
            // Nothing of it was there before.
            say.push(Said::Line(Severity::Warning, format!("cancelled: it is not saved as {}", make::name_of(&to))));
            std::thread::spawn(move || std::fs::remove_dir_all(to));
            return true;
        }
        let done = done.unwrap_or_else(|| Err("copying it has failed".to_owned()));
        match done.and_then(|()| playing.move_to(&to)) {
            Ok(told) => {
                self.place(playing);
                self.around.was_left = false;
                let text = format!("saved as {}: it goes on from there", to.display());
                say.push(Said::Line(Severity::Warning, text));
                say.extend(told.into_iter().map(|text| Said::Line(Severity::Error, text)));
            }
            Err(why) => {
                self.around.failed += 1;
                say.push(Said::Line(Severity::Error, format!("it was not saved as {}: {why}", make::name_of(&to))));
            }
        }
        true
    }

    /// Whether this set goes elsewhere.
    pub(super) fn is_moving(&self) -> Result<(), String> {
        match self.moving.to {
            Some(_) => Err("the set is being saved elsewhere just now".to_owned()),
            None => Ok(()),
        }
    }

    /// What is under way.
    pub(crate) fn shown(&self) -> Option<Underway> {
        self.moving.to.as_ref().map(|(_, errand)| errand.shown())
    }

    /// Whether a number is that of something that was begun here.
    pub(crate) fn is_own(&self, number: u64) -> bool {
        number & OF_DEEDS != 0
    }

    /// Ends what is under way, where it is of that number; whether it was.
    pub(crate) fn cancel(&self, number: Option<u64>) -> bool {
        let errand = self
            .moving
            .to
            .as_ref()
            .map(|(_, errand)| errand)
            .filter(|errand| number.is_none_or(|number| errand.number() == number));
        errand.into_iter().for_each(Errand::cancel);
        errand.is_some()
    }
}
