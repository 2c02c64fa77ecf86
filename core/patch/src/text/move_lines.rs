//! Bringing the entries of `[inputs]`, `[outputs]` and `[controls]` into another order.

use super::TextPatch;
use super::outline::{blocks, item_span, key_span};
use super::tree::Tree;
use super::write::Writer;
use crate::{Name, Patch};
use core::ops::Range;
use toml_edit::{Item, Table};

/// The text with its entries in the order that a patch has; entries that cannot change places stay.
pub(super) fn apply(text: &TextPatch, new: &Patch) -> String {
    let mut writer = Writer::new(text, new, None);
    let inputs: Vec<&Name> = new.inputs.iter().map(|(name, _)| name).collect();
    let outputs: Vec<&Name> = new.outputs.iter().map(|(name, _)| name).collect();
    let controls: Vec<&Name> = new.controls.iter().map(|(name, _)| name).collect();
    for (section, wanted) in [("inputs", inputs), ("outputs", outputs), ("controls", controls)] {
        let Some(item) = text.doc.get(section) else { continue };
        let now: Vec<&str> = item.as_table_like().into_iter().flat_map(|t| t.iter()).map(|(key, _)| key).collect();
        if now.iter().copied().eq(wanted.iter().map(|name| name.as_str())) {
            continue;
        }
        let Some(spans) = entries(text, item, &now) else {
            if let Item::Table(table) = item {
                anew(&mut writer, section, table, &wanted);
            }
            continue;
        };
        for (slot, name) in wanted.iter().enumerate() {
            let from = now.iter().position(|key| *key == name.as_str());
            if let Some((from, to)) = from.and_then(|from| Some((&spans[from], spans.get(slot)?))) {
                writer.out.replace(to.clone(), moved(text.text(), from, to));
            }
        }
    }
    writer.out.apply(text.text())
}

/// Writes all entries of a section anew, in order.
fn anew(writer: &mut Writer<'_>, section: &str, table: &Table, wanted: &[&Name]) {
    table.iter().for_each(|(key, _)| writer.delete_entry(table, key));
    let entry = |name: &&Name| Some((name.to_string(), Tree::of(table.get(name.as_str())?)));
    let lines = wanted.iter().filter_map(entry);
    writer.insert_entries(section, table, lines.collect());
}

/// What each entry occupies: whole lines, or in an inline table key and value. `None` where one entry is in several
/// pieces or some stand on lines and others under headers of their own.
fn entries(text: &TextPatch, item: &Item, keys: &[&str]) -> Option<Vec<Range<usize>>> {
    let Item::Table(table) = item else {
        let table = item.as_table_like()?;
        return Some(keys.iter().map(|key| key_span(table, key).start..item_span(table, key).end).collect());
    };
    let values = keys.iter().filter(|key| table.get(key).is_some_and(Item::is_value)).count();
    let piece = |key: &&str| match <[Range<usize>; 1]>::try_from(blocks(table, key, (text.text(), &text.lines))) {
        Ok([piece]) if values == 0 || values == keys.len() => Some(piece),
        _ => None,
    };
    keys.iter().map(piece).collect()
}

/// The text of one entry as it stands in the place of another: the last line of a text may have no line end.
fn moved(text: &str, from: &Range<usize>, to: &Range<usize>) -> String {
    let lf = |span: &Range<usize>| text[span.clone()].replace("\r\n", "\n");
    let (entry, place) = (lf(from), lf(to));
    match (entry.ends_with('\n'), place.ends_with('\n')) {
        (true, false) => entry.trim_end_matches('\n').to_owned(),
        (false, true) => entry + "\n",
        _ => entry,
    }
}
