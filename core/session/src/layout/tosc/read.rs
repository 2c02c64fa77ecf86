//! Reads the XML of a layout.

use super::message::Named;
use super::{
    Kind, Local, Message, Midi, MidiValue, Node, Osc, Partial, PartialKind, Property, Setting, Tosc, Trigger, Value,
    Wire,
};
use crate::layout::LayoutError;
use crate::layout::xml::{Element, shown};

/// Reads the XML of a layout.
pub(super) fn read(text: &str) -> Result<Tosc, LayoutError> {
    let root = Element::read(text)?;
    if root.name != "lexml" {
        let what = match root.name {
            "layout" => "this is the XML of an old layout; zip it as `index.xml`, as the old editor does".to_owned(),
            name => format!("a TouchOSC layout begins with `<lexml>`, this file with `<{}>`", shown(name)),
        };
        return Err(LayoutError::Form { at: root.at, what });
    }
    let version = root.attribute("version").and_then(|version| version.trim().parse().ok()).unwrap_or(0);
    let mut nodes = root.all("node");
    let (first, more) = (nodes.next(), nodes.next());
    let first = first.ok_or_else(|| LayoutError::Form { at: root.at, what: "the layout holds no control".into() })?;
    match more {
        None => Ok(Tosc { version, root: node(first)? }),
        Some(more) => {
            Err(LayoutError::Form { at: more.at, what: "a layout holds one control with all others in it".into() })
        }
    }
}

/// A control and those in it: no deeper than the elements, which are bounded.
fn node(element: &Element<'_>) -> Result<Node, LayoutError> {
    let kind = element.attribute("type").unwrap_or("");
    let kind = Kind::from_name(kind).ok_or_else(|| LayoutError::Form {
        at: element.at,
        what: format!("a control is of the type `{}`, which is not known", shown(kind)),
    })?;
    Ok(Node {
        id: element.attribute("ID").unwrap_or("").to_owned(),
        kind,
        properties: element.all_in("properties", "property").map(property).collect::<Result<_, _>>()?,
        values: element.all_in("values", "value").map(value).collect(),
        messages: element.child("messages").into_iter().flat_map(|all| &all.children).map(message).collect(),
        children: element.all_in("children", "node").map(node).collect::<Result<_, _>>()?,
    })
}

fn property(element: &Element<'_>) -> Result<Property, LayoutError> {
    let (key, value) = (element.text_of("key"), element.child("value"));
    let text = value.map_or("", Element::text);
    let parts = |names: [&str; 4]| names.map(|name| value.map_or(0.0, |value| number(value.text_of(name), 0.0)));
    let setting = match element.attribute("type").unwrap_or("s") {
        "b" => Setting::Switch(truth(text, false)),
        "i" => Setting::Int(whole(text)),
        "f" => Setting::Float(number(text, 0.0)),
        "s" => Setting::Text(text.to_owned()),
        "c" => Setting::Color(parts(["r", "g", "b", "a"])),
        "r" => Setting::Frame(parts(["x", "y", "w", "h"])),
        other => {
            let what = format!("the property `{}` is of the type `{}`, which is not known", shown(key), shown(other));
            return Err(LayoutError::Form { at: element.at, what });
        }
    };
    Ok(Property { key: key.to_owned(), setting })
}

fn value(element: &Element<'_>) -> Value {
    Value {
        key: element.text_of("key").to_owned(),
        locked: truth(element.text_of("locked"), false),
        locked_default: truth(element.text_of("lockedDefaultCurrent"), false),
        default: element.text_of("default").to_owned(),
        pull: whole(element.text_of("defaultPull")),
    }
}

fn message(element: &Element<'_>) -> Message {
    match element.name {
        "osc" => Message::Osc(osc(element)),
        "midi" => Message::Midi(midi(element)),
        "local" => Message::Local(local(element)),
        other => Message::Other(other.to_owned()),
    }
}

fn wire(element: &Element<'_>) -> Wire {
    Wire {
        enabled: truth(element.text_of("enabled"), true),
        send: truth(element.text_of("send"), true),
        receive: truth(element.text_of("receive"), true),
        feedback: truth(element.text_of("feedback"), false),
        connections: element.text_of("connections").to_owned(),
        triggers: triggers(element),
    }
}

fn osc(element: &Element<'_>) -> Osc {
    Osc {
        wire: wire(element),
        path: element.all_in("path", "partial").map(partial).collect(),
        arguments: element.all_in("arguments", "partial").map(partial).collect(),
    }
}

fn midi(element: &Element<'_>) -> Midi {
    let part = |name| element.child("message").map_or("", |message| message.text_of(name));
    Midi {
        wire: wire(element),
        command: part("type").to_owned(),
        channel: whole(part("channel")),
        data1: whole(part("data1")),
        data2: whole(part("data2")),
        values: element.all_in("values", "value").map(midi_value).collect(),
    }
}

fn midi_value(element: &Element<'_>) -> MidiValue {
    MidiValue {
        kind: Named::named(element.text_of("type")),
        key: element.text_of("key").to_owned(),
        min: number(element.text_of("scaleMin"), 0.0),
        max: number(element.text_of("scaleMax"), 1.0),
    }
}

fn local(element: &Element<'_>) -> Local {
    Local {
        enabled: truth(element.text_of("enabled"), true),
        triggers: triggers(element),
        carries: partial(element),
        sets: PartialKind::named(element.text_of("dstType")),
        key: element.text_of("dstVar").to_owned(),
        target: element.text_of("dstID").to_owned(),
    }
}

fn triggers(element: &Element<'_>) -> Vec<Trigger> {
    let trigger = |element: &Element<'_>| Trigger {
        value: element.text_of("var").to_owned(),
        condition: Named::named(element.text_of("condition")),
    };
    element.all_in("triggers", "trigger").map(trigger).collect()
}

fn partial(element: &Element<'_>) -> Partial {
    Partial {
        kind: Named::named(element.text_of("type")),
        conversion: Named::named(element.text_of("conversion")),
        value: element.text_of("value").to_owned(),
        min: number(element.text_of("scaleMin"), 0.0),
        max: number(element.text_of("scaleMax"), 1.0),
    }
}

fn truth(text: &str, absent: bool) -> bool {
    match text.trim() {
        "" => absent,
        text => !matches!(text, "0" | "false"),
    }
}

/// A number that is finite; a layout that says another is read as if it said nothing.
fn number(text: &str, absent: f32) -> f32 {
    text.trim().parse().ok().filter(|number: &f32| number.is_finite()).unwrap_or(absent)
}

fn whole(text: &str) -> i32 {
    let text = text.trim();
    // The editor writes some whole numbers with a point.
    text.parse().unwrap_or_else(|_| number(text, 0.0) as i32)
}
