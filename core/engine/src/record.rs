//! What is heard, and what enters the end of the set, on their way to whoever keeps them: bounded, never waited for.

use crate::controller::Controller;
use crate::engine::Engine;
use crate::run::Tap;
use bf_node::{Outlet, Role};
use bf_patch::compile::{FlatNode, Into};
use rtrb::{Consumer, Producer, RingBuffer};
use rustc_hash::FxHashMap;

/// The most frames of a piece.
pub const PIECE: usize = 64;

/// The name of the node that all tracks enter, where there is one.
const MASTER: &str = "master";

/// A piece of sound.
#[derive(Clone, Copy, Debug)]
pub struct Sound {
    /// Its first frame.
    pub frame: u64,
    /// Which stem of the list; 0 of what is heard.
    pub stem: u16,
    /// How many frames.
    pub len: u16,
    /// Frames that were lost before it for want of room.
    pub lost: u32,
    /// Left and right.
    pub data: [[f32; PIECE]; 2],
}

/// Something that enters the end of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Stem {
    /// The node that it comes from.
    pub path: String,
    slot: u32,
    output: u16,
    cable: Option<u32>,
    gain: f32,
}

/// Stems that the engine is to keep, with their way out.
pub(crate) struct Stems {
    taps: Vec<Tap>,
    /// Which stem each of them is part of: those of one come one behind the other.
    of: Vec<u16>,
    sum: [Vec<f32>; 2],
    out: Option<Producer<Sound>>,
    lost: u32,
}

/// The engine's end.
#[derive(Default)]
pub(crate) struct Recording {
    heard: Option<Producer<Sound>>,
    lost: u32,
    stems: Option<Box<Stems>>,
    next: Option<Consumer<Box<Stems>>>,
    gone: Option<Producer<Box<Stems>>>,
}

/// The control half's end.
pub(crate) struct Desk {
    next: Producer<Box<Stems>>,
    gone: Consumer<Box<Stems>>,
}

impl Recording {
    /// Takes in another list of stems. RT: boxes move by pointer; one that finds no room on its way back stays.
    pub(crate) fn begin(&mut self, taps: &mut Vec<Tap>) {
        let (Some(next), Some(gone)) = (&mut self.next, &mut self.gone) else { return };
        if gone.is_full() {
            return;
        }
        let Ok(mut stems) = next.pop() else { return };
        core::mem::swap(taps, &mut stems.taps);
        if let Some(mut old) = self.stems.replace(stems)
            && let Some(stems) = &mut self.stems
        {
            core::mem::swap(&mut old.taps, &mut stems.taps);
            let _room = gone.push(old);
        }
    }

    /// Sends a block on. RT: copies into rings; what finds no room is counted.
    pub(crate) fn send(&mut self, frame: u64, heard: &[Vec<f32>; 2], taps: &[Tap]) {
        if let Some(out) = &mut self.heard {
            push(out, &mut self.lost, (frame, 0), heard);
        }
        let Some(Stems { of, sum, out: Some(out), lost, .. }) = self.stems.as_deref_mut() else { return };
        for (i, (tap, stem)) in taps.iter().zip(&*of).enumerate() {
            let first = i == 0 || of[i - 1] != *stem;
            for (sum, sound) in sum.iter_mut().zip(&tap.sound) {
                if first {
                    sum.copy_from_slice(sound);
                } else {
                    sum.iter_mut().zip(sound).for_each(|(sum, x)| *sum += x);
                }
            }
            if of.get(i + 1) != Some(stem) {
                push(out, lost, (frame, *stem), sum);
            }
        }
    }
}

fn push(out: &mut Producer<Sound>, lost: &mut u32, (frame, stem): (u64, u16), [left, right]: &[Vec<f32>; 2]) {
    for (i, (l, r)) in left.chunks(PIECE).zip(right.chunks(PIECE)).enumerate() {
        let mut data = [[0.0; PIECE]; 2];
        for (to, from) in data.iter_mut().zip([l, r]) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
        let piece = Sound { frame: frame + (i * PIECE) as u64, stem, len: l.len() as u16, lost: *lost, data };
        match out.push(piece) {
            Ok(()) => *lost = 0,
            Err(_) => *lost = lost.saturating_add(l.len() as u32),
        }
    }
}

impl Controller {
    /// Has all that is heard sent on from now on, with room for so many frames. Before the engine plays.
    pub fn keep_sound(&mut self, engine: &mut Engine, frames: usize) -> Consumer<Sound> {
        let (heard, sound) = RingBuffer::new(frames.div_ceil(PIECE.min(self.block())).max(1));
        let ((next, taken), (back, gone)) = (RingBuffer::new(4), RingBuffer::new(8));
        engine.keeps = Recording { heard: Some(heard), next: Some(taken), gone: Some(back), ..Recording::default() };
        self.desk = Some(Desk { next, gone });
        sound
    }

    /// What enters the end of the set: `master` where it is a node of the set, else its outputs. Together they are what
    /// is heard before the master's own chain. Those of one node come one behind the other.
    pub fn stems(&self) -> Vec<Stem> {
        let Some(plan) = self.plan() else { return Vec::new() };
        let flat = &plan.flat;
        let is_output = |node: &FlatNode| {
            node.face.spec().is_some_and(|spec| spec.role == Role::Output && node.outlet() == Outlet::MAIN)
        };
        let master = flat.nodes.iter().position(|node| !node.ghost && node.key.path.as_str() == MASTER);
        let ends = |node: u32| match master {
            Some(master) => node as usize == master,
            None => flat.nodes.get(node as usize).is_some_and(|node| !node.ghost && is_output(node)),
        };
        let with_slots: FxHashMap<u32, u32> =
            plan.cables.iter().filter_map(|c| Some((c.cable, self.cable_slot(&c.key)?))).collect();
        let cables = flat.cables.iter().zip(0..).filter(|(c, _)| ends(c.to) && c.into == Into::Input(0));
        let mut stems = Vec::new();
        for (cable, number) in cables {
            let (node, output) = cable.from;
            let (Some(from), Some(slot)) = (flat.nodes.get(node as usize), self.slot_of(node)) else { continue };
            let (path, cable, gain) = (from.key.path.to_string(), with_slots.get(&number).copied(), cable.gain());
            stems.push(Stem { path, slot, output, cable, gain });
        }
        stems.sort_by(|a, b| a.path.cmp(&b.path));
        stems
    }

    /// Has stems sent on from the next block on instead of those before, with room for so many frames of each; none
    /// where an earlier list is still on its way.
    pub fn keep_stems(&mut self, stems: &[Stem], frames: usize) -> Option<Consumer<Sound>> {
        let pieces = frames.div_ceil(PIECE.min(self.block())).max(1) * stems.len().max(1);
        let block = self.block();
        let desk = self.desk.as_mut()?;
        while let Ok(old) = desk.gone.pop() {
            drop(old);
        }
        if desk.next.is_full() {
            return None;
        }
        let (out, sound) = RingBuffer::new(pieces);
        let (out, sound) = if stems.is_empty() { (None, sound) } else { (Some(out), sound) };
        let taps = stems.iter().map(|stem| stem.tap(block)).collect();
        let mut of: Vec<u16> = Vec::new();
        for (i, stem) in stems.iter().enumerate() {
            let last = of.last().copied();
            of.push(match last {
                Some(last) if stems[i - 1].path == stem.path => last,
                last => last.map_or(0, |last| last + 1),
            });
        }
        let sum = [vec![0.0; block], vec![0.0; block]];
        let sent = desk.next.push(Box::new(Stems { taps, of, sum, out, lost: 0 }));
        sent.is_ok().then_some(sound)
    }
}

impl Stem {
    pub(crate) fn tap(&self, block: usize) -> Tap {
        let room = || vec![0.0; block];
        Tap { slot: self.slot, output: self.output, cable: self.cable, gain: self.gain, sound: [room(), room()] }
    }
}

impl Engine {
    /// Keeps the sound of stems for [`Engine::tapped`]. For offline use: it allocates.
    pub fn tap_stems(&mut self, stems: &[Stem]) {
        let block = self.block();
        self.set_taps(stems.iter().map(|stem| stem.tap(block)).collect());
    }
}
