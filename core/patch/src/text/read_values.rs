//! Reading what is kept of params and nodes: overrides, snapshots, automation, places.

use super::diagnostic::Severity;
use super::outline::{item_span, key_span};
use super::read::Reader;
use super::spans::Place;
use super::tree::Tree;
use super::wanted::{CURVES, LANE, MAPPING, NOTE, TRAVELS};
use crate::edit::{lane_problem, mapping_problem, note_problem};
use crate::{Curve, LaneSpec, Mapping, Name, Note, Point, Socket};
use bf_node::{Value, registry::nearest};
use core::ops::Range;
use toml_edit::{Item, TableLike, Value as Toml};

impl Reader<'_> {
    pub(super) fn overrides(&mut self, table: &dyn TableLike) {
        for (target, value, span) in self.stored(table) {
            self.spans.put(Place::Override(target.clone()), span);
            self.patch.overrides.insert(target, value);
        }
    }

    pub(super) fn snapshots(&mut self, table: &dyn TableLike) {
        for (key, item) in table.iter() {
            let Some(name) = self.name(key, key_span(table, key)) else { continue };
            let Some(values) = item.as_table_like() else {
                let found = Tree::of(item).found();
                self.error(item_span(table, key), format!("found {found}, expected a table: `[snapshots.{name}]`"));
                continue;
            };
            let values = self.stored(values).into_iter().map(|(target, value, _)| (target, value)).collect();
            self.spans.put(Place::Snapshot(name.clone()), key_span(table, key));
            self.patch.snapshots.insert(name, values);
        }
    }

    /// Values that a hand has laid on params or stored of them.
    fn stored(&mut self, table: &dyn TableLike) -> Vec<(Socket, Value, Range<usize>)> {
        let mut all = Vec::new();
        for (key, item) in table.iter() {
            if self.is_split(table, key, item, &[]) {
                continue;
            }
            let span = item_span(table, key);
            let Some(target) = self.param(key, key_span(table, key), Severity::Warning) else { continue };
            if let Some(value) = self.value(item, span.clone()) {
                all.push((target, value, span));
            }
        }
        all
    }

    pub(super) fn automation(&mut self, table: &dyn TableLike) {
        for (key, item) in table.iter() {
            if self.is_split(table, key, item, LANE) {
                continue;
            }
            let span = item_span(table, key);
            let Some(target) = self.param(key, key_span(table, key), Severity::Error) else { continue };
            let Some(fields) = item.as_table_like() else {
                let found = Tree::of(item).found();
                let expected = "{ points = [[0.0, 300.0], [4.0, 900.0]], length = 8.0 }";
                self.error(span, format!("found {found}, expected {expected}"));
                continue;
            };
            self.unknown_keys(fields, LANE);
            let before = self.errors();
            let lane = self.lane(fields, span.clone());
            match lane_problem(&lane) {
                Some(problem) if self.errors() == before => {
                    self.error(span, format!("the automation of `{target}` does not hold: {problem}"));
                }
                _ => {
                    self.spans.put(Place::Automation(target.clone()), key_span(table, key));
                    self.patch.automation.insert(target, lane);
                }
            }
        }
    }

    fn lane(&mut self, fields: &dyn TableLike, span: Range<usize>) -> LaneSpec {
        let mut lane = LaneSpec::default();
        if let Some(item) = fields.get("length") {
            let tree = Tree::of(item);
            match tree.number() {
                Some(length) => lane.length = length,
                None => self
                    .error(item_span(fields, "length"), format!("found {}, expected a number of beats", tree.found())),
            }
        }
        let Some(points) = fields.get("points").and_then(Item::as_array) else {
            self.error(span, "this automation has no points; expected points = [[beat, value], ...]");
            return lane;
        };
        for value in points {
            let at = value.span().unwrap_or(0..0);
            lane.points.extend(self.point(value, at));
        }
        lane
    }

    fn point(&mut self, value: &Toml, at: Range<usize>) -> Option<Point> {
        let tree = Tree::of_value(value);
        let parts = if let Tree::List(parts) = &tree { parts.as_slice() } else { &[] };
        let (beat, value, curve) = match parts {
            [beat, value] => (beat.number(), value.number(), Some(Curve::Linear)),
            [beat, value, Tree::Text(word)] => {
                let curve = CURVES.iter().find(|(w, _)| w == word).map(|(_, curve)| *curve);
                if curve.is_none() {
                    let hint =
                        nearest(word, CURVES.iter().map(|(w, _)| *w)).map(|near| format!("did you mean \"{near}\"?"));
                    let expected = CURVES.map(|(w, _)| format!("\"{w}\"")).join(", ");
                    self.error_hint(at, format!("found the curve \"{word}\", expected one of {expected}"), hint);
                    return None;
                }
                (beat.number(), value.number(), curve)
            }
            _ => (None, None, None),
        };
        let point = beat.zip(value).zip(curve).map(|((beat, value), curve)| Point { beat, value, curve });
        if point.is_none() {
            self.error(
                at,
                format!("found {}, expected a point: [beat, value] or [beat, value, \"hold\"]", tree.found()),
            );
        }
        point
    }

    pub(super) fn mappings(&mut self, table: &dyn TableLike) {
        for (source, item) in table.iter() {
            let span = item_span(table, source);
            let fields = item.as_table_like();
            let to = fields.map_or_else(|| item.as_str(), |fields| fields.get("to").and_then(Item::as_str));
            let Some(to) = to else {
                let found = Tree::of(item).found();
                self.error(
                    span,
                    format!("found {found}, expected a param: \"filter.cutoff\" or {{ to = \"filter.cutoff\" }}"),
                );
                continue;
            };
            let at = fields.map_or_else(|| span.clone(), |fields| item_span(fields, "to"));
            let Some(to) = self.param(to, at, Severity::Error) else { continue };
            let before = self.errors();
            let mapping = match fields {
                Some(fields) => self.mapping(to, fields),
                None => Mapping::plain(to),
            };
            if self.errors() > before {
                continue;
            }
            match mapping_problem(source, &mapping) {
                Some(problem) => self.error(span, format!("the mapping of `{source}` does not hold: {problem}")),
                None => {
                    self.spans.put(Place::Mapping(source.to_owned()), key_span(table, source));
                    self.patch.mappings.insert(source.to_owned(), mapping);
                }
            }
        }
    }

    fn mapping(&mut self, to: Socket, fields: &dyn TableLike) -> Mapping {
        self.unknown_keys(fields, MAPPING);
        let mut mapping = Mapping::plain(to);
        let number = |key: &str| fields.get(key).map(|item| Tree::of(item).number());
        match (number("min"), number("max")) {
            (None, None) => {}
            (Some(Some(min)), Some(Some(max))) => mapping.range = Some((min, max)),
            _ => {
                let key = if fields.contains_key("min") { "min" } else { "max" };
                self.error(item_span(fields, key), "expected two numbers: min and max");
            }
        }
        if let Some(item) = fields.get("from") {
            let ends = match Tree::of(item) {
                Tree::List(list) => match list.as_slice() {
                    [low, high] => low.number().zip(high.number()),
                    _ => None,
                },
                _ => None,
            };
            if ends.is_none() {
                self.error(item_span(fields, "from"), "expected what the control says at both ends: [0, 127]");
            }
            mapping.from = ends;
        }
        if let Some(item) = fields.get("curve") {
            mapping.curve = TRAVELS.iter().find(|(word, _)| item.as_str() == Some(word)).map(|(_, scale)| *scale);
            if mapping.curve.is_none() {
                let expected = TRAVELS.map(|(word, _)| format!("\"{word}\"")).join(" or ");
                self.error(
                    item_span(fields, "curve"),
                    format!("found {}, expected {expected}", Tree::of(item).found()),
                );
            }
        }
        if let Some(item) = fields.get("mode") {
            mapping.mode = item.as_str().and_then(|word| Name::parse(word).ok());
            if mapping.mode.is_none() {
                let found = Tree::of(item).found();
                self.error(item_span(fields, "mode"), format!("found {found}, expected a word such as \"toggle\""));
            }
        }
        mapping
    }

    pub(super) fn layout(&mut self, table: &dyn TableLike) {
        for (key, item) in table.iter() {
            let Some(name) = self.name(key, key_span(table, key)) else { continue };
            if !self.patch.has(name.as_str()) && !self.patch.beside.open {
                self.no_node(&name, key_span(table, key), Severity::Warning);
                continue;
            }
            if let Some(at) = self.pixels(item, item_span(table, key)) {
                self.spans.put(Place::Layout(name.clone()), key_span(table, key));
                self.patch.layout.insert(name, at);
            }
        }
    }

    /// A place or a size on the canvas.
    fn pixels(&mut self, item: &Item, span: Range<usize>) -> Option<[i32; 2]> {
        let tree = Tree::of(item);
        let pixel = |t: &Tree| match t.number() {
            Some(n) if n.fract() == 0.0 && n.abs() <= f64::from(i32::MAX) => Some(n as i32),
            _ => None,
        };
        let found = match &tree {
            Tree::List(list) => match list.as_slice() {
                [x, y] => pixel(x).zip(pixel(y)),
                _ => None,
            },
            _ => None,
        };
        if found.is_none() {
            self.error(span, format!("found {}, expected two whole numbers: [x, y]", tree.found()));
        }
        found.map(|(x, y)| [x, y])
    }

    pub(super) fn notes(&mut self, table: &dyn TableLike) {
        for (key, item) in table.iter() {
            let Some(name) = self.name(key, key_span(table, key)) else { continue };
            let Some(fields) = item.as_table_like() else {
                let message =
                    format!("found {}, expected a note: {{ text = \"...\", at = [0, 0] }}", Tree::of(item).found());
                self.error(item_span(table, key), message);
                continue;
            };
            let before = self.errors();
            let note = self.note(fields);
            if self.errors() > before {
                continue;
            }
            match note_problem(&note) {
                Some(problem) => self.error(item_span(fields, "size"), problem),
                None => {
                    self.spans.put(Place::Note(name.clone()), key_span(table, key));
                    self.patch.notes.insert(name, note);
                }
            }
        }
    }

    fn note(&mut self, fields: &dyn TableLike) -> Note {
        self.unknown_keys(fields, NOTE);
        let mut note = Note::default();
        match fields.get("text").map(|item| (item.as_str(), Tree::of(item).found())) {
            Some((Some(text), _)) => note.text = text.to_owned(),
            Some((None, found)) => {
                self.error(item_span(fields, "text"), format!("found {found}, expected a text in quotes"));
            }
            None => {}
        }
        if let Some(item) = fields.get("at") {
            note.at = self.pixels(item, item_span(fields, "at")).unwrap_or_default();
        }
        if let Some(item) = fields.get("size") {
            note.size = self.pixels(item, item_span(fields, "size"));
        }
        if let Some(item) = fields.get("color") {
            note.color = item.as_str().and_then(|word| Name::parse(word).ok());
            if note.color.is_none() {
                let found = Tree::of(item).found();
                self.error(item_span(fields, "color"), format!("found {found}, expected a word such as \"cyan\""));
            }
        }
        note
    }
}
