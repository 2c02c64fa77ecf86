//! What leaves by OSC: patterns at their time, nodes as they move; and what comes in as data.

use crate::desk::{Desk, bundle, near, tag};
use crate::stand::Stand;
use bf_io::HostClock;
use bf_io::osc::{Argument, decode};
use bf_session::surface::{Outlet, Reading};
use std::net::UdpSocket;
use std::time::Duration;

/// Messages that a socket has got, each with its tag and text.
fn heard(socket: &UdpSocket) -> Vec<(u64, String)> {
    let mut all = Vec::new();
    let mut bytes = [0; 65_536];
    while let Ok(n) = socket.recv(&mut bytes) {
        let packet = decode(&bytes[..n]).unwrap();
        all.extend(packet.messages().map(|timed| (timed.at.0, timed.message.to_string())));
    }
    all
}

fn listener() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let at = socket.local_addr().unwrap().to_string();
    (socket, at)
}

/// Renders beside an outlet whose clock is that of the rendered frames.
fn run(stand: &mut Stand, outlet: &mut Outlet, clock: HostClock, blocks: usize) {
    let begin = clock.now_ns();
    for _ in 0..blocks {
        let frame = stand.engine.frame();
        let host_ns = begin + frame * 1_000_000_000 / 48_000;
        stand.session.poll();
        outlet.poll(&mut stand.session, &[Reading { host_ns, frame, lost: false }]);
        stand.engine.block_now();
    }
}

#[test]
fn patterns_of_scripts_leave_with_the_time_of_their_events() {
    let (socket, at) = listener();
    let script = format!(
        "tempo(120);\nosc_out(\"{at}\", \"/light\", \"<1 2>*4\");\nosc_out(\"{at}\", s(\"bd:3\").note(\"c4\").gain(0.5));\n"
    );
    let mut stand = Stand::new(64, &[("live.rhai", &script)]);
    let clock = HostClock::new();
    let mut outlet = Outlet::new(&stand.session, clock);
    // Two cycles and a bit, which are four seconds.
    run(&mut stand, &mut outlet, clock, 3_200);
    let all = heard(&socket);
    let lights: Vec<&(u64, String)> = all.iter().filter(|(_, text)| text.starts_with("/light")).collect();
    assert!(lights.len() >= 8, "{all:?}");
    let values: Vec<&str> = lights.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        values[..4],
        ["/light \"value\" 1.0", "/light \"value\" 2.0", "/light \"value\" 1.0", "/light \"value\" 2.0"]
    );
    // Half a second apart, by their tags.
    for pair in lights.windows(2) {
        let secs = (pair[1].0 - pair[0].0) as f64 / (1_u64 << 32) as f64;
        assert!((secs - 0.5).abs() < 0.002, "{secs}");
    }
    let dirt = all.iter().find(|(_, text)| text.starts_with("/dirt/play")).unwrap();
    for part in [
        "\"cps\" 0.5",
        "\"cycle\" 0.0",
        "\"delta\" 2.0",
        "\"s\" \"bd\"",
        "\"n\" 3.0",
        "\"midinote\" 60.0",
        "\"gain\" 0.5",
    ] {
        assert!(dirt.1.contains(part), "{part}: {}", dirt.1);
    }
    assert_eq!(outlet.unsent, 0);
    // Taken out of the text, it ends; hushed, nothing leaves.
    stand.session.hush(true);
    run(&mut stand, &mut outlet, clock, 200);
    heard(&socket);
    run(&mut stand, &mut outlet, clock, 1_600);
    assert_eq!(heard(&socket), []);
    stand.session.hush(false);
    run(&mut stand, &mut outlet, clock, 1_600);
    assert!(!heard(&socket).is_empty());
}

#[test]
fn nodes_send_what_they_hear_and_say_what_comes() {
    let (socket, at) = listener();
    let set = format!(
        "beatforge = 1\n[nodes]\nhand = {{ type = \"osc_in\", address = \"/hand\", argument = 2, value = 0.25 }}\nlight = {{ \
         type = \"osc_send\", to = \"{at}\", address = \"/light\" }}\nout = {{ type = \"output\" }}\n[cables]\n\"light\" = \
         \"hand\"\n\"out\" = \"light\"\n"
    );
    let mut desk = Desk::new(&[("set.toml", &set)]);
    desk.blocks(20);
    assert_eq!(desk.sound.last(), Some(&0.25));
    desk.send(near(), "/hand", &[Argument::Float(9.0), Argument::Float(0.75)]);
    desk.blocks(20);
    assert_eq!(desk.sound.last(), Some(&0.75));
    // An edit elsewhere leaves it where it is, and it is no step of the history.
    desk.send(near(), "/bf/edit/tempo", &[Argument::Float(90.0)]);
    desk.blocks(20);
    assert_eq!(desk.sound.last(), Some(&0.75));
    assert_eq!(desk.stand.session.history().undoable().count(), 1);
    // On its frame where it is tagged.
    let due = desk.stand.engine.frame() as usize + 4_800;
    let values = [Argument::Float(0.0), Argument::Float(0.5)];
    desk.packet(near(), &bundle(tag(desk.now_ns + 100_000_000), &[("/hand", &values)]));
    desk.blocks(100);
    let first = due - 10 + desk.sound[due - 10..].iter().position(|x| *x != 0.75).unwrap();
    assert_eq!(first, due + 1);
    assert_eq!((desk.errors(), desk.console.counts().foreign), (vec![], 0));

    let clock = HostClock::new();
    let mut outlet = Outlet::new(&desk.stand.session, clock);
    let until = clock.now_ns() + 100_000_000;
    while clock.now_ns() < until {
        outlet.poll(&mut desk.stand.session, &[]);
    }
    assert_eq!(heard(&socket), [(1, "/light 0.5".to_owned())], "only what changes");
}

/// What arrives while an outlet goes on for a while.
fn sent(desk: &mut Desk, outlet: &mut Outlet, clock: HostClock, socket: &UdpSocket) -> Vec<String> {
    let until = clock.now_ns() + 100_000_000;
    while clock.now_ns() < until {
        outlet.poll(&mut desk.stand.session, &[]);
    }
    heard(socket).into_iter().map(|(_, text)| text).collect()
}

#[test]
fn nodes_of_scripts_and_of_patches_send_and_hear_by_what_hands_have_set() {
    let (socket, at) = listener();
    let set = "beatforge = 1\n[nodes]\nhand = { type = \"osc_in\" }\nbox = { type = \"patch\", file = \"patches/box.toml\" }\n\
               out = { type = \"output\" }\n[cables]\n\"out\" = [\"hand\", \"box\"]\n";
    let inner = format!(
        "beatforge = 1\n[nodes]\near = {{ type = \"osc_in\", address = \"/inner\" }}\nmouth = {{ type = \"osc_send\", to = \"{at}\", \
         address = \"/inside\" }}\n[cables]\n\"mouth\" = \"ear\"\n[outputs]\nout = \"mouth\"\n"
    );
    let script = format!("node(\"said\", constant(0.25) >> osc_send(#{{ to: \"{at}\", address: \"/script\" }}));\n");
    let mut desk = Desk::new(&[("set.toml", set), ("patches/box.toml", &inner), ("live.rhai", &script)]);
    desk.blocks(200);
    // By its declared address; inside of a patch; by a pattern.
    desk.send(near(), "/in", &[Argument::Float(0.5)]);
    desk.blocks(40);
    // What the script's node says is heard beside it.
    assert_eq!((desk.sound.last(), desk.console.counts().foreign), (Some(&0.75), 0));
    desk.send(near(), "/inn*", &[Argument::Float(0.125)]);
    desk.blocks(40);
    assert_eq!((desk.sound.last(), desk.console.counts().foreign), (Some(&0.875), 0));
    let clock = HostClock::new();
    let mut outlet = Outlet::new(&desk.stand.session, clock);
    let mut all = sent(&mut desk, &mut outlet, clock, &socket);
    all.sort();
    assert_eq!(all, ["/inside 0.125", "/script 0.25"]);
    // What a hand says counts.
    desk.send(near(), "/bf/node/hand/address", &[Argument::Str("/other")]);
    desk.blocks(40);
    desk.send(near(), "/in", &[Argument::Float(0.75)]);
    desk.send(near(), "/other", &[Argument::Float(0.25)]);
    desk.blocks(40);
    assert_eq!((desk.sound.last(), desk.console.counts().foreign), (Some(&0.625), 1));
    desk.send(near(), "/bf/node/said/address", &[Argument::Str("/renamed")]);
    desk.blocks(40);
    assert_eq!(desk.errors(), Vec::<String>::new());
    assert_eq!(sent(&mut desk, &mut outlet, clock, &socket), ["/renamed 0.25"]);
}
