//! `beatforge render`: a set to WAV files.

use super::{End, has_ending, show};
use bf_session::wav::{Existing, Format, WriteError};
use bf_session::{
    Length, Message, OpenError, Options, RenderError, RenderRequest, Severity, default_out, registry, render,
};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Renders a set to a WAV file, with the bits that it has when it plays.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A set folder or a patch file.
    set: PathBuf,
    /// The file to write; the set's name with .wav when none is named.
    #[arg(short, long)]
    out: Option<PathBuf>,
    /// Seconds of sound.
    #[arg(long, conflicts_with = "cycles", allow_hyphen_values = true, value_parser = length)]
    seconds: Option<f64>,
    /// Bars; 16 when no length is given.
    #[arg(long, allow_hyphen_values = true, value_parser = length)]
    cycles: Option<f64>,
    /// A file for each strip as well, after its fader.
    #[arg(long)]
    stems: bool,
    /// 32 (float) or 24.
    #[arg(long, default_value_t = 32)]
    bits: u32,
    /// Frames a second.
    #[arg(long, default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(8_000..=384_000))]
    rate: u32,
    /// Frames of a block, 16 to 1024 in steps of 16; it does not change the sound.
    #[arg(long, default_value_t = 64, value_parser = super::playing::block)]
    block: usize,
    /// The seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Replace files that are there: the one of the set's name when none is named, and all of them with --stems. A file
    /// that is named alone is replaced without; one of the set's own never is.
    #[arg(long)]
    force: bool,
    /// A JSON object with what was written.
    #[arg(long)]
    json: bool,
}

/// A length that something can last.
fn length(text: &str) -> Result<f64, String> {
    let expected = || "expected a number greater than 0".to_owned();
    text.parse().ok().filter(|n: &f64| n.is_finite() && *n > 0.0).ok_or_else(expected)
}

pub(crate) fn run(a: &Arguments) -> End {
    if let Some(Err(end)) = a.out.as_ref().map(|out| has_ending(out, &["wav", "wave"], "WAV")) {
        return end;
    }
    let format = match a.bits {
        32 => Format::Float32,
        24 => Format::Int24 { seed: a.seed },
        other => {
            eprintln!("--bits is {other}, expected 32 (float) or 24");
            return End::Misused;
        }
    };
    let named = a.out.is_some();
    let request = RenderRequest {
        set: a.set.clone(),
        out: a.out.clone().unwrap_or_else(|| default_out(&a.set)),
        length: match (a.seconds, a.cycles) {
            (Some(s), _) => Length::Seconds(s),
            (None, c) => Length::Cycles(c.unwrap_or(16.0)),
        },
        format,
        existing: if a.force || (named && !a.stems) { Existing::Replace } else { Existing::Keep },
        stems: a.stems,
        options: Options { sample_rate: a.rate, block: a.block, seed: a.seed, ..Options::default() },
    };
    let cancel = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&cancel);
    // Without a handler Ctrl-C ends the program at once, and the unfinished file is a .part beside the target.
    let _handler = ctrlc::set_handler(move || stop.store(true, Ordering::Relaxed));
    let bar = show::progress(&request.out.display().to_string());
    let result = render(&request, registry(), &mut |share| bar.set_position((share * 1000.0) as u64), &cancel);
    bar.finish_and_clear();
    match result {
        Ok(report) => {
            report.messages.iter().for_each(show::message);
            let at_fault = |m: &Message| matches!(m, Message::Fault(d) if d.severity == Severity::Error);
            let faults = report.messages.iter().filter(|m| at_fault(m)).count();
            let secs = report.frames as f64 / f64::from(a.rate);
            if a.json {
                let files: Vec<_> = report
                    .files
                    .iter()
                    .map(|(p, w)| serde_json::json!({ "file": p, "peak": w.peak, "clipped": w.clipped, "not_finite": w.not_finite }))
                    .collect();
                println!("{}", serde_json::json!({ "files": files, "seconds": secs, "cpu_seconds": report.cpu_secs }));
            } else {
                for (path, w) in &report.files {
                    let clipped =
                        if w.clipped > 0 { format!(", {} values over full scale", w.clipped) } else { String::new() };
                    if w.not_finite > 0 {
                        eprintln!("{}: {} values were not finite and are silent", path.display(), w.not_finite);
                    }
                    println!(
                        "{}: {secs:.2} s, peak {:.1} dBFS{clipped}",
                        path.display(),
                        20.0 * w.peak.max(1e-10).log10()
                    );
                }
                println!(
                    "{:.2} CPU seconds, {:.0} times as fast as it plays",
                    report.cpu_secs,
                    secs / report.cpu_secs.max(1e-9)
                );
            }
            if faults > 0 {
                eprintln!("rendered without what is at fault above");
                return End::Failed;
            }
            End::Done
        }
        Err(RenderError::Open(OpenError::Faults(list))) => {
            show::diagnostics(&list);
            End::Failed
        }
        Err(RenderError::Write(WriteError::Exists { path })) => {
            eprintln!("{}: is there already; name another file with --out, or replace it with --force", path.display());
            End::Failed
        }
        Err(e) => {
            eprintln!("{e}");
            End::Failed
        }
    }
}
