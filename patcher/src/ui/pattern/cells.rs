//! A row of steps under a hand: click, paint, how hard, and what a right click offers.

use super::ruler::{Measure, Ruler};
use crate::ui::number::number_field;
use crate::ui::theme::Paints;
use egui::{
    Align2, Color32, FontId, Key, Pos2, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};

/// A step's size.
pub(super) const CELL: egui::Vec2 = egui::vec2(30.0, 34.0);
/// Points of a drag from the softest to the hardest.
const TRAVEL: f32 = 90.0;
/// What a notch of the wheel does.
const NOTCH: f32 = 0.05;

/// How a step looks.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    /// How hard, 0 to 1; none where nothing begins.
    pub level: Option<f32>,
    pub chance: f32,
    pub strokes: u32,
    /// What stands before goes on.
    pub tie: bool,
    /// What it plays, in a few letters.
    pub text: String,
}

/// What a hand has done with a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Did {
    Set {
        at: usize,
        on: bool,
    },
    Level {
        at: usize,
        level: f32,
    },
    /// The gesture is over.
    End,
}

/// A row as it is drawn.
pub(super) struct Row<'a> {
    /// What it is called, for those who do not see it.
    pub name: &'a str,
    pub looks: &'a [Look],
    /// The step that plays now.
    pub lit: Option<usize>,
    /// How long a step is, in beats.
    pub step: f64,
    /// Whether a hand may change single steps.
    pub fixed: bool,
    /// Whether they have levels that a hand may change.
    pub levels: bool,
    pub paints: &'a Paints,
}

/// What goes on, from the press to the release.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Doing {
    #[default]
    None,
    Paint {
        on: bool,
        last: usize,
    },
    Level {
        at: usize,
        from: f32,
    },
}

/// The hand on the rows of a tab.
#[derive(Default)]
pub(super) struct Hand {
    stroke: Doing,
    /// The row that is under it.
    row: String,
    /// Where the wheel turns.
    wheel: Option<(String, usize)>,
    /// How wide a step is.
    pub ruler: Ruler,
    /// How the rows of the tab stand to what is before them: all in one way, or cycles would not begin beneath one another.
    pub heads: Heads,
}

/// Where heads stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Heads {
    /// Above their cells.
    #[default]
    Above,
    /// Before their cells, as wide as those of texts are.
    OfTexts,
    /// Before their cells, as wide as those of nodes are.
    OfNodes,
}

impl Row<'_> {
    /// Draws the row and answers what was done; `menu` is what a right click on a step offers.
    pub(super) fn show(&self, ui: &mut Ui, hand: &mut Hand, mut menu: impl FnMut(&mut Ui, usize)) -> Vec<Did> {
        let mut done = Vec::new();
        let measure = hand.ruler.measure(self.step, self.looks.len());
        let indent = if hand.heads == Heads::Above { INDENT } else { 0.0 };
        let (all, _) = ui.allocate_exact_size(vec2(indent + hand.ruler.width(&measure), CELL.y), Sense::hover());
        let all = all.with_min_x(all.min.x + indent);
        let visible = ui.clip_rect().intersect(all);
        let cell =
            |at: usize| Rect::from_min_size(all.min + vec2(measure.cell * at as f32, 0.0), vec2(measure.cell, CELL.y));
        self.goes_round(ui, &measure, visible, &cell);
        for (at, look) in self.looks.iter().enumerate() {
            let rect = cell(at);
            // Of a long row only what is seen is there; what a hand holds stays.
            if !visible.intersects(rect) && hand.row != self.name {
                continue;
            }
            let sense = if self.fixed { Sense::hover() } else { Sense::click_and_drag() };
            let response = ui.interact(rect, ui.scope_id().with((self.name, at)), sense);
            let label = format!("{} step {}", self.name, at + 1);
            response.widget_info(|| WidgetInfo::selected(Role::CheckBox, !self.fixed, look.level.is_some(), &label));
            self.paint(ui, rect.shrink(1.5), at, look, response.has_focus() || response.hovered());
            if self.fixed {
                continue;
            }
            self.touch(ui, (all.min.x, measure.cell), at, &response, hand, &mut done);
            response.context_menu(|ui| menu(ui, at));
        }
        hand.ruler.lines(ui, all, &measure, self.paints);
        if self.lit.is_some() {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
        }
        done
    }

    /// What plays behind the end of the row, faint: its beginning, once more.
    fn goes_round(&self, ui: &mut Ui, measure: &Measure, visible: Rect, cell: &dyn Fn(usize) -> Rect) {
        if self.looks.is_empty() {
            return;
        }
        ui.scope(|ui| {
            ui.set_opacity(0.3);
            for at in measure.count..measure.count + measure.more {
                let rect = cell(at);
                if visible.intersects(rect) {
                    self.paint(ui, rect.shrink(1.5), at, &self.looks[at % self.looks.len()], false);
                }
            }
        });
    }

    fn touch(&self, ui: &Ui, scale: (f32, f32), at: usize, response: &Response, hand: &mut Hand, done: &mut Vec<Did>) {
        let look = &self.looks[at];
        if response.clicked() {
            done.extend([Did::Set { at, on: look.level.is_none() }, Did::End]);
        }
        let here = response.interact_pointer_pos().unwrap_or(Pos2::ZERO);
        if response.drag_started_by(egui::PointerButton::Primary) {
            let moved = here - ui.input(|i| i.pointer.press_origin()).unwrap_or(here);
            let turns = self.levels && moved.y.abs() > moved.x.abs();
            hand.row = self.name.to_owned();
            hand.stroke = match look.level {
                Some(from) if turns => Doing::Level { at, from },
                level => {
                    done.push(Did::Set { at, on: level.is_none() });
                    Doing::Paint { on: level.is_none(), last: at }
                }
            };
        }
        if response.dragged() && hand.row == self.name {
            self.drag(ui, scale, here, response, hand, done);
        }
        if response.drag_stopped() && hand.row == self.name {
            (hand.stroke, hand.row) = (Doing::None, String::new());
            done.push(Did::End);
        }
        self.wheel(ui, at, response, hand, done);
        if response.has_focus()
            && self.levels
            && let Some(level) = look.level
        {
            for (key, by) in [(Key::Plus, NOTCH), (Key::Minus, -NOTCH)] {
                if ui.input(|i| i.key_pressed(key)) {
                    done.extend([Did::Level { at, level: (level + by).clamp(0.0, 1.0) }, Did::End]);
                }
            }
        }
    }

    fn drag(
        &self,
        ui: &Ui,
        (left, cell): (f32, f32),
        here: Pos2,
        response: &Response,
        hand: &mut Hand,
        done: &mut Vec<Did>,
    ) {
        match hand.stroke {
            Doing::Paint { on, last } => {
                let most = self.looks.len() as f32 - 1.0;
                let now = ((here.x - left) / cell).floor().clamp(0.0, most.max(0.0)) as usize;
                if now != last {
                    let passed = if now > last { last + 1..=now } else { now..=last - 1 };
                    done.extend(passed.map(|at| Did::Set { at, on }));
                    hand.stroke = Doing::Paint { on, last: now };
                }
            }
            Doing::Level { at, from } => {
                let fine = if ui.input(|i| i.modifiers.shift) { 0.1 } else { 1.0 };
                let by = response.total_drag_delta().unwrap_or_default().y * fine / TRAVEL;
                done.push(Did::Level { at, level: (from - by).clamp(0.0, 1.0) });
            }
            Doing::None => {}
        }
    }

    /// The wheel over a step that plays changes how hard.
    fn wheel(&self, ui: &Ui, at: usize, response: &Response, hand: &mut Hand, done: &mut Vec<Did>) {
        let is_here = hand.wheel.as_ref().is_some_and(|(row, step)| row == self.name && *step == at);
        if !response.hovered() {
            if is_here {
                hand.wheel = None;
                done.push(Did::End);
            }
            return;
        }
        let (Some(level), true) = (self.looks[at].level, self.levels) else { return };
        let turned = ui.input_mut(|i| core::mem::take(&mut i.smooth_scroll_delta).y);
        if turned != 0.0 {
            hand.wheel = Some((self.name.to_owned(), at));
            done.push(Did::Level { at, level: (level + turned / 50.0 * NOTCH).clamp(0.0, 1.0) });
        }
    }

    fn paint(&self, ui: &Ui, rect: Rect, at: usize, look: &Look, pointed: bool) {
        let paints = self.paints;
        let painter = ui.painter();
        // Beats in turn.
        let beat = (at as f64 * self.step + 1e-6).floor() as u64;
        let ground = if beat.is_multiple_of(2) { paints.dots.lerp_to_gamma(paints.faint, 0.12) } else { paints.dots };
        let has_room = rect.width() >= 20.0;
        painter.rect_filled(rect, 3.0, ground);
        let is_lit = self.lit == Some(at);
        if let Some(level) = look.level {
            let height = (rect.height() - 2.0) * (0.12 + 0.88 * level);
            let bar = Rect::from_min_max(pos2(rect.min.x, rect.max.y - height), rect.max);
            let color = if is_lit { paints.hand } else { paints.accent };
            painter.rect_filled(bar, 3.0, color.gamma_multiply(0.35 + 0.65 * look.chance));
            for stroke in 1..look.strokes.min(16) {
                let x = rect.min.x + rect.width() * stroke as f32 / look.strokes as f32;
                painter.vline(x, bar.y_range(), Stroke::new(1.5, paints.ground));
            }
            if look.chance < 1.0 && has_room {
                // What is likely is read at the top, what it plays at the foot.
                let color = if level > 0.8 { paints.ground } else { paints.words };
                let says = format!("{:.0}%", look.chance * 100.0);
                let at = rect.center_top() + vec2(0.0, 2.0);
                painter.text(at, Align2::CENTER_TOP, says, FontId::proportional(10.5), color);
            }
        } else if look.tie {
            let way = Rect::from_min_max(
                pos2(rect.min.x - 3.0, rect.center().y - 3.0),
                pos2(rect.max.x - 4.0, rect.center().y + 3.0),
            );
            painter.rect_filled(way, 3.0, if is_lit { paints.hand } else { paints.accent.gamma_multiply(0.6) });
        }
        if !look.text.is_empty() && has_room {
            let color = if look.level.is_some_and(|level| level > 0.3) { paints.ground } else { paints.words };
            let at = rect.center_bottom() - vec2(0.0, 2.0);
            painter.text(at, Align2::CENTER_BOTTOM, &look.text, FontId::proportional(12.0), color);
        }
        let edge = if pointed {
            paints.words
        } else if is_lit {
            paints.hand
        } else {
            Color32::TRANSPARENT
        };
        painter.rect_stroke(rect, 3.0, Stroke::new(1.5, edge), StrokeKind::Inside);
    }
}

/// The width of the name of a row.
const NAME: f32 = 150.0;
/// Cells that stand beside a head, or they stand below it.
const BESIDE: f32 = 8.0;
/// What is at the left of the tab begins so far beside its edge.
pub(super) const INDENT: f32 = 8.0;

impl Heads {
    /// The same for all rows of a tab: before their cells where the widest of them has room there.
    pub(super) fn of(ui: &Ui, has_nodes: bool) -> Heads {
        let heads = if has_nodes { Heads::OfNodes } else { Heads::OfTexts };
        if ui.available_width() >= heads.width() + CELL.x * BESIDE { heads } else { Heads::Above }
    }

    /// Rate and swing of nodes need room beside what texts have, too.
    fn width(self) -> f32 {
        match self {
            Heads::OfNodes => 604.0,
            Heads::OfTexts | Heads::Above => 384.0,
        }
    }

    /// A row with its head: side by side, or above one another.
    pub(super) fn across<R>(self, ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
        if self == Heads::Above { ui.vertical(add).inner } else { ui.horizontal(add).inner }
    }

    /// What stands before the cells of a row.
    pub(super) fn show<R>(self, ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
        sized(ui, vec2(self.width(), CELL.y), add)
    }
}

/// What a row is called, and something about it.
pub(super) fn name(ui: &mut Ui, name: &str, about: RichText) {
    sized(ui, vec2(NAME, CELL.y), |ui| {
        ui.add_space(INDENT);
        ui.add(egui::Label::new(RichText::new(name).strong()).truncate());
        if !about.is_empty() {
            ui.add(egui::Label::new(about).truncate());
        }
    });
}

fn sized<R>(ui: &mut Ui, size: egui::Vec2, add: impl FnOnce(&mut Ui) -> R) -> R {
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let part = ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.set_min_size(size);
        add(ui)
    });
    part.inner
}

/// A number of steps, in a field: another one, and whether the gesture is over.
pub(super) fn steps_field(ui: &mut Ui, name: &str, count: usize, most: usize) -> (Option<usize>, bool) {
    let mut now = count;
    let field = number_field(&mut now).range(1..=most).speed(0.1).suffix(if count == 1 { " step" } else { " steps" });
    // As wide for one step as for sixty-four: what stands behind it is at its place in every row.
    let size = vec2(66.0, ui.spacing().interact_size.y);
    let response =
        ui.add_sized(size, field).on_hover_text("How many steps the row has: rows of other lengths shift against it");
    response.widget_info(|| WidgetInfo::slider(true, now as f64, format!("{name} length")));
    ((now != count).then_some(now), response.drag_stopped() || response.lost_focus())
}

/// A small button with a spoken name.
pub(super) fn button(ui: &mut Ui, sign: &str, name: &str, help: &str) -> bool {
    let response = ui.add(egui::Button::new(sign).min_size(vec2(24.0, 0.0))).on_hover_text(help);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.clicked()
}

/// What was chosen in the menu of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Chosen {
    pub chance: Option<f32>,
    pub strokes: Option<u32>,
    /// Whether the gesture is over.
    pub ended: bool,
}

/// What a right click on a step offers of chance and strokes.
pub(super) fn chance_menu(ui: &mut Ui, chance: f32, strokes: u32) -> Chosen {
    let mut chosen = Chosen::default();
    ui.label("Chance");
    ui.horizontal(|ui| {
        for percent in [100u8, 75, 50, 25, 10] {
            let value = f32::from(percent) / 100.0;
            if ui.selectable_label((chance - value).abs() < 0.005, format!("{percent} %")).clicked() {
                chosen = Chosen { chance: Some(value), strokes: None, ended: true };
            }
        }
    });
    let mut now = chance;
    let slider = egui::Slider::new(&mut now, 0.0..=1.0).custom_formatter(|n, _| format!("{:.0} %", n * 100.0));
    let slider = ui.add(slider);
    slider.widget_info(|| WidgetInfo::slider(true, f64::from(now), "chance"));
    if slider.changed() {
        chosen.chance = Some((now * 100.0).round() / 100.0);
    }
    chosen.ended |= slider.drag_stopped();
    ui.label("Strokes");
    ui.horizontal(|ui| {
        for count in [1u32, 2, 3, 4, 6, 8] {
            let label = ui.selectable_label(strokes == count, count.to_string());
            if label.on_hover_text("Strokes in this step").clicked() {
                chosen = Chosen { chance: None, strokes: Some(count), ended: true };
            }
        }
    });
    chosen
}
