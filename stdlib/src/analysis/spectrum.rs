//! What frequencies a sound is made of.

use super::shown::{for_shown, pass, show};
use bf_node::{Io, LaneMask, MakeError, PerLane, PortSpec, Probe, Processor, Setup, Status, node};
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

node! {
    /// Shows the spectrum of what passes.
    ///
    /// The sound passes unchanged. The newest 4,096 frames are shown as levels over frequency; a sine of full scale
    /// reads 0 dB.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// tone = { type = "saw", freq = 220.0 }
    /// low = { type = "gain", gain = 0.3 }
    /// view = { type = "spectrum" }
    /// out = { type = "output" }
    /// [cables]
    /// "low" = "tone"
    /// "view" = "low"
    /// "out" = "view"
    /// ```
    spectrum: Analysis,
    inputs { input: PortSpec::signal("input", "What is shown.") },
    outputs { out: PortSpec::signal("out", "The same, unchanged.") },
    params { show: show() },
    with { probe_frames: FRAMES, make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| {
        Ok(Spectrum { probe: (lane == 0).then(|| Arc::clone(&setup.probe)), quiet: FRAMES as u32 })
    })
}

/// Frames that are shown.
pub const FRAMES: usize = 4096;
/// The level of silence in decibels.
pub const SILENT_DB: f32 = -200.0;

/// The audio thread only hands the frames on; whoever draws transforms them.
struct Spectrum {
    /// Lane 0 is shown.
    probe: Option<Arc<Probe>>,
    /// Frames of silence handed on in a row, up to all that are shown.
    quiet: u32,
}

impl Processor for Spectrum {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        pass(io, inp::input, out::out);
        if let Some(probe) = &self.probe {
            let mut quiet = self.quiet;
            for_shown(io, inp::input, io.index(par::show), |x| {
                quiet = if x == 0.0 { (quiet + 1).min(FRAMES as u32) } else { 0 };
                probe.push(x);
            });
            self.quiet = quiet;
        }
        let rest = self.probe.is_none() || self.quiet == FRAMES as u32;
        let silent = (0..io.channels()).all(|c| io.input_silent(inp::input, c));
        if rest && silent { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, lanes: LaneMask) {
        if lanes & 1 != 0 {
            // What was handed on before is still shown.
            self.quiet = 0;
        }
    }
}

/// Turns frames into levels over frequency, with a Hann window. For the thread that draws: making one allocates.
pub struct Analyser {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    windowed: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// What the window leaves of a constant.
    sum: f32,
}

impl Analyser {
    /// An analyser of so many frames, an even number of at least 4.
    pub fn new(frames: usize) -> Analyser {
        let frames = frames.max(4) & !1;
        let fft = RealFftPlanner::new().plan_fft_forward(frames);
        let turn = core::f64::consts::TAU / frames as f64;
        let window: Vec<f32> = (0..frames).map(|i| (0.5 - 0.5 * (i as f64 * turn).cos()) as f32).collect();
        Analyser {
            windowed: fft.make_input_vec(),
            bins: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            sum: window.iter().sum(),
            window,
            fft,
        }
    }
    /// How many frames it looks at.
    pub fn frames(&self) -> usize {
        self.window.len()
    }
    /// How many levels there are, from 0 Hz up to half the sample rate.
    pub fn bins(&self) -> usize {
        self.bins.len()
    }
    /// The frequency of a bin.
    pub fn hz(&self, bin: usize, sample_rate: f32) -> f32 {
        bin as f32 * sample_rate / self.frames() as f32
    }

    /// The level in decibels of each bin, written over `levels`: a sine of amplitude 1 on a bin reads 0 dB (between
    /// two bins up to 1.4 dB less). The newest frames of `signal` count; fewer than [`Analyser::frames`] are taken
    /// to follow on silence.
    pub fn decibels(&mut self, signal: &[f32], levels: &mut Vec<f32>) {
        let frames = self.frames();
        let newest = &signal[signal.len().saturating_sub(frames)..];
        let silence = frames - newest.len();
        self.windowed[..silence].fill(0.0);
        for (i, x) in newest.iter().enumerate() {
            self.windowed[silence + i] = x * self.window[silence + i];
        }
        levels.clear();
        if self.fft.process_with_scratch(&mut self.windowed, &mut self.bins, &mut self.scratch).is_err() {
            levels.resize(self.bins.len(), SILENT_DB);
            return;
        }
        let last = self.bins.len() - 1;
        levels.extend(self.bins.iter().enumerate().map(|(k, bin)| {
            // The two ends have no mirror image that holds the other half.
            let halves = if k == 0 || k == last { 1.0 } else { 2.0 };
            (20.0 * (bin.norm() * halves / self.sum).log10()).max(SILENT_DB)
        }));
    }

    /// The levels of the newest frames that a probe has heard.
    pub fn of_probe(&mut self, probe: &Probe, levels: &mut Vec<f32>) {
        let mut newest = vec![0.0; self.frames()];
        let count = probe.latest(&mut newest);
        self.decibels(&newest[..count], levels);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{keeps_the_laws, rig, sine, survives_what_is_no_number};

    fn levels(hz: f64, amplitude: f64) -> Vec<f32> {
        let mut rig = rig(&SPEC, 1, &[]);
        rig.feed("input", 0, sine(hz, amplitude));
        rig.run(6000);
        let (mut analyser, mut levels) = (Analyser::new(FRAMES), Vec::new());
        analyser.of_probe(&rig.probe, &mut levels);
        assert_eq!(levels.len(), FRAMES / 2 + 1);
        levels
    }

    #[test]
    fn a_sine_reads_its_amplitude() {
        for bin in [3, 85, 1000, 2040] {
            let hz = bin as f64 * 48_000.0 / 4096.0;
            for (amplitude, want) in [(1.0, 0.0), (0.1, -20.0)] {
                let levels = levels(hz, amplitude);
                assert!((levels[bin] - want).abs() < 0.01, "bin {bin}: {}", levels[bin]);
                assert!(levels[bin + 3] < want - 100.0);
            }
        }
        let between = levels(100.5 * 48_000.0 / 4096.0, 1.0);
        assert!((-1.45..-1.40).contains(&between[100]), "{}", between[100]);
        let (loudest, _) = between.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).expect("bins");
        assert!((100..=101).contains(&loudest));
        assert!(between[600] < -100.0);
    }

    #[test]
    fn a_constant_and_silence_read_as_they_should() {
        let (mut analyser, mut levels) = (Analyser::new(256), Vec::new());
        analyser.decibels(&[0.5; 256], &mut levels);
        assert!((levels[0] + 6.02).abs() < 0.01);
        analyser.decibels(&[], &mut levels);
        assert!(levels.iter().all(|l| *l == SILENT_DB));
        assert_eq!(analyser.hz(128, 48_000.0), 24_000.0);
    }

    #[test]
    fn it_rests_once_silence_is_all_that_shows_and_keeps_the_laws() {
        let mut resting = rig(&SPEC, 1, &[]);
        resting.feed("input", 0, |f, _| if f < 100 { 1.0 } else { 0.0 });
        resting.run(4000);
        assert_eq!(resting.status, Status::Active);
        resting.run(500);
        assert_eq!(resting.status, Status::Idle);
        keeps_the_laws(&SPEC, 2, &[], |_| ());
        survives_what_is_no_number(&SPEC, 2);
    }
}
