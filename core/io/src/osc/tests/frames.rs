//! Packets come out of streams as they went in, however the stream is cut and whatever lies between them.

use super::config;
use crate::osc::*;
use proptest::prelude::*;

/// Takes all out of a stream that comes in pieces of these lengths, in turn.
fn take(mut framer: Framer, stream: &[u8], pieces: &[usize]) -> (Vec<Vec<u8>>, Vec<FrameError>) {
    let (mut frames, mut errors, mut rest) = (Vec::new(), Vec::new(), stream);
    for len in pieces.iter().cycle() {
        let (mut piece, later) = rest.split_at(rest.len().min(*len));
        while let Some(frame) = framer.next(&mut piece) {
            match frame {
                Ok(frame) => frames.push(frame.to_vec()),
                Err(error) => errors.push(error),
            }
        }
        assert!(piece.is_empty());
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    (frames, errors)
}

/// Something as long as a packet, that begins as one, with any bytes in it.
fn packet() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(vec![0xc0, 0xdb, 0xdc, 0xdd])], 0..40).prop_map(
        |mut packet| {
            packet.insert(0, b'/');
            packet.resize(packet.len().next_multiple_of(4), 0);
            packet
        },
    )
}

fn framing() -> impl Strategy<Value = Framing> {
    prop::sample::select(vec![Framing::Slip, Framing::Length])
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn packets_come_out_as_they_went_in(
        framing in framing(),
        packets in prop::collection::vec(packet(), 1..6),
        pieces in prop::collection::vec(1_usize..30, 1..8),
    ) {
        let mut stream = Vec::new();
        packets.iter().for_each(|packet| framing.wrap(packet, &mut stream));
        let known = take(Framer::with(framing, 64), &stream, &pieces);
        prop_assert_eq!(&known, &(packets, vec![]));
        let found = take(Framer::new(64), &stream, &pieces);
        prop_assert_eq!(found, known);
    }

    #[test]
    fn garbage_between_packets_is_passed_over(
        framing in framing(),
        packets in prop::collection::vec((packet(), prop::collection::vec(0x80_u8..0xc0, 0..20)), 1..6),
        pieces in prop::collection::vec(1_usize..30, 1..8),
    ) {
        let mut stream = Vec::new();
        for (packet, garbage) in &packets {
            stream.extend_from_slice(garbage);
            framing.wrap(packet, &mut stream);
        }
        // On SLIP, what lies between two ENDs is a frame, and no packet.
        let (mut frames, errors) = take(Framer::with(framing, 64), &stream, &pieces);
        frames.retain(|frame| frame[0] == b'/');
        let runs = packets.iter().filter(|(_, garbage)| !garbage.is_empty()).count();
        prop_assert_eq!(errors.len(), if framing == Framing::Length { runs } else { 0 });
        prop_assert_eq!(frames, packets.into_iter().map(|(packet, _)| packet).collect::<Vec<_>>());
    }

    #[test]
    fn any_bytes_may_come(
        stream in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(vec![0, 0xc0, 0xdb, b'/', b'#'])], 0..200),
        pieces in prop::collection::vec(1_usize..30, 1..8),
    ) {
        for framer in [Framer::new(32), Framer::with(Framing::Slip, 32), Framer::with(Framing::Length, 32)] {
            let (frames, errors) = take(framer, &stream, &pieces);
            prop_assert!(frames.iter().all(|frame| !frame.is_empty() && frame.len() <= 32));
            prop_assert!(frames.len() + errors.len() <= stream.len());
        }
    }
}

#[test]
fn the_framing_is_found_from_the_first_bytes() {
    for (stream, framing) in [
        (&b"\xc0/a\0\0\xc0"[..], Some(Framing::Slip)),
        (b"/a\0\0\xc0", Some(Framing::Slip)),
        (b"\0\0\0\x04/a\0\0", Some(Framing::Length)),
        (b"xyz\0\0\0\x04/a\0\0", Some(Framing::Length)),
        (b"GET", None),
    ] {
        let mut framer = Framer::new(64);
        let (mut rest, mut frames) = (stream, 0);
        while let Some(frame) = framer.next(&mut rest) {
            frames += usize::from(frame == Ok(b"/a\0\0"));
        }
        assert_eq!((framer.framing(), frames), (framing, usize::from(framing.is_some())), "{}", stream.escape_ascii());
    }
}

#[test]
fn faults_of_slip_cost_one_frame() {
    let good = b"\xc0/a\0\0\xc0";
    for (bad, error) in [
        (&b"/b\xdbx\0\xc0"[..], FrameError::Escape { byte: b'x' }),
        (b"/b\0\xdb\xc0", FrameError::Escape { byte: 0xc0 }),
        (b"/23456789\xc0", FrameError::Long { max: 8 }),
    ] {
        let stream = [good, bad, good].concat();
        let taken = take(Framer::new(8), &stream, &[3]);
        assert_eq!(taken, (vec![b"/a\0\0".to_vec(), b"/a\0\0".to_vec()], vec![error]));
    }
}

#[test]
fn a_length_is_not_believed_before_its_bytes_come() {
    let mut framer = Framer::with(Framing::Length, MAX_PACKET);
    assert_eq!(framer.next(&mut &b"\0\x04\0\0/abc"[..]), None);
    // Too long, negative, no multiple of 4, and followed by what begins no packet.
    for head in [&b"\0\x04\0\x04/"[..], b"\xff\xff\xff\xfc/", b"\0\0\0\x06/", b"\0\0\0\x08x", b"\0\0\0\x0c#"] {
        let stream = [head, b"\xff\0\0\0\x04/a\0\0"].concat();
        let (frames, errors) = take(Framer::with(Framing::Length, MAX_PACKET), &stream, &[2]);
        let expected = FrameError::Garbage { bytes: head.len() + 1, expected: "the length of a packet" };
        assert_eq!((frames, errors), (vec![b"/a\0\0".to_vec()], vec![expected]), "{}", head.escape_ascii());
    }
}
