//! Sums of buffers, and whether they are finite.
#![allow(unsafe_code, reason = "adds buffers of the program's arena")]

use bf_dsp::{Lane, f32x8};
use bf_patch::compile::plan::BufferId;

/// Adds sources in order, onto what is there or onto nothing. Written in vectors, which the compiler would only make of
/// it after asking whether the slices overlap.
///
/// # Safety
/// `y` and each of `x` point at `len` floats, and `y` overlaps none of the others.
#[inline(always)]
pub(crate) unsafe fn sum<const N: usize, const ONTO: bool, const ONES: bool>(
    y: *mut f32,
    x: &[*const f32; N],
    sources: &[(BufferId, f32); N],
    len: usize,
) {
    let mut i = 0;
    while i + 8 <= len {
        // SAFETY: `i + 8` is within `len`.
        unsafe {
            let y = y.add(i).cast::<[f32; 8]>();
            let mut all = if ONTO { f32x8::new(*y) } else { f32x8::splat(0.0) };
            for (x, (_, gain)) in x.iter().zip(sources) {
                let x = f32x8::new(*x.add(i).cast::<[f32; 8]>());
                all += if ONES { x } else { x * f32x8::splat(*gain) };
            }
            *y = all.to_array();
        }
        i += 8;
    }
    while i < len {
        // SAFETY: `i` is within `len`.
        unsafe {
            let mut all = if ONTO { *y.add(i) } else { 0.0 };
            for (x, (_, gain)) in x.iter().zip(sources) {
                all += if ONES { *x.add(i) } else { *x.add(i) * gain };
            }
            *y.add(i) = all;
        }
        i += 1;
    }
}

/// Adds sources in order as `sum` does, as they are; keeps what was there in `before`, and answers whether all of the
/// sum is finite, as far as a sum of it tells.
///
/// # Safety
/// All point at `len` floats, a multiple of eight, and `y` and `before` overlap none of the others.
#[inline(always)]
pub(crate) unsafe fn sum_once<const N: usize, const ONTO: bool>(
    y: *mut f32,
    before: *mut f32,
    x: &[*const f32; N],
    len: usize,
) -> bool {
    let mut total = f32x8::splat(0.0);
    let mut i = 0;
    while i < len {
        // SAFETY: `i + 8` is within `len`.
        unsafe {
            let y = y.add(i).cast::<[f32; 8]>();
            let mut all = f32x8::splat(0.0);
            if ONTO {
                *before.add(i).cast::<[f32; 8]>() = *y;
                all = f32x8::new(*y);
            }
            for x in x {
                all += f32x8::new(*x.add(i).cast::<[f32; 8]>());
            }
            total += all;
            *y = all.to_array();
        }
        i += 8;
    }
    all_finite(total)
}

/// Whether everything of a buffer is finite, as far as a sum tells: one that runs over says nothing, and each value is
/// looked at then.
#[inline(never)]
pub(crate) fn finite(x: &[f32]) -> bool {
    let (lines, rest) = x.as_chunks::<64>();
    let mut sums = [f32x8::splat(0.0); 4];
    for line in lines {
        for (i, x) in line.as_chunks::<8>().0.iter().enumerate() {
            sums[i % 4] += f32x8::new(*x);
        }
    }
    let all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    all_finite(all) && (rest.is_empty() || rest_finite(rest))
}

#[inline(never)]
fn rest_finite(x: &[f32]) -> bool {
    let (vectors, rest) = x.as_chunks::<8>();
    let sum = vectors.iter().fold(f32x8::splat(0.0), |sum, x| sum + f32x8::new(*x));
    all_finite(sum) && rest.iter().all(|x| x.is_finite())
}

#[inline(always)]
fn all_finite(x: f32x8) -> bool {
    <f32x8 as Lane>::mask_bits(Lane::lt(Lane::abs(x), f32x8::splat(f32::INFINITY))) == 0xff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_added_one_after_the_other() {
        let x: [[f32; 19]; 3] =
            core::array::from_fn(|n| core::array::from_fn(|i| 0.1 + (i * 7 + n * 13) as f32 * 0.37));
        let add = |gains: [f32; 3]| {
            let (mut onto, mut fresh) = ([0.7f32; 19], [0.7f32; 19]);
            let (from, sources) = (x.each_ref().map(|x| x.as_ptr()), gains.map(|gain| (0, gain)));
            // SAFETY: all of them are arrays of 19.
            unsafe {
                if gains == [1.0; 3] {
                    sum::<3, true, true>(onto.as_mut_ptr(), &from, &sources, 19);
                    sum::<3, false, true>(fresh.as_mut_ptr(), &from, &sources, 19);
                } else {
                    sum::<3, true, false>(onto.as_mut_ptr(), &from, &sources, 19);
                    sum::<3, false, false>(fresh.as_mut_ptr(), &from, &sources, 19);
                }
            }
            for i in 0..19 {
                let fold = |first: f32| (0..3).fold(first, |y, n| y + x[n][i] * gains[n]);
                assert_eq!((onto[i].to_bits(), fresh[i].to_bits()), (fold(0.7).to_bits(), fold(0.0).to_bits()));
            }
        };
        add([1.0; 3]);
        add([0.3, 1.0, -1.7]);
    }
}
