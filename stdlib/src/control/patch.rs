//! A patch file in the place of a node.

use bf_node::{Form, ParamSpec, PortSpec, Role, node};

node! {
    /// Plays another patch file as one node.
    ///
    /// Its inputs, outputs and controls are those that the file declares under `[inputs]`, `[outputs]` and
    /// `[controls]`. With `voices` of 1 or more it is an instrument: each note that enters `notes` gets a voice, a
    /// copy of the file's nodes, and the voices are summed; where all are busy, the quietest is taken. With 0 the
    /// file plays as it is, as an effect or a part of a larger patch.
    ///
    /// ```text
    /// beatforge = 1
    /// [nodes]
    /// line = { type = "steps", steps = "c3 eb3 g3 bb3" }
    /// keys = { type = "patch", file = "patches/keys.toml", voices = 8 }
    /// out = { type = "output" }
    /// [cables]
    /// "keys" = "line"
    /// "out" = "keys"
    /// ```
    patch: Edge,
    inputs { notes: PortSpec::events("notes", "The notes that an instrument plays.") },
    outputs { out: PortSpec::signal("out", "What the file's output gives.") },
    params {
        file: ParamSpec::setting("file", "", Form::Patch, "The patch file, relative to the set."),
        voices: ParamSpec::setting("voices", "0", Form::Count(0, 512), "How many notes may sound at once; 0 for a patch that is no instrument."),
    },
    with { role: Role::Patch }
}
