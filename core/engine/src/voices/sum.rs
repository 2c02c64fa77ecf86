//! What the lanes of a group add to an instrument, and how loud each of them is.

use super::lanes::MOST;
use bf_dsp::{Lane, f32x8};
use bf_node::LaneMask;

/// Adds the lanes of `keep` to a sum and raises their peaks; the other lanes count as silent.
pub(super) fn add(x: &[f32], sum: &mut [f32], keep: LaneMask, lanes: usize, peaks: &mut [f32; MOST]) {
    match lanes {
        8 => add_vectors::<1>(x, sum, keep, peaks),
        _ => add_vectors::<2>(x, sum, keep, peaks),
    }
}

#[inline(always)]
fn add_vectors<const V: usize>(x: &[f32], sum: &mut [f32], keep: LaneMask, peaks: &mut [f32; MOST]) {
    let masks: [f32x8; V] = core::array::from_fn(|v| <f32x8 as Lane>::mask_from_bits(keep >> (8 * v)));
    let mut most: [f32x8; V] = core::array::from_fn(|v| f32x8::new(peaks.as_chunks::<8>().0[v]));
    let frames = sum.as_chunks_mut::<8>().0.chunks_exact_mut(V).zip(x.as_chunks::<8>().0.chunks_exact(V));
    for (sum, x) in frames {
        for v in 0..V {
            let x = f32x8::new(x[v]) & masks[v];
            most[v] = Lane::max(Lane::abs(x), most[v]);
            sum[v] = (f32x8::new(sum[v]) + x).to_array();
        }
    }
    for (v, most) in most.iter().enumerate() {
        peaks.as_chunks_mut::<8>().0[v] = most.to_array();
    }
}

/// Adds the lanes of each frame together.
pub(super) fn across(sum: &[f32], lanes: usize, out: &mut [f32]) {
    match lanes {
        8 => out.iter_mut().zip(sum.as_chunks::<8>().0).for_each(|(y, x)| *y = pairs(*x)),
        _ => out.iter_mut().zip(sum.as_chunks::<16>().0).for_each(|(y, x)| *y = pairs(*x)),
    }
}

/// Lanes added in pairs, then pairs in pairs: a fixed order with short chains.
#[inline]
fn pairs<const N: usize>(mut sums: [f32; N]) -> f32 {
    let mut width = N / 2;
    while width > 0 {
        for i in 0..width {
            sums[i] += sums[i + width];
        }
        width /= 2;
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_that_do_not_play_are_not_heard_even_if_they_are_broken() {
        for lanes in [8, 16] {
            let x: Vec<f32> = (0..lanes * 3).map(|i| if i % lanes == 5 { f32::NAN } else { -(i as f32) }).collect();
            let mut sum = vec![1.0; x.len()];
            let mut peaks = [0.0; MOST];
            add(&x, &mut sum, 0b1000_0001, lanes, &mut peaks);
            for (i, y) in sum.iter().enumerate() {
                let want = if i % lanes == 0 || i % lanes == 7 { 1.0 - i as f32 } else { 1.0 };
                assert_eq!(*y, want, "{i} of {lanes}");
            }
            assert_eq!((peaks[0], peaks[5], peaks[7]), (2.0 * lanes as f32, 0.0, (2 * lanes + 7) as f32));
            let mut out = [0.0; 3];
            across(&sum, lanes, &mut out);
            assert_eq!(out[0], lanes as f32 - 7.0);
        }
    }
}
