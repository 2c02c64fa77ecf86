//! Blocks: which of them declared what, what an evaluated block replaces, and that all of them add up to the file.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

mod common;

use bf_script::{Host, Present, Score, Wanted, block};
use common::{ask, host};
use proptest::prelude::*;
use std::fmt::Write;

/// Everything that a settled text wants, in a form that compares.
fn shown(wanted: &Wanted) -> String {
    let mut all = String::new();
    let mut tracks: Vec<String> = wanted
        .tracks
        .iter()
        .map(|t| {
            let events = ask(&t.pattern, 0, 2);
            let values: Vec<String> = events.iter().map(|e| format!("{:?} {}", e.whole, e.value)).collect();
            format!("{} {} {} {values:?}\n", t.name, t.muted, t.solo)
        })
        .collect();
    tracks.sort();
    all.extend(tracks);
    writeln!(all, "{:?} {:?} {:?} {}", wanted.tempo, wanted.signature, wanted.seed, wanted.hushed).unwrap();
    for (name, instrument) in &wanted.instruments {
        writeln!(all, "{name} {:?}", instrument.patch).unwrap();
    }
    writeln!(all, "{:?} {:?}", wanted.patch, wanted.moved.keys().collect::<Vec<_>>()).unwrap();
    for (name, scene) in &wanted.scenes {
        writeln!(all, "{name} {}", shown(&scene.wanted.clone().settled())).unwrap();
    }
    writeln!(all, "{} {} {:?}", wanted.once.len(), wanted.later.len(), wanted.macros.keys().collect::<Vec<_>>())
        .unwrap();
    all
}

fn evaluate(host: &Host, score: &mut Score, present: &mut Present, text: &str, at: usize) {
    let range = block::blocks(text)[at].clone();
    let wanted = host.evaluate_block("x", text, range.clone(), present).unwrap_or_else(|e| panic!("{text}: {e:?}"));
    score.replace(text, range, wanted);
}

fn names(score: &Score) -> Vec<String> {
    score.wanted().tracks.iter().map(|t| t.name.to_string()).collect()
}

#[test]
fn every_declaration_knows_its_block() {
    let text = "fn two(p) { track(\"far\", p); }\n\ntwo(s(\"bd\"));\ninstrument(\"i\", |v| saw(v.freq));\n\n\
                node(\"n\", plate(#{ decay: sine.range(1, 2) }));\ncable(\"far\", \"n\");\n\
                scene(\"c\", || { track(\"in\", s(\"a\")); });\nmacro(\"m\", 0.5);\n\n// nothing\n\nlet x = 1;\nd1(n(x));";
    let (score, _) = host().evaluate_set("x", text).unwrap();
    let blocks = block::blocks(text);
    let wanted = score.wanted();
    let of = |site: &bf_script::Site| {
        let range = site.block.start as usize..site.block.end as usize;
        blocks.iter().position(|block| *block == range).unwrap()
    };
    let tracks: Vec<_> = wanted.tracks.iter().map(|t| (t.name.as_str(), of(&t.site), t.site.line)).collect();
    assert_eq!(tracks, [("far", 1, 1), ("d1", 4, 14)]);
    assert_eq!(of(&wanted.instruments["i"].site), 1);
    assert_eq!(of(&wanted.nodes["n"].site), 2);
    assert_eq!(of(&wanted.cables[0].site), 2);
    assert_eq!(of(&wanted.moved.values().next().unwrap().site), 2);
    assert_eq!(of(&wanted.scenes["c"].site), 2);
    assert_eq!(of(&wanted.scenes["c"].wanted.tracks[0].site), 2);
    assert_eq!(of(&wanted.macros["m"].site), 2);
}

#[test]
fn an_evaluated_block_replaces_what_it_was_edited_from() {
    let host = host();
    let edit = |before: &str, after: &str, at: usize| {
        let (mut score, mut present) = host.evaluate_set("x", before).unwrap();
        evaluate(&host, &mut score, &mut present, after, at);
        names(&score).join(" ")
    };
    let abc = "track(\"a\", s(\"x\"));\n\ntrack(\"b\", s(\"x\"));\ntrack(\"b2\", s(\"x\"));\n\ntrack(\"c\", s(\"x\"));";
    // Evaluated again, and with a line less.
    assert_eq!(edit(abc, abc, 1), "a b b2 c");
    assert_eq!(edit(abc, &abc.replace("track(\"b2\", s(\"x\"));\n", ""), 1), "a b c");
    // A new name in its place; a new block between; lines above it.
    assert_eq!(edit(abc, &abc.replace("\"c\"", "\"d\""), 2), "a b b2 d");
    assert_eq!(
        edit(abc, &abc.replace("\n\ntrack(\"c\"", "\n\ntrack(\"d\", s(\"y\"));\n\ntrack(\"c\""), 2),
        "a b b2 d c"
    );
    assert_eq!(edit(abc, &format!("// above\n\n{abc}").replace("\"a\"", "\"z\""), 1), "z b b2 c");
    // One that was edited and not evaluated stays as it was; one that is gone is dropped.
    let both = abc.replace("\"a\"", "\"z\"").replace("\"c\"", "\"d\"");
    assert_eq!(edit(abc, &both, 2), "a b b2 d");
    assert_eq!(edit(abc, "track(\"a\", s(\"y\"));\n\ntrack(\"c\", s(\"x\"));", 0), "a c");
    // A line moved from one block to another: the first keeps its own until it is evaluated.
    let moved =
        "track(\"a\", s(\"x\"));\n\ntrack(\"b\", s(\"x\"));\n\ntrack(\"b2\", s(\"x\"));\ntrack(\"c\", s(\"x\"));";
    assert_eq!(edit(abc, moved, 2), "a b b2 c");
    // Two blocks made one, one made two, and blocks that changed places.
    assert_eq!(edit(abc, &abc.replacen("\n\n", "\n", 1), 0), "a b b2 c");
    assert_eq!(edit(abc, &abc.replace(";\ntrack(\"b2\"", ";\n\ntrack(\"b2\""), 1), "a b c");
    let swapped =
        "track(\"c\", s(\"x\"));\n\ntrack(\"b\", s(\"x\"));\ntrack(\"b2\", s(\"x\"));\n\ntrack(\"a\", s(\"y\"));";
    assert_eq!(edit(abc, swapped, 2), "c b b2 a");
}

#[test]
fn a_line_adds_to_its_block_and_lines_move_with_the_text() {
    let host = host();
    let text = "track(\"a\", s(\"x\"));\ntrack(\"b\", s(\"x\"));\n\ntrack(\"c\", s(\"x\"));";
    let (mut score, mut present) = host.evaluate_set("x", text).unwrap();
    let line = 0..text.find('\n').unwrap();
    let edited = text.replacen("\"x\"", "\"y\"", 1);
    let wanted = host.evaluate_block("x", &edited, line.clone(), &mut present).unwrap();
    score.replace(&edited, line, wanted);
    assert_eq!(names(&score), ["a", "b", "c"]);
    assert_eq!(ask(&score.wanted().tracks[0].pattern, 0, 1)[0].value.to_string(), "s: y");
    let longer = format!("// one\n// two\n\n{edited}");
    evaluate(&host, &mut score, &mut present, &longer, 1);
    let lines: Vec<u32> = score.wanted().tracks.iter().map(|t| t.site.line).collect();
    assert_eq!(lines, [4, 5, 7]);
}

#[test]
fn a_changed_let_is_heard_when_its_block_is_evaluated() {
    let host = host();
    let text = "let n = 2;\n\nd1(s(\"a\").every(1, |p| p.fast(n)));";
    let (mut score, mut present) = host.evaluate_set("x", text).unwrap();
    let count = |score: &Score| ask(&score.wanted().tracks[0].pattern, 0, 1).len();
    let changed = text.replace("n = 2", "n = 3");
    evaluate(&host, &mut score, &mut present, &changed, 0);
    assert_eq!(count(&score), 2);
    evaluate(&host, &mut score, &mut present, &changed, 1);
    assert_eq!(count(&score), 3);
    // What a function captured does not change behind its back.
    let later = host.evaluate("x", "let n = 2; d1(s(\"a\").every(1, |p| p.fast(n))); n = 5;").unwrap();
    assert_eq!(ask(&later.tracks[0].pattern, 0, 1).len(), 2);
}

#[test]
fn a_text_of_another_evaluation_or_put_together_lights_nothing() {
    let host = host();
    let text = "tempo(240);\n\nlet k = \"bd*4\";\n\ntrack(\"x\", s(k));\n\ntrack(\"y\", s(\"h\" + \"h\"));";
    let sources = |wanted: &Wanted| -> Vec<u32> {
        let first = |t: &bf_script::Track| {
            let events = t.pattern.query(bf_pattern::Span::new(0, 1), &bf_pattern::Query::default()).unwrap();
            events[0].atoms.as_slice()[0].source
        };
        wanted.tracks.iter().map(first).collect()
    };
    let (score, mut present) = host.evaluate_set("live.rhai", text).unwrap();
    assert_eq!(sources(&score.wanted()), [0, bf_pattern::Atom::NOWHERE]);
    let at = |part: &str| block::block_at(text, text.find(part).unwrap()).unwrap();
    host.evaluate_block("live.rhai", text, at("let k"), &mut present).unwrap();
    let wanted = host.evaluate_block("live.rhai", text, at("track(\"x\""), &mut present).unwrap();
    assert_eq!(sources(&wanted), [bf_pattern::Atom::NOWHERE]);
}

#[test]
fn fingerprints_tell_what_is_surely_the_same() {
    let host = host();
    let print = |text: &str| host.evaluate("x", text).unwrap().tracks[0].fingerprint;
    let same = |a: &str, b: &str| assert!(print(a).is_some() && print(a) == print(b), "{a} and {b}");
    let unlike = |a: &str, b: &str| assert!(print(a).is_none() || print(a) != print(b), "{a} and {b}");
    let text = "d1(s(\"bd sd\").every(4, |p| p.rev()).gain(sine.range(0.2, 1)).off(1/8, rev >> fast(2)) + n(\"1\"));";
    same(text, &format!("// moved\n\nlet other = 1;\n\n{text} d2(s(\"hh\"));"));
    same("let x = 2; d1(n(x).fast(x));", "d1(n(2).fast(2));");
    unlike(text, &text.replace("p.rev()", "p.fast(3)"));
    unlike(text, &text.replace("0.2", "0.3"));
    unlike("let x = 2; d1(n(0).every(2, |p| p.fast(x)));", "let x = 3; d1(n(0).every(2, |p| p.fast(x)));");
    same("let x = 2; d1(n(0).every(2, |p| p.fast(x)));", "let y = 0; let x = 2; d1(n(0).every(2, |p| p.fast(x)));");
    unlike("fn f(p) { p.fast(2) } d1(n(0).every(2, f));", "fn f(p) { p.fast(3) } d1(n(0).every(2, f));");
    unlike(
        "fn g(p) { p.fast(2) } fn f(p) { g(p) } d1(n(0).every(2, |p| f(p)));",
        "fn g(p) { p.fast(3) } fn f(p) { g(p) } d1(n(0).every(2, |p| f(p)));",
    );
    same("all(rev); d1(s(\"a\"));", "all(rev); d1(s(\"a\")); d2(s(\"b\"));");
    unlike("all(rev); d1(s(\"a\"));", "all(fast(2)); d1(s(\"a\"));");
    let node = |text: &str| host.evaluate("x", text).unwrap().nodes["v"].clone();
    assert!(node("node(\"v\", saw(sine.range(1, 2)));").is_same(&node("\n\nnode(\"v\", saw(sine.range(1, 2)));")));
    assert!(!node("node(\"v\", saw(sine.range(1, 2)));").is_same(&node("node(\"v\", saw(sine.range(1, 3)));")));
}

/// One statement of a random text.
fn statement((kind, which, number): (usize, usize, i64)) -> String {
    let name = ["a", "b", "c"][which];
    match kind {
        0 => format!("let {name} = {number};\n"),
        1 => format!("track(\"{name}t\", twice(n({name}).fast({number})));\n"),
        2 => format!("track(\"t\",\n\n  s(\"bd*{number}\").every(2, |p| p.fast({name})));\n"),
        3 => format!("d{number}(n(\"0 {number}\").add({name}));\n"),
        4 => format!("tempo({});\n", 100 + number),
        5 => format!("all(|p| p.fast({number}));\n"),
        6 => format!("solo(\"d{number}\");\n"),
        7 => format!("mute(\"{name}t\");\n"),
        8 => format!("instrument(\"{name}i\", |v| saw(v.freq) >> svf({}));\n", 100 * number),
        9 => format!("node(\"{name}n\", saw({}) >> svf(#{{ cutoff: sine.range(100, {number}00) }}));\n", 50 * number),
        10 => format!("scene(\"{name}s\", || {{ track(\"{name}t\", s(\"hh*{number}\")); solo(\"{name}t\"); }});\n"),
        11 => format!("cable(\"{name}t\", \"{name}n\");\n"),
        12 => format!("macro(\"{name}m\", 0.{number});\n"),
        13 => "once(s(\"cr\"));\n".to_owned(),
        14 => format!("put(\"{name}p\", {number});\n"),
        _ => format!("seed({number});\n"),
    }
}

type Parts = Vec<((usize, usize, i64), bool)>;

fn text_of(parts: &Parts) -> String {
    let mut text = String::from(
        "fn twice(p) { p.fast(2) }\nfn put(name, k) { track(name, s(\"hh\").fast(k)); }\n\n\
         let a = 1; let b = 2; let c = 3;\n\n",
    );
    for (part, parted) in parts {
        text += &statement(*part);
        if *parted {
            text.push('\n');
        }
    }
    text
}

fn parts() -> impl Strategy<Value = Parts> {
    prop::collection::vec(((0usize..16, 0usize..3, 1i64..5), any::<bool>()), 1..10)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_blocks_from_top_to_bottom_are_the_file(before in parts(), after in parts()) {
        let host = host();
        let (before, after) = (text_of(&before), text_of(&after));
        let whole = host.evaluate("x", &after).unwrap();
        // From nothing, and from another text that was evaluated before.
        let (score, present) = host.evaluate_set("x", &before).unwrap();
        for (mut score, mut present) in [(Score::default(), Present::default()), (score, present)] {
            for at in 0..block::blocks(&after).len() {
                evaluate(&host, &mut score, &mut present, &after, at);
            }
            prop_assert_eq!(shown(&score.wanted()), shown(&whole), "{}\n---\n{}", before, after);
        }
    }

    #[test]
    fn evaluating_a_block_again_changes_nothing(parts in parts(), at in any::<prop::sample::Index>()) {
        let host = host();
        let text = text_of(&parts);
        let (mut score, mut present) = host.evaluate_set("x", &text).unwrap();
        let blocks = block::blocks(&text);
        // A block with a `let` may mean another value now.
        let range = blocks[at.index(blocks.len())].clone();
        prop_assume!(!text[range.clone()].contains("let") && text.matches("let").count() == 3);
        let before = shown(&score.wanted());
        let wanted = host.evaluate_block("x", &text, range.clone(), &mut present).unwrap();
        score.replace(&text, range, wanted);
        prop_assert_eq!(shown(&score.wanted()), before, "{}", text);
    }
}
