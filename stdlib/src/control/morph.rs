//! Blends two snapshots.

use super::constant::copy_limited;
use bf_dsp::Lane;
use bf_node::{
    Form, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PortSpec, Processor, Role, Setup, Status, lanes, node,
};
use core::marker::PhantomData;

node! {
    /// Blends the params of other nodes between two stored snapshots.
    ///
    /// At `position` 0 the params that both snapshots store stand as in `a`, at 1 as in `b`, and in between on the
    /// way. While a morph holds them, other hands do not move them.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// wave = { type = "lfo", rate = 0.5 }
    /// drift = { type = "morph", a = "calm", b = "wild", position = 0.5 }
    /// osc = { type = "sine", freq = 220.0 }
    /// level = { type = "maths", op = "mul", value = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "drift.position" = { from = "wave", amount = 0.5 }
    /// "level" = "osc"
    /// "out" = "level"
    /// [snapshots.calm]
    /// "osc.freq" = 220.0
    /// "level.value" = 0.1
    /// [snapshots.wild]
    /// "osc.freq" = 330.0
    /// "level.value" = 0.4
    /// ```
    morph: Control,
    inputs { },
    outputs { out: PortSpec::mono("out", "The position.") },
    params {
        a: ParamSpec::setting("a", "", Form::Text, "The snapshot at position 0."),
        b: ParamSpec::setting("b", "", Form::Text, "The snapshot at position 1."),
        position: ParamSpec::unit_range("position", 0.0, "Where between the two.").smooth(),
    },
    with { make: make, role: Role::Morph, channels: NodeChannels::Fixed(1), free_running: true }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Morph))
}

struct Morph<L>(PhantomData<L>);

impl<L: Lane> Morph<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        Morph(PhantomData)
    }
}

impl<L: Lane> Processor for Morph<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        copy_limited::<L>(io, par::position, out::out);
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn the_position_comes_out() {
        let mut rig = Rig::new(&SPEC, &Bench::default()).unwrap();
        rig.drive("position", |f, _| f as f32 / 32.0);
        let out = &rig.run(64)[0];
        assert_eq!((out[0], out[16], out[63]), (0.0, 0.5, 1.0));
    }
}
