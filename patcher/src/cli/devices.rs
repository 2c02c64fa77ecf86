//! `beatforge devices`: what could be played on, and what keyboards and controllers there are.

use super::End;
use bf_session::midi::{PortInfo, Way, list_ports};
use bf_session::{BackendKind, Devices};

/// Lists the sound devices and the MIDI ports.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(a: &Arguments) -> End {
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
