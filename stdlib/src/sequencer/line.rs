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
    /// The gate of the last frame that was written.
    last: f32,
    /// Whether the gate stays low for the next frame, so that what it drives strikes anew.
    gap: bool,
}

impl Default for Line {
    fn default() -> Line {
        Line { gate: 0.0, freq: pitch_to_hz(60.0), value: 0.0, last: 0.0, gap: false }
    }
}

impl Line {
    /// A note begins. Where the gate is still high from the one before, it falls for one frame.
    pub(crate) fn strike(&mut self, pitch: f32, velocity: f32) {
        *self = Line { gate: 1.0, freq: pitch_to_hz(pitch), value: velocity, gap: self.last > 0.0, ..*self };
    }

    /// Writes frames `from..to` of the piece.
    pub(crate) fn paint(&mut self, io: &mut Io<'_>, ports: [usize; 3], from: usize, to: usize) {
        if to <= from {
            return;
        }
        let low = core::mem::take(&mut self.gap);
        self.last = if low && to == from + 1 { 0.0 } else { self.gate };
        let values = [self.gate, self.freq, self.value];
        for (out, x) in io.outputs::<f32, 3>(ports, 0).into_iter().zip(values) {
            if let Some(part) = out.get_mut(from..to) {
                part.fill(x);
            }
        }
        if low && let Some(first) = io.output::<f32>(ports[0], 0).get_mut(from) {
            *first = 0.0;
        }
    }
}
