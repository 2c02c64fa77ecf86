//! A factor, and an input that is multiplied in: the amplifier of a voice.

use bf_dsp::Lane;
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Smooth, Status, node};
use core::marker::PhantomData;

node! {
    /// Makes a signal louder or softer, by a number or by another signal.
    ///
    /// Every channel is multiplied by `gain`, which glides. What enters `by` is multiplied in frame by frame: an
    /// envelope there makes this the amplifier (VCA) of a voice, an LFO makes a tremolo, an audio signal a ring
    /// modulator. `invert` turns the polarity over.
    ///
    /// A cable on `gain` replaces the number and is not limited: negative values turn the polarity over.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// tone = { type = "triangle", freq = 220.0 }
    /// pulse = { type = "lfo", rate = 4.0 }
    /// amp = { type = "gain", gain = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "amp" = "tone"
    /// "amp.by" = "pulse"
    /// "out" = "amp"
    /// ```
    gain: Mix,
    inputs {
        input: PortSpec::signal("input", "What is made louder or softer."),
        by: PortSpec::signal("by", "Multiplied in at every frame where a cable enters."),
    },
    outputs { out: PortSpec::signal("out", "The product.") },
    params {
        gain: ParamSpec::number("gain", 1.0, 0.0, 4.0, "The factor: 0 is silence, 1 leaves the level, 2 is +6 dB.").smooth(),
        invert: ParamSpec::switch("invert", false, "Turns the polarity over."),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(bf_node::lanes!(setup, Gain))
}

struct Gain<L>(PhantomData<L>);

impl<L: Lane> Gain<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        Gain(PhantomData)
    }
}

impl<L: Lane> Processor for Gain<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let sign = L::select(io.steady::<L>(par::invert).gt(L::splat(0.5)), L::splat(-1.0), L::splat(1.0));
        let gain = io.smooth::<L>(par::gain);
        let by_patched = io.patched(inp::by);
        let mut status = Status::Idle;
        for channel in 0..io.channels() {
            if !io.input_silent(inp::input, channel) {
                status = Status::Active;
            }
            let x = io.input::<L>(inp::input, channel);
            let by = by_patched.then(|| io.input::<L>(inp::by, channel));
            multiply(io.output::<L>(out::out, channel), x, gain, sign, by);
        }
        status
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

/// One loop for each case, so that none of them asks anything inside.
#[inline(always)]
fn multiply<L: Lane>(y: &mut [L], x: &[L], gain: Smooth<'_, L>, sign: L, by: Option<&[L]>) {
    let xy = y.iter_mut().zip(x);
    match (gain, by) {
        (Smooth::Constant(gain), None) => {
            let factor = gain * sign;
            xy.for_each(|(y, x)| *y = *x * factor);
        }
        (Smooth::Constant(gain), Some(by)) => {
            let factor = gain * sign;
            xy.zip(by).for_each(|((y, x), by)| *y = *x * factor * *by);
        }
        (Smooth::Varying(gain), None) => {
            xy.zip(gain).for_each(|((y, x), gain)| *y = *x * (*gain * sign));
        }
        (Smooth::Varying(gain), Some(by)) => {
            xy.zip(gain).zip(by).for_each(|(((y, x), gain), by)| *y = *x * (*gain * sign) * *by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{keeps_the_laws, noise, sine, survives_what_is_no_number, with};
    use bf_node::rig::Bench;

    fn bench(patched: &[&'static str], values: &[(&'static str, bf_node::Value)]) -> bf_node::rig::Rig {
        with(&SPEC, Bench { patched: Some(patched.to_vec()), values: values.to_vec(), ..Bench::default() })
    }

    #[test]
    fn an_unpatched_by_leaves_the_number_alone() {
        let mut rig = bench(&["input"], &[("gain", 0.5.into()), ("invert", true.into())]);
        rig.feed("input", 0, noise(1));
        let mut want = noise(1);
        for (i, y) in rig.run_output("out", 0, 0, 200).into_iter().enumerate() {
            assert_eq!(y, -0.5 * want(i as u64, 0));
        }
    }

    #[test]
    fn a_signal_is_multiplied_in() {
        let mut rig = bench(&["input", "by"], &[("gain", 2.0.into())]);
        rig.feed("input", 0, noise(1));
        rig.feed("by", 0, sine(100.0, 0.5));
        let (mut x, mut by) = (noise(1), sine(100.0, 0.5));
        for (i, y) in rig.run_output("out", 0, 0, 200).into_iter().enumerate() {
            assert_eq!(y, x(i as u64, 0) * 2.0 * by(i as u64, 0));
        }
    }

    #[test]
    fn silence_is_idle() {
        let mut rig = bench(&["input"], &[]);
        assert!(rig.run(64)[0].iter().all(|y| *y == 0.0));
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn it_keeps_the_laws() {
        keeps_the_laws(&SPEC, 2, &[("invert", true.into())], |_| ());
        keeps_the_laws(&SPEC, 1, &[], |rig| rig.drive("gain", noise(9)));
        survives_what_is_no_number(&SPEC, 1);
    }
}
