//! Nodes of the document that have scripts: what they hear goes to the script's thread, what that answers comes back.

use super::ask::{Job, Way};
use super::band::Playhead;
use super::callbacks::{Called, Stamp};
use bf_engine::{Controller, Target, When};
use bf_node::{Controls, EventBody, Heard, Note, NoteId, Probe};
use bf_pattern::Ratio;
use bf_script::{Call, Ports, Said, Site};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Beats are asked so many seconds ahead.
const ASK_SECS: f64 = 0.5;
/// What is later than this is not asked any more.
const STALE_SECS: f64 = 0.1;
/// What one node may be called back for at once.
const CALLS: usize = 256;
/// Notes without a length that may sound at once, of one node.
const HELD: usize = 512;
/// Beats of a note that says no length and answers none.
const LENGTH: f64 = 0.25;
/// The node's own names of its controls and outputs.
const OWN: [&str; 4] = ["a", "b", "c", "d"];
/// Tags of scripts, and the salt of their notes: those of tracks are below.
const SALT: u32 = 3 << 30;

/// A node with a script.
pub(crate) struct Actor {
    pub key: u64,
    pub text: String,
    pub site: Site,
    /// Whether the text stands in the patch, and not in a file of its own.
    pub inline: bool,
    pub feed: Option<Target>,
    probe: Option<Arc<Probe>>,
    /// Frames from what it hears to the answer.
    delay: u64,
    ports: Option<Ports>,
    /// The beat that is asked next, and which round of asking this is.
    next: Option<Ratio>,
    round: u64,
    /// Params as they were last heard.
    controls: [Option<f32>; 4],
    /// Notes without a length, by the note that they answer.
    held: BTreeMap<NoteId, Vec<NoteId>>,
    notes: u32,
    lost: u64,
    /// Where its controls begin among its params.
    first: u16,
}

/// Where a node is in the plan.
pub(crate) struct Seen {
    /// The place of its first control among its params.
    pub first: u16,
    pub feed: Option<Target>,
    pub probe: Option<Arc<Probe>>,
    pub delay: u64,
}

impl Actor {
    pub(crate) fn new(key: u64, site: Site, inline: bool) -> Actor {
        Actor {
            key,
            text: String::new(),
            site,
            inline,
            feed: None,
            probe: None,
            delay: 0,
            ports: None,
            next: None,
            round: 0,
            controls: [None; 4],
            held: BTreeMap::new(),
            notes: 0,
            lost: 0,
            first: 0,
        }
    }

    fn tag(&self) -> u32 {
        SALT | (self.key as u32 & 0xff_ffff)
    }

    /// Takes in where the node is.
    pub(crate) fn see(&mut self, seen: Seen) {
        if self.feed != seen.feed {
            self.held.clear();
            self.next = None;
        }
        (self.feed, self.probe, self.delay, self.first) = (seen.feed, seen.probe, seen.delay, seen.first);
    }

    /// Another version of its script plays: beats are asked anew, and it hears what its controls stand at.
    pub(crate) fn plays(&mut self, ports: Ports, now: Moment, stage: (&mut Controller, &mut Way)) {
        let first = self.ports.is_none();
        self.ports = Some(ports);
        self.anew(now.from, stage.0);
        if first {
            return;
        }
        let heard = self.controls.iter().enumerate().filter_map(|(i, value)| Some((i, (*value)?)));
        let stamp = Stamp::Frame { frame: now.frame, note: None };
        let calls = heard.map(|(i, value)| (stamp, Some(self.control(i, value)))).collect();
        self.give(calls, stage.1);
    }

    /// Asks its beats again from a beat on.
    pub(crate) fn anew(&mut self, from: Ratio, controller: &mut Controller) {
        _ = controller.withdraw(self.tag(), from);
        self.round += 1;
        self.next = None;
    }

    /// What it has heard, and the beats that come, go to the script's thread. Answers how much was lost since the last
    /// call.
    pub(crate) fn ask(&mut self, way: &mut Way, head: Playhead, controller: &Controller) -> u64 {
        let mut calls = Vec::new();
        let probe = self.probe.clone();
        if let Some(probe) = &probe {
            while calls.len() < CALLS {
                let Some((frame, heard)) = probe.told().pop() else { break };
                calls.extend(self.heard(frame, heard, controller));
            }
        }
        self.beats(head, &mut calls);
        self.give(calls, way);
        let lost = probe.map_or(0, |probe| probe.told().lost());
        lost.saturating_sub(core::mem::replace(&mut self.lost, lost))
    }

    fn give(&mut self, calls: Vec<(Stamp, Option<Call>)>, way: &mut Way) {
        if !calls.is_empty() && !way.give(Job::Call { key: self.key, calls }) {
            // A thread that has too much to do: beats are asked again, the rest is lost.
            self.round += 1;
            self.next = None;
        }
    }

    fn heard(&mut self, frame: u64, heard: Heard, controller: &Controller) -> Option<(Stamp, Option<Call>)> {
        let stamp = |note| Stamp::Frame { frame, note };
        match heard {
            Heard::NoteOn { id, pitch, velocity } => {
                let call = Call::Note { pitch: f64::from(pitch), velocity: f64::from(velocity) };
                Some((stamp(Some(id)), Some(call)))
            }
            Heard::NoteOff { id } => Some((Stamp::End { frame, note: id }, None)),
            Heard::Trigger { value } => {
                Some((stamp(None), Some(Call::Note { pitch: 60.0, velocity: f64::from(value) })))
            }
            Heard::Control { key, value } => {
                let name = controller.keys().name(key)?;
                Some((stamp(None), Some(Call::Control { name, value: f64::from(value) })))
            }
            Heard::Param { param, value } => {
                let i = usize::from(param.checked_sub(self.first)?);
                *self.controls.get_mut(i)? = Some(value);
                Some((stamp(None), Some(self.control(i, value))))
            }
        }
    }

    fn control(&self, i: usize, value: f32) -> Call {
        let named = self.ports.as_ref().and_then(|ports| ports.inputs.get(i).cloned());
        Call::Control { name: named.unwrap_or_else(|| OWN[i].to_owned()), value: f64::from(value) }
    }

    fn beats(&mut self, head: Playhead, calls: &mut Vec<(Stamp, Option<Call>)>) {
        let Some(step) = self.ports.as_ref().and_then(|ports| ports.beat) else { return };
        let horizon = Ratio::from_f64(head.beat + head.beats(ASK_SECS));
        let first = Ratio::from_f64((head.beat - head.beats(STALE_SECS)).max(0.0));
        let least = Ratio::int((first / step).ceil()) * step;
        let mut next = self.next.unwrap_or(least).max(least);
        while next <= horizon && calls.len() < 2 * CALLS {
            calls.push((Stamp::Beat { beat: next, round: self.round }, Some(Call::Beat(next))));
            next = next + step;
        }
        self.next = Some(next);
    }

    /// Sends what was answered. Answers outputs that there are not.
    pub(crate) fn answer(&mut self, called: &Called, head: Playhead, controller: &mut Controller) -> Vec<String> {
        let mut unknown = Vec::new();
        for (stamp, said) in &called.answers {
            match *stamp {
                Stamp::End { frame, note } => {
                    let at = When::Frame(frame + self.delay);
                    for id in self.held.remove(&note).unwrap_or_default() {
                        self.send(EventBody::NoteOff { id }, at, controller);
                    }
                }
                Stamp::Beat { round, .. } if round != self.round => {}
                stamp => {
                    for said in said {
                        let clock = Clock { stamp, delay: self.delay, head };
                        unknown.extend(self.say(said, clock, controller));
                    }
                }
            }
        }
        unknown
    }

    fn send(&self, body: EventBody, when: When, controller: &mut Controller) {
        if let Some(feed) = self.feed.filter(|_| controller.has_room()) {
            controller.send(feed, self.tag(), body, when);
        }
    }

    fn say(&mut self, said: &Said, clock: Clock, controller: &mut Controller) -> Option<String> {
        match said {
            Said::Value { output, value, at } => {
                let named = self.ports.as_ref().and_then(|ports| ports.outputs.iter().position(|o| o == output));
                let Some(i) = named.or_else(|| OWN.iter().position(|own| own == output)) else {
                    return Some(output.clone());
                };
                let key = controller.keys().key(OWN[i]);
                self.send(EventBody::Control { key, value: *value as f32 }, clock.when(*at), controller);
            }
            Said::Note { pitch, velocity, length, at, controls } => {
                self.notes = self.notes.wrapping_add(1);
                let id = NoteId::new(self.tag(), self.notes);
                let mut all = Controls::NONE;
                for (name, value) in controls {
                    let _room = all.set(controller.keys().key(name), *value as f32);
                }
                let note = Note { id, pitch: *pitch as f32, velocity: *velocity as f32, controls: all };
                let answers = match clock.stamp {
                    Stamp::Frame { note, .. } => note.filter(|_| length.is_none()),
                    _ => None,
                };
                let on = clock.when(*at);
                if let Some(of) = answers {
                    self.hold(of, id, on, controller);
                    self.send(EventBody::NoteOn(note), on, controller);
                } else if let Some(feed) = self.feed.filter(|_| controller.has_room()) {
                    let off = clock.when(*at + length.unwrap_or(LENGTH));
                    controller.note(feed, self.tag(), note, on, off);
                }
            }
        }
        None
    }

    fn hold(&mut self, of: NoteId, id: NoteId, now: When, controller: &mut Controller) {
        if self.held.values().map(Vec::len).sum::<usize>() >= HELD {
            // Notes whose ends never came.
            for id in core::mem::take(&mut self.held).into_values().flatten() {
                self.send(EventBody::NoteOff { id }, now, controller);
            }
        }
        self.held.entry(of).or_default().push(id);
    }
}

/// Now, as far as a script is concerned.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub frame: u64,
    pub from: Ratio,
}

/// When answers to something are heard.
#[derive(Clone, Copy)]
struct Clock {
    stamp: Stamp,
    delay: u64,
    head: Playhead,
}

impl Clock {
    /// So many beats after it.
    fn when(&self, beats: f64) -> When {
        match self.stamp {
            Stamp::Beat { beat, .. } => When::Beat(beat + Ratio::from_f64(beats)),
            Stamp::Frame { frame, .. } | Stamp::End { frame, .. } => {
                let later = beats * 60.0 / self.head.bpm * f64::from(self.head.rate);
                When::Frame(frame + self.delay + later.round() as u64)
            }
        }
    }
}
