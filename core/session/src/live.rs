//! A set that plays on a device and follows its files.

use crate::session::Session;
use crate::surface::Reading;
use bf_engine::{Engine, Move, When};
use bf_io::{Block, DeviceError, DeviceEvent, DeviceRequest, Devices, Format, HostClock, Standby, Supervisor, Watch};
use rtrb::{Consumer, RingBuffer};
use std::path::PathBuf;
use std::time::Duration;

/// Readings of the device's clock that wait to be taken: 0.7 s of callbacks of 32 frames.
const READINGS: usize = 1_024;

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

/// A device that is open, before the set that is to play on it: its rate decides how the set is opened.
pub struct Live {
    standby: Option<Standby>,
    supervisor: Option<Supervisor>,
    watch: Option<Watch>,
    format: Format,
    clock: HostClock,
    readings: Option<Consumer<Reading>>,
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
        let clock = request.device.clock;
        Ok((Live { standby: Some(standby), supervisor: None, watch: None, format, clock, readings: None }, away))
    }

    /// The clock of [`Live::readings`]; what is to be timed against the sound is stamped by it.
    pub fn clock(&self) -> HostClock {
        self.clock
    }

    /// When the device asked for which frames, since the last call.
    pub fn readings(&mut self) -> Vec<Reading> {
        self.readings.iter_mut().flat_map(|ring| core::iter::from_fn(|| ring.pop().ok())).collect()
    }

    /// What the device does.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// Plays an engine from frame 0 on and watches the set's files.
    ///
    /// # Errors
    /// When the system grants no thread.
    pub fn start(&mut self, session: &mut Session, mut engine: Engine) -> Result<Option<String>, LiveError> {
        session.controller().transport(Move::Play, When::Frame(0));
        engine.prime();
        let (mut readings, taken) = RingBuffer::new(READINGS);
        self.readings = Some(taken);
        let (mut frame, mut lost) = (0, false);
        let callback = move |block: &mut Block<'_>| {
            let channels = block.outputs;
            lost |= block.info.xrun;
            if let Some(host_ns) = block.info.host_ns {
                // One that finds no room is missing among many.
                let told = readings.push(Reading { host_ns, frame, lost }).is_ok();
                lost &= !told;
            }
            frame += block.frames() as u64;
            engine.process_with(block.output, channels, block.input, block.inputs);
        };
        if let Some(standby) = self.standby.take() {
            self.supervisor = Some(standby.run(Box::new(callback))?);
        }
        let root = session.folder().root.clone();
        let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
        match Watch::new([root]) {
            Ok(watch) => {
                self.watch = Some(watch);
                Ok(None)
            }
            Err(e) => Ok(Some(e.to_string())),
        }
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
    pub fn events(&self) -> Vec<DeviceEvent> {
        self.supervisor.iter().flat_map(|s| s.events().try_iter()).collect()
    }

    /// Times that the device dropped frames.
    pub fn xruns(&self) -> u64 {
        self.supervisor.as_ref().map_or(0, |s| s.status().xruns)
    }

    /// Fades out over 5 ms and stops.
    pub fn stop(mut self, session: &mut Session) {
        session.controller().master(0.0);
        // Two blocks of the device and the fade.
        let blocks = 2.0 * f64::from(self.format.block) / f64::from(self.format.sample_rate.max(1));
        std::thread::sleep(Duration::from_secs_f64(0.03 + blocks.min(0.3)));
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.stop();
        }
        // The last of what has happened.
        session.poll();
    }
}
