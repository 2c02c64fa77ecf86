//! One sound into another.

use bf_dsp::Lane;
use bf_dsp::pan::equal_power;
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Smooth, Status, node};

node! {
    /// Fades from one signal to another.
    ///
    /// At 0 only `a` is heard, at 1 only `b`, both exactly. `equal_power` keeps the loudness of two different sounds
    /// (both −3 dB in the middle); `linear` keeps the level of two that are alike, such as a dry sound and its
    /// filtered self.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// dark = { type = "triangle", freq = 110.0 }
    /// bright = { type = "saw", freq = 110.0 }
    /// sweep = { type = "lfo", rate = 0.3 }
    /// fade = { type = "crossfade", position = 0.5 }
    /// low = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "fade.a" = "dark"
    /// "fade.b" = "bright"
    /// "fade.position" = { from = "sweep", amount = 0.5 }
    /// "low" = "fade"
    /// "out" = "low"
    /// ```
    crossfade: Mix,
    inputs {
        a: PortSpec::signal("a", "Heard at position 0."),
        b: PortSpec::signal("b", "Heard at position 1."),
    },
    outputs { out: PortSpec::signal("out", "The blend.") },
    params {
        position: ParamSpec::unit_range("position", 0.5, "From `a` (0) to `b` (1).").smooth(),
        law: ParamSpec::choice("law", 0, &["equal_power", "linear"], "How the two share the way."),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(bf_node::lanes!(setup, Crossfade))
}

/// The gains of a position that stays are worked out once.
struct Crossfade<L> {
    position: L,
    linear: bool,
    gains: [L; 2],
}

impl<L: Lane> Crossfade<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        Crossfade::at(L::splat(0.0), false)
    }
    fn at(position: L, linear: bool) -> Self {
        let gains = if linear { linear_gains(position) } else { power_gains(position) };
        Crossfade { position, linear, gains }
    }
}

#[inline(always)]
fn power_gains<L: Lane>(position: L) -> [L; 2] {
    equal_power(position + position - L::splat(1.0))
}

#[inline(always)]
fn linear_gains<L: Lane>(position: L) -> [L; 2] {
    let b = position.clamp(0.0, 1.0);
    [L::splat(1.0) - b, b]
}

#[inline(always)]
fn blend<L: Lane>(y: &mut [L], a: &[L], b: &[L], position: &[L], gains: impl Fn(L) -> [L; 2]) {
    for (((y, a), b), position) in y.iter_mut().zip(a).zip(b).zip(position) {
        let [ga, gb] = gains(*position);
        *y = *a * ga + *b * gb;
    }
}

impl<L: Lane> Processor for Crossfade<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let position = io.smooth::<L>(par::position);
        let linear = io.index(par::law) == 1;
        if let Smooth::Constant(position) = position {
            let position = position.clamp(0.0, 1.0);
            let moved = L::any(position.lt(self.position) | position.gt(self.position));
            if moved || linear != self.linear {
                *self = Crossfade::at(position, linear);
            }
        }
        let mut status = Status::Idle;
        for channel in 0..io.channels() {
            if !(io.input_silent(inp::a, channel) && io.input_silent(inp::b, channel)) {
                status = Status::Active;
            }
            let (a, b) = (io.input::<L>(inp::a, channel), io.input::<L>(inp::b, channel));
            let y = io.output::<L>(out::out, channel);
            match position {
                Smooth::Constant(_) => {
                    let [ga, gb] = self.gains;
                    for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
                        *y = *a * ga + *b * gb;
                    }
                }
                Smooth::Varying(position) if linear => blend(y, a, b, position, linear_gains),
                Smooth::Varying(position) => blend(y, a, b, position, power_gains),
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

    fn at(position: f64, law: &str, a: f32, b: f32) -> f32 {
        let mut rig = rig(&SPEC, 1, &[("position", position.into()), ("law", law.into())]);
        rig.feed("a", 0, move |_, _| a);
        rig.feed("b", 0, move |_, _| b);
        rig.run(64)[0][63]
    }

    #[test]
    fn the_ends_are_exact_and_the_middle_follows_the_law() {
        for law in ["equal_power", "linear"] {
            assert_eq!(at(0.0, law, 0.3, 0.9), 0.3);
            assert_eq!(at(1.0, law, 0.3, 0.9), 0.9);
        }
        assert_eq!(at(0.5, "linear", 1.0, 1.0), 1.0);
        assert!((20.0 * at(0.5, "equal_power", 1.0, 0.0).log10() + 3.0103).abs() < 1e-3);
        for i in 0..=10 {
            let p = f64::from(i) / 10.0;
            let (a, b) = (at(p, "equal_power", 1.0, 0.0), at(p, "equal_power", 0.0, 1.0));
            assert!((a * a + b * b - 1.0).abs() < 2e-6);
        }
    }

    #[test]
    fn a_moving_position_has_the_bits_of_one_that_stays() {
        let mut still = rig(&SPEC, 1, &[("position", 0.7.into())]);
        let mut driven = rig(&SPEC, 1, &[]);
        driven.drive("position", |_, _| 0.7);
        for rig in [&mut still, &mut driven] {
            rig.feed("a", 0, noise(1));
            rig.feed("b", 0, noise(2));
        }
        assert_eq!(still.run(128), driven.run(128));
    }

    #[test]
    fn it_keeps_the_laws() {
        keeps_the_laws(&SPEC, 2, &[("position", 0.2.into())], |_| ());
        keeps_the_laws(&SPEC, 1, &[("law", "linear".into())], |rig| rig.drive("position", noise(3)));
        survives_what_is_no_number(&SPEC, 1);
    }
}
