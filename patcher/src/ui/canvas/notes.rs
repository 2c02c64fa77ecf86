//! Comments and frames: words on the canvas, and coloured fields that hold nodes. A frame that moves takes along what is
//! in it.

use super::draw::Brush;
use super::gesture::{Act, fresh_name, snap};
use super::tile::{GRID, Sheet, TITLE};
use super::{Canvas, Scene};
use crate::ui::theme::Paints;
use bf_patch::{Edit, Name, model::Note};
use egui::text::LayoutJob;
use egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, Stroke, StrokeKind, Ui, Vec2, pos2, vec2,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The least letters of a comment: a point less than those of nodes, so that all of it is there at half the size.
const LEAST_LETTER: f32 = 8.0;
/// How wide a comment is, how high a line of it, and how many letters stand on one.
const WIDTH: f32 = 208.0;
const LINE: f32 = 16.0;
const LETTERS: usize = 30;
/// The size of its letters, and where they begin.
const LETTER: f32 = 12.0;
const INSET: Vec2 = vec2(8.0, 5.0);
/// What lies between letters and the edge at least, in points.
const EDGE: f32 = 1.0;
/// The corner by which a frame is made larger, and the least that it can be.
const GRIP: f32 = 16.0;
const LEAST: f32 = 64.0;
/// Between a frame and what it is made around.
const MARGIN: f32 = 24.0;
/// The words for colours, as [`crate::ui::theme::Paints::note`] knows them.
pub(crate) const COLORS: [&str; 6] = ["cyan", "purple", "orange", "green", "yellow", "red"];

/// A comment or frame as it lies on the canvas.
#[derive(Clone, Debug)]
pub(crate) struct Sticker {
    pub name: Name,
    pub note: Note,
    pub rect: Rect,
}

impl Sticker {
    pub(super) fn of(name: &Name, note: &Note) -> Sticker {
        let at = pos2(note.at[0] as f32, note.at[1] as f32);
        let size = match note.size {
            Some([width, height]) => vec2(width as f32, height as f32),
            None => {
                let lines: usize = note.text.split('\n').map(|line| line.chars().count() / LETTERS + 1).sum();
                vec2(WIDTH, LINE * lines as f32 + 12.0)
            }
        };
        Sticker { name: name.clone(), note: note.clone(), rect: Rect::from_min_size(at, size) }
    }

    /// Makes room for all that a comment says, where its letters are wider than usual.
    pub(super) fn measure(&mut self, painter: &Painter) {
        if self.note.size.is_none() {
            let (font, wide) = (FontId::proportional(LETTER), self.rect.width() - 2.0 * INSET.x);
            let words = painter.layout(self.note.text.clone(), font, Color32::PLACEHOLDER, wide);
            self.rect.max.y = self.rect.max.y.max(self.rect.min.y + words.size().y + 2.0 * INSET.y);
        }
    }

    /// Where it is taken hold of: a comment anywhere, a frame by its title.
    fn handle(&self) -> Rect {
        match self.note.size {
            Some(_) => Rect::from_min_size(self.rect.min, vec2(self.rect.width(), TITLE)),
            None => self.rect,
        }
    }

    fn grip(&self) -> Option<Rect> {
        self.note.size.map(|_| Rect::from_min_max(self.rect.max - Vec2::splat(GRIP), self.rect.max))
    }
}

/// What of the notes is under a point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum On {
    Note(Name),
    Grip(Name),
}

/// What lies under a point; the smaller ones lie on top.
pub(super) fn under(sheet: &Sheet, at: Pos2) -> Option<On> {
    let grip = sheet.notes.iter().rev().find(|note| note.grip().is_some_and(|grip| grip.contains(at)));
    let held = || sheet.notes.iter().rev().find(|note| note.handle().contains(at));
    grip.map(|note| On::Grip(note.name.clone())).or_else(|| held().map(|note| On::Note(note.name.clone())))
}

/// Notes that move with what lies in them, from where they lay.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    from: Pos2,
    notes: BTreeMap<Name, Note>,
    nodes: BTreeMap<Name, Pos2>,
}

impl Carried {
    /// How far it has come, on the grid.
    pub(super) fn by(&self, to: Pos2) -> [i32; 2] {
        snap((to - self.from).to_pos2())
    }

    /// Lets go of nodes and notes that are gone.
    pub(super) fn let_go(&mut self, nodes: impl Fn(&Name) -> bool, notes: impl Fn(&Name) -> bool) {
        self.nodes.retain(|name, _| !nodes(name));
        self.notes.retain(|name, _| !notes(name));
    }

    /// What has been written or coloured meanwhile stays.
    pub(super) fn edit(&self, sheet: &Sheet, by: [i32; 2]) -> Edit {
        let by = vec2(by[0] as f32, by[1] as f32);
        let notes = self.notes.iter().filter_map(|(name, was)| {
            let at = snap(pos2(was.at[0] as f32, was.at[1] as f32) + by);
            let note = Note { at, ..sheet.notes.iter().find(|note| note.name == *name)?.note.clone() };
            Some(Edit::SetNote { name: name.clone(), note: Some(note) })
        });
        let nodes =
            self.nodes.iter().map(|(name, at)| Edit::SetLayout { name: name.clone(), at: Some(snap(*at + by)) });
        Edit::Batch(notes.chain(nodes).collect())
    }
}

/// A frame whose corner is in the hand.
#[derive(Clone, Debug)]
pub(crate) struct Resized {
    name: Name,
}

impl Resized {
    pub(super) fn name(&self) -> &Name {
        &self.name
    }

    /// What has been written or coloured meanwhile stays.
    pub(super) fn edit(&self, sheet: &Sheet, to: Pos2) -> Option<Edit> {
        let note = &sheet.notes.iter().find(|note| note.name == self.name)?.note;
        let at = pos2(note.at[0] as f32, note.at[1] as f32);
        let size = snap(at + (to - at).max(Vec2::splat(LEAST)));
        let size = Some([size[0] - note.at[0], size[1] - note.at[1]]);
        Some(Edit::SetNote { name: self.name.clone(), note: Some(Note { size, ..note.clone() }) })
    }
}

impl Canvas {
    pub(super) fn sticker(&self, name: &Name) -> Option<&Sticker> {
        self.sheet.notes.iter().find(|note| note.name == *name)
    }

    /// A note in the hand, with all that lies in it where it is a frame.
    pub(super) fn carry(&self, name: &Name, from: Pos2) -> Option<Carried> {
        let held = self.sticker(name)?;
        let is_in = |rect: Rect| held.note.size.is_some() && held.rect.contains(rect.center());
        let notes = self.sheet.notes.iter().filter(|note| note.name == *name || is_in(note.rect));
        let tiles = self.sheet.tiles.iter().filter(|tile| is_in(tile.rect));
        Some(Carried {
            from,
            notes: notes.map(|note| (note.name.clone(), note.note.clone())).collect(),
            nodes: tiles.map(|tile| (tile.name.clone(), tile.rect.min)).collect(),
        })
    }

    pub(super) fn size(&self, name: &Name) -> Option<Resized> {
        self.sticker(name).map(|note| Resized { name: note.name.clone() })
    }

    /// A new comment at a place, or a frame around what is selected; its text is typed next.
    pub(super) fn new_note(
        &mut self,
        scene: &Scene<'_>,
        (at, window): (Pos2, Pos2),
        framed: bool,
        acts: &mut Vec<Act>,
    ) {
        let chosen = self.selection.iter().filter_map(|name| self.sheet.tile(name));
        let around = chosen.fold(Rect::NOTHING, |all, tile| all.union(tile.rect));
        let around =
            if around.is_positive() { around.expand(MARGIN) } else { Rect::from_min_size(at, vec2(320.0, 200.0)) };
        let around = Rect::from_min_max(around.min - vec2(0.0, TITLE), around.max);
        let note = if framed {
            let min = snap(around.min);
            let size = [around.width(), around.height()].map(|n| ((n / GRID).ceil() * GRID) as i32);
            Note { text: "Frame".to_owned(), at: min, size: Some(size), color: Some(Name::new(COLORS[0])) }
        } else {
            Note { text: "Comment".to_owned(), at: snap(at), size: None, color: None }
        };
        let base = if framed { "frame" } else { "comment" };
        let name = fresh_name(base, |name| scene.own.notes.contains_key(name));
        self.number += 1;
        let edit = Edit::SetNote { name: name.clone(), note: Some(note.clone()) };
        acts.push(Act::Edit { edit, label: format!("add a {base}"), gesture: Some(self.number) });
        self.menu = Some(super::menu::Menu::Writing { name, note, at: window, fresh: true });
    }
}

/// The field in which a note is written; whether it is done. `now` is the note as it stands: another hand may have moved
/// it or given it a colour meanwhile.
pub(super) fn writing(
    ui: &mut Ui,
    (name, note, now): (&Name, &mut Note, Option<Note>),
    fresh: &mut bool,
    gesture: u64,
    acts: &mut Vec<Act>,
) -> bool {
    let field = egui::TextEdit::multiline(&mut note.text).desired_rows(3).desired_width(260.0);
    let output = field.show(ui);
    let field = output.response.response.on_hover_text("What it says (Ctrl+Enter or a click elsewhere: done)");
    if core::mem::take(fresh) {
        field.request_focus();
        let mut state = output.state;
        let all = egui::text::CCursorRange::two(
            egui::text::CCursor::default(),
            egui::text::CCursor::new(note.text.chars().count()),
        );
        state.cursor.set_char_range(Some(all));
        state.store(ui.ctx(), field.id);
    }
    if let Some(now) = now {
        *note = Note { text: core::mem::take(&mut note.text), ..now };
    }
    let mut changed = field.changed();
    ui.horizontal(|ui| {
        for word in COLORS {
            let (place, _) = ui.allocate_exact_size(Vec2::splat(12.0), egui::Sense::hover());
            swatch(ui, place, word);
            if ui.small_button(word).on_hover_text("Its colour").clicked() {
                note.color = Some(Name::new(word));
                changed = true;
            }
        }
    });
    if changed {
        let edit = Edit::SetNote { name: name.clone(), note: Some(note.clone()) };
        acts.push(Act::Edit { edit, label: format!("write {name}"), gesture: Some(gesture) });
    }
    ui.input_mut(|i| i.consume_key(egui::Modifiers::COMMAND, egui::Key::Enter))
}

impl Canvas {
    /// The words of a comment, where some of them are not seen at this zoom.
    pub(super) fn unseen_words(&self, ui: &Ui, name: &Name) -> Option<&str> {
        let sticker = self.sticker(name).filter(|sticker| sticker.note.size.is_none())?;
        let (text, zoom) = (&sticker.note.text, self.camera.zoom);
        let words = words(ui.painter(), text, sticker.rect.size() * zoom, zoom, Color32::PLACEHOLDER);
        words.elided.then_some(text)
    }
}

/// A colour beside its word.
pub(super) fn swatch(ui: &Ui, place: Rect, word: &str) {
    ui.painter().rect_filled(place, 3.0, Paints::of(ui.ctx()).note(Some(word)));
}

impl Brush<'_> {
    /// Frames, beneath everything.
    pub(super) fn frames(&self, sheet: &Sheet, chosen: Option<&Name>) {
        for note in sheet.notes.iter().filter(|note| note.note.size.is_some()) {
            self.note(note, chosen == Some(&note.name));
        }
    }

    /// Comments, on top.
    pub(super) fn comments(&self, sheet: &Sheet, chosen: Option<&Name>) {
        for note in sheet.notes.iter().filter(|note| note.note.size.is_none()) {
            self.note(note, chosen == Some(&note.name));
        }
    }

    fn note(&self, sticker: &Sticker, is_chosen: bool) {
        let rect = self.camera.rect(self.pane, sticker.rect);
        if !rect.intersects(self.pane) {
            return;
        }
        let (zoom, paints) = (self.camera.zoom, self.paints);
        let color = paints.note(sticker.note.color.as_ref().map(Name::as_str));
        let framed = sticker.note.size.is_some();
        let fill = color.gamma_multiply(if framed { 0.08 } else { 0.14 });
        let edge = if is_chosen { paints.accent } else { color.gamma_multiply(0.55) };
        let round = CornerRadius::same((6.0 * zoom).clamp(1.0, 8.0) as u8);
        let stroke = Stroke::new(if is_chosen { 2.0 } else { 1.0 }, edge);
        self.painter.rect(rect, round, fill, stroke, StrokeKind::Inside);
        if zoom < 0.2 {
            return;
        }
        let painter = self.painter.with_clip_rect(rect.intersect(self.pane));
        let at = rect.min + INSET * zoom;
        if framed {
            let title = sticker.note.text.lines().next().unwrap_or_default();
            painter.text(at, Align2::LEFT_TOP, title, self.font(14.0), color);
            let corner = rect.max - Vec2::splat(4.0 * zoom);
            for reach in [5.0, 10.0] {
                let ends = [corner - vec2(reach * zoom, 0.0), corner - vec2(0.0, reach * zoom)];
                painter.line_segment(ends, Stroke::new(1.0, edge));
            }
        } else {
            let words = words(&painter, &sticker.note.text, rect.size(), zoom, paints.words);
            // Where every line is needed they have the same room above as below.
            let above = (INSET.y * zoom).min((rect.height() - words.size().y) / 2.0);
            painter.galley(pos2(at.x, rect.min.y + above), words, paints.words);
        }
    }
}

/// The words of a comment in its place on the window: all of them, in the largest letters that have room there. Where they
/// would be too small to be read there are as many whole lines as have room, and a mark that there is more.
fn words(painter: &Painter, text: &str, place: Vec2, zoom: f32, color: Color32) -> Arc<Galley> {
    let room = place - vec2(2.0 * INSET.x * zoom, 2.0 * EDGE);
    let laid = |size: f32, most: usize| {
        let mut job = LayoutJob::simple(text.to_owned(), FontId::proportional(size), color, room.x);
        job.wrap.max_rows = most;
        painter.layout_job(job)
    };
    // Whole sizes: each other one fills the atlas anew while the view zooms.
    let mut size = (LETTER * zoom).round().clamp(LEAST_LETTER, 48.0);
    while size >= LEAST_LETTER {
        let all = laid(size, usize::MAX);
        if all.size().y <= room.y {
            return all;
        }
        size -= 1.0;
    }
    let line = laid(LEAST_LETTER, 1).size().y;
    laid(LEAST_LETTER, (room.y / line).floor().max(1.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 5] = [
        "One line",
        "Filter opens over sixteen bars, then the drums stop for two beats and the bass comes in alone: wait for it",
        "First\nsecond, which is so long that it has to go on below\n\nlast",
        "WWWWWWWWWWWW WWWWWWWWWWWW WWWWWWWWWWWW WWWWWWWWWWWW",
        "a_word_that_has_no_place_at_which_it_could_be_broken_and_is_longer_than_a_line",
    ];

    /// The words of comments as they are drawn at a zoom, and their places.
    fn drawn(zoom: f32) -> Vec<(Arc<Galley>, Vec2)> {
        let mut all = Vec::new();
        let output = egui::Context::default().run_ui(egui::RawInput::default(), |ui| {
            all = TEXTS
                .iter()
                .map(|text| {
                    let note = Note { text: (*text).to_owned(), at: [0, 0], size: None, color: None };
                    let mut sticker = Sticker::of(&Name::new("comment"), &note);
                    sticker.measure(ui.painter());
                    let place = sticker.rect.size() * zoom;
                    (words(ui.painter(), text, place, zoom, Color32::WHITE), place)
                })
                .collect();
        });
        output.drop_without_applying_deltas();
        all
    }

    #[test]
    fn a_comment_has_room_for_its_last_line_wherever_its_letters_can_be_read() {
        for zoom in [0.7, 0.75, 0.8, 0.9, 1.0, 1.1, 1.3, 1.7, 2.0, 3.0, 4.0] {
            for (galley, place) in drawn(zoom) {
                let text = galley.text();
                assert!(galley.size().y + 2.0 * EDGE <= place.y, "{zoom}: {:?} in {place:?}: {text}", galley.size());
                assert!(8.0 * zoom + galley.size().x <= place.x, "{zoom}: {:?} in {place:?}: {text}", galley.size());
                assert!(!galley.elided, "{zoom}: {text}");
            }
        }
    }

    #[test]
    fn a_comment_that_is_far_off_has_whole_lines_and_a_mark_that_there_is_more() {
        for zoom in [0.2, 0.25, 0.3, 0.4, 0.5, 0.6] {
            let all = drawn(zoom);
            for (galley, place) in &all {
                let fits = galley.size().y + 2.0 * EDGE <= place.y;
                // One line is there at least.
                assert!(fits || galley.rows.len() == 1, "{zoom}: {:?} in {place:?}: {}", galley.size(), galley.text());
            }
            // Words of usual width are all there as long as nodes have theirs, too.
            assert_eq!(all[1].0.elided, zoom < 0.5, "{zoom}");
            assert!(zoom < 0.5 || !all[0].0.elided, "{zoom}");
        }
    }
}
