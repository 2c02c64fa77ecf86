//! Any bytes as OSC, in a datagram and on streams: no panic, faults within the bytes, and what is read can be written
//! and read again.
//!
//! `cargo +nightly fuzz run osc fuzz/corpus/osc fuzz/seeds/osc`

#![no_main]

use bf_io::osc::{Argument, Framer, Framing, MAX_PACKET, Pattern, check_address, decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match decode(data) {
        Ok(packet) => {
            for timed in packet.messages() {
                let arguments: Vec<Argument<'_>> = timed.message.arguments().collect();
                assert_eq!(arguments.len(), timed.message.tags().len());
                let again = encode(timed.message.address(), &arguments).expect("what was read can be written");
                let again = decode(&again).expect("what was written can be read");
                let message = again.messages().next().expect("one message was written").message;
                // Once more as text: NaN is not itself.
                assert_eq!(message.to_string(), timed.message.to_string());
                let address = timed.message.address();
                if let Ok(pattern) = Pattern::parse(address) {
                    assert!(check_address(address).is_err() || pattern.matches(address));
                    pattern.matches("/bf/node/filter/cutoff");
                }
            }
        }
        Err(error) => assert!(error.at() <= data.len()),
    }
    // In two pieces, cut where the first byte says.
    let cut = usize::from(data.first().copied().unwrap_or(0)).min(data.len());
    for mut framer in [Framer::new(MAX_PACKET), Framer::with(Framing::Slip, 64), Framer::with(Framing::Length, 64)] {
        let mut frames = 0;
        for mut piece in [&data[..cut], &data[cut..]] {
            while let Some(frame) = framer.next(&mut piece) {
                assert!(frame.is_err() || frame.is_ok_and(|frame| !frame.is_empty()));
                frames += 1;
            }
            assert!(piece.is_empty());
        }
        assert!(frames <= data.len());
    }
});
