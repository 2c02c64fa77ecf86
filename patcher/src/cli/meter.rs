//! `beatforge meter`: loudness of sound files after EBU R 128.

use super::End;
use bf_session::{Measured, measure_file};
use std::path::PathBuf;

/// Measures the loudness of sound files.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Sound files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// One JSON object a file.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(a: &Arguments) -> End {
    let mut end = End::Done;
    for file in &a.files {
        match measure_file(file) {
            Ok(Measured { report: r, secs, odd }) if a.json => {
                let number = |x: f64| if x.is_finite() { serde_json::json!(x) } else { serde_json::Value::Null };
                let line = serde_json::json!({
                    "file": file, "seconds": secs, "integrated_lufs": number(r.integrated), "range_lu": number(r.range),
                    "momentary_max_lufs": number(r.momentary_max), "shortterm_max_lufs": number(r.shortterm_max),
                    "true_peak_dbtp": number(r.true_peak_db), "sample_peak_dbfs": number(r.sample_peak_db),
                    "rms_dbfs": number(r.rms_db), "warnings": odd,
                });
                println!("{line}");
            }
            Ok(Measured { report: r, secs, odd }) => {
                odd.iter().for_each(|o| eprintln!("{o}"));
                println!("{} ({secs:.1} s)", file.display());
                println!("  integrated {:7.1} LUFS   range {:5.1} LU", r.integrated, r.range);
                println!(
                    "  momentary  {:7.1} LUFS   short-term {:.1} LUFS (greatest)",
                    r.momentary_max, r.shortterm_max
                );
                println!(
                    "  true peak  {:7.1} dBTP   sample peak {:.1} dBFS   RMS {:.1} dBFS",
                    r.true_peak_db, r.sample_peak_db, r.rms_db
                );
            }
            Err(e) => {
                eprintln!("{e}");
                end = End::Failed;
            }
        }
    }
    end
}
