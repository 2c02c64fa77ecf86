//! Merging value by value: whose counts.

use super::{Conflict, ordered};
use crate::diff::side_by_side;
use crate::text::Place;
use crate::{Cable, Name, Node, Patch, Socket};
use bf_node::Value;
use core::fmt;
use std::collections::BTreeMap;

/// What one side made of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Winner {
    Ours,
    Theirs,
    /// Theirs, over a change of ours.
    Conflict,
}

/// Whose value counts.
fn three<T: PartialEq + ?Sized>(base: &T, ours: &T, theirs: &T) -> Winner {
    if theirs == base || theirs == ours {
        Winner::Ours
    } else if ours == base {
        Winner::Theirs
    } else {
        Winner::Conflict
    }
}

/// Whose collection counts as a whole, without a look at its entries: where one side left it alone, entry by entry
/// comes to the same.
fn whole<T: PartialEq + ?Sized>([base, ours, theirs]: [&T; 3]) -> Option<&T> {
    match three(base, ours, theirs) {
        Winner::Ours => Some(ours),
        Winner::Theirs => Some(theirs),
        Winner::Conflict => None,
    }
}

/// Three patches of which `base` has only nodes that both others have.
pub(super) struct Three<'a> {
    pub(super) base: &'a Patch,
    pub(super) ours: &'a Patch,
    pub(super) theirs: &'a Patch,
    pub(super) conflicts: &'a mut Vec<Conflict>,
}

impl<'a> Three<'a> {
    fn conflict(&mut self, place: Place, ours: Option<String>, theirs: Option<String>) {
        self.conflicts.push(Conflict { place, ours, theirs });
    }

    /// The same part of the three patches.
    fn sides<T>(&self, part: impl Fn(&'a Patch) -> T) -> [T; 3] {
        [self.base, self.ours, self.theirs].map(part)
    }

    pub(super) fn merged(mut self) -> Patch {
        let mut merged = Patch {
            tempo: self.value(Place::Tempo, self.sides(|p| p.tempo)),
            signature: self.value(Place::Signature, self.sides(|p| p.signature)),
            voices: self.value(Place::Voices, self.sides(|p| p.voices)),
            nodes: self.nodes(),
            cables: self.cables(),
            ..Patch::default()
        };
        merged.inputs = self.list(self.sides(|p| &p.inputs[..]), Place::Input, |v| format!("{v:?}"));
        merged.outputs = self.list(self.sides(|p| &p.outputs[..]), Place::Output, ToString::to_string);
        merged.controls = self.list(self.sides(|p| &p.controls[..]), Place::Control, |v| format!("{:?}", v.targets));
        merged.overrides = self.overrides();
        let lanes = self.sides(|p| &p.automation);
        merged.automation = self.map(lanes, Place::Automation, |v| format!("{} points", v.points.len()));
        merged.snapshots = self.snapshots();
        merged.mappings = self.map(self.sides(|p| &p.mappings), Place::Mapping, |v| v.to.to_string());
        merged.notes = self.map(self.sides(|p| &p.notes), Place::Note, |v| format!("{:?}", v.text));
        let quiet = self.conflicts.len();
        merged.layout = self.map(self.sides(|p| &p.layout), Place::Layout, |v| format!("{v:?}"));
        self.conflicts.truncate(quiet); // where a node lies is not worth a message
        merged
    }

    fn value<T: PartialEq + fmt::Display>(&mut self, place: Place, [base, ours, theirs]: [T; 3]) -> T {
        match three(&base, &ours, &theirs) {
            Winner::Ours => ours,
            Winner::Theirs => theirs,
            Winner::Conflict => {
                self.conflict(place, Some(ours.to_string()), Some(theirs.to_string()));
                theirs
            }
        }
    }

    /// Merges entry by entry.
    fn map<K: Ord + Clone, V: PartialEq + Clone>(
        &mut self,
        sides: [&BTreeMap<K, V>; 3],
        place: impl Fn(K) -> Place,
        show: impl Fn(&V) -> String,
    ) -> BTreeMap<K, V> {
        if let Some(won) = whole(sides) {
            return won.clone();
        }
        let [base, ours, theirs] = sides;
        let merged = side_by_side(ours, theirs).filter_map(|(key, o, t)| {
            let won = match three(&base.get(key), &o, &t) {
                Winner::Ours => o,
                Winner::Theirs => t,
                Winner::Conflict => {
                    self.conflict(place(key.clone()), o.map(&show), t.map(&show));
                    t
                }
            };
            Some((key.clone(), won?.clone()))
        });
        merged.collect()
    }

    /// Merges entry by entry, and their order.
    fn list<K: Ord + Clone, V: PartialEq + Clone>(
        &mut self,
        sides: [&[(K, V)]; 3],
        place: impl Fn(K) -> Place,
        show: impl Fn(&V) -> String,
    ) -> Vec<(K, V)> {
        if let Some(won) = whole(sides) {
            return won.to_vec();
        }
        let [base, ours, theirs] = sides.map(|side| side.iter().cloned().collect::<BTreeMap<K, V>>());
        let merged = self.map([&base, &ours, &theirs], place, show);
        let [base, ours, theirs] = sides.map(|side| side.iter().map(|(key, _)| key).collect::<Vec<_>>());
        let order = ordered::merge(&base, &ours, &theirs, |key| merged.contains_key(*key));
        order.into_iter().filter_map(|key| Some((key.clone(), merged.get(key)?.clone()))).collect()
    }

    fn nodes(&mut self) -> BTreeMap<Name, Node> {
        let sides = self.sides(|p| &p.nodes);
        if let Some(won) = whole(sides) {
            return won.clone();
        }
        let [base, ours, theirs] = sides;
        let none = Node::new("");
        let merged = side_by_side(ours, theirs).filter_map(|(name, o, t)| {
            let node = match (o, t) {
                (Some(o), Some(t)) if o != t => {
                    let b = base.get(name).unwrap_or(&none);
                    let kind = self.value(Place::Node(name.clone()), [&b.kind, &o.kind, &t.kind]).clone();
                    let param = |p| Place::Param(Socket { node: name.clone(), port: Some(p) });
                    Node { kind, params: self.map([&b.params, &o.params, &t.params], param, Value::to_string) }
                }
                (one, other) => one.or(other)?.clone(),
            };
            Some((name.clone(), node))
        });
        merged.collect()
    }

    fn cables(&mut self) -> BTreeMap<Socket, Vec<Cable>> {
        let sides = self.sides(|p| &p.cables);
        if let Some(won) = whole(sides) {
            return won.clone();
        }
        let [base, ours, theirs] = sides;
        let merged = side_by_side(ours, theirs).filter_map(|(to, o, t)| {
            let sides = [base.get(to), o, t].map(|list| list.map_or(&[][..], |list| list));
            let list = match whole(sides) {
                Some(won) => won.to_vec(),
                None => self.cables_of(to, sides),
            };
            (!list.is_empty()).then(|| (to.clone(), list))
        });
        merged.collect()
    }

    fn cables_of(&mut self, to: &Socket, sides: [&[Cable]; 3]) -> Vec<Cable> {
        let [b, o, t] = sides.map(|side| side.iter().map(|c| (c.from.clone(), c.amount)).collect::<Vec<_>>());
        let place = |_| Place::Cable { to: to.clone(), index: 0 };
        let show = |amount: &Option<f64>| amount.map_or("a plain cable".to_owned(), |a| format!("amount {a:?}"));
        let list = self.list([&b, &o, &t], place, show);
        list.into_iter().map(|(from, amount)| Cable { from, amount }).collect()
    }

    /// The values that hands have laid over the text, less those whose text has changed.
    fn overrides(&mut self) -> BTreeMap<Socket, Value> {
        let [base, ours, theirs] = self.sides(|p| p);
        let text = |side: &'a Patch, target: &Socket| -> Option<&'a Value> {
            side.nodes.get(&target.node)?.params.get(target.port.as_ref()?)
        };
        let mut merged = self.map(self.sides(|p| &p.overrides), Place::Override, Value::to_string);
        merged.retain(|target, value| {
            let (was, is) = (text(base, target), text(theirs, target));
            let known = base.nodes.contains_key(&target.node) && theirs.nodes.contains_key(&target.node);
            let written = theirs.overrides.get(target) != base.overrides.get(target);
            let stays = !known || was == is || written;
            if !stays && is != Some(value) && ours.overrides.contains_key(target) {
                let place = Place::Override(target.clone());
                self.conflict(place, Some(value.to_string()), is.map(Value::to_string));
            }
            stays
        });
        merged
    }

    fn snapshots(&mut self) -> BTreeMap<Name, BTreeMap<Socket, Value>> {
        let sides = self.sides(|p| &p.snapshots);
        let show = |values: &BTreeMap<Socket, Value>| format!("{} values", values.len());
        let before = self.conflicts.len();
        let mut merged = self.map(sides, Place::Snapshot, show);
        // A snapshot that both sides still have is merged value by value.
        let both = |c: &Conflict| c.ours.is_some() && c.theirs.is_some();
        let torn: Vec<Conflict> = self.conflicts.split_off(before);
        for conflict in torn {
            let Place::Snapshot(name) = &conflict.place else { continue };
            if !both(&conflict) {
                self.conflicts.push(conflict);
                continue;
            }
            let none = BTreeMap::new();
            let [b, o, t] = sides.map(|side| side.get(name).unwrap_or(&none));
            let values = self.map([b, o, t], |_| Place::Snapshot(name.clone()), Value::to_string);
            merged.insert(name.clone(), values);
        }
        merged
    }
}
