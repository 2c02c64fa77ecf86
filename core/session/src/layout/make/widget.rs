//! Controls with all properties that the app gives a new one.
//!
//! *Source*: the keys, types and defaults are those that readers of the format found in the editor's own files.

use super::colour::{self, Colour};
use super::place::Frame;
use crate::layout::tosc::{
    Condition, Conversion, Kind, Local, Message, Node, Osc, Partial, PartialKind, Property, Setting, Trigger, Value,
    Wire,
};

/// All connections that the app has.
const CONNECTIONS: &str = "1111111111";

/// Hands out numbers for controls. The same layout gets the same numbers each time that it is made.
#[derive(Debug, Default)]
pub(super) struct Ids(u64);

impl Ids {
    fn next(&mut self) -> String {
        self.0 += 1;
        format!("bea7f096-0000-4000-8000-{:012x}", self.0)
    }
}

/// How a control looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub colour: Colour,
    /// The height of text in points.
    pub text: i32,
}

/// A control of a kind, with what is common to all of this kind.
pub(super) fn node(ids: &mut Ids, kind: Kind, name: &str, frame: Frame, look: Look) -> Node {
    let mut node = Node {
        id: ids.next(),
        kind,
        properties: Vec::new(),
        values: vec![value("touch", "false")],
        messages: Vec::new(),
        children: Vec::new(),
    };
    let round = matches!(kind, Kind::Radial | Kind::Encoder | Kind::Radar);
    let inert = matches!(kind, Kind::Label | Kind::Text | Kind::Box | Kind::Group);
    let holds = matches!(kind, Kind::Group | Kind::Pager | Kind::Grid);
    set(&mut node, "background", Setting::Switch(true));
    set(&mut node, "color", Setting::Color(look.colour));
    set(&mut node, "cornerRadius", Setting::Float(if holds { 0.0 } else { 4.0 }));
    set(&mut node, "frame", Setting::Frame([frame.x, frame.y, frame.w, frame.h].map(f32::round)));
    set(&mut node, "grabFocus", Setting::Switch(!holds));
    set(&mut node, "interactive", Setting::Switch(!inert));
    set(&mut node, "locked", Setting::Switch(false));
    set(&mut node, "name", Setting::Text(name.to_owned()));
    set(&mut node, "orientation", Setting::Int(0));
    set(&mut node, "outline", Setting::Switch(!inert));
    set(&mut node, "outlineStyle", Setting::Int(if holds || round { 0 } else { 1 }));
    set(&mut node, "pointerPriority", Setting::Int(0));
    set(&mut node, "shape", Setting::Int(if round { 2 } else { 1 }));
    set(&mut node, "visible", Setting::Switch(true));
    match kind {
        Kind::Fader | Kind::Radial => slide(&mut node),
        Kind::Button => button(&mut node),
        Kind::Label => label(&mut node, look),
        Kind::Pager => pager(&mut node, look),
        _ => {}
    }
    node
}

fn slide(node: &mut Node) {
    set(node, "cursor", Setting::Switch(true));
    set(node, "cursorDisplay", Setting::Int(0));
    set(node, "grid", Setting::Switch(false));
    set(node, "gridColor", Setting::Color([0.0, 0.0, 0.0, 0.25]));
    set(node, "gridSteps", Setting::Int(10));
    // Relative: a finger that lands on it does not make it jump.
    set(node, "response", Setting::Int(1));
    set(node, "responseFactor", Setting::Int(100));
    match node.kind {
        Kind::Fader => {
            set(node, "bar", Setting::Switch(true));
            set(node, "barDisplay", Setting::Int(0));
        }
        _ => {
            set(node, "centered", Setting::Switch(false));
            set(node, "inverted", Setting::Switch(false));
        }
    }
    node.values.insert(0, value("x", "0"));
}

fn button(node: &mut Node) {
    set(node, "buttonType", Setting::Int(0));
    set(node, "press", Setting::Switch(true));
    set(node, "release", Setting::Switch(true));
    set(node, "valuePosition", Setting::Switch(false));
    node.values.insert(0, value("x", "0"));
}

fn label(node: &mut Node, look: Look) {
    set(node, "background", Setting::Switch(false));
    set(node, "font", Setting::Int(0));
    set(node, "textAlignH", Setting::Int(2));
    set(node, "textAlignV", Setting::Int(2));
    set(node, "textClip", Setting::Switch(true));
    set(node, "textColor", Setting::Color(colour::TEXT));
    set(node, "textLength", Setting::Int(0));
    set(node, "textSize", Setting::Int(look.text));
    node.values.insert(0, value("text", ""));
}

fn pager(node: &mut Node, look: Look) {
    set(node, "tabLabels", Setting::Switch(true));
    set(node, "tabbar", Setting::Switch(true));
    set(node, "tabbarDoubleTap", Setting::Switch(false));
    set(node, "tabbarSize", Setting::Int(40));
    set(node, "textSizeOff", Setting::Int(look.text));
    set(node, "textSizeOn", Setting::Int(look.text));
    node.values.insert(0, value("page", "0"));
}

/// A page of a pager.
pub(super) fn page(ids: &mut Ids, title: &str, frame: Frame, colour: Colour) -> Node {
    let mut page = node(ids, Kind::Group, title, frame, Look { colour: colour::GROUND, text: 0 });
    set(&mut page, "tabLabel", Setting::Text(title.to_owned()));
    set(&mut page, "tabColorOff", Setting::Color(colour::dimmed(colour, 0.5)));
    set(&mut page, "tabColorOn", Setting::Color(colour));
    set(&mut page, "textColorOff", Setting::Color(colour::TEXT));
    set(&mut page, "textColorOn", Setting::Color(colour::TEXT));
    page
}

/// A label that says something.
pub(super) fn says(ids: &mut Ids, text: &str, frame: Frame, look: Look) -> Node {
    let mut node = node(ids, Kind::Label, text, frame, look);
    stands(&mut node, "text", text);
    node
}

/// Sets a property; properties are kept in the order of their keys, as the editor writes them.
pub(super) fn set(node: &mut Node, key: &str, setting: Setting) {
    match node.properties.binary_search_by(|property| property.key.as_str().cmp(key)) {
        Ok(at) => node.properties[at].setting = setting,
        Err(at) => node.properties.insert(at, Property { key: key.to_owned(), setting }),
    }
}

/// Sets where a value stands when the layout is opened.
pub(super) fn stands(node: &mut Node, key: &str, default: &str) {
    if let Some(value) = node.values.iter_mut().find(|value| value.key == key) {
        value.default = default.to_owned();
    }
}

fn value(key: &str, default: &str) -> Value {
    Value { key: key.to_owned(), locked: false, locked_default: false, default: default.to_owned(), pull: 0 }
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Out and in.
    Both,
    /// Out.
    Out,
    /// In.
    In,
}

/// A message that carries one value between two ends.
pub(super) fn osc(address: &str, key: &str, way: Way, (min, max): (f64, f64)) -> Message {
    let conversion = if key == "text" { Conversion::String } else { Conversion::Float };
    let constant = Partial {
        kind: PartialKind::Constant,
        conversion: Conversion::String,
        value: address.to_owned(),
        min: 0.0,
        max: 1.0,
    };
    let carried =
        Partial { kind: PartialKind::Value, conversion, value: key.to_owned(), min: min as f32, max: max as f32 };
    let triggers = match way {
        Way::In => Vec::new(),
        Way::Both | Way::Out => vec![any(key)],
    };
    let wire = Wire {
        enabled: true,
        send: way != Way::In,
        receive: way != Way::Out,
        // What comes from the set is not sent back to it.
        feedback: false,
        connections: CONNECTIONS.to_owned(),
        triggers,
    };
    Message::Osc(Osc { wire, path: vec![constant], arguments: vec![carried] })
}

/// Shows where a control stands on a label beside it, in the value's own unit.
pub(super) fn shows_on(label: &Node, (min, max): (f64, f64), whole: bool) -> Message {
    let conversion = if whole { Conversion::Integer } else { Conversion::Float };
    Message::Local(Local {
        enabled: true,
        triggers: vec![any("x")],
        carries: Partial {
            kind: PartialKind::Value,
            conversion,
            value: "x".to_owned(),
            min: min as f32,
            max: max as f32,
        },
        sets: PartialKind::Value,
        key: "text".to_owned(),
        target: label.id.clone(),
    })
}

fn any(key: &str) -> Trigger {
    Trigger { value: key.to_owned(), condition: Condition::Any }
}
