//! From a text to a patch, with a message for each thing that does not fit.

use super::diagnostic::{Diagnostic, Severity};
use super::lines::Lines;
use super::outline::{GLOBALS, SECTIONS, item_span, key_span};
use super::spans::{Place, Spans};
use super::tree::Tree;
use super::{FORMAT, TextPatch, syntax};
use crate::edit::{MAX_SIGNATURE, MAX_VOICES, TEMPO, check_value, tempo_holds};
use crate::model::Beside;
use crate::{Name, Node, Patch, Socket};
use bf_node::{Value, registry::nearest};
use core::ops::Range;
use toml_edit::{Item, Table, TableLike};

pub(super) fn parse(text: &str, file: &str, beside: &Beside) -> Result<TextPatch, Vec<Diagnostic>> {
    let lines = Lines::new(text);
    let syntax = syntax::read(text, file, &lines);
    let Some(doc) = syntax.doc else { return Err(syntax.problems) };
    let mut reader = Reader {
        text,
        file,
        lines: &lines,
        patch: Patch { beside: beside.clone(), ..Patch::default() },
        spans: Spans::default(),
        problems: syntax.problems,
        gaps: syntax.gaps,
    };
    reader.document(doc.as_table());
    let Reader { patch, spans, mut problems, .. } = reader;
    problems.sort_by_key(|p| (p.line, p.column));
    if problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(problems);
    }
    Ok(TextPatch { file: file.to_owned(), doc, patch, spans, lines, warnings: problems })
}

/// A text on its way to a patch.
pub(super) struct Reader<'a> {
    text: &'a str,
    file: &'a str,
    lines: &'a Lines,
    pub(super) patch: Patch,
    pub(super) spans: Spans,
    problems: Vec<Diagnostic>,
    /// Some lines could not be read: a node that seems to be missing may stand there.
    gaps: bool,
}

impl Reader<'_> {
    fn report(&mut self, severity: Severity, span: Range<usize>, message: String, hint: Option<String>) {
        let at = Diagnostic::at(self.file, self.lines, self.text, span);
        self.problems.push(at.says(severity, message).hinted(hint));
    }

    pub(super) fn error(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.report(Severity::Error, span, message.into(), None);
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.problems.iter().filter(|p| p.severity == Severity::Error).count()
    }

    pub(super) fn error_hint(&mut self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        self.report(Severity::Error, span, message.into(), hint);
    }

    pub(super) fn warning(&mut self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        self.report(Severity::Warning, span, message.into(), hint);
    }

    fn document(&mut self, root: &Table) {
        if !self.version(root) {
            return;
        }
        for (key, _) in root.iter().filter(|(key, _)| !GLOBALS.contains(key) && !SECTIONS.contains(key)) {
            let hint = nearest(key, GLOBALS.into_iter().chain(SECTIONS)).map(|near| format!("did you mean `{near}`?"));
            self.warning(key_span(root, key), format!("`{key}` means nothing here; it is kept"), hint);
        }
        self.globals(root);
        self.section(root, "nodes", Self::nodes);
        self.section(root, "cables", Self::cables);
        self.section(root, "inputs", Self::inputs);
        self.section(root, "outputs", Self::outputs);
        self.section(root, "controls", Self::controls);
        self.section(root, "overrides", Self::overrides);
        self.section(root, "automation", Self::automation);
        self.section(root, "snapshots", Self::snapshots);
        self.section(root, "mappings", Self::mappings);
        self.section(root, "notes", Self::notes);
        self.section(root, "layout", Self::layout);
    }

    /// Whether the text says that it is a patch of a format that can be read.
    fn version(&mut self, root: &Table) -> bool {
        let hint = Some(format!("a patch file begins with the line `beatforge = {FORMAT}`"));
        let Some(item) = root.get("beatforge") else {
            // A line with a mistake may have been this one.
            if !self.gaps {
                self.error_hint(0..0, "found no `beatforge` line, so this may not be a patch", hint);
            }
            return self.gaps;
        };
        let span = item_span(root, "beatforge");
        match item.as_integer() {
            Some(FORMAT) => return true,
            Some(n) if n > FORMAT => self.error_hint(
                span,
                format!("found format {n}, expected {FORMAT}: a newer BeatForge has written this patch"),
                Some("update BeatForge to open it".to_owned()),
            ),
            _ => {
                let found = Tree::of(item).found();
                self.error_hint(span, format!("found {found}, expected the format's number {FORMAT}"), hint);
            }
        }
        false
    }

    fn globals(&mut self, root: &Table) {
        let whole =
            |n: f64, least: u32, most: u32| n.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&n);
        let expected = format!("a number of beats a minute from {} to {}", TEMPO.0, TEMPO.1);
        if let Some(tempo) = self.global(root, "tempo", &expected, tempo_holds) {
            self.patch.tempo = tempo;
            self.spans.put(Place::Tempo, item_span(root, "tempo"));
        }
        let expected = format!("a whole number of beats from 1 to {MAX_SIGNATURE}");
        if let Some(beats) = self.global(root, "signature", &expected, |n| whole(n, 1, MAX_SIGNATURE)) {
            self.patch.signature = beats as u32;
            self.spans.put(Place::Signature, item_span(root, "signature"));
        }
        let expected = format!("a whole number of voices from 0 to {MAX_VOICES}");
        if let Some(voices) = self.global(root, "voices", &expected, |n| whole(n, 0, MAX_VOICES)) {
            self.patch.voices = voices as u32;
            self.spans.put(Place::Voices, item_span(root, "voices"));
        }
    }

    fn global(&mut self, root: &Table, key: &str, expected: &str, good: impl Fn(f64) -> bool) -> Option<f64> {
        let tree = Tree::of(root.get(key)?);
        let number = tree.number().filter(|n| good(*n));
        if number.is_none() {
            self.error(item_span(root, key), format!("found {} for `{key}`, expected {expected}", tree.found()));
        }
        number
    }

    fn section(&mut self, root: &Table, key: &'static str, read: fn(&mut Self, &dyn TableLike)) {
        let Some(item) = root.get(key) else { return };
        match item.as_table_like() {
            Some(table) => read(self, table),
            None => {
                let found = match item {
                    Item::ArrayOfTables(_) => format!("`[[{key}]]`"),
                    item => Tree::of(item).found(),
                };
                self.error(item_span(root, key), format!("found {found}, expected a table: `[{key}]`"));
            }
        }
    }

    fn nodes(&mut self, table: &dyn TableLike) {
        for (key, item) in table.iter() {
            let span = key_span(table, key);
            let Some(name) = self.name(key, span.clone()) else { continue };
            let Some(fields) = item.as_table_like() else {
                let found = Tree::of(item).found();
                let hint = item.as_str().map(|kind| format!("write {key} = {{ type = \"{kind}\" }}"));
                self.error_hint(
                    item_span(table, key),
                    format!("found {found} for node `{key}`, expected a table: {{ type = \"...\" }}"),
                    hint,
                );
                self.patch.nodes.insert(name, Node::new(""));
                continue;
            };
            let node = self.node(&name, fields, span.clone());
            self.spans.put(Place::Node(name.clone()), span);
            self.patch.nodes.insert(name, node);
        }
    }

    fn node(&mut self, name: &Name, fields: &dyn TableLike, span: Range<usize>) -> Node {
        let mut node = Node::new("");
        match fields.get("type").map(|item| (item, item.as_str())) {
            Some((_, Some(kind))) => node.kind = kind.to_owned(),
            Some((item, None)) => {
                let found = Tree::of(item).found();
                self.error(item_span(fields, "type"), format!("found {found}, expected the name of a type in quotes"));
            }
            None => self.error(span, format!("node `{name}` has no type; expected type = \"...\"")),
        }
        for (key, item) in fields.iter().filter(|(key, _)| *key != "type") {
            let Some(param) = self.name(key, key_span(fields, key)) else { continue };
            let span = item_span(fields, key);
            if let Some(value) = self.value(item, span.clone()) {
                self.spans.put(Place::Param(Socket { node: name.clone(), port: Some(param.clone()) }), span);
                node.params.insert(param, value);
            }
        }
        node
    }

    pub(super) fn name(&mut self, text: &str, span: Range<usize>) -> Option<Name> {
        let name = Name::parse(text);
        name.map_err(|bad| self.error_hint(span, bad.to_string(), suggestion(text))).ok()
    }

    /// A value that a patch can hold.
    pub(super) fn value(&mut self, item: &Item, span: Range<usize>) -> Option<Value> {
        let tree = Tree::of(item);
        let found =
            if matches!(tree, Tree::Date) { "a date".to_owned() } else { format!("a date in {}", tree.found()) };
        let Some(value) = tree.into_value() else {
            let expected = "a number, a text in quotes, true, false, a list or a table";
            self.error(span, format!("found {found}, expected {expected}"));
            return None;
        };
        match check_value(&value) {
            Ok(()) => Some(value),
            Err(problem) => {
                self.error(span, problem.to_string());
                None
            }
        }
    }

    /// A socket of a node that is there. What a hand has laid aside (`severity` is a warning) may be left over from a
    /// node that has gone: it is kept and has no effect.
    pub(super) fn socket(&mut self, text: &str, span: Range<usize>, severity: Severity) -> Option<Socket> {
        let socket = match Socket::parse(text) {
            Ok(socket) => socket,
            Err(bad) => {
                self.error_hint(span, bad.to_string(), None);
                return None;
            }
        };
        if self.patch.has(socket.node.as_str()) || self.patch.beside.open {
            return Some(socket);
        }
        self.no_node(&socket.node, span, severity);
        None
    }

    pub(super) fn no_node(&mut self, name: &Name, span: Range<usize>, severity: Severity) {
        if self.gaps {
            return;
        }
        let hint = self.patch.nearest_node(name.as_str()).map(|near| format!("did you mean `{near}`?"));
        let kept = if severity == Severity::Warning { "; the line is kept" } else { "" };
        self.report(severity, span, format!("there is no node `{name}`{kept}"), hint);
    }
}

/// A text as a name, if little has to change.
fn suggestion(text: &str) -> Option<String> {
    let low: String = text.to_lowercase().chars().map(|c| if c == ' ' { '_' } else { c }).collect();
    Name::parse(&low).ok().map(|name| format!("write `{name}`"))
}
