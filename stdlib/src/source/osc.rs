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

/// The state of one channel.
pub(super) struct Channel<L: Gather> {
    phase: L::Bits,
    reader: Reader<L>,
    slave: Slave<L>,
    steady: Steady,
}

impl<L: Gather> Default for Channel<L> {
    fn default() -> Self {
        let steady = Steady { hz: 0.0, increment: 0.0 };
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
    /// The increment of every frame, where it is the same.
    #[inline(always)]
    fn constant(&self) -> Option<L> {
        match (self.freq, self.fm) {
            (Smooth::Constant(hz), None) => Some(increment(hz, self.scale)),
            _ => None,
        }
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
}

impl<L: OscLane, W: Wave> Processor for Oscillator<L, W> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let ports = W::PORTS;
        let freq = io.smooth::<L>(ports.freq);
        let width = ports.width.map_or(Smooth::Constant(L::splat(0.5)), |width| io.smooth::<L>(width));
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
    /// Writes the clean wave over a piece.
    fn render<W: Wave>(channel: &mut Channel<Self>, wave: &W, drive: &Drive<'_, Self>, out: &mut [Self]);
}

/// Vectors of voices go frame by frame.
#[inline(always)]
fn render_lanes<L: Gather, W: Wave>(channel: &mut Channel<L>, wave: &W, drive: &Drive<'_, L>, out: &mut [L]) {
    let (mut phase, mut reader) = (channel.phase, channel.reader);
    if let Some(increment) = drive.constant() {
        wave.tune(&mut reader, increment.abs());
        let step = increment.to_int();
        for (i, y) in out.iter_mut().enumerate() {
            *y = wave.at(phase, &reader, drive.width.at(i));
            phase = phase.wrapping_add(step);
        }
    } else {
        for (i, y) in out.iter_mut().enumerate() {
            let increment = drive.increment(i);
            wave.tune(&mut reader, increment.abs());
            *y = wave.at(phase, &reader, drive.width.at(i));
            phase = phase.wrapping_add(increment.to_int());
        }
    }
    (channel.phase, channel.reader) = (phase, reader);
}

impl OscLane for f32x8 {
    fn render<W: Wave>(channel: &mut Channel<f32x8>, wave: &W, drive: &Drive<'_, f32x8>, out: &mut [f32x8]) {
        render_lanes(channel, wave, drive, out);
    }
}

impl OscLane for Wide {
    fn render<W: Wave>(channel: &mut Channel<Wide>, wave: &W, drive: &Drive<'_, Wide>, out: &mut [Wide]) {
        render_lanes(channel, wave, drive, out);
    }
}

impl OscLane for f32 {
    /// One voice runs its vector over eight frames: phases are integers, so the ramp has the bits of the sum, and the
    /// copies to read are a function of the increment, so that frames may stand where voices do.
    fn render<W: Wave>(channel: &mut Channel<f32>, wave: &W, drive: &Drive<'_, f32>, out: &mut [f32]) {
        let whole = out.len() & !7;
        let (body, tail) = out.split_at_mut(whole);
        let mut reader = channel.reader.spread::<f32x8>();
        if let Some(increment) = channel.steady.increment(drive) {
            wave.tune(&mut channel.reader, increment.abs());
            reader = channel.reader.spread();
            let step = increment.to_int();
            let mut phase = ramp(channel.phase, step);
            for (n, chunk) in body.chunks_exact_mut(8).enumerate() {
                chunk.copy_from_slice(wave.at(phase, &reader, frames(&drive.width, n * 8)).as_array());
                phase = LaneBits::wrapping_add(phase, LaneBits::splat(step.wrapping_mul(8)));
            }
            channel.phase = channel.phase.wrapping_add(step.wrapping_mul(whole as u32));
        } else {
            for (n, chunk) in body.chunks_exact_mut(8).enumerate() {
                let increment = drive.eight(n * 8);
                wave.tune(&mut reader, increment.abs());
                let phase = sums(&mut channel.phase, increment);
                chunk.copy_from_slice(wave.at(phase, &reader, frames(&drive.width, n * 8)).as_array());
            }
            channel.reader = reader.lane(7);
        }
        for (i, y) in (whole..).zip(tail) {
            let increment = drive.increment(i);
            wave.tune(&mut channel.reader, increment.abs());
            *y = wave.at(channel.phase, &channel.reader, drive.width.at(i));
            channel.phase = channel.phase.wrapping_add(increment.to_int());
        }
    }
}

/// The phases of eight frames that advance alike.
#[inline(always)]
pub(super) fn ramp(phase: u32, step: u32) -> u32x8 {
    LaneBits::wrapping_add(u32x8::from_fn(|i| step.wrapping_mul(i as u32)), LaneBits::splat(phase))
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
}

impl Steady {
    #[inline(always)]
    fn increment(&mut self, drive: &Drive<'_, f32>) -> Option<f32> {
        let (Smooth::Constant(hz), None) = (drive.freq, drive.fm) else { return None };
        if hz.to_bits() != self.hz.to_bits() {
            *self = Steady { hz, increment: increment(hz, drive.scale) };
        }
        Some(self.increment)
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
