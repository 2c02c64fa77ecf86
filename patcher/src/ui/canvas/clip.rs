//! Nodes as text: what is copied is a patch file, and a patch file can be pasted, in this window or another.

use super::gesture::{Act, fresh_name, snap};
use super::tile::Sheet;
use bf_patch::{Cable, Edit, Name, Patch, Socket, TextPatch};
use egui::{Pos2, Vec2};
use std::collections::{BTreeMap, BTreeSet};

/// Between nodes that a text gives no place.
const APART: Vec2 = Vec2::new(208.0, 96.0);

/// Nodes of a patch with all that is said of their values, and the cables between them, as a patch file. They lie as
/// they lie on the canvas.
pub(crate) fn written(patch: &Patch, sheet: &Sheet, names: &BTreeSet<Name>) -> Option<String> {
    let mut part = Patch { tempo: patch.tempo, ..Patch::default() };
    part.nodes =
        patch.nodes.iter().filter(|(name, _)| names.contains(*name)).map(|(k, v)| (k.clone(), v.clone())).collect();
    let place =
        |name: &Name| patch.layout.get(name).copied().or_else(|| sheet.tile(name).map(|tile| snap(tile.rect.min)));
    part.layout = part.nodes.keys().filter_map(|name| Some((name.clone(), place(name)?))).collect();
    part.overrides = of_nodes(&patch.overrides, &part);
    part.automation = of_nodes(&patch.automation, &part);
    for (to, list) in patch.cables.iter().filter(|(to, _)| part.nodes.contains_key(&to.node)) {
        let inner: Vec<Cable> = list.iter().filter(|c| part.nodes.contains_key(&c.from.node)).cloned().collect();
        if !inner.is_empty() {
            part.cables.insert(to.clone(), inner);
        }
    }
    let text = (!part.nodes.is_empty()).then(|| TextPatch::fresh(&part, "clipboard"))?;
    text.ok().map(|text| text.text().to_owned())
}

/// What a map says of the nodes of a patch.
fn of_nodes<T: Clone>(all: &BTreeMap<Socket, T>, part: &Patch) -> BTreeMap<Socket, T> {
    let is_there = |(socket, _): &(&Socket, &T)| part.nodes.contains_key(&socket.node);
    all.iter().filter(is_there).map(|(socket, said)| (socket.clone(), said.clone())).collect()
}

/// The edits that say of nodes with new names what the patch says of them: what hands have laid over their values, and
/// their automation.
pub(super) fn said_again(patch: &Patch, new: &BTreeMap<Name, Name>) -> Vec<Edit> {
    let of = |socket: &Socket| Some(Socket { node: new.get(&socket.node)?.clone(), port: socket.port.clone() });
    let hands = patch
        .overrides
        .iter()
        .filter_map(|(socket, value)| Some(Edit::Override { target: of(socket)?, value: Some(value.clone()) }));
    let lanes = patch
        .automation
        .iter()
        .filter_map(|(socket, lane)| Some(Edit::SetAutomation { target: of(socket)?, lane: Some(lane.clone()) }));
    hands.chain(lanes).collect()
}

/// The nodes and cables of a patch file, added to a patch with their left upper corner at a place.
///
/// # Errors
/// What the text is instead, in the user's words.
pub(crate) fn pasted(patch: &Patch, text: &str, at: Pos2) -> Result<(Act, BTreeSet<Name>), String> {
    let part = TextPatch::parse(text, "clipboard").map_err(|faults| match faults.first() {
        Some(fault) if text.contains("beatforge") => {
            format!("what is to be pasted has a fault: {}:{}: {}", fault.line, fault.column, fault.message)
        }
        _ => "what is to be pasted is no patch".to_owned(),
    })?;
    let part = part.patch();
    let mut new: BTreeMap<Name, Name> = BTreeMap::new();
    let corner = part.layout.values().copied().reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1])]).unwrap_or_default();
    let mut edits = Vec::new();
    let mut free = 0;
    for (name, node) in &part.nodes {
        let fresh = fresh_name(name.as_str(), |n| patch.has(n) || new.values().any(|m| m.as_str() == n));
        let place = part.layout.get(name).map(|[x, y]| Vec2::new((x - corner[0]) as f32, (y - corner[1]) as f32));
        let place = place.unwrap_or_else(|| {
            // In a column left of what has a place.
            free += 1;
            let left = if part.layout.is_empty() { 0.0 } else { -APART.x };
            Vec2::new(left, APART.y * (free - 1) as f32)
        });
        edits.push(Edit::AddNode { name: fresh.clone(), node: node.clone(), at: Some(snap(at + place)) });
        new.insert(name.clone(), fresh);
    }
    let renamed = |socket: &Socket| Some(Socket { node: new.get(&socket.node)?.clone(), port: socket.port.clone() });
    for (to, list) in &part.cables {
        for cable in list {
            if let (Some(to), Some(from)) = (renamed(to), renamed(&cable.from)) {
                edits.push(Edit::Connect { to, cable: Cable { from, amount: cable.amount }, at: None });
            }
        }
    }
    edits.extend(said_again(part, &new));
    let made: BTreeSet<Name> = new.into_values().collect();
    if made.is_empty() {
        return Err("what is to be pasted has no nodes".to_owned());
    }
    Ok((Act::edit(Edit::Batch(edits), "paste"), made))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_is_pasted_beside_itself_under_new_names() {
        let text = "beatforge = 1\n[nodes]\nlead = { type = \"saw\", freq = 110.0 }\nout = { type = \"output\" }\n\
                    wobble = { type = \"lfo\" }\n[cables]\n\"out\" = \"lead\"\n\"lead.freq\" = { from = \"wobble\", amount = 0.5 }\n\
                    [layout]\nlead = [80, 160]\nwobble = [0, 80]\n";
        let mut patch = TextPatch::parse(text, "set.toml").unwrap().patch().clone();
        let names = [Name::new("lead"), Name::new("wobble")].into();
        let copy = written(&patch, &Sheet::default(), &names).unwrap();
        let (act, made) = pasted(&patch, &copy, Pos2::new(400.0, 8.0)).unwrap();
        assert_eq!(made, [Name::new("lead2"), Name::new("wobble2")].into());
        let Act::Edit { edit, .. } = act else { panic!("{act:?}") };
        patch.apply(&edit).unwrap();
        assert_eq!(patch.nodes[&Name::new("lead2")], patch.nodes[&Name::new("lead")]);
        assert_eq!(patch.layout[&Name::new("lead2")], [480, 88]);
        assert_eq!(patch.cables[&Socket::new("lead2", "freq")][0].from, Socket::first("wobble2"));
        assert_eq!(patch.cables[&Socket::first("out")].len(), 1, "cables to what was not copied stay behind");
        assert_eq!(pasted(&patch, "hello", Pos2::ZERO).unwrap_err(), "what is to be pasted is no patch");
    }

    #[test]
    fn a_copy_keeps_hands_and_automation_and_lies_as_the_tiles_lie() {
        let text = "beatforge = 1\n[nodes]\nlead = { type = \"saw\" }\nlow = { type = \"svf\" }\n\
                    [cables]\n\"low\" = \"lead\"\n\
                    [overrides]\n\"lead.freq\" = 220.0\n\
                    [automation]\n\"low.cutoff\" = { points = [[0.0, 300.0], [8.0, 3000.0]], length = 16.0 }\n";
        let mut patch = TextPatch::parse(text, "set.toml").unwrap().patch().clone();
        let set = bf_patch::Set { main: patch.clone(), files: BTreeMap::new() };
        let sheet = Sheet::of(&set, &patch, &bf_session::registry(), &mut Default::default());
        let names = [Name::new("lead"), Name::new("low")].into();
        let copy = written(&patch, &sheet, &names).unwrap();
        let (act, _) = pasted(&patch, &copy, Pos2::new(800.0, 80.0)).unwrap();
        let Act::Edit { edit, .. } = act else { panic!("{act:?}") };
        patch.apply(&edit).unwrap();
        let (cutoff, again) = (Socket::new("low", "cutoff"), Socket::new("low2", "cutoff"));
        assert_eq!(patch.automation[&again], patch.automation[&cutoff]);
        assert_eq!(patch.overrides[&Socket::new("lead2", "freq")], bf_node::Value::Number(220.0));
        let apart = |a: &str, b: &str| {
            let of = |name: &str| {
                let tile = sheet.tile(&Name::new(name)).unwrap();
                snap(tile.rect.min)
            };
            [of(b)[0] - of(a)[0], of(b)[1] - of(a)[1]]
        };
        let (lead, low) = (patch.layout[&Name::new("lead2")], patch.layout[&Name::new("low2")]);
        assert_eq!([low[0] - lead[0], low[1] - lead[1]], apart("lead", "low"));
    }
}
