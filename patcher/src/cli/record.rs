//! `beatforge record`: a set that plays, or what was heard last of it, to a WAV file.

use super::{End, live};
use bf_session::remote::{Record, Request};
use std::path::{Path, PathBuf};

/// Records a set that plays.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The set's folder, or a file in it.
    set: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Record from now on.
    Start {
        /// The file to write.
        #[arg(short, long)]
        out: PathBuf,
        /// What enters the end of the set, each in a file of this folder.
        #[arg(long, value_name = "FOLDER")]
        stems: Option<PathBuf>,
    },
    /// End the recording.
    Stop,
    /// Write what was heard last, up to ten minutes: 90, 90s or 5m.
    Last {
        /// How much.
        #[arg(value_parser = secs)]
        secs: f64,
        /// The file to write.
        #[arg(short, long)]
        out: PathBuf,
    },
}

/// Seconds as `90`, `90s` or `1.5m`.
fn secs(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.strip_suffix('m') {
        Some(minutes) => (minutes, 60.0),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let secs = number.parse().map(|n: f64| n * unit).ok().filter(|s| *s > 0.0 && *s <= 600.0);
    secs.ok_or_else(|| "expected up to ten minutes: 90, 90s or 5m".to_owned())
}

pub(crate) fn run(a: &Arguments) -> End {
    let path = |path: &Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        path.display().to_string()
    };
    let record = match &a.what {
        What::Start { out, stems } => Record::Start { out: path(out), stems: stems.as_deref().map(path) },
        What::Stop => Record::Stop,
        What::Last { secs, out } => Record::Last { secs: *secs, out: path(out) },
    };
    live::show(live::connect(&a.set).and_then(|mut caller| live::ask(&mut caller, Request::Record(record))))
}

#[cfg(test)]
mod tests {
    use super::secs;

    #[test]
    fn times_are_seconds_or_minutes() {
        assert_eq!([secs("90"), secs("90s"), secs("1.5m")], [Ok(90.0), Ok(90.0), Ok(90.0)]);
        assert!(["0", "-1", "11m", "x", "NaN"].iter().all(|text| secs(text).is_err()));
    }
}
