//! What stereo effects share: dry and wet in one signal.

use bf_dsp::tail::settle;
use bf_node::Smooth;

/// Turns the wet sound into `dry × (1 − mix) + wet × mix`.
#[inline(always)]
pub(super) fn blend(dry: &[f32], wet: &mut [f32], mix: Smooth<'_, f32>) {
    for (i, (wet, dry)) in wet.iter_mut().zip(dry).enumerate() {
        *wet = blend_one(*dry, *wet, mix.at(i));
    }
}

/// One frame of [`blend`].
#[inline(always)]
pub(crate) fn blend_one(dry: f32, wet: f32, mix: f32) -> f32 {
    let mix = bf_dsp::Lane::clamp(mix, 0.0, 1.0);
    settle(dry) * (1.0 - mix) + wet * mix
}

/// Whether every frame of two channels is exactly zero.
#[inline(always)]
pub(super) fn silent(a: &[f32], b: &[f32]) -> bool {
    a.iter().chain(b).all(|x| *x == 0.0)
}

/// The part of a step that a one-pole low-pass takes in one frame.
pub(super) fn one_pole(cutoff_hz: f32, sample_rate: f32) -> f32 {
    1.0 - bf_dsp::math::exp(-core::f32::consts::TAU * cutoff_hz / sample_rate)
}

/// A frequency as a wrapping phase a frame.
pub(super) fn phase_step(hz: f32, sample_rate: f32) -> u32 {
    (bf_dsp::Lane::clamp(hz / sample_rate, 0.0, 0.4999) * 4_294_967_296.0) as u32
}
