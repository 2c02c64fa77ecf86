//! Clicks with time tags, heard through a real JACK server without hardware: ours, and scsynth's where it is installed.
//!
//! Passed over where `jackd` is not installed. `BEATFORGE_CLICKS=200` sends so many.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]
#![allow(clippy::print_stderr, reason = "a test that is passed over says why")]

#[path = "../../core/io/tests/jackd/mod.rs"]
mod jackd;

use bf_io::osc::{Argument, Encoder, MTU_PACKET, TimeTag};
use bf_io::{BackendKind, Block, DeviceRequest, Devices};
use jackd::{LONG, Server, server_name, tool};
use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const SET: &str = "beatforge = 1\n[nodes]\nline = { type = \"cv\" }\nout = { type = \"output\" }\n\
                   [cables]\n\"out\" = \"line.gate\"\n";
const RATE: f64 = 48_000.0;
/// Between two clicks.
const APART: Duration = Duration::from_millis(50);
/// So long before its time each is sent.
const AHEAD: Duration = Duration::from_millis(300);

/// A program that ends with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Hears two outputs, and tells each frame at which one goes up.
fn listen() -> (bf_io::Stream, [Receiver<u64>; 2]) {
    let request = DeviceRequest {
        backend: BackendKind::Jack,
        inputs: 2,
        auto_connect: bf_io::request::AutoConnect::No,
        client_name: "listener".into(),
        ..DeviceRequest::default()
    };
    let ((first, ours), (second, theirs)) = (sync_channel(4096), sync_channel(4096));
    let (mut frame, mut before) = (0u64, [0.0; 2]);
    let callback = move |block: &mut Block<'_>| {
        for both in block.input.chunks_exact(2) {
            for ((x, before), tell) in both.iter().zip(&mut before).zip([&first, &second]) {
                if *x > 0.5 && *before <= 0.5 {
                    let _ = tell.try_send(frame);
                }
                *before = *x;
            }
            frame += 1;
        }
    };
    (Devices::new().open(&request).unwrap().start(Box::new(callback)).unwrap(), [ours, theirs])
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < LONG, "{what} takes too long");
        std::thread::yield_now();
    }
}

/// A unit and its output, or -1 and a constant, for each input.
type Inputs = &'static [(i32, i32)];

/// A definition of scsynth, which sounds one impulse on the frame of its bundle and frees itself.
///
/// *Source*: SuperCollider, "Synth Definition File Format", version 2.
fn definition() -> Vec<u8> {
    let mut bytes = b"SCgf\0\0\0\x02\0\x01\x05click".to_vec();
    let word = |bytes: &mut Vec<u8>, n: i32| bytes.extend(n.to_be_bytes());
    let constants = [0.0f32, 0.02, 2.0];
    word(&mut bytes, constants.len() as i32);
    constants.iter().for_each(|c| bytes.extend(c.to_be_bytes()));
    // No parameters, and none with names.
    word(&mut bytes, 0);
    word(&mut bytes, 0);
    word(&mut bytes, 3);
    let units: [(&str, Inputs, i32); 3] = [
        ("Impulse", &[(-1, 0), (-1, 0)], 1),
        ("Line", &[(-1, 0), (-1, 0), (-1, 1), (-1, 2)], 1),
        ("OffsetOut", &[(-1, 0), (0, 0)], 0),
    ];
    for (name, inputs, outputs) in units {
        bytes.push(name.len() as u8);
        bytes.extend(name.bytes());
        // At audio rate.
        bytes.push(2);
        word(&mut bytes, inputs.len() as i32);
        word(&mut bytes, outputs);
        bytes.extend([0, 0]);
        for (unit, port) in inputs {
            word(&mut bytes, *unit);
            word(&mut bytes, *port);
        }
        (0..outputs).for_each(|_| bytes.push(2));
    }
    bytes.extend([0, 0]);
    bytes
}

/// Starts scsynth, where it is installed, and gives it the definition.
fn scsynth(socket: &UdpSocket) -> Option<(Program, String)> {
    let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let arguments = ["-u", &free.to_string(), "-i", "0", "-o", "1", "-D", "0", "-R", "0", "-V", "-1"];
    let child = Command::new("scsynth").args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
    let (program, to) = (Program(child), format!("127.0.0.1:{free}"));
    let packet = bf_io::osc::encode("/d_recv", &[Argument::Blob(&definition())]).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let (begun, mut answer) = (Instant::now(), [0; 512]);
    while begun.elapsed() < LONG {
        let _ = socket.send_to(&packet, &to);
        if socket.recv(&mut answer).is_ok_and(|n| answer[..n].starts_with(b"/done")) {
            return Some((program, to));
        }
    }
    None
}

/// How far the intervals of clicks are from those that were asked for, in frames: in the middle, and at most.
fn off(frames: &[u64]) -> (f64, f64) {
    let apart = APART.as_secs_f64() * RATE;
    let mut off: Vec<f64> = frames.windows(2).map(|w| ((w[1] - w[0]) as f64 - apart).abs()).collect();
    off.sort_by(f64::total_cmp);
    (off[off.len() / 2], off[off.len() - 1])
}

#[test]
fn tagged_clicks_keep_their_intervals() {
    let Some(name) = server_name("tagged_clicks_keep_their_intervals") else { return };
    let count: u32 = std::env::var("BEATFORGE_CLICKS").map_or(40, |text| text.parse().unwrap());
    let _server = Server::start(&name, RATE as u32);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), SET).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_beatforge"));
    command.arg("run").arg(folder.path()).args(["--backend", "jack", "--no-connect", "--osc", "127.0.0.1:0"]);
    command.args(["--no-query", "--no-announce", "--no-history", "--no-last"]);
    let mut program = Program(command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(program.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let said = lines.find_map(|line| line.strip_prefix("OSC at ").map(str::to_owned)).unwrap();
    let ours = said.split(' ').next().unwrap().to_owned();
    std::thread::spawn(move || lines.for_each(drop));
    let (_stream, [heard, theirs]) = listen();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let other = scsynth(&socket);
    let wires = |from: &str| tool("jack_lsp", &["-c", from]);
    wait_for("the program", || wires("beatforge").contains("beatforge:out_1"));
    tool("jack_connect", &["beatforge:out_1", "listener:in_1"]);
    wait_for("the wire", || wires("beatforge:out_1").contains("listener:in_1"));
    if other.is_some() {
        tool("jack_connect", &["SuperCollider:out_1", "listener:in_2"]);
        wait_for("the other wire", || wires("SuperCollider:out_1").contains("listener:in_2"));
    }
    // The clocks settle.
    let begun = Instant::now();
    wait_for("two seconds", || begun.elapsed() > Duration::from_secs(2));
    for end in [&heard, &theirs] {
        end.try_iter().for_each(drop);
    }

    let first = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + AHEAD;
    for i in 0..count {
        let due = first + APART * i;
        let until = due - AHEAD;
        while SystemTime::now().duration_since(UNIX_EPOCH).unwrap() < until {
            std::thread::yield_now();
        }
        let bundle = |address: &str, arguments: &[Argument<'_>]| {
            let mut encoder = Encoder::new(MTU_PACKET);
            encoder.open(TimeTag::from_unix(due)).and_then(|()| encoder.message(address, arguments)).unwrap();
            encoder.bytes().to_vec()
        };
        let note = [Argument::Float(60.0), Argument::Float(1.0), Argument::Float(0.01)];
        socket.send_to(&bundle("/bf/node/line/note", &note), &ours).unwrap();
        if let Some((_, to)) = &other {
            let new = [Argument::Str("click"), Argument::Int(-1), Argument::Int(1), Argument::Int(0)];
            socket.send_to(&bundle("/s_new", &new), to).unwrap();
        }
    }
    let (mut clicks, mut others) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    while clicks.len().min(others.len()) < count as usize && begun.elapsed() < Duration::from_secs(3) {
        clicks.extend(heard.try_iter());
        others.extend(theirs.try_iter());
    }
    assert_eq!(clicks.len(), count as usize, "scsynth: {}", others.len());
    let (middle, most) = off(&clicks);
    eprintln!("{count} clicks by time tag: intervals off by {middle} frames in the middle, {most} at most");
    if others.len() > 1 {
        let (middle, most) = off(&others);
        eprintln!("scsynth in the same run: {} of them, {middle} frames in the middle, {most} at most", others.len());
    }
    // A server that this machine holds up keeps no time to the frame: what is judged here is the middle.
    assert!(middle <= 48.0, "{clicks:?}");
}
