//! CPU seconds of this process per second of sound.

use super::Arguments;
use super::workloads::Workload;
use bf_session::{Engine, Move, Options, Session, When, registry, thread_cpu_ns};

/// Runs a workload and prints how many of its things one core keeps up with.
pub(crate) fn run(w: &Workload, a: &Arguments) -> Result<(), String> {
    let scratch = w.scratch()?;
    let options = Options { block: a.block, ..Options::default() };
    let (mut session, mut engine) = Session::open(&scratch.0, registry(), options).map_err(|e| e.to_string())?;
    session.controller().transport(Move::Play, When::Frame(0));
    let peak = play(&mut engine, 0.5);
    if peak == 0.0 {
        return Err("nothing sounds".to_owned());
    }
    // One probe decides how long to run; the rate is the median of five pieces.
    let probe = cpu(&mut engine, 1.0);
    let secs = (a.budget / probe.max(1e-6) / 5.0).clamp(0.5, 60.0);
    let mut rates: Vec<f64> = (0..5).map(|_| secs / cpu(&mut engine, secs)).collect();
    rates.sort_by(f64::total_cmp);
    let rate = rates[2];
    let each = rate * w.count as f64;
    if a.json {
        let line = serde_json::json!({
            "bench": w.name, "what": w.what, "count": w.count, "block": a.block, "per_core": each,
            "rate": rate, "lowest_rate": rates[0], "highest_rate": rates[4], "piece_seconds": secs,
        });
        println!("{line}");
    } else {
        println!(
            "{}  {each:9.0} {} a core  ({} of them: {rate:.1} s of sound a CPU second, {:.1} to {:.1})",
            w.name, w.what, w.count, rates[0], rates[4]
        );
    }
    let shed = session.controller().shared().status().shed;
    if shed > 0 {
        return Err(format!("{shed} events were shed"));
    }
    Ok(())
}

fn play(engine: &mut Engine, secs: f64) -> f32 {
    let blocks = (secs * f64::from(engine.sample_rate()) / engine.block() as f64).ceil() as usize;
    let mut peak = 0.0f32;
    for _ in 0..blocks {
        peak = engine.block_now()[0].iter().fold(peak, |m, x| m.max(x.abs()));
    }
    peak
}

fn cpu(engine: &mut Engine, secs: f64) -> f64 {
    let before = thread_cpu_ns();
    play(engine, secs);
    (thread_cpu_ns() - before) as f64 / 1e9
}
