//! The scripts of a set on the control thread: read from their files, written into them, and what came of evaluating.

use super::merge::{merge, merge_said};
use bf_session::{Draft, Session, write_whole};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Evaluations whose numbers are remembered.
const TAKES: usize = 64;
/// How often files are read where nobody says that they have changed.
const AGAIN: Duration = Duration::from_secs(1);
/// The script that a set begins with.
pub(crate) const FIRST: &str = "live.rhai";

/// A script as it was last read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sheet {
    pub name: String,
    pub text: Arc<str>,
    /// How often its text was another one.
    pub times: u64,
    /// Whether it is imported by others.
    pub imported: bool,
    /// The text of it that was evaluated last.
    pub plays: Option<Arc<str>>,
}

/// All scripts of a set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheets {
    pub all: Vec<Sheet>,
    /// The numbers of evaluations, by the wish that asked for each.
    takes: VecDeque<(u64, u64)>,
    /// The last wishes to write a script, and whether it was written.
    writes: VecDeque<(u64, bool)>,
    /// The last evaluation that was answered.
    pub answered: u64,
    /// Those that could not be written.
    pub unwritten: BTreeSet<String>,
    /// What was typed and is not saved.
    pub drafts: BTreeMap<String, Draft>,
    /// How often the set went back to its files.
    pub reverts: u64,
}

impl Sheets {
    pub(crate) fn evaluated(&mut self, wish: u64, take: u64) {
        self.takes.push_back((wish, take));
        while self.takes.len() > TAKES {
            self.takes.pop_front();
        }
    }

    /// A script was written as a wish asked for, or could not be.
    pub(crate) fn wrote(&mut self, wish: u64, is_written: bool) {
        self.writes.push_back((wish, is_written));
        while self.writes.len() > TAKES {
            self.writes.pop_front();
        }
    }

    /// Whether what a wish asked for was written; none before that is known.
    pub(crate) fn is_written(&self, wish: u64) -> Option<bool> {
        self.writes.iter().find(|(of, _)| *of == wish).map(|(_, is_written)| *is_written)
    }

    pub(crate) fn answered(&mut self, take: u64) {
        self.answered = self.answered.max(take);
    }

    /// The number of the evaluation that a wish asked for.
    pub(crate) fn take_of(&self, wish: u64) -> Option<u64> {
        self.takes.iter().find(|(of, _)| *of == wish).map(|(_, take)| *take)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Sheet> {
        self.all.iter().find(|sheet| sheet.name == name)
    }
}

/// When files are to be read.
#[derive(Debug)]
pub(crate) struct Files {
    /// One of them has changed.
    pub stale: bool,
    read: Option<Instant>,
    /// What was last written into each from here.
    written: BTreeMap<String, Arc<str>>,
}

impl Default for Files {
    fn default() -> Files {
        Files { stale: true, read: None, written: BTreeMap::new() }
    }
}

impl Files {
    /// Writes a script. What another has written into its file since it was read is merged; something to say of that.
    ///
    /// # Errors
    /// What the system says, in the user's words.
    pub(crate) fn write(
        &mut self,
        session: &mut Session,
        sheets: &mut Sheets,
        Draft { file, text, base }: Draft,
    ) -> Result<Option<String>, String> {
        let path = session.folder().root.join(&file);
        self.stale = true;
        let there = session.folder().read_script(&path).map(|(_, there)| there).ok();
        // What was written from here just now is no other's, though whoever typed on has not heard of it yet.
        let own = self.written.get(&file).cloned();
        let is_own = |there: &str| own.as_ref().is_some_and(|own| **own == *there);
        let there = there.filter(|there| **there != *base && **there != *text && !is_own(there));
        let (text, said) = match there {
            Some(there) => {
                let merged = merge(&base, &text, &there);
                (Arc::from(merged.text), Some(merge_said(&file, merged.lost)))
            }
            None => (text, None),
        };
        if let Err(e) = write_whole(&path, &*text) {
            sheets.unwritten.insert(file);
            return Err(format!("{} cannot be written: {e}", path.display()));
        }
        sheets.unwritten.remove(&file);
        self.written.insert(file.clone(), Arc::clone(&text));
        session.keep_draft(Draft { file, base: Arc::clone(&text), text });
        Ok(said)
    }

    /// Reads the scripts, where there is something to read.
    pub(crate) fn read(&mut self, session: &Session, sheets: &mut Arc<Sheets>) {
        if sheets.drafts != *session.drafts() {
            Arc::make_mut(sheets).drafts = session.drafts().clone();
        }
        if !self.stale && self.read.is_some_and(|at| at.elapsed() < AGAIN) {
            return;
        }
        (self.stale, self.read) = (false, Some(Instant::now()));
        let folder = session.folder();
        let main = folder.script.as_ref().and_then(|path| folder.read_script(path).ok());
        let Some((main, text)) = main else { return };
        let mut found = vec![(main.clone(), text, false)];
        for file in session.wanted().files.iter().filter(|file| ***file != *main) {
            if let Ok((name, text)) = folder.read_script(&folder.root.join(&**file)) {
                found.push((name, text, true));
            }
        }
        // Who has changed a file since is another.
        let is_ours = |name: &str, ours: &str| found.iter().all(|(of, text, _)| of != name || text == ours);
        self.written.retain(|name, ours| is_ours(name, ours));
        let known = |name: &str| sheets.get(name).map(|sheet| (&*sheet.text, sheet.times));
        let is_same = |(name, text, _): &(String, String, bool)| known(name).is_some_and(|(known, _)| known == text);
        if found.len() == sheets.all.len() && found.iter().all(is_same) {
            return;
        }
        let all = found.iter().map(|(name, text, imported)| {
            let times = known(name).map_or(1, |(known, times)| times + u64::from(known != text));
            Sheet {
                name: name.clone(),
                text: text.as_str().into(),
                times,
                imported: *imported,
                plays: session.text_that_plays(name),
            }
        });
        let all = all.collect();
        Arc::make_mut(sheets).all = all;
    }
}
