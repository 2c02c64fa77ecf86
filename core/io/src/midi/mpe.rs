//! MIDI polyphonic expression: a channel for each note, so that each bends by itself.

use super::pairs::{Moved, Number};

/// Semitones of a full bend where nobody says otherwise.
const MEMBER_RANGE: f64 = 48.0;
const MANAGER_RANGE: f64 = 2.0;
const BEND_RANGE: Number = Number::Registered(0);
const ZONES: Number = Number::Registered(6);

/// Which end of the channels a zone begins at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Channel 1 manages, the members follow upwards.
    Lower,
    /// Channel 16 manages, the members follow downwards.
    Upper,
}

/// What a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Notes of its own, as ever.
    Plain,
    /// What it says holds for all notes of its zone.
    Manager(Zone),
    /// Notes of a zone.
    Member(Zone),
}

/// The zones of a port, and how far their channels bend.
#[derive(Clone, Debug, PartialEq)]
pub struct Zones {
    lower: u8,
    upper: u8,
    ranges: [f64; 16],
}

impl Zones {
    /// No zone: channels are plain, and bend by two semitones.
    pub fn none() -> Zones {
        Zones { lower: 0, upper: 0, ranges: [MANAGER_RANGE; 16] }
    }

    /// All channels are one zone, as most keyboards of this kind play.
    pub fn one() -> Zones {
        let mut zones = Zones::none();
        zones.set(Zone::Lower, 15);
        zones
    }

    /// A zone of so many members, 0 for none; the other zone keeps what is left. The channels of the zone bend as far as
    /// they do at first, as do those that change hands; all others as far as they did.
    ///
    /// *Source*: MIDI Polyphonic Expression 1.1, 2.1.1 and 2.4.
    pub fn set(&mut self, zone: Zone, members: u8) {
        let members = members.min(15);
        let before = self.roles();
        let (own, other) = match zone {
            Zone::Lower => (&mut self.lower, &mut self.upper),
            Zone::Upper => (&mut self.upper, &mut self.lower),
        };
        *own = members;
        *other = (*other).min(14_u8.saturating_sub(members));
        for ((role, before), range) in self.roles().into_iter().zip(before).zip(&mut self.ranges) {
            let is_own = role == Role::Manager(zone) || role == Role::Member(zone);
            if is_own || role != before {
                *range = if matches!(role, Role::Member(_)) { MEMBER_RANGE } else { MANAGER_RANGE };
            }
        }
    }

    fn roles(&self) -> [Role; 16] {
        core::array::from_fn(|channel| self.role(channel as u8))
    }

    /// What a channel, 0 to 15, is.
    pub fn role(&self, channel: u8) -> Role {
        match channel {
            0 if self.lower > 0 => Role::Manager(Zone::Lower),
            15 if self.upper > 0 => Role::Manager(Zone::Upper),
            c if c >= 1 && c <= self.lower => Role::Member(Zone::Lower),
            c if c < 15 && c + self.upper >= 15 => Role::Member(Zone::Upper),
            _ => Role::Plain,
        }
    }

    /// Semitones of a full bend on a channel.
    pub fn bend_range(&self, channel: u8) -> f64 {
        self.ranges[usize::from(channel & 0x0f)]
    }

    /// Takes a parameter that sets zones or ranges; whether it did.
    pub fn take(&mut self, moved: &Moved) -> bool {
        let coarse = (moved.value >> 7) as u8;
        match (moved.number, moved.channel) {
            (ZONES, 0) => self.set(Zone::Lower, coarse),
            (ZONES, 15) => self.set(Zone::Upper, coarse),
            (BEND_RANGE, channel) => {
                let semitones = f64::from(coarse.min(96)) + f64::from(moved.value & 0x7f) / 100.0;
                match self.role(channel) {
                    // The range of one member is that of all.
                    role @ Role::Member(_) => {
                        for c in (0..16).filter(|c| self.role(*c) == role).collect::<Vec<u8>>() {
                            self.ranges[usize::from(c)] = semitones;
                        }
                    }
                    _ => self.ranges[usize::from(channel & 0x0f)] = semitones,
                }
            }
            _ => return false,
        }
        true
    }

    /// The channels, 0 to 15, on which what a channel says is heard.
    pub fn reach(&self, channel: u8) -> impl Iterator<Item = u8> + '_ {
        let role = self.role(channel);
        (0..16).filter(move |c| match role {
            Role::Manager(zone) => *c == channel || self.role(*c) == Role::Member(zone),
            _ => *c == channel,
        })
    }

    /// The manager of a member's zone.
    pub fn manager(&self, channel: u8) -> Option<u8> {
        match self.role(channel) {
            Role::Member(Zone::Lower) => Some(0),
            Role::Member(Zone::Upper) => Some(15),
            _ => None,
        }
    }
}

/// Gives notes that go out channels of their own.
#[derive(Clone, Debug)]
pub struct Allocator {
    members: Vec<Seat>,
    now: u64,
}

#[derive(Clone, Debug)]
struct Seat {
    channel: u8,
    notes: u32,
    /// When a note last began or ended here.
    used: u64,
}

impl Allocator {
    /// For the members of a zone.
    pub fn new(zones: &Zones, zone: Zone) -> Allocator {
        let members = (0..16).filter(|c| zones.role(*c) == Role::Member(zone));
        Allocator { members: members.map(|channel| Seat { channel, notes: 0, used: 0 }).collect(), now: 0 }
    }

    /// The channel of a note that begins: of those with the fewest notes the one that was left longest ago, so that the
    /// tail of the last note there is not bent. `None` without members.
    pub fn begin(&mut self) -> Option<u8> {
        self.now += 1;
        let now = self.now;
        let seat = self.members.iter_mut().min_by_key(|seat| (seat.notes, seat.used))?;
        (seat.notes, seat.used) = (seat.notes + 1, now);
        Some(seat.channel)
    }

    /// A note on a channel ends.
    pub fn end(&mut self, channel: u8) {
        self.now += 1;
        if let Some(seat) = self.members.iter_mut().find(|seat| seat.channel == channel) {
            (seat.notes, seat.used) = (seat.notes.saturating_sub(1), self.now);
        }
    }
}
