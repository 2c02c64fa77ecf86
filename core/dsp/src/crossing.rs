//! A choice that crosses over to another, for what keeps too much in memory to stand twice.

/// Goes from one value to another over a fixed number of frames, along an S whose ends do not break the line.
///
/// What is wanted in the meantime waits for the end, so that nothing depends on how a block is cut.
#[derive(Clone, Copy, Debug)]
pub struct Crossing<T> {
    from: T,
    to: T,
    /// Frames into it; `len` when it stands.
    at: u32,
    len: u32,
}

/// What is heard in one frame: `from` and `to` are the same where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossed<T> {
    /// What it leaves.
    pub from: T,
    /// What it goes to.
    pub to: T,
    /// How much of that is heard, 0 to 1; 1 where it stands.
    pub gain: f32,
}

impl<T: Copy + PartialEq> Crossing<T> {
    /// Stands at a value; each way takes `secs`.
    pub fn new(value: T, secs: f32, sample_rate: f32) -> Crossing<T> {
        let len = (secs * sample_rate).max(1.0) as u32;
        Crossing { from: value, to: value, at: len, len }
    }
    /// Stands at a value at once: for when nothing sounds.
    pub fn jump(&mut self, value: T) {
        (self.from, self.to, self.at) = (value, value, self.len);
    }
    /// Where it stands, or goes to.
    pub fn goal(&self) -> T {
        self.to
    }
    /// The next frame, where a value is wanted.
    #[inline(always)]
    pub fn next(&mut self, wanted: T) -> Crossed<T> {
        if self.at == self.len {
            if wanted == self.to {
                return Crossed { from: self.to, to: self.to, gain: 1.0 };
            }
            (self.from, self.to, self.at) = (self.to, wanted, 0);
        }
        let x = self.at as f32 / self.len as f32;
        self.at += 1;
        Crossed { from: self.from, to: self.to, gain: x * x * (3.0 - 2.0 * x) }
    }
}

impl<T: Copy + PartialEq> Crossed<T> {
    /// What is heard of something that each value has its own of.
    #[inline(always)]
    pub fn blend(&self, mut of: impl FnMut(T) -> f32) -> f32 {
        let to = of(self.to);
        if self.from == self.to {
            return to;
        }
        let from = of(self.from);
        from + (to - from) * self.gain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_arrives_and_takes_up_what_has_waited() {
        let mut crossing = Crossing::new(1, 0.1, 100.0);
        assert_eq!(crossing.next(1), Crossed { from: 1, to: 1, gain: 1.0 });
        let gains: Vec<f32> = (0..10).map(|i| crossing.next(if i == 0 { 2 } else { 3 }).gain).collect();
        assert!(gains[0] == 0.0 && gains.is_sorted() && gains[5] == 0.5 && gains[9] < 1.0, "{gains:?}");
        assert_eq!(crossing.next(3), Crossed { from: 2, to: 3, gain: 0.0 });
        crossing.jump(4);
        assert_eq!(crossing.next(4), Crossed { from: 4, to: 4, gain: 1.0 });
        assert_eq!(Crossed { from: 2, to: 4, gain: 0.25 }.blend(|x| x as f32), 2.5);
    }
}
