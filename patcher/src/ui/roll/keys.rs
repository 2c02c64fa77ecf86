//! What keys do in the piano roll.

use super::notes::{self, Note};
use super::{Roll, Stage};
use egui::{Event, Key, Modifiers, Ui};

/// Marks notes among what else may be copied as text.
const MARK: &str = "notes = ";

impl Roll {
    pub(super) fn keys(&mut self, ui: &Ui, stage: &mut Stage<'_>) {
        if ui.ctx().text_edit_focused() {
            return;
        }
        self.picked.retain(|i| *i < stage.notes.len());
        self.clipboard(ui, stage);
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        if pressed(Modifiers::NONE, Key::Delete) || pressed(Modifiers::NONE, Key::Backspace) {
            self.remove(stage, "remove notes");
        }
        if pressed(Modifiers::COMMAND, Key::A) {
            self.picked = (0..stage.notes.len()).collect();
        }
        if pressed(Modifiers::NONE, Key::Escape) {
            self.picked.clear();
        }
        if pressed(Modifiers::NONE, Key::B) {
            self.tools.draws = !self.tools.draws;
        }
        if pressed(Modifiers::NONE, Key::F) {
            self.fitted = None;
        }
        if pressed(Modifiers::NONE, Key::Q) {
            self.quantise(stage);
        }
        if pressed(Modifiers::COMMAND, Key::D) {
            let copies = self.copies(stage);
            let (first, last) = reach(&copies);
            self.paste(stage, &copies, notes::on_grid(last, self.tools.grid()).max(first + notes::SHORTEST));
        }
        if pressed(Modifiers::NONE, Key::Insert) {
            let copies = self.copies(stage);
            let at = if copies.is_empty() { 0.0 } else { reach(&copies).1 };
            let pitch = copies.last().map_or(60.0, |note| note.pitch);
            let step = self.step();
            self.paste(stage, &[Note::new(at, notes::in_key(pitch, self.tools.key()), step)], at);
        }
        self.arrows(ui, stage);
    }

    /// A step of the grid, or a sixteenth where there is none.
    fn step(&self) -> f64 {
        if self.tools.grid() > 0.0 { self.tools.grid() } else { 0.25 }
    }

    fn arrows(&mut self, ui: &Ui, stage: &mut Stage<'_>) {
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        // The next note in time, to go through them without a pointer.
        for (key, by) in [(Key::ArrowRight, 1isize), (Key::ArrowLeft, -1)] {
            if pressed(Modifiers::COMMAND, key) && !stage.notes.is_empty() {
                self.pick_next(stage, by);
            }
        }
        if self.picked.is_empty() {
            return;
        }
        let step = self.step();
        let moves = [
            (Modifiers::SHIFT, Key::ArrowUp, (0.0, 12.0)),
            (Modifiers::SHIFT, Key::ArrowDown, (0.0, -12.0)),
            (Modifiers::NONE, Key::ArrowUp, (0.0, 1.0)),
            (Modifiers::NONE, Key::ArrowDown, (0.0, -1.0)),
            (Modifiers::NONE, Key::ArrowLeft, (-step, 0.0)),
            (Modifiers::NONE, Key::ArrowRight, (step, 0.0)),
        ];
        for (modifiers, key, (beats, semitones)) in moves {
            if pressed(modifiers, key) {
                let semitones = self.by_degree(stage, semitones);
                let new = notes::moved(&stage.notes, &self.picked, (beats, semitones), self.tools.key());
                self.sound(stage, &new, semitones != 0.0);
                stage.put(self, new, "move notes");
                self.over(stage);
            }
        }
        for (key, by) in [(Key::ArrowRight, step), (Key::ArrowLeft, -step)] {
            if pressed(Modifiers::SHIFT, key) {
                stage.put(self, notes::stretched(&stage.notes, &self.picked, by, (false, step)), "stretch notes");
                self.over(stage);
            }
        }
        for (key, by) in [(Key::Plus, 0.05), (Key::Minus, -0.05)] {
            if pressed(Modifiers::NONE, key) {
                stage.put(self, notes::louder(&stage.notes, &self.picked, by), "velocity");
                self.over(stage);
            }
        }
    }

    /// In a scale a step up is one to the next note of it.
    fn by_degree(&self, stage: &Stage<'_>, semitones: f32) -> f32 {
        let lead = self.picked.first().and_then(|i| stage.notes.get(*i));
        let (Some(key), Some(lead), true) = (self.tools.key(), lead, semitones.abs() == 1.0) else { return semitones };
        let degree = key.degree_of(lead.pitch, bf_pattern::scale::Snap::Nearest) + semitones as i64;
        key.degree(degree) as f32 - lead.pitch
    }

    fn sound(&self, stage: &Stage<'_>, new: &[Note], has_moved: bool) {
        if let Some(note) = self.picked.first().and_then(|i| new.get(*i)).filter(|_| has_moved) {
            stage.hear(note.pitch, note.velocity as f32, 0.3);
        }
    }

    fn pick_next(&mut self, stage: &Stage<'_>, by: isize) {
        let mut order: Vec<usize> = (0..stage.notes.len()).collect();
        order.sort_by(|a, b| {
            let (a, b) = (&stage.notes[*a], &stage.notes[*b]);
            (a.at, a.pitch).partial_cmp(&(b.at, b.pitch)).unwrap_or(core::cmp::Ordering::Equal)
        });
        let now = self.picked.first().and_then(|picked| order.iter().position(|i| i == picked));
        let next = match now {
            Some(now) => (now as isize + by).rem_euclid(order.len() as isize) as usize,
            None if by < 0 => order.len() - 1,
            None => 0,
        };
        self.picked = [order[next]].into();
        let note = &stage.notes[order[next]];
        stage.hear(note.pitch, note.velocity as f32, 0.3);
    }

    /// The picked notes, by time.
    fn copies(&self, stage: &Stage<'_>) -> Vec<Note> {
        let mut all: Vec<Note> = self.picked.iter().filter_map(|i| stage.notes.get(*i).cloned()).collect();
        all.sort_by(|a, b| a.at.total_cmp(&b.at));
        all
    }

    fn remove(&mut self, stage: &mut Stage<'_>, label: &str) {
        if !self.picked.is_empty() {
            stage.put(self, notes::without(&stage.notes, &self.picked), label);
            self.picked.clear();
            self.over(stage);
        }
    }

    fn paste(&mut self, stage: &mut Stage<'_>, new: &[Note], at: f64) {
        if new.is_empty() {
            return;
        }
        let (all, picked) = notes::pasted(&stage.notes, new, at);
        stage.put(self, all, "add notes");
        self.picked = picked;
        self.over(stage);
    }

    /// Notes are copied as the text of a patch file, so that an editor may take them, too.
    fn clipboard(&mut self, ui: &Ui, stage: &mut Stage<'_>) {
        for event in ui.input(|i| i.events.clone()) {
            match event {
                Event::Copy | Event::Cut => {
                    let copies = self.copies(stage);
                    if copies.is_empty() {
                        continue;
                    }
                    ui.ctx().copy_text(format!("{MARK}{}", notes::write(&copies)));
                    if event == Event::Cut {
                        self.remove(stage, "cut notes");
                    }
                }
                Event::Paste(text) => {
                    // Behind what is picked, else where it plays, else where it came from.
                    let Some(kept) = read(&text) else { continue };
                    let at = match (self.picked.is_empty(), stage.now) {
                        (false, _) => notes::on_grid(reach(&self.copies(stage)).1, self.tools.grid()),
                        (true, Some(now)) => notes::on_grid(now, self.tools.grid()),
                        (true, None) => reach(&kept).0,
                    };
                    self.paste(stage, &kept, at);
                }
                _ => {}
            }
        }
    }
}

/// The notes of a text that says them as a patch file does.
fn read(text: &str) -> Option<Vec<Note>> {
    let text = text.trim();
    let set =
        text.starts_with(MARK).then(|| format!("beatforge = 1\n[nodes]\nclip = {{ type = \"clip\", {text} }}\n"))?;
    let read = bf_patch::TextPatch::parse(&set, "what was copied").ok()?;
    notes::read(read.patch().nodes.get("clip")?.params.get("notes")?)
}

/// Where notes begin and end.
fn reach(notes: &[Note]) -> (f64, f64) {
    let begin = notes.iter().map(|n| n.at).fold(f64::INFINITY, f64::min);
    let end = notes.iter().map(Note::end).fold(0.0, f64::max);
    (if begin.is_finite() { begin } else { 0.0 }, end)
}
