//! What a control sends and takes.

/// One message of a control.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Over OSC.
    Osc(Osc),
    /// Over MIDI.
    Midi(Midi),
    /// To another control of the layout.
    Local(Local),
    /// Of a kind that is not read, such as one for game pads; its name.
    Other(String),
}

/// When a message goes out and comes in.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    /// Whether it is there at all.
    pub enabled: bool,
    /// Whether the control sends it.
    pub send: bool,
    /// Whether the control follows it when it comes in.
    pub receive: bool,
    /// Whether what came in is sent out again.
    pub feedback: bool,
    /// Which connections it goes through: a `1` or `0` for each.
    pub connections: String,
    /// When it is sent.
    pub triggers: Vec<Trigger>,
}

/// A message over OSC.
#[derive(Clone, Debug, PartialEq)]
pub struct Osc {
    /// When it goes out and comes in.
    pub wire: Wire,
    /// What its address is put together from.
    pub path: Vec<Partial>,
    /// What it carries.
    pub arguments: Vec<Partial>,
}

/// A change of a value that sends a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Which value.
    pub value: String,
    /// Which way.
    pub condition: Condition,
}

/// Which change is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Each.
    Any,
    /// From 0.
    Rise,
    /// To 0.
    Fall,
}

/// A part of an address, or an argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    /// Where it comes from.
    pub kind: PartialKind,
    /// What it is sent as.
    pub conversion: Conversion,
    /// The constant, or the name of the property or value.
    pub value: String,
    /// What a value of 0 is sent as.
    pub min: f32,
    /// What a value of 1 is sent as.
    pub max: f32,
}

/// Where a part of a message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartialKind {
    /// It is written in the layout.
    Constant,
    /// The number of the control within its group.
    Index,
    /// A value of the control.
    Value,
    /// A property of the control, or of one around it (`parent.name`).
    Property,
}

/// What a part of a message is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// Text.
    String,
}

/// A message over MIDI.
#[derive(Clone, Debug, PartialEq)]
pub struct Midi {
    /// When it goes out and comes in.
    pub wire: Wire,
    /// What kind, such as `CONTROLCHANGE`.
    pub command: String,
    /// The channel, from 0.
    pub channel: i32,
    /// Its first byte.
    pub data1: i32,
    /// Its second byte.
    pub data2: i32,
    /// Where channel, first and second byte come from.
    pub values: Vec<MidiValue>,
}

/// Where a byte of a MIDI message comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct MidiValue {
    /// Where.
    pub kind: PartialKind,
    /// The name of the property or value.
    pub key: String,
    /// What a value of 0 is sent as.
    pub min: f32,
    /// What a value of 1 is sent as.
    pub max: f32,
}

/// A message to another control of the layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// Whether it is there at all.
    pub enabled: bool,
    /// When it is sent.
    pub triggers: Vec<Trigger>,
    /// What it carries.
    pub carries: Partial,
    /// Whether a value or a property of the other control is set.
    pub sets: PartialKind,
    /// Which.
    pub key: String,
    /// The other control's number.
    pub target: String,
}

/// Names in files.
pub(super) trait Named: Copy + PartialEq + Sized + 'static {
    /// Each with its name; the first is the one meant where the name is unknown.
    const NAMES: &'static [(Self, &'static str)];

    /// Its name in files.
    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(named, _)| *named == self).map_or("", |(_, name)| name)
    }

    /// What has this name.
    fn named(name: &str) -> Self {
        Self::NAMES.iter().find(|(_, other)| *other == name).unwrap_or(&Self::NAMES[0]).0
    }
}

impl Named for Condition {
    const NAMES: &'static [(Condition, &'static str)] =
        &[(Condition::Any, "ANY"), (Condition::Rise, "RISE"), (Condition::Fall, "FALL")];
}

impl Named for PartialKind {
    const NAMES: &'static [(PartialKind, &'static str)] = &[
        (PartialKind::Constant, "CONSTANT"),
        (PartialKind::Index, "INDEX"),
        (PartialKind::Value, "VALUE"),
        (PartialKind::Property, "PROPERTY"),
    ];
}

impl Named for Conversion {
    const NAMES: &'static [(Conversion, &'static str)] = &[
        (Conversion::String, "STRING"),
        (Conversion::Boolean, "BOOLEAN"),
        (Conversion::Integer, "INTEGER"),
        (Conversion::Float, "FLOAT"),
    ];
}
