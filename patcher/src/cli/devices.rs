//! `beatforge devices`: what could be played on.

use super::End;
use bf_session::{BackendKind, Devices};

/// Lists the sound devices.
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
    End::Done
}
