//! A value that stays.

use bf_dsp::Lane;
use bf_node::{
    Io, LaneMask, MakeError, NodeChannels, ParamSpec, PortSpec, Processor, Setup, Smooth, Status, lanes, node,
};
use core::marker::PhantomData;

node! {
    /// Gives out one value.
    ///
    /// For a number that several cables share, in whatever unit they want; a change glides.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// tune = { type = "constant", value = 220.0 }
    /// osc = { type = "sine" }
    /// level = { type = "maths", op = "mul", value = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "osc.freq" = "tune"
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    constant: Control,
    inputs { },
    outputs { out: PortSpec::mono("out", "The value.") },
    params { value: ParamSpec::number("value", 0.0, -20_000.0, 20_000.0, "The value, in the unit of what it drives.").smooth() },
    with { make: make, channels: NodeChannels::Fixed(1), free_running: true }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Constant))
}

struct Constant<L>(PhantomData<L>);

impl<L: Lane> Constant<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        Constant(PhantomData)
    }
}

/// Copies a smooth param to an output; what is not finite is 0.
pub(super) fn copy<L: Lane>(io: &mut Io<'_>, param: usize, output: usize) {
    let value = io.smooth::<L>(param);
    let out = io.output::<L>(output, 0);
    match value {
        Smooth::Constant(x) => out.fill(x.finite_or_zero()),
        Smooth::Varying(xs) => out.iter_mut().zip(xs).for_each(|(y, x)| *y = x.finite_or_zero()),
    }
}

/// Copies a smooth param of the range 0 to 1 to an output; a cable may drive it past its ends.
pub(super) fn copy_limited<L: Lane>(io: &mut Io<'_>, param: usize, output: usize) {
    let value = io.smooth::<L>(param);
    for (i, y) in io.output::<L>(output, 0).iter_mut().enumerate() {
        *y = value.at(i).clamp(0.0, 1.0);
    }
}

impl<L: Lane> Processor for Constant<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        copy::<L>(io, par::value, out::out);
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn the_value_comes_out() {
        let mut rig = Rig::new(&SPEC, &Bench { values: vec![("value", 220.0.into())], ..Bench::default() }).unwrap();
        assert!(rig.run(64)[0].iter().all(|x| *x == 220.0));
        rig.drive("value", |f, _| if f == 70 { f32::NAN } else { f as f32 });
        let out = &rig.run(64)[0];
        assert_eq!((out[5], out[6], out[63]), (69.0, 0.0, 127.0));
    }
}
