//! The keys that an arpeggiator holds.

use bf_node::{Note, NoteId};

/// Keys that may be held at once; what is more is dropped and counted.
pub(crate) const ROOM: usize = 32;

#[derive(Clone, Copy)]
struct HeldKey {
    note: Note,
    /// Whether the key is down; one that is up is latched.
    down: bool,
}

/// Keys in the order in which they were pressed, and by pitch.
pub(crate) struct Held {
    keys: Vec<HeldKey>,
    /// Indices of `keys`, the lowest pitch first.
    by_pitch: Vec<usize>,
    /// Keys that found no room.
    pub(crate) dropped: u32,
}

impl Held {
    pub(crate) fn new() -> Held {
        Held { keys: Vec::with_capacity(ROOM), by_pitch: Vec::with_capacity(ROOM), dropped: 0 }
    }

    /// Forgets everything, as new.
    pub(crate) fn clear(&mut self) {
        self.keys.clear();
        self.by_pitch.clear();
        self.dropped = 0;
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// A key goes down. The first after all were up replaces what is latched. True where nothing was held before.
    pub(crate) fn press(&mut self, note: &Note) -> bool {
        if self.keys.iter().all(|k| !k.down) {
            self.keys.clear();
        }
        let first = self.keys.is_empty();
        self.keys.retain(|k| k.note.id != note.id);
        if self.keys.len() < ROOM {
            self.keys.push(HeldKey { note: *note, down: true });
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
        self.sort();
        first
    }

    /// A key goes up; it is latched until [`Held::drop_latched`] or the next first key.
    pub(crate) fn lift(&mut self, id: NoteId) {
        if let Some(key) = self.keys.iter_mut().find(|k| k.note.id == id) {
            key.down = false;
        }
    }

    /// Forgets the keys that are up.
    pub(crate) fn drop_latched(&mut self) {
        if self.keys.iter().any(|k| !k.down) {
            self.keys.retain(|k| k.down);
            self.sort();
        }
    }

    /// The nth key pressed.
    pub(crate) fn pressed(&self, n: usize) -> Option<Note> {
        self.keys.get(n).map(|k| k.note)
    }

    /// The nth key from below.
    pub(crate) fn rising(&self, n: usize) -> Option<Note> {
        self.by_pitch.get(n).and_then(|i| self.pressed(*i))
    }

    fn sort(&mut self) {
        self.by_pitch.clear();
        self.by_pitch.extend(0..self.keys.len());
        // At most 32 and nearly sorted; insertion keeps equal pitches in the order of pressing without scratch memory.
        for i in 1..self.by_pitch.len() {
            let mut j = i;
            while j > 0 && self.pitch(j - 1) > self.pitch(j) {
                self.by_pitch.swap(j - 1, j);
                j -= 1;
            }
        }
    }

    fn pitch(&self, at: usize) -> f32 {
        self.keys[self.by_pitch[at]].note.pitch
    }
}
