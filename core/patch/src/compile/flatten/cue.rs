//! Cue: strips and buses that are listened to ahead enter every node that is there for it.

use crate::compile::flat::{Flat, FlatCable, FlatNode, Into};
use bf_node::Role;

/// Leads what stands before the fader of every channel whose `cue` is on to the nodes that sum it.
pub(super) fn cue(flat: &mut Flat) {
    let role = |node: &FlatNode| node.face.spec().map(|spec| spec.role);
    let of = |role_of: Role| move |(_, node): &(u32, &FlatNode)| role(node) == Some(role_of);
    let desks: Vec<u32> = (0..).zip(&flat.nodes).filter(of(Role::Cue)).map(|(at, _)| at).collect();
    if desks.is_empty() {
        return;
    }
    let mut made = Vec::new();
    for (at, channel) in (0..).zip(&flat.nodes).filter(|(_, node)| node.is_cued()) {
        let Some(before) = channel.face.spec().and_then(|spec| spec.output("before")) else { continue };
        for desk in &desks {
            let from = (at, before as u16);
            if !flat.cables.iter().any(|c| c.from == from && (c.to, c.into) == (*desk, Into::Input(0))) {
                made.push(FlatCable::new(from, *desk, Into::Input(0), None));
            }
        }
    }
    flat.cables.extend(made);
}
