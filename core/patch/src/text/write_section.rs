//! Bringing entries into a section, taking them out, and making sections.

use super::outline::{self, SECTIONS, has_header};
use super::tree::{Key, Tree};
use super::wanted::Ours;
use super::write::{Change, Writer};
use toml_edit::{Item, Table};

impl Writer<'_> {
    /// Brings the entries of a section to what they are to say.
    pub(super) fn section(&mut self, name: &str, changes: Vec<Change>, ours: Ours) {
        if changes.is_empty() {
            return;
        }
        match self.doc.get(name) {
            None | Some(Item::None | Item::ArrayOfTables(_)) => {
                let new = changes.into_iter().filter_map(|(key, tree)| Some((key, tree?))).collect();
                self.new_section(name, new);
            }
            Some(Item::Value(value)) => {
                let mut all = if let Tree::Table(all) = Tree::of_value(value) { all } else { Vec::new() };
                for (key, tree) in changes {
                    let place = all.iter().position(|(k, _)| *k == key);
                    match (place, tree) {
                        (Some(place), Some(tree)) => all[place].1 = tree,
                        (None, Some(tree)) => all.push((key, tree)),
                        (Some(place), None) => drop(all.remove(place)),
                        (None, None) => {}
                    }
                }
                self.value(value, &Tree::Table(all), Ours::All).unwrap_or_default();
            }
            Some(Item::Table(table)) => self.entries(name, table, changes, ours),
        }
    }

    fn entries(&mut self, name: &str, table: &Table, changes: Vec<Change>, ours: Ours) {
        let mut new = Vec::new();
        let mut gone = 0;
        for (key, tree) in changes {
            match (table.get(&key), tree) {
                (Some(item), Some(tree)) => {
                    let mark = self.out.mark();
                    if self.item(item, &tree, ours).is_err() {
                        self.out.back_to(mark);
                        self.delete_entry(table, &key);
                        new.push((key, tree));
                    }
                }
                (Some(_), None) => {
                    gone += 1;
                    self.delete_entry(table, &key);
                }
                (None, Some(tree)) => new.push((key, tree)),
                (None, None) => {}
            }
        }
        if new.is_empty() && gone == table.len() && has_header(table) && !["nodes", "cables"].contains(&name) {
            self.delete_header(table);
        }
        self.insert_entries(name, table, new);
    }

    pub(super) fn delete_entry(&mut self, table: &Table, key: &str) {
        for block in outline::blocks(table, key, (self.text, self.lines)) {
            self.out.delete(block);
        }
    }

    /// Cuts out the header of a section that has become empty, unless somebody has written a comment at it.
    fn delete_header(&mut self, table: &Table) {
        let Some(span) = table.span() else { return };
        let block = self.lines.block(self.text, &span);
        if self.text[block.clone()].trim() != self.text[span].trim() {
            return;
        }
        let before = &self.text[..block.start];
        let blank = if before.ends_with("\r\n\r\n") { 2 } else { usize::from(before.ends_with("\n\n")) };
        self.out.delete(block.start - blank..block.end);
    }

    /// Puts a new entry on lines of its own.
    pub(super) fn insert_entries(&mut self, name: &str, table: &Table, new: Vec<(String, Tree)>) {
        if new.is_empty() {
            return;
        }
        let pieces = || table.iter().flat_map(|(key, _)| outline::blocks(table, key, (self.text, self.lines)));
        let tables = new.iter().all(|(_, tree)| matches!(tree, Tree::Table(_)));
        let heads = table.iter().any(|(_, item)| item.as_table().is_some_and(has_header));
        // Behind entries with headers of their own a new one gets one too, so that it is the last.
        let behind = tables && heads && ["inputs", "outputs", "controls"].contains(&name);
        if has_header(table) && !behind {
            let header = table.span().map_or(0, |span| span.end);
            let at = self.lines.next_line(self.text, outline::body_end(table).max(header));
            let width = self.equals_column(table);
            let lines: String = new.iter().map(|(key, tree)| line("", key, tree, width)).collect();
            self.insert_lines(at, &lines);
        } else if table.is_dotted() {
            let at = pieces().map(|piece| piece.end).max().unwrap_or(0);
            let lines: String = new.iter().map(|(key, tree)| line(&format!("{name}."), key, tree, 0)).collect();
            self.insert_lines(at, &lines);
        } else if tables {
            let at = pieces().map(|piece| piece.end).max().unwrap_or(self.text.len());
            let lines: String = new.iter().map(|(key, tree)| format!("\n{}", block(name, key, tree))).collect();
            self.insert_section(at, &lines);
        } else {
            let at = pieces().map(|piece| piece.start).min().unwrap_or(self.text.len());
            let lines: String = new.iter().map(|(key, tree)| line("", key, tree, 0)).collect();
            self.insert_section(at, &format!("[{name}]\n{lines}\n"));
        }
    }

    /// How wide the keys of a section are made by spaces behind them; 0 where they are not.
    fn equals_column(&self, table: &Table) -> usize {
        let Some((key, _)) = table.iter().filter(|(_, item)| item.is_value()).last() else { return 0 };
        let spaces = |key: &str| {
            let span = outline::key_span(table, key);
            let rest = self.text.get(span.end..).unwrap_or("");
            let spaces = rest.len() - rest.trim_start_matches(' ').len();
            (span.len(), spaces)
        };
        let (length, behind) = spaces(key);
        let padded = table.iter().filter(|(_, item)| item.is_value()).any(|(key, _)| spaces(key).1 > 1);
        if padded { length + behind - 1 } else { 0 }
    }

    fn new_section(&mut self, name: &str, new: Vec<(String, Tree)>) {
        if new.is_empty() {
            return;
        }
        let body: String = if name == "snapshots" {
            new.iter().map(|(key, tree)| block(name, key, tree)).collect::<Vec<_>>().join("\n")
        } else {
            let lines: String = new.iter().map(|(key, tree)| line("", key, tree, 0)).collect();
            format!("[{name}]\n{lines}")
        };
        let rank = |name: &str| SECTIONS.iter().position(|s| *s == name);
        let later = SECTIONS.iter().filter(|other| rank(other) > rank(name));
        let starts = later.filter_map(|other| {
            let table = outline::section(self.doc, other)?;
            let header = table.span().filter(|_| has_header(table));
            let own = header.map(|span| self.lines.block(self.text, &span).start);
            let inner = table.iter().flat_map(|(key, _)| outline::blocks(table, key, (self.text, self.lines)));
            own.into_iter().chain(inner.map(|piece| piece.start).filter(|_| !table.is_dotted())).min()
        });
        let at = starts.min();
        let before = self.text[..at.unwrap_or(self.text.len())].trim_end_matches([' ', '\t']);
        let apart = before.is_empty() || before.ends_with("\n\n") || before.ends_with("\n\r\n");
        let gap = if apart { "" } else { "\n" };
        match at {
            Some(at) => self.insert_section(at, &format!("{gap}{body}\n")),
            None => self.insert_section(self.text.len(), &format!("{gap}{body}")),
        }
    }

    /// Puts in whole lines at the beginning of a line. Behind a last line without a line end they have none either.
    pub(super) fn insert_lines(&mut self, at: usize, lines: &str) {
        if lines.is_empty() {
            return;
        }
        if self.is_open_end(at) {
            self.out.insert(at, format!("\n{}", lines.trim_end()));
        } else {
            self.out.insert(at, lines);
        }
    }

    /// The same for lines that begin with a header.
    fn insert_section(&mut self, at: usize, lines: &str) {
        if self.is_open_end(at) {
            self.out.insert_section(at, format!("\n{}", lines.trim_end()));
        } else {
            self.out.insert_section(at, lines);
        }
    }

    /// Whether a place is the end of a last line without a line end.
    fn is_open_end(&self, at: usize) -> bool {
        at == self.text.len() && at > 0 && !self.text.ends_with('\n')
    }
}

/// An entry on one line.
pub(super) fn line(prefix: &str, key: &str, tree: &Tree, width: usize) -> String {
    format!("{prefix}{:width$} = {tree}\n", Key(key).to_string())
}

/// An entry as a table with a header.
pub(super) fn block(section: &str, key: &str, tree: &Tree) -> String {
    let Tree::Table(table) = tree else { return String::new() };
    let lines: String = table.iter().map(|(k, v)| line("", k, v, 0)).collect();
    format!("[{section}.{}]\n{lines}", Key(key))
}
