//! A text as it lies in the window, row by row, and frames around pieces of it.

use super::page::{byte_of_char, chars_before};
use egui::text::CCursor;
use egui::{Color32, CornerRadius, Galley, Painter, Pos2, Rect, Stroke, StrokeKind, pos2, vec2};
use std::ops::Range;

/// A text as it is drawn.
pub(super) struct Drawn<'a> {
    pub text: &'a str,
    pub galley: &'a Galley,
    pub pos: Pos2,
}

impl Drawn<'_> {
    /// Where a byte stands: at the beginning of a row where its line goes on there.
    pub(super) fn at(&self, byte: usize) -> Rect {
        let index = chars_before(self.text, byte).into();
        let cursor = CCursor { index, prefer_next_row: true };
        self.galley.pos_from_cursor(cursor).translate(self.pos.to_vec2())
    }

    /// The pieces of rows that some bytes take: several where a long line goes on in the next row.
    pub(super) fn pieces(&self, range: &Range<usize>) -> Vec<Rect> {
        let (from, to) = (chars_before(self.text, range.start), chars_before(self.text, range.end));
        let (mut begins, mut pieces) = (0, Vec::new());
        for row in &self.galley.rows {
            let count = row.char_count_excluding_newline().0;
            let (first, last) = (from.max(begins), to.min(begins + count));
            if first < last {
                let x = |at: usize| row.pos.x + row.x_offset((at - begins).into());
                let piece = Rect::from_min_max(pos2(x(first), row.min_y()), pos2(x(last), row.max_y()));
                pieces.push(piece.translate(self.pos.to_vec2()));
            }
            begins += row.char_count_including_newline().0;
        }
        pieces
    }

    pub(super) fn byte(&self, at: Pos2) -> usize {
        byte_of_char(self.text, self.galley.cursor_from_pos(at - self.pos).index.into())
    }
}

/// A frame around a piece of the text, in each row that it takes; a line beside it where it takes several lines.
pub(super) fn outline(painter: &Painter, drawn: &Drawn<'_>, place: &Range<usize>, color: Color32) {
    if drawn.text.get(place.clone()).is_some_and(|text| text.contains('\n')) {
        let (top, bottom) = (drawn.at(place.start).top(), drawn.at(place.end).bottom());
        let x = drawn.pos.x - 5.0;
        painter.line_segment([pos2(x, top), pos2(x, bottom)], Stroke::new(2.5, color));
        return;
    }
    for piece in drawn.pieces(place) {
        let (rect, round) = (piece.expand2(vec2(1.5, 0.0)), CornerRadius::same(3));
        painter.rect(rect, round, color.gamma_multiply(0.18), Stroke::new(1.5, color), StrokeKind::Inside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::FontId;

    /// A text in rows of so many letters, and what is asked of it.
    fn rows(text: &str, letters: f32, ask: impl Fn(&Drawn<'_>)) {
        let ctx = egui::Context::default();
        let mut asked = false;
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            let font = FontId::monospace(10.0);
            let galley = ui.fonts_mut(|fonts| {
                let width = fonts.glyph_width(&font, 'x') * (letters + 0.5);
                fonts.layout(text.to_owned(), font, Color32::WHITE, width)
            });
            ask(&Drawn { text, galley: &galley, pos: pos2(100.0, 50.0) });
            asked = true;
        });
        // Nobody draws it.
        output.textures_delta.clear();
        assert!(asked);
    }

    #[test]
    fn what_begins_a_row_has_its_frame_there() {
        // "hh" is the first of the second row, behind the space at the end of the first.
        rows("bd cp hh\nsd", 6.0, |drawn| {
            let of = |word: &str| {
                let at = drawn.text.find(word).unwrap();
                drawn.pieces(&(at..at + word.len()))
            };
            let [first, hat, last] = ["bd", "hh", "sd"].map(|word| of(word)[0]);
            assert_eq!(["bd", "cp", "hh", "sd"].map(|word| of(word).len()), [1; 4]);
            assert_eq!((first.min.x, hat.min.x, last.min.x), (100.0, 100.0, 100.0));
            assert!(first.max.y <= hat.min.y && hat.max.y <= last.min.y, "each is in a row of its own");
            assert!((hat.width() - first.width()).abs() < 0.5 && hat.width() > 4.0);
            assert_eq!(drawn.at(drawn.text.find("hh").unwrap()).min, hat.min);
        });
    }

    #[test]
    fn what_takes_two_rows_has_a_piece_in_each() {
        rows("abcdefghij", 6.0, |drawn| {
            let pieces = drawn.pieces(&(4..8));
            assert_eq!(pieces.len(), 2);
            assert!((pieces[0].width() - pieces[1].width()).abs() < 0.5, "two letters in each row");
            assert_eq!((pieces[1].min.x, pieces[1].min.y >= pieces[0].max.y), (100.0, true));
            assert!(drawn.pieces(&(3..3)).is_empty());
        });
    }
}
