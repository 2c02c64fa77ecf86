//! What the lanes of one group play.

use bf_dsp::math::pitch_to_hz;
use bf_dsp::{Lane, f32x8};
use bf_node::{ControlKey, LaneMask, Note, NoteId};

/// The most lanes of a group.
pub(super) const MOST: usize = 16;
/// Below this a released voice counts as silent: −90 dB.
const SILENT_LEVEL: f32 = 3.162_277_6e-5;

/// One entry a lane; masks have one bit a lane.
pub(super) struct Lanes {
    /// Lanes that sound.
    pub(super) active: LaneMask,
    /// Lanes whose note is held.
    pub(super) gate: LaneMask,
    /// Lanes that were taken away and fade out.
    pub(super) stolen: LaneMask,
    /// Lanes for which a note-on is filed in the present segment.
    pub(super) coming: LaneMask,
    /// What the allocator sees. The lanes themselves are at the present frame, however far that is in the span.
    pub(super) seen: Seen,
    pub(super) id: [NoteId; MOST],
    pub(super) pitch: [f32; MOST],
    pub(super) freq: [f32; MOST],
    pub(super) velocity: [f32; MOST],
    /// What the notes say of each control of the instrument; NaN where they say nothing.
    pub(super) controls: Vec<[f32; MOST]>,
    /// The frame at which a lane was stolen.
    pub(super) stolen_at: [u64; MOST],
    /// The frame on which the gate fell.
    off_at: [u64; MOST],
    /// Spans of silence since the gate fell.
    pub(super) quiet: [u32; MOST],
    /// The greatest magnitude of the present span.
    pub(super) peak: [f32; MOST],
    /// The greatest magnitude of the last span.
    pub(super) level: [f32; MOST],
}

/// The lanes as they were when the present span began, and what was decided since: the same at any size of a block.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Lanes that have a note, or were given one.
    pub(super) taken: LaneMask,
    /// Lanes whose note is held.
    pub(super) held: LaneMask,
    /// Lanes that were taken away from their note and not given to another.
    pub(super) dying: LaneMask,
    /// Lanes that were given a note in this span.
    pub(super) fresh: LaneMask,
    /// How many changes were filed in this span.
    pub(super) filed: usize,
}

impl Seen {
    /// A lane is given a note.
    pub(super) fn give(&mut self, lane: usize) {
        let bit = 1 << lane;
        self.taken |= bit;
        self.fresh |= bit;
        self.dying &= !bit;
    }
}

/// The lanes of a mask, lowest first.
pub(super) fn lanes_of(mut mask: LaneMask) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let lane = mask.trailing_zeros() as usize;
        (mask != 0).then(|| {
            mask &= mask - 1;
            lane
        })
    })
}

impl Lanes {
    pub(super) fn new(controls: usize) -> Lanes {
        Lanes {
            active: 0,
            gate: 0,
            stolen: 0,
            coming: 0,
            seen: Seen::default(),
            id: [NoteId(0); MOST],
            pitch: [0.0; MOST],
            freq: [440.0; MOST],
            velocity: [0.0; MOST],
            controls: vec![[f32::NAN; MOST]; controls],
            stolen_at: [0; MOST],
            off_at: [u64::MAX; MOST],
            quiet: [0; MOST],
            peak: [0.0; MOST],
            level: [0.0; MOST],
        }
    }

    /// Ends every lane at once.
    pub(super) fn clear(&mut self) {
        lanes_of(LaneMask::MAX >> (32 - MOST)).for_each(|l| self.free(l));
        self.coming = 0;
        self.seen = Seen::default();
    }

    /// Lanes that hold a note which was not taken away.
    pub(super) fn held(&self) -> LaneMask {
        self.active & self.gate & !self.stolen
    }

    /// Lanes that sound or are about to.
    pub(super) fn busy(&self) -> LaneMask {
        self.active | self.coming
    }

    /// A note takes a lane, whatever it played.
    pub(super) fn begin(&mut self, lane: usize, note: &Note, keys: impl Iterator<Item = ControlKey>) {
        let bit = 1 << lane;
        self.free(lane);
        self.coming &= !bit;
        self.active |= bit;
        self.gate |= bit;
        self.id[lane] = note.id;
        self.pitch[lane] = note.pitch;
        self.freq[lane] = pitch_to_hz(note.pitch);
        self.velocity[lane] = note.velocity;
        for (control, key) in self.controls.iter_mut().zip(keys) {
            control[lane] = note.controls.get(key).unwrap_or(f32::NAN);
        }
    }

    /// The note of a lane is let go.
    pub(super) fn fall(&mut self, lane: usize, frame: u64) {
        if self.gate & (1 << lane) != 0 {
            self.gate &= !(1 << lane);
            self.off_at[lane] = frame;
        }
    }

    fn free(&mut self, lane: usize) {
        let others = !(1 << lane);
        self.active &= others;
        self.gate &= others;
        self.stolen &= others;
        self.pitch[lane] = 0.0;
        self.freq[lane] = 440.0;
        self.velocity[lane] = 0.0;
        self.controls.iter_mut().for_each(|c| c[lane] = f32::NAN);
        self.off_at[lane] = u64::MAX;
        self.quiet[lane] = 0;
        self.peak[lane] = 0.0;
        self.level[lane] = 0.0;
    }

    /// At the end of a span: frees the voices that have ended by their silence or their fade.
    pub(super) fn judge(&mut self, frame: u64, needed: u32, fade_len: u64) {
        self.end(frame, needed, fade_len);
        self.seen = Seen { taken: self.busy(), held: self.gate, dying: self.stolen, fresh: self.coming, filed: 0 };
    }

    fn end(&mut self, frame: u64, needed: u32, fade_len: u64) {
        self.level = core::mem::take(&mut self.peak);
        for lane in lanes_of(self.active & self.stolen) {
            if frame >= self.stolen_at[lane] + fade_len {
                self.free(lane);
            }
        }
        let let_go = self.active & !self.gate & !self.stolen;
        if let_go == 0 {
            return;
        }
        let mut silent = let_go & below(&self.level, SILENT_LEVEL);
        for lane in lanes_of(silent) {
            silent &= !(LaneMask::from(self.off_at[lane] >= frame) << lane);
        }
        let mut over = 0;
        for (lane, quiet) in self.quiet.iter_mut().enumerate() {
            let one = silent >> lane & 1;
            *quiet = (*quiet + one) * one;
            over |= LaneMask::from(*quiet >= needed) << lane;
        }
        for lane in lanes_of(over & let_go) {
            self.free(lane);
        }
    }
}

/// The lanes in which a level is below another.
fn below(levels: &[f32; MOST], most: f32) -> LaneMask {
    let eights = levels.as_chunks::<8>().0.iter().enumerate();
    eights.fold(0, |mask, (v, x)| {
        mask | <f32x8 as Lane>::mask_bits(Lane::lt(f32x8::new(*x), f32x8::splat(most))) << (8 * v)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(id: u64) -> Note {
        Note { id: NoteId(id), pitch: 69.0, velocity: 0.5, controls: Default::default() }
    }

    #[test]
    fn a_lane_is_free_once_it_was_silent_long_enough_after_its_note() {
        let mut lanes = Lanes::new(0);
        lanes.begin(3, &note(7), core::iter::empty());
        assert_eq!((lanes.active, lanes.held(), lanes.freq[3]), (8, 8, 440.0));
        for quantum in 1..100 {
            lanes.judge(quantum * 16, 2, 240);
        }
        assert_eq!(lanes.active, 8, "a held note stays however silent it is");
        lanes.fall(3, 1600);
        lanes.peak[3] = 0.1;
        lanes.judge(1616, 2, 240);
        lanes.judge(1632, 2, 240);
        assert_eq!(lanes.active, 8);
        lanes.judge(1648, 2, 240);
        assert_eq!(lanes.active, 0);
    }

    #[test]
    fn a_stolen_lane_is_free_after_its_fade() {
        let mut lanes = Lanes::new(0);
        lanes.begin(0, &note(1), core::iter::empty());
        lanes.stolen = 1;
        lanes.stolen_at[0] = 100;
        lanes.judge(336, 2, 240);
        assert_eq!((lanes.active, lanes.held()), (1, 0));
        lanes.judge(352, 2, 240);
        assert_eq!((lanes.active, lanes.stolen), (0, 0));
    }
}
