//! Address patterns: `?`, `*`, `[a-c]`, `[!a-c]`, `{a,bc}` within a name, and `//` across names.

mod parse;
mod run;

use super::address;
use run::with_rows;

/// Bytes of the longest pattern, so that matching it against many addresses takes a bounded time.
pub(super) const MAX_PATTERN: usize = 512;

/// Why a text is no address pattern. `at` counts bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It does not begin with a slash.
    #[error("an OSC address pattern begins with `/`")]
    Start,
    /// It is too long.
    #[error("a pattern of {bytes} bytes; expected no more than {MAX_PATTERN}")]
    Long {
        /// How long it is.
        bytes: usize,
    },
    /// Nothing between two slashes, or behind the last. `//` stands for any names between two.
    #[error("byte {at}: a name is missing; `/*` stands for any one, and `//name` for one at any depth")]
    Empty {
        /// Where it should be.
        at: usize,
    },
    /// A bracket that does not close before the name ends.
    #[error("byte {at}: this `{open}` is not closed within its name")]
    Unclosed {
        /// Where it opens.
        at: usize,
        /// The bracket.
        open: char,
    },
    /// Brackets with nothing in them.
    #[error("byte {at}: `[]` and `[!]` match nothing; write the characters between the brackets")]
    Set {
        /// Where they open.
        at: usize,
    },
    /// A range from a later character to an earlier one.
    #[error("byte {at}: the range {from}-{to} is empty; write the smaller character first")]
    Range {
        /// Where it begins.
        at: usize,
        /// Its first character.
        from: char,
        /// Its last.
        to: char,
    },
    /// A character that cannot be there.
    #[error("byte {at}: {found:?} cannot be here")]
    Character {
        /// Where it is.
        at: usize,
        /// What it is.
        found: char,
    },
}

/// An address pattern, read once to be matched against many addresses.
///
/// Matching takes at most pattern length × address length, whatever the pattern; nothing is tried twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: Box<str>,
    steps: Vec<Step>,
    deep: bool,
}

/// What stands for a name, or for several.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// `//`: any number of names, none included. An extension of OSC 1.1.
    Deep,
    Name(Vec<Token>),
}

/// A piece of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Text(Box<str>),
    /// `?`
    One,
    /// `*`
    Any,
    /// `[...]`
    Set {
        except: bool,
        ranges: Vec<(char, char)>,
    },
    /// `{...}`
    OneOf(Vec<Box<str>>),
}

impl Pattern {
    /// Reads a pattern. An address without anything special is one, too, and matches itself.
    ///
    /// What OSC 1.0 leaves open: ranges go up, alternatives in `{}` are plain and may be empty, and `-` at either end
    /// of `[]` and `!` anywhere but first mean themselves.
    ///
    /// # Errors
    /// What is wrong, and where.
    ///
    /// *Source*: Wright, The Open Sound Control 1.0 Specification (2002); `//`: Freed and Schmeder, Features and Future
    /// of Open Sound Control version 1.1 (2009).
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        let steps = parse::steps(text)?;
        Ok(Pattern { text: text.into(), deep: steps.contains(&Step::Deep), steps })
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether an address matches, in full.
    pub fn matches(&self, address: &str) -> bool {
        if !address.starts_with('/') {
            return false;
        }
        if self.deep {
            return self.matches_deep(&address::parts(address).collect::<Vec<_>>());
        }
        let mut parts = address::parts(address);
        self.steps.iter().all(|step| parts.next().is_some_and(|part| step.matches(part))) && parts.next().is_none()
    }

    /// The same where one step may stand for several names: goes through the steps with the set of places that can be
    /// reached, as [`run::name`] does within a name.
    fn matches_deep(&self, parts: &[&str]) -> bool {
        with_rows(parts.len(), |mut now, mut next| {
            now.set(0);
            for step in &self.steps {
                next.clear();
                match step {
                    Step::Deep => (now.first().unwrap_or(usize::MAX)..=parts.len()).for_each(|at| next.set(at)),
                    Step::Name(tokens) => {
                        let reached = |at: usize| parts.get(at).is_some_and(|part| run::name(tokens, part));
                        now.places().filter(|at| reached(*at)).for_each(|at| next.set(at + 1));
                    }
                }
                (now, next) = (next, now);
            }
            now.has(parts.len())
        })
    }
}

impl Step {
    fn matches(&self, part: &str) -> bool {
        match self {
            Step::Deep => true,
            Step::Name(tokens) => run::name(tokens, part),
        }
    }
}
