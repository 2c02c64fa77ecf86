//! Functions that make one pattern of several.

use super::param;
use crate::query::Run;
use crate::{Event, Pattern, Ratio, Span};

/// The least common multiple of two fractions; nought where one is not positive.
pub(crate) fn lcm(a: Ratio, b: Ratio) -> Ratio {
    a.common_multiple(b)
}

fn deepest(patterns: &[Pattern]) -> u32 {
    patterns.iter().map(Pattern::depth).max().unwrap_or(0)
}

impl Pattern {
    /// All at once.
    pub fn stack(patterns: &[Pattern]) -> Pattern {
        if let [one] = patterns {
            return one.clone();
        }
        let steps = patterns.iter().filter_map(Pattern::steps).reduce(lcm);
        let all = patterns.to_vec();
        Pattern::over(deepest(patterns), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            all.iter().try_for_each(|p| p.ask(run, span, out))
        })
        .with_steps(steps)
    }

    /// One after the other, a cycle each; each goes on where it stopped.
    pub fn slowcat(patterns: &[Pattern]) -> Pattern {
        let Ok(count) = i64::try_from(patterns.len()) else { return Pattern::silence() };
        if let [] | [_] = patterns {
            return patterns.first().cloned().unwrap_or_default();
        }
        let steps = patterns.iter().filter_map(Pattern::steps).reduce(lcm);
        let all = patterns.to_vec();
        Pattern::by_cycle(deepest(patterns), move |run, cycle, piece, out| {
            let at = cycle.num().rem_euclid(count);
            let Some(pattern) = usize::try_from(at).ok().and_then(|i| all.get(i)) else { return Ok(()) };
            let by = cycle - Ratio::int(cycle.num().div_euclid(count));
            let start = out.len();
            pattern.ask(run, piece.shift(-by), out)?;
            out[start..].iter_mut().for_each(|e| e.map_time(|t| t + by));
            Ok(())
        })
        .with_steps(steps)
    }

    /// One after the other, a cycle each; the cycles of a pattern in which others play are skipped.
    pub fn slowcat_prime(patterns: &[Pattern]) -> Pattern {
        let Ok(count) = i64::try_from(patterns.len()) else { return Pattern::silence() };
        if patterns.is_empty() {
            return Pattern::silence();
        }
        let all = patterns.to_vec();
        Pattern::by_cycle(deepest(patterns), move |run, cycle, piece, out| {
            let at = cycle.num().rem_euclid(count);
            usize::try_from(at).ok().and_then(|i| all.get(i)).map_or(Ok(()), |p| p.ask(run, piece, out))
        })
    }

    /// One after the other within one cycle, of equal length.
    pub fn fastcat(patterns: &[Pattern]) -> Pattern {
        if let [one] = patterns {
            return one.clone();
        }
        let steps: Vec<(Ratio, Pattern)> = patterns.iter().map(|p| (Ratio::ONE, p.clone())).collect();
        Pattern::timecat(&steps)
    }

    /// One after the other within one cycle, each as long as its weight says. Those without weight are left out.
    pub fn timecat(weighted: &[(Ratio, Pattern)]) -> Pattern {
        let weighted: Vec<&(Ratio, Pattern)> = weighted.iter().filter(|(w, _)| *w > Ratio::ZERO).collect();
        let total = weighted.iter().fold(Ratio::ZERO, |sum, (w, _)| sum + *w);
        if let [(_, one)] = weighted.as_slice() {
            return one.clone().with_steps(Some(total));
        }
        let mut at = Ratio::ZERO;
        let slots = weighted.iter().map(|(weight, pattern)| {
            let begin = at;
            at = at + *weight;
            (begin / total, at / total, pattern.clone())
        });
        Pattern::time_cat_at(slots.collect()).with_steps(Some(total))
    }

    /// Sections of so many cycles each, one after the other.
    pub fn arrange(sections: &[(Ratio, Pattern)]) -> Pattern {
        let total = sections.iter().fold(Ratio::ZERO, |sum, (n, _)| sum + (*n).max(Ratio::ZERO));
        let fitted: Vec<(Ratio, Pattern)> = sections.iter().map(|(n, p)| (*n, p.fast_by(*n))).collect();
        Pattern::timecat(&fitted).slow_by(total).with_steps(Some(total))
    }

    /// All at once, with steps of one length: as many a cycle as all can share.
    pub fn polymeter(patterns: &[Pattern]) -> Pattern {
        let stepped: Vec<&Pattern> = patterns.iter().filter(|p| p.steps().is_some_and(|s| s > Ratio::ZERO)).collect();
        let Some(steps) = stepped.iter().filter_map(|p| p.steps()).reduce(lcm) else { return Pattern::silence() };
        let paced: Vec<Pattern> = stepped.iter().map(|p| p.paced(steps)).collect();
        Pattern::stack(&paced).with_steps(Some(steps))
    }

    /// So many steps a cycle.
    pub(crate) fn paced(&self, steps: Ratio) -> Pattern {
        match self.steps() {
            Some(own) if own > Ratio::ZERO => self.fast_by(steps / own).with_steps(Some(steps)),
            _ => self.clone(),
        }
    }

    /// The numbers from 0 to `n` - 1 in one cycle.
    pub fn run(n: impl Into<Pattern>) -> Pattern {
        param::count(&Pattern::silence(), "run", &n.into(), |_, n| Pattern::counted(n))
    }

    /// The bits of a whole number, the highest first; `None` is as many as it has.
    pub fn binary(n: impl Into<Pattern>, bits: Option<Pattern>) -> Pattern {
        let of = |n: i64, bits: i64| {
            let bit = |i: i64| Pattern::pure(f64::from(u8::from(n >> (bits - 1 - i) & 1 == 1)));
            Pattern::fastcat(&(0..bits.clamp(1, 62)).map(bit).collect::<Vec<_>>())
        };
        param::ratio(&Pattern::silence(), "binary", &n.into(), move |p, n| {
            let n = n.floor();
            match &bits {
                Some(bits) => param::count(p, "binary_n", bits, move |_, bits| of(n, bits.min(62))),
                None => of(n, i64::from(64 - n.max(1).leading_zeros()).min(62)),
            }
        })
    }

    pub(crate) fn counted(n: i64) -> Pattern {
        Pattern::fastcat(&(0..n).map(|i| Pattern::pure(i as f64)).collect::<Vec<_>>())
    }

    /// The numbers of `run(1)`, then of `run(2)`, to `run(n)`, a cycle each.
    pub fn scan(n: impl Into<Pattern>) -> Pattern {
        param::count(&Pattern::silence(), "scan", &n.into(), |_, n| {
            Pattern::slowcat(&(1..=n.min(256)).map(Pattern::counted).collect::<Vec<_>>())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_have_common_multiples() {
        assert_eq!(lcm(Ratio::int(4), Ratio::int(6)), Ratio::int(12));
        assert_eq!(lcm(Ratio::new(3, 2), Ratio::int(2)), Ratio::int(6));
        assert_eq!(lcm(Ratio::ZERO, Ratio::int(2)), Ratio::ZERO);
        assert_eq!(lcm(Ratio::new(4, 9), Ratio::new(10, 21)), Ratio::new(20, 3));
    }

    #[test]
    fn steps_as_fine_as_numbers_go_have_a_common_multiple_at_once() {
        let fine = [Ratio::new(i64::MAX - 1, i64::MAX), Ratio::new(7, i64::MAX), Ratio::new(i64::MAX, 3)];
        for (a, b) in fine.iter().zip(fine.iter().rev()) {
            assert!(lcm(*a, *b) >= *a.max(b));
        }
        let text = "b0 !h!0.552111158hhuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu\
            !05.2511111,d133!!!!!6!!666.66667g,dh!0.1215";
        assert!(crate::mini(text).is_ok());
    }
}
