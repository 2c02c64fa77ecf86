//! A note of a part is sent to the engine: to its voice, with what it cuts, what it ducks and what it says of its orbit.

use super::band::{Band, Lit, Stage};
use super::layer::{duck_node, orbit_node};
use super::part::Into;
use super::shelf::Shelf;
use super::struck::{ONE_SHOT, Struck, Voice};
use super::uses::{Seat, Uses};
use bf_engine::{Controller, Target, When};
use bf_node::{ControlKey, Controls, EventBody, Note, NoteId};
use bf_pattern::Ratio;
use bf_script::Site;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A note that the next of its group ends.
pub(super) struct Cut {
    pub target: Target,
    pub id: NoteId,
    pub tag: u32,
    pub begin: Ratio,
    pub until: Ratio,
}

/// Marks the notes of tracks among those of nodes.
const SALT: u32 = 1 << 31;

impl Band {
    /// Plays a note; false where its node is not there yet.
    pub(super) fn strike(&mut self, at: usize, note: &Struck, stage: &mut Stage<'_>) -> bool {
        let (track, tag) = (self.parts[at].into.clone(), self.parts[at].tag);
        let node = match &track {
            Into::Track(track) => Seat::of(note).node(track),
            Into::Notes(_) => {
                self.strike_node(at, note, stage);
                return true;
            }
            Into::Param(_) | Into::Value(_) | Into::Out(_) => return true,
        };
        let sample = pick(note, stage.shelf).and_then(Result::ok);
        if matches!(note.voice, Voice::Sample(_)) && sample.is_none() {
            return true;
        }
        let controller = &mut *stage.controller;
        let target = *self.targets.entry(node.clone()).or_insert_with(|| controller.target(node.as_str(), None));
        let Some(target) = target else {
            self.targets.remove(&node);
            // An instrument that nobody declares never comes.
            let named = |name: &String| self.instruments.contains(name);
            return !Seat::of(note).instrument.as_ref().is_none_or(named);
        };
        let mut controls = Controls::NONE;
        for (name, value) in &note.controls {
            let key = key(&mut self.keys, controller, name);
            let _room = controls.set(key, *value);
        }
        if let (Some(sample), Into::Track(track)) = (&sample, &track) {
            let index = self.ahead.get(track).and_then(|uses| uses.index(&Seat::of(note), sample)).unwrap_or(0);
            let key = key(&mut self.keys, controller, "n");
            let _room = controls.set(key, index as f32);
        }
        let (begin, end) = (stage.cycles.beat(note.begin), stage.cycles.beat(note.end));
        self.set_orbit(tag, note, begin, controller);
        self.duck(tag, note, begin, controller);
        self.next_note = self.next_note.wrapping_add(1);
        let id = NoteId::new(tag | SALT, self.next_note);
        let frames = (note.nudge * f64::from(stage.at.rate)).round() as i32;
        let when = |beat| if frames == 0 { When::Beat(beat) } else { When::Near { beat, frames } };
        if let Some(group) = note.cut {
            let of = self.cuts.entry(group).or_default();
            if let Some(Cut { target, id, until, .. }) = of.last()
                && *until > begin
            {
                // It has to be told before it ends that it does not play to its end.
                let key = key(&mut self.keys, controller, ONE_SHOT);
                let before = When::Near { beat: begin, frames: frames - 1 };
                controller.send(*target, tag, EventBody::NoteControl { id: *id, key, value: 0.0 }, before);
                controller.send(*target, tag, EventBody::NoteOff { id: *id }, when(begin));
            }
            // Of those that have begun only the last sounds.
            while of.get(1).is_some_and(|next| next.begin.to_f64() <= stage.at.beat) {
                of.remove(0);
            }
            of.push(Cut { target, id, tag, begin, until: end.max(begin + Ratio::int(64)) });
        }
        let played = Note { id, pitch: note.pitch, velocity: note.velocity, controls };
        _ = controller.note(target, tag, played, when(begin), when(end));
        self.parts[at].ends.push(end.to_f64());
        self.note_down(at, note, stage.cycles);
        if self.lights && !self.muted.contains(&track) {
            let words = note.words.as_ref().unwrap_or(&self.parts[at].words);
            let take = words.take;
            let span = |atom: &bf_pattern::Atom| {
                let file = words.files.get(atom.source as usize)?.clone();
                Some(Lit { file, take, span: (atom.start, atom.end), begin: begin.to_f64(), end: end.to_f64() })
            };
            let known = self.lit.len();
            self.lit.extend(note.atoms.as_slice().iter().filter_map(span));
            if self.lit.len() == known && !note.atoms.is_empty() {
                // Where no place of it is known, its track lights.
                let Site { file, block, .. } = &words.site;
                let (file, span) = (Arc::clone(file), (block.start, block.end));
                self.lit.push(Lit { file, take, span, begin: begin.to_f64(), end: end.to_f64() });
            }
        }
        true
    }

    /// Plays a note into a node of the document.
    fn strike_node(&mut self, at: usize, note: &Struck, stage: &mut Stage<'_>) {
        let part = &self.parts[at];
        let (Some(target), tag) = (self.aims.get(&part.into).copied(), part.tag) else { return };
        let mut controls = Controls::NONE;
        for (name, value) in note.controls.iter().filter(|(name, _)| name != ONE_SHOT) {
            let key = key(&mut self.keys, stage.controller, name);
            let _room = controls.set(key, *value);
        }
        self.next_note = self.next_note.wrapping_add(1);
        let id = NoteId::new(tag | SALT, self.next_note);
        let played = Note { id, pitch: note.pitch, velocity: note.velocity, controls };
        let frames = (note.nudge * f64::from(stage.at.rate)).round() as i32;
        let when = |cycle| {
            let beat = stage.cycles.beat(cycle);
            if frames == 0 { When::Beat(beat) } else { When::Near { beat, frames } }
        };
        _ = stage.controller.note(target, tag, played, when(note.begin), when(note.end));
    }

    /// What a note says of its orbit is said to the orbit.
    fn set_orbit(&self, tag: u32, note: &Struck, begin: Ratio, controller: &mut Controller) {
        for (name, value) in &note.controls {
            if !self.orbit_controls.contains(name) {
                continue;
            }
            for target in controller.control_targets(orbit_node(note.orbit).as_str(), name) {
                controller.send(target, tag, EventBody::Trigger { value: *value }, When::Beat(begin));
            }
        }
    }

    /// A note turns orbits down: what tracks play there, and what the orbits themselves give.
    fn duck(&self, tag: u32, note: &Struck, begin: Ratio, controller: &mut Controller) {
        let Some(duck) = &note.duck else { return };
        for orbit in &duck.orbits {
            let on = |uses: &Uses| uses.orbits().any(|of| of == *orbit);
            let tracks = self.uses.iter().filter(|(_, uses)| on(uses)).map(|(track, _)| track.clone());
            for of in tracks.chain([orbit_node(*orbit)]) {
                let Some(target) = controller.target(duck_node(&of, *orbit).as_str(), None) else { continue };
                let key = controller.keys().key("duckattack");
                let at = When::Beat(begin);
                controller.send(target, tag, EventBody::Control { key, value: duck.attack }, at);
                controller.send(target, tag, EventBody::Trigger { value: duck.depth }, at);
            }
        }
    }
}

/// The sample of a note, where it is one.
pub(super) fn pick(note: &Struck, shelf: &mut Shelf) -> Option<Result<String, String>> {
    match &note.voice {
        Voice::Sample(name) => Some(shelf.pick(name, note.take)),
        Voice::Instrument(_) => None,
    }
}

fn key(keys: &mut BTreeMap<String, ControlKey>, controller: &Controller, name: &str) -> ControlKey {
    match keys.get(name) {
        Some(key) => *key,
        None => {
            let key = controller.keys().key(name);
            keys.insert(name.to_owned(), key);
            key
        }
    }
}
