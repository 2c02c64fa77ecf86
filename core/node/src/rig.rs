//! A bench for one node: what tests and measurements drive a processor with.
#![allow(unsafe_code, reason = "lays out buffers as Io::new asks")]

use crate::io::{InWire, OutWire, ParamWire, Wires, state};
use crate::per_lane::port_wires;
use crate::{
    Channels, Event, EventBody, EventList, Io, Keys, Kind, LaneMask, MakeError, NoSamples, NodeSpec, Probe, Processor,
    SampleSource, Setup, Status, Value,
};
use bf_dsp::GRID;
use bf_pattern::{Ratio, Tempo, Transport};
use std::sync::Arc;

/// What a [`Rig`] is built for.
#[derive(Clone)]
pub struct Bench<'a> {
    /// Frames a second.
    pub sample_rate: u32,
    /// 1, 8 or 16.
    pub lanes: usize,
    /// Channels of the node, where its declaration leaves them open.
    pub channels: usize,
    /// Frames of a block: a multiple of 16.
    pub block: usize,
    /// When set, pieces are cut at random places drawn from this seed.
    pub random_cuts: Option<u64>,
    /// Values that differ from the declared defaults, by name.
    pub values: Vec<(&'static str, Value)>,
    /// Names of the inputs that are patched; `None` means all signal inputs.
    pub patched: Option<Vec<&'static str>>,
    /// The seed of the node.
    pub seed: u64,
    /// The tempo in beats a minute; the transport plays from frame 0.
    pub bpm: f64,
    /// Loaded samples.
    pub samples: &'a dyn SampleSource,
}

impl Default for Bench<'_> {
    fn default() -> Self {
        Bench {
            sample_rate: 48_000,
            lanes: 1,
            channels: 1,
            block: 64,
            random_cuts: None,
            values: Vec::new(),
            patched: None,
            seed: 1,
            bpm: 120.0,
            samples: &NoSamples,
        }
    }
}

#[repr(C, align(64))]
#[derive(Clone, Copy)]
struct Line([f32; 16]);

struct Buffer {
    lines: Vec<Line>,
    state: Box<u8>,
}

impl Buffer {
    fn new(floats: usize) -> Buffer {
        Buffer { lines: vec![Line([0.0; 16]); floats.div_ceil(16) + 1], state: Box::new(state::SILENT) }
    }
    fn ptr(&mut self) -> *mut f32 {
        self.lines.as_mut_ptr().cast()
    }
}

type Signal = Box<dyn FnMut(u64, usize) -> f32>;

/// One processor with buffers, signals and events around it.
pub struct Rig {
    /// The declaration of the node on the bench.
    pub spec: &'static NodeSpec,
    /// The processor itself.
    pub processor: Box<dyn Processor>,
    /// What it shows.
    pub probe: Arc<Probe>,
    /// Control names.
    pub keys: Arc<Keys>,
    /// Play state and tempo; change it between runs.
    pub transport: Transport,
    /// The status of the last piece.
    pub status: Status,
    /// Declared latency in frames.
    pub latency: u32,
    lanes: usize,
    channels: usize,
    block: usize,
    frame: u64,
    cuts: Option<u64>,
    values: Vec<f32>,
    ins: Vec<Buffer>,
    outs: Vec<Buffer>,
    drives: Vec<Buffer>,
    in_signals: Vec<Option<Signal>>,
    drive_signals: Vec<Option<Signal>>,
    patched: Vec<bool>,
    events_in: Vec<(u64, usize, EventBody)>,
    events_out: Vec<EventList>,
    heard: Vec<Vec<(u64, EventBody)>>,
}

fn width_of(channels: Channels, node: usize) -> usize {
    match channels {
        Channels::Node => node,
        Channels::Fixed(n) => usize::from(n),
    }
}

impl Rig {
    /// A node on the bench.
    ///
    /// # Errors
    /// What making it returns.
    pub fn new(spec: &'static NodeSpec, bench: &Bench<'_>) -> Result<Rig, MakeError> {
        let values: Vec<Value> = spec
            .params
            .iter()
            .map(|p| {
                bench.values.iter().find(|(n, _)| *n == p.name).map_or_else(|| p.default_value(), |(_, v)| v.clone())
            })
            .collect();
        let channels = match spec.channels {
            crate::NodeChannels::FromInputs => bench.channels,
            crate::NodeChannels::Fixed(n) => usize::from(n),
            crate::NodeChannels::Setting(name) => {
                spec.param(name).and_then(|i| values[i].as_number()).unwrap_or(1.0) as usize
            }
        };
        let probe = Arc::new(Probe::of(spec));
        let keys = Arc::new(Keys::default());
        let setup = Setup {
            spec,
            sample_rate: bench.sample_rate as f32,
            max_block: bench.block.max(GRID),
            lanes: bench.lanes,
            channels,
            seed: bench.seed,
            salt: bench.seed as u32,
            values: &values,
            samples: bench.samples,
            keys: &keys,
            probe: Arc::clone(&probe),
        };
        let processor = (spec.make)(&setup)?;
        let latency = spec.latency.map_or(0, |f| f(&setup));
        let count = |ports: &[crate::PortSpec]| -> usize {
            ports.iter().filter(|p| p.kind == Kind::Signal).map(|p| width_of(p.channels, channels)).sum()
        };
        let floats = bench.block * bench.lanes;
        let buffers = |n: usize| (0..n).map(|_| Buffer::new(floats)).collect::<Vec<_>>();
        let (n_in, n_out) = (count(spec.inputs), count(spec.outputs));
        Ok(Rig {
            spec,
            processor,
            probe: Arc::clone(&probe),
            keys,
            transport: Transport::new(bench.sample_rate, Tempo::from_bpm(bench.bpm), 4).play(0),
            status: Status::Active,
            latency,
            lanes: bench.lanes,
            channels,
            block: bench.block,
            frame: 0,
            cuts: bench.random_cuts,
            values: spec
                .params
                .iter()
                .zip(&values)
                .map(|(p, v)| p.number_of(v).unwrap_or_else(|_| p.default_number()))
                .collect(),
            ins: buffers(n_in),
            outs: buffers(n_out),
            drives: buffers(spec.params.len()),
            in_signals: (0..n_in).map(|_| None).collect(),
            drive_signals: spec.params.iter().map(|_| None).collect(),
            patched: spec
                .inputs
                .iter()
                .map(|p| bench.patched.as_ref().is_none_or(|names| names.contains(&p.name)))
                .collect(),
            events_in: Vec::new(),
            events_out: spec.outputs.iter().map(|_| EventList::new(4096)).collect(),
            heard: spec.outputs.iter().map(|_| Vec::new()).collect(),
        })
    }

    /// Lets a function of (absolute frame, lane) enter a channel of an input.
    pub fn feed(&mut self, input: &str, channel: usize, signal: impl FnMut(u64, usize) -> f32 + 'static) {
        let at = self.spec.input(input).expect("a declared input");
        let first: usize = self.spec.inputs[..at]
            .iter()
            .filter(|p| p.kind == Kind::Signal)
            .map(|p| width_of(p.channels, self.channels))
            .sum();
        self.in_signals[first + channel] = Some(Box::new(signal));
    }
    /// Drives a param with a function of (absolute frame, lane), as a cable would.
    pub fn drive(&mut self, param: &str, signal: impl FnMut(u64, usize) -> f32 + 'static) {
        let at = self.spec.param(param).expect("a declared param");
        self.drive_signals[at] = Some(Box::new(signal));
    }
    /// Sets a param's number at once.
    pub fn set(&mut self, param: &str, value: f32) {
        let at = self.spec.param(param).expect("a declared param");
        self.values[at] = value;
    }
    /// Sends an event to an input at an absolute frame that is still to come.
    pub fn event(&mut self, frame: u64, input: &str, body: EventBody) {
        let at = self.spec.input(input).expect("a declared input");
        self.events_in.push((frame, at, body));
    }
    /// Resets lanes.
    pub fn reset(&mut self, lanes: LaneMask) {
        self.processor.reset(lanes);
    }
    /// The absolute frame reached.
    pub fn frame(&self) -> u64 {
        self.frame
    }
    /// Every event that an output has emitted so far, with its absolute frame.
    pub fn events(&self, output: &str) -> &[(u64, EventBody)] {
        &self.heard[self.spec.output(output).expect("a declared output")]
    }
    /// Jumps to a beat.
    pub fn seek(&mut self, beat: Ratio) {
        self.transport = self.transport.seek(self.frame, beat);
    }

    /// Runs for a number of frames and returns all output channels in port order: `[channel][frame * lanes + lane]`.
    pub fn run(&mut self, frames: usize) -> Vec<Vec<f32>> {
        let mut heard = vec![Vec::with_capacity(frames * self.lanes); self.outs.len()];
        let end = self.frame + frames as u64;
        while self.frame < end {
            // Blocks start on the grid; a run may stop inside one.
            let offset = (self.frame % self.block as u64) as usize;
            let until = self.block.min(offset + (end - self.frame) as usize);
            if offset == 0 || heard.iter().all(Vec::is_empty) {
                self.fill();
            }
            let mut at = offset;
            while at < until {
                let next = self.next_cut(at, until);
                self.deliver(at);
                self.piece(at, next - at);
                at = next;
            }
            for (out, buffer) in heard.iter_mut().zip(&mut self.outs) {
                let ptr = buffer.ptr();
                for i in offset * self.lanes..until * self.lanes {
                    // SAFETY: the buffer has block * lanes floats.
                    out.push(unsafe { *ptr.add(i) });
                }
            }
            self.frame += (until - offset) as u64;
        }
        heard
    }

    /// Runs and returns one lane of one channel of an output.
    pub fn run_output(&mut self, output: &str, channel: usize, lane: usize, frames: usize) -> Vec<f32> {
        let at = self.spec.output(output).expect("a declared output");
        let first: usize = self.spec.outputs[..at]
            .iter()
            .filter(|p| p.kind == Kind::Signal)
            .map(|p| width_of(p.channels, self.channels))
            .sum();
        let lanes = self.lanes;
        self.run(frames)[first + channel].iter().skip(lane).step_by(lanes).copied().collect()
    }

    fn block_start(&self) -> u64 {
        self.frame - self.frame % self.block as u64
    }

    fn fill(&mut self) {
        let (start, lanes, block) = (self.block_start(), self.lanes, self.block);
        let fill = |buffer: &mut Buffer, signal: &mut Option<Signal>| {
            let Some(f) = signal else {
                *buffer.state = state::SILENT;
                return;
            };
            let ptr = buffer.ptr();
            let mut any = false;
            for i in 0..block * lanes {
                let x = f(start + (i / lanes) as u64, i % lanes);
                any |= x != 0.0;
                // SAFETY: the buffer has block * lanes floats.
                unsafe { *ptr.add(i) = x };
            }
            *buffer.state = if any { state::VARIES } else { state::SILENT };
        };
        let spec = self.spec;
        let node = self.channels;
        let rests = spec.inputs.iter().filter(|p| p.kind == Kind::Signal);
        let rests = rests.flat_map(|p| core::iter::repeat_n(p.rest, width_of(p.channels, node)));
        for ((b, s), rest) in self.ins.iter_mut().zip(&mut self.in_signals).zip(rests) {
            if s.is_none() && rest != 0.0 {
                *s = Some(Box::new(move |_, _| rest));
            }
            fill(b, s);
        }
        for (b, s) in self.drives.iter_mut().zip(&mut self.drive_signals) {
            fill(b, s);
            *b.state = state::VARIES;
        }
    }

    fn next_cut(&mut self, at: usize, until: usize) -> usize {
        let start = self.block_start();
        let mut next = until;
        for (frame, _, _) in &self.events_in {
            let f = frame.saturating_sub(start) as usize;
            if *frame > start + at as u64 && f < next {
                next = f;
            }
        }
        let driven = self.drive_signals.iter().zip(self.spec.params).any(|(s, p)| s.is_some() && !p.is_smooth());
        if driven {
            next = next.min((at / GRID + 1) * GRID);
        }
        if let Some(seed) = &mut self.cuts {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            next = next.min(at + 1 + (*seed >> 33) as usize % 37);
        }
        next
    }

    fn deliver(&mut self, at: usize) {
        let now = self.block_start() + at as u64;
        let mut due: Vec<(usize, EventBody)> =
            self.events_in.iter().filter(|(f, _, _)| *f <= now).map(|(_, p, b)| (*p, *b)).collect();
        due.sort_by_key(|(_, b)| b.class());
        self.events_in.retain(|(f, _, _)| *f > now);
        for (input, body) in due {
            let event = Event { frame: at as u32, source: 0, body };
            self.with_io(at, 0, |p, io| p.event(io, input, &event));
        }
    }

    fn piece(&mut self, at: usize, frames: usize) {
        let mut status = Status::Active;
        self.with_io(at, frames, |p, io| status = p.process(io));
        self.status = status;
    }

    fn with_io(&mut self, at: usize, frames: usize, f: impl FnOnce(&mut dyn Processor, &mut Io<'_>)) {
        let start = self.block_start();
        let ins: Vec<InWire> = self.ins.iter_mut().map(|b| InWire { data: b.ptr(), state: &*b.state }).collect();
        let outs: Vec<OutWire> = self.outs.iter_mut().map(|b| OutWire { data: b.ptr() }).collect();
        let params: Vec<ParamWire> = self
            .drives
            .iter_mut()
            .zip(&self.drive_signals)
            .zip(self.spec.params)
            .map(|((b, s), p)| {
                let (min, max) = p.range();
                let driven = s.is_some();
                ParamWire {
                    signal: if driven { b.ptr() } else { core::ptr::null() },
                    state: if driven { &*b.state } else { core::ptr::null() },
                    min,
                    max,
                }
            })
            .collect();
        let patched = &self.patched;
        let in_ports = port_wires(self.spec.inputs, self.channels, |i| patched[i]);
        let out_ports = port_wires(self.spec.outputs, self.channels, |_| true);
        let events: Vec<*mut EventList> = self
            .spec
            .outputs
            .iter()
            .zip(&mut self.events_out)
            .map(|(p, l)| if p.kind == Kind::Event { core::ptr::from_mut(l) } else { core::ptr::null_mut() })
            .collect();
        let wires = Wires {
            ins: &ins,
            in_ports: &in_ports,
            outs: &outs,
            out_ports: &out_ports,
            params: &params,
            events: &events,
            lanes: self.lanes as u32,
            channels: self.channels as u32,
            alone: !patched.contains(&true),
            driven: params.iter().any(|p| !p.signal.is_null()),
        };
        // SAFETY: every buffer above has block * lanes floats on 64 bytes, and each is used for one wire.
        let mut io = unsafe { Io::new(&wires, &self.values, &self.transport, start, at, frames) };
        f(&mut *self.processor, &mut io);
        for (list, heard) in self.events_out.iter_mut().zip(&mut self.heard) {
            heard.extend(list.events().iter().map(|e| (start + u64::from(e.frame), e.body)));
            list.clear();
        }
    }
}
