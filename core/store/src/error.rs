//! What can go wrong, in the words of whoever plays.

use std::path::PathBuf;

/// Why there is no history of a set.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The program is older than the history.
    #[error(
        "{path}: this history was written by a newer BeatForge (format {found}, this one knows {known}): update, or \
         move the file away to begin a new one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// Neither a history to read nor a place to write one.
    #[error("{path}: there is no history yet, and none can be begun: {cause}")]
    NoPlace {
        /// The folder of the set.
        path: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// The system or the database refused.
    #[error("{path}: the history cannot be {doing}: {cause}")]
    System {
        /// The file.
        path: PathBuf,
        /// What was to be done with it.
        doing: &'static str,
        /// What the system says.
        cause: String,
    },
}

/// Why something of a history cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database says so.
    #[error("the history cannot be read: {0}; opened anew, what is whole is kept")]
    Database(#[from] rusqlite::Error),
    /// There is nothing of that number.
    #[error("the history has no entry {0}")]
    NoEntry(u64),
}

/// Why a set cannot be restored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RestoreError {
    /// Nothing to begin from.
    #[error("the history holds no whole state of the set, so nothing is restored; what was saved is in its files")]
    NoCheckpoint,
    /// The text of a checkpoint does not read.
    #[error("{file}, as the history kept it, does not read: {cause}")]
    Text {
        /// The file.
        file: String,
        /// The first fault.
        cause: String,
    },
}

/// Something that is told once while the history is written. What plays goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The disk does not take what is written; it is tried again, and kept in memory as far as there is room.
    Stuck {
        /// What the system says.
        cause: String,
    },
    /// Entries are being lost: there is no room to keep them until the disk takes them.
    Losing,
    /// The disk takes it again.
    Again {
        /// How many entries were lost.
        lost: u64,
    },
    /// Entries were refused and left out.
    Refused {
        /// How many.
        entries: u64,
        /// What the database says.
        cause: String,
    },
}

impl core::fmt::Display for Trouble {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Trouble::Stuck { cause } => write!(f, "the history is not being written ({cause}): it is tried again"),
            Trouble::Losing => f.write_str("the history has no room left: what is played now cannot be replayed"),
            Trouble::Again { lost: 0 } => f.write_str("the history is written again, and nothing is lost"),
            Trouble::Again { lost } => write!(f, "the history is written again; {lost} entries are lost"),
            Trouble::Refused { entries, cause } => write!(f, "the history left out {entries} entries ({cause})"),
        }
    }
}
