//! Laws of the cables of a plan: who they are, and which of them wait a frame.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use bf_node::Registry;
use bf_patch::compile::{At, CompileError, Config, Ghosts, Plan, compile};
use bf_patch::{Cable, Name, Node, Patch, Set, Socket};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use std::collections::HashSet;

fn registry() -> Registry {
    let mut r = Registry::new();
    bf_stdlib::register(&mut r);
    r
}

fn plan(set: &Set, last: Option<&Plan>) -> Result<Plan, Vec<CompileError>> {
    let config = Config { sample_rate: 48_000, max_block: 64, seed: 1, sample_version: &|_| 1, latency: &|_| 0 };
    compile(set, &registry(), &Ghosts { last, ..Ghosts::default() }, &config)
}

fn at(text: &str) -> Socket {
    Socket::parse(text).unwrap()
}

fn patch(nodes: &[(&str, &str)], cables: &[(&str, &str)]) -> Patch {
    let mut p = Patch::default();
    p.nodes.extend(nodes.iter().map(|(name, kind)| (Name::new(name), Node::new(kind))));
    for (to, from) in cables {
        p.cables.entry(at(to)).or_default().push(Cable::plain(at(from)));
    }
    p
}

fn main(patch: Patch) -> Set {
    Set { main: patch, ..Set::default() }
}

#[test]
fn a_cable_under_two_names_of_its_ports_is_told_once_with_both_places() {
    let nodes = [("a", "sine"), ("g", "gain")];
    for (cables, place, said) in [
        (&[("g", "a"), ("g", "a.out")][..], At::Cable(at("g"), 1), "`a.out` into `g` is the cable `a` into `g` again"),
        (
            &[("g", "a"), ("g.input", "a")],
            At::Cable(at("g.input"), 0),
            "`a` into `g.input` is the cable `a` into `g` again",
        ),
        (&[("g.gain", "a"), ("g.gain", "a.out")], At::Cable(at("g.gain"), 1), "`a.out` into `g.gain`"),
    ] {
        let errors = plan(&main(patch(&nodes, cables)), None).unwrap_err();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].at, place);
        assert!(errors[0].message.starts_with(said), "{}", errors[0].message);
        assert!(errors[0].hint.is_some());
    }
    // Other outputs, other inputs and unknown types are no doubles.
    let nodes = [("a", "sine"), ("g", "gain"), ("n", "svf"), ("x", "unheard-of")];
    let cables = [("g", "n.low"), ("g", "n.high"), ("g.by", "n.low"), ("x", "a"), ("x.in", "a"), ("n", "a")];
    assert_eq!(plan(&main(patch(&nodes, &cables)), None).unwrap().flat.cables.len(), 4);
}

#[test]
fn inputs_of_an_instance_may_lead_to_one_place_and_names_of_one_input_may_not() {
    let inner = Patch {
        inputs: vec![("left".into(), vec![at("sum")]), ("right".into(), vec![at("sum")])],
        outputs: vec![("out".into(), at("sum")), ("again".into(), at("sum"))],
        ..patch(&[("sum", "gain")], &[])
    };
    let set = |cables: &[(&str, &str)]| {
        let mut main = patch(&[("a", "sine"), ("pair", "patch"), ("g", "gain")], cables);
        main.nodes.insert("pair".into(), Node::new("patch").with("file", "pair.toml"));
        Set { main, files: [("pair.toml".to_owned(), inner.clone())].into() }
    };
    let two = plan(&set(&[("pair.left", "a"), ("pair.right", "a"), ("g", "pair.out"), ("g", "pair.again")]), None);
    assert_eq!(distinct(&two.unwrap()), 4);
    let errors = plan(&set(&[("pair", "a"), ("pair.left", "a"), ("g", "pair"), ("g", "pair.out")]), None).unwrap_err();
    assert_eq!(errors.len(), 2, "{errors:?}");
}

/// How many cables there are, all with keys of their own.
fn distinct(plan: &Plan) -> usize {
    let keys: HashSet<_> = plan.flat.cables.iter().map(|c| plan.flat.cable_key(c)).collect();
    assert_eq!(keys.len(), plan.flat.cables.len(), "{plan}");
    keys.len()
}

#[test]
fn a_loop_that_closes_delays_the_new_cable() {
    let nodes = [("a", "sine"), ("f", "gain"), ("g", "gain"), ("h", "gain"), ("out", "output")];
    let open = [("f", "a"), ("g", "f"), ("h", "g"), ("out", "h")];
    for (to, from) in [("f", "h"), ("f", "g"), ("g", "h"), ("g", "g")] {
        let before = plan(&main(patch(&nodes, &open)), None).unwrap();
        let set = main(patch(&nodes, &[&open[..], &[(to, from)]].concat()));
        let closed = plan(&set, Some(&before)).unwrap();
        let ends = |p: &Plan| -> Vec<(Name, Name)> {
            p.closing.iter().map(|k| (k.into.0.path.clone(), k.from.0.path.clone())).collect()
        };
        assert_eq!(ends(&closed), [(to.into(), from.into())]);
        // And it stays the delayed one.
        assert_eq!(ends(&plan(&set, Some(&closed)).unwrap()), [(to.into(), from.into())]);
    }
}

const NODES: [&str; 5] = ["a", "b", "c", "d", "pair"];
const FROM: [&str; 8] = ["a", "a.out", "b", "b.out", "c", "d.out", "pair", "pair.again"];
const TO: [&str; 9] = ["a", "a.gain", "b", "b.input", "c.by", "d.gain", "pair.left", "pair.right", "pair.level"];

/// A few gains and an instance, cabled at random.
fn sets() -> impl Strategy<Value = Set> {
    proptest::collection::vec((select(&TO[..]), select(&FROM[..])), 0..14).prop_map(|cables| {
        let nodes: Vec<_> = NODES.iter().map(|n| (*n, "gain")).collect();
        let mut main = patch(&nodes, &cables);
        main.nodes.insert("pair".into(), Node::new("patch").with("file", "pair.toml"));
        let level =
            || bf_patch::Control { targets: vec![at("sum.gain"); 2], default: None, range: None, help: String::new() };
        let inner = Patch {
            inputs: vec![("left".into(), vec![at("sum")]), ("right".into(), vec![at("sum"), at("sum.by")])],
            outputs: vec![("out".into(), at("sum")), ("again".into(), at("sum"))],
            controls: vec![("level".into(), level()), ("same".into(), level())],
            ..patch(&[("sum", "gain")], &[])
        };
        Set { main, files: [("pair.toml".to_owned(), inner)].into() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(0xbea7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_cable_of_a_plan_has_a_key_of_its_own(sets in proptest::collection::vec(sets(), 1..6)) {
        let mut last: Option<Plan> = None;
        for set in &sets {
            // A set with a double does not play, and the last plan plays on.
            if let Ok(plan) = plan(set, last.as_ref()) {
                distinct(&plan);
                if let Some(before) = &last {
                    // What closes a loop from now on is new, or did so before.
                    for key in &plan.closing {
                        let sounded = before.flat.cables.iter().any(|c| before.flat.cable_key(c) == *key);
                        prop_assert!(!sounded || before.closing.contains(key), "{:?}", key);
                    }
                }
                last = Some(plan);
            }
        }
    }
}
