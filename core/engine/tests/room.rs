//! What is sent when there is little room on the way to the engine, or none.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_engine::Loaded;
use bf_patch::{Node, Patch, Set};
use common::{Build, Host};

/// Two constants, summed.
fn sum(a: f64, b: f64) -> Set {
    let main = Patch::default()
        .node("a", Node::new("constant").with("value", a))
        .node("b", Node::new("constant").with("value", b))
        .node("out", Node::new("output"))
        .cable("out", "a")
        .cable("out", "b");
    Set { main, ..Set::default() }
}

/// What sounds once the engine has done all it was told.
fn level(h: &mut Host) -> f32 {
    let mut last = 0.0;
    for _ in 0..3000 {
        last = h.engine.block_now()[0][63];
        h.controller.collect();
    }
    last
}

/// Fills the way to an engine that does not run, and leaves room for so many messages.
fn fill(h: &mut Host, but: usize) {
    let mut room = 0;
    while h.controller.set_number("a", "value", 0.25) {
        room += 1;
    }
    level(h);
    for _ in 0..room - but {
        assert!(h.controller.set_number("a", "value", 0.25));
    }
}

#[test]
fn numbers_for_which_there_is_no_room_one_by_one_all_arrive() {
    let mut h = Host::new(64);
    h.load(&sum(0.25, 0.25));
    level(&mut h);
    fill(&mut h, 1);
    h.load(&sum(0.125, 0.5));
    assert_eq!(level(&mut h), 0.625);
}

#[test]
fn a_full_way_changes_nothing_and_is_tried_again() {
    let mut h = Host::new(64);
    h.load(&sum(0.25, 0.25));
    level(&mut h);
    fill(&mut h, 0);
    assert!(!h.controller.set_number("b", "value", 0.5));
    let mut more = sum(0.25, 0.5);
    more.main = more.main.node("c", Node::new("constant").with("value", 0.0625)).cable("out", "c");
    assert_eq!(h.controller.load(&more, &|_| 0).unwrap(), Loaded::Busy);
    assert_eq!(level(&mut h), 0.5);
    h.load(&more);
    assert_eq!(level(&mut h), 0.8125);
}
