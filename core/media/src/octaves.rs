//! A decoded sound becomes a [`Sample`]: octave copies for higher pitches, guard frames, and a content hash.

use crate::{Decoded, MediaError, Watch};
use bf_node::sample::{GUARD, Level, Sample, stride};
use core::f64::consts::PI;
use sha2::{Digest, Sha256};

/// The most levels, the full band included.
pub const MAX_LEVELS: usize = 5;
/// No copy is made with fewer frames than this.
pub const MIN_FRAMES: usize = 64;
/// Stop-band attenuation of the filter.
const STOP_DB: f64 = 100.0;
/// Frames that are filtered at once.
const RUN: usize = 16;
/// Where the pass band ends, as a part of a copy's band; the stop band begins at its end.
const PASS: f64 = 0.9;

/// The sample that players read: resampled to `rate` where it differs, with octave copies.
///
/// # Errors
/// When the rates cannot be converted.
pub fn build_sample(sound: &Decoded, rate: u32) -> Result<Sample, MediaError> {
    build_watched(sound, rate, &mut Watch::none())
}

/// [`build_sample`], with progress, and it may be cancelled.
///
/// # Errors
/// When the rates cannot be converted, or when cancelled.
pub fn build_watched(sound: &Decoded, rate: u32, watch: &mut Watch<'_>) -> Result<Sample, MediaError> {
    let hash = content_hash(sound);
    let resampled;
    let at_rate = if sound.sample_rate == rate {
        sound
    } else {
        resampled = crate::resample::resample_watched(sound, rate, &mut watch.stage(0.0, 0.5))?;
        &resampled
    };
    let (channels, frames) = (at_rate.channels, at_rate.frames());
    let planes: Vec<Vec<f32>> = (0..channels).map(|c| at_rate.channel(c).collect()).collect();
    let mut levels = vec![level(&planes, 0)];
    let filter = low_pass();
    let mut copies = planes;
    for k in 1..MAX_LEVELS {
        if frames.div_ceil(1 << k) < MIN_FRAMES {
            break;
        }
        let done = 0.5 + 0.5 * (k - 1) as f32 / (MAX_LEVELS - 1) as f32;
        watch.tick(done).map_err(|_| MediaError::Cancelled { path: sound.path.clone() })?;
        copies.iter_mut().for_each(|plane| *plane = filtered(plane, &filter, 1 << (k - 1)));
        levels.push(level(&copies, stride(k)));
    }
    Ok(Sample {
        name: sound.path.display().to_string(),
        sample_rate: rate as f32,
        channels,
        frames,
        levels,
        slices: Vec::new(),
        hash,
    })
}

/// A hash of what was decoded: equal sounds have equal hashes wherever they lie.
pub fn content_hash(sound: &Decoded) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update((sound.channels as u64).to_le_bytes());
    hasher.update(u64::from(sound.sample_rate).to_le_bytes());
    let mut bytes = Vec::with_capacity(16_384);
    for part in sound.data.chunks(4096) {
        bytes.clear();
        bytes.extend(part.iter().flat_map(|x| x.to_le_bytes()));
        hasher.update(&bytes);
    }
    let digest = hasher.finalize();
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

/// Every `2^stride`th frame, the first included.
fn level(planes: &[Vec<f32>], stride: u32) -> Level {
    let (channels, frames) = (planes.len(), planes.first().map_or(0, |plane| plane.len().div_ceil(1 << stride)));
    let mut data = vec![0.0; (frames + 2 * GUARD) * channels];
    for (c, plane) in planes.iter().enumerate() {
        let kept = plane.iter().step_by(1 << stride);
        for (to, from) in data[GUARD * channels + c..].iter_mut().step_by(channels).zip(kept) {
            *to = *from;
        }
    }
    Level { frames, data }
}

/// A linear-phase low-pass to half of the band: flat to 0.9 of that half, 100 dB down at its end. Odd length, symmetric.
///
/// *Source*: Kaiser & Schafer, On the use of the I0-sinh window for spectrum analysis, IEEE ASSP 28 (1980).
fn low_pass() -> Vec<f32> {
    let band = PI / 2.0;
    let width = band * (1.0 - PASS);
    let half = ((STOP_DB - 8.0) / (2.285 * width) / 2.0).ceil() as i32;
    let cutoff = band * (1.0 + PASS) / 2.0;
    let beta = 0.1102 * (STOP_DB - 8.7);
    let taps: Vec<f64> = (-half..=half)
        .map(|i| {
            let x = f64::from(i);
            let sinc = if i == 0 { cutoff / PI } else { libm::sin(cutoff * x) / (PI * x) };
            let r = x / f64::from(half + 1);
            sinc * bessel_i0(beta * (1.0 - r * r).max(0.0).sqrt()) / bessel_i0(beta)
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|t| (t / sum) as f32).collect()
}

/// The modified Bessel function of order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..64 {
        let f = x / (2.0 * f64::from(n));
        term *= f * f;
        sum += term;
    }
    sum
}

/// Filters a sound of which only a part of the band is left, by a filter whose taps are `apart` frames apart: its pass
/// bands above the first lie where there is nothing any more.
///
/// *Source*: Neuvo, Dong & Mitra, Interpolated finite impulse response filters, IEEE ASSP 32 (1984).
fn filtered(x: &[f32], taps: &[f32], apart: usize) -> Vec<f32> {
    let mut padded = pad(x, taps.len() / 2 * apart);
    padded.resize(padded.len() + RUN, 0.0);
    let mut out = vec![0.0; x.len()];
    for (run, out) in out.chunks_mut(RUN).enumerate() {
        // Each frame's sum has its own fixed order, whatever the compiler does with sixteen of them.
        let mut sums = [0.0; RUN];
        for (t, tap) in taps.iter().enumerate() {
            let Some(from) = padded[run * RUN + t * apart..].first_chunk::<RUN>() else { break };
            sums.iter_mut().zip(from).for_each(|(sum, x)| *sum += tap * x);
        }
        out.copy_from_slice(&sums[..out.len()]);
    }
    out
}

/// The sound with `half` frames before and after it: silence, or the sound itself over again where both of its ends
/// sound. So a single cycle or a loop keeps its seam at every level, and a hit gets no ghost of its onset at its end.
fn pad(x: &[f32], half: usize) -> Vec<f32> {
    let n = x.len();
    let mut padded = vec![0.0; n + 2 * half];
    padded[half..half + n].copy_from_slice(x);
    let edge = n.min(64);
    let peak = x.iter().fold(0f32, |m, v| m.max(v.abs()));
    let sounds = |part: &[f32]| part.iter().any(|v| v.abs() > 0.005 * peak);
    if n > 0 && sounds(&x[..edge]) && sounds(&x[n - edge..]) {
        for i in 0..half {
            padded[half - 1 - i] = x[n - 1 - i % n];
            padded[half + n + i] = x[i % n];
        }
    }
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, frames: usize) -> Decoded {
        let w = core::f64::consts::TAU * hz / 48_000.0;
        let data = (0..frames).map(|i| (w * i as f64).sin() as f32).collect();
        Decoded { path: "tone".into(), sample_rate: 48_000, channels: 1, data, warnings: Vec::new() }
    }
    fn inner_peak(level: &Level) -> f32 {
        let n = level.data.len();
        level.data[n / 4..3 * n / 4].iter().fold(0f32, |m, x| m.max(x.abs()))
    }
    fn db(x: f32) -> f32 {
        20.0 * x.max(1e-12).log10()
    }

    #[test]
    fn copies_pass_their_band_and_stop_the_rest() {
        for k in 1..MAX_LEVELS {
            let band = 24_000.0 / f64::from(1 << k);
            let passed = build_sample(&tone(0.88 * band, 40_000), 48_000).expect("builds");
            assert!(
                db(inner_peak(&passed.levels[k])).abs() < 0.05,
                "level {k} passes {}",
                db(inner_peak(&passed.levels[k]))
            );
            let parts = [1.0, 1.1, 1.5, 1.9, 2.05, 3.3, 3.9, 6.1, 7.8, 12.2, 15.6];
            for part in parts.into_iter().filter(|part| part * band < 23_999.0) {
                let stopped = build_sample(&tone(part * band, 40_000), 48_000).expect("builds");
                let left = db(inner_peak(&stopped.levels[k]));
                assert!(left < -95.0, "level {k} at {part} of its band: {left} dB");
            }
        }
    }

    #[test]
    fn copies_lie_in_time_with_the_original() {
        let sample = build_sample(&tone(300.0, 30_001), 48_000).expect("builds");
        assert_eq!(sample.levels.len(), MAX_LEVELS);
        for (k, copy) in sample.levels.iter().enumerate() {
            assert_eq!(copy.frames, 30_001usize.div_ceil(1 << stride(k)));
            assert_eq!(copy.data.len(), copy.frames + 2 * GUARD);
            assert!(copy.data[..GUARD].iter().chain(&copy.data[copy.frames + GUARD..]).all(|x| *x == 0.0));
            for i in copy.frames / 4..copy.frames / 2 {
                let e = copy.data[GUARD + i] - sample.levels[0].data[GUARD + (i << stride(k))];
                assert!(e.abs() < 1e-4, "level {k} frame {i}: {e}");
            }
        }
    }

    #[test]
    fn a_single_cycle_keeps_its_seam() {
        // 600 frames hold two cycles: away from the middle the copies must be the same tone still.
        let sample = build_sample(&tone(160.0, 600), 48_000).expect("builds");
        assert_eq!(sample.levels.len(), 4);
        for (k, copy) in sample.levels.iter().enumerate() {
            for i in 0..copy.frames {
                let e = copy.data[GUARD + i] - sample.levels[0].data[GUARD + (i << stride(k))];
                assert!(e.abs() < 1e-4, "level {k} frame {i}: {e}");
            }
        }
    }

    #[test]
    fn hashes_know_equal_sounds() {
        let (a, b) = (tone(100.0, 500), tone(101.0, 500));
        let moved = Decoded { path: "elsewhere".into(), ..a.clone() };
        assert_eq!(content_hash(&a), content_hash(&moved));
        assert_ne!(content_hash(&a), content_hash(&b));
    }
}
