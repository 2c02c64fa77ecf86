//! Which outputs are read on the grid only, so that a slow modulator need not be worked out at every frame.

use super::super::flat::{End, Into};
use super::super::order::Group;
use super::wiring::Builder;

impl Builder<'_> {
    /// Marks the outputs whose every cable leads to a steady param, waits for nothing, closes no loop, and has no end in
    /// a loop, whose nodes run frame by frame. What the host reads itself (`listened`) is not among them.
    pub(super) fn mark_grid_only(&mut self, groups: &[Group], listened: &[End]) {
        let graph = self.graph;
        let mut looped = vec![false; graph.flat.nodes.len()];
        for group in groups {
            if let Group::Island(nodes) = group {
                nodes.iter().for_each(|n| looped[*n as usize] = true);
            }
        }
        let mut whole: Vec<End> = listened.to_vec();
        for ((c, closing), delay) in graph.flat.cables.iter().zip(graph.closing).zip(graph.delays) {
            let steady = match c.into {
                Into::Param(p) => !graph.flat.nodes[c.to as usize].face.params()[usize::from(p)].is_smooth(),
                Into::Input(_) => false,
            };
            if !steady || *closing || *delay > 0 || looped[c.from.0 as usize] || looped[c.to as usize] {
                whole.push(c.from);
            } else if let Some(port) = self.out_port(c.from.0, c.from.1) {
                port.grid_only = true;
            }
        }
        for (n, output) in whole {
            if let Some(port) = self.out_port(n, output) {
                port.grid_only = false;
            }
        }
    }
}
