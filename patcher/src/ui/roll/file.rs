//! The notes of the MIDI file that a clip plays beside its own: they are seen, and changed once they are taken in.

use super::import::{Wanted, meant};
use super::notes::Note;
use super::tools::wanted;
use crate::ui::pattern::place::{Desk, Place};
use bf_node::Value;
use std::path::PathBuf;
use std::time::SystemTime;

/// What a file gives to a clip.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    pub notes: Vec<Note>,
    /// Beats until its end.
    pub length: f64,
}

/// The file that was read last.
#[derive(Default)]
pub(super) struct File {
    /// Of which stamp and clip it was looked for.
    stamp: Option<(u64, Place)>,
    /// Its path, when it was written, and which track and channel of it.
    of: Option<(PathBuf, Option<SystemTime>, u16, u8)>,
    pub heard: Heard,
}

impl File {
    /// Reads it, where it is another, or was written since.
    pub(super) fn follow(&mut self, desk: Desk<'_>, place: &Place) {
        let stamp = (desk.shown.stamp, place.clone());
        if self.stamp.as_ref() == Some(&stamp) {
            return;
        }
        self.stamp = Some(stamp);
        let file = place.value(desk, "file").as_ref().and_then(Value::as_text).unwrap_or_default().to_owned();
        if file.is_empty() {
            (self.of, self.heard) = (None, Heard::default());
            return;
        }
        let wanted = wanted(desk, place, file, None);
        let path = desk.shown.around.root.join(&wanted.file);
        let written = std::fs::metadata(&path).and_then(|data| data.modified()).ok();
        let of = Some((path, written, wanted.track, wanted.channel));
        if self.of != of {
            self.heard = of.as_ref().and_then(|(path, ..)| read(path, &wanted)).unwrap_or_default();
            self.of = of;
        }
    }
}

/// What cannot be read is told by the session, and plays nothing.
fn read(path: &std::path::Path, wanted: &Wanted) -> Option<Heard> {
    let file = bf_session::midi::load_notes(path).ok()?;
    Some(Heard { notes: meant(&file, wanted), length: file.length.to_f64() })
}
