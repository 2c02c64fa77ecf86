//! The same work at the same blocks, some times over, without a device: what of a block's time is the engine's own.
//!
//! A machine that is shared takes time away at random. What the engine does at a block is the same in every turn: a block
//! that is over its time by its own work is so each time, and the least of its times is the nearest to what it costs.

use super::Arguments;
use super::storm::{Storm, patch};
use super::{Scratch, scripts};
use bf_session::{Engine, Options, Session, registry, thread_cpu_ns};

/// How often everything is done again.
const TURNS: usize = 3;

/// The time of one block in nanoseconds.
pub(crate) fn timed(engine: &mut Engine, times: &mut Vec<u64>) {
    let before = thread_cpu_ns();
    engine.block_now();
    times.push(thread_cpu_ns() - before);
}

/// The random edits of a busy patch, each followed by blocks until it is in.
fn edits(a: &Arguments) -> Result<Vec<u64>, String> {
    let scratch = Scratch::new(&[("set.toml", &patch(a.nodes))])?;
    let options = Options { block: a.block, measure: true, ..Options::default() };
    let (mut session, mut engine) = Session::open(&scratch.0, registry(), options).map_err(|e| e.to_string())?;
    engine.prime();
    let (mut storm, mut times) = (Storm::new(a.nodes, a.seed), Vec::new());
    for _ in 0..a.count {
        storm.step(&mut session, &scratch)?;
        loop {
            timed(&mut engine, &mut times);
            session.poll();
            if !session.waits() {
                break;
            }
        }
    }
    Ok(times)
}

/// The random evaluations of a set, each followed by so many blocks.
fn evaluations(a: &Arguments) -> Result<Vec<u64>, String> {
    let mut times = Vec::new();
    scripts::offline(a, |engine| timed(engine, &mut times))?;
    Ok(times)
}

/// What is done again.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    Edits,
    Evaluations,
}

/// Does it all some times over and prints the slowest block by its least time.
pub(crate) fn least(work: Work, a: &Arguments) -> Result<(), String> {
    let mut least: Vec<u64> = Vec::new();
    let mut over_once = 0;
    let limit = a.block as u64 * 1_000_000 / 48;
    for _ in 0..TURNS {
        let times = match work {
            Work::Edits => edits(a)?,
            Work::Evaluations => evaluations(a)?,
        };
        over_once += times.iter().filter(|t| **t > limit).count();
        if least.is_empty() {
            least = times;
        } else if least.len() == times.len() {
            least.iter_mut().zip(times).for_each(|(least, time)| *least = time.min(*least));
        } else {
            return Err(format!("one turn took {} blocks, another {}", least.len(), times.len()));
        }
    }
    let over = least.iter().filter(|t| **t > limit).count();
    println!(
        "       the same at the same blocks, {TURNS} times over without a device: {over} of {} blocks are over their time each time \
         (the slowest takes {:.0} us at least; {over_once} were over in one turn or another)",
        least.len(),
        least.iter().max().copied().unwrap_or(0) as f64 / 1e3
    );
    if over == 0 { Ok(()) } else { Err("a block is over its time by its own work".to_owned()) }
}
