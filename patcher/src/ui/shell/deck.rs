//! The control thread's part of what is done with whole sets: open, change over, copy, go back, record, publish.

use super::along::{Along, Entry};
use super::around::{Around, Reach};
use super::coming::Coming;
use super::make::{self, Template};
use super::moving::Moving;
use crate::cli::playing::Playing;
use crate::ui::gestures::OF_DEEDS;
use bf_patch::Gesture;
use bf_session::layout::{Device, make as make_layout};
use bf_session::sync::Source;
use bf_session::{DeviceRequest, Diagnostic, Draft, Severity, Shelf, sound_to_try, states};
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

/// What a thread beside has found.
pub(crate) type Found<T> = Receiver<T>;

/// What the thread remembers.
#[derive(Default)]
pub(crate) struct Hall {
    pub around: Around,
    /// How far the set that comes in next has come.
    pub(super) coming: Coming,
    /// The folder in which the set goes on once its files are copied there.
    pub(super) moving: Moving,
    /// Where in the set list one is.
    pub(super) along: Along,
    /// Where the set lies that was last wished for and has not taken over.
    pub(super) wished: Option<PathBuf>,
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
        let none_follows = self.coming.is_none();
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
    pub(super) fn place(&mut self, playing: &Playing) {
        let (folder, around) = (playing.session.folder(), &mut self.around);
        (around.title, around.place, around.root) = (folder.name(), make::place_of(folder), folder.root.clone());
        around.read_only = playing.session.read_only().map(str::to_owned);
    }

    /// What is due; whether something has changed.
    pub(crate) fn attend(&mut self, playing: &mut Playing, say: &mut Vec<Said>) -> bool {
        let mut changed = self.hear_reading(say) | self.hear_moving(playing, say) | self.begin(playing);
        changed |= self.change_over(playing, say);
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
