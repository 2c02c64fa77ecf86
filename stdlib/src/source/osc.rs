//! What sine, saw, square, triangle and wavetable share: pitch, phase, sync, and the loops over frames and lanes.

use super::sync::{Slave, shared_blep};
use bf_dsp::blep::MinBlep;
use bf_dsp::mips::{Gather, Reader};
use bf_dsp::{Lane, LaneBits, Wide, f32x8, u32x8};
use bf_node::{Adopt, Io, LaneMask, MakeError, Processor, Setup, Smooth, Status};

/// The most increment a frame, in phase units (cycles times 2^32): just under Nyquist, and the last float below 2^31.
const MOST: f32 = 2_147_483_520.0;

/// Where a wave's declaration has put what every oscillator has.
pub(super) struct Ports {
    pub(super) fm: usize,
    pub(super) sync: usize,
    pub(super) out: usize,
    pub(super) freq: usize,
    pub(super) width: Option<usize>,
}

/// One cycle of a wave.
pub(super) trait Wave: Send + Sized + 'static {
    /// Its ports and params.
    const PORTS: Ports;
    /// The wave; may build shared tables, on the control thread.
    ///
    /// # Errors
    /// Where a setting does not fit.
    fn new(setup: &Setup<'_>) -> Result<Self, MakeError>;
    /// Moves the reader to the band-limited copies for these magnitudes of increment.
    fn tune<L: Gather>(&self, reader: &mut Reader<L>, increment: L);
    /// The clean value at a phase.
    fn at<L: Gather>(&self, phase: L::Bits, reader: &Reader<L>, width: L) -> L;
    /// The value at a phase that jumps where the wave does, for a magnitude of increment.
    fn naive(&self, phase: u32, width: f32, increment: f32) -> f32;
    /// Where that value jumps, and by how much; height 0 for no jump.
    fn edges(&self, _width: f32) -> [(u32, f32); 2] {
        [(0, 0.0); 2]
    }
}

/// The increment of the phase for a frequency: limited to Nyquist on both sides, a whole number.
#[inline(always)]
pub(super) fn increment<L: Gather>(freq: L, scale: f32) -> L {
    (freq * L::splat(scale)).clamp(-MOST, MOST).round()
}

/// Phase units a frame for 1 Hz.
pub(super) fn units_per_hz(sample_rate: f32) -> f32 {
    (4_294_967_296.0 / f64::from(sample_rate)) as f32
}

/// The state of one channel. What a steady tone looks at lies together.
#[repr(C)]
pub(super) struct Channel<L: Gather> {
    phase: L::Bits,
    steady: Steady,
    reader: Reader<L>,
    slave: Slave<L>,
}

impl<L: Gather> Default for Channel<L> {
    fn default() -> Self {
        let steady = Steady { hz: 0.0, increment: 0.0, step: 0 };
        Channel { phase: L::Bits::splat(0), reader: Reader::default(), slave: Slave::default(), steady }
    }
}

/// What drives one channel over a piece.
pub(super) struct Drive<'a, L> {
    freq: Smooth<'a, L>,
    width: Smooth<'a, L>,
    fm: Option<&'a [L]>,
    scale: f32,
}

impl<L: Gather> Drive<'_, L> {
    #[inline(always)]
    fn increment(&self, frame: usize) -> L {
        let hz = self.freq.at(frame);
        increment(if let Some(fm) = self.fm { hz + fm[frame] } else { hz }, self.scale)
    }
}

impl Drive<'_, f32> {
    /// The increments of eight frames.
    #[inline(always)]
    fn eight(&self, from: usize) -> f32x8 {
        let hz = frames(&self.freq, from);
        let fm = self.fm.map_or(f32x8::splat(0.0), |fm| frames(&Smooth::Varying(fm), from));
        // Adding zero changes no bit of a frequency that is heard.
        increment(hz + fm, self.scale)
    }
}

/// An oscillator of some wave: one phase a lane and channel, which its siblings take over.
pub(super) struct Oscillator<L: Gather, W> {
    wave: W,
    blep: &'static MinBlep,
    scale: f32,
    channels: Vec<Channel<L>>,
}

impl<L: OscLane, W: Wave> Oscillator<L, W> {
    fn new(setup: &Setup<'_>) -> Result<Self, MakeError> {
        Ok(Oscillator {
            wave: W::new(setup)?,
            blep: shared_blep(),
            scale: units_per_hz(setup.sample_rate),
            channels: (0..setup.channels).map(|_| Channel::default()).collect(),
        })
    }

    fn take<V: Wave>(&mut self, old: &dyn core::any::Any) -> bool {
        let Some(old) = old.downcast_ref::<Oscillator<L, V>>() else { return false };
        for (new, old) in self.channels.iter_mut().zip(&old.channels) {
            new.phase = old.phase;
            new.slave.adopt(&old.slave);
        }
        true
    }

    /// A piece of any kind.
    #[inline(never)]
    fn any(&mut self, io: &mut Io<'_>) {
        let ports = W::PORTS;
        match io.smooth::<L>(ports.freq) {
            Smooth::Constant(hz) if !io.patched(ports.fm) && !io.patched(ports.sync) => {
                let width = width_of::<L, W>(io);
                for (index, channel) in self.channels.iter_mut().enumerate() {
                    L::tone(channel, &self.wave, (hz, self.scale), width, io.output::<L>(ports.out, index));
                }
            }
            freq => self.modulated(io, freq),
        }
    }

    /// A piece whose frequency moves, or which another wave syncs. Apart, so that a tone has none of it to pass.
    #[inline(never)]
    fn modulated(&mut self, io: &mut Io<'_>, freq: Smooth<'_, L>) {
        let ports = W::PORTS;
        let width = width_of::<L, W>(io);
        let (modulated, synced) = (io.patched(ports.fm), io.patched(ports.sync));
        for (index, channel) in self.channels.iter_mut().enumerate() {
            let fm = modulated.then(|| io.input::<L>(ports.fm, index));
            let drive = Drive { freq, width, fm, scale: self.scale };
            if synced {
                let sync = io.input::<L>(ports.sync, index);
                follow(channel, &self.wave, self.blep, &drive, sync, io.output::<L>(ports.out, index));
            } else {
                L::render(channel, &self.wave, &drive, io.output::<L>(ports.out, index));
            }
        }
    }
}

/// How wide the wave is; half a cycle where it has no say in that.
#[inline(always)]
fn width_of<'a, L: Lane, W: Wave>(io: &Io<'a>) -> Smooth<'a, L> {
    W::PORTS.width.map_or(Smooth::Constant(L::splat(0.5)), |width| io.smooth::<L>(width))
}

impl<L: OscLane, W: Wave> Processor for Oscillator<L, W> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let ports = W::PORTS;
        // Most are a tone of one channel whose number stands.
        if let ([channel], None, true) = (&mut self.channels[..], ports.width, io.alone())
            && let Some(hz) = io.undriven(ports.freq)
        {
            let half = Smooth::Constant(L::splat(0.5));
            L::tone(channel, &self.wave, (L::splat(hz), self.scale), half, io.output::<L>(ports.out, 0));
            return Status::Active;
        }
        self.any(io);
        Status::Active
    }

    fn reset(&mut self, lanes: LaneMask) {
        for channel in &mut self.channels {
            for lane in (0..L::WIDTH).filter(|l| lanes & (1 << l) != 0) {
                channel.phase.set(lane, 0);
            }
            channel.slave.reset(lanes);
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let old: &dyn core::any::Any = old;
        let taken = self.take::<super::sine::Wave>(old)
            || self.take::<super::saw::Wave>(old)
            || self.take::<super::square::Wave>(old)
            || self.take::<super::triangle::Wave>(old)
            || self.take::<super::wavetable::Wave>(old);
        if taken { Adopt::Copied } else { Adopt::None }
    }
}

/// Makes an oscillator of a wave for the lanes of a setup.
///
/// # Errors
/// Where a setting does not fit.
pub(super) fn make<W: Wave>(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(match setup.lanes {
        1 => Box::new(Oscillator::<f32, W>::new(setup)?) as Box<dyn Processor>,
        8 => Box::new(Oscillator::<f32x8, W>::new(setup)?),
        _ => Box::new(Oscillator::<Wide, W>::new(setup)?),
    })
}

/// One channel under hard sync, lane by lane.
#[inline(never)]
fn follow<L: Gather, W: Wave>(
    channel: &mut Channel<L>,
    wave: &W,
    blep: &MinBlep,
    drive: &Drive<'_, L>,
    sync: &[L],
    out: &mut [L],
) {
    for (i, y) in out.iter_mut().enumerate() {
        let (increment, width) = (drive.increment(i), drive.width.at(i));
        *y = channel.slave.frame(&mut channel.phase, wave, blep, increment, width, sync[i]);
    }
}

/// A lane type with its way over the frames of a piece.
pub(super) trait OscLane: Gather {
    /// Writes the clean wave of a frequency that stays over a piece: in hertz, and phase units for one.
    fn tone<W: Wave>(
        channel: &mut Channel<Self>,
        wave: &W,
        freq: (Self, f32),
        width: Smooth<'_, Self>,
        out: &mut [Self],
    );
    /// Writes the clean wave over a piece in which anything moves.
    fn render<W: Wave>(channel: &mut Channel<Self>, wave: &W, drive: &Drive<'_, Self>, out: &mut [Self]);
}

/// Vectors of voices go frame by frame.
#[inline(always)]
fn tone_lanes<L: Gather, W: Wave>(
    channel: &mut Channel<L>,
    wave: &W,
    freq: (L, f32),
    width: Smooth<'_, L>,
    out: &mut [L],
) {
    let (mut phase, mut reader) = (channel.phase, channel.reader);
    let increment = increment(freq.0, freq.1);
    wave.tune(&mut reader, increment.abs());
    let step = increment.to_int();
    for (i, y) in out.iter_mut().enumerate() {
        *y = wave.at(phase, &reader, width.at(i));
        phase = phase.wrapping_add(step);
    }
    (channel.phase, channel.reader) = (phase, reader);
}

#[inline(always)]
fn render_lanes<L: Gather, W: Wave>(channel: &mut Channel<L>, wave: &W, drive: &Drive<'_, L>, out: &mut [L]) {
    let (mut phase, mut reader) = (channel.phase, channel.reader);
    for (i, y) in out.iter_mut().enumerate() {
        let increment = drive.increment(i);
        wave.tune(&mut reader, increment.abs());
        *y = wave.at(phase, &reader, drive.width.at(i));
        phase = phase.wrapping_add(increment.to_int());
    }
    (channel.phase, channel.reader) = (phase, reader);
}

impl OscLane for f32x8 {
    fn tone<W: Wave>(
        channel: &mut Channel<f32x8>,
        wave: &W,
        freq: (f32x8, f32),
        width: Smooth<'_, f32x8>,
        out: &mut [f32x8],
    ) {
        tone_lanes(channel, wave, freq, width, out);
    }
    fn render<W: Wave>(channel: &mut Channel<f32x8>, wave: &W, drive: &Drive<'_, f32x8>, out: &mut [f32x8]) {
        render_lanes(channel, wave, drive, out);
    }
}

impl OscLane for Wide {
    fn tone<W: Wave>(
        channel: &mut Channel<Wide>,
        wave: &W,
        freq: (Wide, f32),
        width: Smooth<'_, Wide>,
        out: &mut [Wide],
    ) {
        tone_lanes(channel, wave, freq, width, out);
    }
    fn render<W: Wave>(channel: &mut Channel<Wide>, wave: &W, drive: &Drive<'_, Wide>, out: &mut [Wide]) {
        render_lanes(channel, wave, drive, out);
    }
}

impl OscLane for f32 {
    #[inline(always)]
    fn tone<W: Wave>(channel: &mut Channel<f32>, wave: &W, freq: (f32, f32), width: Smooth<'_, f32>, out: &mut [f32]) {
        if freq.0.to_bits() != channel.steady.hz.to_bits() {
            channel.steady = Steady::at(freq);
        }
        match width {
            Smooth::Constant(x) => tone_frames(channel, wave, x, out),
            Smooth::Varying(_) => tone_frames_under_width(channel, wave, &width, out),
        }
    }
    fn render<W: Wave>(channel: &mut Channel<f32>, wave: &W, drive: &Drive<'_, f32>, out: &mut [f32]) {
        render_frames(channel, wave, drive, out);
    }
}

/// One voice runs its vector over eight frames: phases are integers, so the ramp has the bits of the sum, and the
/// copies to read are a function of the increment, so that frames may stand where voices do.
#[inline(always)]
fn tone_over<W: Wave>(channel: &mut Channel<f32>, wave: &W, width: &Smooth<'_, f32>, out: &mut [f32]) {
    let Steady { increment, step, .. } = channel.steady;
    wave.tune(&mut channel.reader, increment.abs());
    // Lines of four vectors: enough for the latency of one to hide behind the others.
    let (body, tail) = out.as_chunks_mut::<32>();
    let (mut phase, eight) = (ramp(channel.phase, step), u32x8::splat(step.wrapping_mul(8)));
    channel.phase = channel.phase.wrapping_add(step.wrapping_mul(body.len() as u32 * 32));
    let reader = channel.reader.spread::<f32x8>();
    let mut frame = 0;
    for line in body {
        for chunk in line.as_chunks_mut::<8>().0 {
            *chunk = wave.at(phase, &reader, frames(width, frame)).to_array();
            phase = LaneBits::wrapping_add(phase, eight);
            frame += 8;
        }
    }
    if !tail.is_empty() {
        tone_tail(channel, wave, width, frame, tail);
    }
}

/// What is left of a piece that is no multiple of a line long.
#[inline(never)]
fn tone_tail<W: Wave>(channel: &mut Channel<f32>, wave: &W, width: &Smooth<'_, f32>, from: usize, out: &mut [f32]) {
    let step = channel.steady.step;
    let (body, tail) = out.as_chunks_mut::<8>();
    let reader = channel.reader.spread::<f32x8>();
    let mut frame = from;
    for chunk in body {
        *chunk = wave.at(ramp(channel.phase, step), &reader, frames(width, frame)).to_array();
        channel.phase = channel.phase.wrapping_add(step.wrapping_mul(8));
        frame += 8;
    }
    for (i, y) in tail.iter_mut().enumerate() {
        *y = wave.at(channel.phase, &channel.reader, width.at(frame + i));
        channel.phase = channel.phase.wrapping_add(step);
    }
}

/// A tone of one width. A function of its own, or the compiler prepares for every case beforehand.
#[inline(never)]
fn tone_frames<W: Wave>(channel: &mut Channel<f32>, wave: &W, width: f32, out: &mut [f32]) {
    tone_over(channel, wave, &Smooth::Constant(width), out);
}

/// A tone whose width moves.
#[inline(never)]
fn tone_frames_under_width<W: Wave>(channel: &mut Channel<f32>, wave: &W, width: &Smooth<'_, f32>, out: &mut [f32]) {
    tone_over(channel, wave, width, out);
}

/// One voice whose frequency or width moves, eight frames at a time.
#[inline(never)]
fn render_frames<W: Wave>(channel: &mut Channel<f32>, wave: &W, drive: &Drive<'_, f32>, out: &mut [f32]) {
    let mut reader = channel.reader.spread::<f32x8>();
    let (body, tail) = out.as_chunks_mut::<8>();
    let mut frame = 0;
    for chunk in body {
        let increment = drive.eight(frame);
        wave.tune(&mut reader, increment.abs());
        let phase = sums(&mut channel.phase, increment);
        *chunk = wave.at(phase, &reader, frames(&drive.width, frame)).to_array();
        frame += 8;
    }
    channel.reader = reader.lane(7);
    for y in tail {
        let increment = drive.increment(frame);
        wave.tune(&mut channel.reader, increment.abs());
        *y = wave.at(channel.phase, &channel.reader, drive.width.at(frame));
        channel.phase = channel.phase.wrapping_add(increment.to_int());
        frame += 1;
    }
}

/// The phases of eight frames that advance alike.
#[inline(always)]
pub(super) fn ramp(phase: u32, step: u32) -> u32x8 {
    const NUMBERS: u32x8 = u32x8::new([0, 1, 2, 3, 4, 5, 6, 7]);
    LaneBits::wrapping_add(LaneBits::wrapping_mul(u32x8::splat(step), NUMBERS), u32x8::splat(phase))
}

/// The phases of eight frames with increments of their own; moves `phase` past them.
#[inline(always)]
pub(super) fn sums(phase: &mut u32, increment: f32x8) -> u32x8 {
    let steps = increment.to_int().to_array();
    u32x8::new(steps.map(|step| {
        let here = *phase;
        *phase = phase.wrapping_add(step);
        here
    }))
}

/// The increment of a frequency that stays, so that a steady tone begins without waiting for it.
#[derive(Clone, Copy)]
struct Steady {
    hz: f32,
    increment: f32,
    /// The increment as the phase takes it.
    step: u32,
}

impl Steady {
    /// What it is at a frequency, given in hertz and phase units for one.
    #[inline(never)]
    fn at((hz, scale): (f32, f32)) -> Steady {
        let increment = increment(hz, scale);
        Steady { hz, increment, step: increment.to_int() }
    }
}

/// Eight frames of a param as a vector.
#[inline(always)]
pub(super) fn frames(param: &Smooth<'_, f32>, from: usize) -> f32x8 {
    match param {
        Smooth::Constant(x) => f32x8::splat(*x),
        Smooth::Varying(s) => f32x8::new(core::array::from_fn(|i| s[from + i])),
    }
}
