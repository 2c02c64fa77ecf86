//! The sine oscillator.

use super::osc;
use bf_dsp::mips::{Gather, Reader};
use bf_dsp::sine::sine;
use bf_node::{MakeError, ParamSpec, PortSpec, Setup, node};

node! {
    /// A pure tone.
    ///
    /// The softest of the waves: one frequency and no overtones. Use it for sub-basses and test tones, as the
    /// modulator of another oscillator's `fm`, or behind a `shaper`, which gives it the overtones it lacks.
    ///
    /// `fm` shifts the frequency by so many hertz, through zero where it must. A rise of `hard_sync` through zero starts
    /// the cycle anew, with the jump band-limited.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "sine", freq = 220.0 }
    /// level = { type = "gain", gain = 0.25 }
    /// out = { type = "output" }
    /// [cables]
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    sine: Source,
    inputs {
        fm: PortSpec::signal("fm", "Added to the frequency, in hertz."),
        hard_sync: PortSpec::signal("hard_sync", "Starts the cycle anew when it rises through zero."),
    },
    outputs { out: PortSpec::signal("out", "The wave, from -1 to 1.") },
    params { freq: ParamSpec::hz("freq", 440.0, 0.0, 20_000.0, "Cycles a second.").smooth() },
    with { make: osc::make::<Wave> }
}

/// A sine that begins at zero and rises.
pub(super) struct Wave;

impl osc::Wave for Wave {
    const PORTS: osc::Ports =
        osc::Ports { fm: inp::fm, sync: inp::hard_sync, out: out::out, freq: par::freq, width: None };

    fn new(_setup: &Setup<'_>) -> Result<Self, MakeError> {
        Ok(Wave)
    }
    #[inline(always)]
    fn tune<L: Gather>(&self, _reader: &mut Reader<L>, _increment: L) {}
    #[inline(always)]
    fn at<L: Gather>(&self, phase: L::Bits, _reader: &Reader<L>, _width: L) -> L {
        sine::<L>(phase)
    }
    fn naive(&self, phase: u32, _width: f32, _increment: f32) -> f32 {
        sine::<f32>(phase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::check::{self, Spectrum};

    #[test]
    fn one_line_at_the_frequency() {
        for hz in [55.0, 440.0, 5_000.0, 15_000.0] {
            let spectrum = Spectrum::of(&check::hear(&SPEC, &[("freq", hz)], check::LEN));
            assert!((spectrum.level(hz) - 1.0).abs() < 0.002, "{hz} Hz");
            // The floor of the measurement: all sidelobes of the window together.
            assert!(spectrum.alias_db(hz) < -85.0, "{hz} Hz: {}", spectrum.alias_db(hz));
        }
    }

    #[test]
    fn laws() {
        check::oscillator(&SPEC);
    }

    #[test]
    fn sync_restarts_the_cycle_and_stays_clean() {
        let hz = 1_777.0;
        let y = check::synced(&SPEC, hz, 439.453_13);
        let spectrum = Spectrum::of(&y);
        // The wave now repeats with the master: what lies between its harmonics is alias.
        assert!(spectrum.alias_db(439.453_13) < -45.0, "{}", spectrum.alias_db(439.453_13));
    }
}
