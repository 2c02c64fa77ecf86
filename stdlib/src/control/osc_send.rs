//! A number that leaves by OSC.

use bf_node::{
    Form, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Probe, Processor, Setup, Status, node,
};
use std::sync::Arc;

node! {
    /// Sends a signal to another program by OSC, as often as it changes but at most 60 times a second.
    ///
    /// For lights, pictures and other programs that follow a level, an envelope or an LFO. The signal passes on
    /// unchanged. What is to be exact in time is sent by patterns: `osc_out("127.0.0.1:9000", …)` in a script.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// wave = { type = "lfo", rate = 0.5 }
    /// light = { type = "osc_send", to = "127.0.0.1:9000", address = "/light" }
    /// osc = { type = "sine", freq = 220.0 }
    /// level = { type = "gain", gain = 0.2 }
    /// out = { type = "output" }
    /// [cables]
    /// "light" = "wave"
    /// "osc.freq" = { from = "light", amount = 0.1 }
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    osc_send: Edge,
    inputs { input: PortSpec::mono("input", "What is sent.") },
    outputs { out: PortSpec::mono("out", "The same, unchanged.") },
    params {
        to: ParamSpec::setting("to", "127.0.0.1:9000", Form::Text, "Host and port, such as \"127.0.0.1:9000\"."),
        address: ParamSpec::setting("address", "/out", Form::Text, "The address of the messages, such as \"/light\"."),
    },
    with { make: make, channels: NodeChannels::Fixed(1), probe_values: &["value"] }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| Ok(OscSend { probe: (lane == 0).then(|| Arc::clone(&setup.probe)) }))
}

struct OscSend {
    probe: Option<Arc<Probe>>,
}

impl Processor for OscSend {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let x = io.input::<f32>(inp::input, 0);
        let y = io.output::<f32>(out::out, 0);
        y.copy_from_slice(x);
        if let (Some(probe), Some(last)) = (&self.probe, x.last()) {
            probe.set(0, if last.is_finite() { *last } else { 0.0 });
        }
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn what_is_heard_passes_and_is_shown() {
        let mut rig = Rig::new(&SPEC, &Bench::default()).unwrap();
        rig.feed("input", 0, |frame, _| frame as f32 / 64.0);
        assert_eq!(rig.run(64)[0][32], 0.5);
        assert_eq!(rig.probe.get(0), 63.0 / 64.0);
    }
}
