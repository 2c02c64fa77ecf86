//! What the blocks of a text want that were evaluated so far, each for itself and all together.

use crate::block;
use crate::sum::twice;
use crate::wanted::{Site, Track, Wanted};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// The blocks that were evaluated, in the order of the text, and what each of them wants.
///
/// When a block is evaluated again it replaces what it wanted before; the other blocks stay. All blocks evaluated from
/// top to bottom want what the file wants.
///
/// ```
/// use bf_script::{Env, Host, block};
///
/// let host = Host::new(Env::default());
/// let (mut score, mut present) = host.evaluate_set("live.rhai", "d1(s(\"bd\"));\n\nd2(s(\"hh\"));").unwrap();
/// let text = "d1(s(\"bd\"));\n\nd3(s(\"cp\"));";
/// let range = block::block_at(text, 14).unwrap();
/// let wanted = host.evaluate_block("live.rhai", text, range.clone(), &mut present).unwrap();
/// score.replace(text, range, wanted);
/// let tracks: Vec<_> = score.wanted().tracks.iter().map(|t| t.name.to_string()).collect();
/// assert_eq!(tracks, ["d1", "d3"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Score {
    text: Arc<str>,
    parts: Vec<Part>,
}

/// A block that was evaluated.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where it stands now, in bytes of the newest text; where it was edited since, the block that it became.
    pub range: Range<usize>,
    /// Its text when it was evaluated.
    pub text: Arc<str>,
    /// What it wants, not settled. The lines of its places are those of the newest text.
    pub wanted: Wanted,
}

impl Score {
    /// The blocks of a text that was evaluated as a whole.
    pub fn new(text: &str, parts: Vec<(Range<usize>, Wanted)>) -> Score {
        let part = |(range, wanted): (Range<usize>, Wanted)| {
            let of = text.get(range.clone()).unwrap_or_default();
            Part { range, text: of.into(), wanted }
        };
        Score { text: text.into(), parts: parts.into_iter().map(part).collect() }
    }

    /// The blocks in the order of the text.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The newest text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What all blocks want together, settled.
    pub fn wanted(&self) -> Wanted {
        self.sum().settled()
    }

    /// What all blocks want together, not settled: a scene or what is wanted later may be added.
    pub fn sum(&self) -> Wanted {
        self.parts.iter().fold(Wanted::default(), |mut sum, part| {
            let declared = |track: &Track| sum.tracks.iter().find(|t| t.name == track.name);
            let twice = part.wanted.tracks.iter().filter_map(|track| twice(declared(track)?, track));
            let twice: Vec<_> = twice.collect();
            sum.extend(part.wanted.clone());
            sum.messages.extend(twice);
            sum
        })
    }

    /// Takes in a block that was evaluated: `range` of a new `text`. It replaces the blocks that it was edited from.
    /// Blocks that were edited and not evaluated keep what they want; those that the text no longer has are dropped.
    /// A range within a block, such as a line, adds to what its block wants.
    pub fn replace(&mut self, text: &str, range: Range<usize>, wanted: Wanted) {
        let mut blocks = block::blocks(text);
        let around = blocks.iter().position(|block| block.start <= range.start && range.end <= block.end);
        let adds = around.is_some_and(|at| blocks[at] != range);
        if around.is_none() {
            // A selection of several blocks is one.
            blocks.retain(|block| block.end <= range.start || range.end <= block.start);
            blocks.push(range.clone());
            blocks.sort_by_key(|block| block.start);
        }
        let evaluated =
            blocks.iter().position(|block| block.start <= range.start && range.end <= block.end).unwrap_or(0);
        let became = Matching { old: &self.parts, text, blocks: &blocks }.became();
        let old_text = std::mem::replace(&mut self.text, text.into());
        let mut kept = Vec::with_capacity(self.parts.len() + 1);
        let mut added = adds;
        for (mut part, at) in std::mem::take(&mut self.parts).into_iter().zip(became) {
            let Some(at) = at else { continue };
            if at == evaluated && !adds {
                continue;
            }
            part.move_to(&old_text, text, blocks[at].clone());
            if at == evaluated && added {
                part.wanted.extend(wanted.clone());
                added = false;
            }
            kept.push(part);
        }
        if !adds || added {
            let of = text.get(range.clone()).unwrap_or_default();
            kept.push(Part { range: range.clone(), text: of.into(), wanted });
        }
        kept.sort_by_key(|part| part.range.start);
        self.parts = kept;
    }
}

impl Part {
    /// Moves it to where it stands in a new text, with the places that it names.
    fn move_to(&mut self, old: &str, new: &str, to: Range<usize>) {
        let line = |text: &str, at: usize| text.get(..at).map_or(0, |before| before.matches('\n').count() as i64 + 1);
        let (was, is) = (line(old, self.range.start), line(new, to.start));
        let lines = was..was + self.text.lines().count().max(1) as i64;
        let here = self.range.start as u32..self.range.end as u32;
        for Site { line, block, .. } in self.wanted.sites_mut() {
            let at = i64::from(*line);
            // What a function of another block declared stands there.
            if *block == here && lines.contains(&at) {
                *line = u32::try_from(at + is - was).unwrap_or(*line);
            }
            *block = to.start as u32..to.end as u32;
        }
        self.range = to;
    }
}

/// The blocks that were evaluated, and the blocks of a new text that they may have become.
struct Matching<'a> {
    old: &'a [Part],
    text: &'a str,
    blocks: &'a [Range<usize>],
}

impl Matching<'_> {
    /// Which new block each old one became, if any.
    fn became(&self) -> Vec<Option<usize>> {
        let mut became = self.same_text();
        let taken: BTreeSet<usize> = became.iter().flatten().copied().collect();
        let code = |new: &usize| self.text.get(self.blocks[*new].clone()).is_some_and(block::has_code);
        let open: Vec<usize> = (0..self.blocks.len()).filter(|new| !taken.contains(new) && code(new)).collect();
        let fixed = became.clone();
        for old in (0..self.old.len()).filter(|old| fixed[*old].is_none()) {
            let below = fixed[..old].iter().rev().flatten().next().map_or(0, |new| new + 1);
            let above = fixed[old..].iter().flatten().next().copied().unwrap_or(self.blocks.len());
            // How many old blocks before it in the gap are lost like it: the first of them became the first new one.
            let nth = fixed[..old].iter().rev().take_while(|new| new.is_none()).count();
            let in_gap = |new: usize| (below..above).contains(&new);
            let first = open.iter().position(|new| in_gap(*new));
            let likeness = |place: usize, new: usize| {
                let (names, lines) = self.likeness(old, new);
                let off = first.filter(|_| in_gap(new)).map(|first| place.abs_diff(first + nth));
                (names, lines, off.map_or(i64::MIN, |off| -(off as i64)))
            };
            let best = open.iter().enumerate().map(|(place, new)| (likeness(place, *new), *new));
            // Of equals the first.
            let best = best.max_by(|(a, i), (b, j)| a.cmp(b).then(j.cmp(i)));
            became[old] =
                best.filter(|((names, lines, off), _)| *names > 0 || *lines > 0 || *off > i64::MIN).map(|b| b.1);
        }
        became
    }

    /// Old and new blocks of one text: as many as keep their order, then those that moved.
    fn same_text(&self) -> Vec<Option<usize>> {
        let new: Vec<&str> = self.blocks.iter().map(|block| self.text.get(block.clone()).unwrap_or_default()).collect();
        let mut pairs = vec![None; self.old.len()];
        // The longest common row, from behind.
        let width = new.len() + 1;
        let mut longest = vec![0u32; (self.old.len() + 1) * width];
        for i in (0..self.old.len()).rev() {
            for j in (0..new.len()).rev() {
                let skip = longest[(i + 1) * width + j].max(longest[i * width + j + 1]);
                let both = longest[(i + 1) * width + j + 1] + 1;
                longest[i * width + j] = if *self.old[i].text == *new[j] { both.max(skip) } else { skip };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < self.old.len() && j < new.len() {
            if *self.old[i].text == *new[j] && longest[i * width + j] == longest[(i + 1) * width + j + 1] + 1 {
                pairs[i] = Some(j);
                (i, j) = (i + 1, j + 1);
            } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
        for i in 0..self.old.len() {
            if pairs[i].is_none() {
                let free = |j: &usize| *self.old[i].text == *new[*j] && !pairs.contains(&Some(*j));
                pairs[i] = (0..new.len()).find(free);
            }
        }
        pairs
    }

    /// How many names of an old block a new one has in its text, and how many lines both share.
    fn likeness(&self, old: usize, new: usize) -> (usize, usize) {
        let text = self.text.get(self.blocks[new].clone()).unwrap_or_default();
        let names = self.old[old].wanted.names().filter(|name| mentions(text, name.as_str())).count();
        let lines = |of: &'_ str| of.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect();
        let (before, after): (BTreeSet<String>, BTreeSet<String>) = (lines(&self.old[old].text), lines(text));
        (names, before.intersection(&after).count())
    }
}

/// Whether a text has a name as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(name).any(|(at, _)| {
        // The `_` that mutes a track is not of its name.
        let before = text[..at].trim_end_matches('_').chars().next_back();
        !before.is_some_and(is_word) && !text[at + name.len()..].chars().next().is_some_and(is_word)
    })
}
