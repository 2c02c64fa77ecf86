//! `beatforge run`: a set on a device, following its files until Ctrl-C.

use super::link::{self, Together};
use super::midi::{self, Played};
use super::osc::{self, Reached};
use super::{End, show};
use bf_session::link::Linked;
use bf_session::midi::Midi;
use bf_session::remote::Quant;
use bf_session::surface::{Outlet, Surface};
use bf_session::sync::{Hearing, Source};
use bf_session::{
    BackendKind, Desk, DeviceRequest, KeepLast, Live, LiveRequest, Message, OpenError, Options, Session, registry,
};
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
    /// auto, cpal, jack or null.
    #[arg(long, default_value = "auto", value_parser = backend)]
    backend: BackendKind,
    /// The device's name, or a part of it that no other has.
    #[arg(long)]
    device: Option<String>,
    /// Frames a second, where the device lets one choose.
    #[arg(long, value_parser = clap::value_parser!(u32).range(8_000..=384_000))]
    rate: Option<u32>,
    /// Frames that the device asks for at once.
    #[arg(long, value_parser = clap::value_parser!(u32).range(16..=16_384))]
    buffer: Option<u32>,
    /// Frames of a block, 16 to 1024 in steps of 16; it does not change the sound.
    #[arg(long, default_value_t = 64, value_parser = block)]
    block: usize,
    /// Input channels to record.
    #[arg(long, default_value_t = 0, value_parser = inputs)]
    inputs: usize,
    /// The seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When a script that is saved is heard: now, beat, cycle, or a number of cycles.
    #[arg(long, default_value = "cycle")]
    quant: Quant,
    /// Leave JACK ports unconnected.
    #[arg(long)]
    no_connect: bool,
    /// Keep no history: what is not saved is gone when the set is closed, and nothing can be replayed.
    #[arg(long)]
    no_history: bool,
    /// Play the set as its files say, not as it was left; what was left stays in the history.
    #[arg(long)]
    as_saved: bool,
    /// Record what is heard into this WAV file from the beginning on.
    #[arg(long, value_name = "OUT.wav")]
    record: Option<PathBuf>,
    /// With --record: what enters the end of the set, each in a file of this folder.
    #[arg(long, value_name = "FOLDER", requires = "record")]
    stems: Option<PathBuf>,
    /// Do not keep the last ten minutes of what is heard (230 MB in the set's folder while it plays).
    #[arg(long)]
    no_last: bool,
    /// Stop after so many seconds.
    #[arg(long, value_parser = seconds)]
    seconds: Option<f64>,
    #[command(flatten)]
    reached: Reached,
    #[command(flatten)]
    played: Played,
    #[command(flatten)]
    together: Together,
}

fn backend(text: &str) -> Result<BackendKind, String> {
    BackendKind::from_name(text).ok_or_else(|| "expected auto, cpal, jack or null".to_owned())
}

fn inputs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n <= 64).ok_or_else(|| "expected a whole number from 0 to 64".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|s: &f64| *s >= 0.0).ok_or_else(|| "expected a number that is not negative".to_owned())
}

/// A block size from the command line.
pub(crate) fn block(text: &str) -> Result<usize, String> {
    let n: usize = text.parse().map_err(|_| "expected a whole number".to_owned())?;
    if (16..=1024).contains(&n) && n.is_multiple_of(16) {
        Ok(n)
    } else {
        Err("expected a multiple of 16 from 16 to 1024".to_owned())
    }
}

pub(crate) fn run(a: &Arguments) -> End {
    let mut device = DeviceRequest {
        backend: a.backend,
        name: a.device.clone(),
        sample_rate: a.rate,
        block: a.buffer,
        inputs: a.inputs,
        ..DeviceRequest::default()
    };
    if a.no_connect {
        device.auto_connect = bf_session::AutoConnect::No;
    }
    let (mut live, away) = match Live::open(&LiveRequest { device }) {
        Ok(opened) => opened,
        Err(e) => return fail(&e.to_string()),
    };
    // Who names a device wants that one; else the set plays on the null device, and the first event says why.
    if let Some(why) = away.filter(|_| a.device.is_some() || !matches!(a.backend, BackendKind::Auto)) {
        return fail(&why.to_string());
    }
    let options = Options {
        sample_rate: live.format().sample_rate,
        block: a.block,
        seed: a.seed,
        measure: true,
        wait_for_samples: true,
        wait_for_scripts: false,
        keep_history: !a.no_history,
        as_saved: a.as_saved,
    };
    let (mut session, mut engine) = match Session::open(&a.set, registry(), options) {
        Ok(opened) => opened,
        Err(OpenError::Faults(list)) => {
            show::diagnostics(&list);
            return End::Failed;
        }
        Err(e) => return fail(&e.to_string()),
    };
    session.quant = a.quant;
    session.arm_recorder(&mut engine, if a.no_last { KeepLast::Nothing } else { KeepLast::TenMinutes });
    if let Some(out) = &a.record
        && let Err(why) = session.start_recording(out, a.stems.as_deref())
    {
        return fail(&why);
    }
    // Another program may play the set, too: it is the one that editors reach.
    let desk = Desk::open(&session).map_err(|e| eprintln!("editors cannot reach this set: {e}")).ok();
    let surface = match osc::open(&session, live.clock(), &a.reached) {
        Ok(surface) => surface,
        Err(why) => return fail(&why),
    };
    let midi = match midi::open(&mut session, &live, &a.played) {
        Ok(midi) => midi,
        Err(why) => return fail(&why),
    };
    let link = match link::open(&session, &live, &a.together, &a.played) {
        Ok(link) => link,
        Err(why) => return fail(&why),
    };
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let _handler = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    match live.start(&mut session, engine) {
        Ok(None) => {}
        Ok(Some(note)) => eprintln!("{note}"),
        Err(e) => return fail(&e.to_string()),
    }
    eprintln!("playing {}; Ctrl-C ends", a.set.display());
    let outlet = Outlet::new(&session, live.clock());
    let mut around = Around { live: &mut live, desk, surface, outlet, midi, link };
    follow(a, &mut session, &mut around, &stop);
    around.midi.close();
    live.stop(&mut session);
    if a.record.is_some() && session.stop_recording().is_ok() {
        session.end_recorder().iter().for_each(show::message);
    }
    End::Done
}

fn fail(why: &str) -> End {
    eprintln!("{why}");
    End::Failed
}

/// What a set that plays has around it.
struct Around<'a> {
    live: &'a mut Live,
    desk: Option<Desk>,
    surface: Option<Surface>,
    outlet: Outlet,
    midi: Midi,
    link: Option<Linked>,
}

impl Around<'_> {
    /// Every source of time, and how the set stands to it.
    fn sources(&mut self) -> Vec<Source> {
        let hearing = Hearing {
            device: &self.live.format().device,
            midi: self.midi.desk(),
            osc: self.surface.as_ref().map(Surface::console),
            link: self.link.as_ref().map(Linked::desk),
        };
        hearing.sources()
    }
}

fn follow(a: &Arguments, session: &mut Session, around: &mut Around<'_>, stop: &AtomicBool) {
    let began = Instant::now();
    let mut shown = Instant::now() - Duration::from_secs(1);
    let terminal = std::io::stderr().is_terminal();
    while !stop.load(Ordering::Relaxed) {
        if a.seconds.is_some_and(|s| began.elapsed().as_secs_f64() >= s) {
            break;
        }
        let changed = around.live.changed();
        if !changed.is_empty() {
            session.reload(&changed);
        }
        if let Some(desk) = &mut around.desk {
            desk.poll(session);
        }
        let readings = around.live.readings();
        around.outlet.poll(session, &readings);
        around.midi.poll(session, &readings);
        if let Some(link) = &mut around.link {
            link.poll(session, &readings);
        }
        if let Some(surface) = &mut around.surface {
            surface.poll(session, readings);
        }
        session.poll();
        let news = session.messages();
        if let Some(desk) = &mut around.desk {
            desk.heed(&news);
        }
        if let Some(mut desk) = around.desk.take() {
            desk.tell_sources(|| around.sources());
            around.desk = Some(desk);
        }
        let mut problems = around.midi.problems();
        problems.extend(around.midi.news().iter().map(ToString::to_string));
        problems.extend(around.surface.as_mut().map_or(Vec::new(), |surface| {
            surface.heed(&news);
            surface.problems()
        }));
        let events = around.live.events();
        let quiet = events.is_empty() && problems.is_empty();
        let speaks = news.iter().any(|m| !matches!(m, Message::Applied(_))) || !quiet;
        if terminal && speaks {
            eprint!("\r\x1b[K");
        }
        news.iter().for_each(show::message);
        events.iter().for_each(|e| eprintln!("{e}"));
        problems.iter().for_each(|problem| eprintln!("{problem}"));
        let every = if terminal { Duration::from_millis(100) } else { Duration::from_secs(5) };
        if shown.elapsed() >= every {
            shown = Instant::now();
            status(session, around.live, terminal);
            if let Some(sync) = around.midi.desk().sync().filter(|_| !terminal) {
                eprintln!("{}", midi::describe(&sync));
            }
            if let Some(link) = around.link.as_ref().filter(|_| !terminal) {
                eprintln!("{}", link::describe(&link.desk().sync()));
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    if terminal {
        eprint!("\r\x1b[K");
    }
    status(session, around.live, false);
}

fn status(session: &mut Session, live: &Live, terminal: bool) {
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
