//! The control thread of a window: it owns the session, carries out what the window wishes and shows what came of it.

use super::carrier::{Carrier, Load};
use super::code::files::{Files, Sheets};
use super::code::heard;
use super::code::notes::Notes;
use super::freezer::Says;
use super::link::{Failed, Line, Shown, Wish};
use super::lost::Lost;
use super::shell::deck::{Hall, Said};
use super::widgets::asks::Asks;
use crate::cli::playing::{News, Playing};
use crate::cli::show;
use bf_patch::Gesture;
use bf_session::{Diagnostic, Draft, Glance, Message, Session, Severity};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Messages that are kept for the eye.
const KEPT: usize = 200;
/// The shortest time between two pictures of what is moved from outside.
const SEEN: Duration = Duration::from_millis(25);

/// What a panic says.
fn reason(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it did not say why".to_owned())
}

/// What both ends hold: what tracks play, what is shown, and the window to be drawn anew.
pub(crate) struct Ends {
    pub notes: Arc<Notes>,
    pub shown: Arc<Mutex<Arc<Shown>>>,
    pub window: Arc<OnceLock<egui::Context>>,
}

/// The thread's end.
pub(crate) struct Deck {
    playing: Playing,
    lost: Arc<Lost>,
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
    /// Nodes that can be detached from scripts, and those of tracks.
    guests: super::change::Guests,
}

impl Deck {
    /// Shows a set that plays at these ends.
    pub(crate) fn new(playing: Playing, lost: Arc<Lost>, ends: Ends) -> Deck {
        let Ends { notes, shown, window } = ends;
        let mut deck = Deck {
            playing,
            lost,
            notes,
            files: Files::default(),
            shown,
            window,
            now: Shown::default(),
            of: None,
            at: Instant::now(),
            asks: Asks::default(),
            hall: Hall::default(),
            carrier: Carrier::default(),
            guests: Default::default(),
        };
        deck.hall.meet(&mut deck.playing);
        deck.show();
        deck
    }

    /// Runs until the window closes. Where it fails, the sound fades out, and what is shown says why.
    pub(crate) fn live(mut self, wanted: &Receiver<(u64, Wish)>, stop: &AtomicBool) {
        let run = std::panic::AssertUnwindSafe(|| self.run(wanted, stop));
        let ended = std::panic::catch_unwind(run);
        let Deck { playing, lost, shown, window, mut now, .. } = self;
        let why = match ended {
            Ok(()) => {
                // What a recording has to say goes where the program was started.
                playing.stop().iter().for_each(show::message);
                lost.end();
                return;
            }
            Err(panic) => reason(&*panic),
        };
        let kept = playing.keeps_history();
        // What is broken may break once more: the thread ends all the same.
        _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| playing.stop()));
        lost.end();
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
            if self.lost.has_no_window() && stop.load(Ordering::Relaxed) {
                return;
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
            changed |= self.now.waits != self.playing.session.waiting();
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
        let any = matches!(
            wish,
            Wish::Deed(_) | Wish::Play | Wish::Stop | Wish::Rewind | Wish::Hush(_) | Wish::CountIn(_) | Wish::Quant(_)
        );
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
            Wish::Drop { file, parcel } => {
                let load = Load { set: self.hall.around.opened, file, parcel };
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
            Wish::Cancel(number @ Some(_)) if self.hall.cancel(number) => {}
            Wish::Cancel(number) => {
                self.hall.cancel(number);
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
            Wish::Quant(quant) => self.playing.hear_at(quant),
            Wish::Launch(scene) => {
                let quant = self.playing.session.quant;
                _ = self.playing.session.launch(scene, quant);
            }
            Wish::WriteScript { file, text, base } => {
                let sheets = Arc::make_mut(&mut self.now.scripts);
                let draft = Draft { file, text: text.into(), base: base.into() };
                let done = self.files.write(&mut self.playing.session, sheets, draft);
                sheets.wrote(self.now.granted + 1, done.is_ok());
                match done {
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
                    if !names.is_empty() {
                        self.say(Severity::Warning, String::new(), format!("saved {}", names.join(", ")));
                    } else if self.now.scripts.unwritten.is_empty() {
                        self.say(Severity::Warning, String::new(), "nothing has changed".to_owned());
                    }
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
        let turned = self.carrier.turn(&mut self.playing.session, self.hall.around.opened, &mut said);
        let moving = self.hall.shown();
        if turned || moving.as_ref() != self.now.under_way.iter().find(|one| self.hall.is_own(one.number)) {
            self.now.under_way = Arc::new(moving.into_iter().chain(self.carrier.shown().iter().cloned()).collect());
            changed = true;
            let made = self.carrier.made();
            if !made.is_empty() {
                self.now.dropped = (self.now.dropped.0 + 1, Arc::new(made));
            }
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
                let text = format!("`{path}` gave invalid sound (NaN) and was reset");
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
            self.now.order = Arc::new(super::pattern::place::order(session));
            self.guests = super::change::guests(&session.wanted(), (&self.now.heard, &self.now.own));
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
        if self.now.marks.of_nodes != self.guests.0 || self.now.marks.of_tracks != self.guests.1 {
            let marks = Arc::make_mut(&mut self.now.marks);
            (marks.of_nodes, marks.of_tracks) = self.guests.clone();
        }
        self.now.around = self.hall.around.clone();
        self.now.around.recording = session.recording().map(std::path::Path::to_owned);
        self.now.unsaved = session.is_unsaved();
        heard::renew(&mut self.now, session);
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
