//! Recalls stored params.

use bf_node::{Form, NodeChannels, ParamSpec, PortSpec, Role, node};

node! {
    /// Sets the params of other nodes to a stored snapshot.
    ///
    /// A snapshot stores chosen params of the patch under a name. It is recalled by a trigger or a note into
    /// `trigger`, or when `recall` goes on; numbers glide to their stored values, everything else jumps.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// bars = { type = "clockdiv", rate = "cycle", division = 8 }
    /// calm = { type = "snapshot", name = "calm" }
    /// osc = { type = "sine", freq = 220.0 }
    /// level = { type = "maths", op = "mul", value = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "calm" = "bars"
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    snapshot: Control,
    inputs { trigger: PortSpec::events("trigger", "A trigger or a note recalls the snapshot.") },
    outputs { },
    params {
        name: ParamSpec::setting("name", "", Form::Text, "Which snapshot."),
        recall: ParamSpec::switch("recall", false, "Recalls the snapshot when it goes on."),
    },
    with { role: Role::Snapshot, channels: NodeChannels::Fixed(1) }
}
