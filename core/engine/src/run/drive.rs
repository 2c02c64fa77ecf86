//! What drives a param: its number, and the signals that replace or move it.

use super::number::Number;
use super::{Context, Slots, mix};
use crate::program::Memory;
use bf_dsp::{GRID, Lane, Wide, f32x8, math};
use bf_node::io::state;
use bf_patch::compile::plan::{BufferId, Join, Source};

/// A param of a node that signals drive, where its values go, and over which frames of the block.
pub(super) struct Driven<'a> {
    pub(super) node: u32,
    pub(super) frames: (usize, usize),
    pub(super) param: usize,
    pub(super) out: BufferId,
    pub(super) sources: &'a [Source],
    pub(super) range: (f32, f32),
    pub(super) smooth: bool,
}

/// A param's value in each lane, in the making.
struct Row<L> {
    base: f32,
    room: f32,
    replaced: L,
    added: L,
    octaves: Option<L>,
}

impl<L: Lane> Row<L> {
    fn at(base: f32) -> Row<L> {
        Row { base, room: 1.0, replaced: L::default(), added: L::default(), octaves: None }
    }

    fn join(&mut self, join: Join, x: L, gain: f32, amount: f32) {
        let (into, by) = match join {
            Join::Replace => {
                self.room -= gain;
                (&mut self.replaced, gain)
            }
            Join::Add => (&mut self.added, amount),
            Join::Octaves => (self.octaves.get_or_insert_default(), amount),
        };
        *into += x * L::splat(by);
    }

    fn values(&self, range: (f32, f32)) -> L {
        let own = self.base * self.room.max(0.0);
        let mut out = self.replaced + L::splat(own) + self.added;
        if let Some(octaves) = self.octaves {
            out *= math::exp2_lanes(octaves);
        }
        // NaN falls to the least.
        out.clamp(range.0, range.1)
    }
}

/// Brings a param's number and what drives it together: replaced without ever passing through zero, then modulated.
pub(super) fn drive(p: &Driven<'_>, m: &mut Memory, slots: &mut impl Slots, cx: &Context<'_>) {
    match m.lanes {
        1 => drive_lanes::<f32>(p, m, slots, cx),
        8 => drive_lanes::<f32x8>(p, m, slots, cx),
        _ => drive_lanes::<Wide>(p, m, slots, cx),
    }
}

fn drive_lanes<L: Lane>(p: &Driven<'_>, m: &mut Memory, slots: &mut impl Slots, cx: &Context<'_>) {
    let (a, b) = p.frames;
    // A param that is read on the grid is computed there only, and where a range begins off the grid.
    let stride = if p.smooth { 1 } else { GRID };
    let slot = slots.node(m.nodes[p.node as usize].slot);
    let mut number = slot.map(|slot| Number::of(slot, p, m, cx));
    let mut f = a;
    while f < b {
        let frame = cx.block_start + f as u64;
        let base = number.as_mut().map_or(0.0, |number| number.at(f, p, m, cx));
        let mut row = Row::<L>::at(base);
        for s in p.sources {
            let x = &m.buffer(s.buffer, f, f + 1)[..L::WIDTH];
            let mut x = L::from_fn(|lane| x[lane]);
            let (mut gain, mut amount) = (1.0, s.gain);
            if let Some(cable) = s.cable.and_then(|c| slots.cable(m.cables[c as usize])) {
                gain = cable.fade.at(frame, cx.fade_len);
                amount = cable.amount.at(frame, cx.fade_len);
                if !cable.ring.is_empty() {
                    let channel = usize::from(s.channel);
                    x = L::from_fn(|lane| {
                        mix::delayed(cable, channel, frame, lane, L::WIDTH, x.get(lane), cx.fade_len)
                    });
                }
            }
            row.join(s.join, x, gain, amount * gain);
        }
        row.values(p.range).write(m.buffer_mut(p.out, f, f + 1));
        if f == a && !p.smooth && !a.is_multiple_of(GRID) {
            // Off the grid only what begins here is new; `start_lanes` puts it where it is read.
            m.start_lanes(p.out, a, cx.fresh);
        }
        let next = b.min((f / stride + 1) * stride);
        for s in p.sources {
            // What waits is kept at every frame, though it is heard on the grid.
            let cable = s.cable.and_then(|c| slots.cable(m.cables[c as usize]));
            if let Some(cable) = cable.filter(|cable| !cable.ring.is_empty()) {
                for f in f + 1..next {
                    mix::keep(cable, usize::from(s.channel), cx.block_start + f as u64, m.buffer(s.buffer, f, f + 1));
                }
            }
        }
        f = next;
    }
    m.states[p.out as usize] = state::VARIES;
}
