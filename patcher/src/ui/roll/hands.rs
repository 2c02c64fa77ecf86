//! What a hand does in the piano roll, from the press to the release.

use super::notes::{self, Note, Picked};
use super::view::Panes;
use super::{Roll, Stage};
use egui::{CursorIcon, PointerButton, Pos2, Rect, Response, Role, Sense, Ui, WidgetInfo};

/// How near to an end a note is stretched, and to a line a handle is taken.
const NEAR: f32 = 6.0;
/// A note that is tried is heard so long, in seconds.
const TRIED: f64 = 0.4;

/// What is going on.
#[derive(Clone, Debug, Default)]
pub(super) enum Doing {
    #[default]
    None,
    /// A box is drawn; what was picked before stays.
    Box { from: Pos2, keeps: Picked },
    /// Notes move; `lead` is under the pointer. All is as it was when the hand began.
    Move { from: (f64, i32), lead: usize, base: Vec<Note> },
    /// Notes are stretched at their beginnings or ends.
    Stretch { begins: bool, lead: usize, base: Vec<Note> },
    /// Velocities are drawn; of several picked notes all change by as much.
    Level { lead: usize, base: Vec<Note>, last: f32 },
    /// The end of a pass moves.
    Length,
    /// The view moves.
    Pan,
}

/// Where on a note a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hit {
    Body(usize),
    Begin(usize),
    End(usize),
}

impl Roll {
    pub(super) fn hands(&mut self, ui: &Ui, stage: &mut Stage<'_>, panes: Panes) {
        let id = ui.scope_id().with("roll");
        let sense = Sense::click_and_drag();
        let [pane, keys, ruler, levels] =
            [("notes", panes.notes), ("keys", panes.keys), ("ruler", panes.ruler), ("levels", panes.levels)]
                .map(|(name, rect)| ui.interact(rect, id.with(name), sense));
        let (count, picked) = (stage.notes.len(), self.picked.len());
        let title = stage.place.title();
        let says =
            |response: &Response, role, text: String| response.widget_info(|| WidgetInfo::labeled(role, true, &text));
        let of_file = match stage.others.len() {
            0 => String::new(),
            others => format!(", {others} of its file"),
        };
        says(&pane, Role::Group, format!("{title}: {count} notes, {picked} picked{of_file}"));
        says(&keys, Role::Group, format!("{title} keys"));
        says(&ruler, Role::Group, format!("{title} ruler"));
        says(&levels, Role::Group, format!("{title} velocities"));
        self.scroll(ui, panes);
        self.pane(ui, stage, panes.notes, &pane);
        self.keys_pane(ui, stage, panes.notes, &keys);
        self.ruler(ui, stage, panes, &ruler);
        self.levels(ui, stage, panes, &levels);
        if [&pane, &ruler, &levels].iter().any(|response| response.drag_stopped()) {
            self.doing = Doing::None;
            self.over(stage);
        }
    }

    fn hit(&self, stage: &Stage<'_>, pane: Rect, at: Pos2) -> Option<Hit> {
        // The last drawn lies on top.
        let found = stage.notes.iter().enumerate().rev().find_map(|(i, note)| {
            let rect = self.view.rect(pane, note);
            rect.expand2(egui::vec2(2.0, 0.0)).contains(at).then_some((i, rect))
        });
        let (i, rect) = found?;
        let near = NEAR.min(rect.width() / 3.0);
        Some(if at.x > rect.max.x - near {
            Hit::End(i)
        } else if at.x < rect.min.x + near {
            Hit::Begin(i)
        } else {
            Hit::Body(i)
        })
    }

    fn scroll(&mut self, ui: &Ui, panes: Panes) {
        let all = panes.notes.union(panes.keys).union(panes.levels);
        let Some(at) = ui.input(|i| i.pointer.hover_pos()).filter(|at| all.contains(*at)) else { return };
        if !ui.rect_contains_pointer(all) {
            return;
        }
        let (scroll, zoom, alt) = ui.input(|i| (i.smooth_scroll_delta, i.zoom_delta(), i.modifiers.alt));
        if zoom != 1.0 {
            self.view.zoom_about(panes.notes, at, egui::vec2(zoom, 1.0));
        } else if alt && scroll.y != 0.0 {
            self.view.zoom_about(panes.notes, at, egui::vec2(1.0, (scroll.y / 200.0).exp()));
        } else if scroll != egui::Vec2::ZERO {
            self.view.pan(panes.notes, scroll);
        }
    }

    fn pane(&mut self, ui: &Ui, stage: &mut Stage<'_>, pane: Rect, response: &Response) {
        let modifiers = ui.input(|i| i.modifiers);
        if let Some(at) = response.hover_pos() {
            match self.hit(stage, pane, at) {
                Some(Hit::Begin(_) | Hit::End(_)) => ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal),
                Some(Hit::Body(_)) => ui.ctx().set_cursor_icon(CursorIcon::Grab),
                None if self.tools.draws => ui.ctx().set_cursor_icon(CursorIcon::Crosshair),
                None => {}
            }
        }
        let here = response.interact_pointer_pos();
        if let Some(at) = here.filter(|_| response.double_clicked()) {
            match self.hit(stage, pane, at) {
                Some(Hit::Body(i) | Hit::Begin(i) | Hit::End(i)) => {
                    stage.put(self, notes::without(&stage.notes, &[i].into()), "remove a note");
                    self.picked.clear();
                }
                None => _ = self.add(stage, pane, at),
            }
            self.over(stage);
            return;
        }
        if let Some(at) = here.filter(|_| response.clicked()) {
            self.click(stage, pane, at, modifiers.shift);
        }
        if response.drag_started() {
            let at = ui.input(|i| i.pointer.press_origin()).or(here).unwrap_or_default();
            let free = response.drag_started_by(PointerButton::Primary) && !ui.input(|i| i.key_down(egui::Key::Space));
            self.doing = if free { self.begin(stage, pane, at, modifiers) } else { Doing::Pan };
        }
        if let Some(at) = here.filter(|_| response.dragged()) {
            self.drag(stage, pane, at, response.drag_delta(), modifiers.command);
        }
    }

    fn click(&mut self, stage: &mut Stage<'_>, pane: Rect, at: Pos2, adds: bool) {
        match self.hit(stage, pane, at) {
            Some(Hit::Body(i) | Hit::Begin(i) | Hit::End(i)) => {
                if !adds {
                    self.picked = [i].into();
                } else if !self.picked.remove(&i) {
                    self.picked.insert(i);
                }
                let note = stage.notes[i].clone();
                stage.hear(note.pitch, note.velocity as f32, TRIED);
            }
            None if self.tools.draws => {
                self.add(stage, pane, at);
                self.over(stage);
            }
            None if !adds => self.picked.clear(),
            None => {}
        }
    }

    /// A new note at a point, as long as a step of the grid.
    fn add(&mut self, stage: &mut Stage<'_>, pane: Rect, at: Pos2) -> usize {
        let grid = self.tools.grid();
        let step = if grid > 0.0 { grid } else { 0.25 };
        let beat = (self.view.beat_at(pane, at.x) / step).floor().max(0.0) * step;
        let pitch = notes::in_key(self.view.pitch_at(pane, at.y) as f32, self.tools.key());
        let mut all = stage.notes.clone();
        all.push(Note::new(beat, pitch, step));
        let new = all.len() - 1;
        stage.put(self, all, "add a note");
        self.picked = [new].into();
        stage.hear(pitch, 0.75, TRIED);
        new
    }

    fn begin(&mut self, stage: &mut Stage<'_>, pane: Rect, at: Pos2, modifiers: egui::Modifiers) -> Doing {
        let hit = self.hit(stage, pane, at);
        let Some(Hit::Body(lead) | Hit::Begin(lead) | Hit::End(lead)) = hit else {
            if self.tools.draws {
                let lead = self.add(stage, pane, at);
                return Doing::Stretch { begins: false, lead, base: stage.notes.clone() };
            }
            let keeps = if modifiers.shift { self.picked.clone() } else { Picked::new() };
            return Doing::Box { from: at, keeps };
        };
        if !self.picked.contains(&lead) {
            if !modifiers.shift {
                self.picked.clear();
            }
            self.picked.insert(lead);
        }
        let mut base = stage.notes.clone();
        match hit {
            Some(Hit::Begin(_)) if !modifiers.alt => Doing::Stretch { begins: true, lead, base },
            Some(Hit::End(_)) if !modifiers.alt => Doing::Stretch { begins: false, lead, base },
            _ => {
                let mut lead = lead;
                if modifiers.alt {
                    // The copies move; what they are copies of stays.
                    let first = base.len();
                    lead = first + self.picked.iter().position(|i| *i == lead).unwrap_or(0);
                    let copies: Vec<Note> = self.picked.iter().filter_map(|i| base.get(*i).cloned()).collect();
                    base.extend(copies);
                    self.picked = (first..base.len()).collect();
                }
                stage.hear(base[lead].pitch, base[lead].velocity as f32, TRIED);
                Doing::Move { from: (self.view.beat_at(pane, at.x), self.view.pitch_at(pane, at.y)), lead, base }
            }
        }
    }

    fn drag(&mut self, stage: &mut Stage<'_>, pane: Rect, at: Pos2, by: egui::Vec2, free: bool) {
        let grid = if free { 0.0 } else { self.tools.grid() };
        let beat = self.view.beat_at(pane, at.x);
        match self.doing.clone() {
            Doing::Pan => self.view.pan(pane, by),
            Doing::Box { from, mut keeps } => {
                let boxed = Rect::from_two_pos(from, at);
                let touched = |(_, note): &(usize, &Note)| boxed.intersects(self.view.rect(pane, note));
                keeps.extend(stage.notes.iter().enumerate().filter(touched).map(|(i, _)| i));
                self.picked = keeps;
            }
            Doing::Move { from, lead, base } => {
                let Some(note) = base.get(lead) else { return };
                let beats = notes::on_grid(note.at + beat - from.0, grid) - note.at;
                // As far as the hand has gone less than half a step, nothing moves.
                let beats = if (beat - from.0).abs() < grid / 2.0 { 0.0 } else { beats };
                let semitones = (self.view.pitch_at(pane, at.y) - from.1) as f32;
                let new = notes::moved(&base, &self.picked, (beats, semitones), self.tools.key());
                let (was, is) = (stage.notes.get(lead).map(|n| n.pitch), new[lead].pitch);
                if was.is_some_and(|was| was != is) {
                    stage.hear(is, new[lead].velocity as f32, TRIED);
                }
                stage.put(self, new, "move notes");
            }
            Doing::Stretch { begins, lead, base } => {
                let Some(note) = base.get(lead) else { return };
                let edge = if begins { note.at } else { note.end() };
                let beats = notes::on_grid(beat, grid) - edge;
                stage.put(self, notes::stretched(&base, &self.picked, beats, (begins, grid)), "stretch notes");
            }
            Doing::None | Doing::Level { .. } | Doing::Length => {}
        }
    }

    /// A key that is pressed plays; drawn over, all of them do.
    fn keys_pane(&mut self, ui: &Ui, stage: &Stage<'_>, pane: Rect, response: &Response) {
        let down = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_down());
        let key = response.interact_pointer_pos().filter(|_| down).map(|at| self.view.pitch_at(pane, at.y));
        if let Some(pitch) = key.filter(|_| key != self.played) {
            stage.hear(pitch as f32, 0.75, TRIED);
        }
        self.played = key;
    }

    fn ruler(&mut self, ui: &Ui, stage: &mut Stage<'_>, panes: Panes, response: &Response) {
        let Some(length) = stage.length.filter(|_| !stage.fits) else { return };
        let end = self.view.x(panes.ruler, length);
        let near = |at: Pos2| (at.x - end).abs() < NEAR * 2.0;
        if response.hover_pos().is_some_and(near) {
            ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
        }
        if response.drag_started() && ui.input(|i| i.pointer.press_origin()).is_some_and(near) {
            self.doing = Doing::Length;
        }
        if let (Doing::Length, true, Some(at)) = (&self.doing, response.dragged(), response.interact_pointer_pos()) {
            let beat = self.view.beat_at(panes.ruler, at.x);
            stage.put_length(self, beat);
        }
    }

    fn levels(&mut self, ui: &Ui, stage: &mut Stage<'_>, panes: Panes, response: &Response) {
        let pane = panes.levels;
        let level_at = |y: f32| f64::from((pane.max.y - y) / (pane.height() - 8.0));
        if response.drag_started() || response.clicked() {
            let from = ui.input(|i| i.pointer.press_origin()).or(response.interact_pointer_pos()).unwrap_or_default();
            let near = |i: &usize| (self.view.x(pane, stage.notes[*i].at) - from.x).abs();
            let nearest = (0..stage.notes.len()).min_by(|a, b| {
                // Of several at one place one that is picked.
                (near(a), !self.picked.contains(a))
                    .partial_cmp(&(near(b), !self.picked.contains(b)))
                    .unwrap_or(core::cmp::Ordering::Equal)
            });
            let Some(lead) = nearest.filter(|i| near(i) < NEAR * 2.0) else { return };
            self.doing = Doing::Level { lead, base: stage.notes.clone(), last: from.x };
            if response.clicked() {
                let all: Picked = if self.picked.contains(&lead) { self.picked.clone() } else { [lead].into() };
                let by = level_at(from.y) - stage.notes[lead].velocity;
                stage.put(self, notes::louder(&stage.notes, &all, by), "velocity");
                self.doing = Doing::None;
                self.over(stage);
            }
        }
        let (Doing::Level { lead, base, last }, true) = (self.doing.clone(), response.dragged()) else { return };
        let (Some(at), Some(first)) = (response.interact_pointer_pos(), base.get(lead)) else { return };
        let level = level_at(at.y);
        if self.picked.len() > 1 && self.picked.contains(&lead) {
            stage.put(self, notes::louder(&base, &self.picked, level - first.velocity), "velocity");
            return;
        }
        // What the pointer has passed, and what is under it.
        let passed = Rect::from_two_pos(Pos2::new(last, pane.min.y), Pos2::new(at.x, pane.max.y)).expand(3.0);
        let mut all = stage.notes.clone();
        for (i, note) in all.iter_mut().enumerate() {
            let is_passed = passed.x_range().contains(self.view.x(pane, note.at));
            if is_passed || (i == lead && last == at.x) {
                note.velocity = notes::level(level);
            }
        }
        self.doing = Doing::Level { lead, base, last: at.x };
        stage.put(self, all, "velocity");
    }
}
