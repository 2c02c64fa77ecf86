//! The sawtooth oscillator.

use super::osc;
use bf_dsp::mips::{Gather, Mips, Reader, Sizes};
use bf_node::{MakeError, ParamSpec, PortSpec, Setup, node};
use std::sync::OnceLock;

node! {
    /// A bright wave with every harmonic, band-limited.
    ///
    /// The wave of basses, strings, brass and leads, made to be filtered. Harmonics fall by 6 dB an octave and end
    /// just under half the sample rate, or with the 1,448th: at 14 Hz that is 20 kHz. What folds back is more than
    /// 54 dB below at every steady pitch up to 8 kHz. Under a fast `fm` harmonics come and go with the pitch, and more
    /// folds back: some 38 dB below at 1,000 ± 1,000 Hz, 100 times a second, and 26 dB at 4,000 ± 3,000 Hz, 1,000
    /// times a second.
    ///
    /// `fm` shifts the frequency by so many hertz, through zero where it must. A rise of `hard_sync` through zero starts
    /// the cycle anew (hard sync): patch a second oscillator to it and sweep this one's `freq`.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 110.0 }
    /// filter = { type = "svf", cutoff = 900.0, resonance = 0.4 }
    /// level = { type = "gain", gain = 0.25 }
    /// out = { type = "output" }
    /// [cables]
    /// "filter" = "osc"
    /// "level" = "filter.low"
    /// "out" = "level"
    /// ```
    saw: Source,
    inputs {
        fm: PortSpec::signal("fm", "Added to the frequency, in hertz."),
        hard_sync: PortSpec::signal("hard_sync", "Starts the cycle anew when it rises through zero."),
    },
    outputs { out: PortSpec::signal("out", "The wave, about -1 to 1.") },
    params { freq: ParamSpec::hz("freq", 440.0, 0.0, 20_000.0, "Cycles a second.").smooth() },
    with { make: osc::make::<Wave> }
}

/// A sawtooth that begins at zero and rises; it jumps in the middle of the cycle, so that a note starts without one.
pub(super) struct Wave {
    mips: &'static SawMips,
}

/// The copies of a sawtooth.
pub(crate) type SawMips = Mips<65536>;

/// The copies that every sawtooth, pulse and metallic drum reads. An immutable cache of 512 KiB, filled by the first
/// `make` on the control thread: the audio thread only ever holds the reference.
pub(crate) fn saw_mips() -> &'static SawMips {
    static MIPS: OnceLock<SawMips> = OnceLock::new();
    let sign = |n: usize| if n.is_multiple_of(2) { -1.0 } else { 1.0 };
    let sizes = Sizes { points: 128..=8192, most: 1448 };
    MIPS.get_or_init(|| Mips::new(&sizes, |n| [0.0, sign(n) * core::f64::consts::FRAC_2_PI / n as f64]))
}

impl osc::Wave for Wave {
    const PORTS: osc::Ports =
        osc::Ports { fm: inp::fm, sync: inp::hard_sync, out: out::out, freq: par::freq, width: None };

    fn new(_setup: &Setup<'_>) -> Result<Self, MakeError> {
        Ok(Wave { mips: saw_mips() })
    }
    #[inline(always)]
    fn tune<L: Gather>(&self, reader: &mut Reader<L>, increment: L) {
        reader.tune(self.mips, increment);
    }
    #[inline(always)]
    fn at<L: Gather>(&self, phase: L::Bits, reader: &Reader<L>, _width: L) -> L {
        reader.read(self.mips, phase)
    }
    fn naive(&self, phase: u32, _width: f32, _increment: f32) -> f32 {
        (phase as i32) as f32 * (1.0 / 2_147_483_648.0)
    }
    fn edges(&self, _width: f32) -> [(u32, f32); 2] {
        [(1 << 31, -2.0), (0, 0.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::check::{self, Spectrum};

    fn naive(hz: f32) -> Vec<f32> {
        let step = (f64::from(hz) / 48_000.0 * 4_294_967_296.0) as u32;
        (0..check::LEN as u32).map(|i| (step.wrapping_mul(i) as i32) as f32 / 2_147_483_648.0).collect()
    }

    #[test]
    fn clean_and_bright_at_88_pitches() {
        for hz in check::pitches() {
            let spectrum = Spectrum::of(&check::hear(&SPEC, &[("freq", hz)], check::LEN));
            let (alias, plain) = (spectrum.alias_db(hz), Spectrum::of(&naive(hz)).alias_db(hz));
            assert!(alias < -57.0 && alias < plain - 20.0, "{hz} Hz: alias {alias} dB, naive {plain} dB");
            for n in (1..).take_while(|n| *n as f32 * hz < 20_000.0) {
                let db = 20.0 * (spectrum.level(n as f32 * hz) * n as f64 / core::f64::consts::FRAC_2_PI).log10();
                assert!(db.abs() < 0.6, "harmonic {n} of {hz} Hz: {db} dB");
            }
        }
    }

    #[test]
    fn clean_and_bright_at_the_lowest_pitches() {
        for (rate, hz) in check::depths() {
            let spectrum = check::low(&SPEC, &[("freq", hz)], rate);
            let scale = 48_000.0 / rate;
            assert!(spectrum.alias_db(hz * scale) < -54.0, "{hz} Hz at {rate}: {}", spectrum.alias_db(hz * scale));
            for n in (1..).take_while(|n| *n as f32 * hz < 20_000.0) {
                let level = spectrum.level(n as f32 * hz * scale) * n as f64 / core::f64::consts::FRAC_2_PI;
                let db = 20.0 * level.log10();
                assert!(db.abs() < 1.0, "harmonic {n} of {hz} Hz at {rate}: {db} dB");
            }
        }
    }

    #[test]
    fn laws() {
        check::oscillator(&SPEC);
    }

    #[test]
    fn sync_is_clean() {
        for hz in [700.0, 1_100.0, 2_345.0] {
            let alias = Spectrum::of(&check::synced(&SPEC, hz, 439.453_13)).alias_db(439.453_13);
            assert!(alias < -45.0, "{hz} Hz: {alias} dB");
        }
    }

    #[test]
    fn rises_from_zero() {
        let y = check::hear(&SPEC, &[("freq", 100.0)], 200);
        assert!(y[0].abs() < 1e-6 && y[60] > 0.2 && y[100] > 0.35 && y[200 - 1] > 0.7);
    }
}
