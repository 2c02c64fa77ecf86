//! A macro: one knob for many things.

use super::constant::copy_limited;
use bf_dsp::Lane;
use bf_node::{Io, LaneMask, MakeError, NodeChannels, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};
use core::marker::PhantomData;

node! {
    /// One knob from 0 to 1 that moves whatever its cables reach.
    ///
    /// Each cable says by `amount` how far the knob moves its param: a filter by octaves, a level by decibels, a
    /// delay by seconds. Turn it by hand, from a tablet, or let a cable turn it.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// heat = { type = "macro", value = 0.6 }
    /// osc = { type = "saw", freq = 55.0 }
    /// filter = { type = "svf", cutoff = 200.0 }
    /// level = { type = "maths", op = "mul", value = 0.2 }
    /// out = { type = "output" }
    /// [cables]
    /// "filter" = "osc"
    /// "filter.cutoff" = { from = "heat", amount = 4.0 }
    /// "level" = "filter"
    /// "level.value" = { from = "heat", amount = 0.1 }
    /// "out" = "level"
    /// ```
    macro: Control,
    inputs { },
    outputs { out: PortSpec::mono("out", "Where the knob stands, 0 to 1.") },
    params { value: ParamSpec::unit_range("value", 0.0, "Where the knob stands.").smooth() },
    with { make: make, channels: NodeChannels::Fixed(1), free_running: true }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Knob))
}

struct Knob<L>(PhantomData<L>);

impl<L: Lane> Knob<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        Knob(PhantomData)
    }
}

impl<L: Lane> Processor for Knob<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        copy_limited::<L>(io, par::value, out::out);
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn the_knob_stays_between_its_ends() {
        assert_eq!(SPEC.name, "macro");
        let mut rig = Rig::new(&SPEC, &Bench::default()).unwrap();
        rig.drive("value", |f, _| [0.25, 7.0, -7.0, f32::NAN][f as usize % 4]);
        assert_eq!(rig.run(64)[0][..4], [0.25, 1.0, 0.0, 0.0]);
    }
}
