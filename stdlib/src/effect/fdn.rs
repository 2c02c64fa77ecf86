//! A feedback delay network reverb.

use super::blend::{blend, phase_step, silent};
use bf_dsp::fdn::{Fdn, MAX_SIZE, Space};
use bf_dsp::tail::settle;
use bf_dsp::{GRID, Lane, Wide, f32x8};
use bf_node::{
    Adopt, Form, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup, Status, Unit,
    node,
};
use core::any::Any;

node! {
    /// Lush rooms and halls from a network of delays, with a decay for each of three bands.
    ///
    /// Eight or sixteen lines feed each other, so that echoes soon cannot be told apart. Lows, middle and highs fall
    /// by 60 dB in the seconds you set; between, the two corners. `size` stretches all lines: moved while it sounds, it
    /// bends the tail. `mod_depth` lets the lines drift, from a still room to a choir. `freeze` at 1 holds the tail
    /// and lets nothing new in. Long tails enter more softly, so that they do not pile up, and what is slower than
    /// 10 Hz stays outside. Drifting lines lose a little at the very top: where `decay_high` asks for 5 s, a tone at
    /// 0.31 of the sample rate (15 kHz at 48 kHz) keeps some 4.5 s of it.
    ///
    /// *Source*: J.-M. Jot and A. Chaigne, "Digital delay networks for designing artificial reverberators", AES 1991.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// string = { type = "pluck" }
    /// beat = { type = "euclid", pulses = 3, steps = 8 }
    /// hall = { type = "fdn", decay = 6.0, decay_high = 2.5, size = 1.4, mix = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "string.notes" = "beat"
    /// "hall" = "string"
    /// "out" = "hall"
    /// ```
    fdn: Reverb,
    inputs { input: PortSpec::stereo("input", "What sounds in the room.") },
    outputs { out: PortSpec::stereo("out", "Dry and wet together.") },
    params {
        predelay: ParamSpec::number("predelay", 0.02, 0.0, 0.25, "Seconds before the first echo.").unit(Unit::Secs),
        size: ParamSpec::number("size", 1.0, 0.1, 2.0, "How long the lines are: 1 is a hall, 0.1 a box.").log().smooth(),
        decay: ParamSpec::secs("decay", 3.0, 0.1, 60.0, "Seconds until the middle has fallen by 60 dB."),
        decay_low: ParamSpec::secs("decay_low", 3.5, 0.1, 60.0, "The same for the lows."),
        decay_high: ParamSpec::secs("decay_high", 1.5, 0.1, 60.0, "The same for the highs."),
        low_corner: ParamSpec::hz("low_corner", 250.0, 20.0, 2_000.0, "Where lows end."),
        high_corner: ParamSpec::hz("high_corner", 4_000.0, 500.0, 20_000.0, "Where highs begin."),
        diffusion: ParamSpec::unit_range("diffusion", 0.8, "How far single echoes are smeared."),
        mod_rate: ParamSpec::hz("mod_rate", 0.5, 0.05, 5.0, "How fast the lines drift."),
        mod_depth: ParamSpec::unit_range("mod_depth", 0.3, "How far the lines drift: 1 is 0.6 ms."),
        freeze: ParamSpec::unit_range("freeze", 0.0, "At 1 the tail is held and nothing new enters."),
        width: ParamSpec::unit_range("width", 1.0, "0: both ears hear the same; 1: each its own."),
        mix: ParamSpec::unit_range("mix", 0.33, "0: only the dry sound; 1: only the room.").smooth(),
        lines: ParamSpec::setting("lines", "16", Form::Count(8, 16), "8 lines, or 16 for twice the work and density."),
    },
    with { channels: NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    match setup.count("lines") {
        8 => PerLane::make(setup, |setup, _| Ok(Node::<f32x8>::new(setup.sample_rate))),
        16 => PerLane::make(setup, |setup, _| Ok(Node::<Wide>::new(setup.sample_rate))),
        _ => Err(setup.wrong("lines", "8 or 16")),
    }
}

/// The longest predelay.
const PREDELAY_SECS: f32 = 0.25;

/// Here the lanes are the lines of the network; a node of many lanes has one of these for each.
struct Node<L: Lane> {
    sample_rate: f32,
    net: Fdn<L>,
    /// The values that `space` was made for.
    made_for: [f32; 10],
    space: Space,
    /// The size that the gains of the lines were made for.
    tuned: f32,
}

impl<L: Lane> Node<L> {
    fn new(sample_rate: f32) -> Node<L> {
        let space = Space {
            predelay: 0,
            decay_secs: [1.0; 3],
            corners: [0.01, 0.3],
            diffusion: 0.0,
            swing: 0.0,
            step: 0,
            freeze: 0.0,
        };
        let net = Fdn::new(sample_rate, (PREDELAY_SECS * sample_rate) as usize + 2);
        Node { sample_rate, net, made_for: [f32::NAN; 10], space, tuned: f32::NAN }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let values = [
            par::predelay,
            par::decay_low,
            par::decay,
            par::decay_high,
            par::low_corner,
            par::high_corner,
            par::diffusion,
            par::mod_rate,
            par::mod_depth,
            par::freeze,
        ]
        .map(|param| io.number(param));
        if values == self.made_for {
            return;
        }
        self.made_for = values;
        let [predelay, low, mid, high, low_corner, high_corner, diffusion, rate, depth, freeze] = values;
        let corner = |hz: f32| {
            let part = Lane::clamp(hz / self.sample_rate, 0.0, 0.45);
            bf_dsp::math::tan(core::f32::consts::PI * part)
        };
        self.space = Space {
            predelay: (predelay * self.sample_rate).round() as usize,
            decay_secs: [low, mid, high],
            corners: [corner(low_corner), corner(high_corner)],
            diffusion,
            swing: depth,
            step: phase_step(rate, self.sample_rate),
            freeze,
        };
        // The gains follow on the next frame.
        self.tuned = f32::NAN;
    }
}

impl<L: Lane> Processor for Node<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let dry = [io.input::<f32>(inp::input, 0), io.input::<f32>(inp::input, 1)];
        if self.net.asleep() && silent(dry[0], dry[1]) {
            io.silence();
            return Status::Idle;
        }
        self.tune(io);
        let (width, start) = (io.number(par::width), io.start());
        let (size, mix) = (io.smooth::<f32>(par::size), io.smooth::<f32>(par::mix));
        let (own, other) = (0.5 + 0.5 * width, 0.5 - 0.5 * width);
        let [left, right] = io.stereo::<f32>(out::out);
        for i in 0..left.len() {
            let x = [settle(dry[0][i]), settle(dry[1][i])];
            let size = Lane::clamp(size.at(i), 0.1, MAX_SIZE);
            let waking = self.net.asleep() && x != [0.0; 2];
            let moved = size != self.tuned && (start + i as u64).is_multiple_of(GRID as u64);
            if waking || moved || self.tuned.is_nan() {
                self.net.tune(&self.space, size);
                self.tuned = size;
            }
            let [l, r] = self.net.next(x, &self.space, size);
            (left[i], right[i]) = (l * own + r * other, r * own + l * other);
        }
        blend(dry[0], left, mix);
        blend(dry[1], right, mix);
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.net.clear();
        self.tuned = f32::NAN;
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match (old as &mut dyn Any).downcast_mut::<Self>() {
            Some(old) => {
                core::mem::swap(&mut self.net, &mut old.net);
                self.tuned = f32::NAN;
                Adopt::Moved
            }
            None => Adopt::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::laws;
    use super::*;
    use crate::source::check::Spectrum;
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn laws_hold() {
        let short = [("decay", 0.2.into()), ("decay_low", 0.2.into()), ("decay_high", 0.2.into())];
        laws::hold(&SPEC, &[("lines", 8.0.into())]);
        laws::hold(&SPEC, &short);
        laws::rests(&SPEC, &[&short[..], &[("lines", 8.0.into())]].concat(), 3.0);
    }

    #[test]
    fn only_eight_or_sixteen_lines_are_made() {
        let bench = |n: f64| Bench { values: vec![("lines", n.into())], ..Bench::default() };
        assert!(Rig::new(&SPEC, &bench(8.0)).is_ok() && Rig::new(&SPEC, &bench(16.0)).is_ok());
        assert!(Rig::new(&SPEC, &bench(12.0)).is_err());
    }

    /// Seconds for 60 dB, from the slope between 0.1 and 0.5 s after a burst ends.
    fn decay_at(hz: f32, values: &[(&'static str, bf_node::Value)]) -> f64 {
        let mut values = values.to_vec();
        values.extend([("mix", 1.0.into()), ("predelay", 0.0.into())]);
        let mut rig = Rig::new(&SPEC, &Bench { values, ..Bench::default() }).unwrap();
        for channel in 0..2 {
            rig.feed("input", channel, move |frame, _| {
                // Neighbours of the frequency, as single ones beat.
                let wave =
                    |k: i32| (frame as f32 * hz * (1.0 + 0.04 * k as f32) / 48_000.0 * core::f32::consts::TAU).sin();
                if frame < 9_600 { (-3..=3).map(wave).sum::<f32>() } else { 0.0 }
            });
        }
        rig.run(9_600 + 4_800);
        let mut energy = || rig.run(9_600).iter().flatten().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let (first, second) = (energy(), energy());
        60.0 * 0.2 / (10.0 * (first / second).log10())
    }

    #[test]
    fn highs_ring_as_long_as_asked_while_the_lines_drift() {
        for rate in [48_000u32, 96_000] {
            let mut values = ["decay", "decay_low", "decay_high"].map(|name| (name, 5.0.into())).to_vec();
            values.push(("mix", 1.0.into()));
            let mut rig = Rig::new(&SPEC, &Bench { sample_rate: rate, values, ..Bench::default() }).unwrap();
            rig.feed("input", 0, |frame, _| f32::from(u8::from(frame == 0)));
            let y = rig.run_output("out", 0, 0, 3 * rate as usize);
            // Two seconds apart; the spectrum counts frequencies as at 48 kHz.
            let scale = 48_000.0 / f64::from(rate);
            let power = |secs: f64, band: [f64; 2]| {
                let from = (secs * f64::from(rate)) as usize;
                Spectrum::of(&y[from..from + (rate as usize * 2 / 3)]).band(band[0] * scale, band[1] * scale)
            };
            for band in [[2_000.0, 4_000.0], [7_000.0, 9_000.0], [12_000.0, 13_500.0], [13_500.0, 15_000.0]] {
                let secs = 120.0 / (10.0 * (power(0.25, band) / power(2.25, band)).log10());
                assert!((4.3..5.5).contains(&secs), "{band:?} Hz at {rate}: {secs} s");
            }
        }
    }

    #[test]
    fn each_band_decays_as_it_says() {
        let values = [
            ("decay_low", 2.0.into()),
            ("decay", 1.0.into()),
            ("decay_high", 0.4.into()),
            ("low_corner", 300.0.into()),
            ("high_corner", 3_000.0.into()),
            ("mod_depth", 0.0.into()),
        ];
        for (hz, range) in [(60.0, 1.5..2.6), (950.0, 0.75..1.25), (15_000.0, 0.3..0.55)] {
            let got = decay_at(hz, &values);
            assert!(range.contains(&got), "{hz} Hz: {got} s");
        }
    }
}
