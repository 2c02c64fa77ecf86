//! What comes in becomes notes and values of nodes.

use super::routes::Route;
use bf_engine::{Controller, Target, When};
use bf_io::midi::{Message, Moved, Pairs, Role, Zones};
use bf_node::{Controls, EventBody, Note, NoteId};
use bf_patch::Name;
use std::collections::{BTreeMap, VecDeque};

/// By whose word these notes wait in the engine, and their salt: beside those of surfaces.
pub(super) const TAG: u32 = 0x7fff_ffe0;
/// Notes that sound until they are ended; a further one ends the oldest.
const HELD: usize = 512;
const SUSTAIN: u8 = 64;
const TIMBRE: u8 = 74;
const ALL_SOUND_OFF: u8 = 120;
const ALL_NOTES_OFF: u8 = 123;

/// A note that sounds.
struct Held {
    path: Name,
    target: Target,
    wish: u8,
    channel: u8,
    key: u8,
    id: NoteId,
    /// Whether the key is up and the pedal holds it.
    pedal: bool,
}

/// What is known of a channel.
#[derive(Clone, Copy, Debug)]
struct Channel {
    /// −1 to 1.
    bend: f64,
    /// 0 to 1.
    pressure: f32,
    timbre: f32,
    sustain: bool,
}

impl Default for Channel {
    fn default() -> Channel {
        Channel { bend: 0.0, pressure: 0.0, timbre: 0.5, sustain: false }
    }
}

/// What is known of a port.
struct Port {
    channels: [Channel; 16],
    pairs: Pairs,
    zones: Zones,
}

impl Default for Port {
    fn default() -> Port {
        Port { channels: Default::default(), pairs: Pairs::new(), zones: Zones::one() }
    }
}

/// The notes that are held, and where wheels and pedals stand.
#[derive(Default)]
pub(super) struct Keys {
    held: VecDeque<Held>,
    ports: BTreeMap<u8, Port>,
    /// Ends that found no room on their way: they are sent again until they do.
    ends: Vec<(Target, NoteId)>,
    count: u32,
    /// Events that found no room.
    pub shed: u64,
}

/// What plays.
pub(super) struct Stage<'a> {
    pub routes: &'a [Route],
    pub controller: &'a mut Controller,
    pub when: When,
}

impl Stage<'_> {
    fn hears(&self, wish: u8, channel: u8) -> impl Iterator<Item = &Route> {
        let is_meant =
            move |r: &&Route| r.wish.is_none_or(|w| w == wish) && (r.mpe || r.channel.is_none_or(|c| c == channel));
        self.routes.iter().filter(is_meant)
    }
}

impl Keys {
    /// Takes a message of a port; tells what controllers and parameters moved by it.
    pub(super) fn take(
        &mut self,
        (wish, at_ns): (u8, u64),
        message: Message,
        stage: &mut Stage<'_>,
        mut tell: impl FnMut(Moved),
    ) {
        match message {
            Message::NoteOn { channel, key, velocity } => self.begin((wish, channel, key), velocity, stage),
            Message::NoteOff { channel, key, .. } => self.lift((wish, channel, key), stage),
            Message::Control { channel, controller, value } => {
                let port = self.ports.entry(wish).or_default();
                let zones = &mut port.zones;
                port.pairs.take(at_ns, (channel, controller, value), |moved| {
                    zones.take(&moved);
                    tell(moved);
                });
                self.control((wish, channel), (controller, value), stage);
            }
            Message::Bend { channel, value } => {
                let bend = f64::from(value) / if value < 0 { 8192.0 } else { 8191.0 };
                self.ports.entry(wish).or_default().channels[usize::from(channel & 15)].bend = bend;
                self.value((wish, channel), "bend", bend as f32, stage);
                self.bend_notes((wish, channel), stage);
            }
            Message::Pressure { channel, value } => {
                let pressure = f32::from(value) / 127.0;
                self.ports.entry(wish).or_default().channels[usize::from(channel & 15)].pressure = pressure;
                self.value((wish, channel), "pressure", pressure, stage);
                self.touch_notes((wish, channel), None, ("pressure", pressure), stage);
            }
            Message::KeyPressure { channel, key, value } => {
                self.touch_notes((wish, channel), Some(key), ("pressure", f32::from(value) / 127.0), stage);
            }
            Message::Reset => self.end_all(|h| h.wish == wish, stage),
            _ => {}
        }
    }

    /// A port is gone: nobody lifts its keys any more, and nobody turns its wheels back.
    pub(super) fn gone(&mut self, wish: u8, mut stage: Stage<'_>) {
        self.end_all(|held| held.wish == wish, &mut stage);
        let Some(port) = self.ports.remove(&wish) else { return };
        for (channel, was) in (0..).zip(port.channels) {
            if was.bend != 0.0 {
                self.value((wish, channel), "bend", 0.0, &mut stage);
            }
            if was.pressure != 0.0 {
                self.value((wish, channel), "pressure", 0.0, &mut stage);
            }
        }
    }

    /// Tells coarse halves of controllers that have waited for their fine ones.
    pub(super) fn due(&mut self, now_ns: u64, mut tell: impl FnMut(u8, Moved)) {
        for (wish, port) in &mut self.ports {
            port.pairs.due(now_ns, |moved| tell(*wish, moved));
        }
    }

    fn begin(&mut self, (wish, channel, key): (u8, u8, u8), velocity: u8, stage: &mut Stage<'_>) {
        self.end_all(|h| h.wish == wish && h.channel == channel && h.key == key, stage);
        let played: Vec<Route> = stage.hears(wish, channel).cloned().collect();
        for route in played {
            self.count = self.count.wrapping_add(1);
            let id = NoteId::new(TAG, self.count);
            let controls = self.expression(wish, channel, stage);
            let note = Note { id, pitch: f32::from(key), velocity: f32::from(velocity) / 127.0, controls };
            if !stage.controller.has_room()
                || stage.controller.send(route.target, TAG, EventBody::NoteOn(note), stage.when).is_none()
            {
                self.shed += 1;
                continue;
            }
            let Route { path, target, .. } = route;
            self.held.push_back(Held { path, target, wish, channel, key, id, pedal: false });
            if self.held.len() > HELD
                && let Some(oldest) = self.held.pop_front()
            {
                self.end(&oldest, stage);
            }
        }
    }

    /// What a note that begins on a channel is told besides its pitch.
    fn expression(&self, wish: u8, channel: u8, stage: &Stage<'_>) -> Controls {
        let mut controls = Controls::NONE;
        let Some(port) = self.ports.get(&wish) else { return controls };
        let state = port.channels[usize::from(channel & 15)];
        let keys = stage.controller.keys();
        for (name, value) in
            [("bend", self.semitones(wish, channel) as f32), ("pressure", state.pressure), ("timbre", state.timbre)]
        {
            let _room = controls.set(keys.key(name), value);
        }
        controls
    }

    fn lift(&mut self, (wish, channel, key): (u8, u8, u8), stage: &mut Stage<'_>) {
        let sustain = self.ports.get(&wish).is_some_and(|port| {
            let of = |c: u8| port.channels[usize::from(c & 15)].sustain;
            of(channel) || port.zones.manager(channel).is_some_and(|m| stage.routes.iter().any(|r| r.mpe) && of(m))
        });
        let meant = |h: &Held| h.wish == wish && h.channel == channel && h.key == key;
        if sustain {
            self.held.iter_mut().filter(|h| meant(h)).for_each(|h| h.pedal = true);
        } else {
            self.end_all(meant, stage);
        }
    }

    fn control(&mut self, (wish, channel): (u8, u8), (controller, value): (u8, u8), stage: &mut Stage<'_>) {
        let unit = f32::from(value) / 127.0;
        let port = self.ports.entry(wish).or_default();
        let state = &mut port.channels[usize::from(channel & 15)];
        match controller {
            1 => self.value((wish, channel), "modulation", unit, stage),
            SUSTAIN => {
                state.sustain = value >= 64;
                if !state.sustain {
                    let reached: Vec<u8> = port.zones.reach(channel).collect();
                    let mpe = stage.routes.iter().any(|r| r.mpe);
                    let of = |h: &Held| h.channel == channel || mpe && reached.contains(&h.channel);
                    self.end_all(|h| h.wish == wish && h.pedal && of(h), stage);
                }
            }
            TIMBRE => {
                state.timbre = unit;
                self.touch_notes((wish, channel), None, ("timbre", unit), stage);
            }
            ALL_SOUND_OFF | ALL_NOTES_OFF.. => {
                self.end_all(|h| h.wish == wish && h.channel == channel, stage);
            }
            _ => {}
        }
        let followed: Vec<Target> =
            stage.hears(wish, channel).filter(|r| r.controller == Some(controller)).map(|r| r.target).collect();
        for target in followed {
            self.send(target, "control", unit, stage);
        }
    }

    /// Sets a value of the nodes that hear a channel; those of one note alone are no value of the node.
    fn value(&mut self, (wish, channel): (u8, u8), name: &str, value: f32, stage: &mut Stage<'_>) {
        let port = self.ports.entry(wish).or_default();
        let of_note = matches!(port.zones.role(channel), Role::Member(_));
        let targets: Vec<Target> = stage
            .hears(wish, channel)
            .filter(|r| r.controller.is_some() && !(r.mpe && of_note))
            .map(|r| r.target)
            .collect();
        for target in targets {
            self.send(target, name, value, stage);
        }
    }

    fn send(&mut self, target: Target, name: &str, value: f32, stage: &mut Stage<'_>) {
        let key = stage.controller.keys().key(name);
        let body = EventBody::Control { key, value };
        let sent = stage.controller.has_room() && stage.controller.send(target, TAG, body, stage.when).is_some();
        self.shed += u64::from(!sent);
    }

    /// Semitones that a note of a channel is bent by.
    fn semitones(&self, wish: u8, channel: u8) -> f64 {
        let Some(port) = self.ports.get(&wish) else { return 0.0 };
        let of = |c: u8| port.channels[usize::from(c & 15)].bend * port.zones.bend_range(c);
        of(channel) + port.zones.manager(channel).map_or(0.0, of)
    }

    /// The notes of a channel, or of its zone, follow the wheel. Without MPE a channel's wheel bends two semitones.
    fn bend_notes(&mut self, (wish, channel): (u8, u8), stage: &mut Stage<'_>) {
        let reached: Vec<u8> = self.ports.get(&wish).map_or(vec![channel], |port| port.zones.reach(channel).collect());
        let mpe: Vec<Name> = stage.routes.iter().filter(|r| r.mpe).map(|r| r.path.clone()).collect();
        for held in self.held.iter().filter(|h| h.wish == wish && reached.contains(&h.channel)) {
            let semitones = if mpe.contains(&held.path) {
                self.semitones(wish, held.channel)
            } else if held.channel == channel {
                self.ports.get(&wish).map_or(0.0, |p| p.channels[usize::from(channel & 15)].bend * 2.0)
            } else {
                continue;
            };
            touch(held, ("bend", semitones as f32), stage);
        }
    }

    fn touch_notes(&mut self, (wish, channel): (u8, u8), key: Option<u8>, control: (&str, f32), stage: &mut Stage<'_>) {
        for held in self.held.iter().filter(|h| h.wish == wish && h.channel == channel) {
            if key.is_none_or(|key| held.key == key) {
                touch(held, control, stage);
            }
        }
    }

    fn end_all(&mut self, meant: impl Fn(&Held) -> bool, stage: &mut Stage<'_>) {
        let (ended, held): (VecDeque<_>, VecDeque<_>) = core::mem::take(&mut self.held).into_iter().partition(meant);
        self.held = held;
        ended.iter().for_each(|held| self.end(held, stage));
    }

    fn end(&mut self, held: &Held, stage: &mut Stage<'_>) {
        // No tag: an end is not withdrawn.
        let body = EventBody::NoteOff { id: held.id };
        if stage.controller.send(held.target, 0, body, stage.when).is_none() {
            self.ends.push((held.target, held.id));
        }
    }

    /// Forgets notes whose nodes are gone, and sends ends that found no room.
    pub(super) fn renew(&mut self, routes: &[Route], controller: &mut Controller) {
        self.held.retain(|h| routes.iter().any(|r| r.path == h.path && r.target == h.target));
        for (target, id) in core::mem::take(&mut self.ends) {
            if controller.send(target, 0, EventBody::NoteOff { id }, When::Now).is_none() {
                self.ends.push((target, id));
            }
        }
    }

    /// Whether an end waits for room.
    pub(super) fn waits(&self) -> bool {
        !self.ends.is_empty()
    }
}

fn touch(held: &Held, (name, value): (&str, f32), stage: &mut Stage<'_>) {
    let key = stage.controller.keys().key(name);
    if stage.controller.has_room() {
        stage.controller.send(held.target, TAG, EventBody::NoteControl { id: held.id, key, value }, stage.when);
    }
}
