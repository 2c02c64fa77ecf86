//! What sounds on though the patch no longer has it.

use super::Ghosts;
use super::flat::{Flat, FlatCable, FlatNode, Into, NodeKey};
use bf_node::Kind;
use rustc_hash::{FxHashMap, FxHashSet};

/// What is known of each cable of the merged graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fading {
    /// The engine still fades it, in or out.
    pub fades: bool,
}

type Ends = ((u32, u16), u32, Into);

fn is_event(flat: &Flat, cable: &FlatCable) -> bool {
    let node = &flat.nodes[cable.from.0 as usize];
    node.face.outputs()[usize::from(cable.from.1)].kind == Kind::Event
}

/// Adds ghosts to the graph and says of every cable whether it fades.
pub(super) fn merge(flat: &mut Flat, ghosts: &Ghosts<'_>) -> Vec<Fading> {
    let Some(last) = ghosts.last else { return vec![Fading::default(); flat.cables.len()] };
    let mut index: FxHashMap<NodeKey, u32> = FxHashMap::default();
    index.reserve(flat.nodes.len());
    for (i, n) in flat.nodes.iter().enumerate() {
        index.insert(n.key.clone(), i as u32);
    }
    let old = &last.flat;
    // Where each node of the last plan is now.
    let mut now: Vec<Option<u32>> = old.nodes.iter().map(|n| index.get(&n.key).copied()).collect();
    let live: FxHashSet<Ends> = flat.cables.iter().map(|c| (c.from, c.to, c.into)).collect();
    let mut fading_before: FxHashSet<Ends> = FxHashSet::default();
    for c in last.cables.iter().filter(|c| c.fades && !ghosts.finished.contains(&c.key)) {
        if let (Some(f), Some(t)) = (index.get(&c.key.from.0), index.get(&c.key.into.0)) {
            fading_before.insert(((*f, c.key.from.1), *t, c.key.into.1));
        }
    }
    let mut known: FxHashSet<Ends> = FxHashSet::default();
    let mut leaving = Vec::new();
    for (i, cable) in old.cables.iter().enumerate() {
        if let (Some(f), Some(t)) = (now[cable.from.0 as usize], now[cable.to as usize]) {
            let ends = ((f, cable.from.1), t, cable.into);
            if live.contains(&ends) {
                // What was on its way out and is back rises again from where it stands.
                if !cable.ghost {
                    known.insert(ends);
                }
                continue;
            }
        }
        leaving.push(i);
    }
    let mut fading: Vec<Fading> = flat
        .cables
        .iter()
        .map(|c| {
            let ends = (c.from, c.to, c.into);
            Fading { fades: !is_event(flat, c) && (!known.contains(&ends) || fading_before.contains(&ends)) }
        })
        .collect();
    let keep = retained(old, &now, &leaving, ghosts, &index);
    for i in &keep.nodes {
        let node = &old.nodes[*i as usize];
        now[*i as usize] = Some(flat.nodes.len() as u32);
        flat.nodes.push(FlatNode { ghost: true, ..node.clone() });
    }
    for (i, fades) in keep.cables {
        let cable = &old.cables[i];
        if let (Some(from), Some(to)) = (now[cable.from.0 as usize], now[cable.to as usize]) {
            let from = (from, cable.from.1);
            flat.cables.push(FlatCable { from, to, ghost: true, fades, ..cable.clone() });
            fading.push(Fading { fades });
        }
    }
    fading
}

#[derive(Default)]
struct Kept {
    nodes: Vec<u32>,
    cables: Vec<(usize, bool)>,
}

/// The removed cables that still fade into what is live, and everything removed that they hear.
fn retained(
    old: &Flat,
    now: &[Option<u32>],
    leaving: &[usize],
    ghosts: &Ghosts<'_>,
    index: &FxHashMap<NodeKey, u32>,
) -> Kept {
    let paths: FxHashSet<&str> = index.keys().map(|k| k.path.as_str()).collect();
    let mut kept = Kept::default();
    let mut wanted: FxHashSet<u32> = FxHashSet::default();
    let mut work = Vec::new();
    for i in leaving {
        let cable = &old.cables[*i];
        if now[cable.to as usize].is_none() || is_event(old, cable) {
            continue;
        }
        let source = &old.nodes[cable.from.0 as usize];
        // An edited instrument sounds on unfaded until its last voice has ended.
        let edited = source.instrument.is_some()
            && now[cable.from.0 as usize].is_none()
            && paths.contains(source.key.path.as_str());
        if edited && ghosts.silent.contains(&source.key) {
            continue;
        }
        if !edited && cable.ghost && ghosts.finished.contains(&old.cable_key(cable)) {
            continue;
        }
        kept.cables.push((*i, !edited));
        if now[cable.from.0 as usize].is_none() && wanted.insert(cable.from.0) {
            work.push(cable.from.0);
        }
    }
    let mut entering: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for i in leaving {
        entering.entry(old.cables[*i].to).or_default().push(*i);
    }
    while let Some(n) = work.pop() {
        kept.nodes.push(n);
        for i in entering.get(&n).into_iter().flatten() {
            let from = old.cables[*i].from.0;
            // A sequencer that is gone plays no more; the notes it left get their ends from the engine.
            if is_event(old, &old.cables[*i]) && now[from as usize].is_none() {
                continue;
            }
            kept.cables.push((*i, false));
            if now[from as usize].is_none() && wanted.insert(from) {
                work.push(from);
            }
        }
    }
    kept.nodes.sort_unstable();
    kept.cables.sort_unstable();
    kept
}
