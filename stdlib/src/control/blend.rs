//! One param of a morph.

use bf_dsp::{Lane, math};
use bf_node::{Io, LaneMask, MakeError, NodeChannels, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};
use core::marker::PhantomData;

node! {
    /// Goes from one value to another as a position goes from 0 to 1.
    ///
    /// In equal steps, or with `scale = "log"` in equal ratios where both values have the same sign, as befits a
    /// frequency. A `morph` is made of these.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// knob = { type = "macro", value = 0.5 }
    /// pitch = { type = "blend", a = 110.0, b = 440.0, scale = "log" }
    /// osc = { type = "sine" }
    /// level = { type = "maths", op = "mul", value = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "pitch" = "knob"
    /// "osc.freq" = "pitch"
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    blend: Control,
    inputs { position: PortSpec::mono("position", "Where between the two, 0 to 1.") },
    outputs { out: PortSpec::mono("out", "The value there.") },
    params {
        a: ParamSpec::number("a", 0.0, -1.0e6, 1.0e6, "The value at 0.").smooth(),
        b: ParamSpec::number("b", 1.0, -1.0e6, 1.0e6, "The value at 1.").smooth(),
        scale: ParamSpec::choice("scale", 0, &["linear", "log"], "Whether it goes in equal steps or in equal ratios."),
    },
    with { make: make, channels: NodeChannels::Fixed(1), free_running: true }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Blend))
}

struct Blend<L>(PhantomData<L>);

impl<L: Lane> Blend<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        Blend(PhantomData)
    }
}

/// The way in equal ratios; in equal steps where there is none.
fn ratios(a: f32, b: f32, x: f32) -> f32 {
    if a * b > 0.0 { a * math::pow(b / a, x) } else { a + (b - a) * x }
}

impl<L: Lane> Processor for Blend<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let (a, b) = (io.smooth::<L>(par::a), io.smooth::<L>(par::b));
        let log = io.index(par::scale) == 1;
        let position = io.input::<L>(inp::position, 0);
        for (i, y) in io.output::<L>(out::out, 0).iter_mut().enumerate() {
            let (a, b, x) = (a.at(i), b.at(i), position[i].clamp(0.0, 1.0));
            // Written so that 0 gives exactly `a` and 1 exactly `b`.
            let value = match log {
                false => a * (L::splat(1.0) - x) + b * x,
                true => L::from_fn(|l| ratios(a.get(l), b.get(l), x.get(l))),
            };
            *y = value.finite_or_zero();
        }
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_node::rig::{Bench, Rig};

    fn heard(a: f64, b: f64, scale: &str) -> Vec<f32> {
        let values = vec![("a", a.into()), ("b", b.into()), ("scale", scale.into())];
        let mut rig = Rig::new(&SPEC, &Bench { values, ..Bench::default() }).unwrap();
        rig.feed("position", 0, |f, _| [0.0, 0.5, 1.0, 7.0, f32::NAN][f as usize % 5]);
        rig.run(16)[0][..5].to_vec()
    }

    #[test]
    fn values_blend_in_steps_or_ratios() {
        assert_eq!(heard(100.0, 400.0, "linear"), [100.0, 250.0, 400.0, 400.0, 100.0]);
        assert_eq!(heard(100.0, 400.0, "log"), [100.0, 200.0, 400.0, 400.0, 100.0]);
        assert_eq!(heard(-1.0, 1.0, "log")[1], 0.0);
    }
}
