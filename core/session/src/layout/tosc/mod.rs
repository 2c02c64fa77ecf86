//! Layouts of the present TouchOSC: a tree of controls with properties, values and messages.
//!
//! *Source*: what readers of the format have found in files (py2tosc and tosclib, both MIT); there is no specification.

mod message;
mod read;
mod write;

pub use message::{Condition, Conversion, Local, Message, Midi, MidiValue, Osc, Partial, PartialKind, Trigger, Wire};

use super::{LayoutError, pack};

/// The version of the format that is written: the last one without parts that older apps do not know.
const VERSION: u32 = 5;

/// A layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Tosc {
    /// The version of the format.
    pub version: u32,
    /// The control around all others; a group.
    pub root: Node,
}

impl Tosc {
    /// A layout of the version that is written.
    pub fn new(root: Node) -> Tosc {
        Tosc { version: VERSION, root }
    }

    /// Reads a `.tosc` file, or the XML that the editor exports.
    ///
    /// # Errors
    /// What is wrong with it; see [`LayoutError`].
    pub fn read(bytes: &[u8]) -> Result<Tosc, LayoutError> {
        read::read(&pack::unpack_tosc(bytes)?)
    }

    /// The bytes of a `.tosc` file; equal layouts give equal bytes.
    pub fn write(&self) -> Vec<u8> {
        pack::pack_tosc(&self.xml())
    }

    /// The XML in it.
    pub fn xml(&self) -> String {
        write::write(self)
    }
}

/// A control, with the controls in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its number, which no other control of the layout has.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// How it looks and behaves, sorted by key.
    pub properties: Vec<Property>,
    /// What it holds: `x`, `y`, `touch`, `text`, `page`.
    pub values: Vec<Value>,
    /// What it sends and takes.
    pub messages: Vec<Message>,
    /// The controls in it.
    pub children: Vec<Node>,
}

impl Node {
    /// A property.
    pub fn property(&self, key: &str) -> Option<&Setting> {
        self.properties.iter().find(|property| property.key == key).map(|property| &property.setting)
    }

    /// A property that is text; empty without it.
    pub fn text(&self, key: &str) -> &str {
        match self.property(key) {
            Some(Setting::Text(text)) => text,
            _ => "",
        }
    }

    /// It and the controls in it, each with those it is in, from the outermost on.
    pub fn walk<'n>(&'n self, visit: &mut impl FnMut(&[&'n Node], &'n Node)) {
        self.walk_in(&mut Vec::new(), visit);
    }

    fn walk_in<'n>(&'n self, around: &mut Vec<&'n Node>, visit: &mut impl FnMut(&[&'n Node], &'n Node)) {
        visit(around, self);
        around.push(self);
        for child in &self.children {
            child.walk_in(around, visit);
        }
        around.pop();
    }
}

/// What a control is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the app's own")]
pub enum Kind {
    Box,
    Button,
    Label,
    Text,
    Fader,
    Xy,
    Radial,
    Encoder,
    Radar,
    Radio,
    Group,
    Pager,
    Grid,
}

/// Each kind with its name in files.
const KINDS: [(Kind, &str); 13] = [
    (Kind::Box, "BOX"),
    (Kind::Button, "BUTTON"),
    (Kind::Label, "LABEL"),
    (Kind::Text, "TEXT"),
    (Kind::Fader, "FADER"),
    (Kind::Xy, "XY"),
    (Kind::Radial, "RADIAL"),
    (Kind::Encoder, "ENCODER"),
    (Kind::Radar, "RADAR"),
    (Kind::Radio, "RADIO"),
    (Kind::Group, "GROUP"),
    (Kind::Pager, "PAGER"),
    (Kind::Grid, "GRID"),
];

impl Kind {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("BOX", |(_, name)| name)
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Kind> {
        KINDS.iter().find(|(_, other)| *other == name).map(|(kind, _)| *kind)
    }
}

/// How a control looks or behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Its name.
    pub key: String,
    /// Its value.
    pub setting: Setting,
}

/// The value of a property, of one of six types.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// `b`.
    Switch(bool),
    /// `i`.
    Int(i32),
    /// `f`.
    Float(f32),
    /// `s`.
    Text(String),
    /// `c`: red, green, blue, opacity, 0 to 1.
    Color([f32; 4]),
    /// `r`: left, top, width, height, in points within the control around it.
    Frame([f32; 4]),
}

/// What a control holds and its messages read and write.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Its name.
    pub key: String,
    /// Whether touches leave it alone.
    pub locked: bool,
    /// Whether the app takes the value at hand for the default.
    pub locked_default: bool,
    /// Where it stands when the layout is opened.
    pub default: String,
    /// How hard it goes back to the default when it is let go, 0 to 100.
    pub pull: i32,
}
