//! The declaration of a node: the one place that names its ports and params.

use crate::{MakeError, ParamSpec, Processor, Setup};

/// Everything that is known of a node before it sounds: palette entry, help, addresses and the way to make it.
#[derive(Clone, Copy)]
pub struct NodeSpec {
    /// The type's name in patch files, `[a-z][a-z0-9_]*`.
    pub name: &'static str,
    /// Where the palette lists it.
    pub category: Category,
    /// The manual page: Markdown; its ```` ```toml ```` block is a patch that renders.
    pub help: &'static str,
    /// What cables may enter. The first is the one meant when a cable names none.
    pub inputs: &'static [PortSpec],
    /// What cables may leave. The first is the one meant when a cable names none.
    pub outputs: &'static [PortSpec],
    /// Values with range and unit, and settings that are read when the node is made.
    pub params: &'static [ParamSpec],
    /// How many channels a node of this type has.
    pub channels: NodeChannels,
    /// Whether the engine gives this node a meaning of its own.
    pub role: Role,
    /// A note-on does not reset this node inside a voice (a free-running oscillator or LFO).
    pub free_running: bool,
    /// The node works on blocks and cannot run frame by frame in a feedback loop.
    pub needs_block: bool,
    /// Declared delay in frames, compensated on parallel paths; `None` for no delay.
    pub latency: Option<fn(&Setup<'_>) -> u32>,
    /// Names of the values that the node publishes through its [`crate::Probe`].
    pub probe_values: &'static [&'static str],
    /// Frames of signal that the node publishes through its [`crate::Probe`]; 0 for none.
    pub probe_frames: usize,
    /// Room for what the node tells the control thread through its [`crate::Probe`]; 0 for none.
    pub told: usize,
    /// Makes the processor. Runs on the control thread and may allocate.
    pub make: fn(&Setup<'_>) -> Result<Box<dyn Processor>, MakeError>,
}

impl core::fmt::Debug for NodeSpec {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("NodeSpec").field("name", &self.name).finish_non_exhaustive()
    }
}

impl NodeSpec {
    /// The values that [`node!`](crate::node!) fills in where a declaration says nothing.
    pub const DEFAULT: NodeSpec = NodeSpec {
        name: "",
        category: Category::Utility,
        help: "",
        inputs: &[],
        outputs: &[],
        params: &[],
        channels: NodeChannels::FromInputs,
        role: Role::Plain,
        free_running: false,
        needs_block: false,
        latency: None,
        probe_values: &[],
        probe_frames: 0,
        told: 0,
        make: |_| Err(MakeError::NotMade),
    };

    /// The index of an input.
    pub fn input(&self, name: &str) -> Option<usize> {
        self.inputs.iter().position(|p| p.name == name)
    }
    /// The index of an output.
    pub fn output(&self, name: &str) -> Option<usize> {
        self.outputs.iter().position(|p| p.name == name)
    }
    /// The index of a param.
    pub fn param(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|p| p.name == name)
    }
    /// The first line of the help.
    pub fn summary(&self) -> &'static str {
        self.help.trim_start().lines().next().unwrap_or("").trim()
    }
    /// The patch in the help, if it holds one.
    pub fn example(&self) -> Option<String> {
        let mut lines = self.help.lines().skip_while(|l| l.trim() != "```toml").skip(1).peekable();
        lines.peek()?;
        let body: Vec<&str> =
            lines.take_while(|l| l.trim() != "```").map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
        Some(body.join("\n") + "\n")
    }
}

/// Where the palette lists a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Oscillators, noises, plucks.
    Source,
    /// Synthesised drums.
    Drum,
    /// Players of recorded sound.
    Sampler,
    /// Filters and equalisers.
    Filter,
    /// Envelopes, LFOs and what follows or holds a value.
    Modulation,
    /// Distortion and shaping.
    Shaper,
    /// Echoes and modulated delays.
    Delay,
    /// Rooms and plates.
    Reverb,
    /// Compressors, gates, limiters.
    Dynamics,
    /// Steps, clips, arpeggios.
    Sequencer,
    /// Gains, pans, strips, buses.
    Mix,
    /// Constants, macros, maths, logic.
    Control,
    /// Meters, scopes, spectra.
    Analysis,
    /// Where sound and notes enter and leave.
    Edge,
    /// Everything else.
    Utility,
}

/// What a cable carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One float a frame, lane and channel.
    Signal,
    /// Notes, controls and triggers, each on its frame.
    Event,
}

/// How many channels a port has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channels {
    /// As many as the node.
    Node,
    /// This many, whatever the node has. An input repeats one channel to this many.
    Fixed(u8),
}

/// How many channels a node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeChannels {
    /// The most that enter any of its [`Channels::Node`] inputs; 1 where nothing enters.
    FromInputs,
    /// Always this many.
    Fixed(u8),
    /// What the setting of this name says.
    Setting(&'static str),
}

/// What the engine does with a node beyond processing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Nothing.
    Plain,
    /// What enters is heard.
    Output,
    /// What the device records leaves here.
    Input,
    /// Stands for a patch file.
    Patch,
    /// Inside an instrument: gate, frequency and controls of each voice.
    Voice,
    /// A channel strip: takes part in solo, cue and stems.
    Strip,
    /// A sum of several sounds: takes part in solo and cue.
    Bus,
    /// What of strips is listened to before their faders enters here.
    Cue,
    /// Sets params of other nodes to a stored snapshot.
    Snapshot,
    /// Blends params of other nodes between two snapshots.
    Morph,
}

impl Role {
    /// Whether it is a channel of a mixing desk: what is soloed there, muted, and listened to ahead.
    pub const fn is_channel(self) -> bool {
        matches!(self, Role::Strip | Role::Bus)
    }
}

/// An input or an output.
#[derive(Clone, Copy, Debug)]
pub struct PortSpec {
    /// `[a-z][a-z0-9_]*`, not a word that Rhai reserves.
    pub name: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// What it carries.
    pub kind: Kind,
    /// How many channels.
    pub channels: Channels,
    /// The value that an input stands at while no cable enters; a new cable fades from it.
    pub rest: f32,
}

impl PortSpec {
    /// A signal with the channels of the node.
    pub const fn signal(name: &'static str, help: &'static str) -> PortSpec {
        PortSpec { name, help, kind: Kind::Signal, channels: Channels::Node, rest: 0.0 }
    }
    /// A signal of one channel.
    pub const fn mono(name: &'static str, help: &'static str) -> PortSpec {
        PortSpec { name, help, kind: Kind::Signal, channels: Channels::Fixed(1), rest: 0.0 }
    }
    /// A signal of two channels.
    pub const fn stereo(name: &'static str, help: &'static str) -> PortSpec {
        PortSpec { name, help, kind: Kind::Signal, channels: Channels::Fixed(2), rest: 0.0 }
    }
    /// The same input, standing at a value other than 0 while no cable enters (the factor of a VCA stands at 1).
    pub const fn rest(mut self, value: f32) -> PortSpec {
        self.rest = value;
        self
    }
    /// Events.
    pub const fn events(name: &'static str, help: &'static str) -> PortSpec {
        PortSpec { name, help, kind: Kind::Event, channels: Channels::Fixed(1), rest: 0.0 }
    }
}
