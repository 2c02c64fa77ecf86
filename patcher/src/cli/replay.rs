//! `beatforge replay`: a performance again, to WAV files.

use super::{End, show};
use bf_session::wav::{Existing, Format};
use bf_session::{ReplayRequest, registry, replay};
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
    /// A JSON object with what was written.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(a: &Arguments) -> End {
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
    let cancel = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&cancel);
    let _handler = ctrlc::set_handler(move || stop.store(true, Ordering::Relaxed));
    let bar = show::progress(&request.out.display().to_string());
    let result = replay(&request, registry(), &mut |share| bar.set_position((share * 1000.0) as u64), &cancel);
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
