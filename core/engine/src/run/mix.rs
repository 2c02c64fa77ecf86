//! Cables that meet at an input: summed in their order, each with its fade and its wait.

use super::{Context, Slots, node};
use crate::program::Memory;
use crate::slots::CableSlot;
use bf_node::io::state;
use bf_patch::compile::plan::{BufferId, Source};

/// How many steady sources are added in one walk over the sum.
const TOGETHER: usize = 8;

/// Reads one channel of a waiting cable: writes what comes, returns what is due.
pub(super) fn delayed(
    cable: &mut CableSlot,
    channel: usize,
    frame: u64,
    lane: usize,
    lanes: usize,
    x: f32,
    len: u64,
) -> f32 {
    let Some(ring) = cable.ring.get_mut(channel) else { return x };
    let mask = (ring.len() / lanes - 1) as u64;
    ring[(frame & mask) as usize * lanes + lane] = x;
    arrives(cable, channel, frame, (lane, lanes), len).unwrap_or(x)
}

/// What arrives at a frame of the present block by one channel of a waiting cable: both taps of a changed wait. None
/// where nothing waits.
pub(crate) fn arrives(
    cable: &CableSlot,
    channel: usize,
    frame: u64,
    (lane, lanes): (usize, usize),
    len: u64,
) -> Option<f32> {
    let ring = cable.ring.get(channel)?;
    let (mask, begun) = ((ring.len() / lanes - 1) as u64, cable.begun.get(lane).copied().unwrap_or(0));
    let tap = |delay: u32| {
        let from = frame.wrapping_sub(u64::from(delay));
        if from < begun { 0.0 } else { ring[(from & mask) as usize * lanes + lane] }
    };
    let now = tap(cable.delay);
    let since = frame.saturating_sub(cable.delay_since);
    if cable.delay_before == cable.delay || since >= len {
        return Some(now);
    }
    let g = since as f32 / len as f32;
    Some(tap(cable.delay_before) * (1.0 - g) + now * g)
}

/// Keeps a frame of a waiting cable without a look at what is due.
pub(super) fn keep(cable: &mut CableSlot, channel: usize, frame: u64, x: &[f32]) {
    if let Some(ring) = cable.ring.get_mut(channel) {
        let at = (frame & (ring.len() / x.len() - 1) as u64) as usize * x.len();
        ring[at..at + x.len()].copy_from_slice(x);
    }
}

/// A sum in the making. Steady sources wait until a few are there, and are added in order.
struct Sum {
    out: BufferId,
    waiting: [(BufferId, f32); TOGETHER],
    len: usize,
    /// Whether the buffer holds a sum yet.
    begun: bool,
}

impl Sum {
    #[inline(always)]
    fn add(&mut self, source: BufferId, gain: f32, m: &mut Memory, a: usize, b: usize) {
        self.waiting[self.len] = (source, gain);
        self.len += 1;
        if self.len == TOGETHER {
            m.add(self.out, &self.waiting, self.begun, a, b);
            (self.len, self.begun) = (0, true);
        }
    }

    /// Adds what waits; a sum of nothing is silence.
    fn settle(&mut self, m: &mut Memory, a: usize, b: usize) {
        if self.len == 0 && !self.begun {
            m.buffer_mut(self.out, a, b).fill(0.0);
            self.begun = true;
        }
        let mut waiting = &self.waiting[..self.len];
        while let Some((four, rest)) = waiting.split_first_chunk::<4>() {
            m.add(self.out, four, self.begun, a, b);
            (waiting, self.begun) = (rest, true);
        }
        for one in waiting {
            m.add(self.out, &[*one], self.begun, a, b);
            self.begun = true;
        }
        self.len = 0;
    }
}

/// Sources of one buffer; `rest` stands where their gains leave room.
pub(super) struct Mix<'a> {
    pub(super) out: BufferId,
    pub(super) sources: &'a [Source],
    pub(super) rest: f32,
    /// Whether they are added to what is there.
    pub(super) onto: bool,
    /// Whether nobody has looked at whether some of them are finite.
    pub(super) looks: bool,
}

/// Sums sources into a buffer.
#[inline(never)]
pub(super) fn mix(mix: &Mix<'_>, m: &mut Memory, slots: &mut impl Slots, cx: &mut Context<'_>, range: (usize, usize)) {
    let (a, b) = range;
    let Mix { out, sources, rest, onto, looks } = *mix;
    if let Ok(all) = <&[Source; TOGETHER]>::try_from(sources)
        && rest == 0.0
        && let Some(finite) = m.add_steady(out, all, onto, looks, (a, b))
    {
        if !finite {
            // As if each had been looked at before it was added.
            m.take_back(out, onto, (a, b));
            node::look(sources, m, slots, cx, range);
            m.add(out, &all.map(|s| (s.buffer, s.gain)), onto, a, b);
        }
        m.states[out as usize] = state::VARIES;
        return;
    }
    if looks {
        node::look(sources, m, slots, cx, range);
    }
    several(mix, m, slots, cx, a, b);
}

/// Sums sources of any kind.
fn several(mix: &Mix<'_>, m: &mut Memory, slots: &mut impl Slots, cx: &Context<'_>, a: usize, b: usize) {
    let Mix { out, sources, rest, onto, .. } = *mix;
    let lanes = m.lanes;
    let start = cx.block_start + a as u64;
    let mut sum = Sum { out, waiting: [(0, 0.0); TOGETHER], len: 0, begun: onto };
    let mut silent = rest == 0.0 && (!onto || m.states[out as usize] == state::SILENT);
    let mut room = 1.0f32;
    let mut fading = false;
    for s in sources {
        let cable = s.cable.and_then(|c| slots.cable(m.cables[c as usize]));
        let Some(cable) = cable else {
            room = 0.0;
            if m.states[s.buffer as usize] != state::SILENT {
                silent = false;
                sum.add(s.buffer, s.gain, m, a, b);
            }
            continue;
        };
        silent = false;
        let waits = !cable.ring.is_empty();
        if cable.fade.done(start, cx.fade_len) && cable.amount.done(start, cx.fade_len) && !waits {
            sum.add(s.buffer, cable.amount.to * cable.fade.to, m, a, b);
            room = room.min(1.0 - cable.fade.to);
            continue;
        }
        sum.settle(m, a, b);
        let (y, x) = m.pair(out, s.buffer, a, b);
        for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
            let frame = start + (i / lanes) as u64;
            let x = if waits {
                delayed(cable, usize::from(s.channel), frame, i % lanes, lanes, *x, cx.fade_len)
            } else {
                *x
            };
            *y += x * (cable.amount.at(frame, cx.fade_len) * cable.fade.at(frame, cx.fade_len));
        }
        fading = true;
    }
    sum.settle(m, a, b);
    if rest != 0.0 && (room > 0.0 || fading) {
        for f in a..b {
            let frame = cx.block_start + f as u64;
            let mut room = 1.0f32;
            for s in sources {
                let cable = s.cable.and_then(|c| slots.cable(m.cables[c as usize]));
                room = room.min(1.0 - cable.map_or(1.0, |c| c.fade.at(frame, cx.fade_len)));
            }
            m.buffer_mut(out, f, f + 1).iter_mut().for_each(|y| *y += rest * room);
        }
    }
    m.states[out as usize] = if silent { state::SILENT } else { state::VARIES };
}
