//! Blocks of a text: what one key press evaluates.

use std::ops::Range;

/// The blocks of a text in bytes: runs of lines between blank lines, widened to whole statements.
pub fn blocks(text: &str) -> Vec<Range<usize>> {
    let mut reader = Reader::default();
    let mut blocks = Vec::new();
    let mut open: Option<Range<usize>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let blank = line.trim().is_empty() && reader.between();
        if blank {
            // A statement that goes on behind the blank line takes it in.
            let ends = reader.ended() && !continues(&text[at + line.len()..]);
            if let Some(range) = open.take_if(|_| ends) {
                blocks.push(range);
            }
        } else {
            let start = open.as_ref().map_or(at, |range| range.start);
            open = Some(start..at + line.trim_end().len());
        }
        reader.read(line);
        at += line.len();
    }
    blocks.extend(open);
    blocks
}

/// A text cut behind each `;` that ends a statement: each piece holds whole statements.
pub(crate) fn pieces(text: &str) -> Vec<Range<usize>> {
    // Code within a text may hold texts of its own, which the reader does not follow: such a file is one piece.
    if text.contains("${") {
        return core::iter::once(0..text.len()).collect();
    }
    let mut reader = Reader::default();
    let (mut at, mut start, mut pieces) = (0, 0, Vec::new());
    for line in text.split_inclusive('\n') {
        reader.ends.clear();
        reader.read(line);
        for end in &reader.ends {
            pieces.push(start..at + end);
            start = at + end;
        }
        at += line.len();
    }
    pieces.push(start..text.len());
    pieces
}

/// Whether a text holds more than comments.
pub(crate) fn has_code(text: &str) -> bool {
    let mut reader = Reader::default();
    text.split_inclusive('\n').for_each(|line| reader.read(line));
    reader.last.is_some()
}

/// The block that a byte of the text is in; on a blank line, the one before.
pub fn block_at(text: &str, byte: usize) -> Option<Range<usize>> {
    blocks(text).into_iter().take_while(|range| range.start <= byte).last()
}

/// The text with all but a range blanked, so that lines and columns stay.
pub(crate) fn only(text: &str, range: &Range<usize>) -> String {
    blanked(text, |at| range.contains(&at))
}

/// The same with the `import` lines of the whole text kept.
pub(crate) fn with_imports(text: &str, range: &Range<usize>) -> String {
    let mut imports = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("import ") && line.trim_end().ends_with(';') {
            imports.push(at..at + line.len());
        }
        at += line.len();
    }
    blanked(text, |at| range.contains(&at) || imports.iter().any(|import| import.contains(&at)))
}

fn blanked(text: &str, keep: impl Fn(usize) -> bool) -> String {
    // One space a character, since columns count characters; places in bytes are found in the whole text.
    text.char_indices().map(|(at, c)| if keep(at) || c == '\n' { c } else { ' ' }).collect()
}

/// Whether a text begins, behind spaces and comments, with what belongs to the statement before.
fn continues(text: &str) -> bool {
    let code = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("//")).unwrap_or("");
    code.starts_with('.') || code.starts_with("else") || code.starts_with(">>")
}

/// Follows texts, comments and brackets.
#[derive(Default)]
struct Reader {
    inside: Inside,
    depth: usize,
    /// The last character that is neither space nor comment.
    last: Option<char>,
    /// Behind which bytes of the line a statement ends.
    ends: Vec<usize>,
}

#[derive(Default, PartialEq)]
enum Inside {
    #[default]
    Code,
    /// A text until this quote.
    Text(char),
    /// A comment of so many levels.
    Comment(usize),
}

impl Reader {
    /// Whether a blank line is none of a text or comment.
    fn between(&self) -> bool {
        self.inside == Inside::Code
    }

    /// Whether a statement may end here.
    fn ended(&self) -> bool {
        self.depth == 0 && self.last.is_none_or(|c| c == ';' || c == '}')
    }

    fn read(&mut self, line: &str) {
        let mut chars = line.char_indices().map(|(at, c)| (c, at)).peekable();
        while let Some((c, at)) = chars.next() {
            match self.inside {
                Inside::Code => match (c, chars.peek().map(|(c, _)| c)) {
                    ('/', Some('/')) => return,
                    ('/', Some('*')) => {
                        chars.next();
                        self.inside = Inside::Comment(1);
                    }
                    _ => self.code(c, at),
                },
                Inside::Text('"') if c == '\\' => _ = chars.next(),
                Inside::Text(quote) if c == quote => self.inside = Inside::Code,
                Inside::Text(_) => {}
                Inside::Comment(levels) => match (c, chars.peek().map(|(c, _)| c)) {
                    ('*', Some('/')) => {
                        chars.next();
                        self.inside = if levels == 1 { Inside::Code } else { Inside::Comment(levels - 1) };
                    }
                    ('/', Some('*')) => {
                        chars.next();
                        self.inside = Inside::Comment(levels + 1);
                    }
                    _ => {}
                },
            }
        }
        // A text in double quotes ends with its line, unless the line ends with a backslash.
        if self.inside == Inside::Text('"') && !line.trim_end_matches(['\r', '\n']).ends_with('\\') {
            self.inside = Inside::Code;
        }
    }

    fn code(&mut self, c: char, at: usize) {
        match c {
            ';' if self.depth == 0 => self.ends.push(at + 1),
            '"' | '`' => self.inside = Inside::Text(c),
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if !c.is_whitespace() {
            self.last = Some(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        blocks(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn blank_lines_part_blocks_but_no_statement() {
        assert_eq!(split("a();\nb();\n\n\nc();\n"), ["a();\nb();", "c();"]);
        assert_eq!(split("f(\n\n  1);\n\ng();"), ["f(\n\n  1);", "g();"]);
        assert_eq!(split("let a = 1\n\n + 2;\n\nb();"), ["let a = 1\n\n + 2;", "b();"]);
        assert_eq!(split("if a {\n}\n\nelse {\n}\n\nb();"), ["if a {\n}\n\nelse {\n}", "b();"]);
        assert_eq!(
            split("a(\"(\");\n\nb(`\n\n`);\n\n/* (\n\n */\n\nc();"),
            ["a(\"(\");", "b(`\n\n`);", "/* (\n\n */", "c();"]
        );
        assert_eq!(split("\n\n"), [""; 0]);
    }

    #[test]
    fn pieces_hold_whole_statements() {
        let text = "a(\";\"); b(); // ;\nfn f() { 1; 2 }\nlet c = |x| { x; };\n/* ; */ d()";
        let all: Vec<&str> = pieces(text).into_iter().map(|piece| &text[piece]).collect();
        assert_eq!(all, ["a(\";\");", " b();", " // ;\nfn f() { 1; 2 }\nlet c = |x| { x; };", "\n/* ; */ d()"]);
    }

    #[test]
    fn a_block_is_found_by_a_place_in_it() {
        let text = "a();\n\nb();\nc();\n";
        assert_eq!(block_at(text, 0), Some(0..4));
        assert_eq!(block_at(text, 5), Some(0..4));
        assert_eq!(block_at(text, 12), Some(6..15));
        assert!(has_code("// a\nb();") && !has_code("// a\n/* b(); */\n"));
        assert_eq!(only(text, &(6..10)), "    \n\nb();\n    \n");
    }
}
