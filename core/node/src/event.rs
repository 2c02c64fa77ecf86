//! Notes, controls and triggers, each on its frame.

use bf_dsp::GRID;
use std::sync::Mutex;

/// The name of a control, interned by [`Keys`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ControlKey(pub u16);

/// The table that interns control names. Used off the audio thread only.
#[derive(Debug, Default)]
pub struct Keys(Mutex<Vec<String>>);

impl Keys {
    /// The key of a name; the same name gives the same key.
    pub fn key(&self, name: &str) -> ControlKey {
        let mut names = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let at = names.iter().position(|n| n == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        });
        ControlKey(at as u16)
    }
    /// The name of a key.
    pub fn name(&self, key: ControlKey) -> Option<String> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(usize::from(key.0)).cloned()
    }
}

/// The identity of a sounding note: who plays it, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct NoteId(pub u64);

impl NoteId {
    /// The `count`th note of the player with this salt ([`crate::Setup::salt`]).
    pub const fn new(salt: u32, count: u32) -> NoteId {
        NoteId((salt as u64) << 32 | count as u64)
    }
}

/// The most controls a note carries; what is more is dropped by whoever makes the note.
pub const MAX_CONTROLS: usize = 16;

/// The controls of a note, inline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controls {
    len: u8,
    keys: [ControlKey; MAX_CONTROLS],
    values: [f32; MAX_CONTROLS],
}

impl Controls {
    /// No controls.
    pub const NONE: Controls = Controls { len: 0, keys: [ControlKey(0); MAX_CONTROLS], values: [0.0; MAX_CONTROLS] };

    /// Sets a control; false when there are [`MAX_CONTROLS`] others already.
    pub fn set(&mut self, key: ControlKey, value: f32) -> bool {
        let len = usize::from(self.len);
        if let Some(at) = self.keys[..len].iter().position(|k| *k == key) {
            self.values[at] = value;
        } else if len < MAX_CONTROLS {
            self.keys[len] = key;
            self.values[len] = value;
            self.len += 1;
        } else {
            return false;
        }
        true
    }
    /// The value of a control.
    pub fn get(&self, key: ControlKey) -> Option<f32> {
        self.iter().find(|(k, _)| *k == key).map(|(_, v)| v)
    }
    /// All of them in the order they were set.
    pub fn iter(&self) -> impl Iterator<Item = (ControlKey, f32)> + '_ {
        let len = usize::from(self.len);
        self.keys[..len].iter().copied().zip(self.values[..len].iter().copied())
    }
}

impl Default for Controls {
    fn default() -> Controls {
        Controls::NONE
    }
}

/// A note that begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Note {
    /// Who it is, so that its end and its controls find it.
    pub id: NoteId,
    /// The MIDI note number; fractions are allowed, 69 is 440 Hz.
    pub pitch: f32,
    /// 0 to 1.
    pub velocity: f32,
    /// What else it says.
    pub controls: Controls,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventBody {
    /// A note ends.
    NoteOff {
        /// The note.
        id: NoteId,
    },
    /// A control of one sounding note moves.
    NoteControl {
        /// The note.
        id: NoteId,
        /// Which.
        key: ControlKey,
        /// To what.
        value: f32,
    },
    /// A control of the whole receiver moves.
    Control {
        /// Which.
        key: ControlKey,
        /// To what.
        value: f32,
    },
    /// One instant: a clock tick or a hit.
    Trigger {
        /// How hard, 0 to 1.
        value: f32,
    },
    /// A note begins.
    NoteOn(Note),
}

impl EventBody {
    /// The order at one frame: note-off, controls, then triggers and note-on.
    pub const fn class(&self) -> u8 {
        match self {
            EventBody::NoteOff { .. } => 0,
            EventBody::NoteControl { .. } | EventBody::Control { .. } => 1,
            EventBody::Trigger { .. } | EventBody::NoteOn(_) => 2,
        }
    }
}

/// An event at a frame of the present block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// The frame, counted from the start of the block.
    pub frame: u32,
    /// The rank of its source in name order, for a stable order at one frame.
    pub source: u16,
    /// What happens.
    pub body: EventBody,
}

impl Event {
    /// The order in which events reach a node.
    pub fn order(&self) -> (u32, u8, u16) {
        (self.frame, self.body.class(), self.source)
    }
}

/// Events that a list takes in 16 frames; the last quarter of them is for the ends of notes.
const EVENTS_A_QUANTUM: u16 = 512;

/// A bounded list of events of one block, in the order they were made.
///
/// The bound holds for each 16 frames by themselves, so that what is dropped does not depend on the length of a block.
#[derive(Debug)]
pub struct EventList {
    events: Vec<Event>,
    /// How many are there of each 16 frames.
    counts: Vec<u16>,
    shed: u32,
}

impl EventList {
    /// A list for blocks of so many frames, which never grows.
    pub fn new(block: usize) -> EventList {
        let quanta = block.div_ceil(GRID).max(1);
        EventList {
            events: Vec::with_capacity(quanta * usize::from(EVENTS_A_QUANTUM)),
            counts: vec![0; quanta],
            shed: 0,
        }
    }
    /// Appends an event; where there is no room it is counted and dropped.
    ///
    /// # Realtime Safety
    /// Never allocates.
    pub fn push(&mut self, event: Event) {
        let ends = matches!(event.body, EventBody::NoteOff { .. });
        let most = if ends { EVENTS_A_QUANTUM } else { EVENTS_A_QUANTUM / 4 * 3 };
        match self.counts.get_mut(event.frame as usize / GRID).filter(|count| **count < most) {
            Some(count) => {
                *count += 1;
                self.events.push(event);
            }
            None => self.shed = self.shed.saturating_add(1),
        }
    }
    /// The events so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }
    /// Empties the list for the next block and returns how many were dropped.
    pub fn clear(&mut self) -> u32 {
        if !self.events.is_empty() {
            self.events.clear();
            self.counts.fill(0);
        }
        core::mem::take(&mut self.shed)
    }
    /// Puts the events in the order in which they reach a node. Stable; in place; never allocates.
    pub fn sort(&mut self) {
        // Lists are short and nearly sorted: insertion keeps equal keys in order without scratch memory.
        for i in 1..self.events.len() {
            let mut j = i;
            while j > 0 && self.events[j - 1].order() > self.events[j].order() {
                self.events.swap(j - 1, j);
                j -= 1;
            }
        }
    }
}
