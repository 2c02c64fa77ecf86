//! What is heard.

use bf_node::{Form, Io, LaneMask, MakeError, Outlet, ParamSpec, PortSpec, Processor, Role, Setup, Status, node};

node! {
    /// What enters here is heard.
    ///
    /// Everything that is cabled in is summed and goes to the first two channels of the sound device, or into the
    /// file that is rendered. One channel goes to both sides. Several outputs are summed as well.
    ///
    /// With `channels` it goes to another pair of the device, from `"3/4"` to `"15/16"`, such as headphones or a desk;
    /// where the device has none such it is silent. `"beside"` adds it to channels 1 and 2 at the device alone, and
    /// `"instead"` is heard there in place of all else while a strip is cued. Only `"1/2"` is rendered and recorded.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// tone = { type = "sine", freq = 440.0 }
    /// soft = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "soft" = "tone"
    /// "out" = "soft"
    /// ```
    output: Edge,
    inputs { input: PortSpec::stereo("input", "Left and right, as they are heard.") },
    outputs {},
    params {
        channels: ParamSpec::setting("channels", "1/2", Form::Text, "The pair of the device's channels: 1/2, 3/4 … 15/16; or beside, or instead."),
    },
    with { role: Role::Output, channels: bf_node::NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    if Outlet::from_name(setup.text("channels")).is_none() {
        return Err(setup.wrong("channels", format!("one of {}", Outlet::NAMES.join(", "))));
    }
    Ok(Box::new(Output))
}

/// The engine takes what enters; nothing is left to do.
struct Output;

impl Processor for Output {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let silent = io.input_silent(inp::input, 0) && io.input_silent(inp::input, 1);
        if silent { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{noise, rig};

    #[test]
    fn it_rests_while_nothing_enters() {
        let mut rig = rig(&SPEC, 2, &[]);
        assert!(rig.run(64).is_empty());
        assert_eq!(rig.status, Status::Idle);
        rig.feed("input", 1, noise(1));
        rig.run(64);
        assert_eq!(rig.status, Status::Active);
    }
}
