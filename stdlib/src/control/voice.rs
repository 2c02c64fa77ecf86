//! What a voice of an instrument plays.

use bf_node::{NodeChannels, PortSpec, Role, node};

node! {
    /// Inside an instrument: the note that this voice plays.
    ///
    /// An instrument is a patch file that another patch plays with `type = "patch"` and a number of `voices`. Each
    /// voice is a copy of the file's nodes, and this node says in each of them what its note is. A control that the
    /// note carries arrives on the control of that name that the file declares. The file `keys.toml` could be
    ///
    /// ```text
    /// beatforge = 1
    /// voices = 8
    /// [nodes]
    /// note = { type = "voice" }
    /// osc = { type = "saw" }
    /// env = { type = "adsr" }
    /// level = { type = "maths", op = "mul" }
    /// touch = { type = "maths", op = "mul" }
    /// [cables]
    /// "osc.freq" = "note.freq"
    /// "env" = "note.gate"
    /// "level" = "osc"
    /// "level.value" = { from = "env", amount = 0.3 }
    /// "touch.a" = "level"
    /// "touch.b" = "note.velocity"
    /// [outputs]
    /// out = "touch"
    /// ```
    ///
    /// and the set beside it that plays it
    ///
    /// ```text
    /// beatforge = 1
    /// [nodes]
    /// line = { type = "steps", steps = "c4 eb4 g4 ~" }
    /// keys = { type = "patch", file = "keys.toml" }
    /// out = { type = "output" }
    /// [cables]
    /// "keys" = "line"
    /// "out" = "keys"
    /// ```
    voice: Edge,
    inputs { },
    outputs {
        freq: PortSpec::mono("freq", "The frequency of the note in Hz."),
        pitch: PortSpec::mono("pitch", "Its MIDI note number; 69 is 440 Hz."),
        gate: PortSpec::mono("gate", "1 while it is held, else 0."),
        velocity: PortSpec::mono("velocity", "How hard it was struck, 0 to 1."),
        trigger: PortSpec::mono("trigger", "1 for one frame when it begins."),
    },
    params { },
    with { role: Role::Voice, channels: NodeChannels::Fixed(1) }
}
