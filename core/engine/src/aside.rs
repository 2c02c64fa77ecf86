//! What goes to the device beside what is heard, recorded and rendered: other pairs of channels, a click, what is cued.

use crate::slots::Fade;
use bf_node::Outlet;

/// Pairs of channels beside the first.
pub(crate) struct Aside {
    pairs: Vec<[Vec<f32>; 2]>,
    /// Which of them hold something of this block, one bit each.
    used: u16,
    /// How much of what is heard reaches the device: nothing while something is heard in its place.
    main: Fade,
    /// What the device hears at channels 1 and 2, where that differs from what is heard.
    device: [Vec<f32>; 2],
    differs: bool,
}

impl Aside {
    /// Room for blocks of so many frames.
    pub(crate) fn new(block: usize) -> Aside {
        let room = || [vec![0.0; block], vec![0.0; block]];
        let main = Fade { from: 1.0, to: 1.0, start: 0 };
        Aside { pairs: Outlet::NAMES.map(|_| room()).into(), used: 0, main, device: room(), differs: false }
    }

    /// Where an outlet's sound is summed in this block.
    pub(crate) fn pair(&mut self, outlet: Outlet) -> &mut [Vec<f32>; 2] {
        let at = outlet.index();
        if self.used & (1 << at) == 0 {
            self.used |= 1 << at;
            self.pairs[at].iter_mut().for_each(|side| side.fill(0.0));
        }
        &mut self.pairs[at]
    }

    /// Begins a block in which nothing has gone anywhere.
    pub(crate) fn begin(&mut self) {
        self.used = 0;
    }

    /// From a frame on, something is heard in place of all else, or nothing is.
    pub(crate) fn replace(&mut self, on: bool, frame: u64, fade_len: u64) {
        let to = if on { 0.0 } else { 1.0 };
        if self.main.to != to {
            self.main = Fade { from: self.main.at(frame, fade_len), to, start: frame };
        }
    }

    /// Ends a block: the master's fade for all of it, and what the device hears.
    pub(crate) fn end(&mut self, heard: &[Vec<f32>; 2], (frame, fade_len): (u64, u64), master: &Fade) {
        let main_is_whole = self.main.to == 1.0 && self.main.done(frame, fade_len);
        self.differs = false;
        if self.used == 0 && main_is_whole {
            return;
        }
        if !(master.to == 1.0 && master.done(frame, fade_len)) {
            let used = self.used;
            for (_, pair) in self.pairs.iter_mut().enumerate().filter(|(at, _)| used & (1 << at) != 0) {
                for side in pair {
                    side.iter_mut().enumerate().for_each(|(i, x)| *x *= master.at(frame + i as u64, fade_len));
                }
            }
        }
        let at_main = [Outlet::BESIDE, Outlet::INSTEAD].map(Outlet::index);
        let at_main = at_main.map(|at| (self.used & (1 << at) != 0).then_some(at));
        if at_main == [None; 2] && main_is_whole {
            return;
        }
        self.differs = true;
        for (side, (device, heard)) in self.device.iter_mut().zip(heard).enumerate() {
            for (i, (y, x)) in device.iter_mut().zip(heard).enumerate() {
                let main = if main_is_whole { 1.0 } else { self.main.at(frame + i as u64, fade_len) };
                let [beside, instead] = at_main.map(|at| at.map_or(0.0, |at| self.pairs[at][side][i]));
                // What is heard in its place comes as the rest goes.
                *y = x * main + beside + instead * (1.0 - main);
            }
        }
    }

    /// Left and right at the device's first two channels.
    pub(crate) fn device<'a>(&'a self, heard: &'a [Vec<f32>; 2]) -> &'a [Vec<f32>; 2] {
        if self.differs { &self.device } else { heard }
    }

    /// Fills the channels behind the first two, at a frame of the block.
    pub(crate) fn fill(&self, rest: &mut [f32], at: usize) {
        rest.fill(0.0);
        // Bits 1 to 7 are the pairs that have channels of their own.
        let used = self.used & ((1 << Outlet::BESIDE.index()) - 1);
        if used == 0 {
            return;
        }
        for (pair, (number, sides)) in rest.chunks_mut(2).zip(self.pairs.iter().enumerate().skip(1)) {
            if used & (1 << number) != 0 {
                pair.iter_mut().zip(sides).for_each(|(to, side)| *to = side[at]);
            }
        }
    }
}
