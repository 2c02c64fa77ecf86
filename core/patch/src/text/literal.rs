//! Where in a quoted text of a file a part of what it says stands.

use core::ops::Range;

/// The bytes of a quoted text, with its quotes, that say some bytes of its content. `None` where it is none.
pub(super) fn part(written: &str, content: &Range<usize>) -> Option<Range<usize>> {
    let quotes = ["\"\"\"", "'''", "\"", "'"];
    let quote = quotes.into_iter().find(|q| written.starts_with(q))?;
    let inner = written.strip_prefix(quote)?.strip_suffix(quote)?;
    let escapes = quote.starts_with('"');
    let (mut said, mut at) = (0, quote.len());
    let mut rest = inner;
    if quote.len() == 3 {
        // A line end right behind the quotes is not part of the text.
        let trimmed = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest);
        at += rest.len() - trimmed.len();
        rest = trimmed;
    }
    let (mut start, mut end) = (None, None);
    while let Some(c) = rest.chars().next() {
        let (written, says) = match c {
            '\\' if escapes => escape(rest),
            c => (c.len_utf8(), c.len_utf8()),
        };
        // What says nothing belongs to what is before it.
        if says > 0 && said >= content.start {
            start.get_or_insert(at);
        }
        (said, at) = (said + says, at + written);
        if said >= content.end && start.is_some() {
            end.get_or_insert(at);
        }
        rest = rest.get(written..).unwrap_or_default();
    }
    let start = start.unwrap_or(at);
    Some(start..if content.is_empty() { start } else { end.unwrap_or(at) })
}

/// Bytes of an escape, and of what it says.
fn escape(rest: &str) -> (usize, usize) {
    let digits = |n: usize| {
        let code = rest.get(2..2 + n).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        (2 + n, code.and_then(char::from_u32).map_or(1, char::len_utf8))
    };
    match rest.chars().nth(1) {
        Some('u') => digits(4),
        Some('U') => digits(8),
        Some('x') => digits(2),
        // A backslash at the end of a line takes the space behind it along.
        Some(c) if c.is_whitespace() => (1 + (rest.len() - 1 - rest[1..].trim_start().len()), 0),
        Some(c) => (1 + c.len_utf8(), 1),
        None => (1, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_behind_quotes_and_escapes() {
        let find = |written: &str, content: Range<usize>| part(written, &content).map(|r| written[r].to_owned());
        assert_eq!(find("\"<300 hi>\"", 5..7).as_deref(), Some("hi"));
        assert_eq!(find("'<300 hi>'", 5..7).as_deref(), Some("hi"));
        assert_eq!(find("\"\\u00e4\\n<hi>\"", 4..6).as_deref(), Some("hi"));
        assert_eq!(find("\"\"\"\nab hi\"\"\"", 3..5).as_deref(), Some("hi"));
        assert_eq!(find("\"ab \\\n   hi\"", 3..5).as_deref(), Some("hi"));
        assert_eq!(part("\"[\"", &(1..1)), Some(2..2));
        assert_eq!(part("900.0", &(0..1)), None);
    }
}
