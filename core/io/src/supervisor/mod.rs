//! Keeps the sound alive: one callback, on the wanted device while that is there, on the null device otherwise.
//!
//! A [`Supervisor`] watches the device that runs. When the device reports an error, or has not called for
//! [`Patience::watchdog`], the null device takes the callback over at once, so that the set plays on in time. From
//! then on the wanted device is tried every [`Patience::retry`]; a device that opens is started *beside* the null
//! device, and gets the callback only at its first call, so that a card that opens but does not run costs nothing.
//!
//! Two devices never run the callback at once, and neither waits for the other: `slot.rs` says how.

mod keeper;
#[cfg(test)]
mod tests;

use crate::slot::Slot;
use crate::{BackendKind, Callback, Device, DeviceError, DeviceRequest, Devices, Format, Vitals};
use keeper::{Command, Keeper};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Events that wait to be read; further ones are dropped, the state is in [`Supervisor::status`] all the same.
const EVENTS: usize = 64;

/// How long the supervisor waits, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// A device that has run and does not call for this long, or for four of its blocks if that is longer, is gone.
    pub watchdog: Duration,
    /// A device that was started must call once within this time; some wake slowly.
    pub first_call: Duration,
    /// Between two tries to get the wanted device back.
    pub retry: Duration,
    /// Between two looks at the device.
    pub poll: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            watchdog: Duration::from_millis(500),
            first_call: Duration::from_secs(2),
            retry: Duration::from_secs(1),
            poll: Duration::from_millis(20),
        }
    }
}

/// What happened to the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceEvent {
    /// The callback runs on the null device from now on, and why.
    FellToNull(DeviceError),
    /// The callback runs on the wanted device, for the first time or again.
    OnDevice(Format),
    /// The wanted device cannot be had yet, for another reason than was told last.
    StillAway(DeviceError),
    /// The system refuses the audio thread a high priority: under load the sound may break up.
    PriorityRefused,
    /// The callback has panicked, so many times by now. Its block was silent.
    CallbackPanicked(u64),
}

impl std::fmt::Display for DeviceEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DeviceEvent::FellToNull(why) => write!(f, "playing on without sound: {why}"),
            DeviceEvent::OnDevice(format) => {
                write!(f, "playing on `{}` ({}, {} Hz)", format.device, format.backend, format.sample_rate)
            }
            DeviceEvent::StillAway(why) => write!(f, "still without sound: {why}"),
            DeviceEvent::PriorityRefused => f.write_str(
                "no real-time priority for the sound; on Linux add the user to the group `audio` and allow it `rtprio`",
            ),
            DeviceEvent::CallbackPanicked(1) => f.write_str("the sound engine has failed: a block was silent"),
            DeviceEvent::CallbackPanicked(times) => write!(f, "the sound engine has failed {times} times by now"),
        }
    }
}

/// How things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What the callback runs on.
    pub format: Format,
    /// Why that is the null device, when another is wanted.
    pub away: Option<DeviceError>,
    /// Frames that the callback has made since the start, on all devices.
    pub frames: u64,
    /// Times that devices dropped or repeated frames since the start.
    pub xruns: u64,
    /// Wake-ups of the null device that came too late since the start.
    pub late: u64,
}

impl Status {
    /// Whether somebody could hear something.
    pub fn sounds(&self) -> bool {
        self.format.backend != BackendKind::Null
    }
}

/// A device that is open and waits for its callback: the wanted one, or null in its place.
pub struct Standby {
    devices: Devices,
    request: DeviceRequest,
    patience: Patience,
    device: Device,
    away: Option<DeviceError>,
}

impl Standby {
    /// Opens the wanted device; where that fails, the null device takes its place until it can be had.
    ///
    /// # Errors
    /// Only when `devices` has no null device either.
    pub fn open(devices: Devices, request: DeviceRequest) -> Result<Standby, DeviceError> {
        let (device, away) = match devices.open(&request) {
            Ok(device) => (device, None),
            Err(why) => (devices.open(&null_of(&request))?, Some(why)),
        };
        Ok(Standby { devices, request, patience: Patience::default(), device, away })
    }

    /// Waits otherwise than by default.
    pub fn with_patience(mut self, patience: Patience) -> Standby {
        self.patience = patience;
        self
    }

    /// What the callback will run at. The rate stays for as long as the supervisor runs, whatever the device.
    pub fn format(&self) -> &Format {
        self.device.format()
    }

    /// Why the null device stands in, where it does.
    pub fn away(&self) -> Option<&DeviceError> {
        self.away.as_ref()
    }

    /// Runs the callback, from now until [`Supervisor::stop`].
    ///
    /// # Errors
    /// Only when the system grants no thread.
    pub fn run(self, callback: Box<dyn Callback>) -> Result<Supervisor, DeviceError> {
        let (commands, inbox) = sync_channel(8);
        let (outbox, events) = sync_channel(EVENTS);
        let slot = Slot::new(callback);
        let shared = Arc::new(Shared {
            vitals: Mutex::default(),
            state: Mutex::new((self.device.format().clone(), self.away.clone())),
        });
        let keeper = Keeper::new(self, Arc::clone(&slot), Arc::clone(&shared), outbox);
        let thread = Builder::new()
            .name("bf-devices".into())
            .spawn(move || keeper.keep(&inbox))
            .map_err(|e| DeviceError::Backend { doing: "starting the device thread".into(), why: e.to_string() })?;
        Ok(Supervisor { commands, events, thread: Some(thread), slot, shared })
    }
}

/// The null device in place of a wanted one.
fn null_of(request: &DeviceRequest) -> DeviceRequest {
    DeviceRequest { backend: BackendKind::Null, name: None, ..request.clone() }
}

/// What the device thread shows to callers. Its locks are held for a copy, and never on an audio thread.
struct Shared {
    vitals: Mutex<Totals>,
    state: Mutex<(Format, Option<DeviceError>)>,
}

/// Counts of the device that runs, and the sums of those before it.
#[derive(Default)]
struct Totals {
    xruns: u64,
    late: u64,
    now: Option<Arc<Vitals>>,
}

impl Totals {
    fn xruns(&self) -> u64 {
        self.xruns + self.now.as_ref().map_or(0, |vitals| vitals.xruns())
    }
    fn late(&self) -> u64 {
        self.late + self.now.as_ref().map_or(0, |vitals| vitals.late())
    }
    /// Counts go on with another device.
    fn follow(&mut self, vitals: Arc<Vitals>) {
        (self.xruns, self.late, self.now) = (self.xruns(), self.late(), Some(vitals));
    }
}

/// Keeps a callback running whatever happens to the device. Dropping it stops the sound.
pub struct Supervisor {
    commands: SyncSender<Command>,
    events: Receiver<DeviceEvent>,
    thread: Option<JoinHandle<()>>,
    slot: Arc<Slot>,
    shared: Arc<Shared>,
}

impl Supervisor {
    /// What happened, in order.
    pub fn events(&self) -> &Receiver<DeviceEvent> {
        &self.events
    }

    /// How things stand.
    pub fn status(&self) -> Status {
        let (format, away) = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let totals = self.shared.vitals.lock().unwrap_or_else(PoisonError::into_inner);
        Status { format, away, frames: self.slot.frames(), xruns: totals.xruns(), late: totals.late() }
    }

    /// Moves the callback to another device, which must run at the same rate. Until it does, the null device keeps the
    /// set in time; what comes of it is an event.
    pub fn switch(&self, request: DeviceRequest) {
        // The thread reads its inbox at every poll; it is gone only when this is dropped.
        let _ = self.commands.send(Command::Switch(Box::new(request)));
    }

    /// Stops the device and returns the callback.
    pub fn stop(mut self) -> Option<Box<dyn Callback>> {
        self.end();
        self.slot.take()
    }

    fn end(&mut self) {
        let _ = self.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.end();
    }
}
