//! What a node's line says of a frozen node: the sound files that play in its place, and how long they last.

use crate::Name;
use bf_node::Value;

/// The key of a node's line that has sound files play in its place: `{ beats = 16, out = "frozen/bass.wav" }`, one file
/// an output. Its values and what enters it do nothing meanwhile, and what fed only it does not run.
pub const FROZEN: &str = "frozen";
/// In it, how many beats a file lasts.
const BEATS: &str = "beats";
/// In it, whether the files play as mono.
const MONO: &str = "mono";
/// The most beats of one.
const MOST_BEATS: f64 = 65_536.0;

/// What plays in the place of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// How many beats the files last.
    pub beats: u32,
    /// Whether they play on one channel; on two otherwise.
    pub mono: bool,
    /// The outputs that are heard, and the file of each.
    pub files: Vec<(Name, String)>,
}

impl Frozen {
    /// Reads what stands in a node's line.
    ///
    /// # Errors
    /// What was expected, in the user's words.
    pub fn read(value: &Value) -> Result<Frozen, String> {
        let expected = || format!("{FROZEN} is {value}, expected {{ beats = 16, out = \"frozen/name.wav\" }}");
        let Value::Table(entries) = value else { return Err(expected()) };
        let mut frozen = Frozen { beats: 0, mono: false, files: Vec::new() };
        for (key, value) in entries {
            match value {
                Value::Number(n) if key == BEATS && (1.0..=MOST_BEATS).contains(n) && n.fract() == 0.0 => {
                    frozen.beats = *n as u32;
                }
                Value::Bool(on) if key == MONO => frozen.mono = *on,
                Value::Text(file) if ![BEATS, MONO].contains(&key.as_str()) && !file.trim().is_empty() => {
                    frozen.files.push((Name::new(key), file.clone()));
                }
                _ => return Err(expected()),
            }
        }
        if frozen.beats == 0 || frozen.files.is_empty() { Err(expected()) } else { Ok(frozen) }
    }

    /// The same as it stands in a node's line.
    pub fn value(&self) -> Value {
        let mut entries = vec![(BEATS.to_owned(), Value::Number(f64::from(self.beats)))];
        if self.mono {
            entries.push((MONO.to_owned(), Value::Bool(true)));
        }
        entries.extend(self.files.iter().map(|(output, file)| (output.to_string(), Value::Text(file.clone()))));
        Value::Table(entries)
    }
}

/// The path in the plan of what plays in the place of an output of a node.
pub fn player_path(node: &str, output: &str) -> String {
    format!("{node}/~frozen/{output}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let files = vec![(Name::new("low"), "frozen/a.wav".to_owned()), (Name::new("high"), "frozen/b.wav".to_owned())];
        for mono in [false, true] {
            let frozen = Frozen { beats: 16, mono, files: files.clone() };
            assert_eq!(Frozen::read(&frozen.value()), Ok(frozen));
        }
    }

    #[test]
    fn what_is_odd_is_told() {
        let table = |entries: &[(&str, Value)]| {
            Value::Table(entries.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
        };
        for wrong in [
            Value::Bool(true),
            Value::from("frozen/a.wav"),
            table(&[("out", "frozen/a.wav".into())]),
            table(&[("beats", 16.0.into())]),
            table(&[("beats", 1.5.into()), ("out", "frozen/a.wav".into())]),
            table(&[("beats", 0.0.into()), ("out", "frozen/a.wav".into())]),
            table(&[("beats", 4.0.into()), ("out", " ".into())]),
            table(&[("beats", 4.0.into()), ("out", 4.0.into())]),
        ] {
            let why = Frozen::read(&wrong).unwrap_err();
            assert!(why.contains("expected { beats = 16"), "{why}");
        }
    }
}
