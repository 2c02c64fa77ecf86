//! How long each cable waits so that parallel paths arrive together.

use super::flat::{Config, Flat};
use super::order::{Entering, Group};
use bf_node::Role;

/// What waits, and for how long.
pub(super) struct Waits {
    /// Frames that each cable waits.
    pub cables: Vec<u32>,
    /// Frames by which what leaves each node is late; none where nothing is.
    pub leaves: Vec<u32>,
    /// Frames by which what is heard is late; where there is no output, the frames of the longest path.
    pub heard: u32,
}

/// How long each cable waits. What enters the outputs arrives there together, as at one node.
///
/// Inside an island nothing waits; an island as a whole counts as one node.
pub(super) fn compensate(flat: &Flat, groups: &[Group], entering: &Entering, config: &Config<'_>) -> Waits {
    let own: Vec<u32> = flat
        .nodes
        .iter()
        .map(|n| if n.face.spec().is_some_and(|s| s.latency.is_some()) { (config.latency)(n) } else { 0 })
        .collect();
    let mut delays = vec![0; flat.cables.len()];
    if own.iter().all(|l| *l == 0) {
        return Waits { cables: delays, leaves: Vec::new(), heard: 0 };
    }
    let mut leaves = vec![0u32; flat.nodes.len()];
    let mut longest = 0;
    for group in groups {
        let one;
        let (members, island): (&[u32], bool) = match group {
            Group::Single(n) => {
                one = [*n];
                (&one, false)
            }
            Group::Island(nodes) => (nodes, true),
        };
        let outside = |c: &u32| !members.contains(&flat.cables[*c as usize].from.0);
        let into = || members.iter().flat_map(|m| entering.of(*m).iter().copied()).filter(outside);
        let arrival = into().map(|c| leaves[flat.cables[c as usize].from.0 as usize]).max().unwrap_or(0);
        for c in into() {
            delays[c as usize] = arrival - leaves[flat.cables[c as usize].from.0 as usize];
        }
        let through = if island { 0 } else { members.iter().map(|m| own[*m as usize]).max().unwrap_or(0) };
        for m in members {
            leaves[*m as usize] = arrival + through;
            longest = longest.max(arrival + through);
        }
    }
    let is_output = |n: usize| flat.nodes[n].face.spec().is_some_and(|s| s.role == Role::Output);
    let outputs: Vec<usize> = (0..flat.nodes.len()).filter(|n| is_output(*n)).collect();
    let heard = outputs.iter().map(|n| leaves[*n]).max();
    for n in outputs {
        let more = heard.unwrap_or(0) - leaves[n];
        entering.of(n as u32).iter().for_each(|c| delays[*c as usize] += more);
        leaves[n] += more;
    }
    Waits { cables: delays, leaves, heard: heard.unwrap_or(longest) }
}
