//! The low-pass inside a delay loop: how strong it is, and how much it detunes.

/// The pole of `y += (1 - pole) (x - y)` for a corner frequency.
pub fn pole(corner_hz: f32, sample_rate: f32) -> f32 {
    libm::expf(-core::f32::consts::TAU * corner_hz / sample_rate)
}

/// By how many frames that filter delays a tone of `w` radians a frame: what a tuned loop must be shorter.
pub fn delay_frames(pole: f32, w: f32) -> f32 {
    if w <= 0.0 {
        return 0.0;
    }
    libm::atan2f(pole * libm::sinf(w), 1.0 - pole * libm::cosf(w)) / w
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_is_that_of_a_tone_through_the_filter() {
        let (p, w) = (pole(2000.0, 48_000.0), 0.1f32);
        let (mut y, mut wave) = (0.0f32, Vec::new());
        for i in 0..2000 {
            y += (1.0 - p) * ((w * i as f32).sin() - y);
            wave.push(y);
        }
        // Where the output rises through zero, against where the input does.
        let i = (1500..1999).find(|&i| wave[i] < 0.0 && wave[i + 1] >= 0.0).expect("a rising crossing");
        let crossing = i as f32 + wave[i] / (wave[i] - wave[i + 1]);
        let period = core::f32::consts::TAU / w;
        let late = crossing - (crossing / period).floor() * period;
        assert!((late - delay_frames(p, w)).abs() < 0.02, "{late}");
    }
}
