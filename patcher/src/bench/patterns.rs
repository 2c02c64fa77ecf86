//! Events a CPU second that patterns answer, and the share of a core that many tracks take.

use super::Arguments;
use bf_pattern::{Event, Pattern, Query, Span};
use bf_session::script::{Env, Host};
use bf_session::{registry, thread_cpu_ns};

/// The patterns that bench/patterns names, as expressions of a script.
const PATTERNS: [(&str, &str); 4] = [
    ("sequence", r#"mini("bd*4 [sn cp]*2 hh*8")"#),
    ("nested", r#"mini("<[a b c d]*4 [e f g h]*4>").fast(2)"#),
    ("transformed", r#"mini("a(5,8) b(3,8) c*4").every(3, rev).off(0.125, fast(2)).ply(2)"#),
    ("controls", r#"s("bd*4, ~ cp, hh*8").gain(sine.range(0.5, 1).slow(4)).every(4, fast(2))"#),
];

/// Tracks of 16 events a cycle with three functions each.
const TRACKS: usize = 64;

/// Cycles a second of the tracks: 120 beats a minute in bars of four.
const CPS: f64 = 0.5;

/// Measures the four patterns, then the tracks.
pub(crate) fn run(a: &Arguments) -> Result<(), String> {
    let host = Host::new(Env { registry: registry(), ..Env::default() });
    let made = |text: &str| host.pattern(text).map_err(|faults| faults.iter().map(|f| f.message.clone()).collect());
    for (name, text) in PATTERNS {
        let measured = ask(&[made(text)?], a.budget)?;
        let (rate, each) = (measured.events as f64 / measured.secs, measured.events as f64 / measured.cycles as f64);
        if a.json {
            let line = serde_json::json!({
                "bench": "patterns", "pattern": name, "events_per_cpu_second": rate, "events_per_cycle": each,
            });
            println!("{line}");
        } else {
            println!("patterns {name} {rate:.0} events a CPU second, {each:.1} a cycle");
        }
    }
    let tracks: Vec<Pattern> = (0..TRACKS).map(|n| made(&track(n))).collect::<Result<_, String>>()?;
    let measured = ask(&tracks, a.budget)?;
    let share = measured.secs * CPS / measured.cycles as f64;
    let each = measured.events as f64 / measured.cycles as f64 / TRACKS as f64;
    if a.json {
        let line = serde_json::json!({
            "bench": "patterns", "tracks": TRACKS, "events_per_cycle": each, "cps": CPS, "core": share,
        });
        println!("{line}");
    } else {
        println!("patterns {TRACKS} tracks of {each:.1} events a cycle: {:.2} % of a core", share * 100.0);
    }
    Ok(())
}

/// The expression of a track; each is a little different from the others.
fn track(n: usize) -> String {
    let functions = match n % 4 {
        0 => ".every(3, rev).gain(sine.range(0.5, 1)).pan(saw)",
        1 => ".late(1/32).sometimes(|p| p.speed(2)).gain(\"1 0.5\")",
        2 => ".swing_by(1/3, 4).iter(4).cutoff(sine.range(300, 3000).slow(8))",
        _ => ".rev().chunk(4, |p| p.crush(4)).room(0.2)",
    };
    // Sixteen events, of which one differs from track to track.
    format!("n(\"{n} 1*7 [2 3]*4\"){functions}")
}

/// What was asked and what it took.
struct Measured {
    events: usize,
    cycles: i64,
    secs: f64,
}

/// Asks patterns cycle after cycle for some CPU seconds.
fn ask(patterns: &[Pattern], secs: f64) -> Result<Measured, String> {
    let query = Query { cps: Some(CPS), ..Query::default() };
    let mut events: Vec<Event> = Vec::new();
    let mut cycle = |number: i64| -> Result<usize, String> {
        patterns.iter().try_fold(0, |sum, pattern| {
            pattern.query_into(Span::new(number, number + 1), &query, &mut events).map_err(|e| e.to_string())?;
            Ok(sum + events.len())
        })
    };
    for number in 0..200 {
        cycle(number)?;
    }
    let before = thread_cpu_ns();
    let (mut count, mut cycles) = (0, 0);
    loop {
        count += cycle(cycles)?;
        cycles += 1;
        let taken = (thread_cpu_ns() - before) as f64 / 1e9;
        if taken > secs {
            return Ok(Measured { events: count, cycles, secs: taken });
        }
    }
}
