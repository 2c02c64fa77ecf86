//! Random hands over the whole window while it plays: nothing panics, and all of it can be taken back.

use super::super::app::Tab;
use super::super::link::{Shown, Wish};
use super::monkey_times::Beside;
use super::{SET, Stage};
use bf_patch::Set;
use egui::{Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, Rect, TouchPhase, pos2, vec2};
use egui_kittest::kittest::NodeT;
use std::sync::Arc;

/// Actions of a round, after which everything is taken back and done again; fewer steps than the history keeps.
const ROUND: usize = 400;
/// With more nodes than that, or with nodes that cost more than a part of a block, hands sweep the canvas.
const CROWD: usize = 60;
/// What leads out of the window, into dialogs of the system or another set, or to its end.
const OUTSIDE: [&str; 22] = [
    "open a",
    "open set",
    "open…",
    "new",
    "save as",
    "revert",
    "restore",
    "keep them",
    "play as saved",
    "quit",
    "close",
    "import",
    "export",
    "collect",
    "publish",
    "full screen",
    "projector",
    "commands",
    "sets",
    "next set",
    "previous set",
    "tour",
];

const SCRIPT: &str = "track(\"drums\", s(\"bd*4, ~ cp\"));\n";
const INNER: &str = r#"beatforge = 1
[nodes]
body = { type = "sine", freq = 60.0 }
[outputs]
out = "body"
[controls]
tune = { to = "body.freq" }
"#;

/// xorshift64*: the same hands for the same seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
    fn within(&mut self, rect: Rect) -> Pos2 {
        let mut part = |n: f32| n * (self.next() % 1_000) as f32 / 1_000.0;
        pos2(rect.min.x + part(rect.width()), rect.min.y + part(rect.height()))
    }
}

/// A widget that says its name, where it is and whether it leads outside.
fn widgets(stage: &Stage) -> Vec<(String, Rect)> {
    let window = Rect::from_min_size(Pos2::ZERO, vec2(1280.0, 800.0));
    let named = stage.harness.root().children_recursive().filter_map(|node| {
        let inner = node.accesskit_node();
        let name = inner.label().or_else(|| inner.value()).filter(|name| !name.is_empty())?;
        let low = name.to_lowercase();
        // What is not laid out in this frame has no place.
        let place = inner.bounding_box()?;
        let at = |x: f64, y: f64| Pos2::new(x as f32, y as f32);
        let rect = Rect::from_min_max(at(place.x0, place.y0), at(place.x1, place.y1));
        let takes = !inner.is_disabled() && rect.is_positive() && window.contains(rect.center());
        (takes && !OUTSIDE.iter().any(|out| low.starts_with(out))).then_some((name, rect))
    });
    named.collect()
}

struct Hands {
    stage: Stage,
    dice: Dice,
    /// What was done last, for who looks at a failure.
    done: Vec<String>,
}

impl Hands {
    fn events(&mut self, events: impl IntoIterator<Item = Event>) {
        self.stage.harness.input_mut().events.extend(events);
        self.stage.harness.run_steps(1);
    }

    fn place(&mut self) -> (String, Pos2) {
        let grips = self.stage.harness.state().grips();
        let pane = Rect::from_min_max(pos2(10.0, 80.0), pos2(1_000.0, 680.0));
        match self.dice.below(10) {
            0..5 => {
                let all = widgets(&self.stage);
                let (name, rect) = all[self.dice.below(all.len())].clone();
                let at = if self.dice.below(2) == 0 { rect.center() } else { self.dice.within(rect) };
                (name, at)
            }
            5..8 if !grips.is_empty() => {
                let at = self.dice.of(&grips);
                ("a grip".to_owned(), at.clamp(pane.min, pane.max))
            }
            _ => ("the canvas".to_owned(), self.dice.within(pane)),
        }
    }

    fn modifiers(&mut self) -> Modifiers {
        self.dice.of(&[
            Modifiers::NONE,
            Modifiers::NONE,
            Modifiers::NONE,
            Modifiers::SHIFT,
            Modifiers::ALT,
            Modifiers::COMMAND,
        ])
    }

    fn act(&mut self) {
        let modifiers = self.modifiers();
        match self.dice.below(24) {
            20..23 => {
                let tab = self.stage.harness.state().tab;
                if tab != Tab::Patch || self.dice.below(4) == 0 {
                    let (tab, name) = if tab == Tab::Patch { self.dice.of(&Tab::ALL) } else { (Tab::Patch, "Patch") };
                    self.done.push(format!("go to {name}"));
                    self.stage.harness.state_mut().tab = tab;
                } else {
                    let what =
                        self.dice.of(&["gain", "saw", "euclid", "kick", "strip", "lfo", "delay", "steps", "svf"]);
                    let (_, at) = self.place();
                    self.done.push(format!("add {what} at {at:?}"));
                    self.stage.click(at, Modifiers::NONE);
                    self.stage.key(Modifiers::NONE, Key::Tab);
                    self.stage.types(what);
                    self.stage.key(Modifiers::NONE, Key::Enter);
                }
            }
            23 => {
                let key = self.dice.of(&[Key::A, Key::D, Key::Z, Key::Y, Key::G, Key::B]);
                self.done.push(format!("select all and press {key:?}"));
                self.stage.key(Modifiers::COMMAND, Key::A);
                self.stage.key(Modifiers::COMMAND, key);
            }
            0..8 => {
                let (name, at) = self.place();
                let button = self.dice.of(&[PointerButton::Primary, PointerButton::Primary, PointerButton::Secondary]);
                let times = 1 + usize::from(self.dice.below(4) == 0);
                self.done.push(format!("click {name} at {at:?} {times} times, {button:?} {modifiers:?}"));
                for _ in 0..times {
                    self.stage.press(at, button, true, modifiers);
                    self.stage.press(at, button, false, modifiers);
                }
            }
            8..13 => {
                let (name, from) = self.place();
                let (on, to) = self.place();
                let button = self.dice.of(&[PointerButton::Primary, PointerButton::Primary, PointerButton::Middle]);
                self.done.push(format!("drag {name} from {from:?} to {on} at {to:?}, {button:?} {modifiers:?}"));
                self.stage.press(from, button, true, modifiers);
                for i in 1..=3 {
                    self.events([Event::PointerMoved(from + (to - from) * (i as f32 / 3.0))]);
                }
                self.stage.press(to, button, false, modifiers);
            }
            13 => {
                let (name, at) = self.place();
                let delta = vec2(0.0, self.dice.of(&[-3.0, -1.0, 1.0, 3.0]));
                self.done.push(format!("wheel over {name} at {at:?} by {delta:?}"));
                let wheel = Event::MouseWheel {
                    unit: MouseWheelUnit::Line,
                    delta,
                    phase: TouchPhase::Move,
                    source: egui::MouseWheelSource::Unknown,
                    modifiers,
                };
                self.events([Event::PointerMoved(at), wheel]);
            }
            14 => {
                let text = self.dice.of(&["svf", "plate", "440", "1/4", "+=10", "bd*4", "é", "x", "track(", "0", "\n"]);
                self.done.push(format!("type {text:?}"));
                self.events([Event::Text(text.to_owned())]);
            }
            15 => {
                let event = self.dice.of(&[0, 1, 2]);
                self.done.push(format!("copy, cut or paste: {event}"));
                let text = "beatforge = 1\n[nodes]\ngain = { type = \"gain\" }\n[layout]\ngain = [0, 0]\n";
                self.events([[Event::Copy, Event::Cut, Event::Paste(text.to_owned())][event].clone()]);
            }
            _ => {
                let key = self.dice.of(Key::ALL);
                let often = [
                    Key::Tab,
                    Key::Enter,
                    Key::Escape,
                    Key::Delete,
                    Key::Space,
                    Key::Z,
                    Key::D,
                    Key::A,
                    Key::ArrowUp,
                    Key::F,
                    Key::Num1,
                    Key::Num2,
                    Key::Num3,
                    Key::B,
                    Key::M,
                    Key::G,
                ];
                let key = if self.dice.below(3) > 0 { self.dice.of(&often) } else { key };
                // Another set has a history of its own: save as, versions and the list of commands lead to one, too.
                let leaves = modifiers.command
                    && ([Key::O, Key::N, Key::Q, Key::W, Key::PageUp, Key::PageDown].contains(&key)
                        || modifiers.shift && [Key::S, Key::H, Key::P].contains(&key))
                    || key == Key::F11;
                if !leaves {
                    self.done.push(format!("press {key:?} {modifiers:?}"));
                    self.stage.key(modifiers, key);
                }
            }
        }
        if self.done.len() > 40 {
            self.done.drain(..20);
        }
        self.events([Event::ModifiersChanged(Modifiers::NONE)]);
    }

    /// Lets go of everything that may be held, and waits for what was wished.
    fn rest(&mut self) -> Arc<Shown> {
        self.events([Event::PointerGone]);
        self.stage.settle();
        // What is frozen, or copied, comes when it is done.
        self.stage.until("nothing is under way", |s| s.under_way.is_empty())
    }

    /// Undoes to the start; says how many steps it took.
    fn undo_all(&mut self) -> (Arc<Shown>, usize) {
        for steps in 0..1_100 {
            let shown = self.stage.settle();
            if shown.undo.is_none() {
                return (shown, steps);
            }
            self.stage.harness.state().link().wish(Wish::Undo);
        }
        panic!("there is no end of it");
    }

    /// Redoes so many steps: hands may have left more of them, which they had undone.
    fn redo(&mut self, steps: usize) -> Arc<Shown> {
        for _ in 0..steps {
            self.stage.harness.state().link().wish(Wish::Redo);
            self.stage.settle();
        }
        self.stage.settle()
    }
}

/// What differs, in few words. A patch file that was made of a selection stays when that is taken back.
fn same(what: &str, one: &Set, other: &Set, done: &[String]) {
    let differs = |(file, patch): (&String, &bf_patch::Patch)| other.files.get(file) != Some(patch);
    if one.main != other.main || one.files.iter().any(differs) {
        let edits = bf_patch::diff(&one.main, &other.main);
        panic!("{what}: {edits:?}\nafter {}", done.join("\n"));
    }
}

#[test]
fn random_hands_break_nothing_and_all_of_it_can_be_taken_back() {
    let actions: usize = std::env::var("BF_MONKEY").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let seed: u64 = std::env::var("BF_MONKEY_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    eprintln!("{actions} actions with seed {seed}");
    let text = SET.replace(
        "out = { type",
        "mix = { type = \"strip\" }\nthump = { type = \"patch\", file = \"thump.toml\" }\nout = { type",
    );
    let stage = Stage::with_history(&text, Some(SCRIPT), &[("thump.toml", INNER)]);
    let beside = Beside::start();
    let mut hands = Hands { stage, dice: Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1), done: Vec::new() };
    hands.stage.until("its track is heard", |s| s.heard.main.nodes.contains_key("drums"));
    let (mut most, mut steps) = (0, 0);
    for first in (0..actions).step_by(ROUND) {
        let start = Arc::clone(&hands.stage.shown().own);
        for _ in first..actions.min(first + ROUND) {
            hands.act();
            beside.is_like(&hands.stage.harness.state().link().shared.status());
            let crowd = hands.stage.shown().own.main.nodes.len();
            most = most.max(crowd);
            if crowd > CROWD {
                hands.stage.harness.state().link().wish(Wish::Undo);
            }
        }
        let end = Arc::clone(&hands.rest().own);
        let (back, count) = hands.undo_all();
        same("undo returns to the start", &start, &back.own, &hands.done);
        steps += count;
        let again = hands.redo(count);
        same("redo leads to the end", &end, &again.own, &hands.done);
        hands.undo_all();
    }
    let status = hands.stage.harness.state().link().shared.status();
    eprintln!("up to {most} nodes, {steps} steps taken back and done again");
    assert!(status.blocks > 0 && status.broken == 0, "it plays, and nothing in it breaks");
    let Stage { harness, folder, .. } = hands.stage;
    // The history is whole once the set is closed.
    drop(harness);
    beside.judge(&status, folder.path(), actions > ROUND);
}
