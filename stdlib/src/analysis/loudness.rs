//! The loudness of a whole recording, for files rather than for what plays.

use bf_dsp::loudness::Loudness;
use bf_dsp::true_peak::TruePeak;
use core::fmt;
use ebur128::{EbuR128, Mode};

/// What is measured of a recording. Silence reads negative infinity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoudnessReport {
    /// The gated loudness of the whole, in LUFS.
    pub integrated: f64,
    /// The loudness range, in LU.
    pub range: f64,
    /// The loudest 400 ms, in LUFS.
    pub momentary_max: f64,
    /// The loudest 3 s, in LUFS.
    pub shortterm_max: f64,
    /// The highest point of the curve through the samples, in dBTP.
    pub true_peak_db: f64,
    /// The highest sample, in dBFS.
    pub sample_peak_db: f64,
    /// The root of the mean square of all samples, in dBFS (a full-scale square wave is 0).
    pub rms_db: f64,
}

/// Why a recording could not be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoudnessError {
    /// The number of channels is not 1 to 64, or does not divide the samples.
    Channels(usize),
    /// The sample rate is outside what can be measured.
    Rate(u32),
}

impl fmt::Display for LoudnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoudnessError::Channels(n) => write!(f, "cannot measure {n} channels; expected 1 to 64, all of one length"),
            LoudnessError::Rate(hz) => write!(f, "cannot measure at {hz} Hz; expected 16 to 2822400 Hz"),
        }
    }
}

impl core::error::Error for LoudnessError {}

/// Measures interleaved samples.
///
/// Channels are taken in the order left, right, centre, LFE, left and right surround (four: without centre and LFE;
/// five: without LFE); further ones do not count. One channel counts once, so a mono file reads 3 LU less than the
/// same sound on two channels. What is no number counts as silence.
///
/// *Source*: ITU-R BS.1770-4, EBU R 128, EBU Tech 3341 and 3342.
///
/// # Errors
/// When the channels or the rate do not fit.
pub fn measure(samples: &[f32], channels: usize, sample_rate: u32) -> Result<LoudnessReport, LoudnessError> {
    if !(1..=64).contains(&channels) || !samples.len().is_multiple_of(channels) {
        return Err(LoudnessError::Channels(channels));
    }
    let mode = Mode::I | Mode::LRA | Mode::SAMPLE_PEAK;
    let mut whole = EbuR128::new(channels as u32, sample_rate, mode).map_err(|_| LoudnessError::Rate(sample_rate))?;
    // The windows of 400 ms and 3 s move on by 10 ms here, so that no loud moment falls between two readings.
    let mut windows = Loudness::new(sample_rate as f32, &weights(channels));
    let mut true_peaks = vec![TruePeak::new(sample_rate as f32); channels];
    let mut highest = 0.0f32;
    let mut planes = vec![Vec::with_capacity(CHUNK); channels];
    let (mut chunk, mut squares) = (Vec::with_capacity(CHUNK * channels), 0.0f64);
    for (n, samples) in samples.chunks(CHUNK * channels).enumerate() {
        chunk.clear();
        chunk.extend(samples.iter().map(|x| if x.is_finite() { *x } else { 0.0 }));
        squares += chunk.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>();
        for (channel, (plane, peak)) in planes.iter_mut().zip(&mut true_peaks).enumerate() {
            plane.clear();
            plane.extend(chunk.iter().skip(channel).step_by(channels));
            highest = highest.max(peak.process(plane));
        }
        let views: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
        windows.process((n * CHUNK) as u64, &views);
        whole.add_frames_f32(&chunk).map_err(|_| LoudnessError::Channels(channels))?;
    }
    let sample_peak = (0..channels as u32).filter_map(|c| whole.sample_peak(c).ok()).fold(0.0, f64::max);
    let readings = windows.readings();
    Ok(LoudnessReport {
        integrated: whole.loudness_global().unwrap_or(f64::NEG_INFINITY),
        range: whole.loudness_range().unwrap_or(0.0),
        momentary_max: or_silent(readings.momentary_max),
        shortterm_max: or_silent(readings.short_term_max),
        true_peak_db: decibels(f64::from(highest)),
        sample_peak_db: decibels(sample_peak),
        rms_db: decibels((squares / samples.len().max(1) as f64).sqrt()),
    })
}

/// Frames that are measured at once.
const CHUNK: usize = 4096;

/// How much each channel counts, as [`measure`] takes them.
fn weights(channels: usize) -> Vec<f64> {
    let known: &[f64] = match channels {
        4 => &[1.0, 1.0, 1.41, 1.41],
        5 => &[1.0, 1.0, 1.0, 1.41, 1.41],
        _ => &[1.0, 1.0, 1.0, 0.0, 1.41, 1.41],
    };
    (0..channels).map(|c| known.get(c).copied().unwrap_or(0.0)).collect()
}

fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.log10()
}

fn or_silent(lufs: f32) -> f64 {
    if lufs > bf_dsp::loudness::SILENT { f64::from(lufs) } else { f64::NEG_INFINITY }
}

/// The signals of EBU Tech 3341 (loudness and true peak) and 3342 (range), made here from their descriptions.
/// The recorded programmes among them (3341: 7 and 8; 3342: 5 and 6) cannot be made.
#[cfg(test)]
mod tests {
    use super::*;
    use core::f64::consts::TAU;

    const RATE: u32 = 48_000;

    /// Stretches of (seconds, dBFS) of a 1 kHz sine on two channels; −∞ dB is silence.
    fn stretches(of: impl IntoIterator<Item = (f64, f64)>) -> Vec<f32> {
        // 48 frames a cycle, so that each stretch starts at a zero.
        let cycle: [f64; 48] = core::array::from_fn(|i| (i as f64 / 48.0 * TAU).sin());
        let mut out = Vec::new();
        for (secs, db) in of {
            let amplitude = 10f64.powf(db / 20.0);
            let frames = (secs * f64::from(RATE)).round() as usize;
            out.extend(cycle.iter().cycle().take(frames).flat_map(|x| [(amplitude * x) as f32; 2]));
        }
        out
    }

    fn stereo(of: impl IntoIterator<Item = (f64, f64)>) -> LoudnessReport {
        measure(&stretches(of), 2, RATE).expect("measures")
    }

    #[track_caller]
    fn near(got: f64, want: f64, within: f64) {
        assert!((got - want).abs() <= within, "{got} instead of {want}");
    }

    const SILENCE: f64 = f64::NEG_INFINITY;

    #[test]
    fn tech_3341_cases_1_and_2() {
        for db in [-23.0, -33.0] {
            let r = stereo([(20.0, db)]);
            for got in [r.integrated, r.shortterm_max, r.momentary_max] {
                near(got, db, 0.1);
            }
        }
    }

    #[test]
    fn tech_3341_case_3() {
        near(stereo([(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)]).integrated, -23.0, 0.1);
    }

    #[test]
    fn tech_3341_case_4() {
        let gated = [(10.0, -72.0), (10.0, -36.0), (60.0, -23.0), (10.0, -36.0), (10.0, -72.0)];
        near(stereo(gated).integrated, -23.0, 0.1);
    }

    #[test]
    fn tech_3341_case_5() {
        near(stereo([(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)]).integrated, -23.0, 0.1);
    }

    #[test]
    fn tech_3341_case_6() {
        let amplitudes = [-28.0, -28.0, -24.0, -30.0, -30.0].map(|db: f64| 10f64.powf(db / 20.0));
        let sine = |i: usize| ((i % 48) as f64 / 48.0 * TAU).sin();
        let five: Vec<f32> = (0..20 * 48_000).flat_map(|i| amplitudes.map(|a| (a * sine(i)) as f32)).collect();
        near(measure(&five, 5, RATE).expect("measures").integrated, -23.0, 0.1);
        let six: Vec<f32> = five.chunks(5).flat_map(|f| [f[0], f[1], f[2], 0.9, f[3], f[4]]).collect();
        let report = measure(&six, 6, RATE).expect("measures");
        near(report.integrated, -23.0, 0.1);
        near(report.shortterm_max, -23.0, 0.1);
    }

    #[test]
    fn tech_3341_case_9_short_term_stays_constant() {
        let report = stereo([(1.34, -20.0), (1.66, -30.0)].repeat(5));
        near(report.shortterm_max, -23.0, 0.1);
    }

    #[test]
    fn tech_3341_case_10_short_term_wherever_the_tone_starts() {
        for i in (0..20).step_by(3) {
            let report = stereo([(f64::from(i) * 0.15, SILENCE), (3.0, -23.0), (1.0, SILENCE)]);
            near(report.shortterm_max, -23.0, 0.1);
        }
    }

    #[test]
    fn tech_3341_case_12_momentary_stays_constant() {
        near(stereo([(0.18, -20.0), (0.22, -30.0)].repeat(25)).momentary_max, -23.0, 0.1);
    }

    #[test]
    fn tech_3341_case_13_momentary_wherever_the_tone_starts() {
        for i in 0..20 {
            let report = stereo([(f64::from(i) * 0.02, SILENCE), (0.4, -23.0), (1.0, SILENCE)]);
            near(report.momentary_max, -23.0, 0.1);
        }
    }

    /// Cases 11 and 14 are read while they play: the maximum rises by 1 LU with each tone.
    fn rising(tone: f64, step: f64, pause: f64, max: impl Fn(&Loudness) -> f32) {
        let mut live = Loudness::new(RATE as f32, &[1.0, 1.0]);
        let mut frame = 0;
        for i in 0..20 {
            let (silence, level) = (f64::from(i) * step, -38.0 + f64::from(i));
            let x = stretches([(silence, SILENCE), (tone, level), (pause - silence, SILENCE)]);
            let left: Vec<f32> = x.iter().step_by(2).copied().collect();
            for x in left.chunks(480) {
                live.process(frame, &[x, x]);
                frame += x.len() as u64;
            }
            near(f64::from(max(&live)), level, 0.1);
        }
    }

    #[test]
    fn tech_3341_case_11_short_term_while_it_plays() {
        rising(3.0, 0.15, 3.0, |live| live.readings().short_term_max);
    }

    #[test]
    fn tech_3341_case_14_momentary_while_it_plays() {
        rising(0.4, 0.02, 0.4, |live| live.readings().momentary_max);
    }

    /// The true peak that the report reads of a tone with a gentle start and end.
    fn true_peak(tone: impl Fn(f64) -> f64) -> f64 {
        let x: Vec<f32> = (0..24_000)
            .map(|i| {
                let edge = (f64::from(i.min(23_999 - i)) / 480.0).min(1.0);
                (edge * tone(f64::from(i))) as f32
            })
            .collect();
        measure(&x, 1, RATE).expect("measures").true_peak_db
    }

    #[test]
    fn tech_3341_cases_15_to_19_true_peaks_of_tones() {
        for (amplitude, divisor, degrees, want) in [
            (0.5, 4.0, 0.0, -6.0),
            (0.5, 4.0, 45.0, -6.0),
            (0.5, 6.0, 60.0, -6.0),
            (0.5, 8.0, 67.5, -6.0),
            (1.41, 4.0, 45.0, 3.0),
        ] {
            let got = true_peak(|i| amplitude * ((i / divisor + degrees / 360.0) * TAU).sin());
            assert!((want - 0.4..=want + 0.2).contains(&got), "fs/{divisor} at {degrees}°: {got}");
        }
    }

    /// Cases 20 to 23 hide one higher wave in a tone at four times the rate, keep every fourth frame from four
    /// offsets on, and ask for the same peak each time. Here the higher wave is a band-limited swell to full scale.
    #[test]
    fn tech_3341_cases_20_to_23_a_true_peak_between_the_samples() {
        for offset in 0..4 {
            let wave = |i: f64| {
                let t = i + f64::from(offset) / 4.0 - 12_000.0;
                let swell = 0.5 + 0.5 * (-t * t / 800.0).exp();
                swell * (t / 6.0 * TAU).cos()
            };
            let got = true_peak(wave);
            assert!((-0.4..=0.2).contains(&got), "offset {offset}: {got}");
        }
    }

    /// The range of stretches of 20 s each.
    fn range(levels: &[f64]) -> f64 {
        stereo(levels.iter().map(|&db| (20.0, db))).range
    }

    #[test]
    fn tech_3342_case_1() {
        near(range(&[-20.0, -30.0]), 10.0, 1.0);
    }

    #[test]
    fn tech_3342_case_2() {
        near(range(&[-20.0, -15.0]), 5.0, 1.0);
    }

    #[test]
    fn tech_3342_case_3() {
        near(range(&[-40.0, -20.0]), 20.0, 1.0);
    }

    #[test]
    fn tech_3342_case_4() {
        near(range(&[-50.0, -35.0, -20.0, -35.0, -50.0]), 15.0, 1.0);
    }

    #[test]
    fn peaks_and_average_are_as_they_should_be() {
        let report = stereo([(1.0, -6.0)]);
        near(report.sample_peak_db, -6.0, 0.01);
        near(report.rms_db, -9.01, 0.01);
        let nothing = measure(&[0.0; 960], 2, RATE).expect("measures");
        assert_eq!(nothing.integrated, SILENCE);
        assert_eq!(nothing.true_peak_db, SILENCE);
        assert_eq!(measure(&[], 2, RATE).expect("measures").range, 0.0);
        assert!(measure(&[f32::NAN; 9600], 1, RATE).expect("measures").rms_db == SILENCE);
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        assert_eq!(measure(&[0.0; 5], 2, RATE), Err(LoudnessError::Channels(2)));
        assert_eq!(measure(&[], 0, RATE), Err(LoudnessError::Channels(0)));
        assert_eq!(measure(&[], 2, 1), Err(LoudnessError::Rate(1)));
    }
}
