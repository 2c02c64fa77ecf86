//! A script as it stands in the window: its text, what of it is saved, and where places of earlier texts are now.

use super::super::link::{Link, Wish};
use super::files::{Sheet, Sheets};
use super::history::{History, Kind, Replaced};
use super::keys::Changes;
use super::merge::{changes, merge, merge_said};
use crate::lsp::text::{Change, differing};
use crate::lsp::trace::Trace;
use bf_session::Draft;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Texts that were written and have not been read yet.
const WRITTEN: usize = 32;
/// Texts that were given to be kept and are remembered: what is typed in some seconds.
const GIVEN: usize = 64;

/// A text that is to be written, by its wish, and which one it was.
struct Saving {
    wish: u64,
    revision: u64,
    text: String,
}

/// An open script.
#[derive(Default)]
pub(super) struct Page {
    pub name: String,
    pub imported: bool,
    pub text: String,
    /// The text up to which changes are known.
    known: String,
    /// As it was last read or written.
    base: String,
    /// How often the file was read when it was last looked at.
    times: u64,
    written: VecDeque<String>,
    /// What is being written, and not answered yet.
    saving: VecDeque<Saving>,
    trace: Trace,
    history: History,
    /// The selection in bytes: where it began, and where the cursor is.
    pub cursor: (usize, usize),
    /// Where the cursor is to be put.
    pub put: Option<(usize, usize)>,
    /// Evaluations whose numbers are not known yet, by their wishes, with what was evaluated.
    asked: VecDeque<(u64, u64)>,
    /// The last text that was evaluated, and its revision.
    judged: (u64, String),
    /// What was last given to be kept, and what the file said then, where that is not the same.
    kept: Option<(String, String)>,
    /// Texts that were given to be kept, which may be written from there.
    given: VecDeque<String>,
}

impl Page {
    /// A script as its file says; then comes what was typed before and not saved.
    pub(super) fn new(sheet: &Sheet, draft: Option<&Draft>) -> Page {
        let Some(draft) = draft else { return Page::read(sheet) };
        let mut page = Page::alone(draft);
        page.imported = sheet.imported;
        if *sheet.text == *draft.base {
            page.times = sheet.times;
        } else {
            // Others have changed the file since.
            page.follow(sheet);
        }
        if sheet.plays.as_deref() == Some(page.text.as_str()) {
            page.judged = (page.revision(), page.text.clone());
        }
        page
    }

    /// A script of which only what was typed is known.
    pub(super) fn alone(draft: &Draft) -> Page {
        let base: Arc<str> = Arc::clone(&draft.base);
        let name = draft.file.clone();
        let mut page = Page::read(&Sheet { name, text: base, times: 0, imported: true, plays: None });
        page.replace(changes(&draft.base, &draft.text), Kind::Whole);
        page.put = None;
        page.kept = Some((draft.text.to_string(), draft.base.to_string()));
        page
    }

    fn read(sheet: &Sheet) -> Page {
        let text = sheet.text.to_string();
        Page {
            name: sheet.name.clone(),
            imported: sheet.imported,
            known: text.clone(),
            base: text.clone(),
            judged: (0, text.clone()),
            text,
            times: sheet.times,
            ..Page::default()
        }
    }

    /// Takes in what another has written; something to say of it.
    pub(super) fn follow(&mut self, sheet: &Sheet) -> Option<String> {
        if sheet.times == self.times {
            return None;
        }
        self.typed();
        (self.times, self.imported) = (sheet.times, sheet.imported);
        if let Some(own) = self.written.iter().position(|text| **text == *sheet.text) {
            // It was written here, and was evaluated as it was then.
            self.written.drain(..=own);
            return None;
        }
        if self.given.iter().any(|text| **text == *sheet.text) {
            // It was typed here, and the set was saved elsewhere with it.
            self.given.clear();
            self.base = sheet.text.to_string();
            return None;
        }
        self.written.clear();
        let theirs = sheet.text.to_string();
        let merged = merge(&self.base, &self.text, &theirs);
        let kept = self.text != self.base && merged.text != theirs;
        // What plays now is the file, so that its places count; then what was typed comes back into it.
        let direct = changes(&self.text, &merged.text);
        let (from, to) = (moved(&direct, self.cursor.0), moved(&direct, self.cursor.1));
        let mut all = self.make(changes(&self.text, &theirs));
        self.trace.evaluated(0, self.trace.revision());
        self.judged = (self.trace.revision(), theirs.clone());
        all.extend(self.make(changes(&theirs, &merged.text)));
        if !all.is_empty() {
            self.history.push(all, Kind::Whole, self.cursor);
        }
        if (from, to) != self.cursor {
            self.select((from, to));
        }
        self.base = theirs;
        (merged.lost > 0 || kept).then(|| merge_said(&self.name, merged.lost))
    }

    /// Whether the file says something else.
    pub(super) fn is_unsaved(&self) -> bool {
        self.text != self.base
    }

    /// Whether the text is another than what was last evaluated.
    pub(super) fn is_ahead(&self) -> bool {
        self.trace.revision() != self.judged.0 && self.text != self.judged.1
    }

    /// Says what the file does; what was typed comes back with a step of its history.
    pub(super) fn go_back(&mut self) {
        self.typed();
        self.replace(changes(&self.text, &self.base), Kind::Whole);
        self.trace.evaluated(0, self.trace.revision());
        self.judged = (self.trace.revision(), self.text.clone());
    }

    /// What is to be kept of what was typed since it was last asked.
    pub(super) fn draft(&mut self) -> Option<Draft> {
        let is_known = match &self.kept {
            Some((text, base)) => *text == self.text && *base == self.base,
            None => !self.is_unsaved(),
        };
        if is_known {
            return None;
        }
        self.kept = self.is_unsaved().then(|| (self.text.clone(), self.base.clone()));
        self.given.push_back(self.text.clone());
        while self.given.len() > GIVEN {
            self.given.pop_front();
        }
        let (text, base) = (self.text.as_str().into(), self.base.as_str().into());
        Some(Draft { file: self.name.clone(), text, base })
    }

    /// Has the text written into its file. Until that is answered, the file counts as it was.
    pub(super) fn save(&mut self, link: &Link) {
        self.typed();
        self.recall(link);
        let (file, text, base) = (self.name.clone(), self.text.clone(), self.base.clone());
        link.wish(Wish::WriteScript { file, text, base });
        self.saving.push_back(Saving { wish: link.sent(), revision: self.revision(), text: self.text.clone() });
    }

    /// Learns what has become of what was to be written.
    fn saved(&mut self, sheets: &Sheets) {
        while let Some(is_written) = self.saving.front().and_then(|saving| sheets.is_written(saving.wish)) {
            let Some(Saving { revision, text, .. }) = self.saving.pop_front() else { return };
            if !is_written {
                continue;
            }
            // The set plays a file as soon as it is written.
            self.trace.evaluated(0, revision);
            self.judged = (revision, text.clone());
            self.base.clone_from(&text);
            self.written.push_back(text);
            while self.written.len() > WRITTEN {
                self.written.pop_front();
            }
        }
    }

    /// What sounds by now, and is known to sound, was evaluated before what comes next.
    fn recall(&mut self, link: &Link) {
        link.notes.takes().into_iter().for_each(|take| self.trace.heard(take));
    }

    /// A number that changes whenever the text does.
    pub(super) fn revision(&self) -> u64 {
        self.trace.revision()
    }

    /// Takes note of what was typed since. Answers whether there was something.
    pub(super) fn typed(&mut self) -> bool {
        if self.text == self.known {
            return false;
        }
        let Change { range, len } = differing(&self.known, &self.text);
        let put = self.text[range.start..range.start + len].to_owned();
        let replaced = Replaced { at: range.start, gone: self.known[range].to_owned(), put };
        replaced.make(&mut self.known);
        self.note(&replaced);
        self.history.push(vec![replaced], Kind::Typed, self.cursor);
        true
    }

    fn note(&mut self, replaced: &Replaced) {
        let range = replaced.at..replaced.at + replaced.gone.len();
        self.trace.changed(Change { range, len: replaced.put.len() });
    }

    /// Replaces pieces of the text, given from its beginning to its end, in one step.
    pub(super) fn replace(&mut self, pieces: Changes, kind: Kind) {
        self.typed();
        let cursor = (moved(&pieces, self.cursor.0), moved(&pieces, self.cursor.1));
        let all = self.make(pieces);
        if !all.is_empty() {
            self.history.push(all, kind, self.cursor);
            self.select(cursor);
        }
    }

    /// Makes changes from behind, so that the places of those before them stay.
    fn make(&mut self, pieces: Changes) -> Vec<Replaced> {
        let mut all = Vec::new();
        for (range, put) in pieces.into_iter().rev() {
            let replaced = Replaced { at: range.start, gone: self.text[range].to_owned(), put };
            if replaced.gone != replaced.put {
                replaced.make(&mut self.text);
                self.note(&replaced);
                all.push(replaced);
            }
        }
        self.known.clone_from(&self.text);
        all
    }

    /// Takes the last step back, or does it again.
    pub(super) fn step(&mut self, back: bool) {
        self.typed();
        let made = if back { self.history.undo(&mut self.text) } else { self.history.redo(&mut self.text) };
        let Some((made, cursor)) = made else { return };
        made.iter().for_each(|replaced| self.note(replaced));
        self.known.clone_from(&self.text);
        self.select(cursor);
    }

    /// Puts the cursor somewhere.
    pub(super) fn select(&mut self, (from, to): (usize, usize)) {
        self.cursor = (floor(&self.text, from), floor(&self.text, to));
        self.put = Some(self.cursor);
    }

    /// The bytes that are selected.
    pub(super) fn selection(&self) -> Range<usize> {
        let (a, b) = self.cursor;
        floor(&self.text, a.min(b))..floor(&self.text, a.max(b))
    }

    /// The text was given to be evaluated, by the last wish.
    pub(super) fn asked(&mut self, link: &Link) {
        self.typed();
        self.recall(link);
        self.asked.push_back((link.sent(), self.trace.revision()));
        self.judged = (self.trace.revision(), self.text.clone());
    }

    /// Learns the numbers of evaluations, and which texts were written.
    pub(super) fn heed(&mut self, sheets: &Sheets) {
        self.saved(sheets);
        let trace = &mut self.trace;
        self.asked.retain(|(wish, revision)| match sheets.take_of(*wish) {
            Some(take) => {
                trace.evaluated(take, *revision);
                false
            }
            None => true,
        });
    }

    /// Where a place of an evaluation is now; none where it was typed into.
    pub(super) fn now(&self, take: u64, place: Range<usize>) -> Option<Range<usize>> {
        if !self.saving.is_empty() && !self.trace.knows(take) {
            // It may be of the text that is being written, or of the one before.
            return None;
        }
        let now = self.trace.now(take, place)?;
        self.text.get(now.clone()).map(|_| now)
    }

    /// Where lines and columns of what was last evaluated are now.
    pub(super) fn fault(&self, place: impl FnOnce(&str) -> Option<Range<usize>>) -> Option<Range<usize>> {
        let place = place(&self.judged.1)?;
        let now = self.trace.since(self.judged.0, place)?;
        self.text.get(now.clone()).map(|_| now)
    }
}

/// Where a byte is after some changes.
fn moved(changes: &Changes, at: usize) -> usize {
    changes.iter().rev().fold(at, |at, (range, put)| match at {
        at if at >= range.end => at - range.len() + put.len(),
        at if at > range.start => range.start + put.len().min(at - range.start),
        at => at,
    })
}

/// The beginning of the character that a byte is in.
pub(super) fn floor(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// How many characters stand before a byte.
pub(super) fn chars_before(text: &str, byte: usize) -> usize {
    text[..floor(text, byte)].chars().count()
}

/// The byte of a character.
pub(super) fn byte_of_char(text: &str, index: usize) -> usize {
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}
