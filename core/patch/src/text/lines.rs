//! Where the lines of a text begin.

use core::ops::Range;

/// The offset at which each line begins.
#[derive(Clone, Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn new(text: &str) -> Lines {
        let after_newlines = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        Lines(core::iter::once(0).chain(after_newlines).collect())
    }

    /// The number of the line, from 0, that holds an offset.
    pub(super) fn index(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset) - 1
    }

    /// Line and column in characters, both from 1. A byte order mark in front is not counted.
    pub(super) fn position(&self, text: &str, offset: usize) -> (u32, u32) {
        let line = self.index(offset);
        let before = text.get(self.0[line]..offset).unwrap_or("");
        (line as u32 + 1, before.trim_start_matches('\u{feff}').chars().count() as u32 + 1)
    }

    /// Where a line begins, by its number from 1.
    pub(super) fn start_of(&self, line: u32) -> usize {
        self.0.get((line as usize).saturating_sub(1)).copied().unwrap_or(0)
    }

    /// Where the line of an offset begins.
    pub(super) fn line_start(&self, offset: usize) -> usize {
        self.0[self.index(offset)]
    }

    /// Where the next line begins, or the text ends.
    pub(super) fn next_line(&self, text: &str, offset: usize) -> usize {
        self.0.get(self.index(offset) + 1).copied().unwrap_or(text.len())
    }

    /// Where the line of an offset ends, before its line end.
    pub(super) fn line_end(&self, text: &str, offset: usize) -> usize {
        let next = self.next_line(text, offset);
        let line = &text[self.line_start(offset)..next];
        self.line_start(offset) + line.trim_end_matches(['\n', '\r']).len()
    }

    /// The lines that a span touches, whole, with the comment lines right above.
    pub(super) fn block(&self, text: &str, span: &Range<usize>) -> Range<usize> {
        let mut line = self.index(span.start);
        while line > 0 && text[self.0[line - 1]..self.0[line]].trim_start().starts_with('#') {
            line -= 1;
        }
        self.0[line]..self.next_line(text, span.end.saturating_sub(1).max(span.start))
    }

    /// A block with the blank line behind it, or at the end of the text before it, that would be one too many.
    pub(super) fn with_blank(&self, text: &str, block: Range<usize>) -> Range<usize> {
        let is_blank = |line: &Range<usize>| !line.is_empty() && text[line.clone()].trim().is_empty();
        let before = match block.start {
            0 => 0..0,
            start => self.line_start(start - 1)..start,
        };
        let behind = block.end..self.next_line(text, block.end).max(block.end);
        match (is_blank(&before), behind.is_empty()) {
            (true, true) => before.start..block.end,
            (true, false) if is_blank(&behind) => block.start..behind.end,
            _ => block,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters() {
        let text = "\u{feff}a = 1\r\n# ü\nü = 2";
        let lines = Lines::new(text);
        assert_eq!(lines.position(text, 3), (1, 1));
        assert_eq!(lines.position(text, text.find('2').unwrap()), (3, 5));
        assert_eq!(&text[lines.line_start(5)..lines.line_end(text, 5)], "\u{feff}a = 1");
        assert_eq!(lines.position(text, text.len()), (3, 6));
        assert_eq!(lines.position("", 0), (1, 1));
    }

    #[test]
    fn a_block_takes_the_comments_above() {
        let text = "# far\n\n# near\n# nearer\na = 1 # own\nb = 2\n";
        let lines = Lines::new(text);
        let at = text.find("a =").unwrap();
        assert_eq!(&text[lines.block(text, &(at..at + 5))], "# near\n# nearer\na = 1 # own\n");
    }
}
