//! Changing what one entry says in the form in which it stands there.

use super::outline::{self, has_header, key_span};
use super::sequence::{Sequence, Slot, common};
use super::tree::{Key, Tree};
use super::wanted::{Ours, cable_from};
use super::write::Writer;
use super::write_section::line;
use toml_edit::{Array, InlineTable, Item, Table, Value};

/// The entry stands so that it cannot be changed in parts: it has to be written anew.
#[derive(Debug)]
pub(super) struct Anew;

impl Writer<'_> {
    /// Makes an entry say something else.
    pub(super) fn item(&mut self, item: &Item, wanted: &Tree, ours: Ours) -> Result<(), Anew> {
        match (item, wanted) {
            (Item::Value(value), wanted) => self.value(value, wanted, ours),
            (Item::Table(table), Tree::Table(wanted)) => self.table(table, wanted, ours),
            (Item::ArrayOfTables(tables), Tree::List(wanted)) if tables.len() == wanted.len() => {
                tables.iter().zip(wanted).try_for_each(|(table, wanted)| match wanted {
                    Tree::Table(wanted) => self.table(table, wanted, ours),
                    _ => Err(Anew),
                })
            }
            _ => Err(Anew),
        }
    }

    /// Makes a value say something else.
    pub(super) fn value(&mut self, value: &Value, wanted: &Tree, ours: Ours) -> Result<(), Anew> {
        let mark = self.out.mark();
        let done = match (value, wanted) {
            (Value::Array(list), Tree::List(wanted)) => self.list(list, wanted, ours),
            (Value::InlineTable(table), Tree::Table(wanted)) => self.inline(table, wanted, ours),
            (Value::Array(_) | Value::InlineTable(_), _) => Err(Anew),
            (scalar, wanted) if Tree::of_value(scalar) == *wanted => Ok(()),
            _ => Err(Anew),
        };
        if done.is_ok() {
            return Ok(());
        }
        self.out.back_to(mark);
        let span = value.span().filter(|_| !value.as_inline_table().is_some_and(InlineTable::is_dotted)).ok_or(Anew)?;
        self.out.replace(span, wanted.clone().styled(&Tree::of_value(value)).to_string());
        Ok(())
    }

    fn list(&mut self, list: &Array, wanted: &[Tree], ours: Ours) -> Result<(), Anew> {
        let values: Vec<&Value> = list.iter().collect();
        let now: Vec<Tree> = values.iter().map(|v| Tree::of_value(v)).collect();
        let same = |a: &Tree, b: &Tree| match (cable_from(a), cable_from(b)) {
            (Some(a), Some(b)) if ours != Ours::Ordered => a == b,
            _ => a == b,
        };
        let slots = pair_up(now.len(), wanted.len(), &common(&now, wanted, same).ok_or(Anew)?);
        if !slots.iter().any(|(old, _)| old.is_some()) {
            return if now.is_empty() && wanted.is_empty() { Ok(()) } else { Err(Anew) };
        }
        let like = Tree::List(now.clone());
        let slots: Vec<Slot> = slots
            .into_iter()
            .map(|(old, new)| match old {
                Some(old) => self.value(values[old], &wanted[new], ours).map(|()| Slot::Keep(old)),
                None => {
                    let styled = Tree::List(vec![wanted[new].clone()]).styled(&like).to_string();
                    Ok(Slot::New(styled[1..styled.len() - 1].to_owned()))
                }
            })
            .collect::<Result<_, _>>()?;
        let items = values.iter().map(|v| v.span().ok_or(Anew)).collect::<Result<Vec<_>, _>>()?;
        let end = list.span().ok_or(Anew)?.end - 1;
        Sequence { text: self.text, lines: self.lines, items, end }.edit(&slots, &mut self.out);
        Ok(())
    }

    /// Whether an entry of a table goes when it is not wanted.
    fn is_ours(&self, key: &str, ours: Ours) -> bool {
        match ours {
            Ours::All | Ours::Ordered => true,
            Ours::Only(keys) => keys.contains(&key),
            Ours::OfNodes => self.names_node(key) || !self.is_left_over(key),
        }
    }

    /// Whether the entries that stay and the new ones behind them are in the wanted order, where it counts.
    fn in_order(now: &[&str], wanted: &[(String, Tree)], ours: Ours) -> bool {
        let staying = now.iter().filter(|key| wanted.iter().any(|(k, _)| k == *key));
        ours != Ours::Ordered || staying.zip(wanted).all(|(now, (wanted, _))| now == wanted)
    }

    fn inline(&mut self, table: &InlineTable, wanted: &[(String, Tree)], ours: Ours) -> Result<(), Anew> {
        let keys: Vec<&str> = table.iter().map(|(key, _)| key).collect();
        let dotted = table.iter().any(|(_, v)| v.as_inline_table().is_some_and(InlineTable::is_dotted));
        if dotted || table.is_dotted() || !Self::in_order(&keys, wanted, ours) {
            let same = Tree::Table(table.iter().map(|(k, v)| (k.to_owned(), Tree::of_value(v))).collect());
            let same_order = keys.iter().copied().eq(wanted.iter().map(|(k, _)| k.as_str()));
            let nothing = same_order && same == Tree::Table(wanted.to_vec());
            return if nothing { Ok(()) } else { Err(Anew) };
        }
        let mut slots = Vec::new();
        let mut items = Vec::new();
        for (index, (key, value)) in table.iter().enumerate() {
            let span = value.span().ok_or(Anew)?;
            items.push(key_span(table, key).start..span.end);
            match wanted.iter().find(|(k, _)| k == key) {
                Some((_, tree)) => self.value(value, tree, inner(ours))?,
                None if self.is_ours(key, ours) => continue,
                None => {}
            }
            slots.push(Slot::Keep(index));
        }
        if slots.is_empty() {
            return if wanted.is_empty() && items.is_empty() { Ok(()) } else { Err(Anew) };
        }
        let new = wanted.iter().filter(|(key, _)| !keys.contains(&key.as_str()));
        slots.extend(new.map(|(key, tree)| Slot::New(format!("{} = {tree}", Key(key)))));
        let end = table.span().ok_or(Anew)?.end - 1;
        Sequence { text: self.text, lines: self.lines, items, end }.edit(&slots, &mut self.out);
        Ok(())
    }

    /// A table whose entries stand on lines of their own.
    fn table(&mut self, table: &Table, wanted: &[(String, Tree)], ours: Ours) -> Result<(), Anew> {
        let keys: Vec<&str> = table.iter().map(|(key, _)| key).collect();
        // A table of dotted keys is there no longer when its last key goes.
        let vanishes = table.is_dotted() && wanted.is_empty() && !keys.is_empty();
        if vanishes || !Self::in_order(&keys, wanted, ours) {
            return Err(Anew);
        }
        for (key, item) in table.iter() {
            match wanted.iter().find(|(k, _)| k == key) {
                Some((_, tree)) => self.item(item, tree, inner(ours))?,
                None if self.is_ours(key, ours) => self.delete_entry(table, key),
                None => {}
            }
        }
        let new: Vec<&(String, Tree)> = wanted.iter().filter(|(key, _)| !keys.contains(&key.as_str())).collect();
        if new.is_empty() {
            return Ok(());
        }
        let header = table.span().filter(|_| has_header(table)).ok_or(Anew)?;
        let at = self.lines.next_line(self.text, outline::body_end(table).max(header.end));
        let lines: String = new.iter().map(|(key, tree)| line("", key, tree, 0)).collect();
        self.insert_lines(at, &lines);
        Ok(())
    }
}

/// Which keys are ours inside an entry of a table.
fn inner(ours: Ours) -> Ours {
    match ours {
        Ours::All | Ours::Ordered | Ours::OfNodes | Ours::Only(_) => Ours::Ordered,
    }
}

/// For each place of the new list the old item that stays or is changed to it: those in common, and between them old
/// and new ones in a row as far as both go.
fn pair_up(old: usize, new: usize, common: &[(usize, usize)]) -> Vec<(Option<usize>, usize)> {
    let mut slots = Vec::with_capacity(new);
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in common.iter().copied().chain([(old, new)]) {
        for place in j..next_j {
            let between = i + (place - j);
            slots.push(((between < next_i).then_some(between), place));
        }
        if next_j < new {
            slots.push((Some(next_i), next_j));
        }
        (i, j) = (next_i + 1, next_j + 1);
    }
    slots
}
