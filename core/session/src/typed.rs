//! Lines that are typed beside a set's script: each is a block of a text that grows.

use crate::session::{Script, Session};
use std::ops::Range;

/// How much of them is kept.
const KEPT_BYTES: usize = 1 << 16;

/// Lines that were typed, one below the other.
pub(crate) struct Typed {
    name: &'static str,
    text: String,
}

/// A line among all that stands above it.
pub(crate) struct Line {
    /// The set's script with all lines below it; the last is to be evaluated.
    pub script: Script,
    /// Where the line stands in it.
    pub range: Range<usize>,
    /// Lines of the text above it.
    pub above: u32,
    /// What was typed before it, for [`Typed::take_back`].
    pub before: usize,
}

impl Typed {
    /// Nothing so far; `name` is what messages call the text.
    pub(crate) fn new(name: &'static str) -> Typed {
        Typed { name, text: String::new() }
    }

    /// What messages call the text.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Adds a line.
    pub(crate) fn add(&mut self, line: &str, session: &Session) -> Line {
        let script = session.folder().script.clone();
        let base = script.and_then(|path| session.folder().read_script(&path).ok()).map(|(_, text)| text);
        if self.text.len() > KEPT_BYTES {
            // What was typed long ago is let go, line by line from the first.
            let cut = self.text.len() - KEPT_BYTES / 2;
            let at = self.text.char_indices().map(|(at, _)| at).find(|at| *at >= cut).unwrap_or(0);
            self.text = self.text[at..].split_once("\n\n").map_or(String::new(), |(_, rest)| format!("\n\n{rest}"));
        }
        let before = self.text.len();
        self.text = format!("{}\n\n{line}", self.text);
        let whole = format!("{}{}", base.unwrap_or_default(), self.text);
        let range = whole.len() - line.len()..whole.len();
        let above = whole[..range.start].matches('\n').count() as u32;
        let script =
            Script { file: self.name.to_owned(), text: whole, part: Some(range.clone()), quant: session.quant };
        Line { script, range, above, before }
    }

    /// Takes it that a line, and all below it, was not typed.
    pub(crate) fn take_back(&mut self, before: usize) {
        self.text.truncate(before);
    }
}
