//! Pink noise.

use super::white::Noises;
use bf_dsp::{Lane, math};
use bf_node::{Adopt, Io, LaneMask, MakeError, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Noise with the same power in every octave.
    ///
    /// Softer than white: rain, waterfalls, the noise that rooms and mixes are measured with. It falls by 3 dB an
    /// octave, within 0.4 dB from 20 Hz to 20 kHz, and is as loud at any sample rate: RMS 0.2 from 20 Hz to 20 kHz.
    ///
    /// *Source:* a row of first-order shelves at equal ratios, whose steps of 3 dB an octave add up to a slope (as in
    /// J. O. Smith and H. F. Smith, "Closed Form Fractional Integration and Differentiation", 2019).
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// noise = { type = "pink" }
    /// out = { type = "output" }
    /// [cables]
    /// "out" = "noise"
    /// ```
    pink: Source,
    inputs { },
    outputs { out: PortSpec::signal("out", "The noise: RMS 0.2, peaks seldom above 1.") },
    params { },
    with { make: make, free_running: true }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, PinkNoise))
}

/// Shelves, a factor of three apart.
const STAGES: usize = 8;
/// The corner of the highest in cycles a frame, and the zero that rights the slope near Nyquist: a search over both
/// for the least deviation at 44.1 and 48 kHz (0.11 dB).
const TOP: f32 = 0.1193;
const TILT: f32 = 0.18;
/// RMS from 20 Hz to 20 kHz.
const LEVEL: f32 = 0.2;

/// The filter's coefficients.
#[derive(Clone, Copy)]
struct Slope {
    poles: [f32; STAGES],
    zeros: [f32; STAGES],
    gain: f32,
}

impl Slope {
    fn new(sample_rate: f32) -> Slope {
        let tau = core::f32::consts::TAU;
        let corner = |k: usize| TOP / math::pow(3.0, k as f32);
        let poles = core::array::from_fn(|k| math::exp(-tau * corner(k)));
        let zeros = core::array::from_fn(|k| math::exp(-tau * corner(k) * 3f32.sqrt()));
        // What the row does to 1 kHz, where the power density of pink noise of RMS 1 over three decades is
        // 1 / (1000 ln 1000), and that of the white noise that enters is 2 / (3 sample_rate).
        let w = tau * 1_000.0 / sample_rate;
        let size = |zero: f32| 1.0 - 2.0 * zero * math::cos(w) + zero * zero;
        let mut power = size(-TILT);
        for k in 0..STAGES {
            power *= size(zeros[k]) / size(poles[k]);
        }
        let wanted = LEVEL * LEVEL / (1_000.0 * 6.907_755);
        Slope { poles, zeros, gain: (wanted * 1.5 * sample_rate / power).sqrt() }
    }
}

/// The filter's state.
#[derive(Clone, Copy)]
struct State<L> {
    stages: [L; STAGES],
    last: L,
}

impl<L: Lane> State<L> {
    fn rest() -> State<L> {
        State { stages: [L::splat(0.0); STAGES], last: L::splat(0.0) }
    }

    #[inline(always)]
    fn frame(&mut self, slope: &Slope, x: L) -> L {
        let mut y = x + self.last * L::splat(TILT);
        self.last = x;
        for (k, state) in self.stages.iter_mut().enumerate() {
            let x = y;
            y = x + *state;
            *state = y * L::splat(slope.poles[k]) - x * L::splat(slope.zeros[k]);
        }
        y * L::splat(slope.gain)
    }
}

struct PinkNoise<L: Lane> {
    slope: Slope,
    noises: Noises<L>,
    states: Vec<State<L>>,
}

impl<L: Lane> PinkNoise<L> {
    fn new(setup: &Setup<'_>) -> Self {
        PinkNoise {
            slope: Slope::new(setup.sample_rate),
            noises: Noises::new(setup),
            states: vec![State::rest(); setup.channels],
        }
    }
}

impl<L: Lane> Processor for PinkNoise<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        for channel in 0..io.channels() {
            let noise = self.noises.channel(channel);
            let (mut white, mut state) = (*noise, self.states[channel]);
            for y in io.output::<L>(out::out, channel) {
                *y = state.frame(&self.slope, white.frame());
            }
            (*noise, self.states[channel]) = (white, state);
        }
        Status::Active
    }
    fn reset(&mut self, lanes: LaneMask) {
        self.noises.reset(lanes);
        let keep = L::mask_from_bits(!lanes);
        for state in &mut self.states {
            for x in state.stages.iter_mut().chain([&mut state.last]) {
                *x = L::select(keep, *x, L::splat(0.0));
            }
        }
    }
    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Self>() else { return Adopt::None };
        self.noises.adopt(&old.noises);
        for (new, old) in self.states.iter_mut().zip(&old.states) {
            *new = *old;
        }
        Adopt::Copied
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::check;

    #[test]
    fn three_decibels_an_octave_at_every_rate() {
        for rate in [44_100.0, 48_000.0, 96_000.0] {
            let slope = Slope::new(rate);
            let w = |hz: f32| core::f32::consts::TAU * hz / rate;
            let size = |zero: f32, hz: f32| 1.0 - 2.0 * zero * w(hz).cos() + zero * zero;
            for i in 0..100 {
                let hz = 20.0 * 1000f32.powf(i as f32 / 99.0);
                let mut power = size(-TILT, hz) * slope.gain * slope.gain * 2.0 / (3.0 * rate);
                for k in 0..STAGES {
                    power *= size(slope.zeros[k], hz) / size(slope.poles[k], hz);
                }
                let want = LEVEL * LEVEL / (6.907_755 * hz);
                let db = 10.0 * (power / want).log10();
                assert!(db.abs() < 0.4, "{hz} Hz at {rate}: {db} dB");
            }
        }
    }

    #[test]
    fn as_loud_as_declared() {
        let y = check::hear(&SPEC, &[], 200_000);
        let rms = (y.iter().map(|x| x * x).sum::<f32>() / y.len() as f32).sqrt();
        let peak = y.iter().fold(0f32, |m, x| m.max(x.abs()));
        assert!((0.19..0.27).contains(&rms) && peak < 1.1, "{rms} {peak}");
    }

    #[test]
    fn laws() {
        check::noise(&SPEC);
    }
}
