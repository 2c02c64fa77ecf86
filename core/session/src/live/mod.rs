//! A set that plays on a device and follows its files, and the next one that takes over from it.

mod relay;
#[cfg(test)]
mod tests;

use crate::session::Session;
use crate::surface::Reading;
use bf_engine::{Engine, Move, When};
use bf_io::{DeviceError, DeviceEvent, DeviceRequest, Devices, Format, HostClock, Standby, Supervisor, Watch};
use relay::{Arrival, Done, OUT, Reins, Relay, Tried};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long two sets are heard together when one takes over from the other.
const CROSSFADE: Duration = Duration::from_millis(800);
/// Who waits until nothing is heard waits no longer than this beyond two blocks: the device may hang.
const FADES: Duration = Duration::from_millis(100);
/// Between two looks at whether it is silent.
const LOOK: Duration = Duration::from_millis(1);

/// Where to play.
#[derive(Clone, Debug, Default)]
pub struct LiveRequest {
    /// The device.
    pub device: DeviceRequest,
}

/// Why a set does not play.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// No device, not even the null device.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// Whether all is silent while the device is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hush {
    No,
    /// Until a device plays.
    Closed,
    /// One plays, and is to be heard.
    Opens,
}

/// A device that is open, before the set that is to play on it: its rate decides how the set is opened.
pub struct Live {
    standby: Option<Standby>,
    supervisor: Option<Supervisor>,
    watch: Option<Watch>,
    /// What was wished for, and the device that was opened first.
    request: DeviceRequest,
    format: Format,
    /// A device that is moved to once nothing is heard, or at that time.
    moves: Option<(DeviceRequest, Instant)>,
    hush: Hush,
    reins: Option<Reins>,
    /// What was sent to the callback and has not come back.
    out: usize,
    /// The number of the engine that was sent last, and whether the one before it is still with the callback.
    number: u64,
    changing: bool,
}

impl Live {
    /// Opens the device, or the null device in its place; the reason is then the first of [`Live::events`].
    ///
    /// # Errors
    /// Only when there is not even the null device.
    pub fn open(request: &LiveRequest) -> Result<(Live, Option<DeviceError>), LiveError> {
        let standby = Standby::open(Devices::new(), request.device.clone())?;
        let format = standby.format().clone();
        let away = standby.away().cloned();
        let live = Live {
            standby: Some(standby),
            supervisor: None,
            watch: None,
            request: request.device.clone(),
            format,
            moves: None,
            hush: Hush::No,
            reins: None,
            out: 0,
            number: 0,
            changing: false,
        };
        Ok((live, away))
    }

    /// The clock of [`Live::readings`]; what is to be timed against the sound is stamped by it.
    pub fn clock(&self) -> HostClock {
        self.request.clock
    }

    /// What was wished for last: who wants another device changes of it what is to be another.
    pub fn request(&self) -> &DeviceRequest {
        &self.request
    }

    /// When the device asked for which frames of the set that plays, since the last call.
    pub fn readings(&mut self) -> Vec<Reading> {
        let serving = self.serving();
        let Some(reins) = &mut self.reins else { return Vec::new() };
        let all = core::iter::from_fn(|| reins.readings.pop().ok());
        all.filter(|(number, _)| *number == serving).map(|(_, reading)| reading).collect()
    }

    /// What the device does that plays now.
    pub fn format(&self) -> Format {
        self.supervisor.as_ref().map_or_else(|| self.format.clone(), |supervisor| supervisor.status().format)
    }

    /// Plays an engine from frame 0 on and watches the set's files.
    ///
    /// # Errors
    /// When the system grants no thread.
    pub fn start(&mut self, session: &mut Session, mut engine: Engine) -> Result<Option<String>, LiveError> {
        session.controller().transport(Move::Play, When::Frame(0));
        engine.prime();
        let (relay, reins) = Relay::new(engine);
        self.reins = Some(reins);
        if let Some(standby) = self.standby.take() {
            self.supervisor = Some(standby.run(Box::new(relay))?);
        }
        Ok(self.follow(session))
    }

    /// Watches the files of a set from now on; answers why that cannot be.
    pub fn follow(&mut self, session: &Session) -> Option<String> {
        let root = session.folder().root.clone();
        let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
        match Watch::new([root]) {
            Ok(watch) => {
                self.watch = Some(watch);
                None
            }
            Err(e) => {
                self.watch = None;
                Some(e.to_string())
            }
        }
    }

    /// Lets another engine take over from the one that plays, at a frame of that one, with a crossfade. Answers its
    /// number, which [`Live::serving`] has from then on.
    ///
    /// # Errors
    /// Another one is just taking over, or nothing plays: the engine comes back.
    pub fn change_over(&mut self, engine: Box<Engine>, at: u64) -> Result<u64, Box<Engine>> {
        let fade = (CROSSFADE.as_secs_f64() * f64::from(self.format.sample_rate)) as u64;
        let (Some(reins), false) = (&mut self.reins, self.changing || self.out >= OUT) else { return Err(engine) };
        let number = self.number + 1;
        let at = at + reins.began.load(Ordering::Relaxed);
        match reins.arrivals.push(Arrival::Engine { engine, number, at, fade }) {
            Ok(()) => {
                (self.number, self.changing) = (number, true);
                self.out += 1;
                Ok(number)
            }
            Err(rtrb::PushError::Full(Arrival::Engine { engine, .. })) => Err(engine),
            Err(rtrb::PushError::Full(_)) => unreachable!("an engine was sent"),
        }
    }

    /// An engine that was sent and has not come in yet does not come in: it comes back to [`Live::collect`].
    pub fn withdraw(&mut self) {
        if let Some(reins) = self.reins.as_mut().filter(|_| self.changing) {
            // Where there is no room it comes in, as was wished before.
            let _ = reins.arrivals.push(Arrival::Withdraw);
        }
    }

    /// The number of the engine that plays or is coming in; the first one has 0.
    pub fn serving(&self) -> u64 {
        self.reins.as_ref().map_or(0, |reins| reins.serving.load(Ordering::Acquire))
    }

    /// Drops what the callback is done with; whether an engine was among it: nobody hears that one any more.
    pub fn collect(&mut self) -> bool {
        let Some(reins) = &mut self.reins else { return false };
        let mut engines = false;
        while let Ok(done) = reins.done.pop() {
            self.out -= 1;
            match done {
                Done::Engine(engine) => {
                    drop(engine);
                    (self.changing, engines) = (false, true);
                }
                Done::Sound(sound) => drop(sound),
            }
        }
        engines
    }

    /// Plays a sound beside the set, which knows nothing of it: left and right at the device's rate, from a frame of the
    /// engine that plays on. It takes the place of the one before; whether there was room.
    pub fn try_sound(&mut self, sound: Vec<f32>, at: u64) -> bool {
        let Some(reins) = self.reins.as_mut().filter(|_| self.out < OUT) else { return false };
        let at = at + reins.began.load(Ordering::Relaxed);
        let sent = reins.arrivals.push(Arrival::Sound(Box::new(Tried { sound, at, heard: 0, left: None }))).is_ok();
        self.out += usize::from(sent);
        sent
    }

    /// Ends what is tried.
    pub fn quiet(&mut self) {
        if let Some(reins) = &mut self.reins {
            // Where there is no room, it ends by itself.
            let _ = reins.arrivals.push(Arrival::Quiet);
        }
    }

    /// Moves to another device, which must run at the same rate, once what is heard has faded out; it fades in again
    /// there. What comes of it is among [`Live::events`].
    pub fn switch(&mut self, device: DeviceRequest) {
        self.request = device.clone();
        self.close();
        self.hush = Hush::Closed;
        self.moves = Some((device, Instant::now() + self.patience()));
    }

    /// Fades out all that is heard; whether there was room to say so.
    fn close(&mut self) -> bool {
        self.reins.as_mut().is_none_or(|reins| reins.arrivals.push(Arrival::Close).is_ok())
    }

    fn is_silent(&self) -> bool {
        self.reins.as_ref().is_none_or(|reins| reins.silent.load(Ordering::Acquire))
    }

    /// How long a fade may take to be heard.
    fn patience(&self) -> Duration {
        let format = self.format();
        let blocks = 2.0 * f64::from(format.block) / f64::from(format.sample_rate.max(1));
        FADES + Duration::from_secs_f64(blocks.min(0.3))
    }

    /// Files that were written or removed since the last call.
    pub fn changed(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        if let Some(watch) = &self.watch {
            while let Ok(changes) = watch.changes().try_recv() {
                files.extend(changes.into_keys());
            }
        }
        files
    }

    /// What happened to the device since the last call.
    pub fn events(&mut self) -> Vec<DeviceEvent> {
        let events: Vec<DeviceEvent> = self.supervisor.iter().flat_map(|s| s.events().try_iter()).collect();
        let plays = events.iter().any(|event| matches!(event, DeviceEvent::OnDevice(_)));
        if plays && self.moves.is_none() && self.hush == Hush::Closed {
            self.hush = Hush::Opens;
        }
        if self.hush == Hush::Opens
            && self.reins.as_mut().is_none_or(|reins| reins.arrivals.push(Arrival::Open).is_ok())
        {
            self.hush = Hush::No;
        }
        let is_silent = self.is_silent();
        if let Some((device, _)) = self.moves.take_if(|(_, until)| is_silent || *until <= Instant::now())
            && let Some(supervisor) = &self.supervisor
        {
            supervisor.switch(device);
        }
        events
    }

    /// Times that the device dropped frames.
    pub fn xruns(&self) -> u64 {
        self.supervisor.as_ref().map_or(0, |s| s.status().xruns)
    }

    /// Fades out over 5 ms whatever is heard, and stops.
    pub fn stop(mut self, session: &mut Session) {
        let until = Instant::now() + self.patience();
        // The set's own fade is for what is recorded; the other one is for all that is heard, two sets and a preview.
        let (mut ends, mut closes) = (false, false);
        loop {
            ends = ends || session.controller().master(0.0);
            closes = closes || self.close();
            if (ends && closes && self.is_silent()) || Instant::now() >= until {
                break;
            }
            session.poll();
            std::thread::sleep(LOOK);
        }
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.stop();
        }
        // The last of what has happened.
        session.poll();
    }
}
