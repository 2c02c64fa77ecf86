//! Functions that apply another function now and then.

use super::param;
use super::random::rand_at;
use crate::query::Run;
use crate::{Event, Pattern, Ratio, Span, Transform, Value};

impl Pattern {
    /// `f` in the first of every `n` cycles.
    pub fn first_of(&self, n: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        param::count(self, "every", &n.into(), move |p, n| p.turns(n, 0, &f.apply(p)))
    }

    /// `f` in the last of every `n` cycles.
    pub fn last_of(&self, n: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        param::count(self, "last_of", &n.into(), move |p, n| p.turns(n, n - 1, &f.apply(p)))
    }

    /// Another pattern in the cycle `at` of each turn of `n`. As in Strudel nothing plays before the first turn but
    /// what its own beginnings hold.
    fn turns(&self, n: i64, at: i64, other: &Pattern) -> Pattern {
        let (this, other) = (self.clone(), other.clone());
        Pattern::by_cycle(this.depth().max(other.depth()), move |run: &mut Run, cycle, piece, out| {
            let turn = cycle.num() % n;
            if turn < 0 {
                return Ok(());
            }
            if turn == at { &other } else { &this }.ask(run, piece, out)
        })
        .with_steps(self.steps())
    }

    /// Silence where `on` is a number other than 0.
    pub fn bypass(&self, on: impl Into<Pattern>) -> Pattern {
        let this = self.clone();
        param::value(&on.into(), move |on| {
            let whole = on.number().map_or(0.0, libm::trunc);
            if whole == 0.0 { this.clone() } else { Pattern::silence() }
        })
    }

    /// `f` in the cycles whose number, counted in turns of `n`, is at least `from`. Tidal's.
    pub fn whenmod(&self, n: impl Into<Pattern>, from: impl Into<Pattern>, f: &Transform) -> Pattern {
        let (f, from) = (f.clone(), from.into());
        param::count(self, "whenmod", &n.into(), move |p, n| {
            let f = f.clone();
            param::ratio(p, "whenmod", &from, move |p, from| {
                let from = from.ceil();
                p.on_cycles(&f.apply(p), move |c| c.rem_euclid(n) >= from)
            })
        })
    }

    /// `f` where `on` is true.
    pub fn when(&self, on: impl Into<Pattern>, f: &Transform) -> Pattern {
        let (this, changed) = (self.clone(), f.apply(self));
        param::value(&on.into(), move |on| if on.truth() { changed.clone() } else { this.clone() })
    }

    /// `f` on what begins between `begin` and `end` of each cycle (both inside).
    ///
    /// Strudel's way: `f` gets only those events. Tidal's plays `f` of the whole pattern there.
    pub fn within(&self, begin: impl Into<Pattern>, end: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        param::two_ratios(self, "within", begin.into(), end.into(), move |p, begin, end| {
            let inside = move |event: &Event| {
                let at = event.whole_or_part().begin.fract();
                begin <= at && at <= end
            };
            Pattern::stack(&[f.apply(&p.filter(inside)), p.filter(move |e| !inside(e))])
        })
    }

    /// `f` on a pattern that runs `n` times slower, then as fast as before: `f` sees more cycles in one.
    pub fn inside(&self, n: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        param::ratio(self, "inside", &n.into(), move |p, n| f.apply(&p.slow_by(n)).fast_by(n))
    }

    /// `f` on a pattern that runs `n` times faster, then as slow as before: `f` sees several cycles as one.
    pub fn outside(&self, n: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        param::ratio(self, "outside", &n.into(), move |p, n| f.apply(&p.fast_by(n)).slow_by(n))
    }

    /// `f` on one of `n` parts of each cycle, the next part in the next cycle.
    ///
    /// Strudel's way: each cycle of the pattern is played `n` times, so that `f` goes once through all of it.
    pub fn chunk(&self, n: impl Into<Pattern>, f: &Transform) -> Pattern {
        self.chunked("chunk", n.into(), f, Chunk { back: false, repeat: true, into: false })
    }

    /// As `chunk`, from the last part to the first.
    pub fn chunk_back(&self, n: impl Into<Pattern>, f: &Transform) -> Pattern {
        self.chunked("chunk_back", n.into(), f, Chunk { back: true, repeat: true, into: false })
    }

    /// As `chunk`, while the pattern goes on at its own pace.
    pub fn fast_chunk(&self, n: impl Into<Pattern>, f: &Transform) -> Pattern {
        self.chunked("fast_chunk", n.into(), f, Chunk { back: false, repeat: false, into: false })
    }

    /// As `fast_chunk`, with `f` given that part alone, stretched to a cycle of its own.
    pub fn chunk_into(&self, n: impl Into<Pattern>, f: &Transform) -> Pattern {
        self.chunked("chunk_into", n.into(), f, Chunk { back: false, repeat: false, into: true })
    }

    /// As `chunk_into`, from the last part to the first.
    pub fn chunk_back_into(&self, n: impl Into<Pattern>, f: &Transform) -> Pattern {
        self.chunked("chunk_back_into", n.into(), f, Chunk { back: true, repeat: false, into: true })
    }

    fn chunked(&self, name: &'static str, n: Pattern, f: &Transform, how: Chunk) -> Pattern {
        let f = f.clone();
        param::count(self, name, &n, move |p, n| {
            if how.into {
                return p.chunked_into(n, how.back, &f);
            }
            let step = Ratio::new(if how.back { -1 } else { 1 }, n);
            let parts: Vec<Pattern> = (0..n).map(|i| Pattern::pure(i == 0)).collect();
            let which = Pattern::fastcat(&parts).iterated(n, step);
            let base = if how.repeat { p.repeat_each(Ratio::int(n)) } else { p.clone() };
            base.when(which, &f).with_steps(p.steps())
        })
    }

    fn chunked_into(&self, n: i64, back: bool, f: &Transform) -> Pattern {
        let (this, f) = (self.clone(), f.clone());
        let part = Ratio::new(1, n);
        Pattern::by_cycle(this.depth(), move |run: &mut Run, cycle, piece, out| {
            let turn = cycle.num().rem_euclid(n);
            let chosen = if back { n - 1 - turn } else { turn };
            let slot_at = |i: i64| Span { begin: cycle + Ratio::new(i, n), end: cycle + Ratio::new(i + 1, n) };
            for rest in (0..n).filter(|i| *i != chosen).map(slot_at) {
                if let Some(asked) = rest.intersect(piece) {
                    this.ask(run, asked, out)?;
                }
            }
            let slot = slot_at(chosen);
            let Some(asked) = slot.intersect(piece) else { return Ok(()) };
            f.apply(&this.ribbon(slot.begin, part)).ask(run, asked, out)
        })
    }

    /// `f` on some events, half of them; the rest as they are.
    pub fn sometimes(&self, f: &Transform) -> Pattern {
        self.sometimes_by(0.5, f)
    }

    /// `f` on a share of the events, 0 to 1; the rest as they are.
    pub fn sometimes_by(&self, share: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        param::number(self, "sometimes_by", &share.into(), move |p, share| {
            Pattern::stack(&[p.by_chance(move |r| r >= share), f.apply(&p.by_chance(move |r| r < share))])
        })
    }

    /// `f` in some cycles, half of them.
    pub fn some_cycles(&self, f: &Transform) -> Pattern {
        self.some_cycles_by(0.5, f)
    }

    /// `f` in a share of the cycles, 0 to 1. As in Strudel `f` gets those cycles and silence between.
    pub fn some_cycles_by(&self, share: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        param::number(self, "some_cycles_by", &share.into(), move |p, share| {
            let cycles = |keep: fn(f64, f64) -> bool| {
                let this = p.clone();
                Pattern::by_cycle(p.depth(), move |run: &mut Run, cycle, piece, out| {
                    if keep(rand_at(cycle, run.seed), share) { this.ask(run, piece, out) } else { Ok(()) }
                })
            };
            Pattern::stack(&[cycles(|r, share| r >= share), f.apply(&cycles(|r, share| r < share))])
        })
    }

    /// Only the values for which `keep` holds.
    pub fn filter_values(&self, keep: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Pattern {
        self.filter(move |event| keep(&event.value))
    }
}

/// The ways of [`Pattern::chunk`].
#[derive(Clone, Copy)]
struct Chunk {
    /// From the last part to the first.
    back: bool,
    /// Whether each cycle is played once for each part.
    repeat: bool,
    /// Whether the function gets the part alone.
    into: bool,
}
