//! How loud a voice is: it comes in, holds, is let go, and is cut off when its place is needed.

use bf_dsp::math;

/// Seconds over which a voice leaves whose place is needed.
const CUT_SECS: f32 = 0.005;
/// The shortest release, so that letting go does not click.
const LEAST_RELEASE_SECS: f32 = 0.001;
/// Below this (−100 dB) a released voice is over.
const FLOOR: f32 = 1.0e-5;

/// A linear attack, full level, an exponential release; and beside them a linear cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    level: f32,
    rise: f32,
    /// The factor a frame once released; 1 before.
    fall: f32,
    cut: f32,
    cut_step: f32,
}

impl Envelope {
    /// Begins to rise over so many seconds; at once for none.
    pub(super) fn begin(attack_secs: f32, sample_rate: f32) -> Envelope {
        let frames = attack_secs * sample_rate;
        let (level, rise) = if frames >= 1.0 { (0.0, 1.0 / frames) } else { (1.0, 0.0) };
        Envelope { level, rise, fall: 1.0, cut: 1.0, cut_step: 0.0 }
    }

    /// Lets go: the level falls by 60 dB in so many seconds.
    pub(super) fn release(&mut self, secs: f32, sample_rate: f32) {
        if self.fall == 1.0 {
            let frames = secs.max(LEAST_RELEASE_SECS) * sample_rate;
            self.fall = math::exp2(-9.965_784 / frames);
            self.rise = 0.0;
        }
    }

    /// Leaves within 5 ms, whatever else.
    pub(super) fn cut(&mut self, sample_rate: f32) {
        if self.cut_step == 0.0 {
            self.cut_step = 1.0 / (CUT_SECS * sample_rate);
        }
    }

    /// Whether the level stands at 1 until someone acts.
    #[inline(always)]
    pub(super) fn holds(&self) -> bool {
        self.rise == 0.0 && self.fall == 1.0 && self.cut_step == 0.0
    }
    /// Whether it was cut.
    pub(super) fn is_cut(&self) -> bool {
        self.cut_step != 0.0
    }
    /// Whether nothing is left.
    #[inline(always)]
    pub(super) fn over(&self) -> bool {
        self.level <= 0.0 && self.rise == 0.0 || self.cut <= 0.0
    }
    /// The level now.
    #[inline(always)]
    pub(super) fn level(&self) -> f32 {
        self.level * self.cut
    }

    /// One frame further.
    #[inline(always)]
    pub(super) fn advance(&mut self) {
        if self.rise > 0.0 {
            self.level += self.rise;
            if self.level >= 1.0 {
                (self.level, self.rise) = (1.0, 0.0);
            }
        }
        if self.fall < 1.0 {
            self.level *= self.fall;
            if self.level < FLOOR {
                self.level = 0.0;
            }
        }
        if self.cut_step > 0.0 {
            self.cut = (self.cut - self.cut_step).max(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames_until(e: &mut Envelope, done: impl Fn(&Envelope) -> bool) -> usize {
        (0..1_000_000)
            .find(|_| {
                done(e) || {
                    e.advance();
                    false
                }
            })
            .unwrap_or(usize::MAX)
    }

    #[test]
    fn times_are_what_they_say() {
        let mut e = Envelope::begin(0.1, 48_000.0);
        assert!(e.level() == 0.0 && !e.over() && !e.holds());
        let rise = frames_until(&mut e, Envelope::holds);
        assert!((4798..=4802).contains(&rise), "{rise}");
        e.release(0.2, 48_000.0);
        let fall = frames_until(&mut e, |e| e.level() < 0.001);
        assert!((9590..=9610).contains(&fall), "{fall}");
        let rest = frames_until(&mut e, Envelope::over);
        assert!(rest < 9600 && e.level() == 0.0, "{rest}");
        let mut e = Envelope::begin(0.0, 48_000.0);
        assert!(e.holds() && e.level() == 1.0);
        e.cut(48_000.0);
        let cut = frames_until(&mut e, Envelope::over);
        assert!((239..=241).contains(&cut), "{cut}");
    }

    #[test]
    fn letting_go_while_rising_never_ends_early() {
        let mut e = Envelope::begin(1.0, 48_000.0);
        e.release(0.1, 48_000.0);
        e.advance();
        assert!(e.over());
        let mut e = Envelope::begin(1.0, 48_000.0);
        (0..24_000).for_each(|_| e.advance());
        e.release(0.0, 48_000.0);
        assert!(frames_until(&mut e, Envelope::over) > 48);
    }
}
