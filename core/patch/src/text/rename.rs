//! Renaming nodes where they stand: the lines keep their places and comments.

use super::TextPatch;
use super::lines::Lines;
use super::outline::{has_header, item_span, key_span};
use super::splice::Splices;
use crate::{Name, Socket};
use core::ops::Range;
use toml_edit::{Item, Table, TableLike};

/// The text with nodes under new names, wherever they are named.
pub(super) fn apply(text: &TextPatch, renames: &[(Name, Name)]) -> String {
    let mut renamer = Renamer { text: text.text(), lines: &text.lines, renames, out: Splices::default() };
    let table = |name: &str| text.doc.get(name).and_then(Item::as_table_like);
    if let Some(nodes) = text.doc.get("nodes") {
        renamer.nodes(nodes);
    }
    for section in ["cables", "overrides", "automation", "layout"] {
        table(section).into_iter().for_each(|table| renamer.keys(table));
    }
    for (_, item) in table("snapshots").into_iter().flat_map(TableLike::iter) {
        item.as_table_like().into_iter().for_each(|table| renamer.keys(table));
    }
    for section in ["cables", "inputs", "outputs", "controls", "mappings"] {
        table(section).into_iter().for_each(|table| renamer.values(table));
    }
    renamer.out.apply(text.text())
}

struct Renamer<'a> {
    text: &'a str,
    lines: &'a Lines,
    renames: &'a [(Name, Name)],
    out: Splices,
}

impl Renamer<'_> {
    fn new_name(&self, name: &str) -> Option<&Name> {
        self.renames.iter().find(|(from, _)| from.as_str() == name).map(|(_, to)| to)
    }

    /// The new text of a socket that names a renamed node.
    fn new_socket(&self, text: &str) -> Option<String> {
        let socket = Socket::parse(text).ok()?;
        let node = self.new_name(socket.node.as_str())?.clone();
        Some(Socket { node, port: socket.port }.to_string())
    }

    /// Puts another text in place of one, in its quotes if it has any.
    fn put(&mut self, span: Range<usize>, new: &str) {
        let old = &self.text[span.clone()];
        let quote = if old.starts_with('\'') {
            "'"
        } else if old.starts_with('"') {
            "\""
        } else {
            ""
        };
        self.out.replace(span, format!("{quote}{new}{quote}"));
    }

    fn keys(&mut self, table: &dyn TableLike) {
        let padded = self.is_padded(table);
        for (key, _) in table.iter() {
            if let Some(new) = self.new_socket(key) {
                self.key(key_span(table, key), &new, padded);
            }
        }
    }

    fn spaces_behind(&self, span: &Range<usize>) -> usize {
        let rest = &self.text[span.end..];
        rest.len() - rest.trim_start_matches(' ').len()
    }

    /// Whether some keys of a table have more than one space behind them.
    fn is_padded(&self, table: &dyn TableLike) -> bool {
        table.iter().any(|(key, item)| item.is_value() && self.spaces_behind(&key_span(table, key)) > 1)
    }

    /// A key, and as many of the spaces behind it as keep the `=` in its column where keys are padded.
    fn key(&mut self, span: Range<usize>, new: &str, padded: bool) {
        let spaces = self.spaces_behind(&span);
        let quotes = if self.text[span.clone()].starts_with(['"', '\'']) { 2 } else { 0 };
        if padded && spaces > 0 {
            let left = (span.len() + spaces).saturating_sub(new.len() + quotes).max(1);
            self.out.replace(span.end..span.end + spaces, " ".repeat(left));
        }
        self.put(span, new);
    }

    /// Texts that name sockets: alone, in lists, or under `from` and `to`.
    fn values(&mut self, table: &dyn TableLike) {
        for (key, item) in table.iter() {
            self.value(item, item_span(table, key));
        }
    }

    fn value(&mut self, item: &Item, span: Range<usize>) {
        if let Some(new) = item.as_str().and_then(|text| self.new_socket(text)) {
            self.put(span, &new);
        } else if let Some(list) = item.as_array() {
            list.iter().for_each(|v| self.value(&Item::Value(v.clone()), v.span().unwrap_or(0..0)));
        } else if let Some(table) = item.as_table_like() {
            for key in ["from", "to"] {
                table.get(key).into_iter().for_each(|item| self.value(item, item_span(table, key)));
            }
        }
    }

    fn nodes(&mut self, nodes: &Item) {
        let Some(table) = nodes.as_table_like() else { return };
        // In `[nodes]` a node's name comes first in its keys, elsewhere behind `nodes`.
        let place = usize::from(!nodes.as_table().is_some_and(has_header));
        for (key, item) in table.iter() {
            let Some(new) = self.new_name(key).cloned() else { continue };
            match item {
                Item::Table(inner) => {
                    for spot in spots(inner, place, self.lines) {
                        if let Some(span) = segment(self.text, spot.0, spot.1) {
                            self.put(span, new.as_str());
                        }
                    }
                }
                _ => self.key(key_span(table, key), new.as_str(), self.is_padded(table)),
            }
        }
    }
}

/// The places where a node's table is named: where a dotted key or a header begins, and which part of it is the name.
fn spots(table: &Table, place: usize, lines: &Lines) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    if has_header(table) {
        all.extend(table.span().map(|span| (span.start, 1)));
    }
    for (key, item) in table.iter() {
        match item {
            Item::Table(inner) if table.is_dotted() || !inner.is_dotted() => all.extend(spots(inner, place, lines)),
            Item::ArrayOfTables(tables) => tables.iter().for_each(|t| all.extend(spots(t, place, lines))),
            Item::Value(_) if table.is_dotted() => {
                all.push((lines.line_start(key_span(table, key).start), place));
            }
            _ => {}
        }
    }
    all.dedup();
    all
}

/// A part of a dotted key or of a header.
fn segment(text: &str, start: usize, index: usize) -> Option<Range<usize>> {
    let mut at = start;
    let skip = |at: usize, chars: &[char]| at + (text[at..].len() - text[at..].trim_start_matches(chars).len());
    at = skip(at, &['[', ' ', '\t', '\u{feff}']);
    for part in 0..=index {
        let rest = &text[at..];
        let length = match rest.chars().next()? {
            quote @ ('"' | '\'') => rest[1..].find(quote)? + 2,
            _ => rest.find(['.', ' ', '\t', ']', '='])?,
        };
        if part == index {
            return Some(at..at + length);
        }
        at = skip(at + length, &[' ', '\t', '.']);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_keys_are_found() {
        let part = |text: &str, index| segment(text, 0, index).map(|span| text[span].to_owned());
        assert_eq!(part("[nodes.osc]", 1).unwrap(), "osc");
        assert_eq!(part("[ nodes . \"osc\" . steps ]", 1).unwrap(), "\"osc\"");
        assert_eq!(part("[[nodes.'osc'.steps]]", 1).unwrap(), "'osc'");
        assert_eq!(part("  osc.freq = 3", 0).unwrap(), "osc");
        assert_eq!(part("nodes.osc . freq=3", 2).unwrap(), "freq");
        assert_eq!(part("osc", 1), None);
    }
}
