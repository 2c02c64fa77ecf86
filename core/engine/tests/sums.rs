//! Long sums: made in parts while their sources run, with the bits of one addition after the other.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
use bf_patch::{Node, Patch};
use common::{Build, Host, peak};

/// Two oscillators of different waves take turns; every fifth cable has a gain of its own.
fn source(i: usize) -> Node {
    let kind = if i.is_multiple_of(2) { "sine" } else { "saw" };
    Node::new(kind).with("freq", 60.0 + 37.7 * i as f64)
}

fn amount(i: usize) -> Option<f64> {
    i.is_multiple_of(5).then_some(0.3 + 0.01 * i as f64)
}

/// Sources by their names, in an order that is not that of the names.
fn sum_of(which: &[usize]) -> Patch {
    let mut p = Patch::default().node("sum", Node::new("gain").with("gain", 1.0)).node("out", Node::new("output"));
    for i in which {
        let name = format!("a{i}");
        p = p.node(&name, source(*i));
        p = match amount(*i) {
            Some(by) => p.amount("sum", &name, by),
            None => p.cable("sum", &name),
        };
    }
    p.cable("out", "sum")
}

fn render(p: &Patch, block: usize, frames: usize) -> Vec<f32> {
    let mut h = Host::new(block);
    h.main(p);
    h.run(frames)
}

#[test]
fn sources_are_added_in_the_order_of_their_cables() {
    for count in [8, 9, 16, 17, 61] {
        let which: Vec<usize> = (0..count).rev().collect();
        let mut want = vec![0.0f32; 1024];
        for i in &which {
            want.iter_mut().zip(render(&sum_of(&[*i]), 64, 1024)).for_each(|(y, x)| *y += x);
        }
        assert!(peak(&want) > 1.0);
        for block in [16, 64, 512, 1024] {
            let heard = render(&sum_of(&which), block, 1024);
            let differs = heard.iter().zip(&want).position(|(a, b)| a.to_bits() != b.to_bits());
            assert_eq!(differs, None, "{count} sources at block {block}");
        }
    }
}

#[test]
fn what_was_added_makes_room_for_what_comes() {
    let mut h = Host::new(64);
    h.main(&sum_of(&(0..200).collect::<Vec<_>>()));
    let plan = h.controller.plan().unwrap();
    assert!(plan.buffers < 16, "{} buffers for a sum of 200", plan.buffers);
}

#[test]
fn cables_that_come_and_go_fade_in_a_long_sum() {
    let all: Vec<usize> = (0..40).collect();
    let fewer: Vec<usize> = all.iter().copied().filter(|i| i % 7 != 3).collect();
    let play = |block: usize| {
        let mut h = Host::new(block);
        h.main(&sum_of(&fewer));
        let mut heard = h.run(2048);
        h.main(&sum_of(&all));
        heard.extend(h.run(2048));
        h.main(&sum_of(&fewer));
        heard.extend(h.run(2048));
        heard
    };
    let first = play(64);
    for block in [16, 256, 1024] {
        let other = play(block);
        let differs = first.iter().zip(&other).position(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(differs, None, "block {block}");
    }
    // Before the others came, and long after they went, the sum is what it is without them.
    let without = render(&sum_of(&fewer), 64, 6144);
    assert!(first[2048..4096] != without[2048..4096]);
    assert!(first[..2048] == without[..2048] && first[5000..] == without[5000..]);
}
