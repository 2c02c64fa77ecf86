//! Help on what stands at a place of a script: for the pointer, and at the cursor.

use crate::language::Words;
use crate::language::scan::{call_before, tokens};
use crate::lsp::banks::Banks;
use crate::lsp::hover::page;
use std::ops::Range;

/// The last place that was asked for.
#[derive(Default)]
pub(super) struct Help {
    /// Revision and byte.
    of: Option<(u64, usize)>,
    page: Option<(Range<usize>, String)>,
}

impl Help {
    /// What is to be said of a place, in Markdown, and the bytes that it is about.
    pub(super) fn at(
        &mut self,
        words: &Words,
        (text, revision): (&str, u64),
        banks: Banks<'_>,
        at: usize,
    ) -> Option<&(Range<usize>, String)> {
        if self.of != Some((revision, at)) {
            self.of = Some((revision, at));
            self.page = page(words, text, banks, at);
        }
        self.page.as_ref()
    }
}

/// How the call that the cursor is in is written, in one line.
pub(super) fn signature(words: &Words, text: &str, at: usize) -> Option<String> {
    let tokens = tokens(text);
    let before = &tokens[..tokens.partition_point(|t| t.range.start < at)];
    let call = call_before(text, before)?;
    let fits = |word: &&crate::language::Word| word.method == call.method;
    let all = words.find(&call.name);
    let word = all.iter().find(fits).or_else(|| all.first())?;
    let nth = word.params.get(call.nth).map_or(String::new(), |param| format!("   {param}"));
    Some(format!("{}{nth}   {}", word.form, word.short))
}
