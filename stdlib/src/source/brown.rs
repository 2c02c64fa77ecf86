//! Brown noise.

use super::white::Noises;
use bf_dsp::{Lane, math};
use bf_node::{Adopt, Io, LaneMask, MakeError, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Deep noise: half the amplitude with every octave.
    ///
    /// Rumble, thunder, distant traffic; slowed down by a `slew`, a random wander for other nodes. It falls by 6 dB an
    /// octave above 20 Hz and is level below, so that it never drifts away. RMS 0.22 at any sample rate.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// noise = { type = "brown" }
    /// out = { type = "output" }
    /// [cables]
    /// "out" = "noise"
    /// ```
    brown: Source,
    inputs { },
    outputs { out: PortSpec::signal("out", "The noise: RMS 0.22, peaks seldom above 1.") },
    params { },
    with { make: make, free_running: true }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, BrownNoise))
}

/// Below this the noise is level.
const CORNER_HZ: f32 = 20.0;
const RMS: f32 = 0.22;

struct BrownNoise<L: Lane> {
    keep: f32,
    gain: f32,
    noises: Noises<L>,
    sums: Vec<L>,
}

impl<L: Lane> BrownNoise<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let keep = math::exp(-core::f32::consts::TAU * CORNER_HZ / setup.sample_rate);
        // A one-pole passes 1 / (1 − keep²) of the power of white noise, which is 1/3.
        let gain = RMS * (3.0 * (1.0 - keep * keep)).sqrt();
        BrownNoise { keep, gain, noises: Noises::new(setup), sums: vec![L::splat(0.0); setup.channels] }
    }
}

impl<L: Lane> Processor for BrownNoise<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let (keep, gain) = (L::splat(self.keep), L::splat(self.gain));
        for channel in 0..io.channels() {
            let noise = self.noises.channel(channel);
            let (mut white, mut sum) = (*noise, self.sums[channel]);
            for y in io.output::<L>(out::out, channel) {
                sum = sum * keep + white.frame() * gain;
                *y = sum;
            }
            (*noise, self.sums[channel]) = (white, sum);
        }
        Status::Active
    }
    fn reset(&mut self, lanes: LaneMask) {
        self.noises.reset(lanes);
        let keep = L::mask_from_bits(!lanes);
        for sum in &mut self.sums {
            *sum = L::select(keep, *sum, L::splat(0.0));
        }
    }
    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Self>() else { return Adopt::None };
        self.noises.adopt(&old.noises);
        for (new, old) in self.sums.iter_mut().zip(&old.sums) {
            *new = *old;
        }
        Adopt::Copied
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::check::{self, Spectrum};

    #[test]
    fn six_decibels_an_octave() {
        let spectrum = Spectrum::of(&check::hear(&SPEC, &[], 1 << 18));
        for hz in [100.0, 400.0, 1_600.0, 5_000.0] {
            let db = 10.0 * (spectrum.band(hz, 1.5 * hz) / spectrum.band(2.0 * hz, 3.0 * hz)).log10();
            // Power density falls by 6 dB and the band is twice as wide.
            assert!((db - 3.0).abs() < 0.8, "{hz} Hz: {db} dB");
        }
    }

    #[test]
    fn as_loud_as_declared() {
        let y = check::hear(&SPEC, &[], 400_000);
        let rms = (y.iter().map(|x| x * x).sum::<f32>() / y.len() as f32).sqrt();
        assert!((rms - RMS).abs() < 0.03, "{rms}");
    }

    #[test]
    fn laws() {
        check::noise(&SPEC);
    }
}
