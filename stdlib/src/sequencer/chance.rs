//! Random numbers as a pure function of a seed and an index, so that a performance can be played again.

/// A draw from 0 to below 1 for an index; streams of one node are independent of each other.
pub(crate) fn draw(seed: u64, stream: u32, index: i64) -> f32 {
    // Three rounds of splitmix64's finaliser, so that neighbouring seeds and indices share nothing.
    let x = mix(seed ^ 0x9e37_79b9_7f4a_7c15);
    let x = mix(x ^ u64::from(stream).wrapping_mul(0xd1b5_4a32_d192_ed03));
    let x = mix(x ^ index.cast_unsigned());
    (x >> 40) as f32 / 16_777_216.0
}

/// *Source*: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_independent() {
        for (seed, stream) in [(0, 0), (1, 0), (1, 1), (u64::MAX, 7)] {
            let xs: Vec<f32> = (-5000..5000).map(|i| draw(seed, stream, i)).collect();
            assert!(xs.iter().all(|x| (0.0..1.0).contains(x)));
            let mean = xs.iter().sum::<f32>() / 10_000.0;
            assert!((mean - 0.5).abs() < 0.015, "mean {mean}");
            let neighbours = xs.windows(2).map(|w| (w[0] - 0.5) * (w[1] - 0.5)).sum::<f32>() / 10_000.0;
            assert!(neighbours.abs() < 0.005, "correlation {neighbours}");
        }
        assert_ne!(draw(1, 0, 5), draw(2, 0, 5));
        assert_ne!(draw(1, 0, 5), draw(1, 1, 5));
    }
}
