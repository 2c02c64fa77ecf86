//! Encoders that say by how much they were turned.

/// How a turn is written into seven bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relative {
    /// 1 to 63 forwards, 127 down to 64 backwards (two's complement; 127 is one step back).
    Twos,
    /// 64 is no turn, 65 one step forwards, 63 one back.
    Offset,
    /// 1 to 63 forwards, 65 to 127 backwards (the highest bit is the sign; 65 is one step back).
    Sign,
    /// The same the other way round: 65 is one step forwards.
    SignReversed,
    /// Any number from 64 on is one step forwards, any below one back, as of buttons.
    UpDown,
}

impl Relative {
    /// Every kind, with the name that users write.
    pub const NAMES: [(&'static str, Relative); 5] = [
        ("twos", Relative::Twos),
        ("offset", Relative::Offset),
        ("sign", Relative::Sign),
        ("sign_reversed", Relative::SignReversed),
        ("up_down", Relative::UpDown),
    ];

    /// The kind of a name.
    pub fn from_name(name: &str) -> Option<Relative> {
        Relative::NAMES.iter().find(|(n, _)| *n == name).map(|(_, kind)| *kind)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Relative::NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Steps of a value, −64 to 64.
    pub fn steps(self, value: u8) -> i32 {
        let value = i32::from(value.min(127));
        match self {
            Relative::Twos => value - (value & 64) * 2,
            Relative::Offset => value - 64,
            Relative::Sign if value >= 64 => 64 - value,
            Relative::Sign => value,
            Relative::SignReversed if value >= 64 => value - 64,
            Relative::SignReversed => -value,
            Relative::UpDown if value >= 64 => 1,
            Relative::UpDown => -1,
        }
    }

    /// The kind that values of slow turns in both directions belong to; `None` where they do not tell, or are those of
    /// a fader or a knob with ends.
    pub fn guess(values: &[u8]) -> Option<Relative> {
        let near = |of: u8| values.iter().filter(|v| v.abs_diff(of) <= 4).count();
        // Nothing but the first few steps of each direction.
        let few = |ups: (u8, u8), downs: (u8, u8)| {
            let (up, down) = (|v: &u8| (ups.0..=ups.1).contains(v), |v: &u8| (downs.0..=downs.1).contains(v));
            values.iter().all(|v| up(v) || down(v)) && values.iter().any(up) && values.iter().any(down)
        };
        if values.len() < 4 || near(0) + near(64) + near(127) < values.len() {
            return None;
        }
        if values.contains(&0) && values.iter().all(|v| [0, 127].contains(v)) {
            return values.contains(&127).then_some(Relative::UpDown);
        }
        match () {
            () if few((1, 4), (123, 127)) => Some(Relative::Twos),
            () if few((1, 4), (65, 68)) => Some(Relative::Sign),
            () if few((65, 68), (60, 63)) => Some(Relative::Offset),
            () => None,
        }
    }
}
