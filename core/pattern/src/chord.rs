//! Chords: symbols such as `Am7` or `C^7/G` to notes, and voicings near an anchor.

use crate::note::parse_note;

/// A kind of chord.
#[derive(Debug, PartialEq, Eq)]
pub struct ChordType {
    /// What stands after the root; the first is the one shown.
    pub symbols: &'static [&'static str],
    /// Semitones above the root, rising.
    pub semitones: &'static [u8],
}

/// Why a text is no chord.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChordError {
    /// It begins with no root.
    #[error("`{0}` is no chord: expected a root from A to G, then a kind, such as C, Am7, F#m7b5 or Bb^7")]
    Root(String),
    /// The kind is not known.
    #[error("`{text}`: no chord is called `{kind}`; some that are: m, 7, ^7, m7, m7b5, o7, 6, 9, sus4, add9")]
    Kind {
        /// The whole text.
        text: String,
        /// What stands after the root.
        kind: String,
    },
}

/// A chord on a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chord {
    /// The root, 0 (c) to 11 (b).
    pub root: i32,
    /// The kind.
    pub kind: &'static ChordType,
    /// The bass after `/`, 0 to 11, where it is not the root.
    pub bass: Option<i32>,
}

/// How the notes of a chord are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As near together as they go.
    Close,
    /// The second note from the top an octave lower.
    Open,
    /// Root, third and seventh (or fifth) alone.
    Shell,
    /// From the root upwards, never inverted.
    Root,
}

/// Where a voicing lies by its anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its top note is the anchor or the next below.
    Below,
    /// As below, and never the anchor itself.
    Duck,
    /// Its bottom note is the anchor or the next above.
    Above,
    /// Its bottom note is the root, at the anchor or the next below.
    Root,
}

impl Chord {
    /// Reads `C`, `Am7`, `F#m7b5`, `Bb^7` or `C/G`.
    ///
    /// # Errors
    /// When the root is no note or the kind is not known.
    pub fn parse(text: &str) -> Result<Chord, ChordError> {
        let text = text.trim();
        let letter = text.chars().next().filter(|c| c.is_ascii_alphabetic()).map_or(0, char::len_utf8);
        let marks = text[letter..].len() - text[letter..].trim_start_matches(['#', 'b']).len();
        let (root, rest) = text.split_at(letter + marks);
        let class = |name: &str| parse_note(&format!("{name}4")).ok().map(|n| n.rem_euclid(12));
        let root = class(root).ok_or_else(|| ChordError::Root(text.to_owned()))?;
        let (symbol, bass) = match rest.rsplit_once('/').map(|(symbol, bass)| (symbol, class(bass))) {
            Some((symbol, Some(bass))) => (symbol, Some(bass).filter(|b| *b != root)),
            // `6/9` is a kind, not a bass.
            _ => (rest, None),
        };
        let kind = CHORDS.iter().find(|c| c.symbols.contains(&symbol));
        let kind = kind.ok_or_else(|| ChordError::Kind { text: text.to_owned(), kind: symbol.to_owned() })?;
        Ok(Chord { root, kind, bass })
    }

    /// The MIDI notes of a voicing, rising.
    pub fn voicing(&self, layout: Layout, place: Place, anchor: i32, inversion: i32) -> Vec<i32> {
        let classes = self.classes(layout);
        if layout == Layout::Root || place == Place::Root {
            let bottom = anchor - (anchor - self.root).rem_euclid(12);
            return self.with_bass(stacked(&classes, 0, bottom));
        }
        let count = classes.len() as i32;
        let mut best: Option<(i32, Vec<i32>)> = None;
        for first in 0..count {
            let mut notes = stacked(&classes, first, self.root + i32::from(classes[first as usize]));
            if layout == Layout::Open && notes.len() > 2 {
                let dropped = notes.remove(notes.len() - 2) - 12;
                notes.insert(0, dropped);
                notes.sort_unstable();
            }
            let (Some(bottom), Some(top)) = (notes.first().copied(), notes.last().copied()) else { continue };
            let octaves = match place {
                Place::Above | Place::Root => (anchor - bottom + 11).div_euclid(12),
                Place::Below => (anchor - top).div_euclid(12),
                Place::Duck => (anchor - 1 - top).div_euclid(12),
            };
            notes.iter_mut().for_each(|n| *n += 12 * octaves);
            let far = match place {
                Place::Above | Place::Root => bottom + 12 * octaves - anchor,
                Place::Below | Place::Duck => anchor - (top + 12 * octaves),
            };
            if best.as_ref().is_none_or(|(distance, _)| far < *distance) {
                best = Some((far, notes));
            }
        }
        let notes = best.map(|(_, notes)| notes).unwrap_or_default();
        self.with_bass(turned(notes, inversion))
    }

    /// The semitones above the root that a layout plays.
    fn classes(&self, layout: Layout) -> Vec<u8> {
        let all = self.kind.semitones;
        if matches!(layout, Layout::Close | Layout::Open) {
            return folded(all);
        }
        if layout != Layout::Shell {
            return all.to_vec();
        }
        let third = all.iter().find(|s| (2..=5).contains(*s));
        let top = all.iter().find(|s| (9..=11).contains(*s)).or_else(|| all.iter().find(|s| (6..=8).contains(*s)));
        [Some(&0), third, top].into_iter().flatten().copied().collect()
    }

    fn with_bass(&self, mut notes: Vec<i32>) -> Vec<i32> {
        if let (Some(bass), Some(bottom)) = (self.bass, notes.first().copied()) {
            let under = bottom - 1 - (bottom - 1 - bass).rem_euclid(12);
            notes.insert(0, under);
        }
        notes
    }
}

/// The notes of a chord within an octave. One with tensions leaves its root to the bass, and one of six notes its fifth,
/// as hands on a keyboard do.
fn folded(all: &[u8]) -> Vec<u8> {
    let tense = all.iter().any(|s| *s > 12);
    let left = |s: u8| tense && all.len() > 4 && (s == 0 || (all.len() > 5 && s == 7));
    let mut classes: Vec<u8> = all.iter().filter(|s| !left(**s)).map(|s| s % 12).collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

/// The notes from the one with number `first` upwards, the first at `bottom`.
fn stacked(classes: &[u8], first: i32, bottom: i32) -> Vec<i32> {
    let count = classes.len() as i32;
    let mut notes: Vec<i32> = Vec::new();
    for i in 0..count {
        let step = i32::from(classes[(first + i).rem_euclid(count) as usize]);
        let note = bottom - i32::from(classes[first as usize]) + step;
        let last = notes.last().copied().unwrap_or(i32::MIN);
        // A note that would lie below the one before goes up by octaves.
        notes.push(if note > last { note } else { note + 12 * ((last - note).div_euclid(12) + 1) });
    }
    notes
}

/// The voicing with its lowest note moved up `by` times, or its highest down.
fn turned(mut notes: Vec<i32>, by: i32) -> Vec<i32> {
    for _ in 0..by.unsigned_abs().min(64) {
        let Some(last) = notes.len().checked_sub(1) else { break };
        if by > 0 {
            let note = notes.remove(0);
            let top = notes.last().copied().unwrap_or(note);
            notes.push(note + 12 * ((top - note).div_euclid(12) + 1));
        } else {
            let note = notes.remove(last);
            let bottom = notes.first().copied().unwrap_or(note);
            notes.insert(0, note - 12 * ((note - bottom).div_euclid(12) + 1));
        }
    }
    notes
}

const fn c(symbols: &'static [&'static str], semitones: &'static [u8]) -> ChordType {
    ChordType { symbols, semitones }
}

/// Every kind of chord that is known, from small to large.
pub static CHORDS: &[ChordType] = &[
    c(&["5"], &[0, 7]),
    c(&["", "M", "maj", "major"], &[0, 4, 7]),
    c(&["m", "min", "-", "minor"], &[0, 3, 7]),
    c(&["o", "dim", "mb5"], &[0, 3, 6]),
    c(&["aug", "+", "#5"], &[0, 4, 8]),
    c(&["b5"], &[0, 4, 6]),
    c(&["sus4", "sus"], &[0, 5, 7]),
    c(&["sus2", "2"], &[0, 2, 7]),
    c(&["6", "M6", "maj6"], &[0, 4, 7, 9]),
    c(&["m6", "min6", "-6"], &[0, 3, 7, 9]),
    c(&["7", "dom7"], &[0, 4, 7, 10]),
    c(&["^7", "maj7", "M7", "^"], &[0, 4, 7, 11]),
    c(&["m7", "min7", "-7"], &[0, 3, 7, 10]),
    c(&["m^7", "mM7", "minmaj7", "-^7"], &[0, 3, 7, 11]),
    c(&["m7b5", "h7", "h", "-7b5"], &[0, 3, 6, 10]),
    c(&["o7", "dim7"], &[0, 3, 6, 9]),
    c(&["o^7", "oM7"], &[0, 3, 6, 11]),
    c(&["7#5", "aug7", "+7", "7aug"], &[0, 4, 8, 10]),
    c(&["^7#5", "maj7#5", "M7#5"], &[0, 4, 8, 11]),
    c(&["m7#5", "m7b6"], &[0, 3, 8, 10]),
    c(&["7b5"], &[0, 4, 6, 10]),
    c(&["^7b5", "maj7b5", "M7b5"], &[0, 4, 6, 11]),
    c(&["7sus4", "7sus"], &[0, 5, 7, 10]),
    c(&["7sus2"], &[0, 2, 7, 10]),
    c(&["^7sus4", "maj7sus4"], &[0, 5, 7, 11]),
    c(&["add9", "add2"], &[0, 2, 4, 7]),
    c(&["madd9", "madd2", "-add9"], &[0, 2, 3, 7]),
    c(&["add4", "add11"], &[0, 4, 5, 7]),
    c(&["madd4", "madd11"], &[0, 3, 5, 7]),
    c(&["mb6", "-b6"], &[0, 3, 7, 8]),
    c(&["69", "6/9", "6add9"], &[0, 4, 7, 9, 14]),
    c(&["m69", "m6/9", "-69"], &[0, 3, 7, 9, 14]),
    c(&["9", "dom9"], &[0, 4, 7, 10, 14]),
    c(&["^9", "maj9", "M9"], &[0, 4, 7, 11, 14]),
    c(&["m9", "min9", "-9"], &[0, 3, 7, 10, 14]),
    c(&["m^9", "mM9", "-^9"], &[0, 3, 7, 11, 14]),
    c(&["m9b5", "h9", "-9b5"], &[0, 3, 6, 10, 14]),
    c(&["7b9"], &[0, 4, 7, 10, 13]),
    c(&["7#9"], &[0, 4, 7, 10, 15]),
    c(&["7b5b9"], &[0, 4, 6, 10, 13]),
    c(&["7b5#9"], &[0, 4, 6, 10, 15]),
    c(&["7#5b9"], &[0, 4, 8, 10, 13]),
    c(&["7#5#9", "7alt", "alt"], &[0, 4, 8, 10, 15]),
    c(&["9#5", "9aug"], &[0, 4, 8, 10, 14]),
    c(&["9b5"], &[0, 4, 6, 10, 14]),
    c(&["9sus4", "9sus"], &[0, 5, 7, 10, 14]),
    c(&["7b9sus4", "7b9sus"], &[0, 5, 7, 10, 13]),
    c(&["7#11"], &[0, 4, 7, 10, 18]),
    c(&["^7#11", "maj7#11", "M7#11"], &[0, 4, 7, 11, 18]),
    c(&["7b13"], &[0, 4, 7, 10, 20]),
    c(&["11", "dom11"], &[0, 7, 10, 14, 17]),
    c(&["m11", "min11", "-11"], &[0, 3, 7, 10, 14, 17]),
    c(&["^11", "maj11", "M11"], &[0, 4, 7, 11, 14, 17]),
    c(&["9#11", "+11"], &[0, 4, 7, 10, 14, 18]),
    c(&["^9#11", "maj9#11", "M9#11"], &[0, 4, 7, 11, 14, 18]),
    c(&["7b9#11"], &[0, 4, 7, 10, 13, 18]),
    c(&["7#9#11"], &[0, 4, 7, 10, 15, 18]),
    c(&["13", "dom13"], &[0, 4, 7, 10, 14, 21]),
    c(&["^13", "maj13", "M13"], &[0, 4, 7, 11, 14, 21]),
    c(&["m13", "min13", "-13"], &[0, 3, 7, 10, 14, 21]),
    c(&["13sus4", "13sus"], &[0, 5, 7, 10, 14, 21]),
    c(&["13b9"], &[0, 4, 7, 10, 13, 21]),
    c(&["13#9"], &[0, 4, 7, 10, 15, 21]),
    c(&["13#11"], &[0, 4, 7, 10, 14, 18, 21]),
    c(&["7b9b13"], &[0, 4, 7, 10, 13, 20]),
    c(&["7#9b13"], &[0, 4, 7, 10, 15, 20]),
    c(&["7susadd3"], &[0, 4, 5, 7, 10]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn close(text: &str) -> Vec<i32> {
        Chord::parse(text).unwrap().voicing(Layout::Close, Place::Below, 72, 0)
    }

    #[test]
    fn no_two_chords_share_a_symbol() {
        let mut seen = BTreeSet::new();
        for chord in CHORDS {
            assert!(chord.symbols.iter().all(|s| seen.insert(*s)), "{:?}", chord.symbols);
            assert!(chord.semitones.windows(2).all(|w| w[0] < w[1]) && chord.semitones[0] == 0);
        }
    }

    #[test]
    fn symbols_are_read() {
        let chord = Chord::parse("F#m7b5").unwrap();
        assert_eq!((chord.root, chord.kind.semitones), (6, &[0, 3, 6, 10][..]));
        assert_eq!(Chord::parse("C/G").unwrap().bass, Some(7));
        assert_eq!(Chord::parse("C6/9").unwrap().kind.symbols[0], "69");
        assert_eq!(Chord::parse("Bb").unwrap().root, 10);
        assert!(matches!(Chord::parse("H7"), Err(ChordError::Root(_))));
        assert!(matches!(Chord::parse("é"), Err(ChordError::Root(_))));
        assert!(matches!(Chord::parse("Cfoo"), Err(ChordError::Kind { .. })));
    }

    #[test]
    fn voicings_lie_by_their_anchor() {
        assert_eq!(close("C"), [64, 67, 72]);
        assert_eq!(close("Am"), [64, 69, 72]);
        // Tensions lie among the other notes, without the root.
        assert_eq!(close("Dm9"), [64, 65, 69, 72]);
        assert_eq!(close("C^9"), [62, 64, 67, 71]);
        assert_eq!(close("G13").len(), 4);
        for chord in CHORDS {
            for root in ["C", "F#", "B"] {
                let chord = Chord::parse(&format!("{root}{}", chord.symbols[0])).unwrap();
                for layout in [Layout::Close, Layout::Open, Layout::Shell] {
                    let below = chord.voicing(layout, Place::Below, 72, 0);
                    assert!(below.windows(2).all(|w| w[0] < w[1]), "{below:?}");
                    assert!((61..=72).contains(below.last().unwrap()), "{below:?}");
                    assert_ne!(chord.voicing(layout, Place::Duck, 72, 0).last(), Some(&72));
                    let above = chord.voicing(layout, Place::Above, 60, 0);
                    assert!((60..72).contains(&above[0]), "{above:?}");
                }
            }
        }
        let chord = Chord::parse("C/G").unwrap();
        assert_eq!(chord.voicing(Layout::Root, Place::Below, 60, 0), [55, 60, 64, 67]);
        assert_eq!(Chord::parse("C").unwrap().voicing(Layout::Close, Place::Below, 72, 1), [67, 72, 76]);
        assert_eq!(Chord::parse("C").unwrap().voicing(Layout::Close, Place::Below, 72, -1), [60, 64, 67]);
    }
}
