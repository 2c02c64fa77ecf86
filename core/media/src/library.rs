//! Finds sounds by the names and paths that patches use.

use crate::bank::{Bank, BankError, FILE, Slices, is_name};
use crate::{Limits, MediaError, Warning, build_sample, decode_bytes, load_sample, shipped};
use bf_node::Sample;
use std::path::{Path, PathBuf};

/// A sound by its name: `bd`, `bd:3`, `forge/bd` or `forge/bd:3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoundName<'a> {
    /// The bank, where one is named.
    pub bank: Option<&'a str>,
    /// The sound.
    pub sound: &'a str,
    /// Which take, from 0; past the last they begin anew.
    pub take: usize,
}

impl SoundName<'_> {
    /// Reads a name; `None` where the text can only be a path.
    pub fn parse(text: &str) -> Option<SoundName<'_>> {
        let (name, take) = match text.rsplit_once(':') {
            Some((name, take)) => (name, take.parse().ok().filter(|_| !take.starts_with('+'))?),
            None => (text, 0),
        };
        let (bank, sound) = match name.split_once('/') {
            Some((bank, sound)) => (Some(bank), sound),
            None => (None, name),
        };
        (is_name(sound) && bank.is_none_or(is_name)).then_some(SoundName { bank, sound, take })
    }
}

/// Where sounds are looked for: beside the set, in the user's folder, and among those that ship.
#[derive(Clone, Debug)]
pub struct Library {
    set: PathBuf,
    user: Option<PathBuf>,
}

/// Whose a bank is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It lies in the set.
    Set,
    /// It is part of the program.
    Shipped,
    /// It lies in the user's folder of sounds.
    User,
}

/// A sound that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The file; below the program's own `sounds` where it ships.
    pub path: PathBuf,
    /// Whose it is.
    pub owner: Owner,
    /// Its slices, where its bank marks them.
    pub slices: Option<Slices>,
}

/// Why a sound was not found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There is neither a file nor a bank of that name.
    #[error("\"{name}\": there is neither such a file nor a bank `{bank}`; banks here: {known}")]
    NoBank {
        /// As it was asked for.
        name: String,
        /// The bank.
        bank: String,
        /// The banks there are.
        known: String,
    },
    /// No bank has the sound.
    #[error("\"{name}\": there is neither such a file nor a sound of this name; {known}")]
    NoSound {
        /// As it was asked for.
        name: String,
        /// What there is instead.
        known: String,
    },
    /// The list that should name it is wrong.
    #[error(transparent)]
    Bank(#[from] BankError),
    /// The file cannot be read.
    #[error(transparent)]
    Media(#[from] MediaError),
}

impl Library {
    /// Looks beside a set (its folder) and in the user's folder of sounds, where there is one.
    ///
    /// A bank is a folder with a `samples.toml`: `samples` of the set and the folders in it, and the folders in the
    /// user's one.
    pub fn new(set: &Path, user: Option<PathBuf>) -> Library {
        Library { set: set.to_owned(), user }
    }

    /// Finds what a patch names: a file by its path from the set, else a sound by its name. A bank that is named is
    /// looked for in the set, among those that ship, and with the user, in this order. Without one, the set's own
    /// banks come first, then `forge`, then the others that ship; the user's count only by name, so that a set sounds
    /// alike on every machine.
    ///
    /// # Errors
    /// When there is no such sound, with what there is; or when a `samples.toml` that counts is wrong. A path that
    /// can be no name is not looked at: reading it tells what is wrong.
    pub fn find(&self, text: &str) -> Result<Found, FindError> {
        let path = self.set.join(text);
        let name = SoundName::parse(text).filter(|_| !path.is_file());
        let Some(name) = name else {
            let slices = slices_beside(&path)?;
            return Ok(Found { path, owner: Owner::Set, slices });
        };
        let (banks, mut wrong) = self.banks();
        let counts = |(owner, bank): &&(Owner, Bank)| match name.bank {
            Some(wanted) => bank.name == wanted,
            None => *owner != Owner::User,
        };
        let found = banks
            .iter()
            .filter(counts)
            .find_map(|(owner, bank)| Some((*owner, bank, bank.file(name.sound, name.take)?)));
        if let Some((owner, bank, path)) = found {
            return Ok(Found { path: path.to_owned(), owner, slices: bank.slices.get(path).cloned() });
        }
        if !wrong.is_empty() {
            return Err(wrong.swap_remove(0).into());
        }
        let names = |list: Vec<&str>| list.join(", ");
        let text = text.to_owned();
        let listed: Vec<&Bank> = banks.iter().filter(counts).map(|(_, bank)| bank).collect();
        if let (Some(bank), true) = (name.bank, listed.is_empty()) {
            let known = names(banks.iter().map(|(_, b)| b.name.as_str()).collect());
            return Err(FindError::NoBank { name: text, bank: bank.to_owned(), known });
        }
        let each =
            listed.iter().map(|b| format!("{} has {}", b.name, names(b.sounds.keys().map(String::as_str).collect())));
        Err(FindError::NoSound { name: text, known: each.collect::<Vec<_>>().join("; ") })
    }

    /// Every bank in the order in which it is looked at, and the lists that are wrong.
    pub fn banks(&self) -> (Vec<(Owner, Bank)>, Vec<BankError>) {
        let (mut banks, mut wrong) = (Vec::new(), Vec::new());
        let samples = self.set.join("samples");
        read_bank(Owner::Set, &samples, &mut banks, &mut wrong);
        read_banks(Owner::Set, &samples, &mut banks, &mut wrong);
        banks.extend(shipped::banks().iter().map(|bank| (Owner::Shipped, bank.clone())));
        if let Some(user) = &self.user {
            read_banks(Owner::User, user, &mut banks, &mut wrong);
        }
        (banks, wrong)
    }

    /// Finds, decodes, resamples to `rate` and makes octave copies. The warnings are for the user; the sample plays.
    ///
    /// # Errors
    /// As [`Library::find`], or when the file cannot be read or decoded.
    pub fn load(&self, text: &str, rate: u32) -> Result<(Sample, Vec<Warning>), FindError> {
        let found = self.find(text)?;
        let (mut sample, warnings) = match (found.owner, shipped::file(&found.path)) {
            (Owner::Shipped, Some(bytes)) => {
                let decoded = decode_bytes(&found.path.to_string_lossy(), bytes, Limits::default())?;
                (build_sample(&decoded, rate)?, decoded.warnings)
            }
            _ => load_sample(&found.path, rate)?,
        };
        if let Some(slices) = found.slices {
            sample.slices = slices.starts(sample.frames, sample.sample_rate);
        }
        Ok((sample, warnings))
    }
}

/// The slices of a file that a `samples.toml` in its folder marks.
fn slices_beside(path: &Path) -> Result<Option<Slices>, BankError> {
    let Some(folder) = path.parent().filter(|f| f.join(FILE).is_file()) else { return Ok(None) };
    Ok(Bank::read(folder)?.slices.remove(path))
}

fn read_bank(owner: Owner, folder: &Path, banks: &mut Vec<(Owner, Bank)>, wrong: &mut Vec<BankError>) {
    if folder.join(FILE).is_file() {
        match Bank::read(folder) {
            Ok(bank) => banks.push((owner, bank)),
            Err(error) => wrong.push(error),
        }
    }
}

fn read_banks(owner: Owner, folder: &Path, banks: &mut Vec<(Owner, Bank)>, wrong: &mut Vec<BankError>) {
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    folders.sort();
    folders.iter().for_each(|f| read_bank(owner, f, banks, wrong));
}

#[cfg(test)]
mod tests;
