//! The patcher's window: it draws the patch and sends edits, and holds no second truth.

mod app;
mod bar;
mod canvas;
mod code;
mod expression;
mod finder;
mod inspector;
mod link;
mod mixer;
mod search;
mod theme;

#[cfg(test)]
mod tests;

use app::App;
use bf_session::{Live, Session};
use link::Link;

/// Opens the window over a set that plays; ends when it is closed, and the sound with a fade before.
///
/// # Errors
/// Why there is no window; the session has ended then.
pub(crate) fn window(session: Session, live: Live) -> Result<(), String> {
    let name = session.folder().root.display().to_string();
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(format!("BeatForge: {name}"))
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([320.0, 240.0]),
        ..eframe::NativeOptions::default()
    };
    let start = move |cc: &eframe::CreationContext<'_>| {
        let context = cc.egui_ctx.clone();
        let link = Link::start(session, live, move || context.request_repaint());
        Ok(Box::new(App::new(link)) as Box<dyn eframe::App>)
    };
    eframe::run_native("beatforge", options, Box::new(start)).map_err(|e| e.to_string())
}
