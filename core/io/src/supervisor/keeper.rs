//! The thread that watches the device, and moves the callback.

use super::{DeviceEvent, Patience, Shared, Standby, null_of};
use crate::backend::Running;
use crate::slot::{Slot, frames_ns};
use crate::{BackendKind, Device, DeviceError, DeviceRequest, Devices, Format, Vitals};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// How long a device may take to close when something waits for it.
const CLOSING: Duration = Duration::from_secs(2);

/// What the thread is told.
pub(super) enum Command {
    Switch(Box<DeviceRequest>),
    Stop,
}

pub(super) struct Keeper {
    devices: Devices,
    request: DeviceRequest,
    patience: Patience,
    slot: Arc<Slot>,
    shared: Arc<Shared>,
    events: SyncSender<DeviceEvent>,
    last_ticket: u64,
    /// The device that was opened before the thread began, until it is started.
    first: Option<(Device, Option<DeviceError>)>,
    /// What runs the callback.
    current: Option<Run>,
    /// The wanted device that was started beside the null device, and has not called yet.
    candidate: Option<Run>,
    next_try: Option<Instant>,
    away: Option<DeviceError>,
    told_panics: u64,
    told_priority: bool,
}

/// A started device.
struct Run {
    running: Box<dyn Running>,
    vitals: Arc<Vitals>,
    format: Format,
    ticket: u64,
    calls: u64,
    /// When it was seen to have called; at first, when it was started.
    called: Instant,
}

impl Run {
    /// Looks after a device.
    ///
    /// # Errors
    /// What the system has said, or that it does not call.
    fn check(&mut self, patience: &Patience) -> Result<(), DeviceError> {
        self.running.check()?;
        let (calls, now) = (self.vitals.calls(), Instant::now());
        if calls != self.calls {
            (self.calls, self.called) = (calls, now);
            return Ok(());
        }
        let four_blocks = Duration::from_nanos(frames_ns(4 * u64::from(self.format.block), self.format.sample_rate));
        let limit = if calls == 0 { patience.first_call } else { patience.watchdog.max(four_blocks) };
        let quiet = now.duration_since(self.called);
        if quiet < limit {
            return Ok(());
        }
        Err(DeviceError::Stalled { device: self.format.device.clone(), millis: quiet.as_millis() as u64 })
    }

    fn is_null(&self) -> bool {
        self.format.backend == BackendKind::Null
    }
}

impl Keeper {
    pub(super) fn new(
        standby: Standby,
        slot: Arc<Slot>,
        shared: Arc<Shared>,
        events: SyncSender<DeviceEvent>,
    ) -> Keeper {
        let Standby { devices, mut request, patience, device, away } = standby;
        // Whatever comes later must run at the rate that the callback was made for.
        request.sample_rate = Some(device.format().sample_rate);
        Keeper {
            devices,
            request,
            patience,
            slot,
            shared,
            events,
            last_ticket: 0,
            first: Some((device, away)),
            current: None,
            candidate: None,
            next_try: None,
            away: None,
            told_panics: 0,
            told_priority: false,
        }
    }

    /// Runs until told to stop.
    pub(super) fn keep(mut self, inbox: &Receiver<Command>) {
        self.begin();
        loop {
            match inbox.recv_timeout(self.patience.poll) {
                Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Command::Switch(request)) => self.switch(*request),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.look();
            self.tell_counts();
        }
        close(self.candidate.take());
        close(self.current.take());
    }

    fn begin(&mut self) {
        let Some((device, away)) = self.first.take() else { return };
        match (self.start(device), away) {
            (Ok(run), None) => self.adopt(run, None),
            (Ok(run), Some(why)) => self.adopt(run, Some(why)),
            (Err(why), _) => self.fall(why),
        }
    }

    /// One look at what runs, and at what could.
    fn look(&mut self) {
        match self.current.as_mut().map(|run| run.check(&self.patience)) {
            Some(Ok(())) => {}
            Some(Err(why)) => self.fall(why),
            // Not even the null device could be started: the system was out of threads, and may have some now.
            None => self.fall(DeviceError::NoDevice { why: "the null device does not start".into() }),
        }
        match self.candidate.as_mut().map(|run| run.check(&self.patience)) {
            Some(Ok(())) => self.promote(),
            Some(Err(why)) => {
                discard(self.candidate.take());
                self.still_away(why);
            }
            None if self.next_try.is_some_and(|time| time <= Instant::now()) => self.try_again(),
            None => {}
        }
    }

    /// Starts a device under a ticket of its own. It gets silence until the slot names that ticket.
    fn start(&mut self, device: Device) -> Result<Run, DeviceError> {
        self.last_ticket += 1;
        let (format, ticket) = (device.format().clone(), self.last_ticket);
        let (running, vitals) = device.run(&self.slot, ticket)?;
        Ok(Run { running, vitals, format, ticket, calls: 0, called: Instant::now() })
    }

    /// Gives a run the callback. What ran before has lost its turn, and is returned to be let go.
    fn install(&mut self, run: Run, away: Option<DeviceError>) -> Option<Run> {
        self.slot.hand_to(run.ticket);
        self.shared.vitals.lock().unwrap_or_else(PoisonError::into_inner).follow(Arc::clone(&run.vitals));
        *self.shared.state.lock().unwrap_or_else(PoisonError::into_inner) = (run.format.clone(), away.clone());
        self.next_try = away.is_some().then(|| Instant::now() + self.patience.retry);
        self.away = away;
        self.current.replace(run)
    }

    /// Gives a run the callback, and tells so.
    fn adopt(&mut self, run: Run, away: Option<DeviceError>) {
        let event = match &away {
            Some(why) => DeviceEvent::FellToNull(why.clone()),
            None => DeviceEvent::OnDevice(run.format.clone()),
        };
        let before = self.install(run, away);
        discard(before);
        self.tell(event);
    }

    /// The null device takes over.
    fn fall(&mut self, why: DeviceError) {
        let null = self.devices.open(&null_of(&self.request)).and_then(|device| self.start(device));
        match null {
            Ok(run) => self.adopt(run, Some(why)),
            Err(_) => {
                discard(self.current.take());
            }
        }
    }

    fn try_again(&mut self) {
        match self.open_wanted().and_then(|device| self.start(device)) {
            Ok(run) => {
                self.next_try = None;
                self.candidate = Some(run);
            }
            Err(why) => self.still_away(why),
        }
    }

    /// The wanted device, if it runs at the rate that the callback was made for.
    fn open_wanted(&self) -> Result<Device, DeviceError> {
        let device = self.devices.open(&self.request)?;
        let (format, wanted) = (device.format(), self.request.sample_rate.unwrap_or_default());
        if format.sample_rate == wanted {
            return Ok(device);
        }
        Err(DeviceError::Rate { device: format.device.clone(), wanted, offered: format.sample_rate })
    }

    /// A candidate that has called gets the callback.
    fn promote(&mut self) {
        if self.candidate.as_ref().is_some_and(|run| run.vitals.calls() > 0)
            && let Some(run) = self.candidate.take()
        {
            self.adopt(run, None);
        }
    }

    fn still_away(&mut self, why: DeviceError) {
        self.next_try = Some(Instant::now() + self.patience.retry);
        if self.away.as_ref() != Some(&why) {
            self.away = Some(why.clone());
            self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).1 = Some(why.clone());
            self.tell(DeviceEvent::StillAway(why));
        }
    }

    /// Another device is wanted: the present one is let go first, as both may be the same piece of hardware.
    fn switch(&mut self, mut request: DeviceRequest) {
        request.sample_rate = self.request.sample_rate;
        self.request = request;
        close(self.candidate.take());
        if !self.current.as_ref().is_some_and(Run::is_null)
            && let Ok(run) = self.devices.open(&null_of(&self.request)).and_then(|device| self.start(device))
        {
            let before = self.install(run, None);
            close(before);
        }
        self.away = None;
        self.try_again();
    }

    /// Events that come from counts.
    fn tell_counts(&mut self) {
        let panics = self.slot.panics();
        if panics != self.told_panics {
            self.told_panics = panics;
            self.tell(DeviceEvent::CallbackPanicked(panics));
        }
        if !self.told_priority && self.current.as_ref().is_some_and(|run| run.vitals.priority_refused()) {
            self.told_priority = true;
            self.tell(DeviceEvent::PriorityRefused);
        }
    }

    fn tell(&self, event: DeviceEvent) {
        // A reader that does not read loses events, and finds the state in `status`.
        let _ = self.events.try_send(event);
    }
}

/// Lets a device go on a thread of its own: closing one whose driver hangs may take as long as it likes. It has lost
/// its turn by then, so that it cannot run the callback any more. The receiver hears when it is closed.
fn discard(run: Option<Run>) -> Option<Receiver<()>> {
    let run = run?;
    let (done, closed) = sync_channel(1);
    let close = move || {
        drop(run);
        let _ = done.send(());
    };
    // Where the system grants no thread, the closure and with it the device are dropped here instead.
    let _ = Builder::new().name("bf-close".into()).spawn(close);
    Some(closed)
}

/// Lets a device go and waits until it is closed, or until it is clear that it hangs.
fn close(run: Option<Run>) {
    if let Some(closed) = discard(run) {
        let _ = closed.recv_timeout(CLOSING);
    }
}
