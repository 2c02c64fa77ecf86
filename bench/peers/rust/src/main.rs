//! Plays a workload with a Rust library, offline, and prints the RMS of the left side.
//!
//! Arguments: library, workload, how many things, seconds of sound, edits a second.

mod fundsp;
mod glicol;
mod knyst;
mod webaudio;
mod workload;

use std::process::ExitCode;
use workload::Job;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let played = Job::parse(&arguments).and_then(|(library, job)| match library {
        "fundsp" => fundsp::play(&job),
        "glicol" => glicol::play(&job),
        "web-audio-api" => webaudio::play(&job),
        "knyst" => knyst::play(&job),
        other => Err(format!("there is no library `{other}` here")),
    });
    match played {
        Ok(rms) => {
            println!("rms {rms}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
