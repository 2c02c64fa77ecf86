//! The triangle oscillator.

use super::osc;
use bf_dsp::mips::{Gather, Mips, Reader, Sizes};
use bf_node::{MakeError, ParamSpec, PortSpec, Setup, node};
use std::sync::OnceLock;

node! {
    /// A soft wave of odd harmonics, band-limited.
    ///
    /// Between sine and square: harmonics fall by 12 dB an octave. Good for flutes, soft basses and the body of
    /// drums, and it keeps its place in a mix with little filtering. They end just under half the sample rate, or with
    /// the 255th, which is 96 dB below the first.
    ///
    /// `fm` shifts the frequency by so many hertz, through zero where it must. A rise of `hard_sync` through zero starts
    /// the cycle anew (hard sync).
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "triangle", freq = 220.0 }
    /// level = { type = "gain", gain = 0.25 }
    /// out = { type = "output" }
    /// [cables]
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    triangle: Source,
    inputs {
        fm: PortSpec::signal("fm", "Added to the frequency, in hertz."),
        hard_sync: PortSpec::signal("hard_sync", "Starts the cycle anew when it rises through zero."),
    },
    outputs { out: PortSpec::signal("out", "The wave, from -1 to 1.") },
    params { freq: ParamSpec::hz("freq", 440.0, 0.0, 20_000.0, "Cycles a second.").smooth() },
    with { make: osc::make::<Wave> }
}

/// A triangle that begins at zero and rises.
pub(super) struct Wave {
    mips: &'static TriangleMips,
}

/// Harmonics fall so fast that 512 points, with 255 of them, serve the lowest pitch.
type TriangleMips = Mips<16384>;

/// An immutable cache of 128 KiB, filled by the first `make` on the control thread.
fn triangle_mips() -> &'static TriangleMips {
    static MIPS: OnceLock<TriangleMips> = OnceLock::new();
    let line = |n: usize| match n % 4 {
        1 => 8.0 / (core::f64::consts::PI * n as f64).powi(2),
        3 => -8.0 / (core::f64::consts::PI * n as f64).powi(2),
        _ => 0.0,
    };
    MIPS.get_or_init(|| Mips::new(&Sizes { points: 128..=512, most: 256 }, |n| [0.0, line(n)]))
}

impl osc::Wave for Wave {
    const PORTS: osc::Ports =
        osc::Ports { fm: inp::fm, sync: inp::hard_sync, out: out::out, freq: par::freq, width: None };

    fn new(_setup: &Setup<'_>) -> Result<Self, MakeError> {
        Ok(Wave { mips: triangle_mips() })
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
        let x = (phase as i32) as f32 * (1.0 / 1_073_741_824.0);
        if x > 1.0 {
            2.0 - x
        } else if x < -1.0 {
            -2.0 - x
        } else {
            x
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::check::{self, Spectrum};

    #[test]
    fn clean_with_odd_harmonics() {
        for hz in check::pitches().step_by(3) {
            let spectrum = Spectrum::of(&check::hear(&SPEC, &[("freq", hz)], check::LEN));
            assert!(spectrum.alias_db(hz) < -70.0, "{hz} Hz: {}", spectrum.alias_db(hz));
            for n in (1..40).step_by(2).take_while(|n| *n as f32 * hz < 20_000.0) {
                let want = 8.0 / (core::f64::consts::PI * n as f64).powi(2);
                let db = 20.0 * (spectrum.level(n as f32 * hz) / want).log10();
                assert!(db.abs() < 0.5, "harmonic {n} of {hz} Hz: {db} dB");
            }
        }
    }

    #[test]
    fn laws() {
        check::oscillator(&SPEC);
    }
}
