//! The numbers of the workloads, which are the same for every system.

use std::f64::consts::TAU;

pub const RATE: f32 = 48_000.0;
pub const SAMPLE_FRAMES: usize = 96_000;

/// What is to be played.
pub struct Job {
    pub workload: String,
    pub count: usize,
    pub seconds: f64,
    pub edits_a_second: f64,
}

impl Job {
    /// The library's name, and what it is to play.
    pub fn parse(arguments: &[String]) -> Result<(&str, Job), String> {
        let [library, workload, count, seconds, edits] = arguments else {
            return Err("expected: library, workload, count, seconds, edits a second".into());
        };
        let number = |text: &String| text.parse::<f64>().map_err(|_| format!("`{text}` is no number"));
        let job = Job {
            workload: workload.clone(),
            count: number(count)? as usize,
            seconds: number(seconds)?,
            edits_a_second: number(edits)?,
        };
        Ok((library, job))
    }

    /// What each of many things is multiplied by.
    pub fn gain(&self) -> f32 {
        0.5 / self.count as f32
    }

    /// How many blocks it lasts.
    pub fn blocks(&self, frames: usize) -> usize {
        (self.seconds * f64::from(RATE) / frames as f64) as usize
    }

    /// When the voices of W2 are let go.
    pub fn release_at(&self) -> f32 {
        (self.seconds - 0.5).max(self.seconds / 2.0) as f32
    }

    /// The nodes to be replaced before a block: one after the other, never the first.
    pub fn edits(&self, block: usize, frames: usize) -> impl Iterator<Item = usize> + use<> {
        let due = |block: usize| (block as f64 * frames as f64 / f64::from(RATE) * self.edits_a_second) as usize;
        let others = self.count - 1;
        (due(block)..due(block + 1)).map(move |edit| 1 + edit % others)
    }

    pub fn unknown(&self, library: &str) -> String {
        format!("{library} does not play {}", self.workload)
    }
}

pub fn sine_hz(i: usize) -> f32 {
    100.0 + 3.7 * i as f32
}

pub fn voice_hz(i: usize) -> f32 {
    55.0 * 2f32.powf((i % 60) as f32 / 12.0)
}

pub fn lfo_hz(i: usize) -> f32 {
    0.3 + 0.01 * (i % 50) as f32
}

/// From -1, left, to 1, right.
pub fn pan(i: usize) -> f32 {
    ((i % 21) as f32 - 10.0) / 10.0
}

/// Of a player, between a half and one and a half.
pub fn speed(i: usize) -> f32 {
    (0.5 + (i as f64 * 0.618_033_988_7).fract()) as f32
}

pub fn note_hz(i: usize) -> f32 {
    (200 + (i * 7) % 1800) as f32
}

/// b0, b1, b2, a1, a2 of the biquads.
pub fn peaking() -> [f32; 5] {
    let a = 10f64.powf(0.1 / 40.0);
    let w = TAU * 1000.0 / f64::from(RATE);
    let (alpha, c) = (w.sin() / 2.0, w.cos());
    let a0 = 1.0 + alpha / a;
    [1.0 + alpha * a, -2.0 * c, 1.0 - alpha * a, -2.0 * c, 1.0 - alpha / a].map(|x| (x / a0) as f32)
}

/// A side of the sample.
pub fn sample(step: f32) -> Vec<f32> {
    (0..SAMPLE_FRAMES).map(|i| (i as f32 * step).sin()).collect()
}

/// Steps of the sample's left and right side.
pub const SIDES: [f32; 2] = [0.02, 0.031];

/// White noise from -0.1 to 0.1.
pub struct Noise(u32);

impl Noise {
    pub fn new() -> Noise {
        Noise(1)
    }

    pub fn fill(&mut self, out: &mut [f32]) {
        for x in out {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *x = self.0 as i32 as f32 * (0.1 / 2_147_483_648.0);
        }
    }
}

/// The energy of what was heard.
#[derive(Default)]
pub struct Energy {
    sum: f64,
    frames: usize,
}

impl Energy {
    pub fn add(&mut self, frames: &[f32]) {
        self.sum += frames.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        self.frames += frames.len();
    }

    pub fn rms(&self) -> f64 {
        (self.sum / self.frames.max(1) as f64).sqrt()
    }
}
