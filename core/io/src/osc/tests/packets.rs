//! What is written is read again, and what is not a packet is refused with its place.

use super::config;
use crate::osc::*;
use proptest::prelude::*;

/// An argument that owns what it holds. The same text serves as string and symbol.
#[derive(Clone, Debug)]
enum Own {
    Plain(Argument<'static>),
    Text(String, bool),
    Blob(Vec<u8>),
    Array(Vec<Own>),
}

#[derive(Clone, Debug)]
enum Tree {
    Message(String, Vec<Own>),
    Bundle(u64, Vec<Tree>),
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,9}", "[a-zäß→\u{1f600}]{0,5}"]
}

fn argument() -> impl Strategy<Value = Own> {
    let plain = prop_oneof![
        any::<i32>().prop_map(Argument::Int),
        any::<u32>().prop_map(|bits| Argument::Float(f32::from_bits(bits))),
        any::<i64>().prop_map(Argument::Long),
        any::<u64>().prop_map(|bits| Argument::Double(f64::from_bits(bits))),
        any::<u64>().prop_map(|tag| Argument::Time(TimeTag(tag))),
        any::<char>().prop_map(Argument::Char),
        any::<[u8; 4]>().prop_map(Argument::Rgba),
        any::<[u8; 4]>().prop_map(Argument::Midi),
        any::<bool>().prop_map(Argument::Bool),
        Just(Argument::Impulse),
        Just(Argument::Nil),
    ];
    let leaf = prop_oneof![
        4 => plain.prop_map(Own::Plain),
        2 => (text(), any::<bool>()).prop_map(|(text, symbol)| Own::Text(text, symbol)),
        1 => prop::collection::vec(any::<u8>(), 0..9).prop_map(Own::Blob),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Own::Array))
}

fn message() -> impl Strategy<Value = Tree> {
    ("(/[a-z0-9]{1,5}){1,3}", prop::collection::vec(argument(), 0..6))
        .prop_map(|(address, arguments)| Tree::Message(address, arguments))
}

fn tree() -> impl Strategy<Value = Tree> {
    message().prop_recursive(4, 24, 5, |inner| {
        // Tags near one another, as those of one sender are.
        let tag = prop_oneof![Just(1), 0xe000_0000_0000_0000_u64..0xe000_0010_0000_0000];
        (tag, prop::collection::vec(inner, 0..5)).prop_map(|(tag, elements)| Tree::Bundle(tag, elements))
    })
}

fn borrow<'a>(own: &'a [Own], into: &mut Vec<Argument<'a>>) {
    for argument in own {
        match argument {
            Own::Plain(argument) => into.push(*argument),
            Own::Text(text, false) => into.push(Argument::Str(text)),
            Own::Text(text, true) => into.push(Argument::Symbol(text)),
            Own::Blob(bytes) => into.push(Argument::Blob(bytes)),
            Own::Array(inner) => {
                into.push(Argument::ArrayStart);
                borrow(inner, into);
                into.push(Argument::ArrayEnd);
            }
        }
    }
}

/// Writes a tree, and notes what its messages are and when each applies.
fn write(tree: &Tree, outer: TimeTag, encoder: &mut Encoder, flat: &mut Vec<(TimeTag, Vec<u8>)>) {
    match tree {
        Tree::Message(address, own) => {
            let mut arguments = Vec::new();
            borrow(own, &mut arguments);
            encoder.message(address, &arguments).unwrap();
            flat.push((outer, encode(address, &arguments).unwrap()));
        }
        Tree::Bundle(tag, elements) => {
            encoder.open(TimeTag(*tag)).unwrap();
            elements.iter().for_each(|tree| write(tree, outer.later(TimeTag(*tag)), encoder, flat));
            encoder.close();
        }
    }
}

fn written(tree: &Tree) -> (Vec<u8>, Vec<(TimeTag, Vec<u8>)>) {
    let (mut encoder, mut flat) = (Encoder::new(MAX_PACKET), Vec::new());
    write(tree, TimeTag::IMMEDIATE, &mut encoder, &mut flat);
    (encoder.bytes().to_vec(), flat)
}

/// What is read of a packet, each message written again: NaN is compared by its bits.
fn read(packet: Packet<'_>) -> Vec<(TimeTag, Vec<u8>)> {
    let again = |timed: Timed<'_>| {
        let arguments: Vec<Argument<'_>> = timed.message.arguments().collect();
        assert_eq!(arguments.len(), timed.message.tags().len());
        (timed.at, encode(timed.message.address(), &arguments).unwrap())
    };
    packet.messages().map(again).collect()
}

/// Whatever bytes are: no panic, and either a place within them or something that can be read in full.
fn survives(bytes: &[u8]) -> bool {
    match decode(bytes) {
        Ok(packet) => {
            read(packet);
            true
        }
        Err(error) => {
            assert!(error.at() <= bytes.len() && !error.to_string().is_empty());
            false
        }
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn what_is_written_is_read_again(tree in tree()) {
        let (bytes, flat) = written(&tree);
        prop_assert_eq!(read(decode(&bytes).unwrap()), flat.clone());
        let owned = decode(&bytes).unwrap().to_owned();
        prop_assert_eq!(read(owned.view()), flat);
    }

    #[test]
    fn a_packet_may_be_cut_anywhere(tree in tree()) {
        let (bytes, flat) = written(&tree);
        for len in 0..bytes.len() {
            let whole = survives(&bytes[..len]);
            // A message can only be cut behind its address, which then is one of an old sender.
            if let Tree::Message(address, _) = &tree {
                prop_assert_eq!(whole, len == (address.len() / 4 + 1) * 4);
            }
            if whole {
                let front = read(decode(&bytes[..len]).unwrap());
                prop_assert!(front.len() <= flat.len());
            }
        }
    }

    #[test]
    fn a_packet_may_be_damaged_anyhow(
        tree in tree(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (mut bytes, _) = written(&tree);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            survives(&bytes);
        }
    }

    #[test]
    fn any_bytes_may_come(mut bytes in prop::collection::vec(any::<u8>(), 0..96), bundle in any::<bool>()) {
        let head: &[u8] = if bundle { b"#bundle\0" } else { b"/a\0\0,i[s" };
        survives(&bytes);
        bytes.splice(0..0, head.iter().copied());
        survives(&bytes);
        bytes.truncate(bytes.len() / 4 * 4);
        survives(&bytes);
    }
}

#[test]
fn the_examples_of_the_specification_are_met() {
    let frequency = b"/oscillator/4/frequency\0,f\0\0\x43\xdc\0\0";
    assert_eq!(encode("/oscillator/4/frequency", &[Argument::Float(440.0)]).unwrap(), frequency);
    let foo = b"/foo\0\0\0\0,iisff\0\0\0\0\x03\xe8\xff\xff\xff\xffhello\0\0\0\x3f\x9d\xf3\xb6\x40\xb5\xb2\x2d";
    let arguments = [
        Argument::Int(1000),
        Argument::Int(-1),
        Argument::Str("hello"),
        Argument::Float(1.234),
        Argument::Float(5.678),
    ];
    assert_eq!(encode("/foo", &arguments).unwrap(), foo);
    let timed = decode(foo).unwrap().messages().next().unwrap();
    assert_eq!((timed.at, timed.message.tags()), (TimeTag::IMMEDIATE, "iisff"));
    assert_eq!(timed.message.to_string(), "/foo 1000 -1 \"hello\" 1.234 5.678");
}

#[test]
fn old_senders_without_type_tags_are_understood() {
    let packet = decode(b"/play\0\0\0").unwrap();
    let message = packet.messages().next().unwrap().message;
    assert_eq!((message.address(), message.tags(), message.arguments().count()), ("/play", "", 0));
    // What kind of thing follows nobody can tell.
    assert_eq!(decode(b"/play\0\0\0\0\0\0\x01"), Err(DecodeError::Tags { at: 8 }));
}

#[test]
fn each_fault_has_its_place() {
    use DecodeError as E;
    let max = MAX_PACKET;
    let size = |at, size, max| E::Size { at, what: "an element", size, expected: "a multiple of 4 from 4", max };
    let blob = |size, max| E::Size { at: 8, what: "a blob", size, expected: "0", max };
    let cases: &[(&[u8], DecodeError)] = &[
        (b"", E::Length { bytes: 0, max }),
        (b"/a\0", E::Length { bytes: 3, max }),
        (b"play", E::Start { at: 0 }),
        (b"/abc", E::Truncated { at: 0, within: "an address" }),
        (b"/a\0x", E::Padding { at: 3, what: "an address", byte: b'x' }),
        (b"/\xffa\0", E::Text { at: 1, what: "an address" }),
        (b"/a\0\0,iii", E::Truncated { at: 4, within: "the type tags" }),
        (b"/a\0\0,i\0\0", E::Truncated { at: 8, within: "an integer" }),
        (b"/a\0\0,d\0\0\0\0\0\0", E::Truncated { at: 8, within: "a double" }),
        (b"/a\0\0,q\0\0", E::Tag { at: 5, tag: b'q' }),
        (b"/a\0\0,[\0\0", E::Array { at: 6 }),
        (b"/a\0\0,]\0\0", E::Array { at: 5 }),
        (b"/a\0\0,\0\0\0\0\0\0\0", E::Trailing { at: 8, bytes: 4 }),
        (b"/a\0\0,s\0\0abcd", E::Truncated { at: 8, within: "a string" }),
        (b"/a\0\0,s\0\0ab\0c", E::Padding { at: 11, what: "a string", byte: b'c' }),
        (b"/a\0\0,s\0\0a\xc3\0\0", E::Text { at: 9, what: "a string" }),
        (b"/a\0\0,c\0\0\0\0\xd8\0", E::Char { at: 8, value: 0xd800 }),
        (b"/a\0\0,b\0\0\xff\xff\xff\xff", blob(-1, 0)),
        (b"/a\0\0,b\0\0\x7f\xff\xff\xff\0\0\0\0", blob(i32::MAX, 4)),
        (b"/a\0\0,b\0\0\0\0\0\x01ab\0\0", E::Padding { at: 13, what: "a blob", byte: b'b' }),
        (b"#bundle\0\0\0\0\0", E::Truncated { at: 8, within: "the time tag of a bundle" }),
        (b"#bundle\0\0\0\0\0\0\0\0\x01\0\0\0\x05/a\0\0,\0\0\0", size(16, 5, 8)),
        (b"#bundle\0\0\0\0\0\0\0\0\x01\0\0\0\x0c/a\0\0,\0\0\0", size(16, 12, 8)),
        (b"#bundle\0\0\0\0\0\0\0\0\x01\x80\0\0\0/a\0\0,\0\0\0", size(16, i32::MIN, 8)),
        (b"#bundle\0\0\0\0\0\0\0\0\x01\0\0\0\0", size(16, 0, 0)),
    ];
    for (bytes, error) in cases {
        assert_eq!(decode(bytes), Err(*error), "{}", bytes.escape_ascii());
    }
    assert!(decode(b"#bundle\0\0\0\0\0\0\0\0\x01").unwrap().messages().next().is_none());
}

#[test]
fn nothing_grows_without_bound() {
    // A bundle within a bundle, thousands of times, which fits in a datagram.
    let mut nested = Vec::new();
    for _ in 0..3_000 {
        let size = u32::try_from(nested.len()).unwrap().to_be_bytes();
        let inner = std::mem::take(&mut nested);
        nested.extend_from_slice(b"#bundle\0\0\0\0\0\0\0\0\x01");
        if !inner.is_empty() {
            nested.extend_from_slice(&size);
            nested.extend_from_slice(&inner);
        }
    }
    assert_eq!(decode(&nested), Err(DecodeError::Depth { at: 20 * MAX_DEPTH }));
    let mut many = b"/a\0\0,".to_vec();
    many.resize(5 + MAX_ARGUMENTS + 3, b'T');
    many.resize((many.len() / 4 + 1) * 4, 0);
    assert_eq!(decode(&many), Err(DecodeError::Arguments { at: 5 + MAX_ARGUMENTS }));
    let mut elements = b"#bundle\0\0\0\0\0\0\0\0\x01".to_vec();
    (0..MAX_ELEMENTS).for_each(|_| elements.extend_from_slice(b"\0\0\0\x04/a\0\0"));
    assert_eq!(decode(&elements), Err(DecodeError::Elements { at: 16 + 8 * (MAX_ELEMENTS - 1) + 4 }));
    assert_eq!(
        decode(&vec![b'/'; MAX_PACKET + 4]),
        Err(DecodeError::Length { bytes: MAX_PACKET + 4, max: MAX_PACKET })
    );
}

#[test]
fn a_bundle_within_another_applies_no_earlier() {
    let mut encoder = Encoder::new(MAX_DATAGRAM);
    let (early, late) = (TimeTag(0xe000_0000_0000_0000), TimeTag(0xe000_0001_0000_0000));
    encoder.open(early).unwrap();
    encoder.open(late).unwrap();
    encoder.message("/late", &[]).unwrap();
    encoder.open(TimeTag::IMMEDIATE).unwrap();
    encoder.message("/late/too", &[]).unwrap();
    encoder.close();
    encoder.close();
    encoder.message("/early", &[]).unwrap();
    let packet = decode(encoder.bytes()).unwrap();
    let read: Vec<_> = packet.messages().map(|timed| (timed.message.address(), timed.at)).collect();
    assert_eq!(read, [("/late", late), ("/late/too", late), ("/early", early)]);
}

#[test]
fn a_message_that_does_not_fit_leaves_the_packet_whole() {
    let mut encoder = Encoder::new(64);
    encoder.open(TimeTag::IMMEDIATE).unwrap();
    encoder.open(TimeTag::IMMEDIATE).unwrap();
    encoder.message("/a", &[Argument::Int(1)]).unwrap();
    let before = encoder.bytes().to_vec();
    let error = encoder.message("/b", &[Argument::Str("much too long for what is left")]).unwrap_err();
    assert!(matches!(error, EncodeError::Full { limit: 64, .. }), "{error}");
    let bad = [
        ("a", vec![]),
        ("/a\0", vec![]),
        ("/a", vec![Argument::Str("\0")]),
        ("/a", vec![Argument::ArrayEnd]),
        ("/a", vec![Argument::ArrayStart]),
    ];
    for (address, arguments) in bad {
        assert!(encoder.message(address, &arguments).is_err(), "{address:?} {arguments:?}");
    }
    assert_eq!((encoder.bytes(), encoder.elements()), (&before[..], 3));
    assert_eq!(decode(&before).unwrap().messages().count(), 1);
    encoder.clear();
    encoder.message("/a", &[]).unwrap();
    assert_eq!(encoder.message("/b", &[]), Err(EncodeError::Whole));
}

#[test]
fn reading_takes_no_memory() {
    let mut encoder = Encoder::new(MAX_DATAGRAM);
    encoder.open(TimeTag::IMMEDIATE).unwrap();
    for n in 0..50 {
        encoder
            .message("/bf/node/filter/cutoff", &[Argument::Float(0.5), Argument::Str("x"), Argument::Int(n)])
            .unwrap();
    }
    let sum: f64 = assert_no_alloc::assert_no_alloc(|| {
        let packet = decode(encoder.bytes()).unwrap();
        packet.messages().flat_map(|timed| timed.message.arguments()).filter_map(|a| a.number()).sum()
    });
    assert_eq!(sum, 25.0 + 1225.0);
}
