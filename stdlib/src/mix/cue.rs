//! What a performer listens to ahead.

use bf_dsp::Lane;
use bf_dsp::fader::fader_gain;
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Role, Setup, Smooth, Status, node};
use core::marker::PhantomData;

node! {
    /// Sums every strip and bus whose `cue` is on, before its fader, for the headphones.
    ///
    /// No cable is needed: switch a strip's `cue` on and it enters here, whatever its fader, pan, mute and solo say.
    /// What else is cabled in is heard as well. Lead it to an output with channels of its own, so that the hall
    /// hears nothing of it: `channels = "3/4"`, or `"instead"` where the device has one pair only. What is heard at
    /// channels 1 and 2, recorded and rendered is the same, bit for bit, whether something is cued or not.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// bass = { type = "saw", freq = 55.0 }
    /// channel = { type = "strip", gain = -12.0, cue = true }
    /// ahead = { type = "cue", gain = -6.0 }
    /// phones = { type = "output", channels = "3/4" }
    /// out = { type = "output" }
    /// [cables]
    /// "channel" = "bass"
    /// "phones" = "ahead"
    /// "out" = "channel"
    /// ```
    cue: Mix,
    inputs { input: PortSpec::stereo("input", "Heard beside what is cued, such as a metronome.") },
    outputs { out: PortSpec::stereo("out", "The sum.") },
    params { gain: ParamSpec::db("gain", 0.0, -80.0, 12.0, "The level of the headphones; −80 dB is closed.").smooth() },
    with { role: Role::Cue, channels: bf_node::NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(bf_node::lanes!(setup, Cue))
}

struct Cue<L>(PhantomData<fn() -> L>);

impl<L: Lane> Cue<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        Cue(PhantomData)
    }
}

impl<L: Lane> Processor for Cue<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let gain = io.smooth::<L>(par::gain);
        let silent = (0..2).all(|channel| io.input_silent(inp::input, channel));
        for channel in 0..2 {
            let x = io.input::<L>(inp::input, channel);
            let y = io.output::<L>(out::out, channel);
            match gain {
                Smooth::Constant(db) => {
                    let factor: L = fader_gain(db);
                    y.iter_mut().zip(x).for_each(|(y, x)| *y = *x * factor);
                }
                Smooth::Varying(db) => {
                    y.iter_mut().zip(x).zip(db).for_each(|((y, x), db)| *y = *x * fader_gain::<L>(*db));
                }
            }
        }
        if silent { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{keeps_the_laws, noise, rig, survives_what_is_no_number};

    #[test]
    fn its_fader_is_in_decibels_and_the_laws_are_kept() {
        let mut rig = rig(&SPEC, 2, &[("gain", (-6.0206).into())]);
        rig.feed("input", 0, |_, _| 1.0);
        assert!((rig.run(64)[0][63] - 0.5).abs() < 1e-4);
        keeps_the_laws(&SPEC, 2, &[], |rig| {
            let mut noise = noise(4);
            rig.drive("gain", move |f, l| 20.0 * noise(f / 50, l) - 10.0);
        });
        survives_what_is_no_number(&SPEC, 2);
    }
}
