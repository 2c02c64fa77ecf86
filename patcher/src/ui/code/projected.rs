//! The script as it is typed, for those who watch: large, in its colours, with what sounds lit, where the cursor is.

use super::super::link::{Link, Shown};
use super::super::theme::Paints;
use super::Code;
use super::colours::{Marks, colours};
use super::drawn::{Drawn, outline};
use super::editor::sounding;
use egui::{Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

/// Room for the scroll bar.
const EDGE: f32 = 24.0;

impl Code {
    /// Draws the page that is in front; whether there is one.
    pub(crate) fn projected(
        &mut self,
        ui: &mut Ui,
        (link, shown): (&Link, &Shown),
        letters: f32,
        paints: &Paints,
    ) -> bool {
        self.follow(shown);
        let Some(page) = self.pages.get(self.front) else { return false };
        let flash = self.flash.clone().filter(|(_, at)| at.elapsed() < super::FLASH).map(|(range, _)| range);
        let at = (page.name.clone(), page.text.len(), page.cursor.1);
        let has_moved = self.watched.as_ref() != Some(&at);
        // Nobody who watches can scroll: a long line goes on in the next row.
        let width = (ui.available_width() - EDGE).max(letters);
        ScrollArea::vertical().auto_shrink(false).id_salt("projected").show(ui, |ui| {
            let marks = Marks { flash, ..Marks::default() };
            let mut job = colours(&page.text, letters, paints, &marks);
            job.wrap.max_width = width;
            let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
            let (rect, _) = ui.allocate_exact_size(galley.size() + vec2(8.0, letters), Sense::hover());
            let painter = ui.painter().clone();
            painter.galley(rect.min, std::sync::Arc::clone(&galley), paints.words);
            let drawn = Drawn { text: &page.text, galley: &galley, pos: rect.min };
            let status = link.shared.status();
            if status.playing && !shown.hushed {
                for place in sounding(page, &link.notes.at(status.beat)) {
                    outline(&painter, &drawn, &place, paints.hand);
                }
            }
            let selection = page.selection();
            if !selection.is_empty() {
                outline(&painter, &drawn, &selection, paints.accent);
            }
            let cursor = drawn.at(page.cursor.1);
            let bar = Rect::from_min_max(cursor.min, pos2(cursor.min.x + 3.0, cursor.max.y));
            painter.rect(bar, 1.0, paints.accent, Stroke::NONE, egui::StrokeKind::Inside);
            // Who watches may look elsewhere until something is typed again.
            if has_moved {
                ui.scroll_to_rect(cursor.expand2(vec2(80.0, letters * 3.0)), None);
            }
        });
        self.watched = Some(at);
        true
    }
}
