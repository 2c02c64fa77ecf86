//! The text of a patch that has none yet: one line a node, one line an input, positions last.

use super::tree::{Key, Tree};
use super::wanted;
use super::write_section::{block, line};
use super::{FORMAT, outline::SECTIONS};
use crate::Patch;
use bf_node::Registry;

pub(super) fn to_text(patch: &Patch, registry: Option<&Registry>) -> String {
    let usual = Patch::default();
    let mut out = format!("beatforge = {FORMAT}\n");
    if patch.tempo != usual.tempo {
        out += &format!("tempo = {}\n", Tree::Float(patch.tempo));
    }
    if patch.signature != usual.signature {
        out += &format!("signature = {}\n", patch.signature);
    }
    if patch.voices != usual.voices {
        out += &format!("voices = {}\n", patch.voices);
    }
    for name in SECTIONS {
        let entries = entries(patch, name, registry);
        if name == "snapshots" {
            entries.iter().for_each(|(key, tree)| out += &format!("\n{}", block(name, key, tree)));
        } else if !entries.is_empty() || name == "nodes" {
            out += &format!("\n[{name}]\n");
            let width = entries.iter().map(|(key, _)| Key(key).to_string().len()).max().unwrap_or(0);
            let width = if matches!(name, "nodes" | "inputs" | "outputs" | "controls" | "layout") { width } else { 0 };
            entries.iter().for_each(|(key, tree)| out += &line("", key, tree, width));
        }
    }
    out
}

/// What a section says, key by key.
fn entries(patch: &Patch, section: &str, registry: Option<&Registry>) -> Vec<(String, Tree)> {
    match section {
        "nodes" => patch.nodes.iter().map(|(name, node)| (name.to_string(), wanted::node(node, registry))).collect(),
        "cables" => patch.cables.iter().map(|(to, list)| (to.to_string(), wanted::cables(list, None))).collect(),
        "inputs" => patch.inputs.iter().map(|(name, to)| (name.to_string(), wanted::sockets(to, None))).collect(),
        "outputs" => patch.outputs.iter().map(|(name, from)| (name.to_string(), Tree::text(from))).collect(),
        "controls" => patch.controls.iter().map(|(name, c)| (name.to_string(), wanted::control(c, None))).collect(),
        "overrides" => patch.overrides.iter().map(|(target, v)| (target.to_string(), Tree::from(v))).collect(),
        "automation" => patch.automation.iter().map(|(target, l)| (target.to_string(), wanted::lane(l))).collect(),
        "snapshots" => patch.snapshots.iter().map(|(name, v)| (name.to_string(), wanted::snapshot(v))).collect(),
        "mappings" => patch.mappings.iter().map(|(s, m)| (s.clone(), wanted::mapping(m, None))).collect(),
        "notes" => patch.notes.iter().map(|(name, note)| (name.to_string(), wanted::note(note))).collect(),
        "layout" => patch.layout.iter().map(|(name, at)| (name.to_string(), wanted::place(*at))).collect(),
        _ => Vec::new(),
    }
}
