//! Bytes that other programs write.

use crate::osc::*;
use std::time::Duration;

/// By python-osc 1.10: a message of every type that it has, for a time, within a bundle for now.
const PYTHON_OSC: &[u8] = b"#bundle\0\0\0\0\0\0\0\0\x01\0\0\0x#bundle\0\xe8\xfeo\x80\x80\0\0\0\0\0\0d\
    /bf/node/filter/cutoff\0\0,ifsbTFNhdrm[i[s]]\0\0\0\0\0\x07?\0\0\0text\0\0\0\0\0\0\0\x03abc\0\
    \xff\xff\xff\xff\xff\xff\xff\xfb@\x02\0\0\0\0\0\0\x10 0@\0\x90<d\0\0\0\x01x\0\0\0\0\0\0\x08/b\0\0,\0\0\0";

#[test]
fn python_osc_is_understood_and_written_alike() {
    let packet = decode(PYTHON_OSC).unwrap();
    let messages: Vec<_> = packet.messages().map(|timed| (timed.at, timed.message.to_string())).collect();
    let due = TimeTag::from_unix(Duration::from_millis(1_700_000_000_500));
    let text = "/bf/node/filter/cutoff 7 0.5 \"text\" <3 bytes> true false nil -5 2.25 #10203040 midi(0,0x90,60,100) [ 1 [ \"x\" ] ]";
    assert_eq!(messages, [(due, text.to_owned()), (TimeTag::IMMEDIATE, "/b".to_owned())]);
    let mut encoder = Encoder::new(MAX_DATAGRAM);
    encoder.open(TimeTag::IMMEDIATE).unwrap();
    for timed in packet.messages() {
        let arguments: Vec<_> = timed.message.arguments().collect();
        if !timed.at.is_immediate() {
            encoder.open(timed.at).unwrap();
        }
        encoder.message(timed.message.address(), &arguments).unwrap();
        if !timed.at.is_immediate() {
            encoder.close();
        }
    }
    assert_eq!(encoder.bytes(), PYTHON_OSC);
}
