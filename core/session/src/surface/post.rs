//! What leaves: answers, errors and news, as packets.

use super::Atom;
use bf_io::osc::{Argument, Encoder, MTU_PACKET, Peer, TimeTag};

/// Bytes that may leave between two rounds; what is more is left out and counted.
const MOST_BYTES: usize = 4 << 20;
/// Errors that one round tells; each is a message to whoever caused it.
const ERRORS: usize = 16;

/// Packets on their way out.
pub(super) struct Post {
    packets: Vec<(Peer, Vec<u8>)>,
    bytes: usize,
    errors: usize,
    /// Messages that found no room.
    pub left_out: u64,
}

impl Post {
    pub(super) fn new() -> Post {
        Post { packets: Vec::new(), bytes: 0, errors: 0, left_out: 0 }
    }

    /// What is to be sent, with a new round beginning.
    pub(super) fn take(&mut self) -> Vec<(Peer, Vec<u8>)> {
        (self.bytes, self.errors) = (0, 0);
        core::mem::take(&mut self.packets)
    }

    /// One message.
    pub(super) fn send(&mut self, to: Peer, address: &str, arguments: &[Argument<'_>]) {
        match bf_io::osc::encode(address, arguments) {
            Ok(packet) => self.push(to, packet),
            Err(_) => self.left_out += 1,
        }
    }

    /// Whether another error is told in this round.
    pub(super) fn tells_errors(&self) -> bool {
        self.errors < ERRORS
    }

    /// Says what was wrong with a message.
    pub(super) fn error(&mut self, to: Peer, address: &str, why: &str) {
        self.errors += 1;
        if self.errors > ERRORS {
            self.left_out += 1;
            return;
        }
        let clean = |text: &str| text.replace('\0', "");
        self.send(to, "/bf/error", &[Argument::Str(&clean(why)), Argument::Str(&clean(address))]);
    }

    /// Many messages, in as few packets as fit an Ethernet's frames; each packet is a bundle for now.
    pub(super) fn news<'a>(&mut self, to: Peer, news: impl Iterator<Item = (&'a str, &'a [Atom])>) {
        let mut encoder = Encoder::new(MTU_PACKET);
        let mut arguments = Vec::new();
        for (address, value) in news {
            arguments.clear();
            arguments.extend(value.iter().map(Atom::argument));
            if self.add(&mut encoder, address, &arguments) {
                continue;
            }
            // Full: what is written leaves, and this is the first of the next.
            self.leave(to, &mut encoder);
            if !self.add(&mut encoder, address, &arguments) {
                encoder.clear();
                self.send(to, address, &arguments);
            }
        }
        self.leave(to, &mut encoder);
    }

    fn add(&self, encoder: &mut Encoder, address: &str, arguments: &[Argument<'_>]) -> bool {
        if encoder.is_empty() && encoder.open(TimeTag::IMMEDIATE).is_err() {
            return false;
        }
        encoder.message(address, arguments).is_ok()
    }

    fn leave(&mut self, to: Peer, encoder: &mut Encoder) {
        // The bundle itself is an element.
        if encoder.elements() > 1 {
            self.push(to, encoder.bytes().to_vec());
        }
        encoder.clear();
    }

    fn push(&mut self, to: Peer, packet: Vec<u8>) {
        if self.bytes + packet.len() > MOST_BYTES {
            self.left_out += 1;
            return;
        }
        self.bytes += packet.len();
        self.packets.push((to, packet));
    }
}
