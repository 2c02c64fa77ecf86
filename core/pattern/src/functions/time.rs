//! Functions that change when things happen.

use super::param;
use crate::query::Run;
use crate::{Event, Pattern, Ratio, Span};

impl Pattern {
    /// As fast by a constant factor. Factors that are not positive give silence.
    pub(crate) fn fast_by(&self, factor: Ratio) -> Pattern {
        if factor <= Ratio::ZERO {
            return Pattern::silence().with_steps(self.steps());
        }
        if factor == Ratio::ONE {
            return self.clone();
        }
        self.with_time(move |t| t * factor, move |t| t / factor)
    }

    pub(crate) fn slow_by(&self, factor: Ratio) -> Pattern {
        self.fast_by(Ratio::ONE / factor)
    }

    pub(crate) fn late_by(&self, by: Ratio) -> Pattern {
        if by == Ratio::ZERO {
            return self.clone();
        }
        self.with_time(move |t| t - by, move |t| t + by)
    }

    /// Squeezed into a piece of each cycle, with silence around.
    pub(crate) fn compress_to(&self, begin: Ratio, end: Ratio) -> Pattern {
        if begin >= end || begin < Ratio::ZERO || end > Ratio::ONE {
            return Pattern::silence();
        }
        Pattern::time_cat_at(vec![(begin, end, self.clone())])
    }

    /// Patterns at pieces of each cycle: the cycle of each is squeezed into its piece.
    pub(crate) fn time_cat_at(slots: Vec<(Ratio, Ratio, Pattern)>) -> Pattern {
        let depth = slots.iter().map(|(_, _, p)| p.depth()).max().unwrap_or(0);
        Pattern::by_cycle(depth, move |run, cycle, piece, out| {
            let first = slots.partition_point(|(_, end, _)| cycle + *end < piece.begin);
            for (begin, end, pattern) in &slots[first..] {
                let slot = Span { begin: cycle + *begin, end: cycle + *end };
                if slot.begin > piece.end {
                    break;
                }
                let Some(asked) = slot.intersect(piece) else { continue };
                let length = *end - *begin;
                let inner = if asked == slot {
                    Span { begin: cycle, end: cycle.next_cycle() }
                } else {
                    asked.map(|t| (t - slot.begin) / length + cycle)
                };
                let start = out.len();
                pattern.ask(run, inner, out)?;
                for event in &mut out[start..] {
                    if event.whole == Some(inner) && event.part == inner {
                        // A plain step fills its slot: nothing to reckon.
                        event.whole = Some(asked);
                        event.part = asked;
                    } else {
                        event.map_time(|t| (t - cycle) * length + slot.begin);
                    }
                }
            }
            Ok(())
        })
    }

    /// The piece `begin` to `end` of each cycle, stretched over the cycle.
    pub(crate) fn zoom_to(&self, begin: Ratio, end: Ratio) -> Pattern {
        let length = end - begin;
        if length <= Ratio::ZERO {
            return Pattern::silence().with_steps(Some(Ratio::ZERO));
        }
        let this = self.clone();
        let zoomed = Pattern::by_cycle(self.depth(), move |run, cycle, piece, out| {
            let start = out.len();
            this.ask(run, piece.map(|t| (t - cycle) * length + begin + cycle), out)?;
            out[start..].iter_mut().for_each(|e| e.map_time(|t| (t - cycle - begin) / length + cycle));
            Ok(())
        });
        zoomed.with_steps(self.steps().map(|s| s * length))
    }

    /// Faster by a factor.
    pub fn fast(&self, factor: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "fast", &factor.into(), |p, n| p.fast_by(n))
    }

    /// Slower by a factor. Zero gives silence.
    pub fn slow(&self, factor: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "slow", &factor.into(), |p, n| p.slow_by(n))
    }

    /// Faster by a factor, with samples played faster too.
    pub fn hurry(&self, factor: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "hurry", &factor.into(), |p, n| {
            let speed = Pattern::pure(n.to_f64()).as_control("speed");
            p.fast_by(n).combine(crate::Op::Mul, crate::Align::In, &speed)
        })
    }

    /// Earlier by a number of cycles.
    pub fn early(&self, by: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "early", &by.into(), |p, t| p.late_by(-t))
    }

    /// Later by a number of cycles.
    pub fn late(&self, by: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "late", &by.into(), Pattern::late_by)
    }

    /// Each cycle backwards.
    pub fn rev(&self) -> Pattern {
        let this = self.clone();
        Pattern::by_cycle(self.depth(), move |run, cycle, piece, out| {
            // Mirrored about the middle of the cycle.
            let ends = cycle + cycle.next_cycle();
            let mirror = |s: Span| Span { begin: ends - s.end, end: ends - s.begin };
            let start = out.len();
            this.ask(run, mirror(piece), out)?;
            for event in &mut out[start..] {
                event.part = mirror(event.part);
                event.whole = event.whole.map(mirror);
            }
            Ok(())
        })
        .with_steps(self.steps())
    }

    /// Squeezed into the piece of each cycle from `begin` to `end` (0 to 1), with silence around.
    pub fn compress(&self, begin: impl Into<Pattern>, end: impl Into<Pattern>) -> Pattern {
        param::two_ratios(self, "compress", begin.into(), end.into(), Pattern::compress_to)
    }

    /// The piece of each cycle from `begin` to `end`, stretched over the cycle.
    pub fn zoom(&self, begin: impl Into<Pattern>, end: impl Into<Pattern>) -> Pattern {
        param::two_ratios(self, "zoom", begin.into(), end.into(), Pattern::zoom_to)
    }

    /// Like `compress`, but what does not fit repeats around instead of leaving silence.
    pub fn focus(&self, begin: impl Into<Pattern>, end: impl Into<Pattern>) -> Pattern {
        param::two_ratios(self, "focus", begin.into(), end.into(), |p, begin, end| {
            let length = end - begin;
            if length <= Ratio::ZERO {
                return Pattern::silence();
            }
            let cycle = begin.cycle();
            p.with_time(move |t| (t - begin) / length + cycle, move |t| (t - cycle) * length + begin)
        })
    }

    /// Faster, but each cycle is played once, with silence after it.
    pub fn fast_gap(&self, factor: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "fast_gap", &factor.into(), |p, factor| {
            if factor <= Ratio::ZERO {
                return Pattern::silence();
            }
            let this = p.clone();
            Pattern::by_cycle(p.depth(), move |run, cycle, piece, out| fast_gap(&this, factor, run, cycle, piece, out))
        })
    }

    /// Only the first part of each cycle, repeated; a negative length takes the last part.
    pub fn linger(&self, length: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "linger", &length.into(), |p, t| {
            if t < Ratio::ZERO {
                p.zoom_to(Ratio::ONE + t, Ratio::ONE).slow_by(-t)
            } else {
                p.zoom_to(Ratio::ZERO, t).slow_by(t)
            }
            .with_steps(p.steps())
        })
    }

    /// Sampled so many times a cycle: for signals, which have no onsets of their own.
    pub fn segment(&self, times: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "segment", &times.into(), |p, n| {
            p.structure(&Pattern::pure(true).fast_by(n)).with_steps(Some(n))
        })
    }

    /// `cycles` cycles from `offset` on, again and again.
    pub fn ribbon(&self, offset: impl Into<Pattern>, cycles: impl Into<Pattern>) -> Pattern {
        param::two_ratios(self, "ribbon", offset.into(), cycles.into(), |p, offset, cycles| {
            p.late_by(-offset).restart(&Pattern::pure(1.0).slow_by(cycles))
        })
    }

    /// Each cycle so many times before the next.
    pub fn repeat_cycles(&self, times: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "repeat_cycles", &times.into(), Pattern::repeat_each)
    }

    pub(crate) fn repeat_each(&self, times: Ratio) -> Pattern {
        if times <= Ratio::ZERO {
            return Pattern::silence();
        }
        let this = self.clone();
        Pattern::by_cycle(self.depth(), move |run, cycle, piece, out| {
            let by = cycle - (cycle / times).cycle();
            let start = out.len();
            this.ask(run, piece.shift(-by), out)?;
            out[start..].iter_mut().for_each(|e| e.map_time(|t| t + by));
            Ok(())
        })
        .with_steps(self.steps())
    }

    /// The pattern cut into `n` parts, and each cycle begun one part further.
    pub fn iter(&self, n: impl Into<Pattern>) -> Pattern {
        param::count(self, "iter", &n.into(), |p, n| p.iterated(n, Ratio::new(-1, n)))
    }

    /// As `iter`, the other way round.
    pub fn iter_back(&self, n: impl Into<Pattern>) -> Pattern {
        param::count(self, "iter_back", &n.into(), |p, n| p.iterated(n, Ratio::new(1, n)))
    }

    pub(crate) fn iterated(&self, n: i64, step: Ratio) -> Pattern {
        let this = self.clone();
        let count = Ratio::int(n);
        Pattern::by_cycle(self.depth(), move |run, cycle, piece, out| {
            // Every turn of n cycles plays the next cycle n times, each time moved on.
            let by = cycle - (cycle / count).cycle() + step * cycle.modulo(count);
            let start = out.len();
            this.ask(run, piece.shift(-by), out)?;
            out[start..].iter_mut().for_each(|e| e.map_time(|t| t + by));
            Ok(())
        })
        .with_steps(self.steps())
    }

    /// Forwards in one cycle, backwards in the next.
    pub fn palindrome(&self) -> Pattern {
        self.last_of(2.0, &crate::Transform::new(Pattern::rev))
    }

    /// Each event so many times in its own time.
    pub fn ply(&self, times: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "ply", &times.into(), |p, n| {
            match n.is_int() && n > Ratio::ZERO {
                true => p.plied(n),
                false => p.bind(crate::Join::Squeeze, move |v| Pattern::pure(v.clone()).fast_by(n)),
            }
            .with_steps(p.steps().map(|s| s * n))
        })
    }

    fn plied(&self, n: Ratio) -> Pattern {
        let this = self.clone();
        Pattern::over(self.depth(), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            let mut events = Vec::new();
            this.ask(run, span, &mut events)?;
            for event in events {
                let Some(whole) = event.whole else { continue };
                let length = whole.duration() / n;
                let mut piece = Span { begin: whole.begin, end: whole.begin + length };
                for _ in 0..n.num() {
                    if piece.begin > event.part.end || length <= Ratio::ZERO {
                        break;
                    }
                    if let Some(part) = piece.intersect(event.part) {
                        run.emit(out, Event { whole: Some(piece), part, ..event.clone() })?;
                    } else {
                        run.work()?;
                    }
                    piece = Span { begin: piece.end, end: piece.end + length };
                }
            }
            Ok(())
        })
    }

    /// Each event in the second half of its time.
    pub fn press(&self) -> Pattern {
        self.press_by(0.5)
    }

    /// Each event later by a part of its length, and as much shorter.
    pub fn press_by(&self, part: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "press_by", &part.into(), |p, r| {
            p.bind(crate::Join::Squeeze, move |v| Pattern::pure(v.clone()).compress_to(r, Ratio::ONE))
        })
    }

    /// Every other cycle squeezed into its first half and moved on by a quarter, as in drum and bass.
    pub fn brak(&self) -> Pattern {
        let broken = Pattern::fastcat(&[self.clone(), Pattern::silence()]).late_by(Ratio::new(1, 4));
        self.on_cycles(&broken, |cycle| cycle.rem_euclid(2) == 1)
    }

    /// The second half of each of `n` parts of a cycle later by a third of its length.
    pub fn swing(&self, n: impl Into<Pattern>) -> Pattern {
        self.swing_by(Ratio::new(1, 3), n)
    }

    /// The second half of each of `n` parts of a cycle later by `amount` of its length.
    pub fn swing_by(&self, amount: impl Into<Pattern>, n: impl Into<Pattern>) -> Pattern {
        param::two_ratios(self, "swing_by", amount.into(), n.into(), |p, amount, n| {
            let offsets = Pattern::fastcat(&[Pattern::pure(0.0), (amount / Ratio::int(2)).into()]);
            p.slow_by(n).late(&offsets).fast_by(n)
        })
    }

    /// Other cycles in place of those for which `which` holds.
    pub(crate) fn on_cycles(&self, other: &Pattern, which: impl Fn(i64) -> bool + Send + Sync + 'static) -> Pattern {
        let (this, other) = (self.clone(), other.clone());
        Pattern::by_cycle(this.depth().max(other.depth()), move |run, cycle, piece, out| {
            if which(cycle.num()) { &other } else { &this }.ask(run, piece, out)
        })
        .with_steps(self.steps())
    }
}

/// One cycle of [`Pattern::fast_gap`].
fn fast_gap(
    pattern: &Pattern,
    factor: Ratio,
    run: &mut Run,
    cycle: Ratio,
    piece: Span,
    out: &mut Vec<Event>,
) -> Result<(), crate::QueryError> {
    let inner = piece.map(|t| cycle + ((t - cycle) * factor).min(Ratio::ONE));
    if inner.begin >= cycle.next_cycle() {
        return Ok(());
    }
    let start = out.len();
    pattern.ask(run, inner, out)?;
    crate::pattern::retain_from(out, start, |event| {
        let squeezed = event.part.map(|t| cycle + ((t - cycle) / factor).min(Ratio::ONE));
        // The whole keeps its distance from the part on both sides.
        event.whole = event.whole.map(|w| Span {
            begin: squeezed.begin - (event.part.begin - w.begin) / factor,
            end: squeezed.end + (w.end - event.part.end) / factor,
        });
        let part = squeezed.intersect(piece);
        event.part = part.unwrap_or(squeezed);
        Ok(part.is_some())
    })
}
