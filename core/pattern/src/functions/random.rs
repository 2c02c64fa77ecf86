//! Chance: numbers that depend on time and seed alone, so that a pattern may be asked out of order.
//!
//! The numbers of seed 0 are those of Strudel and Tidal: a chance pattern sounds the same there and here.

use super::param;
use crate::pattern::retain_from;
use crate::query::Run;
use crate::{Atoms, Event, Join, Pattern, Ratio, Span, Value};

/// The cycles after which the numbers would come again.
const PERIOD: f64 = 300.0;
/// By how many cycles each further period reads the numbers shifted, so that they do not: the golden section of one.
const PERIOD_SHIFT: f64 = 185.410196625;
/// The numbers have 29 bits.
const RANGE: i32 = 1 << 29;

/// *Source*: G. Marsaglia, *Xorshift RNGs*, 2003 (the triple 13, 17, 5).
fn xorshift(x: i32) -> i32 {
    let x = (x << 13) ^ x;
    let x = (x >> 17) ^ x;
    (x << 5) ^ x
}

fn seed_at(t: f64) -> i32 {
    let period = libm::trunc(t / PERIOD);
    let turned = if period == 0.0 { t } else { t + period * PERIOD_SHIFT };
    let part = turned / PERIOD;
    xorshift(((part - libm::trunc(part)) * f64::from(RANGE)) as i32)
}

/// The number at a time, from 0 to below 1.
pub(crate) fn rand_at(t: Ratio, seed: f64) -> f64 {
    (f64::from(seed_at(t.to_f64() + seed) % RANGE) / f64::from(RANGE)).abs()
}

/// The numbers 0 to `n` - 1 in an order that depends on the time.
fn order_at(t: Ratio, seed: f64, n: usize) -> Vec<usize> {
    let mut state = seed_at(t.to_f64() + seed);
    let mut keyed: Vec<(i32, usize)> = (0..n)
        .map(|i| {
            let key = state % RANGE;
            state = xorshift(state);
            (key, i)
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, i)| i).collect()
}

/// The time between the numbers of one chance in a text and the next.
const STREAM: Ratio = Ratio::new(3, 10_000);

impl Pattern {
    fn chance(value: impl Fn(Ratio, f64) -> f64 + Send + Sync + 'static) -> Pattern {
        Pattern::leaf(move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            let value = Value::Num(value(span.begin, run.seed));
            run.emit(out, Event { whole: None, part: span, value, atoms: Atoms::default() })
        })
    }

    /// A random number from 0 to below 1 at each time.
    pub fn rand() -> Pattern {
        Pattern::chance(rand_at)
    }

    /// A random number from -1 to below 1 at each time.
    pub fn rand2() -> Pattern {
        Pattern::chance(|t, seed| rand_at(t, seed) * 2.0 - 1.0)
    }

    /// A random whole number from 0 to below `n` at each time.
    pub fn irand(n: impl Into<Pattern>) -> Pattern {
        param::number(&Pattern::silence(), "irand", &n.into(), |_, n| {
            Pattern::chance(move |t, seed| libm::floor(rand_at(t, seed) * n))
        })
        .with_steps(None)
    }

    /// True with a chance of `share` at each time.
    pub fn brand_by(share: impl Into<Pattern>) -> Pattern {
        param::number(&Pattern::silence(), "brand_by", &share.into(), |_, share| {
            Pattern::rand().map(move |r| Value::Bool(r.number().is_some_and(|r| r < share)))
        })
        .with_steps(None)
    }

    /// A number from 0 to 1 that wanders smoothly, with a new aim each cycle.
    pub fn perlin() -> Pattern {
        Pattern::chance(|t, seed| {
            let (from, to) = (rand_at(t.cycle(), seed), rand_at(t.next_cycle(), seed));
            let x = t.fract().to_f64();
            // K. Perlin's smoother step.
            from + x * x * x * (x * (x * 6.0 - 15.0) + 10.0) * (to - from)
        })
    }

    /// Events that chance keeps, from a number from 0 to below 1 at each onset.
    pub(crate) fn by_chance(&self, keep: impl Fn(f64) -> bool + Send + Sync + 'static) -> Pattern {
        self.edit(move |run, event| Ok(keep(rand_at(event.whole_or_part().begin, run.seed))))
    }

    /// As `degrade_by`, with the numbers of a stream of its own.
    pub(crate) fn degrade_stream(&self, share: f64, stream: i64) -> Pattern {
        let by = STREAM * Ratio::int(stream);
        self.edit(move |run, event| Ok(rand_at(event.whole_or_part().begin + by, run.seed) > share))
    }

    /// One of the patterns each cycle, with the numbers of a stream of its own.
    pub(crate) fn choose_stream(patterns: Vec<Pattern>, stream: i64) -> Pattern {
        let by = STREAM * Ratio::int(stream);
        let depth = patterns.iter().map(Pattern::depth).max().unwrap_or(0);
        Pattern::by_cycle(depth, move |run, cycle, piece, out| {
            let at = rand_at(cycle + by, run.seed) * patterns.len() as f64;
            patterns.get(at as usize).map_or(Ok(()), |p| p.ask(run, piece, out))
        })
    }

    /// Without a share of the events, 0 to 1, chosen by chance.
    pub fn degrade_by(&self, share: impl Into<Pattern>) -> Pattern {
        param::number(self, "degrade_by", &share.into(), |p, share| p.by_chance(move |r| r > share))
    }

    /// Without those events that `degrade_by(1 - share)` would keep.
    pub fn undegrade_by(&self, share: impl Into<Pattern>) -> Pattern {
        param::number(self, "undegrade_by", &share.into(), |p, share| p.by_chance(move |r| 1.0 - r > share))
    }

    /// The pattern with chance as of another seed.
    pub fn seed(&self, seed: impl Into<Pattern>) -> Pattern {
        param::number(self, "seed", &seed.into(), |p, seed| {
            let this = p.clone();
            Pattern::over(p.depth(), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
                let before = std::mem::replace(&mut run.seed, seed);
                let answer = this.ask(run, span, out);
                run.seed = before;
                answer
            })
        })
    }

    /// One of the patterns, by numbers from 0 to 1; onsets stay.
    pub fn choose(&self, patterns: &[Pattern]) -> Pattern {
        let patterns = patterns.to_vec();
        self.bind(Join::Outer, move |at| match (at.number(), patterns.len()) {
            (Some(at), len @ 1..) => patterns[((at * len as f64).max(0.0) as usize).min(len - 1)].clone(),
            _ => Pattern::silence(),
        })
        .with_steps(self.steps())
    }

    /// As `choose`, where the weight of each says how often it comes.
    pub fn wchoose(&self, weighted: &[(f64, Pattern)]) -> Pattern {
        let weighted = weighted.to_vec();
        let total: f64 = weighted.iter().map(|(w, _)| w.max(0.0)).sum();
        self.bind(Join::Outer, move |at| {
            let mut left = at.number().unwrap_or(0.0) * total;
            let found = weighted.iter().find(|(weight, _)| {
                left -= weight.max(0.0);
                left < 0.0
            });
            found.or(weighted.last()).map(|(_, p)| p.clone()).unwrap_or_default()
        })
        .with_steps(self.steps())
    }

    /// One of the patterns each cycle, by chance.
    pub fn randcat(patterns: &[Pattern]) -> Pattern {
        Pattern::choose_stream(patterns.to_vec(), 0)
    }

    /// One of the patterns each cycle, by chance; the weight of each says how often it comes.
    pub fn wrandcat(weighted: &[(f64, Pattern)]) -> Pattern {
        let weights: Vec<(f64, Pattern)> =
            weighted.iter().enumerate().map(|(i, (w, _))| (*w, Pattern::pure(i as f64))).collect();
        let patterns: Vec<Pattern> = weighted.iter().map(|(_, p)| p.clone()).collect();
        Pattern::rand().segment(1.0).wchoose(&weights).pick(super::pick::Lookup::list(patterns), Join::Inner)
    }

    /// The `n` parts of each cycle in an order of chance, each once.
    pub fn shuffle(&self, n: impl Into<Pattern>) -> Pattern {
        param::count(self, "shuffle", &n.into(), |p, n| p.rearranged(n, &Pattern::randrun(n)))
    }

    /// `n` parts of each cycle chosen by chance.
    pub fn scramble(&self, n: impl Into<Pattern>) -> Pattern {
        param::count(self, "scramble", &n.into(), |p, n| p.rearranged(n, &Pattern::irand(n as f64).segment(n as f64)))
    }

    fn rearranged(&self, n: i64, order: &Pattern) -> Pattern {
        let count = Ratio::int(n);
        let parts: Vec<Pattern> = (0..n)
            .map(|i| self.zoom_to(Ratio::new(i, n), Ratio::new(i + 1, n)).repeat_each(count).fast_by(count))
            .collect();
        let order = order.bind(Join::Inner, move |index| {
            index.number().and_then(|i| parts.get(i as usize)).cloned().unwrap_or_default()
        });
        order.with_steps(self.steps())
    }

    /// The numbers 0 to `n` - 1 in each cycle, in an order of chance.
    pub fn randrun(n: i64) -> Pattern {
        let middle = Ratio::new(1, 2);
        Pattern::by_cycle(0, move |run, cycle, piece, out| {
            let start = out.len();
            for (i, value) in
                order_at(cycle + middle, run.seed, usize::try_from(n).unwrap_or(0)).into_iter().enumerate()
            {
                let i = i as i64;
                let whole = Span { begin: cycle + Ratio::new(i, n), end: cycle + Ratio::new(i + 1, n) };
                let part = whole.intersect(piece).unwrap_or(Span { begin: whole.end, end: whole.begin });
                let value = Value::Num(value as f64);
                run.emit(out, Event { whole: Some(whole), part, value, atoms: Atoms::default() })?;
            }
            retain_from(out, start, |event| Ok(event.part.begin <= event.part.end))
        })
        .with_steps(Some(Ratio::int(n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_strudel() {
        let cases = [(0, 1, 0.0), (1, 4, 0.36975969187915325), (1, 2, 0.2604806162416935), (1, 1, 0.5195421651005745)];
        for (num, den, value) in cases.into_iter().chain([(57, 8, 0.6266931444406509), (299, 1, 0.4802212808281183)]) {
            assert_eq!(rand_at(Ratio::new(num, den), 0.0), value);
        }
        assert_eq!(order_at(Ratio::new(1, 2), 0.0, 4), [2, 1, 3, 0]);
        assert_eq!(order_at(Ratio::new(7, 2), 0.0, 5), [0, 2, 4, 3, 1]);
    }

    #[test]
    fn numbers_are_even_and_do_not_come_again() {
        let at = |i: i64| rand_at(Ratio::new(i, 16), 0.0);
        let mean: f64 = (0..48_000).map(at).sum::<f64>() / 48_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let same = (0..4_800).filter(|i| at(*i) == at(i + 4_800)).count();
        assert!(same < 10, "{same}");
        for t in [i64::MAX, i64::MIN, -1, -4_801] {
            assert!((0.0..1.0).contains(&at(t)));
        }
    }
}
