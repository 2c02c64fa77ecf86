//! A swap: the slots of a new plan, and what changes from the last to it.

use super::{Controller, LoadError, Loaded};
use crate::glance::Glance;
use crate::make::Maker;
use crate::message::{Pack, SetNumber, ToEngine};
use crate::program::Program;
use crate::slots::{CABLE_EVENTS, CableSlot, NodeSlot, Room, Table, Turn, ring_frames};
use bf_node::{Category, NodeSpec, Probe};
use bf_patch::Name;
use bf_patch::compile::plan::PlanCable;
use bf_patch::compile::{CableKey, FlatNode, FlatText, Into, Plan};
use bf_pattern::Ratio;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::LazyCell;
use std::sync::Arc;

impl Controller {
    /// Sends what differs from the last plan. There is room for one message; nothing changes when it fails.
    pub(super) fn send_plan(&mut self, mut plan: Plan, at: Option<Ratio>) -> Result<Loaded, LoadError> {
        if let Some(last) = &self.plan
            && at.is_none()
            && last.flat.cables == plan.flat.cables
            && last.cables.len() == plan.cables.len()
            && last.cables.iter().zip(&plan.cables).all(|(a, b)| a.is(b))
            && last.flat.nodes.len() == plan.flat.nodes.len()
            && last.flat.nodes.iter().zip(&plan.flat.nodes).all(|(a, b)| is_one(a, b))
        {
            let sets = number_changes(last, &plan, &self.slots);
            // More than there is room for travel in one pack.
            if sets.len() <= self.to_engine.slots() {
                return Ok(self.send_numbers(plan, sets));
            }
        }
        let mut pack = Box::new(Pack { id: self.id(), at, ..Pack::default() });
        let fresh = plan.cables.iter().filter(|c| !self.cable_slots.contains_key(&c.key)).count();
        if self.cable_slots.len() + fresh > Table::<CableSlot>::CAPACITY {
            return Err(LoadError::Full(Table::<CableSlot>::CAPACITY));
        }
        let slots = self.node_slots(&plan, &mut pack)?;
        let cables = self.cable_slots(&plan, &mut pack);
        if let Some(last) = self.plan.take() {
            pack.numbers = number_changes(&last, &plan, &slots);
            self.leave(&last, &plan, &slots, &mut pack);
        }
        pack.left_nodes.reserve_exact(pack.drop_nodes.len());
        pack.left_cables.reserve_exact(pack.drop_cables.len());
        self.leaving.push((pack.id, pack.drop_nodes.clone(), pack.drop_cables.clone()));
        self.pages(&mut pack);
        let scrap = core::mem::take(&mut self.scrap);
        pack.program = Some(Box::new(Program::link(&mut plan, self.config.block, &slots, cables, scrap)));
        let id = pack.id;
        (self.slots, self.plan, self.in_flight, self.sent) = (slots, Some(plan), true, id);
        let sent = self.give(ToEngine::Swap(pack));
        debug_assert!(sent, "there was room, and this is the only sender");
        Ok(Loaded::Sent(id))
    }

    /// Finds or makes the slot of every node.
    fn node_slots(&mut self, plan: &Plan, pack: &mut Pack) -> Result<Vec<u32>, LoadError> {
        let maker = Maker { config: &self.config, samples: &*self.samples, keys: &self.keys };
        let mut made = Vec::new();
        let mut slots = Vec::with_capacity(plan.flat.nodes.len());
        for (i, (node, kept)) in plan.flat.nodes.iter().zip(&plan.kept).enumerate() {
            slots.push(kept.map_or(u32::MAX, |last| self.slots[last as usize]));
            if kept.is_some() {
                continue;
            }
            let shows = |s: &NodeSpec| !s.probe_values.is_empty() || s.probe_frames > 0 || s.told > 0;
            let probe = Arc::new(node.face.spec().map_or_else(|| Probe::new(0, 0), Probe::of));
            let mut slot = maker.slot(node, &probe)?;
            slot.glance = Some(Arc::new(Glance::of(&node.face)));
            made.push((i, slot, node.face.spec().is_some_and(shows).then_some(probe)));
        }
        if self.slots.len() + made.len() > Table::<NodeSlot>::CAPACITY {
            return Err(LoadError::Full(Table::<NodeSlot>::CAPACITY));
        }
        for (i, slot, probe) in made {
            slots[i] = self.nodes.take();
            self.glances.extend(slot.glance.clone().map(|glance| (slots[i], glance)));
            self.probes.extend(probe.map(|probe| (slots[i], probe)));
            pack.nodes.push((slots[i], Some(Box::new(slot))));
        }
        Ok(slots)
    }

    fn cable_slots(&mut self, plan: &Plan, pack: &mut Pack) -> Vec<u32> {
        let (first, block) = (self.plan.is_none(), self.config.block);
        let silent = LazyCell::new(|| silent_at_first(plan));
        let mut wanted = Vec::with_capacity(plan.cables.len());
        for cable in &plan.cables {
            let slot = match self.cable_slots.get(&cable.key) {
                Some(slot) => {
                    let opens = |c: &PlanCable| c.key == cable.key && !c.closes;
                    let closes = cable.closes && self.plan.iter().any(|last| last.cables.iter().any(opens));
                    let room = room(cable, closes, self.rings.entry(*slot).or_default(), block);
                    let PlanCable { target: gain, amount, delay, .. } = *cable;
                    let turn = Turn { gain, amount, delay, closes: cable.closes, room };
                    pack.moved.push((*slot, turn));
                    *slot
                }
                None => {
                    let slot = self.cables.take();
                    self.cable_slots.insert(cable.key.clone(), slot);
                    // What is new rises from nothing; what was there stands where it stood.
                    let begins = match cable.before {
                        _ if first || cable.events => cable.target,
                        // What begins in silence needs no fade: its first hit keeps its attack.
                        None if silent[plan.flat.cables[cable.cable as usize].from.0 as usize] => cable.target,
                        None => 0.0,
                        Some(_) => 1.0,
                    };
                    let made = CableSlot::new(cable, plan.lanes, begins, block);
                    let waits = !made.ring.is_empty() || made.pending.capacity() > 0;
                    self.rings.insert(slot, if waits { ring_frames(cable.delay, block) } else { 0 });
                    pack.cables.push((slot, Some(Box::new(made))));
                    slot
                }
            };
            if cable.fades {
                pack.fading.push(slot);
            }
            wanted.push(slot);
        }
        // The engine swaps these lists for its own: room for as many as there can be.
        pack.fading.reserve(1);
        wanted
    }

    /// What leaves with the last plan: slots that no longer have a use, and notes that must end. Pairs new nodes with
    /// those of the same path that they replace.
    fn leave(&mut self, last: &Plan, plan: &Plan, slots: &[u32], pack: &mut Pack) {
        let mut now: Vec<Option<usize>> = vec![None; last.flat.nodes.len()];
        for (i, kept) in plan.kept.iter().enumerate() {
            if let Some(kept) = kept {
                now[*kept as usize] = Some(i);
            }
        }
        let is_ghost = |i: usize| plan.flat.nodes[i].ghost;
        let fresh = plan.flat.nodes.iter().zip(&plan.kept).zip(slots).filter(|((_, kept), _)| kept.is_none());
        let fresh: FxHashMap<&Name, u32> = fresh.map(|((node, _), slot)| (&node.key.path, *slot)).collect();
        for ((node, now), slot) in last.flat.nodes.iter().zip(&now).zip(&self.slots) {
            if now.is_none() {
                pack.drop_nodes.push(*slot);
                self.probes.remove(slot);
                self.glances.remove(slot);
            }
            let replaced = !node.ghost && now.is_none_or(is_ghost);
            if replaced && let Some(new) = fresh.get(&node.key.path) {
                pack.adopt.push((*slot, *new));
            }
        }
        let ringing = plan.flat.nodes.iter().zip(slots).filter(|(n, _)| n.ghost && n.instrument.is_some());
        pack.ringing = ringing.map(|(_, slot)| *slot).collect();
        let cables: FxHashSet<&CableKey> = plan.cables.iter().map(|c| &c.key).collect();
        // Event cables that are gone: their notes must end where they sound.
        for cable in last.cables.iter().filter(|c| c.events && !cables.contains(&c.key)) {
            let node = now[last.flat.cables[cable.cable as usize].to as usize];
            if let (Into::Input(input), Some(node)) = (cable.key.into.1, node)
                && let Some(slot) = self.cable_slots.get(&cable.key)
            {
                pack.lost.push((*slot, slots[node], input));
            }
        }
        self.cable_slots.retain(|key, slot| {
            let keep = cables.contains(key);
            if !keep {
                self.rings.remove(slot);
                pack.drop_cables.push(*slot);
            }
            keep
        });
    }

    fn pages(&mut self, pack: &mut Pack) {
        let last = pack.nodes.iter().map(|(s, _)| Table::<NodeSlot>::page_of(*s) + 1).max().unwrap_or(0);
        while self.node_pages < last {
            pack.node_pages.push((self.node_pages, Some(Table::<NodeSlot>::make_page())));
            self.node_pages += 1;
        }
        let last = pack.cables.iter().map(|(s, _)| Table::<CableSlot>::page_of(*s) + 1).max().unwrap_or(0);
        while self.cable_pages < last {
            pack.cable_pages.push((self.cable_pages, Some(Table::<CableSlot>::make_page())));
            self.cable_pages += 1;
        }
    }

    /// Sends numbers for which there is room, and keeps what else the plan says.
    fn send_numbers(&mut self, plan: Plan, sets: Vec<SetNumber>) -> Loaded {
        let Some(last) = &mut self.plan else { return Loaded::Same };
        last.flat.warnings = plan.flat.warnings;
        for (a, b) in last.flat.nodes.iter_mut().zip(plan.flat.nodes) {
            a.numbers = b.numbers;
            a.instrument = b.instrument;
            a.values = b.values;
        }
        last.flat.texts = plan.flat.texts;
        let Some(last) = sets.len().checked_sub(1) else { return Loaded::Same };
        let id = self.id();
        for (i, set) in sets.into_iter().enumerate() {
            let set = SetNumber { id: if i == last { id } else { 0 }, ..set };
            let sent = self.give(ToEngine::Set(set));
            debug_assert!(sent, "there was room, and this is the only sender");
        }
        Loaded::Sent(id)
    }
}

/// Whether two nodes of two plans are one in all but its numbers.
fn is_one(a: &FlatNode, b: &FlatNode) -> bool {
    a.key == b.key && a.ghost == b.ghost && a.face == b.face
}

/// Of every node whether it is new and gives nothing until it is played: an instrument, or what only mixes such.
fn silent_at_first(plan: &Plan) -> Vec<bool> {
    let flat = &plan.flat;
    let new = |i: usize| plan.kept[i].is_none() && !flat.nodes[i].ghost;
    let plays = |i: usize| new(i) && flat.nodes[i].instrument.is_some();
    let mixes = |i: usize| new(i) && flat.nodes[i].face.spec().is_some_and(|s| s.category == Category::Mix);
    let mut silent: Vec<bool> = (0..flat.nodes.len()).map(plays).collect();
    let mut open: Vec<usize> = (0..flat.nodes.len()).filter(|i| mixes(*i)).collect();
    let mut entering: FxHashMap<u32, Vec<u32>> = open.iter().map(|i| (*i as u32, Vec::new())).collect();
    for cable in &flat.cables {
        if let Some(from) = entering.get_mut(&cable.to) {
            from.push(cable.from.0);
        }
    }
    // What is silent makes more silent, until nothing changes.
    loop {
        let before = open.len();
        open.retain(|i| {
            let from = entering.get(&(*i as u32)).map_or(&[][..], Vec::as_slice);
            let quiet = !from.is_empty() && from.iter().all(|n| silent[*n as usize]);
            silent[*i] |= quiet;
            !quiet
        });
        if open.len() == before {
            return silent;
        }
    }
}

/// Room for a wait that a cable's slot was not made for; `frames` is what its ring holds, `closes` whether it closes a
/// loop for the first time.
fn room(cable: &PlanCable, closes: bool, frames: &mut usize, block: usize) -> Option<Room> {
    let wanted = ring_frames(cable.delay, block);
    let waits = cable.delay > 0 || (closes && cable.events);
    if !closes && (!waits || *frames >= wanted) {
        return None;
    }
    let last = vec![0.0; if closes && !cable.events { usize::from(cable.channels) } else { 0 }];
    if !waits {
        return Some(Room { last, ..Room::default() });
    }
    *frames = wanted.max(*frames);
    let rings = usize::from(cable.channels) * usize::from(!cable.events);
    let pending = Vec::with_capacity(if cable.events { CABLE_EVENTS } else { 0 });
    Some(Room { ring: vec![vec![0.0; *frames]; rings], pending, last })
}

/// Numbers that differ between the last plan and this one, for nodes that both have. What a pattern moves stands where
/// that has moved it; once none does, it is what the patch says, whatever it said before.
fn number_changes(last: &Plan, plan: &Plan, slots: &[u32]) -> Vec<SetNumber> {
    let mut sets = Vec::new();
    let texts = last.flat.texts.iter().chain(&plan.flat.texts);
    let touched: FxHashSet<&Name> = texts.filter(|t| t.code.is_none()).map(|t| &t.path).collect();
    let moved = |plan: &Plan, node: &FlatNode, param: usize| {
        let name = node.face.param_name(param);
        let of = |t: &FlatText| t.code.is_none() && t.path == node.key.path && t.param.as_str() == name;
        plan.flat.texts.iter().any(of)
    };
    for ((node, kept), slot) in plan.flat.nodes.iter().zip(&plan.kept).zip(slots) {
        let Some(kept) = kept.filter(|_| !node.ghost) else { continue };
        differ(&last.flat.nodes[kept as usize], node, *slot, &mut sets);
        if !touched.contains(&node.key.path) {
            continue;
        }
        sets.retain(|s| s.slot != *slot || s.inner.is_some() || !moved(plan, node, usize::from(s.param)));
        for (param, value) in node.numbers.iter().enumerate() {
            let set = sets.iter().any(|s| s.slot == *slot && s.inner.is_none() && usize::from(s.param) == param);
            if !set && moved(last, node, param) && !moved(plan, node, param) {
                sets.push(SetNumber { id: 0, slot: *slot, inner: None, param: param as u16, value: *value });
            }
        }
    }
    sets
}

/// Numbers of a node, and of the nodes inside an instrument, that differ.
fn differ(old: &FlatNode, new: &FlatNode, slot: u32, sets: &mut Vec<SetNumber>) {
    let mut compare = |a: &[f32], b: &[f32], inner: Option<u32>| {
        for (p, (x, y)) in a.iter().zip(b).enumerate() {
            if x.to_bits() != y.to_bits() {
                sets.push(SetNumber { id: 0, slot, inner, param: p as u16, value: *y });
            }
        }
    };
    compare(&old.numbers, &new.numbers, None);
    if let (Some(a), Some(b)) = (&old.instrument, &new.instrument) {
        for (i, (a, b)) in a.plan.flat.nodes.iter().zip(&b.plan.flat.nodes).enumerate() {
            compare(&a.numbers, &b.numbers, Some(i as u32));
        }
    }
}
