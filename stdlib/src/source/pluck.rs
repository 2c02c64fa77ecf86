//! A plucked string.

use crate::drum::parts::limit;
use crate::drum::strike::{Edge, GATE, Gate, NOTES, Strike, VELOCITY};
use bf_dsp::noise::White;
use bf_dsp::string::Loop;
use bf_dsp::{GRID, math};
use bf_node::{
    Adopt, Event, EventBody, Io, LaneMask, MakeError, NodeChannels, NoteId, ParamSpec, PerLane, PortSpec, Processor,
    Setup, Status, node,
};

node! {
    /// A plucked string: guitar, harp, koto, clavinet.
    ///
    /// A burst of noise runs round a delay as long as one period, and the loop's filter takes the highs away as a
    /// string does. Notes pluck at their own pitch; triggers and rises of `gate` pluck at `freq`. A note that ends, or
    /// a gate that falls, mutes the string within `release`. One node is one string; put it into an instrument with
    /// `voices` for chords, with `gate`, `freq` and `velocity` from its `voice`.
    ///
    /// A damped string cannot ring on: `decay` holds up to some 500,000 periods at `damping` 0, 8,000 at 0.5 and 120
    /// at 1. Pitches end at a fifth of the sample rate.
    ///
    /// *Source:* K. Karplus and A. Strong, "Digital Synthesis of Plucked-String and Drum Timbres", and D. Jaffe and
    /// J. O. Smith, "Extensions of the Karplus-Strong Plucked-String Algorithm", both CMJ 7(2), 1983.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// tune = { type = "steps", steps = "c3 ~ g3 c4 ~ eb4 g3 ~" }
    /// string = { type = "pluck", decay = 3.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "string" = "tune"
    /// "out" = "string"
    /// ```
    pluck: Source,
    inputs { notes: NOTES, gate: GATE, velocity: VELOCITY },
    outputs { out: PortSpec::mono("out", "The string, peaks below 1.") },
    params {
        freq: ParamSpec::hz("freq", 220.0, 20.0, 8_000.0, "The pitch that triggers and the gate play.").smooth(),
        decay: ParamSpec::secs("decay", 4.0, 0.05, 30.0, "How long it rings: seconds to -60 dB at the fundamental."),
        damping: ParamSpec::unit_range("damping", 0.35, "How fast the highs die: 0 a steel string, 1 a muted one."),
        tone: ParamSpec::unit_range("tone", 0.6, "How hard the pick is: 0 a thumb, 1 a nail. Soft notes are duller too."),
        position: ParamSpec::number("position", 0.2, 0.02, 0.5, "Where it is plucked, as a part of its length: near 0 thin, 0.5 hollow."),
        release: ParamSpec::secs("release", 0.3, 0.01, 30.0, "Seconds to -60 dB once the note has ended."),
    },
    with { make: make, channels: NodeChannels::Fixed(1) }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| Ok(Pluck::new(setup, lane)))
}

const LOWEST_HZ: f32 = 20.0;
/// The string is at rest when it has stayed under this for a whole period: −100 dB.
const QUIET: f32 = 1e-5;

/// The pluck: noise, less the same noise from the bridge's side of the pick, which arrives later.
#[derive(Clone, Copy)]
struct Burst {
    near: White<f32>,
    far: White<f32>,
    /// Frames since the pluck.
    age: usize,
    len: usize,
    far_after: usize,
    pole: f32,
    level: f32,
    low: f32,
}

impl Burst {
    fn frame(&mut self) -> f32 {
        let mut x = 0.0;
        if self.age < self.len {
            x += self.near.frame();
        }
        if self.age >= self.far_after && self.age < self.len + self.far_after {
            x -= self.far.frame();
        }
        self.age += 1;
        self.low = x + (self.low - x) * self.pole;
        self.low * self.level
    }
    fn is_over(&self) -> bool {
        self.age > 2 * (self.len + self.far_after) + 256
    }
}

/// What the string's pitch follows.
#[derive(Clone, Copy, PartialEq)]
enum Pitch {
    Param,
    Note(f32, NoteId),
}

struct Pluck {
    sample_rate: f32,
    seed: u64,
    lane: u32,
    tuned: (f32, f32, f32),
    string: Loop,
    burst: Option<Burst>,
    pending: Option<Strike>,
    pitch: Pitch,
    gate: Gate,
    held: bool,
    strikes: u32,
    quiet: usize,
    rings: bool,
}

impl Pluck {
    fn new(setup: &Setup<'_>, lane: usize) -> Pluck {
        Pluck {
            sample_rate: setup.sample_rate,
            seed: setup.seed,
            lane: lane as u32,
            tuned: (0.0, 0.0, 0.0),
            string: Loop::new(setup.sample_rate / LOWEST_HZ),
            burst: None,
            pending: None,
            pitch: Pitch::Param,
            gate: Gate::default(),
            held: false,
            strikes: 0,
            quiet: 0,
            rings: false,
        }
    }

    fn rest(&mut self) {
        self.string.reset();
        (self.burst, self.rings) = (None, false);
    }

    fn tune(&mut self, io: &Io<'_>, hz: f32) {
        let hz = hz.max(LOWEST_HZ).min(self.sample_rate * 0.2);
        let secs = io.number(if self.held { par::decay } else { par::release });
        let wanted = (hz, secs.min(io.number(par::decay)), io.number(par::damping));
        if wanted != self.tuned {
            self.tuned = wanted;
            // The corner is a multiple of the pitch, so that high and low strings sound alike.
            let corner_hz = wanted.0 * 200.0 * math::pow(3.0 / 200.0, wanted.2);
            self.string.tune(wanted.0 / self.sample_rate, wanted.1 * self.sample_rate, corner_hz / self.sample_rate);
        }
    }

    fn strike(&mut self, io: &Io<'_>, strike: Strike, freq: f32) {
        self.pitch = match (strike.pitch, strike.id) {
            (Some(pitch), Some(id)) => Pitch::Note(math::pitch_to_hz(pitch), id),
            _ => Pitch::Param,
        };
        (self.held, self.rings, self.quiet) = (true, true, 0);
        self.tune(io, self.hz(freq));
        let period = self.sample_rate / self.tuned.0;
        let corner = 300.0 * math::exp2(6.0 * io.number(par::tone)) * (0.25 + 0.75 * strike.velocity);
        let pole = math::exp(-core::f32::consts::TAU * corner.min(0.45 * self.sample_rate) / self.sample_rate);
        // A low-pass passes (1 − pole) / (1 + pole) of the noise's power.
        let level = ((1.0 + pole) / (1.0 - pole)).sqrt().min(6.0);
        let noise = White::new(self.seed ^ u64::from(self.lane) << 40, 0x9_0000 + self.strikes);
        self.strikes = self.strikes.wrapping_add(1);
        self.burst = Some(Burst {
            near: noise,
            far: noise,
            age: 0,
            len: period as usize,
            far_after: (period * io.number(par::position)) as usize + 1,
            pole,
            level: 0.36 * level * strike.gain(),
            low: 0.0,
        });
    }

    fn hz(&self, freq: f32) -> f32 {
        match self.pitch {
            Pitch::Param => freq,
            Pitch::Note(hz, _) => hz,
        }
    }

    #[inline]
    fn frame(&mut self) -> f32 {
        let burst = self.burst.as_mut().map_or(0.0, Burst::frame);
        let y = self.string.frame(burst);
        self.quiet = if y.abs() < QUIET { self.quiet + 1 } else { 0 };
        limit(y)
    }
}

impl Processor for Pluck {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let (gate, velocity) = (io.input::<f32>(inp::gate, 0), io.input::<f32>(inp::velocity, 0));
        let freq = io.smooth::<f32>(par::freq);
        let (start, mut sounded) = (io.start(), false);
        for i in 0..io.frames() {
            match self.gate.frame(gate[i]) {
                Edge::Rises => self.pending = Strike::plain(velocity[i]).or(self.pending),
                Edge::Falls if self.pitch == Pitch::Param => self.held = false,
                _ => {}
            }
            if let Some(strike) = self.pending.take() {
                self.strike(io, strike, freq.at(i));
            }
            if self.rings && (start + i as u64).is_multiple_of(GRID as u64) {
                if self.burst.is_some_and(|b| b.is_over()) {
                    self.burst = None;
                }
                if self.burst.is_none() && self.quiet > self.string.period() + 4 {
                    self.rest();
                } else {
                    self.tune(io, self.hz(freq.at(i)));
                }
            }
            let y = if self.rings { self.frame() } else { 0.0 };
            sounded |= self.rings;
            io.output::<f32>(out::out, 0)[i] = y;
        }
        if sounded || !self.gate.is_low() { Status::Active } else { Status::Idle }
    }

    fn event(&mut self, _io: &mut Io<'_>, _input: usize, event: &Event) {
        match event.body {
            EventBody::NoteOff { id } => {
                if matches!(self.pitch, Pitch::Note(_, own) if own == id) {
                    self.held = false;
                }
                // A note of no length is heard, and muted at once.
            }
            _ => self.pending = Strike::of(&event.body).or(self.pending),
        }
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.rest();
        (self.pitch, self.gate, self.held) = (Pitch::Param, Gate::default(), false);
        (self.pending, self.strikes, self.quiet, self.tuned) = (None, 0, 0, (0.0, 0.0, 0.0));
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Self>() else { return Adopt::None };
        core::mem::swap(self, old);
        Adopt::Moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::check::{self, Spectrum};
    use bf_node::rig::Bench;
    use bf_node::{Controls, Note};

    fn note(pitch: f32, velocity: f32) -> EventBody {
        EventBody::NoteOn(Note { id: NoteId(1), pitch, velocity, controls: Controls::NONE })
    }

    fn play(pitch: f32, values: &[(&'static str, f32)], frames: usize) -> Vec<f32> {
        let mut rig = check::rig(&SPEC, values, &Bench::default());
        rig.event(0, "notes", note(pitch, 1.0));
        rig.run_output("out", 0, 0, frames)
    }

    /// The frequency near `hz` with the most energy, to a hundredth of a semitone.
    fn fundamental(y: &[f32], hz: f64) -> f64 {
        let energy = |hz: f64| {
            let n = y.len() as f64;
            let (mut re, mut im) = (0.0, 0.0);
            for (i, x) in y.iter().enumerate() {
                let (s, c) = (core::f64::consts::TAU * hz * i as f64 / 48_000.0).sin_cos();
                let w = 0.5 - 0.5 * (core::f64::consts::TAU * i as f64 / n).cos();
                (re, im) = (re + w * c * f64::from(*x), im + w * s * f64::from(*x));
            }
            re * re + im * im
        };
        let cents = |c: f64| hz * (c / 1_200.0).exp2();
        let best = |from: f64, step: f64| {
            (-10..=10)
                .map(|i| from + step * f64::from(i))
                .max_by(|a, b| energy(cents(*a)).total_cmp(&energy(cents(*b))))
                .expect("some")
        };
        let coarse = best(0.0, 3.0);
        best(coarse, 0.3)
    }

    #[test]
    fn in_tune_within_two_cents() {
        for pitch in [33.0, 45.3, 57.0, 69.0, 81.5, 93.0, 100.0] {
            let y = play(pitch, &[("damping", 0.2), ("decay", 20.0)], 16_000);
            let cents = fundamental(&y[4_800..], f64::from(math::pitch_to_hz(pitch)));
            assert!(cents.abs() < 2.0, "{pitch}: {cents} cents");
        }
    }

    #[test]
    fn rings_as_long_as_declared() {
        for (pitch, secs) in [(45.0, 1.0), (57.0, 2.0), (69.0, 1.0)] {
            let y = play(pitch, &[("decay", secs), ("damping", 0.1)], 72_000);
            let hz = math::pitch_to_hz(pitch);
            let level = |from: usize| Spectrum::of(&y[from..from + check::LEN]).level(hz);
            let db = 20.0 * (level(4_800) / level(4_800 + 36_000)).log10();
            let want = 60.0 * 0.75 / f64::from(secs);
            assert!((db / want - 1.0).abs() < 0.1, "{pitch}: {db} dB, not {want}");
        }
    }

    #[test]
    fn peaks_below_one_and_comes_to_rest() {
        for pitch in [28.0, 40.0, 64.0, 88.0] {
            for tone in [0.0, 0.6, 1.0] {
                let y = play(pitch, &[("tone", tone)], 12_000);
                let peak = y.iter().fold(0f32, |m, x| m.max(x.abs()));
                assert!((0.2..1.0).contains(&peak), "{pitch} {tone}: {peak}");
            }
        }
        let mut rig = check::rig(&SPEC, &[("release", 0.05)], &Bench::default());
        rig.event(0, "notes", note(60.0, 1.0));
        rig.event(100, "notes", EventBody::NoteOff { id: NoteId(1) });
        rig.run(16_000);
        assert_eq!(rig.status, Status::Idle);
        assert!(rig.run(64)[0].iter().all(|x| *x == 0.0));
    }

    #[test]
    fn a_gate_plucks_at_the_frequency_of_its_frame() {
        let bench = Bench { patched: Some(vec!["gate"]), lanes: 8, ..Bench::default() };
        let mut rig = check::rig(&SPEC, &[], &bench);
        // Both change off the grid, as a voice's do.
        rig.feed("gate", 0, |frame, _| if frame >= 21 { 1.0 } else { 0.0 });
        rig.drive("freq", |frame, lane| if frame >= 21 { 220.0 * (lane + 1) as f32 } else { 50.0 });
        let y = rig.run(18_000).swap_remove(0);
        for lane in 0..3 {
            let one: Vec<f32> = y.iter().skip(lane).step_by(8).copied().collect();
            let cents = fundamental(&one[6_000..], 220.0 * (lane + 1) as f64);
            assert!(cents.abs() < 2.0, "{cents}");
        }
    }

    #[test]
    fn cuts_change_nothing_and_reset_is_new() {
        let hear = |lanes, block, random_cuts| {
            let mut rig = check::rig(&SPEC, &[], &Bench { lanes, block, random_cuts, ..Bench::default() });
            rig.drive("damping", |frame, _| (frame % 4_000) as f32 / 4_000.0);
            for i in 0..5 {
                rig.event(37 + i * 701, "notes", note(50.0 + i as f32, 0.3 + 0.1 * i as f32));
                rig.event(437 + i * 701, "notes", EventBody::NoteOff { id: NoteId(1) });
            }
            rig.run(4_096).swap_remove(0)
        };
        let whole = hear(1, 256, None);
        check::same(&whole, &hear(1, 64, Some(11)), "cut");
        check::same(&whole, &hear(8, 64, None).iter().step_by(8).copied().collect::<Vec<_>>(), "lane 0");

        let mut rig = check::rig(&SPEC, &[], &Bench::default());
        rig.event(0, "notes", note(60.0, 1.0));
        let first = rig.run(640).swap_remove(0);
        rig.reset(1);
        rig.event(640, "notes", note(60.0, 1.0));
        check::same(&first, &rig.run(640)[0], "reset");
    }

    #[test]
    fn wild_values_stay_bounded() {
        let mut rig = check::rig(&SPEC, &[], &Bench { patched: Some(vec!["gate", "velocity"]), ..Bench::default() });
        let wild = [f32::NAN, f32::INFINITY, -1.0, 1e30, 0.0, 1e-40, 1.0];
        rig.feed("gate", 0, move |frame, _| wild[frame as usize / 5 % 7]);
        rig.feed("velocity", 0, move |frame, _| wild[frame as usize / 3 % 7]);
        rig.drive("freq", move |frame, _| wild[frame as usize / 11 % 7] * 300.0);
        rig.event(5, "notes", note(f32::NAN, 1.0));
        rig.event(900, "notes", note(1e9, 1.0));
        assert!(rig.run(4_000)[0].iter().all(|x| x.abs() <= 1.0));
    }
}
