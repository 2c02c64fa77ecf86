//! `beatforge devices`: what could be played on, and what keyboards and controllers there are.

use super::End;
use bf_session::midi::{ClockWatch, PortInfo, Watched, Way, list_ports};
use bf_session::{BackendKind, Devices};
use std::time::{Duration, Instant};

/// Lists the sound devices and the MIDI ports.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Watch the clocks of all MIDI inputs: their tempo, and offset and jitter of their messages, until Ctrl-C.
    #[arg(long)]
    watch: bool,
    /// Stop watching after so many seconds.
    #[arg(long, requires = "watch", default_value_t = f64::INFINITY)]
    seconds: f64,
}

pub(crate) fn run(a: &Arguments) -> End {
    if a.watch {
        return watch(a);
    }
    let list = Devices::new().list();
    for d in &list {
        if a.json {
            let line = serde_json::json!({
                "backend": d.backend.name(), "name": d.name, "description": d.description, "outputs": d.outputs,
                "inputs": d.inputs, "rates": d.rates, "default": d.is_default,
            });
            println!("{line}");
        } else {
            let mark = if d.is_default { "*" } else { " " };
            println!(
                "{mark} {:5} {:32} {} out, {} in  {}",
                d.backend.name(),
                d.name,
                d.outputs,
                d.inputs,
                d.description
            );
        }
    }
    if !a.json && list.iter().all(|d| d.backend == BackendKind::Null) {
        println!("No sound device: sets play on the null device, which keeps time and is silent.");
    }
    let (ports, faults) = list_ports();
    ports.iter().for_each(|port| show_port(port, a.json));
    if !a.json && ports.is_empty() {
        let why: Vec<String> = faults.iter().map(ToString::to_string).collect();
        println!("No MIDI port{}{}", if why.is_empty() { "." } else { ": " }, why.join("; "));
    }
    End::Done
}

fn show_port(port: &PortInfo, json: bool) {
    let way = if port.way == Way::In { "in" } else { "out" };
    if json {
        let line = serde_json::json!({ "midi": way, "backend": port.owner.name(), "name": port.name });
        println!("{line}");
    } else {
        println!("  {:6} {:32} MIDI {way}", port.owner.name(), port.name);
    }
}

/// Between two lines of a port.
const LINES: Duration = Duration::from_secs(1);

fn watch(a: &Arguments) -> End {
    let mut ports = match ClockWatch::open() {
        Ok(ports) => ports,
        Err(e) => {
            eprintln!("{e}");
            return End::Failed;
        }
    };
    let (began, mut shown) = (Instant::now(), Instant::now());
    while began.elapsed().as_secs_f64() < a.seconds {
        let all = ports.poll();
        if all.is_empty() {
            println!("No MIDI input to watch.");
            return End::Done;
        }
        if shown.elapsed() >= LINES {
            shown = Instant::now();
            all.iter().for_each(|port| show_clock(port, a.json));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    End::Done
}

fn show_clock(port: &Watched, json: bool) {
    let (offset, jitter) = (port.offset_secs * 1e3, port.jitter_secs * 1e3);
    if json {
        let line = serde_json::json!({
            "name": port.name, "messages": port.messages, "bpm": port.bpm, "offset_ms": offset, "jitter_ms": jitter,
        });
        println!("{line}");
    } else if let Some(bpm) = port.bpm {
        println!("{:32} {bpm:7.2} bpm  offset {offset:+.2} ms  jitter {jitter:.2} ms", port.name);
    } else {
        println!("{:32} no clock, {} messages", port.name, port.messages);
    }
}
