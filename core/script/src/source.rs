//! The text under evaluation, cut for fingerprints: what a closure does is told by the statement that it stands in, by
//! the functions of the script, by what it captured and by the modules.

use crate::block;
use crate::shared::Home;
use bf_pattern::{Pattern, Print, Ratio, Transform};
use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map, Position};
use std::ops::Range;

/// A text with its statements.
#[derive(Debug, Default)]
pub(crate) struct Source {
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
    pieces: Vec<Range<usize>>,
    /// The fingerprint of every piece that may hold functions.
    functions: u64,
}

impl Source {
    pub(crate) fn new(text: &str) -> Source {
        let pieces = block::pieces(text);
        let holding = pieces.iter().map(|piece| &text[piece.clone()]).filter(|piece| piece.contains("fn"));
        let functions = holding.fold(Print::of("functions"), |print, piece| print.with(piece.trim()));
        let lines = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Source { text: text.to_owned(), lines, pieces, functions: functions.done().unwrap_or_default() }
    }

    /// The byte of a place.
    pub(crate) fn byte(&self, pos: Position) -> Option<usize> {
        let (line, column) = (pos.line()?.checked_sub(1)?, pos.position()?.checked_sub(1)?);
        let start = *self.lines.get(line)?;
        let (at, _) = self.text.get(start..)?.char_indices().nth(column)?;
        Some(start + at)
    }

    /// The place of a byte at the beginning of a line.
    pub(crate) fn position(&self, byte: usize) -> Option<Position> {
        let line = self.lines.partition_point(|start| *start <= byte);
        Some(Position::new(u16::try_from(line).ok()?, 1))
    }

    /// The statement around a place, and how far into it the place is.
    fn piece(&self, pos: Position) -> Option<(&str, usize)> {
        let at = self.byte(pos)?;
        let piece = self.pieces.iter().find(|piece| piece.contains(&at))?;
        let text = &self.text[piece.clone()];
        let trimmed = text.trim_start();
        Some((trimmed, at.checked_sub(piece.start + text.len() - trimmed.len())?))
    }
}

/// The fingerprint of a function of the script with what it captured.
pub(crate) fn closure(home: &Home, function: &FnPtr) -> Option<u64> {
    let name = function.fn_name();
    let params = home.ast.iter_functions().find(|f| f.name == name)?.params.len();
    let definition = home.ast.shared_lib().get_script_fn(name, params)?;
    let print = if function.is_anonymous() {
        let (piece, at) = home.source.piece(definition.body.start_position())?;
        Print::of("closure").with(piece).with(at)
    } else {
        Print::of("function").with(name)
    };
    let print = print.with(home.source.functions).with(home.imported).with(function.curry().len());
    function.curry().iter().fold(print, |print, value| print.part(dynamic(home, value))).done()
}

/// The fingerprint of a value of the script.
fn dynamic(home: &Home, value: &Dynamic) -> Option<u64> {
    let print = Print::of(value.type_name());
    if let Ok(n) = value.as_int() {
        return print.with(n).done();
    }
    if let Ok(n) = value.as_float() {
        return print.with(n.to_bits()).done();
    }
    if let Ok(truth) = value.as_bool() {
        return print.with(truth).done();
    }
    if value.is_unit() {
        return print.done();
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return print.with(text.as_str()).done();
    }
    if let Some(ratio) = value.read_lock::<Ratio>() {
        return print.with((ratio.num(), ratio.den())).done();
    }
    if let Some(pattern) = value.read_lock::<Pattern>() {
        return print.part(pattern.fingerprint()).done();
    }
    if let Some(transform) = value.read_lock::<Transform>() {
        return print.part(transform.fingerprint()).done();
    }
    if let Some(f) = value.read_lock::<FnPtr>() {
        return print.part(closure(home, &f)).done();
    }
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().fold(print.with(list.len()), |print, item| print.part(dynamic(home, item))).done();
    }
    let map = value.read_lock::<Map>()?;
    let items = map.iter();
    items.fold(print.with(map.len()), |print, (name, item)| print.with(name.as_str()).part(dynamic(home, item))).done()
}
