//! Eight stereo inputs into one, each with its level and its place.

use bf_dsp::Lane;
use bf_dsp::pan::balance;
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Smooth, Status, node};

/// How many inputs there are; ports and params are declared input by input, in the same order.
const INPUTS: usize = 8;

const fn input(name: &'static str) -> PortSpec {
    PortSpec::stereo(name, "One of the sounds. One channel goes to both sides.")
}
const fn level(name: &'static str) -> ParamSpec {
    ParamSpec::number(name, 1.0, 0.0, 4.0, "The factor of this input: 0 is silence, 1 leaves the level.").smooth()
}
const fn place(name: &'static str) -> ParamSpec {
    ParamSpec::number(name, 0.0, -1.0, 1.0, "Where this input stands: −1 is left, 0 the centre, 1 right.").smooth()
}

node! {
    /// Mixes eight stereo inputs, each with a level and a pan.
    ///
    /// A pan here is a balance at equal power: the centre leaves both sides as they are, a hard pan leaves one side
    /// at +3 dB and none of the other. An input without a cable costs nothing. For faders in decibels, mute, solo
    /// and sends, use a `strip` for each sound instead.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// low = { type = "saw", freq = 110.0 }
    /// high = { type = "triangle", freq = 331.0 }
    /// mix = { type = "mixer", level1 = 0.3, pan1 = -0.4, level2 = 0.2, pan2 = 0.6 }
    /// out = { type = "output" }
    /// [cables]
    /// "mix.in1" = "low"
    /// "mix.in2" = "high"
    /// "out" = "mix"
    /// ```
    mixer: Mix,
    inputs {
        in1: input("in1"), in2: input("in2"), in3: input("in3"), in4: input("in4"),
        in5: input("in5"), in6: input("in6"), in7: input("in7"), in8: input("in8"),
    },
    outputs { out: PortSpec::stereo("out", "The mix.") },
    params {
        level1: level("level1"), pan1: place("pan1"), level2: level("level2"), pan2: place("pan2"),
        level3: level("level3"), pan3: place("pan3"), level4: level("level4"), pan4: place("pan4"),
        level5: level("level5"), pan5: place("pan5"), level6: level("level6"), pan6: place("pan6"),
        level7: level("level7"), pan7: place("pan7"), level8: level("level8"), pan8: place("pan8"),
    },
    with { channels: bf_node::NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(bf_node::lanes!(setup, Mixer))
}

struct Mixer<L> {
    pans: [Place<L>; INPUTS],
}

/// The gains of a pan that stays are worked out once.
#[derive(Clone, Copy)]
struct Place<L> {
    pan: L,
    gains: [L; 2],
}

impl<L: Lane> Place<L> {
    fn at(&mut self, pan: L) -> [L; 2] {
        let pan = pan.clamp(-1.0, 1.0);
        if L::any(pan.lt(self.pan) | pan.gt(self.pan)) {
            *self = Place { pan, gains: balance(pan) };
        }
        self.gains
    }
}

impl<L: Lane> Mixer<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        let centre = L::splat(0.0);
        Mixer { pans: [Place { pan: centre, gains: balance(centre) }; INPUTS] }
    }
}

/// Adds a stereo signal at its level and place, with a loop of its own for what stays.
#[inline(always)]
fn add<L: Lane>(y: [&mut [L]; 2], x: [&[L]; 2], level: Smooth<'_, L>, pan: Smooth<'_, L>, known: &mut Place<L>) {
    let [left, right] = y;
    let frames = left.iter_mut().zip(right).zip(x[0].iter().zip(x[1]));
    match (level, pan) {
        (Smooth::Constant(level), Smooth::Constant(pan)) => {
            let [l, r] = known.at(pan).map(|g| level * g);
            for ((left, right), (a, b)) in frames {
                *left += *a * l;
                *right += *b * r;
            }
        }
        (Smooth::Varying(level), Smooth::Constant(pan)) => {
            let [l, r] = known.at(pan);
            for (((left, right), (a, b)), level) in frames.zip(level) {
                *left += *a * (*level * l);
                *right += *b * (*level * r);
            }
        }
        (level, Smooth::Varying(pan)) => {
            for (i, (((left, right), (a, b)), pan)) in frames.zip(pan).enumerate() {
                let [l, r] = balance(*pan).map(|g| level.at(i) * g);
                *left += *a * l;
                *right += *b * r;
            }
        }
    }
}

impl<L: Lane> Processor for Mixer<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        // Sums start from zero, so that a silent input that is left out changes no bit.
        io.silence();
        let mut status = Status::Idle;
        for (n, known) in self.pans.iter_mut().enumerate() {
            let input = inp::in1 + n;
            if !io.patched(input) || (io.input_silent(input, 0) && io.input_silent(input, 1)) {
                continue;
            }
            status = Status::Active;
            let (level, pan) = (io.smooth::<L>(par::level1 + 2 * n), io.smooth::<L>(par::pan1 + 2 * n));
            let x = [io.input::<L>(input, 0), io.input::<L>(input, 1)];
            add(io.stereo::<L>(out::out), x, level, pan, known);
        }
        status
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{keeps_the_laws, noise, rig, survives_what_is_no_number, with};
    use bf_node::rig::Bench;

    #[test]
    fn inputs_add_up_with_their_levels_and_pans() {
        let values = [("level3", 0.5.into()), ("pan3", 1.0.into()), ("level8", 2.0.into())];
        let mut rig = rig(&SPEC, 2, &values);
        for channel in 0..2 {
            rig.feed("in3", channel, |_, _| 1.0);
            rig.feed("in8", channel, |_, _| 0.25);
        }
        let y = rig.run(64);
        assert_eq!(y[0][10], 0.5, "hard right leaves nothing on the left");
        assert!((y[1][10] - (0.5 * 2f32.sqrt() + 0.5)).abs() < 1e-6, "{}", y[1][10]);
    }

    #[test]
    fn ports_and_params_stand_in_the_order_of_the_inputs() {
        for n in 0..INPUTS {
            assert_eq!(SPEC.inputs[inp::in1 + n].name, format!("in{}", n + 1));
            assert_eq!(SPEC.params[par::level1 + 2 * n].name, format!("level{}", n + 1));
            assert_eq!(SPEC.params[par::pan1 + 2 * n].name, format!("pan{}", n + 1));
        }
    }

    #[test]
    fn nothing_patched_is_idle() {
        let mut rig = with(&SPEC, Bench { patched: Some(vec![]), ..Bench::default() });
        assert!(rig.run(64).iter().flatten().all(|y| *y == 0.0));
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn it_keeps_the_laws() {
        keeps_the_laws(&SPEC, 2, &[("pan1", 0.3.into()), ("level5", 0.1.into())], |_| ());
        keeps_the_laws(&SPEC, 2, &[], |rig| {
            rig.drive("pan2", noise(4));
            rig.drive("level3", noise(5));
        });
        survives_what_is_no_number(&SPEC, 2);
    }
}
