//! Pages, and the bar above them.

use super::Size;
use super::cell;
use super::choose::{Chosen, Control, Strip};
use super::colour::{self, Colour};
use super::place::Frame;
use super::widget::{self, Ids, Look};
use crate::layout::tosc::{Kind, Node};

/// The bar that is there on every page: play, hush, tempo and what else there is room for.
pub(super) fn bar(ids: &mut Ids, transport: &[Control<'_>], frame: Frame, size: &Size) -> Node {
    let mut bar = widget::node(ids, Kind::Group, "transport", frame, Look { colour: colour::QUIET, text: size.text });
    // The tempo takes as much room as two others.
    let wide = |control: &Control<'_>| if control.label == "tempo" { 2 } else { 1 };
    let room = if frame.w < 600.0 { 5 } else { usize::MAX };
    let mut parts = 0;
    let fits = |control: &&Control<'_>| {
        let all = parts + wide(control);
        parts = if all <= room { all } else { parts };
        all <= room
    };
    let controls: Vec<&Control<'_>> = transport.iter().take_while(fits).collect();
    let (mut rest, part) = (frame.at_corner(), frame.w / parts.max(1) as f32);
    for control in controls {
        let (at, right) = rest.cut_left(part * wide(control) as f32);
        bar.children.extend(cell::cell(ids, control, at, size.text));
        rest = right;
    }
    bar
}

/// The pages, with how many controls are on each.
pub(super) fn pager(ids: &mut Ids, chosen: &Chosen<'_>, frame: Frame, size: &Size) -> (Node, Vec<(String, usize)>) {
    let mut pager = widget::node(ids, Kind::Pager, "pages", frame, Look { colour: colour::GROUND, text: size.text });
    widget::set(&mut pager, "tabbarSize", crate::layout::tosc::Setting::Int(size.tabs as i32));
    let inside = Frame::new(0.0, size.tabs, frame.w, frame.h - size.tabs);
    let mut pages = Pages { ids, inside, size, made: Vec::new(), counts: Vec::new() };
    pages.controls("macros", &chosen.macros);
    pages.strips(&chosen.strips);
    pages.buttons("scenes", &chosen.scenes);
    pages.controls("controls", &chosen.controls);
    if pages.made.is_empty() {
        pages.add("empty".to_owned(), colour::QUIET, (Vec::new(), 0));
    }
    pager.children = pages.made;
    (pager, pages.counts)
}

/// Pages that are being made.
struct Pages<'a> {
    ids: &'a mut Ids,
    inside: Frame,
    size: &'a Size,
    made: Vec<Node>,
    counts: Vec<(String, usize)>,
}

impl Pages<'_> {
    fn add(&mut self, title: String, colour: Colour, (children, controls): (Vec<Node>, usize)) {
        let mut page = widget::page(self.ids, &title, self.inside, colour);
        page.children = children;
        self.made.push(page);
        self.counts.push((title, controls));
    }

    fn controls(&mut self, title: &str, controls: &[Control<'_>]) {
        let (columns, rows) = self.size.controls;
        self.in_cells(title, controls, (columns, rows), columns);
    }

    fn buttons(&mut self, title: &str, controls: &[Control<'_>]) {
        self.in_cells(title, controls, self.size.buttons, 1);
    }

    /// Controls in cells; as many columns as there are controls, where they are fewer than a row.
    fn in_cells(&mut self, title: &str, controls: &[Control<'_>], (columns, rows): (usize, usize), least: usize) {
        for (n, some) in controls.chunks(columns * rows).enumerate() {
            let rows = if some.len() <= columns && least > 1 { 1 } else { rows };
            let cells = self.inside.at_corner().cells((columns, rows));
            let children: Vec<Node> =
                some.iter().zip(cells).flat_map(|(one, at)| cell::cell(self.ids, one, at, self.size.text)).collect();
            let colour = some.first().map_or(colour::QUIET, |control| colour::of(control.sends));
            self.add(numbered(title, n), colour, (children, some.len()));
        }
    }

    fn strips(&mut self, strips: &[Strip<'_>]) {
        for (n, some) in strips.chunks(self.size.strips).enumerate() {
            let (mut children, mut controls) = (Vec::new(), 0);
            for (one, at) in some.iter().zip(self.inside.at_corner().cells((self.size.strips, 1))) {
                let (strip, count) = strip(self.ids, one, at, self.size.text);
                children.push(strip);
                controls += count;
            }
            let first = some.first().and_then(|strip| strip.gain.as_ref());
            let colour = first.map_or(colour::QUIET, |control| colour::of(control.sends));
            self.add(numbered("mix", n), colour, (children, controls));
        }
    }
}

fn numbered(title: &str, n: usize) -> String {
    if n == 0 { title.to_owned() } else { format!("{title} {}", n + 1) }
}

/// A strip from top to bottom: name, sends, pan, mute and solo, fader.
fn strip(ids: &mut Ids, strip: &Strip<'_>, frame: Frame, text: i32) -> (Node, usize) {
    let look = Look { colour: colour::GROUND, text };
    let mut group = widget::node(ids, Kind::Group, &strip.name, frame, look);
    let (title, mut rest) = frame.at_corner().cut_top(text as f32 * 1.8);
    let mut nodes = vec![widget::says(ids, &strip.name, title, look)];
    let mut count = 0;
    let mut knobs = |ids: &mut Ids, controls: &[&Control<'_>], rest: &mut Frame, nodes: &mut Vec<Node>| {
        if controls.is_empty() {
            return;
        }
        let (row, below) = rest.cut_top((rest.w / controls.len() as f32).min(90.0) + text as f32 * 1.3);
        for (control, at) in controls.iter().zip(row.cells((controls.len(), 1))) {
            nodes.extend(cell::knob(ids, control, at, text));
        }
        count += controls.len();
        *rest = below;
    };
    knobs(ids, &strip.sends.iter().collect::<Vec<_>>(), &mut rest, &mut nodes);
    knobs(ids, &strip.pan.iter().collect::<Vec<_>>(), &mut rest, &mut nodes);
    let (row, below) = rest.cut_top(44.0);
    let switches = [(&strip.mute, "M"), (&strip.solo, "S")];
    for ((control, word), at) in switches.into_iter().zip(row.cells((2, 1))) {
        if let Some(control) = control {
            nodes.extend(cell::button(ids, control, word, at, text));
            count += 1;
        }
    }
    if let Some(gain) = &strip.gain {
        nodes.extend(cell::fader(ids, gain, below, text));
        count += 1;
    }
    group.children = nodes;
    (group, count)
}
