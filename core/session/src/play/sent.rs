//! Notes as they were sent to their voices, for who draws what plays.

use super::band::Band;
use super::cycles::Cycles;
use super::part::{Into, Part};
use super::struck::{Struck, Voice};
use bf_patch::Name;
use bf_pattern::Ratio;
use std::sync::Arc;

/// A note of a track, and the places of the texts that it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// By whose word it was sent.
    pub tag: u32,
    /// The track.
    pub track: Name,
    /// What plays it: the name of an instrument or a sound.
    pub voice: String,
    /// MIDI number.
    pub pitch: f32,
    /// How hard, 0 to 1.
    pub velocity: f32,
    /// When it begins and ends, in beats.
    pub begin: f64,
    /// The same in cycles.
    pub cycles: (f64, f64),
    /// In beats.
    pub end: f64,
    /// The request that evaluated the texts.
    pub take: u64,
    /// Its atoms, each with its file and its bytes in the text of that evaluation.
    pub places: Vec<(Arc<str>, (u32, u32))>,
}

impl Sent {
    pub(super) fn new(part: &Part, track: &Name, note: &Struck, cycles: &Cycles) -> Sent {
        // What comes of an earlier text has its places there, whatever the part plays next.
        let words = note.words.as_ref().unwrap_or(&part.words);
        let place = |atom: &bf_pattern::Atom| {
            let file = words.files.get(atom.source as usize)?;
            Some((Arc::clone(file), (atom.start, atom.end)))
        };
        let mut places: Vec<_> = note.atoms.as_slice().iter().filter_map(place).collect();
        if places.is_empty() && !note.atoms.is_empty() {
            // Where no place of it is known, its track lights.
            let (site, block) = (&words.site, &words.site.block);
            places.push((Arc::clone(&site.file), (block.start, block.end)));
        }
        let (Voice::Instrument(voice) | Voice::Sample(voice)) = &note.voice;
        Sent {
            tag: part.tag,
            track: track.clone(),
            voice: voice.clone(),
            pitch: note.pitch,
            velocity: note.velocity,
            begin: cycles.beat(note.begin).to_f64(),
            cycles: (note.begin.to_f64(), note.end.to_f64()),
            end: cycles.beat(note.end).to_f64(),
            take: words.take,
            places,
        }
    }
}

impl Band {
    /// Notes that were asked ahead and wait to be sent.
    pub(crate) fn ahead_of_time(&self, cycles: &Cycles) -> Vec<Sent> {
        let mut notes = Vec::new();
        for part in self.parts.iter().filter(|part| !self.muted.contains(&part.into)) {
            let Into::Track(track) = &part.into else { continue };
            notes.extend(part.notes.iter().map(|note| Sent::new(part, track, note, cycles)));
        }
        notes
    }

    /// Notes it, where somebody draws what plays.
    pub(super) fn note_down(&mut self, at: usize, note: &Struck, cycles: &Cycles) {
        let part = &self.parts[at];
        if let Into::Track(track) = &part.into
            && self.watch.on
            && !self.muted.contains(&part.into)
        {
            self.watch.noted.push(Noted::Note(Sent::new(part, track, note, cycles)));
        }
    }
}

/// What becomes of notes, in the order in which it does.
#[derive(Clone, Debug, PartialEq)]
pub enum Noted {
    /// One was sent.
    Note(Sent),
    /// Those under a tag are taken back from a beat on.
    Back {
        /// By whose word they were sent.
        tag: u32,
        /// The first beat.
        from: f64,
    },
}

/// What is noted of notes for who draws what plays.
#[derive(Default)]
pub(crate) struct Watch {
    pub on: bool,
    pub noted: Vec<Noted>,
}

impl Watch {
    /// What waits under a tag is taken back from a beat on.
    pub(super) fn back(&mut self, tag: u32, from: Ratio) {
        if self.on {
            self.noted.push(Noted::Back { tag, from: from.to_f64() });
        }
    }
}
