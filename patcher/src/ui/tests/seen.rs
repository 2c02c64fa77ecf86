//! What eyes and hands meet: texts that are read whole, and things that are where they are looked for.

use super::super::app::Tab;
use super::{SET, Stage};
use egui::accesskit::Role;
use egui::{Key, Modifiers, PointerButton, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};

const BEAT: &str = "track(\"drums\", s(\"bd*4\").gain(0.5));\n";

fn coding(script: &str) -> Stage {
    let mut stage = Stage::new(SET, Some(script));
    stage.harness.state_mut().tab = Tab::Code;
    stage.harness.run_steps(3);
    stage
}

fn sized(set: &str, script: Option<&str>, size: egui::Vec2) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), set).unwrap();
    if let Some(script) = script {
        std::fs::write(folder.path().join("live.rhai"), script).unwrap();
    }
    Stage::of(folder, size)
}

fn text(stage: &mut Stage) -> String {
    stage.harness.state_mut().code_mut().text_mut().clone()
}

impl Stage {
    fn rect(&self, label: &str) -> Rect {
        self.harness.get_by_label(label).rect()
    }

    /// A click that is pressed and released between two frames.
    fn quick(&mut self, at: Pos2, button: PointerButton) {
        let modifiers = Modifiers::NONE;
        self.harness.input_mut().events.push(egui::Event::PointerMoved(at));
        self.harness.run_steps(1);
        for pressed in [true, false] {
            self.harness.input_mut().events.push(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        }
        self.harness.run_steps(4);
    }

    /// Every text that is in the window.
    fn texts(&self) -> Vec<String> {
        let all = self.harness.query_all_by_role(Role::Label);
        all.filter_map(|node| node.accesskit_node().value().or(node.accesskit_node().label())).collect()
    }
}
