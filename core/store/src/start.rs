//! What a set is restored from: a checkpoint and what came after it.

use crate::entry::{self, Page, What};
use crate::row::{COLUMNS, Raw, text};
use crate::{Entry, Moment};
use rusqlite::{Connection, Error, OptionalExtension};
use std::sync::Arc;

/// The most checkpoints that are gone back over for steps to undo.
const MAX_CHECKPOINTS: usize = 256;
/// How many changes it goes back over at most, for the sake of the time that opening takes.
const MAX_CHANGES: usize = 100_000;

/// The last whole state of a set that is known, and what came after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    /// A checkpoint, then entries and further checkpoints in their order; nothing where there is no checkpoint.
    pub stages: Vec<Stage>,
    /// The last entry of the journal, and when it was written, in milliseconds since the beginning of 1970.
    pub until: Option<(u64, i64)>,
    /// The branch of that entry.
    pub head: u64,
    /// Whether the last session was closed as it should.
    pub closed: bool,
    /// Entries that are not what was written, and were passed over.
    pub damaged: u64,
    /// Entries that were never written.
    pub missing: u64,
}

/// One thing that a set is restored from.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// The set as a whole.
    Checkpoint(Checkpoint),
    /// Something that was done.
    Entry(Entry),
}

/// The texts of a set at one entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The entry.
    pub seq: u64,
    /// When, in milliseconds since the beginning of 1970.
    pub wall_ms: i64,
    /// When, for the engine.
    pub moment: Moment,
    /// The patches.
    pub pages: Vec<PageText>,
}

/// A patch file at a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageText {
    /// The patch file, by its path in the set. `None`: the main patch.
    pub file: Option<String>,
    /// The text that says what the patch was, with its comments.
    pub text: Arc<str>,
    /// The text as it was last read from the disk or written there.
    pub base: Arc<str>,
}

/// A stretch of the journal on one branch, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) head: i64,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// The stretches that lead to an entry, the last first.
pub(crate) fn lineage(db: &Connection, at: i64) -> Result<Vec<Stretch>, Error> {
    let mut head_of = db.prepare_cached("SELECT head FROM entries WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1")?;
    let mut branch = db.prepare_cached(&format!("SELECT {COLUMNS} FROM entries WHERE seq = ?1"))?;
    let (mut all, mut to) = (Vec::new(), at);
    loop {
        let head: i64 = head_of.query_row([to], |row| row.get(0)).optional()?.unwrap_or(0);
        let begun = branch.query_row([head], Raw::read).optional()?.filter(|(_, good)| *good);
        let begun = begun.and_then(|(raw, _)| raw.entry(db).ok()).map(|entry| entry.what);
        let from = match begun {
            Some(What::Branch { from, .. }) if from.cast_signed() < head && head <= to => from.cast_signed(),
            // The trunk, or a branch whose beginning is lost.
            _ => {
                all.push(Stretch { head, from: i64::MIN, to });
                return Ok(all);
            }
        };
        all.push(Stretch { head, from: head, to });
        to = from;
    }
}

/// What the set at an entry, or at the end, is restored from; far enough back for some steps to undo.
pub(crate) fn start(db: &Connection, at: Option<u64>, steps: usize) -> Result<Start, Error> {
    let at = at.map_or(i64::MAX, u64::cast_signed);
    let mut last =
        db.prepare_cached("SELECT seq, at_ms, head FROM entries WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1")?;
    let last = last.query_row([at], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, i64>(2)?)));
    let Some((seq, at_ms, head)) = last.optional()? else {
        return Ok(Start { closed: true, ..Start::default() });
    };
    let until = Some((seq.cast_unsigned(), at_ms));
    let (start, way) = (Start::default(), Way::default());
    let mut back = Back { db, steps, way, changes: 0, checkpoints: 0, since: 0, start };
    for stretch in lineage(db, seq)? {
        if back.stretch(stretch)? {
            break;
        }
    }
    let mut start = back.start;
    start.stages.reverse();
    let first = start.stages.iter().position(|stage| matches!(stage, Stage::Checkpoint(_)));
    start.stages.drain(..first.unwrap_or(start.stages.len()));
    let mut ends = db.prepare_cached(
        "SELECT kind FROM entries INDEXED BY rare WHERE kind < 100 AND kind IN (13, 14) AND seq <= ?1 ORDER BY seq DESC
         LIMIT 1",
    )?;
    let end: Option<u16> = ends.query_row([seq], |row| row.get(0)).optional()?;
    Ok(Start { until, head: head.cast_unsigned(), closed: end.is_none_or(|kind| kind == entry::CLOSED), ..start })
}

/// A way back through the journal.
struct Back<'a> {
    db: &'a Connection,
    steps: usize,
    way: Way,
    changes: usize,
    checkpoints: usize,
    /// Changes between here and the checkpoint that came last.
    since: usize,
    start: Start,
}

/// How many steps can be undone of what was passed, from the last entry on.
#[derive(Default)]
struct Way {
    steps: usize,
    /// Steps that were taken back later than here.
    undone: usize,
    /// The gesture of the edit that was passed last: what belongs to it is the same step.
    gesture: Option<u64>,
}

impl Way {
    fn pass(&mut self, what: &What) {
        let is_step = match what {
            What::Edit(change) => {
                let goes_on = change.gesture.is_some() && change.gesture == self.gesture;
                self.gesture = change.gesture;
                !goes_on
            }
            What::Redo(_) | What::Undo(_) => {
                self.gesture = None;
                matches!(what, What::Redo(_))
            }
            What::GestureEnd => {
                self.gesture = None;
                false
            }
            _ => false,
        };
        if matches!(what, What::Undo(_)) {
            self.undone += 1;
        } else if is_step && self.undone > 0 {
            self.undone -= 1;
        } else {
            self.steps += usize::from(is_step);
        }
    }
}

impl Back<'_> {
    /// Goes back over a stretch; true once it is far enough.
    fn stretch(&mut self, stretch: Stretch) -> Result<bool, Error> {
        let mut query = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM entries INDEXED BY rare WHERE kind < 100 AND seq >= ?1 AND seq <= ?2 AND head = ?3 ORDER BY seq DESC"
        ))?;
        let mut rows = query.query([stretch.from, stretch.to, stretch.head])?;
        while let Some(row) = rows.next()? {
            let (raw, good) = Raw::read(row)?;
            match raw.entry(self.db).ok().filter(|_| good) {
                None => self.start.damaged += 1,
                Some(Entry { what: What::Checkpoint(pages), seq, wall_ms, moment, .. }) => {
                    let Some(pages) = load(self.db, &pages)? else {
                        self.start.damaged += 1;
                        continue;
                    };
                    self.checkpoint(Checkpoint { seq, wall_ms, moment, pages });
                    let far = self.way.steps >= self.steps || self.changes >= MAX_CHANGES;
                    if far || self.checkpoints >= MAX_CHECKPOINTS {
                        return Ok(true);
                    }
                }
                Some(entry) => {
                    self.way.pass(&entry.what);
                    let changes = usize::from(entry.what.change().is_some());
                    (self.changes, self.since) = (self.changes + changes, self.since + changes);
                    if let What::Lost { entries } = &entry.what {
                        self.start.missing += entries;
                    }
                    self.start.stages.push(Stage::Entry(entry));
                }
            }
        }
        Ok(false)
    }

    fn checkpoint(&mut self, checkpoint: Checkpoint) {
        // Sessions in which nothing changed leave checkpoints that say the same.
        let newer = self.start.stages.iter().rposition(|stage| matches!(stage, Stage::Checkpoint(_)));
        if let (Some(newer), 0) = (newer, self.since)
            && matches!(&self.start.stages[newer], Stage::Checkpoint(c) if c.pages == checkpoint.pages)
        {
            self.start.stages.remove(newer);
        } else {
            self.checkpoints += 1;
        }
        self.since = 0;
        self.start.stages.push(Stage::Checkpoint(checkpoint));
    }
}

/// The texts of a checkpoint; `None` where one is lost.
fn load(db: &Connection, pages: &[Page]) -> Result<Option<Vec<PageText>>, Error> {
    let mut all = Vec::with_capacity(pages.len());
    for page in pages {
        let Some(now) = text(db, &page.text)? else { return Ok(None) };
        // Without the text on the disk, what there is now is merged as if it had been read.
        let base = text(db, &page.base)?.unwrap_or_else(|| Arc::clone(&now));
        all.push(PageText { file: page.file.clone(), text: now, base });
    }
    Ok(Some(all))
}
