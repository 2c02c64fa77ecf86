//! The notes of a clip, as a patch file writes them.

use bf_node::{Controls, FileNote, MakeError, Setup, Value};
use bf_pattern::Ratio;
use bf_pattern::note::parse_pitch;

/// The latest beat at which a note may lie.
const LAST_BEAT: f64 = 1.0e6;

/// One note of a clip.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClipNote {
    /// Where it begins and ends, in beats from the start of the clip.
    pub(crate) at: Ratio,
    pub(crate) end: Ratio,
    /// MIDI note number.
    pub(crate) pitch: f32,
    /// 0 to 1.
    pub(crate) velocity: f32,
    /// Which of [`Score::controls`].
    pub(crate) controls: usize,
}

/// All notes of a clip by their beginnings.
#[derive(Debug)]
pub(crate) struct Score {
    pub(crate) notes: Vec<ClipNote>,
    /// What notes carry; many carry the same, most carry nothing (the first).
    pub(crate) controls: Vec<Controls>,
    /// Beats until the end of the file, or of the last note where there is no file; at least one.
    pub(crate) length: Ratio,
    /// A file is named and not there.
    pub(crate) awaits_file: bool,
}

impl Score {
    /// Reads the setting `notes`, and what `track` and `channel` choose of `file`.
    ///
    /// # Errors
    /// Names the first note that does not fit, counted from 1, and what would.
    pub(crate) fn read(setup: &Setup<'_>) -> Result<Score, MakeError> {
        let items = setup.value("notes").items();
        let mut score = Score {
            notes: Vec::with_capacity(items.len()),
            controls: vec![Controls::NONE],
            length: Ratio::ONE,
            awaits_file: false,
        };
        for (i, item) in items.iter().enumerate() {
            score.add(setup, item).map_err(|expected| {
                let mut found = format!("{item}");
                if found.chars().count() > 80 {
                    found = found.chars().take(77).collect::<String>() + "...";
                }
                MakeError::Setting { setting: "notes", found: format!("note {}: {found}", i + 1), expected }
            })?;
        }
        let last = score.notes.iter().map(|n| n.end).fold(Ratio::ONE, Ratio::max);
        score.length = Ratio::int(last.ceil());
        score.add_file(setup);
        // Stable: notes of one beat stay in the order of the text.
        score.notes.sort_by_key(|n| n.at);
        Ok(score)
    }

    fn add_file(&mut self, setup: &Setup<'_>) {
        let path = setup.text("file");
        if path.is_empty() {
            return;
        }
        let Some(file) = setup.samples.notes(path) else {
            self.awaits_file = true;
            return;
        };
        let (track, channel) = (setup.count("track"), setup.count("channel"));
        let chosen = |n: &&FileNote| {
            (track == 0 || usize::from(n.track) == track) && (channel == 0 || usize::from(n.channel) == channel)
        };
        self.notes.extend(file.notes.iter().filter(chosen).map(|n| ClipNote {
            at: n.start,
            end: n.end,
            pitch: f32::from(n.pitch),
            velocity: f32::from(n.velocity) / 127.0,
            controls: 0,
        }));
        self.length = self.length.max(file.length);
    }

    fn add(&mut self, setup: &Setup<'_>, item: &Value) -> Result<(), String> {
        let Value::Table(fields) = item else {
            return Err("a table such as { at = 0.5, pitch = \"c4\", length = 0.25, velocity = 0.8 }".to_owned());
        };
        let (mut at, mut length, mut pitch, mut velocity) = (None, 0.25, 60.0, 0.75);
        let mut controls = Controls::NONE;
        for (key, value) in fields {
            match key.as_str() {
                "at" => at = Some(number(value, LAST_BEAT).ok_or("`at` as beats from 0 to 1000000")?),
                "length" => length = number(value, LAST_BEAT).ok_or("`length` as beats from 0 to 1000000")?,
                "velocity" => velocity = number(value, 1.0).ok_or("`velocity` from 0 to 1")?,
                "pitch" => pitch = pitch_of(value)?,
                _ => {
                    let number = value.as_number().filter(|n| n.is_finite());
                    let number = number.ok_or_else(|| format!("a number for the control `{key}`"))?;
                    if !controls.set(setup.key(key), number as f32) {
                        return Err(format!("at most {} controls in a note", bf_node::event::MAX_CONTROLS));
                    }
                }
            }
        }
        let at = Ratio::from_f64(at.ok_or("`at`, the beat at which the note begins")?);
        let note = ClipNote {
            at,
            end: at + Ratio::from_f64(length),
            pitch,
            velocity: velocity as f32,
            controls: self.controls_at(controls),
        };
        self.notes.push(note);
        Ok(())
    }

    /// Where equal controls are kept; neighbours are most often equal.
    fn controls_at(&mut self, controls: Controls) -> usize {
        if controls == Controls::NONE {
            return 0;
        }
        if self.controls.last() != Some(&controls) {
            self.controls.push(controls);
        }
        self.controls.len() - 1
    }
}

fn number(value: &Value, most: f64) -> Option<f64> {
    value.as_number().filter(|n| (0.0..=most).contains(n))
}

fn pitch_of(value: &Value) -> Result<f32, String> {
    match value {
        Value::Number(n) if (0.0..=127.0).contains(n) => Ok(*n as f32),
        Value::Text(t) => parse_pitch(t).map_err(|e| e.to_string()),
        _ => Err("`pitch` as a MIDI note number from 0 to 127 or a name such as \"c4\"".to_owned()),
    }
}
