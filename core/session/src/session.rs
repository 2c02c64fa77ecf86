//! An open set: edits and reloads go in, plans go to the engine, messages come out.

mod audition;
mod bring;
mod commit;
mod count_in;
mod disk;
mod drafts;
mod due;
mod first;
mod fitting;
mod freeze;
pub(crate) mod hand;
mod history;
mod moved;
mod parts;
mod places;
mod recording;
mod saved;
mod score;
mod texts;
mod transport;
mod versions;
mod waiting;
mod watching;

pub use bring::bring_sound;
pub(crate) use bring::{bring_file, says_the_same};
pub use freeze::{Freeze, FreezeError, FreezeWork, Frost};
pub use moved::KeepHistory;
pub use recording::KeepLast;
pub(crate) use score::MidiOut;
pub use score::Script;
pub(crate) use versions::{check_name, find};
pub use waiting::Waiting;

use crate::folder::{Folder, OpenError};
use crate::journal::{Journal, merge};
use crate::play::scripts::Scripts;
use crate::recorder::Recorder;
use crate::remote::Quant;
use crate::samples::{FileFault, SampleStore, Wanted};
use bf_engine::{Config, Controller, Engine, Loaded, Move, Notice, Receipt, When};
use bf_node::{Registry, Role};
use bf_patch::files::FileKind;
use bf_patch::text::{Diagnostic, Severity};
use bf_patch::{Edit, EditError, Gesture, History, Set, SetEdit};
use bf_pattern::{Ratio, Tempo};
use bf_store::{Draft, Moment, What};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a set is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Frames a second.
    pub sample_rate: u32,
    /// Frames of a block.
    pub block: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// Whether the engine measures its CPU time.
    pub measure: bool,
    /// Whether opening waits for samples; otherwise they sound once they are there.
    pub wait_for_samples: bool,
    /// Whether sound waits for scripts, as in a render; live they have a thread of their own.
    pub wait_for_scripts: bool,
    /// Whether what is done goes into the set's history, and the set is opened with what that holds.
    pub keep_history: bool,
    /// Whether it is opened as its files say all the same; what the history holds stays there.
    pub as_saved: bool,
    /// Whether a set whose script has faults is opened all the same, without it.
    pub without_broken_script: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            sample_rate: 48_000,
            block: 64,
            seed: 1,
            measure: false,
            wait_for_samples: true,
            wait_for_scripts: true,
            keep_history: false,
            as_saved: false,
            without_broken_script: false,
        }
    }
}

/// What a session has to tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Files were read anew and play from a frame on.
    Reloaded {
        /// The files.
        files: Vec<PathBuf>,
        /// How many edits they made.
        edits: usize,
    },
    /// Something is wrong with a file or an edit; what played plays on.
    Fault(Diagnostic),
    /// Something is wrong that has no place in a text.
    Problem(String),
    /// Something to know that is no fault.
    Told(String),
    /// A node was reset because its output was not finite.
    Broken {
        /// Its path.
        path: String,
        /// When.
        frame: u64,
    },
    /// Something was applied.
    Applied(Receipt),
    /// What was evaluated will be heard.
    Evaluated {
        /// The number that evaluating it gave.
        request: u64,
        /// In how many seconds.
        in_secs: f64,
    },
    /// What was evaluated is heard, or will be within a few hundredths of a second.
    Heard {
        /// The number that evaluating it gave.
        request: u64,
        /// From which beat on.
        beat: Ratio,
    },
    /// What was to be evaluated has faults; what played plays on.
    Refused {
        /// The number that evaluating it gave.
        request: u64,
        /// What is wrong.
        faults: Vec<Diagnostic>,
    },
    /// What was evaluated is part of what was evaluated after it, and heard with that.
    Overtaken {
        /// The number that evaluating it gave.
        request: u64,
    },
    /// All tracks are silenced, or no more.
    Hushed(bool),
    /// What became of something that takes a while: a recording that is begun, what was heard last, an earlier version.
    Answered {
        /// The number that asking for it gave.
        request: u64,
        /// What was done, or why not.
        result: Result<String, String>,
    },
}

/// An open set.
pub struct Session {
    folder: Folder,
    set: Set,
    registry: Arc<Registry>,
    samples: Arc<SampleStore>,
    controller: Controller,
    history: History,
    journal: Journal,
    /// What was typed into scripts and is not saved.
    drafts: BTreeMap<String, Draft>,
    recorder: Option<Recorder>,
    search: Option<versions::Search>,
    /// The set has changed since the last plan was sent.
    dirty: bool,
    /// The engine was busy when a plan was last to be sent.
    waiting: bool,
    /// Why the last plan was not made; while there is something, only another set or sample is tried.
    faults: Vec<Diagnostic>,
    /// Files that play on though they are not there any more.
    gone: BTreeSet<PathBuf>,
    options: Options,
    messages: Vec<Message>,
    scripts: Scripts,
    /// When a script is heard that was saved, or evaluated with no other time.
    pub quant: Quant,
    /// Tempo and signature as last sent.
    sent_tempo: (f64, u32),
    /// A jump that the engine has not told of yet.
    sought: Option<(u64, Ratio)>,
    /// What hands reach, and what of theirs is on its way.
    hands: hand::Hands,
}

impl Session {
    /// Opens a set and sends its first plan: the engine plays it from its first block on, the transport standing at
    /// beat 0 until it is started.
    ///
    /// # Errors
    /// Every fault of the set's files, each with its place.
    pub fn open(path: &Path, registry: Arc<Registry>, options: Options) -> Result<(Session, Engine), OpenError> {
        let (mut folder, mut messages) = match Folder::open(path, &registry) {
            Ok(folder) => (folder, Vec::new()),
            Err(why) if options.keep_history && !options.as_saved => Session::as_last_read(path, &registry, why)?,
            Err(why) => return Err(why),
        };
        let (mut journal, mut back) = (Journal::default(), None);
        if options.keep_history {
            (journal, back) = Journal::open(&folder, &mut messages);
        }
        if options.as_saved {
            journal.forget();
            journal.drafts.clear();
            back = None;
        }
        let merged = back.map(|back| merge(&mut folder, back, (&registry, journal.as_it_was), &mut messages));
        let is_back = merged.is_some();
        let (set, history, changes) =
            merged.map_or_else(|| (folder.set(), History::default(), Vec::new()), |m| (m.set, m.history, m.changes));
        changes.into_iter().for_each(|change| _ = journal.record(Moment::default(), || What::Edit(change)));
        journal.begin(&options);
        let (mut session, mut engine) = Session::make(folder, (set, history), Arc::clone(&registry), options);
        session.messages.extend(messages);
        session.scripts.count_from(journal.begun.max(journal.book.newest()).max(journal.book.score_heard()));
        session.journal = journal;
        session.keep_tape(&mut engine);
        session.checkpoint();
        let Err(why) = session.first_sound() else { return Ok((session, engine)) };
        if !is_back {
            return Err(why);
        }
        // What was there before may be what does not play.
        let (mut journal, messages) = (session.take_journal(), session.messages());
        journal.forget();
        journal.drafts = core::mem::take(&mut session.drafts).into_values().collect();
        let folder = Folder::open(path, &registry)?;
        let set = folder.set();
        let (mut session, mut engine) = Session::make(folder, (set, History::default()), registry, options);
        session.messages.extend(messages.into_iter().filter(|m| matches!(m, Message::Problem(_))));
        session.scripts.count_from(journal.status().last);
        session.journal = journal;
        session.journal.begin(&options);
        session.keep_tape(&mut engine);
        session.tell_fallen_back(&why.to_string());
        session.checkpoint();
        session.first_sound()?;
        Ok((session, engine))
    }

    /// The folder of a set with files that cannot be read now, as its history knows them.
    fn as_last_read(path: &Path, registry: &Registry, why: OpenError) -> Result<(Folder, Vec<Message>), OpenError> {
        let Some(texts) = crate::journal::texts_as_read(path) else { return Err(why) };
        let Ok((folder, broken)) = Folder::open_known(path, registry, texts) else { return Err(why) };
        let mut messages = Vec::new();
        for fault in broken {
            match fault {
                OpenError::Faults(list) => messages.extend(list.into_iter().map(Message::Fault)),
                other => messages.push(Message::Problem(other.to_string())),
            }
        }
        let message = "the set has files with faults: it plays as they were last read, until they are mended";
        messages.push(Message::Problem(message.to_owned()));
        Ok((folder, messages))
    }

    /// A session of a set that does not sound yet.
    fn make(folder: Folder, start: (Set, History), registry: Arc<Registry>, options: Options) -> (Session, Engine) {
        let samples = Arc::new(SampleStore::new(&folder.root, options.sample_rate));
        Session::with(folder, samples, start, (registry, options))
    }

    /// The same with samples that are there already.
    fn with(
        folder: Folder,
        samples: Arc<SampleStore>,
        (set, history): (Set, History),
        (registry, options): (Arc<Registry>, Options),
    ) -> (Session, Engine) {
        let config = Config {
            sample_rate: options.sample_rate,
            block: options.block,
            seed: options.seed,
            cpu_clock: options.measure.then_some(crate::thread_cpu_ns as fn() -> u64),
        };
        let (controller, engine) = Controller::new(config, Arc::clone(&registry), Arc::clone(&samples) as Arc<_>);
        let scripts = Scripts::new(&folder.root, set.main.signature);
        let session = Session {
            scripts,
            quant: Quant::default(),
            sought: None,
            hands: hand::Hands::default(),
            sent_tempo: (set.main.tempo, set.main.signature),
            folder,
            set,
            registry,
            samples,
            controller,
            history,
            journal: Journal::default(),
            drafts: BTreeMap::new(),
            recorder: None,
            search: None,
            dirty: false,
            waiting: false,
            faults: Vec::new(),
            gone: BTreeSet::new(),
            options,
            messages: Vec::new(),
        };
        (session, engine)
    }

    /// Sends the first plan.
    fn first_sound(&mut self) -> Result<(), OpenError> {
        for w in self.folder.warnings() {
            self.messages.push(Message::Fault(w));
        }
        self.take_drafts_back();
        if self.folder.script.is_some() {
            return self.first_scripts();
        }
        self.load_samples();
        self.first_plan()
    }

    fn first_plan(&mut self) -> Result<(), OpenError> {
        let samples = Arc::clone(&self.samples);
        let loaded = self.controller.load(&self.set, &|path| samples.version(path));
        loaded.map_err(|e| OpenError::Faults(self.faults_of(&e)))?;
        self.tell_warnings();
        self.set_transport();
        self.play_texts(Ratio::ZERO, Ratio::ZERO);
        if !self.scripts.texts.is_empty() || !self.scripts.actors.is_empty() {
            self.poll_scripts();
        }
        Ok(())
    }

    /// Tempo and signature as the document says.
    fn set_transport(&mut self) {
        self.controller.transport(Move::Tempo(Tempo::from_bpm(self.set.main.tempo)), When::Now);
        self.controller.transport(Move::Signature(self.set.main.signature), When::Now);
    }

    fn tell_warnings(&mut self) {
        let warnings = self.controller.plan().map_or(Vec::new(), |p| p.flat.warnings.clone());
        for w in &warnings {
            let mut d = self.locate(w);
            d.severity = Severity::Warning;
            self.messages.push(Message::Fault(d));
        }
    }

    /// The set as it stands.
    pub fn set(&self) -> &Set {
        &self.set
    }
    /// The folder it lives in, and the texts as last read or written.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }
    /// The engine's control half.
    pub fn controller(&mut self) -> &mut Controller {
        &mut self.controller
    }
    /// Every node type.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }
    /// Frames a second.
    pub fn sample_rate(&self) -> u32 {
        self.options.sample_rate
    }
    /// What can be undone and redone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Every file that the set uses: patches, samples and notes.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = vec![self.folder.main.clone()];
        files.extend(self.folder.files.keys().map(|f| self.folder.root.join(f)));
        files.extend(self.media().iter().filter_map(|f| self.samples.file_of(f)));
        files
    }

    /// Samples and notes that the set asks for.
    fn media(&self) -> Vec<Wanted> {
        let patches = core::iter::once(&self.set.main).chain(self.set.files.values());
        let patches = patches.chain([&self.scripts.layer.patch]).chain(self.scripts.layer.files.values());
        let uses = patches.flat_map(|patch| bf_patch::files::uses(patch, &self.registry));
        let mut wanted: Vec<Wanted> =
            uses.filter(|used| used.kind != FileKind::Patch).map(|used| (used.kind, used.written)).collect();
        wanted.sort();
        wanted.dedup();
        wanted
    }

    /// Sounds and MIDI files that the set names and that could not be read, by the name that the set gives them, and why.
    pub fn unread(&self) -> std::collections::BTreeMap<String, String> {
        let why = |file: &Wanted| Some((file.1.clone(), self.samples.error(file)?));
        self.media().iter().filter_map(why).collect()
    }

    /// Whether all waits until samples are loaded: in a render, and while a set is opened.
    fn waits_for_samples(&self) -> bool {
        self.options.wait_for_scripts || self.controller.shared().status().blocks == 0
    }

    fn load_samples(&mut self) {
        let paths = self.media();
        if self.options.wait_for_samples && self.waits_for_samples() {
            let faults = self.samples.load_now(&paths);
            self.tell_files(&faults);
        } else {
            self.samples.load_soon(&paths);
        }
    }

    /// Applies an edit as one step of the history.
    ///
    /// # Errors
    /// The ids at fault, also where a cable does not fit that is new or could run before; the set is as it was.
    pub fn apply(&mut self, edit: &SetEdit, label: &str, gesture: Option<Gesture>) -> Result<(), EditError> {
        self.want_free_names(edit)?;
        let before = self.misfits_before(edit);
        let back = self.set.apply(edit)?;
        if let Err(why) = self.want_fitting(edit, before) {
            let undone = self.set.apply(&back);
            debug_assert!(undone.is_ok(), "the inverse of an applied edit applies");
            return Err(why);
        }
        self.has_applied((edit, back), label, gesture);
        Ok(())
    }

    /// As [`Session::apply`], for what a file says: that is kept as it stands there, also where a cable does not fit.
    ///
    /// # Errors
    /// The ids at fault; the set is as it was.
    pub fn apply_as_written(&mut self, edit: &SetEdit, label: &str, gesture: Option<Gesture>) -> Result<(), EditError> {
        self.want_free_names(edit)?;
        let back = self.set.apply(edit)?;
        self.has_applied((edit, back), label, gesture);
        Ok(())
    }

    fn has_applied(&mut self, (edit, back): (&SetEdit, SetEdit), label: &str, gesture: Option<Gesture>) {
        self.scripts.taken_back = None;
        self.history.record(vec![back], label, gesture);
        self.hands.changes += 1;
        self.hands.tempos += u64::from(edit.edit.leaves().iter().any(|leaf| matches!(leaf, Edit::SetTempo(_))));
        self.write_edit(edit, label, gesture);
        // A number goes straight to its node; everything else asks for a plan.
        if !edit.edit.is_for_the_eye() && !self.send_number(edit) {
            self.dirty = true;
        }
        self.poll();
    }

    fn send_number(&mut self, edit: &SetEdit) -> bool {
        if self.send_hand(edit) {
            return true;
        }
        let SetEdit { file: None, edit: Edit::SetParam { target, value: Some(value) } } = edit else { return false };
        if self.dirty || self.set.main.overrides.contains_key(target) {
            return false;
        }
        let (Some(node), Some(port)) = (self.set.main.nodes.get(&target.node), &target.port) else { return false };
        let Some(spec) = self.registry.get(&node.kind).filter(|s| s.role == Role::Plain) else { return false };
        let Some(param) = spec.param(port.as_str()).map(|p| spec.params[p]).filter(|p| !p.is_setting()) else {
            return false;
        };
        match param.number_of(value) {
            Ok(number) => self.controller.set_number(target.node.as_str(), port.as_str(), number),
            Err(_) => false,
        }
    }

    /// Takes the last step back. False when there is none.
    ///
    /// # Errors
    /// When the step no longer applies.
    pub fn undo(&mut self) -> Result<bool, EditError> {
        if self.forget_pending() {
            return Ok(true);
        }
        self.scripts.taken_back = None;
        let undone = self.history.undo(&mut self.set)?;
        let done = undone.is_some();
        self.write_undo(undone, What::Undo);
        self.dirty |= done;
        self.hands.changes += 1;
        self.follow_score();
        self.poll();
        Ok(done)
    }

    /// Does the last undone step again. False when there is none.
    ///
    /// # Errors
    /// When the step no longer applies.
    pub fn redo(&mut self) -> Result<bool, EditError> {
        if self.recall_pending() {
            self.poll();
            return Ok(true);
        }
        let redone = self.history.redo(&mut self.set)?;
        let done = redone.is_some();
        self.write_undo(redone, What::Redo);
        self.dirty |= done;
        self.hands.changes += 1;
        self.follow_score();
        self.poll();
        Ok(done)
    }

    /// Does what is due: takes back what the engine is done with, and sends a plan where one is wanted.
    pub fn poll(&mut self) {
        self.poll_count();
        for notice in self.controller.collect() {
            self.write_receipt(&notice);
            if let (Notice::Receipt(r), Some((id, _))) = (&notice, self.sought)
                && r.id == id
            {
                self.sought = None;
            }
            self.messages.push(match notice {
                Notice::Receipt(r) => Message::Applied(r),
                Notice::Broken { path, frame } => Message::Broken { path, frame },
            });
        }
        let (arrived, faults) = self.samples.arrived();
        self.tell_files(&faults);
        self.poll_scripts();
        // A set with faults does not get better by itself.
        let remains = self.faults.is_empty() && self.controller.has_remains();
        if self.dirty || self.waiting || arrived || remains {
            self.send_plan();
        }
        self.poll_history();
    }

    fn tell_files(&mut self, faults: &[FileFault]) {
        let told: Vec<Message> = faults.iter().map(|fault| self.file_fault(fault)).collect();
        self.messages.extend(told);
    }

    fn send_plan(&mut self) {
        if self.dirty && self.has_layer() {
            // Tracks enter the document's end, and their own only where that has none.
            self.relayer(None);
        }
        let samples = Arc::clone(&self.samples);
        let before = self.controller.plan().map(|p| p.flat.warnings.clone()).unwrap_or_default();
        let with_scripts = self.has_layer().then(|| self.heard());
        let heard = with_scripts.as_ref().unwrap_or(&self.set);
        let tempo = (heard.main.tempo, heard.main.signature);
        let loaded = self.controller.load(heard, &|path| samples.version(path));
        self.waiting = matches!(loaded, Ok(Loaded::Busy));
        let faults = match loaded {
            Ok(Loaded::Busy) => return,
            Ok(_) => {
                self.hands.changes += 1;
                let sent = core::mem::replace(&mut self.sent_tempo, tempo);
                if sent != tempo {
                    self.turn_now(sent.0);
                }
                let soonest = Ratio::from_f64(self.soonest().max(0.0));
                let scripts = &mut self.scripts;
                scripts.band.renew_targets(soonest, &scripts.cycles, &mut self.controller);
                self.play_texts(soonest, score::BEGINNING.into());
                if self.controller.plan().is_some_and(|p| p.flat.warnings != before) {
                    self.tell_warnings();
                }
                Vec::new()
            }
            Err(e) => self.faults_of(&e),
        };
        // A set that has not changed tells each fault once, however many samples arrive.
        let fresh = faults.iter().filter(|fault| self.dirty || !self.faults.contains(fault));
        self.messages.extend(fresh.cloned().map(Message::Fault));
        self.dirty = false;
        self.faults = faults;
    }

    /// Whether a plan waits to be sent.
    pub fn waits(&self) -> bool {
        self.dirty || self.waiting
    }

    /// Takes the messages since the last call.
    pub fn messages(&mut self) -> Vec<Message> {
        core::mem::take(&mut self.messages)
    }
}
