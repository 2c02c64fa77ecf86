//! What the sound device records.

use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Role, Setup, Status, node};

node! {
    /// What the sound device records: a microphone, an instrument, another machine.
    ///
    /// Two neighbouring channels of the device leave as left and right. Where the device has fewer channels, or
    /// while a file is rendered with no recording, there is silence.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// mic = { type = "input", channel = 1 }
    /// tone = { type = "sine", freq = 220.0 }
    /// mix = { type = "mixer", level1 = 0.8, level2 = 0.2 }
    /// out = { type = "output" }
    /// [cables]
    /// "mix.in1" = "mic"
    /// "mix.in2" = "tone"
    /// "out" = "mix"
    /// ```
    input: Edge,
    inputs {},
    outputs { out: PortSpec::stereo("out", "Two channels of the device.") },
    params {
        channel: ParamSpec::integer("channel", 1, 1, 64, "The device's channel that is left; the next one is right."),
    },
    with { role: Role::Input, channels: bf_node::NodeChannels::Fixed(2), make: make }
}

fn make(_setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(Box::new(Input))
}

/// The engine writes what is recorded; where it does not, there is silence.
struct Input;

impl Processor for Input {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        io.silence();
        Status::Idle
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::rig;

    #[test]
    fn without_a_device_there_is_silence() {
        let mut rig = rig(&SPEC, 2, &[]);
        assert!(rig.run(64).iter().flatten().all(|y| *y == 0.0));
        assert_eq!(rig.status, Status::Idle);
    }
}
