//! The audio half: takes plans and events, makes sound. Never allocates, frees, locks, waits, prints or panics.

mod log;
mod swap;

use crate::Config;
use crate::aside::Aside;
use crate::denormals::FlushToZero;
use crate::glance;
use crate::message::{FromEngine, Pack, Receipt, SetNumber, ToEngine};
use crate::program::Program;
use crate::record::Recording;
use crate::run::{Broken, Context, MEASURED, Ramps, Slots, Tap, arrives, run};
use crate::schedule::{Fate, Piece, Schedule, Timed};
use crate::shared::Shared;
use crate::slots::{Body, CableSlot, Fade, NodeSlot, Table};
use bf_pattern::Transport;
use log::Log;
use rtrb::{Consumer, Producer};
use std::sync::Arc;
use swap::{SLOTS_A_BLOCK, Stage};

/// Messages that are taken in one block.
const MESSAGES_A_BLOCK: usize = 512;

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

/// The half that runs in the callback.
pub struct Engine {
    pub(crate) from_control: Consumer<ToEngine>,
    pub(crate) to_control: Producer<FromEngine>,
    pub(crate) shared: Arc<Shared>,
    config: Config,
    tables: Tables,
    program: Option<Box<Program>>,
    pack: Option<(Box<Pack>, Stage)>,
    /// The id of the pack whose plan plays.
    plan: u64,
    /// What could not be handed back yet.
    unsent: Option<FromEngine>,
    fading: Vec<u32>,
    ringing: Vec<u32>,
    transport: Transport,
    /// The first frame of the present block, and that of the present piece of it.
    frame: u64,
    now: u64,
    schedule: Schedule,
    /// Slots that were handed back in this block.
    gone: Vec<u32>,
    ramps: Ramps,
    heard: [Vec<f32>; 2],
    /// The factor by which peaks fall over a block.
    peak_fall: f32,
    aside: Aside,
    /// What the device recorded over the last block, and what it has recorded since.
    recorded: [Vec<f32>; 2],
    recording: [Vec<f32>; 2],
    /// How many frames of the last block have been handed out.
    given: usize,
    master: Fade,
    broken: Broken,
    taps: Vec<Tap>,
    log: Log,
    pub(crate) keeps: Recording,
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
            plan: 0,
            unsent: None,
            fading: Vec::with_capacity(Table::<CableSlot>::CAPACITY),
            ringing: Vec::with_capacity(1024),
            transport,
            frame: 0,
            now: 0,
            schedule: Schedule::new(),
            gone: Vec::with_capacity(SLOTS_A_BLOCK),
            ramps: Ramps::new(block, 16),
            heard: [room(), room()],
            peak_fall: bf_dsp::level_meter::peak_fall(block as f32 / config.sample_rate as f32),
            aside: Aside::new(block),
            recorded: [room(), room()],
            recording: [room(), room()],
            given: block,
            master: Fade { from: 1.0, to: 1.0, start: 0 },
            broken: Broken::default(),
            taps: Vec::new(),
            log: Log::default(),
            keeps: Recording::default(),
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
        self.taps = slots
            .iter()
            .map(|slot| Tap { slot: *slot, output: 0, cable: None, gain: 1.0, sound: [room(), room()] })
            .collect();
    }

    pub(crate) fn set_taps(&mut self, taps: Vec<Tap>) {
        self.taps = taps;
    }

    /// Left and right of a tapped node over the last block.
    pub fn tapped(&self, index: usize) -> [&[f32]; 2] {
        self.taps.get(index).map_or([&[], &[]], |t| [&t.sound[0], &t.sound[1]])
    }

    /// Fills interleaved output of any length. The first two channels are what is heard; what outputs lead elsewhere goes
    /// to the further channels.
    ///
    /// # Realtime Safety
    /// Never allocates, frees, locks or waits; the time is bounded by the plan.
    pub fn process(&mut self, output: &mut [f32], channels: usize) {
        self.process_with(output, channels, &[], 1);
    }

    /// The same beside what the device records, interleaved, frame by frame. It is heard one block later, however
    /// long the device's buffers are.
    ///
    /// # Realtime Safety
    /// As [`Engine::process`].
    pub fn process_with(&mut self, output: &mut [f32], channels: usize, input: &[f32], inputs: usize) {
        let mut input = input.chunks_exact(inputs.max(1));
        for frame in output.chunks_mut(channels.max(1)) {
            if self.given == self.config.block {
                core::mem::swap(&mut self.recorded, &mut self.recording);
                self.next_block();
            }
            let at = self.given;
            self.given += 1;
            let recorded = input.next().unwrap_or_default();
            let left = recorded.first().copied().unwrap_or(0.0);
            self.recording[0][at] = left;
            self.recording[1][at] = recorded.get(1).copied().unwrap_or(left);
            let [left, right] = self.aside.device(&self.heard);
            let (l, r) = (left[at], right[at]);
            match frame {
                [] => {}
                [mono] => *mono = (l + r) * 0.5,
                [left, right, rest @ ..] => {
                    (*left, *right) = (l, r);
                    self.aside.fill(rest, at);
                }
            }
        }
    }

    /// Takes in what was sent before the first block, on the thread that made the engine: the first block then costs
    /// no more than the others. Changes nothing that is heard.
    pub fn prime(&mut self) {
        self.install();
        self.messages();
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
        self.make_block(Some(clock))
    }

    fn next_block(&mut self) {
        let _mode = FlushToZero::on();
        let began = self.config.cpu_clock.map(|c| c());
        self.given = 0;
        self.make_block(None);
        if let (Some(clock), Some(began)) = (self.config.cpu_clock, began) {
            let spent = clock().saturating_sub(began);
            self.shared.block_took(spent, self.config.block_ns());
        }
    }

    /// Makes a block, in pieces where a plan takes over within it. Answers what all but the sound cost, by a clock.
    fn make_block(&mut self, clock: Option<fn() -> u64>) -> u64 {
        let time = || clock.map_or(0, |clock| clock());
        let mut cost = 0;
        let end = self.frame + self.config.block as u64;
        let began = time();
        self.flush();
        self.begin_sound();
        cost += time() - began;
        while self.now < end {
            let began = time();
            self.schedule.clear();
            self.install();
            self.messages();
            let piece = Piece { block: self.frame, start: self.now, end: self.piece_end() };
            self.fall_due(piece);
            cost += time() - began;
            self.sound(piece);
            self.now = piece.end;
        }
        let sounded = time();
        self.master_gain();
        self.set_aside();
        self.shape_taps();
        self.keeps.send(self.frame, &self.heard, &self.taps);
        self.hand_back();
        self.report();
        self.frame = end;
        self.shared.tell(self.frame, &self.transport, &self.heard, self.peak_fall);
        cost + (time() - sounded)
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
        let most = self.log.room(self.now).unwrap_or(MESSAGES_A_BLOCK);
        let mut count = 0;
        while count < most && self.message() {
            count += 1;
        }
        self.log.took(self.now, count, most);
    }

    /// Takes one message in; false where there is none that may be.
    fn message(&mut self) -> bool {
        // What was sent after a plan is for that plan: it waits until all of it is in.
        if matches!(self.pack, Some((_, Stage::Installing(_) | Stage::Held))) {
            return false;
        }
        // A second plan waits in the ring until the first is in and its remains are back.
        if self.pack.is_some() && matches!(self.from_control.peek(), Ok(ToEngine::Swap(_))) {
            return false;
        }
        let Ok(message) = self.from_control.pop() else { return false };
        match message {
            ToEngine::Swap(pack) => {
                self.pack = Some((pack, Stage::Installing(0)));
                self.install();
            }
            ToEngine::Set(n) => {
                let applied = self.set(&n);
                self.receipt(n.id, self.now, false, !applied);
            }
            ToEngine::Wait(timed) => self.wait(timed),
            ToEngine::Withdraw { tag, from } => self.schedule.withdraw(tag, Some(from), self.now),
            ToEngine::WithdrawAll { tag } => self.schedule.withdraw(tag, None, self.now),
            ToEngine::Master { gain } => {
                let from = self.master.at(self.frame, self.config.fade_len());
                self.master = Fade { from, to: gain, start: self.frame };
            }
        }
        true
    }

    /// Sets a number; false where nobody has it.
    fn set(&mut self, n: &SetNumber) -> bool {
        let (frame, len) = (self.now, self.config.glide_len());
        let Some(slot) = self.tables.nodes.get(n.slot) else { return false };
        match (n.inner, &mut slot.body) {
            (Some(inner), Body::Voices(voices)) => {
                for group in voices.each_group() {
                    if let Some(node) = group.nodes.get_mut(inner as usize) {
                        node.set(usize::from(n.param), n.value, frame, len);
                    }
                }
            }
            (None, _) => slot.set(usize::from(n.param), n.value, frame, len),
            _ => return false,
        }
        true
    }

    fn wait(&mut self, timed: Timed) {
        if !self.schedule.wait(timed, self.now, &self.transport) {
            self.receipt(timed.id, self.now, false, true);
        }
    }

    /// Finds what falls into a piece, and how the transport runs in it.
    fn fall_due(&mut self, piece: Piece) {
        let mut schedule = core::mem::replace(&mut self.schedule, Schedule::empty());
        schedule.fall_due(piece, self.transport, |fate| self.told(fate));
        schedule.post(&mut self.tables.nodes);
        self.schedule = schedule;
    }

    /// Drops what waits for nodes that were handed back.
    fn forget(&mut self) {
        if self.gone.is_empty() {
            return;
        }
        let mut schedule = core::mem::replace(&mut self.schedule, Schedule::empty());
        let mut gone = core::mem::take(&mut self.gone);
        gone.sort_unstable();
        schedule.forget(&gone, self.now, |fate| self.told(fate));
        gone.clear();
        (self.schedule, self.gone) = (schedule, gone);
    }

    fn told(&mut self, fate: Fate) {
        self.receipt(fate.id, fate.frame, fate.late, fate.shed);
    }

    fn begin_sound(&mut self) {
        for h in &mut self.heard {
            h.fill(0.0);
        }
        self.aside.begin();
        self.keeps.begin(&mut self.taps);
        // What is not run is silent.
        self.taps.iter_mut().flat_map(|tap| &mut tap.sound).for_each(|sound| sound.fill(0.0));
        if let Some(p) = &mut self.program {
            p.memory.begin_block();
        }
    }

    /// Runs the plan over a piece; a change of the transport cuts it on its frame.
    fn sound(&mut self, piece: Piece) {
        let block = self.config.block;
        let mut program = self.program.take();
        let mut shed = 0;
        let mut broken = None;
        for (i, (from, transport)) in self.schedule.turns().iter().enumerate() {
            let at = (from - self.frame) as usize;
            let next = self.schedule.turns().get(i + 1).map_or(piece.end, |(next, _)| *next);
            let to = (next - self.frame) as usize;
            self.transport = *transport;
            let Some(p) = program.as_mut().filter(|_| at < to) else { continue };
            self.broken = Broken::default();
            let looked = self.shared.scope().begin(&p.memory);
            // The short way of a node that nothing cuts does not look.
            let short = p.memory.nodes.get_mut(looked.0 as usize).is_some_and(|w| core::mem::take(&mut w.simple));
            let mut cx = Context {
                block_start: self.frame,
                transport,
                glide_len: self.config.glide_len(),
                fade_len: self.config.fade_len(),
                due: self.schedule.due(),
                ramps: &mut self.ramps,
                heard: &mut self.heard,
                aside: &mut self.aside,
                recorded: &self.recorded,
                clock: self.config.cpu_clock,
                turn: (self.frame / block as u64 % u64::from(MEASURED)) as u32,
                mask: if self.shared.is_watched() { glance::mask(block) } else { MEASURED - 1 },
                broken: &mut self.broken,
                taps: &mut self.taps,
                looked,
                scope: self.shared.scope(),
                fresh: 0,
                shed: &mut shed,
            };
            run(&p.steps, &mut p.memory, &mut self.tables, &mut cx, at, to);
            if let Some(w) = p.memory.nodes.get_mut(looked.0 as usize) {
                w.simple = short;
            }
            if self.broken.count > 0 {
                self.shared.broke(self.broken.count);
                broken = Some(self.broken.slot);
            }
        }
        if let Some(slot) = broken {
            self.say(FromEngine::Broken { slot, frame: self.now });
        }
        if let Some(p) = &mut program {
            self.shared.shed(shed + core::mem::take(&mut p.memory.shed));
        }
        self.program = program;
        self.schedule.collect(&mut self.tables.nodes);
    }

    /// Gives what is kept for stems the waits, gains and fades of its cables.
    fn shape_taps(&mut self) {
        let (start, len) = (self.frame, self.config.fade_len());
        let last = start + self.config.block as u64 - 1;
        for tap in &mut self.taps {
            let cable = tap.cable.and_then(|cable| self.tables.cables.get(cable));
            let steady = cable.as_ref().is_none_or(|c| c.fade.done(start, len) && c.amount.done(start, len));
            let gain = |frame| cable.as_ref().map_or(tap.gain, |c| c.amount.at(frame, len) * c.fade.at(frame, len));
            let (first, end) = (gain(start), gain(last));
            for (channel, sound) in tap.sound.iter_mut().enumerate() {
                if let Some(cable) = cable.as_deref().filter(|cable| !cable.ring.is_empty()) {
                    let channel = channel.min(cable.ring.len() - 1);
                    for (frame, x) in (start..).zip(&mut *sound) {
                        *x = arrives(cable, channel, frame, (0, 1), len).unwrap_or(*x);
                    }
                }
                for (i, x) in sound.iter_mut().enumerate() {
                    *x *= if steady { first } else { gain(start + i as u64) };
                }
            }
            tap.gain = end;
        }
    }

    /// Works out what the device hears beside, or instead of, what is heard.
    fn set_aside(&mut self) {
        let len = self.config.fade_len();
        self.aside.end(&self.heard, (self.frame, len), &self.master);
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
}
