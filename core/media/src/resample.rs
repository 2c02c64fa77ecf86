//! Sample-rate conversion of whole sounds, off the audio thread.

use crate::watch::Watch;
use crate::{Decoded, MediaError};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler};

/// Frames that are transformed at a time, at least: so long that the filter's edge lies within 2 % of the band's end.
const CHUNK: usize = 2048;

/// The delay is half a transform on either side. An even count of the shortest blocks makes it whole frames on both.
fn chunk(from: usize, to: usize) -> usize {
    let gcd = |mut a: usize, mut b: usize| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let shortest = from / gcd(from, to);
    shortest * CHUNK.div_ceil(shortest).next_multiple_of(2)
}

/// The same sound at another rate: aligned in time to the frame, `round(frames × to ÷ from)` frames long.
///
/// *Source*: overlap-add FFT conversion by the `rubato` crate, with a squared Blackman-Harris window.
///
/// # Errors
/// When the converter refuses the rates.
pub fn resample(sound: &Decoded, to_rate: u32) -> Result<Decoded, MediaError> {
    resample_watched(sound, to_rate, &mut Watch::none())
}

/// [`resample`], with progress, and it may be cancelled.
///
/// # Errors
/// When the converter refuses the rates, or when cancelled.
pub fn resample_watched(sound: &Decoded, to_rate: u32, watch: &mut Watch<'_>) -> Result<Decoded, MediaError> {
    if to_rate == sound.sample_rate {
        return Ok(sound.clone());
    }
    if !(1_000..=768_000).contains(&to_rate) {
        return Err(MediaError::Rate { path: sound.path.clone(), rate: to_rate });
    }
    let failed =
        |cause: String| MediaError::Resample { path: sound.path.clone(), from: sound.sample_rate, to: to_rate, cause };
    let (channels, frames) = (sound.channels, sound.frames());
    let mut converter = Fft::<f32>::new_custom(
        sound.sample_rate as usize,
        to_rate as usize,
        chunk(sound.sample_rate as usize, to_rate as usize),
        1,
        channels,
        rubato::WindowFunction::BlackmanHarris2,
        FixedSync::Both,
    )
    .map_err(|e| failed(e.to_string()))?;

    let exact = (frames as u64 * u64::from(to_rate) + u64::from(sound.sample_rate) / 2) / u64::from(sound.sample_rate);
    let (delay, wanted) = (converter.output_delay(), (exact as usize).max(1));
    let mut out = vec![0.0f32; (delay + wanted + converter.output_frames_max()) * channels];
    let room = out.len() / channels;
    let (mut read, mut written) = (0, 0);
    while written < delay + wanted {
        watch
            .tick(written as f32 / (delay + wanted) as f32)
            .map_err(|_| MediaError::Cancelled { path: sound.path.clone() })?;
        let left = frames - read.min(frames);
        let need = converter.input_frames_next();
        let at = Indexing {
            input_offset: read.min(frames),
            output_offset: written,
            partial_len: Some(left.min(need)),
            active_channels_mask: None,
        };
        let input = InterleavedSlice::new(&sound.data[..], channels, frames).map_err(|e| failed(e.to_string()))?;
        let mut output = InterleavedSlice::new_mut(&mut out[..], channels, room).map_err(|e| failed(e.to_string()))?;
        let (_, made) =
            converter.process_into_buffer(&input, &mut output, Some(&at)).map_err(|e| failed(e.to_string()))?;
        read += need;
        written += made.max(1);
    }
    out.truncate((delay + wanted) * channels);
    out.drain(..delay * channels);
    Ok(Decoded {
        path: sound.path.clone(),
        sample_rate: to_rate,
        channels,
        data: out,
        warnings: sound.warnings.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, rate: u32, frames: usize) -> Decoded {
        let w = core::f64::consts::TAU * hz / f64::from(rate);
        let data = (0..frames).flat_map(|i| [(w * i as f64).sin() as f32, (w * i as f64).cos() as f32]).collect();
        Decoded { path: "tone".into(), sample_rate: rate, channels: 2, data, warnings: Vec::new() }
    }

    /// The largest difference from the ideal tone, away from the ends.
    fn error(hz: f64, from: u32, to: u32) -> f64 {
        let x = resample(&tone(hz, from, from as usize / 5), to).expect("converts");
        assert_eq!(x.frames(), (f64::from(to) / 5.0).round() as usize);
        let ideal = tone(hz, to, x.frames());
        let edge = (to as usize / 16) & !1;
        let inner = edge..x.data.len() - edge;
        x.data[inner.clone()].iter().zip(&ideal.data[inner]).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max)
    }

    #[test]
    fn tones_keep_level_and_phase_to_100_db() {
        for (hz, from, to) in [
            (1000.0, 44_100, 48_000),
            (19_000.0, 44_100, 48_000),
            (1000.0, 48_000, 44_100),
            (440.0, 22_050, 48_000),
            (5000.0, 96_000, 48_000),
        ] {
            let e = error(hz, from, to);
            assert!(e < 1e-5, "{hz} Hz, {from} to {to}: error {e:e}");
        }
        // Rates without a common divisor take so long a filter that the tone's abrupt ends ring through all of it.
        let e = error(1000.0, 44_101, 48_000);
        assert!(e < 2e-4, "44,101 to 48,000: error {e:e}");
    }

    #[test]
    fn what_would_alias_is_gone() {
        let x = resample(&tone(30_000.0, 96_000, 20_000), 48_000).expect("converts");
        let peak = x.data[4000..x.data.len() - 4000].iter().fold(0f32, |m, x| m.max(x.abs()));
        assert!(peak < 1e-5, "{peak:e}");
    }

    #[test]
    fn short_sounds_keep_their_length() {
        for frames in [1, 2, 63, 1000] {
            let x = resample(&tone(100.0, 44_100, frames), 48_000).expect("converts");
            assert_eq!(x.frames(), ((frames as f64) * 48.0 / 44.1).round() as usize);
        }
        assert!(resample(&tone(100.0, 44_100, 10), 3).is_err());
    }
}
