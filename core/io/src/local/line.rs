//! Lines of a byte stream, none longer than is good.

use super::MAX_LINE;
use std::io::{BufRead, ErrorKind, Read};

/// What came in before the end of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A text, without its end.
    Text(String),
    /// More than [`MAX_LINE`] bytes, which were passed over.
    TooLong,
    /// Bytes that are no UTF-8.
    NotText,
}

/// Reads the next line that is not empty. None at the end; half a line at the end is none.
pub(super) fn next(from: &mut impl BufRead) -> Option<Line> {
    loop {
        let mut bytes = Vec::new();
        let mut limited = from.by_ref().take(MAX_LINE as u64 + 1);
        match limited.read_until(b'\n', &mut bytes) {
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return None,
        }
        if bytes.last() != Some(&b'\n') {
            // Either the end of the stream or a line without an end in sight.
            return (bytes.len() > MAX_LINE && skip(from)).then_some(Line::TooLong);
        }
        bytes.pop();
        match String::from_utf8(bytes) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => return Some(Line::Text(text)),
            Err(_) => return Some(Line::NotText),
        }
    }
}

/// Passes over the rest of a line. False where the stream ends first.
fn skip(from: &mut impl BufRead) -> bool {
    loop {
        let (used, done) = match from.fill_buf() {
            Ok([]) => return false,
            Ok(bytes) => match bytes.iter().position(|b| *b == b'\n') {
                Some(at) => (at + 1, true),
                None => (bytes.len(), false),
            },
            Err(e) if e.kind() == ErrorKind::Interrupted => (0, false),
            Err(_) => return false,
        };
        from.consume(used);
        if done {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<Line> {
        let mut reader = std::io::BufReader::with_capacity(16, bytes);
        core::iter::from_fn(|| next(&mut reader)).collect()
    }

    #[test]
    fn lines_end_with_a_line_feed() {
        let text = |t: &str| Line::Text(t.into());
        assert_eq!(all(b"a\n\n  \nb \nhalf"), [text("a"), text("b ")]);
        assert_eq!(all(b"\xff\xfe\na\n"), [Line::NotText, text("a")]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_whole() {
        let mut bytes = vec![b'x'; MAX_LINE];
        bytes.push(b'\n');
        assert_eq!(all(&bytes), [Line::Text("x".repeat(MAX_LINE))]);
        let mut bytes = vec![b'x'; MAX_LINE * 2 + 7];
        bytes.extend(b"\nb\n");
        assert_eq!(all(&bytes), [Line::TooLong, Line::Text("b".into())]);
        assert_eq!(all(&vec![b'x'; MAX_LINE + 7]), []);
    }
}
