//! What a right click on a value offers.

use super::asks::Ask;
use super::marks::Marks;
use super::{Held, fresh, menu_line};
use crate::ui::canvas::gesture::Act;
use crate::ui::canvas::ports::Ports;
use crate::ui::prose::explained;
use bf_node::{ParamKind, Registry, Scale, Value};
use bf_patch::{Cable, Control, Edit, LaneSpec, Name, Node, Patch, Point, Set, Socket};
use egui::Ui;
use std::collections::{BTreeMap, BTreeSet};

/// The node that `Modulate` adds.
const MODULATOR: &str = "lfo";

/// The patch about a value.
pub(crate) struct Around<'a> {
    pub heard: &'a Set,
    pub own: &'a Patch,
    pub registry: &'a Registry,
    pub selection: &'a BTreeSet<Name>,
    /// Whether it is the set's own patch, which controls from outside reach.
    pub is_main: bool,
    pub marks: &'a Marks,
}

/// What was chosen.
pub(crate) enum Chosen {
    /// A value is to be typed.
    Type,
    Done(Vec<Act>),
}

/// Draws the choices.
pub(crate) fn value(ui: &mut Ui, held: &Held, around: &Around<'_>) -> Option<Chosen> {
    let socket = &held.socket;
    ui.strong(socket.to_string());
    let mut chosen = None;
    let mut offer = |ui: &mut Ui, words: &str, help: &str, acts: &dyn Fn() -> Vec<Act>| {
        if explained(menu_line(ui, words), help).clicked() {
            chosen = Some(Chosen::Done(acts()));
        }
    };
    let one = |edit: Edit, label: String| vec![Act::edit(edit, label)];
    if held.by_hand {
        if !held.guest {
            offer(ui, KEEP_IN_PATCH, INTO_PATCH, &|| written(held));
        } else if let (true, Some(number)) = (around.is_main, scripted(held, around.marks)) {
            offer(ui, KEEP_IN_SCRIPT, INTO_SCRIPT, &|| vec![Act::Write(socket.clone(), number)]);
        }
        offer(ui, BACK_TO_TEXT, LETS_GO, &|| {
            one(Edit::Override { target: socket.clone(), value: None }, format!("reset {socket}"))
        });
    }
    if !held.guest {
        offer(ui, "Reset to default", &held.help, &|| {
            let text = Edit::SetParam { target: socket.clone(), value: None };
            let hand = held.by_hand.then(|| Edit::Override { target: socket.clone(), value: None });
            one(Edit::Batch(hand.into_iter().chain([text]).collect()), format!("reset {socket}"))
        });
    }
    if !held.spec.is_setting() {
        if around.is_main {
            learning(ui, held, around, &mut offer);
        }
        moving(ui, held, around, &mut offer);
        if !held.guest {
            exposing(ui, held, around, &mut offer);
        }
        let stored = storing(ui, held, around);
        chosen = chosen.or(stored);
    }
    // Last, as it is what a double click does as well.
    if menu_line(ui, "Type a value…   double-click").on_hover_text(TYPING).clicked() {
        return Some(Chosen::Type);
    }
    chosen
}

/// What may be typed.
pub(crate) const TYPING: &str = "A number, with a unit such as 20 ms or -6 dB, an expression such as 1/16 or +=10, or a pattern such as <300 900>*2. \
     Enter sets it.";

type Offer<'a> = dyn FnMut(&mut Ui, &str, &str, &dyn Fn() -> Vec<Act>) + 'a;

/// What may be done with a value that a hand laid over its text. None of these writes a file.
pub(crate) const KEEP_IN_PATCH: &str = "Keep in the patch";
pub(crate) const KEEP_IN_SCRIPT: &str = "Keep in the script";
pub(crate) const BACK_TO_TEXT: &str = "Back to the text";

/// What it is to write a value into the patch.
pub(crate) const INTO_PATCH: &str = "Keep the value: the patch says it from now on, and its file once it is saved.";

/// What it is to let go of a value.
pub(crate) const LETS_GO: &str = "Let go of the value: what the text says is heard again.";

/// What it is to write a value into a script.
pub(crate) const INTO_SCRIPT: &str = "Keep the value: it goes into the script, where its number stands by itself.";

/// The number that goes into a script's text.
pub(crate) fn scripted(held: &Held, marks: &Marks) -> Option<f64> {
    // What a track plays is worked out from its pattern.
    let of_track = marks.of_tracks.contains(&held.socket.node);
    match held.value {
        Value::Number(number) if held.guest && !of_track && !held.spec.is_setting() => Some(number),
        _ => None,
    }
}

pub(crate) fn written(held: &Held) -> Vec<Act> {
    let target = || held.socket.clone();
    let edits = vec![
        Edit::Override { target: target(), value: None },
        Edit::SetParam { target: target(), value: Some(held.value.clone()) },
    ];
    vec![Act::edit(Edit::Batch(edits), format!("write {}", held.socket))]
}

/// Controls from outside.
fn learning(ui: &mut Ui, held: &Held, around: &Around<'_>, offer: &mut Offer<'_>) {
    let Marks { learns_midi, learns_osc, .. } = around.marks;
    let target = || Some(held.socket.clone());
    ui.separator();
    if learns_midi.as_ref() == Some(&held.socket) {
        offer(ui, "Stop MIDI learn", "No control is waited for.", &|| vec![Act::Ask(Ask::LearnMidi(None))]);
    } else {
        let help = "The next knob, fader or key that moves takes this value.";
        offer(ui, "MIDI learn", help, &|| vec![Act::Ask(Ask::LearnMidi(target()))]);
    }
    if learns_osc.as_ref() == Some(&held.socket) {
        offer(ui, "Stop OSC learn", "No message is waited for.", &|| vec![Act::Ask(Ask::LearnOsc(None))]);
    } else {
        let help = "The next message of a foreign layout, such as /1/fader1, takes this value.";
        offer(ui, "OSC learn", help, &|| vec![Act::Ask(Ask::LearnOsc(target()))]);
    }
    for source in around.own.mappings.iter().filter(|(_, m)| m.to == held.socket).map(|(source, _)| source) {
        offer(ui, &format!("Forget {source}"), "That control moves this value no more.", &|| {
            let edit = Edit::SetMapping { source: source.clone(), mapping: None };
            vec![Act::edit(edit, format!("forget {source}"))]
        });
    }
}

/// What moves it by itself.
fn moving(ui: &mut Ui, held: &Held, around: &Around<'_>, offer: &mut Offer<'_>) {
    let (socket, patch) = (&held.socket, &around.heard.main);
    ui.separator();
    if around.registry.get(MODULATOR).is_some() && !patch.automation.contains_key(socket) {
        let help = "Adds an LFO with a cable that moves this value about its number.";
        offer(ui, "Modulate with an LFO", help, &|| modulated(held, patch));
    }
    let Some(number) = held.number() else { return };
    if patch.automation.contains_key(socket) {
        offer(ui, "Remove automation", "The value stands at its number again.", &|| {
            let edit = Edit::SetAutomation { target: socket.clone(), lane: None };
            vec![Act::edit(edit, format!("remove automation of {socket}"))]
        });
    } else if !held.driven {
        let help = "Adds a lane of four bars, with the value where it stands; its points are in the inspector.";
        offer(ui, "Automate", help, &|| {
            let lane = LaneSpec { points: vec![point(0.0, f64::from(number))], length: bars(patch) };
            let edit = Edit::SetAutomation { target: socket.clone(), lane: Some(lane) };
            vec![Act::edit(edit, format!("automate {socket}"))]
        });
    }
    if around.is_main && matches!(held.spec.kind, ParamKind::Number { .. } | ParamKind::Integer { .. }) {
        if around.marks.armed.as_ref() == Some(socket) {
            offer(ui, "Stop recording automation", "It is turned as ever.", &|| vec![Act::Ask(Ask::Arm(None))]);
        } else {
            let help = "While the transport plays, each turn of this value is written as points of its lane.";
            offer(ui, "Record automation", help, &|| vec![Act::Ask(Ask::Arm(Some(socket.clone())))]);
        }
    }
}

/// Beats of four bars.
fn bars(patch: &Patch) -> f64 {
    f64::from(patch.signature.max(1)) * 4.0
}

pub(crate) fn point(beat: f64, value: f64) -> Point {
    Point { beat, value, curve: bf_patch::Curve::Linear }
}

/// A new modulator, left of the node, with a cable that moves a value by an octave or a quarter of its range.
fn modulated(held: &Held, patch: &Patch) -> Vec<Act> {
    let name = fresh(MODULATOR, patch);
    let at = patch.layout.get(&held.socket.node).map(|[x, y]| [x - 208, y + 64]);
    let (min, max) = held.spec.range();
    let amount = match held.spec.kind {
        ParamKind::Number { scale: Scale::Log, .. } => 1.0,
        _ => f64::from(max - min) * 0.25,
    };
    let cable = Cable { from: Socket { node: name.clone(), port: None }, amount: Some(amount) };
    let edits = vec![
        Edit::AddNode { name, node: Node::new(MODULATOR), at },
        Edit::Connect { to: held.socket.clone(), cable, at: None },
    ];
    vec![Act::edit(Edit::Batch(edits), format!("modulate {}", held.socket))]
}

/// Whether the patch shows it outside.
fn exposing(ui: &mut Ui, held: &Held, around: &Around<'_>, offer: &mut Offer<'_>) {
    let (socket, patch) = (&held.socket, around.own);
    let Some(param) = &socket.port else { return };
    let shown = patch.controls.iter().find(|(_, control)| control.targets.contains(socket));
    if let Some((name, _)) = shown {
        let words = format!("Hide control {name}");
        offer(ui, &words, "The patch shows it no more to who uses it.", &|| {
            let edit = Edit::SetControl { name: name.clone(), control: None, at: None };
            vec![Act::edit(edit, format!("hide {name}"))]
        });
        return;
    }
    let help = "Where this patch is used as a node, the value is one of its own.";
    offer(ui, "Expose as a control", help, &|| {
        let has = |name: &str| patch.controls.iter().any(|(n, _)| n.as_str() == name);
        let wish = if has(param.as_str()) { format!("{}_{param}", socket.node) } else { param.to_string() };
        let name = crate::ui::canvas::gesture::fresh_name(&wish, has);
        let help = held.spec.help.to_owned();
        let control = Control { targets: vec![socket.clone()], default: None, range: None, help };
        let edit = Edit::SetControl { name: name.clone(), control: Some(control), at: None };
        vec![Act::edit(edit, format!("expose {name}"))]
    });
}

/// Stores all numbers of what is selected under a name.
fn storing(ui: &mut Ui, held: &Held, around: &Around<'_>) -> Option<Chosen> {
    ui.separator();
    let id = ui.scope_id().with("snapshot");
    let free = || {
        let has = |name: &str| around.own.snapshots.contains_key(name);
        crate::ui::canvas::gesture::fresh_name("snap", has).to_string()
    };
    let mut text: String = ui.data_mut(|d| d.get_temp(id)).unwrap_or_else(free);
    let count = around.selection.len().max(1);
    let mut chosen = None;
    ui.horizontal(|ui| {
        let field = ui.add(egui::TextEdit::singleline(&mut text).desired_width(80.0));
        field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "name of the snapshot"));
        let name = Name::parse(text.trim()).ok();
        let words =
            if name.as_ref().is_some_and(|n| around.own.snapshots.contains_key(n)) { "Store over" } else { "Store" };
        let help = if count == 1 {
            "Stores every number of this node in the snapshot.".to_owned()
        } else {
            format!("Stores every number of the {count} selected nodes in the snapshot.")
        };
        let button = ui.add_enabled(name.is_some(), egui::Button::new(format!("{words} snapshot")));
        let pressed = button.on_hover_text(help).clicked();
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if let Some(name) = name.filter(|_| pressed || entered) {
            let values = stored(held, around);
            let edit = Edit::SetSnapshot { name: name.clone(), values: Some(values) };
            chosen = Some(Chosen::Done(vec![Act::edit(edit, format!("store {name}"))]));
        }
    });
    if chosen.is_some() {
        ui.data_mut(|d| d.remove::<String>(id));
    } else {
        ui.data_mut(|d| d.insert_temp(id, text));
    }
    chosen
}

fn stored(held: &Held, around: &Around<'_>) -> BTreeMap<Socket, Value> {
    let mut names = around.selection.clone();
    if !names.contains(&held.socket.node) {
        names = BTreeSet::from([held.socket.node.clone()]);
    }
    let patch = &around.heard.main;
    let mut values = BTreeMap::new();
    for (name, node) in names.iter().filter_map(|name| Some((name, patch.nodes.get(name)?))) {
        for param in Ports::of(node, around.heard, around.registry).params {
            if let Some(one) = Held::of((patch, around.own), name, &param).filter(|one| one.number().is_some()) {
                values.insert(one.socket, one.value);
            }
        }
    }
    values
}
