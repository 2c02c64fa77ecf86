//! The reference: it is up to date, and everything in it runs.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

mod common;

use bf_node::Registry;
use bf_script::reference::{Entry, EntryKind, entries, page};
use bf_script::{Env, Host};
use common::ask;
use std::sync::Arc;

fn registry() -> Registry {
    let mut registry = Registry::new();
    bf_stdlib::register(&mut registry);
    registry
}

/// A host for which every file is at hand.
fn host() -> Host {
    Host::new(Env { registry: Arc::new(registry()), read: Arc::new(|_| Ok(String::new())), ..Env::default() })
}

#[test]
fn the_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/language.md");
    let found = std::fs::read_to_string(path).unwrap_or_default();
    let wanted = page(&registry());
    let line = found.lines().zip(wanted.lines()).position(|(a, b)| a != b).map_or(0, |line| line + 1);
    if found != wanted {
        let made = concat!(env!("CARGO_TARGET_TMPDIR"), "/language.md");
        std::fs::write(made, wanted).unwrap();
        panic!("docs/language.md is not what the declarations say (line {line}). Rewrite it with:\n  cp {made} {path}");
    }
}

#[test]
fn every_example_runs() {
    let host = host();
    for entry in entries(&registry()) {
        assert!(!entry.example.is_empty(), "{} has no example", entry.name);
        match entry.kind {
            EntryKind::Statement | EntryKind::Node => {
                let wanted = host.evaluate("x", &entry.example).unwrap_or_else(|e| panic!("{}: {e:?}", entry.example));
                assert!(wanted.messages.is_empty(), "{}: {:?}", entry.example, wanted.messages);
            }
            EntryKind::Function | EntryKind::Signal | EntryKind::Control => {
                let pattern = host.pattern(&entry.example).unwrap_or_else(|e| panic!("{}: {e:?}", entry.example));
                let silent = ["silence", "never"].contains(&entry.name.as_str());
                assert!(silent || !ask(&pattern, 0, 8).is_empty(), "{} is silent", entry.example);
            }
        }
    }
}

#[test]
fn every_text_of_the_page_runs() {
    let host = host();
    let page = page(&registry());
    let texts: Vec<&str> = page.split("```rhai\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(texts.len() > 8);
    for text in texts {
        let wanted = host.evaluate("language.md", text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        assert!(wanted.messages.is_empty(), "{text}: {:?}", wanted.messages);
        for track in &wanted.tracks {
            assert!(!ask(&track.pattern, 0, 8).is_empty(), "{text}: {} is silent", track.name);
        }
    }
    assert!(!page.contains("<!--"), "a list is missing");
}

/// The names that other live coders know: each is called in both spellings.
#[test]
fn the_usual_names_are_here() {
    const NAMES: &str = "fast slow rev every firstOf lastOf off jux juxBy ply iter iterBack palindrome chunk struct mask euclid \
        euclidRot euclidLegato degrade degradeBy sometimes sometimesBy often rarely almostAlways almostNever always never \
        someCycles someCyclesBy superimpose layer stack cat slowcat fastcat timecat polymeter randcat early late swing \
        swingBy linger segment range rangex compress zoom fastGap inside outside within when whenmod brak press pressBy \
        echo stut echoWith arp shuffle scramble invert rot undegradeBy pick pickmod pickOut pickmodOut pickReset \
        pickmodReset pickRestart pickmodRestart pickSqueeze pickF inhabit arrange ribbon repeatCycles hurry bite squeeze \
        clip legato nudge chop striate slice splice loopAt fit all once xfadeIn jumpIn add sub mul div addMix addIn addOut \
        addSqueeze choose wchoose rand irand perlin sine cosine saw isaw tri square run scan hush silence scale \
        scaleTranspose transpose chord voicing rootNotes tempo cps signature track d1 d16 s n note sound bank inst gain \
        velocity pan cutoff resonance hpf lpf bpf attack vowel crush coarse distort fm vib room delay orbit duck speed begin \
        end cut instrument node cable scene sample samples solo mute at after seed macro oscOut midiOut";
    let all = entries(&registry());
    let known =
        |name: &str| all.iter().any(|entry: &Entry| entry.name == name || entry.names.iter().any(|n| n == name));
    let snake = |name: &str| {
        name.chars().fold(String::new(), |mut out, c| {
            if c.is_ascii_uppercase() {
                out.push('_');
            }
            out.extend(c.to_lowercase());
            out
        })
    };
    let missing: Vec<&str> = NAMES.split_whitespace().filter(|name| !(known(&snake(name)) || *name == "d16")).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let wanted = host().evaluate(
        "x",
        "xfadeIn(\"a\", 2, s(\"bd\")); jumpIn(\"b\", 2, s(\"bd\")); d16(mini(\"0 1\").addMix(\"1 2 3\").firstOf(2, rev).n());",
    );
    assert_eq!(wanted.unwrap().tracks.len(), 3);
}
