//! What is done beside the control thread: sounds are listed, files that were dropped are copied into the set, and nodes
//! are frozen.

use super::change::{Sounds, sounds};
use super::dropped::{Dropped, Parcel, drop_in};
use super::errand::{Errand, Underway};
use super::freezer::{Freezer, Says};
use super::shell::deck::{Found, beside, heard};
use bf_patch::Name;
use bf_session::{Freeze, Session, Severity};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Between two looks for sounds while files change.
const AGAIN: Duration = Duration::from_secs(2);
/// From so many bytes on copying takes a while, which is said.
const LARGE: u64 = 16 << 20;

/// What became of each file.
type Copied = Vec<Result<Dropped, String>>;

/// Files that were dropped on a canvas.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// Which of the sets that were opened they are for.
    pub set: u64,
    /// The patch; none is the set's own.
    pub file: Option<String>,
    pub parcel: Parcel,
}

/// What the thread has done for it.
#[derive(Default)]
pub(crate) struct Carrier {
    listing: Option<Found<Sounds>>,
    listed: Option<Instant>,
    stale: bool,
    loads: VecDeque<(u64, Load)>,
    copying: Option<(Load, Errand<Copied>)>,
    freezer: Freezer,
    /// Counts what was begun.
    begun: u64,
    shown: Vec<Underway>,
    /// Nodes that were made of files, since it was asked last.
    made: Vec<Name>,
}

impl Carrier {
    /// Sounds may have come or gone.
    pub(crate) fn look(&mut self) {
        self.stale = true;
    }

    /// Another set plays: it is looked for its sounds at once, and what was frozen of the one before is not needed.
    pub(crate) fn meet(&mut self) {
        (self.listing, self.listed, self.stale) = (None, None, true);
        self.freezer.end();
    }

    /// The sounds, where they were listed anew.
    pub(crate) fn sounds(&mut self, root: &Path) -> Option<Sounds> {
        let found = heard(&mut self.listing).flatten();
        if self.stale && self.listing.is_none() && self.listed.is_none_or(|at| at.elapsed() >= AGAIN) {
            (self.stale, self.listed) = (false, Some(Instant::now()));
            let root = root.to_owned();
            self.listing = Some(beside(move || sounds(&root)));
        }
        found
    }

    /// Takes files that were dropped; something to say where they are large.
    ///
    /// # Errors
    /// The set is only read.
    pub(crate) fn take(&mut self, session: &Session, load: Load) -> Result<Option<String>, String> {
        if let Some(why) = session.read_only() {
            return Err(format!("nothing is written into this set: {why}"));
        }
        let bytes = size(&load.parcel.paths);
        self.begun += 1;
        self.loads.push_back((self.begun, load));
        let said = format!("copying {} MB into the set: they are added once they are there", bytes >> 20);
        Ok((bytes >= LARGE).then_some(said))
    }

    /// Takes nodes that are to be frozen.
    pub(crate) fn freeze(&mut self, session: &Session, wishes: Vec<Freeze>) -> Says {
        self.freezer.take(session, wishes, &mut self.begun)
    }

    /// Ends something that is under way, or all of it without a number.
    pub(crate) fn cancel(&mut self, number: Option<u64>) -> Says {
        let mut said = Says::new();
        let Some(number) = number else {
            if let Some((_, errand)) = &self.copying {
                errand.cancel();
            }
            if !self.loads.is_empty() {
                said.push((Severity::Warning, "cancelled: nothing was added".to_owned()));
                self.loads.clear();
            }
            _ = self.freezer.cancel(None, &mut said);
            return said;
        };
        if let Some((_, errand)) = self.copying.as_ref().filter(|(_, errand)| errand.number() == number) {
            errand.cancel();
        } else if let Some(at) = self.loads.iter().position(|(own, _)| *own == number) {
            self.loads.remove(at);
            said.push((Severity::Warning, "cancelled: nothing was added".to_owned()));
        } else if !self.freezer.cancel(Some(number), &mut said) {
            said.push((Severity::Warning, "that is done already".to_owned()));
        }
        said
    }

    /// Does what is due for the set that plays, of those that were opened the one of a number. Whether anything has
    /// changed.
    pub(crate) fn turn(&mut self, session: &mut Session, opened: u64, said: &mut Says) -> bool {
        let root = session.folder().root.clone();
        let mut changed = self.freezer.turn(session, said);
        if let Some((load, found, is_cancelled)) = self.copied(&root) {
            let done = if load.set == opened {
                drop_in(session, load.file, (found, &mut self.made), &load.parcel)
            } else {
                Err("what was dropped on the set before was not added".to_owned())
            };
            said.push(match done {
                Ok(text) => (Severity::Warning, text),
                Err(why) => (if is_cancelled { Severity::Warning } else { Severity::Error }, why),
            });
            self.look();
            changed = true;
        }
        let shown: Vec<Underway> =
            self.copying.iter().map(|(_, errand)| errand.shown()).chain(self.freezer.shown()).collect();
        changed |= shown != self.shown;
        self.shown = shown;
        changed
    }

    /// Nodes that were made of files, once.
    pub(crate) fn made(&mut self) -> Vec<Name> {
        core::mem::take(&mut self.made)
    }

    /// What is under way.
    pub(crate) fn shown(&self) -> &[Underway] {
        &self.shown
    }

    /// What was copied and is to be added now, and whether it was cancelled.
    fn copied(&mut self, root: &Path) -> Option<(Load, Copied, bool)> {
        if self.copying.is_none()
            && let Some((number, load)) = self.loads.pop_front()
        {
            let (root, paths, all) = (root.to_owned(), load.parcel.paths.clone(), size(&load.parcel.paths).max(1));
            let words = match load.parcel.paths.as_slice() {
                [one] => format!("copying {}", one.file_name().unwrap_or_default().display()),
                paths => format!("copying {} files", paths.len()),
            };
            let work = move |told: &super::errand::Told| {
                let mut done = 0;
                let mut watch = |bytes: u64| {
                    done += bytes;
                    told.tell(done as f64 / all as f64);
                    told.goes_on()
                };
                paths.iter().map(|path| Dropped::read(&root, path, &mut watch)).collect()
            };
            self.copying = Some((load, Errand::new(number, words, work)));
        }
        let (load, mut errand) = self.copying.take()?;
        let Some(done) = errand.heard() else {
            self.copying = Some((load, errand));
            return None;
        };
        let is_cancelled = errand.is_cancelled();
        Some((load, done.unwrap_or_else(|| vec![Err("copying has failed".to_owned())]), is_cancelled))
    }
}

/// Bytes of files.
fn size(paths: &[PathBuf]) -> u64 {
    paths.iter().filter_map(|path| std::fs::metadata(path).ok()).map(|meta| meta.len()).sum()
}
