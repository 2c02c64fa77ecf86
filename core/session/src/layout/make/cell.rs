//! One control with its name, its value and its range around it.

use super::choose::{Control, Turns};
use super::colour;
use super::place::Frame;
use super::widget::{Ids, Look, Way, node, osc, says, set, shows_on, stands};
use crate::layout::tosc::{Kind, Node, Setting};
use crate::surface::{Access, Aim};

/// A control in a cell: high cells have faders that go up, wide ones faders that go right.
pub(super) fn cell(ids: &mut Ids, control: &Control<'_>, frame: Frame, text: i32) -> Vec<Node> {
    let frame = frame.inset(4.0);
    match control.kind {
        Turns::Slides if frame.w > frame.h => wide(ids, control, frame, text),
        Turns::Slides => high(ids, control, frame, text),
        Turns::Switches | Turns::Pushes => pressed(ids, control, frame, text),
        Turns::Shows => shown(ids, control, frame, text),
    }
}

fn high(ids: &mut Ids, control: &Control<'_>, frame: Frame, text: i32) -> Vec<Node> {
    let line = text as f32 * 1.5;
    let (title, rest) = frame.cut_top(line);
    let (rest, range) = rest.cut_bottom(line * 0.8);
    let (slide, reading) = rest.cut_bottom(line);
    around(ids, control, Kind::Fader, [title, slide, reading, range], text)
}

fn wide(ids: &mut Ids, control: &Control<'_>, frame: Frame, text: i32) -> Vec<Node> {
    let (head, slide) = frame.cut_top(text as f32 * 1.5);
    let (title, rest) = head.cut_left(head.w * 0.45);
    let (reading, range) = rest.cut_left(rest.w * 0.4);
    around(ids, control, Kind::Fader, [title, slide, reading, range], text)
}

/// A knob with its name below.
pub(super) fn knob(ids: &mut Ids, control: &Control<'_>, frame: Frame, text: i32) -> Vec<Node> {
    let (knob, title) = frame.inset(2.0).cut_bottom(text as f32 * 1.3);
    let slide = slide(ids, control, Kind::Radial, knob.square());
    let look = Look { colour: colour::QUIET, text: text - 3 };
    vec![slide, says(ids, &control.label, title, look)]
}

/// A fader alone with its reading below.
pub(super) fn fader(ids: &mut Ids, control: &Control<'_>, frame: Frame, text: i32) -> Vec<Node> {
    let (slide_at, reading_at) = frame.inset(2.0).cut_bottom(text as f32 * 1.5);
    let reading = reading(ids, control, reading_at, text);
    let mut slide = slide(ids, control, Kind::Fader, slide_at);
    link(&mut slide, control, &reading);
    vec![slide, reading]
}

fn around(
    ids: &mut Ids,
    control: &Control<'_>,
    kind: Kind,
    [title, at, reading_at, range_at]: [Frame; 4],
    text: i32,
) -> Vec<Node> {
    let quiet = Look { colour: colour::QUIET, text };
    let title = says(ids, &control.label, title, quiet);
    let reading = reading(ids, control, reading_at, text);
    let mut slide = slide(ids, control, kind, at);
    link(&mut slide, control, &reading);
    let range = says(ids, &range_text(control), range_at, Look { text: text - 4, ..quiet });
    vec![title, slide, reading, range]
}

/// A fader or knob that sends and follows.
fn slide(ids: &mut Ids, control: &Control<'_>, kind: Kind, frame: Frame) -> Node {
    let look = Look { colour: colour::of(control.sends), text: 0 };
    let mut node = node(ids, kind, &control.label, frame, look);
    if frame.w > frame.h {
        set(&mut node, "orientation", Setting::Int(1));
    }
    if let Some(steps) = control.steps() {
        set(&mut node, "grid", Setting::Switch(true));
        set(&mut node, "gridSteps", Setting::Int(steps as i32));
    }
    let (min, max) = control.travel().map_or((0.0, 1.0), |t| (t.min, t.max));
    if min < 0.0 && max == -min {
        set(&mut node, "centered", Setting::Switch(true));
    }
    stands(&mut node, "x", &control.place().to_string());
    node.messages.push(osc(&control.sends.address, "x", Way::Both, control.range()));
    node
}

/// What reads the value in its own unit.
fn reading(ids: &mut Ids, control: &Control<'_>, frame: Frame, text: i32) -> Node {
    let mut node = node(ids, Kind::Label, &control.label, frame, Look { colour: colour::QUIET, text });
    set(&mut node, "background", Setting::Switch(true));
    set(&mut node, "textLength", Setting::Int(8));
    if let Some(shows) = control.shows.filter(|entry| entry.access != Access::Write) {
        let now = shows.value.first().map(|atom| atom.argument().to_string()).unwrap_or_default();
        stands(&mut node, "text", now.trim_matches('"'));
        node.messages.push(osc(&shows.address, "text", Way::In, (0.0, 1.0)));
    }
    node
}

/// Lets a fader show its value at once where its travel is even. Others show it when the set tells it.
fn link(slide: &mut Node, control: &Control<'_>, reading: &Node) {
    let Some(arg) = control.shows.and_then(|entry| entry.args.first()) else { return };
    if let Some(travel) = control.travel().filter(|travel| travel.is_linear() && arg.options.is_empty()) {
        let range = if control.sends.aim == Aim::Tempo { control.range() } else { (travel.min, travel.max) };
        slide.messages.push(shows_on(reading, range, travel.whole));
    }
}

fn pressed(ids: &mut Ids, control: &Control<'_>, frame: Frame, text: i32) -> Vec<Node> {
    let colour = match control.label.as_str() {
        "hush" | "mute" => colour::STOP,
        "solo" => colour::SOLO,
        _ => colour::of(control.sends),
    };
    let mut button = node(ids, Kind::Button, &control.label, frame, Look { colour, text });
    let way = if control.kind == Turns::Pushes { Way::Out } else { Way::Both };
    if control.kind == Turns::Switches {
        // It toggles when it is pressed.
        set(&mut button, "buttonType", Setting::Int(2));
        stands(&mut button, "x", &control.place().round().to_string());
    }
    button.messages.push(osc(&control.sends.address, "x", way, (0.0, 1.0)));
    let label = says(ids, &control.label, frame, Look { colour, text });
    vec![button, label]
}

/// A button without its name in words: `M` and `S` of a strip.
pub(super) fn button(ids: &mut Ids, control: &Control<'_>, word: &str, frame: Frame, text: i32) -> Vec<Node> {
    let mut nodes = pressed(ids, control, frame.inset(2.0), text);
    if let Some(label) = nodes.last_mut() {
        stands(label, "text", word);
    }
    nodes
}

fn shown(ids: &mut Ids, control: &Control<'_>, frame: Frame, text: i32) -> Vec<Node> {
    let (title, at) = frame.cut_top(frame.h * 0.4);
    let title = says(ids, &control.label, title, Look { colour: colour::QUIET, text: text - 3 });
    vec![title, reading(ids, control, at, text)]
}

/// The range with its unit, such as `20 – 18k Hz`; the names of a choice.
fn range_text(control: &Control<'_>) -> String {
    let Some(arg) = control.shows.and_then(|entry| entry.args.first()) else { return String::new() };
    if !arg.options.is_empty() {
        return arg.options.join(" · ");
    }
    let symbol = control.unit().symbol();
    let (min, max) = match (&control.sends.aim, control.travel()) {
        (Aim::Tempo, _) => control.range(),
        (_, Some(travel)) => (travel.min, travel.max),
        (_, None) => return symbol.to_owned(),
    };
    format!("{} – {} {symbol}", short(min), short(max)).trim_end().to_owned()
}

/// A number in few characters.
pub(super) fn short(number: f64) -> String {
    let rounded = |number: f64| {
        let text = format!("{number:.3}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match number.abs() {
        size if size >= 10_000.0 => format!("{}k", rounded(number / 1000.0)),
        size if size > 0.0 && size < 0.001 => format!("{number:e}"),
        _ => rounded(number),
    }
}
