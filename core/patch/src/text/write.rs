//! From a changed patch to a changed text, touching only what differs.

use super::lines::Lines;
use super::outline::GLOBALS;
use super::splice::Splices;
use super::tree::Tree;
use super::wanted::{self, CABLE, CONTROL, LANE, MAPPING, NOTE, Ours};
use super::{TextPatch, move_lines, read, rename};
use crate::diff::{changes, find_renames};
use crate::edit::Edit;
use crate::{Name, Patch, Socket};
use bf_node::Registry;
use std::collections::BTreeMap;
use toml_edit::{Document, Item};

pub(super) fn update(text: &mut TextPatch, new: &Patch, registry: Option<&Registry>) {
    if text.patch == *new {
        return;
    }
    let step = |text: &mut TextPatch, raw: Option<String>, good: &dyn Fn(&Patch) -> bool| {
        if let Some(read) =
            raw.and_then(|raw| read::parse(&raw, &text.file, &text.patch.beside).ok()).filter(|read| good(&read.patch))
        {
            *text = read;
        }
    };
    let renames = find_renames(&text.patch, new);
    if !renames.is_empty() {
        let edits = renames.iter().map(|(from, to)| Edit::RenameNode { from: from.clone(), to: to.clone() });
        let mut renamed = text.patch.clone();
        let done = renamed.apply(&Edit::Batch(edits.collect())).is_ok();
        let raw = done.then(|| rename::apply(text, &renames));
        step(text, raw, &|read| *read == renamed);
    }
    let raw = Writer::new(text, new, registry).write();
    step(text, Some(raw), &|read| same_but_order(read, new));
    if text.patch != *new {
        step(text, Some(move_lines::apply(text, new)), &|read| read == new);
    }
    if text.patch != *new {
        // A text in which the entries stand so oddly that they cannot be changed one by one.
        step(text, Some(super::fresh::to_text(new, registry)), &|read| read == new);
    }
}

/// Whether two patches differ in nothing but the order of what a reusable patch shows.
fn same_but_order(a: &Patch, b: &Patch) -> bool {
    let sorted = |patch: &Patch| {
        let mut patch = patch.clone();
        patch.inputs.sort_by(|a, b| a.0.cmp(&b.0));
        patch.outputs.sort_by(|a, b| a.0.cmp(&b.0));
        patch.controls.sort_by(|a, b| a.0.cmp(&b.0));
        patch
    };
    sorted(a) == sorted(b)
}

/// A text on its way to say another patch.
pub(super) struct Writer<'a> {
    pub(super) text: &'a str,
    pub(super) lines: &'a Lines,
    pub(super) doc: &'a Document<String>,
    old: &'a Patch,
    pub(super) new: &'a Patch,
    registry: Option<&'a Registry>,
    pub(super) out: Splices,
}

/// What an entry is to say; nothing when it is to go.
pub(super) type Change = (String, Option<Tree>);

impl<'a> Writer<'a> {
    pub(super) fn new(text: &'a TextPatch, new: &'a Patch, registry: Option<&'a Registry>) -> Writer<'a> {
        let out = Splices::default();
        Writer { text: text.text(), lines: &text.lines, doc: &text.doc, old: &text.patch, new, registry, out }
    }

    fn write(mut self) -> String {
        self.globals();
        let (old, new) = (self.old, self.new);
        let nodes = changes(&old.nodes, &new.nodes).into_iter();
        let nodes = nodes.map(|(name, node)| (name.to_string(), node.map(|n| wanted::node(&n, self.registry))));
        self.section("nodes", nodes.collect(), Ours::All);
        let cables = changes(&old.cables, &new.cables).into_iter().map(|(to, cables)| {
            let now = self.now("cables", &to.to_string());
            (to.to_string(), cables.map(|c| wanted::cables(&c, now.as_ref())))
        });
        let cables = cables.chain(self.left_over("cables"));
        self.section("cables", cables.collect(), Ours::Only(CABLE));
        self.interface();
        let overrides = changes(&old.overrides, &new.overrides).into_iter();
        let overrides = overrides.map(|(target, value)| (target.to_string(), value.map(|v| Tree::from(&v))));
        let overrides = overrides.chain(self.left_over("overrides"));
        self.section("overrides", overrides.collect(), Ours::Ordered);
        let lanes = changes(&old.automation, &new.automation).into_iter();
        let lanes = lanes.map(|(target, lane)| (target.to_string(), lane.map(|l| wanted::lane(&l))));
        self.section("automation", lanes.collect(), Ours::Only(LANE));
        self.snapshots();
        let mappings = changes(&old.mappings, &new.mappings).into_iter().map(|(source, mapping)| {
            let now = self.now("mappings", &source);
            (source, mapping.map(|m| wanted::mapping(&m, now.as_ref())))
        });
        self.section("mappings", mappings.collect(), Ours::Only(MAPPING));
        let notes = changes(&old.notes, &new.notes).into_iter();
        let notes = notes.map(|(name, note)| (name.to_string(), note.map(|n| wanted::note(&n))));
        self.section("notes", notes.collect(), Ours::Only(NOTE));
        let layout = changes(&old.layout, &new.layout).into_iter();
        let layout = layout.map(|(name, at)| (name.to_string(), at.map(wanted::place)));
        let layout = layout.chain(self.left_over("layout"));
        self.section("layout", layout.collect(), Ours::Ordered);
        self.out.apply(self.text)
    }

    fn globals(&mut self) {
        let (old, new) = (self.old, self.new);
        let mut lines = String::new();
        for (key, was, wanted) in [
            ("tempo", old.tempo, Tree::Float(new.tempo)),
            ("signature", f64::from(old.signature), Tree::Int(i64::from(new.signature))),
            ("voices", f64::from(old.voices), Tree::Int(i64::from(new.voices))),
        ] {
            if wanted.number() == Some(was) {
                continue;
            }
            match self.doc.get(key) {
                Some(Item::Value(value)) => self.value(value, &wanted, Ours::Ordered).unwrap_or_default(),
                _ => lines += &format!("{key} = {wanted}\n"),
            }
        }
        let ends = GLOBALS.iter().filter_map(|key| self.doc.get(key).and_then(Item::span)).map(|span| span.end);
        let at = ends.max().map_or(0, |end| self.lines.next_line(self.text, end));
        self.insert_lines(at, &lines);
    }

    fn interface(&mut self) {
        fn changed<T: Clone + PartialEq>(old: &[(Name, T)], new: &[(Name, T)]) -> Vec<(Name, Option<T>)> {
            let was: BTreeMap<_, _> = old.iter().map(|(name, v)| (name, v)).collect();
            let is: BTreeMap<_, _> = new.iter().map(|(name, v)| (name, v)).collect();
            let gone = old.iter().filter(|(name, _)| !is.contains_key(name)).map(|(name, _)| (name.clone(), None));
            let set = new.iter().filter(|(name, v)| was.get(name) != Some(&v));
            gone.chain(set.map(|(name, v)| (name.clone(), Some(v.clone())))).collect()
        }
        let (old, new) = (self.old, self.new);
        let inputs = changed(&old.inputs, &new.inputs).into_iter().map(|(name, targets)| {
            let now = self.now("inputs", name.as_str());
            (name.to_string(), targets.map(|t| wanted::sockets(&t, now.as_ref())))
        });
        self.section("inputs", inputs.collect(), Ours::Ordered);
        let outputs = changed(&old.outputs, &new.outputs).into_iter();
        let outputs = outputs.map(|(name, source)| (name.to_string(), source.map(Tree::text)));
        self.section("outputs", outputs.collect(), Ours::Ordered);
        let controls = changed(&old.controls, &new.controls).into_iter().map(|(name, control)| {
            let now = self.now("controls", name.as_str());
            (name.to_string(), control.map(|c| wanted::control(&c, now.as_ref())))
        });
        self.section("controls", controls.collect(), Ours::Only(CONTROL));
    }

    fn snapshots(&mut self) {
        let mut all: Vec<Change> = Vec::new();
        for (name, values) in changes(&self.old.snapshots, &self.new.snapshots) {
            all.push((name.to_string(), values.map(|v| wanted::snapshot(&v))));
        }
        for (name, values) in &self.new.snapshots {
            let is = self.now("snapshots", name.as_str());
            let Some(Tree::Table(is)) = is else { continue };
            let comes_alive = |key: &str| self.is_left_over(key) && self.names_node(key);
            let told = all.iter().any(|(key, _)| key == name.as_str());
            if !told && is.iter().any(|(key, _)| comes_alive(key)) {
                all.push((name.to_string(), Some(wanted::snapshot(values))));
            }
        }
        self.section("snapshots", all, Ours::OfNodes);
    }

    /// What stands in the text for an entry.
    fn now(&self, section: &str, key: &str) -> Option<Tree> {
        self.doc.get(section)?.as_table_like()?.get(key).map(Tree::of)
    }

    /// Whether a key is of a node that was not there.
    pub(super) fn is_left_over(&self, key: &str) -> bool {
        Socket::parse(key).is_ok_and(|socket| !self.old.has(socket.node.as_str()))
    }

    /// Whether a key is of a node that is there now.
    pub(super) fn names_node(&self, key: &str) -> bool {
        Socket::parse(key).is_ok_and(|socket| self.new.has(socket.node.as_str()))
    }

    /// The removal of entries that had no effect and would have one now, or would be wrong now: those of a node that
    /// has come under the name of one long gone, and empty lists of cables at a node that has gone.
    fn left_over(&self, section: &str) -> Vec<Change> {
        if self.old.nodes.keys().eq(self.new.nodes.keys()) {
            return Vec::new();
        }
        let Some(table) = self.doc.get(section).and_then(Item::as_table_like) else { return Vec::new() };
        let gone = |key: &str| match (section, Socket::parse(key)) {
            (_, Err(_)) => false,
            ("cables", Ok(to)) => !self.names_node(key) && !self.old.cables.contains_key(&to),
            ("layout", Ok(_)) => self.is_left_over(key) && self.names_node(key) && !self.is_placed(key),
            (_, Ok(target)) => {
                self.is_left_over(key) && self.names_node(key) && !self.new.overrides.contains_key(&target)
            }
        };
        table.iter().filter(|(key, _)| gone(key)).map(|(key, _)| (key.to_owned(), None)).collect()
    }

    fn is_placed(&self, name: &str) -> bool {
        self.new.layout.contains_key(name)
    }
}
