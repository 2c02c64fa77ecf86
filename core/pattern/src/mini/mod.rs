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
mod parser;

pub use error::MiniError;

use crate::{Atom, Pattern};
use std::ops::Range;

/// The pattern of a text.
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
    build::build(&parser::parse(text)?, place)
}
