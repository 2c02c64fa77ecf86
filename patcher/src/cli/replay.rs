//! `beatforge replay`: a performance again, to WAV files, or to see what it costs.

use super::{End, show};
use bf_session::wav::{Existing, Format};
use bf_session::{ReplayRequest, registry, replay, replay_times};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Renders a performance again, with the bits that were heard, from the history of its set.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A set folder, a patch file or a script.
    set: PathBuf,
    /// Which performance, as `beatforge versions` counts them; the last when none is named.
    #[arg(long)]
    performance: Option<usize>,
    /// From this second on.
    #[arg(long, default_value_t = 0.0)]
    from: f64,
    /// Up to this second.
    #[arg(long)]
    to: Option<f64>,
    /// The file to write.
    #[arg(short, long, default_value = "replay.wav")]
    out: PathBuf,
    /// What enters the end of the set as well, each in a file of its own.
    #[arg(long)]
    stems: bool,
    /// 32 (float, bit for bit) or 24.
    #[arg(long, default_value_t = 32)]
    bits: u32,
    /// Replace files that are there; one of the set's own never is.
    #[arg(long)]
    force: bool,
    /// Writes nothing and says what the blocks cost, each by its least CPU time over so many turns.
    #[arg(long, value_name = "TURNS", value_parser = clap::value_parser!(u8).range(1..), conflicts_with_all = ["from", "to", "out", "stems", "bits", "force"])]
    times: Option<u8>,
    /// A JSON object with what was written or measured.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(a: &Arguments) -> End {
    let cancel = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&cancel);
    let _handler = ctrlc::set_handler(move || stop.store(true, Ordering::Relaxed));
    match a.times {
        Some(turns) => measure(a, usize::from(turns), &cancel),
        None => write(a, &cancel),
    }
}

/// What the blocks of a performance cost.
fn measure(a: &Arguments, turns: usize, cancel: &AtomicBool) -> End {
    let bar = show::progress("replaying");
    let mut progress = |share: f64| bar.set_position((share * 1000.0) as u64);
    let times = replay_times(&a.set, a.performance, &registry(), turns, &mut progress, cancel);
    bar.finish_and_clear();
    let times = match times {
        Ok(times) => times,
        Err(e) => {
            eprintln!("{e}");
            return End::Failed;
        }
    };
    let (blocks, over) = (times.least.len(), times.over());
    let (number, slowest) = times.slowest();
    let mean = times.least.iter().sum::<u64>() / times.least.len().max(1) as u64;
    if a.json {
        let all = serde_json::json!({
            "blocks": blocks, "block_ns": times.block_ns, "turns": turns, "over_each_time": over,
            "over_once": times.over_once(), "mean_ns": mean, "slowest_ns": slowest, "slowest_block": number,
            "differs": times.differs,
        });
        println!("{all}");
        return End::Done;
    }
    let ms = |ns: u64| ns as f64 * 1e-6;
    println!("{blocks} blocks of {:.3} ms, each by its least CPU time over {turns} turns", ms(times.block_ns));
    println!(
        "{:.3} ms on average, {:.3} ms at most, {:.1} s into the performance",
        ms(mean),
        ms(slowest),
        ms(times.block_ns) * number as f64 * 1e-3
    );
    println!("{over} take longer than they last each time; {} did in one turn or another", times.over_once());
    times.differs.iter().for_each(|why| println!("not as it was played: {why}"));
    End::Done
}

/// The files of a performance.
fn write(a: &Arguments, cancel: &AtomicBool) -> End {
    let format = match a.bits {
        32 => Format::Float32,
        24 => Format::Int24 { seed: 1 },
        other => {
            eprintln!("--bits is {other}, expected 32 (float) or 24");
            return End::Misused;
        }
    };
    let request = ReplayRequest {
        set: a.set.clone(),
        performance: a.performance,
        from_secs: a.from,
        to_secs: a.to,
        out: a.out.clone(),
        format,
        existing: if a.force { Existing::Replace } else { Existing::Keep },
        stems: a.stems,
    };
    let bar = show::progress(&request.out.display().to_string());
    let result = replay(&request, registry(), &mut |share| bar.set_position((share * 1000.0) as u64), cancel);
    bar.finish_and_clear();
    let report = match result {
        Ok(report) => report,
        Err(e) => {
            eprintln!("{e}");
            return End::Failed;
        }
    };
    let secs = report.frames as f64 / f64::from(report.sample_rate.max(1));
    if a.json {
        let files: Vec<_> =
            report.files.iter().map(|(p, w)| serde_json::json!({ "file": p, "peak": w.peak })).collect();
        let differs = &report.differs;
        println!("{}", serde_json::json!({ "files": files, "seconds": secs, "differs": differs }));
        return End::Done;
    }
    for (path, w) in &report.files {
        println!("{}: {secs:.2} s, peak {:.1} dBFS", path.display(), 20.0 * w.peak.max(1e-10).log10());
    }
    match report.differs.as_slice() {
        [] => println!("as it was heard, bit for bit"),
        differs => differs.iter().for_each(|why| println!("not as it was heard: {why}")),
    }
    End::Done
}
