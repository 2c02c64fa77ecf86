//! A change of what scripts want takes effect: history, nodes, patterns, tempo.

use super::{Message, Session};
use crate::play::ask::{State, query};
use crate::play::band::{NewPart, Said};
use crate::play::layer::{Layer, Plot, layer, with_layer};
use crate::play::part::Into;
use crate::play::scripts::{Pending, Step, When};
use crate::play::uses::Uses;
use bf_engine::{Loaded, Move};
use bf_patch::text::{Diagnostic, Severity};
use bf_patch::{Edit, Name, Patch, Set, SetEdit, Socket};
use bf_pattern::{Ratio, Tempo};
use bf_script::{Site, Track, Wanted};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long the nodes of a track stay that has left, so that its last notes ring.
const LEAVING_SECS: f64 = 4.0;
/// The track of what plays once.
const ONCE: &str = "once";

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
        let edits = self.edits(&old.wanted, &state.wanted, &made, score);
        let mut main = self.set.main.clone();
        main.beside.guests = guests(&main, &made);
        let applied = main.apply(&Edit::Batch(edits.clone()));
        let loaded = applied.map_err(|e| vec![crate::play::ask::plain(e.to_string())]).and_then(|_| {
            let heard = heard(&self.set, &main, &made);
            let samples = Arc::clone(&self.samples);
            self.controller.load_at(&heard, &|path| samples.version(path), at).map_err(|e| self.faults_of(&e))
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
                self.messages.push(Message::Refused { request: pending.request, faults });
                return;
            }
            Ok(_) => {}
        }
        let scripts = &mut self.scripts;
        scripts.band.renew_targets(from, &scripts.cycles, &mut self.controller);
        self.scripts.layer = made;
        self.set.main.beside.guests = main.beside.guests;
        self.record(&edits, &pending.step);
        self.scripts.keep(score, Arc::clone(&state));
        self.turn_transport(&old.wanted, &state.wanted, from);
        self.play_parts(&old.wanted, &pending, from);
        self.play_texts(from, from);
        self.plan_later(&state, &pending.step, from);
        self.tell_commit(pending.request, &old.wanted, &state, from);
        self.load_samples();
    }

    /// What is said of a change that is heard.
    fn tell_commit(&mut self, request: u64, old: &Wanted, state: &State, from: Ratio) {
        for message in &state.wanted.messages {
            if !old.messages.contains(message) {
                self.messages.push(Message::Fault(message.clone()));
            }
        }
        let gone = |what: &str| Said {
            site: state.wanted.outs.first().map(|out| out.site.clone()).unwrap_or_default(),
            message: format!("{what} is evaluated and shown, but nothing sends it yet"),
            hint: None,
        };
        if !state.wanted.outs.is_empty() {
            self.scripts.band.say(gone("what leaves by OSC or MIDI"));
        }
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
            for name in names {
                let message = format!("track `{track}`: nothing that it plays knows the control `{name}`");
                self.scripts.band.say(Said { site: site(track), message, hint: None });
            }
        }
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

    /// What tracks use from now on; those that left stay for a while.
    fn take_uses(&mut self, old: &State, new: &State, uses: BTreeMap<Name, Uses>, from: Ratio) {
        let head = self.playhead();
        // A whole beat: the nodes go at a place that does not depend on when this is worked out.
        let until = Ratio::int(from.ceil() + head.beats(LEAVING_SECS).ceil() as i64);
        let scripts = &mut self.scripts;
        let stays = |name: &Name| new.wanted.tracks.iter().any(|t| t.name == *name);
        for track in old.wanted.tracks.iter().filter(|t| !stays(&t.name)) {
            if let Some(uses) = scripts.band.uses.get(&track.name).cloned() {
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
        layer(&Plot {
            wanted: &state.wanted,
            uses: &scripts.band.uses,
            leaving: &leaving,
            main: &self.set.main,
            library: &scripts.library,
            chains: &scripts.chains,
            registry: &self.registry,
            hushed: scripts.hushed || state.wanted.hushed,
        })
    }

    /// Makes the nodes anew for what plays, from a beat on or at once.
    pub(super) fn relayer(&mut self, at: Option<Ratio>) {
        let state = self.scripts.state();
        let made = self.layer_of(&state);
        if made == self.scripts.layer {
            return;
        }
        self.set.main.beside.guests = guests(&self.set.main, &made);
        self.scripts.layer = made;
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
        tracks.chain(nodes).chain(macros).filter(|(name, ..)| there(name)).map(clash).collect()
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
            Step::Recorded(label) => self.history.apply(&mut self.set, &edit, label, None),
            Step::Follows { .. } => self.set.apply(&edit).map(|_| ()),
        };
        debug_assert!(applied.is_ok(), "the edits were tried before: {applied:?}");
    }

    /// Tempo and signature of the document, from now on.
    pub(super) fn turn_now(&mut self) {
        let from = Ratio::from_f64(self.soonest().max(0.0));
        let cycle = self.scripts.cycles.cycle(from).cycle();
        self.scripts.cycles.turn(cycle, self.set.main.signature);
        self.set_transport();
    }

    fn turn_transport(&mut self, old: &Wanted, new: &Wanted, from: Ratio) {
        let when = bf_engine::When::Beat(from);
        let signature = self.set.main.signature;
        let cycle = self.scripts.cycles.cycle(from);
        if self.scripts.cycles.turn(cycle, signature) {
            self.controller.transport(Move::Signature(signature), when);
        }
        self.sent_tempo = (self.set.main.tempo, signature);
        if old.tempo != new.tempo || old.cps != new.cps {
            self.controller.transport(Move::Tempo(Tempo::from_bpm(self.set.main.tempo)), when);
        }
    }

    /// Patterns that are new or have changed play from a beat on; those that are gone end there.
    fn play_parts(&mut self, old: &Wanted, pending: &Pending, from: Ratio) {
        let (new, take) = (&pending.state.wanted, pending.request);
        let scripts = &mut self.scripts;
        let cycle = scripts.cycles.cycle(from);
        let instruments: BTreeSet<String> =
            scripts.library.keys().chain(new.instruments.keys()).map(ToString::to_string).collect();
        scripts.band.instruments = Arc::new(instruments);
        scripts.band.query = query(new);
        let files: Arc<[Arc<str>]> = new.files.clone().into();
        let seeded = old.seed != new.seed;
        let plays =
            |track: &Track, wanted: &Wanted| !wanted.hushed && wanted.tracks.iter().any(|t| t.name == track.name);
        for track in old.tracks.iter().filter(|t| !plays(t, new)) {
            let into = Into::Track(track.name.clone());
            scripts.band.withdraw(&into, from, &mut self.controller);
            scripts.band.end(&into);
        }
        for track in new.tracks.iter().filter(|t| plays(t, new)) {
            let into = Into::Track(track.name.clone());
            let entry = match track.entry {
                bf_script::Entry::Jump(cycles) => Ratio::from_f64(cycles),
                _ => Ratio::ZERO,
            };
            let (pattern, site, files) = (track.pattern.clone(), track.site.clone(), Arc::clone(&files));
            let part = NewPart { into, pattern, site, files, take, from: cycle + entry, until: None };
            let is_same = old.tracks.iter().any(|t| t.name == track.name && t.is_same(track));
            if is_same && !old.hushed && !seeded {
                if pending.evaluates(&track.site) {
                    scripts.band.keep(&part);
                }
                continue;
            }
            scripts.band.withdraw(&part.into, scripts.cycles.beat(part.from), &mut self.controller);
            scripts.band.play(part);
        }
        let moved = |to: &Socket, wanted: &Wanted| wanted.moved.contains_key(to);
        for to in old.moved.keys().filter(|to| !moved(to, new)) {
            scripts.band.withdraw(&Into::Param(to.clone()), from, &mut self.controller);
            scripts.band.end(&Into::Param(to.clone()));
        }
        for (to, m) in &new.moved {
            let same = old.moved.get(to).is_some_and(|o| o.fingerprint.is_some() && o.fingerprint == m.fingerprint);
            if same && !seeded {
                continue;
            }
            let into = Into::Param(to.clone());
            scripts.band.withdraw(&into, from, &mut self.controller);
            let (pattern, site) = (m.pattern.clone(), m.site.clone());
            scripts.band.play(NewPart {
                into,
                pattern,
                site,
                files: Arc::clone(&files),
                take,
                from: cycle,
                until: None,
            });
        }
        for once in
            new.once.iter().filter(|o| !old.once.iter().any(|p| p.site == o.site && p.fingerprint == o.fingerprint))
        {
            let into = Into::Track(Name::new(ONCE));
            let (pattern, site) = (once.pattern.clone(), once.site.clone());
            let until = Some(cycle + Ratio::ONE);
            let gone = scripts.cycles.beat((cycle + Ratio::int(3)).next_cycle());
            scripts.leaving.entry(Name::new(ONCE)).or_insert((Uses::default(), gone)).1 = gone;
            scripts.band.play(NewPart { into, pattern, site, files: Arc::clone(&files), take, from: cycle, until });
        }
    }

    /// What a state wants later, from a beat on.
    fn plan_later(&mut self, state: &State, step: &Step, from: Ratio) {
        if matches!(step, Step::Follows { score: None }) {
            return;
        }
        let cycles = &self.scripts.cycles;
        let beat = |when: bf_script::When| match when {
            bf_script::When::Cycle(cycle) => cycles.beat(cycle),
            bf_script::When::Beat(beat) => beat,
            bf_script::When::After(after) => cycles.beat(cycles.cycle(from) + after),
        };
        let mut later: Vec<(Ratio, Wanted)> =
            state.wanted.later.iter().map(|later| (beat(later.when), (*later.wanted).clone())).collect();
        later.sort_by_key(|(beat, _)| *beat);
        self.scripts.later = later;
    }

    /// An undo or redo has chosen another score: it is heard as soon as it can.
    pub(super) fn follow_score(&mut self) {
        let score = self.set.main.beside.score;
        if score == self.scripts.playing {
            return;
        }
        let Some((state, uses)) = self.scripts.recall(score) else {
            let message = "what the scripts played then is no longer kept; the tracks play on as they are";
            self.messages.push(Message::Problem(message.to_owned()));
            return;
        };
        let old = self.scripts.state();
        let is_same = |name: &Name| {
            let track = |s: &State| s.wanted.tracks.iter().find(|t| t.name == *name).cloned();
            track(&old).zip(track(&state)).is_some_and(|(a, b)| a.is_same(&b))
        };
        let uses = uses.iter().filter(|(name, _)| !is_same(name)).map(|(n, u)| (n.clone(), u.clone())).collect();
        let request = self.scripts.request();
        self.scripts.newest = Arc::clone(&state);
        self.scripts.pending.clear();
        self.scripts.pending.push_back(Pending {
            request,
            state,
            uses,
            quant: crate::remote::Quant::Now,
            at: When::Now,
            step: Step::Follows { score: Some(score) },
            text: None,
        });
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
