//! The low-frequency oscillator.

use crate::filter::{same, take_over};
use bf_dsp::{GRID, Lane, LaneBits, rest};
use bf_node::{Adopt, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, Unit, lanes, node};
use bf_pattern::Transport;

node! {
    /// A slow wave from −1 to 1 that moves other things: vibrato, wobble, drift.
    ///
    /// Free, it runs at `rate`. With `synced` on, one cycle lasts `beats` and its place depends on the beat alone: it
    /// is always the same at the same bar, stops with the transport and follows every jump and change of tempo.
    ///
    /// `sine` and `triangle` start in the middle and go up, `ramp` rises and `saw` falls, `square` is up for `width`
    /// of its cycle. `random` takes a new value each cycle and `smooth` glides from value to value. `phase` moves it
    /// along by a part of a cycle. A note does not restart it; patch the gate to `reset` where it should.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// wobble = { type = "lfo", shape = "triangle", synced = true, beats = 2.0 }
    /// osc = { type = "saw", freq = 55.0 }
    /// filter = { type = "svf", cutoff = 500.0, resonance = 0.6 }
    /// level = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "filter" = "osc"
    /// "filter.cutoff" = { from = "wobble", amount = 2.0 }
    /// "level" = "filter"
    /// "out" = "level"
    /// ```
    lfo: Modulation,
    inputs { reset: PortSpec::signal("reset", "Starts the cycle anew when it rises above one half; not while synced.") },
    outputs { out: PortSpec::signal("out", "The wave, −1 to 1.") },
    params {
        rate: ParamSpec::hz("rate", 1.0, 0.01, 200.0, "Cycles a second, while not synced."),
        shape: ParamSpec::choice(
            "shape", 0, &["sine", "triangle", "saw", "ramp", "square", "random", "smooth"], "The form of the wave."
        ),
        phase: ParamSpec::unit_range("phase", 0.0, "How far along its cycle it is moved: 0.25 is a quarter."),
        synced: ParamSpec::switch("synced", false, "Follow the beat instead of the rate."),
        beats: ParamSpec::number("beats", 4.0, 0.0625, 64.0, "Beats in a cycle, while synced.").unit(Unit::Beats).log(),
        width: ParamSpec::number("width", 0.5, 0.01, 0.99, "The part of a cycle for which the square is up."),
    },
    with { free_running: true, make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Lfo))
}

/// Where the wave is: a cycle counted, and how far along.
#[derive(Clone, Copy)]
struct Place<L: Lane> {
    cycle: L::Bits,
    phase: L::Bits,
}

impl<L: Lane> Place<L> {
    fn start() -> Self {
        Place { cycle: L::Bits::splat(0), phase: L::Bits::splat(0) }
    }
    /// The place `step` of a cycle later; without `COUNT` the cycle stays.
    #[inline(always)]
    fn later<const COUNT: bool>(self, step: L::Bits) -> Self {
        let phase = self.phase.wrapping_add(step);
        if !COUNT {
            return Place { phase, ..self };
        }
        // The carry out of the top bit, without an unsigned comparison.
        let not_phase = phase ^ L::Bits::splat(u32::MAX);
        let carry = ((self.phase & step) | ((self.phase | step) & not_phase)).shr(31);
        Place { cycle: self.cycle.wrapping_add(carry), phase }
    }
    /// How far along, 0 to 1.
    #[inline(always)]
    fn fraction(self) -> L {
        self.phase.shr(8).signed_to_float() * L::splat(1.0 / 16_777_216.0)
    }
    /// Twice as far along, less where the first half is over: 0 to 1, then −1 to 0.
    #[inline(always)]
    fn signed(self) -> L {
        self.phase.signed_to_float() * L::splat(1.0 / 2_147_483_648.0)
    }
}

#[derive(Clone, Copy)]
struct State<L: Lane> {
    place: Place<L>,
    /// 1 where `reset` was high in the last frame.
    high: L,
}

struct Lfo<L: Lane> {
    sample_rate: f32,
    seeds: Vec<L::Bits>,
    channels: Vec<State<L>>,
    /// `phase` as last read, and as a phase.
    moved: rest::Watch<L, 1>,
    offset: L::Bits,
}

/// The part of a cycle as a phase.
fn phase_of<L: Lane>(part: L) -> L::Bits {
    L::Bits::from_fn(|lane| (f64::from(part.get(lane)) * CYCLE) as i64 as u32)
}

/// What the wave is made from.
#[derive(Clone, Copy)]
struct Form<L: Lane> {
    seed: L::Bits,
    width: L,
}

/// The sine of a triangle of −1 to 1, whose corners become its rounded tops.
#[inline(always)]
fn sine<L: Lane>(form: Form<L>, at: Place<L>) -> L {
    let z = triangle(form, at);
    let z2 = z * z;
    // Least-squares fit of sin(πz / 2) on Chebyshev points of [−1, 1]: error under 5e-7.
    let p = z2.mul_add(L::splat(1.508_171_6e-4), L::splat(-4.672_220_4e-3));
    let p = p.mul_add(z2, L::splat(7.968_847_5e-2));
    let p = p.mul_add(z2, L::splat(-6.459_633_8e-1));
    p.mul_add(z2, L::splat(1.570_796_25)) * z
}
#[inline(always)]
fn triangle<L: Lane>(_: Form<L>, at: Place<L>) -> L {
    let ahead = Place::<L> { phase: at.phase.wrapping_add(L::Bits::splat(1 << 30)), ..at };
    ahead.signed().abs().mul_add(L::splat(2.0), L::splat(-1.0))
}
#[inline(always)]
fn saw<L: Lane>(form: Form<L>, at: Place<L>) -> L {
    -ramp(form, at)
}
#[inline(always)]
fn ramp<L: Lane>(_: Form<L>, at: Place<L>) -> L {
    Place::<L> { phase: at.phase ^ L::Bits::splat(1 << 31), ..at }.signed()
}
#[inline(always)]
fn square<L: Lane>(form: Form<L>, at: Place<L>) -> L {
    L::select(at.fraction().lt(form.width), L::splat(1.0), L::splat(-1.0))
}
#[inline(always)]
fn steps<L: Lane>(form: Form<L>, at: Place<L>) -> L {
    super::random(at.cycle.wrapping_add(form.seed))
}
#[inline(always)]
fn smooth<L: Lane>(form: Form<L>, at: Place<L>) -> L {
    let n = at.cycle.wrapping_add(form.seed);
    let (a, b) = (super::random::<L>(n), super::random::<L>(n.wrapping_add(L::Bits::splat(1))));
    let t = at.fraction();
    (b - a).mul_add(t * t * (L::splat(3.0) - t - t), a)
}

impl<L: Lane> Lfo<L> {
    fn new(setup: &Setup<'_>) -> Self {
        Lfo {
            sample_rate: setup.sample_rate,
            seeds: (0..setup.channels).map(|channel| super::seeds::<L>(setup.seed, channel)).collect(),
            channels: vec![State { place: Place::start(), high: L::splat(0.0) }; setup.channels],
            moved: rest::Watch::default(),
            offset: L::Bits::splat(0),
        }
    }

    /// Runs one channel over the piece. `COUNT`: the shape asks which cycle it is.
    #[inline(always)]
    fn run<const COUNT: bool>(&mut self, io: &mut Io<'_>, channel: usize, shape: impl Fn(Form<L>, Place<L>) -> L) {
        let form = Form { seed: self.seeds[channel], width: io.steady(par::width) };
        let phase = io.steady::<L>(par::phase);
        if self.moved.changed([phase]) {
            self.offset = phase_of(phase);
        }
        let offset = self.offset;
        let (start, synced) = (io.start(), io.switch(par::synced));
        let beats = io.steady::<L>(par::beats);
        let cycles = io.steady::<L>(par::rate).clamp(0.0, 0.25 * self.sample_rate) * L::splat(1.0 / self.sample_rate);
        let mut step = (cycles * L::splat(4_294_967_296.0)).round().to_int();
        let mut state = self.channels[channel];
        let reset = (io.patched(inp::reset) && !synced).then(|| io.input::<L>(inp::reset, channel));
        let transport = io.transport();
        let grid_only = io.output_grid_only(out::out);
        let y = io.output::<L>(out::out, channel);
        let mut at = 0;
        while at < y.len() {
            let past = ((start + at as u64) % GRID as u64) as usize;
            let end = if synced { (at + GRID - past).min(y.len()) } else { y.len() };
            if synced {
                (state.place, step) = place_of_beat::<L>(transport, start + at as u64 - past as u64, beats);
                for _ in 0..past {
                    state.place = state.place.later::<true>(step);
                }
            }
            match reset {
                None if grid_only => {
                    while at < end {
                        y[at] = shape(form, state.place.later::<COUNT>(offset));
                        let next = end.min(at + GRID - ((start + at as u64) % GRID as u64) as usize);
                        for _ in at..next {
                            state.place = state.place.later::<COUNT>(step);
                        }
                        at = next;
                    }
                }
                None => {
                    for y in &mut y[at..end] {
                        *y = shape(form, state.place.later::<COUNT>(offset));
                        state.place = state.place.later::<COUNT>(step);
                    }
                }
                Some(reset) => {
                    for (y, reset) in y[at..end].iter_mut().zip(&reset[at..end]) {
                        state.restart(*reset);
                        *y = shape(form, state.place.later::<COUNT>(offset));
                        state.place = state.place.later::<COUNT>(step);
                    }
                }
            }
            at = end;
        }
        self.channels[channel] = state;
    }
}

impl<L: Lane> State<L> {
    /// Starts the cycle anew where `reset` rises.
    #[inline(always)]
    fn restart(&mut self, reset: L) {
        let high = reset.gt(L::splat(0.5));
        let edge = high & self.high.lt(L::splat(0.5));
        self.high = L::select(high, L::splat(1.0), L::splat(0.0));
        let next = self.place.cycle.wrapping_add(L::Bits::splat(1));
        self.place.phase = L::Bits::select(edge, L::Bits::splat(0), self.place.phase);
        self.place.cycle = L::Bits::select(edge, next, self.place.cycle);
    }
}

/// The place in the wave at a frame, and the step from frame to frame, as the transport stands.
fn place_of_beat<L: Lane>(transport: &Transport, frame: u64, beats: L) -> (Place<L>, L::Bits) {
    let beat = transport.beat_at(frame);
    let per_frame = if transport.playing { 1.0 / transport.frames_per_beat() } else { 0.0 };
    let first = L::splat(beats.get(0));
    // Most often all lanes agree, and the divisions below are done once.
    let alike = !L::any(beats.lt(first) | beats.gt(first));
    let (mut cycle, mut phase, mut step) = (L::Bits::splat(0), L::Bits::splat(0), L::Bits::splat(0));
    for lane in 0..if alike { 1 } else { L::WIDTH } {
        let length = f64::from(beats.get(lane).max(1.0e-3));
        let cycles = beat / length;
        let whole = cycles.floor();
        cycle.set(lane, whole as i64 as u32);
        phase.set(lane, ((cycles - whole) * CYCLE) as i64 as u32);
        step.set(lane, (per_frame / length * CYCLE).round() as i64 as u32);
    }
    if alike {
        [cycle, phase, step] = [cycle, phase, step].map(|x| L::Bits::splat(x.get(0)));
    }
    (Place { cycle, phase }, step)
}

/// The steps of a phase.
const CYCLE: f64 = 4_294_967_296.0;

impl<L: Lane> Processor for Lfo<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        for channel in 0..self.channels.len() {
            match io.index(par::shape) {
                0 => self.run::<false>(io, channel, sine),
                1 => self.run::<false>(io, channel, triangle),
                2 => self.run::<false>(io, channel, saw),
                3 => self.run::<false>(io, channel, ramp),
                4 => self.run::<false>(io, channel, square),
                5 => self.run::<true>(io, channel, steps),
                _ => self.run::<true>(io, channel, smooth),
            }
        }
        Status::Active
    }

    fn reset(&mut self, lanes: LaneMask) {
        let mask = L::mask_from_bits(lanes);
        for state in &mut self.channels {
            state.place.phase = L::Bits::select(mask, L::Bits::splat(0), state.place.phase);
            state.place.cycle = L::Bits::select(mask, L::Bits::splat(0), state.place.cycle);
            state.high = rest::clear(state.high, lanes);
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = same::<Self>(old) else { return Adopt::None };
        if self.seeds.len() == old.seeds.len() {
            self.seeds.copy_from_slice(&old.seeds);
        }
        take_over(&mut self.channels, &old.channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::*;
    use bf_node::Value;
    use bf_pattern::{Ratio, Tempo};

    fn wave(values: Values<'_>, frames: usize) -> Vec<f32> {
        rig(&SPEC, values).run_output("out", 0, 0, frames)
    }

    fn of(shape: &'static str) -> Vec<(&'static str, Value)> {
        vec![("shape", shape.into()), ("rate", 10.0.into())]
    }

    /// A cycle is 4,800 frames.
    #[test]
    fn each_shape_passes_its_landmarks() {
        for (shape, landmarks) in [
            ("sine", [(0, 0.0), (1200, 1.0), (2400, 0.0), (3600, -1.0), (400, 0.5)]),
            ("triangle", [(0, 0.0), (1200, 1.0), (2400, 0.0), (3600, -1.0), (600, 0.5)]),
            ("saw", [(0, 1.0), (1200, 0.5), (2400, 0.0), (3600, -0.5), (4799, -1.0)]),
            ("ramp", [(0, -1.0), (1200, -0.5), (2400, 0.0), (3600, 0.5), (4799, 1.0)]),
            ("square", [(0, 1.0), (2390, 1.0), (2410, -1.0), (4790, -1.0), (4810, 1.0)]),
        ] {
            let y = wave(&of(shape), 4900);
            for (frame, want) in landmarks {
                assert!((y[frame] - want).abs() < 0.001, "{shape} at {frame}: {}", y[frame]);
            }
            assert!(peak(&y) <= 1.0);
        }
    }

    #[test]
    fn the_rate_is_right_and_does_not_drift() {
        let y = wave(&[("rate", 3.7.into())], 480_000);
        let rising = y.windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count();
        assert_eq!(rising, 36);
        assert!((pitch_of(&y) - 3.7).abs() < 1e-4);
    }

    #[test]
    fn random_values_are_even_held_for_a_cycle_and_smooth_passes_through_them() {
        let values = |shape: &'static str| [("shape", Value::from(shape)), ("rate", 100.0.into())];
        let (steps, glide) = (wave(&values("random"), 480_000), wave(&values("smooth"), 480_000));
        let mean = steps.iter().sum::<f32>() / 480_000.0;
        let power = steps.iter().map(|x| x * x).sum::<f32>() / 480_000.0;
        assert!(mean.abs() < 0.06 && (power - 1.0 / 3.0).abs() < 0.04, "{mean} {power}");
        let changes = steps.windows(2).filter(|w| w[0] != w[1]).count();
        assert!((998..=1000).contains(&changes), "{changes}");
        assert!(glide.windows(2).all(|w| (w[1] - w[0]).abs() < 0.007));
        assert!((0..990).all(|n| (glide[n * 480 + 2] - steps[n * 480 + 2]).abs() < 0.001));
    }

    #[test]
    fn synced_it_depends_on_the_beat_alone() {
        let values = [("shape", "ramp".into()), ("synced", true.into()), ("beats", 3.0.into())];
        let mut rig = rig(&SPEC, &values);
        let check = |y: &[f32], beat: f64, bpm: f64| {
            for (i, y) in y.iter().enumerate() {
                let at = (beat + i as f64 * bpm / 60.0 / 48_000.0) / 3.0;
                let want = 2.0 * (at - at.floor()) - 1.0;
                let error = (f64::from(*y) - want).abs();
                assert!(!(1e-5..1.999).contains(&error), "frame {i}: {y} {want}");
            }
        };
        check(&rig.run_output("out", 0, 0, 48_000), 0.0, 120.0);
        rig.transport = rig.transport.with_tempo(rig.frame(), Tempo::from_bpm(93.7));
        check(&rig.run_output("out", 0, 0, 48_000), 2.0, 93.7);
        rig.seek(Ratio::new(7, 2));
        check(&rig.run_output("out", 0, 0, 10_000), 3.5, 93.7);
        rig.seek(Ratio::int(6));
        rig.transport = rig.transport.stop(rig.frame());
        assert!(rig.run_output("out", 0, 0, 500).iter().all(|y| *y == -1.0));
    }

    #[test]
    fn a_phase_moves_it_along_and_a_reset_starts_it_anew() {
        let mut values = of("sine");
        values.push(("phase", 0.25.into()));
        let y = wave(&values, 2401);
        assert!((y[0] - 1.0).abs() < 1e-5 && (y[2400] + 1.0).abs() < 1e-3);
        let mut rig = rig(&SPEC, &of("ramp"));
        rig.feed("reset", 0, |f, _| f32::from(f >= 1000));
        let y = rig.run_output("out", 0, 0, 3000);
        assert!(y[999] > -0.6 && y[1000] == -1.0 && y[2999] > -0.2);
    }

    #[test]
    fn voices_draw_their_own_random_values() {
        let bench = bf_node::rig::Bench { lanes: 8, values: of("random"), ..Default::default() };
        let mut rig = bf_node::rig::Rig::new(&SPEC, &bench).expect("a rig");
        let y = rig.run(64).remove(0);
        assert!((1..8).all(|lane| y[lane] != y[0]));
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        for shape in ["sine", "triangle", "saw", "ramp", "square", "random", "smooth"] {
            keeps_every_bit(&SPEC, &[("shape", shape.into()), ("rate", 150.0.into())], |rig| {
                rig.feed("reset", 0, |f, _| f32::from(f % 777 > 500));
            });
            let synced = [("shape", shape.into()), ("synced", true.into()), ("beats", 0.0625.into())];
            keeps_every_bit(&SPEC, &synced, |rig| rig.drive("phase", |f, l| noise(f, l).abs()));
        }
    }
}
