//! Blends two snapshots.

use bf_node::{Form, NodeChannels, ParamSpec, Role, node};

node! {
    /// Blends the params of other nodes between two stored snapshots.
    ///
    /// At `position` 0 the params stand as in snapshot `a`, at 1 as in `b`, and in between on the way: in equal
    /// steps, or in equal ratios where the param is logarithmic. What cannot be blended changes over at one half.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// drift = { type = "morph", a = "calm", b = "wild", position = 0.0 }
    /// osc = { type = "sine", freq = 220.0 }
    /// level = { type = "maths", op = "mul", value = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    morph: Control,
    inputs { },
    outputs { },
    params {
        a: ParamSpec::setting("a", "", Form::Text, "The snapshot at position 0."),
        b: ParamSpec::setting("b", "", Form::Text, "The snapshot at position 1."),
        position: ParamSpec::unit_range("position", 0.0, "Where between the two."),
    },
    with { role: Role::Morph, channels: NodeChannels::Fixed(1) }
}
