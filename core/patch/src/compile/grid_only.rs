//! Which outputs are read on the grid only, so that a slow modulator need not be worked out at every frame.

use super::flat::{End, Flat, Into};
use super::order::Group;

/// One list a node, one entry an output: true where every cable leads to a steady param, none waits or closes a loop,
/// and no end of it lies in a loop, whose nodes run frame by frame. `listened` are outputs that the host reads itself.
pub(super) fn grid_only(
    flat: &Flat,
    groups: &[Group],
    closing: &[bool],
    delays: &[u32],
    listened: &[End],
) -> Vec<Vec<bool>> {
    let mut looped = vec![false; flat.nodes.len()];
    for group in groups {
        if let Group::Island(nodes) = group {
            nodes.iter().for_each(|n| looped[*n as usize] = true);
        }
    }
    let mut only: Vec<Vec<bool>> = flat.nodes.iter().map(|n| vec![false; n.face.outputs().len()]).collect();
    let mut whole: Vec<End> = listened.to_vec();
    for (i, c) in flat.cables.iter().enumerate() {
        let steady = match c.into {
            Into::Param(p) => !flat.nodes[c.to as usize].face.params()[usize::from(p)].is_smooth(),
            Into::Input(_) => false,
        };
        let (from, output) = c.from;
        if steady && !closing[i] && delays[i] == 0 && !looped[from as usize] && !looped[c.to as usize] {
            only[from as usize][usize::from(output)] = true;
        } else {
            whole.push(c.from);
        }
    }
    for (n, output) in whole {
        only[n as usize][usize::from(output)] = false;
    }
    only
}
