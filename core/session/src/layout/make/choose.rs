//! What of a set goes on a layout.

use crate::surface::{Aim, Entry, Family, Travel, Tree};
use bf_node::Unit;
use std::collections::BTreeMap;

/// Params of nodes where a set exposes nothing.
const MOST_STAND_INS: usize = 64;

/// What goes on a layout, page by page.
#[derive(Debug, Default)]
pub(super) struct Chosen<'a> {
    pub transport: Vec<Control<'a>>,
    pub macros: Vec<Control<'a>>,
    pub strips: Vec<Strip<'a>>,
    /// Scenes, the way out of them, and snapshots.
    pub scenes: Vec<Control<'a>>,
    /// What the set exposes, or stands in for it.
    pub controls: Vec<Control<'a>>,
}

/// A control with what it sends to and what shows its value.
#[derive(Clone, Debug)]
pub(super) struct Control<'a> {
    pub label: String,
    /// The address that it sends to and follows.
    pub sends: &'a Entry,
    /// The address that reads in the value's own unit.
    pub shows: Option<&'a Entry>,
    /// How the value travels in its own unit, where it is not over the whole range of what it moves.
    pub over: Option<Travel>,
    pub kind: Turns,
}

/// How a control is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turns {
    /// Gradually, or in steps.
    Slides,
    /// On and off.
    Switches,
    /// It is hit.
    Pushes,
    /// Not at all: it shows.
    Shows,
}

/// A channel strip.
#[derive(Debug, Default)]
pub(super) struct Strip<'a> {
    pub name: String,
    pub gain: Option<Control<'a>>,
    pub pan: Option<Control<'a>>,
    pub mute: Option<Control<'a>>,
    pub solo: Option<Control<'a>>,
    pub sends: Vec<Control<'a>>,
}

/// Chooses what goes on a layout.
pub(super) fn choose(tree: &Tree) -> Chosen<'_> {
    let mut chosen = Chosen { transport: transport(tree), ..Chosen::default() };
    let mut folders: BTreeMap<&Family, Vec<&Entry>> = BTreeMap::new();
    for entry in tree.entries() {
        match &entry.aim {
            Aim::Norm(_) => folders.entry(&entry.family).or_default().push(entry),
            Aim::Launch(Some(_)) | Aim::Recall(_) => chosen.scenes.push(pushed(entry)),
            _ => {}
        }
    }
    if let (Some(leave), false) = (tree.aimed(&Aim::Launch(None)), chosen.scenes.is_empty()) {
        chosen.scenes.push(Control { label: "leave".into(), ..pushed(leave) });
    }
    for (family, entries) in &folders {
        match family {
            Family::Macro(name) => {
                let knobs = entries.iter().filter(|entry| port(entry) == "value");
                chosen.macros.extend(knobs.filter_map(|entry| turned(tree, entry, label(entry, name.as_str()))));
            }
            Family::Track(name) => chosen.strips.push(strip(tree, name.as_str(), entries)),
            Family::Node(name) if is_strip(entries) => chosen.strips.push(strip(tree, name.as_str(), entries)),
            _ => {}
        }
    }
    // What is exposed has its place, though it may be on a strip, too: the set's maker has said so.
    let is_macro = |entry: &Entry| {
        let alone = |name| tree.control_travel(name).is_some_and(|(first, over)| first.args[0].travel == Some(over));
        matches!((&entry.family, &entry.aim), (Family::Macro(_), Aim::Control(name)) if alone(name))
    };
    let exposed = tree.entries().iter().filter(|entry| !is_macro(entry)).filter_map(|entry| exposed(tree, entry));
    chosen.controls = exposed.collect();
    chosen.controls.sort_by(|a, b| a.label.cmp(&b.label));
    if chosen.controls.is_empty() && chosen.macros.is_empty() && chosen.strips.is_empty() {
        let all = folders.values().flatten().filter_map(|entry| turned(tree, entry, full_name(entry)));
        chosen.controls = all.take(MOST_STAND_INS).collect();
    }
    chosen
}

fn transport(tree: &Tree) -> Vec<Control<'_>> {
    let control = |aim: Aim, label: &str, kind| {
        let sends = tree.aimed(&aim)?;
        Some(Control { label: label.into(), sends, shows: Some(sends), over: None, kind })
    };
    let all = [
        control(Aim::Playing, "play", Turns::Switches),
        control(Aim::Hushed, "hush", Turns::Switches),
        control(Aim::Tempo, "tempo", Turns::Slides),
        control(Aim::Beat, "beat", Turns::Shows),
        control(Aim::Undo, "undo", Turns::Pushes),
        control(Aim::Redo, "redo", Turns::Pushes),
    ];
    all.into_iter().flatten().collect()
}

fn pushed(entry: &Entry) -> Control<'_> {
    let label = match &entry.family {
        Family::Scene(name) | Family::Snapshot(name) => name.as_str(),
        _ => "",
    };
    Control { label: label.into(), sends: entry, shows: None, over: None, kind: Turns::Pushes }
}

/// The control of a param, by the address from 0 to 1.
fn turned<'a>(tree: &'a Tree, sends: &'a Entry, label: String) -> Option<Control<'a>> {
    let shows = tree.aimed(&Aim::Param(sends.aim.param()?.clone()))?;
    Some(Control { label, sends, shows: Some(shows), over: None, kind: kind(shows) })
}

/// What the set exposes, by the address that moves all that it leads to over its range.
fn exposed<'a>(tree: &'a Tree, sends: &'a Entry) -> Option<Control<'a>> {
    let Aim::Control(name) = &sends.aim else { return None };
    let (shows, over) = tree.control_travel(name)?;
    let label = name.as_str().replace('_', " ");
    Some(Control { label, sends, shows: Some(shows), over: Some(over), kind: kind(shows) })
}

fn kind(shows: &Entry) -> Turns {
    let is_switch = shows.args.first().is_some_and(|arg| arg.tag == 'T');
    if is_switch { Turns::Switches } else { Turns::Slides }
}

/// The name of the param that an address leads to.
fn port(entry: &Entry) -> &str {
    entry.aim.param().and_then(|socket| socket.port.as_ref()).map_or("", |port| port.as_str())
}

/// The name under which the set exposes it, or this one.
fn label(entry: &Entry, otherwise: &str) -> String {
    entry.exposed.as_ref().map_or(otherwise, |name| name.as_str()).replace('_', " ")
}

fn full_name(entry: &Entry) -> String {
    let node = entry.aim.param().map_or("", |socket| socket.node.as_str());
    format!("{node} {}", port(entry).replace('_', " "))
}

/// Whether these are the params of a channel strip or a bus, whoever owns it.
fn is_strip(entries: &[&Entry]) -> bool {
    ["gain", "mute", "solo"].iter().all(|name| entries.iter().any(|entry| port(entry) == *name))
}

fn strip<'a>(tree: &'a Tree, name: &str, entries: &[&'a Entry]) -> Strip<'a> {
    let find = |name: &str| {
        let entry = entries.iter().find(|entry| port(entry) == name)?;
        turned(tree, entry, name.to_owned())
    };
    let is_send = |entry: &&&Entry| port(entry).starts_with("send") && port(entry).ends_with("level");
    let sends = entries.iter().filter(is_send).filter_map(|entry| {
        let label = port(entry).trim_end_matches("_level").to_owned();
        turned(tree, entry, label)
    });
    Strip {
        name: name.replace('_', " "),
        gain: find("gain"),
        pan: find("pan"),
        mute: find("mute"),
        solo: find("solo"),
        sends: sends.collect(),
    }
}

impl Control<'_> {
    /// Where it stands, from 0 to 1, as the layout shows it when it is opened.
    pub(super) fn place(&self) -> f32 {
        self.sends.value.first().and_then(crate::surface::Atom::number).map_or(0.0, |value| self.place_of(value))
    }

    fn place_of(&self, value: f64) -> f32 {
        let (min, max) = self.range();
        if min == max { 0.0 } else { ((value - min) / (max - min)).clamp(0.0, 1.0) as f32 }
    }

    /// What it sends at both ends.
    pub(super) fn range(&self) -> (f64, f64) {
        let travel = self.sends.args.first().and_then(|arg| arg.travel);
        let (min, max) = travel.map_or((0.0, 1.0), |travel| (travel.min, travel.max));
        // A finger on the whole range of tempos would not hit one.
        if self.sends.aim == Aim::Tempo { (min.max(50.0), max.min(200.0)) } else { (min, max) }
    }

    /// How many steps it has where it goes in steps.
    pub(super) fn steps(&self) -> Option<usize> {
        let arg = self.shows?.args.first()?;
        let whole = self.travel().filter(|travel| travel.whole).map(|travel| (travel.max - travel.min) as usize + 1);
        let steps = if arg.options.is_empty() { whole? } else { arg.options.len() };
        (2..=32).contains(&steps).then_some(steps)
    }

    /// How its value travels in its own unit.
    pub(super) fn travel(&self) -> Option<Travel> {
        let arg = self.shows?.args.first()?;
        arg.travel.map(|own| self.over.unwrap_or(own))
    }

    /// What its value is measured in.
    pub(super) fn unit(&self) -> Unit {
        self.shows.and_then(|entry| entry.args.first()).map_or(Unit::None, |arg| arg.unit)
    }
}
