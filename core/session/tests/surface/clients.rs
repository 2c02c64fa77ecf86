//! Who is told what: several ports, targets, floods of hellos, drop-outs, hands on what is no param.

use crate::control::SET;
use crate::desk::{Desk, Told, far, near};
use bf_io::osc::{Argument, Peer};
use bf_session::surface::{Atom, RemoteEdits};

const LEVEL: &str = "/bf/node/level/value";

fn f(value: f32) -> [Argument<'static>; 1] {
    [Argument::Float(value)]
}

fn peer(text: &str) -> Peer {
    Peer::udp(text.parse().unwrap())
}

/// Who was told of an address, in order.
fn to(told: &[Told], address: &str) -> Vec<Peer> {
    told.iter().filter(|t| t.address == address).map(|t| t.to).collect()
}

#[test]
fn a_sender_names_another_port_again_and_leaves() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    let (from, first, second) = (peer("10.0.0.1:40001"), peer("10.0.0.1:9001"), peer("10.0.0.1:9002"));
    desk.send(from, "/bf/hello", &[Argument::Int(9001)]);
    desk.blocks(20);
    assert_eq!(to(&desk.told(), LEVEL), [first]);
    desk.send(from, "/bf/hello", &[Argument::Int(9002)]);
    desk.blocks(20);
    assert_eq!(to(&desk.told(), LEVEL), [second]);
    assert_eq!(desk.console.listeners(), 1, "the port before is told nothing any more");
    // Its own hand is known.
    desk.send(from, LEVEL, &f(0.25));
    desk.secs(1.0);
    assert_eq!(to(&desk.told(), LEVEL), []);
    desk.send(near(), LEVEL, &f(0.75));
    desk.secs(1.0);
    assert_eq!(to(&desk.told(), LEVEL), [second]);
    desk.send(from, "/bf/bye", &[]);
    desk.send(near(), LEVEL, &f(0.5));
    desk.secs(1.0);
    assert_eq!((to(&desk.told(), LEVEL), desk.console.listeners()), (vec![], 0));
}

#[test]
fn the_pass_phrase_counts_for_the_sender_wherever_it_is_told() {
    let pass = || RemoteEdits::WithPass("tape echo".to_owned());
    let rename = [Argument::Str("level"), Argument::Str("loud")];
    let mut named = Desk::with(&[("set.toml", SET)], pass(), Vec::new());
    named.send(far(), "/bf/hello", &[Argument::Int(9001)]);
    let target = "192.168.1.7:9001".parse().unwrap();
    let told = Desk::with(&[("set.toml", SET)], pass(), vec![target]);
    for mut desk in [named, told] {
        desk.send(far(), "/bf/pass", &[Argument::Str("tape echo")]);
        desk.send(far(), "/bf/edit/rename", &rename);
        desk.tick();
        let told = desk.told();
        assert_eq!(to(&told, "/bf/error"), []);
        assert_eq!(to(&told, "/bf/done"), [Peer::udp(target)]);
        assert!(desk.stand.session.set().main.nodes.contains_key("loud"));
        // The port at which it is told has not said it.
        desk.send(Peer::udp(target), "/bf/edit/rename", &[Argument::Str("loud"), Argument::Str("level")]);
        desk.tick();
        assert_eq!(desk.errors().len(), 1);
    }
}

#[test]
fn another_program_beside_a_target_is_answered_itself() {
    let target = peer("10.0.0.1:9001");
    let mut desk = Desk::with(&[("set.toml", SET)], RemoteEdits::No, vec![target.address]);
    desk.blocks(20);
    desk.told();
    let (app, other) = (peer("10.0.0.1:50001"), peer("10.0.0.1:50002"));
    desk.send(other, "/bf/get", &[Argument::Str(LEVEL)]);
    assert_eq!(to(&desk.told(), LEVEL), [other]);
    desk.send(other, "/bf/hello", &[Argument::Str(LEVEL)]);
    desk.blocks(20);
    assert_eq!(to(&desk.told(), LEVEL), [other]);
    // Its moves are news to the target, and the app's to it.
    desk.send(other, LEVEL, &f(0.25));
    desk.secs(1.0);
    assert_eq!(to(&desk.told(), LEVEL), [target]);
    desk.send(app, LEVEL, &f(0.75));
    desk.secs(1.0);
    assert_eq!(to(&desk.told(), LEVEL), [other]);
    // One that has moved something before it asks was taken for the app; the target ends with what is true.
    let late = peer("10.0.0.1:50003");
    desk.send(late, LEVEL, &f(0.125));
    desk.secs(1.0);
    assert_eq!(to(&desk.told(), LEVEL), [other]);
    desk.send(late, "/bf/list", &[]);
    desk.secs(0.1);
    let told = desk.told();
    assert_eq!(to(&told, "/bf/list"), [late]);
    let news = told.iter().find(|t| t.address == LEVEL && t.to == target).unwrap();
    assert_eq!(news.args, [Atom::Float(0.125)]);
    // A target is told whoever says goodbye.
    desk.send(app, "/bf/bye", &[]);
    desk.send(near(), LEVEL, &f(0.5));
    desk.secs(0.1);
    assert!(to(&desk.told(), LEVEL).contains(&target));
}

#[test]
fn as_many_listen_as_there_is_room_for() {
    let mut desk = Desk::with(&[("set.toml", SET)], RemoteEdits::No, vec!["10.9.0.1:9001".parse().unwrap()]);
    let crowd = |n: u16| Peer::udp(([10, 0, (n / 250) as u8, (n % 250) as u8], 9000).into());
    for n in 0..600 {
        desk.send(crowd(n), "/bf/hello", &[Argument::Str(LEVEL)]);
    }
    desk.blocks(20);
    assert_eq!(desk.console.listeners(), 33, "with the target");
    let told = desk.told();
    let refused: Vec<Peer> = to(&told, "/bf/error");
    assert!(!refused.is_empty() && refused[0] == crowd(32), "{refused:?}");
    // After a while the one that has been silent for longest makes room, and is told so.
    desk.secs(6.0);
    for n in 1..32 {
        desk.send(crowd(n), LEVEL, &f(0.5));
    }
    desk.secs(5.0);
    desk.told();
    desk.send(crowd(100), "/bf/hello", &[Argument::Str(LEVEL)]);
    desk.blocks(20);
    let told = desk.told();
    assert_eq!(to(&told, "/bf/error"), [crowd(0)]);
    assert_eq!((to(&told, LEVEL), desk.console.listeners()), (vec![crowd(100)], 33));
}

#[test]
fn what_was_told_while_a_client_was_silent_is_told_again() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    let (tablet, other) = (peer("10.0.0.1:9000"), peer("10.0.0.2:9000"));
    desk.send(tablet, "/bf/hello", &[]);
    desk.send(other, "/bf/hello", &[]);
    desk.secs(0.1);
    desk.send(tablet, "/bf/macro/heat", &f(0.5));
    desk.secs(0.7);
    desk.told();
    // It is off the network for three seconds, and a value changes.
    desk.secs(1.0);
    desk.send(other, LEVEL, &f(0.25));
    desk.secs(2.0);
    assert_eq!(to(&desk.told(), LEVEL), [tablet]);
    desk.send(tablet, "/bf/macro/heat", &f(0.75));
    desk.secs(0.1);
    let told = desk.told();
    assert_eq!(to(&told, LEVEL), [tablet]);
    assert_eq!(to(&told, "/bf/node/filter/cutoff"), [], "what it was told before, it has");
    assert_eq!(to(&told, "/bf/macro/heat"), [other], "and its own hand is not told");
    // While it speaks, nothing is told twice.
    desk.send(other, LEVEL, &f(0.5));
    desk.secs(0.5);
    desk.send(tablet, "/bf/macro/heat", &f(0.5));
    desk.secs(0.5);
    assert_eq!(to(&desk.told(), LEVEL), [tablet]);
}

#[test]
fn a_hand_on_the_transport_is_not_told_what_it_does() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    let (one, two) = (peer("10.0.0.1:9000"), peer("10.0.0.2:9000"));
    desk.send(one, "/bf/hello", &[]);
    desk.send(two, "/bf/hello", &[]);
    desk.secs(1.0);
    desk.told();
    for (address, value, shows) in [
        ("/bf/transport/playing", Argument::Float(0.0), "/bf/transport/playing"),
        ("/bf/transport/playing", Argument::Bool(true), "/bf/transport/playing"),
        ("/bf/hushed", Argument::Float(1.0), "/bf/hushed"),
        ("/bf/transport/signature", Argument::Float(3.0), "/bf/transport/signature"),
        ("/bf/transport/position", Argument::Float(64.5), "/bf/transport/position"),
        ("/bf/transport/tempo", Argument::Float(90.0), "/bf/transport/tempo"),
        ("/bf/transport/{playing,nothing}", Argument::Bool(false), "/bf/transport/playing"),
    ] {
        desk.send(one, address, &[value]);
        desk.secs(0.3);
        let of = to(&desk.told(), shows);
        assert!(of.contains(&two) && !of.contains(&one), "{address}: {of:?}");
        desk.secs(0.7);
        desk.told();
    }
}
