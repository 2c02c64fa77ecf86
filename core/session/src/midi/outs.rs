//! What nodes and scripts play leaves as messages.

use super::routes::Sending;
use bf_engine::Controller;
use bf_io::midi::{Allocator, Message, Zone, Zones};
use bf_node::{Heard, NoteId};
use bf_patch::Name;
use std::collections::BTreeMap;

/// Notes that one node may hold at once; further ones are left out.
const HELD: usize = 256;
/// Semitones of a full bend of a note with a channel of its own.
const RANGE: f64 = 48.0;
/// How long a trigger sounds.
const TRIGGER_NS: u64 = 50_000_000;
/// What is taken from one node at once.
const AT_ONCE: usize = 512;

/// A message for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// The number of the wish among the outputs.
    pub wish: u8,
    /// When, by the host's clock.
    pub at_ns: u64,
    /// What.
    pub message: Message,
}

/// A node at work.
struct Node {
    sending: Sending,
    held: BTreeMap<NoteId, (u8, u8)>,
    allocator: Allocator,
    program: Option<u8>,
    lost: u64,
}

/// The nodes that send.
#[derive(Default)]
pub(super) struct Outs {
    nodes: BTreeMap<Name, Node>,
    pub lost: u64,
}

impl Outs {
    /// Takes in which nodes there are; those that are gone end their notes.
    pub(super) fn renew(&mut self, sending: &[Sending], now_ns: u64, leave: &mut Vec<Leaving>) {
        let stays = |path: &Name, node: &Node| {
            let now = sending.iter().find(|s| s.path == *path);
            now.is_some_and(|s| {
                (s.wish, s.channel, s.mpe) == (node.sending.wish, node.sending.channel, node.sending.mpe)
            })
        };
        self.nodes.retain(|path, node| {
            let stays = stays(path, node);
            if !stays {
                node.end_all(now_ns, leave);
            }
            stays
        });
        for s in sending {
            let node = self.nodes.entry(s.path.clone()).or_insert_with(|| Node {
                sending: s.clone(),
                held: BTreeMap::new(),
                allocator: Allocator::new(&Zones::one(), Zone::Lower),
                program: None,
                lost: 0,
            });
            node.sending = s.clone();
            if node.program != s.program {
                node.program = s.program;
                if let (Some(program), Some(wish)) = (s.program, s.wish) {
                    let message = Message::Program { channel: s.channel, program };
                    leave.push(Leaving { wish, at_ns: now_ns, message });
                }
            }
        }
    }

    /// What nodes have been played becomes messages. `time` maps frames.
    pub(super) fn hear(
        &mut self,
        time: impl Fn(u64) -> Option<u64>,
        controller: &Controller,
        leave: &mut Vec<Leaving>,
    ) {
        let _ = controller;
        for node in self.nodes.values_mut() {
            let probe = std::sync::Arc::clone(&node.sending.probe);
            for _ in 0..AT_ONCE {
                let Some((frame, heard)) = probe.told().pop() else { break };
                let Some(at_ns) = time(frame) else { continue };
                node.say(at_ns + node.sending.delay_ns, heard, leave);
            }
            let lost = probe.told().lost();
            self.lost += lost.saturating_sub(core::mem::replace(&mut node.lost, lost));
        }
    }

    /// Ends every note.
    pub(super) fn end_all(&mut self, now_ns: u64, leave: &mut Vec<Leaving>) {
        self.nodes.values_mut().for_each(|node| node.end_all(now_ns, leave));
    }
}

impl Node {
    fn say(&mut self, at_ns: u64, heard: Heard, leave: &mut Vec<Leaving>) {
        let Some(wish) = self.sending.wish else { return };
        let mut send = |at_ns, message| leave.push(Leaving { wish, at_ns, message });
        let channel = self.sending.channel;
        match heard {
            Heard::NoteOn { id, pitch, velocity } if self.held.len() < HELD => {
                let key = pitch.round().clamp(0.0, 127.0) as u8;
                let channel = if self.sending.mpe { self.allocator.begin().unwrap_or(channel) } else { channel };
                if self.sending.mpe {
                    let bend = (f64::from(pitch) - f64::from(key)) / RANGE * 8191.0;
                    send(at_ns, Message::Bend { channel, value: bend.round() as i16 });
                }
                let velocity = (velocity * 127.0).round().clamp(1.0, 127.0) as u8;
                send(at_ns, Message::NoteOn { channel, key, velocity });
                self.held.insert(id, (channel, key));
            }
            Heard::NoteOff { id } => {
                if let Some((channel, key)) = self.held.remove(&id) {
                    if self.sending.mpe {
                        self.allocator.end(channel);
                    }
                    send(at_ns, Message::NoteOff { channel, key, velocity: 64 });
                }
            }
            Heard::Trigger { value } => {
                let velocity = (value * 127.0).round().clamp(1.0, 127.0) as u8;
                send(at_ns, Message::NoteOn { channel, key: 60, velocity });
                send(at_ns + TRIGGER_NS, Message::NoteOff { channel, key: 60, velocity: 64 });
            }
            Heard::Param { param, value } => {
                let seven = (value * 127.0).round().clamp(0.0, 127.0) as u8;
                let [control, bend, pressure] = self.sending.places;
                if param == control {
                    send(at_ns, Message::Control { channel, controller: self.sending.controller, value: seven });
                } else if param == bend {
                    let value = (value * 8191.0).round().clamp(-8192.0, 8191.0) as i16;
                    send(at_ns, Message::Bend { channel, value });
                } else if param == pressure {
                    send(at_ns, Message::Pressure { channel, value: seven });
                }
            }
            Heard::NoteOn { .. } | Heard::Control { .. } => {}
        }
    }

    fn end_all(&mut self, now_ns: u64, leave: &mut Vec<Leaving>) {
        let Some(wish) = self.sending.wish else { return };
        // Behind what is on its way.
        let at_ns = now_ns + self.sending.delay_ns;
        for (channel, key) in core::mem::take(&mut self.held).into_values() {
            leave.push(Leaving { wish, at_ns, message: Message::NoteOff { channel, key, velocity: 64 } });
        }
    }
}
