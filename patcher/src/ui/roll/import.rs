//! Notes of MIDI files become the clip's own, so that hands can change them.

use super::notes::{self, Note};
use crate::ui::canvas::gesture::set;
use crate::ui::pattern::place::Place;
use bf_node::{NoteFile, Value};
use bf_patch::{Edit, SetEdit};
use bf_session::Session;
use std::path::PathBuf;

/// The most notes that a clip takes in from a file.
const MOST: usize = 20_000;

/// What is to be taken into a clip.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub place: Place,
    /// A file from elsewhere; none for the clip's own.
    pub path: Option<PathBuf>,
    /// The clip's own file, from the set's folder.
    pub file: String,
    /// Which track and channel, from 1; 0 for all.
    pub track: u16,
    pub channel: u8,
}

/// Reads the file and puts its notes beside the clip's, as one step. A file that the clip played sounds as before.
///
/// # Errors
/// Why they cannot be read, or are no notes of this clip.
pub(crate) fn take(session: &mut Session, wanted: &Wanted) -> Result<(), String> {
    let path = wanted.path.clone().unwrap_or_else(|| session.folder().root.join(&wanted.file));
    let file = bf_session::midi::load_notes(&path).map_err(|e| e.to_string())?;
    let list = meant(&file, wanted);
    if list.is_empty() {
        return Err(format!("{}: no notes in track {} and channel {}", path.display(), wanted.track, wanted.channel));
    }
    if list.len() > MOST {
        return Err(format!(
            "{}: {} notes; a clip takes in {MOST} at most: leave them in the file",
            path.display(),
            list.len()
        ));
    }
    let own = session.set().patch(wanted.place.file.as_deref()).ok_or("the patch of the clip is gone")?;
    let to = |param: &str, value: Value| set(own, &wanted.place.socket(param), value);
    let heard = session.heard();
    let said = |param: &str| heard.patch(wanted.place.file.as_deref())?.said(&wanted.place.name, param).cloned();
    let mut all = match said("notes").filter(|list| matches!(list, Value::List(_))) {
        Some(list) => notes::read(&list).ok_or("the notes of the clip are written in a way that is not read here")?,
        None => Vec::new(),
    };
    let last = all.iter().map(Note::end).fold(0.0, f64::max);
    all.extend(list);
    let mut edits = vec![to("notes", notes::write(&all))];
    let is_own = wanted.path.is_none();
    if is_own {
        edits.push(to("file", Value::Text(String::new())));
    }
    // A length that is said stays: the clip has played so much of its file.
    if !is_own || said("fit") == Some(Value::Bool(true)) {
        edits.extend([
            to("length", Value::Number(file.length.to_f64().max(last).ceil())),
            to("length_div", Value::Number(1.0)),
            to("fit", Value::Bool(false)),
        ]);
    }
    let edit = SetEdit { file: wanted.place.file.clone(), edit: Edit::Batch(edits) };
    let label = format!("take notes into {}", wanted.place.name);
    session.apply(&edit, &label, None).map_err(|e| e.to_string())
}

/// The notes of a file that are meant.
pub(super) fn meant(file: &NoteFile, wanted: &Wanted) -> Vec<Note> {
    let meant = file.notes.iter().filter(|n| {
        (wanted.track == 0 || n.track == wanted.track) && (wanted.channel == 0 || n.channel == wanted.channel)
    });
    let note = |n: &bf_node::FileNote| Note {
        velocity: notes::level(f64::from(n.velocity) / 127.0),
        ..Note::new(n.start.to_f64(), f32::from(n.pitch), (n.end - n.start).to_f64())
    };
    meant.map(note).collect()
}
