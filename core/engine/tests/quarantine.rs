//! Nodes that are not finite: reset and silenced before anyone hears them, wherever that is looked at.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_engine::Notice;
use bf_node::{Category, Io, LaneMask, MakeError, NodeSpec, ParamSpec, PortSpec, Processor, Setup, Status};
use bf_patch::{Node, Patch, Set};
use common::{Build, Host};

/// A constant that fails on a frame, and is louder by itself after every reset.
static FAILS: NodeSpec = NodeSpec {
    name: "fails",
    category: Category::Control,
    help: "A constant that fails.",
    outputs: &[PortSpec::mono("out", "The value.")],
    params: &[
        ParamSpec::number("value", 0.1, -1.0, 1.0, "The value."),
        ParamSpec::number("at", 0.0, 0.0, 1.0e6, "The frame on which it fails."),
        ParamSpec::number("how", 0.0, 0.0, 4.0, "What it is then."),
    ],
    make,
    ..NodeSpec::DEFAULT
};

const HOW: [f32; 5] = [0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX];

fn make(_setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(Box::new(Fails { resets: 0.0 }))
}

struct Fails {
    resets: f32,
}

impl Processor for Fails {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let (value, at, how) = (io.number(0), io.number(1) as u64, HOW[io.index(2)]);
        let start = io.start();
        for (frame, y) in (start..).zip(io.output::<f32>(0, 0)) {
            *y = if at == frame && how != 0.0 { how } else { value * (1.0 + self.resets) };
        }
        Status::Active
    }
    fn reset(&mut self, _lanes: LaneMask) {
        self.resets += 1.0;
    }
}

/// Sources of a long sum, and which of them fail: number, frame and how.
fn sum_of(count: usize, fail: &[(usize, u64, usize)]) -> Patch {
    let mut p = Patch::default().node("sum", Node::new("gain").with("gain", 1.0)).node("out", Node::new("output"));
    for i in 0..count {
        let name = format!("a{i}");
        let mut node = Node::new("fails").with("value", 0.01 * (i + 1) as f64);
        if let Some((_, at, how)) = fail.iter().find(|(n, ..)| *n == i) {
            node = node.with("at", *at as f64).with("how", *how as f64);
        }
        p = p.node(&name, node).cable("sum", &name);
    }
    p.cable("out", "sum")
}

/// What is heard, how many were reset, and who was named.
#[derive(PartialEq, Debug)]
struct Heard {
    sound: Vec<u32>,
    broken: u64,
    named: Vec<(String, u64)>,
}

/// Where something is tapped, every node is looked at as soon as it has run.
fn play(p: &Patch, block: usize, at_once: bool) -> Heard {
    let Host { mut controller, mut engine } = Host::with(&[&FAILS], block);
    controller.load(&Set { main: p.clone(), ..Set::default() }, &|_| 0).unwrap();
    if at_once {
        engine.tap(&[u32::MAX]);
    }
    let mut heard = Heard { sound: Vec::new(), broken: 0, named: Vec::new() };
    while heard.sound.len() < 4096 {
        heard.sound.extend(engine.block_now()[0].iter().map(|x| x.to_bits()));
        heard.named.extend(controller.collect().into_iter().filter_map(|n| match n {
            Notice::Broken { path, frame } => Some((path, frame)),
            Notice::Receipt(_) => None,
        }));
    }
    heard.broken = controller.shared().status().broken;
    heard
}

/// Plays it looked at both ways.
fn both(p: &Patch, block: usize) -> Heard {
    let (sum, at_once) = (play(p, block, false), play(p, block, true));
    assert!(sum.sound.iter().all(|x| f32::from_bits(*x).is_finite()), "block {block}");
    let differs = sum.sound.iter().zip(&at_once.sound).position(|(a, b)| a != b);
    assert_eq!(differs, None, "block {block}");
    assert_eq!((sum.broken, &sum.named), (at_once.broken, &at_once.named), "block {block}");
    sum
}

const BLOCKS: [usize; 4] = [16, 64, 256, 1024];

#[test]
fn a_sum_finds_the_source_that_fails() {
    for block in BLOCKS {
        for failing in [0, 7, 8, 15, 16, 19] {
            for how in 1..=3 {
                let heard = both(&sum_of(20, &[(failing, 3000, how)]), block);
                let start = 3000 / block as u64 * block as u64;
                assert_eq!((heard.broken, &heard.named), (1, &vec![(format!("a{failing}"), start)]));
                // Silent over its range, and anew from there on.
                let fold = |own: f32| {
                    let level = |i| if i == failing { own } else { (0.01 * (i + 1) as f64) as f32 };
                    (0..20).fold(0.0f32, |sum, i| sum + level(i))
                };
                let value = (0.01 * (failing + 1) as f64) as f32;
                let [before, within, after] = [fold(value), fold(0.0), fold(value * 2.0)].map(f32::to_bits);
                let end = start as usize + block;
                let range = |x: &[u32], want: u32| x.iter().all(|x| *x == want);
                assert!(range(&heard.sound[1024..start as usize], before), "a{failing} at block {block}");
                assert!(range(&heard.sound[start as usize..end.min(4096)], within), "a{failing} at block {block}");
                assert!(range(&heard.sound[end.min(4096)..4096], after), "a{failing} at block {block}");
            }
        }
    }
}

#[test]
fn infinities_that_meet_in_a_sum_are_both_found() {
    for block in BLOCKS {
        let heard = both(&sum_of(24, &[(9, 3000, 2), (12, 3000, 3), (13, 3001, 1)]), block);
        assert_eq!((heard.broken, heard.named[0].0.as_str()), (3, "a13"));
    }
}

#[test]
fn a_sum_that_runs_over_blames_none_of_its_sources() {
    for block in BLOCKS {
        let heard = both(&sum_of(24, &[(2, 3000, 4), (3, 3000, 4)]), block);
        assert_eq!((heard.broken, heard.named[0].0.as_str()), (1, "sum"), "block {block}");
    }
}

#[test]
fn a_source_that_is_heard_elsewhere_too_is_looked_at_before_that() {
    for block in BLOCKS {
        for other in ["out", "b.by"] {
            let p = sum_of(20, &[(3, 3000, 1), (11, 3000, 2)]).node("b", Node::new("gain"));
            let p = match other {
                "out" => p.cable("b", "a3").cable("out", "b").cable("out", "a11"),
                _ => p.cable("b", "a3").cable("b.by", "a11").cable("out", "b"),
            };
            let heard = both(&p, block);
            assert_eq!(heard.broken, 2);
        }
    }
}

#[test]
fn the_last_to_fail_is_named_whoever_looks() {
    for block in BLOCKS {
        // A node that is looked at as it runs, between sources of the sum.
        for alone in 0..20 {
            let p = sum_of(20, &[(4, 3000, 1), (alone, 3000, 2)]).cable("out", &format!("a{alone}"));
            both(&p, block);
        }
    }
}

#[test]
fn sources_with_gains_of_their_own_are_found() {
    for block in BLOCKS {
        let mut p = sum_of(8, &[(5, 3000, 2)]);
        for i in 8..16 {
            let node = Node::new("fails").with("at", 3000.0).with("how", f64::from(u8::from(i == 10)));
            p = p.node(&format!("a{i}"), node).amount("sum", &format!("a{i}"), 0.3);
        }
        assert_eq!(both(&p, block).broken, 2);
    }
}

#[test]
fn only_what_a_sum_alone_hears_is_left_to_it() {
    let left = |p: &Patch| {
        let mut h = Host::with(&[&FAILS], 64);
        h.main(p);
        h.controller.plan().unwrap().nodes.iter().filter(|n| n.summed).count()
    };
    assert_eq!(left(&sum_of(20, &[])), 20);
    assert_eq!(left(&sum_of(8, &[])), 0);
    assert_eq!(left(&sum_of(20, &[]).cable("out", "a3")), 19);
    let driven = sum_of(20, &[]).node("b", Node::new("gain")).cable("b.by", "a4").cable("out", "b");
    assert_eq!(left(&driven), 19);
}

/// What gains make infinite on the way out takes nothing else with it.
#[test]
fn an_output_that_runs_over_is_named_and_the_rest_is_heard() {
    let patch = Patch::default()
        .node("loud", Node::new("fails").with("value", 1.0).with("at", 3000.0).with("how", 4.0))
        .node("tone", Node::new("constant").with("value", 0.25))
        .node("one", Node::new("output"))
        .node("two", Node::new("output"))
        .amount("one", "loud", 8.0)
        .cable("two", "tone");
    for block in BLOCKS {
        let heard = play(&patch, block, false);
        assert_eq!(heard.named.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), ["one"], "block {block}");
        let sound: Vec<f32> = heard.sound.iter().map(|x| f32::from_bits(*x)).collect();
        assert!(sound.iter().all(|x| x.is_finite()), "block {block}");
        assert_eq!(sound[2999..3002], [8.25, 0.25, 8.25], "block {block}");
    }
}

/// Each is finite by itself, so that nobody is to blame: what is heard is finite, too.
#[test]
fn outputs_that_run_over_together_are_heard_as_a_number() {
    let mut patch = Patch::default().node("tone", Node::new("constant").with("value", 0.25));
    for side in ["one", "two"] {
        let loud = format!("loud_{side}");
        let fails = Node::new("fails").with("value", 0.25).with("at", 3000.0).with("how", 4.0);
        patch = patch.node(&loud, fails).node(side, Node::new("output")).cable(side, &loud);
    }
    let patch = patch.node("three", Node::new("output")).cable("three", "tone");
    for block in BLOCKS {
        let heard = play(&patch, block, false);
        let sound: Vec<f32> = heard.sound.iter().map(|x| f32::from_bits(*x)).collect();
        assert!(sound[3000].is_finite() && sound[3000] > 1e29, "block {block}: {}", sound[3000]);
        assert_eq!([sound[2999], sound[3001]], [0.75; 2], "block {block}");
    }
}
