//! What goes to the device beside what is heard: cued strips, a click, other pairs of channels. None of it changes a bit
//! of what is heard, recorded and rendered, and the audio half asks for no memory for it.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_engine::{LoadError, Move, When};
use bf_node::{EventBody, Outlet};
use bf_patch::{Node, Patch, Set};
use common::{Build, Host, peak, step};

/// A strip that is turned down and muted, one that is heard, and headphones somewhere.
fn desk(cued: bool, phones: &str) -> Patch {
    let muted = Node::new("strip").with("gain", -20.0).with("mute", true).with("cue", cued);
    Patch::default()
        .node("tone", Node::new("sine").with("freq", 440.0))
        .node("noise", Node::new("white"))
        .node("a", muted)
        .node("b", Node::new("strip").with("gain", -12.0))
        .node("ahead", Node::new("cue"))
        .node("phones", Node::new("output").with("channels", phones))
        .node("out", Node::new("output"))
        .cable("a", "tone")
        .cable("b", "noise")
        .cable("phones", "ahead")
        .cable("out", "a")
        .cable("out", "b")
}

/// So many frames at a device of so many channels, by channel.
fn play(host: &mut Host, frames: usize, channels: usize) -> Vec<Vec<f32>> {
    let mut all = vec![Vec::new(); channels];
    let mut buffer = vec![9.0; 96 * channels];
    while all[0].len() < frames {
        host.engine.process(&mut buffer, channels);
        for frame in buffer.chunks(channels) {
            all.iter_mut().zip(frame).for_each(|(all, x)| all.push(*x));
        }
    }
    all
}

#[test]
fn what_is_cued_goes_to_channels_of_its_own_and_changes_no_bit_of_the_rest() {
    let mut sounds = Vec::new();
    for block in [16, 64, 256] {
        let mut plain = Host::new(block);
        plain.main(&desk(false, "3/4"));
        let before = play(&mut plain, 9_600, 6);
        let mut cued = Host::new(block);
        cued.main(&desk(false, "3/4"));
        let _first = play(&mut cued, 96, 6);
        cued.main(&desk(true, "3/4"));
        let after = play(&mut cued, 9_504, 6);
        assert_eq!(before[0][96..], after[0][..], "the main outputs stay as they are");
        assert_eq!(before[1][96..], after[1][..]);
        assert_eq!(peak(&before[2]), 0.0, "nothing is cued");
        assert!(peak(&after[2]) > 0.9, "before fader and mute: {}", peak(&after[2]));
        assert_eq!(after[2], after[3]);
        assert!(step(&after[2]) < 0.08, "it comes without a click");
        assert_eq!(peak(&after[4]), 0.0);
        assert!(after.iter().flatten().all(|x| x.is_finite() && *x != 9.0), "every channel is filled");
        sounds.push(before[0].clone());
    }
    assert!(sounds.windows(2).all(|w| w[0][..9_000] == w[1][..9_000]), "at any block size");
}

#[test]
fn at_a_device_with_one_pair_it_stands_in_for_the_rest_while_something_is_cued() {
    let mut host = Host::new(64);
    let sound = host.controller.keep_sound(&mut host.engine, 96_000);
    host.main(&desk(false, "instead"));
    let plain = play(&mut host, 4_800, 2);
    assert!(peak(&plain[0]) > 0.1, "the noise is heard");
    host.main(&desk(true, "instead"));
    let _fade = play(&mut host, 960, 2);
    let cued = play(&mut host, 4_800, 2);
    let tone = |x: &[f32]| x.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max) < 0.08;
    assert!(tone(&cued[0]) && peak(&cued[0]) > 0.9, "the tone alone is heard");
    host.main(&desk(false, "instead"));
    let _fade = play(&mut host, 960, 2);
    assert!(!tone(&play(&mut host, 960, 2)[0]), "and the rest again");

    // What is recorded is what it would be without headphones.
    let mut alone = Host::new(64);
    let other = alone.controller.keep_sound(&mut alone.engine, 96_000);
    alone.main(&desk(false, "3/4"));
    let _all = play(&mut alone, 12_480, 2);
    let all = |mut ring: rtrb::Consumer<bf_engine::Sound>| {
        let mut left = Vec::new();
        while let Ok(piece) = ring.pop() {
            left.extend_from_slice(&piece.data[0][..usize::from(piece.len)]);
        }
        left
    };
    let (with, without) = (all(sound), all(other));
    assert_eq!(with[..12_000], without[..12_000]);
}

#[test]
fn a_click_beside_is_heard_at_the_device_alone() {
    let patch = |channels: &str| {
        Patch::default()
            .node("click", Node::new("metronome").with("gain", 0.0))
            .node("aside", Node::new("output").with("channels", channels))
            .cable("aside", "click")
    };
    let mut host = Host::new(64);
    host.main(&patch("beside"));
    host.controller.transport(Move::Play, When::Now);
    let heard = play(&mut host, 30_000, 2);
    assert!(peak(&heard[0][..2_000]) > 0.5 && peak(&heard[1][24_000..26_000]) > 0.5, "a click on each beat");
    assert_eq!(peak(&heard[0][12_000..23_000]), 0.0);
    assert_eq!(host.controller.shared().status().peaks, [0.0; 2], "the set itself is silent");
    assert!(host.controller.stems().is_empty(), "and it is no stem");

    // A count-in clicks while the transport stands.
    let mut host = Host::new(64);
    host.main(&patch("beside"));
    let target = host.controller.target("click", Some("click")).unwrap();
    for (beat, value) in [1.0, 0.5].into_iter().enumerate() {
        let at = When::Frame(10_000 + 24_000 * beat as u64);
        host.controller.send(target, 77, EventBody::Trigger { value }, at).unwrap();
    }
    let heard = play(&mut host, 36_000, 2);
    assert_eq!(heard[0].iter().position(|x| *x != 0.0), Some(10_001), "on its frame; a click begins at zero");
    assert!(peak(&heard[0][34_000..35_000]) > 0.5);
}

#[test]
fn channels_that_no_device_has_are_refused() {
    let mut host = Host::new(64);
    let main = Patch::default().node("out", Node::new("output").with("channels", "2/3"));
    let Err(LoadError::Make { cause, .. }) = host.controller.load(&Set { main, ..Set::default() }, &|_| 0) else {
        panic!("it is loaded")
    };
    assert!(cause.to_string().contains("3/4"), "{cause}");
    assert!(Outlet::NAMES.iter().all(|name| Outlet::from_name(name).unwrap().name() == *name));
}

/// What stands in for the rest does so from the frame on which its plan takes over, wherever in a block that is.
#[test]
fn cued_at_a_beat_the_device_hears_the_same_at_any_block() {
    let play_at = |block: usize| {
        let mut host = Host::new(block);
        host.main(&desk(false, "instead"));
        host.controller.transport(Move::Tempo(bf_pattern::Tempo::from_bpm(120.0)), When::Now);
        host.controller.transport(Move::Play, When::Frame(0));
        let mut heard = play(&mut host, 1_024, 2).swap_remove(0);
        let set = Set { main: desk(true, "instead"), ..Set::default() };
        host.controller.load_at(&set, &|_| 0, Some(bf_pattern::Ratio::new(1, 3))).unwrap();
        heard.extend(play(&mut host, 12_000, 2).swap_remove(0));
        heard.truncate(12_000);
        heard
    };
    let first = play_at(64);
    for block in [16, 256, 1_024] {
        let other = play_at(block);
        assert_eq!(first.iter().zip(&other).position(|(a, b)| a.to_bits() != b.to_bits()), None, "at block {block}");
    }
}
