//! The peak and the average level that a mixer shows.

/// Readings change at absolute frames divisible by this.
pub const WINDOW: usize = 256;
/// A reading below this (−80 dB) is shown as nothing.
const FLOOR: f32 = 1e-4;

/// One channel of a level meter: a peak that falls by 20 dB in 1.7 s, and a mean square over 300 ms.
///
/// *Source*: the return time of IEC 60268-18's digital peak meter, and the integration time of the VU meter
/// (IEC 60268-17).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LevelMeter {
    window_peak: f32,
    window_sum: f32,
    peak: f32,
    mean_square: f32,
}

/// The greatest magnitude; not a number where one of them is none.
#[inline]
pub fn magnitude(x: &[f32]) -> f32 {
    // Without their sign, floats are in the order of their bits, which vectors can compare in any order.
    f32::from_bits(x.iter().fold(0, |peak, x| peak.max(x.to_bits() & 0x7fff_ffff)))
}

/// How fast the readings fall at a sample rate.
#[derive(Clone, Copy, Debug)]
pub struct Fall {
    peak: f32,
    mean: f32,
}

impl Fall {
    /// The speed at a sample rate.
    pub fn new(sample_rate: f32) -> Fall {
        let secs = WINDOW as f32 / sample_rate;
        Fall { peak: peak_fall(secs), mean: 1.0 - crate::math::exp(-secs / 0.3) }
    }
}

/// The factor by which a peak falls in so many seconds: 20 dB in 1.7 s.
pub fn peak_fall(secs: f32) -> f32 {
    crate::math::db_to_gain(-20.0 / 1.7 * secs)
}

/// Where a peak stands that stood at `last` and falls by a factor, beside a new magnitude. What is no number, or too
/// loud to be sound, does not stick; what is below −80 dB is nothing.
#[inline]
pub fn fallen(last: f32, fall: f32, magnitude: f32) -> f32 {
    let now = if magnitude < 1e6 { magnitude } else { 0.0 };
    let peak = now.max(last * fall);
    if peak < FLOOR { 0.0 } else { peak }
}

impl LevelMeter {
    /// Takes frames in. They must not reach past a multiple of [`WINDOW`].
    #[inline]
    pub fn add(&mut self, x: &[f32]) {
        self.window_peak = self.window_peak.max(magnitude(x));
        let mut sum = self.window_sum;
        for &x in x {
            sum += x * x;
        }
        self.window_sum = sum;
    }
    /// Ends a window and moves the readings. Call it at absolute frames divisible by [`WINDOW`].
    pub fn turn(&mut self, fall: &Fall) {
        // What is no number, or too loud to be sound, must not stick.
        let mean = if self.window_sum < 1e12 { self.window_sum / WINDOW as f32 } else { 0.0 };
        self.peak = fallen(self.peak, fall.peak, self.window_peak);
        self.mean_square += (mean - self.mean_square) * fall.mean;
        if self.mean_square < FLOOR * FLOOR {
            self.mean_square = 0.0;
        }
        (self.window_peak, self.window_sum) = (0.0, 0.0);
    }
    /// The peak, linear.
    pub fn peak(&self) -> f32 {
        self.peak
    }
    /// The root of the mean square, linear.
    pub fn rms(&self) -> f32 {
        self.mean_square.sqrt()
    }
    /// The mean square.
    pub fn mean_square(&self) -> f32 {
        self.mean_square
    }
    /// Whether silence would change nothing.
    pub fn at_rest(&self) -> bool {
        *self == LevelMeter::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_reads_its_peak_and_its_rms_and_then_falls() {
        let (rate, mut meter) = (48_000.0f32, LevelMeter::default());
        let fall = Fall::new(rate);
        let run = |meter: &mut LevelMeter, secs: f32, amplitude: f32| {
            for w in 0..(secs * rate) as usize / WINDOW {
                let x: Vec<f32> = (0..WINDOW).map(|i| amplitude * (((w * WINDOW + i) as f32) * 0.13).sin()).collect();
                meter.add(&x);
                meter.turn(&fall);
            }
        };
        run(&mut meter, 3.0, 0.5);
        assert!((meter.peak() - 0.5).abs() < 0.002, "{}", meter.peak());
        assert!((meter.rms() - 0.5 / 2f32.sqrt()).abs() < 0.005, "{}", meter.rms());
        run(&mut meter, 1.7, 0.0);
        assert!((meter.peak() - 0.05).abs() < 0.002, "20 dB in 1.7 s: {}", meter.peak());
        run(&mut meter, 10.0, 0.0);
        assert!(meter.at_rest());
        meter.add(&[f32::NAN, f32::INFINITY]);
        meter.turn(&fall);
        assert!(meter.peak().is_finite() && meter.rms().is_finite());
    }
}
