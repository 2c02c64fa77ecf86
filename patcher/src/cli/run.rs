//! `beatforge run`: a set on a device, following its files until Ctrl-C.

use super::playing::{self, Playing};
use super::{End, link, midi, show};
use bf_session::Message;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Plays a set and follows its files as they change.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A set folder or a patch file.
    set: PathBuf,
    #[command(flatten)]
    playing: playing::Play,
    /// Stop after so many seconds.
    #[arg(long, value_parser = seconds)]
    seconds: Option<f64>,
}

fn seconds(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|s: &f64| *s >= 0.0).ok_or_else(|| "expected a number that is not negative".to_owned())
}

pub(crate) fn run(a: &Arguments) -> End {
    let mut playing = match Playing::start(&a.set, &a.playing) {
        Ok(playing) => playing,
        Err(end) => return end,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let _handler = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    eprintln!("playing {}; Ctrl-C ends", a.set.display());
    follow(a, &mut playing, &stop);
    playing.stop().iter().for_each(show::message);
    End::Done
}

fn follow(a: &Arguments, playing: &mut Playing, stop: &AtomicBool) {
    let began = Instant::now();
    let mut shown = Instant::now() - Duration::from_secs(1);
    let terminal = std::io::stderr().is_terminal();
    while !stop.load(Ordering::Relaxed) {
        if a.seconds.is_some_and(|s| began.elapsed().as_secs_f64() >= s) {
            break;
        }
        let news = playing.turn();
        let quiet = news.events.is_empty() && news.problems.is_empty();
        let speaks = news.messages.iter().any(|m| !matches!(m, Message::Applied(_))) || !quiet;
        if terminal && speaks {
            eprint!("\r\x1b[K");
        }
        news.messages.iter().for_each(show::message);
        news.events.iter().for_each(|e| eprintln!("{e}"));
        news.problems.iter().for_each(|problem| eprintln!("{problem}"));
        let every = if terminal { Duration::from_millis(100) } else { Duration::from_secs(5) };
        if shown.elapsed() >= every {
            shown = Instant::now();
            status(playing, terminal);
            if let Some(sync) = playing.sync().filter(|_| !terminal) {
                eprintln!("{}", midi::describe(&sync));
            }
            if let Some(sync) = playing.together().filter(|_| !terminal) {
                eprintln!("{}", link::describe(&sync));
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    if terminal {
        eprint!("\r\x1b[K");
    }
    status(playing, false);
}

fn status(playing: &mut Playing, terminal: bool) {
    let Playing { session, live, .. } = playing;
    let s = session.controller().shared().status();
    let place = place(s.beat, session.set().main.signature);
    let peak = s.peaks[0].max(s.peaks[1]).max(1e-10);
    let line = format!(
        "{} {:.1} bpm  {place}  CPU {:.1} %  missed {}  dropped {}  late {}  peak {:.1} dB",
        if s.playing { "playing" } else { "stopped" },
        s.bpm,
        s.load * 100.0,
        s.missed,
        live.xruns(),
        s.late,
        20.0 * peak.log10(),
    );
    if terminal {
        eprint!("\r\x1b[K{line}");
        let _ = std::io::stderr().flush();
    } else {
        eprintln!("{line}");
    }
}

/// Bar and beat, both from 1. The beat's tenth is the one that has begun: rounded, a bar would end on a beat too many.
fn place(beat: f64, signature: u32) -> String {
    let tenths = (beat * 10.0).floor() as i64;
    let in_bar = i64::from(signature.max(1)) * 10;
    let (bar, tenth) = (tenths.div_euclid(in_bar), tenths.rem_euclid(in_bar));
    format!("bar {} beat {}.{}", bar + 1, tenth / 10 + 1, tenth % 10)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_bar_has_no_beat_too_many() {
        let said = [(0.0, 4), (3.96, 4), (3.999_999, 4), (4.0, 4), (7.5, 3), (0.96, 0)].map(|(b, s)| place(b, s));
        let want = [
            "bar 1 beat 1.0",
            "bar 1 beat 4.9",
            "bar 1 beat 4.9",
            "bar 2 beat 1.0",
            "bar 3 beat 2.5",
            "bar 1 beat 1.9",
        ];
        assert_eq!(said, want);
    }
}
