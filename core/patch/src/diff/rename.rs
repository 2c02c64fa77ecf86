//! Which nodes that went and came are the same under another name.

use super::side_by_side;
use crate::{Name, Patch, Socket};
use std::collections::{BTreeMap, BTreeSet};

/// A cable seen from one of its nodes: whether it leaves, the node's own port, the other end (`None` where that node
/// went or came as well, and may itself have been renamed), and the amount's bits.
type Touch = (bool, Option<Name>, Option<Socket>, Option<u64>);

/// Pairs of an old and a new name: a node that went and one that came with the same type, the same params and the
/// same cables. A node without any cable or param is too plain to be known again.
pub(crate) fn find_renames(from: &Patch, to: &Patch) -> Vec<(Name, Name)> {
    let (mut gone, mut come) = (BTreeSet::new(), BTreeSet::new());
    for (name, from, to) in side_by_side(&from.nodes, &to.nodes) {
        match (from, to) {
            (Some(_), None) => drop(gone.insert(name)),
            (None, Some(_)) => drop(come.insert(name)),
            _ => {}
        }
    }
    if gone.is_empty() || come.is_empty() {
        return Vec::new();
    }
    let mut old = touches(from, &gone);
    let mut new = touches(to, &come);
    let mut free = come;
    let mut pairs = Vec::new();
    for name in gone {
        let cables = old.remove(name).unwrap_or_default();
        let node = &from.nodes[name];
        if cables.is_empty() && node.params.is_empty() {
            continue;
        }
        let same = |other: &&&Name| {
            to.nodes[**other] == *node && new.get(**other).map_or(&[][..], |touches| touches) == cables.as_slice()
        };
        if let Some(found) = free.iter().find(same).copied() {
            free.remove(found);
            new.remove(found);
            pairs.push((name.clone(), found.clone()));
        }
    }
    pairs
}

/// The cables of some nodes, in an order that does not depend on names that may have changed.
fn touches<'a>(patch: &'a Patch, of: &BTreeSet<&'a Name>) -> BTreeMap<&'a Name, Vec<Touch>> {
    let mut all: BTreeMap<&Name, Vec<Touch>> = BTreeMap::new();
    let other = |socket: &Socket| (!of.contains(&socket.node)).then(|| socket.clone());
    for (to, cables) in &patch.cables {
        for cable in cables {
            let amount = cable.amount.map(f64::to_bits);
            if let Some(name) = of.get(&to.node) {
                all.entry(name).or_default().push((false, to.port.clone(), other(&cable.from), amount));
            }
            if let Some(name) = of.get(&cable.from.node) {
                all.entry(name).or_default().push((true, cable.from.port.clone(), other(to), amount));
            }
        }
    }
    all.values_mut().for_each(|touches| touches.sort());
    all
}
