//! Encoders and faders.

use crate::midi::{Grip, Relative, Takeover};
use proptest::prelude::*;

#[test]
fn each_kind_counts_its_steps() {
    let steps = |kind: Relative| [1, 2, 63, 64, 65, 127].map(|v| kind.steps(v));
    assert_eq!(steps(Relative::Twos), [1, 2, 63, -64, -63, -1]);
    assert_eq!(steps(Relative::Offset), [-63, -62, -1, 0, 1, 63]);
    assert_eq!(steps(Relative::Sign), [1, 2, 63, 0, -1, -63]);
    assert_eq!(steps(Relative::SignReversed), [-1, -2, -63, 0, 1, 63]);
    assert_eq!(steps(Relative::UpDown), [-1, -1, -1, 1, 1, 1]);
    for (name, kind) in Relative::NAMES {
        assert_eq!((Relative::from_name(name), kind.name()), (Some(kind), name));
    }
}

#[test]
fn a_kind_is_guessed_from_turns_both_ways() {
    assert_eq!(Relative::guess(&[1, 1, 2, 127, 126, 127]), Some(Relative::Twos));
    assert_eq!(Relative::guess(&[65, 65, 66, 63, 62, 63]), Some(Relative::Offset));
    assert_eq!(Relative::guess(&[1, 2, 1, 65, 66, 65]), Some(Relative::Sign));
    assert_eq!(Relative::guess(&[127, 127, 0, 0]), Some(Relative::UpDown));
    assert_eq!(Relative::guess(&[10, 20, 30, 40, 50]), None);
    assert_eq!(Relative::guess(&[1, 1, 1, 1]), None);
    assert_eq!(Relative::guess(&[]), None);
}

#[test]
fn a_fader_that_picks_up_waits_for_the_value() {
    let mut grip = Grip::default();
    assert_eq!([0.0, 0.2, 0.45].map(|h| grip.take(Takeover::Pickup, h, 0.5)), [None; 3]);
    // It goes past in one step.
    assert_eq!(grip.take(Takeover::Pickup, 0.6, 0.5), Some(0.6));
    assert_eq!(grip.take(Takeover::Pickup, 0.1, 0.6), Some(0.1));
    // Somebody else moved the value: it has to be fetched again.
    assert_eq!(grip.take(Takeover::Pickup, 0.2, 0.9), None);
    assert_eq!(grip.take(Takeover::Pickup, 0.9, 0.9), Some(0.9));
}

#[test]
fn a_jump_jumps_and_names_are_found() {
    assert_eq!(Grip::default().take(Takeover::Jump, 0.3, 0.9), Some(0.3));
    assert_eq!(Takeover::from_name("scale"), Some(Takeover::Scale));
    assert_eq!(Takeover::from_name("x"), None);
}

proptest! {
    #[test]
    fn a_scaled_fader_goes_the_hand_s_way_and_meets_it_at_the_ends(start in 0.0..1.0f64, hands in prop::collection::vec(0.0..1.0f64, 2..40)) {
        let (mut grip, mut value) = (Grip::default(), start);
        let mut before = None;
        for hand in hands.into_iter().chain([1.0]) {
            let new = grip.take(Takeover::Scale, hand, value).unwrap_or(value);
            if let Some(before) = before {
                prop_assert!((new - value) * (hand - before) >= -1e-12);
            }
            prop_assert!((0.0..=1.0).contains(&new));
            (value, before) = (new, Some(hand));
        }
        prop_assert!((value - 1.0).abs() < 1e-9);
        prop_assert!(grip.take(Takeover::Scale, 0.0, value).unwrap().abs() < 1e-9);
    }

    #[test]
    fn a_picked_up_value_never_jumps_by_more_than_the_hand_moves(start in 0.0..1.0f64, hands in prop::collection::vec(0u8..128, 1..60)) {
        let (mut grip, mut value) = (Grip::default(), start);
        let mut before: Option<f64> = None;
        for hand in hands.into_iter().map(|h| f64::from(h) / 127.0) {
            if let Some(new) = grip.take(Takeover::Pickup, hand, value) {
                let moved = before.map_or(0.0, |b| (hand - b).abs());
                prop_assert!((new - value).abs() <= moved + 0.6 / 127.0 + 1e-9);
                value = new;
            }
            before = Some(hand);
        }
    }
}
