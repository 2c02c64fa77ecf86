//! Random edits of a busy patch: what the benches of edits make.

use super::Scratch;
use bf_patch::{Cable, Edit, Name, Node, SetEdit, Socket};
use bf_session::Session;
use std::fmt::Write;

/// A steady tone (right) that no edit reaches, and constants (left) that edits add, remove and reroute, in a busy patch.
pub(crate) fn patch(nodes: usize) -> String {
    let mut text = String::from(
        "beatforge = 1\n\n[nodes]\nout = { type = \"output\" }\ntone = { type = \"sine\", freq = 220.0 }\n\
         right = { type = \"pan\", pan = 1.0 }\nlevel = { type = \"gain\", gain = 0.25 }\nmix = { type = \"gain\", gain = 0.02 }\n\
         left = { type = \"pan\", pan = -1.0 }\nsilent = { type = \"gain\", gain = 0.0 }\n",
    );
    let mut cables = String::from(
        "\n[cables]\n\"level\" = \"tone\"\n\"right\" = \"level\"\n\"left\" = \"mix\"\n\"out\" = [\"right\", \"left\", \"silent\"]\n",
    );
    // Constants are heard; what is busy runs at full cost and is not heard, so that every step on the left is an edit's.
    for i in 0..nodes.saturating_sub(7) {
        let (kind, tail) = match i % 8 {
            0 => ("constant", "value = 0.5"),
            1 | 2 => ("saw", "freq = 110.0"),
            3 => ("lfo", "rate = 2.0"),
            4 | 5 => ("svf", "cutoff = 800.0"),
            6 => ("adsr", "attack = 0.01"),
            _ => ("gain", "gain = 0.5"),
        };
        let _ = writeln!(text, "n{i} = {{ type = \"{kind}\", {tail} }}");
        match i % 8 {
            0 if i < 160 => {
                let _ = writeln!(cables, "\"mix.input\" = \"n{i}\"");
            }
            4 | 5 => {
                let _ = writeln!(cables, "\"n{i}\" = \"n{}\"", i - 3);
            }
            7 => {
                let _ = writeln!(cables, "\"n{i}\" = \"n{}\"", i - 3);
            }
            _ => {}
        }
    }
    // One key may stand once only: gather the constants into one list.
    let heard: Vec<String> = (0..160.min(nodes.saturating_sub(7))).step_by(8).map(|i| format!("\"n{i}\"")).collect();
    let mut kept: String =
        cables.lines().filter(|l| !l.starts_with("\"mix.input\"")).fold(String::new(), |mut t, l| {
            let _ = writeln!(t, "{l}");
            t
        });
    let quiet: Vec<String> = (7..nodes.saturating_sub(7)).step_by(8).map(|i| format!("\"n{i}\"")).collect();
    let _ = writeln!(kept, "\"mix\" = [{}]\n\"silent\" = [{}]", heard.join(", "), quiet.join(", "));
    text + kept.as_str()
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// What became of the edits.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub made: usize,
    /// Those that made no sense when they came, such as a cable that was there.
    pub refused: usize,
    pub reloads: usize,
}

/// Constants that edits have added and not removed; so many that the patch keeps about its size.
const ADDED: usize = 64;

/// Edits of the patch that [`patch`] writes.
pub(crate) struct Storm {
    random: Random,
    nodes: usize,
    /// Numbers of the constants that edits have added.
    added: Vec<usize>,
    next: usize,
    pub tally: Tally,
}

impl Storm {
    /// The same seed makes the same edits.
    pub(crate) fn new(nodes: usize, seed: u64) -> Storm {
        Storm { random: Random(seed), nodes, added: Vec::new(), next: 1, tally: Tally::default() }
    }

    /// Makes one edit, or now and then saves the file, changes it as an editor would, and reloads it.
    pub(crate) fn step(&mut self, session: &mut Session, scratch: &Scratch) -> Result<(), String> {
        let kind = self.random.below(10);
        if kind == 8 && self.random.below(50) == 0 {
            return self.reload(session, scratch);
        }
        let edit = self.edit(kind);
        match session.apply(&SetEdit::main(edit), "edit", None) {
            Ok(()) => self.tally.made += 1,
            Err(_) => self.tally.refused += 1,
        }
        Ok(())
    }

    fn reload(&mut self, session: &mut Session, scratch: &Scratch) -> Result<(), String> {
        let main = scratch.0.join("set.toml");
        session.save().map_err(|e| e.to_string())?;
        let text = std::fs::read_to_string(&main).map_err(|e| e.to_string())?;
        let line = text.lines().find(|l| l.contains("cutoff = ")).ok_or("no line of the file has a cutoff")?;
        let (head, tail) = line.split_once("cutoff = ").ok_or("no cutoff")?;
        let rest = tail.find([',', ' ', '}']).map_or("", |end| &tail[end..]);
        let changed = format!("{head}cutoff = {}.5{rest}", 100 + self.random.below(400));
        std::fs::write(&main, text.replacen(line, &changed, 1)).map_err(|e| e.to_string())?;
        session.reload(std::slice::from_ref(&main));
        self.tally.reloads += 1;
        Ok(())
    }

    fn edit(&mut self, kind: usize) -> Edit {
        match kind {
            0 if self.added.len() < ADDED => {
                self.added.push(self.next);
                self.next += 1;
                let node = Node::new("constant").with("value", 0.5);
                Edit::AddNode { name: Name::new(&format!("x{}", self.next - 1)), node, at: None }
            }
            0 | 1 if !self.added.is_empty() => {
                let gone = self.added.swap_remove(self.random.below(self.added.len()));
                Edit::RemoveNode { name: Name::new(&format!("x{gone}")) }
            }
            2 if !self.added.is_empty() => {
                let from = Socket::first(&format!("x{}", self.added[self.random.below(self.added.len())]));
                Edit::Connect { to: Socket::first("mix"), cable: Cable::plain(from), at: None }
            }
            3 => {
                let from = Socket::first(&format!("n{}", 8 * self.random.below(20)));
                Edit::Connect { to: Socket::first("mix"), cable: Cable::plain(from), at: None }
            }
            4 => {
                let from = Socket::first(&format!("n{}", 8 * self.random.below(20)));
                Edit::Disconnect { to: Socket::first("mix"), from }
            }
            5 => {
                let node = Node::new(["saw", "square", "triangle"][self.random.below(3)]);
                Edit::ReplaceNode { name: Name::new(&format!("n{}", self.group() + 1)), node }
            }
            6 => {
                let i = self.group() + 4;
                let cable = Cable { from: Socket::first(&format!("n{}", i - 1)), amount: Some(1.0) };
                Edit::Connect { to: Socket::new(&format!("n{i}"), "cutoff"), cable, at: None }
            }
            7 => {
                let i = self.group() + 4;
                let from = Socket::first(&format!("n{}", i - 1));
                Edit::Disconnect { to: Socket::new(&format!("n{i}"), "cutoff"), from }
            }
            _ => {
                let node = Name::new(&format!("n{}", self.group() + 4 + self.random.below(2)));
                let target = Socket { node, port: Some(Name::new("cutoff")) };
                Edit::SetParam { target, value: Some((200.0 + self.random.below(4000) as f64).into()) }
            }
        }
    }

    /// The first node of one of the eights that [`patch`] is made of.
    fn group(&mut self) -> usize {
        8 * self.random.below((self.nodes - 7) / 8)
    }
}
