//! Cutting out of a text and putting into it.

use core::ops::Range;

/// Changes of one text, by the offsets that it has before any of them.
#[derive(Debug, Default)]
pub(super) struct Splices(Vec<Splice>);

#[derive(Debug)]
struct Splice {
    span: Range<usize>,
    rank: Rank,
    with: String,
}

/// What comes first where several changes meet at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Goes on with what stands in front.
    Inside,
    /// Begins something of its own.
    Section,
    /// Takes away or replaces what stands behind.
    Cut,
}

impl Splices {
    fn push(&mut self, span: Range<usize>, rank: Rank, with: String) {
        self.0.push(Splice { span, rank, with });
    }

    pub(super) fn replace(&mut self, span: Range<usize>, with: impl Into<String>) {
        self.push(span, Rank::Cut, with.into());
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.push(at..at, Rank::Inside, text.into());
    }

    /// Puts in lines under a header of their own: behind all else that is put in there.
    pub(super) fn insert_section(&mut self, at: usize, text: impl Into<String>) {
        self.push(at..at, Rank::Section, text.into());
    }

    pub(super) fn delete(&mut self, span: Range<usize>) {
        self.push(span, Rank::Cut, String::new());
    }

    /// How many there are; a mark to go [`Splices::back_to`].
    pub(super) fn mark(&self) -> usize {
        self.0.len()
    }

    /// Forgets what came after a mark.
    pub(super) fn back_to(&mut self, mark: usize) {
        self.0.truncate(mark);
    }

    /// The changed text. What is put in gets the line ends of the text.
    pub(super) fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|splice| (splice.span.start, splice.rank));
        let crlf = text.contains("\r\n");
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for Splice { span, with, .. } in self.0 {
            if span.start > done {
                out.push_str(&text[done..span.start]);
            }
            if crlf {
                out.push_str(&with.replace('\n', "\r\n"));
            } else {
                out.push_str(&with);
            }
            done = done.max(span.end);
        }
        out.push_str(&text[done..]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_old_text() {
        let mut splices = Splices::default();
        splices.delete(2..4);
        splices.insert(2, "x\n");
        splices.replace(5..6, "y");
        splices.insert(8, "z");
        splices.delete(3..5);
        assert_eq!(splices.apply("ab\r\ncdef"), "abx\r\nyefz");
    }
}
