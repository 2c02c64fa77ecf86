//! Numbers that come in several messages: controllers of 14 bits, registered and other parameters.

/// What moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Number {
    /// A controller of 7 bits, 0 to 127.
    Controller(u8),
    /// A controller of 14 bits, 0 to 31, whose finer half is 32 above.
    Fine(u8),
    /// A registered parameter (RPN), of 14 bits.
    Registered(u16),
    /// Another parameter (NRPN), of 14 bits.
    Other(u16),
}

/// A number and its new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// 0 to 15.
    pub channel: u8,
    /// What.
    pub number: Number,
    /// To what: 7 bits for [`Number::Controller`], else 14.
    pub value: u16,
}

impl Moved {
    /// The value from 0 to 1.
    pub fn unit(&self) -> f64 {
        match self.number {
            Number::Controller(_) => f64::from(self.value) / 127.0,
            _ => f64::from(self.value) / 16_383.0,
        }
    }
}

/// A coarse half whose finer one has not come within this long counts by itself.
const ALONE_NS: u64 = 5_000_000;
/// The parameter that takes the selection away.
const NONE: u16 = 0x3fff;
const DATA_COARSE: u8 = 6;
const DATA_FINE: u8 = 38;

/// A coarse and a fine half.
#[derive(Clone, Copy, Debug, Default)]
struct Pair {
    value: u16,
    /// Whether its fine half has ever come: then a coarse half waits for it, so that no jump is heard between the two.
    has_fine: bool,
    /// When the coarse half came that waits for its fine half.
    waits: Option<u64>,
}

impl Pair {
    /// Takes the coarse half; whether the value counts now.
    fn coarse(&mut self, at_ns: u64, value: u8) -> bool {
        // What comes a second time without a fine half has none.
        self.has_fine &= self.waits.is_none();
        self.value = u16::from(value) << 7;
        self.waits = self.has_fine.then_some(at_ns);
        !self.has_fine
    }

    fn fine(&mut self, value: u8) {
        self.value = self.value & 0x3f80 | u16::from(value);
        (self.has_fine, self.waits) = (true, None);
    }

    /// Whether the coarse half has waited long enough.
    fn is_due(&mut self, at_ns: u64) -> bool {
        self.waits.take_if(|since| at_ns.saturating_sub(*since) >= ALONE_NS).is_some()
    }
}

/// The parameter of a channel that data entry moves.
#[derive(Clone, Copy, Debug)]
struct Selected {
    number: u16,
    registered: bool,
    data: Pair,
}

impl Selected {
    fn moved(&self, channel: u8) -> Moved {
        let number = if self.registered { Number::Registered(self.number) } else { Number::Other(self.number) };
        Moved { channel, number, value: self.data.value }
    }
}

#[derive(Clone, Copy, Debug)]
struct Channel {
    fine: [Pair; 32],
    selected: Selected,
}

/// Puts the halves of one port's controllers together.
#[derive(Clone, Debug)]
pub struct Pairs {
    channels: Box<[Channel; 16]>,
}

impl Default for Pairs {
    fn default() -> Pairs {
        let selected = Selected { number: NONE, registered: true, data: Pair::default() };
        Pairs { channels: Box::new([Channel { fine: [Pair::default(); 32], selected }; 16]) }
    }
}

impl Pairs {
    /// No half has come yet.
    pub fn new() -> Pairs {
        Pairs::default()
    }

    /// Takes a controller of 7 bits that came at a time; tells it, and what it completes.
    pub fn take(&mut self, at_ns: u64, (channel, controller, value): (u8, u8, u8), mut tell: impl FnMut(Moved)) {
        let (channel, value) = (channel & 0x0f, value.min(127));
        tell(Moved { channel, number: Number::Controller(controller.min(127)), value: u16::from(value) });
        let state = &mut self.channels[usize::from(channel)];
        let Channel { fine, selected } = state;
        match controller {
            DATA_COARSE | DATA_FINE if selected.number != NONE => {
                let whole = if controller == DATA_COARSE {
                    selected.data.coarse(at_ns, value)
                } else {
                    selected.data.fine(value);
                    true
                };
                if whole {
                    tell(selected.moved(channel));
                }
            }
            96 | 97 if selected.number != NONE => {
                let step = if controller == 96 { 1 } else { -1 };
                selected.data.value = selected.data.value.saturating_add_signed(step).min(0x3fff);
                tell(selected.moved(channel));
            }
            98..=101 => selected.select(controller, value),
            0..=31 => {
                let pair = &mut fine[usize::from(controller)];
                if pair.coarse(at_ns, value) {
                    tell(Moved { channel, number: Number::Fine(controller), value: pair.value });
                }
            }
            32..=63 => {
                let pair = &mut fine[usize::from(controller - 32)];
                pair.fine(value);
                tell(Moved { channel, number: Number::Fine(controller - 32), value: pair.value });
            }
            _ => {}
        }
    }

    /// Tells coarse halves that have waited long enough for their fine ones.
    pub fn due(&mut self, at_ns: u64, mut tell: impl FnMut(Moved)) {
        for (channel, state) in (0u8..).zip(self.channels.iter_mut()) {
            for (controller, pair) in (0u8..).zip(&mut state.fine) {
                if pair.is_due(at_ns) {
                    tell(Moved { channel, number: Number::Fine(controller), value: pair.value });
                }
            }
            if state.selected.data.is_due(at_ns) {
                tell(state.selected.moved(channel));
            }
        }
    }
}

impl Selected {
    /// Takes half of a parameter's number.
    fn select(&mut self, controller: u8, value: u8) {
        let registered = controller >= 100;
        // The first half of another kind begins a number of its own.
        let before = if self.registered == registered { self.number } else { NONE };
        let value = u16::from(value);
        self.number = match controller {
            99 | 101 => before & 0x7f | value << 7,
            _ => before & 0x3f80 | value,
        };
        (self.registered, self.data) = (registered, Pair::default());
    }
}
