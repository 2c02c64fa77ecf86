//! A plate reverb.

use super::blend::{blend, one_pole, phase_step, silent};
use bf_dsp::plate::{Plate, Tone};
use bf_dsp::tail::settle;
use bf_node::{
    Adopt, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup, Status, Unit, node,
};
use core::any::Any;

node! {
    /// A plate: bright, dense from the first moment, with a tail that slowly moves.
    ///
    /// Both inputs enter one plate of two halves that feed each other. Moving all-passes keep the tail from ringing;
    /// `mod_depth` at 0.5 moves them as the paper does, higher values shimmer. The all-passes ring for half a second
    /// by themselves, so a decay below that is not reached.
    ///
    /// *Source*: J. Dattorro, "Effect Design, Part 1", J. Audio Eng. Soc. 45 (1997).
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// string = { type = "pluck" }
    /// beat = { type = "euclid", pulses = 3, steps = 8 }
    /// plate = { type = "plate", decay = 4.0, mix = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "string.notes" = "beat"
    /// "plate" = "string"
    /// "out" = "plate"
    /// ```
    plate: Reverb,
    inputs { input: PortSpec::stereo("input", "What strikes the plate.") },
    outputs { out: PortSpec::stereo("out", "Dry and wet together.") },
    params {
        predelay: ParamSpec::number("predelay", 0.01, 0.0, 0.25, "Seconds before the plate answers.").unit(Unit::Secs),
        decay: ParamSpec::secs("decay", 2.5, 0.4, 60.0, "Seconds until the tail has fallen by 60 dB."),
        low_pass: ParamSpec::hz("low_pass", 12_000.0, 200.0, 20_000.0, "What lies above does not enter."),
        damping: ParamSpec::hz("damping", 6_000.0, 200.0, 20_000.0, "What lies above fades faster."),
        diffusion: ParamSpec::unit_range("diffusion", 1.0, "0: single echoes; 1: smeared as in the paper."),
        mod_rate: ParamSpec::hz("mod_rate", 0.9, 0.05, 5.0, "How fast the tail moves."),
        mod_depth: ParamSpec::unit_range("mod_depth", 0.5, "How far it moves; 0.5 is as in the paper."),
        width: ParamSpec::unit_range("width", 1.0, "0: both ears hear the same; 1: each its own."),
        mix: ParamSpec::unit_range("mix", 0.33, "0: only the dry sound; 1: only the plate.").smooth(),
    },
    with { channels: NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(Node::new(setup.sample_rate)))
}

/// The longest predelay.
const PREDELAY_SECS: f32 = 0.25;

struct Node {
    sample_rate: f32,
    plate: Plate,
    /// The values that `tone` was made for.
    made_for: [f32; 7],
    tone: Tone,
}

impl Node {
    fn new(sample_rate: f32) -> Node {
        let tone = Tone { predelay: 0, bandwidth: 1.0, damping: 0.0, decay: 0.5, diffusion: 1.0, swing: 0.5, step: 0 };
        let plate = Plate::new(sample_rate, (PREDELAY_SECS * sample_rate) as usize + 2);
        Node { sample_rate, plate, made_for: [f32::NAN; 7], tone }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let values =
            [par::predelay, par::decay, par::low_pass, par::damping, par::diffusion, par::mod_rate, par::mod_depth]
                .map(|param| io.number(param));
        if values == self.made_for {
            return;
        }
        self.made_for = values;
        let [predelay, decay, low_pass, damping, diffusion, rate, depth] = values;
        self.tone = Tone {
            predelay: (predelay * self.sample_rate).round() as usize,
            bandwidth: one_pole(low_pass, self.sample_rate),
            damping: 1.0 - one_pole(damping, self.sample_rate),
            decay: Tone::decay_of(decay),
            diffusion,
            swing: depth,
            step: phase_step(rate, self.sample_rate),
        };
    }
}

impl Processor for Node {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let dry = [io.input::<f32>(inp::input, 0), io.input::<f32>(inp::input, 1)];
        if self.plate.asleep() && silent(dry[0], dry[1]) {
            io.silence();
            return Status::Idle;
        }
        self.tune(io);
        let (width, mix) = (io.number(par::width), io.smooth::<f32>(par::mix));
        let (own, other) = (0.5 + 0.5 * width, 0.5 - 0.5 * width);
        let [left, right] = io.stereo::<f32>(out::out);
        for i in 0..left.len() {
            let x = settle(0.5 * (dry[0][i] + dry[1][i]));
            let [l, r] = self.plate.next(x, &self.tone);
            (left[i], right[i]) = (l * own + r * other, r * own + l * other);
        }
        blend(dry[0], left, mix);
        blend(dry[1], right, mix);
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.plate.clear();
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match (old as &mut dyn Any).downcast_mut::<Self>() {
            Some(old) => {
                core::mem::swap(&mut self.plate, &mut old.plate);
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
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn laws_hold() {
        laws::hold(&SPEC, &[]);
        laws::rests(&SPEC, &[("decay", 0.5.into()), ("diffusion", 0.5.into())], 4.0);
    }

    fn wet(values: &[(&'static str, bf_node::Value)]) -> Rig {
        let mut values = values.to_vec();
        values.push(("mix", 1.0.into()));
        let mut rig = Rig::new(&SPEC, &Bench { values, ..Bench::default() }).unwrap();
        for channel in 0..2 {
            rig.feed("input", channel, |frame, _| if frame == 0 { 1.0 } else { 0.0 });
        }
        rig
    }

    #[test]
    fn nothing_sounds_before_the_predelay() {
        let out = wet(&[("predelay", 0.1.into())]).run(9_600);
        assert!(out.iter().all(|y| y[..4_800].iter().all(|x| *x == 0.0) && y[4_800..].iter().any(|x| *x != 0.0)));
    }

    #[test]
    fn a_longer_decay_rings_longer() {
        let late = |decay: f64| {
            let mut rig = wet(&[("decay", decay.into())]);
            rig.run(48_000);
            rig.run(4_800).iter().flatten().map(|x| f64::from(*x).powi(2)).sum::<f64>()
        };
        let (short, long) = (late(1.0), late(10.0));
        // At one second: 60 dB against 6 dB down.
        assert!(10.0 * (long / short).log10() > 40.0);
    }

    #[test]
    fn the_ears_hear_different_tails() {
        let mut rig = wet(&[]);
        rig.run(9_600);
        let out = rig.run(9_600);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let likeness = dot(&out[0], &out[1]) / (dot(&out[0], &out[0]) * dot(&out[1], &out[1])).sqrt();
        assert!(likeness.abs() < 0.2, "{likeness}");
    }
}
