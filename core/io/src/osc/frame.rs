//! Packets on streams: SLIP with an END at both ends, as OSC 1.1 has it, and a length in front, as OSC 1.0 has it.

const END: u8 = 0xc0;
const ESC: u8 = 0xdb;
const ESC_END: u8 = 0xdc;
const ESC_ESC: u8 = 0xdd;

/// Memory that a framer keeps between packets.
const KEEP: usize = 16 * 1024;

/// How packets are told apart on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// An END byte before and after each packet. *Source*: RFC 1055; Freed and Schmeder (2009) for the END before.
    Slip,
    /// The packet's size in front of it, as a big-endian 32-bit integer.
    Length,
}

impl Framing {
    /// Appends a packet as it goes out.
    pub fn wrap(self, packet: &[u8], out: &mut Vec<u8>) {
        match self {
            Framing::Length => {
                // A packet that does not fit in an i32 cannot be made: MAX_PACKET is far below.
                let size = i32::try_from(packet.len()).unwrap_or(i32::MAX);
                out.extend_from_slice(&size.to_be_bytes());
                out.extend_from_slice(packet);
            }
            Framing::Slip => {
                out.push(END);
                for byte in packet {
                    match *byte {
                        END => out.extend_from_slice(&[ESC, ESC_END]),
                        ESC => out.extend_from_slice(&[ESC, ESC_ESC]),
                        byte => out.push(byte),
                    }
                }
                out.push(END);
            }
        }
    }

    /// The framing of a stream that begins with these bytes.
    pub(super) fn find(bytes: &[u8]) -> Option<Framing> {
        bytes.iter().find_map(|byte| Framing::of(*byte))
    }

    /// The framing that a byte begins: no length of a packet begins with anything but 0, and no packet with
    /// anything but `/` and `#`. `None` where it is neither.
    fn of(first: u8) -> Option<Framing> {
        match first {
            0 => Some(Framing::Length),
            END | b'/' | b'#' => Some(Framing::Slip),
            _ => None,
        }
    }
}

/// Why bytes of a stream are passed over. What follows is read again from the next packet on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Bytes that belong to no packet.
    #[error("{bytes} bytes that belong to no packet; expected {expected}")]
    Garbage {
        /// How many.
        bytes: usize,
        /// What was expected in their place.
        expected: &'static str,
    },
    /// A packet that is too long.
    #[error("a packet of more than {max} bytes")]
    Long {
        /// The longest.
        max: usize,
    },
    /// An escape of SLIP that means nothing.
    #[error("a byte of {byte:#04x} after an escape; expected 0xdc or 0xdd")]
    Escape {
        /// The byte.
        byte: u8,
    },
}

/// Takes packets out of a stream that comes in pieces.
///
/// Memory grows with what comes, not with what a length promises, and never beyond `max`.
#[derive(Clone, Debug)]
pub struct Framer {
    framing: Option<Framing>,
    max: usize,
    /// With [`Framing::Length`], the length and what is there of the packet.
    frame: Vec<u8>,
    /// The frame has been handed out and goes at the next call.
    done: bool,
    /// Bytes passed over since the last packet.
    skipped: usize,
    escaped: bool,
    fault: Option<FrameError>,
}

impl Framer {
    /// Finds the framing out from the first bytes. No packet is longer than `max` bytes.
    pub fn new(max: usize) -> Framer {
        Framer { framing: None, max, frame: Vec::new(), done: false, skipped: 0, escaped: false, fault: None }
    }

    /// Where the framing is known.
    pub fn with(framing: Framing, max: usize) -> Framer {
        Framer { framing: Some(framing), ..Framer::new(max) }
    }

    /// The framing, once it is known.
    pub fn framing(&self) -> Option<Framing> {
        self.framing
    }

    /// The next packet of `input`, which is moved on past what was read; `None` when all of it has been.
    pub fn next(&mut self, input: &mut &[u8]) -> Option<Result<&[u8], FrameError>> {
        if std::mem::take(&mut self.done) {
            self.frame.clear();
            self.frame.shrink_to(KEEP);
        }
        match self.framing() {
            Some(Framing::Slip) => self.next_slip(input),
            Some(Framing::Length) => self.next_length(input),
            None => self.detect(input),
        }
    }

    fn detect(&mut self, input: &mut &[u8]) -> Option<Result<&[u8], FrameError>> {
        self.framing = Framing::find(input);
        let junk = input.iter().take_while(|byte| Framing::of(**byte).is_none()).count();
        *input = &input[junk..];
        if junk > 0 {
            let expected = "a packet in SLIP, or one with its length in front";
            return Some(Err(FrameError::Garbage { bytes: junk, expected }));
        }
        // Nothing was passed over: either the input is empty, or the framing is known now.
        self.framing.and_then(|_| self.next(input))
    }

    fn next_slip(&mut self, input: &mut &[u8]) -> Option<Result<&[u8], FrameError>> {
        while let Some(byte) = input.first().copied() {
            if std::mem::take(&mut self.escaped) {
                match byte {
                    ESC_END => self.add(&[END]),
                    ESC_ESC => self.add(&[ESC]),
                    byte => self.spoil(FrameError::Escape { byte }),
                }
                // An END ends the frame all the same.
                if byte != END {
                    *input = &input[1..];
                    continue;
                }
            }
            let plain = input.iter().take_while(|byte| !matches!(**byte, END | ESC)).count();
            self.add(&input[..plain]);
            let special = input.get(plain).copied();
            *input = input.get(plain + 1..).unwrap_or_default();
            match special {
                Some(ESC) => self.escaped = true,
                Some(_) => {
                    if let Some(fault) = self.fault.take() {
                        return Some(Err(fault));
                    }
                    if !self.frame.is_empty() {
                        self.done = true;
                        return Some(Ok(&self.frame));
                    }
                }
                None => {}
            }
        }
        None
    }

    /// Adds bytes of a SLIP frame.
    fn add(&mut self, bytes: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        if self.frame.len() + bytes.len() > self.max {
            return self.spoil(FrameError::Long { max: self.max });
        }
        self.frame.extend_from_slice(bytes);
    }

    /// Passes over the SLIP frame that is being read.
    fn spoil(&mut self, fault: FrameError) {
        self.fault.get_or_insert(fault);
        self.frame.clear();
    }

    fn next_length(&mut self, input: &mut &[u8]) -> Option<Result<&[u8], FrameError>> {
        loop {
            let needed = self.size().map_or(5, |size| 4 + size);
            let missing = needed.saturating_sub(self.frame.len()).min(input.len());
            let (now, later) = input.split_at(missing);
            self.frame.extend_from_slice(now);
            *input = later;
            if self.frame.len() < 5 {
                return None;
            }
            let Some(size) = self.size() else {
                // Where the next packet begins is not known: try each byte.
                self.frame.remove(0);
                self.skipped += 1;
                if self.skipped >= self.max {
                    return Some(Err(self.garbage()));
                }
                continue;
            };
            if self.skipped > 0 {
                return Some(Err(self.garbage()));
            }
            if self.frame.len() < 4 + size {
                if input.is_empty() {
                    return None;
                }
                continue;
            }
            self.done = true;
            return Some(Ok(&self.frame[4..]));
        }
    }

    fn garbage(&mut self) -> FrameError {
        FrameError::Garbage { bytes: std::mem::take(&mut self.skipped), expected: "the length of a packet" }
    }

    /// The size that the frame's first four bytes say; `None` unless they and the byte behind them can begin a packet.
    fn size(&self) -> Option<usize> {
        let (size, rest) = self.frame.split_first_chunk::<4>()?;
        let size = usize::try_from(i32::from_be_bytes(*size)).ok()?;
        let least = match rest.first()? {
            b'/' => 4,
            b'#' => 16,
            _ => return None,
        };
        (size >= least && size <= self.max && size.is_multiple_of(4)).then_some(size)
    }
}
