//! The text itself, and what is drawn over it: what sounds, what is wrong, names that fit, help, and numbers in a hand.

use super::super::canvas::draw::elided;
use super::super::link::{Link, Shown};
use super::super::prose::prose;
use super::super::theme::Paints;
use super::Code;
use super::colours::{Marks, colours};
use super::drawn::{Drawn, outline};
use super::heard;
use super::keys::brackets;
use super::number::number_at;
use super::page::{Page, byte_of_char, chars_before, floor};
use crate::lsp::banks::Banks;
use bf_session::{Diagnostic, Sent};
use egui::text::{CCursor, CCursorRange};
use egui::{
    Align2, Area, CornerRadius, CursorIcon, EventFilter, FontId, Frame, Id, Margin, Modifiers, Order, Painter, Pos2,
    Rect, ScrollArea, Sense, Stroke, StrokeKind, TextBuffer, TextEdit, Ui, Vec2, pos2, vec2,
};
use std::ops::Range;
use std::sync::Arc;

/// The size of letters.
const SIZE: f32 = 14.0;
/// The least room for what is said of a line.
const LEAST: f32 = 120.0;
/// Room for the numbers of lines.
const MARGIN: i8 = 44;

/// The places of a script that sound with some notes, as they are now.
pub(super) fn sounding(page: &Page, notes: &[Arc<Sent>]) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    for note in notes {
        for (file, (start, end)) in &note.places {
            let place = (**file == *page.name).then(|| page.now(note.take, *start as usize..*end as usize)).flatten();
            if let Some(place) = place.filter(|place| !places.contains(place)) {
                places.push(place);
            }
        }
    }
    places
}

impl Code {
    pub(super) fn editor(&mut self, ui: &mut Ui, link: &Link, shown: &Shown, paints: &Paints) {
        let (id, banks) = (self.id(), Banks::Known(&shown.banks));
        let waiting = self.waiting(shown);
        let Some(page) = self.pages.get_mut(self.front) else { return };
        let flash = self.flash.clone().filter(|(_, at)| at.elapsed() < super::FLASH).map(|(range, _)| range);
        if flash.is_some() {
            ui.ctx().request_repaint();
        }
        let faults: Vec<(Range<usize>, &Diagnostic)> = shown
            .faults
            .iter()
            .filter(|fault| fault.line > 0 && fault.file == page.name)
            .filter_map(|fault| Some((page.fault(|text| place_in(text, fault))?, fault)))
            .collect();
        let pair = brackets(&page.text, floor(&page.text, page.cursor.1));
        let marks = Marks {
            flash,
            wrong: faults.iter().map(|(range, _)| range.clone()).collect(),
            found: self.find.marks(&page.text),
            brackets: pair.into_iter().flat_map(|(a, b)| [a..a + 1, b..b + 1]).collect(),
        };
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| {
            let mut job = colours(text.as_str(), SIZE, paints, &marks);
            job.wrap.max_width = width;
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        if core::mem::take(&mut self.wants_keys) {
            ui.memory_mut(|m| m.request_focus(id));
            page.put.get_or_insert(page.cursor);
        }
        let put = page.put.take();
        let ctx = ui.ctx().clone();
        let place = |text: &str, (from, to): (usize, usize)| {
            let mut state = TextEdit::load_state(&ctx, id).unwrap_or_default();
            let cursor = |byte| CCursor::new(chars_before(text, byte));
            state.cursor.set_char_range(Some(CCursorRange::two(cursor(from), cursor(to))));
            TextEdit::store_state(&ctx, id, state);
        };
        if let Some(put) = put {
            place(&page.text, put);
        }
        let filter = EventFilter {
            tab: true,
            horizontal_arrows: true,
            vertical_arrows: true,
            escape: self.popup.is_some() || self.explains.is_some(),
        };
        let room = ui.available_size();
        let holds = self.hand.as_ref().map(|_| ());
        let (mut clicked, mut typed, mut hand, mut drag, mut released) = (None, false, None, None, false);
        let mut above = Pos2::ZERO;
        ScrollArea::both().auto_shrink(false).id_salt(id.with("scroll")).show(ui, |ui| {
            let edit = TextEdit::multiline(&mut page.text)
                .id(id)
                .code_editor()
                .margin(Margin { left: MARGIN, right: 8, top: 4, bottom: 4 })
                .desired_width(f32::INFINITY)
                .min_size(vec2(0.0, room.y - 8.0))
                .event_filter(filter)
                .layouter(&mut layouter);
            let output = edit.show(ui);
            let name = format!("script {}", page.name);
            ui.ctx().accesskit_node_builder(id, |node| node.set_label(name));
            typed = page.typed();
            // A field without the keys forgets what is selected in it, and one that has just got them, too.
            let has_keys = output.response.response.has_focus();
            let range = output.state.cursor.char_range();
            if let Some(put) = put.filter(|_| !typed) {
                place(&page.text, put);
            } else if let Some(range) = range.filter(|_| has_keys) {
                let byte = |cursor: CCursor| byte_of_char(&page.text, cursor.index.into());
                page.cursor = (byte(range.secondary), byte(range.primary));
            }
            // What was typed in this frame is drawn in the next.
            let galley = if typed {
                ui.fonts_mut(|f| f.layout_job(colours(&page.text, SIZE, paints, &marks)))
            } else {
                output.galley
            };
            let drawn = Drawn { text: &page.text, galley: &galley, pos: output.galley_pos };
            let painter = ui.painter().clone();
            lines(&painter, &drawn, ui.clip_rect(), paints);
            let beat = link.shared.status().beat;
            let playing = link.shared.status().playing && !shown.hushed;
            let lit = if playing { sounding(page, &link.notes.at(beat)) } else { Vec::new() };
            for place in &lit {
                outline(&painter, &drawn, place, paints.hand);
            }
            // Where they stand in what was typed is known in the next frame.
            if !typed {
                let left = heard::says(link, shown);
                waiting.iter().for_each(|place| heard::mark(&painter, &drawn, place, &left, paints));
                says(ui, &drawn, &faults, paints);
            }
            let selection = page.selection();
            if !has_keys && !selection.is_empty() {
                outline(&painter, &drawn, &selection, paints.accent);
            }
            let cursor = drawn.at(page.cursor.1);
            if put.is_some() {
                ui.scroll_to_rect(cursor.expand2(vec2(40.0, 60.0)), None);
            }
            let (pointer, modifiers) = ui.input(|i| (i.pointer.hover_pos(), i.modifiers));
            let over = pointer.filter(|_| output.response.response.contains_pointer() || holds.is_some());
            // With Alt held a number is a slider.
            let held = holds.is_some();
            let number = over.filter(|_| modifiers.alt || held).and_then(|at| {
                let number = number_at(drawn.text, drawn.byte(at))?;
                let rect = drawn.pieces(&number.range).into_iter().find(|piece| piece.expand(3.0).contains(at))?;
                Some((number, rect))
            });
            if held || number.is_some() {
                let rect = number
                    .as_ref()
                    .map_or(Rect::from_center_size(pointer.unwrap_or_default(), Vec2::splat(8.0)), |(_, r)| *r);
                let response = ui.interact(rect, id.with("number"), Sense::drag());
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Slider, true, "number under Alt-drag"));
                ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
                painter.rect_stroke(rect, CornerRadius::same(3), Stroke::new(1.0, paints.accent), StrokeKind::Outside);
                if response.drag_started() {
                    hand = number.as_ref().map(|(number, _)| number.range.start);
                }
                if response.dragged() {
                    drag = Some((response.drag_delta().x, modifiers.shift));
                }
                released = response.drag_stopped() || held && !ui.input(|i| i.pointer.any_down());
            } else if let (Some(at), Some(words)) = (over, &self.words)
                && galley.rect.translate(drawn.pos.to_vec2()).contains(at)
            {
                let byte = drawn.byte(at);
                if let Some((_, page)) = self.help.at(words, (drawn.text, page.revision()), banks, byte) {
                    output.response.response.clone().on_hover_ui_at_pointer(|ui| {
                        ui.set_max_width(420.0);
                        prose(ui, page, paints);
                    });
                }
            }
            above = self.hand.as_ref().map_or(cursor, |hand| drawn.at(hand.start())).left_top();
            if let Some(popup) = &mut self.popup {
                clicked = popup.show(ui, cursor.left_bottom(), paints);
            }
            explain(ui, &mut self.explains, (page, self.words.as_ref(), banks), cursor.left_bottom(), paints);
            let pos = drawn.pos;
            self.drawn = Some((galley, pos));
        });
        self.slider(ui, above, paints);
        if clicked.is_some() {
            self.accept(clicked);
        } else if typed {
            self.complete(banks, false);
        } else if ui
            .input(|i| self.popup.as_ref().is_some_and(|popup| i.pointer.any_pressed() && !popup.over) || moved(i))
        {
            self.popup = None;
        }
        if let Some(at) = hand {
            self.take(at);
        }
        if let Some((by, fine)) = drag.filter(|_| self.holds()) {
            self.drag(by, fine);
        }
        if released {
            self.release();
        }
    }
}

/// Whether keys have moved the cursor to elsewhere.
fn moved(i: &egui::InputState) -> bool {
    use egui::Key::{ArrowLeft, ArrowRight, End, Home, PageDown, PageUp};
    [ArrowLeft, ArrowRight, Home, End, PageUp, PageDown].into_iter().any(|key| i.key_pressed(key))
}

/// Help at the cursor, until that moves.
fn explain(
    ui: &Ui,
    explains: &mut Option<(u64, usize)>,
    (page, words, banks): (&Page, Option<&crate::language::Words>, Banks<'_>),
    at: Pos2,
    paints: &Paints,
) {
    let Some(of) = *explains else { return };
    let escape = ui.input_mut(|i| i.consume_key(Modifiers::NONE, egui::Key::Escape));
    if of != (page.revision(), page.cursor.1) || escape {
        *explains = None;
        return;
    }
    let found = words.and_then(|words| crate::lsp::hover::page(words, &page.text, banks, floor(&page.text, of.1)));
    let says = found.map_or_else(|| "There is nothing to explain here.".to_owned(), |(_, page)| page);
    let area = Area::new(Id::unique("explains")).order(Order::Foreground).fixed_pos(at + vec2(0.0, 4.0));
    area.show(ui.ctx(), |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            ui.set_max_width(420.0);
            ScrollArea::vertical().max_height(260.0).show(ui, |ui| prose(ui, &says, paints));
        });
    });
}

/// The numbers of the lines that can be seen.
fn lines(painter: &Painter, drawn: &Drawn<'_>, clip: Rect, paints: &Paints) {
    let mut begins = true;
    let mut number = 0;
    for row in &drawn.galley.rows {
        number += usize::from(begins);
        let rect = row.rect().translate(drawn.pos.to_vec2());
        if begins && rect.max.y >= clip.min.y && rect.min.y <= clip.max.y {
            let at = pos2(drawn.pos.x - 12.0, rect.center().y);
            painter.text(at, Align2::RIGHT_CENTER, number, FontId::monospace(SIZE - 3.0), paints.faint);
        }
        begins = row.ends_with_newline;
    }
}

/// What is wrong stands behind its line, as far as there is room; where there is too little, in the row below if that is
/// empty. All of it is told where the pointer is on it.
fn says(ui: &Ui, drawn: &Drawn<'_>, faults: &[(Range<usize>, &Diagnostic)], paints: &Paints) {
    let (painter, clip) = (ui.painter(), ui.clip_rect());
    let font = FontId::proportional(13.0);
    let mut lines: Vec<f32> = Vec::new();
    for (i, (range, fault)) in faults.iter().enumerate() {
        let end = drawn.text[range.start..].find('\n').map_or(drawn.text.len(), |i| range.start + i);
        let at = drawn.at(end);
        let beside = lines.iter().filter(|y| **y == at.min.y).count() as f32;
        lines.push(at.min.y);
        let place = at.right_top() + vec2(24.0, beside * at.height());
        // Behind a line that is longer than the window it lies over the line's end.
        let place = pos2(place.x.min(clip.max.x - LEAST), place.y);
        let says = whole(fault);
        let room = |place: Pos2| clip.max.x - place.x - 8.0;
        let words = elided(painter, says.clone(), font.clone(), paints.wrong, room(place));
        let below = pos2(drawn.pos.x + 12.0, at.max.y + 1.0);
        let goes_below = words.elided && beside == 0.0 && room(below) > room(place) && is_free(drawn.text, end);
        let (place, words) = if goes_below {
            (below, elided(painter, says.clone(), font.clone(), paints.wrong, room(below)))
        } else {
            (place, words)
        };
        let rect = Rect::from_min_size(place, words.size());
        painter.rect_filled(rect.expand(2.0), 2.0, ui.visuals().extreme_bg_color);
        painter.galley(place, words, paints.wrong);
        let response = ui.interact(rect, ui.scope_id().with(("fault", i)), Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &says));
        response.on_hover_text(says);
    }
}

/// What is wrong, with what to do.
pub(super) fn whole(fault: &Diagnostic) -> String {
    let hint = fault.hint.as_ref().map_or(String::new(), |hint| format!(" ({hint})"));
    format!("{}{hint}", fault.message)
}

/// Whether nothing is written in the line behind the one that ends at a byte.
fn is_free(text: &str, end: usize) -> bool {
    text[end..].strip_prefix('\n').is_none_or(|rest| rest.lines().next().is_none_or(|line| line.trim().is_empty()))
}

/// The fault that is told at a line, counted from 1, of a page.
pub(super) fn fault_at<'a>(page: &Page, faults: &'a [Diagnostic], line: usize) -> Option<&'a Diagnostic> {
    let mine = faults.iter().filter(|fault| fault.line > 0 && fault.file == page.name);
    let stands = |fault: &&Diagnostic| {
        let place = page.fault(|text| place_in(text, fault))?;
        Some(page.text.get(..place.start)?.matches('\n').count() + 1 == line)
    };
    mine.into_iter().find(|fault| stands(fault) == Some(true))
}

/// The bytes of a text that a fault is about; a place between two is the character behind it.
fn place_in(text: &str, fault: &Diagnostic) -> Option<Range<usize>> {
    let before = fault.line.checked_sub(1)? as usize;
    let begin = text.split_inclusive('\n').take(before).map(str::len).sum::<usize>();
    let row = text.get(begin..)?.lines().next().unwrap_or("");
    let byte = |column: usize| row.char_indices().nth(column).map_or(row.len(), |(i, _)| i);
    let first = fault.column.saturating_sub(1) as usize;
    Some(begin + byte(first)..begin + byte(first + fault.len.max(1) as usize))
}
