//! Solo: while a strip is soloed, those that are not are silent.

use crate::compile::flat::{Flat, FlatNode};
use bf_node::Role;

/// Works out the number `silenced` of every strip from what all of them say of `solo`. What a patch itself silences
/// stays silent.
pub(super) fn solo(flat: &mut Flat) {
    let on = |node: &FlatNode| node.face.param("solo").is_some_and(|p| node.numbers[p] > 0.5);
    let strip = |node: &FlatNode| node.face.spec().is_some_and(|s| s.role == Role::Strip);
    if !flat.nodes.iter().any(|node| strip(node) && on(node)) {
        return;
    }
    for node in flat.nodes.iter_mut().filter(|node| strip(node) && !on(node)) {
        if let Some(p) = node.face.param("silenced") {
            node.numbers[p] = 1.0;
        }
    }
}
