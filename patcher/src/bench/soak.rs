//! Hours of sound offline under random edits: memory must stay as it is, and the audio half must leave it alone.

use super::storm::{Storm, Tally, patch};
use super::{Arguments, Scratch};
use crate::cli::footprint;
use crate::count;
use bf_session::{Message, Move, Options, Session, When, registry, thread_cpu_ns};

/// By how much memory may grow from the second tenth to the last: what allocators and rings keep for later use. A leak
/// of 12 bytes an edit would be found in the hour.
const MAY_GROW: u64 = 4 << 20;

/// What holds at the end of a tenth.
struct Tenth {
    tally: Tally,
    nodes: usize,
    /// Bytes in memory, where the system tells.
    resident: Option<u64>,
}

pub(crate) fn run(a: &Arguments) -> Result<(), String> {
    if a.nodes < 16 {
        return Err("--nodes is less than 16: so small a patch leaves nothing to edit".to_owned());
    }
    let scratch = Scratch::new(&[("set.toml", &patch(a.nodes))])?;
    let options = Options { block: a.block, seed: a.seed, ..Options::default() };
    let (mut session, mut engine) = Session::open(&scratch.0, registry(), options).map_err(|e| e.to_string())?;
    session.controller().transport(Move::Play, When::Frame(0));
    let frames = a.minutes * 60.0 * f64::from(options.sample_rate);
    let due = frames / f64::from(options.sample_rate) * a.edits;
    let blocks = (frames / a.block as f64).ceil() as u64;
    let mut storm = Storm::new(a.nodes, a.seed);
    let (mut edits, mut broken, mut tenths) = (0u64, 0usize, Vec::new());
    let (allocations, began) = (count::count(), thread_cpu_ns());
    for block in 1..=blocks {
        count::watched(|| {
            engine.block_now();
        });
        session.poll();
        while (edits as f64) < due * block as f64 / blocks as f64 {
            storm.step(&mut session, &scratch)?;
            edits += 1;
        }
        broken += session.messages().iter().filter(|m| matches!(m, Message::Fault(_) | Message::Broken { .. })).count();
        if block * 10 / blocks > tenths.len() as u64 {
            let nodes = session.set().main.nodes.len();
            // What plans were made in and is free again is nobody's: how much of it there is changes from edit to edit.
            footprint::trim();
            tenths.push(Tenth { tally: storm.tally, nodes, resident: resident() });
            show(a, tenths.len(), &tenths[tenths.len() - 1]);
        }
    }
    let allocations = count::count() - allocations;
    let secs = (thread_cpu_ns() - began) as f64 / 1e9;
    let grown = tenths[1].resident.zip(tenths[9].resident).map(|(from, to)| to.saturating_sub(from));
    finish(a, secs, allocations, broken, grown)
}

fn show(a: &Arguments, tenth: usize, t: &Tenth) {
    let Tally { made, refused, reloads } = t.tally;
    if a.json {
        let line = serde_json::json!({
            "bench": "soak", "tenth": tenth, "minutes": a.minutes * tenth as f64 / 10.0, "edits": made,
            "refused": refused, "reloads": reloads, "nodes": t.nodes, "resident_bytes": t.resident,
        });
        println!("{line}");
    } else {
        let memory = t.resident.map_or("unknown".to_owned(), |r| format!("{:.1} MiB", mib(r)));
        println!(
            "soak  {:6.1} min  {memory:>10} in memory  {made} edits ({refused} refused, {reloads} reloads)  {} nodes",
            a.minutes * tenth as f64 / 10.0,
            t.nodes
        );
    }
}

fn finish(a: &Arguments, secs: f64, allocations: u64, broken: usize, grown: Option<u64>) -> Result<(), String> {
    if a.json {
        let line = serde_json::json!({
            "bench": "soak", "cpu_seconds": secs, "audio_allocations": allocations, "faults": broken,
            "grown_bytes": grown, "may_grow_bytes": MAY_GROW,
        });
        println!("{line}");
    } else {
        println!("      {allocations} allocations or frees by the audio half, {broken} faults, {secs:.0} s CPU");
        match grown {
            Some(grown) => println!(
                "      memory grew by {:.2} MiB from the second tenth to the last (it may by {:.0})",
                mib(grown),
                mib(MAY_GROW)
            ),
            None => println!("      this system does not tell how much memory is used"),
        }
    }
    if allocations > 0 {
        return Err("the audio half used the allocator".to_owned());
    }
    if broken > 0 {
        return Err("nodes or edits were faulty".to_owned());
    }
    match grown {
        Some(grown) if grown > MAY_GROW => Err(format!("memory grew by {:.2} MiB", mib(grown))),
        _ => Ok(()),
    }
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Bytes of this process in memory. Linux tells in a file; elsewhere there is none.
pub(super) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}
