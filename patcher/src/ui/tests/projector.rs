//! The second window, as a window of its own: keys that are pressed there, and what they do.
//!
//! egui draws it where the window's system says; here that is a queue of events and a list of what was wished of it.

use super::{SET, Stage};
use crate::ui::app::Tab;
use crate::ui::command::Command;
use egui::{Context, Event, Key, Modifiers, RawInput, ViewportCommand, ViewportEvent, ViewportId, ViewportInfo};
use egui_kittest::kittest::Queryable;
use std::cell::RefCell;
use std::rc::Rc;

/// A window beside the first one.
#[derive(Clone, Default)]
struct Second(Rc<RefCell<Inside>>);

#[derive(Default)]
struct Inside {
    events: Vec<Event>,
    close: bool,
    /// How often it was drawn, and what it is called.
    drawn: usize,
    title: Option<String>,
}

impl Second {
    /// Lets what the stage draws have windows of their own.
    fn beside(stage: &Stage) -> Second {
        let second = Second::default();
        let own = second.clone();
        stage.harness.ctx.set_embed_viewports(false);
        Context::set_immediate_viewport_renderer(move |ctx, mut window| {
            let id = window.ids.this;
            let mut inside = own.0.borrow_mut();
            let events = core::mem::take(&mut inside.events);
            let closes = core::mem::take(&mut inside.close).then_some(ViewportEvent::Close);
            inside.title.clone_from(&window.builder.title);
            drop(inside);
            let info = ViewportInfo { events: closes.into_iter().collect(), ..ViewportInfo::default() };
            let input = RawInput {
                viewport_id: id,
                viewports: [(id, info), (ViewportId::ROOT, ViewportInfo::default())].into_iter().collect(),
                screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1024.0, 720.0))),
                events,
                focused: true,
                ..RawInput::default()
            };
            let mut output = ctx.run_ui(input, |ui| (window.viewport_ui_cb)(ui));
            // Nobody draws it.
            output.textures_delta.clear();
            let mut inside = own.0.borrow_mut();
            inside.drawn += 1;
        });
        second
    }

    /// Presses a key there; what was wished of the window since.
    fn press(&self, stage: &mut Stage, modifiers: Modifiers, key: Key) -> Vec<ViewportCommand> {
        for pressed in [true, false] {
            let event = Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
            self.0.borrow_mut().events.push(event);
        }
        // The first window hands on what was wished of those beside it.
        let mut wished = Vec::new();
        for _ in 0..3 {
            stage.harness.step();
            let outputs = &stage.harness.output().viewport_output;
            wished.extend(
                outputs.iter().filter(|(id, _)| **id != ViewportId::ROOT).flat_map(|(_, o)| o.commands.clone()),
            );
        }
        wished
    }

    /// Whether it is still drawn.
    fn is_there(&self, stage: &mut Stage) -> bool {
        let before = self.0.borrow().drawn;
        stage.harness.run_steps(2);
        self.0.borrow().drawn > before
    }
}

fn opened(script: Option<&str>) -> (Stage, Second) {
    let mut stage = Stage::new(SET, script);
    let second = Second::beside(&stage);
    stage.harness.state_mut().told.push(Command::Projector);
    stage.harness.run_steps(3);
    assert!(second.is_there(&mut stage));
    (stage, second)
}

#[test]
fn its_keys_play_and_silence_the_set() {
    let (mut stage, second) = opened(Some("track(\"drums\", s(\"bd*4\"));\n"));
    assert!(second.0.borrow().title.as_ref().is_some_and(|title| title.ends_with(" on the projector")));
    let shared = std::sync::Arc::clone(&stage.harness.state().link().shared);
    stage.until("it plays", |_| shared.status().playing);
    second.press(&mut stage, Modifiers::NONE, Key::Space);
    stage.until("it stands", |_| !shared.status().playing);
    second.press(&mut stage, Modifiers::NONE, Key::Space);
    stage.until("it plays again", |_| shared.status().playing);
    second.press(&mut stage, Modifiers::COMMAND, Key::Period);
    stage.until("it is silent", |shown| shown.hushed);
    second.press(&mut stage, Modifiers::COMMAND, Key::Period);
    stage.until("it is heard", |shown| !shown.hushed);
    // Keys of the first window are for the first window.
    stage.key(Modifiers::ALT, Key::Num2);
    assert_eq!(stage.harness.state().tab, Tab::Code);
    second.press(&mut stage, Modifiers::ALT, Key::Num3);
    assert_eq!(stage.harness.state().tab, Tab::Code, "what is typed there does nothing here");
    assert!(stage.harness.query_by_label("Patch").is_some());
}

#[test]
fn its_keys_fill_the_screen_and_close_it() {
    let fills = |on: bool| vec![ViewportCommand::Fullscreen(on)];
    for closes in [(Modifiers::SHIFT, Key::F11), (Modifiers::COMMAND, Key::W), (Modifiers::NONE, Key::Escape)] {
        let (mut stage, second) = opened(None);
        assert_eq!(second.press(&mut stage, Modifiers::NONE, Key::F11), fills(true));
        assert_eq!(second.press(&mut stage, Modifiers::NONE, Key::F11), fills(false));
        assert_eq!(second.press(&mut stage, Modifiers::NONE, Key::F11), fills(true));
        assert_eq!(second.press(&mut stage, Modifiers::NONE, Key::Escape), fills(false));
        assert!(second.is_there(&mut stage), "Escape leaves the full screen first");
        second.press(&mut stage, closes.0, closes.1);
        assert!(!second.is_there(&mut stage), "{closes:?}");
        // It comes back as it was asked for.
        stage.key(Modifiers::SHIFT, Key::F11);
        assert!(second.is_there(&mut stage));
        second.0.borrow_mut().close = true;
        stage.harness.run_steps(2);
        assert!(!second.is_there(&mut stage), "its own cross closes it, and the first window stays");
        assert!(stage.harness.query_by_label("Patch").is_some());
    }
}
