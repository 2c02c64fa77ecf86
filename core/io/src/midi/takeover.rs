//! Faders that do not jump: how a hand takes over a value that stands elsewhere.

/// What happens when a fader moves that stands elsewhere than the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Takeover {
    /// The value jumps to the fader.
    #[default]
    Jump,
    /// Nothing moves until the fader has come to the value.
    Pickup,
    /// The value moves the same way, by as much of its way as the fader has moved of its own: they meet at the end.
    Scale,
}

/// How near counts as there: a little more than half a step of seven bits.
const NEAR: f64 = 0.6 / 127.0;

impl Takeover {
    /// Every kind, with the name that users write.
    pub const NAMES: [(&'static str, Takeover); 3] =
        [("jump", Takeover::Jump), ("pickup", Takeover::Pickup), ("scale", Takeover::Scale)];

    /// The kind of a name.
    pub fn from_name(name: &str) -> Option<Takeover> {
        Takeover::NAMES.iter().find(|(n, _)| *n == name).map(|(_, kind)| *kind)
    }
}

/// What is known of one fader. All positions and values are 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Grip {
    /// Where the fader was.
    hand: Option<f64>,
    /// The value that it was last given; while the value stands there, the hand has it.
    given: Option<f64>,
}

impl Grip {
    /// The fader moves to `hand` while the value is `value`; answers the value's new place, `None` to leave it.
    pub fn take(&mut self, takeover: Takeover, hand: f64, value: f64) -> Option<f64> {
        let (hand, value) = (hand.clamp(0.0, 1.0), value.clamp(0.0, 1.0));
        let before = self.hand.replace(hand);
        let held = self.given.is_some_and(|given| (given - value).abs() <= NEAR);
        let meets = (hand - value).abs() <= NEAR || before.is_some_and(|b| (b - value) * (hand - value) <= 0.0);
        let new = match takeover {
            Takeover::Jump => Some(hand),
            // A hand that scales has the value only where both stand together.
            Takeover::Pickup if held || meets => Some(hand),
            Takeover::Pickup => None,
            Takeover::Scale => before.map(|before| scaled(before, hand, value)),
        };
        self.given = new;
        new
    }

    /// The value that the hand has, while it has one.
    pub fn given(&self) -> Option<f64> {
        self.given
    }
}

/// Where the value goes when the hand goes from `before` to `hand`.
fn scaled(before: f64, hand: f64, value: f64) -> f64 {
    if (before - value).abs() <= 1e-9 {
        return hand;
    }
    let new = if hand > before {
        // Of the way up that is left to the hand, the same share of the value's.
        value + (hand - before) / (1.0 - before).max(1e-9) * (1.0 - value)
    } else {
        value - (before - hand) / before.max(1e-9) * value
    };
    new.clamp(0.0, 1.0)
}
