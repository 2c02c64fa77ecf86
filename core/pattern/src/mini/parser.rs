//! Reads mini-notation.
//!
//! There is no lexer apart: whether `.`, `-`, `_` or `~` is an operator or part of a word depends on what stands
//! around it.

use super::MiniError;
use super::ast::{Sequence, Shape, Step, StepOp};
use super::refusal::too_large;
use crate::{Ratio, Value};
use std::ops::Range;

/// The longest text that is read: longer ones are no music but mistakes.
const MAX_LEN: usize = 1 << 18;
/// How deep brackets may be nested.
const MAX_NESTING: usize = 48;

/// Reads a text as what `[ ]` may hold.
pub(super) fn parse(text: &str) -> Result<Step, MiniError> {
    if text.len() > MAX_LEN {
        let message = format!("the text has {} bytes; {MAX_LEN} are the most", text.len());
        return Err(MiniError::new(0..0, message).hint("join several patterns with cat() or stack()"));
    }
    let mut parser = Parser { text, at: 0, nesting: 0, streams: 0 };
    let shape = parser.lanes(None)?;
    if let Some(c) = parser.peek() {
        return Err(parser.unexpected(c));
    }
    Ok(plain(shape, 0..text.len()))
}

fn plain(shape: Shape, span: Range<usize>) -> Step {
    Step { shape, span, weight: Ratio::ONE, repeats: Ratio::ONE, ops: Vec::new() }
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    nesting: usize,
    /// How many operators of chance were read: each has numbers of its own.
    streams: i64,
}

/// An opening bracket that was read.
#[derive(Clone, Copy)]
pub(super) struct Open {
    pub(super) at: usize,
    pub(super) close: char,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '~' | '-' | '#' | '.' | '^' | '_')
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Takes `c` if it is next.
    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    fn stream(&mut self) -> i64 {
        self.streams += 1;
        self.streams - 1
    }

    /// Sequences side by side: with `,` at once, with `|` by chance.
    fn lanes(&mut self, open: Option<Open>) -> Result<Shape, MiniError> {
        let mut lanes = vec![self.feet(open)?];
        let mut between: Option<char> = None;
        while let Some(c @ (',' | '|')) = self.peek() {
            if between.is_some_and(|b| b != c) {
                return Err(MiniError::new(self.at..self.at + 1, "`,` and `|` stand side by side")
                    .hint("put one of them in brackets: a, [b | c]"));
            }
            if c == '|' && open.is_some_and(|o| o.close != ']') {
                return Err(MiniError::new(self.at..self.at + 1, "`|` stands in square brackets or none")
                    .hint("write <[a | b] c> or [a | b]"));
            }
            between = Some(c);
            self.at += 1;
            lanes.push(self.feet(open)?);
        }
        Ok(if between == Some('|') { Shape::Choice(lanes, self.stream()) } else { Shape::Stack(lanes) })
    }

    /// A sequence, cut into groups where `.` stands alone.
    fn feet(&mut self, open: Option<Open>) -> Result<Sequence, MiniError> {
        let start = self.at;
        let mut feet = vec![(start, self.sequence(open)?)];
        while self.is_foot() {
            self.at += 1;
            let start = self.at;
            feet.push((start, self.sequence(open)?));
        }
        if feet.len() == 1 {
            return Ok(feet.remove(0).1);
        }
        // Strudel counts feet among the chances.
        self.stream();
        let end = self.at;
        let group = |(start, sequence): (usize, Sequence)| plain(Shape::Stack(vec![sequence]), start..end);
        Ok(Sequence { steps: feet.into_iter().map(group).collect(), marked: false })
    }

    /// Whether a `.` that stands alone is next.
    fn is_foot(&self) -> bool {
        self.rest().strip_prefix('.').is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    }

    fn sequence(&mut self, open: Option<Open>) -> Result<Sequence, MiniError> {
        self.skip_space();
        let marked = self.rest().strip_prefix('^').is_some() && self.take('^');
        let mut steps = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(c) if (is_word(c) && !self.is_foot()) || matches!(c, '[' | '<' | '{') => steps.push(self.step()?),
                found if steps.is_empty() => return Err(self.nothing(found, open)),
                Some(c) if matches!(c, ',' | '|' | '.') || open.is_some_and(|o| o.close == c) => break,
                None if open.is_none() => break,
                None => return Err(self.unclosed(open)),
                Some(c) => return Err(self.unexpected(c)),
            }
        }
        Ok(Sequence { steps, marked })
    }

    /// A step with its operators.
    fn step(&mut self) -> Result<Step, MiniError> {
        let mut step = self.slice()?;
        loop {
            let before = self.at;
            self.skip_space();
            let start = self.at;
            if !self.operator(&mut step)? {
                self.at = before;
                return Ok(step);
            }
            if step.ops.len() > MAX_LEN / 256 {
                return Err(MiniError::new(start..self.at, "too many operators on one step"));
            }
        }
    }

    /// Reads one operator, if one is next.
    fn operator(&mut self, step: &mut Step) -> Result<bool, MiniError> {
        let start = self.at;
        let rest = self.rest();
        let mut after = rest.chars();
        let (first, second) = (after.next(), after.next());
        match first {
            Some('.') if second == Some('.') => {
                self.at += 2;
                self.skip_space();
                let to = self.operand("..")?;
                step.ops.push(StepOp::Range(to));
            }
            // A lone `_` makes what stands before it longer; in a word it is a letter.
            Some('_') if !second.is_some_and(is_word) => {
                self.at += 1;
                step.weight = step.weight + Ratio::ONE;
            }
            Some('@') => {
                self.at += 1;
                let weight = self.number()?.unwrap_or(2.0);
                step.weight = step.weight + Ratio::from_f64(weight) - Ratio::ONE;
                if step.weight < Ratio::ZERO {
                    return Err(MiniError::new(start..self.at, "a step cannot be shorter than nothing")
                        .hint("a weight is above 0: a@2"));
                }
            }
            Some('!') => {
                self.at += 1;
                let times = self.number()?.unwrap_or(2.0);
                step.repeats = step.repeats + Ratio::from_f64(times) - Ratio::ONE;
                step.weight = step.repeats;
                // As often as all `!` say, at the place of the last.
                step.ops.retain(|op| !matches!(op, StepOp::Replicate(_)));
                step.ops.push(StepOp::Replicate(step.repeats));
                if step.repeats < Ratio::ZERO {
                    return Err(MiniError::new(start..self.at, "a step cannot be repeated less than not at all")
                        .hint("write how often: a!3"));
                }
            }
            Some('?') => {
                self.at += 1;
                let share = self.number()?.unwrap_or(0.5);
                let stream = self.stream();
                step.ops.push(StepOp::Degrade(share, stream));
            }
            Some(c @ ('*' | '/')) => {
                self.at += 1;
                let factor = self.operand(if c == '*' { "*" } else { "/" })?;
                if let Shape::Atom(value) = &factor.shape
                    && value.number().is_none()
                {
                    return Err(MiniError::new(factor.span, format!("`{c}` needs a number, not `{value}`"))
                        .hint(format!("such as a{c}2, a{c}1.5 or a{c}<2 3>")));
                }
                step.ops.push(if c == '*' { StepOp::Fast(factor) } else { StepOp::Slow(factor) });
            }
            Some(':') => {
                self.at += 1;
                let tail = self.operand(":")?;
                step.ops.push(StepOp::Tail(tail));
            }
            Some('(') => {
                let op = self.euclid()?;
                step.ops.push(op);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `(pulses,steps,rotation)`.
    fn euclid(&mut self) -> Result<StepOp, MiniError> {
        let start = self.at;
        self.at += 1;
        let mut args = Vec::new();
        self.nest(start)?;
        loop {
            self.skip_space();
            match self.peek() {
                Some(c) if is_word(c) || matches!(c, '[' | '<' | '{') => {
                    args.push(self.step().and_then(|step| self.fitting(step))?)
                }
                _ => return Err(self.bad_euclid(start)),
            }
            self.skip_space();
            if self.take(')') {
                break;
            }
            if !self.take(',') {
                return Err(self.bad_euclid(start));
            }
        }
        self.nesting -= 1;
        let span = start..self.at;
        if !(2..=3).contains(&args.len()) {
            return Err(MiniError::new(span, "`( )` holds two or three numbers").hint("such as a(3,8) or a(3,8,2)"));
        }
        Ok(StepOp::Euclid(args.into()))
    }

    /// What an operator works with.
    fn operand(&mut self, operator: &str) -> Result<Step, MiniError> {
        match self.peek() {
            Some(c) if is_word(c) || matches!(c, '[' | '<' | '{') => self.slice().and_then(|step| self.fitting(step)),
            _ => Err(MiniError::new(
                self.at.saturating_sub(operator.len())..self.at,
                format!("`{operator}` needs something after it"),
            )
            .hint(format!("such as a{operator}2; a pattern goes into brackets: a{operator}<2 3>"))),
        }
    }

    /// A word or a bracket.
    fn slice(&mut self) -> Result<Step, MiniError> {
        let start = self.at;
        let bracket = self.peek().filter(|c| matches!(c, '[' | '<' | '{'));
        let Some(bracket) = bracket else { return self.word() };
        self.nest(start)?;
        self.at += 1;
        let close = match bracket {
            '[' => ']',
            '<' => '>',
            _ => '}',
        };
        let shape = self.lanes(Some(Open { at: start, close }))?;
        self.skip_space();
        if !self.take(close) {
            return Err(self.unclosed(Some(Open { at: start, close })));
        }
        self.nesting -= 1;
        let shape = match (bracket, shape) {
            ('<', Shape::Stack(lanes)) => Shape::Slow(lanes),
            ('{', Shape::Stack(lanes)) => {
                let steps = if self.take('%') { Some(Box::new(self.operand("%")?)) } else { None };
                Shape::Polymeter(lanes, steps)
            }
            (_, shape) => shape,
        };
        Ok(plain(shape, start..self.at))
    }

    /// What an operator works with, where it is no number that is too large to count with.
    fn fitting(&self, step: Step) -> Result<Step, MiniError> {
        match &step.shape {
            Shape::Atom(value) if value.number().is_some_and(|n| n.abs() > Ratio::MOST) => {
                Err(too_large(step.span.clone(), &self.text[step.span.clone()]))
            }
            _ => Ok(step),
        }
    }

    fn nest(&mut self, at: usize) -> Result<(), MiniError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(MiniError::new(at..at + 1, format!("brackets are nested more than {MAX_NESTING} deep"))
                .hint("join patterns with functions instead"));
        }
        Ok(())
    }

    fn word(&mut self) -> Result<Step, MiniError> {
        let start = self.at;
        let len: usize = self.rest().chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
        self.at += len;
        let word = &self.text[start..self.at];
        let shape = match word {
            "~" | "-" => Shape::Rest,
            "_" => {
                return Err(MiniError::new(start..self.at, "`_` has nothing before it to make longer")
                    .hint("write it after a step: a _ b"));
            }
            word => Shape::Atom(atom(word)),
        };
        Ok(plain(shape, start..self.at))
    }

    /// A number right after an operator.
    fn number(&mut self) -> Result<Option<f64>, MiniError> {
        let start = self.at;
        let digits = |c: &char| c.is_ascii_digit() || matches!(c, '.' | '-');
        let len: usize = self.rest().chars().take_while(digits).map(char::len_utf8).sum();
        if len == 0 || self.is_foot() {
            return Ok(None);
        }
        self.at += len;
        let text = &self.text[start..self.at];
        match text.parse::<f64>() {
            Ok(number) if number.abs() <= Ratio::MOST => Ok(Some(number)),
            Ok(_) => Err(too_large(start..self.at, text)),
            _ => Err(MiniError::new(start..self.at, format!("`{text}` is no number"))),
        }
    }
}

/// A word as a value: a number where it reads as one.
fn atom(word: &str) -> Value {
    let number = match word.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok().map(|n| n as f64),
        // What the library reads beyond digits (`inf`, `nan`) are words.
        None if word.contains(|c: char| c.is_ascii_digit()) => word.parse::<f64>().ok().filter(|n| n.is_finite()),
        None => None,
    };
    number.map_or_else(|| Value::text(word), Value::Num)
}
