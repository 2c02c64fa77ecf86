//! A script as words and signs, right or wrong: what stands at a place, and what it is in.

use std::ops::Range;

/// A piece of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) what: What,
    /// Bytes; those of a text include its quotes.
    pub(crate) range: Range<usize>,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Name,
    /// A text; whether its closing quote is there.
    Text {
        closed: bool,
    },
    Comment,
    /// A number or another run of digits and letters that begins with a digit.
    Number,
    Sign(char),
}

/// The pieces of a script, spaces left out.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let (what, len) = match c {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '/' if rest.starts_with("//") => (What::Comment, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (What::Comment, comment(rest)),
            '"' | '`' => quoted(rest, c),
            c if c.is_ascii_digit() => (What::Number, run(rest)),
            c if c.is_alphabetic() || c == '_' => (What::Name, run(rest)),
            c => (What::Sign(c), c.len_utf8()),
        };
        tokens.push(Token { what, range: at..at + len });
        at += len;
    }
    tokens
}

/// The length of the letters and digits at the beginning.
fn run(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// A text until its quote; one in double quotes ends with its line, where no backslash continues it.
fn quoted(text: &str, quote: char) -> (What, usize) {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            '\n' if quote == '"' => return (What::Text { closed: false }, at),
            c if c == quote => return (What::Text { closed: true }, at + 1),
            _ => {}
        }
    }
    (What::Text { closed: false }, text.len())
}

/// What stands at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Here {
    /// A comment, a number: nothing is to be said.
    Nothing,
    /// A name, of which the range may be empty, or the place for one.
    Name { range: Range<usize>, method: bool },
    /// In a text, whose range is without quotes; the call that it is an argument of.
    Text { range: Range<usize>, call: Option<Call> },
    /// A key of the map that a call is given.
    Key { range: Range<usize>, of: String },
    /// The value of a key of such a map.
    Value { range: Range<usize>, key: String, of: String },
}

/// A call that is not closed before a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// Which of its arguments, from 0.
    pub(crate) nth: usize,
    /// Whether a dot stands before the name.
    pub(crate) method: bool,
}

/// What stands at a byte of a script, and just before it.
pub(crate) fn here(text: &str, at: usize) -> Here {
    let tokens = tokens(text);
    let before = tokens.partition_point(|t| t.range.start < at);
    let touched = tokens.get(before).filter(|t| t.range.start == at && t.what == What::Name);
    let found = before.checked_sub(1).map(|i| (i, &tokens[i])).filter(|(_, t)| t.range.end >= at);
    match found {
        Some((_, t)) if t.what == What::Comment => Here::Nothing,
        Some((_, t)) if t.what == What::Number && t.range.end > at => Here::Nothing,
        Some((i, t)) if matches!(t.what, What::Text { closed } if !closed || t.range.end > at) => {
            let closed = t.what == What::Text { closed: true };
            let range = t.range.start + 1..if closed { t.range.end - 1 } else { t.range.end };
            match map_key(text, &tokens[..i]) {
                Some((Some(key), of)) => Here::Value { range, key, of },
                _ => Here::Text { range, call: call_before(text, &tokens[..i]) },
            }
        }
        Some((i, t)) if t.what == What::Name => named(text, &tokens[..i], t.range.clone()),
        _ => named(text, &tokens[..before], touched.map_or(at..at, |t| t.range.clone())),
    }
}

fn named(text: &str, before: &[Token], range: Range<usize>) -> Here {
    if let Some((key, of)) = map_key(text, before) {
        return match key {
            None => Here::Key { range, of },
            Some(key) => Here::Value { range, key, of },
        };
    }
    Here::Name { range, method: is_method(before) }
}

/// Whether what follows comes behind a dot; two dots are a range.
fn is_method(before: &[Token]) -> bool {
    let dot = |t: Option<&Token>| t.is_some_and(|t| t.what == What::Sign('.'));
    dot(before.last()) && !dot(before.len().checked_sub(2).and_then(|i| before.get(i)))
}

/// The call that is open behind these pieces.
pub(crate) fn call_before(text: &str, before: &[Token]) -> Option<Call> {
    let (mut depth, mut nth) = (0usize, 0);
    for (i, token) in before.iter().enumerate().rev() {
        match token.what {
            What::Sign(')' | ']' | '}') => depth += 1,
            What::Sign('(') if depth == 0 => {
                let name = before[..i].last().filter(|t| t.what == What::Name)?;
                return Some(Call {
                    name: text[name.range.clone()].to_owned(),
                    nth,
                    method: is_method(&before[..i - 1]),
                });
            }
            What::Sign('[' | '{') if depth == 0 => nth = 0,
            What::Sign('(' | '[' | '{') => depth -= 1,
            What::Sign(',') if depth == 0 => nth += 1,
            What::Sign(';') if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The call whose map is open behind these pieces, and the key whose value comes next.
fn map_key(text: &str, before: &[Token]) -> Option<(Option<String>, String)> {
    let (mut depth, mut key) = (0usize, None);
    let mut settled = false;
    for (i, token) in before.iter().enumerate().rev() {
        match token.what {
            What::Sign(')' | ']' | '}') => depth += 1,
            What::Sign('{') if depth == 0 => {
                let hash = before[..i].last().is_some_and(|t| t.what == What::Sign('#'));
                let call = call_before(text, &before[..i.saturating_sub(1)]).filter(|_| hash)?;
                return Some((key, call.name));
            }
            What::Sign('(' | '[') if depth == 0 => return None,
            What::Sign('(' | '[' | '{') => depth -= 1,
            What::Sign(',') if depth == 0 => settled = true,
            What::Sign(':') if depth == 0 && !settled => {
                let name = before[..i].last().filter(|t| t.what == What::Name)?;
                key = Some(text[name.range.clone()].to_owned());
                settled = true;
            }
            What::Sign(';') if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Whether brackets, quotes or comments are open at the end: more lines are to come.
pub(crate) fn is_open(text: &str) -> bool {
    let mut depth = 0i64;
    for token in tokens(text) {
        match token.what {
            What::Sign('(' | '[' | '{') => depth += 1,
            What::Sign(')' | ']' | '}') => depth -= 1,
            What::Text { closed: false } if text[token.range.clone()].starts_with('`') => return true,
            What::Comment => {
                let comment = &text[token.range.clone()];
                if comment.starts_with("/*") && !comment.ends_with("*/") {
                    return true;
                }
            }
            _ => {}
        }
    }
    depth > 0
}

/// The texts that calls of some names have for their first argument: what a script declares.
pub(crate) fn declared<'a>(text: &'a str, calls: &[&str]) -> Vec<&'a str> {
    let tokens = tokens(text);
    let windows = tokens.windows(3).filter(|w| {
        w[0].what == What::Name && calls.contains(&&text[w[0].range.clone()]) && w[1].what == What::Sign('(')
    });
    let named = windows.filter(|w| w[2].what == What::Text { closed: true });
    named.map(|w| &text[w[2].range.start + 1..w[2].range.end - 1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands at the `|` of a text.
    fn at(text: &str) -> Here {
        here(&text.replacen('|', "", 1), text.find('|').unwrap())
    }

    fn call(name: &str, nth: usize, method: bool) -> Option<Call> {
        Some(Call { name: name.into(), nth, method })
    }

    #[test]
    fn a_place_knows_what_it_is_in() {
        assert_eq!(at("fa|st(2)"), Here::Name { range: 0..4, method: false });
        assert_eq!(at("|fast(2)"), Here::Name { range: 0..4, method: false });
        assert_eq!(at("s(\"bd\").fa|"), Here::Name { range: 8..10, method: true });
        assert_eq!(at("s(\"bd\").|"), Here::Name { range: 8..8, method: true });
        assert_eq!(at("s(\"b|d sd\")"), Here::Text { range: 3..8, call: call("s", 0, false) });
        assert_eq!(at("x.every(4, \"|"), Here::Text { range: 12..12, call: call("every", 1, true) });
        assert_eq!(at("f(1, [2, 3], g(\"a|\"))"), Here::Text { range: 16..17, call: call("g", 0, false) });
        assert_eq!(at("// fa|st"), Here::Nothing);
        assert_eq!(at("\"ä\" + fa|"), Here::Name { range: 7..9, method: false });
    }

    #[test]
    fn keys_and_values_of_a_node_are_known() {
        assert_eq!(at("plate(#{ si|ze: 0.8 })"), Here::Key { range: 9..13, of: "plate".into() });
        assert_eq!(at("plate(#{ size: 0.8, |"), Here::Key { range: 20..20, of: "plate".into() });
        let value = |range, key: &str| Here::Value { range, key: key.into(), of: "svf".into() };
        assert_eq!(at("svf(#{ mode: \"l|ow\" })"), value(14..17, "mode"));
        assert_eq!(at("svf(#{ mode: |"), value(13..13, "mode"));
        assert_eq!(
            at("a >> svf(#{ cutoff: sa|w(2) })"),
            Here::Value { range: 20..23, key: "cutoff".into(), of: "svf".into() }
        );
        assert_eq!(at("if x { sa|"), Here::Name { range: 7..9, method: false });
    }

    #[test]
    fn open_brackets_ask_for_more() {
        for open in ["track(", "f(|x| {", "`a", "/* a", "[1,"] {
            assert!(is_open(open), "{open}");
        }
        for closed in ["track(\"(\")", "a", "", "f(1) // (", "\"(", "`(`", ")"] {
            assert!(!is_open(closed), "{closed}");
        }
    }

    #[test]
    fn declarations_are_found_in_broken_texts() {
        let text = "instrument(\"acid\", |v| saw(\ntrack(\"drums\", s(\"bd\")";
        assert_eq!(declared(text, &["instrument"]), ["acid"]);
        assert_eq!(declared(text, &["track", "instrument"]), ["acid", "drums"]);
    }
}
