//! What sounds on though the patch no longer has it.

use super::Ghosts;
use super::flat::{Flat, FlatCable, FlatNode, Into, NodeKey};
use super::plan::Before;
use crate::Name;
use bf_node::Kind;
use core::cell::LazyCell;
use rustc_hash::{FxHashMap, FxHashSet};

/// What is known of each cable of the merged graph.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Fading {
    /// The engine still fades it, in or out.
    pub fades: bool,
    /// What it was in the last plan, where that had it.
    pub before: Option<Before>,
    /// The last plan had nothing of it, not even on its way out.
    pub new: bool,
}

/// Where a cable leaves and enters, which of those between these ends it is, and whether it modulates.
type Ends = ((u32, u16), u32, Into, u16, bool);

fn is_event(flat: &Flat, cable: &FlatCable) -> bool {
    let node = &flat.nodes[cable.from.0 as usize];
    node.face.outputs()[usize::from(cable.from.1)].kind == Kind::Event
}

/// What the last plan means for this one.
pub(super) struct Merged {
    /// Of every cable, whether it fades.
    pub fading: Vec<Fading>,
    /// Of every node, which of the last plan's it is.
    pub kept: Vec<Option<u32>>,
}

/// Adds ghosts to the graph.
pub(super) fn merge(flat: &mut Flat, ghosts: &Ghosts<'_>) -> Merged {
    let Some(last) = ghosts.last else {
        return Merged { fading: vec![Fading::default(); flat.cables.len()], kept: vec![None; flat.nodes.len()] };
    };
    let old = &last.flat;
    let mut now = pair(&old.nodes, &flat.nodes);
    let (known, leaving) = compare(old, flat, &now);
    let mut fading_before: FxHashSet<Ends> = FxHashSet::default();
    for c in last.cables.iter().filter(|c| c.fades && !ghosts.finished.contains(&c.key)) {
        fading_before.extend(ends(&old.cables[c.cable as usize], &now));
    }
    let waited: FxHashMap<u32, u32> = last.cables.iter().filter(|c| c.delay > 0).map(|c| (c.cable, c.delay)).collect();
    let before = |old_cable: u32| Before {
        amount: old.cables[old_cable as usize].gain(),
        delay: waited.get(&old_cable).copied().unwrap_or(0),
    };
    let going = old.cables[old.cables.partition_point(|c| !c.ghost)..].iter();
    let back: FxHashSet<Ends> = going.filter_map(|c| ends(c, &now)).collect();
    let mut fading: Vec<Fading> = flat
        .cables
        .iter()
        .zip(known)
        .map(|(c, known)| Fading {
            fades: !is_event(flat, c) && (known.is_none() || fading_before.contains(&of(c))),
            before: known.map(before),
            new: known.is_none() && !back.contains(&of(c)),
        })
        .collect();
    let keep = retained(old, flat, &now, &leaving, ghosts);
    for i in &keep.nodes {
        let node = &old.nodes[*i as usize];
        now[*i as usize] = Some(flat.nodes.len() as u32);
        flat.nodes.push(FlatNode { ghost: true, ..node.clone() });
    }
    for (i, fades) in keep.cables {
        let cable = &old.cables[i];
        if let Some((from, to, ..)) = ends(cable, &now) {
            flat.cables.push(FlatCable { from, to, ghost: true, fades, ..cable.clone() });
            fading.push(Fading { fades, before: Some(before(i as u32)), new: false });
        }
    }
    let mut kept = vec![None; flat.nodes.len()];
    for (old, new) in now.iter().enumerate() {
        if let Some(new) = new {
            kept[*new as usize] = Some(old as u32);
        }
    }
    Merged { fading, kept }
}

/// A cable of the last plan between the nodes of this one.
fn ends(cable: &FlatCable, now: &[Option<u32>]) -> Option<Ends> {
    let (from, to) = ((now[cable.from.0 as usize]?, cable.from.1), now[cable.to as usize]?);
    Some((from, to, cable.into, cable.nth, cable.modulates()))
}

/// The ends of a cable of this plan.
fn of(cable: &FlatCable) -> Ends {
    (cable.from, cable.to, cable.into, cable.nth, cable.modulates())
}

/// How many are the same at the front, and how many of the rest at the back: after most edits nearly all, so that
/// only what lies between has to be looked up.
fn alike<A, B>(a: &[A], b: &[B], same: impl Fn(&A, &B) -> bool) -> (usize, usize) {
    let front = a.iter().zip(b).take_while(|(a, b)| same(a, b)).count();
    let rest = a[front..].iter().rev().zip(b[front..].iter().rev());
    (front, rest.take_while(|(a, b)| same(a, b)).count())
}

/// Where each node of the last plan is now.
fn pair(old: &[FlatNode], new: &[FlatNode]) -> Vec<Option<u32>> {
    let live = old.partition_point(|n| !n.ghost);
    let (front, back) = alike(&old[..live], new, |a, b| a.key == b.key);
    let between = front..new.len() - back;
    let places: FxHashMap<&NodeKey, usize> = between.clone().map(|i| (&new[i].key, i)).collect();
    let place = |(i, node): (usize, &FlatNode)| match i {
        i if i < front => Some(i as u32),
        i if i < live && i >= live - back => Some((i + new.len() - live) as u32),
        _ => places.get(&node.key).map(|i| *i as u32),
    };
    old.iter().enumerate().map(place).collect()
}

/// Of every cable which of the last plan's it is, other than on its way out; and the last plan's that are gone.
fn compare(old: &Flat, new: &Flat, now: &[Option<u32>]) -> (Vec<Option<u32>>, Vec<usize>) {
    let live = old.cables.partition_point(|c| !c.ghost);
    let (front, back) = alike(&old.cables[..live], &new.cables, |a, b| ends(a, now) == Some(of(b)));
    let has: LazyCell<FxHashSet<Ends>, _> = LazyCell::new(|| new.cables.iter().map(of).collect());
    // What was on its way out and is back rises again from where it stands.
    let had = || (0..).zip(&old.cables[..live]).filter_map(|(i, c)| Some((ends(c, now)?, i))).collect();
    let had: LazyCell<FxHashMap<Ends, u32>, _> = LazyCell::new(had);
    let between = (front..live - back).chain(live..old.cables.len());
    let leaving = between.filter(|i| ends(&old.cables[*i], now).is_none_or(|ends| !has.contains(&ends))).collect();
    let until = new.cables.len() - back;
    let known = new.cables.iter().enumerate().map(|(i, c)| match i {
        i if i < front => Some(i as u32),
        i if i >= until => Some((i - until + live - back) as u32),
        _ => had.get(&of(c)).copied(),
    });
    let known = known.collect();
    (known, leaving)
}

#[derive(Default)]
struct Kept {
    nodes: Vec<u32>,
    cables: Vec<(usize, bool)>,
}

/// The removed cables that still fade into what is live, and everything removed that they hear.
fn retained(old: &Flat, new: &Flat, now: &[Option<u32>], leaving: &[usize], ghosts: &Ghosts<'_>) -> Kept {
    let paths: LazyCell<FxHashSet<&Name>, _> = LazyCell::new(|| new.nodes.iter().map(|n| &n.key.path).collect());
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
        let edited =
            source.instrument.is_some() && now[cable.from.0 as usize].is_none() && paths.contains(&source.key.path);
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
