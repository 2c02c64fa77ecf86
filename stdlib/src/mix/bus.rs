//! Where several sounds meet.

use bf_dsp::Lane;
use bf_dsp::fader::fader_gain;
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Smooth, Status, node};

node! {
    /// Sums everything that is cabled into it, with one fader for the sum.
    ///
    /// Use it as a group, or as the place where the sends of several strips meet before a reverb or a delay.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// low = { type = "sine", freq = 110.0 }
    /// high = { type = "sine", freq = 165.0 }
    /// group = { type = "bus", gain = -12.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "group" = ["low", "high"]
    /// "out" = "group"
    /// ```
    bus: Mix,
    inputs { input: PortSpec::stereo("input", "What is summed. One channel goes to both sides.") },
    outputs { out: PortSpec::stereo("out", "The sum.") },
    params { gain: ParamSpec::db("gain", 0.0, -80.0, 12.0, "The fader; −80 dB is closed.").smooth() },
    with { channels: bf_node::NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(bf_node::lanes!(setup, Bus))
}

/// The factor of a fader that stays is worked out once.
struct Bus<L> {
    db: L,
    factor: L,
}

impl<L: Lane> Bus<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        Bus { db: L::splat(0.0), factor: L::splat(1.0) }
    }
}

impl<L: Lane> Processor for Bus<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let gain = io.smooth::<L>(par::gain);
        if let Smooth::Constant(db) = gain
            && L::any(db.lt(self.db) | db.gt(self.db))
        {
            *self = Bus { db, factor: fader_gain(db) };
        }
        let mut status = Status::Idle;
        for channel in 0..2 {
            if !io.input_silent(inp::input, channel) {
                status = Status::Active;
            }
            let x = io.input::<L>(inp::input, channel);
            let y = io.output::<L>(out::out, channel);
            match gain {
                Smooth::Constant(_) => y.iter_mut().zip(x).for_each(|(y, x)| *y = *x * self.factor),
                Smooth::Varying(db) => y.iter_mut().zip(x).zip(db).for_each(|((y, x), db)| *y = *x * fader_gain(*db)),
            }
        }
        status
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{keeps_the_laws, noise, rig, survives_what_is_no_number};

    #[test]
    fn the_fader_is_in_decibels() {
        for (db, want) in [(0.0, 1.0), (-6.0206, 0.5), (6.0206, 2.0), (-80.0, 0.0)] {
            let mut rig = rig(&SPEC, 2, &[("gain", db.into())]);
            rig.feed("input", 1, |_, _| 1.0);
            let y = rig.run(64);
            assert!((y[1][5] - want).abs() < 1e-5 && y[0][5] == 0.0, "{db}: {}", y[1][5]);
        }
    }

    #[test]
    fn it_keeps_the_laws() {
        keeps_the_laws(&SPEC, 2, &[("gain", (-7.0).into())], |_| ());
        keeps_the_laws(&SPEC, 2, &[], |rig| {
            let mut noise = noise(3);
            rig.drive("gain", move |f, l| 20.0 * noise(f, l));
        });
        survives_what_is_no_number(&SPEC, 2);
    }
}
