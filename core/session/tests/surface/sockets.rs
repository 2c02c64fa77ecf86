//! The same over sockets, with a device that keeps time, and with other people's programs.

use crate::control::SET;
use crate::stand::write;
use bf_io::osc::{Argument, TimeTag, decode, encode};
use bf_node::Value;
use bf_patch::Socket;
use bf_session::surface::{Listen, RemoteEdits, Surface, SurfaceRequest};
use bf_session::{BackendKind, DeviceRequest, Live, LiveRequest, Message, Options, Session, registry};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A set that plays on the null device and listens on loopback.
struct Playing {
    session: Session,
    live: Live,
    surface: Surface,
    /// Frames at which something was applied.
    applied: Vec<u64>,
    _folder: tempfile::TempDir,
}

impl Playing {
    fn new(files: &[(&str, &str)]) -> Playing {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), files);
        let device =
            DeviceRequest { backend: BackendKind::Null, sample_rate: Some(48_000), ..DeviceRequest::default() };
        let (mut live, _) = Live::open(&LiveRequest { device }).unwrap();
        let options = Options { measure: true, wait_for_scripts: false, ..Options::default() };
        let (mut session, engine) = Session::open(folder.path(), registry(), options).unwrap();
        let listen: Listen = "127.0.0.1:0".parse().unwrap();
        let request = SurfaceRequest { listen, clock: live.clock(), edits: RemoteEdits::No, targets: Vec::new() };
        let surface = Surface::open(&session, request).unwrap();
        live.start(&mut session, engine).unwrap();
        Playing { session, live, surface, applied: Vec::new(), _folder: folder }
    }

    fn to(&self) -> SocketAddr {
        self.surface.udp().unwrap()
    }

    /// Goes on until something holds; false where it does not within ten seconds.
    fn until(&mut self, mut holds: impl FnMut(&mut Playing) -> bool) -> bool {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            self.turn();
            if holds(self) {
                return true;
            }
        }
        false
    }

    fn turn(&mut self) {
        self.surface.wait(Duration::from_millis(1));
        let readings = self.live.readings();
        self.surface.poll(&mut self.session, readings);
        self.session.poll();
        let messages = self.session.messages();
        self.surface.heed(&messages);
        let applied = messages.iter().filter_map(|m| if let Message::Applied(r) = m { Some(r.frame) } else { None });
        self.applied.extend(applied);
    }

    fn hand(&self, socket: &str) -> Option<Value> {
        self.session.set().main.overrides.get(&Socket::parse(socket).unwrap()).cloned()
    }
}

#[test]
fn sixteen_thousand_at_a_hundred_thousand_a_second_all_arrive() {
    let mut playing = Playing::new(&[("set.toml", SET)]);
    let to = playing.to();
    const COUNT: u32 = 16_000;
    let sender = std::thread::spawn(move || {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let began = Instant::now();
        for n in 0..COUNT {
            // A hundred a millisecond.
            while began.elapsed() < Duration::from_micros(u64::from(n / 10) * 100) {
                std::hint::spin_loop();
            }
            let value = [Argument::Float(n as f32 / COUNT as f32)];
            socket.send_to(&encode("/bf/node/level/value", &value).unwrap(), to).unwrap();
        }
        began.elapsed()
    });
    let all = playing.until(|p| p.surface.console().counts().messages >= u64::from(COUNT));
    let took = sender.join().unwrap();
    let (counts, heed) = (playing.surface.counts(), playing.surface.console().counts());
    let rate = f64::from(COUNT) / took.as_secs_f64();
    println!("{} of {COUNT} at {rate:.0} a second: {counts:?}", heed.messages);
    assert!(all && counts.shed == 0 && counts.packets == u64::from(COUNT));
    assert_eq!(playing.hand("level.value"), Some(Value::Number(f64::from(COUNT - 1) / f64::from(COUNT))));
    let status = playing.session.controller().shared().status();
    assert_eq!((status.missed, status.shed, heed.refused), (0, 0, 0));
    assert_eq!(playing.session.history().undoable().count(), 1);
}

/// Two seconds of it, or as many as `BEATFORGE_SOAK_SECS` says.
#[test]
fn fifty_thousand_a_second_cost_no_block() {
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<f64>().ok());
    let secs = asked("BEATFORGE_SOAK_SECS").unwrap_or(2.0);
    // With few messages it shows what a machine takes away by itself.
    let rate = asked("BEATFORGE_SOAK_RATE").unwrap_or(50_000.0);
    let busy =
        "track(\"a\", s(\"bd*4, hh*8, [~ cp]*2\"));\ntrack(\"b\", note(\"c3 e3 g3 b3\").s(\"saw\").room(0.3));\n";
    let mut playing = Playing::new(&[("set.toml", SET), ("live.rhai", busy)]);
    let to = playing.to();
    let sender = std::thread::spawn(move || {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let addresses = ["/bf/node/level/value", "/bf/norm/filter/cutoff", "/bf/track/a/gain", "/bf/track/b/pan"];
        let (began, mut sent) = (Instant::now(), 0_u32);
        while began.elapsed() < Duration::from_secs_f64(secs) {
            let due = (began.elapsed().as_secs_f64() * rate) as u32;
            for n in sent..due {
                let value = [Argument::Float((n % 1_000) as f32 / 1_000.0)];
                let packet = encode(addresses[n as usize % 4], &value).unwrap();
                // What the system has no room for counts as lost.
                let _counted = socket.send_to(&packet, to);
            }
            sent = due;
            // Another program's messages come in bursts, and it does not take a core from who plays.
            std::thread::sleep(Duration::from_micros(500));
        }
        sent
    });
    let mut most = Duration::ZERO;
    while !sender.is_finished() {
        let began = Instant::now();
        playing.turn();
        most = most.max(began.elapsed());
    }
    let sent = sender.join().unwrap();
    let last = Instant::now();
    playing
        .until(|p| p.surface.console().counts().messages >= u64::from(sent) || last.elapsed() > Duration::from_secs(1));
    let (counts, heed) = (playing.surface.counts(), playing.surface.console().counts());
    let status = playing.session.controller().shared().status();
    println!(
        "{sent} in {secs} s: {} carried out, {} shed, {} blocks of which {} were missed, a round took {most:?} at most",
        heed.messages, counts.shed, status.blocks, status.missed
    );
    assert_eq!((status.missed, heed.refused, counts.malformed), (0, 0, 0));
    assert!(heed.messages > 0 && status.blocks > 100);
}

#[test]
fn floods_of_nonsense_are_counted_and_said_once() {
    let mut playing = Playing::new(&[("set.toml", SET)]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = playing.to();
    let broken = b"#bundle\0\0\0\0\0\0\0\0\x01\x7f\xff\xff\xff";
    let nobody = encode("/bf/node/nobody/nothing", &[Argument::Float(f32::NAN)]).unwrap();
    let mut said = Vec::new();
    for _ in 0..40 {
        for _ in 0..50 {
            socket.send_to(broken, to).unwrap();
            socket.send_to(&nobody, to).unwrap();
        }
        playing.turn();
        said.extend(playing.surface.problems());
    }
    playing.until(|p| p.surface.counts().malformed == 2_000 && p.surface.console().counts().refused == 2_000);
    let (counts, heed) = (playing.surface.counts(), playing.surface.console().counts());
    assert_eq!((counts.malformed, heed.refused), (2_000, 2_000), "{counts:?}");
    assert!(heed.left_out > 0, "errors are told to their sender only so often");
    // Of each kind once: packets, messages, answers that their sender does not read.
    let kinds: std::collections::BTreeSet<String> =
        said.iter().map(|s| s.replace(|c: char| c.is_ascii_digit(), "")).collect();
    assert!(said.len() <= 3 && kinds.len() == said.len(), "{said:?}");
    assert!(
        said.iter().any(|s| s.contains("messages refused: ") && s.contains("/bf/node/nobody/nothing: ")),
        "{said:?}"
    );
    let status = playing.session.controller().shared().status();
    assert_eq!((status.missed, status.broken), (0, 0));
}

#[test]
fn tcp_clients_are_told_and_leave_without_a_trace() {
    use bf_io::osc::{Framer, Framing, MAX_PACKET};
    use std::io::{Read, Write};
    let mut playing = Playing::new(&[("set.toml", SET)]);
    let mut stream = std::net::TcpStream::connect(playing.surface.tcp().unwrap()).unwrap();
    stream.set_nonblocking(true).unwrap();
    let mut framed = Vec::new();
    Framing::Slip.wrap(&encode("/bf/hello", &[]).unwrap(), &mut framed);
    stream.write_all(&framed).unwrap();
    let mut framer = Framer::with(Framing::Slip, MAX_PACKET);
    let mut heard = 0;
    let told = playing.until(|_| {
        let mut bytes = [0; 4096];
        let n = stream.read(&mut bytes).unwrap_or(0);
        let mut input = &bytes[..n];
        while let Some(Ok(packet)) = framer.next(&mut input) {
            heard += decode(packet).map_or(0, |p| p.messages().count());
        }
        heard > 30
    });
    assert!(told, "{heard}");
    drop(stream);
    let tree = playing.surface.console().tree().entries().len();
    assert!(playing.until(|p| p.surface.console().listeners() == 0), "{tree} addresses");
}

/// A program of others, where it is there.
fn tool(name: &str) -> Option<Command> {
    let found = Command::new(name).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        println!("skipped: `{name}` is not on this machine (it comes with liblo-tools)");
    }
    found.then(|| Command::new(name))
}

#[test]
fn oscsend_sets_values_of_every_type_and_oscdump_hears_of_them() {
    let (Some(_), Some(mut dump)) = (tool("oscsend"), tool("oscdump")) else { return };
    let mut playing = Playing::new(&[("set.toml", SET)]);
    let port = playing.to().port().to_string();
    let send = |arguments: &[&str]| {
        let mut oscsend = Command::new("oscsend");
        assert!(oscsend.args(["127.0.0.1", &port]).args(arguments).status().unwrap().success(), "{arguments:?}");
    };
    for (arguments, socket, value) in [
        (&["/bf/node/level/value", "f", "0.25"][..], "level.value", Value::Number(0.25)),
        (&["/bf/node/filter/cutoff", "i", "440"], "filter.cutoff", Value::Number(440.0)),
        (&["/bf/node/filter/cutoff", "d", "441.5"], "filter.cutoff", Value::Number(441.5)),
        (&["/bf/node/filter/cutoff", "h", "442"], "filter.cutoff", Value::Number(442.0)),
        (&["/bf/node/chan/mute", "T"], "chan.mute", Value::Bool(true)),
        (&["/bf/node/chan/mute", "F"], "chan.mute", Value::Bool(false)),
        (&["/bf/node/shape/shape", "s", "triangle"], "shape.shape", Value::from("triangle")),
        (&["/bf/macro/*", "f", "0.75"], "heat.value", Value::Number(0.75)),
    ] {
        send(arguments);
        assert!(
            playing.until(|p| p.hand(socket).as_ref() == Some(&value)),
            "{arguments:?}: {:?}",
            playing.hand(socket)
        );
    }
    send(&["/bf/transport/stop", "I"]);
    assert!(playing.until(|p| !p.session.motion().playing));

    let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // Line by line, although it does not write to a terminal.
    let mut child = dump.args(["-L", &free.to_string()]).stdout(Stdio::piped()).spawn().unwrap();
    let (line, lines) = std::sync::mpsc::sync_channel(1_024);
    let out = child.stdout.take().unwrap();
    std::thread::spawn(move || {
        use std::io::BufRead;
        std::io::BufReader::new(out).lines().map_while(Result::ok).for_each(|text| drop(line.send(text)));
    });
    let mut heard = Vec::new();
    let mut asked = Instant::now();
    send(&["/bf/hello", "i", &free.to_string()]);
    let all = playing.until(|_| {
        // It may not listen yet when it is first told.
        if asked.elapsed() > Duration::from_millis(500) && heard.is_empty() {
            send(&["/bf/hello", "i", &free.to_string()]);
            asked = Instant::now();
        }
        heard.extend(lines.try_iter());
        [
            "/bf/node/level/value f 0.25",
            "/bf/node/chan/mute F",
            "/bf/node/shape/shape s \"triangle\"",
            "/bf/transport/signature i 4",
        ]
        .iter()
        .all(|want| heard.iter().any(|line: &String| line.contains(want)))
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(all, "{heard:#?}");
}

const PYTHON: &str = r#"
import sys, time
from pythonosc.osc_bundle_builder import OscBundleBuilder, IMMEDIATELY
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import UDPClient
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer

def message(address, *arguments):
    builder = OscMessageBuilder(address)
    for kind, value in arguments:
        builder.add_arg(value, kind)
    return builder.build()

heard = {}
dispatcher = Dispatcher()
dispatcher.set_default_handler(lambda address, *arguments: heard.__setitem__(address, arguments))
server = BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher)
server.timeout = 0.1
client = UDPClient("127.0.0.1", int(sys.argv[1]))
inner = OscBundleBuilder(time.time() + 0.2)
inner.add_content(message("/bf/node/level/value", ("f", 0.125)))
inner.add_content(message("/bf/node/filter/cutoff", ("d", 333.0)))
outer = OscBundleBuilder(IMMEDIATELY)
outer.add_content(message("/bf/node/chan/mute", ("T", True)))
outer.add_content(message("/bf/node/chan/gain", ("i", -6)))
outer.add_content(inner.build())
client.send(outer.build())
client.send(message("/bf/hello", ("i", server.server_address[1])))
end = time.time() + 8
want = {"/bf/node/level/value": (0.125,), "/bf/node/filter/cutoff": (333.0,), "/bf/node/chan/mute": (True,), "/bf/node/chan/gain": (-6.0,)}
while time.time() < end and any(heard.get(a) != v for a, v in want.items()):
    server.handle_request()
for address in want:
    print(address, heard.get(address))
"#;

#[test]
fn python_osc_bundles_are_understood_and_answers_are_heard() {
    let python = std::env::var("BEATFORGE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-c", "import pythonosc"]).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        println!(
            "skipped: {python} has no python-osc (`pip install python-osc`, BEATFORGE_PYTHON names another Python)"
        );
        return;
    }
    let mut playing = Playing::new(&[("set.toml", SET)]);
    let port = playing.to().port().to_string();
    let mut child = Command::new(&python).args(["-c", PYTHON, &port]).stdout(Stdio::piped()).spawn().unwrap();
    playing.until(|_| child.try_wait().unwrap().is_some());
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    let want = "/bf/node/level/value (0.125,)\n/bf/node/filter/cutoff (333.0,)\n/bf/node/chan/mute (True,)\n\
                /bf/node/chan/gain (-6.0,)\n";
    assert_eq!(said, want);
    assert_eq!(playing.surface.console().counts().late, 0);
}

#[test]
fn tagged_notes_keep_their_distance_on_a_device_in_real_time() {
    let gate = "beatforge = 1\n[nodes]\nline = { type = \"cv\" }\nout = { type = \"output\" }\n[cables]\n\"out\" = \
                \"line.gate\"\n";
    let mut playing = Playing::new(&[("set.toml", gate)]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = playing.to();
    // The clock settles while the device plays.
    let began = Instant::now();
    playing.until(|_| began.elapsed() > Duration::from_secs(2));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let note = [Argument::Float(60.0), Argument::Float(1.0), Argument::Float(0.01)];
    for n in 0..20 {
        let at = TimeTag::from_unix(now + Duration::from_millis(500 + 50 * n));
        let packet = crate::desk::bundle(at, &[("/bf/node/line/note", &note)]);
        socket.send_to(&packet, to).unwrap();
    }
    let before = playing.applied.len();
    assert!(playing.until(|p| p.applied.len() >= before + 20), "{:?}", playing.surface.console().counts());
    assert_eq!(playing.surface.console().counts().late, 0);
    let frames = &playing.applied[before..];
    let off = frames.windows(2).map(|w| w[1].abs_diff(w[0]).abs_diff(2_400)).max();
    println!("50 ms apart on the null device: within {} frames", off.unwrap());
    assert!(off <= Some(4), "{frames:?}");
    let clock = playing.surface.console().clock();
    println!("drift {:.1} ppm, jitter {:.0} µs", clock.drift_ppm(), clock.jitter_ns() / 1_000.0);
}
