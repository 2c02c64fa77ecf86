//! What messages ask for is done: at once, or at a frame.

use super::act::{self, Act};
use super::console::{Console, Due, Group, Sent};
use super::names::Who;
use super::notes::{self, Begun};
use super::route::read_source;
use super::{Aim, Atom};
use crate::session::Session;
use crate::session::hand::Ahead;
use bf_engine::{Move, When};
use bf_io::osc::{Argument, Peer};
use bf_node::{Scale, Value};
use bf_patch::{Edit, Mapping, Name, SetEdit, Socket};
use bf_pattern::{Ratio, Tempo};
use std::collections::BTreeMap;

impl Console {
    /// Sends the messages of a group to the engine, for a frame: all of them happen there.
    pub(super) fn send_at(&mut self, session: &mut Session, group: Group, frame: u64) {
        let who = group.who;
        let client = who.client;
        let when = When::Frame(frame);
        let mut values: Vec<(Socket, Value)> = Vec::new();
        for act in group.acts {
            let told = match act {
                Act::Set { socket, value, .. } => {
                    // Of several values of one param at one time the last counts.
                    values.retain(|(other, _)| *other != socket);
                    values.push((socket, value));
                    Ok(())
                }
                Act::Note { name, pitch, velocity, secs } => {
                    self.notes.begin(session, Begun { client: who.from, name, pitch, velocity, secs }, when, self.rate)
                }
                Act::NoteOff { name, pitch } => {
                    self.notes.off(&name, pitch, when, session.controller());
                    Ok(())
                }
                Act::Trigger { name, force } => notes::hit(session, &name, force, when),
                Act::Hear { path, value } => notes::say(session, &path, value, when),
                Act::Play => full(session.move_at(Move::Play, frame)),
                Act::Stop => {
                    self.due(frame, who, Due::Stopped);
                    full(session.move_at(Move::Stop, frame))
                }
                Act::Tempo(bpm) => {
                    self.due(frame, who, Due::Tempo(bpm));
                    full(session.move_at(Move::Tempo(Tempo::from_bpm(bpm)), frame))
                }
                Act::Nothing => Ok(()),
                act => {
                    self.due(frame, who, Due::Act(act));
                    Ok(())
                }
            };
            if let Err(why) = told {
                self.refuse(client, "#bundle", &why);
            }
        }
        if !values.is_empty() {
            let ahead = session.send_ahead(&overrides(&values), frame);
            self.due(frame, who, Due::Values(values, ahead));
        }
    }

    fn due(&mut self, frame: u64, who: Who, what: Due) {
        let at = self.sent.partition_point(|sent| sent.frame <= frame);
        self.sent.insert(at, Sent { frame, who, what });
    }

    /// Sets values by a hand, all at once and as one step; `ahead` is what the engine has of them already.
    pub(super) fn set(
        &mut self,
        session: &mut Session,
        client: Peer,
        values: Vec<(Socket, Value)>,
        ahead: Option<Ahead>,
        now_ns: u64,
    ) {
        let turned = values.iter().all(|(_, value)| matches!(value, Value::Number(_)));
        let gesture = if turned {
            Some(self.gestures.of(values.iter().map(|(socket, _)| socket), now_ns))
        } else {
            self.gestures.end();
            None
        };
        let edit = overrides(&values);
        let label = match &values[..] {
            [(socket, _)] => format!("turn {socket}"),
            many => format!("turn {} controls", many.len()),
        };
        let before = session.changes();
        match session.settle(&SetEdit::main(edit), &label, gesture, ahead) {
            Ok(()) => self.keep_up(session, before, &values),
            // Each by itself, so that one that is gone does not hold up the others.
            Err(_) if values.len() > 1 => {
                values.into_iter().for_each(|value| self.set(session, client, vec![value], None, now_ns));
            }
            Err(e) => self.refuse(client, &values[0].0.to_string(), &e.to_string()),
        }
    }

    /// Lets the tree read what was set. Where that took more than numbers, it is made anew in its time.
    fn keep_up(&mut self, session: &Session, before: u64, values: &[(Socket, Value)]) {
        if self.seen == Some(before) && session.changes() == before + 1 && !session.waits() {
            self.seen = Some(before + 1);
        }
        for (socket, value) in values {
            // What is mapped shows more than numbers tell here.
            if self.tree.is_mapped(socket) {
                self.seen = None;
            }
            let native = Aim::Param(socket.clone());
            let atoms = self.tree.aimed(&native).filter(|e| !e.value.is_empty()).and_then(|e| act::atoms_of(e, value));
            if let Some((atom, place)) = atoms {
                self.show(&native, atom);
                self.show(&Aim::Norm(socket.clone()), Atom::from(place));
            }
        }
    }

    /// The set takes over a tempo that the engine has.
    pub(super) fn take_tempo(&mut self, session: &mut Session, client: Peer, bpm: f64, now_ns: u64) {
        session.keep_tempo(bpm);
        self.tempo(session, client, bpm, now_ns);
    }

    fn tempo(&mut self, session: &mut Session, client: Peer, bpm: f64, now_ns: u64) {
        let gesture = self.gestures.of([&Socket::first("~tempo")].into_iter(), now_ns);
        let edit = SetEdit::main(Edit::SetTempo(bpm));
        match session.apply(&edit, "turn the tempo", Some(gesture)) {
            Ok(()) => self.show(&Aim::Tempo, Atom::from(bpm)),
            Err(e) => self.refuse(client, "/bf/transport/tempo", &e.to_string()),
        }
    }

    /// Does something at once.
    pub(super) fn perform(&mut self, session: &mut Session, act: Act, who: Who, now_ns: u64) {
        let (client, address) = (who.client, act.address());
        let done = match act {
            Act::Set { socket, value, .. } => {
                self.set(session, client, vec![(socket, value)], None, now_ns);
                Ok(())
            }
            Act::Note { name, pitch, velocity, secs } => {
                self.notes.begin(session, Begun { client: who.from, name, pitch, velocity, secs }, When::Now, self.rate)
            }
            Act::NoteOff { name, pitch } => {
                self.notes.off(&name, pitch, When::Now, session.controller());
                Ok(())
            }
            Act::Trigger { name, force } => notes::hit(session, &name, force, When::Now),
            Act::Hear { path, value } => notes::say(session, &path, value, When::Now),
            Act::Tempo(bpm) => {
                self.tempo(session, client, bpm, now_ns);
                Ok(())
            }
            Act::Nothing => Ok(()),
            Act::Get(_) | Act::List(_) | Act::Describe(_) | Act::Hello { .. } | Act::Bye | Act::Sync | Act::Pass(_) => {
                self.answer(session, act, who, now_ns);
                Ok(())
            }
            act => {
                self.gestures.end();
                self.command(session, act, client, now_ns)
            }
        };
        if let Err(why) = done {
            self.refuse(client, address, &why);
        }
    }

    /// Does what is a step of its own.
    fn command(&mut self, session: &mut Session, act: Act, client: Peer, now_ns: u64) -> Result<(), String> {
        let edited = |done: Result<(), bf_patch::EditError>| done.map_err(|e| e.to_string());
        match act {
            Act::Play => session.play(),
            Act::Stop => session.stop(),
            Act::Seek(beat) => session.seek(Ratio::from_f64(beat)),
            Act::Signature(beats) => {
                let edit = SetEdit::main(Edit::SetSignature(beats));
                edited(session.apply(&edit, &edit.edit.to_string(), None))?;
            }
            Act::Launch(scene) => {
                let request = session.launch(scene, session.quant);
                self.asked.insert(request, (client, None));
            }
            Act::Recall(name) => return self.recall(session, &name, client, now_ns),
            Act::Store(name) => return self.store(session, name),
            Act::Undo if !session.undo().map_err(|e| e.to_string())? => return Err("nothing to undo".to_owned()),
            Act::Redo if !session.redo().map_err(|e| e.to_string())? => return Err("nothing to do again".to_owned()),
            Act::Hush(on) => session.hush(on),
            Act::Learn(address) => {
                self.learning =
                    address.map(|address| self.param_at(&address)).transpose()?.map(|to| (to, Some(client)));
            }
            Act::Learned { source, to, asked, .. } => {
                let mapping = Mapping::plain(to.clone());
                self.map(session, source.clone(), Some(mapping))?;
                let (to, source) = (to.to_string(), source);
                let told = [Argument::Str("/bf/learn"), Argument::Str(&source), Argument::Str(&to)];
                asked.into_iter().for_each(|asked| self.post.send(asked, "/bf/done", &told));
            }
            Act::Map { source, to, range, curve } => {
                let curve = match curve.as_deref() {
                    None => None,
                    Some("linear") => Some(Scale::Linear),
                    Some("log") => Some(Scale::Log),
                    Some(other) => return Err(format!("`{other}` is no curve: write linear or log")),
                };
                let (source, to) = (read_source(&source)?, self.param_at(&to)?);
                self.map(session, source, Some(Mapping { range, curve, ..Mapping::plain(to) }))?;
            }
            Act::Unmap(text) => {
                let mappings = &session.set().main.mappings;
                let read = Some(text.clone()).filter(|text| mappings.contains_key(text));
                let source = read.or_else(|| read_source(&text).ok().filter(|source| mappings.contains_key(source)));
                let source = source.ok_or_else(|| format!("`{text}` is mapped to nothing"))?;
                self.map(session, source, None)?;
            }
            Act::Edit(edit) => edited(session.apply(&edit, &edit.edit.to_string(), None))?,
            Act::Eval { code, quant } => {
                let line = self.typed.add(&code, session);
                let quant = quant.unwrap_or(session.quant);
                let request = session.evaluate(crate::Script { quant, ..line.script });
                self.asked.insert(request, (client, Some(line.before)));
            }
            _ => {}
        }
        Ok(())
    }

    /// The param of an address, or of a name such as `filter.cutoff`.
    fn param_at(&self, text: &str) -> Result<Socket, String> {
        let named = || Socket::parse(text).ok().filter(|s| self.tree.aimed(&Aim::Param(s.clone())).is_some());
        let found = self.tree.find(text).and_then(|e| e.aim.param().cloned()).or_else(named);
        found.ok_or_else(|| format!("`{text}` is no param"))
    }

    fn map(&mut self, session: &mut Session, source: String, mapping: Option<Mapping>) -> Result<(), String> {
        let edit = SetEdit::main(Edit::SetMapping { source, mapping });
        session.apply(&edit, &edit.edit.to_string(), None).map_err(|e| e.to_string())
    }

    fn recall(&mut self, session: &mut Session, name: &Name, client: Peer, now_ns: u64) -> Result<(), String> {
        let stored = session.set().main.snapshots.get(name).ok_or_else(|| format!("there is no snapshot `{name}`"))?;
        let values: Vec<(Socket, Value)> = stored.iter().map(|(s, v)| (s.clone(), v.clone())).collect();
        if values.is_empty() {
            return Ok(());
        }
        let before = session.changes();
        let edit = SetEdit::main(overrides(&values));
        match session.settle(&edit, &format!("recall {name}"), None, None) {
            Ok(()) => self.keep_up(session, before, &values),
            Err(_) => self.set(session, client, values, None, now_ns),
        }
        Ok(())
    }

    /// Stores what the params of a snapshot stand at, or all numbers where it is new.
    fn store(&mut self, session: &mut Session, name: Name) -> Result<(), String> {
        let main = &session.set().main;
        let stands = |socket: &Socket| {
            let entry = self.tree.aimed(&Aim::Param(socket.clone()))?;
            act::value_of_atom(entry.value.first()?, entry)
        };
        let stored = main.snapshots.get(&name).map(|values| values.keys().cloned().collect::<Vec<_>>());
        let numbers = || {
            let native = self.tree.entries().iter().filter(|e| matches!(e.aim, Aim::Param(_)));
            // What has a place from 0 to 1 is a number, a switch or a choice.
            let moves =
                native.filter_map(|e| e.aim.param()).filter(|s| self.tree.aimed(&Aim::Norm((*s).clone())).is_some());
            moves.cloned().collect::<Vec<_>>()
        };
        let sockets = stored.unwrap_or_else(numbers);
        let values: BTreeMap<Socket, Value> =
            sockets.into_iter().filter_map(|s| Some((s.clone(), stands(&s)?))).collect();
        let edit = SetEdit::main(Edit::SetSnapshot { name, values: Some(values) });
        session.apply(&edit, &edit.edit.to_string(), None).map_err(|e| e.to_string())
    }

    /// Answers what messages of the session are about: what became of evaluations.
    pub fn heed(&mut self, messages: &[crate::Message]) {
        for message in messages {
            match message {
                crate::Message::Heard { request, .. } | crate::Message::Overtaken { request } => {
                    if let Some((client, before)) = self.asked.remove(request) {
                        let what = if before.is_some() { "/bf/eval" } else { "/bf/scene" };
                        self.post.send(client, "/bf/done", &[Argument::Str(what)]);
                    }
                }
                crate::Message::Refused { request, faults } => {
                    let Some((client, before)) = self.asked.remove(request) else { continue };
                    before.into_iter().for_each(|before| self.typed.take_back(before));
                    let why = faults.first().map_or("it has a fault", |fault| &fault.message);
                    self.refuse(client, if before.is_some() { "/bf/eval" } else { "/bf/scene" }, why);
                }
                _ => {}
            }
        }
    }
}

/// Values of a hand as one edit.
fn overrides(values: &[(Socket, Value)]) -> Edit {
    let edit =
        |(socket, value): &(Socket, Value)| Edit::Override { target: socket.clone(), value: Some(value.clone()) };
    match values {
        [one] => edit(one),
        many => Edit::Batch(many.iter().map(edit).collect()),
    }
}

fn full(sent: bool) -> Result<(), String> {
    if sent { Ok(()) } else { Err("the engine takes no more at once: this was left out".to_owned()) }
}
