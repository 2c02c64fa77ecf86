//! Solo: while a strip or a bus is soloed, those that are not are silent.

use crate::compile::flat::{Flat, FlatCable, FlatNode, Into};
use bf_node::{Category, Role};
use std::collections::VecDeque;

/// Works out the number `silenced` of every channel from what all of them say of `solo`. What a patch itself silences
/// stays silent. A channel through which a soloed one is heard, or that enters a soloed one, is not silenced: a bus that is
/// soloed is the sum that it was, and a strip that is soloed passes its bus.
pub(super) fn solo(flat: &mut Flat) {
    let on = |node: &FlatNode| node.face.param("solo").is_some_and(|p| node.numbers[p] > 0.5);
    let is_channel = |node: &FlatNode| role(node).is_some_and(Role::is_channel);
    let soloed: Vec<bool> = flat.nodes.iter().map(|node| is_channel(node) && on(node)).collect();
    if !soloed.contains(&true) {
        return;
    }
    let passing: Vec<(u32, u32)> =
        flat.cables.iter().filter(|cable| passes(flat, cable)).map(|cable| (cable.from.0, cable.to)).collect();
    let behind = reached(&soloed, passing.iter().copied());
    let before = reached(&soloed, passing.iter().map(|(from, to)| (*to, *from)));
    for (at, node) in flat.nodes.iter_mut().enumerate().filter(|(_, node)| is_channel(node)) {
        if let (false, Some(p)) = (behind[at] || before[at], node.face.param("silenced")) {
            node.numbers[p] = 1.0;
        }
    }
}

fn role(node: &FlatNode) -> Option<Role> {
    node.face.spec().map(|spec| spec.role)
}

/// Whether a sound goes on through what a cable enters: the first input of a node, and any of one that mixes. What others
/// are for, such as the side of a compressor, is not heard.
fn passes(flat: &Flat, cable: &FlatCable) -> bool {
    let mixes = || flat.nodes[cable.to as usize].face.spec().is_none_or(|spec| spec.category == Category::Mix);
    match cable.into {
        Into::Input(0) => true,
        Into::Input(_) => mixes(),
        Into::Param(_) => false,
    }
}

/// The nodes to which ways lead from some, those among them.
fn reached(from: &[bool], ways: impl Iterator<Item = (u32, u32)>) -> Vec<bool> {
    let mut next: Vec<Vec<u32>> = vec![Vec::new(); from.len()];
    ways.for_each(|(from, to)| next[from as usize].push(to));
    let mut reached = from.to_vec();
    let mut ahead: VecDeque<u32> = (0..).zip(from).filter(|(_, is)| **is).map(|(at, _)| at).collect();
    while let Some(at) = ahead.pop_front() {
        for to in core::mem::take(&mut next[at as usize]) {
            if !core::mem::replace(&mut reached[to as usize], true) {
                ahead.push_back(to);
            }
        }
    }
    reached
}
