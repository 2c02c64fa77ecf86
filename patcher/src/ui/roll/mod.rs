//! The piano roll: the notes of clips, drawn and moved by hand.

mod draw;
mod file;
mod hands;
pub(crate) mod import;
mod keys;
pub(crate) mod notes;
mod tools;
mod view;

use super::canvas::gesture::{fresh_name, value_of};
use super::draft::Draft;
use super::gestures::Going;
use super::link::Wish;
use super::pattern::place::{self, Desk, Place};
use bf_node::{Form, NodeSpec, ParamKind, Value};
use bf_patch::{Edit, Node};
use draw::Picture;
use egui::{Rect, Sense, Ui};
use hands::Doing;
use notes::{Note, Picked};
use tools::Tools;
use view::{Panes, View};

/// A bar has no more beats here, where a set says none.
const BAR: f64 = 4.0;

/// How a clip is looked at, what is picked of it, and what a hand is doing.
#[derive(Default)]
pub(crate) struct Roll {
    clip: Option<Place>,
    view: View,
    tools: Tools,
    picked: Picked,
    doing: Doing,
    /// The key that is played.
    played: Option<i32>,
    draft: Option<Draft<Place, Vec<Note>>>,
    /// The notes as they were last read, of which clip and of which stamp of what is shown.
    read: Option<(Place, u64, Option<Vec<Note>>)>,
    /// The notes of its file.
    file: file::File,
    gesture: Going,
    /// The clip that was brought into view.
    fitted: Option<Place>,
    /// Where the notes were drawn, and how long a pass was.
    #[cfg(test)]
    drawn_at: Option<Rect>,
    #[cfg(test)]
    length: Option<f64>,
}

/// The clip that is shown, in this frame.
struct Stage<'a> {
    desk: Desk<'a>,
    place: Place,
    notes: Vec<Note>,
    /// Those of its file, which are only seen.
    others: Vec<Note>,
    /// Beats of a pass; none for a clip that plays once.
    length: Option<f64>,
    /// Whether it is as long as its notes, whatever its length says.
    fits: bool,
    /// The beat of the pass that plays.
    now: Option<f64>,
}

impl Stage<'_> {
    /// Lays new notes down, as a part of the gesture that goes on.
    fn put(&mut self, roll: &mut Roll, notes: Vec<Note>, label: &str) {
        if notes == self.notes {
            return;
        }
        let label = format!("{label} in {}", self.place.name);
        self.place.set(self.desk, "notes", notes::write(&notes), label, roll.gesture.number(self.desk.link));
        roll.draft = Draft::keep(self.place.clone(), notes.clone(), self.desk.link);
        self.notes = notes;
    }

    /// Has a pass end at a beat.
    fn put_length(&mut self, roll: &mut Roll, beat: f64) {
        let parts = f64::from(self.place.number(self.desk, "length_div").unwrap_or(1.0)).max(1.0);
        let length = (beat * parts).round().max(1.0);
        let Some(spec) = self.place.spec(self.desk, "length").filter(|_| self.length != Some(length / parts)) else {
            return;
        };
        let label = format!("length of {}", self.place.name);
        self.place.set(self.desk, "length", value_of(spec, length as f32), label, roll.gesture.number(self.desk.link));
        self.length = Some(length / parts);
    }

    /// Its own notes, and those of its file.
    fn all(&self) -> Vec<Note> {
        self.notes.iter().chain(&self.others).cloned().collect()
    }

    /// Tries a note through what the clip plays into.
    fn hear(&self, pitch: f32, velocity: f32, secs: f64) {
        if self.place.file.is_none() {
            let pitch = pitch + self.place.number(self.desk, "transpose").unwrap_or(0.0);
            self.desk.link.wish(Wish::Hear(self.place.name.clone(), (pitch, velocity), secs));
        }
    }
}

impl Roll {
    pub(crate) fn ui(&mut self, ui: &mut Ui, desk: Desk<'_>) {
        let clips = place::nodes(desk, is_clip);
        let chosen = self.clip.clone().filter(|clip| clips.contains(clip)).or_else(|| clips.first().cloned());
        let Some(chosen) = chosen else {
            none(ui, desk);
            return;
        };
        if self.clip.as_ref() != Some(&chosen) {
            (self.picked, self.doing) = (Picked::new(), Doing::None);
            self.clip = Some(chosen.clone());
        }
        let Some(mut stage) = self.stage(desk, chosen) else {
            ui.centered_and_justified(|ui| {
                ui.label(
                    "The notes of this clip are written in a way that is not read here: mend them in the set's file.",
                )
            });
            return;
        };
        ui.painter().rect_filled(ui.max_rect(), 0.0, desk.paints.ground);
        ui.add_space(4.0);
        self.tools(ui, desk, &clips, &mut stage);
        self.drop_file(ui, &stage);
        self.keys(ui, &mut stage);
        let (all, _) = ui.allocate_exact_size(ui.available_size().max(egui::vec2(120.0, 80.0)), Sense::hover());
        let panes = Panes::of(all);
        #[cfg(test)]
        {
            (self.drawn_at, self.length) = (Some(panes.notes), stage.length);
        }
        let all = stage.all();
        self.view.set_rows(&all);
        if self.fitted.as_ref() != Some(&stage.place) {
            self.view.fit(panes.notes, &all, stage.length.unwrap_or(BAR));
            self.fitted = Some(stage.place.clone());
        }
        self.hands(ui, &mut stage, panes);
        let boxed = match (&self.doing, ui.input(|i| i.pointer.latest_pos())) {
            (Doing::Box { from, .. }, Some(at)) => Some(Rect::from_two_pos(*from, at)),
            _ => None,
        };
        Picture {
            view: &self.view,
            panes,
            notes: &stage.notes,
            others: &stage.others,
            picked: &self.picked,
            grid: self.tools.grid(),
            bar: f64::from(desk.shown.own.main.signature.max(1)),
            length: stage.length,
            now: stage.now,
            key: self.tools.key(),
            boxed,
            played: self.played,
            paints: desk.paints,
        }
        .draw(ui);
    }

    /// The clip as it is now; none where its notes cannot be read.
    fn stage<'a>(&mut self, desk: Desk<'a>, place: Place) -> Option<Stage<'a>> {
        let stamp = desk.shown.stamp;
        if self.read.as_ref().is_none_or(|(of, at, _)| *of != place || *at != stamp) {
            // What is no list is the declaration's: no notes.
            let list = place.value(desk, "notes").filter(|list| matches!(list, Value::List(_)));
            self.read = Some((place.clone(), stamp, list.map_or(Some(Vec::new()), |list| notes::read(&list))));
        }
        let read = || self.read.as_ref().and_then(|(.., notes)| notes.clone());
        let notes = Draft::current(&self.draft, &place, desk.shown).map_or_else(read, Some)?;
        self.file.follow(desk, &place);
        let file::Heard { notes: others, length: file } = self.file.heard.clone();
        let number = |param| f64::from(place.number(desk, param).unwrap_or(0.0));
        let fits = number("fit") > 0.5;
        let length = if fits {
            notes.iter().map(Note::end).fold(0.0, f64::max).ceil().max(file)
        } else {
            number("length") / number("length_div").max(1.0)
        };
        let length = (length > 0.0).then_some(length);
        let status = desk.link.shared.status();
        let now = status.playing.then(|| length.map_or(status.beat, |length| status.beat.rem_euclid(length)));
        Some(Stage { desk, place, notes, others, length, fits, now })
    }

    /// The gesture is over: what comes next is a step of its own.
    fn over(&mut self, stage: &Stage<'_>) {
        self.gesture.end(stage.desk.link);
    }

    /// A MIDI file that is dropped on the roll gives its notes to the clip.
    fn drop_file(&mut self, ui: &Ui, stage: &Stage<'_>) {
        let is_midi = |path: &std::path::Path| {
            path.extension().is_some_and(|end| end.eq_ignore_ascii_case("mid") || end.eq_ignore_ascii_case("midi"))
        };
        let dropped =
            ui.input(|i| i.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).find(|path| is_midi(path)));
        if let Some(path) = dropped {
            stage.desk.link.wish(Wish::TakeMidi(tools::wanted(stage.desk, &stage.place, String::new(), Some(path))));
            self.fitted = None;
        }
    }
}

/// What stands there where the set has no clip.
fn none(ui: &mut Ui, desk: Desk<'_>) {
    ui.vertical_centered(|ui| {
        ui.add_space(40.0);
        ui.label("No clip yet. A clip plays notes that are written here; connect it to an instrument on the canvas.");
        if ui.button("Add a clip").clicked() {
            let name = fresh_name("clip", |name| desk.shown.heard.main.has(name));
            let place = Place { file: None, name: name.clone() };
            let edit = Edit::AddNode { name, node: Node::new("clip"), at: None };
            place.edit(desk, edit, "add a clip".to_owned(), None);
        }
    });
}

/// Whether a node's type plays a list of notes that is written in it.
fn is_clip(spec: &NodeSpec) -> bool {
    let list = |kind: &ParamKind| matches!(kind, ParamKind::Setting { form: Form::List, .. });
    spec.param("notes").is_some_and(|p| list(&spec.params[p].kind)) && spec.param("length").is_some()
}

/// What tests look at.
#[cfg(test)]
impl Roll {
    pub(crate) fn picked(&self) -> Vec<usize> {
        self.picked.iter().copied().collect()
    }
    /// Beats of a pass of the clip that was drawn last.
    pub(crate) fn lasts(&self) -> Option<f64> {
        self.length
    }
    pub(crate) fn drawn_at(&self) -> Rect {
        self.drawn_at.unwrap_or(Rect::NOTHING)
    }
    pub(crate) fn view_rect(&self, pane: Rect, note: (f64, f32, f64)) -> Rect {
        self.view.rect(pane, &Note::new(note.0, note.1, note.2))
    }
}
