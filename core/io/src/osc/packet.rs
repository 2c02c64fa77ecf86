//! A packet: one message, or a bundle of messages and bundles.

use super::read::Reader;
use super::{DecodeError, MAX_DEPTH, MAX_ELEMENTS, MAX_PACKET, Message, TimeTag};

const BUNDLE: &[u8] = b"#bundle\0";

/// Checks a packet, to the last byte. Nothing is copied or allocated, and bundles are walked without recursion.
///
/// Stricter than most: padding is zero, sizes are exact, text is UTF-8, arrays close. One liberty: a message that ends
/// after its address has no arguments, as old senders leave empty type tags out.
///
/// # Errors
/// The first fault, with its place and what was expected there.
///
/// *Source*: Wright, The Open Sound Control 1.0 Specification (2002).
pub fn decode(bytes: &[u8]) -> Result<Packet<'_>, DecodeError> {
    if bytes.is_empty() || !bytes.len().is_multiple_of(4) || bytes.len() > MAX_PACKET {
        return Err(DecodeError::Length { bytes: bytes.len(), max: MAX_PACKET });
    }
    let mut walk = Walk::new(bytes);
    while let Some(timed) = walk.step()? {
        timed.message.check()?;
    }
    Ok(Packet { bytes })
}

/// The bytes of a packet, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    bytes: &'a [u8],
}

impl<'a> Packet<'a> {
    /// The bytes.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// All messages in order, bundles opened. Those of one bundle apply together: nothing comes between them.
    pub fn messages(self) -> Messages<'a> {
        Messages { walk: Walk::new(self.bytes) }
    }

    /// A copy that keeps its bytes.
    pub fn to_owned(self) -> OwnedPacket {
        OwnedPacket { bytes: self.bytes.into() }
    }
}

/// A packet, checked, with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedPacket {
    bytes: Box<[u8]>,
}

impl OwnedPacket {
    /// The packet.
    pub fn view(&self) -> Packet<'_> {
        Packet { bytes: &self.bytes }
    }
}

/// A message and when it applies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timed<'a> {
    /// The tag of the bundle around it; the latest where bundles are within one another; now outside of any.
    pub at: TimeTag,
    /// The message.
    pub message: Message<'a>,
}

/// The messages of a packet.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    walk: Walk<'a>,
}

impl<'a> Iterator for Messages<'a> {
    type Item = Timed<'a>;

    fn next(&mut self) -> Option<Timed<'a>> {
        // The packet has been checked: an error does not come.
        self.walk.step().ok().flatten()
    }
}

/// A bundle that has begun.
#[derive(Clone, Copy, Debug)]
struct Level {
    end: usize,
    at: TimeTag,
}

/// Goes from message to message.
#[derive(Clone, Debug)]
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    elements: usize,
    depth: usize,
    levels: [Level; MAX_DEPTH],
}

impl<'a> Walk<'a> {
    fn new(bytes: &'a [u8]) -> Walk<'a> {
        Walk { bytes, at: 0, elements: 0, depth: 0, levels: [Level { end: 0, at: TimeTag::IMMEDIATE }; MAX_DEPTH] }
    }

    /// The next message, its arguments unread.
    fn step(&mut self) -> Result<Option<Timed<'a>>, DecodeError> {
        while let Some(element) = self.element()? {
            let (start, outer) = (element.at, self.level().map_or(TimeTag::IMMEDIATE, |level| level.at));
            self.elements += 1;
            if self.elements > MAX_ELEMENTS {
                return Err(DecodeError::Elements { at: start });
            }
            if !element.left().starts_with(BUNDLE) {
                let message = Message::read(element)?;
                self.at = element.bytes.len();
                return Ok(Some(Timed { at: outer, message }));
            }
            let mut head = Reader { at: start + BUNDLE.len(), ..element };
            let at = TimeTag(u64::from_be_bytes(head.word("the time tag of a bundle")?));
            let level = self.levels.get_mut(self.depth).ok_or(DecodeError::Depth { at: start })?;
            *level = Level { end: element.bytes.len(), at: outer.later(at) };
            self.depth += 1;
            self.at = head.at;
        }
        Ok(None)
    }

    fn level(&self) -> Option<&Level> {
        self.levels[..self.depth].last()
    }

    /// The next message or bundle: all of the packet, or what the next size in a bundle says. Leaves bundles that end.
    fn element(&mut self) -> Result<Option<Reader<'a>>, DecodeError> {
        if self.elements == 0 {
            return Ok(Some(Reader { bytes: self.bytes, at: 0 }));
        }
        while let Some(end) = self.level().map(|level| level.end) {
            if self.at == end {
                self.depth -= 1;
                continue;
            }
            let start = self.at;
            let mut reader = Reader { bytes: &self.bytes[..end], at: start };
            let size = i32::from_be_bytes(reader.word("the size of an element")?);
            let max = end - reader.at;
            let fits = usize::try_from(size).ok().filter(|size| *size <= max && *size >= 4 && size.is_multiple_of(4));
            let Some(fits) = fits else {
                let expected = "a multiple of 4 from 4";
                return Err(DecodeError::Size { at: start, what: "an element", size, expected, max });
            };
            return Ok(Some(Reader { bytes: &self.bytes[..reader.at + fits], at: reader.at }));
        }
        Ok(None)
    }
}
