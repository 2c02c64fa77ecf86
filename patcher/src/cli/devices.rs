//! `beatforge devices`: what could be played on, and what keyboards and controllers there are.

use super::sync::{Form, Page};
use super::{End, live};
use bf_session::midi::{ClockWatch, PortInfo, Way, list_ports};
use bf_session::remote::{Request, Response};
use bf_session::sync::Source;
use bf_session::{BackendKind, Devices};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Lists the sound devices and the MIDI ports.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// Watch sources of time until Ctrl-C, one line each: of a set that plays, what it hears (the device's own clock, time
    /// tags, MIDI clock, Link); else the clocks of all MIDI inputs.
    #[arg(long)]
    watch: bool,
    /// With --watch: the folder of a set that plays, or a file in it.
    #[arg(requires = "watch")]
    set: Option<PathBuf>,
    /// Stop watching after so many seconds.
    #[arg(long, requires = "watch", default_value_t = f64::INFINITY)]
    seconds: f64,
}

pub(crate) fn run(a: &Arguments) -> End {
    match &a.set {
        Some(set) if a.watch => return watch_set(a, set),
        None if a.watch => return watch(a),
        _ => {}
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

/// Between two pages, on a terminal and elsewhere.
const PAGES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(1));

/// Shows pages until the time is over, or nobody has or reads them any more.
fn pages(a: &Arguments, mut sources: impl FnMut(Due) -> Result<Vec<Source>, String>) -> End {
    let mut page = Page::new(if a.json { Form::Json } else { Form::Text });
    let every = if page.is_on_terminal() { PAGES.0 } else { PAGES.1 };
    let (began, mut shown) = (Instant::now(), Instant::now());
    while began.elapsed().as_secs_f64() < a.seconds {
        let due = if shown.elapsed() >= every { Due::Page } else { Due::NotYet };
        match sources(due) {
            Ok(_) if due == Due::NotYet => {}
            Ok(all) => {
                shown = Instant::now();
                if !page.show(&all) {
                    break;
                }
            }
            Err(why) => {
                eprintln!("{why}");
                return End::Failed;
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    End::Done
}

/// Whether a page is shown now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Due {
    Page,
    NotYet,
}

/// The clocks of all MIDI inputs.
fn watch(a: &Arguments) -> End {
    let mut ports = match ClockWatch::open() {
        Ok(ports) => ports,
        Err(e) => {
            eprintln!("{e}");
            return End::Failed;
        }
    };
    if ports.poll().is_empty() {
        println!("No MIDI input to watch.");
        return End::Done;
    }
    pages(a, |_| Ok(ports.poll().iter().map(Source::from).collect()))
}

/// What a running set hears.
fn watch_set(a: &Arguments, set: &Path) -> End {
    let mut caller = match live::connect(set) {
        Ok(caller) => caller,
        Err(why) => {
            eprintln!("{why}");
            return End::Failed;
        }
    };
    pages(a, |due| match due {
        Due::NotYet => Ok(Vec::new()),
        Due::Page => match live::ask(&mut caller, Request::Sync)? {
            Response::Sources(sources) => Ok(sources),
            Response::Failed(failed) => Err(failed.message),
            _ => Err("the set is of another version and has no such page".to_owned()),
        },
    })
}
