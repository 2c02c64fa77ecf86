//! The null device: no sound, but calls at the pace of a device, so that a set plays on without one.

use super::{Backend, Opened, Running};
use crate::slot::frames_ns;
use crate::{BackendKind, DeviceError, DeviceInfo, DeviceRequest, Feed, Format};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle, park_timeout};
use std::time::{Duration, Instant};

/// The rate where none is asked for.
const RATE: u32 = 48_000;
/// The block where none is asked for: 5.3 ms, which an ordinary thread can keep up with.
const BLOCK: u32 = 256;
/// Behind by more than this, as after a suspend, time is skipped rather than made up in a burst.
const MAX_BEHIND: Duration = Duration::from_secs(1);

/// Opens null devices.
#[derive(Debug, Default)]
pub struct Null;

impl Backend for Null {
    fn kind(&self) -> BackendKind {
        BackendKind::Null
    }

    fn list(&self) -> Vec<DeviceInfo> {
        vec![DeviceInfo {
            backend: BackendKind::Null,
            name: "null".into(),
            description: "No sound: the set plays on in time".into(),
            outputs: 64,
            inputs: 64,
            rates: Vec::new(),
            is_default: false,
        }]
    }

    fn open(&self, request: &DeviceRequest) -> Result<Box<dyn Opened>, DeviceError> {
        Ok(Box::new(OpenNull {
            format: Format {
                backend: BackendKind::Null,
                device: "null".into(),
                sample_rate: request.sample_rate.unwrap_or(RATE).max(1),
                block: request.block.unwrap_or(BLOCK).clamp(16, 8192),
                outputs: request.outputs.clamp(1, 64),
                inputs: request.inputs.min(64),
                notes: Vec::new(),
            },
        }))
    }
}

struct OpenNull {
    format: Format,
}

impl Opened for OpenNull {
    fn format(&self) -> &Format {
        &self.format
    }

    fn start(self: Box<Self>, feed: Feed) -> Result<Box<dyn Running>, DeviceError> {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let thread = Builder::new()
            .name("bf-null".into())
            .spawn(move || keep_time(&self.format, feed, &seen))
            .map_err(|e| DeviceError::Backend { doing: "starting the null device".into(), why: e.to_string() })?;
        Ok(Box::new(RunningNull { stop, thread: Some(thread) }))
    }
}

struct RunningNull {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running for RunningNull {
    fn check(&mut self) -> Result<(), DeviceError> {
        match &self.thread {
            Some(thread) if !thread.is_finished() => Ok(()),
            _ => Err(DeviceError::Lost { device: "null".into(), why: "its thread has ended".into() }),
        }
    }
}

impl Drop for RunningNull {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // The thread cannot panic: the feed catches what the callback throws.
            let _ = thread.join();
        }
    }
}

fn keep_time(format: &Format, feed: Feed, stop: &AtomicBool) {
    let mut feed = feed.with_rate(format.sample_rate);
    let (vitals, clock) = (feed.vitals(), feed.clock());
    let input = vec![0.0; format.block as usize * format.inputs];
    let mut output = vec![0.0; format.block as usize * format.outputs];
    let start = Instant::now();
    let mut pace = Pace::new(format.sample_rate, format.block);
    while !stop.load(Ordering::Acquire) {
        match pace.step(start.elapsed()) {
            Step::Wait(time) => park_timeout(time),
            Step::Run { late, skipped } => {
                if late {
                    vitals.count_late();
                }
                if skipped {
                    vitals.count_xruns(1);
                }
                feed.run((&input, format.inputs), (&mut output, format.outputs), Some(clock.now_ns()));
            }
        }
    }
}

/// When blocks are due. Deadlines come from the count of frames since the start, never from the deadline before, so
/// no error adds up.
struct Pace {
    rate: u32,
    block: u32,
    frames: u64,
    offset: Duration,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Nothing is due for this long.
    Wait(Duration),
    /// A block is due: more than its own length ago, and after a gap that was not made up.
    Run { late: bool, skipped: bool },
}

impl Pace {
    fn new(rate: u32, block: u32) -> Pace {
        Pace { rate, block, frames: 0, offset: Duration::ZERO }
    }

    fn step(&mut self, now: Duration) -> Step {
        let due = self.offset + Duration::from_nanos(frames_ns(self.frames, self.rate));
        if now < due {
            return Step::Wait(due - now);
        }
        let behind = now - due;
        let skipped = behind > MAX_BEHIND;
        if skipped {
            self.offset += behind;
        }
        self.frames += u64::from(self.block);
        Step::Run { late: behind > Duration::from_nanos(frames_ns(u64::from(self.block), self.rate)), skipped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Block, Devices};
    use std::sync::mpsc::sync_channel;

    const NS: Duration = Duration::from_nanos(1);

    #[test]
    fn a_million_blocks_do_not_drift() {
        let mut pace = Pace::new(44_100, 64);
        let mut now = Duration::ZERO;
        for _ in 0..1_000_000 {
            while let Step::Wait(time) = pace.step(now) {
                now += time;
            }
        }
        // The last of a million blocks is due after 999,999 of them: exact to the nanosecond after 24 minutes.
        assert_eq!(now, Duration::from_nanos(999_999 * 64 * 1_000_000_000 / 44_100));
    }

    #[test]
    fn lateness_is_counted_and_made_up() {
        let mut pace = Pace::new(1000, 10);
        assert_eq!(pace.step(Duration::ZERO), Step::Run { late: false, skipped: false });
        let late = Duration::from_millis(35);
        assert_eq!(pace.step(late), Step::Run { late: true, skipped: false });
        assert_eq!(pace.step(late), Step::Run { late: true, skipped: false });
        assert_eq!(pace.step(late), Step::Run { late: false, skipped: false });
        assert_eq!(pace.step(late), Step::Wait(Duration::from_millis(5)));
    }

    #[test]
    fn a_suspend_is_skipped() {
        let mut pace = Pace::new(1000, 10);
        pace.step(Duration::ZERO);
        let woken = Duration::from_secs(3600);
        assert_eq!(pace.step(woken), Step::Run { late: true, skipped: true });
        assert_eq!(pace.step(woken + NS), Step::Wait(Duration::from_millis(10) - NS));
    }

    #[test]
    fn it_calls_in_time_and_stops_when_dropped() {
        let (sender, calls) = sync_channel(64);
        let request = DeviceRequest {
            backend: BackendKind::Null,
            sample_rate: Some(48_000),
            block: Some(240),
            inputs: 1,
            ..DeviceRequest::default()
        };
        let clock = request.clock;
        let device = Devices::new().open(&request).unwrap();
        assert_eq!((device.format().block, device.format().inputs), (240, 1));
        let stream = device
            .start(Box::new(move |block: &mut Block<'_>| {
                let _ = sender.try_send((block.frames(), block.inputs, block.info.host_ns));
            }))
            .unwrap();
        let begun = clock.now_ns();
        for index in 0..20 {
            let (frames, inputs, host_ns) = calls.recv_timeout(Duration::from_secs(5)).unwrap();
            assert_eq!((frames, inputs), (240, 1));
            // Block n is never called before n × 5 ms (2 ms of slack: the thread began before `begun` was read).
            let host_ns = host_ns.unwrap();
            assert!(host_ns + 2_000_000 >= begun + index * 5_000_000 || index == 0, "block {index} at {host_ns}");
        }
        assert!(stream.vitals().calls() >= 20);
        let callback = stream.stop();
        assert!(callback.is_some());
        drop(callback);
        while calls.try_recv().is_ok() {}
        assert!(calls.recv().is_err(), "the callback is gone, and so is its sender");
    }
}
