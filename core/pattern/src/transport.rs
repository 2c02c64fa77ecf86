//! The transport: which beat is at which frame, exactly.

use crate::Ratio;

/// A tempo in whole millionths of a beat a minute, so that time stays exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tempo(u64);

impl Tempo {
    /// The slowest and the fastest tempo, in beats a minute.
    pub const RANGE: (f64, f64) = (1.0, 1000.0);

    /// A tempo in beats a minute, limited to [`Tempo::RANGE`] and rounded to a millionth.
    pub fn from_bpm(bpm: f64) -> Tempo {
        let bpm = if bpm.is_finite() { bpm.clamp(Self::RANGE.0, Self::RANGE.1) } else { 120.0 };
        Tempo((bpm * 1e6).round() as u64)
    }

    /// Beats a minute.
    pub fn bpm(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Beats a second.
    pub fn beats_per_sec(self) -> f64 {
        self.bpm() / 60.0
    }
}

impl Default for Tempo {
    fn default() -> Tempo {
        Tempo(120_000_000)
    }
}

/// One stretch of constant tempo: maps beats to frames and back without rounding errors that add up.
///
/// Positions are counted in ticks of 1 / (60,000,000 × sample rate) beat: one frame at a tempo of
/// n millionths of a beat a minute is exactly n ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transport {
    /// Whether beats advance.
    pub playing: bool,
    /// The tempo of this stretch.
    pub tempo: Tempo,
    /// Beats in a bar; one bar is one cycle.
    pub beats_per_cycle: u32,
    /// Frames a second.
    pub sample_rate: u32,
    origin_frame: u64,
    origin_ticks: i128,
}

impl Transport {
    /// A transport that stands at beat 0 at frame 0.
    pub fn new(sample_rate: u32, tempo: Tempo, beats_per_cycle: u32) -> Transport {
        Transport {
            playing: false,
            tempo,
            beats_per_cycle: beats_per_cycle.max(1),
            sample_rate,
            origin_frame: 0,
            origin_ticks: 0,
        }
    }

    fn ticks_per_beat(&self) -> i128 {
        60_000_000 * i128::from(self.sample_rate)
    }

    fn ticks_at(&self, frame: u64) -> i128 {
        if self.playing {
            self.origin_ticks + (i128::from(frame) - i128::from(self.origin_frame)) * i128::from(self.tempo.0)
        } else {
            self.origin_ticks
        }
    }

    /// The same position at `frame`, from there on at another tempo.
    pub fn with_tempo(self, frame: u64, tempo: Tempo) -> Transport {
        Transport { origin_frame: frame, origin_ticks: self.ticks_at(frame), tempo, ..self }
    }

    /// Starts at `frame` from where it stands.
    pub fn play(self, frame: u64) -> Transport {
        Transport { origin_frame: frame, origin_ticks: self.ticks_at(frame), playing: true, ..self }
    }

    /// Stops at `frame`; the position stays.
    pub fn stop(self, frame: u64) -> Transport {
        Transport { origin_frame: frame, origin_ticks: self.ticks_at(frame), playing: false, ..self }
    }

    /// Jumps to a beat at `frame`.
    pub fn seek(self, frame: u64, beat: Ratio) -> Transport {
        let ticks = i128::from(beat.num()) * self.ticks_per_beat() / i128::from(beat.den());
        Transport { origin_frame: frame, origin_ticks: ticks, ..self }
    }

    /// The same transport with another number of beats in a bar.
    pub fn with_signature(self, beats: u32) -> Transport {
        Transport { beats_per_cycle: beats.max(1), ..self }
    }

    /// The beat at a frame, to the precision of a float.
    pub fn beat_at(&self, frame: u64) -> f64 {
        self.ticks_at(frame) as f64 / self.ticks_per_beat() as f64
    }

    /// The beat at a frame, exactly, as long as the fraction fits 64 bits.
    pub fn beat_exact(&self, frame: u64) -> Ratio {
        let (t, per) = (self.ticks_at(frame), self.ticks_per_beat());
        let whole = t.div_euclid(per);
        Ratio::int(whole as i64) + Ratio::new(t.rem_euclid(per) as i64, per as i64)
    }

    /// The frame nearest to a beat (halves round up); `None` while stopped or before frame 0.
    pub fn frame_of(&self, beat: Ratio) -> Option<u64> {
        self.frame_at(i128::from(beat.num()), i128::from(beat.den())).and_then(|f| u64::try_from(f).ok())
    }

    /// The frame nearest to beat `num / den` (halves round up), negative before frame 0; `None` while stopped.
    ///
    /// The fraction need not be in lowest terms, so a player of many notes adds without a greatest common divisor.
    /// `den` must be above 0.
    pub fn frame_at(&self, num: i128, den: i128) -> Option<i128> {
        if !self.playing || den <= 0 {
            return None;
        }
        let numer = num.saturating_mul(self.ticks_per_beat()).saturating_sub(self.origin_ticks.saturating_mul(den));
        let denom = den.saturating_mul(i128::from(self.tempo.0));
        let frames = numer.saturating_mul(2).saturating_add(denom).div_euclid(denom.saturating_mul(2));
        Some(i128::from(self.origin_frame).saturating_add(frames))
    }

    /// The least whole `k` such that beat `k × step` falls on `frame` or later, after rounding to the nearest frame.
    ///
    /// A sequencer walks `k` from here while [`Transport::frame_of`] stays inside its block: each step is found
    /// once, on the same frame, however the blocks are cut. `None` while stopped or for a step that is not positive.
    pub fn first_index(&self, frame: u64, step: Ratio) -> Option<i64> {
        if !self.playing || step <= Ratio::ZERO {
            return None;
        }
        let since = i128::from(frame) - i128::from(self.origin_frame);
        let doubled = 2 * self.origin_ticks + (2 * since - 1) * i128::from(self.tempo.0);
        let numer = doubled * i128::from(step.den());
        let denom = 2 * i128::from(step.num()) * self.ticks_per_beat();
        i64::try_from(-((-numer).div_euclid(denom))).ok()
    }

    /// Frames in a number of beats at this tempo, as a float.
    pub fn frames_per_beat(&self) -> f64 {
        self.ticks_per_beat() as f64 / self.tempo.0 as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(bpm: f64) -> Transport {
        Transport::new(48_000, Tempo::from_bpm(bpm), 4).play(0)
    }

    #[test]
    fn beats_fall_on_the_nearest_frame() {
        let t = at(120.0);
        assert_eq!(t.frame_of(Ratio::int(1)), Some(24_000));
        assert_eq!(t.frame_of(Ratio::new(1, 3)), Some(8_000));
        let odd = at(133.7);
        for k in 0..1000i64 {
            let exact = k as f64 / 4.0 * 60.0 * 48_000.0 / 133.7;
            assert_eq!(odd.frame_of(Ratio::new(k, 4)), Some(exact.round() as u64), "{k}");
        }
    }

    #[test]
    fn every_step_is_found_once_however_blocks_are_cut() {
        let step = Ratio::new(1, 7);
        for block in [1u64, 16, 64, 441] {
            let mut t = at(174.3);
            let mut found = Vec::new();
            let mut frame = 0;
            while frame < 96_000 {
                if frame == 44_100 {
                    t = t.with_tempo(frame, Tempo::from_bpm(91.1));
                }
                let end = if frame < 44_100 { (frame + block).min(44_100) } else { frame + block };
                let mut k = t.first_index(frame, step).unwrap();
                while let Some(f) = t.frame_of(step * Ratio::int(k)).filter(|f| *f < end) {
                    assert!(f >= frame);
                    found.push((k, f));
                    k += 1;
                }
                frame = end;
            }
            assert!(found.windows(2).all(|w| w[0].0 + 1 == w[1].0), "block {block}");
        }
    }

    #[test]
    fn a_tempo_change_keeps_the_position() {
        let t = at(120.0).with_tempo(12_345, Tempo::from_bpm(90.0));
        assert!((t.beat_at(12_345) - at(120.0).beat_at(12_345)).abs() < 1e-15);
        assert_eq!(t.stop(20_000).beat_at(99_999), t.beat_at(20_000));
        assert_eq!(t.seek(500, Ratio::int(8)).beat_at(500), 8.0);
    }
}
