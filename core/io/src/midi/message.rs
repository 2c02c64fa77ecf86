//! Messages of MIDI 1.0 and their bytes.

/// The centre of a pitch bend on the wire.
const CENTRE: i16 = 8192;

/// A message. Channels are 0 to 15, as on the wire; data are 7 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A note ends.
    NoteOff {
        /// 0 to 15.
        channel: u8,
        /// 0 to 127.
        key: u8,
        /// 0 to 127; 64 where the keyboard does not measure it.
        velocity: u8,
    },
    /// A note begins.
    NoteOn {
        /// 0 to 15.
        channel: u8,
        /// 0 to 127.
        key: u8,
        /// 1 to 127.
        velocity: u8,
    },
    /// The pressure on one key.
    KeyPressure {
        /// 0 to 15.
        channel: u8,
        /// 0 to 127.
        key: u8,
        /// 0 to 127.
        value: u8,
    },
    /// A controller moves.
    Control {
        /// 0 to 15.
        channel: u8,
        /// 0 to 127.
        controller: u8,
        /// 0 to 127.
        value: u8,
    },
    /// Another program.
    Program {
        /// 0 to 15.
        channel: u8,
        /// 0 to 127.
        program: u8,
    },
    /// The pressure on all keys.
    Pressure {
        /// 0 to 15.
        channel: u8,
        /// 0 to 127.
        value: u8,
    },
    /// The pitch wheel moves.
    Bend {
        /// 0 to 15.
        channel: u8,
        /// −8192 to 8191; 0 is the centre.
        value: i16,
    },
    /// A quarter frame of MIDI time code.
    QuarterFrame(u8),
    /// Where the next start or continue goes on, in sixteenths from the beginning.
    SongPosition(u16),
    /// Another song.
    SongSelect(u8),
    /// Tune yourselves.
    TuneRequest,
    /// One twenty-fourth of a quarter note has passed.
    Clock,
    /// Play from the beginning with the next clock.
    Start,
    /// Play on from the song position with the next clock.
    Continue,
    /// Stop.
    Stop,
    /// The cable is plugged in.
    ActiveSensing,
    /// Start anew.
    Reset,
}

/// The bytes of one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packet {
    bytes: [u8; 3],
    len: u8,
}

impl Packet {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl Message {
    /// A note that ends where `velocity` is 0, as keyboards send it, else one that begins.
    pub fn note(channel: u8, key: u8, velocity: u8) -> Message {
        match velocity {
            0 => Message::NoteOff { channel, key, velocity: 64 },
            _ => Message::NoteOn { channel, key, velocity },
        }
    }

    /// The message of a status and its data; `None` where the status means nothing by itself. Data are taken as 7 bits.
    pub fn of(status: u8, data: [u8; 2]) -> Option<Message> {
        let (channel, [a, b]) = (status & 0x0f, data.map(|d| d & 0x7f));
        let wide = u16::from(b) << 7 | u16::from(a);
        Some(match status {
            0x80..=0x8f => Message::NoteOff { channel, key: a, velocity: b },
            0x90..=0x9f => Message::note(channel, a, b),
            0xa0..=0xaf => Message::KeyPressure { channel, key: a, value: b },
            0xb0..=0xbf => Message::Control { channel, controller: a, value: b },
            0xc0..=0xcf => Message::Program { channel, program: a },
            0xd0..=0xdf => Message::Pressure { channel, value: a },
            0xe0..=0xef => Message::Bend { channel, value: wide as i16 - CENTRE },
            0xf1 => Message::QuarterFrame(a),
            0xf2 => Message::SongPosition(wide),
            0xf3 => Message::SongSelect(a),
            0xf6 => Message::TuneRequest,
            0xf8 => Message::Clock,
            0xfa => Message::Start,
            0xfb => Message::Continue,
            0xfc => Message::Stop,
            0xfe => Message::ActiveSensing,
            0xff => Message::Reset,
            _ => return None,
        })
    }

    /// Its bytes. What is out of range is limited.
    pub fn packet(self) -> Packet {
        let seven = |x: u8| x.min(127);
        let wide = |x: u16| [(x & 0x7f) as u8, (x >> 7 & 0x7f) as u8];
        let three =
            |status: u8, channel: u8, [a, b]: [u8; 2]| Packet { bytes: [status | channel & 0x0f, a, b], len: 3 };
        let two = |status: u8, a: u8| Packet { bytes: [status, a, 0], len: 2 };
        let one = |status: u8| Packet { bytes: [status, 0, 0], len: 1 };
        match self {
            Message::NoteOff { channel, key, velocity } => three(0x80, channel, [seven(key), seven(velocity)]),
            // A velocity of 0 would end the note.
            Message::NoteOn { channel, key, velocity } => three(0x90, channel, [seven(key), velocity.clamp(1, 127)]),
            Message::KeyPressure { channel, key, value } => three(0xa0, channel, [seven(key), seven(value)]),
            Message::Control { channel, controller, value } => three(0xb0, channel, [seven(controller), seven(value)]),
            Message::Program { channel, program } => two(0xc0 | channel & 0x0f, seven(program)),
            Message::Pressure { channel, value } => two(0xd0 | channel & 0x0f, seven(value)),
            Message::Bend { channel, value } => {
                three(0xe0, channel, wide((value.clamp(-CENTRE, CENTRE - 1) + CENTRE).unsigned_abs()))
            }
            Message::QuarterFrame(value) => two(0xf1, seven(value)),
            Message::SongPosition(at) => {
                let [a, b] = wide(at.min(0x3fff));
                Packet { bytes: [0xf2, a, b], len: 3 }
            }
            Message::SongSelect(song) => two(0xf3, seven(song)),
            Message::TuneRequest => one(0xf6),
            Message::Clock => one(0xf8),
            Message::Start => one(0xfa),
            Message::Continue => one(0xfb),
            Message::Stop => one(0xfc),
            Message::ActiveSensing => one(0xfe),
            Message::Reset => one(0xff),
        }
    }

    /// The channel, 0 to 15, of a message that has one.
    pub fn channel(self) -> Option<u8> {
        match self {
            Message::NoteOff { channel, .. }
            | Message::NoteOn { channel, .. }
            | Message::KeyPressure { channel, .. }
            | Message::Control { channel, .. }
            | Message::Program { channel, .. }
            | Message::Pressure { channel, .. }
            | Message::Bend { channel, .. } => Some(channel),
            _ => None,
        }
    }

    /// Whether it may stand inside another message.
    pub fn is_real_time(self) -> bool {
        self.packet().bytes[0] >= 0xf8
    }
}
