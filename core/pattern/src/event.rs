//! Events: what a pattern answers, with the places in the text that it came from.

use crate::{Span, Value};
use std::sync::Arc;

/// A piece of source text, in bytes: one atom of mini-notation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atom {
    /// Which text: a number that whoever parsed it gave (0 where there is only one).
    pub source: u32,
    /// Its first byte.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
}

impl Atom {
    /// The source of a text that stands in no file, such as one that was put together.
    pub const NOWHERE: u32 = u32::MAX;
}

/// The atoms that made an event, in the order in which patterns were joined.
///
/// Two are held inline, since most events come from one or two; more share a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Atoms {
    inline: [Atom; 2],
    len: u8,
    more: Option<Arc<[Atom]>>,
}

/// More atoms than these would light up the whole text: the rest is left out.
const MAX_ATOMS: usize = 16;

impl Atoms {
    /// A single atom.
    pub fn one(atom: Atom) -> Atoms {
        Atoms { inline: [atom, Atom::default()], len: 1, more: None }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Atom] {
        self.more.as_deref().unwrap_or(&self.inline[..usize::from(self.len)])
    }

    /// Adds those of `other` that are not yet here.
    pub fn extend(&mut self, other: &Atoms) {
        for atom in other.as_slice() {
            let have = self.as_slice();
            if have.contains(atom) || have.len() >= MAX_ATOMS {
                continue;
            }
            if have.len() < 2 {
                self.inline[usize::from(self.len)] = *atom;
                self.len += 1;
            } else {
                self.more = Some(have.iter().chain([atom]).copied().collect());
            }
        }
    }
}

/// A value for a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The time that the event takes as a whole; `None` for what has no onset, such as a sample of a signal.
    pub whole: Option<Span>,
    /// The piece of it that was asked for.
    pub part: Span,
    /// Its value.
    pub value: Value,
    /// The atoms of source text that it came from.
    pub atoms: Atoms,
}

impl Event {
    /// Whether the event begins in its part: only then is it played.
    pub fn has_onset(&self) -> bool {
        self.whole.is_some_and(|w| w.begin == self.part.begin)
    }

    /// The whole, or the part where there is none.
    pub fn whole_or_part(&self) -> Span {
        self.whole.unwrap_or(self.part)
    }

    /// The event with its times mapped.
    pub(crate) fn map_time(&mut self, f: impl Fn(crate::Ratio) -> crate::Ratio) {
        let part = self.part.map(&f);
        // Most events are whole: their times are mapped once.
        self.whole = match self.whole {
            Some(w) if w == self.part => Some(part),
            other => other.map(|w| w.map(&f)),
        };
        self.part = part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(start: u32) -> Atom {
        Atom { source: 0, start, end: start + 1 }
    }

    #[test]
    fn atoms_gather_without_doubles() {
        let mut atoms = Atoms::default();
        assert!(atoms.is_empty());
        for start in [3, 1, 3, 4, 1, 5] {
            atoms.extend(&Atoms::one(atom(start)));
        }
        assert_eq!(atoms.as_slice(), [atom(3), atom(1), atom(4), atom(5)]);
        for start in 0..100 {
            atoms.extend(&Atoms::one(atom(start)));
        }
        assert_eq!(atoms.as_slice().len(), MAX_ATOMS);
    }
}
