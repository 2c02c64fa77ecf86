//! The control thread of a window: it owns the session; the window sends it wishes and reads what it shows.

use bf_node::Registry;
use bf_patch::{Gesture, Name, Set, SetEdit};
use bf_session::{Desk, Diagnostic, Live, Message, Script, Session, Severity};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Messages that are kept for the eye.
const KEPT: usize = 200;

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
    Save,
    /// The set's script is to be this text, in its file.
    WriteScript(String),
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
    /// The set's script, as it was last read from the disk, and how often it was.
    pub script: Option<(String, Arc<str>, u64)>,
}

/// The window's end.
pub(crate) struct Link {
    wishes: Sender<Wish>,
    shown: Arc<Mutex<Arc<Shown>>>,
    thread: Option<std::thread::JoinHandle<()>>,
    pub shared: Arc<bf_session::Shared>,
    pub registry: Arc<Registry>,
    pub title: String,
}

impl Link {
    /// Gives a session that plays to a thread of its own.
    pub(crate) fn start(session: Session, live: Live, wake: impl Fn() + Send + 'static) -> Link {
        let (wishes, wanted) = channel();
        let shown = Arc::new(Mutex::new(Arc::new(Shown::default())));
        let mut session = session;
        let shared = Arc::clone(session.controller().shared());
        let registry = Arc::clone(session.registry());
        let root = session.folder().root.clone();
        let title = root.file_name().map_or_else(|| root.display().to_string(), |n| n.to_string_lossy().into_owned());
        let desk = Desk::open(&session).ok();
        let mut deck =
            Deck { session, live, desk, shown: Arc::clone(&shown), now: Shown::default(), saved: None, script: None };
        deck.show(true);
        let thread = std::thread::spawn(move || deck.run(&wanted, wake));
        Link { wishes, shown, thread: Some(thread), shared, registry, title }
    }

    /// What is to be drawn now.
    pub(crate) fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn wish(&self, wish: Wish) {
        // The thread is gone only while the window closes.
        let _ = self.wishes.send(wish);
    }

    /// Ends the sound with a fade and waits for it.
    pub(crate) fn close(&mut self) {
        let (closed, _) = channel();
        self.wishes = closed;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's end.
struct Deck {
    session: Session,
    live: Live,
    desk: Option<Desk>,
    shown: Arc<Mutex<Arc<Shown>>>,
    now: Shown,
    /// What the files say, as far as the window knows.
    saved: Option<Arc<Set>>,
    script: Option<PathBuf>,
}

impl Deck {
    fn run(mut self, wanted: &Receiver<Wish>, wake: impl Fn()) {
        loop {
            let mut changed = false;
            loop {
                match wanted.try_recv() {
                    Ok(wish) => {
                        self.grant(wish);
                        changed = true;
                    }
                    Err(std::sync::mpsc::TryRecvError::Empty) => break,
                    Err(std::sync::mpsc::TryRecvError::Disconnected) => {
                        self.live.stop(&mut self.session);
                        return;
                    }
                }
            }
            let files = self.live.changed();
            if !files.is_empty() {
                self.session.reload(&files);
                changed = true;
            }
            if let Some(desk) = &mut self.desk {
                desk.poll(&mut self.session);
            }
            self.session.poll();
            let news = self.session.messages();
            if let Some(desk) = &mut self.desk {
                desk.heed(&news);
            }
            changed |= news.iter().any(|m| !matches!(m, Message::Applied(_)));
            news.into_iter().for_each(|message| self.hear(message));
            for event in self.live.events() {
                self.say(Severity::Warning, String::new(), event.to_string());
                changed = true;
            }
            if changed {
                self.show(false);
                wake();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Edit { edit, label, gesture } => {
                if let Err(e) = self.session.apply(&edit, &label, gesture.map(Gesture)) {
                    self.say(Severity::Error, String::new(), e.to_string());
                }
            }
            Wish::EndGesture => self.session.end_gesture(),
            Wish::Undo => self.step(Session::undo, "there is nothing to undo"),
            Wish::Redo => self.step(Session::redo, "there is nothing to do again"),
            Wish::Play => self.session.play(),
            Wish::Stop => self.session.stop(),
            Wish::Rewind => self.session.seek(bf_pattern::Ratio::ZERO),
            Wish::Hush(on) => self.session.hush(on),
            Wish::Evaluate(script) => _ = self.session.evaluate(script),
            Wish::Launch(scene) => {
                let quant = self.session.quant;
                _ = self.session.launch(scene, quant);
            }
            Wish::WriteScript(text) => {
                let Some(path) = self.session.folder().script.clone() else { return };
                if let Err(e) = std::fs::write(&path, text) {
                    self.say(Severity::Error, String::new(), format!("{} cannot be written: {e}", path.display()));
                }
            }
            Wish::Save => match self.session.save() {
                Ok(files) => {
                    self.saved = Some(Arc::clone(&self.now.own));
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

    fn step(&mut self, step: impl Fn(&mut Session) -> Result<bool, bf_patch::EditError>, nothing: &str) {
        match step(&mut self.session) {
            Ok(true) => {}
            Ok(false) => self.say(Severity::Warning, String::new(), nothing.to_owned()),
            Err(e) => self.say(Severity::Error, String::new(), e.to_string()),
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Fault(fault) => self.fault(&fault),
            Message::Refused { faults, .. } => faults.iter().for_each(|fault| self.fault(fault)),
            Message::Problem(text) => self.say(Severity::Error, String::new(), text),
            Message::Broken { path, .. } => {
                let text = format!("`{path}` gave what is no number and was reset");
                self.say(Severity::Error, path, text);
            }
            Message::Reloaded { files, .. } => {
                let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
                self.say(Severity::Warning, String::new(), format!("read again: {}", names.join(", ")));
            }
            Message::Applied(_)
            | Message::Evaluated { .. }
            | Message::Heard { .. }
            | Message::Overtaken { .. }
            | Message::Hushed(_) => {}
        }
    }

    fn fault(&mut self, fault: &Diagnostic) {
        let place =
            if fault.line > 0 { format!("{}:{}:{}", fault.file, fault.line, fault.column) } else { fault.file.clone() };
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
    fn show(&mut self, first: bool) {
        let heard = self.session.heard();
        if first || *self.now.heard != heard || *self.now.own != *self.session.set() {
            self.now.stamp += 1;
            self.now.heard = Arc::new(heard);
            self.now.own = Arc::new(self.session.set().clone());
        }
        if self.saved.is_none() {
            self.saved = Some(Arc::clone(&self.now.own));
        }
        self.now.unsaved = self.saved.as_ref().is_some_and(|saved| **saved != *self.now.own);
        self.now.undo = self.session.history().undoable().next().map(str::to_owned);
        self.now.redo = self.session.history().redoable().next().map(str::to_owned);
        self.now.hushed = self.session.is_hushed();
        self.now.scenes = self.session.wanted().scenes.keys().cloned().collect();
        self.now.xruns = self.live.xruns();
        self.read_script();
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(self.now.clone());
    }

    fn read_script(&mut self) {
        self.script = self.session.folder().script.clone();
        let Some(path) = &self.script else { return };
        let Ok((name, text)) = self.session.folder().read_script(path) else { return };
        let is_new = self.now.script.as_ref().is_none_or(|(_, known, _)| **known != *text);
        if is_new {
            let times = self.now.script.as_ref().map_or(0, |(.., times)| *times);
            self.now.script = Some((name, text.into(), times + 1));
        }
    }
}
