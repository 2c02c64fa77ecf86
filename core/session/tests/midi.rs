//! MIDI at a set: keys, pedals, knobs, clocks, and what leaves, all on a clock of our own.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_io::midi::{Message, Received};
use bf_node::Value;
use bf_patch::Socket;
use bf_session::midi::{Leaving, Mapping, MidiDesk, MidiRequest, Takeover, Wishes};
use bf_session::surface::Reading;
use stand::Stand;

const RATE: f64 = 48_000.0;
/// A buffer of 128 frames and 6 ms.
const LATENCY: usize = 128 + 288;

const GATE: &str = r#"
beatforge = 1
tempo = 120.0
[nodes]
keys = { type = "midi_in", controller = 20 }
line = { type = "cv" }
level = { type = "constant", value = 0.5 }
other = { type = "constant", value = 0.0 }
out = { type = "output" }
[cables]
"line" = "keys"
"out" = "line.gate"
"#;

const BEND: &str = r#"
beatforge = 1
[nodes]
keys = { type = "midi_in" }
out = { type = "output" }
[cables]
"out" = "keys.bend"
"#;

/// A set that is rendered block by block beside its MIDI.
struct Desk {
    stand: Stand,
    midi: MidiDesk,
    now_ns: u64,
    sound: Vec<f32>,
    left: Vec<Leaving>,
}

fn named(inputs: &[&str], outputs: &[&str]) -> Wishes {
    let all = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Wishes { inputs: all(inputs), outputs: all(outputs) }
}

fn request() -> MidiRequest {
    MidiRequest { look_ahead_ms: 6.0, ..MidiRequest::default() }
}

impl Desk {
    fn new(files: &[(&str, &str)], request: MidiRequest) -> Desk {
        let mut stand = Stand::new(64, files);
        let midi = MidiDesk::new(&mut stand.session, request, 128);
        Desk { stand, midi, now_ns: 1_000_000_000, sound: Vec::new(), left: Vec::new() }
    }

    /// Lets blocks go by; the device asks for two at a time.
    fn blocks(&mut self, count: usize) {
        for block in 0..count {
            if block % 2 == 0 {
                let frame = self.stand.engine.frame();
                self.midi.observe(Reading { host_ns: self.now_ns, frame, lost: false });
            }
            self.stand.session.poll();
            self.midi.tick(&mut self.stand.session, self.now_ns);
            self.left.extend(self.midi.leaving());
            self.sound.extend_from_slice(self.stand.engine.block_now()[0]);
            self.now_ns += (64.0 / RATE * 1e9).round() as u64;
        }
    }

    fn secs(&mut self, secs: f64) {
        self.blocks((secs * RATE / 64.0).ceil() as usize);
    }

    /// A message that came so many nanoseconds ago.
    fn take(&mut self, ago_ns: u64, message: Message) {
        let received = Received { wish: 0, at_ns: self.now_ns - ago_ns, message };
        self.midi.take(&mut self.stand.session, received);
    }

    fn cc(&mut self, controller: u8, value: u8) {
        self.take(0, Message::Control { channel: 0, controller, value });
        self.blocks(2);
    }

    fn hand(&self, socket: &str) -> Option<f64> {
        let value = self.stand.session.set().main.overrides.get(&Socket::parse(socket).unwrap())?;
        if let Value::Number(n) = value { Some(*n) } else { None }
    }

    fn problems(&mut self) -> Vec<String> {
        self.midi.problems()
    }
}

/// Where a gate goes up and down.
fn edges(sound: &[f32]) -> Vec<usize> {
    (1..sound.len()).filter(|n| (sound[*n] > 0.5) != (sound[n - 1] > 0.5)).collect()
}

fn on(key: u8) -> Message {
    Message::NoteOn { channel: 0, key, velocity: 100 }
}

fn off(key: u8) -> Message {
    Message::NoteOff { channel: 0, key, velocity: 64 }
}

#[test]
fn a_key_is_heard_a_fixed_time_after_it_was_struck_to_the_frame() {
    let mut desk = Desk::new(&[("set.toml", GATE)], request());
    assert_eq!(desk.midi.wishes().inputs, [""], "the node opens any keyboard");
    desk.blocks(400);
    let mut expected = Vec::new();
    // Struck at odd times, and told up to 2 ms later.
    for (i, ago) in [0u64, 1_234_567, 2_000_000, 777_777].into_iter().enumerate() {
        let frame = desk.stand.engine.frame() as f64;
        let message = if i % 2 == 0 { on(60) } else { off(60) };
        desk.take(ago, message);
        expected.push((frame - ago as f64 * RATE * 1e-9).round() as usize + LATENCY);
        desk.blocks(37);
    }
    assert_eq!(edges(&desk.sound), expected);
    assert_eq!(desk.stand.session.controller().shared().status().late, 0);
}

#[test]
fn keys_of_a_keyboard_that_is_unplugged_end() {
    let mut desk = Desk::new(&[("set.toml", GATE)], MidiRequest { wishes: named(&["", "other"], &[]), ..request() });
    desk.blocks(20);
    let gate = |desk: &mut Desk| {
        desk.secs(0.02);
        *desk.sound.last().unwrap() > 0.5
    };
    desk.take(0, on(60));
    desk.cc(64, 127);
    desk.take(0, on(62));
    desk.take(0, off(62));
    desk.take(0, Message::Bend { channel: 0, value: 8191 });
    assert!(gate(&mut desk));
    desk.midi.gone(&mut desk.stand.session, 1);
    assert!(gate(&mut desk), "another one");
    desk.midi.gone(&mut desk.stand.session, 0);
    assert!(!gate(&mut desk), "nobody holds the keys, nor the pedal");
    desk.take(0, on(60));
    assert!(gate(&mut desk));
    desk.take(0, off(60));
    assert!(!gate(&mut desk), "the pedal is up when it is back");
    // The wheel goes back as well.
    let mut desk = Desk::new(&[("set.toml", BEND)], request());
    desk.blocks(4);
    desk.take(0, Message::Bend { channel: 0, value: 8191 });
    assert!(gate(&mut desk), "{:?}", desk.sound.last());
    desk.midi.gone(&mut desk.stand.session, 0);
    assert!(!gate(&mut desk));
}

#[test]
fn a_name_that_keys_cannot_play_is_told_once_and_an_instrument_is_played_where_a_track_has_it() {
    let told = |script: &str, play: &str| {
        let request = MidiRequest { play: Some(bf_patch::Name::new(play)), ..request() };
        let mut desk = Desk::new(&[("set.toml", "beatforge = 1\n"), ("live.rhai", script)], request);
        desk.secs(3.0);
        desk.take(0, on(60));
        desk.sound.clear();
        desk.secs(0.3);
        let problems = desk.problems();
        assert!(problems.len() <= 1, "{problems:?}");
        (problems.concat(), desk.sound.iter().any(|x| x.abs() > 0.01))
    };
    let script = "track(\"lead\", s(\"acid\").gain(0));\ntrack(\"empty\", s(\"~\"));\n";
    assert_eq!(told(script, "lead"), (String::new(), true));
    assert_eq!(told(script, "acid"), (String::new(), true));
    let (why, sounds) = told(script, "saw");
    assert!(!sounds && why.contains("no track plays the instrument `saw`") && why.contains("track(\"keys\""), "{why}");
    let (why, sounds) = told(script, "leed");
    assert!(!sounds && why.contains("`leed`: did you mean `lead`?"), "{why}");
    let (why, sounds) = told(script, "empty");
    assert!(!sounds && why.contains("the track `empty`"), "{why}");
}

#[test]
fn a_set_that_follows_a_clock_waits_for_its_start_and_takes_its_tempo_before() {
    let request = MidiRequest { follow_clock: true, wishes: named(&["drum"], &[]), ..request() };
    let mut desk = Desk::new(&[("set.toml", SONG)], request);
    desk.secs(0.2);
    let status = |desk: &mut Desk| desk.stand.session.controller().shared().status();
    assert!(!status(&mut desk).playing, "it waits");
    // A clock that runs already: 150 beats a minute.
    let pulse = 60.0 / 150.0 / 24.0;
    for _ in 0..48 {
        desk.secs(pulse);
        desk.take(0, Message::Clock);
    }
    let s = status(&mut desk);
    let bpm = desk.midi.sync().unwrap().bpm.unwrap();
    assert!(!s.playing && (s.bpm / bpm - 1.0).abs() < 0.003 && (s.bpm - 150.0).abs() < 8.0, "{} {bpm}", s.bpm);
    desk.take(0, Message::Start);
    desk.take(0, Message::Clock);
    desk.secs(0.05);
    assert!(status(&mut desk).playing);
}

#[test]
fn a_named_track_is_played_and_pedals_hold() {
    let set = GATE.replace("keys = { type = \"midi_in\", controller = 20 }\n", "").replace("\"line\" = \"keys\"\n", "");
    let request = MidiRequest { play: Some(bf_patch::Name::new("line")), ..request() };
    let mut desk = Desk::new(&[("set.toml", &set)], request);
    desk.blocks(20);
    let gate = |desk: &mut Desk| {
        desk.secs(0.02);
        *desk.sound.last().unwrap() > 0.5
    };
    desk.take(0, on(60));
    assert!(gate(&mut desk));
    desk.cc(64, 127);
    desk.take(0, off(60));
    assert!(gate(&mut desk), "the pedal holds it");
    desk.cc(64, 0);
    assert!(!gate(&mut desk));
    desk.take(0, on(60));
    desk.take(0, on(62));
    assert!(gate(&mut desk));
    desk.cc(123, 0);
    assert!(!gate(&mut desk), "all notes off");
}

#[test]
fn a_knob_picks_up_a_param_and_is_one_step_of_the_history() {
    let mapping = Mapping::new("midi:1/cc/7".parse().unwrap(), Socket::parse("level.value").unwrap());
    let fine = Mapping {
        takeover: Takeover::Jump,
        ..Mapping::new("midi:*/cc14/3".parse().unwrap(), Socket::parse("other.value").unwrap())
    };
    // A number without bounds is turned in equal ratios on both sides of 0.
    let travel = |place: f64| 20.0 * (1001f64.powf((2.0 * place - 1.0).abs()) - 1.0) * (place - 0.5).signum();
    let mappings = vec![mapping, fine];
    let mut desk = Desk::new(&[("set.toml", GATE)], MidiRequest { mappings, ..request() });
    desk.blocks(4);
    // 0.5 stands a little above the middle of the travel of a constant.
    desk.cc(7, 10);
    desk.cc(7, 60);
    assert_eq!(desk.hand("level.value"), None, "the knob has not come to the value");
    for value in 61..=80 {
        desk.cc(7, value);
    }
    let there = desk.hand("level.value").unwrap();
    assert!((there - travel(80.0 / 127.0)).abs() < 0.01, "{there}");
    assert!(desk.stand.session.undo().unwrap());
    assert_eq!(desk.hand("level.value"), None, "the whole turn is one step");
    // 14 bits: the second half alone moves by a fine step.
    desk.cc(3, 64);
    desk.cc(35, 1);
    let there = desk.hand("other.value").unwrap();
    assert!((there - travel(8193.0 / 16_383.0)).abs() < 0.01, "{there}");
    assert_eq!(desk.problems(), Vec::<String>::new());
}

#[test]
fn a_control_is_learnt_and_a_mapping_to_nothing_is_told_once() {
    let mut desk = Desk::new(&[("set.toml", GATE)], request());
    desk.blocks(4);
    desk.midi.learn(Some(Socket::parse("level.value").unwrap()));
    for value in [127, 1, 2, 127, 126] {
        desk.cc(19, value);
    }
    let learnt = desk.midi.learnt();
    assert_eq!(learnt.len(), 1);
    assert_eq!(learnt[0].source.to_string(), "midi:1/cc/19");
    assert_eq!(learnt[0].relative.map(|kind| kind.name()), Some("twos"));
    // It is part of the set, as if it were written there.
    let written = desk.stand.session.set().main.mappings.get("midi:1/cc/19").unwrap();
    assert_eq!(written.mode.as_ref().map(|mode| mode.as_str()), Some("twos"));
    assert_eq!(Mapping::of("midi:1/cc/19", written).unwrap(), learnt[0]);
    let nothing = Mapping::new("midi:1/cc/5".parse().unwrap(), Socket::parse("nobody.value").unwrap());
    desk.midi.map(&desk.stand.session, vec![nothing]);
    desk.cc(5, 1);
    desk.cc(5, 2);
    let problems = desk.problems();
    assert!(problems.len() == 1 && problems[0].contains("nobody.value"), "{problems:?}");
    let before = desk.hand("level.value");
    desk.cc(19, 1);
    assert!(desk.hand("level.value") > before, "an encoder moves from where the value stands");
}

#[test]
fn the_set_s_file_maps_with_ranges_and_modes() {
    let mappings = r#"
[mappings]
"midi:*/note/36" = { to = "other.value", min = 0.0, max = 2.0, mode = "toggle" }
"midi:1/cc/7" = { to = "level.value", min = 10.0, max = -10.0, mode = "jump", from = [0.0, 100.0] }
"midi:1/cc/8" = { to = "level.value", mode = "odd" }
"#;
    let mut desk = Desk::new(&[("set.toml", &format!("{GATE}{mappings}"))], request());
    let problems = desk.problems();
    assert!(problems.len() == 1 && problems[0].contains("`odd`") && problems[0].contains("pickup"), "{problems:?}");
    desk.blocks(2);
    desk.cc(7, 50);
    assert_eq!(desk.hand("level.value"), Some(0.0));
    desk.cc(7, 127);
    assert_eq!(desk.hand("level.value"), Some(-10.0));
    let push = |desk: &mut Desk| {
        desk.take(0, on(36));
        desk.blocks(2);
        desk.take(0, off(36));
        desk.blocks(2);
        desk.hand("other.value")
    };
    assert_eq!([push(&mut desk), push(&mut desk), push(&mut desk)], [Some(2.0), Some(0.0), Some(2.0)]);
}

#[test]
fn a_controller_with_lights_is_told_what_others_move() {
    let mapping = Mapping::new("midi:1/cc/7".parse().unwrap(), Socket::parse("level.value").unwrap());
    let request = MidiRequest { wishes: named(&["nano"], &["nano"]), mappings: vec![mapping], ..request() };
    let mut desk = Desk::new(&[("set.toml", GATE)], request);
    desk.secs(0.1);
    let told = |desk: &mut Desk| desk.left.drain(..).map(|l| (l.wish, l.message)).collect::<Vec<_>>();
    let light = |value| (0, Message::Control { channel: 0, controller: 7, value });
    assert_eq!(told(&mut desk), [light(64)], "where it stands at first");
    desk.cc(7, 63);
    desk.cc(7, 90);
    desk.secs(0.3);
    assert_eq!(told(&mut desk), [], "a hand is not told what it does");
    desk.stand.session.undo().unwrap();
    desk.secs(0.6);
    assert_eq!(told(&mut desk), [light(64)]);
}

const SONG: &str = r#"
beatforge = 1
tempo = 100.0
[nodes]
song = { type = "clip", length = 1, notes = [{ at = 0, pitch = 60, length = 0.25 }] }
line = { type = "cv" }
out = { type = "output" }
[cables]
"line" = "song"
"out" = "line.gate"
"#;

#[test]
fn the_transport_follows_another_machine_s_clock() {
    let request = MidiRequest { follow_clock: true, wishes: named(&["drum"], &[]), ..request() };
    let mut desk = Desk::new(&[("set.toml", SONG)], request);
    desk.stand.session.stop();
    desk.secs(0.5);
    assert!(!desk.stand.session.controller().shared().status().playing);
    // Numbers that look random, from -1 to 1 ms.
    let mut state = 9u64;
    let mut jitter = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 * 1e6 - 1e6
    };
    let (bpm, begun) = (126.0, desk.now_ns as f64 + 5e6);
    desk.take(0, Message::Start);
    let heard = desk.sound.len();
    for pulse in 0..24 * 32 {
        let at = begun + f64::from(pulse) * 60e9 / bpm / 24.0 + jitter();
        while (desk.now_ns as f64) < at {
            desk.blocks(1);
        }
        let ago = (desk.now_ns as f64 - at) as u64;
        desk.take(ago, Message::Clock);
    }
    let sync = desk.midi.sync().unwrap();
    assert!(sync.playing && (sync.bpm.unwrap() - bpm).abs() < 0.3, "{sync:?}");
    assert!(sync.offset_secs.abs() < 1e-3 && (sync.jitter_secs - 0.5e-3).abs() < 0.3e-3, "{sync:?}");
    // Each beat of the machine is a note here; the first within its look-ahead, the later ones together with it.
    let ups: Vec<usize> = edges(&desk.sound[heard..]).into_iter().step_by(2).collect();
    assert!(ups.len() >= 31, "{}", ups.len());
    let frame0 = begun * RATE * 1e-9 - 1e9 * RATE * 1e-9 - heard as f64;
    let off = |beat: usize| (ups[beat] as f64 - frame0 - beat as f64 * 60.0 / bpm * RATE) / RATE;
    assert!(off(0).abs() < 0.012, "{}", off(0));
    let worst = (8..31).map(|beat| off(beat).abs()).fold(0.0, f64::max);
    assert!(worst < 1.5e-3, "{worst} s");
    desk.take(0, Message::Stop);
    desk.secs(0.1);
    assert!(!desk.stand.session.controller().shared().status().playing);
    // A machine that goes without a word is taken for stopped.
    desk.take(0, Message::Continue);
    for _ in 0..48 {
        desk.take(0, Message::Clock);
        desk.secs(0.02);
    }
    assert!(desk.stand.session.controller().shared().status().playing);
    desk.secs(0.8);
    assert!(!desk.stand.session.controller().shared().status().playing);
}

#[test]
fn the_clock_goes_out_on_its_frames() {
    let request = MidiRequest { send_clock: true, wishes: named(&[], &["drum"]), ..request() };
    let mut desk = Desk::new(&[("set.toml", SONG)], request);
    desk.secs(2.0);
    let start = desk.left.iter().position(|l| l.message == Message::Start).unwrap();
    let clocks: Vec<u64> = desk.left[start + 1..].iter().map(|l| l.at_ns).collect();
    assert!(desk.left[start + 1..].iter().all(|l| l.message == Message::Clock && l.wish == 0));
    for (i, at) in clocks.iter().enumerate() {
        let due = 1e9 + (i as f64 * 60.0 / 100.0 / 24.0) * 1e9;
        assert!((*at as f64 - due).abs() < 0.5e9 / RATE + 2_000.0, "clock {i}: {} ns", *at as f64 - due);
    }
    assert!(clocks.len() >= 80, "{}", clocks.len());
    desk.left.clear();
    desk.stand.session.stop();
    desk.blocks(10);
    assert_eq!(desk.left.last().map(|l| l.message), Some(Message::Stop));
}

#[test]
fn a_node_sends_what_it_is_played() {
    let set = SONG
        .replace("[cables]", "synth = { type = \"midi_send\", port = \"synth\", channel = 3, program = 5 }\n[cables]")
        + "\"synth\" = \"song\"\n";
    let mut desk = Desk::new(&[("set.toml", &set)], request());
    assert_eq!(desk.midi.wishes().outputs, ["synth"]);
    desk.secs(1.5);
    assert_eq!(desk.left[0].message, Message::Program { channel: 2, program: 4 });
    let notes: Vec<Leaving> = desk.left[1..].to_vec();
    let expected =
        [Message::NoteOn { channel: 2, key: 60, velocity: 95 }, Message::NoteOff { channel: 2, key: 60, velocity: 64 }];
    for (i, left) in notes.iter().enumerate() {
        assert_eq!(left.message, expected[i % 2]);
        let beat = (i / 2) as f64 + (i % 2) as f64 * 0.25;
        let due = 1e9 + beat * 0.6e9 + 30e6;
        assert!((left.at_ns as f64 - due).abs() < 0.5e9 / RATE + 2_000.0, "{i}: {} ns", left.at_ns as f64 - due);
    }
    assert!(notes.len() >= 4, "{}", notes.len());
    // A node that goes ends what it holds.
    desk.stand.save("set.toml", SONG);
    desk.blocks(10);
    let ons = desk.left.iter().filter(|l| matches!(l.message, Message::NoteOn { .. })).count();
    let offs = desk.left.iter().filter(|l| matches!(l.message, Message::NoteOff { .. })).count();
    assert_eq!(ons, offs);
}

#[test]
fn a_script_sends_at_its_time() {
    let script =
        "tempo(120);\nmidi_out(\"synth\", 2, n(\"60 ~ 64 ~\"));\nmidi_out(\"synth\", ccv(\"0 0.5\").ccn(7));\n";
    let mut desk = Desk::new(&[("set.toml", "beatforge = 1\ntempo = 120.0\n"), ("live.rhai", script)], request());
    desk.secs(2.2);
    assert_eq!(desk.midi.wishes().outputs, ["synth"]);
    let mut left = desk.left.clone();
    left.sort_by_key(|l| l.at_ns);
    let notes: Vec<&Leaving> = left.iter().filter(|l| matches!(l.message, Message::NoteOn { .. })).collect();
    let keys: Vec<u8> = notes
        .iter()
        .filter_map(|l| if let Message::NoteOn { channel: 1, key, .. } = l.message { Some(key) } else { None })
        .collect();
    assert!(keys.starts_with(&[60, 64]), "{keys:?}");
    for (i, note) in notes.iter().enumerate() {
        let due = 1e9 + i as f64 * 1e9;
        assert!((note.at_ns as f64 - due).abs() < 0.5e9 / RATE + 2_000.0, "{i}: {} ns", note.at_ns as f64 - due);
    }
    let values: Vec<u8> = left
        .iter()
        .filter_map(|l| if let Message::Control { controller: 7, value, .. } = l.message { Some(value) } else { None })
        .collect();
    assert!(values.starts_with(&[0, 64]), "{values:?}");
    let offs = left.iter().filter(|l| matches!(l.message, Message::NoteOff { .. })).count();
    assert!(offs + 1 >= notes.len(), "{offs} of {}", notes.len());
}

#[test]
fn other_ports_are_wanted_while_it_plays() {
    let set = GATE.replace("type = \"midi_in\"", "type = \"midi_in\", port = \"pads\"");
    let asked = MidiRequest { send_clock: true, wishes: named(&["keys", "knobs"], &["drum", "synth"]), ..request() };
    let mut desk = Desk::new(&[("set.toml", &set)], asked);
    desk.secs(0.5);
    assert_eq!(desk.midi.wishes(), &named(&["keys", "knobs", "pads"], &["drum", "synth"]));
    let of = |wish: u8, message: Message| {
        let found = desk.left.iter().filter(|l| l.wish == wish && l.message == message).count();
        (found, desk.left.iter().filter(|l| l.wish == wish).map(|l| l.at_ns).max().unwrap_or(0))
    };
    assert_eq!((of(0, Message::Start).0, of(1, Message::Start).0), (1, 1));
    desk.left.clear();
    let now = desk.now_ns;
    desk.midi.want(&mut desk.stand.session, named(&["knobs", "wheel"], &["synth", "bass", "lights"]), now);
    assert_eq!(desk.midi.wishes(), &named(&["wheel", "knobs", "pads"], &["bass", "synth", "lights"]));
    assert_eq!(desk.midi.heard_ports(), ["wheel", "knobs", "pads"]);
    desk.secs(0.5);
    let count = |wish: u8, which: fn(&Message) -> bool| {
        desk.left.iter().filter(|left| left.wish == wish && which(&left.message)).count()
    };
    // Who was there is not stopped; who goes is told so; who comes is told where it is.
    assert_eq!(count(1, |m| matches!(m, Message::Stop | Message::Start | Message::Continue)), 0);
    assert!(count(1, |m| *m == Message::Clock) > 10);
    assert_eq!(desk.left.iter().find(|left| left.wish == 0).map(|left| left.message), Some(Message::Stop));
    for wish in [0, 2] {
        assert_eq!(count(wish, |m| *m == Message::Continue), 1, "{wish}");
        assert!(count(wish, |m| *m == Message::Clock) > 10, "{wish}");
    }
    // Fewer leave numbers that the next ones get.
    let now = desk.now_ns;
    desk.midi.want(&mut desk.stand.session, named(&[], &["lights"]), now);
    assert_eq!(desk.midi.heard_ports(), ["pads"], "the set's own stay");
    desk.midi.want(&mut desk.stand.session, named(&["keys"], &["lights", "drum"]), now);
    assert_eq!(desk.midi.wishes(), &named(&["keys", "\0", "pads"], &["drum", "\0", "lights"]));
}

#[test]
fn a_key_that_is_held_at_a_port_that_goes_is_let_go_and_another_goes_on() {
    let mut desk = Desk::new(&[("set.toml", GATE)], MidiRequest { wishes: named(&["a", "b"], &[]), ..request() });
    desk.take(0, on(60));
    desk.blocks(20);
    assert_eq!(desk.sound.last(), Some(&1.0));
    let now = desk.now_ns;
    desk.midi.want(&mut desk.stand.session, named(&["a"], &[]), now);
    desk.midi.gone(&mut desk.stand.session, 1);
    desk.blocks(20);
    assert_eq!(desk.sound.last(), Some(&1.0), "its port stays");
    desk.midi.want(&mut desk.stand.session, named(&[], &[]), now);
    desk.midi.gone(&mut desk.stand.session, 0);
    desk.blocks(20);
    assert_eq!(desk.sound.last(), Some(&0.0));
}
