//! Places one channel between left and right, or turns two channels to a side.

use bf_dsp::Lane;
use bf_dsp::pan::{equal_power, turn};
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Smooth, Status, node};

node! {
    /// Places a sound between left and right, at the same power everywhere.
    ///
    /// One channel in: the sine and cosine law, −3 dB on both sides in the centre, 0 dB on the near side of a hard
    /// pan. Two channels in: the centre leaves them as they are; to a side, the near channel stays and the far one
    /// moves over to it, so that nothing of a stereo sound is lost. Further channels are left out.
    ///
    /// `pan` glides, and a cable may move it at audio rate.
    ///
    /// *Source* of the stereo law: W3C, Web Audio API 1.1, StereoPannerNode.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// tone = { type = "triangle", freq = 330.0 }
    /// sway = { type = "lfo", rate = 0.5 }
    /// place = { type = "pan" }
    /// out = { type = "output" }
    /// [cables]
    /// "place" = "tone"
    /// "place.pan" = "sway"
    /// "out" = "place"
    /// ```
    pan: Mix,
    inputs { input: PortSpec::signal("input", "One or two channels.") },
    outputs { out: PortSpec::stereo("out", "Left and right.") },
    params { pan: ParamSpec::number("pan", 0.0, -1.0, 1.0, "−1 is left, 0 the centre, 1 right.").smooth() },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(bf_node::lanes!(setup, Pan))
}

/// The gains of a pan that stays are worked out once.
struct Pan<L> {
    pan: L,
    mono: [L; 2],
    stereo: [L; 4],
}

impl<L: Lane> Pan<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        Pan::at(L::splat(0.0))
    }
    fn at(pan: L) -> Self {
        Pan { pan, mono: equal_power(pan), stereo: turn(pan) }
    }

    fn place_mono(&mut self, io: &mut Io<'_>, pan: Smooth<'_, L>) {
        let x = io.input::<L>(inp::input, 0);
        let [left, right] = io.stereo::<L>(out::out);
        let y = left.iter_mut().zip(right.iter_mut()).zip(x);
        match pan {
            Smooth::Constant(_) => {
                let [l, r] = self.mono;
                for ((left, right), x) in y {
                    (*left, *right) = (*x * l, *x * r);
                }
            }
            Smooth::Varying(pan) => {
                for (((left, right), x), pan) in y.zip(pan) {
                    let [l, r] = equal_power(*pan);
                    (*left, *right) = (*x * l, *x * r);
                }
            }
        }
    }

    fn turn_stereo(&mut self, io: &mut Io<'_>, pan: Smooth<'_, L>) {
        let x = [io.input::<L>(inp::input, 0), io.input::<L>(inp::input, 1)];
        let [left, right] = io.stereo::<L>(out::out);
        let y = left.iter_mut().zip(right.iter_mut()).zip(x[0].iter().zip(x[1]));
        match pan {
            Smooth::Constant(_) => {
                let [ll, rl, lr, rr] = self.stereo;
                for ((left, right), (a, b)) in y {
                    (*left, *right) = (*a * ll + *b * rl, *a * lr + *b * rr);
                }
            }
            Smooth::Varying(pan) => {
                for (((left, right), (a, b)), pan) in y.zip(pan) {
                    let [ll, rl, lr, rr] = turn(*pan);
                    (*left, *right) = (*a * ll + *b * rl, *a * lr + *b * rr);
                }
            }
        }
    }
}

impl<L: Lane> Processor for Pan<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let pan = io.smooth::<L>(par::pan);
        if let Smooth::Constant(pan) = pan {
            let pan = pan.clamp(-1.0, 1.0);
            if L::any(pan.lt(self.pan) | pan.gt(self.pan)) {
                *self = Pan::at(pan);
            }
        }
        let heard = io.channels().min(2);
        if heard == 1 {
            self.place_mono(io, pan);
        } else {
            self.turn_stereo(io, pan);
        }
        if (0..heard).all(|c| io.input_silent(inp::input, c)) { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{keeps_the_laws, noise, rig, survives_what_is_no_number};

    fn sides(channels: usize, pan: f64, x: [f32; 2]) -> [f32; 2] {
        let mut rig = rig(&SPEC, channels, &[("pan", pan.into())]);
        for (channel, x) in x.into_iter().enumerate().take(channels) {
            rig.feed("input", channel, move |_, _| x);
        }
        let y = rig.run(64);
        [y[0][63], y[1][63]]
    }

    #[test]
    fn one_channel_keeps_its_power() {
        for i in -10..=10 {
            let [l, r] = sides(1, f64::from(i) / 10.0, [1.0, 0.0]);
            assert!((l * l + r * r - 1.0).abs() < 2e-6);
        }
        assert_eq!(sides(1, -1.0, [0.5, 0.0]), [0.5, 0.0]);
        assert_eq!(sides(1, 1.0, [0.5, 0.0]), [0.0, 0.5]);
        let [l, r] = sides(1, 0.0, [1.0, 0.0]);
        assert!(l == r && (20.0 * l.log10() + 3.0103).abs() < 1e-3);
    }

    #[test]
    fn two_channels_turn_and_lose_nothing() {
        assert_eq!(sides(2, 0.0, [0.3, -0.7]), [0.3, -0.7]);
        assert_eq!(sides(2, 1.0, [0.25, 0.5]), [0.0, 0.75]);
        assert_eq!(sides(2, -1.0, [0.25, 0.5]), [0.75, 0.0]);
    }

    #[test]
    fn a_moving_pan_has_the_bits_of_one_that_stays() {
        for channels in [1, 2] {
            let mut still = rig(&SPEC, channels, &[("pan", 0.3.into())]);
            let mut driven = rig(&SPEC, channels, &[]);
            driven.drive("pan", |_, _| 0.3);
            for rig in [&mut still, &mut driven] {
                rig.feed("input", 0, noise(1));
            }
            assert_eq!(still.run(128), driven.run(128));
        }
    }

    #[test]
    fn it_keeps_the_laws() {
        for channels in [1, 2] {
            keeps_the_laws(&SPEC, channels, &[("pan", (-0.4).into())], |_| ());
            keeps_the_laws(&SPEC, channels, &[], |rig| rig.drive("pan", noise(5)));
            survives_what_is_no_number(&SPEC, channels);
        }
    }
}
