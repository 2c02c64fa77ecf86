//! A string: a delay of one period in a loop that loses what a string loses.

use core::f32::consts::TAU;

/// A delay line, a one-pole low-pass, a gain, and an all-pass for the fraction of a frame.
///
/// *Source:* D. Jaffe and J. O. Smith, "Extensions of the Karplus-Strong Plucked-String Algorithm", CMJ 7(2), 1983.
#[derive(Clone, Debug)]
pub struct Loop {
    line: Box<[f32]>,
    at: usize,
    delay: usize,
    /// The low-pass's pole.
    pole: f32,
    loss: f32,
    allpass: f32,
    low: f32,
    before: [f32; 2],
}

impl Loop {
    /// A string whose period is at most so many frames. Allocates.
    pub fn new(longest: f32) -> Loop {
        let len = (longest as usize + 4).next_power_of_two();
        let line = vec![0.0; len].into_boxed_slice();
        Loop { line, at: 0, delay: 1, pole: 0.0, loss: 0.0, allpass: 0.0, low: 0.0, before: [0.0; 2] }
    }

    /// Tunes the loop to `pitch` cycles a frame exactly, with a loss of 60 dB in `ring` frames there and a low-pass of
    /// `corner` cycles a frame. Where the low-pass alone takes more than that, the loop does what it can.
    pub fn tune(&mut self, pitch: f32, ring: f32, corner: f32) {
        let w = TAU * pitch;
        let (sin, cos) = (libm::sinf(w), libm::cosf(w));
        self.pole = libm::expf(-TAU * corner);
        let lowpass_delay = libm::atan2f(self.pole * sin, 1.0 - self.pole * cos) / w;
        let lowpass_gain = (1.0 - self.pole) / (1.0 - 2.0 * self.pole * cos + self.pole * self.pole).sqrt();
        // The all-pass delays by 0.5 to 1.5 frames, where it is flattest.
        let rest = (1.0 / pitch - lowpass_delay).clamp(1.5, (self.line.len() - 1) as f32);
        let delay = libm::floorf(rest - 0.5);
        let fraction = rest - delay;
        self.delay = delay as usize;
        self.allpass = libm::sinf((1.0 - fraction) * w * 0.5) / libm::sinf((1.0 + fraction) * w * 0.5);
        // −60 dB is two to the power of −9.966. The loop must lose at every frequency.
        self.loss = (libm::exp2f(-9.965_784 / (pitch * ring)) / lowpass_gain).min(0.999_99);
    }

    /// The whole frames of the delay.
    pub fn period(&self) -> usize {
        self.delay
    }

    /// Puts `x` into the loop and returns the string's value.
    #[inline(always)]
    pub fn frame(&mut self, x: f32) -> f32 {
        let mask = self.line.len() - 1;
        let end = self.line[self.at.wrapping_sub(self.delay) & mask];
        self.low = end + (self.low - end) * self.pole;
        let v = self.low * self.loss;
        let y = self.allpass * (v - self.before[1]) + self.before[0];
        self.before = [v, y];
        let sum = x + y;
        self.line[self.at & mask] = sum;
        self.at = (self.at + 1) & mask;
        sum
    }

    /// Silences the string; its tuning stays.
    pub fn reset(&mut self) {
        self.line.fill(0.0);
        (self.at, self.low, self.before) = (0, 0.0, [0.0; 2]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn high_strings_ring_as_long_as_low_ones() {
        for pitch in [55.0f32, 440.0, 1_318.5, 2_637.0, 7_040.0] {
            let mut string = Loop::new(2_400.0);
            // Ten seconds, with a low-pass far above the pitch.
            string.tune(pitch / 48_000.0, 480_000.0, pitch * 200.0 / 48_000.0);
            let mut energy = |frames: usize, push: bool| -> f64 {
                let x = |i: usize| if push { (TAU * pitch / 48_000.0 * i as f32).sin() * 0.01 } else { 0.0 };
                (0..frames).map(|i| f64::from(string.frame(x(i))).powi(2)).sum()
            };
            energy(9_600, true);
            let (first, second) = (energy(48_000, false), energy(48_000, false));
            let secs = 60.0 / (10.0 * (first / second).log10());
            assert!((secs / 10.0 - 1.0).abs() < 0.05, "{pitch} Hz: {secs} s");
        }
    }

    #[test]
    fn an_impulse_comes_back_after_a_period() {
        let mut string = Loop::new(200.0);
        string.tune(1.0 / 100.0, 48_000.0, 0.4);
        let y: Vec<f32> = (0..250).map(|i| string.frame(if i == 0 { 1.0 } else { 0.0 })).collect();
        let peak = (50..150).max_by(|a, b| y[*a].total_cmp(&y[*b])).expect("some");
        assert!((99..=101).contains(&peak), "{peak}");
        string.reset();
        assert!((0..250).all(|_| string.frame(0.0) == 0.0));
    }
}
