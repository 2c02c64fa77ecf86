//! The control thread's part of what is done with whole sets: open, change over, copy, go back, record, publish.

use super::around::{Around, Reach};
use super::make::{self, Template};
use crate::cli::playing::Playing;
use crate::cli::playing::next::{Ready, ended};
use crate::ui::gestures::OF_DEEDS;
use bf_patch::Gesture;
use bf_session::layout::{Device, make as make_layout};
use bf_session::sync::Source;
use bf_session::{DeviceRequest, Diagnostic, OpenError, Severity, Shelf, sound_to_try, states};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// What is wished of whole sets.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// Opened beside the one that plays, it takes over at the next bar.
    Open(PathBuf),
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
    moving: Option<(PathBuf, Found<Result<(), String>>)>,
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
        around.coming = None;
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
        let mut changed = self.hear_reading(say) | self.hear_moving(playing, say);
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
        self.is_busy(playing)?;
        self.around.coming = Some(make::name_of(&to));
        let (from, there, files) = (self.around.place.clone(), to.clone(), playing.session.files_beside());
        self.moving = Some((to, beside(move || make::copy(&from, &there, &files))));
        Ok(None)
    }

    fn hear_moving(&mut self, playing: &mut Playing, say: &mut Vec<Said>) -> bool {
        let Some((to, copying)) = self.moving.take() else { return false };
        let mut copying = Some(copying);
        let done = match (heard(&mut copying), copying) {
            (None, Some(waits)) => {
                self.moving = Some((to, waits));
                return false;
            }
            (done, _) => done.flatten().unwrap_or_else(|| Err("copying it has failed".to_owned())),
        };
        self.around.coming = None;
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

    /// Whether another set comes in, or this one goes elsewhere.
    fn is_busy(&self, playing: &Playing) -> Result<(), String> {
        if self.moving.is_some() {
            return Err("the set is being saved elsewhere just now".to_owned());
        }
        if self.reading.is_some() || self.ready.is_some() || playing.is_changing() {
            return Err("another set comes in just now".to_owned());
        }
        Ok(())
    }

    fn fail(&mut self, place: &Path, say: &mut Vec<Said>, why: String) {
        self.around.coming = None;
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
            Deed::Open(place) => self.open(place, playing, None),
            Deed::New { folder, template } => {
                let make = move |folder: &Path| template.make(folder);
                self.open(folder, playing, Some(Box::new(make)))
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
                playing.live.switch(DeviceRequest { backend, name, sample_rate, block, outputs, inputs, ..now });
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
    fn open(&mut self, place: PathBuf, playing: &mut Playing, made: Option<Making>) -> Result<Option<String>, String> {
        if made.is_none() && place.canonicalize().is_ok_and(|place| place == self.around.place) {
            return Err(format!("{} plays already", make::name_of(&place)));
        }
        self.is_busy(playing)?;
        let (opening, set, closing) = (playing.opening(), place.clone(), playing.closing());
        self.around.coming = Some(make::name_of(&place));
        let read = move || {
            // It may be the one that played just now.
            ended(closing);
            if let Some(made) = made {
                made(&set).map_err(|cause| OpenError::Read { path: set.clone(), cause })?;
            }
            opening.ready(&set)
        };
        self.reading = Some((place, beside(read)));
        Ok(None)
    }

    /// What plays goes on playing.
    fn stay(&mut self, playing: &mut Playing) {
        let ready = self.ready.take();
        // Its threads end, which takes a while; what is still read is forgotten.
        std::thread::spawn(move || drop(ready));
        (self.reading, self.around.coming) = (None, None);
        playing.stay();
    }

    fn look_up(&mut self) {
        let place = self.around.place.clone();
        self.looking = Some(beside(move || states(&place).unwrap_or_default()));
    }

    /// The set as its files say, as one step that can be undone.
    fn revert(&mut self, playing: &mut Playing) -> Result<String, String> {
        self.gestures += 1;
        let gesture = Gesture(OF_DEEDS | self.gestures);
        let any = playing.session.revert(gesture).map_err(|e| e.to_string())?;
        self.around.was_left = false;
        self.reverts += 1;
        let text =
            if any { "the set is as it was saved; undo takes that back" } else { "nothing differs from the files" };
        Ok(text.to_owned())
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
