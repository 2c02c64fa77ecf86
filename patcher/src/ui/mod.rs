//! The patcher's window: it draws the patch and sends edits, and holds no second truth.

mod app;
mod bar;
mod canvas;
mod carrier;
mod change;
mod code;
mod command;
mod control;
mod draft;
mod dropped;
mod errand;
mod expression;
mod finder;
mod freezer;
mod gestures;
mod icon;
mod inspector;
mod link;
mod lost;
mod meters;
mod mixer;
mod number;
mod offered;
mod pane;
mod pattern;
mod preview;
mod prose;
mod pulse;
mod roll;
mod search;
mod shell;
mod theme;
mod widgets;
mod working;

#[cfg(test)]
mod tests;

use crate::cli::playing::Playing;
use app::App;
use link::Link;
pub(crate) use shell::settings::Settings;
pub(crate) use shell::{Face, Template};
use shell::{Shell, Store};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Opens the window over a set that plays; ends when it is closed or `stop` is set, and the sound with a fade before.
///
/// # Errors
/// Why there is no window; the set has ended then, too.
pub(crate) fn window(playing: Playing, face: Face, stop: Arc<AtomicBool>) -> Result<(), String> {
    let name = playing.session.folder().name();
    let mut shell = Shell::new(Store::of_user(), face);
    if face == Face::Set {
        shell.remember(&shell::place_of(playing.session.folder()));
    }
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(if face == Face::Set { format!("BeatForge: {name}") } else { "BeatForge".to_owned() })
            .with_app_id("beatforge")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([320.0, 240.0]),
        ..eframe::NativeOptions::default()
    };
    // The set is followed from now on, however long the window takes to appear.
    let link = Link::start(playing, stop);
    let lost = Arc::clone(&link.lost);
    let start = move |cc: &eframe::CreationContext<'_>| {
        link.wakes(&cc.egui_ctx);
        lost::outlive(&link.lost);
        Ok(Box::new(App::with(link, shell)) as Box<dyn eframe::App>)
    };
    let ended = eframe::run_native("beatforge", options, Box::new(start));
    // A set that has outlived its window has said so.
    if lost.has_no_window() { Ok(()) } else { ended.map_err(|e| no_window(&e)) }
}

/// Why there is no window, and what may help.
fn no_window(e: &eframe::Error) -> String {
    match e {
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => {
            "no display can be reached; on Linux DISPLAY or WAYLAND_DISPLAY says which".to_owned()
        }
        eframe::Error::Glutin(_) | eframe::Error::NoGlutinConfigs(..) | eframe::Error::OpenGL(_) => {
            "this display has no OpenGL; on Linux LIBGL_ALWAYS_SOFTWARE=1 draws without a graphics card".to_owned()
        }
        other => other.to_string(),
    }
}

/// What the user has settled.
pub(crate) fn settings() -> Settings {
    Settings::parse(&Store::of_user().read(shell::settings::FILE).unwrap_or_default()).0
}
