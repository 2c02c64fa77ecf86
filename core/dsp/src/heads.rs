//! Where an echo is read: a tape head that moves with inertia, and a tap that jumps behind a crossfade.

use crate::GRID;
use crate::math::sin_phase;

/// The distance between the heads of a tape machine, in frames.
///
/// It is not set but chased: a new distance speeds the tape up or slows it down, and so bends the pitch of what is
/// on it, by an octave at most.
#[derive(Clone, Copy, Debug)]
pub struct TapeHead {
    /// Frames back; double, as a float would be too coarse for a long tape.
    place: f64,
    /// Frames the place moves in a frame.
    speed: f64,
    chase: f64,
    motor: f64,
    /// Two phases for the wow, two for the flutter.
    phases: [u32; 4],
    steps: [u32; 4],
    sample_rate: f32,
}

/// How unsteadily the tape runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wobble {
    /// 0 to 1: slow drift, to 0.6 % of speed.
    pub wow: f32,
    /// 0 to 1: fast tremble, to 0.3 % of speed.
    pub flutter: f32,
}

/// The sines of wow and flutter: no two share a period that one would hear.
const WOBBLE_HZ: [f32; 4] = [0.61, 0.9873, 6.7, 10.841];
/// What the second sine of each pair counts beside the first.
const SECOND: f32 = 0.5;

impl TapeHead {
    /// A tape at a standstill.
    pub fn new(sample_rate: f32) -> TapeHead {
        let sr = f64::from(sample_rate);
        TapeHead {
            place: 2.0,
            speed: 0.0,
            chase: 1.0 / (0.14 * sr),
            motor: 1.0 / (0.02 * sr),
            phases: [0; 4],
            steps: WOBBLE_HZ.map(|hz| (hz / sample_rate * 4_294_967_296.0) as u32),
            sample_rate,
        }
    }
    /// Frames back, without wobble.
    pub fn place(&self) -> f64 {
        self.place
    }
    /// Puts the head somewhere at once; the tape stands, and its wobble begins anew.
    pub fn jump(&mut self, place: f64) {
        (self.place, self.speed) = (place, 0.0);
        self.phases = [0; 4];
    }
    /// The next frame on the way to `target` frames back: where to read, as whole frames and a part.
    #[inline(always)]
    pub fn next(&mut self, target: f64, wobble: Wobble) -> (usize, f32) {
        let want = ((target - self.place) * self.chase).clamp(-1.0, 0.5);
        self.speed += (want - self.speed) * self.motor;
        self.place += self.speed;
        let [wow, flutter] = [wobble.wow * 0.004, wobble.flutter * 0.002];
        let bends = [wow, SECOND * wow, flutter, SECOND * flutter];
        let mut swing = 0.0;
        for (i, bend) in bends.into_iter().enumerate() {
            self.phases[i] = self.phases[i].wrapping_add(self.steps[i]);
            // A place that swings by a seconds at f Hz bends the speed by 2πfa.
            swing += sin_phase::<f32>(self.phases[i]) * bend * (1.0 / (core::f32::consts::TAU * WOBBLE_HZ[i]));
        }
        let back = (self.place + f64::from(swing * self.sample_rate)).max(2.0);
        let whole = back as usize;
        (whole, (back - whole as f64) as f32)
    }
}

/// A tap at whole frames, so that what it reads is exact. A new place fades in while the old fades out.
#[derive(Clone, Copy, Debug)]
pub struct FadingTap {
    now: usize,
    next: usize,
    /// Frames into the fade; `len` when there is none.
    at: u32,
    len: u32,
    wanted: usize,
    waited: u32,
}

/// Grid steps that a place which keeps moving is waited for: about 20 ms.
const PATIENCE: u32 = 60;

impl FadingTap {
    /// A tap whose fades take so many frames.
    pub fn new(fade: usize) -> FadingTap {
        let len = fade.clamp(1, 1 << 20) as u32;
        FadingTap { now: 1, next: 1, at: len, len, wanted: 1, waited: 0 }
    }
    /// Where it reads, or will when its fade is over.
    pub fn place(&self) -> usize {
        self.next
    }
    /// Reads there from this frame on.
    pub fn jump(&mut self, place: usize) {
        *self = FadingTap { now: place, next: place, at: self.len, wanted: place, waited: 0, ..*self };
    }
    /// The next frame: where to read, and how much of the second place to take.
    #[inline(always)]
    pub fn next(&mut self, target: usize, frame: u64) -> (usize, usize, f32) {
        if self.at < self.len {
            self.at += 1;
            if self.at == self.len {
                self.now = self.next;
            }
        } else if frame.is_multiple_of(GRID as u64) && target != self.now {
            // A value that still glides is left alone until it stands, or has moved for too long.
            self.waited = if target == self.wanted { PATIENCE } else { self.waited + 1 };
            self.wanted = target;
            if self.waited >= PATIENCE {
                (self.next, self.at, self.waited) = (target, 0, 0);
            }
        }
        let t = self.at as f32 / self.len as f32;
        let gain = if self.now == self.next { 0.0 } else { t * t * (3.0 - 2.0 * t) };
        (self.now, self.next, gain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEADY: Wobble = Wobble { wow: 0.0, flutter: 0.0 };

    #[test]
    fn the_head_arrives_without_passing_an_octave() {
        let mut head = TapeHead::new(48_000.0);
        head.jump(24_000.0);
        let mut last = head.place();
        for _ in 0..96_000 {
            head.next(12_000.0, STEADY);
            let speed = 1.0 - (head.place() - last);
            assert!((0.5..=2.001).contains(&speed), "{speed}");
            last = head.place();
        }
        assert!((head.place() - 12_000.0).abs() < 0.05, "{}", head.place());
    }

    #[test]
    fn wobble_bends_the_speed_as_stated() {
        let mut head = TapeHead::new(48_000.0);
        head.jump(10_000.0);
        let (mut last, mut most) = (10_000.0, 0.0f64);
        for i in 0..96_000 {
            let (whole, part) = head.next(10_000.0, Wobble { wow: 1.0, flutter: 0.0 });
            let place = whole as f64 + f64::from(part);
            if i > 0 && i % 480 == 0 {
                most = most.max((place - last).abs() / 480.0);
                last = place;
            } else if i == 0 {
                last = place;
            }
        }
        assert!((0.004..0.0061).contains(&most), "{most}");
    }

    #[test]
    fn a_tap_fades_to_its_new_place_and_waits_for_one_that_glides() {
        let mut tap = FadingTap::new(100);
        tap.jump(50);
        let mut frames = 0u64;
        let mut run = |tap: &mut FadingTap, target: usize, n: u64| {
            let mut last = (0, 0, 0.0);
            for _ in 0..n {
                last = tap.next(target, frames);
                frames += 1;
            }
            last
        };
        assert_eq!(run(&mut tap, 50, 64), (50, 50, 0.0));
        for moving in 51..60 {
            assert_eq!(run(&mut tap, moving, 16).0, 50);
            assert_eq!(tap.place(), 50);
        }
        run(&mut tap, 60, 32);
        assert_eq!(tap.place(), 60);
        assert_eq!(run(&mut tap, 60, 200), (60, 60, 0.0));
    }
}
