//! Looking up things in a parsed document and where their text stands.

use super::lines::Lines;
use core::ops::Range;
use toml_edit::{Document, Item, Key, Table, TableLike, Value};

/// The tables of a patch file in the order in which a new text has them.
pub(super) const SECTIONS: [&str; 11] = [
    "nodes",
    "cables",
    "inputs",
    "outputs",
    "controls",
    "overrides",
    "automation",
    "snapshots",
    "mappings",
    "notes",
    "layout",
];
/// The values above them.
pub(super) const GLOBALS: [&str; 4] = ["beatforge", "tempo", "signature", "voices"];

/// Where an entry's key stands.
pub(super) fn key_span(table: &dyn TableLike, key: &str) -> Range<usize> {
    table.key(key).and_then(Key::span).unwrap_or(0..0)
}

/// Where an entry's value stands: a header for a table with one, the key for what has no span of its own.
pub(super) fn item_span(table: &dyn TableLike, key: &str) -> Range<usize> {
    table.get(key).and_then(Item::span).unwrap_or_else(|| key_span(table, key))
}

/// An entry that stands on lines of its own: its lines, each with the comment lines right above.
pub(super) fn blocks(table: &Table, key: &str, (text, lines): (&str, &Lines)) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    if let Some(item) = table.get(key) {
        collect(item, &key_span(table, key), (text, lines), &mut all);
    }
    all
}

fn collect(item: &Item, key: &Range<usize>, source: (&str, &Lines), all: &mut Vec<Range<usize>>) {
    let (text, lines) = source;
    match item {
        Item::Value(value) => all.push(lines.block(text, &(key.start..value_end(value, key)))),
        Item::Table(table) => table_blocks(table, source, all),
        Item::ArrayOfTables(tables) => tables.iter().for_each(|t| table_blocks(t, source, all)),
        Item::None => {}
    }
}

fn table_blocks(table: &Table, source: (&str, &Lines), all: &mut Vec<Range<usize>>) {
    let (text, lines) = source;
    let header = has_header(table);
    if header {
        let span = table.span().unwrap_or(0..0);
        let block = lines.block(text, &(span.start..body_end(table).max(span.end)));
        all.push(lines.with_blank(text, block));
    }
    for (key, item) in table.iter() {
        let own_lines = item.as_value().is_some() || item.as_table().is_some_and(Table::is_dotted);
        if !(header && own_lines) {
            collect(item, &key_span(table, key), source, all);
        }
    }
}

/// Whether a table has a `[header]`.
pub(super) fn has_header(table: &Table) -> bool {
    !table.is_dotted() && !table.is_implicit()
}

/// Where the last value ends that stands on the lines under a table's header, or in dotted keys of its name; 0 when
/// there is none.
pub(super) fn body_end(table: &Table) -> usize {
    let ends = table.iter().map(|(key, item)| match item {
        Item::Value(value) => value_end(value, &key_span(table, key)),
        Item::Table(inner) if inner.is_dotted() => body_end(inner),
        _ => 0,
    });
    ends.max().unwrap_or(0)
}

fn value_end(value: &Value, key: &Range<usize>) -> usize {
    value.span().map_or(key.end, |span| span.end)
}

/// The table of a section, if the document has it as a table and not as a value.
pub(super) fn section<'a>(doc: &'a Document<String>, name: &str) -> Option<&'a Table> {
    doc.as_table().get(name).and_then(Item::as_table)
}
