//! JACK against a real server without hardware (`jackd -d dummy`); passes over where `jackd` is not installed.
//!
//! libjack reads the server's name from the environment, so each test runs itself again as a child that has a name of
//! its own there.
#![allow(clippy::print_stderr, reason = "a test that is passed over says why")]
#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

mod jackd;

use bf_io::{BackendKind, Block, DeviceError, DeviceEvent, DeviceRequest, Devices, Patience, Standby, Supervisor};
use jackd::{LONG, Server, server_name, tool};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

fn request() -> DeviceRequest {
    DeviceRequest { backend: BackendKind::Jack, inputs: 1, ..DeviceRequest::default() }
}

/// Frames, channels in and time of each call.
type Calls = Receiver<(usize, usize, Option<u64>)>;

fn callback() -> (Box<dyn bf_io::Callback>, Calls) {
    let (sender, calls) = sync_channel(4096);
    let callback = move |block: &mut Block<'_>| {
        block.output.fill(0.25);
        let _ = sender.try_send((block.frames(), block.inputs, block.info.host_ns));
    };
    (Box::new(callback), calls)
}

#[test]
fn a_client_has_ports_and_follows_the_server() {
    let Some(name) = server_name("a_client_has_ports_and_follows_the_server") else { return };
    let devices = Devices::new();
    assert_eq!(devices.open(&request()).err(), Some(DeviceError::NoJackServer));
    let _server = Server::start(&name, 48_000);

    let listed = devices.list().into_iter().find(|info| info.backend == BackendKind::Jack).unwrap();
    assert_eq!((listed.name.as_str(), listed.outputs, listed.inputs), ("system", 2, 2));
    assert_eq!((listed.rates, listed.is_default), (vec![48_000], true));
    let unknown = devices.open(&DeviceRequest { name: Some("sytem".into()), ..request() }).err().unwrap().to_string();
    assert!(unknown.contains("did you mean `system`?"), "{unknown}");

    let device = devices.open(&DeviceRequest { sample_rate: Some(44_100), ..request() }).unwrap();
    let format = device.format().clone();
    assert_eq!((format.sample_rate, format.block, format.outputs, format.inputs), (48_000, 256, 2, 1));
    assert_eq!(format.notes, ["the JACK server runs at 48000 Hz, not at 44100 Hz"]);
    let (callback, calls) = callback();
    let mut stream = device.start(callback).unwrap();
    let mut last = 0;
    for _ in 0..50 {
        let (frames, inputs, host_ns) = calls.recv_timeout(LONG).unwrap();
        assert_eq!((frames, inputs), (256, 1));
        assert!(host_ns.unwrap() > last);
        last = host_ns.unwrap();
    }

    let wires = tool("jack_lsp", &["-c"]);
    for wire in ["system:playback_2\n   beatforge:out_2", "beatforge:in_1\n   system:capture_1"] {
        assert!(wires.contains(wire), "{wires}");
    }
    tool("jack_bufsize", &["1024"]);
    let begun = Instant::now();
    while calls.recv_timeout(LONG).unwrap().0 != 1024 {
        assert!(begun.elapsed() < LONG, "the block never changed");
    }
    assert_eq!(stream.check(), Ok(()));
    assert!(stream.vitals().calls() > 50 && stream.frames() > 50 * 256);
    assert!(stream.stop().is_some());
    assert!(!tool("jack_lsp", &[]).contains("beatforge"), "the client has gone");
}

fn event(supervisor: &Supervisor) -> DeviceEvent {
    supervisor.events().recv_timeout(LONG).unwrap()
}

fn on_jack(event: &DeviceEvent) -> bool {
    matches!(event, DeviceEvent::OnDevice(format) if format.backend == BackendKind::Jack)
}

fn plays(supervisor: &Supervisor, calls: &Calls) {
    while calls.try_recv().is_ok() {}
    let frames = supervisor.status().frames;
    while supervisor.status().frames < frames + 4800 {
        calls.recv_timeout(LONG).unwrap();
    }
}

#[test]
fn the_sound_outlives_the_server() {
    let Some(name) = server_name("the_sound_outlives_the_server") else { return };
    let server = Server::start(&name, 48_000);
    let standby = Standby::open(Devices::new(), request()).unwrap();
    assert_eq!(standby.format().backend, BackendKind::Jack);
    let patience = Patience { retry: Duration::from_millis(50), ..Patience::default() };
    let (callback, calls) = callback();
    let supervisor = standby.with_patience(patience).run(callback).unwrap();
    assert!(on_jack(&event(&supervisor)));
    plays(&supervisor, &calls);

    drop(server);
    let fell = event(&supervisor);
    assert!(matches!(fell, DeviceEvent::FellToNull(_)), "{fell}");
    plays(&supervisor, &calls);
    assert_eq!(event(&supervisor), DeviceEvent::StillAway(DeviceError::NoJackServer));

    // At another rate the set would play out of tune and time.
    let server = Server::start(&name, 44_100);
    let rate = DeviceError::Rate { device: "system".into(), wanted: 48_000, offered: 44_100 };
    while event(&supervisor) != DeviceEvent::StillAway(rate.clone()) {}
    plays(&supervisor, &calls);
    drop(server);

    let _server = Server::start(&name, 48_000);
    while !on_jack(&event(&supervisor)) {}
    plays(&supervisor, &calls);
    assert_eq!(supervisor.status().away, None);
    assert!(supervisor.stop().is_some());
}
