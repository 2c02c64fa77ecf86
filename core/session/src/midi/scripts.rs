//! What scripts send out: `midi_out("port", pattern, channel)`.

use super::outs::Leaving;
use super::routes::wish;
use crate::session::MidiOut;
use bf_io::midi::{Message, Wishes};
use bf_pattern::{Key, Ratio, Value};
use std::collections::BTreeSet;

/// Ends are handed on so long before they are due.
const AHEAD_NS: u64 = 80_000_000;
/// Notes that may sound at once.
const HELD: usize = 1_024;

/// The ends of notes that sound.
#[derive(Default)]
pub(super) struct Scripts {
    ends: Vec<Leaving>,
    /// The ports that they have sent to.
    ports: BTreeSet<String>,
}

impl Scripts {
    /// Wishes for the ports that they have sent to: more may follow.
    pub(super) fn want(&self, wishes: &mut Wishes) {
        self.ports.iter().for_each(|port| _ = wish(&mut wishes.outputs, port));
    }

    /// Events of scripts become messages; `time` maps beats.
    pub(super) fn send(
        &mut self,
        outs: Vec<MidiOut>,
        wishes: &mut Wishes,
        time: impl Fn(Ratio) -> Option<u64>,
        leave: &mut Vec<Leaving>,
    ) {
        for out in outs {
            let (Some(at_ns), Some(end_ns)) = (time(out.begin), time(out.end)) else { continue };
            let Some(wish) = wish(&mut wishes.outputs, &out.port) else { continue };
            if !self.ports.contains(&*out.port) {
                self.ports.insert(out.port.to_string());
            }
            let said = Said::of(&out);
            if let Some((controller, value)) = said.control {
                let message = Message::Control { channel: said.channel, controller, value };
                leave.push(Leaving { wish, at_ns, message });
            }
            if let Some(key) = said.key.filter(|_| self.ends.len() < HELD) {
                let (channel, velocity) = (said.channel, said.velocity);
                // One that still sounds is struck anew.
                self.ends.retain(|end| {
                    let same = end.wish == wish && end.message == Message::NoteOff { channel, key, velocity: 64 };
                    if same && end.at_ns > at_ns {
                        leave.push(Leaving { at_ns: at_ns.saturating_sub(1), ..*end });
                    }
                    !same || end.at_ns <= at_ns
                });
                leave.push(Leaving { wish, at_ns, message: Message::NoteOn { channel, key, velocity } });
                let message = Message::NoteOff { channel, key, velocity: 64 };
                self.ends.push(Leaving { wish, at_ns: end_ns.max(at_ns + 1_000_000), message });
            }
        }
    }

    /// Hands on the ends that are near.
    pub(super) fn tick(&mut self, now_ns: u64, leave: &mut Vec<Leaving>) {
        let (due, later): (Vec<_>, Vec<_>) =
            core::mem::take(&mut self.ends).into_iter().partition(|end| end.at_ns <= now_ns + AHEAD_NS);
        self.ends = later;
        leave.extend(due);
    }

    /// Ends everything.
    pub(super) fn end_all(&mut self, now_ns: u64, leave: &mut Vec<Leaving>) {
        leave.extend(self.ends.drain(..).map(|end| Leaving { at_ns: now_ns, ..end }));
    }
}

/// What an event says.
struct Said {
    /// 0 to 15.
    channel: u8,
    key: Option<u8>,
    velocity: u8,
    control: Option<(u8, u8)>,
}

impl Said {
    fn of(out: &MidiOut) -> Said {
        let map = if let Value::Map(map) = &out.value { Some(map) } else { None };
        let get = |name: &str| map.and_then(|map| map.get(&Key::new(name)));
        let number = |name: &str| get(name).and_then(Value::number).filter(|n| n.is_finite());
        let seven = |x: f64| x.round().clamp(0.0, 127.0) as u8;
        let pitch = match map {
            Some(_) => get("note").or_else(|| get("n")).and_then(Value::pitch),
            None => out.value.pitch(),
        };
        let channel = number("midichan").unwrap_or(f64::from(out.channel)).clamp(1.0, 16.0) as u8 - 1;
        // As Strudel has it: velocity and gain together, and 0.9 where nothing is said.
        let level = number("velocity").unwrap_or(0.9) * number("gain").unwrap_or(1.0);
        // A controller's value is from 0 to 1.
        let control = number("ccn").zip(number("ccv")).map(|(n, v)| (seven(n), seven(v * 127.0)));
        Said { channel, key: pitch.map(seven), velocity: seven(level * 127.0).max(1), control }
    }
}
