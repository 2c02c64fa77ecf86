//! Scales: degrees to notes, and notes to the nearest note of a scale.

use crate::note::{DEFAULT_OCTAVE, NoteError, parse_note};
use crate::words::distance;

/// A scale: which of the twelve semitones above its root belong to it.
#[derive(Debug, PartialEq, Eq)]
pub struct Scale {
    /// Its names in lower case; the first is the one shown.
    pub names: &'static [&'static str],
    /// Semitones above the root, rising, from 0 to at most 11.
    pub semitones: &'static [u8],
}

/// Why a text names no scale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScaleError {
    /// Nothing stands there.
    #[error("a scale is missing: expected a root and a name, such as \"c2:minor\"")]
    Empty,
    /// The root is no note.
    #[error("the root of the scale: {0}")]
    Root(NoteError),
    /// The name is not known.
    #[error("no scale is called `{name}`{}", .nearest.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    Unknown {
        /// What stands there.
        name: String,
        /// The known name nearest to it, when it is near enough to be meant.
        nearest: Option<&'static str>,
    },
}

impl Scale {
    /// The scale of a name. Case, spaces, hyphens, underscores and colons between words do not matter.
    pub fn named(name: &str) -> Option<&'static Scale> {
        let wanted = plain(name);
        SCALES.iter().find(|s| s.names.iter().any(|n| plain(n) == wanted))
    }

    /// The name that is shown.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or("")
    }
}

/// A scale on a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The MIDI note number of degree 0.
    pub root: i32,
    /// The scale.
    pub scale: &'static Scale,
}

/// Which note of a scale a pitch between two of them goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snap {
    /// The nearer; the lower where both are equally near.
    Nearest,
    /// The one below.
    Down,
    /// The one above.
    Up,
}

impl Key {
    /// Reads `"c2:minor"`, `"eb:harmonic minor"`, `"f#3 dorian"` or `"dorian"` (whose root is then `c3`).
    ///
    /// # Errors
    /// When the root is no note or the scale is not known.
    pub fn parse(text: &str) -> Result<Key, ScaleError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ScaleError::Empty);
        }
        // The whole text may be a name of several words, such as "whole tone".
        if let Some(scale) = Scale::named(text) {
            return Ok(Key { root: (DEFAULT_OCTAVE + 1) * 12, scale });
        }
        let (root, name) = text.split_once([':', ' ']).unwrap_or((text, ""));
        let name = name.trim();
        match (parse_note(root), name) {
            (Ok(_), "") => Err(ScaleError::Empty),
            (Ok(root), _) => Scale::named(name).map(|scale| Key { root, scale }).ok_or_else(|| unknown(name)),
            (Err(e), _) if text.contains(':') => Err(ScaleError::Root(e)),
            (Err(_), _) => Err(unknown(text)),
        }
    }

    /// The MIDI note number of a degree: 0 is the root, each octave has as many degrees as the scale has notes, and
    /// negative degrees go down from the root.
    pub fn degree(&self, degree: i64) -> i32 {
        let count = self.scale.semitones.len().max(1) as i64;
        let octave = degree.div_euclid(count).clamp(-1000, 1000) as i32;
        let step = self.scale.semitones.get(degree.rem_euclid(count) as usize).copied().unwrap_or(0);
        self.root + 12 * octave + i32::from(step)
    }

    /// The degree for a pitch, in any octave. What is not finite becomes degree 0.
    ///
    /// # Realtime Safety
    /// At most 12 comparisons; never allocates.
    pub fn degree_of(&self, pitch: f32, how: Snap) -> i64 {
        if !pitch.is_finite() || pitch.abs() > 1.0e4 {
            return 0;
        }
        let above_root = pitch - self.root as f32;
        let octave = (above_root / 12.0).floor();
        let within = above_root - 12.0 * octave;
        let count = self.scale.semitones.len().max(1);
        let semitone = |i: usize| self.scale.semitones.get(i).map_or(12.0, |s| f32::from(*s));
        let below = (1..count).take_while(|i| semitone(*i) <= within).count();
        let (down, up) = (within - semitone(below), semitone(below + 1) - within);
        let raise = match how {
            Snap::Down => false,
            Snap::Up => down > 0.0,
            Snap::Nearest => up < down,
        };
        octave as i64 * count as i64 + below as i64 + i64::from(raise)
    }

    /// The note of the scale for a pitch, in any octave. What is not finite becomes the root.
    ///
    /// # Realtime Safety
    /// As [`Key::degree_of`].
    pub fn snap(&self, pitch: f32, how: Snap) -> f32 {
        self.degree(self.degree_of(pitch, how)) as f32
    }
}

/// A name without case and without what separates its words.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '-' | '_' | ':' | '\'')).flat_map(char::to_lowercase).collect()
}

fn unknown(name: &str) -> ScaleError {
    let wanted = plain(name);
    let limit = (wanted.len() / 3).max(1);
    let names = SCALES.iter().flat_map(|s| s.names).copied();
    let nearest = names.map(|n| (distance(&wanted, &plain(n)), n)).filter(|(d, _)| *d <= limit).min();
    ScaleError::Unknown { name: name.to_owned(), nearest: nearest.map(|(_, n)| n) }
}

const fn s(names: &'static [&'static str], semitones: &'static [u8]) -> Scale {
    Scale { names, semitones }
}

/// Every scale that is known, by number of notes.
///
/// *Source*: the names are those in common use (and in Strudel); the modes of limited transposition are after
/// O. Messiaen, *Technique de mon langage musical*, 1944.
pub static SCALES: &[Scale] = &[
    s(&["major pentatonic", "pentatonic", "majpent"], &[0, 2, 4, 7, 9]),
    s(&["minor pentatonic", "minpent", "vietnamese 2"], &[0, 3, 5, 7, 10]),
    s(&["ionian pentatonic"], &[0, 4, 5, 7, 11]),
    s(&["mixolydian pentatonic", "indian"], &[0, 4, 5, 7, 10]),
    s(&["lydian pentatonic", "chinese"], &[0, 4, 6, 7, 11]),
    s(&["locrian pentatonic", "minor seven flat five pentatonic"], &[0, 3, 5, 6, 10]),
    s(&["lydian dominant pentatonic"], &[0, 4, 6, 7, 10]),
    s(&["super locrian pentatonic"], &[0, 3, 4, 6, 10]),
    s(&["minor six pentatonic"], &[0, 3, 5, 7, 9]),
    s(&["flat six pentatonic"], &[0, 2, 4, 7, 8]),
    s(&["whole tone pentatonic"], &[0, 4, 6, 8, 10]),
    s(&["neapolitan major pentatonic", "neopolitan major pentatonic"], &[0, 4, 5, 6, 10]),
    s(&["ritusen", "yo"], &[0, 2, 5, 7, 9]),
    s(&["egyptian"], &[0, 2, 5, 7, 10]),
    s(&["hirajoshi"], &[0, 2, 3, 7, 8]),
    s(&["kumoi", "flat three pentatonic"], &[0, 2, 3, 7, 9]),
    s(&["kumoijoshi", "in"], &[0, 1, 5, 7, 8]),
    s(&["in-sen"], &[0, 1, 5, 7, 10]),
    s(&["iwato"], &[0, 1, 5, 6, 10]),
    s(&["pelog"], &[0, 1, 3, 7, 8]),
    s(&["vietnamese 1"], &[0, 3, 5, 7, 8]),
    s(&["malkos raga", "malkauns"], &[0, 3, 5, 8, 10]),
    s(&["scriabin"], &[0, 1, 4, 7, 9]),
    s(&["blues", "minor blues"], &[0, 3, 5, 6, 7, 10]),
    s(&["major blues"], &[0, 2, 3, 4, 7, 9]),
    s(&["whole tone", "messiaen 1"], &[0, 2, 4, 6, 8, 10]),
    s(&["augmented", "hexatonic"], &[0, 3, 4, 7, 8, 11]),
    s(&["six tone symmetric"], &[0, 1, 4, 5, 8, 9]),
    s(&["minor hexatonic"], &[0, 2, 3, 5, 7, 11]),
    s(&["prometheus", "mystic"], &[0, 2, 4, 6, 9, 10]),
    s(&["prometheus neapolitan", "prometheus neopolitan"], &[0, 1, 4, 6, 9, 10]),
    s(&["mystery 1", "mystery #1"], &[0, 1, 4, 6, 8, 10]),
    s(&["tritone", "petrushka"], &[0, 1, 4, 6, 7, 10]),
    s(&["piongio"], &[0, 2, 5, 7, 9, 10]),
    s(&["messiaen 5", "messiaen\'s mode #5"], &[0, 1, 5, 6, 7, 11]),
    s(&["major", "ionian"], &[0, 2, 4, 5, 7, 9, 11]),
    s(&["dorian"], &[0, 2, 3, 5, 7, 9, 10]),
    s(&["phrygian"], &[0, 1, 3, 5, 7, 8, 10]),
    s(&["lydian"], &[0, 2, 4, 6, 7, 9, 11]),
    s(&["mixolydian", "dominant"], &[0, 2, 4, 5, 7, 9, 10]),
    s(&["minor", "aeolian", "natural minor"], &[0, 2, 3, 5, 7, 8, 10]),
    s(&["locrian"], &[0, 1, 3, 5, 6, 8, 10]),
    s(&["harmonic minor"], &[0, 2, 3, 5, 7, 8, 11]),
    s(&["locrian 6", "locrian natural 6"], &[0, 1, 3, 5, 6, 9, 10]),
    s(&["major augmented", "ionian augmented", "ionian #5"], &[0, 2, 4, 5, 8, 9, 11]),
    s(&["dorian #4", "ukrainian dorian", "romanian minor"], &[0, 2, 3, 6, 7, 9, 10]),
    s(&["phrygian dominant", "spanish", "hijaz", "freygish"], &[0, 1, 4, 5, 7, 8, 10]),
    s(&["lydian #2", "lydian #9"], &[0, 3, 4, 6, 7, 9, 11]),
    s(&["ultralocrian", "super locrian bb7"], &[0, 1, 3, 4, 6, 8, 9]),
    s(&["melodic minor", "jazz minor"], &[0, 2, 3, 5, 7, 9, 11]),
    s(&["dorian b2", "phrygian #6"], &[0, 1, 3, 5, 7, 9, 10]),
    s(&["lydian augmented"], &[0, 2, 4, 6, 8, 9, 11]),
    s(&["lydian dominant", "acoustic", "overtone"], &[0, 2, 4, 6, 7, 9, 10]),
    s(&["mixolydian b6", "hindu", "aeolian dominant"], &[0, 2, 4, 5, 7, 8, 10]),
    s(&["half diminished", "locrian #2"], &[0, 2, 3, 5, 6, 8, 10]),
    s(&["altered", "super locrian"], &[0, 1, 3, 4, 6, 8, 10]),
    s(&["harmonic major"], &[0, 2, 4, 5, 7, 8, 11]),
    s(&["double harmonic major", "double harmonic", "gypsy", "byzantine"], &[0, 1, 4, 5, 7, 8, 11]),
    s(&["hungarian minor", "algerian"], &[0, 2, 3, 6, 7, 8, 11]),
    s(&["hungarian major"], &[0, 3, 4, 6, 7, 9, 10]),
    s(&["neapolitan minor", "neopolitan minor", "balinese"], &[0, 1, 3, 5, 7, 8, 11]),
    s(&["neapolitan major", "neopolitan major"], &[0, 1, 3, 5, 7, 9, 11]),
    s(&["double harmonic lydian"], &[0, 1, 4, 6, 7, 8, 11]),
    s(&["lydian diminished"], &[0, 2, 3, 6, 7, 9, 11]),
    s(&["lydian minor"], &[0, 2, 4, 6, 7, 8, 10]),
    s(&["leading whole tone"], &[0, 2, 4, 6, 8, 10, 11]),
    s(&["locrian major", "arabian"], &[0, 2, 4, 5, 6, 8, 10]),
    s(&["augmented heptatonic"], &[0, 3, 4, 5, 7, 8, 11]),
    s(&["oriental"], &[0, 1, 4, 5, 6, 9, 10]),
    s(&["flamenco"], &[0, 1, 3, 4, 6, 7, 10]),
    s(&["todi raga", "todi"], &[0, 1, 3, 6, 7, 8, 11]),
    s(&["marwa raga", "marwa"], &[0, 1, 4, 6, 7, 9, 11]),
    s(&["persian"], &[0, 1, 4, 5, 6, 8, 11]),
    s(&["enigmatic"], &[0, 1, 4, 6, 8, 10, 11]),
    s(&["bebop", "bebop dominant"], &[0, 2, 4, 5, 7, 9, 10, 11]),
    s(&["bebop major"], &[0, 2, 4, 5, 7, 8, 9, 11]),
    s(&["bebop minor", "bebop dorian"], &[0, 2, 3, 4, 5, 7, 9, 10]),
    s(&["minor bebop"], &[0, 2, 3, 5, 7, 8, 10, 11]),
    s(&["bebop locrian"], &[0, 1, 3, 5, 6, 7, 8, 10]),
    s(&["diminished", "whole half diminished"], &[0, 2, 3, 5, 6, 8, 9, 11]),
    s(
        &["half whole diminished", "dominant diminished", "messiaen 2", "messiaen's mode #2", "octatonic"],
        &[0, 1, 3, 4, 6, 7, 9, 10],
    ),
    s(&["minor six diminished"], &[0, 2, 3, 5, 7, 8, 9, 11]),
    s(&["spanish heptatonic"], &[0, 1, 3, 4, 5, 7, 8, 10]),
    s(&["eight tone spanish"], &[0, 1, 3, 4, 5, 6, 8, 10]),
    s(&["ichikosucho"], &[0, 2, 4, 5, 6, 7, 9, 11]),
    s(&["purvi raga"], &[0, 1, 4, 5, 6, 7, 8, 11]),
    s(&["kafi raga"], &[0, 3, 4, 5, 7, 9, 10, 11]),
    s(&["messiaen 4", "messiaen\'s mode #4"], &[0, 1, 2, 5, 6, 7, 8, 11]),
    s(&["messiaen 6", "messiaen\'s mode #6"], &[0, 2, 4, 5, 6, 8, 10, 11]),
    s(&["messiaen 3", "messiaen\'s mode #3"], &[0, 2, 3, 4, 6, 7, 8, 10, 11]),
    s(&["composite blues"], &[0, 2, 3, 4, 5, 6, 7, 9, 10]),
    s(&["messiaen 7", "messiaen\'s mode #7"], &[0, 1, 2, 3, 5, 6, 7, 8, 9, 11]),
    s(&["chromatic"], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_well_formed_and_names_are_unique() {
        let mut names = std::collections::BTreeSet::new();
        let mut notes = std::collections::BTreeSet::new();
        for scale in SCALES {
            assert_eq!(scale.semitones.first(), Some(&0), "{}", scale.name());
            assert!(scale.semitones.windows(2).all(|w| w[0] < w[1]) && scale.semitones.iter().all(|s| *s < 12));
            assert!(notes.insert(scale.semitones), "{} is there twice", scale.name());
            assert!(scale.names.iter().all(|n| names.insert(plain(n))), "{}", scale.name());
        }
        assert!(SCALES.len() >= 60);
    }

    #[test]
    fn degrees_run_over_octaves_both_ways() {
        let key = Key::parse("c2:minor").unwrap();
        assert_eq!(key.root, 36);
        let up: Vec<i32> = (-3..9).map(|d| key.degree(d)).collect();
        assert_eq!(up, [31, 32, 34, 36, 38, 39, 41, 43, 44, 46, 48, 50]);
        assert_eq!(Key::parse("a4:major pentatonic").unwrap().degree(-5), 57);
        let far = Key::parse("c:blues").unwrap();
        assert!(far.degree(i64::MAX) > 0 && far.degree(i64::MIN) < 0);
    }

    #[test]
    fn texts_name_keys() {
        let minor = Scale::named("minor").unwrap();
        for text in ["eb3:minor", "Eb3:Aeolian", "eb3 minor", " eb:minor "] {
            assert_eq!(Key::parse(text), Ok(Key { root: 51, scale: minor }), "{text}");
        }
        assert_eq!(Key::parse("whole tone").unwrap().root, 48);
        assert_eq!(Key::parse("f#2:harmonic_minor").unwrap().scale.name(), "harmonic minor");
        assert_eq!(Key::parse("c4:bebop:major").unwrap().scale.name(), "bebop major");
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(Key::parse(" "), Err(ScaleError::Empty));
        assert_eq!(Key::parse("c2"), Err(ScaleError::Empty));
        assert!(matches!(Key::parse("h2:minor"), Err(ScaleError::Root(_))));
        let error = Key::parse("c:dorain").unwrap_err();
        assert_eq!(error.to_string(), "no scale is called `dorain`; did you mean `dorian`?");
        assert_eq!(Key::parse("c:zzzzzz").unwrap_err().to_string(), "no scale is called `zzzzzz`");
    }

    #[test]
    fn pitches_snap_to_the_scale() {
        let key = Key::parse("c4:major").unwrap();
        for (pitch, near, down, up) in [
            (61.0, 60.0, 60.0, 62.0),
            (61.2, 62.0, 60.0, 62.0),
            (71.6, 72.0, 71.0, 72.0),
            (58.0, 57.0, 57.0, 59.0),
            (64.0, 64.0, 64.0, 64.0),
        ] {
            assert_eq!(key.snap(pitch, Snap::Nearest), near, "{pitch}");
            assert_eq!(key.snap(pitch, Snap::Down), down, "{pitch}");
            assert_eq!(key.snap(pitch, Snap::Up), up, "{pitch}");
        }
        assert_eq!(key.snap(f32::NAN, Snap::Nearest), 60.0);
        for degree in -20..20 {
            assert_eq!(key.degree_of(key.degree(degree) as f32, Snap::Nearest), degree);
        }
    }
}
