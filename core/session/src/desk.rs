//! Carries out what other programs ask of a running set, and tells those who watch what sounds.

use crate::play::band::Lit;
use crate::remote::{
    Changed, Evaluate, Fault, LocalError, Notice, Part, Quant, Record, Remote, Request, Response, Sounding, Status,
    Ticket,
};
use crate::session::{Message, Script, Session};
use crate::sync::Source;
use crate::typed::Typed;
use bf_patch::{Edit, Name, SetEdit, Socket};
use bf_script::block;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The file of lines that were typed.
const TYPED: &str = "typed";

/// The clients of a set that plays.
pub struct Desk {
    remote: Remote,
    root: PathBuf,
    /// Who waits for what, by the number of the request.
    waiting: BTreeMap<u64, Waiting>,
    /// Who asks for the sources of time: they are known to whoever has them.
    asking: Vec<Ticket>,
    /// What is to be heard.
    evaluated: BTreeMap<u64, (String, (usize, usize))>,
    /// What clients call the files.
    names: BTreeMap<String, String>,
    typed: Typed,
    lit: Vec<Lit>,
}

struct Waiting {
    ticket: Ticket,
    file: String,
    range: Option<Range<usize>>,
    /// Lines that stand before it and are not the client's.
    above: u32,
    /// How much was typed before it, where it was typed.
    typed_before: Option<usize>,
}

impl Desk {
    /// Listens in a set's folder.
    ///
    /// # Errors
    /// Another program plays the set, or the system refuses: the set can play without.
    pub fn open(session: &Session) -> Result<Desk, LocalError> {
        let root = session.folder().root.clone();
        let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
        let root = root.canonicalize().unwrap_or(root);
        let remote = Remote::open(&root)?;
        Ok(Desk {
            remote,
            root,
            waiting: BTreeMap::new(),
            asking: Vec::new(),
            evaluated: BTreeMap::new(),
            names: BTreeMap::new(),
            typed: Typed::new(TYPED),
            lit: Vec::new(),
        })
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        self.remote.socket()
    }

    /// Carries out what has come in. Never waits.
    pub fn poll(&mut self, session: &mut Session) {
        for (ticket, request) in self.remote.requests() {
            self.carry_out(ticket, request, session);
        }
        session.light(self.remote.is_watched());
        self.lit.extend(session.take_lit());
        self.tell_lit(session);
    }

    /// Answers those who ask for the sources of time; these are made only where somebody does.
    pub fn tell_sources(&mut self, sources: impl FnOnce() -> Vec<Source>) {
        if self.asking.is_empty() {
            return;
        }
        let sources = sources();
        for ticket in core::mem::take(&mut self.asking) {
            self.remote.answer(ticket, Response::Sources(sources.clone()));
        }
    }

    /// Answers and tells what messages of the session are about.
    pub fn heed(&mut self, messages: &[Message]) {
        // What is said before an answer belongs to it.
        let mut warned: Vec<Fault> = Vec::new();
        for message in messages {
            match message {
                Message::Evaluated { request, in_secs } => {
                    self.evaluated(*request, *in_secs, core::mem::take(&mut warned));
                }
                Message::Heard { request, .. } | Message::Overtaken { request } => {
                    if let Some((file, range)) = self.evaluated.remove(request) {
                        self.remote.tell(&Notice::Evaluated { file, range, take: *request });
                    }
                }
                Message::Refused { request, faults } => {
                    let waiting = self.waiting.remove(request);
                    // A line that is refused is as if it had not been typed.
                    let before = waiting.as_ref().and_then(|w| w.typed_before);
                    before.into_iter().for_each(|length| self.typed.take_back(length));
                    let above = waiting.as_ref().map_or(0, |w| w.above);
                    let faults: Vec<Fault> = faults.iter().map(|f| self.fault_below(f, above)).collect();
                    match waiting {
                        Some(waiting) => self.remote.answer(waiting.ticket, Response::faults(faults)),
                        None => faults.into_iter().for_each(|fault| self.remote.tell(&Notice::Message { fault })),
                    }
                }
                Message::Fault(fault) => {
                    let fault = self.fault(fault.clone());
                    warned.push(fault.clone());
                    self.remote.tell(&Notice::Message { fault });
                }
                Message::Problem(text) | Message::Told(text) => self.remote.tell(&Notice::Note { text: text.clone() }),
                Message::Answered { request, result } => {
                    let (Ok(text) | Err(text)) = result;
                    if let Some(waiting) = self.waiting.remove(request) {
                        self.remote.answer(waiting.ticket, answer(result.clone()));
                    }
                    self.remote.tell(&Notice::Note { text: text.clone() });
                }
                Message::Hushed(on) => self.remote.tell(&Notice::Hushed { on: *on }),
                Message::Broken { .. } | Message::Reloaded { .. } | Message::Applied(_) => {}
            }
        }
    }

    fn evaluated(&mut self, request: u64, in_secs: f64, mut messages: Vec<Fault>) {
        let Some(Waiting { ticket, file, range, above, .. }) = self.waiting.remove(&request) else { return };
        for fault in messages.iter_mut().filter(|fault| fault.file == self.path_of(TYPED)) {
            fault.line = fault.line.saturating_sub(above).max(1);
        }
        let range = range.map(|r| (r.start, r.end));
        let heard_in_millis = Some((in_secs * 1000.0) as u64);
        self.remote.answer(
            ticket,
            Response::Done(Changed { range, heard_in_millis, edits: 1, take: request, messages, ..Changed::default() }),
        );
        if let Some(range) = range {
            self.evaluated.insert(request, (file, range));
        }
    }

    /// A fault with the name that clients give its file.
    fn fault(&self, fault: crate::Diagnostic) -> Fault {
        let mut fault = Fault::from(fault);
        fault.file = self.path_of(&fault.file);
        fault
    }

    /// The same of a text below lines that are not the client's.
    fn fault_below(&self, fault: &crate::Diagnostic, above: u32) -> Fault {
        let line = if fault.file == TYPED { fault.line.saturating_sub(above).max(1) } else { fault.line };
        self.fault(crate::Diagnostic { line, ..fault.clone() })
    }

    fn path_of(&self, file: &str) -> String {
        let path = || self.root.join(file).to_string_lossy().into_owned();
        self.names.get(file).cloned().unwrap_or_else(|| if file.is_empty() { String::new() } else { path() })
    }

    /// Answers once what was asked for is done, which has no text.
    fn wait(&mut self, request: u64, ticket: Ticket) {
        let waiting = Waiting { ticket, file: String::new(), range: None, above: 0, typed_before: None };
        self.waiting.insert(request, waiting);
    }

    fn carry_out(&mut self, ticket: Ticket, request: Request, session: &mut Session) {
        let response = match request {
            Request::Evaluate(evaluate) => return self.evaluate(ticket, evaluate, session),
            Request::Launch { scene, quant } => {
                let scene = if scene.is_empty() { None } else { Some(Name::new(&scene)) };
                let request = session.launch(scene, quant.unwrap_or(session.quant));
                return self.wait(request, ticket);
            }
            Request::Hush => {
                session.hush(true);
                Response::done("all is silent")
            }
            Request::Unhush => {
                session.hush(false);
                Response::done(match session.wanted().hushed {
                    true => "the script says hush(): take that out",
                    false => "it sounds again",
                })
            }
            Request::Undo => step(session.undo(), "undone", "there is nothing to undo"),
            Request::Redo => step(session.redo(), "done again", "there is nothing to do again"),
            Request::Mute { track, on } => switch(session, &track, "mute", on),
            Request::Solo { track, on } => switch(session, &track, "solo", on),
            Request::Tempo { bpm } => {
                let edit = SetEdit::main(Edit::SetTempo(bpm));
                match session.apply(&edit, &format!("set the tempo to {bpm}"), None) {
                    Ok(()) => Response::done(format!("{bpm} beats a minute")),
                    Err(e) => Response::failed(e.to_string()),
                }
            }
            Request::Play => {
                session.play();
                Response::done("playing")
            }
            Request::Stop => {
                session.stop();
                Response::done("stopped")
            }
            Request::Version { name, note } => {
                answer(session.name_version(&name, &note).map(|()| format!("the set as it stands is `{name}`")))
            }
            Request::Restore { version } => match session.restore_version(&version) {
                Ok(request) => return self.wait(request, ticket),
                Err(why) => Response::failed(why),
            },
            Request::Record(record) => match self::record(session, record) {
                Ok(Some(request)) => return self.wait(request, ticket),
                Ok(None) => Response::done("the recording is being ended"),
                Err(why) => Response::failed(why),
            },
            Request::Save => match session.save() {
                Ok(files) if files.is_empty() => Response::done("there is nothing to save"),
                Ok(files) => {
                    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
                    Response::done(format!("saved {}", names.join(", ")))
                }
                Err(e) => Response::failed(e.to_string()),
            },
            Request::Status => Response::Status(self.status(session)),
            Request::Sync => return self.asking.push(ticket),
            Request::Watch { .. } => Response::Done(Changed::default()),
        };
        self.remote.answer(ticket, response);
    }

    fn evaluate(&mut self, ticket: Ticket, evaluate: Evaluate, session: &mut Session) {
        let Evaluate { file, text, part, quant } = evaluate;
        let quant: Quant = quant.unwrap_or(session.quant);
        let own = Path::new(&file).canonicalize().unwrap_or_else(|_| PathBuf::from(&file));
        let inside = own.strip_prefix(&self.root).ok().map(|p| p.to_string_lossy().replace('\\', "/"));
        let mut name = inside.unwrap_or_else(|| file.clone());
        let (mut text, mut range, mut above) = (text, None, 0);
        let mut typed_before = None;
        match part {
            Part::Whole => {}
            Part::Block { at } => {
                let Some(found) = block::block_at(&text, at) else {
                    return self.remote.answer(ticket, Response::failed("there is no block at this place"));
                };
                range = Some(found);
            }
            Part::Range { start, end } => {
                let end = end.min(text.len());
                if start > end || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
                    return self.remote.answer(ticket, Response::failed("the range is not within the text"));
                }
                range = Some(start..end);
            }
            // What is typed once is not kept, as a line of the set is.
            Part::Line if ["hush()", "silence()"].contains(&text.trim().trim_end_matches(';')) => {
                session.hush(true);
                return self.remote.answer(ticket, Response::done("all is silent"));
            }
            Part::Line => {
                let line = self.typed.add(&text, session);
                (typed_before, range, above) = (Some(line.before), Some(line.range), line.above);
                (text, name) = (line.script.text, self.typed.name().to_owned());
            }
        }
        self.names.insert(name.clone(), file.clone());
        let shown = range.clone().unwrap_or(0..text.len());
        let request = session.evaluate(Script { file: name, text, part: range, quant });
        self.waiting.insert(request, Waiting { ticket, file, range: Some(shown), above, typed_before });
    }

    fn status(&self, session: &mut Session) -> Status {
        let s = session.controller().shared().status();
        let wanted = session.wanted();
        let hushed = session.is_hushed() || wanted.hushed;
        let set = session.heard();
        let main = &set.main;
        let switch = |track: &Name, switch: &str| {
            let hand = main.overrides.get(&Socket::new(track.as_str(), switch));
            let said = main.nodes.get(track).and_then(|strip| strip.params.get(switch));
            hand.or(said).is_some_and(|value| *value == true.into())
        };
        let solo = wanted.tracks.iter().any(|t| switch(&t.name, "solo"));
        let sounds = |t: &Name| !hushed && !switch(t, "mute") && (!solo || switch(t, "solo"));
        Status {
            playing: s.playing,
            hushed,
            bpm: s.bpm,
            beat: s.beat,
            cycle: session.cycle_at(s.beat),
            load: f64::from(s.load),
            missed: s.missed,
            tracks: wanted.tracks.iter().map(|t| (t.name.to_string(), sounds(&t.name))).collect(),
            scenes: wanted.scenes.keys().map(ToString::to_string).collect(),
            files: session.script_files().iter().map(|file| self.path_of(file)).collect(),
        }
    }

    /// Tells the places that begin to sound.
    fn tell_lit(&mut self, session: &mut Session) {
        if self.lit.is_empty() {
            return;
        }
        let s = session.controller().shared().status();
        let begun: Vec<Lit> = self.lit.iter().filter(|lit| lit.begin <= s.beat).cloned().collect();
        self.lit.retain(|lit| lit.begin > s.beat);
        let millis = |end: f64| ((end - s.beat) * 60_000.0 / s.bpm.max(1.0)).clamp(0.0, 600_000.0) as u32;
        let spans: Vec<Sounding> = begun
            .into_iter()
            .filter(|lit| lit.end > s.beat)
            .map(|lit| Sounding {
                file: self.path_of(&lit.file),
                take: lit.take,
                start: lit.span.0 as usize,
                end: lit.span.1 as usize,
                millis: millis(lit.end),
            })
            .collect();
        if !spans.is_empty() {
            self.remote.tell(&Notice::Sounding { spans });
        }
    }
}

fn answer(done: Result<String, String>) -> Response {
    match done {
        Ok(yes) => Response::done(yes),
        Err(why) => Response::failed(why),
    }
}

/// Carries out what a recorder is told; the number of the answer that is to be waited for.
fn record(session: &mut Session, record: Record) -> Result<Option<u64>, String> {
    match record {
        Record::Start { out, stems } => {
            session.start_recording(Path::new(&out), stems.as_deref().map(Path::new)).map(Some)
        }
        Record::Stop => session.stop_recording().map(|()| None),
        Record::Last { secs, out } => session.record_last(secs, Path::new(&out)).map(Some),
    }
}

fn step(done: Result<bool, bf_patch::EditError>, yes: &str, no: &str) -> Response {
    match done {
        Ok(true) => Response::done(yes),
        Ok(false) => Response::failed(no),
        Err(e) => Response::failed(e.to_string()),
    }
}

/// A hand on a switch of a track's strip.
fn switch(session: &mut Session, track: &str, switch: &str, on: bool) -> Response {
    let target = Socket::new(track, switch);
    let edit = SetEdit::main(Edit::Override { target, value: Some(on.into()) });
    match session.apply(&edit, &format!("{switch} {track}"), None) {
        Ok(()) => Response::done(format!("{track}: {switch} is {}", if on { "on" } else { "off" })),
        Err(e) => Response::failed(e.to_string()),
    }
}
