//! Reading what refers to nodes: cables, and what a reusable patch shows.

use super::diagnostic::Severity;
use super::outline::{item_span, key_span};
use super::read::Reader;
use super::spans::Place;
use super::tree::Tree;
use super::wanted::{CABLE, CONTROL};
use crate::edit::amount_holds;
use crate::{Cable, Control, Socket};
use bf_node::registry::nearest;
use core::ops::Range;
use rustc_hash::FxHashSet;
use toml_edit::{Item, TableLike, Value as Toml};

impl Reader<'_> {
    pub(super) fn cables(&mut self, table: &dyn TableLike) {
        for (key, item) in table.iter() {
            if self.is_split(table, key, item, &["from", "amount"]) {
                continue;
            }
            let Some(to) = self.socket(key, key_span(table, key), Severity::Error) else { continue };
            let (mut list, mut seen) = (Vec::new(), FxHashSet::default());
            for (item, span) in elements(item, item_span(table, key)) {
                let Some(cable) = self.cable(&item, span.clone()) else { continue };
                if !seen.insert(cable.from.clone()) {
                    self.error(span, format!("`{}` stands twice among the cables of `{to}`", cable.from));
                    continue;
                }
                self.spans.put(Place::Cable { to: to.clone(), index: list.len() }, span);
                list.push(cable);
            }
            if !list.is_empty() {
                self.patch.cables.insert(to, list);
            }
        }
    }

    fn cable(&mut self, item: &Item, span: Range<usize>) -> Option<Cable> {
        let expected = "an output in quotes, such as \"lfo\", or { from = \"lfo\", amount = 2.0 }";
        if let Some(text) = item.as_str() {
            return Some(Cable::plain(self.socket(text, span, Severity::Error)?));
        }
        let Some(table) = item.as_table_like() else {
            self.error(span, format!("found {}, expected {expected}", Tree::of(item).found()));
            return None;
        };
        self.unknown_keys(table, CABLE);
        let amount = match table.get("amount").map(|a| (Tree::of(a), item_span(table, "amount"))) {
            None => None,
            Some((tree, at)) => {
                let number = tree.number().filter(|n| amount_holds(*n));
                if number.is_none() {
                    let expected = "expected a number between -3.4e38 and 3.4e38 for the amount";
                    self.error(at, format!("found {}, {expected}", tree.found()));
                }
                number
            }
        };
        let Some(from) = table.get("from").and_then(Item::as_str) else {
            self.error(span, format!("this cable does not say where it comes from; expected {expected}"));
            return None;
        };
        let from = self.socket(from, item_span(table, "from"), Severity::Error)?;
        Some(Cable { from, amount })
    }

    pub(super) fn inputs(&mut self, table: &dyn TableLike) {
        for (key, item) in table.iter() {
            let Some(name) = self.name(key, key_span(table, key)) else { continue };
            let targets = self.sockets(item, item_span(table, key), "an input or param inside, such as \"filter.in\"");
            self.spans.put(Place::Input(name.clone()), key_span(table, key));
            self.patch.inputs.push((name, targets));
        }
    }

    pub(super) fn outputs(&mut self, table: &dyn TableLike) {
        for (key, item) in table.iter() {
            let Some(name) = self.name(key, key_span(table, key)) else { continue };
            let span = item_span(table, key);
            let Some(text) = item.as_str() else {
                let found = Tree::of(item).found();
                self.error(span, format!("found {found}, expected one output inside, such as \"filter.low\""));
                continue;
            };
            if let Some(source) = self.socket(text, span, Severity::Error) {
                self.spans.put(Place::Output(name.clone()), key_span(table, key));
                self.patch.outputs.push((name, source));
            }
        }
    }

    pub(super) fn controls(&mut self, table: &dyn TableLike) {
        for (key, item) in table.iter() {
            let Some(name) = self.name(key, key_span(table, key)) else { continue };
            let span = item_span(table, key);
            let mut control = Control { targets: Vec::new(), default: None, range: None, help: String::new() };
            match item.as_table_like() {
                None => control.targets = self.params(item, span),
                Some(fields) => self.control(fields, span, &mut control),
            }
            self.spans.put(Place::Control(name.clone()), key_span(table, key));
            self.patch.controls.push((name, control));
        }
    }

    fn control(&mut self, fields: &dyn TableLike, span: Range<usize>, control: &mut Control) {
        self.unknown_keys(fields, CONTROL);
        match fields.get("to") {
            Some(to) => control.targets = self.params(to, item_span(fields, "to")),
            None => self.error(span, "this control does not say what it sets; expected to = \"node.param\""),
        }
        if let Some(item) = fields.get("default") {
            control.default = self.value(item, item_span(fields, "default"));
        }
        match fields.get("help").map(|item| (item, item.as_str())) {
            Some((_, Some(help))) => control.help = help.to_owned(),
            Some((item, None)) => {
                let found = Tree::of(item).found();
                self.error(item_span(fields, "help"), format!("found {found}, expected a text in quotes"));
            }
            None => {}
        }
        let ends = ["min", "max"].map(|key| fields.get(key).map(|item| (Tree::of(item), item_span(fields, key))));
        match ends {
            [None, None] => {}
            [Some((min, at)), Some((max, _))] => {
                let numbers = min.number().zip(max.number()).filter(|(min, max)| min < max && (max - min).is_finite());
                if numbers.is_none() {
                    let found = format!("found {} and {}", min.found(), max.found());
                    self.error(at, format!("{found}, expected two numbers, min below max"));
                }
                control.range = numbers;
            }
            [Some((_, at)), None] => self.error(at, "found `min` alone, expected `max` as well"),
            [None, Some((_, at))] => self.error(at, "found `max` alone, expected `min` as well"),
        }
    }

    /// One socket or a list of them.
    fn sockets(&mut self, item: &Item, span: Range<usize>, expected: &str) -> Vec<Socket> {
        let mut all = Vec::new();
        for (item, span) in elements(item, span) {
            match item.as_str() {
                Some(text) => all.extend(self.socket(text, span, Severity::Error)),
                None => self.error(span, format!("found {}, expected {expected}", Tree::of(&item).found())),
            }
        }
        all
    }

    /// One param or a list of them.
    fn params(&mut self, item: &Item, span: Range<usize>) -> Vec<Socket> {
        let mut all = Vec::new();
        for (item, span) in elements(item, span) {
            match item.as_str() {
                Some(text) => all.extend(self.param(text, span, Severity::Error)),
                None => {
                    let found = Tree::of(&item).found();
                    self.error(span, format!("found {found}, expected a param in quotes, such as \"filter.cutoff\""));
                }
            }
        }
        all
    }

    /// A param of a node that is there.
    pub(super) fn param(&mut self, text: &str, span: Range<usize>, severity: Severity) -> Option<Socket> {
        let socket = self.socket(text, span.clone(), severity)?;
        match socket.port.as_ref().map(|port| port.as_str()) {
            None => self.error(span, format!("found the node `{text}`, expected a param of it: \"{text}.name\"")),
            Some("type") => self.error(span, format!("`{text}` is not a param: `type` says what the node is")),
            Some(_) => return Some(socket),
        }
        None
    }

    /// Tells of a key such as `filter.cutoff` without its quotes, which TOML takes for a table in a table.
    pub(super) fn is_split(&mut self, table: &dyn TableLike, key: &str, item: &Item, fields: &[&str]) -> bool {
        let dotted = match item {
            Item::Table(inner) => inner.is_dotted(),
            Item::Value(Toml::InlineTable(inner)) => inner.is_dotted(),
            _ => false,
        };
        let Some(inner) = item.as_table_like().filter(|_| dotted && !key.contains('.')) else { return false };
        let Some((port, _)) = inner.iter().find(|(port, _)| !fields.contains(port)) else { return false };
        let span = key_span(table, key).start..key_span(inner, port).end;
        let message = format!("found `{key}.{port}` without quotes, expected \"{key}.{port}\"");
        self.error_hint(span, message, Some("a key with a dot stands in quotes here".to_owned()));
        true
    }

    pub(super) fn unknown_keys(&mut self, table: &dyn TableLike, known: &[&str]) {
        for (key, _) in table.iter().filter(|(key, _)| !known.contains(key)) {
            let hint = nearest(key, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            self.warning(key_span(table, key), format!("`{key}` means nothing here; it is kept"), hint);
        }
    }
}

/// The items of a list, or the one item that is none.
fn elements(item: &Item, span: Range<usize>) -> Vec<(Item, Range<usize>)> {
    match item.as_array() {
        Some(list) => list
            .iter()
            .map(|value| (Item::Value(value.clone()), value.span().unwrap_or_else(|| span.clone())))
            .collect(),
        None => vec![(item.clone(), span)],
    }
}
