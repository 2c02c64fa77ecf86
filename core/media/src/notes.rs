//! From a MIDI file to the notes that clips play.

use crate::hash::bytes_hash;
use crate::midi::{MidiError, MidiFile, parse_midi, read_bytes};
use bf_node::{FileNote, NoteFile};
use bf_pattern::Ratio;
use std::path::Path;

/// Reads the notes of a standard MIDI file. Patterns of a file of type 2 all begin at 0: a clip plays one `track` of them.
///
/// # Errors
/// When it cannot be read, is no such file, or holds no notes.
pub fn load_notes(path: &Path) -> Result<NoteFile, MidiError> {
    let bytes = read_bytes(path)?;
    let file = parse_midi(path, &bytes)?;
    if file.notes.is_empty() {
        return Err(MidiError::Empty { path: path.into() });
    }
    let hash = bytes_hash(&bytes).iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte));
    Ok(NoteFile { name: path.display().to_string(), length: whole_bars(&file), notes: notes(&file), hash })
}

fn notes(file: &MidiFile) -> Vec<FileNote> {
    // A track for tempos alone, as most files of type 1 begin with, is none that a player would count.
    let mut tracks: Vec<u16> = file.notes.iter().map(|n| n.track).collect();
    tracks.sort_unstable();
    tracks.dedup();
    let number = |track| tracks.binary_search(&track).map_or(0, |i| i as u16 + 1);
    let note = |n: &crate::midi::MidiNote| FileNote {
        start: n.start,
        end: n.start + n.length,
        pitch: n.pitch,
        velocity: n.velocity,
        channel: n.channel + 1,
        track: number(n.track),
    };
    file.notes.iter().map(note).collect()
}

/// The length up to a whole bar, at least one.
fn whole_bars(file: &MidiFile) -> Ratio {
    let bar = file.signatures.first().map_or(Ratio::int(4), |s| Ratio::new(4 * i64::from(s.counts), i64::from(s.unit)));
    let end = file.notes.iter().map(|n| n.start + n.length).fold(file.length, Ratio::max);
    Ratio::int((end / bar).ceil().max(1)) * bar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::midi::{MidiNote, Signature};

    #[test]
    fn tracks_with_notes_are_counted_and_bars_are_whole() {
        let note = |beat, track| MidiNote {
            start: Ratio::int(beat),
            length: Ratio::ONE,
            pitch: 60,
            velocity: 100,
            channel: 9,
            track,
        };
        let mut file = MidiFile { notes: vec![note(0, 1), note(3, 4)], length: Ratio::int(4), ..MidiFile::default() };
        let read = notes(&file);
        assert_eq!(read.iter().map(|n| (n.track, n.channel)).collect::<Vec<_>>(), [(1, 10), (2, 10)]);
        assert_eq!((read[1].start, read[1].end), (Ratio::int(3), Ratio::int(4)));
        assert_eq!(whole_bars(&file), Ratio::int(4));
        file.length = Ratio::new(9, 2);
        assert_eq!(whole_bars(&file), Ratio::int(8));
        file.signatures = vec![Signature { at: Ratio::ZERO, counts: 7, unit: 8 }];
        assert_eq!(whole_bars(&file), Ratio::int(7));
    }
}
