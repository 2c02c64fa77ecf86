//! The system's own sound, through cpal: ALSA (and with it PipeWire and PulseAudio), Core Audio, WASAPI.

mod cards;
mod choose;
mod input;
mod player;

use super::quiet::quietly;
use super::{Backend, Opened, Running};
use crate::{BackendKind, DeviceError, DeviceInfo, DeviceRequest, Feed, Format, HostClock};
use ::cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use ::cpal::{BufferSize, ErrorKind, FromSample, I24, SampleFormat, SizedSample};
use cards::{error, find, name_of, tidy_line};
use choose::{Choice, Wish, choose};
use input::Writer;
use player::Player;
use rtrb::{Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// How often a stream looks whether its device is still there, while nothing else happens.
const POLL: Duration = Duration::from_millis(200);

/// Opens devices of the operating system.
#[derive(Debug, Default)]
pub struct System;

impl Backend for System {
    fn kind(&self) -> BackendKind {
        BackendKind::Cpal
    }

    fn list(&self) -> Vec<DeviceInfo> {
        quietly(cards::list).0
    }

    fn open(&self, request: &DeviceRequest) -> Result<Box<dyn Opened>, DeviceError> {
        let (opened, said) = quietly(|| open(request));
        match opened {
            Ok(opened) => Ok(Box::new(opened)),
            // Without a card ALSA's reason is in its lines, cpal's in a general sentence.
            Err(DeviceError::NoDevice { why }) => {
                Err(DeviceError::NoDevice { why: said.lines().last().map_or(why, tidy_line) })
            }
            Err(error) => Err(error),
        }
    }
}

fn open(request: &DeviceRequest) -> Result<OpenSystem, DeviceError> {
    let host = ::cpal::default_host();
    let device = find(&host, request.name.as_deref())?;
    let name = name_of(&device);
    let mut notes = Vec::new();
    let offers: Vec<_> =
        device.supported_output_configs().map_err(|e| error(&name, "asking for formats", &e))?.collect();
    let wish = Wish { rate: request.sample_rate, channels: request.outputs.max(1), block: request.block };
    let choice = choose(&offers, &wish).ok_or_else(|| DeviceError::NoFormat { device: name.clone() })?;
    let rate = choice.config.sample_rate;

    let xruns = Arc::new(AtomicU64::new(0));
    let (faults, fault) = sync_channel(4);
    let input = match open_input(&host, &device, request, (rate, &faults, &xruns)) {
        Some(Ok(input)) => Some(input),
        Some(Err(e)) => {
            notes.push(format!("without input: {e}"));
            None
        }
        None => None,
    };
    let inputs = input.as_ref().map_or(0, |(_, reader)| reader.channels());
    let (input_stream, reader) = input.unzip();
    let mut build = Build { device: &device, name: &name, clock: request.clock, reader, xruns, faults };
    let (stream, feed, block) = build.output(choice, &mut notes)?;
    note_differences(request, choice, &mut notes);
    Ok(OpenSystem {
        format: Format {
            backend: BackendKind::Cpal,
            device: name,
            sample_rate: rate,
            block,
            outputs: usize::from(choice.config.channels),
            inputs,
            notes,
        },
        feed,
        streams: Streams { output: stream, input: input_stream },
        fault,
    })
}

fn note_differences(request: &DeviceRequest, choice: Choice, notes: &mut Vec<String>) {
    let (rate, channels) = (choice.config.sample_rate, usize::from(choice.config.channels));
    if let Some(wanted) = request.sample_rate.filter(|wanted| *wanted != rate) {
        notes.push(format!("runs at {rate} Hz, as it does not offer {wanted} Hz"));
    }
    if channels != request.outputs.max(1) {
        notes.push(format!("plays {channels} channels, as it does not offer {}", request.outputs));
    }
    if let (Some(wanted), BufferSize::Default) = (request.block, choice.config.buffer_size) {
        notes.push(format!("chooses its own block, as it does not offer {wanted} frames"));
    }
}

type Input = (::cpal::Stream, input::Reader);

/// The capture stream, from the same device where it records and from the default otherwise.
fn open_input(
    host: &::cpal::Host,
    device: &::cpal::Device,
    request: &DeviceRequest,
    (rate, faults, xruns): (u32, &SyncSender<String>, &Arc<AtomicU64>),
) -> Option<Result<Input, DeviceError>> {
    if request.inputs == 0 {
        return None;
    }
    let same: Vec<_> = device.supported_input_configs().map(|offers| offers.collect()).unwrap_or_default();
    let (device, offers) = if same.is_empty() {
        let device = host.default_input_device();
        let offers = device.as_ref().and_then(|d| d.supported_input_configs().ok()).map(|offers| offers.collect());
        (device, offers.unwrap_or_default())
    } else {
        (Some(device.clone()), same)
    };
    let Some(device) = device else { return Some(Err(DeviceError::NoDevice { why: "nothing records".into() })) };
    let name = name_of(&device);
    let wish = Wish { rate: Some(rate), channels: request.inputs, block: request.block };
    Some(match choose(&offers, &wish) {
        None => Err(DeviceError::NoFormat { device: name }),
        Some(choice) if choice.config.sample_rate != rate => {
            Err(DeviceError::Rate { device: name, wanted: rate, offered: choice.config.sample_rate })
        }
        Some(choice) => capture(&device, choice, (Arc::clone(xruns), faults.clone()))
            .map_err(|e| error(&name, "opening the input", &e)),
    })
}

fn capture(
    device: &::cpal::Device,
    choice: Choice,
    reports: (Arc<AtomicU64>, SyncSender<String>),
) -> Result<Input, ::cpal::Error> {
    fn build<T: SizedSample>(
        device: &::cpal::Device,
        choice: Choice,
        mut writer: Writer,
        (xruns, faults): (Arc<AtomicU64>, SyncSender<String>),
    ) -> Result<::cpal::Stream, ::cpal::Error>
    where
        f32: FromSample<T>,
    {
        let data = move |data: &[T], _: &::cpal::InputCallbackInfo| writer.write(data);
        device.build_input_stream(choice.config, data, move |e| report(&e, &xruns, &faults), Some(POLL))
    }
    let (writer, reader) = input::ring(usize::from(choice.config.channels));
    let stream = match choice.format {
        SampleFormat::F32 => build::<f32>(device, choice, writer, reports),
        SampleFormat::I32 => build::<i32>(device, choice, writer, reports),
        SampleFormat::I24 => build::<I24>(device, choice, writer, reports),
        SampleFormat::I16 => build::<i16>(device, choice, writer, reports),
        SampleFormat::F64 => build::<f64>(device, choice, writer, reports),
        SampleFormat::U16 => build::<u16>(device, choice, writer, reports),
        SampleFormat::U8 => build::<u8>(device, choice, writer, reports),
        _ => Err(ErrorKind::UnsupportedConfig.into()),
    }?;
    Ok((stream, reader))
}

/// Sorts what a stream reports: an xrun is counted, what needs no action is passed over, anything else is a fault that
/// ends the device's run.
///
/// # Realtime Safety
/// An xrun, which may be reported on the audio thread, is one atomic addition. Text is made only of what ends the run.
fn report(error: &::cpal::Error, xruns: &AtomicU64, faults: &SyncSender<String>) {
    match error.kind() {
        ErrorKind::Xrun => {
            xruns.fetch_add(1, Ordering::Relaxed);
        }
        ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged => {}
        _ => {
            // Full means that earlier faults wait to be read, and the first is the one that counts.
            let _ = faults.try_send(error.to_string());
        }
    }
}

/// What building the playback stream needs.
struct Build<'a> {
    device: &'a ::cpal::Device,
    name: &'a str,
    clock: HostClock,
    reader: Option<input::Reader>,
    xruns: Arc<AtomicU64>,
    faults: SyncSender<String>,
}

impl Build<'_> {
    /// The stream, where to send it its feed, and its block.
    fn output(
        &mut self,
        choice: Choice,
        notes: &mut Vec<String>,
    ) -> Result<(::cpal::Stream, Producer<Feed>, u32), DeviceError> {
        let (outbox, inbox) = RingBuffer::new(1);
        let outputs = usize::from(choice.config.channels);
        let mut player = Player::new(inbox, outputs, self.clock, Arc::clone(&self.xruns));
        if let Some(reader) = self.reader.take() {
            player = player.with_input(reader);
        }
        let stream = match choice.format {
            SampleFormat::F32 => self.stream::<f32>(choice, player),
            SampleFormat::I32 => self.stream::<i32>(choice, player),
            SampleFormat::I24 => self.stream::<I24>(choice, player),
            SampleFormat::I16 => self.stream::<i16>(choice, player),
            SampleFormat::F64 => self.stream::<f64>(choice, player),
            SampleFormat::U16 => self.stream::<u16>(choice, player),
            SampleFormat::U8 => self.stream::<u8>(choice, player),
            _ => Err(ErrorKind::UnsupportedConfig.into()),
        };
        let stream = stream.map_err(|e| error(self.name, "opening the device", &e))?;
        let block = stream.buffer_size().unwrap_or(match choice.config.buffer_size {
            BufferSize::Fixed(block) => block,
            BufferSize::Default => 512,
        });
        if let BufferSize::Fixed(wanted) = choice.config.buffer_size
            && wanted != block
        {
            notes.push(format!("asks for {block} frames at once instead of {wanted}"));
        }
        Ok((stream, outbox, block))
    }

    fn stream<T: SizedSample + FromSample<f32>>(
        &self,
        choice: Choice,
        mut player: Player,
    ) -> Result<::cpal::Stream, ::cpal::Error> {
        let (xruns, faults) = (Arc::clone(&self.xruns), self.faults.clone());
        let data = move |data: &mut [T], _: &::cpal::OutputCallbackInfo| player.fill(data);
        self.device.build_output_stream(choice.config, data, move |e| report(&e, &xruns, &faults), Some(POLL))
    }
}

struct Streams {
    output: ::cpal::Stream,
    input: Option<::cpal::Stream>,
}

struct OpenSystem {
    format: Format,
    feed: Producer<Feed>,
    streams: Streams,
    fault: Receiver<String>,
}

impl Opened for OpenSystem {
    fn format(&self) -> &Format {
        &self.format
    }

    fn start(mut self: Box<Self>, feed: Feed) -> Result<Box<dyn Running>, DeviceError> {
        let device = self.format.device;
        // The ring is made for one feed and empty until now.
        let _ = self.feed.push(feed.with_priority());
        if let Some(input) = &self.streams.input {
            input.play().map_err(|e| error(&device, "starting the input", &e))?;
        }
        self.streams.output.play().map_err(|e| error(&device, "starting the device", &e))?;
        Ok(Box::new(RunningSystem { device, fault: self.fault, _streams: self.streams }))
    }
}

struct RunningSystem {
    device: String,
    fault: Receiver<String>,
    _streams: Streams,
}

impl Running for RunningSystem {
    fn check(&mut self) -> Result<(), DeviceError> {
        match self.fault.try_recv() {
            Ok(why) => Err(DeviceError::Lost { device: self.device.clone(), why }),
            Err(_) => Ok(()),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::{Block, Devices};
    use std::sync::mpsc::sync_channel;

    fn request(name: &str) -> DeviceRequest {
        DeviceRequest { backend: BackendKind::Cpal, name: Some(name.into()), ..DeviceRequest::default() }
    }

    /// ALSA's own null device is there without any card, and asks for sound as fast as it is given.
    #[test]
    fn a_stream_runs_and_stops_on_alsas_null_device() {
        let devices = Devices::new();
        let device = devices.open(&DeviceRequest { block: Some(128), inputs: 1, ..request("null") }).unwrap();
        let format = device.format().clone();
        assert_eq!((format.sample_rate, format.outputs, format.inputs), (48_000, 2, 1));
        let (sender, calls) = sync_channel(1000);
        let stream = device.start(Box::new(move |block: &mut Block<'_>| {
            let _ = sender.try_send((block.frames(), block.inputs, block.outputs));
        }));
        let stream = stream.unwrap();
        for _ in 0..100 {
            let call = calls.recv_timeout(Duration::from_secs(10)).unwrap();
            assert_eq!(call, (format.block as usize, 1, 2));
        }
        assert!(stream.stop().is_some());
    }

    #[test]
    fn an_unknown_card_is_an_error() {
        let error = Devices::new().open(&request("no such card")).err().unwrap();
        assert!(matches!(error, DeviceError::UnknownDevice { .. }), "{error}");
    }
}
