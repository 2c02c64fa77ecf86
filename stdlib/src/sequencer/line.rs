//! The signals beside a row of notes: gate, frequency and value, constant between events.

use bf_dsp::math::pitch_to_hz;
use bf_node::Io;

/// Gate, frequency and value as they stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    /// 1 while a note sounds.
    pub(crate) gate: f32,
    /// Hz of the newest note.
    freq: f32,
    /// Velocity of the newest note.
    value: f32,
}

impl Default for Line {
    fn default() -> Line {
        Line { gate: 0.0, freq: pitch_to_hz(60.0), value: 0.0 }
    }
}

impl Line {
    /// A note begins.
    pub(crate) fn strike(&mut self, pitch: f32, velocity: f32) {
        *self = Line { gate: 1.0, freq: pitch_to_hz(pitch), value: velocity };
    }

    /// Writes frames `from..to` of the piece.
    pub(crate) fn paint(&self, io: &mut Io<'_>, ports: [usize; 3], from: usize, to: usize) {
        let values = [self.gate, self.freq, self.value];
        for (out, x) in io.outputs::<f32, 3>(ports, 0).into_iter().zip(values) {
            if let Some(part) = out.get_mut(from..to) {
                part.fill(x);
            }
        }
    }
}
