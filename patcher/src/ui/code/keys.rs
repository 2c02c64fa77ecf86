//! What keys do to a script beyond typing: lines in and out, comments, doubles, and which bracket belongs to which.

use crate::language::scan::{What, tokens};
use egui::{Key, Modifiers};
use std::ops::Range;

const CTRL: Modifiers = Modifiers::COMMAND;
const SHIFT: Modifiers = Modifiers::SHIFT;
const ALT: Modifiers = Modifiers::ALT;
const NONE: Modifiers = Modifiers::NONE;

/// The keys that the pane takes for itself.
pub(crate) const OWN: &[(Modifiers, Key)] = &[
    (CTRL, Key::F),
    (CTRL, Key::G),
    (CTRL, Key::Enter),
    (SHIFT, Key::Enter),
    (ALT, Key::Enter),
    (CTRL.plus(SHIFT), Key::Enter),
    (ALT.plus(SHIFT), Key::Enter),
    (NONE, Key::Enter),
    (NONE, Key::ArrowDown),
    (NONE, Key::ArrowUp),
    (NONE, Key::Escape),
    (NONE, Key::Tab),
    (SHIFT, Key::Tab),
    (CTRL, Key::Space),
    (CTRL, Key::Z),
    (CTRL.plus(SHIFT), Key::Z),
    (CTRL, Key::Y),
    (CTRL, Key::Slash),
    (CTRL, Key::D),
    (ALT, Key::ArrowUp),
    (ALT, Key::ArrowDown),
    (ALT.plus(SHIFT), Key::ArrowUp),
    (ALT.plus(SHIFT), Key::ArrowDown),
    (CTRL, Key::PageDown),
    (CTRL, Key::PageUp),
    (NONE, Key::F1),
];

/// The keys that every text has which is written.
#[cfg(test)]
pub(crate) const OF_TEXTS: &[(Modifiers, Key)] = &[
    (CTRL, Key::A),
    (CTRL, Key::C),
    (CTRL, Key::X),
    (CTRL, Key::V),
    (CTRL, Key::Home),
    (CTRL, Key::End),
    (CTRL, Key::ArrowLeft),
    (CTRL, Key::ArrowRight),
    (CTRL, Key::ArrowUp),
    (CTRL, Key::ArrowDown),
    (CTRL, Key::Backspace),
    (CTRL, Key::Delete),
    (NONE, Key::Home),
    (NONE, Key::End),
    (NONE, Key::PageUp),
    (NONE, Key::PageDown),
];

/// Changes from the beginning of a text to its end.
pub(super) type Changes = Vec<(Range<usize>, String)>;

/// By how much a line is moved in.
pub(super) const INDENT: &str = "    ";

/// The lines that a selection touches, each without its end.
fn lines(text: &str, selection: &Range<usize>) -> Vec<Range<usize>> {
    let mut start = text[..selection.start].rfind('\n').map_or(0, |i| i + 1);
    let mut lines = Vec::new();
    loop {
        let end = text[start..].find('\n').map_or(text.len(), |i| start + i);
        lines.push(start..end);
        // A selection that ends at the beginning of a line does not touch it.
        if end >= selection.end || end + 1 == selection.end && !selection.is_empty() {
            return lines;
        }
        start = end + 1;
    }
}

/// The spaces that a line begins with.
fn spaces(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// A new line, moved in as far as the last one, and further behind an open bracket. Answers also where the cursor stands.
pub(super) fn new_line(text: &str, selection: &Range<usize>) -> (Changes, usize) {
    let start = text[..selection.start].rfind('\n').map_or(0, |i| i + 1);
    let before = &text[start..selection.start];
    let mut put = format!("\n{}", spaces(before));
    let opens = before.trim_end().ends_with(['(', '[', '{']);
    if opens {
        put.push_str(INDENT);
    }
    let at = selection.start + put.len();
    if opens && text[selection.end..].starts_with([')', ']', '}']) {
        put.push('\n');
        put.push_str(spaces(before));
    }
    (vec![(selection.clone(), put)], at)
}

/// Moves lines in; without a selection, what follows the cursor up to the next step.
pub(super) fn indent(text: &str, selection: &Range<usize>) -> Changes {
    if selection.is_empty() {
        let start = text[..selection.start].rfind('\n').map_or(0, |i| i + 1);
        let column = text[start..selection.start].chars().count();
        return vec![(selection.clone(), INDENT[column % INDENT.len()..].to_owned())];
    }
    let lines = lines(text, selection).into_iter().filter(|line| !line.is_empty());
    lines.map(|line| (line.start..line.start, INDENT.to_owned())).collect()
}

/// Moves lines out.
pub(super) fn outdent(text: &str, selection: &Range<usize>) -> Changes {
    let cut = |line: Range<usize>| {
        let line_text = &text[line.clone()];
        let cut = if line_text.starts_with('\t') { 1 } else { spaces(line_text).len().min(INDENT.len()) };
        (line.start..line.start + cut, String::new())
    };
    lines(text, selection).into_iter().map(cut).collect()
}

/// Makes comments of lines, or lines of comments where all of them are.
pub(super) fn comment(text: &str, selection: &Range<usize>) -> Changes {
    let lines = lines(text, selection);
    let full: Vec<Range<usize>> = lines.into_iter().filter(|line| !text[line.clone()].trim().is_empty()).collect();
    let inner = |line: &Range<usize>| line.start + spaces(&text[line.clone()]).len();
    if full.iter().all(|line| text[inner(line)..].starts_with("//")) {
        let cut = |line: &Range<usize>| {
            let at = inner(line);
            let len = if text[at..].starts_with("// ") { 3 } else { 2 };
            (at..at + len, String::new())
        };
        return full.iter().map(cut).collect();
    }
    let least = full.iter().map(|line| inner(line) - line.start).min().unwrap_or(0);
    full.iter().map(|line| (line.start + least..line.start + least, "// ".to_owned())).collect()
}

/// Doubles what is selected, or the line of the cursor. Answers also how far the cursor moves.
pub(super) fn double(text: &str, selection: &Range<usize>) -> (Changes, usize) {
    if !selection.is_empty() {
        let copy = text[selection.clone()].to_owned();
        return (vec![(selection.end..selection.end, copy)], selection.len());
    }
    let Some(line) = lines(text, selection).pop() else { return (Vec::new(), 0) };
    (vec![(line.end..line.end, format!("\n{}", &text[line.clone()]))], line.len() + 1)
}

/// The bracket at a byte, or just before it, and the one that belongs to it.
pub(super) fn brackets(text: &str, at: usize) -> Option<(usize, usize)> {
    let tokens = tokens(text);
    let sign = |i: usize| match tokens[i].what {
        What::Sign(c @ ('(' | ')' | '[' | ']' | '{' | '}')) => Some(c),
        _ => None,
    };
    let near = |i: &usize| tokens[*i].range.start == at || tokens[*i].range.end == at;
    let signs: Vec<usize> = (0..tokens.len()).filter(|i| sign(*i).is_some()).collect();
    let first = signs.iter().position(near)?;
    let opens = matches!(sign(signs[first]), Some('(' | '[' | '{'));
    let mut depth = 0i32;
    let rest: Box<dyn Iterator<Item = &usize>> =
        if opens { Box::new(signs[first..].iter()) } else { Box::new(signs[..=first].iter().rev()) };
    for i in rest {
        let up = matches!(sign(*i), Some('(' | '[' | '{')) == opens;
        depth += if up { 1 } else { -1 };
        if depth == 0 {
            return Some((tokens[signs[first]].range.start, tokens[*i].range.start));
        }
    }
    None
}

/// The bytes of a line of the cursor, without its end.
pub(super) fn line_at(text: &str, at: usize) -> Range<usize> {
    lines(text, &(at..at)).pop().unwrap_or(at..at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str, changes: Changes) -> String {
        let mut text = text.to_owned();
        changes.into_iter().rev().for_each(|(range, put)| text.replace_range(range, &put));
        text
    }

    #[test]
    fn lines_become_comments_and_back() {
        let text = "a\n\n  b\nc";
        let commented = made(text, comment(text, &(0..5)));
        assert_eq!(commented, "// a\n\n//   b\nc");
        assert_eq!(made(&commented, comment(&commented, &(0..9))), text);
        assert_eq!(made("    x", comment("    x", &(5..5))), "    // x");
        assert_eq!(made("", comment("", &(0..0))), "");
    }

    #[test]
    fn lines_go_in_and_out() {
        let text = "a\nb\nc";
        assert_eq!(made(text, indent(text, &(0..4))), "    a\n    b\nc");
        assert_eq!(made("    a\n  b", outdent("    a\n  b", &(0..9))), "a\nb");
        assert_eq!(made("ab", indent("ab", &(1..1))), "a   b");
        let (changes, at) = new_line("f(#{})", &(4..4));
        assert_eq!((made("f(#{})", changes).as_str(), at), ("f(#{\n    \n})", 9));
        let (changes, _) = new_line("  a", &(3..3));
        assert_eq!(made("  a", changes), "  a\n  ");
    }

    #[test]
    fn what_is_doubled_stands_behind() {
        let (changes, by) = double("ab\ncd", &(1..1));
        assert_eq!((made("ab\ncd", changes).as_str(), by), ("ab\nab\ncd", 3));
        assert_eq!(made("abc", double("abc", &(0..2)).0), "ababc");
    }

    #[test]
    fn brackets_belong_together() {
        let text = "f(\"(\", g[1])";
        assert_eq!(brackets(text, 1), Some((1, 11)));
        assert_eq!(brackets(text, 12), Some((11, 1)));
        assert_eq!(brackets(text, 9), Some((8, 10)));
        assert_eq!(brackets("((", 0), None);
        assert_eq!(brackets(text, 4), None);
    }
}
