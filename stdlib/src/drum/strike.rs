//! How drums and strings are struck: by notes, triggers, or the rise of a gate.

use bf_node::{EventBody, NoteId, PortSpec};

/// What every struck node has for inputs; a declaration repeats the names, in this order.
pub(crate) const NOTES: PortSpec = PortSpec::events("notes", "Notes and triggers strike; velocity says how hard.");
/// See [`NOTES`].
pub(crate) const GATE: PortSpec = PortSpec::mono("gate", "A rise above one half strikes too.");
/// See [`NOTES`].
pub(crate) const VELOCITY: PortSpec =
    PortSpec::mono("velocity", "How hard a rise of the gate strikes, 0 to 1.").rest(1.0);

/// A blow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Strike {
    /// 0 to 1, above 0.
    pub(crate) velocity: f32,
    /// The MIDI note number, where a note struck.
    pub(crate) pitch: Option<f32>,
    /// The note.
    pub(crate) id: Option<NoteId>,
}

impl Strike {
    /// The blow of an event, if it is one.
    pub(crate) fn of(event: &EventBody) -> Option<Strike> {
        let (velocity, pitch, id) = match event {
            EventBody::NoteOn(note) => (note.velocity, Some(note.pitch), Some(note.id)),
            EventBody::Trigger { value } => (*value, None, None),
            _ => return None,
        };
        Strike::new(velocity, pitch.filter(|p| p.is_finite()), id)
    }
    /// A blow without a note; none where the velocity is 0 or not a number.
    pub(crate) fn plain(velocity: f32) -> Option<Strike> {
        Strike::new(velocity, None, None)
    }
    fn new(velocity: f32, pitch: Option<f32>, id: Option<NoteId>) -> Option<Strike> {
        (velocity > 0.0).then(|| Strike { velocity: velocity.min(1.0), pitch, id })
    }
    /// The loudness: half the velocity is 9 dB softer.
    pub(crate) fn gain(&self) -> f32 {
        self.velocity * self.velocity.sqrt()
    }
}

/// Watches a gate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gate {
    high: bool,
}

/// What a gate does at a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Edge {
    Rises,
    Falls,
    Stays,
}

impl Gate {
    /// Takes the gate's value at the present frame.
    pub(crate) fn frame(&mut self, x: f32) -> Edge {
        let was = core::mem::replace(&mut self.high, x > 0.5);
        match (was, self.high) {
            (false, true) => Edge::Rises,
            (true, false) => Edge::Falls,
            _ => Edge::Stays,
        }
    }
    /// Whether it is low, so that a skipped node misses no edge.
    pub(crate) fn is_low(self) -> bool {
        !self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blows_come_from_notes_triggers_and_rises() {
        assert_eq!(Strike::of(&EventBody::Trigger { value: 0.0 }), None);
        assert_eq!(Strike::of(&EventBody::Trigger { value: f32::NAN }), None);
        assert_eq!(Strike::of(&EventBody::Trigger { value: 7.0 }).map(|s| s.velocity), Some(1.0));
        assert_eq!(Strike::of(&EventBody::NoteOff { id: NoteId(1) }), None);
        let mut gate = Gate::default();
        let edges = [0.0, 0.6, 1.0, f32::NAN, 0.7].map(|x| gate.frame(x));
        assert_eq!(edges, [Edge::Stays, Edge::Rises, Edge::Stays, Edge::Falls, Edge::Rises]);
    }
}
