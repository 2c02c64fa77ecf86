//! What became of the transport since the last piece.

use bf_pattern::Transport;

/// What a sequencer has to do at the start of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The transport stands: nothing is due.
    Rest,
    /// It has just stopped: what sounds ends.
    Halt,
    /// It starts or jumps: what sounds ends, and the place is found anew.
    Jump,
    /// It runs on at another tempo: frames are found anew.
    Tempo,
    /// It runs on.
    Run,
}

impl Turn {
    /// Whether steps come due.
    pub(crate) fn plays(self) -> bool {
        !matches!(self, Turn::Rest | Turn::Halt)
    }

    /// Whether what went before is over.
    pub(crate) fn breaks(self) -> bool {
        matches!(self, Turn::Halt | Turn::Jump)
    }
}

/// Beats from 0 beyond which nothing plays: there fractions of a beat no longer fit, and it is some thousand years
/// away.
const REACH: f64 = 1.0e9;

/// Remembers the transport from piece to piece.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Watch {
    last: Option<Transport>,
    /// Whether it ran within reach.
    ran: bool,
    /// The frame at which the last piece ended.
    reached: u64,
}

impl Watch {
    /// Compares the transport of a piece with the one before. Depends on frames, not on how blocks are cut.
    pub(crate) fn turn(&mut self, transport: &Transport, start: u64, frames: usize) -> Turn {
        let before = self.last.replace(*transport);
        let gap = core::mem::replace(&mut self.reached, start + frames as u64) != start;
        let ran = self.ran;
        if gap || before != Some(*transport) {
            self.ran = transport.playing && transport.beat_at(start).abs() < REACH;
        }
        match (ran, self.ran) {
            (false, false) => Turn::Rest,
            (true, false) => Turn::Halt,
            (false, true) => Turn::Jump,
            (true, true) if gap => Turn::Jump,
            (true, true) => match before {
                Some(b) if b == *transport => Turn::Run,
                // The origin moves with each change of tempo; the position tells a change from a jump.
                Some(b) if b.beat_exact(start) == transport.beat_exact(start) => Turn::Tempo,
                _ => Turn::Jump,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_pattern::{Ratio, Tempo};

    #[test]
    fn a_change_of_tempo_is_told_from_a_jump() {
        let mut watch = Watch::default();
        let t = Transport::new(44_100, Tempo::from_bpm(133.7), 4);
        assert_eq!(watch.turn(&t, 0, 64), Turn::Rest);
        let t = t.play(64);
        assert_eq!(watch.turn(&t, 64, 64), Turn::Jump);
        assert_eq!(watch.turn(&t, 128, 64), Turn::Run);
        let t = t.with_tempo(192, Tempo::from_bpm(91.3));
        assert_eq!(watch.turn(&t, 192, 1), Turn::Tempo);
        assert_eq!(watch.turn(&t, 193, 63), Turn::Run);
        let t = t.seek(256, Ratio::int(7));
        assert_eq!(watch.turn(&t, 256, 64), Turn::Jump);
        let t = t.stop(320);
        assert_eq!(watch.turn(&t, 320, 64), Turn::Halt);
        assert_eq!(watch.turn(&t.seek(384, Ratio::ONE), 384, 64), Turn::Rest);
        let t = t.play(448);
        assert_eq!(watch.turn(&t, 448, 64), Turn::Jump);
        assert_eq!(watch.turn(&t, 1024, 64), Turn::Jump);
        let t = t.seek(1088, Ratio::int(i64::MAX));
        assert_eq!(watch.turn(&t, 1088, 64), Turn::Halt);
        assert_eq!(watch.turn(&t, 1152, 64), Turn::Rest);
    }
}
