//! Bytes to messages and back.

use crate::midi::{Message, Moved, Number, Pairs, Parser};
use proptest::prelude::*;

fn parse(bytes: &[u8]) -> (Vec<Message>, u64) {
    let (mut parser, mut all) = (Parser::new(), Vec::new());
    parser.feed(bytes, |m| all.push(m));
    (all, parser.broken())
}

fn on(channel: u8, key: u8, velocity: u8) -> Message {
    Message::NoteOn { channel, key, velocity }
}

#[test]
fn running_status_holds_until_another_status() {
    let (all, broken) = parse(&[0x92, 60, 100, 64, 90, 60, 0, 0xc1, 5, 6, 0xe0, 0, 64, 0xf2, 3, 1, 9]);
    let expected = [
        on(2, 60, 100),
        on(2, 64, 90),
        Message::NoteOff { channel: 2, key: 60, velocity: 64 },
        Message::Program { channel: 1, program: 5 },
        Message::Program { channel: 1, program: 6 },
        Message::Bend { channel: 0, value: 0 },
        Message::SongPosition(131),
    ];
    assert_eq!(all, expected);
    assert_eq!(broken, 1, "a song position leaves no running status behind");
}

#[test]
fn real_time_stands_anywhere() {
    let (all, broken) = parse(&[0x90, 0xf8, 60, 0xfe, 100, 0xf0, 1, 0xfa, 2, 0xf7, 62, 0xb0, 1, 0xfc, 2]);
    let expected = [
        Message::Clock,
        Message::ActiveSensing,
        on(0, 60, 100),
        Message::Start,
        Message::Stop,
        Message::Control { channel: 0, controller: 1, value: 2 },
    ];
    assert_eq!(all, expected);
    assert_eq!(broken, 1, "an exclusive message takes the running status away");
}

#[test]
fn what_is_cut_off_is_counted_and_changes_nothing_after() {
    let (all, broken) = parse(&[1, 2, 0x90, 60, 0x80, 60, 0x90, 61, 1, 0xf4, 3, 0xf0, 0x55, 0x90, 62, 2]);
    assert_eq!(all, [on(0, 61, 1), on(0, 62, 2)]);
    assert_eq!(broken, 5);
}

fn any_message() -> impl Strategy<Value = Message> {
    let status = prop_oneof![
        0x80u8..=0xef,
        Just(0xf1),
        Just(0xf2),
        Just(0xf3),
        Just(0xf6),
        Just(0xf8),
        0xfau8..=0xfc,
        0xfeu8..=0xff
    ];
    (status, 0u8..128, 0u8..128).prop_filter_map("a message", |(status, a, b)| Message::of(status, [a, b]))
}

proptest! {
    #[test]
    fn what_is_written_is_read_however_it_is_cut(messages in prop::collection::vec(any_message(), 0..50), cuts in any::<u64>()) {
        let bytes: Vec<u8> = messages.iter().flat_map(|m| m.packet().bytes().to_vec()).collect();
        let (mut parser, mut all) = (Parser::new(), Vec::new());
        let mut rest = &bytes[..];
        let mut cuts = cuts;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((cuts % 5 + 1).min(rest.len() as u64) as usize);
            parser.feed(piece, |m| all.push(m));
            (rest, cuts) = (after, cuts.rotate_left(7));
        }
        prop_assert_eq!(all, messages);
        prop_assert_eq!(parser.broken(), 0);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        let (all, broken) = parse(&bytes);
        prop_assert!(all.len() as u64 + broken <= 2 * bytes.len() as u64);
        let mut pairs = Pairs::new();
        for (i, message) in all.iter().enumerate() {
            prop_assert!(!message.packet().bytes().is_empty());
            if let Message::Control { channel, controller, value } = *message {
                pairs.take(i as u64 * 1_000_000, (channel, controller, value), |m| assert!((0.0..=1.0).contains(&m.unit())));
            }
        }
    }
}

/// What controllers of one channel tell, without those of seven bits.
fn told(controllers: &[(u64, u8, u8)]) -> Vec<(Number, u16)> {
    let (mut pairs, mut all) = (Pairs::new(), Vec::new());
    let mut tell = |m: Moved| {
        if !matches!(m.number, Number::Controller(_)) {
            all.push((m.number, m.value));
        }
    };
    for (ms, controller, value) in controllers {
        pairs.due(ms * 1_000_000, &mut tell);
        pairs.take(ms * 1_000_000, (0, *controller, *value), &mut tell);
    }
    pairs.due(1_000_000_000_000, &mut tell);
    all
}

#[test]
fn halves_come_together_without_a_jump_between() {
    let fine = |value| (Number::Fine(7), value);
    // The first coarse half counts at once; once there are fine ones, each waits for its own.
    assert_eq!(told(&[(0, 7, 63), (1, 39, 127), (2, 7, 64), (3, 39, 0)]), [fine(8064), fine(8191), fine(8192)]);
    // A device that leaves the fine half out.
    assert_eq!(told(&[(0, 7, 1), (0, 39, 1), (1, 7, 2), (2, 7, 3)]), [fine(128), fine(129), fine(384)]);
    // The last coarse half counts once it has waited.
    assert_eq!(told(&[(0, 7, 1), (0, 39, 1), (1, 7, 2), (9, 1, 0)])[2..], [fine(256), (Number::Fine(1), 0)]);
}

#[test]
fn parameters_are_selected_and_moved() {
    let bend = Number::Registered(0);
    assert_eq!(told(&[(0, 101, 0), (0, 100, 0), (0, 6, 12), (0, 38, 50)]), [(bend, 1536), (bend, 1586)]);
    let other = Number::Other(130);
    assert_eq!(
        told(&[(0, 99, 1), (0, 98, 2), (0, 6, 64), (0, 96, 0), (0, 97, 0), (0, 97, 0)]),
        [(other, 8192), (other, 8193), (other, 8192), (other, 8191)]
    );
    // Nothing is selected, or no more.
    assert_eq!(told(&[(0, 6, 1)]), [(Number::Fine(6), 128)]);
    assert_eq!(told(&[(0, 101, 0), (0, 100, 1), (0, 101, 127), (0, 100, 127), (0, 96, 1)]), []);
}
