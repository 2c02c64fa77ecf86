//! Places in a text: bytes here, lines and UTF-16 units in an editor, lines and characters in a message.

use lsp_types::{Position, Range as Lines, TextDocumentContentChangeEvent, Uri};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The byte where a line begins; the end of the text where there are fewer.
fn line_start(text: &str, line: usize) -> usize {
    if line == 0 {
        return 0;
    }
    text.match_indices('\n').nth(line - 1).map_or(text.len(), |(at, _)| at + 1)
}

/// The line without its end.
fn line_at(text: &str, start: usize) -> &str {
    text[start..].split('\n').next().unwrap_or_default().trim_end_matches('\r')
}

/// The byte of an editor's place; past the end of its line, that end.
pub(crate) fn byte_of(text: &str, place: Position) -> usize {
    let start = line_start(text, place.line as usize);
    let mut units = 0;
    for (at, c) in line_at(text, start).char_indices() {
        if units >= place.character as usize {
            return start + at;
        }
        units += c.len_utf16();
    }
    start + line_at(text, start).len()
}

/// The byte of a line and column in characters, both from 1.
pub(crate) fn byte_at(text: &str, line: u32, column: u32) -> usize {
    let start = line_start(text, line.saturating_sub(1) as usize);
    let line = line_at(text, start);
    start + line.char_indices().nth(column.saturating_sub(1) as usize).map_or(line.len(), |(at, _)| at)
}

/// The editor's place of a byte.
pub(crate) fn place_of(text: &str, byte: usize) -> Position {
    let byte = floor(text, byte);
    let before = &text[..byte];
    let line = before.matches('\n').count();
    let units = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
    Position::new(u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(units).unwrap_or(u32::MAX))
}

/// The editor's range of bytes.
pub(crate) fn lines_of(text: &str, range: &Range<usize>) -> Lines {
    Lines::new(place_of(text, range.start), place_of(text, range.end))
}

/// The beginning of the character that a byte is in.
fn floor(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// The file of an address.
pub(crate) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let path = uri.as_str().strip_prefix("file://")?;
    let path = path.strip_prefix("localhost").unwrap_or(path);
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let hex = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
        match byte {
            b'%' => bytes.push(u8::try_from(hex(rest.next())? * 16 + hex(rest.next())?).ok()?),
            _ => bytes.push(byte),
        }
    }
    let path = String::from_utf8(bytes).ok()?;
    // `/c:/set` on Windows.
    let drive = path.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    Some(PathBuf::from(if drive { &path[1..] } else { &path }))
}

/// The address of a file.
pub(crate) fn uri_of(path: &Path) -> Option<Uri> {
    let mut text = "file://".to_owned();
    let shown = path.to_str()?.replace('\\', "/");
    if !shown.starts_with('/') {
        text.push('/');
    }
    for byte in shown.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"/-._~:@!$&'()*+,;=".contains(&byte);
        if plain { text.push(char::from(byte)) } else { text.push_str(&format!("%{byte:02X}")) }
    }
    text.parse().ok()
}

/// A change of a text, in bytes of the text before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) range: Range<usize>,
    pub(crate) len: usize,
}

/// Applies what an editor says has changed.
pub(crate) fn change(text: &mut String, event: &TextDocumentContentChangeEvent) -> Change {
    let Some(lines) = event.range else {
        // The whole text: what differs is between what is equal at both ends.
        let change = differing(text, &event.text);
        text.clone_from(&event.text);
        return change;
    };
    let (a, b) = (byte_of(text, lines.start), byte_of(text, lines.end));
    let range = a.min(b)..a.max(b);
    text.replace_range(range.clone(), &event.text);
    Change { range, len: event.text.len() }
}

/// What differs between what is equal at both ends.
pub(crate) fn differing(old: &str, new: &str) -> Change {
    let same = |a: &mut dyn Iterator<Item = (char, char)>| -> usize {
        a.take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum()
    };
    let head = same(&mut old.chars().zip(new.chars()));
    let tail = same(&mut old[head..].chars().rev().zip(new[head..].chars().rev()));
    Change { range: head..old.len() - tail, len: new.len() - tail - head }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_utf_16_units() {
        let text = "a\r\n🎵bä\nc";
        let pairs = [(0, 0, 0), (1, 0, 1), (3, 1, 0), (7, 1, 2), (8, 1, 3), (10, 1, 4), (11, 2, 0), (12, 2, 1)];
        for (byte, line, character) in pairs {
            assert_eq!(place_of(text, byte), Position::new(line, character), "{byte}");
            assert_eq!(byte_of(text, Position::new(line, character)), byte, "{line}:{character}");
        }
        assert_eq!(byte_of(text, Position::new(0, 99)), 1);
        assert_eq!(byte_of(text, Position::new(9, 9)), text.len());
        assert_eq!((byte_at(text, 2, 2), byte_at(text, 2, 3), byte_at(text, 9, 1)), (7, 8, 12));
        assert_eq!(place_of(text, 5), Position::new(1, 0));
    }

    #[test]
    fn addresses_lead_to_files_and_back() {
        let path = Path::new("/sets/a set/lïve [1].rhai");
        let uri = uri_of(path).unwrap();
        assert_eq!(uri.as_str(), "file:///sets/a%20set/l%C3%AFve%20%5B1%5D.rhai");
        assert_eq!(path_of(&uri), Some(path.to_owned()));
        assert_eq!(path_of(&"untitled:Untitled-1".parse().unwrap()), None);
    }

    #[test]
    fn a_change_without_a_range_is_found() {
        let whole = |text: &str| TextDocumentContentChangeEvent { range: None, range_length: None, text: text.into() };
        let mut text = "one two three".to_owned();
        assert_eq!(change(&mut text, &whole("one 2 three")), Change { range: 4..7, len: 1 });
        assert_eq!(change(&mut text, &whole("one 22 three")), Change { range: 5..5, len: 1 });
        assert_eq!(change(&mut text, &whole("one 22 three")), Change { range: 12..12, len: 0 });
        assert_eq!(text, "one 22 three");
    }
}
