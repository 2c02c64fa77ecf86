//! Tablets: what they are told, how often, and what never.

use crate::control::SET;
use crate::desk::{Desk, Told, near};
use bf_io::osc::{Argument, Peer};
use bf_node::Value;
use bf_patch::{Edit, SetEdit, Socket};
use bf_session::surface::{Atom, RemoteEdits};
use std::collections::HashMap;

const MS: u64 = 1_000_000;

/// A tablet: it shows what it was told, or what its own hand does.
struct Tablet {
    peer: Peer,
    shows: HashMap<String, Atom>,
    /// When its hand last moved a param, and when it was last told of an address.
    moved: HashMap<String, u64>,
    told: HashMap<String, u64>,
    online: bool,
    /// It has asked for all that stands at this time, or has spoken after a silence, which gives it again what it may
    /// have missed.
    asked: u64,
    spoke: u64,
    most: u64,
}

/// The param of an address in either measure.
fn param(address: &str) -> String {
    address.replace("/bf/norm/", "/bf/node/").replace("/bf/macro/heat", "/bf/node/heat/value")
}

impl Tablet {
    fn new(peer: &str) -> Tablet {
        let peer = Peer::udp(peer.parse().unwrap());
        let (shows, moved, told) = Default::default();
        Tablet { peer, shows, moved, told, online: false, asked: 0, spoke: 0, most: 0 }
    }

    fn hello(&mut self, desk: &mut Desk) {
        (self.online, self.asked, self.spoke) = (true, desk.now_ns, desk.now_ns);
        desk.send(self.peer, "/bf/hello", &[]);
    }

    fn moves(&mut self, desk: &mut Desk, address: &str, value: f32) {
        self.shows.insert(address.to_owned(), Atom::Float(value));
        self.moved.insert(param(address), desk.now_ns);
        if desk.now_ns - self.spoke > 1_000 * MS {
            self.asked = desk.now_ns;
        }
        self.spoke = desk.now_ns;
        desk.send(self.peer, address, &[Argument::Float(value)]);
    }

    fn hears(&mut self, told: &Told, now_ns: u64) {
        let address = &told.address;
        if let Some(last) = self.told.insert(address.clone(), now_ns) {
            assert!(now_ns - last >= 16_666_666, "{address}: told twice within {} µs", (now_ns - last) / 1_000);
        }
        if let Some(moved) = self.moved.get(&param(address)) {
            assert!(now_ns - moved >= 500 * MS, "{address}: told while the hand is on it");
        }
        let knows = now_ns > self.asked + 200 * MS;
        assert!(
            !knows || !self.online || self.shows.get(address) != Some(&told.args[0]),
            "{address}: told what it shows already"
        );
        if self.online {
            self.shows.insert(address.clone(), told.args[0].clone());
        }
        self.most += 1;
    }

    /// Whether what it shows is true.
    fn is_right(&self, desk: &Desk) {
        for (address, shows) in self.shows.iter().filter(|(address, _)| !address.starts_with("/bf/transport/")) {
            let entry = desk.console.tree().exact(address).unwrap();
            let near = |a: f64, b: f64| (a - b).abs() <= 2e-5 * b.abs().max(1.0);
            let right = match (shows.number(), entry.value.first().and_then(Atom::number)) {
                (Some(a), Some(b)) => near(a, b),
                _ => Some(shows) == entry.value.first(),
            };
            assert!(right, "{address} shows {shows:?}, and is {:?}", entry.value);
        }
    }
}

fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |most| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    }
}

const FADERS: [&str; 6] = [
    "/bf/norm/level/value",
    "/bf/node/level/value",
    "/bf/norm/filter/cutoff",
    "/bf/norm/filter/resonance",
    "/bf/norm/chan/gain",
    "/bf/macro/heat",
];

fn listen(desk: &mut Desk, tablets: &mut [Tablet; 2]) {
    let now_ns = desk.now_ns;
    for told in desk.told() {
        assert_ne!(told.address, "/bf/error", "{:?}", told.args);
        let tablet = tablets.iter_mut().find(|t| t.peer == told.to).unwrap_or_else(|| panic!("{told:?}"));
        tablet.hears(&told, now_ns);
    }
}

#[test]
fn two_tablets_never_fight_the_hand_and_end_with_what_is_true() {
    for seed in 0..6 {
        let mut random = random(seed);
        let mut desk = Desk::new(&[("set.toml", SET)]);
        let mut tablets = [Tablet::new("10.0.0.1:9000"), Tablet::new("10.0.0.2:9000")];
        tablets.iter_mut().for_each(|t| t.hello(&mut desk));
        // Each hand is on one fader at most, and may take the other's.
        let mut hands = [None, None];
        for _ in 0..6_000 {
            let who = random(2) as usize;
            match random(600) {
                0 => hands[who] = Some(FADERS[random(6) as usize]),
                1 => hands[who] = None,
                2 => tablets[who].online = false,
                3 if !tablets[who].online => tablets[who].hello(&mut desk),
                4 => {
                    let value = Value::Number(f64::from(random(100) as u32) / 100.0);
                    let edit = Edit::Override { target: Socket::new("level", "value"), value: Some(value) };
                    desk.stand.session.apply(&SetEdit::main(edit), "turn", None).unwrap();
                }
                5 => _ = desk.stand.session.undo().unwrap(),
                _ => {}
            }
            for (tablet, hand) in tablets.iter_mut().zip(hands) {
                // Messages of a tablet that is off the network do not arrive; its screen moves all the same.
                if let (Some(fader), true, true) = (hand, tablet.online, random(4) == 0) {
                    tablet.moves(&mut desk, fader, random(1_001) as f32 / 1_000.0);
                }
            }
            desk.blocks(2);
            listen(&mut desk, &mut tablets);
        }
        for tablet in &mut tablets {
            if !tablet.online {
                tablet.hello(&mut desk);
            }
        }
        for _ in 0..400 {
            desk.blocks(2);
            listen(&mut desk, &mut tablets);
        }
        for tablet in &tablets {
            tablet.is_right(&desk);
            assert!(tablet.shows.len() > 30 && tablet.most > 100, "{} {}", tablet.shows.len(), tablet.most);
        }
    }
}

#[test]
fn who_speaks_last_is_told_and_who_says_hello_stays() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    let [one, two, three] = ["10.0.0.1:1", "10.0.0.2:2", "10.0.0.3:3"].map(|p| Peer::udp(p.parse().unwrap()));
    let turn = |desk: &mut Desk, who: Peer, value: f32| {
        desk.send(who, "/bf/node/level/value", &[Argument::Float(value)]);
        desk.secs(0.6);
        let mut to: Vec<Peer> =
            desk.told().into_iter().filter(|t| t.address == "/bf/node/level/value").map(|t| t.to).collect();
        to.dedup();
        to
    };
    assert_eq!(turn(&mut desk, one, 0.1), []);
    assert_eq!(turn(&mut desk, two, 0.2), [], "the one before is not told any more");
    desk.send(three, "/bf/hello", &[]);
    desk.blocks(30);
    assert!(desk.told().len() > 30, "all that stands");
    assert_eq!(turn(&mut desk, one, 0.3), [three]);
    assert_eq!(turn(&mut desk, three, 0.4), [one]);
    desk.send(three, "/bf/bye", &[]);
    assert_eq!(turn(&mut desk, one, 0.5), []);
}

#[test]
fn answers_go_where_a_tablet_listens() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    // It sends from a port at which it does not listen, and says at which it does.
    let from = Peer::udp("10.0.0.1:40001".parse().unwrap());
    let listens = Peer::udp("10.0.0.1:9001".parse().unwrap());
    desk.send(from, "/bf/hello", &[Argument::Int(9001), Argument::Str("/bf/norm/{level,filter}/*")]);
    desk.blocks(10);
    let told = desk.told();
    assert!(told.iter().all(|t| t.to == listens && t.address.starts_with("/bf/norm/")), "{told:?}");
    assert_eq!(told.len(), 3);
    // Its own hand is known by both.
    desk.send(from, "/bf/norm/level/value", &[Argument::Float(0.51)]);
    desk.secs(2.0);
    assert_eq!(desk.told(), []);
    // The same without a word, where the set was told of it.
    let mut desk = Desk::with(&[("set.toml", SET)], RemoteEdits::No, vec![listens.address]);
    desk.blocks(10);
    assert!(desk.told().iter().all(|t| t.to == listens));
    desk.send(from, "/bf/norm/level/value", &[Argument::Float(0.51)]);
    desk.blocks(10);
    desk.send(from, "/bf/nothing", &[]);
    desk.blocks(10);
    assert_eq!(desk.errors().len(), 1);
    desk.secs(2.0);
    assert_eq!(desk.told().iter().filter(|t| t.address == "/bf/norm/level/value").count(), 0);
}

#[test]
fn a_hand_that_is_let_go_sees_what_became_of_its_value() {
    let mut desk = Desk::new(&[("set.toml", SET)]);
    desk.send(near(), "/bf/hello", &[]);
    desk.blocks(20);
    desk.told();
    // Too high for the param: the fader jumps back once it is let go, and not before.
    desk.send(near(), "/bf/node/filter/cutoff", &[Argument::Float(90_000.0)]);
    desk.secs(0.45);
    assert_eq!(desk.news(), []);
    desk.secs(0.3);
    let told = desk.news();
    let cutoff = told.iter().find(|t| t.address == "/bf/node/filter/cutoff").unwrap();
    assert_eq!(cutoff.args, [Atom::Float(20_000.0)]);
    // A listener that was away for long gets all that stands with its first word.
    desk.secs(11.0);
    desk.told();
    desk.send(near(), "/bf/node/level/value", &[Argument::Float(0.5)]);
    desk.secs(1.0);
    assert!(desk.told().len() > 30);
}
