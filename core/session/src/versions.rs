//! Named versions of a set that nobody plays.

use crate::folder::Folder;
use crate::replay::reader_of;
use bf_store::{Access, Moment, OpenError, ReadError, Settings, Sheet, Store, Version, What};
use std::path::{Path, PathBuf};

/// How many saved states are listed at most.
const SAVES: usize = 200;

/// Why a version is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// There is no history.
    #[error("{0}: this set has no history yet; `beatforge run` keeps one")]
    Nothing(PathBuf),
    /// The history does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The history does not read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Another program has it, there is no such version, or it does not read.
    #[error("{0}")]
    Refused(String),
}

/// The named versions of a set, the last first.
///
/// # Errors
/// What the history says.
pub fn versions(set: &Path) -> Result<Vec<Version>, VersionError> {
    match reader_of(set)? {
        Some(reader) => Ok(reader.versions()?),
        None => Err(VersionError::Nothing(set.to_owned())),
    }
}

/// The states of a set that one may want back, the last first: those that have a name, and the last 200 that were saved,
/// under their entries.
///
/// # Errors
/// What the history says.
pub fn states(set: &Path) -> Result<Vec<Version>, VersionError> {
    let Some(reader) = reader_of(set)? else { return Err(VersionError::Nothing(set.to_owned())) };
    let mut states = reader.versions()?;
    states.extend(reader.saves(SAVES)?);
    states.sort_by_key(|state| core::cmp::Reverse(state.seq));
    Ok(states)
}

/// Opens the history of a set that nobody plays.
fn own(set: &Path) -> Result<Store, VersionError> {
    if reader_of(set)?.is_none() {
        return Err(VersionError::Nothing(set.to_owned()));
    }
    let (folder, file) = Folder::place(set);
    let settings = Settings { file, ..Settings::default() };
    match Store::open(&folder, &settings)?.access {
        Access::Owner(store) => Ok(store),
        Access::Reader(_, why) => Err(VersionError::Refused(why.to_string())),
    }
}

/// Gives the set as it was left a name.
///
/// # Errors
/// There is no history, or another program has it.
pub fn name_version(set: &Path, name: &str, note: &str) -> Result<(), VersionError> {
    crate::session::check_name(name).map_err(VersionError::Refused)?;
    let store = own(set)?;
    store.record(Moment::default(), &What::Version { name: name.to_owned(), note: note.to_owned() });
    closed(store)
}

/// Has the set opened at a version, or at an entry `#12` of its history, the next time: as a branch of its own. What was
/// done since stays in the history, under the name `before ...`.
///
/// # Errors
/// There is no such version, or no history, or another program has it.
pub fn restore_version(set: &Path, wish: &str) -> Result<(), VersionError> {
    let folder = Folder::open(set, &crate::registry()).map_err(|e| VersionError::Refused(e.to_string()))?;
    let store = own(set)?;
    let (name, from, past) = crate::session::find(&store.reader()?, wish).map_err(VersionError::Refused)?.parts();
    let left = What::Version { name: format!("before {name}"), note: String::new() };
    store.record(Moment::default(), &left);
    store.branch(from, &name);
    // What the files say now is not what is to be merged into it.
    let main = Sheet { file: None, text: folder.text.clone(), patch: past.main.clone() };
    let files = past.files.iter().map(|(file, patch)| Sheet {
        file: Some(file.clone()),
        text: folder.text_of(Some(file)).clone(),
        patch: patch.clone(),
    });
    store.checkpoint(Moment::default(), core::iter::once(main).chain(files).collect());
    closed(store)
}

fn closed(store: Store) -> Result<(), VersionError> {
    if store.close() { Ok(()) } else { Err(VersionError::Refused("the disk does not take it".to_owned())) }
}
