//! What is kept of what is heard for whoever draws it: it is what the engine gives, costs no bit of the sound, and asks
//! for no memory.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod common;
mod counting;
use bf_engine::{Move, When};
use bf_patch::{Node, Patch};
use common::{Build, Host};
use counting::count;

fn host(block: usize) -> Host {
    let mut host = Host::new(block);
    let patch = Patch::default()
        .node("tone", Node::new("sine").with("freq", 441.0))
        .node("side", Node::new("pan").with("pan", 0.6))
        .node("out", Node::new("output"))
        .cable("side", "tone")
        .cable("out", "side");
    host.main(&patch);
    host.controller.transport(Move::Play, When::Now);
    host
}

#[test]
fn what_is_kept_is_what_is_heard() {
    for block in [16, 64, 256] {
        let mut host = host(block);
        let wave = |host: &Host| {
            let (mut left, mut right) = ([9.0; 1_024], [9.0; 1_024]);
            (host.controller.shared().wave().latest(&mut left, &mut right), left, right)
        };
        host.run(4_800);
        assert_eq!(wave(&host).0, 0, "nobody looks");
        host.controller.shared().wave().watch(true);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for _ in 0..9_600 / block {
            let [l, r] = host.engine.block_now();
            left.extend_from_slice(l);
            right.extend_from_slice(r);
        }
        let (count, l, r) = wave(&host);
        assert_eq!(count, 1_024);
        assert_eq!(l[..], left[left.len() - 1_024..]);
        assert_eq!(r[..], right[right.len() - 1_024..]);
        assert!(l != r && l.iter().any(|x| x.abs() > 0.1));
        host.controller.shared().wave().watch(false);
        host.run(4_800);
        assert_eq!(wave(&host).0, 0, "what was seen before is forgotten");
    }
}

#[test]
fn who_looks_hears_the_same_and_asks_for_no_memory() {
    let play = |on: bool| {
        let mut host = host(64);
        host.controller.shared().wave().watch(on);
        host.run(9_600).iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    assert!(play(false) == play(true));
    let mut host = host(64);
    host.controller.shared().wave().watch(true);
    host.run(4_800);
    let asked = count(|| {
        for _ in 0..200 {
            host.engine.block_now();
        }
    });
    assert_eq!(asked, 0);
}
