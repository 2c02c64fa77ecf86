//! `beatforge touchosc`: a tablet for a set, and what the controls of a layout send.

use super::{End, has_ending, show};
use bf_session::layout::{Carries, Device, Layout, Offer, Sends, make};
use bf_session::{OpenError, Options, Session, registry};
use std::path::{Path, PathBuf};

/// Makes a TouchOSC layout of a set: macros, strips, scenes, what the set exposes, and the transport, page by page,
/// two-way. Or lists what the controls of a layout send, so that it can be mapped: of a .tosc file, or of a .touchosc file
/// of the old app.
///
/// NOT VERIFIED IN THE APP: there is no specification of the format. What is written here follows files that the app
/// has written, and has not been opened there. Keep a copy of what you edit by hand.
///
/// In the app, connect OSC over UDP to the machine and port that `beatforge run SET --osc PORT` names, which is also
/// found by browsing, and choose a receive port.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// A set folder or a patch file; with --list, a layout.
    set: PathBuf,
    /// The layout to write. It is replaced where it is there; a file of the set's own never is.
    #[arg(short, long, value_name = "OUT.tosc", required_unless_present = "list", conflicts_with = "list")]
    out: Option<PathBuf>,
    /// For a phone held high instead of a tablet held wide.
    #[arg(long, conflicts_with = "list")]
    phone: bool,
    /// List the messages of a layout.
    #[arg(long)]
    list: bool,
    /// JSON: an object with the pages, or a list of the messages.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(a: &Arguments) -> End {
    if let Some(Err(end)) = a.out.as_ref().map(|out| has_ending(out, &["tosc"], "TouchOSC")) {
        return end;
    }
    let done = match &a.out {
        Some(out) => write(a, out),
        None => list(a),
    };
    match done {
        Ok(()) => End::Done,
        Err(why) => {
            eprint!("{why}");
            End::Failed
        }
    }
}

fn write(a: &Arguments, out: &Path) -> Result<(), String> {
    let (session, _engine) = match Session::open(&a.set, registry(), Options::default()) {
        Ok(opened) => opened,
        Err(OpenError::Faults(list)) => {
            show::diagnostics(&list);
            return Err(String::new());
        }
        Err(e) => return Err(format!("{e}\n")),
    };
    session.not_own(out).map_err(|e| format!("{e}\n"))?;
    let device = if a.phone { Device::Phone } else { Device::Tablet };
    let made = make(&session.folder().name(), &session.tree(), device);
    made.save(out).map_err(|e| format!("{}: {e}\n", out.display()))?;
    if a.json {
        let pages: Vec<_> = made
            .pages
            .iter()
            .map(|(title, controls)| serde_json::json!({ "page": title, "controls": controls }))
            .collect();
        println!("{}", serde_json::json!({ "out": out, "pages": pages }));
    } else {
        for (title, controls) in &made.pages {
            println!("{title:<16} {controls} {}", if *controls == 1 { "control" } else { "controls" });
        }
        println!("{}: written; not verified in the app", out.display());
    }
    Ok(())
}

fn list(a: &Arguments) -> Result<(), String> {
    let said = |e: &dyn std::fmt::Display| format!("{}: {e}\n", a.set.display());
    let bytes = std::fs::read(&a.set).map_err(|e| said(&e))?;
    let offers = Layout::read(&bytes).map_err(|e| said(&e))?.offers();
    if a.json {
        let all: Vec<_> = offers.iter().map(json).collect();
        println!("{}", serde_json::Value::from(all));
        return Ok(());
    }
    if offers.is_empty() {
        println!("no control of this layout sends anything");
    }
    for offer in &offers {
        let place = if offer.place.is_empty() { String::new() } else { format!("{}/", offer.place) };
        let way = if offer.follows { "two-way" } else { "" };
        println!("{:<32} {:<12} {}  {way}", format!("{place}{}", offer.control), offer.kind, text(&offer.sends));
    }
    Ok(())
}

fn text(sends: &Sends) -> String {
    match sends {
        Sends::Osc { address, arguments } => {
            let arguments: Vec<String> = arguments.iter().map(carried).collect();
            format!("{address:<32} {}", arguments.join(", "))
        }
        Sends::Midi { command, channel, number, carries } => {
            let number = number.map_or_else(|| "?".to_owned(), |number| number.to_string());
            format!("{:<32} {}", format!("MIDI {command} {number} channel {channel}"), carried(carries))
        }
    }
}

fn carried(carries: &Carries) -> String {
    match carries {
        Carries::Range { value, min, max } => format!("{value} {min}..{max}"),
        Carries::Constant(text) => format!("`{text}`"),
    }
}

fn json(offer: &Offer) -> serde_json::Value {
    let carried = |carries: &Carries| match carries {
        Carries::Range { value, min, max } => serde_json::json!({ "value": value, "min": min, "max": max }),
        Carries::Constant(text) => serde_json::json!({ "constant": text }),
    };
    let sends = match &offer.sends {
        Sends::Osc { address, arguments } => {
            let arguments: Vec<_> = arguments.iter().map(carried).collect();
            serde_json::json!({ "osc": address, "arguments": arguments })
        }
        Sends::Midi { command, channel, number, carries } => {
            serde_json::json!({ "midi": command, "channel": channel, "number": number, "arguments": [carried(carries)] })
        }
    };
    serde_json::json!({
        "page": offer.place, "control": offer.control, "kind": offer.kind, "two_way": offer.follows, "sends": sends,
    })
}
