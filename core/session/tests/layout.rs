//! Layouts that are made of a set: whole, readable by others, and their messages drive the set to the right values.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod python;
mod stand;

use bf_io::HostClock;
use bf_io::osc::{Argument, Arrival, Peer, TimeTag, decode, encode};
use bf_session::layout::tosc::{Kind, Message, Node, Setting};
use bf_session::layout::{Carries, Device, Layout, Made, Offer, Sends, make};
use bf_session::surface::{Aim, Console, Entry, Family, RemoteEdits, Tree};
use stand::Stand;
use std::collections::{BTreeMap, BTreeSet};

const SET: &str = r#"
beatforge = 1
tempo = 90.0

[nodes]
osc = { type = "saw", freq = 110.0 }
filter = { type = "svf", cutoff = 900.0 }
desk = { type = "strip", gain = -6.0 }
heat = { type = "macro", value = 0.25 }
wobble = { type = "lfo" }
sub = { type = "triangle", freq = 55.0 }
out = { type = "output" }

[cables]
"filter" = "osc"
"desk" = ["filter", "sub"]
"out" = "desk"

[controls]
tone = { to = "filter.cutoff" }
edge = { to = "filter.resonance" }
shape = { to = "wobble.shape" }
deep = { to = "sub.freq" }
squash = { to = "desk.compress" }

[snapshots.dark]
"filter.cutoff" = 200.0
"#;

const SCRIPT: &str = r#"
track("drums", s("bd*4"));
track("lead", note("c4"));
macro("reach", 800, 200, 4000);
scene("drop", || { track("drums", s("bd*8")); });
scene("alone", || { track("drums", s("bd")); });
"#;

fn stand() -> Stand {
    Stand::new(64, &[("set.toml", SET), ("live.rhai", SCRIPT)])
}

fn made(tree: &Tree, device: Device) -> (Made, Vec<Offer>) {
    let made = make("night set", tree, device);
    // By way of the file.
    let offers = Layout::read(&made.tosc.write()).unwrap().offers();
    (made, offers)
}

/// Addresses that the controls send to, each with its ends.
fn sent(offers: &[Offer]) -> BTreeMap<String, (f32, f32)> {
    let osc = offers.iter().map(|offer| match &offer.sends {
        Sends::Osc { address, arguments } => match &arguments[..] {
            [Carries::Range { min, max, .. }] => (address.clone(), (*min, *max)),
            other => panic!("{address}: {other:?}"),
        },
        Sends::Midi { .. } => panic!("{offer:?}"),
    });
    osc.collect()
}

#[test]
fn every_macro_strip_scene_and_exposed_control_is_on_it() {
    let stand = stand();
    let tree = stand.session.tree();
    for device in [Device::Tablet, Device::Phone] {
        let (made, offers) = made(&tree, device);
        let sent = sent(&offers);
        let wanted = tree.entries().iter().filter(|entry| match (&entry.aim, &entry.family) {
            (Aim::Control(_), _) => true,
            (Aim::Norm(socket), Family::Macro(_)) => socket.port.as_ref().unwrap().as_str() == "value",
            (Aim::Norm(socket), Family::Track(_)) => {
                ["gain", "pan", "mute", "solo"].contains(&socket.port.as_ref().unwrap().as_str())
            }
            (Aim::Launch(_) | Aim::Recall(_) | Aim::Playing | Aim::Tempo | Aim::Hushed, _) => true,
            _ => false,
        });
        let missing: Vec<&str> = wanted.map(|entry| &*entry.address).filter(|at| !sent.contains_key(*at)).collect();
        assert_eq!(missing, Vec::<&str>::new(), "{device:?}");
        // A strip that the patch itself has is one, too.
        assert!(sent.contains_key("/bf/norm/desk/mute"));
        let pages: Vec<&str> = made.pages.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(pages, ["macros", "mix", "scenes", "controls"], "{device:?}");
        assert_eq!(
            made.pages.iter().map(|(_, n)| n).sum::<usize>() + 3,
            offers.len() - usize::from(device == Device::Tablet) * 2
        );
    }
}

#[test]
fn what_controls_send_to_is_there_and_takes_it() {
    let stand = stand();
    let tree = stand.session.tree();
    for (address, (min, max)) in sent(&made(&tree, Device::Tablet).1) {
        let entry = tree.exact(&address).unwrap_or_else(|| panic!("no {address}"));
        assert!(entry.access.writes(), "{address}");
        let travel = entry.args[0].travel.map_or((0.0, 1.0), |travel| (travel.min as f32, travel.max as f32));
        assert!(min >= travel.0 && max <= travel.1 && min < max, "{address}: {min}..{max} in {travel:?}");
    }
}

/// The settings of a node, checked while it is visited.
fn frame(node: &Node) -> [f32; 4] {
    match node.property("frame") {
        Some(Setting::Frame(frame)) => *frame,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_lies_outside_of_what_it_is_in_or_on_another_that_is_touched() {
    let mut set = SET.to_owned();
    // More than a page of each.
    for n in 0..40 {
        set = set
            .replace("[nodes]\n", &format!("[nodes]\nm{n} = {{ type = \"macro\" }}\ns{n} = {{ type = \"strip\" }}\n"));
        set = set.replace("[controls]\n", &format!("[controls]\nc{n} = {{ to = \"s{n}.low\" }}\n"));
    }
    let stand = Stand::new(64, &[("set.toml", &set), ("live.rhai", SCRIPT)]);
    let tree = stand.session.tree();
    for device in [Device::Tablet, Device::Phone] {
        let (made, offers) = made(&tree, device);
        let mut ids = BTreeSet::new();
        made.tosc.root.walk(&mut |around, node| {
            assert!(ids.insert(node.id.clone()), "{}", node.id);
            let [x, y, w, h] = frame(node);
            assert!(w >= 8.0 && h >= 8.0, "{device:?} {} {:?}", node.text("name"), frame(node));
            if let Some(outer) = around.last() {
                let [_, _, outer_w, outer_h] = frame(outer);
                let inside = x >= 0.0 && y >= 0.0 && x + w <= outer_w + 1.0 && y + h <= outer_h + 1.0;
                assert!(inside, "{device:?} {} {:?} in {outer_w} {outer_h}", node.text("name"), frame(node));
            }
            let touched = |node: &&Node| matches!(node.kind, Kind::Fader | Kind::Button | Kind::Radial);
            let touched: Vec<&Node> = node.children.iter().filter(touched).collect();
            for (n, a) in touched.iter().enumerate() {
                for b in &touched[n + 1..] {
                    let ([ax, ay, aw, ah], [bx, by, bw, bh]) = (frame(a), frame(b));
                    let apart =
                        ax + aw <= bx + 1.0 || bx + bw <= ax + 1.0 || ay + ah <= by + 1.0 || by + bh <= ay + 1.0;
                    assert!(apart, "{device:?}: {} and {}", a.text("name"), b.text("name"));
                }
            }
            // What one control tells another is told to one that is there, and sets what it has.
            for message in &node.messages {
                if let Message::Local(local) = message {
                    let siblings = &around.last().unwrap().children;
                    let target = siblings.iter().find(|other| other.id == local.target).unwrap();
                    assert!(target.values.iter().any(|value| value.key == local.key));
                }
            }
        });
        assert!(
            made.pages.iter().any(|(title, _)| title == "mix 2")
                && made.pages.iter().any(|(title, _)| title == "controls 2")
        );
        assert!(offers.len() > 200);
    }
}

#[test]
fn the_same_set_gives_the_same_bytes_and_a_bare_one_gives_a_layout() {
    let (one, two) = (stand(), stand());
    let bytes = |stand: &Stand| make("x", &stand.session.tree(), Device::Tablet).tosc.write();
    assert_eq!(bytes(&one), bytes(&two));
    let bare = Stand::new(64, &[("set.toml", "beatforge = 1\n[nodes]\ns = { type = \"saw\" }\n")]);
    let (made, offers) = made(&bare.session.tree(), Device::Phone);
    assert!(sent(&offers).contains_key("/bf/norm/s/freq"), "params of nodes stand in");
    assert_eq!(made.pages.first().unwrap().0, "controls");
    let empty = Stand::new(64, &[("set.toml", "beatforge = 1\n")]);
    assert_eq!(make("x", &empty.session.tree(), Device::Phone).pages, [("empty".to_owned(), 0)]);
}

/// A hand on a tablet: sends as the layout says, and what the set becomes.
struct Hand {
    console: Console,
    clock: HostClock,
}

impl Hand {
    fn new(stand: &Stand) -> Hand {
        Hand { console: Console::new(&stand.session, RemoteEdits::No, Vec::new()), clock: HostClock::new() }
    }

    fn send(&mut self, stand: &mut Stand, address: &str, value: f32) {
        let packet = encode(address, &[Argument::Float(value)]).unwrap();
        let arrival = Arrival { host_ns: self.clock.now_ns(), wall: TimeTag::IMMEDIATE };
        let from = Peer::udp("192.168.1.20:9001".parse().unwrap());
        self.console.take(&mut stand.session, decode(&packet).unwrap(), from, arrival);
        self.console.tick(&mut stand.session, self.clock.now_ns());
        let outgoing = self.console.outgoing();
        let refused = outgoing
            .iter()
            .filter_map(|(_, packet)| decode(packet).ok()?.messages().next().map(|m| m.message.to_string()));
        let refused: Vec<String> =
            refused.filter(|text| text.starts_with("/bf/error") && !text.contains("nothing to")).collect();
        assert_eq!(refused, Vec::<String>::new(), "{address} {value}");
        stand.run(256);
    }
}

/// Sends what the controls would send where they stand at several places, and looks at what the set then stands at.
fn drive(stand: &mut Stand, sent: &BTreeMap<String, (f32, f32)>) -> usize {
    let mut hand = Hand::new(stand);
    let mut driven = 0;
    for (address, (min, max)) in sent {
        let tree = stand.session.tree();
        let entry = tree.exact(address).unwrap().clone();
        let range = Carries::Range { value: "x".into(), min: *min, max: *max };
        let places: &[f32] =
            if entry.is_trigger() || entry.args[0].tag == 'T' { &[1.0, 0.0] } else { &[0.0, 0.3, 0.77, 1.0] };
        for place in places {
            hand.send(stand, address, range.at(*place).unwrap());
            driven += 1;
            let now = stand.session.tree();
            let number = |address: &str| now.exact(address).unwrap().value[0].number().unwrap();
            match &entry.aim {
                Aim::Norm(socket) => {
                    let native = now.aimed(&Aim::Param(socket.clone())).unwrap();
                    let arg = native.args[0];
                    match (arg.tag, arg.travel) {
                        ('T', _) => assert_eq!(native.value[0].number(), Some(f64::from(place.round())), "{address}"),
                        ('s', _) => {
                            let at = (f64::from(*place) * (arg.options.len() - 1) as f64).round() as usize;
                            assert_eq!(native.value, [arg.options[at].into()], "{address} {place}");
                        }
                        (_, Some(travel)) => {
                            let (is, wanted) = (native.value[0].number().unwrap(), travel.native(f64::from(*place)));
                            assert!(
                                (is - wanted).abs() <= 1e-4 * wanted.abs().max(1.0),
                                "{address} {place}: {is}, not {wanted}"
                            );
                        }
                        other => panic!("{address}: {other:?}"),
                    }
                }
                Aim::Control(_) => {
                    let is_own = |e: &&Entry| matches!(e.aim, Aim::Param(_)) && e.exposed == entry.exposed;
                    let native = now.entries().iter().find(is_own).unwrap().args[0];
                    // A choice and a switch stand at the nearest.
                    let steps = if native.tag == 'T' { 1 } else { native.options.len().saturating_sub(1) };
                    let half_a_step = if steps == 0 { 0.0 } else { 0.5 / steps as f64 };
                    let off = (number(address) - f64::from(*place)).abs();
                    assert!(off <= half_a_step + 1e-4, "{address} {place}: {off}");
                }
                Aim::Tempo => {
                    let wanted = f64::from(min + (max - min) * place);
                    assert!((number(address) - wanted).abs() < 0.01, "{}, not {wanted}", number(address));
                }
                Aim::Hushed | Aim::Playing => {
                    // The transport's word comes from the engine, which has run since.
                    assert_eq!(number(address), f64::from(*place), "{address}");
                }
                Aim::Recall(_) if *place == 1.0 => assert_eq!(number("/bf/node/filter/cutoff"), 200.0),
                // Scenes come at a boundary; that they are taken, and a release does nothing, is seen above.
                _ => {}
            }
        }
    }
    driven
}

#[test]
fn what_the_controls_send_drives_the_set_to_the_right_values() {
    let mut stand = stand();
    let sent = sent(&made(&stand.session.tree(), Device::Tablet).1);
    let driven = drive(&mut stand, &sent);
    assert!(driven > 60, "{driven}");
}

/// What an independent reader finds: faults first, then each message that is sent, with its ends.
const PY2TOSC: &str = r#"
import sys, py2tosc
doc = py2tosc.load(sys.argv[1])
for issue in doc.validate(): print("fault", issue)
for control in doc.walk():
    for message in control.messages:
        if isinstance(message, py2tosc.OscMessage) and message.send:
            path = "".join(p.value for p in message.path)
            argument = message.arguments[0]
            assert str(argument.type) == "VALUE" and argument.value == "x" and message.receive in (True, False)
            print("osc", path, argument.scale_min, argument.scale_max)
"#;

const TOSCLIB: &str = r#"
import sys, tosclib
from tosclib.tosc import ElementTOSC
root = tosclib.load(sys.argv[1])
assert root.tag == "lexml", root.tag
main = ElementTOSC(root.find("node"))
assert main.isControlType(tosclib.ControlType.GROUP)
for osc in root.iter("osc"):
    if osc.find("send").text == "1":
        path = "".join(p.find("value").text for p in osc.find("path"))
        argument = osc.find("arguments")[0]
        print("osc", path, float(argument.find("scaleMin").text), float(argument.find("scaleMax").text))
"#;

/// What a reader in Python finds in a layout; `None` where the reader is not there.
fn found(module: &str, code: &str, made: &Made) -> Option<BTreeMap<String, (f32, f32)>> {
    let python = python::with(module)?;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.tosc");
    made.save(&path).unwrap();
    let output = std::process::Command::new(python).args(["-c", code]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let faults: Vec<&str> = text.lines().filter(|line| line.starts_with("fault")).collect();
    assert_eq!(faults, Vec::<&str>::new());
    let message = |line: &str| {
        let mut words = line.strip_prefix("osc ")?.split(' ');
        let address = words.next()?.to_owned();
        Some((address, (words.next()?.parse().ok()?, words.next()?.parse().ok()?)))
    };
    Some(text.lines().filter_map(message).collect())
}

#[test]
fn independent_readers_find_the_same_messages_and_these_drive_the_set() {
    for (module, code) in [("py2tosc", PY2TOSC), ("tosclib", TOSCLIB)] {
        let mut stand = stand();
        for device in [Device::Tablet, Device::Phone] {
            let (made, offers) = made(&stand.session.tree(), device);
            let Some(found) = found(module, code, &made) else { break };
            assert_eq!(found, sent(&offers), "{module} {device:?}");
            if device == Device::Tablet {
                assert!(drive(&mut stand, &found) > 60);
            }
        }
    }
}
