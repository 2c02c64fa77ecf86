//! Scripts in a session: texts come in, and what they want is heard at its time.

use super::due::LEAD_SECS;
use super::{Message, Session};
use crate::play::ask::{Changed, Job, Way, plain};
use crate::play::band::{Said, near_instrument};
use crate::play::scripts::{Asked, Pending, Step, When, mind};
use crate::play::state::{Change, State};
use crate::play::struck::{Struck, Voice};
use crate::play::uses::Uses;
use crate::remote::Quant;
use bf_patch::files::FileKind;
use bf_patch::text::Diagnostic;
use bf_patch::{Gesture, Name};
use bf_pattern::Ratio;
use bf_store::What;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A beat before all others.
pub(super) const BEGINNING: i64 = -(1 << 40);

/// A text to evaluate.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its name in messages: its path from the set's folder, or the absolute path that a client gave.
    pub file: String,
    /// All of it.
    pub text: String,
    /// The part to evaluate, in bytes; none: all of it.
    pub part: Option<Range<usize>>,
    /// When it is heard.
    pub quant: Quant,
}

/// An event of a script that leaves by MIDI.
pub(crate) struct MidiOut {
    pub port: String,
    pub channel: u8,
    /// In beats.
    pub begin: Ratio,
    pub end: Ratio,
    pub value: bf_pattern::Value,
}

impl Session {
    /// Evaluates a text, or a part of it. What comes of it is a message: [`Message::Evaluated`] with this number once it
    /// is heard, or [`Message::Refused`], and nothing has changed.
    pub fn evaluate(&mut self, script: Script) -> u64 {
        let Script { file, text, part, quant } = script;
        let what = Change::Text { file: file.into(), text: text.into(), part };
        self.change(what, quant, None)
    }

    /// Launches a scene; without one the texts alone count again. Answers as [`Session::evaluate`].
    pub fn launch(&mut self, scene: Option<Name>, quant: Quant) -> u64 {
        self.change(Change::Launch(scene), quant, None)
    }

    pub(super) fn change(&mut self, what: Change, quant: Quant, at: Option<Ratio>) -> u64 {
        self.asks_for(Asked { what, quant, at, part_of: None })
    }

    /// Evaluates a text as part of a step of the history, and as soon as it can.
    pub(super) fn evaluate_in(&mut self, (file, text): (String, String), step: (Gesture, &'static str)) {
        let what = Change::Text { file: file.into(), text: text.into(), part: None };
        self.asks_for(Asked { what, quant: Quant::Now, at: None, part_of: Some(step) });
    }

    fn asks_for(&mut self, asked: Asked) -> u64 {
        self.wake();
        self.scripts.taken_back = None;
        let request = self.scripts.request();
        self.write_request(request, &asked.what, asked.quant);
        self.ask(request, asked);
        self.poll();
        request
    }

    /// Puts a change in line.
    pub(super) fn ask(&mut self, request: u64, asked: Asked) {
        self.scripts.asked.insert(request, asked);
        self.scripts.queue.push_back(request);
        self.give();
    }

    /// Gives the next change to the thread, where it works on none: each builds on the one before.
    pub(super) fn give(&mut self) {
        if self.scripts.at_work.is_some() {
            return;
        }
        let Some(request) = self.scripts.queue.pop_front() else { return };
        let head = self.playhead();
        let cycle = self.scripts.cycles.cycle(Ratio::from_f64(head.beat.max(0.0))).floor();
        let Some(asked) = self.scripts.asked.get(&request) else { return };
        let from = Arc::clone(&self.scripts.newest);
        let job = Job::Change { id: request, change: asked.what.clone(), from, cycle };
        if self.scripts.way.give(job) {
            self.scripts.at_work = Some(request);
        } else {
            self.scripts.asked.remove(&request);
            let fault = plain("the script's thread has too much to do: evaluate again".to_owned());
            self.refuse(request, vec![fault]);
        }
    }

    /// Says that a change is not heard.
    pub(super) fn refuse(&mut self, request: u64, faults: Vec<Diagnostic>) {
        self.write_down(|| What::Dropped { request });
        self.journal.book.refused(request);
        self.messages.push(Message::Refused { request, faults });
    }

    /// Takes back what was evaluated and waits for its time. False where nothing does.
    pub(super) fn forget_pending(&mut self) -> bool {
        let recorded = |p: &Pending| matches!(p.step, Step::Recorded(..));
        let Some(at) = self.scripts.pending.iter().position(recorded) else { return false };
        let Some(taken) = self.scripts.pending.remove(at) else { return false };
        let request = taken.request;
        let wish = self.journal.book.wish(request).cloned();
        self.scripts.taken_back = Some((taken, wish));
        self.scripts.newest = self.scripts.state();
        self.scripts.stale = self.scripts.at_work;
        self.write_down(|| What::Dropped { request });
        self.messages.push(Message::Overtaken { request });
        true
    }

    /// Lets what [`Session::forget_pending`] took back wait again, for its next boundary.
    pub(super) fn recall_pending(&mut self) -> bool {
        let Some((mut pending, wish)) = self.scripts.taken_back.take() else { return false };
        pending.at = self.boundary(pending.quant);
        // Meanwhile it may have been forgotten for what was heard.
        if let Some(wish) = wish {
            self.journal.book.request(pending.request, &wish);
        }
        self.write_request_again(pending.request, pending.quant);
        self.scripts.newest = Arc::clone(&pending.state);
        self.scripts.stale = self.scripts.at_work;
        self.scripts.pending.push_back(pending);
        true
    }

    /// Makes the script's thread, where there is none yet.
    pub(super) fn wake(&mut self) {
        if self.scripts.is_awake() {
            return;
        }
        let (home, registry) = (Arc::clone(&self.scripts.home), Arc::clone(&self.registry));
        let waits = self.options.wait_for_scripts;
        let mind = move || mind(&home, &registry, waits);
        let way = if waits { Way::here(mind()) } else { Way::there(mind) };
        self.scripts.wake(way);
    }

    /// Silences everything, or lets it be heard again: tracks of scripts play no more meanwhile, and the output is faded to
    /// silence over 5 ms, whatever sounds.
    pub fn hush(&mut self, on: bool) {
        if core::mem::replace(&mut self.scripts.hushed, on) == on {
            return;
        }
        let now = Ratio::from_f64(self.playhead().beat.max(0.0));
        let scripts = &mut self.scripts;
        if !on {
            scripts.band.skip_to(scripts.cycles.cycle(now));
            scripts.band.anew(now, now, &scripts.cycles, &mut self.controller);
            scripts.outs.anew(scripts.cycles.cycle(now));
        }
        self.relayer(None);
        self.hands.changes += 1;
        self.messages.push(Message::Hushed(on));
        self.poll();
    }

    /// Has the engine fall silent, or sound again; once it has room to be told.
    pub(super) fn tell_hush(&mut self) {
        let hushed = self.scripts.hushed;
        if hushed != self.scripts.silent && self.controller.master(if hushed { 0.0 } else { 1.0 }) {
            self.scripts.silent = hushed;
        }
    }

    /// Whether everything is silenced.
    pub fn is_hushed(&self) -> bool {
        self.scripts.hushed
    }

    /// What the scripts want, as far as it plays.
    pub fn wanted(&self) -> bf_script::Wanted {
        self.scripts.state().wanted.clone()
    }

    /// The scene that plays, and the one that has been launched last and may still wait for its time.
    pub fn scenes(&self) -> [Option<Name>; 2] {
        [self.scripts.state().scene.clone(), self.scripts.newest.scene.clone()]
    }

    /// What leaves the program soon by MIDI: port, channel (1 to 16), first and last beat, and what it says.
    pub(crate) fn take_midi_outs(&mut self) -> Vec<MidiOut> {
        let state = self.scripts.state();
        let mut taken = Vec::new();
        for (number, event) in core::mem::take(&mut self.scripts.band.leaving) {
            let to = state.wanted.outs.get(number as usize).map(|out| &out.to);
            let Some(bf_script::Destination::Midi { port, channel }) = to else { continue };
            let (begin, end) = (self.scripts.cycles.beat(event.begin), self.scripts.cycles.beat(event.end));
            taken.push(MidiOut { port: port.clone(), channel: *channel, begin, end, value: event.value });
        }
        taken
    }

    /// The names of all instruments that tracks may play.
    pub(crate) fn instruments(&self) -> std::collections::BTreeSet<String> {
        let wanted = self.scripts.state().wanted.clone();
        self.scripts.library.keys().chain(wanted.instruments.keys()).map(ToString::to_string).collect()
    }

    /// Whether places of texts that sound are wanted.
    pub(crate) fn light(&mut self, on: bool) {
        self.scripts.band.lights = on;
    }

    /// Places of texts whose notes were sent since the last call.
    pub(crate) fn take_lit(&mut self) -> Vec<crate::play::band::Lit> {
        core::mem::take(&mut self.scripts.band.lit)
    }

    /// The cycle of a beat.
    pub fn cycle_at(&self, beat: f64) -> f64 {
        self.scripts.cycles.cycle(Ratio::from_f64(beat)).to_f64()
    }

    /// The scripts that play, by their names.
    pub fn script_files(&self) -> Vec<String> {
        self.scripts.state().sheets.keys().map(ToString::to_string).collect()
    }

    /// A change was worked on.
    pub(super) fn changed(&mut self, request: u64, result: Result<Box<Changed>, Vec<Diagnostic>>) {
        if self.scripts.at_work == Some(request) {
            self.scripts.at_work = None;
        }
        if self.scripts.stale.take_if(|stale| *stale == request).is_some() {
            self.scripts.queue.push_front(request);
            self.give();
            return;
        }
        let Some(asked) = self.scripts.asked.remove(&request) else { return };
        if matches!(asked.what, Change::Again { score: Some(score), .. } if score != self.set.main.beside.score) {
            // Another undo has gone past it meanwhile.
            return;
        }
        let changed = match result {
            Ok(changed) => changed,
            Err(faults) => {
                self.refuse(request, faults);
                return;
            }
        };
        let clashes = self.clashes(&changed.state);
        if !clashes.is_empty() {
            self.refuse(request, clashes);
            return;
        }
        self.scripts.band.forget_said();
        let folders: Vec<&str> = changed.state.wanted.samples.iter().map(|samples| samples.folder.as_str()).collect();
        for (at, why) in self.scripts.shelf.set_folders(&folders) {
            let (site, hint) =
                (changed.state.wanted.samples[at].site.clone(), "what it is to hold stays silent".to_owned());
            self.scripts.band.say(Said { site, message: why, hint: Some(hint) });
        }
        let names = self.scripts.library.keys().chain(changed.state.wanted.instruments.keys());
        self.scripts.band.instruments = Arc::new(names.map(ToString::to_string).collect());
        let mut uses = BTreeMap::new();
        for (track, struck) in &changed.survey {
            uses.insert(track.clone(), self.survey(track, struck, &changed.state));
        }
        let samples = uses.values().flat_map(Uses::samples).map(|s| (FileKind::Sample, s.clone()));
        self.cue(&samples.collect::<Vec<_>>());
        // What cannot play is refused now, and not when its time comes.
        if let Err(faults) = self.trial(&changed.state, &uses) {
            self.refuse(request, faults);
            return;
        }
        for message in &changed.state.wanted.messages {
            if !self.scripts.newest.wanted.messages.contains(message) {
                self.messages.push(Message::Fault(message.clone()));
            }
        }
        self.tell_scripts();
        let state = Arc::new(changed.state);
        self.scripts.newest = Arc::clone(&state);
        // What waited is part of this: it was built on it.
        let mut with = Vec::new();
        for before in self.scripts.pending.drain(..) {
            self.messages.push(Message::Overtaken { request: before.request });
            with.extend(before.with);
            with.push(before.request);
        }
        let at = match asked.at {
            Some(beat) => When::Beat(beat),
            None => self.boundary(asked.quant),
        };
        let text = match &asked.what {
            Change::Text { file, part, .. } => Some((Arc::clone(file), part.clone())),
            _ => None,
        };
        let opens = self.controller.plan().is_none();
        let step = match &asked.what {
            _ if opens => Step::First,
            Change::Text { file, .. } => {
                let label = asked.part_of.map_or_else(|| format!("evaluate {file}"), |(_, label)| label.to_owned());
                Step::Recorded(label, asked.part_of.map(|(gesture, _)| gesture))
            }
            Change::Launch(Some(scene)) => Step::Recorded(format!("launch {scene}"), None),
            Change::Launch(None) => Step::Recorded("leave the scene".to_owned(), None),
            Change::Come(..) => Step::Follows { score: None },
            Change::Again { score, .. } => Step::Follows { score: *score },
        };
        let head = self.playhead();
        let in_secs = match at {
            When::Beat(beat) => ((beat.to_f64() - head.beat) * 60.0 / head.bpm).max(0.0),
            When::Now => 0.0,
        };
        if matches!(step, Step::Recorded(..)) {
            self.messages.push(Message::Evaluated { request, in_secs });
        }
        self.scripts.pending.push_back(Pending { request, with, state, uses, quant: asked.quant, at, step, text });
    }

    /// What a track uses, as far as its first cycles tell; says what is missing.
    fn survey(&mut self, track: &Name, struck: &Result<Vec<Struck>, String>, state: &State) -> Uses {
        let mut uses = Uses::default();
        let site = || state.wanted.tracks.iter().find(|t| t.name == *track).map(|t| t.site.clone()).unwrap_or_default();
        for note in struck.iter().flatten() {
            let sample = match &note.voice {
                Voice::Instrument(_) => None,
                Voice::Sample(name) => match self.scripts.shelf.pick(name, note.take) {
                    Ok(sample) => Some(sample),
                    Err(message) => {
                        let hint = near_instrument(note, &self.scripts.band.instruments);
                        let said = Said { site: site(), message, hint };
                        self.scripts.band.say(said);
                        continue;
                    }
                },
            };
            uses.add(note, sample.as_deref());
        }
        uses
    }

    /// Loads the samples that are to sound.
    pub(super) fn cue(&mut self, files: &[crate::samples::Wanted]) {
        if self.waits_for_samples() {
            let faults = self.samples.load_now(files);
            self.tell_files(&faults);
        } else {
            self.samples.load_soon(files);
        }
    }

    /// When a change is heard that is ready now.
    pub(super) fn boundary(&self, quant: Quant) -> When {
        let status = self.controller.shared().status();
        if !status.playing && status.blocks > 0 {
            return When::Now;
        }
        let head = self.playhead();
        let soonest = head.beat + if status.blocks == 0 { 0.0 } else { head.beats(LEAD_SECS) };
        let beat = Ratio::from_f64(soonest.max(0.0));
        match quant {
            Quant::Now => When::Now,
            Quant::Beat => When::Beat(Ratio::int(beat.ceil())),
            Quant::Cycle => self.cycle_from(beat, 1),
            Quant::Cycles(n) => self.cycle_from(beat, i64::from(n.max(1))),
        }
    }

    /// The first cycle from a beat on that a number divides.
    fn cycle_from(&self, beat: Ratio, n: i64) -> When {
        let cycle = self.scripts.cycles.cycle(beat).ceil();
        let cycle = cycle + (n - cycle.rem_euclid(n)) % n;
        When::Beat(self.scripts.cycles.beat(Ratio::int(cycle)))
    }
}
