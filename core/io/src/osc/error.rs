//! Why bytes are no OSC packet, and why values cannot become one.

use super::{MAX_ARGUMENTS, MAX_DEPTH, MAX_ELEMENTS};

/// Why bytes are no OSC packet. `at` counts bytes from the packet's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The packet as a whole has no length that a packet can have.
    #[error("a packet of {bytes} bytes; expected a multiple of 4 from 4 to {max}")]
    Length {
        /// How long it is.
        bytes: usize,
        /// The longest.
        max: usize,
    },
    /// It ends too early.
    #[error("byte {at}: it ends within {within}")]
    Truncated {
        /// Where that begins which is cut off.
        at: usize,
        /// What that is.
        within: &'static str,
    },
    /// Something follows where nothing should.
    #[error("byte {at}: {bytes} bytes follow the last argument; expected the end of the message")]
    Trailing {
        /// Where they begin.
        at: usize,
        /// How many they are.
        bytes: usize,
    },
    /// The size of an element or a blob cannot be.
    #[error("byte {at}: {what} of {size} bytes; expected {expected} to {max}")]
    Size {
        /// Where the size is.
        at: usize,
        /// What has it.
        what: &'static str,
        /// The size.
        size: i32,
        /// What it should be, without the upper bound.
        expected: &'static str,
        /// The bytes that are left.
        max: usize,
    },
    /// What fills up to a multiple of 4 is not zero.
    #[error("byte {at}: a byte of {byte:#04x} after {what}; expected 0, up to a multiple of 4")]
    Padding {
        /// Where it is.
        at: usize,
        /// What it follows.
        what: &'static str,
        /// The byte.
        byte: u8,
    },
    /// Text is not UTF-8.
    #[error("byte {at}: {what} is not UTF-8")]
    Text {
        /// The first byte that is not.
        at: usize,
        /// Which text.
        what: &'static str,
    },
    /// Neither a message nor a bundle.
    #[error("byte {at}: expected `/` of an address, or `#bundle`")]
    Start {
        /// Where it begins.
        at: usize,
    },
    /// Arguments without types.
    #[error("byte {at}: expected `,` and type tags, or the end of the message")]
    Tags {
        /// Where they should be.
        at: usize,
    },
    /// A type that OSC does not have.
    #[error("byte {at}: a type tag {found:?}; expected one of i f s b h t d S c r m T F I N [ ]", found = *.tag as char)]
    Tag {
        /// Where it is.
        at: usize,
        /// The tag.
        tag: u8,
    },
    /// An array ends that has not begun, or the other way round.
    #[error("byte {at}: expected a `]` for each `[` of the type tags")]
    Array {
        /// The tag without its other half.
        at: usize,
    },
    /// A number that stands for no character.
    #[error("byte {at}: a character {value:#x}; expected a Unicode character")]
    Char {
        /// Where it is.
        at: usize,
        /// The number.
        value: u32,
    },
    /// Bundles too deep in one another.
    #[error("byte {at}: a bundle within {MAX_DEPTH} others; expected no more than that")]
    Depth {
        /// Where the innermost begins.
        at: usize,
    },
    /// Too many elements.
    #[error("byte {at}: expected no more than {MAX_ELEMENTS} messages and bundles in a packet")]
    Elements {
        /// Where the first begins that is too many.
        at: usize,
    },
    /// Too many arguments.
    #[error("byte {at}: expected no more than {MAX_ARGUMENTS} arguments in a message")]
    Arguments {
        /// Where the first type tag is that is too many.
        at: usize,
    },
}

impl DecodeError {
    /// The byte at which the fault is, from the packet's start.
    pub fn at(&self) -> usize {
        match self {
            DecodeError::Length { .. } => 0,
            DecodeError::Truncated { at, .. }
            | DecodeError::Trailing { at, .. }
            | DecodeError::Size { at, .. }
            | DecodeError::Padding { at, .. }
            | DecodeError::Text { at, .. }
            | DecodeError::Start { at }
            | DecodeError::Tags { at }
            | DecodeError::Tag { at, .. }
            | DecodeError::Array { at }
            | DecodeError::Char { at, .. }
            | DecodeError::Depth { at }
            | DecodeError::Elements { at }
            | DecodeError::Arguments { at } => *at,
        }
    }
}

/// Why values cannot become a packet. What was written before stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// Not an address.
    #[error("`{}` is no OSC address; it begins with `/` and has no zero byte", .address.escape_debug())]
    Address {
        /// What was given.
        address: String,
    },
    /// A text that OSC cannot carry.
    #[error("`{}` cannot be sent: a zero byte would end it early", .text.escape_debug())]
    Text {
        /// What was given.
        text: String,
    },
    /// Brackets that do not match.
    #[error("argument {index}: each array that begins must end, in the same message")]
    Array {
        /// Which argument, from 0.
        index: usize,
    },
    /// Too many arguments.
    #[error("{count} arguments; a message has no more than {MAX_ARGUMENTS}")]
    Arguments {
        /// How many were given.
        count: usize,
    },
    /// Too many elements.
    #[error("a packet has no more than {MAX_ELEMENTS} messages and bundles; send this one and go on in the next")]
    Elements,
    /// Bundles too deep in one another.
    #[error("no more than {MAX_DEPTH} bundles within one another; close one first")]
    Depth,
    /// No room.
    #[error("{needed} bytes do not fit into a packet of {limit}; send what is written and go on in the next")]
    Full {
        /// How long the packet would be.
        needed: usize,
        /// The longest.
        limit: usize,
    },
    /// A second message without a bundle around it.
    #[error("the packet is whole; open a bundle first to send several messages in one packet")]
    Whole,
}
