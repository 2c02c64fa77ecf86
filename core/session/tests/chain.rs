//! What tracks play through: chains of the library's stages behind samples and instruments.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;

use bf_node::EventBody;
use bf_patch::text::TextPatch;
use bf_session::When;
use bf_session::chain::{Chains, Source};
use bf_stdlib::library::library;
use common::{Hit, Host, Through, brightness, controls, peak, rms, samples, samples_at, secs, set, step, store};

const HIT: Hit<'_> = Hit { at: 0.1, until: 0.2, pitch: 36.0, controls: &[] };

#[test]
fn every_patch_of_the_library_reads_and_its_controls_are_words_of_the_language() {
    for shipped in library() {
        let text = TextPatch::parse(shipped.text, shipped.file).unwrap();
        assert_eq!(text.warnings(), [], "{}", shipped.file);
        let patch = text.patch();
        assert!(patch.check().is_ok() && !patch.outputs.is_empty() && !patch.controls.is_empty(), "{}", shipped.file);
        for (name, control) in &patch.controls {
            let own = ["files", "one_shot", "roomdim", "delay_synced"];
            let word = bf_pattern::control(name.as_str()).is_some_and(|c| c.name == name.as_str());
            assert!(word || own.contains(&name.as_str()), "{}: {name}", shipped.file);
            assert!(!control.help.is_empty(), "{}: {name}", shipped.file);
        }
    }
}

#[test]
fn only_what_is_used_takes_part() {
    let registry = bf_session::registry();
    let chains = Chains::new();
    let list = ["bd".to_owned()];
    let nodes = |used: &str| -> Vec<String> {
        let chain = chains.chain(&Source::Samples(&list), &controls(used), &registry);
        let mut names: Vec<_> = chain.patch.layout.iter().collect();
        names.sort_by_key(|(_, at)| at[0]);
        let mut all: Vec<String> = names.into_iter().map(|(name, _)| name.to_string()).collect();
        all.extend(chain.unknown.iter().map(|name| format!("?{name}")));
        all
    };
    assert_eq!(nodes(""), ["source"]);
    assert_eq!(nodes("cutoff gain room"), ["source", "gain", "lpf", "room"]);
    assert_eq!(nodes("cutoff lpenv"), ["source", "lpf_sweep"]);
    assert_eq!(nodes("cutoff lpattack"), ["source", "lpf_hold"]);
    assert_eq!(nodes("cutoff lpattack lpdecay"), ["source", "lpf_envelope"]);
    assert_eq!(nodes("attack"), ["source", "amp_hold"]);
    assert_eq!(nodes("decay"), ["source", "amp"]);
    assert_eq!(nodes("wobble speed"), ["source", "?wobble"]);
    let chain = chains.chain(&Source::Samples(&list), &controls("room delay n release vib"), &registry);
    assert_eq!(chain.sends().map(|n| n.as_str()).collect::<Vec<_>>(), ["room", "delay"]);
    let release = chain.patch.controls.iter().find(|(n, _)| n.as_str() == "release").unwrap();
    assert_eq!(release.1.targets.len(), 2, "the envelope fades, and the sample goes on for it");
    assert_eq!(chain.patch.voices, 16);
}

#[test]
fn a_sample_plays_as_recorded_from_its_frame() {
    let [left, right] = samples(&["bd", "sd"], "n", &[HIT], 1.0);
    let store = common::store(&["bd"]);
    let bd = bf_node::SampleSource::sample(&*store, "bd").unwrap();
    let frame = secs(0.1) as usize;
    assert!(left[..frame].iter().all(|x| *x == 0.0));
    let channels = bd.channels;
    let recorded =
        |i: usize, c: usize| bd.levels[0].data[(i + bf_node::sample::GUARD) * channels + c.min(channels - 1)];
    for (side, channel) in [(&left, 0), (&right, 1)] {
        for i in 0..bd.frames.min(20_000) {
            assert!((side[frame + i] - recorded(i, channel)).abs() < 1e-5, "{i}");
        }
    }
}

#[test]
fn stages_do_what_their_controls_say() {
    let two = |used: &str, a: &[(&str, f32)], b: &[(&str, f32)]| {
        let render = |controls| samples(&["sd"], used, &[Hit { controls, ..HIT }], 1.0);
        [render(a), render(b)]
    };
    let [dark, bright] = two("cutoff", &[("cutoff", 300.0)], &[]);
    assert!(brightness(&dark[0]) < 0.3 * brightness(&bright[0]));
    let [thin, full] = two("hcutoff", &[("hcutoff", 4000.0)], &[]);
    assert!(brightness(&thin[0]) > 1.5 * brightness(&full[0]));
    let [left, right] = two("pan", &[("pan", 0.0)], &[("pan", 1.0)]);
    assert!(peak(&left[1]) < 1e-6 && peak(&right[0]) < 1e-6 && peak(&left[0]) > 0.1 && peak(&right[1]) > 0.1);
    let [half, whole] = two("gain postgain velocity", &[("gain", 0.5)], &[("gain", 1.0)]);
    assert!((2.0 * peak(&half[0]) - peak(&whole[0])).abs() < 1e-5);
    let [crushed, clean] = two("crush", &[("crush", 3.0)], &[]);
    assert!(crushed[0].iter().all(|x| (x * 4.0).fract().abs() < 1e-5));
    assert!(clean[0].iter().any(|x| (x * 4.0).fract().abs() > 0.1));
    let [fast, slow] = two("speed", &[("speed", 2.0)], &[("speed", 1.0)]);
    assert!(brightness(&fast[0]) > brightness(&slow[0]));
    let [loud, plain] = two("distort", &[("distort", 3.0)], &[]);
    let levels = [rms(&plain[0]), rms(&loud[0]), peak(&loud[0])];
    assert!(levels[1] > 1.5 * levels[0] && levels[2] < 1.3, "{levels:?}");
    let [short, long] = two("decay", &[("decay", 0.02)], &[("decay", 0.5)]);
    assert!(rms(&short[0]) < 0.8 * rms(&long[0]) && step(&short[0]) < 2.0 * step(&long[0]));
}

#[test]
fn the_bits_are_the_same_at_any_block() {
    let hits: Vec<Hit<'_>> = (0..24)
        .map(|i| Hit {
            at: 0.03 + f64::from(i) * 0.0371,
            until: 0.06 + f64::from(i) * 0.0371,
            pitch: 36.0 + (i % 5) as f32,
            controls: if i % 2 == 0 {
                &[("n", 1.0), ("cutoff", 900.0), ("pan", 0.2)]
            } else {
                &[("crush", 6.0), ("vib", 5.0)]
            },
        })
        .collect();
    let used = "n cutoff resonance lpenv pan crush coarse distort shape vowel decay vib tremolo phaser gain djf";
    let render = |block| samples_at(&["bd", "hh", "oh"], used, &hits, 1.2, block);
    let first = render(64);
    assert!(peak(&first[0]) > 0.05 && peak(&first[0]) < 2.0, "{}", peak(&first[0]));
    for block in [16, 256, 1024] {
        let other = render(block);
        let differs = |c: usize| first[c].iter().zip(&other[c]).position(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!((differs(0), differs(1)), (None, None), "block {block}");
    }
}

#[test]
fn sends_are_heard_only_where_notes_ask_and_obey_the_strip() {
    let registry = bf_session::registry();
    let list = ["rim".to_owned()];
    let chain = Chains::new().chain(&Source::Samples(&list), &controls("room delay"), &registry);
    let render = |mute, carried: &[(&str, f32)]| {
        let mut host = Host::new(&registry, store(&["rim"]), 64);
        host.load(&set(&chain, &[], Through::Orbit { mute }));
        host.hit(&Hit { controls: carried, ..HIT });
        host.run(secs(3.0))
    };
    let tail = |x: &[Vec<f32>; 2]| rms(&x[0][secs(0.9) as usize..]);
    let dry = render(false, &[]);
    let alone = samples(&["rim"], "", &[HIT], 3.0);
    assert!(dry[0].iter().zip(&alone[0]).all(|(a, b)| (a - b).abs() < 1e-6), "without a send it is dry");
    let (room, echo) = (render(false, &[("room", 0.8)]), render(false, &[("delay", 0.8)]));
    assert!(tail(&room) > 1e-4 && tail(&echo) > 1e-4 && tail(&dry) < 1e-7, "{} {}", tail(&room), tail(&echo));
    // At 120 beats a minute three quarters of a beat are 0.375 s.
    let first = &echo[0][secs(0.4) as usize..];
    let at = first.iter().position(|x| x.abs() > 0.05).unwrap();
    assert!((0.4 + at as f64 / 48_000.0 - 0.475).abs() < 0.002, "{at}");
    let muted = render(true, &[("room", 0.8), ("delay", 0.8)]);
    assert!(muted.iter().all(|side| peak(side) == 0.0));
}

#[test]
fn a_note_that_plays_to_its_end_can_be_cut() {
    let registry = bf_session::registry();
    let list = ["cr".to_owned()];
    let chain = Chains::new().chain(&Source::Samples(&list), &controls("one_shot"), &registry);
    let mut host = Host::new(&registry, store(&["cr"]), 64);
    host.load(&set(&chain, &[], Through::Nothing));
    let id = host.hit(&Hit { at: 0.0, until: 0.1, ..HIT });
    let key = host.controller.keys().key("one_shot");
    let cut = EventBody::NoteControl { id, key, value: 0.0 };
    host.controller.event("t", None, cut, When::Frame(secs(0.5))).unwrap();
    let [x, _] = host.run(secs(1.0));
    assert!(rms(&x[secs(0.4) as usize..secs(0.5) as usize]) > 0.003);
    assert!(peak(&x[secs(0.54) as usize..]) == 0.0, "over 40 ms later");
    assert!(step(&x[secs(0.49) as usize..]) <= step(&x[..secs(0.49) as usize]));
}

#[test]
fn held_samples_end_with_their_notes_and_envelopes_hold_what_plays_to_its_end() {
    let end = |x: &[f32]| x.iter().rposition(|x| x.abs() > 1e-4).unwrap_or(0) as f64 / 48_000.0;
    let of = |used: &str, carried: &[(&str, f32)]| {
        let hit = Hit { at: 0.0, until: 0.2, pitch: 36.0, controls: carried };
        end(&samples(&["cr"], used, &[hit], 3.0)[0])
    };
    assert!(of("", &[]) > 0.8);
    assert!((of("one_shot", &[("one_shot", 0.0)]) - 0.215).abs() < 0.01);
    let long = of("one_shot release", &[("one_shot", 0.0), ("release", 0.5)]);
    assert!((0.4..0.72).contains(&long), "{long}");
    assert!(of("attack", &[("attack", 0.05)]) > 0.8, "the envelope is held as long as the sample");
}
