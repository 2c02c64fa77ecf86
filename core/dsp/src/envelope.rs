//! Envelopes of exponential segments, as a capacitor charges, without a branch in any lane.

use crate::{Lane, rest};

/// How far beyond the peak an attack aims: what makes its curve bulge and lets it arrive.
const OVERSHOOT: f32 = 0.3;
/// How far beyond their goal the falling segments aim (−60 dB), so that they arrive.
const UNDERSHOOT: f32 = 0.001;
/// Time constants to the peak: ln((1 + OVERSHOOT) / OVERSHOOT).
const ATTACK_SPANS: f32 = 1.466_337;
/// Time constants from 1 to 0: ln((1 + UNDERSHOOT) / UNDERSHOOT).
const FALL_SPANS: f32 = 6.908_755;

/// Frames that are tried at once for the short way. No bit depends on it.
const STRETCH: usize = 16;

/// How far a one-pole goes in one frame, of the way that is left: `1 - exp(-spans / (secs × sample_rate))`.
#[inline(always)]
pub fn rate<L: Lane>(secs: L, spans: f32, sample_rate: f32) -> L {
    let one = L::splat(1.0);
    // At most two time constants a frame: there the approximant is still exact to 3e-4.
    let y = (L::splat(spans / sample_rate) / secs.max(L::splat(1.0e-6))).min(L::splat(2.0));
    let y2 = y * y;
    // y / (1 - exp(-y)) = 1 + y/2 + y²/12 - y⁴/720 + y⁶/30240 - …, which loses nothing where y is tiny.
    let even = y2 * (L::splat(1.0 / 12.0) - y2 * (L::splat(1.0 / 720.0) - y2 * L::splat(1.0 / 30_240.0)));
    y / (one + y * L::splat(0.5) + even)
}

/// What each segment keeps of its way in a frame (one less its rate), and where the decay ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Segments<L> {
    attack: L,
    decay: L,
    sustain: L,
    release: L,
}

impl<L: Lane> Segments<L> {
    /// Attack, decay and release in seconds from 0 to 1 and from 1 to 0, and the sustain level from 0 to 1.
    pub fn new(attack: L, decay: L, sustain: L, release: L, sample_rate: f32) -> Segments<L> {
        let keep = |secs: L, spans: f32| L::splat(1.0) - rate(secs, spans, sample_rate);
        Segments {
            attack: keep(attack, ATTACK_SPANS),
            decay: keep(decay, FALL_SPANS),
            sustain: sustain.clamp(0.0, 1.0),
            release: keep(release, FALL_SPANS),
        }
    }
}

/// How a stretch went.
enum Way {
    /// No lane changed its stage.
    Short,
    /// No lane changed anything.
    Still,
    /// So many frames; then a lane was at its peak.
    Arrived(usize),
}

struct Aims<L> {
    goal: L,
    keep: L,
    up: L,
    down: L,
}

/// The state of one channel.
///
/// *Source*: segments that aim beyond their goal, after the timing capacitors of analogue envelopes.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<L> {
    level: L,
    peak: L,
    /// 1 where the gate was high in the last frame.
    gate: L,
    /// Lanes in their attack, lanes that a strike without a gate keeps open until their peak, lanes held open.
    rising: u32,
    once: u32,
    held: u32,
}

impl<L: Lane> Default for Envelope<L> {
    fn default() -> Self {
        let zero = L::splat(0.0);
        Envelope { level: zero, peak: L::splat(1.0), gate: zero, rising: 0, once: 0, held: 0 }
    }
}

impl<L: Lane> Envelope<L> {
    /// Begins the attack in every lane and keeps the gate open until [`Envelope::let_go`].
    pub fn hold(&mut self, peak: f32) {
        self.gate = L::splat(0.0);
        self.peak = L::splat(peak.clamp(0.0, 1.0));
        self.held = rest::all_lanes::<L>();
    }
    /// Begins the attack in every lane; what follows the peak is up to the gate.
    pub fn strike(&mut self, peak: f32) {
        self.gate = L::splat(0.0);
        self.peak = L::splat(peak.clamp(0.0, 1.0));
        self.rising = rest::all_lanes::<L>();
        self.once = rest::all_lanes::<L>();
    }
    /// Ends what [`Envelope::hold`] began.
    pub fn let_go(&mut self) {
        self.held = 0;
    }
    /// Whether nothing sounds or will sound as long as the gate stays low.
    #[inline(always)]
    pub fn at_rest(&self) -> bool {
        self.held | self.once | self.rising == 0 && rest::is_zero(self.level)
    }
    /// What a piece with a low gate leaves of an envelope at rest.
    #[inline(always)]
    pub fn stay_at_rest(&mut self) {
        self.gate = L::splat(0.0);
    }
    /// Puts lanes into the state of a new envelope.
    pub fn clear(&mut self, lanes: u32) {
        self.level = rest::clear(self.level, lanes);
        self.gate = rest::clear(self.gate, lanes);
        self.peak = L::select(L::mask_from_bits(lanes), L::splat(1.0), self.peak);
        self.rising &= !lanes;
        self.once &= !lanes;
        self.held &= !lanes;
    }

    /// Follows a gate, which is high above one half. Where `peaks` is there, its value when the gate rises is the peak.
    #[inline(always)]
    pub fn run(&mut self, segments: &Segments<L>, gate: &[L], peaks: Option<&[L]>, out: &mut [L]) {
        self.stretches::<false>(segments, gate, peaks, out);
    }

    /// The same with a gate of which every frame equals the first: there is less to look at.
    #[inline(always)]
    pub fn run_constant(&mut self, segments: &Segments<L>, gate: &[L], peaks: Option<&[L]>, out: &mut [L]) {
        self.stretches::<true>(segments, gate, peaks, out);
    }

    #[inline(always)]
    fn stretches<const CONSTANT: bool>(
        &mut self,
        segments: &Segments<L>,
        gate: &[L],
        peaks: Option<&[L]>,
        out: &mut [L],
    ) {
        let mut at = 0;
        while at < out.len() {
            let most = out.len().min(at + STRETCH);
            let now = if CONSTANT { 0 } else { at };
            let stays = if CONSTANT { self.stays(&gate[..1]) * (most - at) } else { self.stays(&gate[at..most]) };
            if stays == 0 {
                out[at] = self.turn(segments, gate[now], peaks.map(|peaks| peaks[at]));
                at += 1;
                continue;
            }
            match self.glide(segments, &mut out[at..at + stays]) {
                Way::Short => at += stays,
                // What nothing moves now, nothing moves later.
                Way::Still if CONSTANT => {
                    out[at + stays..].fill(self.level);
                    return;
                }
                Way::Still => at += stays,
                Way::Arrived(frames) => at += frames,
            }
        }
    }

    /// For how many frames no gate rises or falls; none where a strike without a gate keeps one open.
    #[inline(always)]
    fn stays(&self, gate: &[L]) -> usize {
        if self.once != 0 {
            return 0;
        }
        let (half, held) = (L::splat(0.5), L::mask_from_bits(self.held));
        let high = L::mask_bits(self.gate.gt(half));
        gate.iter().position(|gate| L::mask_bits(gate.gt(half) | held) != high).unwrap_or(gate.len())
    }

    /// What the lanes make for now: a goal, what they keep of their way in a frame, and what pushes them towards
    /// a point beyond the goal, from below and from above.
    ///
    /// A frame is then `level * keep + push`: four cycles, against seven for `level + (aim - level) * rate`.
    #[inline(always)]
    fn aims(s: &Segments<L>, high: L::Mask, rising: L::Mask, peak: L) -> Aims<L> {
        let goal = L::select(rising, peak, L::select(high, s.sustain * peak, L::splat(0.0)));
        let beyond = L::select(rising, L::splat(OVERSHOOT), L::splat(UNDERSHOOT)) * peak;
        let keep = L::select(rising, s.attack, L::select(high, s.decay, s.release));
        // Exact, so that what is kept and what is added are parts of one whole.
        let rate = L::splat(1.0) - keep;
        Aims { goal, keep, up: (goal + beyond) * rate, down: (goal - beyond) * rate }
    }

    /// A stretch over which gates stay, up to where a lane arrives at its peak: it goes on with its decay then.
    #[inline(always)]
    fn glide(&mut self, segments: &Segments<L>, out: &mut [L]) -> Way {
        let high = self.gate.gt(L::splat(0.5));
        let rising = L::mask_from_bits(self.rising);
        let Aims { goal, keep, up, down } = Self::aims(segments, high, rising, self.peak);
        let falling = self.level.gt(goal);
        let push = L::select(falling, down, up);
        let (floor, ceiling) = (L::splat(f32::NEG_INFINITY), L::splat(f32::INFINITY));
        let (floor, ceiling) = (L::select(falling, goal, floor), L::select(falling, ceiling, goal));
        let next = |level: L| level.mul_add(keep, push).max(floor).min(ceiling);
        let mut level = next(self.level);
        let moves = L::any(level.lt(self.level) | level.gt(self.level));
        if moves {
            if let [first, rest @ ..] = out {
                *first = level;
                for out in rest {
                    level = next(level);
                    *out = level;
                }
            }
        } else {
            // Where a frame changes nothing, none of the next does: held, or come to nothing.
            out.fill(level);
        }
        let climbing = |level: L| L::mask_bits(rising & level.lt(self.peak));
        if climbing(level) != self.rising
            && let Some(at) = out.iter().position(|level| climbing(*level) != self.rising)
        {
            let left = climbing(out[at]);
            (self.level, self.rising) = (out[at], left);
            return Way::Arrived(at + 1);
        }
        self.level = level;
        if moves { Way::Short } else { Way::Still }
    }

    /// A frame in which gates may rise and fall, and a strike without a gate may end.
    #[inline(always)]
    fn turn(&mut self, segments: &Segments<L>, gate: L, peak: Option<L>) -> L {
        let half = L::splat(0.5);
        let (rising, once) = (L::mask_from_bits(self.rising), L::mask_from_bits(self.once));
        let high = gate.gt(half) | L::mask_from_bits(self.held) | (once & rising);
        let edge = high & self.gate.lt(half);
        if let Some(peak) = peak {
            self.peak = L::select(edge, peak.clamp(0.0, 1.0), self.peak);
        }
        let rising = high & (edge | rising);
        let aims = Self::aims(segments, high, rising, self.peak);
        let from_below = self.level.mul_add(aims.keep, aims.up).min(aims.goal);
        let from_above = self.level.mul_add(aims.keep, aims.down).max(aims.goal);
        self.level = L::select(self.level.gt(aims.goal), from_above, from_below);
        let rising = rising & self.level.lt(self.peak);
        self.gate = L::select(high, L::splat(1.0), L::splat(0.0));
        (self.rising, self.once) = (L::mask_bits(rising), L::mask_bits(once & rising));
        self.level
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Wide, f32x8};

    #[test]
    fn rates_are_exact_for_short_and_long_times() {
        for secs in [1e-5f32, 1e-3, 0.1, 20.0] {
            let want = -(-6.9 / (f64::from(secs) * 48_000.0)).max(-2.0).exp_m1();
            assert!((f64::from(rate(secs, 6.9, 48_000.0)) / want - 1.0).abs() < 3e-4, "{secs}");
        }
    }

    #[test]
    fn every_lane_keeps_its_own_stage() {
        let segments =
            |s: f32| Segments::new(Wide::splat(0.001), Wide::splat(0.01), Wide::splat(s), Wide::splat(0.02), 48_000.0);
        let gate = |i: usize, lane: usize| f32::from((i / 100).is_multiple_of(lane + 2));
        let wide: Vec<Wide> = (0..3000).map(|i| Wide::from_fn(|lane| gate(i, lane))).collect();
        let mut out = vec![Wide::default(); 3000];
        Envelope::default().run(&segments(0.5), &wide, None, &mut out);
        for lane in [0, 7, 8, 15] {
            let one: Vec<f32> = (0..3000).map(|i| gate(i, lane)).collect();
            let mut alone = vec![0.0f32; 3000];
            let s = Segments::new(0.001f32, 0.01, 0.5, 0.02, 48_000.0);
            Envelope::default().run(&s, &one, None, &mut alone);
            assert!(alone.iter().zip(&out).all(|(a, b)| a.to_bits() == b.get(lane).to_bits()), "lane {lane}");
        }
    }

    #[test]
    fn clearing_touches_the_named_lanes_only() {
        let mut envelope = Envelope::<f32x8>::default();
        envelope.hold(1.0);
        let s = Segments::new(f32x8::splat(0.001), f32x8::splat(0.1), f32x8::splat(0.5), f32x8::splat(0.1), 48_000.0);
        let (gate, mut out) = ([f32x8::splat(0.0); 64], [f32x8::splat(0.0); 64]);
        envelope.run(&s, &gate, None, &mut out);
        envelope.clear(1);
        envelope.run(&s, &gate, None, &mut out);
        assert_eq!(out[63].get(0), 0.0);
        assert!(out[63].get(1) > 0.5);
    }

    #[test]
    fn a_gate_that_is_known_to_stay_gives_the_bits_of_one_that_is_looked_at() {
        let s = Segments::new(Wide::splat(0.002), Wide::splat(0.01), Wide::splat(0.6), Wide::splat(0.02), 48_000.0);
        let (mut known, mut seen) = (Envelope::default(), Envelope::default());
        let (mut out, mut want) = (vec![Wide::default(); 64], vec![Wide::default(); 64]);
        for block in 0..100 {
            let gate = vec![Wide::from_fn(|lane| f32::from(block >= lane && block < 40 + lane)); 64];
            known.run_constant(&s, &gate, None, &mut out);
            // One frame at a time there is no stretch to take in one.
            for (gate, want) in gate.chunks(1).zip(want.chunks_mut(1)) {
                seen.run(&s, gate, None, want);
            }
            for (x, y) in out.iter().zip(&want) {
                assert!((0..16).all(|lane| x.get(lane).to_bits() == y.get(lane).to_bits()), "block {block}");
            }
        }
        assert_eq!(out[63], Wide::default());
    }
}
