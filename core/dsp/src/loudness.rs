//! Loudness as broadcasters measure it, while it plays: momentary, short-term, integrated and range.
//!
//! *Source*: ITU-R BS.1770-4 (weighting, gating), EBU R 128 with Tech 3341 (windows) and Tech 3342 (range).

use crate::grid::cuts;
use crate::histogram::Histogram;

/// What silence reads, in LUFS.
pub const SILENT: f32 = -200.0;
/// Steps of 10 ms in the momentary window of 400 ms.
const MOMENTARY: usize = 40;
/// Steps in the short-term window of 3 s.
const SHORT_TERM: usize = 300;
/// Steps from one gating block to the next: 100 ms, so that blocks overlap by three quarters.
const HOP: u64 = 10;

/// What a loudness meter shows.
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
    /// The highest momentary reading since the reset.
    pub momentary_max: f32,
    /// The highest short-term reading since the reset.
    pub short_term_max: f32,
}

impl Readings {
    const NONE: Readings = Readings {
        momentary: SILENT,
        short_term: SILENT,
        integrated: SILENT,
        range: 0.0,
        momentary_max: SILENT,
        short_term_max: SILENT,
    };
}

/// A loudness meter that runs frame by frame in bounded memory.
///
/// Windows advance by 10 ms at absolute frames. Gating blocks are counted in bins of 0.1 LU that also keep their
/// exact energy, so that hours of programme take no more room than the first minute (32 KiB).
#[derive(Debug)]
pub struct Loudness {
    weighting: Weighting,
    channels: Box<[Channel]>,
    step_frames: usize,
    energy: f64,
    /// Whether the present step was heard from its start.
    whole: Option<bool>,
    /// Mean squares of the newest steps.
    ring: Box<[f64]>,
    at: usize,
    filled: usize,
    quiet: usize,
    blocks: Histogram,
    shorts: Histogram,
    readings: Readings,
}

#[derive(Clone, Copy, Debug)]
struct Channel {
    weight: f64,
    state: [f64; 4],
}

impl Loudness {
    /// A meter for channels of the given weights: 1 for left, right and centre, 1.41 for surrounds, 0 for the LFE.
    pub fn new(sample_rate: f32, weights: &[f64]) -> Loudness {
        Loudness {
            weighting: Weighting::new(f64::from(sample_rate)),
            channels: weights.iter().map(|&weight| Channel { weight, state: [0.0; 4] }).collect(),
            step_frames: ((sample_rate / 100.0).round() as usize).max(1),
            energy: 0.0,
            whole: None,
            ring: vec![0.0; SHORT_TERM].into(),
            at: 0,
            filled: 0,
            quiet: 0,
            blocks: Histogram::new(),
            shorts: Histogram::new(),
            readings: Readings::NONE,
        }
    }

    /// As after `new`.
    pub fn reset(&mut self) {
        for channel in &mut self.channels {
            channel.state = [0.0; 4];
        }
        self.ring.fill(0.0);
        (self.energy, self.whole, self.at, self.filled, self.quiet) = (0.0, None, 0, 0, 0);
        self.blocks.clear();
        self.shorts.clear();
        self.readings = Readings::NONE;
    }

    /// Takes in frames from the absolute frame `start` on, one slice a channel. Values must be finite.
    pub fn process(&mut self, start: u64, channels: &[&[f32]]) {
        let frames = channels.first().map_or(0, |c| c.len());
        for cut in cuts(start, frames, self.step_frames) {
            if self.whole.is_none() {
                self.whole = Some((start + cut.from as u64).is_multiple_of(self.step_frames as u64));
            }
            for (channel, x) in self.channels.iter_mut().zip(channels) {
                if channel.weight > 0.0 {
                    let energy = self.weighting.energy(&mut channel.state, &x[cut.from..cut.to]);
                    self.energy += channel.weight * energy;
                }
            }
            if let Some(end) = cut.on_grid {
                self.step(end / self.step_frames as u64);
            }
        }
    }

    /// What the meter shows.
    pub fn readings(&self) -> Readings {
        self.readings
    }

    /// Whether silence would change no reading.
    pub fn at_rest(&self) -> bool {
        self.energy == 0.0
            && self.quiet >= SHORT_TERM
            && self.channels.iter().all(|c| c.state == [0.0; 4])
            && self.readings.momentary == SILENT
            && self.readings.short_term == SILENT
    }

    /// Ends a step of 10 ms, the `count`th since frame 0.
    fn step(&mut self, count: u64) {
        let mean = core::mem::take(&mut self.energy) / self.step_frames as f64;
        for state in self.channels.iter_mut().flat_map(|c| &mut c.state) {
            if state.abs() < 1e-15 {
                *state = 0.0;
            }
        }
        // A step that began before the reset would read low.
        if self.whole.replace(true) != Some(true) {
            return;
        }
        self.ring[self.at] = mean;
        self.at = (self.at + 1) % SHORT_TERM;
        self.filled = (self.filled + 1).min(SHORT_TERM);
        self.quiet = if mean == 0.0 { (self.quiet + 1).min(SHORT_TERM) } else { 0 };
        let (momentary, short_term) = (self.mean_of(MOMENTARY), self.mean_of(SHORT_TERM));
        let r = &mut self.readings;
        (r.momentary, r.short_term) = (lufs(momentary), lufs(short_term));
        r.momentary_max = r.momentary_max.max(r.momentary);
        r.short_term_max = r.short_term_max.max(r.short_term);
        if count.is_multiple_of(HOP) {
            if self.filled >= MOMENTARY && self.blocks.add(momentary) {
                self.readings.integrated = self.blocks.gated_mean(-10.0).map_or(SILENT, lufs);
            }
            if self.filled >= SHORT_TERM && self.shorts.add(short_term) {
                self.readings.range = self.shorts.spread(-20.0, 0.10, 0.95);
            }
        }
    }

    /// The mean over the newest steps; summed anew each time, so that nothing drifts.
    fn mean_of(&self, steps: usize) -> f64 {
        let (newer, older) = self.ring.split_at(self.at);
        let (a, b) = (steps.min(newer.len()), steps.saturating_sub(newer.len()));
        let sum: f64 = newer[newer.len() - a..].iter().sum::<f64>() + older[older.len() - b..].iter().sum::<f64>();
        sum / steps as f64
    }
}

/// The loudness of a weighted mean square, in LUFS; [`SILENT`] for nothing.
pub fn lufs(mean_square: f64) -> f32 {
    if mean_square < 1e-19 { SILENT } else { (-0.691 + 10.0 * libm::log10(mean_square)) as f32 }
}

/// The K-weighting: a shelf for the head, then a high-pass.
#[derive(Clone, Copy, Debug)]
struct Weighting {
    /// `[b0, b1, b2, a1, a2]` of each.
    shelf: [f64; 5],
    high_pass: [f64; 5],
}

impl Weighting {
    /// The analogue prototypes behind the standard's coefficients for 48 kHz, made digital for any rate.
    fn new(rate: f64) -> Weighting {
        let warp = |hz: f64| libm::tan(core::f64::consts::PI * (hz / rate).min(0.49));
        let poles = |k: f64, q: f64| {
            let a0 = 1.0 + k / q + k * k;
            (a0, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0)
        };
        let (k, q, high) = (warp(1_681.974_450_955_533), 0.707_175_236_955_419_6, 1.584_864_701_130_855);
        let band = libm::pow(high, 0.499_666_774_154_541_6);
        let (a0, a1, a2) = poles(k, q);
        let shelf =
            [(high + band * k / q + k * k) / a0, 2.0 * (k * k - high) / a0, (high - band * k / q + k * k) / a0, a1, a2];
        let (_, a1, a2) = poles(warp(38.135_470_876_024_44), 0.500_327_037_323_877_3);
        Weighting { shelf, high_pass: [1.0, -2.0, 1.0, a1, a2] }
    }

    /// The sum of the squares of the weighted frames.
    fn energy(&self, state: &mut [f64; 4], x: &[f32]) -> f64 {
        let ([p0, p1, p2, pa1, pa2], [h0, h1, h2, ha1, ha2]) = (self.shelf, self.high_pass);
        let [mut s1, mut s2, mut t1, mut t2] = *state;
        let mut sum = 0.0;
        for &x in x {
            let x = f64::from(x);
            let y = p0 * x + s1;
            s1 = p1 * x - pa1 * y + s2;
            s2 = p2 * x - pa2 * y;
            let z = h0 * y + t1;
            t1 = h1 * y - ha1 * z + t2;
            t2 = h2 * y - ha2 * z;
            sum += z * z;
        }
        *state = [s1, s2, t1, t2];
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_48_khz_the_weighting_has_the_coefficients_of_the_standard() {
        let w = Weighting::new(48_000.0);
        let shelf = [
            1.535_124_859_586_97,
            -2.691_696_189_406_38,
            1.198_392_810_852_85,
            -1.690_659_293_182_41,
            0.732_480_774_215_85,
        ];
        let high_pass = [1.0, -2.0, 1.0, -1.990_047_454_833_98, 0.990_072_250_366_21];
        for (got, want) in w.shelf.iter().chain(&w.high_pass).zip(shelf.iter().chain(&high_pass)) {
            assert!((got - want).abs() < 1e-8, "{got} {want}");
        }
    }

    fn sine(level_db: f32, frame: u64, rate: f32) -> f32 {
        let phase = (frame as f64 * 1000.0 / f64::from(rate)).fract() * core::f64::consts::TAU;
        (10f64.powf(f64::from(level_db) / 20.0) * phase.sin()) as f32
    }

    /// Plays segments of (seconds, dBFS) of a 1 kHz sine on both channels, in pieces of odd lengths.
    fn play(rate: f32, piece: usize, segments: &[(f32, f32)]) -> Loudness {
        let mut meter = Loudness::new(rate, &[1.0, 1.0]);
        let mut frame = 0u64;
        for &(secs, db) in segments {
            let end = frame + (secs * rate).round() as u64;
            while frame < end {
                let n = (end - frame).min(piece as u64);
                let x: Vec<f32> = (frame..frame + n).map(|f| sine(db, f, rate)).collect();
                meter.process(frame, &[&x, &x]);
                frame += n;
            }
        }
        meter
    }

    #[test]
    fn a_stereo_sine_at_minus_23_dbfs_is_minus_23_lufs_at_every_rate() {
        for rate in [44_100.0, 48_000.0, 96_000.0] {
            let r = play(rate, 64, &[(4.0, -23.0)]).readings();
            for got in [r.momentary, r.short_term, r.integrated] {
                assert!((got + 23.0).abs() < 0.05, "{got} at {rate}");
            }
            assert_eq!(r.range, 0.0);
        }
    }

    #[test]
    fn readings_do_not_depend_on_cuts() {
        let segments = [(0.3, -20.0), (3.1, -40.0), (0.7, -12.0), (0.2, -80.0)];
        let want = play(8_000.0, 4000, &segments).readings();
        for piece in [1, 7, 64] {
            assert_eq!(play(8_000.0, piece, &segments).readings(), want);
        }
    }

    #[test]
    fn quiet_parts_do_not_count_and_silence_comes_to_rest() {
        let mut meter = play(8_000.0, 64, &[(2.0, -72.0), (4.0, -36.0), (20.0, -23.0), (4.0, -36.0)]);
        let r = meter.readings();
        let loud = play(8_000.0, 64, &[(20.0, -23.0)]).readings();
        // Blocks across the edges count in part.
        assert!((r.integrated - loud.integrated).abs() < 0.1, "{r:?} {loud:?}");
        assert!(!meter.at_rest());
        meter.process(30 * 8_000, &[&[0.0; 40_000], &[0.0; 40_000]]);
        assert!(meter.at_rest());
        assert_eq!(meter.readings().integrated, r.integrated);
        meter.reset();
        assert_eq!(meter.readings(), Readings::NONE);
    }
}
