//! Reads patterns.

use super::{MAX_PATTERN, PatternError, Step, Token};
use crate::osc::address::is_name;

/// The steps of a pattern.
pub(super) fn steps(text: &str) -> Result<Vec<Step>, PatternError> {
    if text.len() > MAX_PATTERN {
        return Err(PatternError::Long { bytes: text.len() });
    }
    let names = text.strip_prefix('/').ok_or(PatternError::Start)?;
    let (mut steps, mut at) = (Vec::new(), 1);
    for name in names.split('/') {
        let step = if name.is_empty() { Step::Deep } else { Step::Name(Name { text: name, at, next: 0 }.tokens()?) };
        if step == Step::Deep && steps.last() == Some(&Step::Deep) {
            return Err(PatternError::Empty { at });
        }
        steps.push(step);
        at += name.len() + 1;
    }
    match steps.last() {
        Some(Step::Deep) | None => Err(PatternError::Empty { at: text.len() }),
        Some(Step::Name(_)) => Ok(steps),
    }
}

/// A name that is being read.
struct Name<'a> {
    text: &'a str,
    /// Where it begins in the pattern.
    at: usize,
    /// What of it is read.
    next: usize,
}

impl Name<'_> {
    fn tokens(mut self) -> Result<Vec<Token>, PatternError> {
        let (mut tokens, mut plain) = (Vec::new(), String::new());
        while let Some((at, c)) = self.take() {
            if is_name(c) {
                plain.push(c);
                continue;
            }
            if !plain.is_empty() {
                tokens.push(Token::Text(std::mem::take(&mut plain).into()));
            }
            match c {
                '?' => tokens.push(Token::One),
                // Two in a row are as one.
                '*' if tokens.last() == Some(&Token::Any) => {}
                '*' => tokens.push(Token::Any),
                '[' => tokens.push(self.set(at)?),
                '{' => tokens.push(self.one_of(at)?),
                found => return Err(PatternError::Character { at, found }),
            }
        }
        if !plain.is_empty() {
            tokens.push(Token::Text(plain.into()));
        }
        Ok(tokens)
    }

    /// The next character, and where it is in the pattern.
    fn take(&mut self) -> Option<(usize, char)> {
        let (at, c) = (self.at + self.next, self.text[self.next..].chars().next()?);
        self.next += c.len_utf8();
        Some((at, c))
    }

    fn peek(&self) -> Option<char> {
        self.text[self.next..].chars().next()
    }

    /// What follows a `[` at `open`.
    fn set(&mut self, open: usize) -> Result<Token, PatternError> {
        let except = self.peek() == Some('!');
        if except {
            self.take();
        }
        let mut ranges = Vec::new();
        while let Some((at, from)) = self.take() {
            match from {
                ']' if ranges.is_empty() => return Err(PatternError::Set { at: open }),
                ']' => return Ok(Token::Set { except, ranges }),
                from if is_name(from) => ranges.push((from, self.range_end(at, from)?)),
                found => return Err(PatternError::Character { at, found }),
            }
        }
        Err(PatternError::Unclosed { at: open, open: '[' })
    }

    /// The last character of a range that begins with `from`: itself where no range follows.
    fn range_end(&mut self, at: usize, from: char) -> Result<char, PatternError> {
        let mut ahead = self.text[self.next..].chars();
        let (Some('-'), Some(to)) = (ahead.next(), ahead.next()) else { return Ok(from) };
        if to == ']' {
            return Ok(from);
        }
        self.take();
        match self.take() {
            Some((at, found)) if !is_name(found) => Err(PatternError::Character { at, found }),
            _ if to < from => Err(PatternError::Range { at, from, to }),
            _ => Ok(to),
        }
    }

    /// What follows a `{` at `open`.
    fn one_of(&mut self, open: usize) -> Result<Token, PatternError> {
        let (mut words, mut word) = (Vec::new(), String::new());
        while let Some((at, c)) = self.take() {
            match c {
                ',' | '}' => {
                    words.push(std::mem::take(&mut word).into());
                    if c == '}' {
                        return Ok(Token::OneOf(words));
                    }
                }
                c if is_name(c) => word.push(c),
                found => return Err(PatternError::Character { at, found }),
            }
        }
        Err(PatternError::Unclosed { at: open, open: '{' })
    }
}
