//! What is done beside the control thread: sounds are listed, and files that were dropped are copied into the set.

use super::change::{Dropped, Sounds, sounds};
use super::shell::deck::{Found, beside, heard};
use bf_session::Session;
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
    pub paths: Vec<PathBuf>,
    pub at: [i32; 2],
}

/// What the thread has done for it.
#[derive(Default)]
pub(crate) struct Carrier {
    listing: Option<Found<Sounds>>,
    listed: Option<Instant>,
    stale: bool,
    loads: VecDeque<Load>,
    copying: Option<(Load, Found<Copied>)>,
}

impl Carrier {
    /// Sounds may have come or gone.
    pub(crate) fn look(&mut self) {
        self.stale = true;
    }

    /// Another set plays: it is looked for its sounds at once.
    pub(crate) fn meet(&mut self) {
        (self.listing, self.listed, self.stale) = (None, None, true);
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
        let bytes: u64 = load.paths.iter().filter_map(|path| std::fs::metadata(path).ok()).map(|meta| meta.len()).sum();
        self.loads.push_back(load);
        let said = format!("copying {} MB into the set: they are added once they are there", bytes >> 20);
        Ok((bytes >= LARGE).then_some(said))
    }

    /// What was copied and is to be added now.
    pub(crate) fn copied(&mut self, root: &Path) -> Option<(Load, Copied)> {
        if self.copying.is_none()
            && let Some(load) = self.loads.pop_front()
        {
            let (root, paths) = (root.to_owned(), load.paths.clone());
            let work = move || paths.iter().map(|path| Dropped::read(&root, path)).collect();
            self.copying = Some((load, beside(work)));
        }
        let (load, found) = self.copying.take()?;
        let mut found = Some(found);
        match (heard(&mut found), found) {
            (None, Some(waits)) => {
                self.copying = Some((load, waits));
                None
            }
            (done, _) => Some((load, done.flatten().unwrap_or_else(|| vec![Err("copying has failed".to_owned())]))),
        }
    }
}
