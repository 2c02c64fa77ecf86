//! The control thread's part of what is done with whole sets: open, change over, copy, go back, record, publish.

use super::along::{Along, Entry};
use super::around::{Around, Reach};
use super::make::{self, Template};
use crate::cli::playing::Playing;
use crate::cli::playing::next::{Ready, ended};
use crate::ui::errand::{Errand, Told, Underway};
use crate::ui::gestures::OF_DEEDS;
use bf_patch::Gesture;
use bf_session::layout::{Device, make as make_layout};
use bf_session::sync::Source;
use bf_session::{DeviceRequest, Diagnostic, Draft, OpenError, Severity, Shelf, carry_history, sound_to_try, states};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// What is wished of whole sets.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// Opened beside the one that plays, it takes over at the next bar.
    Open(PathBuf),
    /// So many on in the set list, or back, from what plays or comes once this is read.
    Step {
        by: isize,
        list: Vec<Entry>,
    },
    /// To one of the set list.
    GoTo(Entry),
    /// Made, and then opened.
    New {
        folder: PathBuf,
        template: Template,
    },
    /// The set as it stands, in another folder; it plays on from there.
    SaveAs(PathBuf),
    /// Back to what its files say, as one step.
    Revert,
    Name(String),
    Restore(String),
    /// The list of versions is wanted.
    LookUp,
    Publish {
        out: PathBuf,
        phone: bool,
    },
    Record(Option<PathBuf>),
    /// Is heard from the next beat on.
    Try(String),
    Quiet,
    Switch(Box<DeviceRequest>),
    /// MIDI goes over these ports from now on, besides those that were asked for at the start.
    Ports {
        inputs: Vec<String>,
        outputs: Vec<String>,
    },
    /// A patch file of the set is copied into the user's library, with all that it needs.
    Shelve {
        file: String,
        library: PathBuf,
    },
    /// A set that is coming does not come in after all.
    Stay,
}

/// What is said of it.
pub(crate) enum Said {
    Line(Severity, String),
    Fault(Diagnostic),
}

type Opened = Result<Ready, OpenError>;
/// What a thread beside has found.
pub(crate) type Found<T> = Receiver<T>;

/// What the thread remembers.
#[derive(Default)]
pub(crate) struct Hall {
    pub around: Around,
    reading: Option<(PathBuf, Found<Opened>)>,
    ready: Option<(PathBuf, Ready)>,
    /// The folder in which the set goes on once its files are copied there.
    moving: Option<(PathBuf, Errand<Result<(), String>>)>,
    /// Where in the set list one is.
    pub(super) along: Along,
    /// Where the set lies that was last wished for and has not taken over.
    pub(super) wished: Option<PathBuf>,
    /// The same, as long as it is not read.
    later: Option<Later>,
    /// Counts what was begun beside.
    begun: u64,
    trying: Option<Found<Result<Vec<f32>, String>>>,
    shelving: Vec<Found<Result<Shelf, String>>>,
    looking: Option<Found<Vec<bf_session::Version>>>,
    gestures: u64,
    /// How often the set went back to its files.
    pub reverts: u64,
    looked: Option<Instant>,
}

/// Between two looks at sources of time and at what comes in.
const LOOK: Duration = Duration::from_millis(200);

/// Does work on a thread of its own; nobody may wait for it any more.
pub(crate) fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Found<T> {
    let (tell, told) = sync_channel(1);
    std::thread::spawn(move || tell.send(work()));
    told
}

impl Hall {
    /// Looks at a set that plays from now on.
    pub(crate) fn meet(&mut self, playing: &mut Playing) {
        self.place(playing);
        let (session, around) = (&mut playing.session, &mut self.around);
        around.opened += 1;
        around.was_left = session.is_unsaved();
        let none_follows = self.reading.is_none() && self.ready.is_none() && self.later.is_none();
        self.along.meet(none_follows && self.wished.is_some());
        if none_follows {
            (around.coming, self.wished) = (None, None);
        }
        around.listed = self.along.here();
        around.versions = Arc::default();
        let shared = Arc::clone(session.controller().shared());
        shared.watch(true);
        around.shared = Some(shared);
    }

    /// Where the set lies.
    fn place(&mut self, playing: &Playing) {
        let (folder, around) = (playing.session.folder(), &mut self.around);
        (around.title, around.place, around.root) = (folder.name(), make::place_of(folder), folder.root.clone());
        around.read_only = playing.session.read_only().map(str::to_owned);
    }

    /// What is due; whether something has changed.
    pub(crate) fn attend(&mut self, playing: &mut Playing, say: &mut Vec<Said>) -> bool {
        let mut changed = self.hear_reading(say) | self.hear_moving(playing, say) | self.begin(playing);
        if let Some((place, ready)) = self.ready.take_if(|_| !playing.is_changing()) {
            changed = true;
            if let Err(why) = playing.change_over(ready) {
                self.fail(&place, say, why);
            }
        }
        let waits = playing.waits();
        changed |= waits != self.around.waits;
        self.around.waits = waits;
        if let Some(found) = heard(&mut self.trying) {
            let at = playing.next_beat();
            match found {
                // Of too many at once, the last are not heard.
                Some(Ok(sound)) => self.around.tried += u64::from(playing.live.try_sound(sound, at)),
                Some(Err(why)) => say.push(Said::Line(Severity::Warning, why)),
                None => {}
            }
            changed = true;
        }
        changed |= self.hear_shelving(say);
        if let Some(found) = heard(&mut self.looking) {
            self.around.versions = Arc::new(found.unwrap_or_default());
            changed = true;
        }
        if self.looked.is_none_or(|at| at.elapsed() > LOOK) {
            self.looked = Some(Instant::now());
            changed |= self.look(playing);
        }
        changed
    }

    fn hear_reading(&mut self, say: &mut Vec<Said>) -> bool {
        let Some((_, found)) = &self.reading else { return false };
        let found = match found.try_recv() {
            Err(TryRecvError::Empty) => return false,
            found => found,
        };
        let Some((place, _)) = self.reading.take() else { return false };
        match found {
            Ok(Ok(ready)) => self.ready = Some((place, ready)),
            Ok(Err(OpenError::Faults(faults))) => {
                say.extend(faults.into_iter().map(Said::Fault));
                self.fail(&place, say, "it has faults; what played plays on".to_owned());
            }
            Ok(Err(e)) => self.fail(&place, say, e.to_string()),
            Err(_) => self.fail(&place, say, "reading it has failed".to_owned()),
        }
        true
    }

    fn hear_shelving(&mut self, say: &mut Vec<Said>) -> bool {
        let before = self.around.shelved;
        let around = &mut self.around;
        self.shelving.retain_mut(|shelving| {
            let done = match shelving.try_recv() {
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => Err("it was not put into the library".to_owned()),
                Ok(done) => done,
            };
            around.shelved += 1;
            say.push(match done {
                Ok(Shelf::New(name)) => Said::Line(Severity::Warning, format!("{name} is in your library now")),
                Ok(Shelf::Renamed(name)) => {
                    let text = format!("it is in your library as {name}: another patch there has its name");
                    Said::Line(Severity::Warning, text)
                }
                Ok(Shelf::There(name)) => {
                    Said::Line(Severity::Warning, format!("your library has it already, as {name}"))
                }
                Err(why) => Said::Line(Severity::Error, format!("it was not put into your library: {why}")),
            });
            false
        });
        self.around.shelved != before
    }

    /// Has the files of the set copied; it goes on there as it stands then.
    fn save_as(&mut self, to: PathBuf, playing: &Playing) -> Result<Option<String>, String> {
        self.is_moving()?;
        if self.wished.is_some() || playing.is_changing() {
            return Err("another set comes in just now".to_owned());
        }
        let (from, there, files) = (self.around.place.clone(), to.clone(), playing.session.files_beside());
        let history = playing.session.history_place();
        self.begun += 1;
        let words = format!("saving as {}", make::name_of(&to));
        let copy = move |told: &Told| {
            make::copy(&from, &there, &files, told)?;
            // What does not go along is said once the set is there.
            let _ = history.map(|history| carry_history(&history, &there, &mut || told.goes_on()));
            Ok(())
        };
        self.moving = Some((to, Errand::new(OF_DEEDS | self.begun, words, copy)));
        Ok(None)
    }

    fn hear_moving(&mut self, playing: &mut Playing, say: &mut Vec<Said>) -> bool {
        let Some((to, copying)) = &mut self.moving else { return false };
        let Some(done) = copying.heard() else { return false };
        let (to, is_cancelled) = (core::mem::take(to), copying.is_cancelled());
        self.moving = None;
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
    fn is_moving(&self) -> Result<(), String> {
        match self.moving {
            Some(_) => Err("the set is being saved elsewhere just now".to_owned()),
            None => Ok(()),
        }
    }

    /// What is under way.
    pub(crate) fn shown(&self) -> Option<Underway> {
        self.moving.as_ref().map(|(_, errand)| errand.shown())
    }

    /// Whether a number is that of something that was begun here.
    pub(crate) fn is_own(&self, number: u64) -> bool {
        number & OF_DEEDS != 0
    }

    /// Ends what is under way, where it is of that number; whether it was.
    pub(crate) fn cancel(&self, number: Option<u64>) -> bool {
        let errand = self
            .moving
            .as_ref()
            .map(|(_, errand)| errand)
            .filter(|errand| number.is_none_or(|number| errand.number() == number));
        errand.into_iter().for_each(Errand::cancel);
        errand.is_some()
    }

    fn fail(&mut self, place: &Path, say: &mut Vec<Said>, why: String) {
        (self.around.coming, self.wished) = (None, None);
        self.around.failed += 1;
        say.push(Said::Line(Severity::Error, format!("{} was not opened: {why}", make::name_of(place))));
    }

    fn look(&mut self, playing: &mut Playing) -> bool {
        let sources = playing.sources();
        let reach = playing.reach();
        // Offsets and jitter never rest: while nothing plays they wake no window.
        let plain = |sources: &[Source]| {
            let shown = |s: &Source| (s.kind, s.name.clone(), s.bpm.map(|bpm| (bpm * 10.0).round()), s.peers);
            sources.iter().map(shown).collect::<Vec<_>>()
        };
        let moves = playing.session.controller().shared().status().playing && sources != *self.around.sources;
        let changed = moves || plain(&sources) != plain(&self.around.sources) || reach != self.around.reach;
        if changed {
            (self.around.sources, self.around.reach) = (Arc::new(sources), reach);
        }
        changed
    }

    /// Does what is wished.
    pub(crate) fn grant(&mut self, deed: Deed, playing: &mut Playing, say: &mut Vec<Said>) {
        let done = match deed {
            Deed::Open(place) => self.open(place, playing, None).inspect(|_| self.along.leave()),
            Deed::Step { by, list } => self.step(by, &list, playing),
            Deed::GoTo(one) => self.go_to(one, playing),
            Deed::New { folder, template } => {
                let make = move |folder: &Path| template.make(folder);
                self.open(folder, playing, Some(Box::new(make))).inspect(|_| self.along.leave())
            }
            Deed::SaveAs(to) => self.save_as(to, playing),
            Deed::Revert => self.revert(playing).map(Some),
            Deed::Name(name) => {
                let named = playing.session.name_version(&name, "");
                if named.is_ok() {
                    self.look_up();
                }
                named.map(|()| Some(format!("the set as it stands is the version `{name}`")))
            }
            Deed::Restore(wish) => playing.session.restore_version(&wish).map(|_| None),
            Deed::LookUp => {
                self.look_up();
                Ok(None)
            }
            Deed::Publish { out, phone } => {
                let device = if phone { Device::Phone } else { Device::Tablet };
                let made = make_layout(&self.around.title, &playing.session.tree(), device);
                let saved = made.save(&out).map_err(|e| format!("{}: {e}", out.display()));
                saved.map(|()| Some(format!("{} was written; it has not been tried in the app", out.display())))
            }
            Deed::Record(Some(out)) => {
                let begun = playing.session.start_recording(&out, None);
                begun.map(|_| None)
            }
            Deed::Record(None) => playing.session.stop_recording().map(|()| None),
            Deed::Try(sound) => {
                let (root, rate) = (self.around.root.clone(), playing.session.sample_rate());
                self.trying = Some(beside(move || sound_to_try(&root, &sound, rate)));
                Ok(None)
            }
            Deed::Quiet => {
                playing.live.quiet();
                Ok(None)
            }
            Deed::Switch(request) => {
                // What the settings do not speak of stays as it was asked for.
                let DeviceRequest { backend, name, sample_rate, block, outputs, inputs, .. } = *request;
                let now = playing.live.request().clone();
                let outputs = if outputs == 0 { now.outputs } else { outputs };
                playing.live.switch(DeviceRequest { backend, name, sample_rate, block, outputs, inputs, ..now });
                Ok(None)
            }
            Deed::Ports { inputs, outputs } => {
                playing.use_ports(&inputs, &outputs);
                Ok(None)
            }
            Deed::Shelve { file, library } => playing.session.to_shelve(&file).map(|patch| {
                self.shelving.push(beside(move || patch.keep(&library)));
                None
            }),
            Deed::Stay => {
                self.stay(playing);
                Ok(None)
            }
        };
        match done {
            Ok(text) => say.extend(text.map(|text| Said::Line(Severity::Warning, text))),
            Err(why) => say.push(Said::Line(Severity::Error, why)),
        }
    }

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
        self.later = Some(Later { place, made, before });
        self.begin(playing);
        Ok(None)
    }

    /// Reads the set that was wished for, once no other one gives way: it may be that one. Whether it has begun.
    fn begin(&mut self, playing: &mut Playing) -> bool {
        if playing.is_changing() {
            return false;
        }
        let Some(Later { place, made, before }) = self.later.take() else { return false };
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
        self.reading = Some((place, beside(read)));
        true
    }

    /// Lets no other set come in; what was made ready of it is still to be ended, which takes a while.
    fn withdraw(&mut self, playing: &mut Playing) -> Withdrawn {
        let (reading, ready, later) = (self.reading.take(), self.ready.take(), self.later.take());
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

    fn look_up(&mut self) {
        let place = self.around.place.clone();
        self.looking = Some(beside(move || states(&place).unwrap_or_default()));
    }

    /// The set as its files say, as one step that can be undone.
    fn revert(&mut self, playing: &mut Playing) -> Result<String, String> {
        self.gestures += 1;
        let gesture = Gesture(OF_DEEDS | self.gestures);
        let session = &playing.session;
        let (before, drafts) = (session.set().clone(), session.drafts());
        let is_other = |draft: &Draft| session.text_that_plays(&draft.file).is_some_and(|text| text != draft.base);
        // Text that was typed and is not heard is no step of the set.
        let is_typed = !drafts.is_empty() && !drafts.values().any(is_other);
        let any = playing.session.revert(gesture).map_err(|e| e.to_string())?;
        self.around.was_left = false;
        self.reverts += 1;
        let text = match (any, is_typed && *playing.session.set() == before) {
            (false, _) => "nothing differs from the files",
            (true, false) => "the set is as it was saved; undo takes that back",
            (true, true) => "the script is as it was saved; Ctrl+Z in it brings back what was typed",
        };
        Ok(text.to_owned())
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

type Making = Box<dyn FnOnce(&Path) -> Result<(), String> + Send>;

/// What has come, once; nothing in it where its thread has ended without a word.
pub(crate) fn heard<T>(found: &mut Option<Found<T>>) -> Option<Option<T>> {
    let heard = match found.as_ref()?.try_recv() {
        Ok(thing) => Some(thing),
        Err(TryRecvError::Empty) => return None,
        Err(TryRecvError::Disconnected) => None,
    };
    *found = None;
    Some(heard)
}

impl Playing {
    /// How it is reached from outside, and what came in.
    fn reach(&mut self) -> Reach {
        let (osc, osc_messages, osc_last) = self.osc_reach();
        let (midi_messages, midi_ports) = self.midi_reach();
        Reach { osc, osc_messages, osc_last, midi_messages, midi_ports, device: self.live.format().device.clone() }
    }
}
