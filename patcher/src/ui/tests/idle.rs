//! What a window costs that nobody touches.

use super::super::app::App;
use super::super::link::Link;
use super::{Alone, SET};
use crate::cli::playing::Playing;
use bf_session::thread_cpu_ns;
use egui::{Pos2, Rect, vec2};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// How often it was drawn, and the CPU time that took: layout and tessellation.
#[derive(Debug)]
struct Cost {
    frames: u32,
    share: f64,
}

/// Draws a set's window as often as it asks for it, and no more, once it has come to rest.
fn cost(set: &Path, stops: bool, length: Duration) -> Cost {
    let playing = Playing::start(set, &Alone::arguments()).unwrap_or_else(|_| panic!("{}", set.display()));
    let context = egui::Context::default();
    let (asks, asked) = sync_channel(1 << 16);
    context.set_request_repaint_callback(move |info| _ = asks.send(info.delay));
    let mut app = App::new(Link::start(playing, Arc::default()));
    app.link().wakes(&context);
    if stops {
        app.link().wish(super::super::link::Wish::Stop);
    }
    let opened = Instant::now();
    let mut draw = || {
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1280.0, 800.0))),
            time: Some(opened.elapsed().as_secs_f64()),
            ..egui::RawInput::default()
        };
        let before = thread_cpu_ns();
        let mut output = context.run_ui(input, |ui| app.draw(ui));
        output.textures_delta.clear();
        let shapes = context.tessellate(output.shapes, output.pixels_per_point);
        assert!(!shapes.is_empty());
        let delay = output.viewport_output[&egui::ViewportId::ROOT].repaint_delay;
        (thread_cpu_ns() - before, delay)
    };
    let settle = Duration::from_secs(2);
    let (mut frames, mut spent) = (0, 0);
    let mut due = opened;
    let end = opened + settle + length;
    loop {
        // What asks from another thread comes at once; what the window asked for itself is in its delay.
        match asked.recv_timeout(due.min(end).saturating_duration_since(Instant::now())) {
            Ok(delay) => {
                due = due.min(Instant::now() + delay);
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => panic!("the context is gone"),
        }
        if Instant::now() >= end {
            break;
        }
        let (ns, delay) = draw();
        // A frame of its own begins with the next refresh of a screen.
        while asked.try_recv().is_ok() {}
        due = Instant::now() + delay.clamp(Duration::from_millis(16), Duration::from_secs(60));
        if opened.elapsed() > settle {
            frames += 1;
            spent += ns;
        }
    }
    Cost { frames, share: spent as f64 / length.as_nanos() as f64 }
}

#[test]
fn a_window_that_nobody_touches_rests() {
    let folder = tempfile::tempdir().unwrap();
    let silent = SET.replace("\"out\" = \"filter.low\"\n", "");
    std::fs::write(folder.path().join("set.toml"), silent).unwrap();
    let idle = cost(folder.path(), true, Duration::from_secs(3));
    eprintln!("idle without sound: {} frames in 3 s, {:.2} % of a core", idle.frames, idle.share * 100.0);
    assert!(idle.frames <= 9, "{} frames", idle.frames);

    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/first-sound");
    let playing = cost(&demo, false, Duration::from_secs(3));
    eprintln!("first-sound plays: {} frames in 3 s, {:.2} % of a core", playing.frames, playing.share * 100.0);
    assert!(playing.frames <= 110, "{} frames: no faster than the eye", playing.frames);
}
