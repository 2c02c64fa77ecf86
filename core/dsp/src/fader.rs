//! Levels in decibels at audio rate, and the short fade that keeps a switch from clicking.

use crate::Lane;
use crate::math::exp2_lanes;

/// Where a fader is closed: at this many decibels and below, nothing passes.
pub const CLOSED_DB: f32 = -80.0;

/// The factor of a fader in every lane; exactly 1 at 0 dB and exactly 0 at [`CLOSED_DB`].
#[inline(always)]
pub fn fader_gain<L: Lane>(db: L) -> L {
    let gain = exp2_lanes(db.min(L::splat(60.0)) * L::splat(core::f32::consts::LOG2_10 / 20.0));
    L::select(db.gt(L::splat(CLOSED_DB)), gain, L::splat(0.0))
}

/// A gain that follows a switch in a straight line over a fixed number of frames.
///
/// Switches jump, and a jump in a sound clicks: mute and bypass go through this. It counts whole frames, so that it
/// does not depend on how blocks are cut and ends at exactly 0 and 1.
#[derive(Clone, Copy, Debug)]
pub struct Fade {
    at: u32,
    len: u32,
    /// Where the switch stood last; a new node takes it as it finds it.
    on: Option<bool>,
}

impl Fade {
    /// A fade of `secs`, which takes the first state of the switch at once.
    pub fn new(secs: f32, sample_rate: f32) -> Fade {
        Fade { at: 0, len: (secs * sample_rate).max(1.0) as u32, on: None }
    }
    /// As after `new`.
    pub fn reset(&mut self) {
        (self.at, self.on) = (0, None);
    }
    /// Says where the switch stands, before anything else in a piece. True when it opens from fully closed.
    pub fn aim(&mut self, on: bool) -> bool {
        if self.on.is_none() { self.jump(on) } else { self.turn(on) }
    }
    /// Like `aim`, but where the switch has moved, the gain is there at once: for when nothing sounds.
    pub fn jump(&mut self, on: bool) -> bool {
        let moved = self.on != Some(on);
        let opens = self.turn(on);
        if moved {
            self.at = if on { self.len } else { 0 };
        }
        opens
    }
    fn turn(&mut self, on: bool) -> bool {
        let opens = on && self.on != Some(true) && self.at == 0;
        self.on = Some(on);
        opens
    }
    /// Whether the gain is 0 and stays there.
    pub fn is_closed(&self) -> bool {
        self.on != Some(true) && self.at == 0
    }
    /// Whether the gain is 1 and stays there.
    pub fn is_open(&self) -> bool {
        self.on == Some(true) && self.at == self.len
    }
    /// Whether the gain stays where it is.
    pub fn is_settled(&self) -> bool {
        self.is_closed() || self.is_open()
    }
    /// The gain at the next frame, 0 to 1.
    #[inline(always)]
    pub fn step(&mut self) -> f32 {
        self.at = if self.on == Some(true) { (self.at + 1).min(self.len) } else { self.at.saturating_sub(1) };
        self.at as f32 / self.len as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fader_is_exact_where_it_matters() {
        assert_eq!(fader_gain(0.0f32), 1.0);
        assert_eq!(fader_gain(CLOSED_DB), 0.0);
        assert_eq!(fader_gain(f32::NAN), 0.0);
        assert!(fader_gain(f32::INFINITY).is_finite());
        for db in -79..=24 {
            let want = 10f64.powf(f64::from(db) / 20.0);
            assert!((f64::from(fader_gain(db as f32)) / want - 1.0).abs() < 2e-6, "{db} dB");
        }
    }

    #[test]
    fn a_fade_starts_where_the_switch_stands_and_ends_exactly() {
        let mut fade = Fade::new(0.005, 48_000.0);
        assert!(fade.aim(true) && fade.is_open());
        assert!(!fade.aim(false));
        let down: Vec<f32> = (0..240).map(|_| fade.step()).collect();
        assert!(down.windows(2).all(|w| w[1] < w[0] && w[0] - w[1] < 0.005));
        assert_eq!(down[239], 0.0);
        assert!(fade.is_closed());
        assert!(fade.aim(true) && !fade.is_settled());
        assert_eq!((0..240).map(|_| fade.step()).last(), Some(1.0));
        assert!(!fade.jump(false) && fade.is_closed());
        fade.reset();
        assert!(!fade.aim(false) && fade.is_closed());
    }
}
