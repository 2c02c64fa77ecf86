//! The instruments that ship, each played through its chain: level, pitch, beginning and end.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]
#![allow(clippy::print_stderr, reason = "the levels are worth a look")]

mod common;

use bf_patch::Patch;
use bf_script::{Env, Host, Limits};
use bf_session::scripts::PRELUDE;
use common::{Hit, RATE, amplitude, brightness, instrument, peak, rms, secs, step};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Every instrument of the prelude.
fn all() -> BTreeMap<String, Patch> {
    let read = |_: &str| Err("nothing is imported".to_owned());
    let host = Host::new(Env { registry: bf_session::registry(), read: Arc::new(read), limits: Limits::default() });
    let mut all = BTreeMap::new();
    for (name, text) in PRELUDE {
        let wanted = host.evaluate(name, text).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert!(wanted.messages.is_empty() && wanted.tracks.is_empty(), "{name}: {:?}", wanted.messages);
        for (instrument, made) in wanted.instruments {
            assert!(all.insert(instrument.to_string(), made.patch).is_none(), "{instrument} stands twice");
        }
    }
    all
}

const DRUMS: [&str; 7] = ["clap", "cymbal", "hat", "kick", "openhat", "snare", "tom"];
const NOISES: [&str; 3] = ["brown", "pink", "white"];

fn db(x: f32) -> f32 {
    20.0 * x.max(1e-9).log10()
}

#[test]
fn each_has_its_level_and_ends() {
    let mut wrong = Vec::new();
    for (name, patch) in all() {
        let drum = DRUMS.contains(&name.as_str());
        let mut peaks = Vec::new();
        for pitch in [36.0, 48.0, 60.0, 72.0] {
            let hit = Hit { at: 0.1, until: 1.1, pitch, controls: &[] };
            let [left, right] = instrument(&patch, "", &[hit], 7.0);
            assert!(left.iter().chain(&right).all(|x| x.is_finite()), "{name}");
            assert!(peak(&left[..secs(0.1) as usize]) == 0.0, "{name} begins before its note");
            peaks.push(db(peak(&left).max(peak(&right))));
            let rest = peak(&left[secs(6.5) as usize..]);
            if rest != 0.0 {
                wrong.push(format!("{name} still sounds: {rest}"));
            }
        }
        let loudest = peaks.iter().copied().fold(f32::MIN, f32::max);
        eprintln!("{name:10} {:6.1} {:6.1} {:6.1} {:6.1} dB", peaks[0], peaks[1], peaks[2], peaks[3]);
        let wanted = if drum { -9.0..=-4.0 } else { -15.0..=-7.0 };
        if !wanted.contains(&loudest) {
            wrong.push(format!("{name} peaks at {loudest:.1} dB"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn none_clicks_at_the_beginning_or_the_end() {
    let mut wrong = Vec::new();
    for (name, patch) in all() {
        if DRUMS.contains(&name.as_str()) || NOISES.contains(&name.as_str()) {
            continue;
        }
        let hit = Hit { at: 0.1, until: 0.637, pitch: 48.0, controls: &[] };
        let [left, _] = instrument(&patch, "", &[hit], 3.0);
        // What the sound itself does between its frames, while it is held and at its loudest.
        let held = step(&left[secs(0.103) as usize..secs(0.6) as usize]);
        let begin = step(&left[secs(0.099) as usize..secs(0.101) as usize]);
        let end = step(&left[secs(0.63) as usize..]);
        if begin > held.max(0.05) || end > held * 1.2 + 0.005 {
            wrong.push(format!("{name}: {begin} and {end} against {held}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn notes_have_their_pitch() {
    let mut wrong = Vec::new();
    for (name, patch) in all() {
        // What has no pitch, what beats, and what rings at crooked ratios.
        let none = ["reese", "bell", "supersaw", "pad", "strings"];
        if DRUMS.contains(&name.as_str()) || NOISES.contains(&name.as_str()) || none.contains(&name.as_str()) {
            continue;
        }
        for (pitch, hz) in [(48.0, 130.812_78), (57.0, 220.0)] {
            let hit = Hit { at: 0.0, until: 1.5, pitch, controls: &[] };
            let [left, _] = instrument(&patch, "", &[hit], 1.5);
            let held = &left[secs(0.05) as usize..secs(0.8) as usize];
            // A vibrato spreads the tone: all of a band of a third of a semitone counts.
            let near =
                |hz: f64| (-8..=8).map(|c| amplitude(held, hz * 2f64.powf(f64::from(c) / 400.0))).fold(0.0, f64::max);
            let (own, off) = (near(hz), near(hz * 2f64.powf(1.0 / 12.0)).max(near(hz / 2f64.powf(1.0 / 12.0))));
            if own < 5.0 * off || own < 0.003 {
                wrong.push(format!("{name} at {hz}: {own} against {off}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn controls_shape_a_note() {
    let (all, mut wrong) = (all(), Vec::new());
    for name in ["acid", "bass", "reese", "keys", "pad", "strings", "lead", "brass", "saw", "square", "supersaw"] {
        let render = |cutoff: f32| {
            let controls = [("cutoff", cutoff), ("resonance", 1.0)];
            let used = "cutoff resonance";
            let hit = Hit { at: 0.0, until: 1.0, pitch: 57.0, controls: &controls };
            let x = instrument(&all[name], used, &[hit], 1.5);
            brightness(&x[0][..secs(1.0) as usize])
        };
        let (dark, bright) = (render(200.0), render(3000.0));
        if bright < 1.2 * dark {
            wrong.push(format!("{name}: {dark} and {bright}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let gate = |name: &str, used: &str, controls: &[(&str, f32)]| {
        instrument(&all[name], used, &[Hit { at: 0.0, until: 0.5, pitch: 57.0, controls }], 2.0)
    };
    let long = gate("saw", "release", &[("release", 1.0)]);
    let short = gate("saw", "release", &[]);
    let tail = secs(0.6) as usize..secs(0.8) as usize;
    assert!(rms(&long[0][tail.clone()]) > 0.02 && rms(&short[0][tail]) < 1e-4);
    let bent = gate("sine", "fm fmh", &[("fm", 3.0), ("fmh", 2.0)]);
    assert!(brightness(&bent[0]) > 2.0 * brightness(&gate("sine", "fm fmh", &[])[0]));
    let panned = gate("saw", "pan", &[("pan", 1.0)]);
    assert!(peak(&panned[0]) < 1e-6 && peak(&panned[1]) > 0.1);
    // Soft keys are softer once, not twice.
    let soft = gate("keys", "velocity", &[]);
    assert!(peak(&soft[0]) > 0.1);
    assert_eq!(RATE, 48_000);
}
