//! Faults as an editor shows them, with what mends them where the hint says so.

use super::text::{byte_at, lines_of};
use crate::language::scan::{Token, What, tokens};
use bf_session::{Diagnostic, Severity};
use lsp_types::{DiagnosticSeverity, Range as Lines, TextEdit};
use std::ops::Range;

/// A fault with its place in a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) shown: lsp_types::Diagnostic,
    pub(super) fix: Option<Fix>,
}

/// What would mend a fault.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fix {
    pub(super) title: String,
    pub(super) edit: TextEdit,
}

/// Faults of a file; those of its imports stand where it imports them.
pub(super) fn found(file: &str, text: &str, faults: &[Diagnostic]) -> Vec<Found> {
    let tokens = tokens(text);
    let mut all: Vec<Found> = Vec::new();
    for fault in faults {
        let found = if fault.file == file { here(text, &tokens, fault) } else { in_import(text, &tokens, fault) };
        if !all.contains(&found) {
            all.push(found);
        }
    }
    all
}

fn here(text: &str, tokens: &[Token], fault: &Diagnostic) -> Found {
    let at = byte_at(text, fault.line, fault.column);
    let range = if fault.len > 0 {
        at..byte_at(text, fault.line, fault.column.saturating_add(fault.len))
    } else {
        around(text, tokens, at)
    };
    let message = match &fault.hint {
        Some(hint) => format!("{}\n{hint}", fault.message),
        None => fault.message.clone(),
    };
    let fix = fault.hint.as_deref().and_then(|hint| fix(text, tokens, at, &fault.message, hint));
    Found { shown: shown(lines_of(text, &range), message, fault.severity), fix }
}

fn shown(range: Lines, message: String, severity: Severity) -> lsp_types::Diagnostic {
    let severity = match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
    };
    lsp_types::Diagnostic {
        range,
        severity: Some(severity),
        source: Some("beatforge".to_owned()),
        message,
        ..lsp_types::Diagnostic::default()
    }
}

fn in_import(text: &str, tokens: &[Token], fault: &Diagnostic) -> Found {
    let imports = tokens.windows(2).filter(|w| &text[w[0].range.clone()] == "import");
    let place = imports.map(|w| w[1].range.clone()).find(|range| text[range.clone()].trim_matches('"') == fault.file);
    let message = fault.to_string();
    Found { shown: shown(lines_of(text, &place.unwrap_or(0..0)), message, fault.severity), fix: None }
}

/// The word or sign at a byte; at the end of a line the one before.
fn around(text: &str, tokens: &[Token], at: usize) -> Range<usize> {
    let after = tokens.partition_point(|t| t.range.end <= at);
    let token = tokens.get(after).filter(|t| t.range.start <= at);
    match token {
        Some(t) if matches!(t.what, What::Text { .. }) && t.range.start < at => {
            let inner = &text[at..t.range.end];
            let len = inner.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(inner.len());
            at..at + len.max(inner.chars().next().map_or(0, char::len_utf8))
        }
        Some(t) => t.range.clone(),
        None => {
            let before = after.checked_sub(1).and_then(|i| tokens.get(i));
            before.map_or(at..at, |t| t.range.end.saturating_sub(1)..t.range.end)
        }
    }
}

/// What mends a fault, where its hint says so in words that are known.
fn fix(text: &str, tokens: &[Token], at: usize, message: &str, hint: &str) -> Option<Fix> {
    let edit = |range: Range<usize>, new: &str| {
        let title = if new == ";" { "Add `;`".to_owned() } else { format!("Write `{new}`") };
        Some(Fix { title, edit: TextEdit::new(lines_of(text, &range), new.to_owned()) })
    };
    if message == "a `;` is missing" {
        return edit(at..at, ";");
    }
    if let Some(name) = hint.strip_prefix("did you mean `").and_then(|rest| rest.strip_suffix("`?")) {
        let wrong = message.rsplit('`').nth(1)?;
        let same = tokens.iter().filter(|t| t.what == What::Name && &text[t.range.clone()] == wrong);
        return edit(same.min_by_key(|t| t.range.start.abs_diff(at))?.range.clone(), name);
    }
    let (new, old) = hint.strip_prefix("write ")?.split_once(" in place of ")?;
    let (new, old) = (new.trim_end_matches(" …"), old.trim_end_matches(" …"));
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    // Of several, which one is meant is not known.
    let mut places = line.match_indices(old).map(|(i, _)| start + i);
    let place = places
        .next()
        .filter(|_| places.next().is_none() && !old.contains(',') && !old.contains(' ') | old.ends_with("=>"))?;
    edit(place..place + old.len(), new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_session::script::{Env, Host};

    /// The faults of a script, and the script with the first one mended.
    fn mended(text: &str) -> (String, Option<String>) {
        let host = Host::new(Env { registry: bf_session::registry(), ..Env::default() });
        let faults = host.evaluate("a.rhai", text).unwrap_err();
        let found = found("a.rhai", text, &faults).remove(0);
        let place = |p| super::super::text::byte_of(text, p);
        let marked = text[place(found.shown.range.start)..place(found.shown.range.end)].to_owned();
        let fixed = found.fix.map(|fix| {
            let mut text = text.to_owned();
            let range = place(fix.edit.range.start)..place(fix.edit.range.end);
            text.replace_range(range, &fix.edit.new_text);
            text
        });
        (marked, fixed)
    }

    #[test]
    fn the_word_is_marked_and_the_hint_can_be_taken() {
        assert_eq!(
            mended("d1(s(\"bd\").palindrom());"),
            ("palindrom".into(), Some("d1(s(\"bd\").palindrome());".into()))
        );
        assert_eq!(mended("\ntempoo(120);").1, Some("\ntempo(120);".into()));
        assert_eq!(mended("node(\"v\", plate(#{ deca: 1 }));").1, Some("node(\"v\", plate(#{ decay: 1 }));".into()));
        assert_eq!(mended("tempo(120)\nd1(s(\"bd\"));").1, Some("tempo(120);\nd1(s(\"bd\"));".into()));
        assert_eq!(mended("d1(s(\"bd\").late(.25));").1, Some("d1(s(\"bd\").late(0.25));".into()));
        assert_eq!(
            mended("d1(s(\"bd\").every(4, x => x.rev()));").1,
            Some("d1(s(\"bd\").every(4, |x| x.rev()));".into())
        );
    }

    #[test]
    fn a_fault_of_an_import_stands_at_the_import() {
        let text = "let a = 1;\nimport \"drums\" as d;\n";
        let file = "drums".to_owned();
        let fault = Diagnostic {
            file,
            line: 7,
            column: 2,
            len: 0,
            message: "why".into(),
            hint: None,
            severity: Severity::Error,
        };
        let found = found("a.rhai", text, &[fault.clone(), fault]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].shown.range.start.line, found[0].shown.range.start.character), (1, 7));
        assert_eq!(found[0].shown.message, "drums:7:2: why");
    }
}
