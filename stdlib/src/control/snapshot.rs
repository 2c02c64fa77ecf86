//! Recalls stored params.

use bf_node::{
    Event, EventBody, Form, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PortSpec, Processor, Role, Setup, Status,
    node,
};

node! {
    /// Sets the params of other nodes to a stored snapshot.
    ///
    /// A snapshot stores chosen params of the patch under a name. It is recalled by a trigger or a note into
    /// `trigger`, or when `recall` goes on; numbers glide to their stored values, everything else jumps.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 140.0
    /// [nodes]
    /// bars = { type = "clockdiv", rate = "1/1" }
    /// half = { type = "clockdiv", rate = "1/1", division = 2, offset = 1 }
    /// low = { type = "snapshot", name = "low" }
    /// high = { type = "snapshot", name = "high" }
    /// osc = { type = "sine", freq = 220.0 }
    /// level = { type = "maths", op = "mul", value = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "low" = "bars"
    /// "high" = "half"
    /// "level" = "osc"
    /// "out" = "level"
    /// [snapshots.low]
    /// "osc.freq" = 220.0
    /// [snapshots.high]
    /// "osc.freq" = 330.0
    /// ```
    snapshot: Control,
    inputs { trigger: PortSpec::events("trigger", "A trigger or a note recalls the snapshot.") },
    outputs { recalled: PortSpec::events("recalled", "A trigger when the snapshot is recalled.") },
    params {
        name: ParamSpec::setting("name", "", Form::Text, "Which snapshot."),
        recall: ParamSpec::switch("recall", false, "Recalls the snapshot when it goes on."),
    },
    with { make: make, role: Role::Snapshot, channels: NodeChannels::Fixed(1), free_running: true }
}

fn make(_setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(Box::new(Snapshot { on: None }))
}

struct Snapshot {
    /// Where the switch stood; nothing before the first piece, so that opening a patch recalls nothing.
    on: Option<bool>,
}

const RECALLED: EventBody = EventBody::Trigger { value: 1.0 };

impl Processor for Snapshot {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let on = io.switch(par::recall);
        if self.on.replace(on) == Some(false) && on {
            io.emit(out::recalled, 0, RECALLED);
        }
        // The switch may be turned at any time.
        Status::Active
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        if let EventBody::Trigger { .. } | EventBody::NoteOn(_) = event.body {
            io.emit(out::recalled, 0, RECALLED);
        }
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.on = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::note_on;
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn triggers_and_the_switch_recall() {
        let mut rig = Rig::new(&SPEC, &Bench::default()).unwrap();
        rig.event(3, "trigger", EventBody::Trigger { value: 0.2 });
        rig.event(5, "trigger", note_on(1, 60.0, 0.5));
        rig.run(64);
        rig.set("recall", 1.0);
        rig.run(64);
        rig.set("recall", 0.0);
        rig.run(64);
        assert_eq!(rig.events("recalled"), [(3, RECALLED), (5, RECALLED), (64, RECALLED)]);
    }

    #[test]
    fn opening_a_patch_recalls_nothing() {
        let mut rig = Rig::new(&SPEC, &Bench { values: vec![("recall", true.into())], ..Bench::default() }).unwrap();
        rig.run(64);
        assert!(rig.events("recalled").is_empty());
    }
}
