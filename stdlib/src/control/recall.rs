//! One stored value of a snapshot.

use bf_node::{
    Event, EventBody, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PortSpec, Processor, Setup, Status, node,
};

node! {
    /// Sends a stored value when it is triggered.
    ///
    /// A cable from here to a param sets it to `value` at each trigger or note that enters; the param glides there
    /// and can be turned by hand afterwards. A `snapshot` is made of these.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 120.0
    /// [nodes]
    /// bars = { type = "clockdiv", rate = "1/1", division = 2 }
    /// half = { type = "clockdiv", rate = "1/1", division = 2, offset = 1 }
    /// low = { type = "recall", value = 220.0 }
    /// high = { type = "recall", value = 330.0 }
    /// osc = { type = "sine" }
    /// level = { type = "maths", op = "mul", value = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "low" = "bars"
    /// "high" = "half"
    /// "osc.freq" = ["low", "high"]
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    recall: Control,
    inputs { trigger: PortSpec::events("trigger", "A trigger or a note sends the value.") },
    outputs { out: PortSpec::events("out", "The value, for a param.") },
    params { value: ParamSpec::number("value", 0.0, -1.0e6, 1.0e6, "The stored value, in the unit of what it sets.") },
    with { make: make, channels: NodeChannels::Fixed(1) }
}

fn make(_setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(Box::new(Recall))
}

struct Recall;

impl Processor for Recall {
    fn process(&mut self, _io: &mut Io<'_>) -> Status {
        Status::Idle
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        if let EventBody::Trigger { .. } | EventBody::NoteOn(_) = event.body {
            let value = io.number(par::value);
            io.emit(out::out, 0, EventBody::Trigger { value });
        }
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn a_trigger_sends_the_value() {
        let mut rig = Rig::new(&SPEC, &Bench { values: vec![("value", 900.0.into())], ..Bench::default() }).unwrap();
        rig.event(3, "trigger", EventBody::Trigger { value: 0.2 });
        rig.run(64);
        assert_eq!(rig.events("out"), [(3, EventBody::Trigger { value: 900.0 })]);
    }
}
