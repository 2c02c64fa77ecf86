//! The loudness of what is heard, measured beside the sound: outside of the audio thread.

use bf_dsp::loudness::Loudness;
use bf_dsp::math::gain_to_db;
use bf_dsp::true_peak::TruePeak;

/// What a meter of the loudness shows; silence reads −200.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Readings {
    /// The last 400 ms, in LUFS.
    pub momentary: f32,
    /// The last 3 s, in LUFS.
    pub short_term: f32,
    /// Everything since the reset, gated, in LUFS.
    pub integrated: f32,
    /// The loudness range since the reset, in LU.
    pub range: f32,
    /// The highest point between the samples since the reset, in dBTP.
    pub true_peak: f32,
}

/// Measures left and right after EBU R 128, piece by piece.
pub struct Running {
    loudness: Loudness,
    peaks: [TruePeak; 2],
    highest: f32,
}

impl Running {
    /// Nothing is measured yet.
    pub fn new(sample_rate: u32) -> Running {
        let rate = sample_rate.max(1) as f32;
        Running {
            loudness: Loudness::new(rate, &[1.0, 1.0]),
            peaks: core::array::from_fn(|_| TruePeak::new(rate)),
            highest: 0.0,
        }
    }

    /// Begins anew.
    pub fn reset(&mut self) {
        self.loudness.reset();
        self.peaks.iter_mut().for_each(TruePeak::reset);
        self.highest = 0.0;
    }

    /// Takes in a piece from an absolute frame on. Values must be finite.
    pub fn take(&mut self, frame: u64, sides: [&[f32]; 2]) {
        self.loudness.process(frame, &sides);
        for (peak, x) in self.peaks.iter_mut().zip(sides) {
            self.highest = self.highest.max(peak.process(x));
        }
    }

    /// What it shows.
    pub fn readings(&self) -> Readings {
        let r = self.loudness.readings();
        Readings {
            momentary: r.momentary,
            short_term: r.short_term,
            integrated: r.integrated,
            range: r.range,
            true_peak: gain_to_db(self.highest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_reads_as_it_should_and_a_reset_begins_anew() {
        let mut running = Running::new(48_000);
        let sine = |level: f32| -> Vec<f32> {
            (0..48_000u32).map(|i| level * (i as f32 * core::f32::consts::TAU / 48.0).sin()).collect()
        };
        let loud = sine(10f32.powf(-23.0 / 20.0));
        for second in 0..5 {
            for (i, piece) in loud.chunks(64).enumerate() {
                running.take(second * 48_000 + 64 * i as u64, [piece, piece]);
            }
        }
        let r = running.readings();
        for reading in [r.momentary, r.short_term, r.integrated, r.true_peak] {
            assert!((reading + 23.0).abs() < 0.05, "{r:?}");
        }
        running.reset();
        let soft = sine(0.001);
        running.take(240_000, [&soft, &soft]);
        assert!(running.readings().true_peak < -59.0 && running.readings().integrated < -59.0);
    }
}
