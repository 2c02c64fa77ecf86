//! A number that comes by OSC.

use super::constant::copy;
use bf_dsp::Lane;
use bf_node::{
    Form, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node,
};
use core::marker::PhantomData;

node! {
    /// Says what messages of OSC to an address say.
    ///
    /// The number of each message stays until the next comes; it glides there over 10 ms, on the frame of its time tag
    /// where it has one. Use it for data of other programs: sensors, dancers, weather. What is to be saved and undone,
    /// such as the fader of a tablet, is better mapped to a param.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// hand = { type = "osc_in", address = "/hand/height", value = 0.3 }
    /// osc = { type = "saw", freq = 110.0 }
    /// filter = { type = "svf", cutoff = 300.0 }
    /// level = { type = "gain", gain = 0.2 }
    /// out = { type = "output" }
    /// [cables]
    /// "filter" = "osc"
    /// "filter.cutoff" = { from = "hand", amount = 4.0 }
    /// "level" = "filter"
    /// "out" = "level"
    /// ```
    osc_in: Edge,
    inputs { },
    outputs { out: PortSpec::mono("out", "The number that came last.") },
    params {
        address: ParamSpec::setting("address", "/in", Form::Text, "The address of the messages, such as \"/hand/height\"."),
        argument: ParamSpec::setting("argument", "1", Form::Count(1, 64), "Which number of a message, from 1."),
        value: ParamSpec::number("value", 0.0, -1.0e6, 1.0e6, "What it says until a message comes.").smooth(),
    },
    with { make: make, channels: NodeChannels::Fixed(1), free_running: true }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, OscIn))
}

struct OscIn<L>(PhantomData<L>);

impl<L: Lane> OscIn<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        OscIn(PhantomData)
    }
}

impl<L: Lane> Processor for OscIn<L> {
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
        let mut rig = Rig::new(&SPEC, &Bench { values: vec![("value", (-3.5).into())], ..Bench::default() }).unwrap();
        assert!(rig.run(64)[0].iter().all(|x| *x == -3.5));
    }
}
