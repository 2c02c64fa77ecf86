//! Writes packets.

use super::{Argument, EncodeError, MAX_ARGUMENTS, MAX_DEPTH, MAX_ELEMENTS, MAX_PACKET, TimeTag};

/// Writes one packet after another into the same memory.
///
/// What [`bytes`](Encoder::bytes) returns is a whole packet after each call. A message that finds no room leaves the
/// packet as it was, so that the sender sends it, clears and writes the message again.
#[derive(Clone, Debug)]
pub struct Encoder {
    bytes: Vec<u8>,
    /// Where the content of each open bundle begins. In front of it is its size, but for the outermost.
    open: Vec<usize>,
    elements: usize,
    limit: usize,
}

/// One message as a packet.
///
/// # Errors
/// See [`Encoder::message`].
pub fn encode(address: &str, arguments: &[Argument<'_>]) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = Encoder::new(MAX_PACKET);
    encoder.message(address, arguments)?;
    Ok(encoder.bytes)
}

impl Encoder {
    /// Writes packets of at most `limit` bytes: [`MTU_PACKET`](super::MTU_PACKET) for what is sent often,
    /// [`MAX_DATAGRAM`](super::MAX_DATAGRAM), or [`MAX_PACKET`] on streams.
    pub fn new(limit: usize) -> Encoder {
        Encoder { bytes: Vec::new(), open: Vec::new(), elements: 0, limit: limit.min(MAX_PACKET) }
    }

    /// The packet so far: bundles that are open end here.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many messages and bundles have been written.
    pub fn elements(&self) -> usize {
        self.elements
    }

    /// Starts a new packet.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.open.clear();
        self.elements = 0;
    }

    /// Opens a bundle, within the one that is open if there is one.
    ///
    /// # Errors
    /// No room, too deep, or a whole message has been written.
    pub fn open(&mut self, at: TimeTag) -> Result<(), EncodeError> {
        if self.open.len() == MAX_DEPTH {
            return Err(EncodeError::Depth);
        }
        self.element(|bytes| {
            bytes.extend_from_slice(b"#bundle\0");
            bytes.extend_from_slice(&at.0.to_be_bytes());
            Ok(())
        })?;
        self.open.push(self.bytes.len() - 16);
        Ok(())
    }

    /// Closes the bundle that was opened last; nothing where none is open.
    pub fn close(&mut self) {
        // Without the bundle around everything, what comes next would be outside of the packet.
        if self.open.len() > 1 {
            self.open.pop();
        }
    }

    /// Writes a message, into the bundle that is open or as the whole packet.
    ///
    /// # Errors
    /// No room, not an address, zero bytes in text, arrays that do not close, or a whole message has been written.
    pub fn message(&mut self, address: &str, arguments: &[Argument<'_>]) -> Result<(), EncodeError> {
        if !address.starts_with('/') || address.contains('\0') {
            return Err(EncodeError::Address { address: address.to_owned() });
        }
        if arguments.len() > MAX_ARGUMENTS {
            return Err(EncodeError::Arguments { count: arguments.len() });
        }
        check_arrays(arguments)?;
        self.element(|bytes| {
            text(bytes, address)?;
            bytes.push(b',');
            bytes.extend(arguments.iter().map(|argument| argument.tag() as u8));
            bytes.push(0);
            pad(bytes);
            arguments.iter().try_for_each(|argument| write(bytes, argument))
        })
    }

    /// Writes an element with its size, or takes back what was written of it.
    fn element(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>) -> Result<(), EncodeError> {
        if self.open.is_empty() && !self.bytes.is_empty() {
            return Err(EncodeError::Whole);
        }
        if self.elements == MAX_ELEMENTS {
            return Err(EncodeError::Elements);
        }
        let start = self.bytes.len();
        if !self.open.is_empty() {
            self.bytes.extend_from_slice(&[0; 4]);
        }
        let content = self.bytes.len();
        let written = write(&mut self.bytes);
        let needed = self.bytes.len();
        if written.is_err() || needed > self.limit {
            self.bytes.truncate(start);
            return written.and(Err(EncodeError::Full { needed, limit: self.limit }));
        }
        if !self.open.is_empty() {
            self.set_size(content);
        }
        for level in 1..self.open.len() {
            self.set_size(self.open[level]);
        }
        self.elements += 1;
        Ok(())
    }

    /// Sets the size of the last element that begins here.
    fn set_size(&mut self, content: usize) {
        // No more than `MAX_PACKET`.
        let size = (self.bytes.len() - content) as i32;
        self.bytes[content - 4..content].copy_from_slice(&size.to_be_bytes());
    }
}

fn check_arrays(arguments: &[Argument<'_>]) -> Result<(), EncodeError> {
    let mut open = 0_usize;
    for (index, argument) in arguments.iter().enumerate() {
        match argument {
            Argument::ArrayStart => open += 1,
            Argument::ArrayEnd => open = open.checked_sub(1).ok_or(EncodeError::Array { index })?,
            _ => {}
        }
    }
    if open == 0 { Ok(()) } else { Err(EncodeError::Array { index: arguments.len() }) }
}

fn write(bytes: &mut Vec<u8>, argument: &Argument<'_>) -> Result<(), EncodeError> {
    match *argument {
        Argument::Int(value) => bytes.extend_from_slice(&value.to_be_bytes()),
        Argument::Float(value) => bytes.extend_from_slice(&value.to_be_bytes()),
        Argument::Str(value) | Argument::Symbol(value) => text(bytes, value)?,
        Argument::Blob(value) => blob(bytes, value)?,
        Argument::Long(value) => bytes.extend_from_slice(&value.to_be_bytes()),
        Argument::Time(value) => bytes.extend_from_slice(&value.0.to_be_bytes()),
        Argument::Double(value) => bytes.extend_from_slice(&value.to_be_bytes()),
        Argument::Char(value) => bytes.extend_from_slice(&u32::from(value).to_be_bytes()),
        Argument::Rgba(value) | Argument::Midi(value) => bytes.extend_from_slice(&value),
        Argument::Bool(_) | Argument::Impulse | Argument::Nil | Argument::ArrayStart | Argument::ArrayEnd => {}
    }
    Ok(())
}

fn text(bytes: &mut Vec<u8>, text: &str) -> Result<(), EncodeError> {
    if text.contains('\0') {
        return Err(EncodeError::Text { text: text.to_owned() });
    }
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(0);
    pad(bytes);
    Ok(())
}

fn blob(bytes: &mut Vec<u8>, blob: &[u8]) -> Result<(), EncodeError> {
    let size = i32::try_from(blob.len()).map_err(|_| EncodeError::Full { needed: blob.len(), limit: MAX_PACKET })?;
    bytes.extend_from_slice(&size.to_be_bytes());
    bytes.extend_from_slice(blob);
    pad(bytes);
    Ok(())
}

/// Fills up to a multiple of 4. All that is written before an element is one, too.
fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}
