//! From bytes to messages: running status, real-time bytes anywhere, exclusive messages left out.

use super::Message;

/// Reads a stream of bytes, however it is cut. Needs no memory but its own few bytes.
#[derive(Clone, Debug, Default)]
pub struct Parser {
    /// The status that data belong to; 0 for none.
    status: u8,
    data: [u8; 2],
    have: u8,
    /// Inside an exclusive message.
    exclusive: bool,
    /// Data that belong to nothing, and messages that were cut off.
    broken: u64,
}

/// How many data bytes follow a status.
fn data_of(status: u8) -> u8 {
    match status {
        0xc0..=0xdf | 0xf1 | 0xf3 => 1,
        0x80..=0xef | 0xf2 => 2,
        _ => 0,
    }
}

impl Parser {
    /// A parser at the beginning of a stream.
    pub fn new() -> Parser {
        Parser::default()
    }

    /// Takes a byte; answers the message that it completes.
    ///
    /// # Realtime Safety
    /// Constant time, no memory.
    pub fn push(&mut self, byte: u8) -> Option<Message> {
        match byte {
            // Real time stands between any two bytes and changes nothing around it. F9 and FD mean nothing.
            0xf8..=0xff => Message::of(byte, [0; 2]),
            0x80..=0xf7 => self.begin(byte),
            _ if self.exclusive => None,
            data => self.data(data),
        }
    }

    fn begin(&mut self, status: u8) -> Option<Message> {
        self.broken += u64::from(self.have > 0);
        self.exclusive = status == 0xf0;
        self.have = 0;
        // Undefined statuses, exclusive messages and their ends take the running status away.
        self.status = if data_of(status) > 0 { status } else { 0 };
        (status == 0xf6).then_some(Message::TuneRequest)
    }

    fn data(&mut self, data: u8) -> Option<Message> {
        if self.status == 0 {
            self.broken += 1;
            return None;
        }
        self.data[usize::from(self.have)] = data;
        self.have += 1;
        if self.have < data_of(self.status) {
            return None;
        }
        self.have = 0;
        let message = Message::of(self.status, self.data);
        self.data = [0; 2];
        if self.status >= 0xf0 {
            self.status = 0;
        }
        message
    }

    /// Takes bytes and gives each message to `each`.
    pub fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Message)) {
        bytes.iter().filter_map(|byte| self.push(*byte)).for_each(&mut each);
    }

    /// How many bytes or messages were broken so far.
    pub fn broken(&self) -> u64 {
        self.broken
    }
}
