//! `beatforge eval`: evaluates a script and shows what it wants, without sound.

use super::pattern::{asked, cycles, event, host_beside, line};
use super::{End, show};
use bf_pattern::Query;
use bf_session::script::{Track, Wanted, query_fault};
use serde_json::{Map, json};
use std::path::PathBuf;

/// Evaluates a script and shows what it wants to play.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The script.
    file: PathBuf,
    /// The events of each track.
    #[arg(long)]
    events: bool,
    /// Which cycles: 0..4 are four.
    #[arg(long, value_parser = cycles, default_value = "0..4")]
    cycles: (i64, i64),
    /// One JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    live: super::eval_live::Live,
}

pub(crate) fn run(a: &Arguments) -> End {
    let text = match std::fs::read_to_string(&a.file) {
        Ok(text) => text,
        Err(e) => {
            eprintln!("{}: {e}", a.file.display());
            return End::Failed;
        }
    };
    if let Some(end) = a.live.run(&a.file, &text) {
        return end;
    }
    let name = a.file.display().to_string();
    let wanted = match host_beside(&a.file).evaluate(&name, &text) {
        Ok(wanted) => wanted,
        Err(faults) => {
            if a.json {
                let faults: Vec<_> = faults.iter().map(show::json).collect();
                println!("{}", json!({ "file": name, "diagnostics": faults }));
            } else {
                show::diagnostics(&faults);
            }
            return End::Failed;
        }
    };
    if !a.json {
        wanted.messages.iter().for_each(|m| eprintln!("{}:{}: {}", m.file, m.line, m.message));
    }
    let query = Query { cps: Some(wanted.cycles_per_sec()), seed: wanted.seed.unwrap_or(0.0), ..Query::default() };
    let mut tracks = Map::new();
    let mut good = true;
    for track in &wanted.tracks {
        match asked(&track.pattern, a.cycles, &query) {
            Ok(cycles) if a.json => {
                let cycles: Vec<Vec<_>> = cycles.iter().map(|events| events.iter().map(event).collect()).collect();
                let mut shown = json!({ "muted": track.muted, "solo": track.solo, "line": track.site.line });
                if a.events {
                    shown["cycles"] = json!(cycles);
                }
                tracks.insert(track.name.to_string(), shown);
            }
            Ok(cycles) => {
                println!("track {}{}", track.name, marks(track));
                cycles.iter().flatten().filter(|_| a.events).for_each(|event| println!("  {}", line(event)));
            }
            Err(error) => {
                let fault = query_fault(&error, &track.site);
                eprintln!(
                    "{}:{}:{}: error: track {}: {}",
                    fault.file, fault.line, fault.column, track.name, fault.message
                );
                tracks.insert(track.name.to_string(), json!({ "error": show::json(&fault), "line": track.site.line }));
                good = false;
            }
        }
    }
    if a.json {
        println!("{}", summary(&name, &wanted, tracks));
    } else {
        wanted.instruments.keys().for_each(|name| println!("instrument {name}"));
        wanted.nodes.keys().for_each(|name| println!("node {name}"));
        wanted.scenes.keys().for_each(|name| println!("scene {name}"));
    }
    if good { End::Done } else { End::Failed }
}

fn marks(track: &Track) -> &'static str {
    match (track.muted, track.solo) {
        (true, _) => " (muted)",
        (_, true) => " (solo)",
        _ => "",
    }
}

fn summary(name: &str, wanted: &Wanted, tracks: Map<String, serde_json::Value>) -> serde_json::Value {
    let names = |keys: Vec<String>| json!(keys);
    let messages: Vec<_> = wanted.messages.iter().map(show::json).collect();
    json!({
        "file": name,
        "cps": wanted.cycles_per_sec(),
        "tracks": tracks,
        "instruments": names(wanted.instruments.keys().map(ToString::to_string).collect()),
        "nodes": names(wanted.nodes.keys().map(ToString::to_string).collect()),
        "scenes": names(wanted.scenes.keys().map(ToString::to_string).collect()),
        "macros": names(wanted.macros.keys().map(ToString::to_string).collect()),
        "later": wanted.later.len(),
        "outs": wanted.outs.len(),
        "messages": messages,
    })
}
