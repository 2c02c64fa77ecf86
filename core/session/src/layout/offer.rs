//! What the controls of a layout send, so that it can be mapped to params.

use super::legacy::{Control, Legacy, OldMidi};
use super::tosc::{Message, Midi, MidiValue, Node, Osc, Partial, PartialKind, Setting, Tosc};

/// Offers of one layout. A set has a few hundred controls; what a broken layout may hold is bounded.
const MOST: usize = 100_000;

/// A message that a control sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The page that it is on, and the groups on the page, by name.
    pub place: String,
    /// The control's name.
    pub control: String,
    /// What the control is, in the layout's word.
    pub kind: String,
    /// Whether the control follows the same message when it comes in.
    pub follows: bool,
    /// What it sends.
    pub sends: Sends,
}

/// What a control sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Sends {
    /// Over OSC.
    Osc {
        /// The address. A part that a value of the control makes is written `{x}`.
        address: String,
        /// What it carries, in order.
        arguments: Vec<Carries>,
    },
    /// Over MIDI.
    Midi {
        /// What kind, such as `CONTROLCHANGE`.
        command: String,
        /// The channel, from 1.
        channel: i32,
        /// The controller or note, where there is one that stands.
        number: Option<i32>,
        /// What it carries.
        carries: Carries,
    },
}

/// An argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Carries {
    /// A value of the control, which travels over a range.
    Range {
        /// Which value.
        value: String,
        /// What it sends where the value is 0.
        min: f32,
        /// What it sends where the value is 1.
        max: f32,
    },
    /// The same each time.
    Constant(String),
}

impl Carries {
    /// What is sent where the value stands at this place from 0 to 1; `None` for a constant.
    pub fn at(&self, place: f32) -> Option<f32> {
        match *self {
            // The ends are met exactly.
            Carries::Range { max, .. } if place == 1.0 => Some(max),
            Carries::Range { min, max, .. } => Some(min + (max - min) * place),
            Carries::Constant(_) => None,
        }
    }
}

/// What a layout of the present app offers.
pub(super) fn of_tosc(tosc: &Tosc) -> Vec<Offer> {
    let mut offers = Vec::new();
    tosc.root.walk(&mut |around, node| {
        for message in &node.messages {
            let (follows, sends) = match message {
                Message::Osc(osc) if osc.wire.enabled && osc.wire.send => (osc.wire.receive, speaks(around, node, osc)),
                Message::Midi(midi) if midi.wire.enabled && midi.wire.send => {
                    (midi.wire.receive, plays(around, node, midi))
                }
                _ => continue,
            };
            if offers.len() < MOST {
                // The first group is the layout itself.
                let names = around.iter().skip(1).map(|node| node.text("name")).filter(|name| !name.is_empty());
                offers.push(Offer {
                    place: names.collect::<Vec<_>>().join("/"),
                    control: node.text("name").to_owned(),
                    kind: node.kind.name().to_owned(),
                    follows,
                    sends,
                });
            }
        }
    });
    offers
}

fn speaks(around: &[&Node], node: &Node, osc: &Osc) -> Sends {
    let part = |partial: &Partial| match carries(around, node, partial) {
        Carries::Constant(text) => text,
        Carries::Range { value, .. } => format!("{{{value}}}"),
    };
    Sends::Osc {
        address: osc.path.iter().map(part).collect(),
        arguments: osc.arguments.iter().map(|partial| carries(around, node, partial)).collect(),
    }
}

fn carries(around: &[&Node], node: &Node, partial: &Partial) -> Carries {
    let Partial { kind, value, min, max, .. } = partial;
    match kind {
        PartialKind::Constant => Carries::Constant(value.clone()),
        PartialKind::Index => Carries::Constant((min + index(around, node) * (max - min)).to_string()),
        PartialKind::Value => Carries::Range { value: value.clone(), min: *min, max: *max },
        PartialKind::Property => Carries::Constant(property(around, node, value)),
    }
}

/// Where a control stands among those of its group, from 0.
fn index(around: &[&Node], node: &Node) -> f32 {
    let siblings = around.last().map_or(&[][..], |group| &group.children);
    siblings.iter().position(|other| std::ptr::eq(other, node)).unwrap_or(0) as f32
}

/// A property of the control, or with `parent.` before it of the one around it.
fn property(around: &[&Node], node: &Node, key: &str) -> String {
    if let (Some(key), Some((outer, further))) = (key.strip_prefix("parent."), around.split_last()) {
        return property(further, outer, key);
    }
    match node.property(key) {
        Some(Setting::Text(text)) => text.clone(),
        Some(Setting::Int(value)) => value.to_string(),
        Some(Setting::Float(value)) => value.to_string(),
        Some(Setting::Switch(on)) => on.to_string(),
        Some(Setting::Color(_) | Setting::Frame(_)) | None => String::new(),
    }
}

fn plays(around: &[&Node], node: &Node, midi: &Midi) -> Sends {
    // The three bytes: the command with its channel, and two of data; each may come from elsewhere.
    let byte = |at: usize, fixed: i32| match midi.values.get(at) {
        Some(MidiValue { kind: PartialKind::Index, min, max, .. }) => {
            Some((min + index(around, node) * (max - min)) as i32)
        }
        Some(MidiValue { kind: PartialKind::Value | PartialKind::Property, .. }) => None,
        Some(_) | None => Some(fixed),
    };
    let carried = midi.values.iter().rev().find(|value| value.kind == PartialKind::Value);
    Sends::Midi {
        command: midi.command.clone(),
        channel: midi.channel.saturating_add(1),
        number: byte(1, midi.data1),
        carries: match carried {
            Some(MidiValue { key, min, max, .. }) => Carries::Range { value: key.clone(), min: *min, max: *max },
            None => Carries::Constant(midi.data2.to_string()),
        },
    }
}

/// What a layout of the old app offers.
pub(super) fn of_legacy(legacy: &Legacy) -> Vec<Offer> {
    let mut offers = Vec::new();
    for page in &legacy.pages {
        for control in &page.controls {
            let offer = |sends| Offer {
                place: page.name.clone(),
                control: control.name.clone(),
                kind: control.kind.clone(),
                follows: true,
                sends,
            };
            for sends in old_speaks(control).into_iter().chain(control.midi.iter().map(old_plays)) {
                if offers.len() < MOST {
                    offers.push(offer(sends));
                }
            }
        }
    }
    offers
}

/// What a control of the old app sends: each of its parts has an address of its own.
fn old_speaks(control: &Control) -> Vec<Sends> {
    let range = |value: &str| Carries::Range { value: value.to_owned(), min: control.min, max: control.max };
    let one = |address: String| Sends::Osc { address, arguments: vec![range("x")] };
    let two = |address: String| Sends::Osc { address, arguments: vec![range("x"), range("y")] };
    let address = &control.address;
    let (columns, rows) = control.parts;
    match control.kind.as_str() {
        "faderh" | "faderv" | "rotaryh" | "rotaryv" | "push" | "toggle" | "encoder" => vec![one(address.clone())],
        "xy" => vec![two(address.clone())],
        // As many fingers as it takes.
        "multixy" => (1..=5).map(|n| two(format!("{address}/{n}"))).collect(),
        "multifaderh" | "multifaderv" => (1..=columns).map(|n| one(format!("{address}/{n}"))).collect(),
        "multitoggle" | "multipush" => {
            let cells = (1..=columns).flat_map(|x| (1..=rows).map(move |y| (x, y)));
            cells.map(|(x, y)| one(format!("{address}/{x}/{y}"))).collect()
        }
        // Labels, lights, clocks, battery: they show.
        _ => Vec::new(),
    }
}

fn old_plays(midi: &OldMidi) -> Sends {
    let command = match midi.kind {
        0 => "CONTROLCHANGE",
        1 => "NOTE_ON",
        _ => "OTHER",
    };
    let (min, max) = midi.range;
    Sends::Midi {
        command: command.to_owned(),
        channel: midi.channel,
        number: Some(midi.data1),
        carries: Carries::Range { value: midi.value.clone(), min, max },
    }
}
