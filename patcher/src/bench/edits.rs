//! Random edits under a steady tone and a busy patch, live on the null device: the laws, counted.

use super::again;
use super::storm::{Storm, Tally, patch};
use super::yardstick::Yardstick;
use super::{Arguments, Scratch};
use crate::count;
use bf_patch::{Cable, Edit, SetEdit, Socket};
use bf_session::{
    BackendKind, DeviceRequest, Devices, Engine, Message, Move, Options, Session, When, registry, thread_cpu_ns,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What the audio thread reports.
#[derive(Default)]
struct Heard {
    frames: AtomicU64,
    /// The greatest departure of the left channel (edited constants) from what a fade allows, in millionths.
    worst_step: AtomicU64,
    /// Blocks in which the steady tone on the right channel differed from an unedited run.
    differs: AtomicU64,
    clicks: AtomicU64,
    stop: AtomicBool,
    yardstick: Yardstick,
}

pub(crate) fn run(a: &Arguments) -> Result<(), String> {
    let scratch = Scratch::new(&[("set.toml", &patch(a.nodes))])?;
    let options = Options { block: a.block, measure: true, ..Options::default() };
    let (mut session, mut engine) = Session::open(&scratch.0, registry(), options).map_err(|e| e.to_string())?;
    let mut twin = Session::open(&scratch.0, registry(), options).map_err(|e| e.to_string())?.1;
    hard_cut_is_found()?;
    let heard = Arc::new(Heard::default());
    session.controller().transport(Move::Play, When::Frame(0));
    engine.prime();
    let device = Devices::new()
        .open(&DeviceRequest {
            backend: BackendKind::Null,
            sample_rate: Some(48_000),
            block: Some(a.block as u32),
            ..DeviceRequest::default()
        })
        .map_err(|e| e.to_string())?;
    let steady: Vec<f32> = reference(&mut twin, a);
    let stream = device.start(Box::new(listener(engine, Arc::clone(&heard), steady))).map_err(|e| e.to_string())?;
    let allocations = count::count();
    let Tally { made, refused, reloads } = storm(a, &scratch, &mut session)?;
    let settle = Instant::now();
    while settle.elapsed() < Duration::from_millis(300) {
        session.poll();
        std::thread::sleep(Duration::from_millis(5));
    }
    heard.stop.store(true, Relaxed);
    let status = session.controller().shared().status();
    drop(stream);
    let allocations = count::count() - allocations;
    let faults = session.messages().iter().filter(|m| matches!(m, Message::Fault(_) | Message::Broken { .. })).count();
    println!(
        "edits  {made} made ({refused} refused, {reloads} reloads of the file) in {} blocks of {} frames",
        status.blocks, a.block
    );
    println!("       {allocations} allocations or frees on the audio thread");
    println!(
        "       {} blocks missed by CPU time (worst {:.0} us of {:.0})",
        status.missed,
        status.worst_ns as f64 / 1e3,
        a.block as f64 / 48.0 * 1e3
    );
    println!("       {} blocks in which the untouched tone differs from an unedited run", heard.differs.load(Relaxed));
    println!(
        "       {} steps greater than the fades allow (greatest {:.6})",
        heard.clicks.load(Relaxed),
        heard.worst_step.load(Relaxed) as f64 / 1e6
    );
    println!("       {faults} faults, {} events shed", status.shed);
    let missed = heard.yardstick.judge(status.missed);
    let bad = allocations + u64::from(missed) + heard.differs.load(Relaxed) + heard.clicks.load(Relaxed);
    swaps(a)?;
    again::least(again::Work::Edits, a)?;
    if bad == 0 { Ok(()) } else { Err("a law was broken".to_owned()) }
}

/// The right channel of an unedited run: one period of blocks is enough, since 220 Hz repeats every 2,400 frames.
fn reference(twin: &mut Engine, _a: &Arguments) -> Vec<f32> {
    let mut out = Vec::new();
    // Long enough for the longest storm that is asked for.
    while out.len() < 48_000 * 240 {
        out.extend_from_slice(twin.block_now()[1]);
    }
    out
}

/// Twenty constants of 0.5 at a gain of 0.02: each fade moves 0.01 over 240 frames; forty may run at once.
const ALLOWED: f32 = 40.0 * 0.01 / 240.0 + 1e-5;

fn step_of(last: &mut f32, x: f32) -> f32 {
    let step = (x - *last).abs();
    *last = x;
    step
}

/// The detector must find what it looks for.
fn hard_cut_is_found() -> Result<(), String> {
    let mut last = 0.1f32;
    if step_of(&mut last, 0.09) > ALLOWED {
        Ok(())
    } else {
        Err("the detector misses a hard cut of one constant".to_owned())
    }
}

fn listener(mut engine: Engine, heard: Arc<Heard>, steady: Vec<f32>) -> impl FnMut(&mut bf_session::Block<'_>) + Send {
    let mut last = None;
    move |block| {
        let channels = block.outputs;
        let limit = (block.output.len() / channels) as u64 * 1_000_000 / 48;
        let output = &mut *block.output;
        heard.yardstick.beside(limit, || count::watched(|| engine.process(output, channels)));
        if heard.stop.load(Relaxed) {
            return;
        }
        let from = heard.frames.load(Relaxed) as usize;
        let mut same = true;
        for (i, frame) in block.output.chunks_exact(channels).enumerate() {
            if let Some(want) = steady.get(from + i) {
                same &= want.to_bits() == frame[1].to_bits();
            }
            let mut before = last.unwrap_or(frame[0]);
            let step = step_of(&mut before, frame[0]);
            last = Some(before);
            heard.worst_step.fetch_max((step * 1e6) as u64, Relaxed);
            if step > ALLOWED {
                heard.clicks.fetch_add(1, Relaxed);
            }
        }
        heard.frames.fetch_add((block.output.len() / channels) as u64, Relaxed);
        if !same {
            heard.differs.fetch_add(1, Relaxed);
        }
    }
}

fn storm(a: &Arguments, scratch: &Scratch, session: &mut Session) -> Result<Tally, String> {
    let mut storm = Storm::new(a.nodes, a.seed);
    for _ in 0..a.count {
        storm.step(session, scratch)?;
        // A plan is a block or two on its way: the next edit waits for it, so that each is a swap of its own.
        let began = Instant::now();
        while session.waits() && began.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_micros(300));
            session.poll();
        }
    }
    Ok(storm.tally)
}

/// What a swap costs the audio thread: the block of the swap against the blocks between two, on a plan of one node's
/// change. Asking the clock, and what every block does beside its
/// sound, stand in both.
fn swaps(a: &Arguments) -> Result<(), String> {
    let scratch = Scratch::new(&[("set.toml", &patch(a.nodes))])?;
    let (mut session, mut engine) =
        Session::open(&scratch.0, registry(), Options { block: a.block, ..Options::default() })
            .map_err(|e| e.to_string())?;
    for _ in 0..50 {
        engine.block_now();
    }
    let (mut costs, mut between) = (Vec::new(), Vec::new());
    for i in 0..500 {
        let edit = if i % 2 == 0 {
            Edit::Disconnect { to: Socket::first("mix"), from: Socket::first("n8") }
        } else {
            Edit::Connect { to: Socket::first("mix"), cable: Cable::plain(Socket::first("n8")), at: Some(0) }
        };
        session.apply(&SetEdit::main(edit), "edit", None).map_err(|e| e.to_string())?;
        costs.push(engine.swap_cost_now(thread_cpu_ns));
        for _ in 0..10 {
            engine.block_now();
            session.poll();
        }
        between.push(engine.swap_cost_now(thread_cpu_ns));
    }
    costs.sort_unstable();
    between.sort_unstable();
    let (usual, us) = (between[between.len() / 2], |ns: u64| ns as f64 / 1e3);
    println!(
        "       a swap costs the audio thread {:.2} us in the median, {:.2} us at worst, over {} swaps in a patch of {} nodes",
        us(costs[costs.len() / 2].saturating_sub(usual)),
        us(costs[costs.len() - 1].saturating_sub(usual)),
        costs.len(),
        a.nodes
    );
    println!(
        "       (what blocks without a swap cost beside their sound, and the clock, are taken from it: {:.2} us, {:.2} at worst)",
        us(usual),
        us(between[between.len() - 1])
    );
    Ok(())
}
