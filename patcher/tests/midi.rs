//! The program is played over MIDI through a real JACK server without hardware, and what it sounds is heard there.
//!
//! Passed over where `jackd` is not installed.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]
#![allow(clippy::print_stderr, reason = "a test that is passed over says why")]

#[path = "../../core/io/tests/jackd/mod.rs"]
mod jackd;

use bf_io::midi::{Message, Ports, Received, Wishes};
use bf_io::{BackendKind, Block, DeviceRequest, Devices, HostClock};
use bf_media::midi::{MidiFile, parse_midi};
use jackd::{LONG, Server, server_name, tool};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

/// Made by mido: see core/media/tests/data.
const SONG: &[u8] = include_bytes!("../../core/media/tests/data/mido-type1.mid");
const RATE: f64 = 48_000.0;

const SET: &str = r#"
beatforge = 1
tempo = 120.0
[nodes]
keys = { type = "midi_in", port = "player", channel = 2 }
line = { type = "cv" }
beat = { type = "steps", steps = "c4", rate = "1/8" }
synth = { type = "midi_send", port = "player", channel = 4 }
out = { type = "output" }
[cables]
"line" = "keys"
"out" = "line.gate"
"synth" = "beat"
"#;

/// The program at work, which ends with the test.
struct Program(Child);

impl Program {
    fn run(set: &Path, arguments: &[&str]) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_beatforge"));
        command.arg("run").arg(set).args(["--backend", "jack", "--no-connect", "--seconds", "60"]).args(arguments);
        Program(command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Hears one of the program's outputs, and tells each frame at which it goes up.
fn listen() -> (bf_io::Stream, Receiver<u64>) {
    let request = DeviceRequest {
        backend: BackendKind::Jack,
        inputs: 1,
        auto_connect: bf_io::request::AutoConnect::No,
        client_name: "listener".into(),
        ..DeviceRequest::default()
    };
    let (sender, ups) = sync_channel(4096);
    let (mut frame, mut before) = (0u64, 0.0);
    let callback = move |block: &mut Block<'_>| {
        for x in block.input {
            if *x > 0.5 && before <= 0.5 {
                let _ = sender.try_send(frame);
            }
            (before, frame) = (*x, frame + 1);
        }
    };
    (Devices::new().open(&request).unwrap().start(Box::new(callback)).unwrap(), ups)
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < LONG, "{what} takes too long");
        std::thread::yield_now();
    }
}

/// The seconds at which the notes of a channel begin.
fn begins(file: &MidiFile, channel: u8) -> Vec<f64> {
    let per_beat = 60.0 / file.tempos[0].tempo.bpm();
    file.notes.iter().filter(|n| n.channel == channel).map(|n| n.start.to_f64() * per_beat).collect()
}

#[test]
fn a_midi_file_plays_a_running_set_and_the_set_plays_back() {
    let Some(name) = server_name("a_midi_file_plays_a_running_set_and_the_set_plays_back") else { return };
    let _server = Server::start(&name, 48_000);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), SET).unwrap();
    let clock = HostClock::new();
    let wishes = Wishes { inputs: vec!["nobody".into()], outputs: vec!["nobody".into()] };
    let mut player = Ports::open("player", wishes, clock).unwrap();
    let _program = Program::run(folder.path(), &[]);
    let (_stream, ups) = listen();
    let wires = || tool("jack_lsp", &["-c"]);
    wait_for("the program", || wires().contains("player:midi_out_1\n   beatforge-midi:midi_in_1"));
    wait_for("its output", || wires().contains("beatforge-midi:midi_out_1\n   player:midi_in_1"));
    tool("jack_connect", &["beatforge:out_1", "listener:in_1"]);
    wait_for("the wire", || wires().contains("beatforge:out_1\n   listener:in_1"));
    // Clocks on all sides settle, and what was heard of the wire is forgotten.
    let mut heard: Vec<Received> = Vec::new();
    let begun = clock.now_ns();
    wait_for("a second", || {
        player.receive(|r| heard.push(r));
        clock.now_ns() > begun + 1_000_000_000
    });
    ups.try_iter().for_each(drop);

    let file = parse_midi(Path::new("song.mid"), SONG).unwrap();
    let start = clock.now_ns() + 300_000_000;
    let begins = begins(&file, 1);
    for (note, secs) in file.notes.iter().filter(|n| n.channel == 1).zip(&begins) {
        let at = start + (secs * 1e9) as u64;
        let length = note.length.to_f64() * 60.0 / file.tempos[0].tempo.bpm() * 0.9;
        let key = note.pitch;
        assert!(player.send(0, at, Message::NoteOn { channel: 1, key, velocity: note.velocity }));
        assert!(player.send(0, at + (length * 1e9) as u64, Message::NoteOff { channel: 1, key, velocity: 0 }));
        // Another channel is not heard.
        assert!(player.send(0, at + 50_000_000, Message::NoteOn { channel: 5, key, velocity: 1 }));
    }
    let mut frames: Vec<u64> = Vec::new();
    wait_for("the song", || {
        player.receive(|r| heard.push(r));
        frames.extend(ups.try_iter());
        frames.len() >= begins.len()
    });
    let off = |i: usize| ((frames[i] - frames[0]) as f64 - (begins[i] - begins[0]) * RATE).abs();
    let mut off: Vec<f64> = (1..begins.len()).map(off).collect();
    off.sort_by(f64::total_cmp);
    eprintln!("{} notes heard; intervals off by {off:?} frames", frames.len());
    assert_eq!(frames.len(), begins.len());
    // A server that this machine holds up keeps no time to the frame: what is judged is that each note comes in its turn.
    assert!(off[off.len() / 2] <= 4_800.0, "{off:?} frames");

    // What the set played meanwhile: a note each half beat, on its channel.
    wait_for("what the set plays", || {
        player.receive(|r| heard.push(r));
        heard.len() >= 16
    });
    let ons: Vec<u64> = heard
        .iter()
        .filter(|r| matches!(r.message, Message::NoteOn { channel: 3, key: 60, .. }))
        .map(|r| r.at_ns)
        .collect();
    let mut apart: Vec<f64> = ons.windows(2).map(|w| ((w[1] - w[0]) as f64 * RATE * 1e-9 - 12_000.0).abs()).collect();
    apart.sort_by(f64::total_cmp);
    eprintln!("{} notes played; the middle interval is off by {} frames", ons.len(), apart[apart.len() / 2]);
    assert!(apart[apart.len() / 2] <= 4_800.0, "{apart:?} frames");
}

#[test]
fn a_midi_file_becomes_a_set_and_a_set_a_midi_file() {
    let folder = tempfile::tempdir().unwrap();
    let beatforge = |arguments: &[&str]| {
        let program = Command::new(env!("CARGO_BIN_EXE_beatforge")).args(arguments).current_dir(folder.path()).output();
        let output = program.unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    std::fs::write(folder.path().join("song.mid"), SONG).unwrap();
    let (code, said) = beatforge(&["import", "song.mid", "-o", "set"]);
    assert!(code == Some(0) && said.starts_with("set: 2 tracks\n"), "{said}");
    assert!(said.contains("180 from beat 6 on") && said.contains("1 program change"), "{said}");
    let (code, said) = beatforge(&["check", "set"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = beatforge(&["render", "set", "--cycles", "2", "-o", "out.wav"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = beatforge(&["import", "song.mid", "-o", "set"]);
    assert!(code == Some(1) && said.contains("is there already"), "{said}");

    let script = "tempo(100);\ntrack(\"drums\", s(\"bd ~ sd hh\"));\ntrack(\"bass\", n(\"0 3\").scale(\"c2:minor\").s(\"saw\"));\n";
    std::fs::write(folder.path().join("live.rhai"), script).unwrap();
    let (code, said) = beatforge(&["export", "live.rhai", "-o", "out.mid", "--cycles", "4"]);
    assert_eq!(code, Some(0), "{said}");
    let file = parse_midi(Path::new("out.mid"), &std::fs::read(folder.path().join("out.mid")).unwrap()).unwrap();
    let of = |channel: u8| {
        let notes = file.notes.iter().filter(move |n| n.channel == channel && n.start.to_f64() < 4.0);
        notes.map(|n| (n.start.to_f64(), n.pitch)).collect::<Vec<_>>()
    };
    assert_eq!(of(9), [(0.0, 36), (2.0, 38), (3.0, 42)]);
    assert_eq!(of(0).len(), 2);
    assert_eq!((file.notes.len(), file.tempos[0].tempo.bpm()), (20, 100.0));
    assert_eq!(file.track_names, ["", "drums", "bass"].map(str::to_owned));
}

#[test]
fn a_file_that_is_named_is_replaced_whole_and_only_where_its_name_fits() {
    let folder = tempfile::tempdir().unwrap();
    let here = |file: &str| folder.path().join(file);
    let beatforge = |words: &[&str]| {
        let done =
            Command::new(env!("CARGO_BIN_EXE_beatforge")).args(words).current_dir(folder.path()).output().unwrap();
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    std::fs::write(here("live.rhai"), "track(\"bass\", n(\"0 3\").scale(\"c2:minor\").s(\"saw\"));\n").unwrap();
    for (words, fits, wanted) in [
        (["export", "live.rhai", "-o"], "old.mid", "only MIDI is written: name a file that ends in .mid"),
        (["touchosc", "live.rhai", "-o"], "old.tosc", "only TouchOSC is written: name a file that ends in .tosc"),
    ] {
        std::fs::write(here("mine.txt"), "mine").unwrap();
        let (code, said) = beatforge(&[&words[..], &["mine.txt"]].concat());
        assert!(code == Some(2) && said.contains(wanted), "{said}");
        assert_eq!(std::fs::read_to_string(here("mine.txt")).unwrap(), "mine");
        std::fs::write(here(fits), "old").unwrap();
        let (code, said) = beatforge(&[&words[..], &[fits]].concat());
        assert!(code == Some(0) && std::fs::read(here(fits)).unwrap().len() > 20, "{said}");
        let folder = fits.replace("old", "folder");
        std::fs::create_dir(here(&folder)).unwrap();
        let (code, said) = beatforge(&[&words[..], &[&folder]].concat());
        assert!(code == Some(1) && said.contains("not a file") && here(&folder).is_dir(), "{said}");
    }
    // A part that cannot be written beside it loses nothing.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let (inner, mode) = (here("inner"), std::fs::Permissions::from_mode);
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(inner.join("a.mid"), "old").unwrap();
        std::fs::set_permissions(&inner, mode(0o500)).unwrap();
        let (code, said) = beatforge(&["export", "live.rhai", "-o", "inner/a.mid"]);
        std::fs::set_permissions(&inner, mode(0o700)).unwrap();
        // Who may do everything may write there as well.
        assert!(code == Some(0) || std::fs::read_to_string(inner.join("a.mid")).unwrap() == "old", "{said}");
    }
}
