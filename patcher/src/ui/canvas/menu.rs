//! What a right click offers, and the field in which a value is typed.

use super::gesture::{self, Act};
use super::hit::Hit;
use super::offers::{self, Next, line};
use super::tile::Row;
use super::{Canvas, Scene, notes};
use crate::ui::expression::number_from;
use bf_patch::{Edit, Name, Socket};
use egui::{Area, Frame, Id, Key, Order, Pos2, Ui};

/// What is open.
pub(crate) enum Menu {
    /// Things to do with a node, value or cable.
    Choices { on: Hit, at: Pos2 },
    /// A value is typed.
    Typing { socket: Socket, text: String, at: Pos2, fresh: bool },
    /// A name is typed.
    Naming { name: Name, text: String, at: Pos2, fresh: bool },
    /// A comment or a frame's title is written.
    Writing { name: Name, note: bf_patch::model::Note, at: Pos2, fresh: bool },
}

impl Menu {
    pub(super) fn of(on: Hit, at: Option<Pos2>) -> Option<Menu> {
        Some(Menu::Choices { on, at: at.unwrap_or_default() })
    }

    pub(super) fn writing(canvas: &Canvas, name: &Name, at: Option<Pos2>) -> Option<Menu> {
        let note = canvas.sticker(name)?.note.clone();
        Some(Menu::Writing { name: name.clone(), note, at: at.unwrap_or_default(), fresh: true })
    }

    pub(super) fn typing(canvas: &Canvas, socket: &Socket, at: Option<Pos2>) -> Option<Menu> {
        let row = canvas.row(socket)?;
        let text = match &row.value {
            bf_node::Value::Number(n) => n.to_string(),
            bf_node::Value::Text(text) => text.clone(),
            _ => return None,
        };
        Some(Menu::Typing { socket: socket.clone(), text, at: at.unwrap_or_default(), fresh: true })
    }
}

/// Draws what is open.
pub(super) fn show(canvas: &mut Canvas, ui: &Ui, scene: &Scene<'_>, acts: &mut Vec<Act>) {
    let Some(mut menu) = canvas.menu.take() else { return };
    let at = match &menu {
        Menu::Choices { at, .. } | Menu::Typing { at, .. } | Menu::Naming { at, .. } | Menu::Writing { at, .. } => *at,
    };
    let mut open = true;
    let area = Area::new(Id::unique("canvas menu")).order(Order::Foreground).fixed_pos(at).constrain(true);
    let shown = area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| match &mut menu {
            Menu::Choices { on, at } => choices(canvas, ui, scene, on, *at, acts),
            Menu::Typing { socket, text, fresh, .. } => {
                typing(canvas, ui, socket, text, fresh, acts).then_some(Next::Close)
            }
            Menu::Naming { name, text, fresh, .. } => naming(ui, name, text, fresh, acts).then_some(Next::Close),
            Menu::Writing { name, note, fresh, .. } => {
                notes::writing(ui, (&*name, note), fresh, canvas.number, acts).then_some(Next::Close)
            }
        })
    });
    match shown.inner.inner {
        Some(Next::Close) => open = false,
        Some(Next::Open(next)) => menu = next,
        None => {
            let elsewhere = ui.input(|i| i.pointer.any_pressed()) && !shown.response.contains_pointer();
            open = !elsewhere || shown.response.rect.width() < 2.0;
        }
    }
    open &= !ui.input(|i| i.key_pressed(Key::Escape));
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
        field.request_focus();
    }
    let Some(row) = canvas.row(socket) else { return true };
    let value = value_typed(row, text);
    if let Err(why) = &value {
        ui.label(why);
    }
    let done = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    if done && let Ok(value) = value {
        let edit = gesture::set(socket, value, canvas.is_guest(&socket.node));
        acts.push(Act::edit(edit, format!("set {socket}")));
    }
    done
}

/// What a text means for a value that stands somewhere, within its range.
fn value_typed(row: &Row, text: &str) -> Result<bf_node::Value, String> {
    let Some(spec) = row.spec else { return Ok(bf_node::Value::Text(text.to_owned())) };
    if spec.is_setting() {
        let value = text.trim().parse().map_or_else(|_| bf_node::Value::Text(text.to_owned()), bf_node::Value::Number);
        spec.check_setting(&value).map_err(|expected| format!("expected {expected}"))?;
        return Ok(value);
    }
    let Some((now, _)) = row.place() else { return Err("this value follows a pattern".to_owned()) };
    let number = number_from(text, f64::from(now))?;
    let (min, max) = spec.range();
    // What is typed stands as it was typed; what is dragged has as many digits as a drag has.
    if matches!(spec.kind, bf_node::ParamKind::Number { .. }) {
        return Ok(bf_node::Value::Number(number.clamp(f64::from(min), f64::from(max))));
    }
    Ok(gesture::value_of(spec, (number as f32).clamp(min, max)))
}

fn naming(ui: &mut Ui, name: &Name, text: &mut String, fresh: &mut bool, acts: &mut Vec<Act>) -> bool {
    ui.label(format!("rename {name}"));
    let field = ui.text_edit_singleline(text);
    if core::mem::take(fresh) {
        field.request_focus();
    }
    let to = Name::parse(text.trim());
    if let Err(why) = &to {
        ui.label(why.to_string());
    }
    let done = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    if done
        && let Ok(to) = to
        && to != *name
    {
        acts.push(Act::edit(Edit::RenameNode { from: name.clone(), to: to.clone() }, format!("rename {name} to {to}")));
    }
    done
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
        Hit::Row(socket) => value(canvas, ui, socket, at, acts),
        Hit::Wire(i) => {
            let wire = canvas.sheet.wires.get(*i)?;
            let (to, from) = (wire.to.clone(), wire.from.clone());
            ui.label(format!("{from} → {to}"));
            if ui.button("Take off").clicked() {
                acts.push(Act::edit(Edit::Disconnect { to, from }, "take a cable off"));
                return Some(Next::Close);
            }
            let now = wire.amount.unwrap_or(1.0);
            for (words, amount) in [("Half as much", now * 0.5), ("Twice as much", now * 2.0), ("Turned over", -now)] {
                if ui.button(words).clicked() {
                    let (to, from) = (wire.to.clone(), wire.from.clone());
                    acts.push(Act::edit(Edit::SetAmount { to, from, amount: Some(amount) }, "change an amount"));
                    return Some(Next::Close);
                }
            }
            None
        }
        Hit::Input(_) | Hit::Output(_) => Some(Next::Close),
    }
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
    if line(ui, "Rename…") {
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
        acts.extend(gesture::removed(scene.own, &[name.clone()].into()));
        return Some(Next::Close);
    }
    ui.separator();
    offers::of_node(canvas, ui, scene, name, acts)
}

fn value(canvas: &Canvas, ui: &mut Ui, socket: &Socket, at: Pos2, acts: &mut Vec<Act>) -> Option<Next> {
    let row = canvas.row(socket)?;
    ui.label(socket.to_string());
    let guest = canvas.is_guest(&socket.node);
    if ui.button("Type a value…").clicked() {
        return Menu::typing(canvas, socket, Some(at)).map(Next::Open).or(Some(Next::Close));
    }
    if row.by_hand && ui.button("Let the text be heard again").clicked() {
        let edit = Edit::Override { target: socket.clone(), value: None };
        acts.push(Act::edit(edit, format!("reset {socket}")));
        return Some(Next::Close);
    }
    if row.by_hand && !guest && ui.button("Write into the text").clicked() {
        let edits = vec![
            Edit::Override { target: socket.clone(), value: None },
            Edit::SetParam { target: socket.clone(), value: Some(row.value.clone()) },
        ];
        acts.push(Act::edit(Edit::Batch(edits), format!("write {socket}")));
        return Some(Next::Close);
    }
    if !guest && ui.button("Reset to the default").clicked() {
        let edit = Edit::SetParam { target: socket.clone(), value: None };
        acts.push(Act::edit(edit, format!("reset {socket}")));
        return Some(Next::Close);
    }
    None
}
