//! The set that comes in next: it is read beside the one that plays, takes over from it, or does not come in after all.

use super::deck::{Found, Hall, Said, beside};
use super::make;
use crate::cli::playing::Playing;
use crate::cli::playing::next::{Ready, ended};
use bf_session::{OpenError, Severity};
use std::path::{Path, PathBuf};
use std::sync::mpsc::TryRecvError;

type Opened = Result<Ready, OpenError>;
type Making = Box<dyn FnOnce(&Path) -> Result<(), String> + Send>;

/// How far it has come: it waits, is read, or is ready.
#[derive(Default)]
pub(super) struct Coming {
    later: Option<Later>,
    reading: Option<(PathBuf, Found<Opened>)>,
    ready: Option<(PathBuf, Ready)>,
}

impl Coming {
    /// Whether no set comes.
    pub(super) fn is_none(&self) -> bool {
        self.later.is_none() && self.reading.is_none() && self.ready.is_none()
    }
}

/// A set that does not come in after all.
struct Withdrawn {
    reading: Option<Found<Opened>>,
    ready: Option<Ready>,
    /// What it had come instead of.
    before: Option<Box<Withdrawn>>,
}

/// A set that is read as soon as it can be.
struct Later {
    place: PathBuf,
    made: Option<Making>,
    before: Withdrawn,
}

impl Withdrawn {
    /// Waits until nothing of it is open any more.
    fn end(self) {
        if let Some(before) = self.before {
            before.end();
        }
        drop(self.ready);
        if let Some(reading) = self.reading {
            drop(reading.recv());
        }
    }
}

impl Hall {
    /// Has a set read on a thread of its own, made there before where it has to be.
    pub(super) fn open(
        &mut self,
        place: PathBuf,
        playing: &mut Playing,
        made: Option<Making>,
    ) -> Result<Option<String>, String> {
        if made.is_none() && place.canonicalize().is_ok_and(|place| place == self.around.place) {
            return Err(format!("{} plays already", make::name_of(&place)));
        }
        self.is_moving()?;
        if made.is_none() && self.wished.as_ref() == Some(&place) {
            // It comes already.
            return Ok(None);
        }
        // What was wished last counts: another that was coming does not come in.
        let before = self.withdraw(playing);
        (self.around.coming, self.wished) = (Some(make::name_of(&place)), Some(place.clone()));
        self.coming.later = Some(Later { place, made, before });
        self.begin(playing);
        Ok(None)
    }

    /// Reads the set that was wished for, once no other one gives way: it may be that one. Whether it has begun.
    pub(super) fn begin(&mut self, playing: &mut Playing) -> bool {
        if playing.is_changing() {
            return false;
        }
        let Some(Later { place, made, before }) = self.coming.later.take() else { return false };
        let (opening, set, closing) = (playing.opening(), place.clone(), playing.closing());
        let read = move || {
            // It may be the one that played just now, or the one that was to come.
            before.end();
            ended(closing);
            if let Some(made) = made {
                made(&set).map_err(|cause| OpenError::Read { path: set.clone(), cause })?;
            }
            opening.ready(&set)
        };
        self.coming.reading = Some((place, beside(read)));
        true
    }

    /// Lets no other set come in; what was made ready of it is still to be ended, which takes a while.
    fn withdraw(&mut self, playing: &mut Playing) -> Withdrawn {
        let Coming { reading, ready, later } = core::mem::take(&mut self.coming);
        (self.around.coming, self.wished) = (None, None);
        playing.stay();
        let before = later.map(|later| Box::new(later.before));
        Withdrawn { reading: reading.map(|(_, found)| found), ready: ready.map(|(_, ready)| ready), before }
    }

    /// What plays goes on playing.
    pub(super) fn stay(&mut self, playing: &mut Playing) {
        self.along.leave();
        let withdrawn = self.withdraw(playing);
        std::thread::spawn(move || withdrawn.end());
    }

    /// What came of reading the set that comes; whether anything did.
    pub(super) fn hear_reading(&mut self, say: &mut Vec<Said>) -> bool {
        let Some((_, found)) = &self.coming.reading else { return false };
        let found = match found.try_recv() {
            Err(TryRecvError::Empty) => return false,
            found => found,
        };
        let Some((place, _)) = self.coming.reading.take() else { return false };
        match found {
            Ok(Ok(ready)) => self.coming.ready = Some((place, ready)),
            Ok(Err(OpenError::Faults(faults))) => {
                say.extend(faults.into_iter().map(Said::Fault));
                self.fail(&place, say, "it has faults; what played plays on".to_owned());
            }
            Ok(Err(e)) => self.fail(&place, say, e.to_string()),
            Err(_) => self.fail(&place, say, "reading it has failed".to_owned()),
        }
        true
    }

    /// Has the set that is ready take over, once no other one gives way; whether it does.
    pub(super) fn change_over(&mut self, playing: &mut Playing, say: &mut Vec<Said>) -> bool {
        let Some((place, ready)) = self.coming.ready.take_if(|_| !playing.is_changing()) else { return false };
        if let Err(why) = playing.change_over(ready) {
            self.fail(&place, say, why);
        }
        true
    }

    fn fail(&mut self, place: &Path, say: &mut Vec<Said>, why: String) {
        (self.around.coming, self.wished) = (None, None);
        self.around.failed += 1;
        say.push(Said::Line(Severity::Error, format!("{} was not opened: {why}", make::name_of(place))));
    }
}
