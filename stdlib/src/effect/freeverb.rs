//! A room of combs and all-passes.

use super::blend::{blend, silent};
use bf_dsp::freeverb::{Freeverb, Room};
use bf_node::{
    Adopt, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup, Status, node,
};
use core::any::Any;

node! {
    /// Freeverb: a room of eight combs and four all-passes for each ear.
    ///
    /// Both inputs enter one room; each ear hears it through lines of slightly different length. It is cheap, dense
    /// and a little metallic, which suits drums and plucked notes. `freeze` at 1 holds what sounds for ever and lets
    /// nothing new in. As in the original, direct current passes, and the larger the room the stronger: put a
    /// high-pass before it where that could be.
    ///
    /// *Source*: Jezar at Dreampoint, Freeverb (public domain, 2000). Lengths are scaled to the sample rate.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// string = { type = "pluck" }
    /// beat = { type = "euclid", pulses = 3, steps = 8 }
    /// room = { type = "freeverb", room = 0.8, damp = 0.3, mix = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "string.notes" = "beat"
    /// "room" = "string"
    /// "out" = "room"
    /// ```
    freeverb: Reverb,
    inputs { input: PortSpec::stereo("input", "What sounds in the room.") },
    outputs { out: PortSpec::stereo("out", "Dry and wet together.") },
    params {
        room: ParamSpec::unit_range("room", 0.5, "How large the room is: from half a second to about eleven, with `damp` at 0."),
        damp: ParamSpec::unit_range("damp", 0.5, "How much faster highs fade than lows."),
        width: ParamSpec::unit_range("width", 1.0, "0: both ears hear the same; 1: each its own."),
        freeze: ParamSpec::unit_range("freeze", 0.0, "At 1 the tail is held for ever and nothing new enters."),
        mix: ParamSpec::unit_range("mix", 0.33, "0: only the dry sound; 1: only the room.").smooth(),
    },
    with { channels: NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(Node { verb: Freeverb::new(setup.sample_rate) }))
}

struct Node {
    verb: Freeverb,
}

/// The scales of the original: a room of 0 to 1 is a feedback of 0.7 to 0.98.
fn room_of(io: &Io<'_>) -> Room {
    let freeze = io.number(par::freeze);
    let feedback = 0.7 + 0.28 * io.number(par::room);
    Room {
        feedback: feedback + (1.0 - feedback) * freeze,
        damp: 0.4 * io.number(par::damp) * (1.0 - freeze),
        gain: 0.015 * (1.0 - freeze),
    }
}

/// Half of what the original multiplies the wet sound with: a middling room is then about as loud as what enters.
const WET: f32 = 1.5;

impl Processor for Node {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let dry = [io.input::<f32>(inp::input, 0), io.input::<f32>(inp::input, 1)];
        if self.verb.at_rest() && silent(dry[0], dry[1]) {
            io.silence();
            return Status::Idle;
        }
        let (room, width, mix) = (room_of(io), io.number(par::width), io.smooth::<f32>(par::mix));
        let [left, right] = io.stereo::<f32>(out::out);
        self.verb.process(&room, dry, [&mut *left, &mut *right]);
        let (own, other) = (WET * (0.5 + 0.5 * width), WET * (0.5 - 0.5 * width));
        for (l, r) in left.iter_mut().zip(right.iter_mut()) {
            (*l, *r) = (*l * own + *r * other, *r * own + *l * other);
        }
        blend(dry[0], left, mix);
        blend(dry[1], right, mix);
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.verb.clear();
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match (old as &mut dyn Any).downcast_mut::<Self>() {
            Some(old) => {
                core::mem::swap(&mut self.verb, &mut old.verb);
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
        laws::rests(&SPEC, &[("room", 0.0.into()), ("damp", 0.9.into())], 3.0);
    }

    fn energies(values: &[(&'static str, bf_node::Value)], windows: &[usize]) -> Vec<f64> {
        let mut rig = Rig::new(&SPEC, &Bench { values: values.to_vec(), ..Bench::default() }).unwrap();
        for channel in 0..2 {
            rig.feed("input", channel, |frame, _| if frame == 0 { 1.0 } else { 0.0 });
        }
        let mut energy = |n: usize| rig.run(n).iter().flatten().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        windows.iter().map(|n| energy(*n)).collect()
    }

    #[test]
    fn the_tail_decays_as_the_feedback_says() {
        // Feedback 0.84 in combs of 25 to 37 ms, 31 ms in the mean: 60 dB in about 1.2 s.
        let values = [("room", 0.5.into()), ("damp", 0.0.into()), ("mix", 1.0.into())];
        let e = energies(&values, &[9_600, 9_600, 9_600]);
        let fall = 10.0 * (e[1] / e[2]).log10();
        let secs = 60.0 * 0.2 / fall;
        assert!((1.0..1.6).contains(&secs), "{secs} s");
    }

    #[test]
    fn freeze_holds_the_tail() {
        let mut rig = Rig::new(&SPEC, &Bench { values: vec![("mix", 1.0.into())], ..Bench::default() }).unwrap();
        for channel in 0..2 {
            rig.feed("input", channel, |frame, _| ((frame * frame) as f32 * 1e-5).sin());
        }
        rig.run(9_600);
        rig.set("freeze", 1.0);
        let mut energy = || rig.run(48_000).iter().flatten().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let (first, _, third) = (energy(), energy(), energy());
        assert!((third / first).log10().abs() < 0.05, "{first} {third}");
    }

    #[test]
    fn no_width_is_mono_and_no_mix_is_dry() {
        let mut rig =
            Rig::new(&SPEC, &Bench { values: vec![("width", 0.0.into()), ("mix", 1.0.into())], ..Bench::default() })
                .unwrap();
        rig.feed("input", 0, |frame, _| (frame as f32 * 0.1).sin());
        let out = rig.run(8_000);
        assert!(out[0] == out[1] && out[0].iter().any(|x| x.abs() > 0.01));
        rig.set("mix", 0.0);
        let out = rig.run(64);
        assert!((0..64).all(|i| out[0][i] == ((8_000 + i) as f32 * 0.1).sin()));
    }
}
