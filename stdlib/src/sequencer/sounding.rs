//! The notes that a sequencer has begun and not yet ended.

use bf_node::{EventBody, Io, NoteId};
use bf_pattern::{Ratio, Transport};
use core::cmp::Ordering;
use std::collections::BinaryHeap;

/// A position in beats as a fraction that need not be in lowest terms: adding two takes no common divisor, which
/// a player of many thousand notes a second feels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    num: i128,
    den: i128,
}

impl From<Ratio> for Moment {
    fn from(r: Ratio) -> Moment {
        Moment { num: i128::from(r.num()), den: i128::from(r.den()) }
    }
}

impl Moment {
    /// The sum of two positions.
    pub(crate) fn sum(a: Ratio, b: Ratio) -> Moment {
        let (an, ad, bn, bd) = (i128::from(a.num()), i128::from(a.den()), i128::from(b.num()), i128::from(b.den()));
        Moment { num: an.saturating_mul(bd).saturating_add(bn.saturating_mul(ad)), den: ad.saturating_mul(bd) }
    }

    /// Whether the frame nearest to it lies before a frame.
    pub(crate) fn before(self, transport: &Transport, frame: u64) -> bool {
        transport.frame_at(self.num, self.den).is_some_and(|f| f < i128::from(frame))
    }

    /// The frame nearest to it; 0 before the first frame, the last of all while the transport stands.
    pub(crate) fn frame(self, transport: &Transport) -> u64 {
        match transport.frame_at(self.num, self.den) {
            None => u64::MAX,
            Some(f) if f < 0 => 0,
            Some(f) => u64::try_from(f).unwrap_or(u64::MAX),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Ringing {
    off: u64,
    seq: u32,
    id: NoteId,
    end: Moment,
}

impl Ord for Ringing {
    /// The one that ends first is the greatest, as the heap wants it.
    fn cmp(&self, other: &Ringing) -> Ordering {
        (other.off, other.seq).cmp(&(self.off, self.seq))
    }
}
impl PartialOrd for Ringing {
    fn partial_cmp(&self, other: &Ringing) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Ringing {
    fn eq(&self, other: &Ringing) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Ringing {}

/// The sounding notes of one player, the next to end first. Bounded; ends move with the tempo.
#[derive(Debug)]
pub(crate) struct Sounding {
    heap: BinaryHeap<Ringing>,
    room: usize,
    salt: u32,
    count: u32,
    /// Notes that found no room.
    pub(crate) dropped: u32,
}

impl Sounding {
    /// Room for so many notes at once.
    pub(crate) fn new(salt: u32, room: usize) -> Sounding {
        Sounding { heap: BinaryHeap::with_capacity(room), room, salt, count: 0, dropped: 0 }
    }

    /// Forgets everything, as new.
    pub(crate) fn clear(&mut self) {
        self.heap.clear();
        (self.count, self.dropped) = (0, 0);
    }

    /// Whether anything sounds.
    pub(crate) fn any(&self) -> bool {
        !self.heap.is_empty()
    }

    /// Begins a note at a frame, to end at a position but at least one frame later. `None` where there is no room;
    /// the note is then counted and must not be played.
    pub(crate) fn begin(&mut self, transport: &Transport, frame: u64, end: Moment) -> Option<NoteId> {
        if self.heap.len() >= self.room {
            self.dropped = self.dropped.saturating_add(1);
            return None;
        }
        let mut ringing = Ringing { off: end.frame(transport), seq: self.count, id: self.next_id(), end };
        if ringing.off <= frame {
            // An off at the frame of its own note would be heard before it.
            ringing.off = frame + 1;
            ringing.end = transport.beat_exact(frame + 1).into();
        }
        self.heap.push(ringing);
        Some(ringing.id)
    }

    fn next_id(&mut self) -> NoteId {
        let id = NoteId::new(self.salt, self.count);
        self.count = self.count.wrapping_add(1);
        id
    }

    /// The frame at which the next note ends.
    pub(crate) fn next_off(&self) -> u64 {
        self.heap.peek().map_or(u64::MAX, |r| r.off)
    }

    /// Takes out the note that ends next.
    pub(crate) fn pop(&mut self) -> Option<NoteId> {
        self.heap.pop().map(|r| r.id)
    }

    /// Finds all ends anew after a change of tempo.
    ///
    /// # Realtime Safety
    /// RT: bounded by the room; the heap is rebuilt in its own memory.
    pub(crate) fn retime(&mut self, transport: &Transport) {
        let mut notes = core::mem::take(&mut self.heap).into_vec();
        for note in &mut notes {
            note.off = note.end.frame(transport);
        }
        self.heap = BinaryHeap::from(notes);
    }

    /// Ends every note at a frame of the piece.
    pub(crate) fn end_all(&mut self, io: &mut Io<'_>, output: usize, at: usize) {
        while let Some(id) = self.pop() {
            io.emit(output, at, EventBody::NoteOff { id });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_pattern::Tempo;

    #[test]
    fn notes_end_in_order_and_move_with_the_tempo() {
        let t = Transport::new(48_000, Tempo::from_bpm(120.0), 4).play(0);
        let mut s = Sounding::new(3, 2);
        let long = s.begin(&t, 0, Ratio::int(2).into()).unwrap();
        let short = s.begin(&t, 0, Moment::sum(Ratio::new(1, 2), Ratio::new(1, 2))).unwrap();
        assert_eq!(s.begin(&t, 0, Ratio::ONE.into()), None);
        assert_eq!((s.dropped, s.next_off()), (1, 24_000));
        s.retime(&t.with_tempo(12_000, Tempo::from_bpm(60.0)));
        assert_eq!(s.next_off(), 36_000);
        assert_eq!(s.pop(), Some(short));
        assert_eq!((s.next_off(), s.pop()), (84_000, Some(long)));
        assert_eq!(s.next_off(), u64::MAX);
    }

    #[test]
    fn a_note_lasts_a_frame_at_least() {
        let t = Transport::new(48_000, Tempo::from_bpm(120.0), 4).play(0);
        let mut s = Sounding::new(3, 2);
        s.begin(&t, 24_000, Ratio::ONE.into()).unwrap();
        assert_eq!(s.next_off(), 24_001);
    }
}
