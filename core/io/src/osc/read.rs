//! Reads the parts of a packet, each padded to 4 bytes, and never past an element's end.

use super::{Argument, DecodeError, TimeTag};

/// A place in a packet. What is behind the end of the element that is read has been cut off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    /// The packet from its start, so that `at` is the place to name in an error.
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn left(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn word<const N: usize>(&mut self, within: &'static str) -> Result<[u8; N], DecodeError> {
        let word = self.left().first_chunk::<N>().ok_or(DecodeError::Truncated { at: self.at, within })?;
        self.at += N;
        Ok(*word)
    }

    /// Text up to a zero byte.
    pub(super) fn text(&mut self, what: &'static str) -> Result<&'a str, DecodeError> {
        let left = self.left();
        let len =
            left.iter().position(|byte| *byte == 0).ok_or(DecodeError::Truncated { at: self.at, within: what })?;
        let text = std::str::from_utf8(&left[..len])
            .map_err(|error| DecodeError::Text { at: self.at + error.valid_up_to(), what })?;
        self.padding(len, (len / 4 + 1) * 4, what)?;
        Ok(text)
    }

    fn blob(&mut self) -> Result<&'a [u8], DecodeError> {
        let start = self.at;
        let size = i32::from_be_bytes(self.word("the size of a blob")?);
        let left = self.left();
        let blob = usize::try_from(size).ok().and_then(|size| left.get(..size)).ok_or(DecodeError::Size {
            at: start,
            what: "a blob",
            size,
            expected: "0",
            max: left.len(),
        })?;
        self.padding(blob.len(), blob.len().next_multiple_of(4), "a blob")?;
        Ok(blob)
    }

    /// Goes `padded` bytes on; those from `len` on must be there and zero.
    fn padding(&mut self, len: usize, padded: usize, what: &'static str) -> Result<(), DecodeError> {
        let padding = self.left().get(len..padded).ok_or(DecodeError::Truncated { at: self.at + len, within: what })?;
        if let Some((n, byte)) = padding.iter().enumerate().find(|(_, byte)| **byte != 0) {
            return Err(DecodeError::Padding { at: self.at + len + n, what, byte: *byte });
        }
        self.at += padded;
        Ok(())
    }

    /// The argument of a type tag; `tag_at` is where the tag is.
    pub(super) fn argument(&mut self, tag: u8, tag_at: usize) -> Result<Argument<'a>, DecodeError> {
        Ok(match tag {
            b'i' => Argument::Int(i32::from_be_bytes(self.word("an integer")?)),
            b'f' => Argument::Float(f32::from_be_bytes(self.word("a float")?)),
            b's' => Argument::Str(self.text("a string")?),
            b'b' => Argument::Blob(self.blob()?),
            b'h' => Argument::Long(i64::from_be_bytes(self.word("a long integer")?)),
            b't' => Argument::Time(TimeTag(u64::from_be_bytes(self.word("a time tag")?))),
            b'd' => Argument::Double(f64::from_be_bytes(self.word("a double")?)),
            b'S' => Argument::Symbol(self.text("a symbol")?),
            b'c' => {
                let at = self.at;
                let value = u32::from_be_bytes(self.word("a character")?);
                Argument::Char(char::from_u32(value).ok_or(DecodeError::Char { at, value })?)
            }
            b'r' => Argument::Rgba(self.word("a colour")?),
            b'm' => Argument::Midi(self.word("a MIDI message")?),
            b'T' => Argument::Bool(true),
            b'F' => Argument::Bool(false),
            b'I' => Argument::Impulse,
            b'N' => Argument::Nil,
            b'[' => Argument::ArrayStart,
            b']' => Argument::ArrayEnd,
            _ => return Err(DecodeError::Tag { at: tag_at, tag }),
        })
    }
}
