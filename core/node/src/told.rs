//! What a node tells the control thread: a bounded ring that the audio thread writes and one other thread reads.

use crate::{ControlKey, NoteId};
use core::sync::atomic::{AtomicU64, Ordering};

/// Something that a node heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heard {
    /// A note began.
    NoteOn {
        /// Which.
        id: NoteId,
        /// MIDI note number.
        pitch: f32,
        /// 0 to 1.
        velocity: f32,
    },
    /// A note ended.
    NoteOff {
        /// Which.
        id: NoteId,
    },
    /// A trigger came.
    Trigger {
        /// How hard, 0 to 1.
        value: f32,
    },
    /// A control was set.
    Control {
        /// Which.
        key: ControlKey,
        /// To what.
        value: f32,
    },
    /// A param of the node moved.
    Param {
        /// Its place in the declaration.
        param: u16,
        /// To what.
        value: f32,
    },
}

const NOTE_ON: u64 = 0;
const NOTE_OFF: u64 = 1;
const TRIGGER: u64 = 2;
const CONTROL: u64 = 3;
const PARAM: u64 = 4;

/// A message of a ring: its frame, its kind with a small number, an id, two floats.
type Words = [AtomicU64; 4];

/// A ring of what was heard, with the frame of each. What finds no room is counted.
#[derive(Debug, Default)]
pub struct Told {
    ring: Box<[Words]>,
    written: AtomicU64,
    read: AtomicU64,
    lost: AtomicU64,
}

impl Told {
    /// Room for so many messages.
    pub fn new(room: usize) -> Told {
        Told { ring: (0..room).map(|_| Words::default()).collect(), ..Told::default() }
    }

    /// Appends a message; false where there is no room. For one writer. # Realtime Safety: wait-free.
    pub fn push(&self, frame: u64, heard: Heard) -> bool {
        let (written, read) = (self.written.load(Ordering::Relaxed), self.read.load(Ordering::Acquire));
        let room = self.ring.len() as u64;
        if written.wrapping_sub(read) >= room {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        let pair = |a: f32, b: f32| u64::from(a.to_bits()) << 32 | u64::from(b.to_bits());
        let (kind, small, id, floats) = match heard {
            Heard::NoteOn { id, pitch, velocity } => (NOTE_ON, 0, id.0, pair(pitch, velocity)),
            Heard::NoteOff { id } => (NOTE_OFF, 0, id.0, 0),
            Heard::Trigger { value } => (TRIGGER, 0, 0, pair(0.0, value)),
            Heard::Control { key, value } => (CONTROL, key.0, 0, pair(0.0, value)),
            Heard::Param { param, value } => (PARAM, param, 0, pair(0.0, value)),
        };
        let words = &self.ring[(written % room) as usize];
        for (word, value) in words.iter().zip([frame, kind << 16 | u64::from(small), id, floats]) {
            word.store(value, Ordering::Relaxed);
        }
        self.written.store(written.wrapping_add(1), Ordering::Release);
        true
    }

    /// Takes the oldest message with its absolute frame. For one reader.
    pub fn pop(&self) -> Option<(u64, Heard)> {
        let (written, read) = (self.written.load(Ordering::Acquire), self.read.load(Ordering::Relaxed));
        if written == read {
            return None;
        }
        let words = &self.ring[(read % self.ring.len() as u64) as usize];
        let [frame, kind, id, floats] = [0, 1, 2, 3].map(|i| words[i].load(Ordering::Relaxed));
        self.read.store(read.wrapping_add(1), Ordering::Release);
        let (id, small) = (NoteId(id), kind as u16);
        let (first, value) = (f32::from_bits((floats >> 32) as u32), f32::from_bits(floats as u32));
        let heard = match kind >> 16 {
            NOTE_ON => Heard::NoteOn { id, pitch: first, velocity: value },
            NOTE_OFF => Heard::NoteOff { id },
            TRIGGER => Heard::Trigger { value },
            CONTROL => Heard::Control { key: ControlKey(small), value },
            _ => Heard::Param { param: small, value },
        };
        Some((frame, heard))
    }

    /// How many messages found no room so far.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_comes_in_order_and_what_finds_no_room_is_counted() {
        let told = Told::new(3);
        let all = [
            Heard::NoteOn { id: NoteId(u64::MAX - 1), pitch: 60.5, velocity: 0.25 },
            Heard::NoteOff { id: NoteId(7) },
            Heard::Trigger { value: 1.0 },
            Heard::Control { key: ControlKey(65_535), value: -1.0 },
            Heard::Param { param: 3, value: 1e9 },
        ];
        for round in 0..4 {
            for (i, heard) in all.iter().enumerate() {
                assert!(told.push(round * 10 + i as u64, *heard));
                assert_eq!(told.pop(), Some((round * 10 + i as u64, *heard)));
            }
        }
        assert_eq!(told.pop(), None);
        let pushed: Vec<bool> = all.iter().map(|heard| told.push(1, *heard)).collect();
        assert_eq!((pushed, told.lost()), (vec![true, true, true, false, false], 2));
        assert_eq!(told.pop(), Some((1, all[0])));
        assert!(!Told::default().push(0, all[0]), "a node that tells nothing has no room");
    }

    #[test]
    fn two_threads_share_it() {
        let told = Told::new(8);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut sent = 0u64;
                while sent < 20_000 {
                    sent += u64::from(told.push(sent, Heard::NoteOff { id: NoteId(sent * 3) }));
                }
            });
            let mut next = 0;
            while next < 20_000 {
                if let Some(heard) = told.pop() {
                    assert_eq!(heard, (next, Heard::NoteOff { id: NoteId(next * 3) }));
                    next += 1;
                } else {
                    std::thread::yield_now();
                }
            }
        });
    }
}
