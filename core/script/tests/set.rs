//! What a whole text wants, what stops it, and what its blocks add up to.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

mod common;

use bf_patch::{Patch, Socket};
use bf_script::{Present, Wanted, block};
use common::{ask, fault, host, wanted};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn cables(patch: &Patch) -> Vec<String> {
    patch.cables.iter().flat_map(|(to, all)| all.iter().map(move |c| format!("{} > {to}", c.from))).collect()
}

#[test]
fn a_set_is_plain_data() {
    let wanted = wanted(
        "tempo(124);\n\
         instrument(\"acid\", |v| saw(v.freq) >> ladder(#{ cutoff: v.cutoff, resonance: 0.7 }) >> gain(adsr(v.gate, 0.005, 0.2, 0.0, 0.1)));\n\
         track(\"drums\", s(\"bd*4, ~ cp\").bank(\"forge\"));\n\
         \"0 3\".n().s(\"acid\").track(\"_bass\");\n\
         d1(s(\"hh*8\"));\n\
         node(\"verb\", plate(#{ decay: 2 }));\n\
         cable(\"drums\", \"verb\");\n\
         scene(\"drop\", || { track(\"drums\", s(\"bd\")); });\n\
         solo(\"drums\");",
    );
    let names: Vec<_> = wanted.tracks.iter().map(|t| (t.name.as_str(), t.muted, t.solo, t.site.line)).collect();
    assert_eq!(names, [("drums", false, true, 3), ("bass", true, false, 4), ("d1", false, false, 5)]);
    let acid = &wanted.instruments["acid"].patch;
    assert_eq!(
        cables(acid),
        ["voice.gate > adsr", "ladder > gain", "adsr > gain.by", "saw > ladder", "voice.freq > saw.freq"]
    );
    assert_eq!(acid.controls[0].1.targets, [Socket::new("ladder", "cutoff")]);
    assert_eq!(acid.outputs[0].1, Socket::first("gain"));
    assert_eq!(wanted.patch.nodes["verb"].kind, "plate");
    assert_eq!(cables(&wanted.patch), ["drums > verb"]);
    assert_eq!(wanted.scenes["drop"].wanted.tracks.len(), 1);
    assert!((wanted.cycles_per_sec() - 124.0 / 240.0).abs() < 1e-12);
}

#[test]
fn connecting_is_looser_than_arithmetic() {
    let of = |body: &str| wanted(&format!("instrument(\"x\", |v| {body});")).instruments["x"].patch.clone();
    let plain = of("saw(v.freq) + saw(v.freq * 2) >> svf(800)");
    assert_eq!(plain, of("(saw(v.freq) + saw(v.freq * 2)) >> svf(800)"));
    assert_eq!(plain.nodes.values().filter(|n| n.kind == "maths").count(), 2);
}

#[test]
fn slips_get_a_place_and_a_hint() {
    for (text, line, hint) in [
        ("\n$: s(\"bd\")", 2, "track("),
        ("d1 $ s \"bd\"", 1, "d1(s("),
        ("track(\"x\", s(\"a\").every(4, x => x.rev()));", 1, "|x|"),
        ("track(\"x\", s(\"a\").late(.5));", 1, "0.5"),
        ("tempo(120)\ntempo(121);", 1, "`;`"),
        ("track(\"x\", s(\"a\").fasst(2));", 1, "fast"),
        ("trak(\"x\", s(\"a\"));", 1, "track"),
        ("node(\"v\", plate(#{ decya: 2 }));", 1, "decay"),
    ] {
        let fault = fault(text);
        assert_eq!(fault.line, line, "{text}: {fault}");
        assert!(fault.hint.as_ref().is_some_and(|h| h.contains(hint)), "{text}: {fault}");
    }
    let fault = fault("track(\"x\",\n  s(\"bd [sd\"));");
    assert_eq!((fault.line, fault.column > 5), (2, true), "{fault}");
}

#[test]
fn runaway_scripts_are_stopped() {
    for text in [
        "loop {}",
        "fn f() { f() } f();",
        "let x = \"a\"; loop { x += x; }",
        "let x = []; loop { x.push(1); }",
        "fn f(p) { p.every(2, |x| f(x)) } track(\"x\", f(s(\"a\")));",
        "let p = s(\"a\"); for i in 0..1000000 { p = p.fast(2); }",
        "import \"circle\" as c;",
        "import \"/etc/passwd\" as c;",
    ] {
        let start = Instant::now();
        let said = fault(text);
        assert!(start.elapsed() < Duration::from_secs(5), "{text}");
        assert!(said.line >= 1 && !said.message.is_empty(), "{text}");
    }
    assert_eq!(ask(&wanted("import \"beats\" as b; track(\"x\", s(b::four));").tracks[0].pattern, 0, 1).len(), 4);
}

/// What plays, in a form that compares.
fn sounding(wanted: &Wanted) -> Vec<String> {
    let mut all: Vec<String> = wanted
        .tracks
        .iter()
        .map(|t| {
            let events = ask(&t.pattern, 0, 2);
            let values: Vec<String> = events.iter().map(|e| format!("{:?} {}", e.whole, e.value)).collect();
            format!("{} {} {values:?}", t.name, t.muted)
        })
        .collect();
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn all_blocks_from_top_to_bottom_are_the_file(
        parts in prop::collection::vec((0usize..5, 0usize..3, 1i64..5, any::<bool>()), 1..8),
    ) {
        let mut text = String::from("fn twice(p) { p.fast(2) }\n\nlet a = 1; let b = 2; let c = 3;\n\n");
        for (kind, which, number, parted) in parts {
            let name = ["a", "b", "c"][which];
            text += &match kind {
                0 => format!("let {name} = {number};\n"),
                1 => format!("track(\"{name}\", twice(n({name}).fast({number})));\n"),
                2 => format!("track(\"t\",\n\n  s(\"bd*{number}\").every(2, |p| p.fast({name})));\n"),
                3 => format!("d{number}(n(\"0 {number}\").add({name}));\n"),
                _ => format!("tempo({});\n", 100 + number),
            };
            if parted {
                text.push('\n');
            }
        }
        let host = host();
        let whole = host.evaluate("x", &text).unwrap();
        let (mut sum, mut present) = (Wanted::default(), Present::default());
        for range in block::blocks(&text) {
            sum.extend(host.evaluate_block("x", &text, range, &mut present).unwrap());
        }
        prop_assert_eq!(sounding(&sum), sounding(&whole), "{}", text);
        prop_assert_eq!(sum.tempo, whole.tempo);
    }
}

#[test]
fn a_control_of_an_instrument_may_have_a_default() {
    let text = "instrument(\"x\", |v| saw(v.freq) >> ladder(#{ cutoff: v.control(\"cutoff\", 300) * 2, \
                resonance: v.control(\"resonance\", 1/2) }) >> gain(adsr(#{ gate: v.gate, attack: v.attack })));";
    let patch = wanted(text).instruments["x"].patch.clone();
    let controls: Vec<_> = patch.controls.iter().map(|(name, c)| (name.as_str(), c.default.clone())).collect();
    let number = |n: f64| Some(bf_node::Value::Number(n));
    assert_eq!(controls, [("attack", None), ("cutoff", number(300.0)), ("resonance", number(0.5))]);
    let said = fault("instrument(\"x\", |v| saw(v.control(\"gate\", 1)));");
    assert!(said.message.contains("v.gate"), "{said}");
}
