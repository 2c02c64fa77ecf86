//! Which moves of hands are one gesture, and so one step of the history.

use super::feedback::HOLD_NS;
use bf_patch::{Gesture, Socket};
use std::collections::BTreeMap;

/// Controls that begin to move within this time of each other are moved together.
const TOGETHER_NS: u64 = 100_000_000;
/// Marks the numbers of these gestures among those of other hands.
const MARK: u64 = 1 << 62;

/// The gesture that is being made. All hands share one: what two move at the same time is one step, and not hundreds
/// that take turns.
#[derive(Default)]
pub(super) struct Gestures {
    count: u64,
    /// When each of its controls was last moved.
    moving: BTreeMap<Socket, u64>,
}

impl Gestures {
    /// The gesture of a move of these controls.
    pub(super) fn of<'a>(&mut self, sockets: impl Iterator<Item = &'a Socket> + Clone, now_ns: u64) -> Gesture {
        let since = |last: &u64| now_ns.saturating_sub(*last);
        self.moving.retain(|_, last| since(last) <= HOLD_NS);
        let goes_on = sockets.clone().any(|socket| self.moving.contains_key(socket))
            || self.moving.values().any(|last| since(last) <= TOGETHER_NS);
        if !goes_on {
            self.count += 1;
            self.moving.clear();
        }
        self.moving.extend(sockets.cloned().map(|socket| (socket, now_ns)));
        Gesture(MARK | self.count)
    }

    /// Something else was done: what moves next is a step of its own.
    pub(super) fn end(&mut self) {
        self.moving.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_is_one_gesture_and_two_fingers_are_one_too() {
        let mut gestures = Gestures::default();
        let (a, b) = (Socket::new("a", "x"), Socket::new("b", "x"));
        let ms = 1_000_000;
        let first = gestures.of([&a].into_iter(), 0);
        assert_eq!(gestures.of([&a].into_iter(), 400 * ms), first);
        // A second finger, while the first moves.
        assert_eq!(gestures.of([&b].into_iter(), 450 * ms), first);
        assert_eq!(gestures.of([&a].into_iter(), 900 * ms), first);
        // Another control, once the hand has rested.
        let second = gestures.of([&Socket::new("c", "x")].into_iter(), 1_100 * ms);
        assert_ne!(second, first);
        // The same control, after a pause.
        let third = gestures.of([&a].into_iter(), 3_000 * ms);
        assert_ne!(third, second);
        gestures.end();
        assert_ne!(gestures.of([&a].into_iter(), 3_001 * ms), third);
    }
}
