//! One message, as it lies in its packet.

use super::read::Reader;
use super::{Argument, DecodeError, MAX_ARGUMENTS};
use std::fmt;

/// An address with arguments, pointing into a packet that has been checked.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    address: &'a str,
    /// Without the comma.
    tags: &'a str,
    tags_at: usize,
    arguments: Reader<'a>,
}

impl<'a> Message<'a> {
    /// Reads the head of the message that begins at `reader` and fills it.
    pub(super) fn read(mut reader: Reader<'a>) -> Result<Message<'a>, DecodeError> {
        if reader.left().first() != Some(&b'/') {
            return Err(DecodeError::Start { at: reader.at });
        }
        let address = reader.text("an address")?;
        // Old senders leave the tags out. Without tags, what follows could be anything, and nothing may follow.
        if reader.left().is_empty() {
            return Ok(Message { address, tags: "", tags_at: reader.at, arguments: reader });
        }
        if reader.left().first() != Some(&b',') {
            return Err(DecodeError::Tags { at: reader.at });
        }
        let tags_at = reader.at + 1;
        let tags = reader.text("the type tags")?;
        Ok(Message { address, tags: &tags[1..], tags_at, arguments: reader })
    }

    /// Checks all arguments.
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        let (mut reader, mut open) = (self.arguments, 0_usize);
        if self.tags.len() > MAX_ARGUMENTS {
            return Err(DecodeError::Arguments { at: self.tags_at + MAX_ARGUMENTS });
        }
        for (n, tag) in self.tags.bytes().enumerate() {
            match reader.argument(tag, self.tags_at + n)? {
                Argument::ArrayStart => open += 1,
                Argument::ArrayEnd => {
                    open = open.checked_sub(1).ok_or(DecodeError::Array { at: self.tags_at + n })?;
                }
                _ => {}
            }
        }
        if open > 0 {
            return Err(DecodeError::Array { at: self.tags_at + self.tags.len() });
        }
        match reader.left().len() {
            0 => Ok(()),
            bytes => Err(DecodeError::Trailing { at: reader.at, bytes }),
        }
    }

    /// Where it goes: begins with `/`, and may be a pattern.
    pub fn address(&self) -> &'a str {
        self.address
    }

    /// The type tags without their comma; empty, too, where an old sender leaves them out.
    pub fn tags(&self) -> &'a str {
        self.tags
    }

    /// What it carries. Arrays are flat: between [`Argument::ArrayStart`] and [`Argument::ArrayEnd`], which match.
    pub fn arguments(&self) -> Arguments<'a> {
        Arguments { tags: self.tags.as_bytes().iter(), reader: self.arguments }
    }
}

impl PartialEq for Message<'_> {
    fn eq(&self, other: &Message<'_>) -> bool {
        self.address == other.address && self.tags == other.tags && self.arguments().eq(other.arguments())
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.address)?;
        self.arguments().try_for_each(|argument| write!(f, " {argument}"))
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({self})")
    }
}

/// The arguments of a message, in order.
#[derive(Clone, Debug)]
pub struct Arguments<'a> {
    tags: std::slice::Iter<'a, u8>,
    reader: Reader<'a>,
}

impl<'a> Iterator for Arguments<'a> {
    type Item = Argument<'a>;

    fn next(&mut self) -> Option<Argument<'a>> {
        // The packet has been checked: an error does not come.
        self.tags.next().and_then(|tag| self.reader.argument(*tag, 0).ok())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.tags.size_hint()
    }
}
