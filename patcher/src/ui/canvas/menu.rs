//! What a right click offers, and the field in which a value is typed.

use super::draw::short;
use super::gesture::{self, Act};
use super::hit::Hit;
use super::offers::{self, Next, line};
use super::{Canvas, Scene, cable, notes};
use crate::ui::expression::bare;
use crate::ui::widgets::offer::{self, Around, Chosen};
use crate::ui::widgets::{is_over, type_over};
use bf_patch::{Edit, Name, Socket};
use egui::{Area, Frame, Id, Key, Modifiers, Order, Pos2, Ui};

/// What is open.
pub(crate) enum Menu {
    /// Things to do with a node or value.
    Choices { on: Hit, at: Pos2 },
    /// Things to do with a cable, which keeps its ends whatever other hands do.
    Cable { from: Socket, to: Socket, at: Pos2, typed: Option<String> },
    /// A value is typed.
    Typing { socket: Socket, text: String, at: Pos2, fresh: bool },
    /// A name is typed.
    Naming { name: Name, text: String, at: Pos2, fresh: bool },
    /// A comment or a frame's title is written.
    Writing { name: Name, note: bf_patch::model::Note, at: Pos2, fresh: bool },
    /// The end of a cable is chosen.
    Joining { joining: super::reach::Joining, at: Pos2 },
}

impl Menu {
    pub(super) fn of(canvas: &Canvas, on: Hit, at: Option<Pos2>) -> Option<Menu> {
        let at = at.unwrap_or_default();
        if let Hit::Wire(wire) = on {
            let wire = canvas.sheet.wires.get(wire)?;
            return Some(Menu::Cable { from: wire.from.clone(), to: wire.to.clone(), at, typed: None });
        }
        // A port has nothing of its own that could be chosen.
        let on = match on {
            Hit::Input(socket) | Hit::Output(socket) => Hit::Node(socket.node),
            on => on,
        };
        Some(Menu::Choices { on, at })
    }

    /// Whether arrows go through it, and do not move what is selected.
    pub(super) fn takes_keys(&self) -> bool {
        matches!(self, Menu::Choices { .. } | Menu::Cable { .. } | Menu::Joining { .. })
    }

    pub(super) fn writing(canvas: &Canvas, name: &Name, at: Option<Pos2>) -> Option<Menu> {
        let note = canvas.sticker(name)?.note.clone();
        Some(Menu::Writing { name: name.clone(), note, at: at.unwrap_or_default(), fresh: true })
    }

    pub(super) fn typing(canvas: &Canvas, socket: &Socket, at: Option<Pos2>) -> Option<Menu> {
        let text = canvas.held(socket)?.text();
        Some(Menu::Typing { socket: socket.clone(), text, at: at.unwrap_or_default(), fresh: true })
    }
}

/// Draws what is open.
pub(super) fn show(canvas: &mut Canvas, ui: &Ui, scene: &Scene<'_>, acts: &mut Vec<Act>) {
    let opened = core::mem::take(&mut canvas.opened);
    let Some(mut menu) = canvas.menu.take() else { return };
    let at = match &menu {
        Menu::Choices { at, .. } | Menu::Cable { at, .. } | Menu::Typing { at, .. } => *at,
        Menu::Naming { at, .. } | Menu::Writing { at, .. } | Menu::Joining { at, .. } => *at,
    };
    let mut open = true;
    let area = Area::new(Id::unique("canvas menu")).order(Order::Foreground).fixed_pos(at).constrain(true);
    let shown = area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| match &mut menu {
            Menu::Choices { on, at } => choices(canvas, ui, scene, on, *at, acts),
            Menu::Cable { from, to, typed, .. } => wire(canvas, ui, (from, to), (typed, acts)),
            Menu::Typing { socket, text, fresh, .. } => {
                typing(canvas, ui, socket, text, fresh, acts).then_some(Next::Close)
            }
            Menu::Naming { name, text, fresh, .. } => {
                naming(canvas, ui, scene, (&*name, text, fresh), acts).then_some(Next::Close)
            }
            Menu::Writing { name, note, fresh, .. } => {
                let now = canvas.sticker(name).map(|sticker| sticker.note.clone());
                notes::writing(ui, (&*name, note, now), fresh, canvas.number, acts).then_some(Next::Close)
            }
            Menu::Joining { joining, .. } => joining.show(canvas, ui, scene, acts).then_some(Next::Close),
        })
    });
    match shown.inner.inner {
        Some(Next::Close) => open = false,
        Some(Next::Open(next)) => menu = next,
        None => {
            let elsewhere = !opened && ui.input(|i| i.pointer.any_pressed()) && !is_over(ui, &shown.response);
            open = !elsewhere || shown.response.rect.width() < 2.0;
        }
    }
    open &= !ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
    if !open && matches!(menu, Menu::Writing { .. }) {
        acts.push(Act::End);
    }
    if open && canvas.menu.is_none() {
        canvas.menu = Some(menu);
    }
}

fn typing(
    canvas: &Canvas,
    ui: &mut Ui,
    socket: &Socket,
    text: &mut String,
    fresh: &mut bool,
    acts: &mut Vec<Act>,
) -> bool {
    ui.label(socket.to_string());
    let field = ui.text_edit_singleline(text);
    if core::mem::take(fresh) {
        type_over(&field, text);
    }
    let Some(held) = canvas.held(socket) else { return true };
    let (value, beyond) = (held.typed(text), held.beyond(text));
    if let Some(why) = value.as_ref().err().or(beyond.as_ref()) {
        ui.label(why);
    }
    let done = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    match value {
        Ok(value) if done => {
            acts.push(held.turn(value, None));
            acts.extend(beyond.map(Act::Say));
        }
        Err(_) if done => {
            field.request_focus();
            return false;
        }
        _ => {}
    }
    done
}

fn naming(
    canvas: &mut Canvas,
    ui: &mut Ui,
    scene: &Scene<'_>,
    (name, text, fresh): (&Name, &mut String, &mut bool),
    acts: &mut Vec<Act>,
) -> bool {
    ui.label(format!("rename {name}"));
    let field = ui.text_edit_singleline(text);
    if core::mem::take(fresh) {
        type_over(&field, text);
    }
    let to = match Name::parse(text.trim()) {
        Ok(to) if to != *name && scene.heard.main.nodes.contains_key(&to) => {
            Err(format!("there is a node {to} already"))
        }
        other => other.map_err(|why| why.to_string()),
    };
    if let Err(why) = &to {
        ui.label(why);
    }
    if !(field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter))) {
        return false;
    }
    match to {
        Ok(to) if to != *name => {
            let label = format!("rename {name} to {to}");
            acts.push(Act::edit(Edit::RenameNode { from: name.clone(), to: to.clone() }, label));
            canvas.renamed = Some((name.clone(), to));
        }
        Ok(_) => {}
        Err(_) => {
            field.request_focus();
            return false;
        }
    }
    true
}

fn choices(
    canvas: &mut Canvas,
    ui: &mut Ui,
    scene: &Scene<'_>,
    on: &Hit,
    at: Pos2,
    acts: &mut Vec<Act>,
) -> Option<Next> {
    match on {
        Hit::Node(name) | Hit::Fold(name) if canvas.selection.len() > 1 && canvas.selection.contains(name) => {
            offers::several(canvas, ui, scene, acts)
        }
        Hit::Nothing => offers::ground(canvas, ui, scene, at, acts),
        Hit::Note(on) => offers::note(canvas, ui, on, at, acts),
        Hit::Node(name) | Hit::Fold(name) => node(canvas, ui, scene, name, at, acts),
        Hit::Row(socket) => value(canvas, ui, scene, (socket, at), acts),
        Hit::Input(_) | Hit::Output(_) | Hit::Wire(_) => Some(Next::Close),
    }
}

/// For a cable; closed where it is there no more.
fn wire(
    canvas: &Canvas,
    ui: &mut Ui,
    (from, to): (&Socket, &Socket),
    (typed, acts): (&mut Option<String>, &mut Vec<Act>),
) -> Option<Next> {
    let Some(wire) = canvas.sheet.wires.iter().find(|wire| (&wire.from, &wire.to) == (from, to)) else {
        return Some(Next::Close);
    };
    let (to, from) = (wire.to.clone(), wire.from.clone());
    ui.label(format!("{from} to {to}"));
    if line(ui, "Remove") {
        acts.push(Act::edit(Edit::Disconnect { to, from }, "take a cable off"));
        return Some(Next::Close);
    }
    let now = wire.amount.unwrap_or(1.0);
    let amount = |amount: f64| {
        let edit = Edit::SetAmount { to: to.clone(), from: from.clone(), amount: Some(amount) };
        Act::edit(edit, "change an amount")
    };
    let mut text = typed.take().unwrap_or_else(|| short(now));
    let mut entered = false;
    ui.horizontal(|ui| {
        let name = ui.label("Amount");
        let field = ui.add(egui::TextEdit::singleline(&mut text).desired_width(70.0)).labelled_by(name.id);
        let field = field.on_hover_text("How much of it goes in: 1 is as it is, 0.5 half, -1 inverted. Enter sets it");
        entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    });
    let number = bare(&text, now);
    if number.is_none() {
        ui.label("a number, such as 0.5, -1 or *=2");
    }
    if let Some(number) = number.filter(|_| entered) {
        acts.push(amount(number));
        return Some(Next::Close);
    }
    *typed = Some(text);
    for (words, times) in [("Half as much", now * 0.5), ("Twice as much", now * 2.0), ("Invert", -now)] {
        if line(ui, words) {
            acts.push(amount(times));
            return Some(Next::Close);
        }
    }
    None
}

fn node(
    canvas: &mut Canvas,
    ui: &mut Ui,
    scene: &Scene<'_>,
    name: &Name,
    at: Pos2,
    acts: &mut Vec<Act>,
) -> Option<Next> {
    ui.label(name.as_str());
    if canvas.is_guest(name) {
        ui.label("a script owns it: its text decides what it is");
        return offers::of_node(canvas, ui, scene, name, acts);
    }
    if line(ui, "Rename…   F2") {
        return Some(Next::Open(Menu::Naming { name: name.clone(), text: name.to_string(), at, fresh: true }));
    }
    if line(ui, "Duplicate   Ctrl+D") {
        let names = [name.clone()].into();
        let copied = gesture::copied(scene.own, &canvas.sheet, &names, egui::Vec2::splat(24.0));
        acts.extend(copied.map(|(act, _)| act));
        return Some(Next::Close);
    }
    if scene.own.nodes.get(name).is_some_and(|node| node.kind == "patch") && line(ui, "Open inside") {
        acts.push(Act::Open(name.clone()));
        return Some(Next::Close);
    }
    if line(ui, "Remove   Del") {
        acts.extend(cable::removed(&scene.room(), scene.own, &[name.clone()].into()));
        return Some(Next::Close);
    }
    ui.separator();
    offers::of_node(canvas, ui, scene, name, acts)
}

fn value(
    canvas: &Canvas,
    ui: &mut Ui,
    scene: &Scene<'_>,
    (socket, at): (&Socket, Pos2),
    acts: &mut Vec<Act>,
) -> Option<Next> {
    let held = canvas.held(socket)?;
    let Scene { heard, own, registry, marks, .. } = *scene;
    let is_main = scene.inside.is_empty();
    let around = Around { heard, own, registry, selection: &canvas.selection, is_main, marks };
    match offer::value(ui, &held, &around)? {
        Chosen::Type => Menu::typing(canvas, socket, Some(at)).map(Next::Open).or(Some(Next::Close)),
        Chosen::Done(done) => {
            acts.extend(done);
            Some(Next::Close)
        }
    }
}
