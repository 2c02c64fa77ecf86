//! The highest point of the curve between the samples.

use crate::level_meter::magnitude;

/// Taps of each interpolating filter.
const TAPS: usize = 24;
/// Frames worked on at once.
const CHUNK: usize = 64;
/// The Kaiser window's shape: passes 20 kHz at 48 kHz within 0.01 dB.
const BETA: f64 = 6.0;

/// Finds peaks between samples by interpolation to four times the rate (twice from 88.2 kHz on, not at all from
/// 176.4 kHz on, where the samples stand close enough).
///
/// *Source*: ITU-R BS.1770-4, Annex 2; the filter is a Kaiser-windowed sinc of our own.
#[derive(Clone, Debug)]
pub struct TruePeak {
    /// One a point between two samples.
    filters: Box<[[f32; TAPS]]>,
    history: [f32; TAPS - 1],
    /// The highest point of the curve before the frame that [`TruePeak::follow`] shows next.
    before: f32,
}

impl TruePeak {
    /// How many frames late [`TruePeak::follow`] shows a frame.
    pub const DELAY: usize = TAPS / 2;

    /// A detector for one channel.
    pub fn new(sample_rate: f32) -> TruePeak {
        let between: &[f64] = match sample_rate {
            r if r < 88_000.0 => &[0.25, 0.5, 0.75],
            r if r < 176_000.0 => &[0.5],
            _ => &[],
        };
        TruePeak { filters: between.iter().map(|&at| filter(at)).collect(), history: [0.0; TAPS - 1], before: 0.0 }
    }
    /// As after `new`.
    pub fn reset(&mut self) {
        self.history = [0.0; TAPS - 1];
        self.before = 0.0;
    }
    /// Whether silence would show nothing more.
    pub fn at_rest(&self) -> bool {
        self.before == 0.0 && self.history.iter().all(|x| *x == 0.0)
    }
    /// Raises `peaks` to the magnitude of each frame, [`TruePeak::DELAY`] frames late, and where `between` is set to that
    /// of the curve around it: from the frame before to the frame behind.
    pub fn follow(&mut self, x: &[f32], between: bool, peaks: &mut [f32]) {
        for (x, peaks) in x.chunks(CHUNK).zip(peaks.chunks_mut(CHUNK)) {
            let mut line = [0.0f32; TAPS - 1 + CHUNK];
            line[..TAPS - 1].copy_from_slice(&self.history);
            line[TAPS - 1..TAPS - 1 + x.len()].copy_from_slice(x);
            let mut behind = [0.0f32; CHUNK];
            for taps in self.filters.iter().filter(|_| between) {
                let mut sums = [0.0f32; CHUNK];
                for (k, &tap) in taps.iter().enumerate() {
                    for (sum, &x) in sums[..x.len()].iter_mut().zip(&line[k..]) {
                        *sum += tap * x;
                    }
                }
                behind.iter_mut().zip(sums).for_each(|(behind, sum)| *behind = behind.max(sum.abs()));
            }
            for (i, peak) in peaks.iter_mut().enumerate() {
                *peak = peak.max(line[i + TAPS / 2 - 1].abs()).max(self.before).max(behind[i]);
                self.before = behind[i];
            }
            self.history.copy_from_slice(&line[x.len()..x.len() + TAPS - 1]);
        }
    }
    /// The greatest magnitude of these frames and, half a filter late, of the curve between them.
    pub fn process(&mut self, x: &[f32]) -> f32 {
        let mut peak = 0.0f32;
        for x in x.chunks(CHUNK) {
            let mut line = [0.0f32; TAPS - 1 + CHUNK];
            line[..TAPS - 1].copy_from_slice(&self.history);
            line[TAPS - 1..TAPS - 1 + x.len()].copy_from_slice(x);
            for taps in &self.filters {
                // Frames past the end of `x` read zeros, and are left out below.
                let mut sums = [0.0f32; CHUNK];
                for (k, &tap) in taps.iter().enumerate() {
                    for (sum, &x) in sums.iter_mut().zip(&line[k..k + CHUNK]) {
                        *sum += tap * x;
                    }
                }
                peak = peak.max(magnitude(&sums[..x.len()]));
            }
            peak = peak.max(magnitude(x));
            self.history.copy_from_slice(&line[x.len()..x.len() + TAPS - 1]);
        }
        peak
    }
}

/// The filter that gives the value `at` of the way from one sample to the next.
fn filter(at: f64) -> [f32; TAPS] {
    let half = (TAPS / 2) as f64;
    let taps: [f64; TAPS] = core::array::from_fn(|k| {
        let x = k as f64 - (half - 1.0) - at;
        let window = bessel(BETA * (1.0 - (x / half) * (x / half)).max(0.0).sqrt()) / bessel(BETA);
        let angle = core::f64::consts::PI * x;
        window * if x.abs() < 1e-9 { 1.0 } else { libm::sin(angle) / angle }
    });
    let sum: f64 = taps.iter().sum();
    taps.map(|t| (t / sum) as f32)
}

/// The modified Bessel function of order zero.
fn bessel(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..32 {
        term *= (x / (2.0 * f64::from(k))) * (x / (2.0 * f64::from(k)));
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::f64::consts::TAU;

    fn reading(rate: f32, hz: f64, phase_degrees: f64) -> f32 {
        let mut tp = TruePeak::new(rate);
        let x: Vec<f32> = (0..4800)
            .map(|i| ((i as f64 * hz / f64::from(rate) + phase_degrees / 360.0) * TAU).sin())
            // A gentle start: an abrupt one rings above the tone itself.
            .enumerate()
            .map(|(i, x)| (x * (i as f64 / 480.0).min(1.0)) as f32)
            .collect();
        x.chunks(100).map(|c| tp.process(c)).fold(0.0, f32::max)
    }

    #[test]
    fn tones_between_the_samples_read_their_height() {
        for (rate, hz, phase) in [
            (48_000.0, 12_000.0, 45.0),
            (48_000.0, 8_000.0, 60.0),
            (48_000.0, 6_000.0, 67.5),
            (44_100.0, 11_025.0, 45.0),
            (96_000.0, 24_000.0, 45.0),
            (48_000.0, 997.0, 0.0),
            (48_000.0, 19_997.0, 10.0),
        ] {
            let db = 20.0 * reading(rate, hz, phase).log10();
            assert!((-0.1..0.05).contains(&db), "{hz} Hz at {rate}: {db} dB");
        }
    }

    #[test]
    fn a_tone_is_followed_to_its_height_from_frame_to_frame() {
        let x: Vec<f32> = (0..960).map(|i| ((f64::from(i) * 0.25 + 0.125) * TAU).sin() as f32).collect();
        let mut cuts = Vec::new();
        for (between, want) in [(false, core::f32::consts::FRAC_1_SQRT_2), (true, 1.0)] {
            let mut tp = TruePeak::new(48_000.0);
            let mut peaks = vec![0.0; x.len()];
            tp.follow(&x, between, &mut peaks);
            assert!(peaks[..TruePeak::DELAY - 1].iter().all(|peak| *peak < 0.2), "{peaks:?}");
            assert!(peaks[40..].iter().all(|peak| (peak - want).abs() < 0.01), "{peaks:?}");
            cuts.push(peaks);
        }
        let mut tp = TruePeak::new(48_000.0);
        let mut peaks = vec![0.0; x.len()];
        for (x, peaks) in x.chunks(7).zip(peaks.chunks_mut(7)) {
            tp.follow(x, true, peaks);
        }
        assert_eq!(peaks, cuts[1]);
    }

    #[test]
    fn the_reading_does_not_depend_on_cuts() {
        let x: Vec<f32> = (0..1000u32).map(|i| i.wrapping_mul(2_654_435_769) as i32 as f32 / 2.2e9).collect();
        let (mut a, mut b) = (TruePeak::new(48_000.0), TruePeak::new(48_000.0));
        let whole = a.process(&x);
        let cut = x.chunks(7).map(|c| b.process(c)).fold(0.0, f32::max);
        assert_eq!(whole, cut);
        assert!(a.history == b.history);
    }
}
