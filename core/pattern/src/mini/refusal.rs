//! What is said of a text that cannot be read on: where, what, and what to do.

use super::MiniError;
use super::parser::{Open, Parser};
use std::ops::Range;

/// A number that is not taken for another.
pub(super) fn too_large(span: Range<usize>, number: &str) -> MiniError {
    let shown: String = number.chars().take(24).collect();
    let more = if number.chars().nth(24).is_some() { "…" } else { "" };
    MiniError::new(span, format!("`{shown}{more}` is too large a number")).hint("such as a*2, a!3 or a@1.5")
}

impl Parser<'_> {
    pub(super) fn bad_euclid(&self, start: usize) -> MiniError {
        let hint = "write the onsets, the steps, and maybe a rotation: a(3,8) or a(<3 5>,8,2)";
        match self.peek() {
            None => MiniError::new(start..start + 1, "`(` is never closed").hint(hint),
            Some(c) => {
                MiniError::new(self.at..self.at + c.len_utf8(), format!("`{c}` does not fit in `( )`")).hint(hint)
            }
        }
    }

    pub(super) fn unclosed(&self, open: Option<Open>) -> MiniError {
        let (at, close) = open.map_or((self.at, ']'), |o| (o.at, o.close));
        let bracket = self.text[at..].chars().next().unwrap_or('[');
        match self.peek() {
            None => MiniError::new(at..at + 1, format!("`{bracket}` is never closed")).hint(format!("add a `{close}`")),
            Some(c) => MiniError::new(
                self.at..self.at + c.len_utf8(),
                format!("`{c}` stands where `{close}` should close `{bracket}`"),
            ),
        }
    }

    /// No step where one is needed.
    pub(super) fn nothing(&self, found: Option<char>, open: Option<Open>) -> MiniError {
        match found {
            None if open.is_some() => self.unclosed(open),
            None => MiniError::new(self.at..self.at, "a step is missing here").hint("write one, or `~` for silence"),
            Some(c @ (']' | '>' | '}' | ',' | '|' | '.')) => {
                MiniError::new(self.at..self.at + 1, format!("a step is missing before `{c}`"))
                    .hint("write one, or `~` for silence")
            }
            Some(c @ ('!' | '@' | '*' | '/' | '?' | ':' | '(')) => {
                MiniError::new(self.at..self.at + 1, format!("`{c}` has nothing before it"))
                    .hint(format!("it follows a step: a{c}{}", if c == '(' { "3,8)" } else { "2" }))
            }
            Some(c) => self.unexpected(c),
        }
    }

    pub(super) fn unexpected(&self, c: char) -> MiniError {
        let error = MiniError::new(self.at..self.at + c.len_utf8(), format!("`{c}` means nothing here"));
        match c {
            ']' | '>' | '}' => MiniError::new(self.at..self.at + 1, format!("`{c}` closes nothing"))
                .hint("remove it, or open a bracket"),
            ')' => error.hint("`( )` stand right after a step: a(3,8)"),
            '"' | '\'' | '`' => error.hint("the text needs no further quotes"),
            '+' => error.hint("to add numbers, put .add(\"…\") after the pattern"),
            '%' => error.hint("it stands right after `}`: {a b c}%4"),
            ';' | '=' | '&' | '$' => error.hint("that belongs to the script, outside the quotes"),
            _ => error.hint("steps are words of letters, digits, # . - _ ^ and ~"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Query, Span, mini};

    #[test]
    fn a_number_of_a_pattern_that_is_too_large_is_told_when_it_is_asked_for() {
        let asked = mini("a*<1e308 2>").expect("reads").query(Span::new(0, 1), &Query::default());
        assert!(asked.is_err_and(|e| e.to_string().contains("too large a number here (`1e308`)")));
    }

    #[test]
    fn each_slip_has_its_place_and_hint() {
        let cases = [
            ("", 0..0, "a step is missing here", "`~` for silence"),
            ("a [b c", 2..3, "`[` is never closed", "add a `]`"),
            ("a [b c>", 6..7, "`>` closes nothing", "open a bracket"),
            ("a] b", 1..2, "`]` closes nothing", "remove it"),
            ("a, , b", 3..4, "a step is missing before `,`", "write one"),
            ("! a", 0..1, "`!` has nothing before it", "a!2"),
            ("_ a", 0..1, "`_` has nothing before it to make longer", "a _ b"),
            ("a*b", 2..3, "`*` needs a number, not `b`", "a*<2 3>"),
            ("a* b", 1..2, "`*` needs something after it", "a*2"),
            ("a(3,8", 1..2, "`(` is never closed", "a(3,8)"),
            ("a(3)", 1..4, "`( )` holds two or three numbers", "a(3,8,2)"),
            ("a(3,x)", 4..5, "a rhythm cannot have `x` steps", "a(3,8)"),
            ("a(3 5,8)", 4..5, "`5` does not fit in `( )`", "a(<3 5>,8,2)"),
            ("a .. c", 0..1, "`..` needs numbers on both sides, not `a`", "0 .. 3"),
            ("a, b | c", 5..6, "`,` and `|` stand side by side", "brackets"),
            ("<a | b>", 3..4, "`|` stands in square brackets or none", "[a | b]"),
            ("a + b", 2..3, "`+` means nothing here", ".add("),
            ("a %4", 2..3, "`%` means nothing here", "{a b c}%4"),
            ("é \"b\"", 3..4, "`\"` means nothing here", "no further quotes"),
            ("a@-3", 1..4, "a step cannot be shorter than nothing", "a@2"),
            ("a@1.2.3", 2..7, "`1.2.3` is no number", ""),
            ("bd@99999999999999999999 sd", 3..23, "`99999999999999999999` is too large a number", "a@1.5"),
            ("bd!99999999999999999999", 3..23, "`99999999999999999999` is too large a number", "a!3"),
            ("a b?-99999999999999999999", 4..25, "`-99999999999999999999` is too large a number", ""),
            ("a b*1e30", 4..8, "`1e30` is too large a number", "a*2"),
            ("a/1e30 b", 2..6, "`1e30` is too large a number", "a*2"),
            ("{a b}%99999999999999999999", 6..26, "`99999999999999999999` is too large a number", ""),
            ("a(3,8,99999999999999999999)", 6..26, "`99999999999999999999` is too large a number", ""),
        ];
        for (text, span, message, hint) in cases {
            let error = mini(text).expect_err(text);
            assert_eq!((error.span.clone(), error.message.as_str()), (span, message), "{text}");
            assert!(error.hint.clone().unwrap_or_default().contains(hint), "{text}: {error}");
        }
    }
}
