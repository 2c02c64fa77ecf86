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

/// Reads the file and puts its notes in the place of the clip's, as one step.
///
/// # Errors
/// Why they cannot be read, or are no notes of this clip.
pub(crate) fn take(session: &mut Session, wanted: &Wanted) -> Result<(), String> {
    let path = wanted.path.clone().unwrap_or_else(|| session.folder().root.join(&wanted.file));
    let file = bf_session::midi::load_notes(&path).map_err(|e| e.to_string())?;
    let list = list(&file, wanted);
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
    let beats = file.length.to_f64().ceil();
    let edits = vec![
        to("notes", notes::write(&list)),
        to("file", Value::Text(String::new())),
        to("length", Value::Number(beats)),
        to("length_div", Value::Number(1.0)),
        to("fit", Value::Bool(false)),
    ];
    let edit = SetEdit { file: wanted.place.file.clone(), edit: Edit::Batch(edits) };
    let label = format!("take notes into {}", wanted.place.name);
    session.apply(&edit, &label, None).map_err(|e| e.to_string())
}

/// The notes of a file that are meant.
fn list(file: &NoteFile, wanted: &Wanted) -> Vec<Note> {
    let meant = file.notes.iter().filter(|n| {
        (wanted.track == 0 || n.track == wanted.track) && (wanted.channel == 0 || n.channel == wanted.channel)
    });
    let note = |n: &bf_node::FileNote| Note {
        velocity: notes::level(f64::from(n.velocity) / 127.0),
        ..Note::new(n.start.to_f64(), f32::from(n.pitch), (n.end - n.start).to_f64())
    };
    meant.map(note).collect()
}
