//! How the audio half takes in a plan, a few slots a block, and hands back what left with it.

use super::Engine;
use crate::message::{FromEngine, Pack, When};
use crate::schedule::frame_of;
use crate::slots::Body;
use bf_dsp::GRID;
use bf_node::{Adopt, EventBody};

/// New slots that are installed, and old ones that are handed back, in one block.
pub(super) const SLOTS_A_BLOCK: usize = 64;

/// How far a plan has come, in slots.
pub(super) enum Stage {
    Installing(usize),
    /// All is in; it waits for its beat.
    Held,
    Dropping(usize),
}

impl Engine {
    /// Installs the slots of a plan that is coming in, and swaps once all are in and its time has come.
    pub(super) fn install(&mut self) {
        let Some((mut pack, stage)) = self.pack.take() else { return };
        let mut done = match stage {
            Stage::Installing(done) => done,
            Stage::Held => {
                self.swap_in_time(pack);
                return;
            }
            Stage::Dropping(_) => {
                self.pack = Some((pack, stage));
                return;
            }
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
        // Long blocks take more, so that as many come in a second whatever the size of a block.
        let most = SLOTS_A_BLOCK.max(self.config.block);
        let mut room = if self.program.is_none() { usize::MAX } else { most };
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
        self.swap_in_time(pack);
    }

    /// Swaps where the time of a plan has come, or else keeps it.
    fn swap_in_time(&mut self, mut pack: Box<Pack>) {
        if self.program.is_some() && self.swap_frame(&pack) > self.now {
            self.pack = Some((pack, Stage::Held));
            return;
        }
        let late = self.program.is_some()
            && pack.at.is_some()
            && self.swap_frame(&pack) != 0
            && self.swap_frame(&pack) < self.now;
        self.swap(&mut pack);
        let id = pack.id;
        self.plan = id;
        self.pack = Some((pack, Stage::Dropping(0)));
        self.receipt(id, self.now, late, false);
    }

    /// The frame on the grid at which a plan takes over, as the transport runs once what is due now has changed it: never
    /// in the middle of a piece of the grid, so that the sound does not depend on the size of a block. While it stands
    /// still: at once.
    fn swap_frame(&self, pack: &Pack) -> u64 {
        let transport = self.schedule.expected(&self.transport);
        match pack.at {
            Some(beat) if transport.playing => {
                let frame = frame_of(When::Beat(beat), self.now, &transport);
                frame - frame % GRID as u64
            }
            _ => 0,
        }
    }

    /// Where the piece of the block ends that begins now: where a plan takes over, or where a change of the transport
    /// would move that place; else with the block.
    pub(super) fn piece_end(&self) -> u64 {
        let end = self.frame + self.config.block as u64;
        match &self.pack {
            Some((pack, Stage::Held)) => {
                let moved = self.schedule.next_move(end).filter(|frame| *frame > self.now);
                self.swap_frame(pack).min(moved.unwrap_or(end)).min(end)
            }
            _ => end,
        }
    }

    fn swap(&mut self, pack: &mut Pack) {
        let (frame, fade_len) = (self.now, self.config.fade_len());
        for (slot, _) in &pack.cables {
            if let Some(c) = self.tables.cables.get(*slot) {
                c.begin(frame);
            }
        }
        for (slot, to) in &mut pack.moved {
            if let Some(c) = self.tables.cables.get(*slot) {
                c.turn(to, frame, fade_len);
            }
        }
        for (cable, node, input) in &pack.lost {
            let Some(c) = self.tables.cables.get(*cable) else { continue };
            for id in c.notes.drain(..) {
                let at = (frame - self.frame) as u32;
                if !self.schedule.now(*node, *input, at, EventBody::NoteOff { id }) {
                    self.shared.shed(1);
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
            let _there = self.set(&number);
        }
        // Its event lists are empty: `link` made or emptied them.
        core::mem::swap(&mut self.program, &mut pack.program);
        core::mem::swap(&mut self.fading, &mut pack.fading);
        core::mem::swap(&mut self.ringing, &mut pack.ringing);
        let replaces = self.program.as_ref().is_some_and(|program| program.replaces);
        self.aside.replace(replaces, frame, fade_len);
    }

    /// Hands back what left with the last swap.
    pub(super) fn hand_back(&mut self) {
        let Some((mut pack, stage)) = self.pack.take() else { return };
        let Stage::Dropping(mut done) = stage else {
            self.pack = Some((pack, stage));
            return;
        };
        let all = pack.drop_nodes.len() + pack.drop_cables.len();
        let mut room = SLOTS_A_BLOCK;
        while done < all && room > 0 {
            if let Some(slot) = pack.drop_nodes.get(done) {
                self.gone.push(*slot);
                let left = self.tables.nodes.take(*slot);
                pack.left_nodes.extend(left);
            } else if let Some(slot) = pack.drop_cables.get(done - pack.drop_nodes.len()) {
                let left = self.tables.cables.take(*slot);
                pack.left_cables.extend(left);
            }
            done += 1;
            room -= 1;
        }
        // Before their numbers are another's: what is sent behind the next plan is for that.
        self.forget();
        if done < all || self.unsent.is_some() {
            self.pack = Some((pack, Stage::Dropping(done)));
            return;
        }
        self.say(FromEngine::Done(pack));
    }

    /// Reports fades that are over and ghosts that are silent.
    pub(super) fn report(&mut self) {
        let (end, len) = (self.frame + self.config.block as u64, self.config.fade_len());
        let mut i = 0;
        while i < self.fading.len() {
            let slot = self.fading[i];
            let cable = self.tables.cables.get(slot);
            let done = cable.is_none_or(|c| c.settled(end, len));
            if done && self.unsent.is_none() && self.say(FromEngine::Faded { slot, plan: self.plan }) {
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
