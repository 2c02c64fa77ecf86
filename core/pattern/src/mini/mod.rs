//! Mini-notation: patterns as short texts.
//!
//! Steps stand side by side and share the cycle: `bd sd hh`. What may stand for a step, and after it:
//!
//! | text | means |
//! |---|---|
//! | `~` or `-` | a rest |
//! | `[a b] c` | a group as one step; `.` between spaces does the same: `a b . c` |
//! | `a, b c` | both at once |
//! | `<a b c>` | one each cycle |
//! | `{a b c}%4` | four steps a cycle, going round; without `%` as many as the first has |
//! | <code>a &#124; b</code> | one each cycle, by chance |
//! | `a*2` `a/2` | faster, slower; the factor may be a pattern: `a*<2 3>` |
//! | `a!3` `a ! !` | three steps |
//! | `a@3` `a _ _` | one step three times as long |
//! | `a?` `a?0.2` | left out by chance (0.5, 0.2) |
//! | `a(3,8)` `a(3,8,2)` | three onsets over eight steps, as even as can be, moved two steps later; negative onsets are the gaps |
//! | `bd:3` | a value with a second one: a sound and its number |
//! | `0 .. 3` | 0 1 2 3 |
//!
//! Where Tidal and Strudel differ it is Strudel's way: the rotation of `(3,8,2)` goes later, `[a b](3,8)` cuts the
//! running group, a slowed step keeps its whole length, the number after `:` may be a pattern.

mod ast;
mod build;
mod error;
mod notation;
mod parser;
mod refusal;

pub use error::MiniError;
pub use notation::{NOTATION, Notation};

use crate::{Atom, Pattern, Print};
use std::ops::Range;

/// The pattern of a text.
///
/// ```
/// use bf_pattern::{Query, Ratio, Span, mini};
///
/// let events = mini("bd <sd cp>")?.query(Span::new(1, 2), &Query::default())?;
/// assert_eq!(events[1].value.to_string(), "cp");
/// assert_eq!(events[1].whole, Some(Span::new(Ratio::new(3, 2), 2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the text is no mini-notation, with the place and a hint.
pub fn mini(text: &str) -> Result<Pattern, MiniError> {
    let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    mini_with(text, &|span| Atom { source: 0, start: byte(span.start), end: byte(span.end) })
}

/// The pattern of a text that stands within another: `place` says where each piece of it (in bytes) is there.
///
/// # Errors
/// As [`mini`]; the span of the error is within `text`.
pub fn mini_with(text: &str, place: &dyn Fn(Range<usize>) -> Atom) -> Result<Pattern, MiniError> {
    let made = build::build(&parser::parse(text)?, place)?;
    Ok(made.with_fingerprint(Print::of("mini").with(text).done()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Query, Span};

    #[test]
    fn every_form_plays() {
        for form in NOTATION {
            let pattern = mini(form.example).unwrap_or_else(|e| panic!("{}: {e:?}", form.example));
            let events = (0..8).map(|n| pattern.query(Span::new(n, n + 1), &Query::default()).unwrap().len());
            assert!(events.sum::<usize>() > 0, "{}", form.example);
        }
    }

    #[test]
    fn atoms_say_where_they_stand() {
        let moved = |span: Range<usize>| Atom { source: 7, start: span.start as u32 + 100, end: span.end as u32 + 100 };
        let pattern = mini_with("bd:3 <sd cp>*2", &moved).unwrap();
        let mut events = pattern.query(Span::new(0, 1), &Query::default()).unwrap();
        events.sort_by_key(|e| e.part.begin);
        let places: Vec<Vec<(u32, u32)>> =
            events.iter().map(|e| e.atoms.as_slice().iter().map(|a| (a.start, a.end)).collect()).collect();
        assert_eq!(places, [vec![(100, 102), (103, 104)], vec![(106, 108)], vec![(109, 111)]]);
        assert!(events.iter().flat_map(|e| e.atoms.as_slice()).all(|a| a.source == 7));
    }
}
