//! The control thread of a window: it owns the session; the window sends it wishes and reads what it shows.

use super::carrier::{Carrier, Load};
use super::change::Change;
use super::code::files::{Files, Sheets};
use super::code::notes::Notes;
use super::code::typed::Typed;
use super::errand::Underway;
use super::freezer::Says;
use super::mixer::Seen;
use super::pulse::Glances;
use super::shell::around::Around;
use super::shell::deck::{Deed, Hall, Said};
use super::widgets::asks::{Ask, Asks};
use super::widgets::marks::Marks;
use crate::cli::playing::{News, Playing};
use crate::cli::show;
use bf_node::Registry;
use bf_patch::{Gesture, Name, Set, SetEdit};
use bf_session::{Bank, Diagnostic, Draft, Freeze, Glance, Message, Owner, Script, Session, Severity};
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Messages that are kept for the eye.
const KEPT: usize = 200;
/// Wishes that wait for the thread, which looks every 2 ms.
const WAITING: usize = 4_096;
/// The shortest time between two pictures of what is moved from outside.
const SEEN: Duration = Duration::from_millis(25);

/// What the window wishes.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    Edit {
        edit: SetEdit,
        label: String,
        gesture: Option<u64>,
    },
    EndGesture,
    Undo,
    Redo,
    Play,
    Stop,
    Rewind,
    Hush(bool),
    Evaluate(Script),
    Launch(Option<Name>),
    /// So many bars are counted in before it plays, from now on.
    CountIn(u32),
    Save,
    /// Files are made, and an edit refers to them.
    Change(Change),
    /// Files from the desktop become nodes at a place of the canvas of a patch; none is the set's own.
    Drop {
        file: Option<String>,
        paths: Vec<std::path::PathBuf>,
        at: [i32; 2],
    },
    /// Nodes of a patch are frozen, each over its bars; what is frozen by now is heard at the next bar.
    Freeze(Vec<Freeze>),
    /// Nodes of a patch play themselves again; none is the set's own.
    Unfreeze(Option<String>, Vec<Name>),
    /// What is under way beside is to end.
    Cancel(u64),
    /// A note is tried through what a node plays into: pitch, velocity, seconds.
    Hear(Name, (f32, f32), f64),
    /// A clip is to play the notes of a MIDI file.
    TakeMidi(super::roll::import::Wanted),
    /// Hands on values ask for more than an edit.
    Ask(Ask),
    /// A script of the set is to be this text, in its file, which said something else when it was read.
    WriteScript {
        file: String,
        text: String,
        base: String,
    },
    /// What is typed is to be kept.
    Draft(Draft),
    /// What is done with whole sets.
    Deed(Deed),
    /// The thread fails.
    #[cfg(test)]
    Fail,
}

/// A line among the messages.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub severity: Severity,
    /// Where, as `file:line:column`, and empty where it has no place.
    pub place: String,
    pub text: String,
}

/// What the window draws; a new one whenever something of it changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// Counts the changes of what is heard.
    pub stamp: u64,
    /// How many wishes were carried out, or refused, so far.
    pub granted: u64,
    /// What is heard, with what scripts play.
    pub heard: Arc<Set>,
    /// What the set itself owns.
    pub own: Arc<Set>,
    pub undo: Option<String>,
    pub redo: Option<String>,
    pub hushed: bool,
    pub unsaved: bool,
    pub scenes: Vec<Name>,
    pub lines: Arc<VecDeque<Line>>,
    /// Counts what was said, so that a new message is seen.
    pub said: u64,
    pub xruns: u64,
    /// The scripts of the set, the one that plays first, with what came of evaluating them.
    pub scripts: Arc<Sheets>,
    /// What sounds and what it costs.
    pub glances: Arc<Glances>,
    /// Sounds that samplers can play: what a sampler calls them, and where they lie.
    pub sounds: Arc<Vec<(String, String)>>,
    /// The banks that are theirs.
    pub banks: Arc<Vec<(Owner, Bank)>>,
    /// Where scripts have declared what they play.
    pub sites: Arc<BTreeMap<Name, bf_session::script::Site>>,
    /// What the mixer shows beside the set.
    pub seen: Seen,
    /// What is wrong with what was last evaluated here or saved.
    pub faults: Arc<Vec<Diagnostic>>,
    /// What is marked on nodes and values.
    pub marks: Arc<Marks>,
    /// What is done beside, and can be ended.
    pub under_way: Arc<Vec<Underway>>,
    /// What is around the set.
    pub around: Around,
    /// The thread has failed, and nothing sounds any more.
    pub failed: Option<Failed>,
}

/// Why nothing sounds any more.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failed {
    pub why: String,
    /// Whether the history has what was done up to then.
    pub kept: bool,
}

/// The window's end.
pub(crate) struct Link {
    /// None once it closes.
    wishes: Option<SyncSender<(u64, Wish)>>,
    /// How many were sent.
    sent: Cell<u64>,
    /// The last gesture that was numbered.
    gestures: Cell<u64>,
    shown: Arc<Mutex<Arc<Shown>>>,
    window: Arc<OnceLock<egui::Context>>,
    thread: Option<std::thread::JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    pub shared: Arc<bf_session::Shared>,
    pub registry: Arc<Registry>,
    pub title: String,
    /// The length of a block in nanoseconds.
    pub block_ns: f32,
    /// What tracks play, renewed as it is sent.
    pub notes: Arc<Notes>,
    /// The set's folder.
    pub root: std::path::PathBuf,
    /// What was typed and waits to be kept.
    pub typed: Typed,
    /// Which of the sets that were opened is drawn.
    opened: u64,
}

impl Link {
    /// Gives a set that plays to a thread of its own; `stop` ends both.
    pub(crate) fn start(playing: Playing, stop: Arc<AtomicBool>) -> Link {
        let (wishes, wanted) = sync_channel(WAITING);
        let shown = Arc::new(Mutex::new(Arc::new(Shown::default())));
        let window = Arc::new(OnceLock::new());
        let mut playing = playing;
        let shared = Arc::clone(playing.session.controller().shared());
        let registry = Arc::clone(playing.session.registry());
        let block_ns = playing.block as f32 * 1e9 / playing.session.sample_rate().max(1) as f32;
        let title = playing.session.folder().name();
        let notes = Arc::new(Notes::default());
        playing.session.watch_notes(true);
        let root = playing.session.folder().root.clone();
        let mut deck = Deck {
            playing,
            notes: Arc::clone(&notes),
            files: Files::default(),
            shown: Arc::clone(&shown),
            window: Arc::clone(&window),
            now: Shown::default(),
            of: None,
            at: Instant::now(),
            asks: Asks::default(),
            hall: Hall::default(),
            carrier: Carrier::default(),
        };
        deck.hall.meet(&mut deck.playing);
        deck.show();
        let flag = Arc::clone(&stop);
        let thread = std::thread::spawn(move || deck.live(&wanted, &flag));
        Link {
            wishes: Some(wishes),
            sent: Cell::new(0),
            gestures: Cell::new(0),
            shown,
            window,
            thread: Some(thread),
            stop,
            shared,
            registry,
            title,
            block_ns,
            notes,
            root,
            typed: Typed::default(),
            opened: 1,
        }
    }

    /// Goes over to another set once one plays; whether it has.
    pub(crate) fn follow(&mut self, shown: &Shown) -> bool {
        if shown.around.opened == self.opened && shown.around.root != self.root {
            // The same set goes on elsewhere.
            self.root.clone_from(&shown.around.root);
            self.title.clone_from(&shown.around.title);
        }
        let Some(shared) = shown.around.shared.as_ref().filter(|_| shown.around.opened != self.opened) else {
            return false;
        };
        // What was typed last belongs to the one before.
        self.keep_typed(self.typed.all());
        self.opened = shown.around.opened;
        self.root.clone_from(&shown.around.root);
        self.shared = Arc::clone(shared);
        self.title.clone_from(&shown.around.title);
        true
    }

    /// The window that is drawn anew when something has changed.
    pub(crate) fn wakes(&self, window: &egui::Context) {
        // There is one window.
        let _ = self.window.set(window.clone());
    }

    /// Whether something else than the window ends the set.
    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// What is to be drawn now.
    pub(crate) fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many wishes were sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// A number for a gesture, which no other one has.
    pub(crate) fn gesture(&self) -> u64 {
        self.gestures.set(self.gestures.get() + 1);
        self.gestures.get()
    }

    pub(crate) fn wish(&self, wish: Wish) {
        if matches!(wish, Wish::Deed(_) | Wish::Save) {
            self.keep_typed(self.typed.all());
        }
        self.sent.set(self.sent.get() + 1);
        // The thread is gone only while the window closes.
        if let Some(wishes) = &self.wishes {
            let _ = wishes.send((self.opened, wish));
        }
    }

    /// Has what was typed kept.
    pub(crate) fn keep_typed(&self, drafts: Vec<Draft>) {
        drafts.into_iter().for_each(|draft| self.wish(Wish::Draft(draft)));
    }
}

#[cfg(test)]
impl Link {
    /// Shows what is shown now for good: nothing sounds or costs anything, and paths do not name the folder.
    pub(crate) fn freeze(&mut self, folder: &std::path::Path) {
        let mut shown = (*self.shown()).clone();
        let path = folder.display().to_string();
        let bare = |line: &Line| Line { text: line.text.replace(&format!("{path}/"), ""), ..line.clone() };
        shown.lines = Arc::new(shown.lines.iter().map(bare).collect());
        (shown.glances, shown.xruns, shown.granted) = (Arc::default(), 0, self.sent());
        (shown.seen.probes, shown.seen.loudness) = (Arc::default(), None);
        self.shared = Arc::default();
        self.shown = Arc::new(Mutex::new(Arc::new(shown)));
        "a set".clone_into(&mut self.title);
    }
}

impl Drop for Link {
    /// Ends the sound with a fade and waits for it, however the window ends.
    fn drop(&mut self) {
        self.keep_typed(self.typed.all());
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a panic says.
fn reason(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it did not say why".to_owned())
}

/// The thread's end.
struct Deck {
    playing: Playing,
    notes: Arc<Notes>,
    files: Files,
    shown: Arc<Mutex<Arc<Shown>>>,
    window: Arc<OnceLock<egui::Context>>,
    now: Shown,
    /// The session's changes of which `now` was made.
    of: Option<u64>,
    /// When it was made.
    at: Instant,
    asks: Asks,
    /// What is done with whole sets.
    hall: Hall,
    /// What is done beside.
    carrier: Carrier,
}

impl Deck {
    /// Runs until the window closes. Where it fails, the sound fades out, and what is shown says why.
    fn live(mut self, wanted: &Receiver<(u64, Wish)>, stop: &AtomicBool) {
        let run = std::panic::AssertUnwindSafe(|| self.run(wanted, stop));
        let why = match std::panic::catch_unwind(run) {
            // What a recording has to say goes where the program was started.
            Ok(()) => return self.playing.stop().iter().for_each(show::message),
            Err(panic) => reason(&*panic),
        };
        let Deck { playing, shown, window, mut now, .. } = self;
        let kept = playing.keeps_history();
        // What is broken may break once more: the thread ends all the same.
        _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| playing.stop()));
        now.failed = Some(Failed { why, kept });
        *shown.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(now);
        if let Some(window) = window.get() {
            window.request_repaint();
        }
    }

    fn run(&mut self, wanted: &Receiver<(u64, Wish)>, stop: &AtomicBool) {
        self.carrier.look();
        self.show();
        loop {
            let mut changed = false;
            loop {
                match wanted.try_recv() {
                    Ok((of, wish)) => {
                        self.grant_to(of, wish);
                        self.asks.done(&self.playing);
                        self.now.granted += 1;
                        changed = true;
                    }
                    Err(TryRecvError::Empty) => break,
                    // The window is closed.
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            let News { read, sounds, messages, events, problems, is_another } = self.playing.turn();
            if is_another {
                self.hall.meet(&mut self.playing);
                self.playing.session.watch_notes(true);
                (self.files, self.asks) = (Files::default(), Asks::default());
                (self.of, self.now.scripts, self.now.faults) = (None, Arc::default(), Arc::default());
                (self.now.sounds, self.now.banks) = Default::default();
                self.carrier.meet();
                self.notes.forget();
            }
            if sounds {
                self.carrier.look();
            }
            self.notes.renew(&mut self.playing.session);
            self.files.stale |= read;
            changed |= self.attend() || self.carry() || is_another;
            changed |= read || messages.iter().any(|m| !matches!(m, Message::Applied(_)));
            changed |= self.asks.turn(&mut self.playing, (read, &messages), (&self.now.heard, &self.now.glances));
            if let Some(why) = self.asks.wrong() {
                self.say(Severity::Error, String::new(), why);
                changed = true;
            }
            messages.into_iter().for_each(|message| self.hear(message));
            for said in events.iter().map(ToString::to_string).chain(problems) {
                self.say(Severity::Warning, String::new(), said);
                changed = true;
            }
            changed |= self.now.around.recording.as_deref() != self.playing.session.recording();
            // What hands move from outside is shown as often as it can be seen.
            changed |= self.of != Some(self.playing.session.changes()) && self.at.elapsed() >= SEEN;
            if changed {
                self.show();
            }
            if (changed || stop.load(Ordering::Relaxed))
                && let Some(window) = self.window.get()
            {
                window.request_repaint();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Carries out a wish that was made over a set, which may be the one before by now.
    fn grant_to(&mut self, of: u64, wish: Wish) {
        let any =
            matches!(wish, Wish::Deed(_) | Wish::Play | Wish::Stop | Wish::Rewind | Wish::Hush(_) | Wish::CountIn(_));
        if any || of == self.hall.around.opened {
            self.grant(wish);
            return;
        }
        let done = match (self.playing.leaving(), wish) {
            (Some(before), Wish::Draft(draft)) => {
                before.keep_draft(draft);
                Ok(())
            }
            (Some(before), Wish::WriteScript { file, text, base }) => {
                let draft = Draft { file, text: text.into(), base: base.into() };
                Files::default().write(before, &mut Sheets::default(), draft).map(|_| ())
            }
            (Some(before), Wish::Save) => before.save().map(|_| ()).map_err(|e| e.to_string()),
            (Some(before), Wish::Edit { edit, label, .. }) => {
                before.apply(&edit, &label, None).map_err(|e| e.to_string())
            }
            (None, Wish::Draft(draft)) => Err(format!("{}: what was typed last came too late", draft.file)),
            _ => Ok(()),
        };
        if let Err(why) = done {
            self.say(Severity::Error, String::new(), format!("of the set before: {why}"));
        }
    }

    fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Draft(draft) => self.playing.session.keep_draft(draft),
            Wish::Edit { edit, label, gesture } => {
                if let Err(why) = self.asks.edits(&mut self.playing, &edit, gesture) {
                    self.say(Severity::Error, String::new(), why);
                }
                if let Err(e) = self.playing.session.apply(&edit, &label, gesture.map(Gesture)) {
                    self.say(Severity::Error, String::new(), e.to_string());
                }
            }
            Wish::EndGesture => {
                if let Err(why) = self.asks.end(&mut self.playing) {
                    self.say(Severity::Error, String::new(), why);
                }
                self.playing.session.end_gesture();
            }
            Wish::Ask(ask) => {
                if let Err(why) = self.asks.grant(&mut self.playing, ask) {
                    self.say(Severity::Error, String::new(), why);
                }
            }
            Wish::Change(change) => {
                match change.carry_out(&mut self.playing.session) {
                    Ok(text) => self.say(Severity::Warning, String::new(), text),
                    Err(why) => self.say(Severity::Error, String::new(), why),
                }
                self.carrier.look();
            }
            Wish::Drop { file, paths, at } => {
                let load = Load { set: self.hall.around.opened, file, paths, at };
                match self.carrier.take(&self.playing.session, load) {
                    Ok(said) => said.into_iter().for_each(|said| self.say(Severity::Warning, String::new(), said)),
                    Err(why) => self.say(Severity::Error, String::new(), why),
                }
            }
            Wish::Freeze(wishes) => {
                let said = self.carrier.freeze(&self.playing.session, wishes);
                self.say_each(said);
            }
            Wish::Unfreeze(file, names) => {
                if let Err(why) = self.playing.session.unfreeze(file.as_deref(), &names) {
                    self.say(Severity::Warning, String::new(), why);
                }
            }
            Wish::Cancel(number) => {
                let said = self.carrier.cancel(number);
                self.say_each(said);
            }
            Wish::Undo | Wish::Redo if self.asks.is_recording() => {
                // What is being turned is a step of its own, and the one that is taken back.
                self.grant(Wish::EndGesture);
                self.grant(wish);
            }
            Wish::Undo => self.step(Session::undo, "there is nothing to undo"),
            Wish::Redo => self.step(Session::redo, "there is nothing to do again"),
            // Once more takes a count-in back.
            Wish::Play if self.playing.session.is_counting() => self.playing.session.stop(),
            Wish::Play => self.playing.session.count_in(self.now.seen.count_in),
            Wish::CountIn(bars) => self.now.seen.count_in = bars,
            Wish::Stop => self.playing.session.stop(),
            Wish::Rewind => self.playing.session.seek(bf_pattern::Ratio::ZERO),
            Wish::Hush(on) => self.playing.session.hush(on),
            Wish::Evaluate(script) => {
                let take = self.playing.session.evaluate(script);
                Arc::make_mut(&mut self.now.scripts).evaluated(self.now.granted + 1, take);
            }
            Wish::Launch(scene) => {
                let quant = self.playing.session.quant;
                _ = self.playing.session.launch(scene, quant);
            }
            Wish::WriteScript { file, text, base } => {
                let sheets = Arc::make_mut(&mut self.now.scripts);
                let draft = Draft { file, text: text.into(), base: base.into() };
                match self.files.write(&mut self.playing.session, sheets, draft) {
                    Ok(said) => said.into_iter().for_each(|said| self.say(Severity::Warning, String::new(), said)),
                    Err(why) => self.say(Severity::Error, String::new(), why),
                }
            }
            Wish::Hear(node, note, secs) => {
                if let Err(why) = self.playing.session.audition(&node, note, secs) {
                    self.say(Severity::Warning, String::new(), why);
                }
            }
            Wish::TakeMidi(wanted) => {
                if let Err(why) = super::roll::import::take(&mut self.playing.session, &wanted) {
                    self.say(Severity::Error, String::new(), why);
                }
            }
            #[cfg(test)]
            // A panic without the hook, so that the test's output stays clean.
            Wish::Fail => std::panic::resume_unwind(Box::new("a test has asked for it")),
            Wish::Deed(deed) => {
                let mut said = Vec::new();
                self.hall.grant(deed, &mut self.playing, &mut said);
                self.say_all(said);
            }
            Wish::Save => match self.playing.session.save() {
                Ok(files) => {
                    let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
                    let text = if names.is_empty() {
                        "nothing has changed".to_owned()
                    } else {
                        format!("saved {}", names.join(", "))
                    };
                    self.say(Severity::Warning, String::new(), text);
                }
                Err(e) => self.say(Severity::Error, String::new(), e.to_string()),
            },
        }
    }

    /// Takes in what was done beside.
    fn carry(&mut self) -> bool {
        let root = self.playing.session.folder().root.clone();
        let mut changed = false;
        if let Some(sounds) = self.carrier.sounds(&root) {
            (self.now.sounds, self.now.banks) = (Arc::new(sounds.all), Arc::new(sounds.banks));
            changed = true;
        }
        let mut said = Says::new();
        if self.carrier.turn(&mut self.playing.session, self.hall.around.opened, &mut said) {
            self.now.under_way = Arc::new(self.carrier.shown().to_vec());
            changed = true;
        }
        self.say_each(said);
        changed
    }

    fn say_each(&mut self, said: Says) {
        said.into_iter().for_each(|(severity, text)| self.say(severity, String::new(), text));
    }

    /// What is due of whole sets.
    fn attend(&mut self) -> bool {
        let mut said = Vec::new();
        let changed = self.hall.attend(&mut self.playing, &mut said) || !said.is_empty();
        self.say_all(said);
        changed
    }

    fn say_all(&mut self, said: Vec<Said>) {
        for said in said {
            match said {
                Said::Line(severity, text) => self.say(severity, String::new(), text),
                Said::Fault(fault) => self.fault(&fault),
            }
        }
    }

    fn step(&mut self, step: impl Fn(&mut Session) -> Result<bool, bf_patch::EditError>, nothing: &str) {
        match step(&mut self.playing.session) {
            Ok(true) => {}
            Ok(false) => self.say(Severity::Warning, String::new(), nothing.to_owned()),
            Err(e) => self.say(Severity::Error, String::new(), e.to_string()),
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Fault(fault) => self.fault(&fault),
            Message::Refused { request, faults } => {
                Arc::make_mut(&mut self.now.scripts).answered(request);
                faults.iter().for_each(|fault| self.fault(fault));
                self.now.faults = Arc::new(faults);
            }
            Message::Problem(text) => self.say(Severity::Error, String::new(), text),
            Message::Told(text) => self.say(Severity::Warning, String::new(), text),
            Message::Broken { path, .. } => {
                let text = format!("`{path}` gave what is no number and was reset");
                self.say(Severity::Error, path, text);
            }
            Message::Reloaded { files, .. } => {
                let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
                self.say(Severity::Warning, String::new(), format!("read again: {}", names.join(", ")));
            }
            Message::Answered { result: Ok(text), .. } => self.say(Severity::Warning, String::new(), text),
            Message::Answered { result: Err(text), .. } => self.say(Severity::Error, String::new(), text),
            Message::Evaluated { request, .. } => {
                Arc::make_mut(&mut self.now.scripts).answered(request);
                self.now.faults = Arc::default();
            }
            Message::Applied(_) | Message::Heard { .. } | Message::Overtaken { .. } | Message::Hushed(_) => {}
        }
    }

    fn fault(&mut self, fault: &Diagnostic) {
        // Within the set a file is known by its name there.
        let root = &self.playing.session.folder().root;
        let file = std::path::Path::new(&fault.file);
        let file = file.strip_prefix(root).unwrap_or(file).display();
        let place = if fault.line > 0 { format!("{file}:{}:{}", fault.line, fault.column) } else { file.to_string() };
        let hint = fault.hint.as_ref().map_or(String::new(), |hint| format!(" ({hint})"));
        self.say(fault.severity, place, format!("{}{hint}", fault.message));
    }

    fn say(&mut self, severity: Severity, place: String, text: String) {
        let lines = Arc::make_mut(&mut self.now.lines);
        lines.push_back(Line { severity, place, text });
        while lines.len() > KEPT {
            lines.pop_front();
        }
        self.now.said += 1;
    }

    /// Shows what is now.
    fn show(&mut self) {
        let session = &mut self.playing.session;
        let changes = session.changes();
        let heard = session.heard();
        if self.of.is_none() || *self.now.heard != heard || *self.now.own != *session.set() {
            self.now.stamp += 1;
            self.now.heard = Arc::new(heard);
            self.now.own = Arc::new(session.set().clone());
        }
        self.of = Some(changes);
        self.at = Instant::now();
        let controller = session.controller();
        let known = &self.now.glances;
        let is_known = |(path, glance): (&str, &Arc<Glance>)| known.get(path).is_some_and(|k| Arc::ptr_eq(k, glance));
        if known.len() != controller.glances().count() || !controller.glances().all(is_known) {
            let glances = controller.glances();
            self.now.glances = Arc::new(glances.map(|(path, glance)| (path.to_owned(), Arc::clone(glance))).collect());
        }
        self.now.seen.renew(session, &self.playing.live.format());
        self.now.marks = self.asks.marks();
        self.now.around = self.hall.around.clone();
        self.now.around.recording = session.recording().map(std::path::Path::to_owned);
        self.now.unsaved = session.is_unsaved();
        self.now.undo = session.history().undoable().next().map(str::to_owned);
        self.now.redo = session.history().redoable().next().map(str::to_owned);
        self.now.hushed = session.is_hushed();
        let wanted = session.wanted();
        self.now.scenes = wanted.scenes.keys().cloned().collect();
        self.now.sites = Arc::new(super::change::sites(&wanted));
        self.now.xruns = self.playing.live.xruns();
        if self.now.scripts.reverts != self.hall.reverts {
            Arc::make_mut(&mut self.now.scripts).reverts = self.hall.reverts;
        }
        self.files.read(&self.playing.session, &mut self.now.scripts);
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(self.now.clone());
    }
}
