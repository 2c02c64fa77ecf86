//! What is wrong with a text that is not TOML, in plain words.

use super::diagnostic::{Diagnostic, Severity};
use super::lines::Lines;
use core::ops::Range;
use toml_edit::{Document, Key, Table, TomlError};

/// How many mistakes are looked for.
const MOST: usize = 20;

/// What could be read of a text.
pub(super) struct Syntax {
    /// The document, if lines with mistakes could be left out of it.
    pub(super) doc: Option<Document<String>>,
    /// The mistakes.
    pub(super) problems: Vec<Diagnostic>,
    /// Whether lines are missing whose names others may refer to.
    pub(super) gaps: bool,
}

/// Reads a text, over and over without the line that held the last mistake as long as that line stands for itself, so
/// that one look shows many mistakes.
pub(super) fn read(text: &str, file: &str, lines: &Lines) -> Syntax {
    let mut rest = text.to_owned();
    let mut problems = Vec::new();
    let mut twice = Vec::new();
    let mut gaps = false;
    let mut reached = 0;
    loop {
        let error = match Document::parse(rest) {
            Ok(doc) => {
                for (index, span) in twice {
                    tell_first(&mut problems, index, (&doc, lines, span));
                }
                return Syntax { doc: Some(doc), problems, gaps };
            }
            Err(error) => error,
        };
        let span = error.span().unwrap_or(0..0);
        let span = span.start.min(text.len())..span.end.min(text.len());
        // A table that goes on in the next line hides where its text was not closed.
        if let Some(quote) = open_quote(text, reached..lines.line_end(text, span.start)) {
            let end = lines.line_end(text, quote);
            let at = Diagnostic::at(file, lines, text, end..end);
            let message = "found the end of the line, expected a quote at the end of the text";
            problems.push(at.says(Severity::Error, message.to_owned()));
            (gaps, reached) = (true, end + 1);
            if problems.len() == MOST {
                return Syntax { doc: None, problems, gaps };
            }
            rest = blanked(text, lines, &problems);
            continue;
        }
        let duplicate = error.message() == "duplicate key";
        let line = lines.line_start(span.start)..lines.line_end(text, span.start);
        if line.start < reached {
            return Syntax { doc: None, problems, gaps: true };
        }
        if duplicate {
            twice.push((problems.len(), span.clone()));
        }
        let at = Diagnostic::at(file, lines, text, span.clone());
        problems.push(explain(&error, text, &span, at));
        gaps |= !duplicate;
        reached = line.end.max(line.start + 1);
        if problems.len() == MOST || !stands_alone(&text[line.clone()]) {
            return Syntax { doc: None, problems, gaps: true };
        }
        rest = blanked(text, lines, &problems);
    }
}

/// The text with the lines of the problems so far empty. Offsets stay.
fn blanked(text: &str, lines: &Lines, problems: &[Diagnostic]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for problem in problems {
        let start = lines.start_of(problem.line);
        bytes[start..lines.line_end(text, start)].fill(b' ');
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The first quote of a range of lines whose text the end of the line cuts off; none where texts of several lines stand
/// among them.
fn open_quote(text: &str, range: Range<usize>) -> Option<usize> {
    let part = text.get(range.clone())?;
    if part.contains("\"\"\"") || part.contains("'''") {
        return None;
    }
    let mut begin = range.start;
    for line in part.split_inclusive('\n') {
        let (mut open, mut escaped) = (None, false);
        for (at, c) in line.char_indices() {
            match (open, c) {
                (Some((_, '"')), _) if escaped => escaped = false,
                (Some((_, '"')), '\\') => escaped = true,
                (Some((_, quote)), c) if c == quote => open = None,
                (None, '"' | '\'') => open = Some((at, c)),
                (None, '#') => break,
                _ => {}
            }
        }
        if let Some((at, _)) = open {
            return Some(begin + at);
        }
        begin += line.len();
    }
    None
}

/// Whether a line can be left out and the rest read on: no header, and nothing that goes on in the next line.
fn stands_alone(line: &str) -> bool {
    let count = |c| line.matches(c).count();
    !line.trim_start().starts_with('[')
        && count('[') == count(']')
        && count('{') == count('}')
        && !line.contains("\"\"\"")
        && !line.contains("'''")
}

/// Adds to the message about a name that stands twice where it stands first.
fn tell_first(
    problems: &mut [Diagnostic],
    index: usize,
    (doc, lines, span): (&Document<String>, &Lines, Range<usize>),
) {
    fn innermost<'a>(table: &'a Table, before: usize, best: &mut (usize, &'a Table)) {
        for (_, item) in table.iter() {
            if let Some(inner) = item.as_table() {
                let start = inner.span().map_or(0, |s| s.start);
                if !inner.is_dotted() && start < before && start >= best.0 {
                    *best = (start, inner);
                }
                innermost(inner, before, best);
            }
        }
    }
    let mut best = (0, doc.as_table());
    innermost(doc.as_table(), span.start, &mut best);
    let raw = doc.raw();
    let Some(key) =
        Key::parse(problems[index].message.split('`').nth(1).unwrap_or("")).ok().and_then(|k| k.into_iter().next())
    else {
        return;
    };
    if let Some(first) = best.1.key(key.get()).and_then(Key::span) {
        problems[index].hint = Some(format!("the first is in line {}", lines.position(raw, first.start).0));
    }
}

/// What was found and what was expected.
fn explain(error: &TomlError, text: &str, span: &Range<usize>, at: Diagnostic) -> Diagnostic {
    let (what, expected) = error.message().split_once(", expected ").unwrap_or((error.message(), ""));
    let found = found(text, span);
    let say = |expected: &str| format!("found {found}, expected {expected}");
    let (message, hint) = match what {
        "duplicate key" => (format!("{found} stands twice"), None),
        "string values must be quoted" if span.is_empty() => (say("a value behind `=`"), None),
        "string values must be quoted" => {
            (say("a value: a number, a text in quotes, true, false, a list or a table"), quoted(&text[span.clone()]))
        }
        "key with no value" => (say("`=` and a value behind the name"), None),
        "extra `=`" => (say("one `=`"), None),
        "unclosed table" => (say("`]` at the end of the header"), None),
        "unclosed array" => (say("`]` at the end of the list"), None),
        "unclosed inline table" => (say("`}` at the end of the table"), None),
        "missing comma between array elements" => (say("`,` or `]` in the list"), None),
        "missing comma between key-value pairs" | "extra assignment between key-value pairs" => {
            (say("`,` or `}` in the table"), None)
        }
        "invalid basic string" | "invalid literal string" if expected.len() == 3 => {
            (say("a quote at the end of the text"), None)
        }
        "missing escaped value" => (
            say("one of b, t, n, f, r, e, \", \\, u, x behind the backslash"),
            Some("a backslash in a text is written \\\\".to_owned()),
        ),
        "unexpected leading zero" => ("a number does not begin with 0".to_owned(), None),
        "invalid mantissa" => (say("a digit before the point"), None),
        "invalid fraction" => (say("a digit behind the point"), None),
        "unexpected key or value" => (say("the end of the line"), None),
        "unquoted keys cannot be empty" | "invalid unquoted key" => (say("a name"), None),
        "missing table open" => (say("a name or a header in brackets"), None),
        "invalid boolean" => (say("true or false, in small letters"), None),
        "integer number overflowed" | "floating-point number overflowed" => {
            (format!("the number {found} is too large"), None)
        }
        what if expected.is_empty() => (format!("{what}: found {found}"), None),
        what => (format!("{what}: found {found}, expected {expected}"), None),
    };
    at.says(Severity::Error, message).hinted(hint)
}

/// The text at a mistake, in short.
fn found(text: &str, span: &Range<usize>) -> String {
    let mut words = text[span.clone()].trim();
    if words.is_empty() {
        let rest = text[span.start..].split(['\n', '\r']).next().unwrap_or("").trim_start();
        words = rest.split_whitespace().next().unwrap_or("");
    }
    match words {
        "" if !text[span.start..].contains('\n') => "the end of the file".to_owned(),
        "" => "the end of the line".to_owned(),
        words => format!("`{}`", words.chars().take(32).collect::<String>()),
    }
}

/// Advice for a bare word.
fn quoted(word: &str) -> Option<String> {
    let word = word.trim();
    if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") {
        return Some(format!("write {}", word.to_ascii_lowercase()));
    }
    if word.contains(|c: char| c.is_whitespace()) && word.split_whitespace().all(|w| w.parse::<f64>().is_ok()) {
        return Some("a comma goes between the items of a list".to_owned());
    }
    let plain = !word.is_empty() && !word.contains(['"', '\'', '\\', '=']);
    plain.then(|| format!("a text stands in quotes: \"{word}\""))
}
