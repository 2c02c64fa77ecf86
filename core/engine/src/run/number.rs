//! The number of a driven param over a piece of a block. Its node has not taken in yet what falls due in the piece; what
//! drives it must know.

use super::drive::Driven;
use super::node::number_of;
use super::{Context, Due};
use crate::program::Memory;
use crate::slots::{Glide, NodeSlot};
use bf_node::Event;

/// A number on its way through a piece.
pub(super) struct Number {
    to: f32,
    glide: Option<Glide>,
    /// Whether it reaches a new number over a glide.
    glides: bool,
    /// The node's events from outside: a range of the engine's list.
    inbox: (u32, u32),
    /// The next frame of the block at which something falls due.
    due: Option<usize>,
}

impl Number {
    /// What stands in a slot as a piece begins.
    pub(super) fn of(slot: &NodeSlot, p: &Driven<'_>, m: &Memory, cx: &Context<'_>) -> Number {
        let jumps = slot.jump.as_ref().and_then(|jump| jump.wanted(p.param));
        let number = Number {
            // The node waits for the end of what it crosses over to; what moves the param need not.
            to: jumps.or(slot.numbers.get(p.param).copied()).unwrap_or_default(),
            glide: slot.glides.iter().find(|g| usize::from(g.param) == p.param).copied(),
            glides: p.param < 64 && slot.glides_mask & (1 << p.param) != 0,
            inbox: slot.inbox,
            due: None,
        };
        Number { due: number.next_due(p.frames.0, p, m, cx), ..number }
    }

    /// The number at a frame of the block, once all is taken in that falls due up to there. Frames must not go back.
    pub(super) fn at(&mut self, at: usize, p: &Driven<'_>, m: &Memory, cx: &Context<'_>) -> f32 {
        while let Some(due) = self.due.filter(|due| *due <= at) {
            // In the order in which they reach the node.
            for class in 0..3 {
                for e in lists(p, m).flatten() {
                    self.take(e, due, class, p, cx);
                }
                for d in self.inbox(p, cx) {
                    self.take(&d.event, due, class, p, cx);
                }
            }
            self.due = self.next_due(due + 1, p, m, cx);
        }
        let frame = cx.block_start + at as u64;
        self.glide.map_or(self.to, |g| g.at(frame, cx.glide_len))
    }

    /// The first frame from one on at which something falls due.
    fn next_due(&self, from: usize, p: &Driven<'_>, m: &Memory, cx: &Context<'_>) -> Option<usize> {
        let frames = lists(p, m).flatten().chain(self.inbox(p, cx).map(|d| &d.event)).map(|e| e.frame as usize);
        frames.filter(|frame| *frame >= from).min()
    }

    fn inbox<'a>(&self, p: &Driven<'_>, cx: &'a Context<'_>) -> impl Iterator<Item = &'a Due> + use<'a> {
        let param = p.param;
        let inbox = &cx.due[self.inbox.0 as usize..self.inbox.1 as usize];
        inbox.iter().filter(move |d| d.is_param && usize::from(d.port) == param)
    }

    fn take(&mut self, e: &Event, at: usize, class: u8, p: &Driven<'_>, cx: &Context<'_>) {
        if e.frame as usize != at || e.body.class() != class {
            return;
        }
        let Some(value) = number_of(&e.body) else { return };
        let (frame, value) = (cx.block_start + at as u64, value.max(p.range.0).min(p.range.1));
        let present = self.glide.map_or(self.to, |g| g.at(frame, cx.glide_len));
        let moves = self.glides && present.to_bits() != value.to_bits();
        self.glide = moves.then_some(Glide { param: p.param as u16, from: present, to: value, start: frame });
        self.to = value;
    }
}

/// The lists of events of other nodes that set the param.
fn lists<'a>(p: &Driven<'_>, m: &'a Memory) -> impl Iterator<Item = &'a [Event]> + use<'a> {
    let param = p.param;
    let params = m.nodes[p.node as usize].event_params().iter();
    params.filter(move |(of, _)| usize::from(*of) == param).map(|(_, list)| m.lists[*list as usize].events())
}
