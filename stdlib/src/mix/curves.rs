//! The curves of a strip as they are drawn: what its equaliser and its compressor do, from what they work with.

use super::strip::KNEE_DB;
use bf_dsp::dynamics::{Curve, OCTAVES_PER_DB};
pub use bf_dsp::eq_band::{HIGH_HZ, LOW_HZ, ThreeGains};

/// The level in decibels that a strip's compressor makes of a level, without makeup and once it has settled.
pub fn compressed_db(level_db: f32, threshold_db: f32, ratio: f32) -> f32 {
    let curve = Curve::new(threshold_db, ratio, KNEE_DB);
    level_db + curve.gain(level_db * OCTAVES_PER_DB) / OCTAVES_PER_DB
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn above_the_threshold_it_rises_by_the_ratio() {
        assert_eq!(compressed_db(-40.0, -18.0, 4.0), -40.0);
        assert!((compressed_db(-2.0, -18.0, 4.0) + 14.0).abs() < 1e-3);
    }
}
