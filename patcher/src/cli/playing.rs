//! A set that plays with everything around it: what `run` and the window have in common.

use super::link::{self, Together};
use super::midi::{self, Played};
use super::osc::{self, Reached};
use super::{End, footprint, show};
use crate::ui::Settings;
use bf_patch::Socket;
use bf_session::link::{LinkSync, Linked};
use bf_session::midi::{Midi, Sync};
use bf_session::remote::Quant;
use bf_session::surface::{Outlet, Surface};
use bf_session::sync::{Hearing, Source};
use bf_session::{BackendKind, Desk, DeviceEvent, DeviceRequest, Live, LiveRequest, Message, OpenError, Session};
use next::{Next, Opening};
use std::path::{Path, PathBuf};

pub(crate) mod next;

/// How a set is played.
#[derive(Clone, clap::Args)]
pub(crate) struct Play {
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
    /// Frames of a block, 16 to 1024 in steps of 16; it does not change the sound [default: 64].
    #[arg(long, value_parser = block)]
    block: Option<usize>,
    /// Channels to play, where the device has them: 4 for headphones at 3 and 4 [default: 2].
    #[arg(long, value_parser = outputs)]
    outputs: Option<usize>,
    /// Input channels to record.
    #[arg(long, default_value_t = 0, value_parser = inputs)]
    inputs: usize,
    /// The seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When a script that is saved or evaluated is heard: now, beat, cycle, or a number of cycles [default: cycle].
    #[arg(long)]
    quant: Option<Quant>,
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
    #[command(flatten)]
    reached: Reached,
    #[command(flatten)]
    played: Played,
    #[command(flatten)]
    together: Together,
    /// The device is one of the settings: without it, the set plays on the null device until it is there.
    #[arg(skip)]
    is_settled: bool,
    /// A set whose script has faults is opened to be mended.
    #[arg(skip)]
    mends: bool,
}

impl Play {
    /// As a window plays it, where scripts are mended.
    #[cfg(test)]
    pub(crate) fn over_a_window(mut self) -> Play {
        self.mends = true;
        self
    }

    /// At the time that was settled, unless another one was asked for.
    pub(crate) fn hears(&mut self, settings: &Settings) {
        self.quant = self.quant.or(settings.quant);
    }

    /// With the user's settings wherever nothing else was asked for.
    pub(crate) fn settled(&self, settings: &Settings) -> Play {
        let mut play = self.clone();
        if matches!(play.backend, BackendKind::Auto) && play.device.is_none() {
            play.backend = BackendKind::from_name(&settings.backend).unwrap_or_default();
            play.device = Some(settings.device.clone()).filter(|name| !name.is_empty());
            play.is_settled = true;
        }
        (play.rate, play.buffer) = (play.rate.or(settings.rate), play.buffer.or(settings.buffer));
        play.hears(settings);
        play.block = play.block.or(Some(settings.block));
        play.outputs = play.outputs.or(settings.outputs);
        play.inputs = if play.inputs == 0 { settings.inputs } else { play.inputs };
        play.mends = true;
        play.reached.settle(settings.osc_port, &settings.osc_to);
        play.played.settle(&settings.midi_in, &settings.midi_out);
        play
    }
}

/// Frames of a block where nothing else is asked for.
pub(crate) const BLOCK: usize = 64;
/// Channels that are played where nothing else is asked for.
pub(crate) const OUTPUTS: usize = 2;

fn backend(text: &str) -> Result<BackendKind, String> {
    BackendKind::from_name(text).ok_or_else(|| "expected auto, cpal, jack or null".to_owned())
}

fn outputs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| (1..=64).contains(n)).ok_or_else(|| "expected a whole number from 1 to 64".to_owned())
}

fn inputs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n <= 64).ok_or_else(|| "expected a whole number from 0 to 64".to_owned())
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

/// A set that plays, and everything around it.
pub(crate) struct Playing {
    pub session: Session,
    pub live: Live,
    /// Frames of a block.
    pub block: usize,
    desk: Option<Desk>,
    surface: Option<Surface>,
    outlet: Outlet,
    midi: Midi,
    link: Option<Linked>,
    /// Whether a recording was asked for: it ends with the set.
    records: bool,
    /// How it is played, and so the next one.
    how: Play,
    /// The set that takes over soon, and the one before while it is still heard.
    next: Option<Next>,
    leaving: Option<Session>,
    /// Closes the history of the one that left last.
    closing: Option<std::thread::JoinHandle<()>>,
}

/// What a turn has brought.
#[derive(Default)]
pub(crate) struct News {
    /// Whether files were read anew.
    pub read: bool,
    /// Whether something else than texts was among them.
    pub sounds: bool,
    pub messages: Vec<Message>,
    pub events: Vec<DeviceEvent>,
    /// What OSC and MIDI have to say.
    pub problems: Vec<String>,
    /// Whether another set plays from now on.
    pub is_another: bool,
}

impl Playing {
    /// Opens the device, the set and what is around it, and plays.
    ///
    /// # Errors
    /// How the program is to end; why has been said.
    pub(crate) fn start(set: &Path, a: &Play) -> Result<Playing, End> {
        let mut live = open_device(a)?;
        let opening = Opening::new(a, live.format().sample_rate);
        let (mut session, engine) = match opening.open(set) {
            Ok(opened) => opened,
            Err(OpenError::Faults(list)) => {
                show::diagnostics(&list);
                return Err(End::Failed);
            }
            Err(e) => return Err(fail(&e.to_string())),
        };
        if let Some(out) = &a.record {
            session.start_recording(out, a.stems.as_deref()).map_err(|why| fail(&why))?;
        }
        // Another program may play the set, too: it is the one that editors reach.
        let desk = Desk::open(&session).map_err(|e| eprintln!("editors cannot reach this set: {e}")).ok();
        let surface = osc::open(&session, live.clock(), &a.reached).map_err(|why| fail(&why))?;
        let midi = midi::open(&mut session, &live, &a.played).map_err(|why| fail(&why))?;
        let link = link::open(&session, &live, &a.together, &a.played).map_err(|why| fail(&why))?;
        footprint::give_back();
        match live.start(&mut session, engine) {
            Ok(None) => {}
            Ok(Some(note)) => eprintln!("{note}"),
            Err(e) => return Err(fail(&e.to_string())),
        }
        let outlet = Outlet::new(&session, live.clock());
        Ok(Playing {
            session,
            live,
            block: a.block.unwrap_or(BLOCK),
            desk,
            surface,
            outlet,
            midi,
            link,
            records: a.record.is_some(),
            how: a.clone(),
            next: None,
            leaving: None,
            closing: None,
        })
    }

    /// Plays a set that nobody asked for and that leaves nothing in its folder, until another one takes over, which is
    /// played as asked for.
    ///
    /// # Errors
    /// As [`Playing::start`].
    pub(crate) fn stand_in(set: &Path, a: &Play) -> Result<Playing, End> {
        let quiet = Play { no_history: true, no_last: true, as_saved: false, record: None, stems: None, ..a.clone() };
        let mut playing = Playing::start(set, &quiet)?;
        playing.how = a.clone();
        Ok(playing)
    }

    /// Does what is due, and tells what came of it. To be called every few milliseconds.
    pub(crate) fn turn(&mut self) -> News {
        let (is_another, said) = self.take_over();
        let session = &mut self.session;
        let changed = self.live.changed();
        if !changed.is_empty() {
            session.reload(&changed);
        }
        if let Some(desk) = &mut self.desk {
            desk.poll(session);
        }
        let readings = self.live.readings();
        self.outlet.poll(session, &readings);
        self.midi.poll(session, &readings);
        if let Some(link) = &mut self.link {
            link.poll(session, &readings);
        }
        if let Some(surface) = &mut self.surface {
            surface.poll(session, readings);
        }
        session.poll();
        let mut messages = session.messages();
        messages.extend(said);
        if let Some(desk) = &mut self.desk {
            desk.heed(&messages);
        }
        if let Some(mut desk) = self.desk.take() {
            desk.tell_sources(|| self.sources());
            self.desk = Some(desk);
        }
        let mut problems = self.midi.problems();
        problems.extend(self.midi.news().iter().map(ToString::to_string));
        if let Some(surface) = &mut self.surface {
            surface.heed(&messages);
            problems.extend(surface.problems());
        }
        let is_text = |path: &PathBuf| path.extension().is_some_and(|e| e == "rhai" || e == "toml");
        let sounds = !changed.iter().all(is_text);
        News { read: !changed.is_empty(), sounds, messages, events: self.live.events(), problems, is_another }
    }

    /// From now on, what is evaluated with no other time is heard at this one, in the sets that come, too.
    pub(crate) fn hear_at(&mut self, quant: Quant) {
        self.how.quant = Some(quant);
        self.session.quant = quant;
    }

    /// Whether what is done is kept in the set's history.
    pub(crate) fn keeps_history(&self) -> bool {
        !self.how.no_history && self.session.read_only().is_none()
    }

    /// Where OSC reaches the set, how many messages have come, and the last of them.
    pub(crate) fn osc_reach(&self) -> (Option<String>, u64, Option<String>) {
        let Some(surface) = &self.surface else { return (None, 0, None) };
        let at = surface.udp().or(surface.tcp()).map(|at| at.to_string());
        let last = surface.console().last().map(|(peer, text)| format!("{text} from {}", peer.address));
        (at, surface.console().counts().messages, last)
    }

    /// How many MIDI messages have come, and from which ports.
    pub(crate) fn midi_reach(&mut self) -> (u64, Vec<String>) {
        let desk = self.midi.desk();
        (desk.counts().received, desk.heard_ports())
    }

    /// How the set stands to the MIDI clock that it follows.
    pub(crate) fn sync(&mut self) -> Option<Sync> {
        self.midi.desk().sync()
    }

    /// How the set stands to the others that it plays with by Ableton Link.
    pub(crate) fn together(&self) -> Option<LinkSync> {
        self.link.as_ref().map(|link| link.desk().sync())
    }

    /// Every source of time, and how the set stands to it.
    pub(crate) fn sources(&mut self) -> Vec<Source> {
        let format = self.live.format();
        let hearing = Hearing {
            device: &format.device,
            midi: self.midi.desk(),
            osc: self.surface.as_ref().map(Surface::console),
            link: self.link.as_ref().map(Linked::desk),
        };
        hearing.sources()
    }

    /// MIDI goes over the user's ports from now on, and over those that were asked for at the start; in the sets that
    /// come, too.
    pub(crate) fn use_ports(&mut self, inputs: &[String], outputs: &[String]) {
        self.how.played.choose(inputs, outputs);
        self.midi.want(&mut self.session, self.how.played.wishes());
    }

    /// The next MIDI control that moves is to move a value; none gives up.
    pub(crate) fn learn_midi(&mut self, target: Option<Socket>) -> Result<(), String> {
        let desk = self.midi.desk();
        if target.is_some() && desk.heard_ports().is_empty() {
            return Err("no MIDI port is heard: choose one in the settings, or start with `--midi-in NAME`".to_owned());
        }
        desk.learn(target);
        Ok(())
    }

    /// The same for a message of OSC.
    pub(crate) fn learn_osc(&mut self, target: Option<Socket>) -> Result<(), String> {
        let surface = self.surface.as_mut().ok_or("OSC is off: start without `--osc off`")?;
        surface.learn(target);
        Ok(())
    }

    /// The values that wait for a MIDI control and for a message of OSC.
    pub(crate) fn learns(&mut self) -> (Option<Socket>, Option<Socket>) {
        let osc = self.surface.as_ref().and_then(|surface| surface.console().learns().cloned());
        (self.midi.desk().learns().cloned(), osc)
    }

    /// Fades out and ends; a recording is whole then. Answers what is left to say.
    pub(crate) fn stop(mut self) -> Vec<Message> {
        self.midi.close();
        self.live.stop(&mut self.session);
        if self.records && self.session.stop_recording().is_ok() {
            return self.session.end_recorder();
        }
        Vec::new()
    }
}

fn open_device(a: &Play) -> Result<Live, End> {
    let mut device = DeviceRequest {
        backend: a.backend,
        name: a.device.clone(),
        sample_rate: a.rate,
        block: a.buffer,
        inputs: a.inputs,
        outputs: a.outputs.unwrap_or(OUTPUTS),
        ..DeviceRequest::default()
    };
    if a.no_connect {
        device.auto_connect = bf_session::AutoConnect::No;
    }
    let (live, away) = Live::open(&LiveRequest { device }).map_err(|e| fail(&e.to_string()))?;
    // Who names a device wants that one; else the set plays on the null device, and the first event says why.
    match away.filter(|_| !a.is_settled && (a.device.is_some() || !matches!(a.backend, BackendKind::Auto))) {
        Some(why) => Err(fail(&why.to_string())),
        None => Ok(live),
    }
}

fn fail(why: &str) -> End {
    eprintln!("{why}");
    End::Failed
}
