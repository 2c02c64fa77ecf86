//! Spans of musical time, in cycles.

use crate::Ratio;

/// From `begin` (inside) to `end` (outside), in cycles. A span without length is an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// Where it begins.
    pub begin: Ratio,
    /// Where it ends.
    pub end: Ratio,
}

impl Span {
    /// A span.
    pub fn new(begin: impl Into<Ratio>, end: impl Into<Ratio>) -> Span {
        Span { begin: begin.into(), end: end.into() }
    }

    /// The whole cycle that an instant lies in.
    pub fn cycle_of(t: Ratio) -> Span {
        Span { begin: t.cycle(), end: t.next_cycle() }
    }

    /// Its length.
    pub fn duration(self) -> Ratio {
        self.end - self.begin
    }

    /// The span moved by `by`.
    pub fn shift(self, by: Ratio) -> Span {
        if by == Ratio::ZERO { self } else { self.map(|t| t + by) }
    }

    /// The span with both ends mapped by something that keeps their order.
    pub fn map(self, f: impl Fn(Ratio) -> Ratio) -> Span {
        let (begin, end) = (f(self.begin), f(self.end));
        // At the end of the number range fractions are rounded, each by itself: ends do not cross by that.
        let crossed = (begin.is_rough() || end.is_rough()) && end < begin && self.begin <= self.end;
        Span { begin, end: if crossed { begin } else { end } }
    }

    /// What two spans share. An instant at the very end of a span with length is not shared.
    pub fn intersect(self, o: Span) -> Option<Span> {
        let (begin, end) = (self.begin.max(o.begin), self.end.min(o.end));
        if begin < end {
            return Some(Span { begin, end });
        }
        let at_end_of = |s: Span| begin == s.end && s.begin < s.end;
        if begin > end || at_end_of(self) || at_end_of(o) { None } else { Some(Span { begin, end }) }
    }

    /// Whether `inner` lies within.
    pub fn contains(self, inner: Span) -> bool {
        self.begin <= inner.begin && inner.end <= self.end
    }

    /// Whether it lies within one cycle.
    pub fn is_within_cycle(self) -> bool {
        self.end <= self.begin.next_cycle()
    }

    /// Its pieces, cut where cycles begin. An instant is one piece.
    pub fn cycles(self) -> impl Iterator<Item = Span> {
        let mut next = if self.begin <= self.end { Some(self.begin) } else { None };
        core::iter::from_fn(move || {
            let begin = next?;
            let cut = begin.next_cycle();
            // At the end of the number range a cycle has no next: the rest is one piece.
            if cut < self.end && cut > begin {
                next = Some(cut);
                Some(Span { begin, end: cut })
            } else {
                next = None;
                Some(Span { begin, end: self.end })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn r(num: i64, den: i64) -> Ratio {
        Ratio::new(num, den)
    }

    #[test]
    fn spans_are_cut_at_cycles() {
        let pieces: Vec<Span> = Span::new(r(1, 2), r(5, 2)).cycles().collect();
        assert_eq!(pieces, [Span::new(r(1, 2), 1), Span::new(1, 2), Span::new(2, r(5, 2))]);
        assert_eq!(Span::new(1, 1).cycles().collect::<Vec<_>>(), [Span::new(1, 1)]);
        assert_eq!(Span::new(2, 1).cycles().count(), 0);
        assert_eq!(Span::new(i64::MAX - 1, i64::MAX).cycles().count(), 1);
    }

    #[test]
    fn instants_belong_to_what_begins_there() {
        let instant = Span::new(1, 1);
        assert_eq!(instant.intersect(Span::new(1, 2)), Some(instant));
        assert_eq!(instant.intersect(Span::new(0, 1)), None);
        assert_eq!(Span::new(0, 2).intersect(Span::new(1, 3)), Some(Span::new(1, 2)));
        assert_eq!(Span::new(0, 1).intersect(Span::new(1, 3)), None);
    }
}
