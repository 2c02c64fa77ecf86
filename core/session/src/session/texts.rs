//! Texts of patch files that are read while they play: patterns of params and nodes, scripts of nodes.

use super::{Message, Session, score};
use crate::play::actors::{Actor, Moment, Seen};
use crate::play::ask::{Answer, Job, Way};
use crate::play::band::NewPart;
use crate::play::part::{Into, Words};
use crate::play::scripts::{Text, plain_mind};
use bf_node::Code;
use bf_patch::compile::{CompileError, FlatText, moving, notes};
use bf_patch::{Name, Severity, Socket};
use bf_pattern::{Controls, Key, Pattern, Ratio, Value};
use bf_script::Site;
use core::ops::Range;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

impl Session {
    /// Plays what the texts of the present plan say from a beat on. What stays goes on; what is gone is silent from
    /// another beat on.
    pub(super) fn play_texts(&mut self, from: Ratio, gone_from: Ratio) {
        let texts = self.controller.plan().map_or(Vec::new(), |plan| plan.flat.texts.clone());
        self.play_scripts(&texts);
        let (mut old, mut new) = (core::mem::take(&mut self.scripts.texts), BTreeMap::new());
        // Where a node has notation and an expression, the last counts.
        let wanted: BTreeMap<Into, &FlatText> = texts.iter().filter_map(|text| Some((place(text)?, text))).collect();
        for (into, text) in wanted {
            let (path, param) = (text.path.as_str(), text.param.as_str());
            let target = match &into {
                Into::Value(_) => self.controller.param_target(path, param),
                _ => self.controller.target(path, Some("feed")),
            };
            let site = self.text_site(text);
            let same = |old: &Text| old.text == text.text && old.code == text.code && old.target == target;
            let playing = match old.remove(&into).filter(same) {
                Some(playing) => playing,
                None => {
                    let key = self.scripts.text_key();
                    self.begin(&into, text, key, from);
                    Text { text: text.text.clone(), code: text.code, key, target }
                }
            };
            self.scripts.band.aim(&into, target, site);
            new.insert(into, playing);
        }
        for into in old.keys() {
            self.scripts.band.withdraw(into, gone_from, &mut self.controller);
            self.scripts.band.end(into);
            self.scripts.band.aim(into, None, Site::default());
        }
        self.scripts.texts = new;
        if !self.scripts.texts.is_empty() && matches!(self.scripts.way, Way::Idle) {
            let waits = self.options.wait_for_scripts;
            self.scripts.way = if waits { Way::here(plain_mind()) } else { Way::there(plain_mind) };
        }
    }

    /// Begins to play a text, or has it evaluated first.
    fn begin(&mut self, into: &Into, text: &FlatText, key: u64, from: Ratio) {
        let pattern = match text.code {
            Some(Code::Expression) => {
                self.wake();
                self.scripts.way.give(Job::Expression { key, text: text.text.clone() });
                return;
            }
            Some(_) => notes(&text.text).ok(),
            None => self.value_pattern(text),
        };
        // The compiler has read it before.
        if let Some(pattern) = pattern {
            self.play_text(into.clone(), pattern, from);
        }
    }

    fn play_text(&mut self, into: Into, pattern: Pattern, from: Ratio) {
        let scripts = &mut self.scripts;
        scripts.band.withdraw(&into, from, &mut self.controller);
        let from = scripts.cycles.cycle(from);
        let words = Arc::new(Words { site: Site::default(), files: Arc::default(), take: 0 });
        scripts.band.play(NewPart { into, pattern, words, from, until: None, ramp: None });
    }

    fn value_pattern(&self, text: &FlatText) -> Option<Pattern> {
        let plan = self.controller.plan()?;
        let node = plan.flat.nodes.iter().find(|n| !n.ghost && n.key.path == text.path)?;
        let spec = &node.face.params()[node.face.param(text.param.as_str())?];
        moving(spec, &text.text).ok()
    }

    /// Where a text stands.
    fn text_site(&self, text: &FlatText) -> Site {
        let found = self.text_fault(text, None, String::new(), None);
        Site { file: found.file.into(), line: found.line, column: found.column, block: 0..0 }
    }

    fn text_fault(
        &self,
        text: &FlatText,
        within: Option<Range<usize>>,
        message: String,
        hint: Option<String>,
    ) -> crate::Diagnostic {
        let (file, at) = (text.file.clone(), text.at.clone());
        self.locate(&CompileError { file, at, message, hint, within })
    }

    /// Says faults of a text of Rhai, at their places in the patch file.
    fn tell_faults(&mut self, text: &FlatText, faults: &[crate::Diagnostic], severity: Severity) {
        for fault in faults {
            let at = byte_of(&text.text, fault.line, fault.column);
            let (message, hint) = (format!("{}.{}: {}", text.path, text.param, fault.message), fault.hint.clone());
            let found = self.text_fault(text, Some(at..at), message, hint);
            self.messages.push(Message::Fault(crate::Diagnostic { severity, ..found }));
        }
    }

    /// The beat from which on is heard what is ready now.
    fn first_beat(&self) -> Ratio {
        let begun = self.controller.shared().status().blocks > 0;
        if begun { Ratio::from_f64(self.soonest().max(0.0)) } else { Ratio::ZERO }
    }

    /// Takes in what the script's thread says of texts.
    pub(super) fn text_answer(&mut self, answer: Answer) {
        match answer {
            Answer::Expression { key, result } => self.evaluated_text(key, result),
            Answer::Script { key, result } => {
                let Some(path) = self.actor(key) else { return };
                match result {
                    Ok(ports) => {
                        let now = Moment { frame: self.controller.shared().status().frame, from: self.first_beat() };
                        let scripts = &mut self.scripts;
                        if let Some(actor) = scripts.actors.get_mut(&path) {
                            actor.plays(ports, now, (&mut self.controller, &mut scripts.way));
                        }
                    }
                    Err(faults) => self.tell_script(&path, faults, Severity::Error),
                }
            }
            Answer::Called { key, called } => {
                let Some(path) = self.actor(key) else { return };
                let (head, now) = (self.playhead(), self.first_beat());
                let Some(actor) = self.scripts.actors.get_mut(&path) else { return };
                let unknown = actor.answer(&called, head, &mut self.controller);
                let site = actor.site.clone();
                if let Some(ports) = called.ports {
                    let now = Moment { frame: self.controller.shared().status().frame, from: now };
                    actor.plays(ports, now, (&mut self.controller, &mut self.scripts.way));
                }
                for name in unknown {
                    let message = format!("{path}: there is no output `{name}`: name it with output(\"{name}\")");
                    self.scripts.band.say(crate::play::band::Said { site: site.clone(), message, hint: None });
                }
                self.tell_script(&path, called.faults, Severity::Warning);
            }
            Answer::Events { part, span, result } => {
                let said = self.scripts.outs.take(part, span, result);
                said.into_iter().for_each(|said| self.scripts.band.news.push(said));
            }
            answer => self.scripts.band.take(answer),
        }
    }

    fn evaluated_text(&mut self, key: u64, result: Result<Pattern, Vec<crate::Diagnostic>>) {
        let Some(into) = self.scripts.texts.iter().find(|(_, t)| t.key == key).map(|(into, _)| into.clone()) else {
            return;
        };
        match result {
            Ok(pattern) => {
                let from = self.first_beat();
                self.play_text(into.clone(), pattern.map(as_note), from);
                let texts = self.controller.plan().map_or(&[][..], |plan| &plan.flat.texts);
                let Some(text) = texts.iter().rfind(|t| place(t).as_ref() == Some(&into)) else { return };
                let (site, target) = (self.text_site(text), self.scripts.texts.get(&into).and_then(|t| t.target));
                self.scripts.band.aim(&into, target, site);
            }
            Err(faults) => {
                let texts = self.controller.plan().map_or(Vec::new(), |plan| plan.flat.texts.clone());
                let text = texts.iter().rfind(|t| place(t).as_ref() == Some(&into));
                text.into_iter().for_each(|text| self.tell_faults(text, &faults, Severity::Error));
            }
        }
    }

    fn actor(&self, key: u64) -> Option<Name> {
        self.scripts.actors.iter().find(|(_, actor)| actor.key == key).map(|(path, _)| path.clone())
    }

    /// Says faults of a node's script, where they stand.
    fn tell_script(&mut self, path: &Name, faults: Vec<crate::Diagnostic>, severity: Severity) {
        if faults.is_empty() {
            return;
        }
        let inline = self.scripts.actors.get(path).is_some_and(|actor| actor.inline);
        if !inline {
            let told = faults.into_iter().map(|fault| Message::Fault(crate::Diagnostic { severity, ..fault }));
            self.messages.extend(told);
            return;
        }
        let texts = self.controller.plan().map_or(Vec::new(), |plan| plan.flat.texts.clone());
        let text = texts.iter().find(|t| t.path == *path && t.code == Some(Code::Script));
        text.into_iter().for_each(|text| self.tell_faults(text, &faults, severity));
    }

    /// Has the scripts of nodes evaluated that are new or have changed.
    fn play_scripts(&mut self, texts: &[FlatText]) {
        let is_script = |t: &&FlatText| matches!(t.code, Some(Code::Script | Code::ScriptFile));
        let wanted: BTreeMap<&Name, &FlatText> = texts.iter().filter(is_script).map(|t| (&t.path, t)).collect();
        let gone: Vec<Name> = self.scripts.actors.keys().filter(|path| !wanted.contains_key(path)).cloned().collect();
        for path in gone {
            if let Some(mut actor) = self.scripts.actors.remove(&path) {
                actor.anew(Ratio::int(score::BEGINNING), &mut self.controller);
                self.scripts.way.give(Job::Forget { key: actor.key });
            }
        }
        for (path, text) in wanted {
            self.wake();
            let site = self.text_site(text);
            if !self.scripts.actors.contains_key(path) {
                let key = self.scripts.text_key();
                self.scripts.actors.insert(path.clone(), Actor::new(key, site.clone(), false));
            }
            let seen = self.seen(path);
            let read = match text.code {
                Some(Code::ScriptFile) => read_script(&self.folder.root, &text.text),
                _ => Ok(text.text.clone()),
            };
            let Some(actor) = self.scripts.actors.get_mut(path) else { continue };
            actor.see(seen);
            (actor.site, actor.inline) = (site, text.code == Some(Code::Script));
            match read {
                Ok(script) if script == actor.text => {}
                Ok(script) => {
                    actor.text.clone_from(&script);
                    let file = if actor.inline { "code".to_owned() } else { text.text.clone() };
                    self.scripts.way.give(Job::Script { key: actor.key, file, text: script });
                }
                Err(message) => {
                    actor.text.clear();
                    let fault = self.text_fault(text, None, message, None);
                    self.messages.push(Message::Fault(fault));
                }
            }
        }
    }

    fn seen(&self, path: &Name) -> Seen {
        let plan = self.controller.plan();
        let node = plan.and_then(|p| p.flat.nodes.iter().find(|n| !n.ghost && n.key.path == *path));
        let place = |name: &str| node.and_then(|n| n.face.param(name));
        let values = node.and_then(|n| n.values.as_ref());
        let delay = place("delay").and_then(|at| values?.get(at)?.as_number()).unwrap_or(0.0);
        Seen {
            feed: self.controller.target(path.as_str(), Some("feed")),
            probe: self.controller.probe(path.as_str()),
            delay: (delay / 1000.0 * f64::from(self.options.sample_rate)).round() as u64,
            first: place("a").unwrap_or(0) as u16,
        }
    }

    /// What nodes with scripts have heard goes to the script's thread.
    pub(super) fn hear_texts(&mut self) {
        if self.scripts.actors.is_empty() {
            return;
        }
        let head = self.playhead();
        let scripts = &mut self.scripts;
        let mut lost = Vec::new();
        for (path, actor) in &mut scripts.actors {
            if actor.ask(&mut scripts.way, head, &self.controller) > 0 {
                lost.push((path.clone(), actor.site.clone()));
            }
        }
        for (path, site) in lost {
            let message = format!("{path} hears more than its script can answer: some of it was left out");
            scripts.band.say(crate::play::band::Said { site, message, hint: None });
        }
    }

    /// Evaluates again the scripts of nodes whose files were written.
    pub(super) fn reload_texts(&mut self, changed: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
        let texts = self.controller.plan().map_or(Vec::new(), |plan| plan.flat.texts.clone());
        let files = texts.iter().filter(|t| t.code == Some(Code::ScriptFile));
        let mut read: Vec<PathBuf> = files.map(|t| self.folder.root.join(&t.text)).filter(|p| changed(p)).collect();
        read.dedup();
        if !read.is_empty() {
            self.play_scripts(&texts);
        }
        read
    }
}

/// What a text plays into; `None` for the script of a node.
fn place(text: &FlatText) -> Option<Into> {
    let socket = |port| Socket { node: text.path.clone(), port };
    match text.code {
        None => Some(Into::Value(socket(Some(text.param.clone())))),
        Some(Code::Notation | Code::Expression) => Some(Into::Notes(socket(None))),
        Some(Code::Script | Code::ScriptFile) => None,
    }
}

/// Plain values of an expression are notes.
fn as_note(value: &Value) -> Value {
    match value {
        Value::Num(_) | Value::Text(_) => Value::Map(Controls::from_iter([(Key::new("note"), value.clone())])),
        other => other.clone(),
    }
}

/// The byte of a line and column, both from 1.
fn byte_of(text: &str, line: u32, column: u32) -> usize {
    let line = line.saturating_sub(1) as usize;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.chars().take(column.saturating_sub(1) as usize).map(char::len_utf8).sum::<usize>()
}

/// The script of a node: a file of the set.
fn read_script(root: &Path, path: &str) -> Result<String, String> {
    if !Path::new(path).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir)) {
        return Err("the script of a node lies in the set, by a path from its folder".to_owned());
    }
    let file = root.join(path);
    std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))
}
