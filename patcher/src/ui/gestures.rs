//! The numbers of gestures: edits of one number are undone in one step, and no two gestures have the same one.

use super::link::{Link, Wish};
use super::widgets::take::STEPPED;

/// From here on the control thread numbers what it does itself; the window never comes so far.
pub(crate) const OF_DEEDS: u64 = 1 << 63;

/// The gesture of a pane that goes on, if one does.
#[derive(Debug, Default)]
pub(crate) struct Going(Option<u64>);

impl Going {
    /// The number of what goes on; it begins with the first that asks.
    pub(crate) fn number(&mut self, link: &Link) -> u64 {
        *self.0.get_or_insert_with(|| link.gesture())
    }

    /// What comes next is a step of its own.
    pub(crate) fn end(&mut self, link: &Link) {
        self.0 = None;
        link.wish(Wish::EndGesture);
    }
}

/// Gestures of a pane that counts them by itself, from zero on: each has a number among all others here.
#[derive(Debug, Default)]
pub(crate) struct Counted(Option<((usize, u64), u64)>);

impl Counted {
    /// The number of a pane's own one; panes inside of one another count each for itself.
    pub(crate) fn number(&mut self, link: &Link, own: (usize, u64)) -> u64 {
        match self.0 {
            Some((known, number)) if known == own => number,
            _ => {
                // Turns of the wheel and of keys stay known as such.
                let number = link.gesture() | own.1 & STEPPED;
                self.0 = Some((own, number));
                number
            }
        }
    }
}
