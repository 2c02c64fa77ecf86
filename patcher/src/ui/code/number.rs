//! Numbers in a text under a hand: where one stands, and what it becomes.

use crate::language::scan::{What, tokens};
use std::ops::Range;

/// How far a hand has to move for the least step, in points.
const STEP: f64 = 8.0;
/// Over how many points a number of its size is gone through.
const SPAN: f64 = 40.0;
/// More digits than these behind the point say nothing.
const DIGITS: usize = 6;

/// A number that stands in a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    pub range: Range<usize>,
    pub value: f64,
    /// Digits behind its point.
    pub digits: usize,
    /// Whether it may become less than nothing.
    pub signed: bool,
}

/// The number at a byte: of the script, or of the mini-notation in one of its texts.
pub(super) fn number_at(text: &str, at: usize) -> Option<Number> {
    let tokens = tokens(text);
    let inside = |t: &&crate::language::scan::Token| t.range.start <= at && at <= t.range.end;
    if tokens.iter().filter(inside).any(|t| t.what == What::Comment) {
        return None;
    }
    let bytes = text.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let mut start = at.min(bytes.len());
    let touched = digit(start) || start > 0 && digit(start - 1);
    if !touched {
        let point = bytes.get(start) == Some(&b'.') && start > 0 && digit(start - 1) && digit(start + 1);
        if !point {
            return None;
        }
    }
    // A point counts between digits only: two of them are a range.
    let part = |i: usize| digit(i) || bytes.get(i) == Some(&b'.') && i > 0 && digit(i - 1) && digit(i + 1);
    while start > 0 && part(start - 1) {
        start -= 1;
    }
    let mut end = start;
    while part(end) {
        end += 1;
    }
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '#';
    let beside = [text[..start].chars().next_back(), text[end..].chars().next()];
    if beside.into_iter().flatten().any(word) {
        return None;
    }
    let digits = text[start..end].find('.').map_or(0, |point| end - start - point - 1);
    let minus = text[..start].ends_with('-');
    // A minus behind a value takes away; behind a sign or a space in mini-notation it belongs to the number.
    let before = text[..start - usize::from(minus)].trim_end().chars().next_back();
    let takes = minus && before.is_some_and(|c| word(c) || c == ')' || c == ']');
    let quoted = tokens.iter().any(|t| matches!(t.what, What::Text { .. }) && t.range.contains(&start));
    let spaced = text[..start].ends_with(" -") || text[..start].ends_with("\"-");
    let own = minus && (!takes || quoted && spaced);
    let range = start - usize::from(own)..end;
    let value = text[range.clone()].parse().ok()?;
    let after_sign = !own && text[..start].ends_with(['-', '*', '/', '!', '@', '%', ':']);
    Some(Number { value, digits, signed: !after_sign, range })
}

impl Number {
    /// What it becomes when a hand has moved by some points; a fine one goes a tenth as far.
    pub(super) fn moved(&self, points: f64, fine: bool) -> String {
        let (unit, digits) = self.unit(fine);
        let size = if self.value == 0.0 { unit } else { 10f64.powf(self.value.abs().log10().floor()) };
        let coarse = (size / SPAN).max(self.unit(false).0 / STEP);
        let rate = if fine { coarse / 10.0 } else { coarse };
        self.written(self.value + points * rate, unit, digits)
    }

    /// What it becomes one step up or down.
    pub(super) fn stepped(&self, steps: f64, fine: bool) -> String {
        let (unit, digits) = self.unit(fine);
        self.written(self.value + steps * unit, unit, digits)
    }

    /// The least step, and the digits that it asks for; a whole number stays whole.
    fn unit(&self, fine: bool) -> (f64, usize) {
        let digits = if fine && self.digits > 0 { (self.digits + 1).min(DIGITS) } else { self.digits };
        (10f64.powi(-i32::try_from(digits).unwrap_or(0)), digits)
    }

    fn written(&self, value: f64, unit: f64, digits: usize) -> String {
        let value = (value / unit).round() * unit;
        let value = if self.signed { value } else { value.max(0.0) };
        // There is no negative nothing.
        let value = if value.abs() < unit / 2.0 { 0.0 } else { value };
        format!("{value:.digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(String, bool)> {
        let at = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        number_at(&text, at).map(|n| (text[n.range].to_owned(), n.signed))
    }

    #[test]
    fn numbers_are_found_in_scripts_and_mini_notation() {
        let some = |text: &str, signed| Some((text.to_owned(), signed));
        assert_eq!(found("lpf(8|00)"), some("800", true));
        assert_eq!(found("gain(|0.25)"), some("0.25", true));
        assert_eq!(found("gain(0|.25)"), some("0.25", true));
        assert_eq!(found("0..1|6"), some("16", true));
        assert_eq!(found("1|..16"), some("1", true));
        assert_eq!(found("add(-1|2)"), some("-12", true));
        assert_eq!(found("x -1|2"), some("12", false));
        assert_eq!(found("\"0 -1|2\""), some("-12", true));
        assert_eq!(found("\"bd*|4\""), some("4", false));
        assert_eq!(found("\"c|4\""), None);
        assert_eq!(found("d|1(x)"), None);
        assert_eq!(found("// 1|2"), None);
        assert_eq!(found("fa|st"), None);
    }

    #[test]
    fn numbers_keep_their_form() {
        let number = |text: &str| number_at(text, 0).unwrap();
        assert_eq!(number("800").moved(10.0, false), "825");
        assert_eq!(number("800").moved(10.0, true), "803");
        assert_eq!(number("0.5").moved(8.0, false), "0.6");
        assert_eq!(number("0.5").moved(8.0, true), "0.51");
        assert_eq!(number("4").moved(-80.0, false), "-6");
        assert_eq!(number("0").moved(16.0, false), "2");
        assert_eq!(number_at("x *4", 3).unwrap().moved(-800.0, false), "0");
        assert_eq!(number("0.5").stepped(-1.0, false), "0.4");
        assert_eq!(number("0.1").stepped(-1.0, false), "0.0");
        assert_eq!(number("7").stepped(1.0, true), "8");
    }
}
