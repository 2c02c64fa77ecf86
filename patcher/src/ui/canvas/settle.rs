//! Places are written together: the first edit that gives a node of a patch one gives one to all others, too, as they
//! are seen, so that none is laid out anew when the patch is opened again.

use super::Canvas;
use super::tile::Sheet;
use bf_node::Registry;
use bf_patch::{Edit, Name, Patch, Set};
use std::collections::{BTreeMap, BTreeSet};

/// Where nodes lie.
pub(crate) type Places = BTreeMap<Name, [i32; 2]>;

impl Canvas {
    /// An edit, with the places of all nodes that have none so far where it gives one of them a place.
    pub(crate) fn settled(&mut self, edit: Edit, own: &Patch, known: (&Set, &Registry)) -> Edit {
        let leaves = edit.leaves();
        if !leaves.iter().any(|leaf| gives_place(leaf)) {
            return edit;
        }
        let named: BTreeSet<&Name> = leaves.iter().filter_map(|leaf| of_place(leaf)).collect();
        let mut others = self.unwritten(own, known);
        others.retain(|name, _| !named.contains(name));
        if others.is_empty() {
            return edit;
        }
        let mut all = if let Edit::Batch(edits) = edit { edits } else { vec![edit] };
        all.extend(written(others));
        Edit::Batch(all)
    }

    /// Where the nodes lie that the set owns and its text gives no place. What a script owns has none in that text.
    pub(crate) fn unwritten(&mut self, own: &Patch, (heard, registry): (&Set, &Registry)) -> Places {
        let lacking = || own.nodes.keys().filter(|name| !own.layout.contains_key(*name));
        if lacking().next().is_none() {
            return Places::new();
        }
        // What was drawn last may be older, or was never drawn.
        let sheet = Sheet::of(heard, own, registry, &mut self.habits);
        let place = |name: &Name| {
            let at = sheet.tile(name)?.rect.min.round();
            Some((name.clone(), [at.x as i32, at.y as i32]))
        };
        lacking().filter_map(place).collect()
    }
}

/// The edits that write places down.
pub(crate) fn written(places: Places) -> impl Iterator<Item = Edit> {
    places.into_iter().map(|(name, at)| Edit::SetLayout { name, at: Some(at) })
}

fn gives_place(edit: &Edit) -> bool {
    matches!(edit, Edit::SetLayout { at: Some(_), .. } | Edit::AddNode { at: Some(_), .. })
}

/// The node whose place an edit says, or which it takes away.
fn of_place(edit: &Edit) -> Option<&Name> {
    match edit {
        Edit::SetLayout { name, .. } | Edit::AddNode { name, .. } | Edit::RemoveNode { name } => Some(name),
        Edit::RenameNode { from, .. } => Some(from),
        _ => None,
    }
}
