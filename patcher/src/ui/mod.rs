//! The patcher's window: it draws the patch and sends edits, and holds no second truth.

mod app;
mod bar;
mod canvas;
mod change;
mod code;
mod expression;
mod finder;
mod icon;
mod inspector;
mod link;
mod mixer;
mod pulse;
mod search;
mod theme;

#[cfg(test)]
mod tests;

use crate::cli::playing::Playing;
use app::App;
use link::Link;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Opens the window over a set that plays; ends when it is closed or `stop` is set, and the sound with a fade before.
///
/// # Errors
/// Why there is no window; the set has ended then, too.
pub(crate) fn window(playing: Playing, stop: Arc<AtomicBool>) -> Result<(), String> {
    let name = playing.session.folder().name();
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(format!("BeatForge: {name}"))
            .with_app_id("beatforge")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([320.0, 240.0]),
        ..eframe::NativeOptions::default()
    };
    // The set is followed from now on, however long the window takes to appear.
    let link = Link::start(playing, stop);
    let start = move |cc: &eframe::CreationContext<'_>| {
        link.wakes(&cc.egui_ctx);
        Ok(Box::new(App::new(link)) as Box<dyn eframe::App>)
    };
    eframe::run_native("beatforge", options, Box::new(start)).map_err(|e| e.to_string())
}
