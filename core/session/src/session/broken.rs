//! Nodes that break again and again: each is told now and then, and not with every block.

use std::collections::BTreeMap;

/// Between two times that a node is told, in seconds of sound.
const APART: f64 = 2.0;

/// What was told of nodes that were reset because their output was not finite.
#[derive(Debug, Default)]
pub(super) struct Breaks {
    /// By path: the frame at which it was last told, and how often it broke since.
    told: BTreeMap<String, (u64, u64)>,
}

impl Breaks {
    /// A node broke at a frame. Where that is to be told, how often it broke since it was told before.
    pub(super) fn break_of(&mut self, path: &str, frame: u64, sample_rate: u32) -> Option<u64> {
        let apart = (f64::from(sample_rate) * APART) as u64;
        match self.told.get_mut(path) {
            Some((told, since)) if frame.saturating_sub(*told) < apart => {
                *since += 1;
                None
            }
            Some((told, since)) => {
                *told = frame;
                Some(core::mem::take(since))
            }
            None => {
                self.told.insert(path.to_owned(), (frame, 0));
                Some(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_told_at_once_and_then_every_two_seconds() {
        let mut breaks = Breaks::default();
        let mut told = Vec::new();
        for frame in (0..480_000).step_by(64) {
            told.extend(breaks.break_of("g", frame, 48_000).map(|since| (frame, since)));
        }
        assert_eq!(told, [(0, 0), (96_000, 1499), (192_000, 1499), (288_000, 1499), (384_000, 1499)]);
        assert_eq!(breaks.break_of("b", 480_000, 48_000), Some(0), "another one is told at once");
    }
}
