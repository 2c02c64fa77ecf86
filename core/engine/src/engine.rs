//! The audio half: takes plans and events, makes sound. Never allocates, frees, locks, waits, prints or panics.

use crate::Config;
use crate::denormals::FlushToZero;
use crate::message::{FromEngine, Move, Pack, Receipt, SetNumber, ToEngine, When};
use crate::program::Program;
use crate::run::{Broken, Context, Due, MEASURED, Ramps, Slots, Tap, run};
use crate::shared::Shared;
use crate::slots::{Body, CableSlot, Fade, NodeSlot, Table};
use bf_node::{Adopt, Event, EventBody};
use bf_pattern::Transport;
use rtrb::{Consumer, Producer};
use std::sync::Arc;

/// New slots that are installed, and old ones that are handed back, in one block.
const SLOTS_A_BLOCK: usize = 64;
/// Messages that are taken in one block.
const MESSAGES_A_BLOCK: usize = 512;
/// Events that wait for their frame or beat.
const WAITING: usize = 16_384;
/// Events from outside that fall due in one block.
const DUE: usize = 4_096;

pub(crate) struct Tables {
    pub nodes: Table<NodeSlot>,
    pub cables: Table<CableSlot>,
}

impl Slots for Tables {
    #[inline]
    fn node(&mut self, slot: u32) -> Option<&mut NodeSlot> {
        self.nodes.get(slot)
    }
    #[inline]
    fn cable(&mut self, slot: u32) -> Option<&mut CableSlot> {
        self.cables.get(slot)
    }
}

#[derive(Clone, Copy)]
enum Waiting {
    Event { slot: u32, port: u16, is_param: bool, body: EventBody },
    Transport(Move),
}

#[derive(Clone, Copy)]
struct Timed {
    id: u64,
    when: When,
    what: Waiting,
}

enum Stage {
    Installing(usize),
    Dropping(usize),
}

/// The half that runs in the callback.
pub struct Engine {
    pub(crate) from_control: Consumer<ToEngine>,
    pub(crate) to_control: Producer<FromEngine>,
    pub(crate) shared: Arc<Shared>,
    config: Config,
    tables: Tables,
    program: Option<Box<Program>>,
    pack: Option<(Box<Pack>, Stage)>,
    /// What could not be handed back yet.
    unsent: Option<FromEngine>,
    fading: Vec<u32>,
    ringing: Vec<u32>,
    transport: Transport,
    frame: u64,
    waiting: Vec<Timed>,
    due: Vec<Due>,
    moves: Vec<(usize, u64, Move)>,
    ramps: Ramps,
    heard: [Vec<f32>; 2],
    recorded: [Vec<f32>; 2],
    /// How many frames of the last block have been handed out.
    given: usize,
    master: Fade,
    broken: Broken,
    taps: Vec<Tap>,
}

impl Engine {
    pub(crate) fn new(
        config: Config,
        transport: Transport,
        from_control: Consumer<ToEngine>,
        to_control: Producer<FromEngine>,
        shared: Arc<Shared>,
    ) -> Engine {
        let block = config.block;
        let room = || vec![0.0; block];
        Engine {
            from_control,
            to_control,
            shared,
            tables: Tables { nodes: Table::new(), cables: Table::new() },
            program: None,
            pack: None,
            unsent: None,
            fading: Vec::with_capacity(Table::<CableSlot>::CAPACITY),
            ringing: Vec::with_capacity(1024),
            transport,
            frame: 0,
            waiting: Vec::with_capacity(WAITING),
            due: Vec::with_capacity(DUE),
            moves: Vec::with_capacity(64),
            ramps: Ramps::new(block, 16),
            heard: [room(), room()],
            recorded: [room(), room()],
            given: block,
            master: Fade { from: 1.0, to: 1.0, start: 0 },
            broken: Broken::default(),
            taps: Vec::new(),
            config,
        }
    }

    /// The absolute frame of the next block.
    pub fn frame(&self) -> u64 {
        self.frame
    }
    /// Frames of a block.
    pub fn block(&self) -> usize {
        self.config.block
    }
    /// Frames a second.
    pub fn sample_rate(&self) -> u32 {
        self.config.sample_rate
    }

    /// Keeps the sound of some nodes' first outputs for [`Engine::tapped`]. For offline use: it allocates.
    pub fn tap(&mut self, slots: &[u32]) {
        let room = || vec![0.0; self.config.block];
        self.taps = slots.iter().map(|slot| Tap { slot: *slot, sound: [room(), room()] }).collect();
    }

    /// Left and right of a tapped node over the last block.
    pub fn tapped(&self, index: usize) -> [&[f32]; 2] {
        self.taps.get(index).map_or([&[], &[]], |t| [&t.sound[0], &t.sound[1]])
    }

    /// Fills interleaved output of any length. The first two channels are heard; further channels are silent.
    ///
    /// # Realtime Safety
    /// Never allocates, frees, locks or waits; the time is bounded by the plan.
    pub fn process(&mut self, output: &mut [f32], channels: usize) {
        let channels = channels.max(1);
        for frame in output.chunks_mut(channels) {
            if self.given == self.config.block {
                self.next_block();
            }
            let (l, r) = (self.heard[0][self.given], self.heard[1][self.given]);
            self.given += 1;
            match frame {
                [] => {}
                [mono] => *mono = (l + r) * 0.5,
                [left, right, rest @ ..] => {
                    (*left, *right) = (l, r);
                    rest.fill(0.0);
                }
            }
        }
    }

    /// Hands the next blocks what the device recorded, interleaved; what does not fit a block is dropped.
    ///
    /// # Realtime Safety
    /// As [`Engine::process`].
    pub fn record(&mut self, input: &[f32], channels: usize) {
        let channels = channels.max(1);
        for (i, frame) in input.chunks(channels).take(self.config.block).enumerate() {
            self.recorded[0][i] = frame.first().copied().unwrap_or(0.0);
            self.recorded[1][i] = frame.get(1).or(frame.first()).copied().unwrap_or(0.0);
        }
    }

    /// Takes in what was sent before the first block, on the thread that made the engine: the first block then costs
    /// no more than the others. Changes nothing that is heard.
    pub fn prime(&mut self) {
        self.messages();
        self.install();
    }

    /// Makes one block and returns left and right.
    ///
    /// # Realtime Safety
    /// As [`Engine::process`].
    pub fn block_now(&mut self) -> [&[f32]; 2] {
        self.next_block();
        self.given = self.config.block;
        [&self.heard[0], &self.heard[1]]
    }

    /// Makes one block and returns what taking in messages, installing, swapping and handing back cost in it, by a
    /// clock. For measurements.
    pub fn swap_cost_now(&mut self, clock: fn() -> u64) -> u64 {
        let _mode = FlushToZero::on();
        self.given = self.config.block;
        self.due.clear();
        let began = clock();
        self.flush();
        self.messages();
        self.install();
        self.fall_due();
        let taken = clock();
        self.sound();
        let sounded = clock();
        self.hand_back();
        self.report();
        let done = clock();
        self.frame += self.config.block as u64;
        self.shared.tell(self.frame, &self.transport, &self.heard);
        (taken - began) + (done - sounded)
    }

    fn next_block(&mut self) {
        let _mode = FlushToZero::on();
        let began = self.config.cpu_clock.map(|c| c());
        self.given = 0;
        self.due.clear();
        self.flush();
        self.messages();
        self.install();
        self.fall_due();
        self.sound();
        self.hand_back();
        self.report();
        self.frame += self.config.block as u64;
        if let (Some(clock), Some(began)) = (self.config.cpu_clock, began) {
            let spent = clock().saturating_sub(began);
            self.shared.block_took(spent, self.config.block_ns());
        }
        self.shared.tell(self.frame, &self.transport, &self.heard);
    }

    fn say(&mut self, message: FromEngine) -> bool {
        if self.unsent.is_some() {
            return false;
        }
        match self.to_control.push(message) {
            Ok(()) => true,
            Err(rtrb::PushError::Full(m)) => {
                self.unsent = Some(m);
                true
            }
        }
    }

    fn flush(&mut self) {
        if let Some(m) = self.unsent.take()
            && let Err(rtrb::PushError::Full(m)) = self.to_control.push(m)
        {
            self.unsent = Some(m);
        }
    }

    fn receipt(&mut self, id: u64, frame: u64, late: bool, shed: bool) {
        if late {
            self.shared.late();
        }
        if shed {
            self.shared.shed(1);
        }
        // A receipt that finds no room is counted: it is the only thing that may be lost on the way back.
        if id != 0 && !self.say(FromEngine::Receipt(Receipt { id, frame, late, shed })) {
            self.shared.lost_receipt();
        }
    }

    fn messages(&mut self) {
        for _ in 0..MESSAGES_A_BLOCK {
            // A second plan waits in the ring until the first is in and its remains are back.
            if self.pack.is_some() && matches!(self.from_control.peek(), Ok(ToEngine::Swap(_))) {
                return;
            }
            let Ok(message) = self.from_control.pop() else { return };
            match message {
                ToEngine::Swap(pack) => self.pack = Some((pack, Stage::Installing(0))),
                ToEngine::Set(n) => {
                    self.set(&n);
                    self.receipt(n.id, self.frame, false, false);
                }
                ToEngine::Event { id, when, slot, port, is_param, body } => {
                    self.wait(Timed { id, when, what: Waiting::Event { slot, port, is_param, body } });
                }
                ToEngine::Transport { id, when, to } => self.wait(Timed { id, when, what: Waiting::Transport(to) }),
                ToEngine::Master { gain } => {
                    let from = self.master.at(self.frame, self.config.fade_len());
                    self.master = Fade { from, to: gain, start: self.frame };
                }
            }
        }
    }

    fn set(&mut self, n: &SetNumber) {
        let (frame, len) = (self.frame, self.config.glide_len());
        let Some(slot) = self.tables.nodes.get(n.slot) else { return };
        match (n.inner, &mut slot.body) {
            (Some(inner), Body::Voices(voices)) => {
                for group in voices.each_group() {
                    if let Some(node) = group.nodes.get_mut(inner as usize) {
                        node.set(usize::from(n.param), n.value, frame, len);
                    }
                }
            }
            (None, _) => slot.set(usize::from(n.param), n.value, frame, len),
            _ => {}
        }
    }

    fn wait(&mut self, timed: Timed) {
        if self.waiting.len() < self.waiting.capacity() {
            self.waiting.push(timed);
        } else {
            self.receipt(timed.id, self.frame, false, true);
        }
    }

    /// Moves what falls into this block from the waiting list into the due lists. Transport first: it decides the beats.
    fn fall_due(&mut self) {
        let (start, end) = (self.frame, self.frame + self.config.block as u64);
        self.moves.clear();
        let mut i = 0;
        while i < self.waiting.len() {
            let t = self.waiting[i];
            let Waiting::Transport(to) = t.what else {
                i += 1;
                continue;
            };
            let Some(frame) = self.frame_of(t.when).filter(|f| *f < end) else {
                i += 1;
                continue;
            };
            if self.moves.len() == self.moves.capacity() {
                break;
            }
            self.waiting.remove(i);
            self.moves.push((frame.max(start).saturating_sub(start) as usize, t.id, to));
            self.receipt(t.id, frame.max(start), frame < start, false);
        }
        // Insertion keeps the order of arrival at one frame.
        for i in 1..self.moves.len() {
            let mut j = i;
            while j > 0 && self.moves[j - 1].0 > self.moves[j].0 {
                self.moves.swap(j - 1, j);
                j -= 1;
            }
        }
        let mut kept = 0;
        for i in 0..self.waiting.len() {
            let t = self.waiting[i];
            let due = match t.what {
                Waiting::Transport(_) => None,
                Waiting::Event { .. } => self.frame_of(t.when).filter(|f| *f < end),
            };
            let (Some(frame), Waiting::Event { slot, port, is_param, body }) = (due, t.what) else {
                self.waiting[kept] = t;
                kept += 1;
                continue;
            };
            if self.due.len() == self.due.capacity() {
                self.receipt(t.id, start, false, true);
                continue;
            }
            let at = frame.max(start);
            let event = Event { frame: (at - start) as u32, source: 0, body };
            self.due.push(Due { slot, port, is_param, event });
            self.receipt(t.id, at, frame < start, false);
        }
        self.waiting.truncate(kept);
        self.post();
    }

    /// Sorts what is due by node and gives each node its range.
    fn post(&mut self) {
        for i in 1..self.due.len() {
            let mut j = i;
            let key = |d: &Due| (d.slot, d.event.order());
            while j > 0 && key(&self.due[j - 1]) > key(&self.due[j]) {
                self.due.swap(j - 1, j);
                j -= 1;
            }
        }
        let mut i = 0;
        while i < self.due.len() {
            let slot = self.due[i].slot;
            let mut end = i + 1;
            while end < self.due.len() && self.due[end].slot == slot {
                end += 1;
            }
            if let Some(node) = self.tables.nodes.get(slot) {
                node.inbox = (i as u32, end as u32);
            }
            i = end;
        }
    }

    fn frame_of(&self, when: When) -> Option<u64> {
        match when {
            When::Now => Some(self.frame),
            When::Frame(f) => Some(f),
            When::Beat(b) => self.transport.frame_of(b),
        }
    }

    /// Runs the plan; a change of the transport cuts the block on its frame.
    fn sound(&mut self) {
        let block = self.config.block;
        for h in &mut self.heard {
            h.fill(0.0);
        }
        let mut program = self.program.take();
        if let Some(p) = &mut program {
            p.memory.begin_block();
        }
        let mut at = 0;
        let mut next = 0;
        loop {
            while let Some((_, _, to)) = self.moves.get(next).filter(|(f, _, _)| *f <= at).copied() {
                self.turn(to, self.frame + at as u64);
                next += 1;
            }
            let to = self.moves.get(next).map_or(block, |(f, _, _)| (*f).min(block));
            if let Some(p) = &mut program {
                self.broken.count = 0;
                let mut cx = Context {
                    block_start: self.frame,
                    transport: &self.transport,
                    glide_len: self.config.glide_len(),
                    fade_len: self.config.fade_len(),
                    due: &self.due,
                    ramps: &mut self.ramps,
                    heard: &mut self.heard,
                    recorded: &self.recorded,
                    clock: self.config.cpu_clock,
                    turn: (self.frame / block as u64 % u64::from(MEASURED)) as u32,
                    broken: &mut self.broken,
                    taps: &mut self.taps,
                    fresh: 0,
                };
                run(&p.steps, &mut p.memory, &mut self.tables, &mut cx, at, to);
                if self.broken.count > 0 {
                    let Broken { slot, .. } = self.broken;
                    self.shared.broke(self.broken.count);
                    self.say(FromEngine::Broken { slot, frame: self.frame });
                }
            }
            at = to;
            if at >= block {
                break;
            }
        }
        if let Some(p) = &mut program {
            self.shared.shed(core::mem::take(&mut p.memory.shed));
        }
        self.program = program;
        for d in &self.due {
            if let Some(node) = self.tables.nodes.get(d.slot) {
                node.inbox = (0, 0);
            }
        }
        self.master_gain();
    }

    fn master_gain(&mut self) {
        let len = self.config.fade_len();
        if self.master.done(self.frame, len) && self.master.to == 1.0 {
            return;
        }
        for i in 0..self.config.block {
            let g = self.master.at(self.frame + i as u64, len);
            self.heard[0][i] *= g;
            self.heard[1][i] *= g;
        }
    }

    fn turn(&mut self, to: Move, frame: u64) {
        let t = self.transport;
        self.transport = match to {
            Move::Play => t.play(frame),
            Move::Stop => t.stop(frame),
            Move::Tempo(tempo) => t.with_tempo(frame, tempo),
            Move::Seek(beat) => t.seek(frame, beat),
            Move::Signature(n) => t.with_signature(n),
        };
    }

    /// Installs the slots of a plan that is coming in, and swaps once all are in.
    fn install(&mut self) {
        let Some((mut pack, stage)) = self.pack.take() else { return };
        let Stage::Installing(mut done) = stage else {
            self.pack = Some((pack, stage));
            return;
        };
        if done == 0 {
            for (at, page) in &mut pack.node_pages {
                *page = page.take().and_then(|p| self.tables.nodes.add_page(*at, p));
            }
            for (at, page) in &mut pack.cable_pages {
                *page = page.take().and_then(|p| self.tables.cables.add_page(*at, p));
            }
        }
        // Before the first block there is no sound to disturb: everything at once.
        let mut room = if self.program.is_none() { usize::MAX } else { SLOTS_A_BLOCK };
        let all = pack.nodes.len() + pack.cables.len();
        while done < all && room > 0 {
            if let Some((slot, node)) = pack.nodes.get_mut(done) {
                *node = node.take().and_then(|n| self.tables.nodes.put(*slot, n));
            } else if let Some((slot, cable)) = pack.cables.get_mut(done - pack.nodes.len()) {
                *cable = cable.take().and_then(|c| self.tables.cables.put(*slot, c));
            }
            done += 1;
            room -= 1;
        }
        if done < all {
            self.pack = Some((pack, Stage::Installing(done)));
            return;
        }
        self.swap(&mut pack);
        let id = pack.id;
        self.pack = Some((pack, Stage::Dropping(0)));
        self.receipt(id, self.frame, false, false);
    }

    fn swap(&mut self, pack: &mut Pack) {
        let (frame, fade_len) = (self.frame, self.config.fade_len());
        for (slot, _) in &pack.cables {
            if let Some(c) = self.tables.cables.get(*slot) {
                c.fade.start = frame;
                c.delay_since = frame;
            }
        }
        for (slot, gain, delay) in &pack.moved {
            let Some(c) = self.tables.cables.get(*slot) else { continue };
            if c.fade.to != *gain {
                // A later edit takes over a fade at its present gain.
                c.fade = Fade { from: c.fade.at(frame, fade_len), to: *gain, start: frame };
                c.reported = false;
            }
            c.offs_only = *gain == 0.0;
            if c.delay != *delay {
                (c.delay_before, c.delay, c.delay_since) = (c.delay, *delay, frame);
            }
        }
        for (cable, node, input) in &pack.lost {
            let Some(c) = self.tables.cables.get(*cable) else { continue };
            for id in c.notes.drain(..) {
                if self.due.len() < self.due.capacity() {
                    let event = Event { frame: 0, source: 0, body: EventBody::NoteOff { id } };
                    self.due.push(Due { slot: *node, port: *input, is_param: false, event });
                }
            }
        }
        for (old, new) in &pack.adopt {
            let Some(mut fresh) = self.tables.nodes.take(*new) else { continue };
            if let (Body::Node(p), Some(before)) = (&mut fresh.body, self.tables.nodes.get(*old))
                && let Body::Node(q) = &mut before.body
                && p.adopt(&mut **q) == Adopt::Moved
            {
                before.idle = false;
            }
            let _none = self.tables.nodes.put(*new, fresh);
        }
        for n in 0..pack.numbers.len() {
            let number = pack.numbers[n];
            self.set(&number);
        }
        let incoming = pack.program.take();
        pack.program = self.program.take();
        self.program = incoming;
        core::mem::swap(&mut self.fading, &mut pack.fading);
        core::mem::swap(&mut self.ringing, &mut pack.ringing);
    }

    /// Hands back what left with the last swap.
    fn hand_back(&mut self) {
        let Some((mut pack, stage)) = self.pack.take() else { return };
        let Stage::Dropping(mut done) = stage else {
            self.pack = Some((pack, stage));
            return;
        };
        let all = pack.drop_nodes.len() + pack.drop_cables.len();
        let mut room = SLOTS_A_BLOCK;
        while done < all && room > 0 {
            if let Some(slot) = pack.drop_nodes.get(done) {
                let left = self.tables.nodes.take(*slot);
                pack.left_nodes.extend(left);
            } else if let Some(slot) = pack.drop_cables.get(done - pack.drop_nodes.len()) {
                let left = self.tables.cables.take(*slot);
                pack.left_cables.extend(left);
            }
            done += 1;
            room -= 1;
        }
        if done < all || self.unsent.is_some() {
            self.pack = Some((pack, Stage::Dropping(done)));
            return;
        }
        self.say(FromEngine::Done(pack));
    }

    /// Reports fades that are over and ghosts that are silent.
    fn report(&mut self) {
        let (end, len) = (self.frame + self.config.block as u64, self.config.fade_len());
        let mut i = 0;
        while i < self.fading.len() {
            let slot = self.fading[i];
            let cable = self.tables.cables.get(slot);
            let (done, gain) = cable.map_or((true, 0.0), |c| (c.fade.done(end, len), c.fade.to));
            if done && self.unsent.is_none() && self.say(FromEngine::Faded { slot, gain }) {
                self.fading.swap_remove(i);
            } else {
                i += 1;
            }
        }
        let mut i = 0;
        while i < self.ringing.len() {
            let slot = self.ringing[i];
            let silent = match self.tables.nodes.get(slot).map(|n| &n.body) {
                Some(Body::Voices(v)) => v.sounding() == 0,
                _ => true,
            };
            if silent && self.unsent.is_none() && self.say(FromEngine::Silent(slot)) {
                self.ringing.swap_remove(i);
            } else {
                i += 1;
            }
        }
    }
}
