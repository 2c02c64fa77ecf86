//! One node of a plan, run over a range of a block.
#![allow(unsafe_code, reason = "hands processors views of the program's buffers")]

use super::view::View;
use super::{Context, Slots};
use crate::program::{Memory, NodeWires};
use crate::slots::{Body, Glide, NodeSlot, set};
use crate::sums::finite;
use bf_dsp::GRID;
use bf_node::io::state;
use bf_node::{Event, EventBody, Io, LaneMask, Processor, Status};
use bf_patch::compile::plan::{BufferId, Source, Step};

/// CPU time of each node is measured in one block of so many, a few nodes at a time.
pub(crate) const MEASURED: u32 = 64;

/// Runs a node over frames `a..b`, and those that follow it: skipped where they are at rest, cut where something reaches
/// them. A loop of its own, so that going from node to node takes little.
#[inline(never)]
pub(super) fn run(
    first: u32,
    steps: &mut core::slice::Iter<'_, Step>,
    m: &mut Memory,
    slots: &mut impl Slots,
    cx: &mut Context<'_>,
    range: (usize, usize),
) {
    let (a, b) = range;
    let mut n = first;
    loop {
        if (n ^ cx.turn) & cx.mask == 0 {
            looked(n, m, slots, cx, a, b);
        } else if !whole(n, m, slots, cx, a, b) {
            step(n, m, slots, cx, a, b);
        }
        match steps.as_slice() {
            [Step::Node(next), ..] => n = *next,
            _ => return,
        }
        steps.next();
    }
}

/// The most frequent case, from end to end: a node of one output which sounds, in one piece, and which nothing reaches.
/// Answers whether it was that.
#[inline(always)]
fn whole(n: u32, m: &mut Memory, slots: &mut impl Slots, cx: &mut Context<'_>, a: usize, b: usize) -> bool {
    let Memory { nodes, states, .. } = m;
    let w = &nodes[n as usize];
    if !w.simple || !cx.taps.is_empty() {
        return false;
    }
    let Some(slot) = slots.node(w.slot) else { return true };
    if slot.idle || slot.inbox.0 != slot.inbox.1 || slot.moves {
        return false;
    }
    let Body::Node(processor) = &mut slot.body else { return false };
    // SAFETY: as in `View::process`.
    let mut io = unsafe { Io::new(w.wires(), &slot.numbers, cx.transport, cx.block_start, a, b - a) };
    slot.idle = processor.process(&mut io) == Status::Idle;
    states[w.out as usize] = if slot.idle { state::SILENT } else { state::VARIES };
    let NodeWires { out, summed, .. } = *w;
    if !summed && !slot.idle && !finite(m.buffer(out, a, b)) {
        quarantine(slot, n, m, cx, a, b);
    }
    true
}

/// The same for a node whose turn it is to be looked at: what it costs, and how loud it is where somebody watches.
#[inline(never)]
fn looked(n: u32, m: &mut Memory, slots: &mut impl Slots, cx: &mut Context<'_>, a: usize, b: usize) {
    match cx.clock {
        Some(clock) if n % MEASURED == cx.turn => timed(clock, n, m, slots, cx, a, b),
        _ => step(n, m, slots, cx, a, b),
    }
    if cx.mask == MEASURED - 1 {
        return;
    }
    let w = &m.nodes[n as usize];
    let Some(slot) = slots.node(w.slot) else { return };
    let Some(glance) = &slot.glance else { return };
    for (i, buffers) in w.outputs().enumerate() {
        let peak = |out: &BufferId| match m.states[*out as usize] {
            state::SILENT => 0.0,
            _ => m.buffer(*out, a, b).iter().fold(0.0f32, |most, x| most.max(x.abs())),
        };
        glance.tell_peak(i, buffers.iter().map(peak).fold(0.0, f32::max), a == 0);
    }
    glance.tell_cost(slot.cpu_ns);
}

/// The same, with a look at the clock before and after.
#[inline(never)]
#[allow(clippy::too_many_arguments, reason = "the pieces of one step, all borrowed from the plan")]
fn timed(clock: fn() -> u64, n: u32, m: &mut Memory, slots: &mut impl Slots, cx: &mut Context<'_>, a: usize, b: usize) {
    let began = clock();
    step(n, m, slots, cx, a, b);
    let spent = clock().saturating_sub(began) as f32;
    if let Some(slot) = slots.node(m.nodes[n as usize].slot) {
        slot.cpu_ns += (spent - slot.cpu_ns) * 0.1;
    }
}

#[inline(never)]
fn step(n: u32, m: &mut Memory, slots: &mut impl Slots, cx: &mut Context<'_>, a: usize, b: usize) {
    let w = &m.nodes[n as usize];
    let Some(slot) = slots.node(w.slot) else { return };
    let steers = w.steers;
    let mut view = View { m, w, transport: cx.transport, start: cx.block_start };
    let quiet = slot.inbox.0 == slot.inbox.1 && !slot.moves && view.whole(a);
    let status = match &mut slot.body {
        Body::Node(processor) if quiet => {
            if slot.idle && view.inputs_silent() {
                view.outputs(a, b).for_each(|y| y.fill(0.0));
                Status::Idle
            } else {
                view.process(&mut **processor, &slot.numbers, None, a, b)
            }
        }
        _ => cut(&mut view, slot, cx, a, b),
    };
    slot.idle = status == Status::Idle;
    let known = if slot.idle { state::SILENT } else { state::VARIES };
    for out in w.out_buffers() {
        m.states[*out as usize] = known;
    }
    let w = &m.nodes[n as usize];
    // What is tapped is looked at now: a sum comes later.
    let summed = w.summed && cx.taps.is_empty();
    if !slot.idle && !summed && w.heard().iter().any(|out| !finite(m.buffer(*out, a, b))) {
        quarantine(slot, n, m, cx, a, b);
    }
    if (cx.fresh != 0 && steers) || !cx.taps.is_empty() {
        show(n, m, cx, a, b);
    }
    if cx.looked.0 == n {
        cx.scope.take(cx.looked.1, &m.nodes[n as usize], m, (cx.block_start, a, b));
    }
}

/// What is not run in one piece: an instrument, a node that something reaches or moves.
#[inline(never)]
fn cut(view: &mut View<'_>, slot: &mut NodeSlot, cx: &mut Context<'_>, a: usize, b: usize) -> Status {
    match &mut slot.body {
        Body::Node(processor) if slot.inbox.0 == slot.inbox.1 && !slot.moves && !view.reached() => {
            quanta(view, &mut **processor, &slot.numbers, a, b)
        }
        Body::Voices(_) => voices(view, slot, cx, a, b),
        _ => pieces(view, slot, cx, a, b),
    }
}

/// Cuts the range on the grid, where a signal moves a steady param and nothing else happens.
fn quanta(view: &View<'_>, processor: &mut dyn Processor, numbers: &[f32], a: usize, b: usize) -> Status {
    let mut status = Status::Idle;
    let mut at = a;
    while at < b {
        let next = if view.cuts_on_grid(at) { b.min((at / GRID + 1) * GRID) } else { b };
        if view.process(processor, numbers, None, at, next) == Status::Active {
            status = Status::Active;
        }
        at = next;
    }
    status
}

/// Puts the first frames of fresh lanes where steady params read them, and keeps what is asked for.
#[cold]
fn show(n: u32, m: &mut Memory, cx: &mut Context<'_>, a: usize, b: usize) {
    for i in 0..m.nodes[n as usize].out_buffers().len() {
        let out = m.nodes[n as usize].out_buffers()[i];
        m.start_lanes(out, a, cx.fresh);
    }
    let w = &m.nodes[n as usize];
    for tap in cx.taps.iter_mut().filter(|t| t.slot == w.slot) {
        let outs = w.output_buffers(usize::from(tap.output));
        for (i, sound) in tap.sound.iter_mut().enumerate() {
            if let Some(out) = outs.get(i).or(outs.first()) {
                sound[a..b].copy_from_slice(m.buffer(*out, a, b));
            }
        }
    }
}

fn settle(glides: &mut Vec<Glide>, frame: u64, len: u64) {
    if !glides.is_empty() {
        glides.retain(|g| frame < g.start + len);
    }
}

/// Looks at what was left to a sum.
#[inline(never)]
pub(super) fn look(
    sources: &[Source],
    m: &mut Memory,
    slots: &mut impl Slots,
    cx: &mut Context<'_>,
    (a, b): (usize, usize),
) {
    for s in sources {
        let w = &m.nodes[s.node as usize];
        let asked = w.summed && m.states[s.buffer as usize] != state::SILENT;
        if asked
            && !finite(m.buffer(s.buffer, a, b))
            && let Some(slot) = slots.node(w.slot)
        {
            quarantine(slot, s.node, m, cx, a, b);
        }
    }
}

/// Resets the lanes that are not finite and silences them for the range; the rest plays on.
#[cold]
fn quarantine(slot: &mut NodeSlot, n: u32, m: &mut Memory, cx: &mut Context<'_>, a: usize, b: usize) {
    let lanes = m.lanes;
    let outs = m.nodes[n as usize].out_buffers().len();
    let mut bad: LaneMask = 0;
    for i in 0..outs {
        let out = m.nodes[n as usize].out_buffers()[i];
        let broken = m.buffer(out, a, b).iter().enumerate().filter(|(_, x)| !x.is_finite());
        bad |= broken.fold(0, |bad, (i, _)| bad | 1 << (i % lanes));
    }
    if bad == 0 {
        // Very loud, but finite.
        return;
    }
    match &mut slot.body {
        Body::Voices(v) => v.reset(),
        _ => slot.reset(bad),
    }
    slot.nans = slot.nans.saturating_add(1);
    cx.broken.tell(&m.nodes[n as usize]);
    for i in 0..outs {
        let out = m.nodes[n as usize].out_buffers()[i];
        for (i, x) in m.buffer_mut(out, a, b).iter_mut().enumerate() {
            if bad & (1 << (i % lanes)) != 0 {
                *x = 0.0;
            }
        }
    }
}

/// Cuts the range at events and, where a steady param moves or the node crosses over, on the grid.
fn pieces(view: &mut View<'_>, slot: &mut NodeSlot, cx: &mut Context<'_>, a: usize, b: usize) -> Status {
    let (m, w) = (view.m, view.w);
    let inbox = &cx.due[slot.inbox.0 as usize..slot.inbox.1 as usize];
    let mut at = a;
    let mut idle = true;
    let mut from = a;
    loop {
        let frame = cx.block_start + at as u64;
        slot.settle_jump(frame);
        // Everything that falls on this frame, in order, whatever its way in.
        for class in 0..3u8 {
            for (param, list) in w.event_params() {
                for e in due_now(m.lists[*list as usize].events(), from, at, class) {
                    take(view, slot, *param, &e.body, (frame, cx.glide_len));
                }
            }
            for d in inbox.iter().filter(|d| d.is_param && now(&d.event, from, at, class)) {
                take(view, slot, d.port, &d.event.body, (frame, cx.glide_len));
            }
            for (input, list) in w.event_ins() {
                for e in due_now(m.lists[*list as usize].events(), from, at, class) {
                    hear(view, slot, usize::from(*input), e, at);
                }
            }
            for d in inbox.iter().filter(|d| !d.is_param && now(&d.event, from, at, class)) {
                hear(view, slot, usize::from(d.port), &d.event, at);
            }
        }
        slot.glides.retain(|g| frame < g.start + cx.glide_len);
        let mut next = b;
        let lists = w.event_ins().iter().chain(w.event_params());
        for (_, list) in lists {
            if let Some(e) = m.lists[*list as usize].events().iter().find(|e| e.frame as usize > at) {
                next = next.min(e.frame as usize);
            }
        }
        for d in inbox.iter().filter(|d| d.event.frame as usize > at) {
            next = next.min(d.event.frame as usize);
        }
        let jump = slot.crossing();
        if let Some(jump) = &jump {
            next = next.min((jump.end() - cx.block_start) as usize);
        }
        if jump.is_some() || !slot.glides.is_empty() || view.cuts_on_grid(at) {
            next = next.min((at / GRID + 1) * GRID);
        }
        if next > at {
            idle &= piece(view, slot, cx, at, next) == Status::Idle;
        }
        from = at + 1;
        at = next;
        if at >= b {
            slot.look_whether_it_moves();
            return if idle { Status::Idle } else { Status::Active };
        }
    }
}

/// Sets a param that an event says a number of.
fn take(view: &View<'_>, slot: &mut NodeSlot, param: u16, body: &EventBody, (frame, glide_len): (u64, u64)) {
    if let Some(value) = number_of(body) {
        let (lo, hi) = view.range(usize::from(param));
        slot.set(usize::from(param), value.max(lo).min(hi), frame, glide_len);
    }
}

/// Hands an event to a node, and to what it crosses over from.
fn hear(view: &View<'_>, slot: &mut NodeSlot, input: usize, event: &Event, at: usize) {
    let NodeSlot { body: Body::Node(processor), numbers, jump, .. } = slot else { return };
    if let Some(jump) = jump.as_mut().filter(|jump| jump.crosses()) {
        jump.hear(view, numbers, input, event, at);
    }
    view.event(&mut **processor, numbers, input, event, at);
}

/// Runs a piece in which nothing is cut.
fn piece(view: &mut View<'_>, slot: &mut NodeSlot, cx: &mut Context<'_>, a: usize, b: usize) -> Status {
    let NodeSlot { body: Body::Node(processor), numbers, glides, jump, .. } = slot else { return Status::Active };
    let present;
    let (values, params) = if glides.is_empty() {
        (&numbers[..], None)
    } else {
        present = view.present(numbers, glides, cx.ramps, cx.glide_len, (a, b));
        (&present.values[..numbers.len()], Some(&present.params[..numbers.len()]))
    };
    match jump {
        Some(jump) if jump.crosses() => jump.process(view, &mut **processor, (values, params), a, b),
        _ => view.process(&mut **processor, values, params, a, b),
    }
}

/// Runs an instrument, cut where a number of its own is set.
fn voices(view: &View<'_>, slot: &mut NodeSlot, cx: &mut Context<'_>, a: usize, b: usize) -> Status {
    let NodeSlot { body, numbers, glides, glides_mask, inbox, moves, .. } = slot;
    let Body::Voices(voices) = body else { return Status::Active };
    let inbox = &cx.due[inbox.0 as usize..inbox.1 as usize];
    let (mut at, mut status) = (a, Status::Idle);
    while at < b {
        let frame = cx.block_start + at as u64;
        settle(glides, frame, cx.glide_len);
        let mut next = b;
        let of_nodes = view.w.event_params().iter();
        let of_nodes =
            of_nodes.flat_map(|(param, list)| view.m.lists[*list as usize].events().iter().map(|e| (*param, e)));
        let from_outside = inbox.iter().filter(|d| d.is_param).map(|d| (d.port, &d.event));
        for (param, event) in of_nodes.chain(from_outside) {
            let falls = event.frame as usize;
            if let (true, Some(value)) = (falls == at, number_of(&event.body)) {
                let (lo, hi) = view.range(usize::from(param));
                set(numbers, glides, *glides_mask, usize::from(param), value.max(lo).min(hi), frame, cx.glide_len);
            } else if falls > at {
                next = next.min(falls);
            }
        }
        let before = *cx.broken;
        if view.voices(voices, numbers, glides, inbox, cx, at, next) == Status::Active {
            status = Status::Active;
        }
        // Inside it the steps have numbers of their own.
        cx.broken.order = if cx.broken.count == before.count { before.order } else { view.w.order };
        at = next;
    }
    *moves = !glides.is_empty();
    status
}

pub(super) fn number_of(body: &EventBody) -> Option<f32> {
    match body {
        EventBody::Control { value, .. } | EventBody::Trigger { value } => Some(*value),
        EventBody::NoteOn(note) => Some(note.velocity),
        _ => None,
    }
}

fn now(e: &Event, from: usize, at: usize, class: u8) -> bool {
    let f = e.frame as usize;
    f >= from.min(at) && f <= at && e.body.class() == class
}

fn due_now(list: &[Event], from: usize, at: usize, class: u8) -> impl Iterator<Item = &Event> {
    list.iter().filter(move |e| now(e, from, at, class))
}
