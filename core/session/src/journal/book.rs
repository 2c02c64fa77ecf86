//! What was evaluated and launched, so that what scripts played at any time can be had again.

use crate::play::state::Change;
use bf_store::{Hash, Reader, Start, What, Which};
use core::ops::ControlFlow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Scores that are kept; the oldest go first. They are as many as can be undone, and some.
const SCORES: usize = 1024;

/// Requests by their number, and what each score is made of.
#[derive(Clone, Default)]
pub(crate) struct Book {
    requests: BTreeMap<u64, Change>,
    scores: BTreeMap<u64, Vec<u64>>,
    /// What was heard last with what waited for its time then, what was heard alone, and under which number.
    last: Vec<u64>,
    heard: Vec<u64>,
    last_score: u64,
    /// Every request up to here is heard or will never be: what is heard takes in all that waited before it.
    settled: u64,
    /// Scripts as they were last read from the disk, and the last request before.
    read: BTreeMap<String, (Hash, u64)>,
    /// The last request.
    newest: u64,
}

impl Book {
    /// The book of a history, as far as the state that it leads to needs it.
    pub(crate) fn read(reader: &Reader, start: &Start) -> Book {
        let first = start.stages.first().map_or(0, |stage| match stage {
            bf_store::Stage::Checkpoint(checkpoint) => checkpoint.seq,
            bf_store::Stage::Entry(entry) => entry.seq,
        });
        let openings = reader.openings().unwrap_or_default();
        let from = openings.iter().map(|entry| entry.seq).rfind(|seq| *seq <= first).unwrap_or(0);
        let until = start.until.map_or(0, |(last, _)| last);
        let mut book = Book::default();
        // Of what was heard on other branches only what lies before this one counts.
        let (mut heard, mut begun, mut asked) = (Vec::new(), BTreeMap::new(), Vec::new());
        let read = reader.each(from..=until, Which::Rare, |entry| {
            match entry.what {
                What::Evaluate(e) => {
                    let change = Change::Text { file: e.file.into(), text: e.text, part: e.part };
                    asked.push((entry.seq, entry.head, e.request));
                    book.request(e.request, &change);
                }
                What::Scene { request, scene, .. } => {
                    asked.push((entry.seq, entry.head, request));
                    book.request(request, &Change::Launch(scene));
                }
                What::Dropped { request } => asked.retain(|(.., of)| *of != request),
                What::Heard { score, of, .. } => {
                    heard.push((entry.seq, entry.head, score));
                    book.scores.insert(score, of);
                }
                What::File { path, hash, .. } => book.has_read(&path, hash),
                What::Branch { from, .. } => _ = begun.insert(entry.seq, from),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        // What cannot be read is as if it had not been evaluated: the files play.
        let (mut head, mut to) = (start.head, until);
        let heard_to = heard.iter().filter(|(_, of, _)| *of == head).map(|(seq, ..)| *seq).max().unwrap_or(0);
        asked.retain(|(seq, of, _)| *of == head && *seq > heard_to);
        while read.is_ok() {
            let found = heard.iter().rfind(|(seq, of, _)| *of == head && *seq <= to);
            if let Some((.., score)) = found {
                book.last = book.scores.get(score).cloned().unwrap_or_default();
                book.last_score = *score;
                break;
            }
            let Some(from) = begun.get(&head) else { break };
            to = *from;
            head = heard.iter().rfind(|(seq, ..)| *seq <= to).map_or(0, |(_, head, _)| *head);
            if heard.iter().all(|(seq, ..)| *seq > to) {
                break;
            }
        }
        book.heard.clone_from(&book.last);
        asked.into_iter().for_each(|(.., request)| book.comes(request));
        book
    }

    /// A request joins what is heard, in the place of what is nothing any more with it.
    fn comes(&mut self, request: u64) {
        let Book { requests, last, .. } = self;
        let Some(change) = requests.get(&request) else { return };
        last.retain(|of| {
            let replaced = match (requests.get(of), change) {
                (Some(Change::Text { file: old, .. }), Change::Text { file, part: None, .. }) => old == file,
                (Some(Change::Launch(_)), Change::Launch(_)) => true,
                _ => false,
            };
            *of != request && !replaced
        });
        last.push(request);
    }

    /// What a request asked for.
    pub(crate) fn wish(&self, request: u64) -> Option<&Change> {
        self.requests.get(&request)
    }

    /// A script was read from the disk.
    pub(crate) fn has_read(&mut self, file: &str, hash: Hash) {
        self.read.insert(file.to_owned(), (hash, self.newest));
    }

    /// Takes in a request.
    pub(crate) fn request(&mut self, request: u64, change: &Change) {
        self.requests.insert(request, change.clone());
        self.newest = self.newest.max(request);
    }

    /// The last request before a script was last read from the disk.
    pub(crate) fn read_after(&self, file: &str) -> u64 {
        self.read.get(file).map_or(0, |(_, newest)| *newest)
    }

    /// The last request.
    pub(crate) fn newest(&self) -> u64 {
        self.newest
    }

    /// Takes in what a score is made of.
    pub(crate) fn score(&mut self, score: u64, of: Vec<u64>) {
        self.last.clone_from(&of);
        self.heard.clone_from(&of);
        self.last_score = score;
        self.scores.insert(score, of);
        if self.scores.len() > SCORES
            && let Some((_, of)) = self.scores.pop_first()
        {
            of.into_iter().for_each(|request| self.forget(request));
        }
        let newest = self.last.iter().copied().max().unwrap_or(0);
        let past: Vec<u64> =
            self.requests.range(self.settled.min(newest)..newest).map(|(request, _)| *request).collect();
        past.into_iter().for_each(|request| self.forget(request));
        self.settled = self.settled.max(newest);
    }

    /// What a request asked for will never be heard.
    pub(crate) fn refused(&mut self, request: u64) {
        self.forget(request);
    }

    /// Forgets a request that no score needs.
    fn forget(&mut self, request: u64) {
        let is_needed = self.scores.values().chain([&self.last, &self.heard]).any(|of| of.contains(&request));
        if !is_needed {
            self.requests.remove(&request);
        }
    }

    /// The number of what was heard last; 0 where nothing was.
    pub(crate) fn score_heard(&self) -> u64 {
        self.last_score
    }

    /// Takes in what another knows.
    pub(crate) fn learn(&mut self, other: Book) {
        self.requests.extend(other.requests);
        self.scores.extend(other.scores);
    }

    /// What leads to a score again; none where that is not known any more.
    pub(crate) fn again(&self, score: u64) -> Option<Vec<(u64, Change)>> {
        // Before anything was evaluated nothing played.
        if score == 0 { Some(Vec::new()) } else { self.all(self.scores.get(&score)?) }
    }

    /// What leads to what was heard last, where the script has not been changed since it was read: its name and what it
    /// holds now. First with what waited for its time, then without. Nothing where its text is all of that.
    pub(crate) fn goes_on(&self, file: &str, text: &str) -> Vec<Vec<(u64, Change)>> {
        if !self.is_as_read(file, text) {
            return Vec::new();
        }
        let is_text = |all: &[(u64, Change)]| matches!(all, [(_, Change::Text { file: of, text: last, part: None })] if **of == *file && **last == *text);
        let ways = self.heard_last();
        if ways.first().is_some_and(|all| is_text(all)) { Vec::new() } else { ways }
    }

    /// What leads to what was heard last, whatever the script says now; the newest first.
    pub(crate) fn heard_last(&self) -> Vec<Vec<(u64, Change)>> {
        let mut ways: Vec<_> = [&self.last, &self.heard].into_iter().filter_map(|of| self.all(of)).collect();
        ways.retain(|all| !all.is_empty());
        ways.dedup_by(|a, b| a.iter().map(|(r, _)| r).eq(b.iter().map(|(r, _)| r)));
        ways
    }

    /// Whether a script is as it was last read.
    pub(crate) fn is_as_read(&self, file: &str, text: &str) -> bool {
        self.read.get(file).is_some_and(|(hash, _)| *hash == Hash::of(text.as_bytes()))
    }

    /// Whether what was heard last is more than a script's own text.
    pub(crate) fn had_more(&self, file: &str) -> bool {
        !matches!(&self.last[..], [] | [_]) || self.last.iter().any(|request| {
            !matches!(self.requests.get(request), Some(Change::Text { file: of, part: None, .. }) if **of == *file)
        })
    }

    fn all(&self, of: &[u64]) -> Option<Vec<(u64, Change)>> {
        of.iter().map(|request| Some((*request, self.requests.get(request)?.clone()))).collect()
    }
}

/// What a request is in the journal.
pub(crate) fn entry(request: u64, change: &Change, quant: crate::remote::Quant) -> Option<What> {
    let quant = quant.to_string();
    match change {
        Change::Text { file, text, part } => Some(What::Evaluate(bf_store::Evaluation {
            request,
            file: file.to_string(),
            text: Arc::clone(text),
            part: part.clone(),
            quant,
        })),
        Change::Launch(scene) => Some(What::Scene { request, scene: scene.clone(), quant }),
        Change::Come(..) | Change::Again { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Book, Change, SCORES};

    fn text(n: u64) -> Change {
        Change::Text { file: "live.rhai".into(), text: format!("track {n}").into(), part: None }
    }

    #[test]
    fn what_no_undo_leads_to_any_more_is_forgotten() {
        let mut book = Book::default();
        let rounds = 3 * SCORES as u64;
        // The first stays, as a block does that is never evaluated again; one in five is refused.
        book.request(0, &text(0));
        for n in 1..=rounds {
            book.request(n, &text(n));
            if n % 5 == 0 { book.refused(n) } else { book.score(n, vec![0, n]) }
        }
        assert_eq!(book.scores.len(), SCORES);
        assert_eq!(book.requests.len(), SCORES + 1, "one for each score, and the first");
        let last = rounds - u64::from(rounds.is_multiple_of(5));
        assert_eq!(book.again(last).map(|all| all.len()), Some(2));
    }

    #[test]
    fn what_was_overtaken_is_forgotten_and_what_waits_is_not() {
        let mut book = Book::default();
        for n in 1..=5 {
            book.request(n, &text(n));
        }
        book.score(1, vec![2, 4]);
        let known: Vec<bool> = (1..=5).map(|n| book.wish(n).is_some()).collect();
        assert_eq!(known, [false, true, false, true, true]);
    }
}
