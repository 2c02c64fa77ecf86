//! Bypassed and muted nodes: the cables go past them, and nothing else of the plan changes.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use bf_node::Registry;
use bf_patch::compile::{At, Config, Flat, Into, flatten};
use bf_patch::text::TextPatch;
use bf_patch::{Edit, Set, Socket};
use std::collections::BTreeMap;

fn set(text: &str, files: &[(&str, &str)]) -> Set {
    let read = |text: &str| TextPatch::parse(&format!("beatforge = 1\n{text}"), "x.toml").unwrap().patch().clone();
    let files: BTreeMap<_, _> = files.iter().map(|(name, text)| ((*name).to_owned(), read(text))).collect();
    Set { main: read(text), files }
}

fn flat(set: &Set) -> Flat {
    let mut registry = Registry::new();
    bf_stdlib::register(&mut registry);
    let config = Config { sample_rate: 48_000, max_block: 64, seed: 1, sample_version: &|_| 0, latency: &|_| 0 };
    flatten(set, &registry, &config).unwrap()
}

/// The cables of a set, as `from > to` with the amount behind them.
fn cables(set: &Set) -> Vec<String> {
    let flat = flat(set);
    assert!(flat.warnings.is_empty(), "{:?}", flat.warnings);
    let mut all: Vec<String> = flat
        .cables
        .iter()
        .map(|c| {
            let (from, to) = (&flat.nodes[c.from.0 as usize], &flat.nodes[c.to as usize]);
            let into = match c.into {
                Into::Input(i) => to.face.input_name(usize::from(i)).to_owned(),
                Into::Param(p) => to.face.param_name(usize::from(p)).to_owned(),
            };
            let output = from.face.output_name(usize::from(c.from.1));
            let amount = c.amount.map_or(String::new(), |a| format!(" {a}"));
            format!("{}.{output} > {}.{into}{amount}", from.key.path, to.key.path)
        })
        .collect();
    all.sort();
    all
}

const SET: &str = r#"
    [nodes]
    a = { type = "saw" }
    b = { type = "sine" }
    filter = { type = "svf" }
    amp = { type = "gain" }
    out = { type = "output" }
    [cables]
    "filter" = ["a", { from = "b", amount = 0.5 }]
    "amp" = { from = "filter.high", amount = 0.25 }
    "out" = "amp"
"#;

fn with(text: &str, of: &str, to: &str) -> String {
    assert!(text.contains(of), "{of}");
    text.replace(of, to)
}

#[test]
fn what_enters_a_bypassed_node_goes_on_where_the_node_was_heard() {
    let text = with(SET, r#"type = "svf""#, r#"type = "svf", bypass = true"#);
    let wanted = [
        "a.out > amp.input 0.25",
        "a.out > filter.input",
        "amp.out > out.input",
        "b.out > amp.input 0.125",
        "b.out > filter.input 0.5",
    ];
    assert_eq!(cables(&set(&text, &[])), wanted);
    // Two in a row.
    let both = with(&text, r#"type = "gain""#, r#"type = "gain", bypass = true"#);
    let heard: Vec<String> = cables(&set(&both, &[])).into_iter().filter(|c| c.contains("> out")).collect();
    assert_eq!(heard, ["a.out > out.input 0.25", "b.out > out.input 0.125"]);
}

#[test]
fn a_plan_without_bypass_is_the_same_and_nodes_keep_who_they_are() {
    let keys = |text: &str| flat(&set(text, &[])).nodes.iter().map(|n| n.key.clone()).collect::<Vec<_>>();
    let off = with(SET, r#"type = "svf""#, r#"type = "svf", bypass = false"#);
    assert_eq!(cables(&set(SET, &[])), cables(&set(&off, &[])));
    let on = with(SET, r#"type = "svf""#, r#"type = "svf", bypass = true"#);
    assert_eq!(keys(SET), keys(&on), "its state runs on");
}

#[test]
fn a_source_that_is_bypassed_and_what_is_muted_are_silent() {
    for key in ["bypass", "mute"] {
        let text = with(SET, r#"type = "saw""#, &format!(r#"type = "saw", {key} = true"#));
        let heard = cables(&set(&text, &[]));
        assert!(heard.iter().all(|cable| !cable.starts_with("a.")), "{key}: {heard:?}");
        assert_eq!(heard.len(), 3);
    }
    let text = with(SET, r#"type = "svf""#, r#"type = "svf", mute = true"#);
    assert!(cables(&set(&text, &[])).iter().all(|cable| !cable.starts_with("filter.")));
}

#[test]
fn a_hand_bypasses_too_and_a_loop_of_bypassed_nodes_ends() {
    let mut by_hand = set(SET, &[]);
    let target = Socket::new("filter", "bypass");
    by_hand.main.apply(&Edit::Override { target, value: Some(true.into()) }).unwrap();
    let text = with(SET, r#"type = "svf""#, r#"type = "svf", bypass = true"#);
    assert_eq!(cables(&by_hand), cables(&set(&text, &[])));
    let looped = r#"
        [nodes]
        one = { type = "gain", bypass = true }
        two = { type = "gain", bypass = true }
        out = { type = "output" }
        [cables]
        "one" = "two"
        "two" = "one"
        "out" = "two"
    "#;
    assert!(cables(&set(looped, &[])).is_empty());
}

#[test]
fn instances_are_bypassed_as_a_whole_and_nodes_within_them() {
    let inner = r#"
        [nodes]
        low = { type = "svf" }
        [inputs]
        input = "low"
        [outputs]
        out = "low"
    "#;
    let around = r#"
        [nodes]
        a = { type = "saw" }
        tone = { type = "patch", file = "tone.toml" }
        out = { type = "output" }
        [cables]
        "tone" = "a"
        "out" = "tone"
    "#;
    let whole = with(around, r#"file = "tone.toml""#, r#"file = "tone.toml", bypass = true"#);
    let heard = cables(&set(&whole, &[("tone.toml", inner)]));
    assert_eq!(heard, ["a.out > out.input", "a.out > tone/low.input"]);
    // What enters it is shown by its output.
    let within = with(inner, r#"type = "svf""#, r#"type = "svf", bypass = true"#);
    let heard = cables(&set(around, &[("tone.toml", &within)]));
    let wanted =
        ["a.out > tone/~in.input.input", "tone/~in.input.out > out.input", "tone/~in.input.out > tone/low.input"];
    assert_eq!(heard, wanted);
}

#[test]
fn one_source_beside_and_through_a_bypassed_node_is_as_loud_as_both() {
    let text = r#"
        [nodes]
        a = { type = "saw" }
        amp = { type = "gain", bypass = true }
        out = { type = "output" }
        [cables]
        "amp" = "a"
        "out" = ["a", { from = "amp", amount = 0.5 }]
    "#;
    assert_eq!(cables(&set(text, &[])), ["a.out > amp.input", "a.out > out.input 1.5"]);
}

/// Main patches that play a patch file.
const OUTER: &str = r#"
    [nodes]
    tone = { type = "saw" }
    k = { type = "patch", file = "k.toml" }
    out = { type = "output" }
    [cables]
    "k" = "tone"
    "out" = "k"
"#;

fn inner(nodes: &str, cables: &str) -> Set {
    let text = format!("[nodes]\n{nodes}\n[cables]\n{cables}\n[inputs]\ninput = \"flt\"\n[outputs]\nout = \"flt\"\n");
    set(OUTER, &[("k.toml", &text)])
}

#[test]
fn what_a_patch_shows_is_silent_when_it_is_muted() {
    let muted = inner("flt = { type = \"svf\", mute = true }", "");
    assert_eq!(cables(&muted), ["k/~out.out.out > out.input", "tone.out > k/flt.input"]);
    let source = set(
        OUTER,
        &[(
            "k.toml",
            "[nodes]\na = { type = \"saw\", bypass = true }\n[inputs]\ni = \"a.freq\"\n[outputs]\nout = \"a\"\n",
        )],
    );
    assert_eq!(cables(&source), ["k/~out.out.out > out.input", "tone.out > k/a.freq"]);
    // What several make is brought together.
    let two = inner(
        "a = { type = \"sine\" }\nb = { type = \"sine\" }\nflt = { type = \"svf\", bypass = true }",
        "\"flt\" = [\"a\", { from = \"b\", amount = 0.5 }]",
    );
    let wanted = [
        "k/a.out > k/flt.input",
        "k/a.out > k/~out.out.input",
        "k/b.out > k/flt.input 0.5",
        "k/b.out > k/~out.out.input 0.5",
        "k/~in.input.out > k/flt.input",
        "k/~in.input.out > k/~out.out.input",
        "k/~out.out.out > out.input",
        "tone.out > k/~in.input.input",
    ];
    assert_eq!(cables(&two), wanted);
    let notes = set(
        "[nodes]\nk = { type = \"patch\", file = \"k.toml\" }\nd = { type = \"kick\" }\n[cables]\n\"d\" = \"k\"\n",
        &[("k.toml", "[nodes]\ns = { type = \"steps\", mute = true }\n[outputs]\nout = \"s\"\n")],
    );
    assert_eq!(cables(&notes), ["k/~out.out.notes > d.notes"]);
}

#[test]
fn what_enters_a_patch_goes_past_a_bypassed_node_inside() {
    let heard = cables(&inner("flt = { type = \"svf\", bypass = true }", ""));
    assert_eq!(heard, ["k/~in.input.out > k/flt.input", "k/~in.input.out > out.input", "tone.out > k/~in.input.input"]);
}

#[test]
fn ways_that_part_and_meet_again_lose_nothing() {
    let diamond = r#"
        [nodes]
        s = { type = "saw" }
        a = { type = "gain", bypass = true }
        b = { type = "gain", bypass = true }
        c = { type = "gain", bypass = true }
        d = { type = "gain", bypass = true }
        out = { type = "output" }
        [cables]
        "a" = "s"
        "b" = "a"
        "c" = "a"
        "d" = ["b", "c"]
        "out" = "d"
    "#;
    let heard: Vec<String> = cables(&set(diamond, &[])).into_iter().filter(|c| c.contains("> out")).collect();
    assert_eq!(heard, ["s.out > out.input 2"]);
    // Sixty of them in a row, and a loop beside each.
    let mut text = "[nodes]\ns = { type = \"saw\" }\nout = { type = \"output\" }\n".to_owned();
    let mut lines = "[cables]\n\"a0\" = \"s\"\n\"out\" = \"a60\"\n".to_owned();
    for i in 0..=60 {
        for n in ["a", "b", "c"] {
            text += &format!("{n}{i} = {{ type = \"gain\", bypass = true }}\n");
        }
        lines += &format!("\"b{i}\" = [\"a{i}\", \"c{i}\"]\n\"c{i}\" = [\"a{i}\", \"b{i}\"]\n");
        if i < 60 {
            lines += &format!("\"a{}\" = [\"b{i}\", {{ from = \"c{i}\", amount = 0.5 }}]\n", i + 1);
        }
    }
    let long = set(&(text + &lines), &[]);
    let heard: Vec<String> = cables(&long).into_iter().filter(|c| c.contains("> out")).collect();
    // Each gives twice what enters it by one way and as much, halved, by the other.
    assert_eq!(heard, [format!("s.out > out.input {}", 3f32.powi(60))]);
}

#[test]
fn bypass_and_mute_are_switches() {
    let faults = |set: &Set| {
        let mut registry = Registry::new();
        bf_stdlib::register(&mut registry);
        let config = Config { sample_rate: 48_000, max_block: 64, seed: 1, sample_version: &|_| 0, latency: &|_| 0 };
        flatten(set, &registry, &config).err().unwrap_or_default()
    };
    for (key, said) in [("bypass", "\"yes\""), ("mute", "\"<1 0>\""), ("mute", "3.7"), ("bypass", "[true]")] {
        let text = with(SET, r#"type = "svf""#, &format!(r#"type = "svf", {key} = {said}"#));
        let found = faults(&set(&text, &[]));
        assert_eq!(found.len(), 1, "{key} = {said}: {found:?}");
        assert_eq!(found[0].at, At::Param(Socket::new("filter", key)));
        assert!(found[0].message.ends_with("expected true or false"), "{}", found[0]);
    }
    let mut by_hand = set(SET, &[]);
    by_hand.main.overrides.insert(Socket::new("filter", "mute"), 0.3.into());
    assert_eq!(faults(&by_hand).len(), 1);
    for said in ["true", "false", "0", "1"] {
        let text = with(SET, r#"type = "svf""#, &format!(r#"type = "svf", mute = {said}"#));
        assert!(faults(&set(&text, &[])).is_empty(), "{said}");
    }
}
