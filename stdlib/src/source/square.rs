//! The square and pulse oscillator.

use super::osc;
use super::saw::{SawMips, saw_mips};
use bf_dsp::LaneBits;
use bf_dsp::mips::{Gather, Reader};
use bf_node::{MakeError, ParamSpec, PortSpec, Setup, node};

node! {
    /// A hollow wave of odd harmonics, or a pulse of any width, band-limited.
    ///
    /// At `width` 0.5 it is the square of clarinets and game consoles; narrower or wider it turns nasal and thin. A
    /// slow `lfo` on `width` is the classic swimming pulse. The wave is +1 for `width` of the cycle and -1 for the
    /// rest, so its mean moves with the width. Harmonics end just under half the sample rate, or with the 1,448th;
    /// what folds back is more than 52 dB below at every steady pitch up to 8 kHz, and under a fast and deep `fm`, in
    /// which harmonics come and go, 30 to 50 dB.
    ///
    /// `fm` shifts the frequency by so many hertz, through zero where it must. A rise of `hard_sync` through zero starts
    /// the cycle anew (hard sync).
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// swim = { type = "lfo", rate = 0.5 }
    /// osc = { type = "square", freq = 110.0 }
    /// level = { type = "gain", gain = 0.2 }
    /// out = { type = "output" }
    /// [cables]
    /// "osc.width" = { from = "swim", amount = 0.3 }
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    square: Source,
    inputs {
        fm: PortSpec::signal("fm", "Added to the frequency, in hertz."),
        hard_sync: PortSpec::signal("hard_sync", "Starts the cycle anew when it rises through zero."),
    },
    outputs { out: PortSpec::signal("out", "The wave, about -1 to 1.") },
    params {
        freq: ParamSpec::hz("freq", 440.0, 0.0, 20_000.0, "Cycles a second.").smooth(),
        width: ParamSpec::number("width", 0.5, 0.01, 0.99, "The part of the cycle that is high.").smooth(),
    },
    with { make: osc::make::<Wave> }
}

/// A pulse that is high from the start of the cycle: the difference of two sawtooths.
pub(super) struct Wave {
    mips: &'static SawMips,
}

/// The width as a phase, for widths from 0 to 1.
#[inline(always)]
fn width_phase<L: Gather>(width: L) -> L::Bits {
    // Half a cycle is added as an integer, since a whole one does not fit a signed number.
    let offset = (width - L::splat(0.5)) * L::splat(4_294_967_296.0);
    offset.clamp(-2_147_483_520.0, 2_147_483_520.0).to_int().wrapping_add(L::Bits::splat(1 << 31))
}

/// The clean pulse, from the copies of a sawtooth that jumps at half a cycle.
#[inline(always)]
pub(crate) fn pulse<L: Gather>(mips: &SawMips, reader: &Reader<L>, phase: L::Bits, width: L) -> L {
    let width = width.clamp(0.01, 0.99);
    let rising = phase.wrapping_add(L::Bits::splat(1 << 31));
    let falling = rising.wrapping_sub(width_phase(width));
    reader.read(mips, falling) - reader.read(mips, rising) + (width + width - L::splat(1.0))
}

impl osc::Wave for Wave {
    const PORTS: osc::Ports =
        osc::Ports { fm: inp::fm, sync: inp::hard_sync, out: out::out, freq: par::freq, width: Some(par::width) };

    fn new(_setup: &Setup<'_>) -> Result<Self, MakeError> {
        Ok(Wave { mips: saw_mips() })
    }
    #[inline(always)]
    fn tune<L: Gather>(&self, reader: &mut Reader<L>, increment: L) {
        reader.tune(self.mips, increment);
    }
    #[inline(always)]
    fn at<L: Gather>(&self, phase: L::Bits, reader: &Reader<L>, width: L) -> L {
        pulse(self.mips, reader, phase, width)
    }
    fn naive(&self, phase: u32, width: f32, _increment: f32) -> f32 {
        if phase < width_phase(width.clamp(0.01, 0.99)) { 1.0 } else { -1.0 }
    }
    fn edges(&self, width: f32) -> [(u32, f32); 2] {
        [(0, 2.0), (width_phase(width.clamp(0.01, 0.99)), -2.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::check::{self, Spectrum};

    #[test]
    fn clean_and_right_at_three_widths() {
        for width in [0.5f32, 0.25, 0.1] {
            for hz in check::pitches().step_by(4) {
                let spectrum = Spectrum::of(&check::hear(&SPEC, &[("freq", hz), ("width", width)], check::LEN));
                assert!(spectrum.alias_db(hz) < -55.0, "{hz} Hz at {width}: {}", spectrum.alias_db(hz));
                for n in (1..).take_while(|n| *n as f32 * hz < 20_000.0) {
                    let want = 4.0 / (core::f64::consts::PI * n as f64)
                        * (core::f64::consts::PI * n as f64 * f64::from(width)).sin().abs();
                    let db = 20.0 * (spectrum.level(n as f32 * hz) / want).log10();
                    assert!(want < 1e-3 / n as f64 || db.abs() < 1.0, "harmonic {n} of {hz} Hz at {width}: {db} dB");
                }
            }
        }
    }

    #[test]
    fn clean_and_right_at_the_lowest_pitches() {
        for (rate, hz) in check::depths().step_by(2) {
            let spectrum = check::low(&SPEC, &[("freq", hz)], rate);
            let scale = 48_000.0 / rate;
            assert!(spectrum.alias_db(hz * scale) < -52.0, "{hz} Hz at {rate}: {}", spectrum.alias_db(hz * scale));
            for n in (1..).step_by(2).take_while(|n| *n as f32 * hz < 20_000.0) {
                let level = spectrum.level(n as f32 * hz * scale) * core::f64::consts::PI * n as f64 / 4.0;
                let db = 20.0 * level.log10();
                assert!(db.abs() < 1.0, "harmonic {n} of {hz} Hz at {rate}: {db} dB");
            }
        }
    }

    #[test]
    fn mean_follows_width() {
        let y = check::hear(&SPEC, &[("freq", 100.0), ("width", 0.2)], 4_800);
        let mean = y.iter().sum::<f32>() / y.len() as f32;
        assert!((mean + 0.6).abs() < 0.01, "{mean}");
    }

    #[test]
    fn laws() {
        check::oscillator(&SPEC);
    }

    #[test]
    fn sync_is_clean() {
        for hz in [700.0, 2_345.0] {
            let alias = Spectrum::of(&check::synced(&SPEC, hz, 439.453_13)).alias_db(439.453_13);
            assert!(alias < -45.0, "{hz} Hz: {alias} dB");
        }
    }
}
