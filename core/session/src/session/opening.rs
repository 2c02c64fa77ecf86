//! Opens a set: its files and its history become what plays first.

use super::broken::Breaks;
use super::{Message, Session, hand};
use crate::folder::{Folder, OpenError};
use crate::journal::{Journal, merge};
use crate::play::scripts::Scripts;
use crate::remote::Quant;
use crate::samples::SampleStore;
use bf_engine::{Config, Controller, Engine, Move, When};
use bf_node::Registry;
use bf_patch::text::Severity;
use bf_patch::{History, Set};
use bf_pattern::{Ratio, Tempo};
use bf_store::{Moment, What};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
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
    pub(super) fn make(
        folder: Folder,
        start: (Set, History),
        registry: Arc<Registry>,
        options: Options,
    ) -> (Session, Engine) {
        let samples = Arc::new(SampleStore::new(&folder.root, options.sample_rate));
        Session::with(folder, samples, start, (registry, options))
    }

    /// The same with samples that are there already.
    pub(super) fn with(
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
            breaks: Breaks::default(),
            broken: BTreeSet::new(),
            options,
            messages: Vec::new(),
        };
        (session, engine)
    }

    /// Sends the first plan.
    pub(super) fn first_sound(&mut self) -> Result<(), OpenError> {
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

    pub(super) fn first_plan(&mut self) -> Result<(), OpenError> {
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
    pub(super) fn set_transport(&mut self) {
        self.controller.transport(Move::Tempo(Tempo::from_bpm(self.set.main.tempo)), When::Now);
        self.controller.transport(Move::Signature(self.set.main.signature), When::Now);
    }

    pub(super) fn tell_warnings(&mut self) {
        let warnings = self.controller.plan().map_or(Vec::new(), |p| p.flat.warnings.clone());
        for w in &warnings {
            let mut d = self.locate(w);
            d.severity = Severity::Warning;
            self.messages.push(Message::Fault(d));
        }
    }
}
