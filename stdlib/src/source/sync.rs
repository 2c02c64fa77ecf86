//! Hard sync without aliasing: the trivial wave, and a band-limited step for each of its jumps.

use super::osc::Wave;
use bf_dsp::blep::{MinBlep, Tail};
use bf_dsp::mips::Gather;
use bf_dsp::{Lane, LaneBits};
use std::sync::OnceLock;

/// The step that all oscillators correct their jumps with. An immutable cache, filled by the first `make` on the
/// control thread: the audio thread only ever holds the reference.
pub(super) fn shared_blep() -> &'static MinBlep {
    static BLEP: OnceLock<MinBlep> = OnceLock::new();
    BLEP.get_or_init(MinBlep::new)
}

/// What an oscillator under hard sync remembers.
pub(super) struct Slave<L: Lane> {
    /// The sync signal one frame ago.
    master: L,
    /// How far the phase went to the present frame, in phase units.
    moved: L,
    tail: Tail<L>,
}

impl<L: Lane> Default for Slave<L> {
    fn default() -> Self {
        Slave { master: L::splat(0.0), moved: L::splat(0.0), tail: Tail::default() }
    }
}

impl<L: Gather> Slave<L> {
    /// Takes over where another stands; corrections that still sound are left to its fade-out.
    pub(super) fn adopt(&mut self, old: &Slave<L>) {
        (self.master, self.moved) = (old.master, old.moved);
    }

    pub(super) fn reset(&mut self, lanes: u32) {
        for lane in (0..L::WIDTH).filter(|l| lanes & (1 << l) != 0) {
            self.master.set(lane, 0.0);
            self.moved.set(lane, 0.0);
        }
        self.tail.reset(lanes);
    }

    /// The value of the present frame; moves the phase on by `increment`.
    pub(super) fn frame<W: Wave>(
        &mut self,
        phase: &mut L::Bits,
        wave: &W,
        blep: &MinBlep,
        increment: L,
        width: L,
        master: L,
    ) -> L {
        let master = master.finite_or_zero();
        let width = width.clamp(0.0, 1.0);
        let mut y = L::splat(0.0);
        for lane in 0..L::WIDTH {
            let before = self.master.get(lane);
            let rise = (before <= 0.0 && master.get(lane) > 0.0)
                .then(|| master.get(lane) / (master.get(lane) - before).max(f32::MIN_POSITIVE));
            let mut one = One {
                tail: &mut self.tail,
                blep,
                wave,
                lane,
                width: width.get(lane),
                increment: increment.get(lane).abs(),
            };
            let (at, moved) = (phase.get(lane), self.moved.get(lane));
            let at = match rise {
                None => {
                    one.edges(at, moved, 0.0);
                    at
                }
                Some(ago) => one.restart(at, moved, ago.min(1.0)),
            };
            y.set(lane, one.naive(at));
            phase.set(lane, at);
        }
        self.master = master;
        self.moved = increment;
        *phase = phase.wrapping_add(increment.to_int());
        y + self.tail.frame()
    }
}

/// One lane at one frame.
struct One<'a, L, W> {
    tail: &'a mut Tail<L>,
    blep: &'a MinBlep,
    wave: &'a W,
    lane: usize,
    width: f32,
    increment: f32,
}

impl<L: Lane, W: Wave> One<'_, L, W> {
    fn naive(&self, phase: u32) -> f32 {
        self.wave.naive(phase, self.width, self.increment)
    }

    /// Corrects the jumps that the wave made on its way by `moved` to `at`, where it was `later` frames ago.
    fn edges(&mut self, at: u32, moved: f32, later: f32) {
        let forward = moved > 0.0;
        for (edge, height) in self.wave.edges(self.width) {
            let past = if forward { at.wrapping_sub(edge) } else { edge.wrapping_sub(at) };
            if height != 0.0 && (past as f32) < moved.abs() {
                // In frames: a whole frame's way is the increment, of which `moved` may be a part.
                let ago = later + past as f32 / moved.abs() * (1.0 - later);
                self.tail.jump(self.blep, self.lane, if forward { height } else { -height }, ago);
            }
        }
    }

    /// Starts the cycle anew `ago` frames before the present one, at which the phase would have been `at`.
    fn restart(&mut self, at: u32, moved: f32, ago: f32) -> u32 {
        let rest = (moved * ago) as i32;
        let left = at.wrapping_sub(rest as u32);
        self.edges(left, moved - rest as f32, ago);
        let step = self.naive(0) - self.naive(left);
        self.tail.jump(self.blep, self.lane, step, ago);
        // Jumps of the new cycle so soon after its start: the wave would have to be near Nyquist. Their sum counts.
        let start = rest as u32;
        for (edge, height) in self.wave.edges(self.width) {
            let past = if rest > 0 { start.wrapping_sub(edge) } else { edge.wrapping_sub(start) };
            if height != 0.0 && past < rest.unsigned_abs() {
                let height = if rest > 0 { height } else { -height };
                self.tail.jump(self.blep, self.lane, height, past as f32 / rest.unsigned_abs() as f32 * ago);
            }
        }
        start
    }
}
