//! The notes that a note tool has passed on under names of its own.

use bf_node::{EventBody, Io, Note, NoteId, Setup};

/// Notes that may be on their way at once.
const ROOM: usize = 512;

/// Which of one's own notes stands for which of those that came in.
///
/// A receiver may hear the original beside the changed note, so each gets a name of its own.
#[derive(Debug)]
pub(crate) struct NoteMap {
    notes: Vec<(NoteId, NoteId)>,
    salt: u32,
    /// The number of the first name and of the next.
    first: u32,
    count: u32,
    /// Notes that found no room.
    pub(crate) dropped: u32,
}

impl NoteMap {
    pub(crate) fn new(setup: &Setup<'_>) -> NoteMap {
        NoteMap::from(setup, 0)
    }

    /// For a second map in one node: names that begin at a number of their own.
    pub(crate) fn from(setup: &Setup<'_>, first: u32) -> NoteMap {
        NoteMap { notes: Vec::with_capacity(ROOM), salt: setup.salt, first, count: first, dropped: 0 }
    }

    /// Forgets everything, as new.
    pub(crate) fn clear(&mut self) {
        self.notes.clear();
        (self.count, self.dropped) = (self.first, 0);
    }

    /// A name for a note that comes in; `None` where there is no room, and the note must not be passed on.
    pub(crate) fn begin(&mut self, id: NoteId) -> Option<NoteId> {
        if self.notes.len() >= ROOM {
            self.dropped = self.dropped.saturating_add(1);
            return None;
        }
        let own = NoteId::new(self.salt, self.count);
        self.count = self.count.wrapping_add(1);
        self.notes.push((id, own));
        Some(own)
    }

    /// The name of a note that goes on.
    pub(crate) fn get(&self, id: NoteId) -> Option<NoteId> {
        self.notes.iter().find(|(other, _)| *other == id).map(|(_, own)| *own)
    }

    /// The name of a note that ends, which is then forgotten.
    pub(crate) fn end(&mut self, id: NoteId) -> Option<NoteId> {
        let at = self.notes.iter().position(|(other, _)| *other == id)?;
        Some(self.notes.swap_remove(at).1)
    }

    /// Passes an event on, a note that begins as `change` makes it. What does not belong to a note goes as it came.
    pub(crate) fn forward(&mut self, io: &mut Io<'_>, output: usize, body: &EventBody, change: impl FnOnce(&mut Note)) {
        match *body {
            EventBody::NoteOn(mut note) => {
                self.end_one(io, output, note.id);
                if let Some(id) = self.begin(note.id) {
                    note.id = id;
                    change(&mut note);
                    io.emit(output, 0, EventBody::NoteOn(note));
                }
            }
            EventBody::NoteOff { id } => self.end_one(io, output, id),
            EventBody::NoteControl { id, key, value } => {
                if let Some(id) = self.get(id) {
                    io.emit(output, 0, EventBody::NoteControl { id, key, value });
                }
            }
            other => io.emit(output, 0, other),
        }
    }

    fn end_one(&mut self, io: &mut Io<'_>, output: usize, id: NoteId) {
        if let Some(id) = self.end(id) {
            io.emit(output, 0, EventBody::NoteOff { id });
        }
    }

    /// Ends every note that was passed on.
    pub(crate) fn end_all(&mut self, io: &mut Io<'_>, output: usize) {
        for (_, id) in self.notes.drain(..) {
            io.emit(output, 0, EventBody::NoteOff { id });
        }
    }
}
