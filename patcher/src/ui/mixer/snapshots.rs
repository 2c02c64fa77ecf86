//! Mix snapshots: stored by name, recalled with a glide, compared with what is, and morphed.

use super::super::app::named;
use super::super::canvas::gesture::{set, value_of};
use super::super::canvas::tile::{number_at, place_of};
use super::super::link::{Link, Shown, Wish};
use super::super::theme::Paints;
use super::channel::{Channel, Hand};
use bf_node::{ParamKind, ParamSpec, Value};
use bf_patch::{Edit, Name, SetEdit, Socket};
use egui::{Button, RichText, Slider, TextEdit, Ui, WidgetInfo, vec2};
use std::collections::BTreeMap;

/// Values of a mix.
type Mix = BTreeMap<Socket, Value>;

/// What is no part of a mix: who listens to what, and what the mixer sets itself.
const LEFT_OUT: [&str; 4] = ["solo", "silenced", "hush", "cue"];

/// The room that a morph needs in one line.
const MORPH: f32 = 350.0;

/// What the row of snapshots remembers.
#[derive(Default)]
pub(crate) struct Snapshots {
    /// The name that is typed.
    name: String,
    chosen: Option<Name>,
    /// One that is on its way into the set, and is chosen then.
    stored: Option<Name>,
    /// The other side of a comparison, and whether it is the present that waits there.
    other: Option<(Mix, bool)>,
    ends: [Option<Name>; 2],
    place: f32,
}

/// What a row draws from and acts on.
pub(super) struct Desk<'a> {
    pub link: &'a Link,
    pub shown: &'a Shown,
    pub order: &'a [Name],
    pub paints: &'a Paints,
}

impl Desk<'_> {
    /// The mix as it is.
    fn now(&self) -> Mix {
        let mut all = Mix::new();
        for name in self.order {
            let channel = Channel { link: self.link, shown: self.shown, name };
            let Some(spec) = channel.node().and_then(|node| self.link.registry.get(&node.kind)) else { continue };
            for param in spec.params.iter().filter(|p| !p.is_setting() && !LEFT_OUT.contains(&p.name)) {
                // What a cable or a pattern moves is no number.
                if let Some(number) = channel.value(param.name).filter(|value| param.number_of(value).is_ok()) {
                    all.insert(Socket::new(name.as_str(), param.name), number);
                }
            }
        }
        all
    }

    fn spec(&self, socket: &Socket) -> Option<&'static ParamSpec> {
        Channel { link: self.link, shown: self.shown, name: &socket.node }.spec(socket.port.as_ref()?.as_str())
    }

    /// Lays a mix down where it differs from what is, in one step.
    fn lay(&self, mix: &Mix, label: String, gesture: Option<u64>) {
        let now = self.now();
        let differs = mix.iter().filter(|(socket, value)| now.get(*socket) != Some(*value));
        let edits: Vec<Edit> = differs
            .filter(|(socket, _)| self.spec(socket).is_some())
            .map(|(socket, value)| set(&self.shown.own.main, socket, value.clone()))
            .collect();
        if !edits.is_empty() {
            self.link.wish(Wish::Edit { edit: SetEdit::main(Edit::Batch(edits)), label, gesture });
        }
    }

    fn stored(&self, name: &Name) -> Option<&Mix> {
        self.shown.own.main.snapshots.get(name)
    }

    /// A mix between two: numbers travel as their faders do, switches turn over in the middle.
    fn between(&self, a: &Mix, b: &Mix, place: f32) -> Mix {
        let mut mix = Mix::new();
        for (socket, from) in a {
            let (Some(to), Some(spec)) = (b.get(socket), self.spec(socket)) else { continue };
            let value = match (spec.kind, spec.number_of(from), spec.number_of(to)) {
                (ParamKind::Number { .. }, Ok(x), Ok(y)) if x != y && place > 0.0 && place < 1.0 => {
                    let (x, y) = (place_of(spec, x), place_of(spec, y));
                    value_of(spec, number_at(spec, x + (y - x) * place))
                }
                _ if place < 0.5 => from.clone(),
                _ => to.clone(),
            };
            mix.insert(socket.clone(), value);
        }
        mix
    }
}

impl Snapshots {
    pub(super) fn ui(&mut self, ui: &mut Ui, hand: &mut Hand, desk: &Desk<'_>) {
        let names: Vec<Name> = desk.shown.own.main.snapshots.keys().cloned().collect();
        // One that is gone is chosen no more; the first is, where none is.
        for chosen in self.ends.iter_mut().chain([&mut self.chosen]) {
            *chosen = chosen.take().filter(|name| names.contains(name));
        }
        if let Some(stored) = self.stored.take_if(|name| names.contains(name)) {
            self.chosen = Some(stored);
        }
        self.chosen = self.chosen.take().or_else(|| names.first().cloned());
        ui.label(RichText::new("Mixes").color(desk.paints.faint));
        self.store_ui(ui, desk, &names);
        if names.is_empty() {
            return;
        }
        choose(ui, "mix", &names, &mut self.chosen);
        self.recall_ui(ui, desk);
        if names.len() > 1 {
            ui.separator();
            self.morph_ui(ui, hand, desk, &names);
        }
    }

    fn store_ui(&mut self, ui: &mut Ui, desk: &Desk<'_>, names: &[Name]) {
        let field = ui.add(TextEdit::singleline(&mut self.name).desired_width(124.0).hint_text("name of a mix"));
        field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, "name of a mix"));
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let name = name_of(&self.name, names);
        let known = names.contains(&name);
        let text = if known { "Store over" } else { "Store" };
        let help = format!("Keep faders, pans, mutes, equalisers, compressors and sends as {name}");
        let button = Button::new(text).min_size(vec2(78.0, 0.0));
        if ui.add(button).on_hover_text(help).clicked() || (entered && !self.name.is_empty()) {
            let edit = Edit::SetSnapshot { name: name.clone(), values: Some(desk.now()) };
            let label = format!("store the mix {name}");
            desk.link.wish(Wish::Edit { edit: SetEdit::main(edit), label, gesture: None });
            self.name.clear();
            self.stored = Some(name);
        }
    }

    fn recall_ui(&mut self, ui: &mut Ui, desk: &Desk<'_>) {
        let Some(chosen) = self.chosen.clone() else { return };
        let Some(stored) = desk.stored(&chosen) else { return };
        if ui.button("Recall").on_hover_text("Glide to this mix").clicked() {
            desk.lay(stored, format!("recall the mix {chosen}"), None);
            self.other = None;
        }
        let waits = matches!(self.other, Some((_, true)));
        // One text, or all that is behind it would move at each comparison.
        let text = RichText::new("A / B");
        let button = Button::new(if waits { text.strong().color(desk.paints.hand) } else { text }).selected(waits);
        let help = if waits { "You hear the stored mix. Click: back to yours" } else { "Hear this mix; yours is kept" };
        let button = ui.add(button).on_hover_text(help);
        button.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, waits, "compare"));
        if button.clicked() {
            let now = desk.now();
            let other = match self.other.take() {
                Some((mix, true)) => mix,
                _ => stored.clone(),
            };
            desk.lay(&other, format!("compare with the mix {chosen}"), None);
            self.other = (!waits).then_some((now, true));
        }
        if ui.button("Remove").on_hover_text("Forget this stored mix (undo brings it back)").clicked() {
            let edit = Edit::SetSnapshot { name: chosen.clone(), values: None };
            let label = format!("remove the mix {chosen}");
            desk.link.wish(Wish::Edit { edit: SetEdit::main(edit), label, gesture: None });
        }
    }

    fn morph_ui(&mut self, ui: &mut Ui, hand: &mut Hand, desk: &Desk<'_>, names: &[Name]) {
        let [from, to] = core::mem::take(&mut self.ends);
        self.ends = [from.or_else(|| names.first().cloned()), to.or_else(|| names.last().cloned())];
        if ui.available_size_before_wrap().x < MORPH {
            // A slider does not wrap by itself.
            ui.end_row();
        }
        ui.label(RichText::new("Morph").color(desk.paints.faint));
        choose(ui, "morph from", names, &mut self.ends[0]);
        ui.spacing_mut().slider_width = 110.0;
        let slider = ui.add(Slider::new(&mut self.place, 0.0..=1.0).show_value(false));
        slider.widget_info(|| WidgetInfo::slider(true, f64::from(self.place), "morph"));
        let slider = slider.on_hover_text(format!("{:.0} % of the way", self.place * 100.0));
        choose(ui, "morph to", names, &mut self.ends[1]);
        if slider.drag_started() {
            hand.begin(desk.link);
        }
        if slider.changed()
            && let [Some(a), Some(b)] = &self.ends
            && let (Some(from), Some(to)) = (desk.stored(a), desk.stored(b))
        {
            let gesture = if slider.dragged() { hand.now() } else { hand.press(ui, desk.link, "morph") };
            desk.lay(&desk.between(from, to, self.place), format!("morph {a} to {b}"), Some(gesture));
        }
        if slider.drag_stopped() {
            desk.link.wish(Wish::EndGesture);
        }
    }
}

fn choose(ui: &mut Ui, what: &str, names: &[Name], chosen: &mut Option<Name>) {
    let shown = chosen.as_ref().map_or("-", Name::as_str).to_owned();
    let list = egui::ComboBox::from_id_salt(what).selected_text(shown).width(80.0).truncate();
    let list = list.show_ui(ui, |ui| {
        for name in names {
            if ui.selectable_label(chosen.as_ref() == Some(name), name.as_str()).clicked() {
                *chosen = Some(name.clone());
            }
        }
    });
    named(&list.response, what);
}

/// A name of a set from what was typed; a number where nothing was.
fn name_of(typed: &str, names: &[Name]) -> Name {
    let lower = typed.trim().to_lowercase();
    let kept: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let kept = kept.trim_matches('-');
    let free = || (1..).map(|n| Name::new(&format!("mix{n}"))).find(|name| !names.contains(name));
    match kept.chars().next() {
        None => free().unwrap_or_else(|| Name::new("mix")),
        Some(first) if first.is_ascii_alphabetic() => Name::new(kept),
        Some(_) => Name::new(&format!("mix-{kept}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_makes_a_name() {
        let there = [Name::new("mix1")];
        for (typed, want) in [("Verse 2", "verse-2"), ("  ", "mix2"), ("2nd", "mix-2nd"), ("Größe", "gr--e")] {
            let name = name_of(typed, &there);
            assert_eq!(name.as_str(), want);
        }
    }
}
