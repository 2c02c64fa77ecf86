//! The filters of the audio EQ cookbook.

use crate::filter::{same, take_over};
use bf_dsp::biquad::{BLOCK, BiquadLane, Memory, Section};
use bf_dsp::rbj::{Shape, design};
use bf_dsp::rest::Watch;
use bf_node::{Adopt, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, Unit, lanes, node};
use core::ops::Range;

node! {
    /// One band of an equaliser: every kind of the audio EQ cookbook.
    ///
    /// `q` sets how narrow the band or how sharp the corner is; 0.707 is flat. `gain_db` counts for `peaking`,
    /// `lowshelf` and `highshelf`. `bandpass` has 0 dB at its centre, `bandpass_skirt` the gain Q.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// noise = { type = "pink" }
    /// eq = { type = "biquad", kind = "peaking", cutoff = 2500.0, q = 4.0, gain_db = 9.0 }
    /// level = { type = "gain", gain = 0.2 }
    /// out = { type = "output" }
    /// [cables]
    /// "eq" = "noise"
    /// "level" = "eq"
    /// "out" = "level"
    /// ```
    ///
    /// *Source*: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients" (W3C Note, 2021),
    /// realised on the state of a trapezoidal state-variable filter.
    biquad: Filter,
    inputs { input: PortSpec::signal("input", "What is filtered.") },
    outputs { out: PortSpec::signal("out", "The result.") },
    params {
        cutoff: ParamSpec::hz("cutoff", 1000.0, 20.0, 20_000.0, "The corner, or the centre of the band."),
        q: ParamSpec::number("q", 0.707, 0.1, 40.0, "How narrow or sharp: cutoff over bandwidth.").log(),
        gain_db: ParamSpec::number("gain_db", 0.0, -48.0, 48.0, "How much peaking and shelves lift.").unit(Unit::Db),
        kind: ParamSpec::choice("kind", 0, &Shape::NAMES, "Which filter of the cookbook."),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Biquad))
}

struct Biquad<L> {
    sample_rate: f32,
    watch: Watch<L, 4>,
    section: Section<L>,
    channels: Vec<Memory<L>>,
}

impl<L: BiquadLane> Biquad<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let [cutoff, q] = [1000.0, 0.707].map(L::splat);
        Biquad {
            sample_rate: setup.sample_rate,
            watch: Watch::default(),
            section: Section::new(&design(Shape::Lowpass, cutoff, q, L::splat(0.0), setup.sample_rate)),
            channels: vec![Memory::default(); setup.channels],
        }
    }

    /// Computes the coefficients anew, for the frames from an eight's start on.
    ///
    /// An eight that has begun ends on the old ones, here; returns how far the piece is done.
    #[inline(never)]
    fn retune(&mut self, io: &mut Io<'_>, wanted: [L; 4]) -> (usize, bool) {
        let left = (BLOCK - (io.start() % BLOCK as u64) as usize) % BLOCK;
        let (mut head, mut sounds) = (0, false);
        if left > 0 && !self.watch.is_new() {
            head = left.min(io.frames());
            sounds = self.run(io, 0..head);
            if head < left {
                return (head, sounds);
            }
        }
        let [cutoff, q, gain_db, kind] = wanted;
        let shape = Shape::ALL[((kind.get(0) + 0.5) as usize).min(Shape::ALL.len() - 1)];
        self.section = Section::new(&design(shape, cutoff, q, gain_db, self.sample_rate));
        self.watch.keep(wanted);
        (head, sounds)
    }

    /// Filters some frames of the piece; whether anything sounds.
    fn run(&mut self, io: &mut Io<'_>, span: Range<usize>) -> bool {
        let start = io.start() + span.start as u64;
        let mut sounds = false;
        for (channel, memory) in self.channels.iter_mut().enumerate() {
            let silent = io.input_silent(inp::input, channel);
            let x = io.input::<L>(inp::input, channel);
            let y = &mut io.output::<L>(out::out, channel)[span.clone()];
            if silent && memory.is_zero() {
                y.fill(L::splat(0.0));
                continue;
            }
            sounds = true;
            memory.process(&self.section, start, &x[span.clone()], y);
        }
        sounds
    }
}

impl<L: BiquadLane> Processor for Biquad<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let wanted = [
            io.steady::<L>(par::cutoff),
            io.steady::<L>(par::q),
            io.steady::<L>(par::gain_db),
            L::splat(io.number(par::kind)),
        ];
        let (head, sounded) = if self.watch.differs(&wanted) { self.retune(io, wanted) } else { (0, false) };
        let sounds = self.run(io, head..io.frames());
        if sounded || sounds { Status::Active } else { Status::Idle }
    }

    fn reset(&mut self, lanes: LaneMask) {
        for memory in &mut self.channels {
            memory.clear(lanes);
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = same::<Self>(old) else { return Adopt::None };
        // An eight that has begun ends on what it began on.
        (self.watch, self.section) = (old.watch, old.section);
        take_over(&mut self.channels, &old.channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::*;
    use bf_node::Value;

    /// |H| in dB of the analogue prototype, with s in units of the cutoff.
    fn analogue(shape: Shape, w: f64, q: f64, db: f64) -> f64 {
        let a = 10f64.powf(db / 40.0);
        let w2 = w * w;
        // Numerator and denominator as (real, imaginary).
        let plain = (1.0 - w2, w / q);
        let (n, d) = match shape {
            Shape::Lowpass => ((1.0, 0.0), plain),
            Shape::Highpass => ((-w2, 0.0), plain),
            Shape::Bandpass => ((0.0, w / q), plain),
            Shape::BandpassSkirt => ((0.0, w), plain),
            Shape::Notch => ((1.0 - w2, 0.0), plain),
            Shape::Allpass => ((1.0 - w2, -w / q), plain),
            Shape::Peaking => ((1.0 - w2, w * a / q), (1.0 - w2, w / (a * q))),
            Shape::Lowshelf => ((a * (a - w2), a * a.sqrt() * w / q), (1.0 - a * w2, a.sqrt() * w / q)),
            Shape::Highshelf => ((a * (1.0 - a * w2), a * a.sqrt() * w / q), (a - w2, a.sqrt() * w / q)),
        };
        10.0 * ((n.0 * n.0 + n.1 * n.1) / (d.0 * d.0 + d.1 * d.1)).log10()
    }

    fn values(kind: &'static str, cutoff: f64, q: f64, db: f64) -> [(&'static str, Value); 4] {
        [("kind", kind.into()), ("cutoff", cutoff.into()), ("q", q.into()), ("gain_db", db.into())]
    }

    #[test]
    fn every_kind_follows_its_analogue_prototype() {
        for (shape, name) in Shape::ALL.into_iter().zip(Shape::NAMES) {
            for (cutoff, q, db) in
                [(30.0, 0.707, 12.0), (1000.0, 0.3, -20.0), (1000.0, 20.0, 6.0), (12_000.0, 3.0, 12.0)]
            {
                let response = impulse(&SPEC, &values(name, cutoff, q, db), "out", 24_000);
                for hz in sweep(30) {
                    let want = analogue(shape, warped(hz, cutoff), q, db);
                    let got = gain_db(&response, hz);
                    assert!((got - want).abs() < 0.1 || want < -80.0, "{name} {cutoff} at {hz:.0} Hz: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn fast_modulation_stays_bounded() {
        for kind in Shape::NAMES {
            let mut rig = rig(&SPEC, &values(kind, 1000.0, 20.0, 12.0));
            rig.feed("input", 0, noise);
            rig.drive("cutoff", |frame, _| 632.0 * bf_dsp::math::exp2(5.0 * noise(frame / 16, 9)));
            let worst = peak(&rig.run(24_000)[0]);
            assert!(worst < 200.0, "{kind}: {worst}");
        }
    }

    #[test]
    fn a_change_within_an_eight_waits_for_its_end() {
        let run = |cuts: Option<u64>| {
            let bench = bf_node::rig::Bench { random_cuts: cuts, ..Default::default() };
            let mut rig = bf_node::rig::Rig::new(&SPEC, &bench).expect("a rig");
            rig.feed("input", 0, noise);
            let mut heard = rig.run(27).remove(0);
            rig.set("cutoff", 300.0);
            heard.extend(rig.run(200).remove(0));
            heard
        };
        assert_eq!(run(None), run(Some(5)));
    }

    #[test]
    fn it_comes_to_rest_after_a_tail() {
        let mut rig = rig(&SPEC, &values("bandpass", 200.0, 4.0, 0.0));
        rig.feed("input", 0, |frame, _| if frame == 0 { 1.0 } else { 0.0 });
        rig.run(48_000);
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        for kind in Shape::NAMES {
            keeps_every_bit(&SPEC, &values(kind, 500.0, 5.0, 6.0), |rig| {
                rig.feed("input", 0, noise);
                rig.feed("input", 1, |f, l| noise(f + 1000, l));
            });
        }
        keeps_every_bit(&SPEC, &[], |rig| {
            rig.feed("input", 0, noise);
            rig.drive("cutoff", |f, l| 1000.0 + 900.0 * noise(f, l + 3));
        });
    }
}
