//! What is wrong in a script, in words, and hints for those who write as in Tidal, Strudel or JavaScript.

use rhai::{Dynamic, EvalAltResult, Position};
use std::sync::Arc;

/// A fault that a function found: it travels through the engine as a runtime error.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// File, line and column, where known better than by the call.
    pub(crate) at: Option<(Arc<str>, u32, u32)>,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Fault {
        Fault { message: message.into(), hint: None, at: None }
    }

    pub(crate) fn hint(mut self, hint: Option<impl Into<String>>) -> Fault {
        self.hint = hint.map(Into::into);
        self
    }

    pub(crate) fn at(mut self, at: Option<(Arc<str>, u32, u32)>) -> Fault {
        self.at = at;
        self
    }
}

impl From<Fault> for Box<EvalAltResult> {
    fn from(fault: Fault) -> Box<EvalAltResult> {
        EvalAltResult::ErrorRuntime(Dynamic::from(fault), Position::NONE).into()
    }
}

/// The Rhai form of what a line says in another language, where it is known.
pub(crate) fn foreign(line: &str) -> Option<String> {
    let code = without_texts(line);
    let code = code.split("//").next().unwrap_or_default();
    if code.contains("$:") {
        return Some("name the track: track(\"drums\", s(\"bd*4\")); or d1(s(\"bd*4\"));".to_owned());
    }
    if let Some((before, _)) = code.split_once('$') {
        let track = before.trim();
        return Some(if is_numbered_track(track) {
            format!("write {track}(s(\"bd*4\")); in place of {track} $ s \"bd*4\"")
        } else {
            "write f(x) or x.f() in place of f $ x".to_owned()
        });
    }
    if let Some((before, _)) = code.split_once("=>")
        && !before.trim_end().ends_with(|c: char| c.is_ascii_digit() || c == '"')
    {
        let before = before.trim_end();
        // Several stand in round brackets; one alone is the word before the arrow.
        let (before, several) = before.strip_suffix(')').map_or((before, false), |inner| (inner, true));
        let at = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || several && matches!(c, ',' | ' ')));
        let params = before[at.map_or(0, |at| at + 1)..].trim();
        return Some(format!("write |{params}| … in place of {params} => …"));
    }
    if let Some(at) = bare_fraction(code) {
        let digits: String = code[at + 1..].chars().take_while(char::is_ascii_digit).collect();
        return Some(format!("write 0.{digits} in place of .{digits}"));
    }
    if code.contains('\'') {
        return Some("texts stand in double quotes: \"bd sd\"".to_owned());
    }
    None
}

/// The line with each text in it left empty.
fn without_texts(line: &str) -> String {
    let (mut out, mut inside, mut escaped) = (String::new(), None, false);
    for c in line.chars() {
        match inside {
            Some(quote) => {
                if c == quote && !escaped {
                    inside = None;
                    out.push(c);
                }
                escaped = c == '\\' && !escaped;
            }
            None => {
                inside = (c == '"' || c == '`').then_some(c);
                out.push(c);
            }
        }
    }
    out
}

fn is_numbered_track(word: &str) -> bool {
    word.strip_prefix('d').is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
}

/// Where a number begins with its point.
fn bare_fraction(code: &str) -> Option<usize> {
    let bytes = code.as_bytes();
    (0..bytes.len()).filter(|&at| bytes[at] == b'.').find(|&at| {
        let before = code[..at].chars().next_back();
        bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
            && before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | ')' | ']' | '}' | '.' | '"' | '`')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_languages_are_known() {
        let said = |line| foreign(line).unwrap_or_default();
        assert!(said("$: s(\"bd\")").contains("track("));
        assert!(said("d1 $ s \"bd\"").contains("d1(s("));
        assert_eq!(said("p.every(4, x => x.rev())"), "write |x| … in place of x => …");
        assert_eq!(said("p.every(4, (x, i) => x.rev())"), "write |x, i| … in place of x, i => …");
        assert_eq!(said("é(.5)"), "write 0.5 in place of .5");
        assert_eq!(said("p.late(.25)"), "write 0.25 in place of .25");
        assert!(said("s('bd')").contains("double quotes"));
        assert_eq!(foreign("s(\"$: x => .5 'a'\").late(0.5)"), None);
        assert_eq!(foreign("let x = switch y { 1 => 2, };"), None);
    }
}
