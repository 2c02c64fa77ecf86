//! The tour: six steps through a set that plays. Each notices by itself when it is done.

use crate::ui::link::Shown;
use crate::ui::theme::Paints;
use bf_node::Value;
use bf_patch::{Name, Patch, Socket};
use bf_session::Status;
use egui::{Align2, RichText, Ui, vec2};

struct Step {
    title: &'static str,
    text: &'static str,
}

const STEPS: [Step; 6] = [
    Step { title: "Stop and play", text: "This set plays. Press Space over the patch to stop it, and again to go on." },
    Step { title: "Turn a value", text: "Find the node `filter` and drag its cutoff up and down. Shift drags finely." },
    Step {
        title: "Draw a cable",
        text: "Drag from the right edge of `wobble` to the cutoff of `filter`: the LFO moves it from now on.",
    },
    Step { title: "Add a node", text: "Press Tab over an empty place, type `reverb` or `delay`, and press Enter." },
    Step { title: "Take it back", text: "Press Ctrl+Z: whatever you do can be undone, while it plays." },
    Step { title: "Mix", text: "Press Alt+3 for the mixer and pull a fader. Alt+1 leads back to the patch." },
];

/// What was there when a step began.
struct Before {
    patch: Patch,
    stopped: bool,
}

pub(crate) struct Tour {
    step: usize,
    before: Option<Before>,
    done: bool,
}

impl Tour {
    pub(crate) fn new() -> Tour {
        Tour { step: 0, before: None, done: false }
    }

    /// Draws the step; whether the tour goes on, and whether a set of one's own is wanted.
    pub(crate) fn ui(&mut self, ui: &Ui, shown: &Shown, status: &Status, paints: &Paints) -> Going {
        self.look(shown, status);
        let mut going = Going::On;
        let window = egui::Window::new("Tour").anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -16.0)).collapsible(false);
        window.resizable(false).default_width(300.0).show(ui.ctx(), |ui| {
            let Some(step) = STEPS.get(self.step) else {
                ui.label(RichText::new("That is all it takes.").strong());
                ui.label("F1 explains what is under the pointer, Ctrl+Shift+P finds every command.");
                ui.horizontal(|ui| {
                    if ui.button("Begin a set").on_hover_text("Make a set of your own").clicked() {
                        going = Going::Begin;
                    }
                    if ui.button("End the tour").on_hover_text("The set plays on").clicked() {
                        going = Going::End;
                    }
                });
                return;
            };
            ui.label(RichText::new(format!("{} of {}: {}", self.step + 1, STEPS.len(), step.title)).strong());
            ui.label(step.text);
            ui.horizontal(|ui| {
                let (next, help) = if self.done {
                    ("Next", "The next step")
                } else {
                    ("Skip", "The next step, without doing this one")
                };
                if self.done {
                    ui.label(RichText::new("Done.").color(paints.signal).strong());
                }
                if ui.button(next).on_hover_text(help).clicked() {
                    self.go_on();
                }
                if ui.button("End the tour").on_hover_text("The set plays on").clicked() {
                    going = Going::End;
                }
            });
        });
        going
    }

    pub(crate) fn go_on(&mut self) {
        self.step += 1;
        (self.before, self.done) = (None, false);
    }

    #[cfg(test)]
    pub(crate) fn state(&self) -> (usize, bool) {
        (self.step, self.done)
    }

    fn look(&mut self, shown: &Shown, status: &Status) {
        let now = &shown.own.main;
        let before = self.before.get_or_insert_with(|| Before { patch: now.clone(), stopped: false });
        self.done |= match self.step {
            0 => {
                before.stopped |= !status.playing;
                before.stopped && status.playing
            }
            1 => number(now, "filter", "cutoff") != number(&before.patch, "filter", "cutoff"),
            2 => now.cables.get(&Socket::new("filter", "cutoff")).is_some_and(|cables| !cables.is_empty()),
            3 => now.nodes.len() > before.patch.nodes.len(),
            4 => shown.redo.is_some(),
            5 => now.nodes.keys().any(|name| {
                let gain = |patch: &Patch| number(patch, name.as_str(), "gain");
                now.nodes.get(name).is_some_and(|node| node.kind == "strip") && gain(now) != gain(&before.patch)
            }),
            _ => false,
        };
    }
}

/// How a tour goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Going {
    On,
    End,
    Begin,
}

fn number(patch: &Patch, node: &str, param: &str) -> Option<f64> {
    match patch.nodes.get(&Name::new(node))?.params.get(param)? {
        Value::Number(n) => Some(*n),
        _ => None,
    }
}
