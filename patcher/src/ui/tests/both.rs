//! Text and canvas at once: an editor writes the set's file while hands edit in the window, and nothing is lost.

use super::super::link::{Shown, Wish};
use super::{Stage, number};
use bf_patch::{Edit, Name, Node, SetEdit, Socket, TextPatch};
use egui::{Modifiers, vec2};
use std::collections::BTreeMap;
use std::path::PathBuf;

const TEXT: &str = r#"# The set of a test: its words stay.
beatforge = 1
tempo = 120.0

[nodes]
# Saws are bright.
lead = { type = "saw", freq = 100.0 } # the lead
second = { type = "saw", freq = 100.0 }
third = { type = "saw", freq = 100.0 }
filter = { type = "svf", cutoff = 100.0 } # what tames it
other = { type = "svf", cutoff = 100.0 }
out = { type = "output" }

[cables]
# From left to right.
"filter" = ["lead", "second"]
"other" = "third"
"out" = ["filter.low", "other.low"]

[layout]
lead = [0, 0]
second = [0, 160]
third = [0, 320]
filter = [240, 0]
other = [240, 160]
out = [480, 0]
"#;

/// What is changed, by turns.
const VALUES: [(&str, &str); 5] =
    [("lead", "freq"), ("second", "freq"), ("third", "freq"), ("filter", "cutoff"), ("other", "cutoff")];

/// An editor beside the window.
struct Editor {
    path: PathBuf,
    written: u32,
    comments: Vec<String>,
}

impl Editor {
    /// Gives values their new numbers in the text as it stands on the disk, and adds a comment and perhaps a node.
    fn write(&mut self, values: &[(usize, f64)], node: Option<&str>) {
        let text = std::fs::read_to_string(&self.path).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (which, n) in values {
            let (name, param) = VALUES[*which];
            let line = lines.iter_mut().find(|line| line.starts_with(&format!("{name} = {{"))).unwrap();
            let at = line.find(&format!("{param} = ")).unwrap() + param.len() + 3;
            let end = at + line[at..].find([' ', ',', '}']).unwrap();
            line.replace_range(at..end, &format!("{n:.1}"));
        }
        self.written += 1;
        let comment = format!("# written {}", self.written);
        let at = lines.iter().position(|line| line.starts_with("lead = {")).unwrap();
        lines.insert(at, comment.clone());
        self.comments.push(comment);
        if let Some(node) = node {
            lines.insert(at, format!("{node} = {{ type = \"gain\" }} # by the editor"));
        }
        let text = lines.join("\n") + "\n";
        // Editors write in place, or beside and then move.
        if self.written.is_multiple_of(2) {
            let beside = self.path.with_extension("toml~");
            std::fs::write(&beside, text).unwrap();
            std::fs::rename(&beside, &self.path).unwrap();
        } else {
            std::fs::write(&self.path, text).unwrap();
        }
    }
}

struct Both {
    stage: Stage,
    editor: Editor,
    /// What each value is to be.
    wanted: BTreeMap<usize, f64>,
    /// Nodes that were added.
    added: Vec<String>,
}

impl Both {
    fn number(shown: &Shown, which: usize) -> f64 {
        number(shown, VALUES[which].0, VALUES[which].1)
    }

    /// Hands change a value: now and then by a gesture, else as one is sent. Answers what it is now.
    fn turn(&mut self, which: usize, n: f64, by_gesture: bool) -> f64 {
        let (name, param) = VALUES[which];
        if by_gesture {
            let row = self.stage.at(self.stage.harness.state().row_of(name, param).center());
            let before = Both::number(&self.stage.shown(), which);
            self.stage.drag(row, row + vec2(if before > 5_000.0 { -20.0 } else { 20.0 }, 0.0), Modifiers::NONE);
            let shown = self.stage.until("the hand is heard", |s| Both::number(s, which) != before);
            return Both::number(&shown, which);
        }
        let edit = Edit::SetParam { target: Socket::new(name, param), value: Some(bf_node::Value::Number(n)) };
        self.edit(edit);
        n
    }

    fn edit(&mut self, edit: Edit) {
        let wish = Wish::Edit { edit: SetEdit::main(edit), label: "by hand".to_owned(), gesture: None };
        self.stage.harness.state().link().wish(wish);
        self.stage.settle();
    }

    fn save(&mut self) {
        self.stage.harness.state().link().wish(Wish::Save);
        self.stage.settle();
    }

    /// Waits until everything is as it is to be.
    fn agree(&mut self, round: u32) {
        let (wanted, added) = (self.wanted.clone(), self.added.clone());
        let shown = self.stage.until_or(|s| {
            wanted.iter().all(|(which, n)| (Both::number(s, *which) - n).abs() < 1e-9)
                && added.iter().all(|name| s.own.main.nodes.contains_key(name.as_str()))
        });
        if let Err(shown) = shown {
            let now: Vec<f64> = (0..VALUES.len()).map(|which| Both::number(&shown, which)).collect();
            let lines: Vec<&str> = shown.lines.iter().rev().take(6).map(|line| line.text.as_str()).collect();
            panic!("round {round}: {now:?} instead of {:?}; {lines:#?}", self.wanted);
        }
    }
}

#[test]
fn text_and_canvas_alternate_without_loss() {
    let stage = Stage::new(TEXT, None);
    let path = stage.folder.path().join("set.toml");
    let editor = Editor { path: path.clone(), written: 0, comments: Vec::new() };
    let mut both = Both { stage, editor, wanted: (0..VALUES.len()).map(|i| (i, 100.0)).collect(), added: Vec::new() };
    let (mut conflicts, mut told) = (0, 0);
    for round in 0..500 {
        let (one, two) = (round as usize % 5, (round as usize + 1 + round as usize / 5 % 4) % 5);
        let (text, hand) = (200.0 + f64::from(round), 2_000.0 + f64::from(round));
        let by_gesture = round % 20 == 3;
        match round % 7 {
            // One side alone.
            0 => {
                both.editor.write(&[(one, text)], None);
                both.wanted.insert(one, text);
            }
            1 => {
                _ = {
                    let now = both.turn(one, hand, by_gesture);
                    both.wanted.insert(one, now)
                }
            }
            // Both, each its own value, between two saves.
            2 | 3 => {
                let now = both.turn(two, hand, by_gesture);
                both.editor.write(&[(one, text)], None);
                both.wanted.extend([(two, now), (one, text)]);
            }
            // Both the same value: the file wins and it is said, and what else the hand did stays.
            4 => {
                let before = both.stage.shown().said;
                let other = both.turn(two, hand + 0.5, false);
                both.turn(one, hand, by_gesture);
                both.editor.write(&[(one, text)], None);
                both.wanted.extend([(two, other), (one, text)]);
                both.agree(round);
                let (name, param) = VALUES[one];
                let shown = both.stage.until("it is said", |s| {
                    s.said > before
                        && s.lines.iter().rev().take(4).any(|line| {
                            line.text.contains(&format!("{name}.{param}")) && line.text.contains("the file says")
                        })
                });
                told += usize::from(shown.said > before);
                conflicts += 1;
            }
            // Both, and saved before the window can have seen the file.
            5 => {
                let now = both.turn(two, hand, by_gesture);
                both.editor.write(&[(one, text)], None);
                both.wanted.extend([(two, now), (one, text)]);
                both.save();
            }
            // Both add a node; the hand moves one besides.
            _ => {
                let (here, there) = (format!("h{round}"), format!("t{round}"));
                both.edit(Edit::AddNode { name: Name::new(&here), node: Node::new("gain"), at: Some([8, 800]) });
                both.edit(Edit::SetLayout { name: Name::new("out"), at: Some([480, 8 * round as i32]) });
                both.editor.write(&[], Some(&there));
                both.added.extend([here, there]);
            }
        }
        both.agree(round);
        if round % 3 == 2 {
            both.save();
        }
    }
    both.save();
    both.agree(500);
    let said = std::fs::read_to_string(&path).unwrap();
    let read = TextPatch::parse(&said, "set.toml").unwrap();
    assert_eq!(*read.patch(), both.stage.shown().own.main, "what is written is what plays");
    assert_eq!((conflicts, told), (71, 71));
    for comment in TEXT.lines().filter_map(|line| line.find('#').map(|at| &line[at..])) {
        assert!(said.contains(comment), "the comment `{comment}` is gone:\n{said}");
    }
    let lost: Vec<&String> =
        both.editor.comments.iter().filter(|comment| !said.lines().any(|line| line == comment.as_str())).collect();
    assert!(lost.is_empty(), "{lost:?} are gone");
    assert!(!both.stage.shown().unsaved);
}
