//! Islands and order: which nodes run in blocks, which frame by frame, and when.

/// Nodes that run together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// A node that runs in blocks.
    Single(u32),
    /// Nodes of feedback loops, in the order in which they run at each frame.
    Island(Vec<u32>),
}

/// The graph as the order sees it.
pub(crate) struct Edges<'a> {
    /// From and to, one a cable.
    pub cables: &'a [(u32, u32)],
    /// The same by the node they enter.
    pub entering: &'a Entering,
    /// Which cables had better be the delayed ones, the greatest number first; 0 for those that had better not.
    pub prefer: &'a dyn Fn(usize) -> u8,
}

/// Cables by the node they enter, each node's in their order.
pub(crate) struct Entering {
    start: Vec<u32>,
    cables: Vec<u32>,
}

impl Entering {
    /// Of so many nodes, and the node that each cable enters.
    pub(crate) fn new(nodes: usize, to: impl Iterator<Item = u32> + Clone) -> Entering {
        let mut start = vec![0u32; nodes + 1];
        to.clone().for_each(|to| start[to as usize + 1] += 1);
        for i in 0..nodes {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let mut cables = vec![0u32; start[nodes] as usize];
        for (c, to) in (0..).zip(to) {
            let slot = &mut next[to as usize];
            cables[*slot as usize] = c;
            *slot += 1;
        }
        Entering { start, cables }
    }
    /// How many nodes.
    pub(super) fn nodes(&self) -> usize {
        self.start.len() - 1
    }
    /// The cables that enter a node.
    pub(super) fn of(&self, node: u32) -> &[u32] {
        &self.cables[self.start[node as usize] as usize..self.start[node as usize + 1] as usize]
    }
}

/// The groups in an order in which every cable but the delayed ones leads forward, and the delayed cables.
pub(super) fn order(edges: &Edges<'_>) -> (Vec<Group>, Vec<bool>) {
    let mut closing = vec![false; edges.cables.len()];
    let mut groups = Vec::with_capacity(edges.entering.nodes());
    components(edges, |component| {
        let looped = component.len() > 1
            || edges.entering.of(component[0]).iter().any(|c| edges.cables[*c as usize].0 == component[0]);
        groups.push(if looped {
            component.sort_unstable();
            Group::Island(island(edges, component, &mut closing))
        } else {
            Group::Single(component[0])
        });
    });
    (groups, closing)
}

/// Gives the strongly connected components, sources first (Tarjan 1972, without recursion).
pub(crate) fn components(edges: &Edges<'_>, mut found: impl FnMut(&mut [u32])) {
    const UNSEEN: u32 = u32::MAX;
    let n = edges.entering.nodes();
    let (mut index, mut low, mut on_stack) = (vec![UNSEEN; n], vec![0u32; n], vec![false; n]);
    let (mut stack, mut work, mut next) = (Vec::<u32>::new(), Vec::<(u32, u32)>::new(), 0u32);
    // From what nobody hears, so that whatever feeds a node runs right before it and its buffer is soon free again.
    let mut heard = vec![false; n];
    edges.cables.iter().for_each(|(from, _)| heard[*from as usize] = true);
    let last = (0..n as u32).filter(|v| !heard[*v as usize]);
    for root in last.chain(0..n as u32) {
        if index[root as usize] != UNSEEN {
            continue;
        }
        work.push((root, 0));
        while let Some((v, at)) = work.pop() {
            let vu = v as usize;
            if at == 0 {
                index[vu] = next;
                low[vu] = next;
                next += 1;
                stack.push(v);
                on_stack[vu] = true;
            }
            if let Some(c) = edges.entering.of(v).get(at as usize) {
                work.push((v, at + 1));
                let w = edges.cables[*c as usize].0;
                if index[w as usize] == UNSEEN {
                    work.push((w, 0));
                } else if on_stack[w as usize] {
                    low[vu] = low[vu].min(index[w as usize]);
                }
                continue;
            }
            if low[vu] == index[vu] {
                let first = stack.iter().rposition(|w| *w == v).unwrap_or(0);
                stack[first..].iter().for_each(|w| on_stack[*w as usize] = false);
                found(&mut stack[first..]);
                stack.truncate(first);
            }
            if let Some((parent, _)) = work.last() {
                low[*parent as usize] = low[*parent as usize].min(low[vu]);
            }
        }
    }
}

/// The order inside an island; marks the cables that must be delayed.
fn island(edges: &Edges<'_>, members: &[u32], closing: &mut [bool]) -> Vec<u32> {
    let inside = |n: u32| members.binary_search(&n).is_ok();
    // A cable that is preferred as the delayed one is out of the way from the start, if it lies on a loop at all.
    let mut preferred: Vec<(u8, u32)> = members
        .iter()
        .flat_map(|m| edges.entering.of(*m).iter().copied())
        .filter(|c| inside(edges.cables[*c as usize].0))
        .map(|c| ((edges.prefer)(c as usize), c))
        .collect();
    // Where no cable is better than another, names decide: a loop that is new plays as if it had always been there.
    if preferred.windows(2).all(|w| w[0].0 == w[1].0) {
        preferred.clear();
    }
    preferred.retain(|(p, _)| *p > 0);
    preferred.sort_unstable_by(|a, b| b.cmp(a));
    for (_, c) in &preferred {
        let (from, to) = edges.cables[*c as usize];
        if reaches(edges, closing, &inside, to, from) {
            closing[*c as usize] = true;
        }
    }
    // Depth first over what feeds each node, in name order: a cable that leads back is a delayed one.
    let mut state: rustc_hash::FxHashMap<u32, bool> = rustc_hash::FxHashMap::default();
    let mut ordered = Vec::with_capacity(members.len());
    for root in members {
        if state.contains_key(root) {
            continue;
        }
        let mut work = vec![(*root, 0usize)];
        state.insert(*root, false);
        while let Some((v, at)) = work.pop() {
            let Some(c) = edges.entering.of(v).get(at).copied() else {
                state.insert(v, true);
                ordered.push(v);
                continue;
            };
            work.push((v, at + 1));
            let w = edges.cables[c as usize].0;
            if closing[c as usize] || !inside(w) {
                continue;
            }
            match state.get(&w) {
                None => {
                    state.insert(w, false);
                    work.push((w, 0));
                }
                Some(false) => closing[c as usize] = true,
                Some(true) => {}
            }
        }
    }
    ordered
}

/// Whether sound from `from` reaches `to` inside the island over cables that are not delayed.
fn reaches(edges: &Edges<'_>, closing: &[bool], inside: &dyn Fn(u32) -> bool, from: u32, to: u32) -> bool {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut work = vec![to];
    while let Some(v) = work.pop() {
        if v == from {
            return true;
        }
        if seen.insert(v) {
            let feeds = edges.entering.of(v).iter().filter(|c| !closing[**c as usize]);
            work.extend(feeds.map(|c| edges.cables[*c as usize].0).filter(|w| inside(*w)));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferring(nodes: usize, cables: &[(u32, u32)], prefer: &dyn Fn(usize) -> u8) -> (Vec<Group>, Vec<bool>) {
        let entering = Entering::new(nodes, cables.iter().map(|(_, to)| *to));
        order(&Edges { cables, entering: &entering, prefer })
    }

    fn run(nodes: usize, cables: &[(u32, u32)]) -> (Vec<Group>, Vec<bool>) {
        preferring(nodes, cables, &|_| 0)
    }

    #[test]
    fn sources_come_first() {
        let (groups, closing) = run(3, &[(2, 1), (1, 0)]);
        assert_eq!(groups, [Group::Single(2), Group::Single(1), Group::Single(0)]);
        assert!(closing.iter().all(|c| !c));
    }

    #[test]
    fn a_loop_is_an_island_with_one_delayed_cable() {
        let (groups, closing) = run(4, &[(0, 1), (1, 2), (2, 1), (2, 3)]);
        assert_eq!(groups, [Group::Single(0), Group::Island(vec![2, 1]), Group::Single(3)]);
        assert_eq!(closing.iter().filter(|c| **c).count(), 1);
        let kept = preferring(4, &[(0, 1), (1, 2), (2, 1), (2, 3)], &|c| u8::from(c == 2));
        assert_eq!(kept.0[1], Group::Island(vec![1, 2]));
        assert!(kept.1[2]);
    }

    #[test]
    fn a_node_that_feeds_itself_is_an_island() {
        let (groups, closing) = run(1, &[(0, 0)]);
        assert_eq!(groups, [Group::Island(vec![0])]);
        assert_eq!(closing, [true]);
    }
}
