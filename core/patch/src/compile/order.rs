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
pub(super) struct Edges<'a> {
    /// How many nodes.
    pub nodes: usize,
    /// From and to, one a cable.
    pub cables: &'a [(u32, u32)],
    /// Cables that had better be the delayed ones: ghosts first, then those of the last plan.
    pub prefer: &'a dyn Fn(usize) -> u8,
}

/// The groups in an order in which every cable but the delayed ones leads forward, and the delayed cables.
pub(super) fn order(edges: &Edges<'_>) -> (Vec<Group>, Vec<bool>) {
    let preds = Csr::new(edges.nodes, edges.cables);
    let mut closing = vec![false; edges.cables.len()];
    let mut groups = Vec::with_capacity(edges.nodes);
    for mut component in components(edges, &preds) {
        let looped =
            component.len() > 1 || preds.of(component[0]).iter().any(|c| edges.cables[*c as usize].0 == component[0]);
        if !looped {
            groups.push(Group::Single(component[0]));
            continue;
        }
        component.sort_unstable();
        groups.push(Group::Island(island(edges, &preds, &component, &mut closing)));
    }
    (groups, closing)
}

/// Cables by the node they enter.
struct Csr {
    start: Vec<u32>,
    items: Vec<u32>,
}

impl Csr {
    fn new(nodes: usize, cables: &[(u32, u32)]) -> Csr {
        let mut start = vec![0u32; nodes + 1];
        for (_, to) in cables {
            start[*to as usize + 1] += 1;
        }
        for i in 0..nodes {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let mut items = vec![0u32; cables.len()];
        for (c, (_, to)) in cables.iter().enumerate() {
            let slot = &mut next[*to as usize];
            items[*slot as usize] = c as u32;
            *slot += 1;
        }
        Csr { start, items }
    }
    fn of(&self, node: u32) -> &[u32] {
        &self.items[self.start[node as usize] as usize..self.start[node as usize + 1] as usize]
    }
}

/// Strongly connected components, sources first (Tarjan 1972, without recursion).
fn components(edges: &Edges<'_>, preds: &Csr) -> Vec<Vec<u32>> {
    const UNSEEN: u32 = u32::MAX;
    let n = edges.nodes;
    let (mut index, mut low, mut on_stack) = (vec![UNSEEN; n], vec![0u32; n], vec![false; n]);
    let (mut stack, mut work, mut next) = (Vec::new(), Vec::<(u32, u32)>::new(), 0u32);
    let mut found = Vec::with_capacity(n);
    for root in 0..n as u32 {
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
            let list = preds.of(v);
            if let Some(c) = list.get(at as usize) {
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
                let mut component = Vec::with_capacity(1);
                while let Some(w) = stack.pop() {
                    on_stack[w as usize] = false;
                    component.push(w);
                    if w == v {
                        break;
                    }
                }
                found.push(component);
            }
            if let Some((parent, _)) = work.last() {
                low[*parent as usize] = low[*parent as usize].min(low[vu]);
            }
        }
    }
    found
}

/// The order inside an island; marks the cables that must be delayed.
fn island(edges: &Edges<'_>, preds: &Csr, members: &[u32], closing: &mut [bool]) -> Vec<u32> {
    let inside = |n: u32| members.binary_search(&n).is_ok();
    // A cable that is preferred as the delayed one is out of the way from the start, if it lies on a loop at all.
    let mut preferred: Vec<(u8, u32)> = members
        .iter()
        .flat_map(|m| preds.of(*m).iter().copied())
        .filter(|c| inside(edges.cables[*c as usize].0))
        .filter_map(|c| Some(((edges.prefer)(c as usize), c)).filter(|(p, _)| *p > 0))
        .collect();
    preferred.sort_unstable_by(|a, b| b.cmp(a));
    for (_, c) in &preferred {
        let (from, to) = edges.cables[*c as usize];
        if reaches(edges, preds, closing, &inside, to, from) {
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
            let Some(c) = preds.of(v).get(at).copied() else {
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
fn reaches(edges: &Edges<'_>, preds: &Csr, closing: &[bool], inside: &dyn Fn(u32) -> bool, from: u32, to: u32) -> bool {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut work = vec![to];
    while let Some(v) = work.pop() {
        if v == from {
            return true;
        }
        if seen.insert(v) {
            let feeds = preds.of(v).iter().filter(|c| !closing[**c as usize]);
            work.extend(feeds.map(|c| edges.cables[*c as usize].0).filter(|w| inside(*w)));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(nodes: usize, cables: &[(u32, u32)]) -> (Vec<Group>, Vec<bool>) {
        order(&Edges { nodes, cables, prefer: &|_| 0 })
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
        let kept = order(&Edges { nodes: 4, cables: &[(0, 1), (1, 2), (2, 1), (2, 3)], prefer: &|c| u8::from(c == 2) });
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
