//! Cycles and beats: a cycle is one bar, whatever bars there were before.

use bf_pattern::Ratio;

/// Where cycles lie on the beats of the transport. A change of the signature counts from a cycle on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cycles {
    /// A cycle, its beat, and the beats of a cycle from there on.
    stretches: Vec<(Ratio, Ratio, i64)>,
}

impl Cycles {
    /// Cycles of one length from beat 0 on, and before it.
    pub(crate) fn new(signature: u32) -> Cycles {
        Cycles { stretches: vec![(Ratio::ZERO, Ratio::ZERO, i64::from(signature.max(1)))] }
    }

    /// The beat of a cycle.
    pub(crate) fn beat(&self, cycle: Ratio) -> Ratio {
        let (from, beat, length) = self.stretch(|(from, ..)| *from <= cycle);
        beat + (cycle - from) * Ratio::int(length)
    }

    /// The cycle of a beat.
    pub(crate) fn cycle(&self, at: Ratio) -> Ratio {
        let (from, beat, length) = self.stretch(|(_, beat, _)| *beat <= at);
        from + (at - beat) / Ratio::int(length)
    }

    /// Beats of a cycle at a beat.
    pub(crate) fn signature(&self, at: Ratio) -> i64 {
        self.stretch(|(_, beat, _)| *beat <= at).2
    }

    fn stretch(&self, begun: impl Fn(&(Ratio, Ratio, i64)) -> bool) -> (Ratio, Ratio, i64) {
        let at = self.stretches.iter().rposition(begun).unwrap_or(0);
        self.stretches.get(at).copied().unwrap_or((Ratio::ZERO, Ratio::ZERO, 4))
    }

    /// Other bars from a cycle on. Answers whether anything changed.
    pub(crate) fn turn(&mut self, cycle: Ratio, signature: u32) -> bool {
        let length = i64::from(signature.max(1));
        let beat = self.beat(cycle);
        self.stretches.retain(|(from, ..)| *from < cycle);
        if self.stretches.last().is_some_and(|(.., last)| *last == length) {
            return false;
        }
        self.stretches.push((cycle, beat, length));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_of_another_length_count_from_their_cycle_on() {
        let mut c = Cycles::new(4);
        assert!(c.turn(Ratio::int(2), 3) && !c.turn(Ratio::int(3), 3));
        let beats: Vec<i64> = (0..6).map(|n| c.beat(Ratio::int(n)).num()).collect();
        assert_eq!(beats, [0, 4, 8, 11, 14, 17]);
        for n in 0..40 {
            let cycle = Ratio::new(n, 7);
            assert_eq!(c.cycle(c.beat(cycle)), cycle);
        }
        assert_eq!((c.signature(Ratio::int(7)), c.signature(Ratio::int(8))), (4, 3));
    }
}
