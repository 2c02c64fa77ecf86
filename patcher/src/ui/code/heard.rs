//! When what is evaluated is heard: chosen in the pane, marked in the text while it waits, taken back before its time.

use super::super::app::named;
use super::super::command::Command;
use super::super::link::{Link, Shown, Wish};
use super::super::theme::Paints;
use super::Code;
use super::drawn::Drawn;
use super::page::{Page, floor};
use bf_session::remote::Quant;
use bf_session::script::block::block_at;
use bf_session::{Session, Waiting};
use egui::{Align2, FontId, Modifiers, Painter, Stroke, Ui, pos2, vec2};
use std::collections::VecDeque;
use std::ops::Range;

/// The times that are offered.
pub(crate) const TIMES: [Quant; 6] =
    [Quant::Now, Quant::Beat, Quant::Cycle, Quant::Cycles(2), Quant::Cycles(4), Quant::Cycles(8)];
/// Evaluations whose places are remembered.
const KEPT: usize = 32;

/// How much of a script is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Block,
    Line,
    All,
}

/// When.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// At the time that is chosen.
    AsChosen,
    Now,
}

/// The keys for it: those of the Enter key.
pub(super) const KEYS: [(Modifiers, Piece, Heard); 5] = [
    (Modifiers::COMMAND, Piece::Block, Heard::AsChosen),
    (Modifiers::SHIFT, Piece::Line, Heard::AsChosen),
    (Modifiers::ALT, Piece::All, Heard::AsChosen),
    (Modifiers::COMMAND.plus(Modifiers::SHIFT), Piece::Block, Heard::Now),
    (Modifiers::ALT.plus(Modifiers::SHIFT), Piece::All, Heard::Now),
];

/// Something that was evaluated: by which wish, of which script, and which part of it as it was then.
pub(super) struct Asked {
    wish: u64,
    file: String,
    part: Range<usize>,
}

/// Shows what waits, and what an undo and a redo would do.
pub(crate) fn renew(now: &mut Shown, session: &Session) {
    (now.quant, now.waits) = (session.quant, session.waiting());
    // What waits is taken back first.
    let early = |label: &str| format!("{label} before it is heard");
    let waits = now.waits.as_ref().map(|waiting| early(&waiting.label));
    now.undo = waits.or_else(|| session.history().undoable().next().map(str::to_owned));
    let back = session.taken_back().map(early);
    now.redo = back.or_else(|| session.history().redoable().next().map(str::to_owned));
}

/// A time in words.
pub(crate) fn name(quant: Quant) -> String {
    match quant {
        Quant::Now => "now".to_owned(),
        Quant::Beat => "next beat".to_owned(),
        Quant::Cycle | Quant::Cycles(1) => "next cycle".to_owned(),
        Quant::Cycles(n) => format!("next {n} cycles"),
    }
}

fn help(quant: Quant) -> String {
    match quant {
        Quant::Now => "As soon as it can".to_owned(),
        Quant::Beat => "When the next beat begins".to_owned(),
        Quant::Cycle | Quant::Cycles(1) => "When the next cycle begins, which is a bar".to_owned(),
        Quant::Cycles(n) => format!("When the next stretch of {n} cycles begins, counted from the beginning"),
    }
}

/// How long it is to a beat, in bars and beats.
pub(super) fn left(beats: f64, signature: u32) -> String {
    let beats = beats.ceil().max(0.0) as u64;
    let (bars, beats) = (beats / u64::from(signature.max(1)), beats % u64::from(signature.max(1)));
    let many = |n: u64, what: &str| match n {
        0 => String::new(),
        1 => format!(" 1 {what}"),
        n => format!(" {n} {what}s"),
    };
    match (bars, beats) {
        (0, 0) => "now".to_owned(),
        _ => format!("in{}{}", many(bars, "bar"), many(beats, "beat")),
    }
}

/// How long what waits has to wait.
fn left_of(waiting: &Waiting, link: &Link, shown: &Shown) -> String {
    left(waiting.beat.to_f64() - link.shared.status().beat, shown.heard.main.signature)
}

impl Code {
    /// Evaluates what a key or a command says.
    pub(crate) fn tell(&mut self, (piece, heard): (Piece, Heard), link: &Link, shown: &Shown) {
        self.follow(shown);
        let Some(page) = self.pages.get_mut(self.front) else {
            "this set has no script".clone_into(&mut self.note);
            return;
        };
        page.typed();
        let at = floor(&page.text, page.cursor.1);
        let part = match piece {
            Piece::All => None,
            Piece::Line => Some(super::keys::line_at(&page.text, at)),
            Piece::Block => match block_at(&page.text, at) {
                Some(block) => Some(block),
                None => {
                    "there is no block at the cursor".clone_into(&mut self.note);
                    return;
                }
            },
        };
        let quant = if heard == Heard::Now { Quant::Now } else { shown.quant };
        self.evaluate(link, part, quant);
    }

    /// Remembers what was just evaluated, so that it can be marked while it waits.
    pub(super) fn remember(asked: &mut VecDeque<Asked>, page: &Page, part: Option<Range<usize>>, link: &Link) {
        let part = part.unwrap_or(0..page.text.len());
        asked.push_back(Asked { wish: link.sent(), file: page.name.clone(), part });
        while asked.len() > KEPT {
            asked.pop_front();
        }
    }

    /// The list of times; the command that was chosen.
    pub(super) fn times(&self, ui: &mut Ui, shown: &Shown) -> Option<Command> {
        let mut chosen = None;
        let list = egui::ComboBox::from_id_salt("heard").selected_text(format!("Heard: {}", name(shown.quant)));
        let list = list.width(0.0).show_ui(ui, |ui| {
            for quant in TIMES {
                let row = ui.selectable_label(shown.quant == quant, name(quant));
                if row.on_hover_text(help(quant)).clicked() {
                    chosen = Some(Command::Quant(quant));
                }
            }
        });
        named(&list.response, "heard");
        list.response.on_hover_text("When what is evaluated is heard. With Shift as well, it is heard now");
        chosen
    }

    /// What waits for its time, and the way back from that.
    pub(super) fn waits_ui(&self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
        let Some(waiting) = &shown.waits else { return };
        let says = format!("{} {}", waiting.label, left_of(waiting, link, shown));
        ui.colored_label(paints.accent, says).on_hover_text("It is worked out and waits for its time");
        let back = ui.small_button("Take back");
        if back.on_hover_text("It is not heard at all; the text stays as it is (Undo)").clicked() {
            link.wish(Wish::Undo);
        }
    }

    /// Where the parts of the script in front that wait stand now.
    pub(super) fn waiting(&self, shown: &Shown) -> Vec<Range<usize>> {
        let (Some(page), Some(waiting)) = (self.pages.get(self.front), &shown.waits) else { return Vec::new() };
        let places = self.asked.iter().filter(|asked| asked.file == page.name).filter_map(|asked| {
            let take = shown.scripts.take_of(asked.wish)?;
            waiting.requests.contains(&take).then(|| page.now(take, asked.part.clone())).flatten()
        });
        let mut places: Vec<Range<usize>> = places.collect();
        places.sort_by_key(|place| (place.start, place.end));
        places.dedup();
        places
    }
}

/// Marks a part that waits: a line beside it, and how long it is until it is heard.
pub(super) fn mark(painter: &Painter, drawn: &Drawn<'_>, place: &Range<usize>, says: &str, paints: &Paints) {
    let (top, bottom) = (drawn.at(place.start), drawn.at(place.end));
    let x = drawn.pos.x - 8.0;
    let line = [pos2(x, top.top()), pos2(x, bottom.bottom())];
    painter.extend(egui::Shape::dashed_line(&line, Stroke::new(3.0, paints.accent), 4.0, 3.0));
    let end = drawn.text[place.start..].find('\n').map_or(drawn.text.len(), |i| place.start + i);
    let at = drawn.at(end).right_center() + vec2(18.0, 0.0);
    let galley = painter.layout_no_wrap(says.to_owned(), FontId::proportional(12.0), paints.ground);
    let rect = Align2::LEFT_CENTER.anchor_size(at, galley.size());
    painter.rect_filled(rect.expand2(vec2(6.0, 1.0)), 8.0, paints.accent);
    painter.galley(rect.min, galley, paints.ground);
}

/// What is written beside a part that waits.
pub(super) fn says(link: &Link, shown: &Shown) -> String {
    shown.waits.as_ref().map_or_else(String::new, |waiting| left_of(waiting, link, shown))
}

#[cfg(test)]
mod tests {
    use super::left;

    #[test]
    fn the_way_to_a_beat_is_told_in_bars_and_beats() {
        assert_eq!(left(0.2, 4), "in 1 beat");
        assert_eq!(left(3.0, 4), "in 3 beats");
        assert_eq!(left(3.1, 4), "in 1 bar");
        assert_eq!(left(8.5, 4), "in 2 bars 1 beat");
        assert_eq!(left(6.5, 3), "in 2 bars 1 beat");
        assert_eq!(left(-0.1, 4), "now");
    }
}
