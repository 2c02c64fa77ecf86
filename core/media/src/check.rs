//! Whether a folder of sounds and its `samples.toml` agree, file by file.

use crate::bank::{Bank, BankError};
use crate::{Limits, MediaError, Warning, Watch, decode_watched};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// Something that a bank has wrong.
#[derive(Debug)]
pub enum Finding {
    /// A sound's file cannot be read, or nothing of it.
    Unreadable {
        /// The sound.
        sound: String,
        /// Why.
        error: MediaError,
    },
    /// A file has something wrong, but plays.
    Flawed {
        /// The file.
        path: PathBuf,
        /// What.
        warning: Warning,
    },
    /// A file is silent throughout.
    Silent {
        /// The file.
        path: PathBuf,
    },
    /// A file goes over full scale.
    Clips {
        /// The file.
        path: PathBuf,
        /// The greatest magnitude.
        peak: f32,
    },
    /// A sound file lies in the folder and no sound names it.
    Unnamed {
        /// The file.
        path: PathBuf,
    },
    /// Two sounds or takes name the same file.
    Twice {
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Unreadable { sound, error } => write!(f, "`{sound}`: {error}"),
            Finding::Flawed { path, warning } => write!(f, "{}: {warning}", path.display()),
            Finding::Silent { path } => write!(f, "{}: is silent throughout", path.display()),
            Finding::Clips { path, peak } => write!(f, "{}: goes over full scale (peak {peak:.3})", path.display()),
            Finding::Unnamed { path } => write!(f, "{}: no sound of the bank names this file", path.display()),
            Finding::Twice { path } => write!(f, "{}: is named more than once", path.display()),
        }
    }
}

/// Reads a bank and every file of it. An empty list means that all is well.
///
/// # Errors
/// When the `samples.toml` itself cannot be read.
pub fn check_bank(folder: impl AsRef<Path>) -> Result<(Bank, Vec<Finding>), BankError> {
    let folder = folder.as_ref();
    let bank = Bank::read(folder)?;
    let mut findings = Vec::new();
    let mut named = BTreeSet::new();
    for (sound, takes) in &bank.sounds {
        for path in takes {
            if !named.insert(plain(path)) {
                findings.push(Finding::Twice { path: path.clone() });
                continue;
            }
            check_file(sound, path, &mut findings);
        }
    }
    let mut lying = Vec::new();
    sound_files(folder, 0, &mut lying);
    lying.sort();
    findings.extend(lying.into_iter().filter(|p| !named.contains(&plain(p))).map(|path| Finding::Unnamed { path }));
    Ok((bank, findings))
}

fn check_file(sound: &str, path: &Path, findings: &mut Vec<Finding>) {
    match decode_watched(path, Limits::default(), &mut Watch::none()) {
        Err(error) => findings.push(Finding::Unreadable { sound: sound.to_owned(), error }),
        Ok(decoded) => {
            let path = || path.to_path_buf();
            let peak = decoded.data.iter().fold(0f32, |m, x| m.max(x.abs()));
            findings.extend(decoded.warnings.into_iter().map(|warning| Finding::Flawed { path: path(), warning }));
            if peak == 0.0 {
                findings.push(Finding::Silent { path: path() });
            } else if peak > 1.0 {
                findings.push(Finding::Clips { path: path(), peak });
            }
        }
    }
}

/// A path without `.` parts, for comparison.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|c| !matches!(c, std::path::Component::CurDir)).collect()
}

/// Sound files below a folder; links to folders are not followed, and nothing deeper than eight folders.
fn sound_files(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
        if is_folder && depth < 8 {
            sound_files(&path, depth + 1, found);
        } else if !is_folder && is_sound(&path) {
            found.push(path);
        }
    }
}

/// Whether a file's ending is that of a sound file.
pub fn is_sound(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    ["wav", "wave", "aif", "aiff", "flac", "mp3", "ogg", "oga"].contains(&ending.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wav::{Existing, Format, Spec, Writer};

    fn write(path: &Path, x: &[f32]) {
        let spec = Spec { sample_rate: 48_000, channels: 1, format: Format::Float32 };
        let mut w = Writer::create(path, spec, Existing::Keep).expect("begins");
        w.write(x).expect("writes");
        w.finish().expect("finishes");
    }

    #[test]
    fn every_disagreement_is_found() {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("bd")).expect("makes");
        write(&at("bd/a.wav"), &[0.5; 100]);
        write(&at("bd/loud.wav"), &[1.5; 100]);
        write(&at("still.wav"), &[0.0; 100]);
        write(&at("extra.wav"), &[0.5; 100]);
        std::fs::write(at("broken.wav"), "RIFF").expect("writes");
        let toml = "[sounds]\nbd = [\"bd/a.wav\", \"./bd/a.wav\", \"bd/loud.wav\"]\ns = [\"still.wav\", \"broken.wav\", \"no.wav\"]\n";
        std::fs::write(at("samples.toml"), toml).expect("writes");
        let (bank, findings) = check_bank(dir.path()).expect("reads");
        assert_eq!(bank.sounds.len(), 2);
        let said: Vec<String> = findings.iter().map(ToString::to_string).collect();
        let expected = [
            "named more than once",
            "over full scale",
            "silent",
            "broken.wav: is not a sound",
            "no such file",
            "extra.wav: no sound",
        ];
        assert_eq!(said.len(), expected.len(), "{said:#?}");
        for (said, expected) in said.iter().zip(expected) {
            assert!(said.contains(expected), "{said}");
        }
        std::fs::write(at("samples.toml"), "[sounds]\nbd = \"bd/a.wav\"\n").expect("writes");
        for name in ["bd/loud.wav", "still.wav", "extra.wav", "broken.wav"] {
            std::fs::remove_file(at(name)).expect("removes");
        }
        assert!(check_bank(dir.path()).expect("reads").1.is_empty());
    }
}
