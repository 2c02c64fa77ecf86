//! Where the history of a set lies, and who owns it.
//!
//! `.beatforge/history.sqlite` is the database; `history.lock` is locked as long as its owner lives, however it ends,
//! and `history.owner` says who that is. The history of a set that is a single file, `a.toml`, is called `history-a.toml`.

use crate::OpenError;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The folder of the program's own files in a set.
const OWN: &str = ".beatforge";

/// Who writes the history of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The number of the process, if it said so.
    pub process: Option<u32>,
    /// What it is: a program and its version.
    pub program: String,
}

/// Why a history is read only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Another program has the set open.
    Held(Holder),
    /// The folder does not take what is written.
    Unwritable(String),
}

impl core::fmt::Display for Why {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Why::Held(Holder { process: Some(process), program }) => {
                write!(f, "the set is open in {program} (process {process}): it is read only here")
            }
            Why::Held(Holder { process: None, program }) => {
                write!(f, "the set is open in {program}: it is read only here")
            }
            Why::Unwritable(cause) => write!(f, "the folder of the set cannot be written ({cause}): it is read only"),
        }
    }
}

/// The paths of a set's history.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    own: PathBuf,
    /// What the names of its files begin with.
    stem: String,
}

/// A history that this process owns, until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    owner: PathBuf,
    /// Locked until it is closed.
    lock: File,
    /// The last owner has not gone as it should.
    pub(crate) abandoned: bool,
}

impl Place {
    /// The history of the set in a folder, or of one file there.
    pub(crate) fn of(folder: &Path, file: Option<&str>) -> Place {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let stem = file.map_or_else(|| "history".to_owned(), |file| format!("history-{file}"));
        Place { own: folder.join(OWN), folder, stem }
    }

    fn named(&self, ending: &str) -> PathBuf {
        self.own.join(format!("{}{ending}", self.stem))
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.named(".sqlite")
    }

    /// A database that is being put together.
    pub(crate) fn fresh(&self) -> PathBuf {
        self.named("-new.sqlite")
    }

    /// A copy that is being mended.
    pub(crate) fn copy(&self) -> PathBuf {
        self.named("-mend.sqlite")
    }

    /// A name that is free, for a database that is kept aside.
    pub(crate) fn aside(&self, date: &str) -> PathBuf {
        let first = self.named(&format!("-damaged-{date}.sqlite"));
        let more = (2..).map(|n: u32| self.named(&format!("-damaged-{date}-{n}.sqlite")));
        core::iter::once(first.clone()).chain(more).find(|path| !path.exists()).unwrap_or(first)
    }

    /// Makes the folder in which it lies.
    pub(crate) fn make(&self) -> std::io::Result<()> {
        fs::create_dir_all(&self.own)?;
        self.no_links()?;
        self.ignore();
        Ok(())
    }

    /// A set may come from anybody: what is a link here leads to somebody's files, and nothing is written there.
    pub(crate) fn no_links(&self) -> std::io::Result<()> {
        let databases = [self.database(), self.fresh()];
        let mut all = core::iter::once(self.own.clone()).chain(databases.iter().flat_map(|database| parts(database)));
        match all.find(|path| path.is_symlink()) {
            Some(link) => Err(std::io::Error::other(format!("{} is a link: remove it", link.display()))),
            None => Ok(()),
        }
    }

    /// Takes the history, or says why not.
    pub(crate) fn take(&self, program: &str) -> Result<Held, Why> {
        let unwritable = |e: std::io::Error| Why::Unwritable(e.to_string());
        self.make().map_err(unwritable)?;
        let (owner, lock) = (self.named(".owner"), self.named(".lock"));
        if lock.is_symlink() {
            fs::remove_file(&lock).map_err(unwritable)?;
        }
        let lock = File::options().create(true).truncate(false).write(true).open(lock);
        let lock = lock.map_err(unwritable)?;
        match lock.try_lock() {
            // A file system without locks has SQLite's own, which keep the database whole.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => return Err(Why::Held(read_owner(&owner))),
        }
        let abandoned = owner.exists();
        // A link of this name is not written through.
        let _ = fs::remove_file(&owner);
        let made = File::options().write(true).create_new(true).open(&owner);
        made.and_then(|mut file| writeln!(file, "{}\n{program}", std::process::id())).map_err(unwritable)?;
        Ok(Held { owner, lock, abandoned })
    }

    /// The history is this machine's: it is not for version control.
    fn ignore(&self) {
        let file = self.own.join(".gitignore");
        if file.is_symlink() {
            return;
        }
        let old = fs::read_to_string(&file).unwrap_or_default();
        if !old.lines().any(|line| line == "history*" || line == "*") {
            let lines = if old.is_empty() { "live*\nhistory*\n".to_owned() } else { format!("{old}history*\n") };
            // A set without it is as good.
            let _ = fs::write(file, lines);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.owner);
        let _ = self.lock.unlock();
    }
}

fn read_owner(path: &Path) -> Holder {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines();
    let process = lines.next().and_then(|line| line.parse().ok());
    let program = lines.next().filter(|line| !line.is_empty()).unwrap_or("another program");
    Holder { process, program: program.to_owned() }
}

/// The files that make one database: itself, what was written last, and the index of that.
pub(crate) fn parts(database: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|ending| {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    })
}

/// Removes a database, where there is one.
pub(crate) fn remove(database: &Path) -> Result<(), OpenError> {
    for part in parts(database) {
        match fs::remove_file(&part) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                return Err(OpenError::System { path: part, doing: "removed", cause: e.to_string() });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Gives a database another name. What was written last goes first: a database without it is only older.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), OpenError> {
    for (from, to) in parts(from).into_iter().zip(parts(to)).rev() {
        match fs::rename(&from, &to) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                return Err(OpenError::System { path: from, doing: "renamed", cause: e.to_string() });
            }
            _ => {}
        }
    }
    Ok(())
}
