//! Lists and opens devices, and runs a callback on one.

use crate::backend::{Backend, Opened, Running, cpal::System, jack::Jack, null::Null};
use crate::slot::Slot;
use crate::{BackendKind, Callback, DeviceError, DeviceInfo, DeviceRequest, Format, HostClock, Vitals};
use std::sync::Arc;

/// The devices of this machine, through every backend.
pub struct Devices {
    /// In the order in which `Auto` tries them.
    backends: Vec<Box<dyn Backend>>,
}

impl Devices {
    /// JACK, the system's sound and the null device.
    pub fn new() -> Devices {
        Devices::with(vec![Box::new(Jack), Box::new(System), Box::new(Null)])
    }

    /// Other backends, in the order in which [`BackendKind::Auto`] tries them. For tests and for hosts of their own.
    pub fn with(backends: Vec<Box<dyn Backend>>) -> Devices {
        Devices { backends }
    }

    /// What could be opened now. The device of a request without a name comes first.
    pub fn list(&self) -> Vec<DeviceInfo> {
        let mut all: Vec<DeviceInfo> = self.backends.iter().flat_map(|backend| backend.list()).collect();
        all.sort_by_key(|info| !info.is_default);
        all
    }

    /// Opens a device. It is silent until [`Device::start`].
    ///
    /// `Auto` takes JACK where a server runs and the system's sound otherwise, and never the null device.
    ///
    /// # Errors
    /// When there is no such device, or it cannot be had; the error says what to do.
    pub fn open(&self, request: &DeviceRequest) -> Result<Device, DeviceError> {
        let opened = match request.backend {
            BackendKind::Auto => self.open_any(request)?,
            kind => match self.backends.iter().find(|backend| backend.kind() == kind) {
                Some(backend) => backend.open(request)?,
                None => return Err(DeviceError::NoDevice { why: format!("this build has no {kind} backend") }),
            },
        };
        Ok(Device { opened, clock: request.clock })
    }

    fn open_any(&self, request: &DeviceRequest) -> Result<Box<dyn Opened>, DeviceError> {
        let mut unknown: Option<Vec<String>> = None;
        let mut reasons = Vec::new();
        for backend in self.backends.iter().filter(|backend| backend.kind() != BackendKind::Null) {
            match backend.open(request) {
                Ok(opened) => return Ok(opened),
                Err(DeviceError::UnknownDevice { known, .. }) => unknown.get_or_insert_default().extend(known),
                Err(
                    error @ (DeviceError::AmbiguousDevice { .. }
                    | DeviceError::Busy { .. }
                    | DeviceError::Denied { .. }),
                ) if request.name.is_some() => {
                    return Err(error);
                }
                Err(error) => reasons.push(format!("{}: {}", backend.kind(), reason(&error))),
            }
        }
        match (&request.name, unknown) {
            (Some(name), Some(known)) => {
                Err(DeviceError::UnknownDevice { backend: BackendKind::Auto, name: name.clone(), known })
            }
            _ => Err(DeviceError::NoDevice { why: reasons.join("; ") }),
        }
    }
}

/// What went wrong, without the advice that would not fit when several backends are named.
fn reason(error: &DeviceError) -> String {
    match error {
        DeviceError::NoJackServer => "no server runs".into(),
        DeviceError::NoJackLibrary { .. } => "not installed".into(),
        DeviceError::NoDevice { why } => why.clone(),
        other => other.to_string(),
    }
}

impl Default for Devices {
    fn default() -> Devices {
        Devices::new()
    }
}

/// A device that is open and silent.
pub struct Device {
    opened: Box<dyn Opened>,
    clock: HostClock,
}

impl Device {
    /// What it will do once started: make the engine for this rate.
    pub fn format(&self) -> &Format {
        self.opened.format()
    }

    /// Runs a callback on it, until the stream is stopped or dropped.
    ///
    /// # Errors
    /// When the device cannot start after all. The callback is dropped then; a [`Supervisor`](crate::Supervisor) keeps
    /// it.
    pub fn start(self, callback: Box<dyn Callback>) -> Result<Stream, DeviceError> {
        let slot = Slot::new(callback);
        slot.hand_to(1);
        let (running, vitals) = self.run(&slot, 1)?;
        Ok(Stream { running: Some(running), vitals, slot })
    }

    /// Starts the device under a ticket of a slot.
    pub(crate) fn run(self, slot: &Arc<Slot>, ticket: u64) -> Result<(Box<dyn Running>, Arc<Vitals>), DeviceError> {
        let feed = slot.feed(ticket, self.clock).with_rate(self.format().sample_rate);
        let vitals = feed.vitals();
        Ok((self.opened.start(feed)?, vitals))
    }
}

/// A callback that runs on a device.
pub struct Stream {
    running: Option<Box<dyn Running>>,
    vitals: Arc<Vitals>,
    slot: Arc<Slot>,
}

impl Stream {
    /// Whether the device is still there, as far as the system has said.
    ///
    /// # Errors
    /// What has become of it.
    pub fn check(&mut self) -> Result<(), DeviceError> {
        self.running.as_mut().map_or(Ok(()), |running| running.check())
    }
    /// The device's counts.
    pub fn vitals(&self) -> &Vitals {
        &self.vitals
    }
    /// Frames that the callback has made.
    pub fn frames(&self) -> u64 {
        self.slot.frames()
    }
    /// Stops the device and returns the callback.
    pub fn stop(mut self) -> Option<Box<dyn Callback>> {
        drop(self.running.take());
        self.slot.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Named(BackendKind, Result<&'static [&'static str], DeviceError>);

    impl Backend for Named {
        fn kind(&self) -> BackendKind {
            self.0
        }
        fn list(&self) -> Vec<DeviceInfo> {
            Vec::new()
        }
        fn open(&self, request: &DeviceRequest) -> Result<Box<dyn Opened>, DeviceError> {
            let known: Vec<String> = self.1.clone()?.iter().map(|name| (*name).into()).collect();
            if let Some(name) = &request.name {
                crate::error::choose(self.0, name, &known)?;
            }
            Null.open(&DeviceRequest { sample_rate: Some(known.len() as u32), ..request.clone() })
        }
    }

    fn open(backends: Vec<Named>, name: Option<&str>) -> Result<u32, DeviceError> {
        let devices = Devices::with(backends.into_iter().map(|b| Box::new(b) as Box<dyn Backend>).collect());
        let request = DeviceRequest { name: name.map(String::from), ..DeviceRequest::default() };
        devices.open(&request).map(|device| device.format().sample_rate)
    }

    fn jack(what: Result<&'static [&'static str], DeviceError>) -> Named {
        Named(BackendKind::Jack, what)
    }
    fn card(what: Result<&'static [&'static str], DeviceError>) -> Named {
        Named(BackendKind::Cpal, what)
    }

    #[test]
    fn auto_takes_the_first_that_answers() {
        assert_eq!(open(vec![jack(Ok(&["system"])), card(Ok(&["a", "b"]))], None), Ok(1));
        assert_eq!(open(vec![jack(Err(DeviceError::NoJackServer)), card(Ok(&["a", "b"]))], None), Ok(2));
        assert_eq!(open(vec![jack(Ok(&["system"])), card(Ok(&["a", "b"]))], Some("b")), Ok(2));
    }

    #[test]
    fn auto_never_falls_to_null_by_itself_and_says_all_reasons() {
        let nothing = || card(Err(DeviceError::NoDevice { why: "no card".into() }));
        let backends = vec![jack(Err(DeviceError::NoJackServer)), nothing(), Named(BackendKind::Null, Ok(&["null"]))];
        let error = open(backends, None).unwrap_err().to_string();
        assert!(error.contains("(jack: no server runs; cpal: no card)"), "{error}");
    }

    #[test]
    fn auto_names_what_all_backends_have() {
        let error = open(vec![jack(Ok(&["system"])), card(Ok(&["Scarlett"]))], Some("Scarlet t")).unwrap_err();
        let DeviceError::UnknownDevice { known, .. } = error else { panic!("{error}") };
        assert_eq!(known, ["system", "Scarlett"]);
        let error = open(vec![card(Err(DeviceError::Busy { device: "a".into() }))], Some("a")).unwrap_err();
        assert_eq!(error, DeviceError::Busy { device: "a".into() });
    }

    #[test]
    fn the_machine_lists_at_least_the_null_device() {
        let list = Devices::new().list();
        assert!(list.iter().any(|info| info.backend == BackendKind::Null), "{list:?}");
    }
}
