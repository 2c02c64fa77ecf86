//! Nodes as text: what is copied is a patch file, and a patch file can be pasted, in this window or another.

use super::gesture::{Act, fresh_name, snap};
use bf_patch::{Cable, Edit, Name, Patch, Socket, TextPatch};
use egui::{Pos2, Vec2};
use std::collections::{BTreeMap, BTreeSet};

/// Nodes of a patch, and the cables between them, as a patch file.
pub(crate) fn written(patch: &Patch, names: &BTreeSet<Name>) -> Option<String> {
    let mut part = Patch { tempo: patch.tempo, ..Patch::default() };
    part.nodes =
        patch.nodes.iter().filter(|(name, _)| names.contains(*name)).map(|(k, v)| (k.clone(), v.clone())).collect();
    part.layout =
        patch.layout.iter().filter(|(name, _)| part.nodes.contains_key(*name)).map(|(k, v)| (k.clone(), *v)).collect();
    for (to, list) in patch.cables.iter().filter(|(to, _)| part.nodes.contains_key(&to.node)) {
        let inner: Vec<Cable> = list.iter().filter(|c| part.nodes.contains_key(&c.from.node)).cloned().collect();
        if !inner.is_empty() {
            part.cables.insert(to.clone(), inner);
        }
    }
    let text = (!part.nodes.is_empty()).then(|| TextPatch::fresh(&part, "clipboard"))?;
    text.ok().map(|text| text.text().to_owned())
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
    for (name, node) in &part.nodes {
        let fresh = fresh_name(name.as_str(), |n| patch.has(n) || new.values().any(|m| m.as_str() == n));
        let place =
            part.layout.get(name).map(|[x, y]| snap(at + Vec2::new((x - corner[0]) as f32, (y - corner[1]) as f32)));
        edits.push(Edit::AddNode { name: fresh.clone(), node: node.clone(), at: place });
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
        let copy = written(&patch, &names).unwrap();
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
}
