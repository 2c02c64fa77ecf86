//! A change of what scripts want takes effect: history, nodes, patterns, tempo.

use super::places::Spoken;
use super::{Message, Session};
use crate::play::band::Said;
use crate::play::layer::{Layer, Plot, is_reserved, layer, with_layer};
use crate::play::scripts::{ONCE, Pending, Step, When};
use crate::play::state::State;
use crate::play::uses::Uses;
use bf_engine::{Loaded, Move};
use bf_patch::compile::{At, CompileError};
use bf_patch::text::{Diagnostic, Severity};
use bf_patch::{Edit, EditError, Name, Patch, Set, SetEdit};
use bf_pattern::{Ratio, Tempo};
use bf_script::{Site, Wanted};
use bf_store::What;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long the nodes of a track stay that has left, so that its last notes ring.
const LEAVING_SECS: f64 = 4.0;

impl Session {
    /// Makes a change heard, or says why it cannot be.
    pub(super) fn commit(&mut self, pending: Pending) {
        let old = self.scripts.state();
        let state = Arc::clone(&pending.state);
        let at = match pending.at {
            When::Beat(beat) if self.controller.shared().status().blocks > 0 => Some(beat),
            _ => None,
        };
        let from = match pending.at {
            _ if self.controller.shared().status().blocks == 0 => Ratio::ZERO,
            When::Beat(beat) => beat,
            When::Now => Ratio::from_f64(self.soonest().max(0.0)),
        };
        let before = (self.scripts.band.uses.clone(), self.scripts.leaving.clone());
        self.take_uses(&old, &state, pending.uses.clone(), from);
        let made = self.layer_of(&state);
        let score = match &pending.step {
            Step::Follows { score: Some(score) } => *score,
            _ => self.scripts.next_score(),
        };
        // A set that is opened as it was left has what its script said, and what hands have done to that since.
        let as_it_was = pending.step == Step::First && self.journal.as_it_was;
        let said_before = if as_it_was { &state.wanted } else { &old.wanted };
        let edits = match pending.step {
            // The history has given back all of it already, what hands have done to it, too.
            Step::Follows { score: Some(_) } => vec![Edit::SetScore(score)],
            _ => self.edits(said_before, &state.wanted, &made, score),
        };
        let mut main = self.set.main.clone();
        main.beside.guests = guests(&main, &made);
        let applied = match made.clashes.first() {
            Some(name) => Err(format!("the document has a node `{name}`, which the scripts need: rename it")),
            None => main.apply(&Edit::Batch(edits.clone())).map_err(|e| e.to_string()),
        };
        let loaded = applied.map_err(|why| vec![crate::play::ask::plain(why)]).and_then(|_| {
            let heard = heard(&self.set, &main, &made);
            let samples = Arc::clone(&self.samples);
            let loaded = self.controller.load_at(&heard, &|path| samples.version(path), at);
            loaded.map_err(|e| self.faults_in(&e, &Spoken { layer: &made, wanted: vec![&state.wanted] }))
        });
        match loaded {
            Ok(Loaded::Busy) => {
                (self.scripts.band.uses, self.scripts.leaving) = before;
                self.scripts.pending.push_front(pending);
                return;
            }
            Err(faults) => {
                (self.scripts.band.uses, self.scripts.leaving) = before;
                self.scripts.newest = old;
                self.refuse(pending.request, faults);
                return;
            }
            Ok(_) => {}
        }
        let scripts = &mut self.scripts;
        scripts.band.renew_targets(from, &scripts.cycles, &mut self.controller);
        self.scripts.layer = made;
        self.hands.changes += 1;
        self.set.main.beside.guests = main.beside.guests;
        self.record(&edits, &pending.step);
        self.scripts.keep(score, Arc::clone(&state));
        self.write_heard(pending.request, score, from);
        self.turn_transport(&old.wanted, &state.wanted, from);
        self.play_parts(&old.wanted, &pending, from);
        self.play_texts(from, from);
        self.plan_later(&pending, from);
        self.tell_commit(pending.request, &state, from);
        self.load_samples();
    }

    /// Whether a state can play, as far as its tracks are known.
    pub(super) fn trial(&self, state: &State, uses: &BTreeMap<Name, Uses>) -> Result<(), Vec<Diagnostic>> {
        let mut all = self.scripts.band.uses.clone();
        all.extend(uses.iter().map(|(track, uses)| (track.clone(), uses.clone())));
        let made = self.layer_with(state, &all, &BTreeMap::new());
        let mut main = self.set.main.clone();
        main.beside.guests = guests(&main, &made);
        let edits = self.edits(&self.scripts.newest.wanted, &state.wanted, &made, self.scripts.next_score());
        main.apply(&Edit::Batch(edits)).map_err(|why| vec![crate::play::ask::plain(why.to_string())])?;
        let heard = heard(&self.set, &main, &made);
        let checked = self.controller.check(&heard, &|path| self.samples.version(path));
        checked.map_err(|e| self.faults_in(&e, &Spoken { layer: &made, wanted: vec![&state.wanted] }))
    }

    /// What is said of a change that is heard.
    fn tell_commit(&mut self, request: u64, state: &State, from: Ratio) {
        self.say_unknown(state);
        self.messages.push(Message::Heard { request, beat: from });
    }

    /// Controls and instruments that tracks name and nothing knows.
    fn say_unknown(&mut self, state: &State) {
        let site = |track: &Name| {
            let found = state.wanted.tracks.iter().find(|t| t.name == *track);
            found.map(|t| t.site.clone()).unwrap_or_default()
        };
        let layer = self.scripts.layer.clone();
        for (track, names) in &layer.unknown {
            let told = |name: &str| state.wanted.messages.iter().any(|m| m.message.ends_with(&format!("`{name}`")));
            for name in names.iter().filter(|name| !told(name)) {
                let message = format!("track `{track}`: nothing that it plays knows the control `{name}`");
                self.scripts.band.say(Said { site: site(track), message, hint: None });
            }
        }
        self.say_strangers();
        self.say_loose_cables(state);
        let known = self.scripts.band.instruments.clone();
        for (track, names) in &layer.missing {
            for name in names {
                let near = bf_node::registry::nearest(name, known.iter().map(String::as_str));
                let hint = near.map(|near| format!("did you mean `{near}`?"));
                let message = format!("track `{track}`: there is no instrument `{name}`");
                self.scripts.band.say(Said { site: site(track), message, hint });
            }
        }
    }

    /// Cables of scripts that lead from or to nothing.
    fn say_loose_cables(&mut self, state: &State) {
        for joined in &state.wanted.cables {
            let ends = [&joined.to.node, &joined.cable.from.node];
            let there = |name: &Name| {
                self.scripts.layer.patch.nodes.contains_key(name) || self.set.main.nodes.contains_key(name)
            };
            let Some(lost) = ends.into_iter().find(|name| !there(name)).cloned() else { continue };
            let names = self.scripts.layer.patch.nodes.keys().chain(self.set.main.nodes.keys());
            let near = bf_node::registry::nearest(lost.as_str(), names.map(Name::as_str));
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no node and no track `{lost}`: this cable leads nowhere");
            self.scripts.band.say(Said { site: joined.site.clone(), message, hint });
        }
    }

    /// Cables and overrides of the document that name what no script plays.
    fn say_strangers(&mut self) {
        let scripts = &self.scripts;
        let there = |name: &Name| scripts.layer.patch.nodes.contains_key(name) && !scripts.leaving.contains_key(name);
        // What a hand has set waits in silence for its track to come back.
        let written = self.folder.text.patch().strangers();
        let missing: Vec<Name> = written.into_iter().filter(|name| !there(name)).collect();
        for name in missing {
            let main = &self.set.main;
            let cable = main.cables.iter().find_map(|(to, list)| {
                let of = list.iter().position(|c| c.from.node == name || to.node == name)?;
                Some(At::Cable(to.clone(), of))
            });
            let lane = main.overrides.keys().chain(main.automation.keys()).find(|to| to.node == name);
            let at = cable.or_else(|| lane.cloned().map(At::Lane)).unwrap_or(At::Patch);
            let message = format!("there is no node and no track `{name}` now; what the line says has no effect");
            if self.scripts.band.is_new(&message) {
                let fault = self.locate(&CompileError { file: None, at, within: None, message, hint: None });
                self.messages.push(Message::Fault(Diagnostic { severity: Severity::Warning, ..fault }));
            }
        }
    }

    /// What tracks use from now on; those that left stay for a while.
    fn take_uses(&mut self, old: &State, new: &State, uses: BTreeMap<Name, Uses>, from: Ratio) {
        let head = self.playhead();
        // A whole beat: the nodes go at a place that does not depend on when this is worked out.
        let until = Ratio::int(from.ceil() + head.beats(LEAVING_SECS).ceil() as i64);
        let scripts = &mut self.scripts;
        let stays = |name: &Name| new.wanted.tracks.iter().any(|t| t.name == *name);
        for track in old.wanted.tracks.iter().filter(|t| !stays(&t.name)) {
            if let Some(uses) = scripts.band.uses.get(&track.name).cloned() {
                let played = |name: &Name| uses.0.keys().any(|s| s.instrument.as_deref() == Some(name.as_str()));
                let gone = old.wanted.instruments.iter().filter(|(name, _)| played(name));
                scripts.departed.extend(gone.map(|(name, instrument)| (name.clone(), instrument.clone())));
                scripts.leaving.insert(track.name.clone(), (uses, until));
            }
            scripts.band.set_uses(&track.name, None);
        }
        for (track, uses) in uses {
            scripts.band.set_uses(&track, Some(uses));
        }
        scripts.leaving.retain(|track, _| !stays(track));
    }

    /// The nodes of a state.
    fn layer_of(&self, state: &State) -> Layer {
        let scripts = &self.scripts;
        let once = Name::new(ONCE);
        let of = |name: &Name, uses: &Uses| {
            if *name == once { scripts.band.uses.get(name).unwrap_or(uses).clone() } else { uses.clone() }
        };
        let leaving = scripts.leaving.iter().map(|(name, (uses, _))| (name.clone(), of(name, uses))).collect();
        self.layer_with(state, &scripts.band.uses, &leaving)
    }

    fn layer_with(&self, state: &State, uses: &BTreeMap<Name, Uses>, leaving: &BTreeMap<Name, Uses>) -> Layer {
        let scripts = &self.scripts;
        layer(&Plot {
            wanted: &state.wanted,
            uses,
            leaving,
            main: &self.set.main,
            library: &scripts.library,
            departed: &scripts.departed,
            chains: &scripts.chains,
            registry: &self.registry,
            hushed: scripts.hushed || state.wanted.hushed,
            firsts: &state.firsts,
        })
    }

    /// Makes the nodes anew for what plays, from a beat on or at once.
    pub(super) fn relayer(&mut self, at: Option<Ratio>) {
        let state = self.scripts.state();
        let made = self.layer_of(&state);
        if made == self.scripts.layer {
            return;
        }
        for name in made.clashes.iter().filter(|name| !self.scripts.layer.clashes.contains(name)) {
            let message =
                format!("`{name}` is a node of the document now, and of the scripts: theirs is silent, rename one");
            self.messages.push(Message::Problem(message));
        }
        self.set.main.beside.guests = guests(&self.set.main, &made);
        self.scripts.layer = made;
        self.hands.changes += 1;
        self.say_unknown(&state);
        self.load_samples();
        match at {
            Some(beat) => self.send_plan_at(beat),
            None => self.dirty = true,
        }
    }

    /// Sends what is heard now, to take over at a beat; where that fails, the next plan takes it along.
    fn send_plan_at(&mut self, beat: Ratio) {
        let heard = self.heard();
        let samples = Arc::clone(&self.samples);
        match self.controller.load_at(&heard, &|path| samples.version(path), Some(beat)) {
            Ok(Loaded::Busy) | Err(_) => self.dirty = true,
            Ok(_) => {
                let scripts = &mut self.scripts;
                scripts.band.renew_targets(beat, &scripts.cycles, &mut self.controller);
                self.play_texts(beat, beat);
            }
        }
    }

    /// What is compiled: the document, with what scripts play beside it.
    pub fn heard(&self) -> Set {
        heard(&self.set, &self.set.main, &self.scripts.layer)
    }

    /// Whether scripts play anything.
    pub(super) fn has_layer(&self) -> bool {
        !self.scripts.layer.patch.nodes.is_empty()
    }

    /// A hand gives no node the name of one that scripts play; that of the end which their tracks bring along is free.
    pub(super) fn want_free_names(&self, edit: &SetEdit) -> Result<(), EditError> {
        if edit.file.is_some() {
            return Ok(());
        }
        let plays = |name: &Name| self.scripts.layer.patch.nodes.contains_key(name) && !is_reserved(name);
        for leaf in edit.edit.leaves() {
            if let Edit::AddNode { name, .. } | Edit::RenameNode { to: name, .. } = leaf
                && plays(name)
            {
                return Err(EditError::NodeExists { name: name.clone() });
            }
        }
        Ok(())
    }

    /// Names that a state and the document both give.
    pub(super) fn clashes(&self, state: &State) -> Vec<Diagnostic> {
        let wanted = &state.wanted;
        let tracks = wanted.tracks.iter().map(|t| (&t.name, &t.site, "track"));
        let nodes = wanted.nodes.iter().map(|(name, node)| (name, &node.site, "node"));
        let macros = wanted.macros.iter().map(|(name, knob)| (name, &knob.site, "macro"));
        let there = |name: &Name| self.set.main.nodes.contains_key(name);
        let clash = |(name, site, what): (&Name, &Site, &str)| {
            let text = self.folder.text_of(None);
            let line = text.position_of(&bf_patch::Place::Node(name.clone())).map_or(0, |(line, _)| line);
            let message = format!("`{name}` is a {what} here and a node in {}:{line}", text.file());
            fault_at(site, message, Some("tracks and nodes share their names: rename one".to_owned()))
        };
        let all = || tracks.clone().chain(nodes.clone()).chain(macros.clone());
        let mut faults: Vec<Diagnostic> = all().filter(|(name, ..)| there(name)).map(clash).collect();
        for (name, site, what) in all().filter(|(name, ..)| is_reserved(name) && !there(name)) {
            let message = format!("no {what} can be called `{name}`: a node of the set itself has that name");
            faults.push(fault_at(
                site,
                message,
                Some("`master`, `out`, `once` and `orbit1` to `orbit999` are taken".to_owned()),
            ));
        }
        faults
    }

    /// The edits of a change: which score plays, the tempo where the text says another, and the end of overrides whose
    /// text says something else now.
    fn edits(&self, old: &Wanted, new: &Wanted, made: &Layer, score: u64) -> Vec<Edit> {
        let mut edits = vec![Edit::SetScore(score)];
        let main = &self.set.main;
        let signature = new.signature.filter(|s| old.signature != Some(*s));
        edits.extend(signature.filter(|s| *s != main.signature).map(Edit::SetSignature));
        let bar = f64::from(new.signature.unwrap_or(main.signature));
        let said = |w: &Wanted| w.tempo.or(w.cps.map(|cps| cps * 60.0 * bar));
        if let Some(bpm) = said(new).filter(|bpm| said(old) != Some(*bpm)) {
            let (low, high) = Tempo::RANGE;
            let bpm = bpm.clamp(low, high);
            edits.extend((bpm != main.tempo).then_some(Edit::SetTempo(bpm)));
        }
        // What a text no longer says is as the document says.
        let written = self.folder.text.patch();
        if said(new).is_none() && said(old).is_some() && main.tempo != written.tempo {
            edits.push(Edit::SetTempo(written.tempo));
        }
        if new.signature.is_none() && old.signature.is_some() && main.signature != written.signature {
            edits.push(Edit::SetSignature(written.signature));
        }
        for target in main.overrides.keys() {
            let Some(param) = &target.port else { continue };
            let value = |layer: &Layer| layer.patch.nodes.get(&target.node).map(|n| n.params.get(param).cloned());
            let (was, is) = (value(&self.scripts.layer), value(made));
            if was.is_some() && is.is_some() && was != is {
                edits.push(Edit::Override { target: target.clone(), value: None });
            }
        }
        edits
    }

    fn record(&mut self, edits: &[Edit], step: &Step) {
        let edit = SetEdit::main(Edit::Batch(edits.to_vec()));
        let applied = match step {
            Step::Recorded(label, gesture) => self.history.apply(&mut self.set, &edit, label, *gesture),
            Step::First | Step::Follows { .. } => self.set.apply(&edit).map(|_| ()),
        };
        match step {
            Step::Recorded(label, gesture) => self.write_edit(&edit, label, *gesture),
            Step::First | Step::Follows { .. } => {
                self.write_down(|| What::Follow(bf_store::Change { edits: vec![edit], ..Default::default() }));
            }
        }
        debug_assert!(applied.is_ok(), "the edits were tried before: {applied:?}");
    }

    /// Tempo and signature of the document, from now on. A tempo that was sent already is not sent again: by now the
    /// transport may have another machine's.
    pub(super) fn turn_now(&mut self, sent_tempo: f64) {
        let from = Ratio::from_f64(self.soonest().max(0.0));
        self.turn_bars(from);
        let now = bf_engine::When::Now;
        if sent_tempo != self.set.main.tempo {
            self.controller.transport(Move::Tempo(Tempo::from_bpm(self.set.main.tempo)), now);
        }
        self.controller.transport(Move::Signature(self.set.main.signature), now);
    }

    /// Bars as long as the document says, from a beat on; what was sent beyond it for other bars is sent anew.
    fn turn_bars(&mut self, from: Ratio) -> bool {
        let scripts = &mut self.scripts;
        let turned = scripts.cycles.turn(scripts.cycles.cycle(from), self.set.main.signature);
        if turned {
            scripts.band.anew(from, from, &scripts.cycles, &mut self.controller);
        }
        turned
    }

    fn turn_transport(&mut self, old: &Wanted, new: &Wanted, from: Ratio) {
        let when = bf_engine::When::Beat(from);
        let signature = self.set.main.signature;
        if self.turn_bars(from) {
            self.controller.transport(Move::Signature(signature), when);
        }
        self.sent_tempo = (self.set.main.tempo, signature);
        if old.tempo != new.tempo || old.cps != new.cps {
            self.controller.transport(Move::Tempo(Tempo::from_bpm(self.set.main.tempo)), when);
        }
    }
}

/// A fault at a place of a script.
pub(super) fn fault_at(site: &Site, message: String, hint: Option<String>) -> Diagnostic {
    Diagnostic {
        file: site.file.to_string(),
        line: site.line.max(1),
        column: site.column.max(1),
        len: 0,
        message,
        hint,
        severity: Severity::Error,
    }
}

/// The names that scripts own or have owned.
fn guests(main: &Patch, made: &Layer) -> Arc<BTreeSet<Name>> {
    let mut guests = (*main.beside.guests).clone();
    guests.extend(made.patch.nodes.keys().cloned());
    Arc::new(guests)
}

fn heard(set: &Set, main: &Patch, made: &Layer) -> Set {
    let mut files = set.files.clone();
    files.extend(made.files.iter().map(|(file, patch)| (file.clone(), patch.clone())));
    Set { main: with_layer(main, made), files }
}
