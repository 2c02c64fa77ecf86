//! Gated statistics of loudness in bounded memory.
//!
//! *Source*: ITU-R BS.1770-4 (gated mean) and EBU Tech 3342 (range).

use crate::loudness::lufs;

/// The absolute gate in LUFS: what is below does not count.
const GATE: f32 = -70.0;
/// Bins of 0.1 LU from the gate up to +30 LUFS.
const BINS: usize = 1000;
const BINS_PER_LU: f32 = 10.0;

/// How many blocks there were of each loudness, and their energy.
#[derive(Debug)]
pub struct Histogram {
    bins: Box<[Bin]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    count: u32,
    /// The sum of the blocks' mean squares: a bin's mean is exact, only the gate is as coarse as a bin.
    energy: f64,
}

impl Bin {
    fn mean(&self) -> f64 {
        self.energy / f64::from(self.count)
    }
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram::new()
    }
}

impl Histogram {
    /// No blocks.
    pub fn new() -> Histogram {
        Histogram { bins: vec![Bin::default(); BINS].into() }
    }
    /// Forgets all blocks.
    pub fn clear(&mut self) {
        self.bins.fill(Bin::default());
    }
    /// Counts a block by its mean square; false when it is below the absolute gate.
    pub fn add(&mut self, mean_square: f64) -> bool {
        let loudness = lufs(mean_square);
        // Also false for what is no number.
        let counts = loudness >= GATE;
        if counts {
            let bin = &mut self.bins[(((loudness - GATE) * BINS_PER_LU) as usize).min(BINS - 1)];
            bin.count = bin.count.saturating_add(1);
            bin.energy += mean_square;
        }
        counts
    }
    /// The mean square of the blocks that are not more than `gate_lu` (a negative number) below the mean of all.
    pub fn gated_mean(&self, gate_lu: f64) -> Option<f64> {
        let gate = self.gate(gate_lu)?;
        mean(self.bins.iter().filter(|b| b.count > 0 && b.mean() >= gate))
    }
    /// The distance in LU between two quantiles of the blocks that pass the gate; 0 where there are none.
    pub fn spread(&self, gate_lu: f64, low: f64, high: f64) -> f32 {
        let Some(gate) = self.gate(gate_lu) else { return 0.0 };
        let passing = || self.bins.iter().filter(|b| b.count > 0 && b.mean() >= gate);
        let count: u64 = passing().map(|b| u64::from(b.count)).sum();
        let at = |part: f64| {
            let rank = ((count.saturating_sub(1)) as f64 * part).round() as u64;
            let mut below = 0;
            let bin = passing().find(|b| {
                below += u64::from(b.count);
                below > rank
            });
            bin.map_or(0.0, |b| lufs(b.mean()))
        };
        at(high) - at(low)
    }
    fn gate(&self, gate_lu: f64) -> Option<f64> {
        Some(mean(self.bins.iter().filter(|b| b.count > 0))? * libm::pow(10.0, gate_lu / 10.0))
    }
}

fn mean<'a>(bins: impl Iterator<Item = &'a Bin>) -> Option<f64> {
    let (mut count, mut energy) = (0u64, 0.0);
    for bin in bins {
        count += u64::from(bin.count);
        energy += bin.energy;
    }
    (count > 0).then(|| energy / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn energy(lufs: f64) -> f64 {
        10f64.powf((lufs + 0.691) / 10.0)
    }

    #[test]
    fn the_relative_gate_leaves_out_what_is_much_quieter() {
        let mut h = Histogram::new();
        assert_eq!(h.gated_mean(-10.0), None);
        assert!(!h.add(energy(-75.0)) && !h.add(f64::NAN));
        for _ in 0..100 {
            h.add(energy(-23.0));
            h.add(energy(-36.0));
        }
        let got = lufs(h.gated_mean(-10.0).expect("blocks pass"));
        assert!((got + 23.0).abs() < 1e-3, "{got}");
    }

    #[test]
    fn the_spread_is_between_the_quantiles() {
        let mut h = Histogram::new();
        for i in 0..=1000 {
            h.add(energy(-30.0 + f64::from(i) / 100.0));
        }
        let got = h.spread(-20.0, 0.10, 0.95);
        assert!((got - 8.5).abs() < 0.1, "{got}");
        h.clear();
        assert_eq!(h.spread(-20.0, 0.10, 0.95), 0.0);
    }
}
