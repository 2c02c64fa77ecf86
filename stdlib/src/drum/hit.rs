//! The frame around every drum: blows in, one channel out, at rest when it has died away.

use super::parts::{Decay, keep, limit};
use super::strike::{Edge, Gate, Strike};
use bf_dsp::GRID;
use bf_node::{Adopt, Event, Io, LaneMask, MakeError, PerLane, Processor, Setup, Status};

/// The part of a drum that differs from the others.
pub(super) trait Sound: Clone + Send + 'static {
    /// Where the declaration has put gate, velocity and output.
    const PORTS: [usize; 3];
    /// The sound at rest. Does not allocate: a reset makes it anew.
    fn new(sample_rate: f32, seed: u64) -> Self;
    /// Takes the params over; runs at each blow and on the grid.
    fn tune(&mut self, io: &Io<'_>);
    /// A blow through an input.
    fn strike(&mut self, io: &Io<'_>, input: usize, strike: Strike);
    /// The present frame.
    fn frame(&mut self) -> f32;
    /// Whether it is so quiet that it may end.
    fn is_over(&self) -> bool;
    /// Silences filters once it has ended.
    fn rest(&mut self);
}

/// Makes a drum.
///
/// # Errors
/// None.
pub(super) fn make<S: Sound>(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| Ok(Drum::<S>::new(setup.sample_rate, setup.seed ^ (lane as u64) << 40)))
}

/// A drum at work.
#[derive(Clone)]
struct Drum<S> {
    sample_rate: f32,
    seed: u64,
    sound: S,
    gate: Gate,
    pending: Option<(usize, Strike)>,
    sounds: bool,
    /// The last frame, and what is left of the step from it to a new blow: a second blow never clicks.
    last: f32,
    seam: Decay,
}

impl<S: Sound> Drum<S> {
    fn new(sample_rate: f32, seed: u64) -> Self {
        let seam = Decay { level: 0.0, keep: keep(0.004, sample_rate) };
        let sound = S::new(sample_rate, seed);
        Drum { sample_rate, seed, sound, gate: Gate::default(), pending: None, sounds: false, last: 0.0, seam }
    }

    fn frame(&mut self) -> f32 {
        self.last = limit(self.sound.frame() + self.seam.frame());
        self.last
    }
}

impl<S: Sound> Processor for Drum<S> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let [gate, velocity, out] = S::PORTS;
        let (gate, velocity) = (io.input::<f32>(gate, 0), io.input::<f32>(velocity, 0));
        let (start, mut heard) = (io.start(), false);
        for i in 0..io.frames() {
            if self.gate.frame(gate[i]) == Edge::Rises {
                self.pending = Strike::plain(velocity[i]).map(|s| (0, s)).or(self.pending);
            }
            if let Some((input, strike)) = self.pending.take() {
                (self.sounds, self.seam.level) = (true, self.last);
                self.sound.tune(io);
                self.sound.strike(io, input, strike);
            } else if self.sounds && (start + i as u64).is_multiple_of(GRID as u64) {
                if self.sound.is_over() && self.seam.is_over() {
                    self.sound.rest();
                    (self.sounds, self.last, self.seam.level) = (false, 0.0, 0.0);
                } else {
                    self.sound.tune(io);
                }
            }
            heard |= self.sounds;
            io.output::<f32>(out, 0)[i] = if self.sounds { self.frame() } else { 0.0 };
        }
        if heard || !self.gate.is_low() { Status::Active } else { Status::Idle }
    }

    fn event(&mut self, _io: &mut Io<'_>, input: usize, event: &Event) {
        self.pending = Strike::of(&event.body).map(|s| (input, s)).or(self.pending);
    }

    fn reset(&mut self, _lanes: LaneMask) {
        *self = Drum::new(self.sample_rate, self.seed);
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Self>() else { return Adopt::None };
        *self = old.clone();
        Adopt::Copied
    }
}
