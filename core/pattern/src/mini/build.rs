//! Makes the pattern of what a text says.

use super::MiniError;
use super::ast::{Sequence, Shape, Step, StepOp};
use crate::functions::lcm;
use crate::{Atom, Join, Pattern, Ratio, Value};
use std::ops::Range;

/// Where a piece of the text stands.
type Place<'a> = &'a dyn Fn(Range<usize>) -> Atom;

/// The most numbers that `..` makes.
const MAX_RANGE: f64 = 4096.0;

/// The pattern of a step, with its operators.
pub(super) fn build(step: &Step, place: Place<'_>) -> Result<Pattern, MiniError> {
    let mut pattern = shape(step, place)?;
    for op in &step.ops {
        pattern = operate(pattern, step, op, place)?;
    }
    Ok(pattern)
}

fn shape(step: &Step, place: Place<'_>) -> Result<Pattern, MiniError> {
    match &step.shape {
        Shape::Rest => Ok(Pattern::silence()),
        Shape::Atom(value) => Ok(Pattern::atom(value.clone(), place(step.span.clone()))),
        Shape::Stack(lanes) => Ok(Pattern::stack(&all(lanes, place)?)),
        Shape::Choice(lanes, stream) => Ok(Pattern::choose_stream(all(lanes, place)?, *stream)),
        Shape::Slow(lanes) => {
            let slowed: Result<Vec<Pattern>, MiniError> = lanes.iter().map(|lane| slow_lane(lane, place)).collect();
            Ok(Pattern::stack(&slowed?).with_steps(Some(Ratio::ONE)))
        }
        Shape::Polymeter(lanes, steps) => polymeter(lanes, steps.as_deref(), place),
    }
}

fn all(lanes: &[Sequence], place: Place<'_>) -> Result<Vec<Pattern>, MiniError> {
    lanes.iter().map(|lane| sequence(lane, place)).collect()
}

/// The steps of a sequence with their weights. A step of no weight counts as one, as in Strudel.
fn weighted(lane: &Sequence, place: Place<'_>) -> Result<Vec<(Ratio, Pattern)>, MiniError> {
    let slot =
        |step: &Step| Ok((if step.weight == Ratio::ZERO { Ratio::ONE } else { step.weight }, build(step, place)?));
    lane.steps.iter().map(slot).collect()
}

fn sequence(lane: &Sequence, place: Place<'_>) -> Result<Pattern, MiniError> {
    let slots = weighted(lane, place)?;
    let pattern = Pattern::timecat(&slots);
    let counts = |step: &Step| matches!(&step.shape, Shape::Stack(lanes) if lanes.iter().any(|l| l.marked));
    let marked = lane.steps.iter().zip(&slots).filter(|(step, _)| counts(step));
    let inner = marked.filter_map(|(step, (_, p))| p.steps().map(|s| s / step.weight)).reduce(lcm);
    let steps = inner.zip(pattern.steps()).map(|(inner, total)| inner * total);
    Ok(match steps {
        Some(steps) => pattern.with_steps(Some(steps)),
        None => pattern,
    })
}

/// The sequence, a step each cycle.
fn slow_lane(lane: &Sequence, place: Place<'_>) -> Result<Pattern, MiniError> {
    let slots = weighted(lane, place)?;
    if slots.iter().all(|(weight, _)| *weight == Ratio::ONE) {
        let patterns: Vec<Pattern> = slots.into_iter().map(|(_, p)| p).collect();
        return Ok(Pattern::slowcat(&patterns));
    }
    let total = slots.iter().fold(Ratio::ZERO, |sum, (weight, _)| sum + *weight);
    Ok(Pattern::timecat(&slots).slow_by(total))
}

fn polymeter(lanes: &[Sequence], steps: Option<&Step>, place: Place<'_>) -> Result<Pattern, MiniError> {
    let patterns = lanes
        .iter()
        .map(|lane| {
            let slots = weighted(lane, place)?;
            let total = slots.iter().fold(Ratio::ZERO, |sum, (weight, _)| sum + *weight);
            Ok((total, Pattern::timecat(&slots)))
        })
        .collect::<Result<Vec<(Ratio, Pattern)>, MiniError>>()?;
    let paced = match steps {
        Some(steps) => {
            let steps = build(steps, place)?;
            let lane = |(total, pattern): &(Ratio, Pattern)| {
                let total = total.to_f64();
                let factor = steps.map(move |v| v.number().map_or_else(|| v.clone(), |n| Value::Num(n / total)));
                pattern.fast(factor).cut_at_cycles()
            };
            patterns.iter().map(lane).collect::<Vec<_>>()
        }
        None => {
            let first = patterns.first().map_or(Ratio::ONE, |(total, _)| *total);
            patterns.iter().map(|(total, pattern)| pattern.fast_by(first / *total).cut_at_cycles()).collect()
        }
    };
    Ok(Pattern::stack(&paced).with_steps(Some(Ratio::ONE)))
}

fn operate(pattern: Pattern, step: &Step, op: &StepOp, place: Place<'_>) -> Result<Pattern, MiniError> {
    let steps = pattern.steps();
    let done = match op {
        StepOp::Fast(factor) => pattern.fast(build(factor, place)?),
        StepOp::Slow(factor) => pattern.slow(build(factor, place)?),
        StepOp::Replicate(times) => pattern.repeat_each(*times).fast_by(*times),
        StepOp::Degrade(share, stream) => pattern.degrade_stream(*share, *stream),
        StepOp::Tail(tail) => pattern.apply_left(&build(tail, place)?, |head, tail| {
            let mut values: Vec<Value> = match head {
                Value::List(values) => values.to_vec(),
                other => vec![other.clone()],
            };
            values.push(tail.clone());
            Ok(Some(Value::List(values.into())))
        }),
        StepOp::Euclid(args) => {
            check_euclid(args)?;
            let arg = |at: usize| args.get(at).map_or_else(|| Ok(Pattern::pure(0.0)), |step| build(step, place));
            pattern.euclid(arg(0)?, arg(1)?, arg(2)?)
        }
        StepOp::Range(to) => {
            check_range(step)?;
            check_range(to)?;
            range(&pattern, build(to, place)?)
        }
    };
    Ok(done.with_steps(steps))
}

fn check_euclid(args: &[Step]) -> Result<(), MiniError> {
    if let Some(steps) = args.get(1)
        && let Shape::Atom(value) = &steps.shape
        && !value.number().is_some_and(|n| (0.0..=4096.0).contains(&n))
    {
        return Err(MiniError::new(steps.span.clone(), format!("a rhythm cannot have `{value}` steps"))
            .hint("write a number from 1 to 4096: a(3,8)"));
    }
    Ok(())
}

fn check_range(end: &Step) -> Result<(), MiniError> {
    match &end.shape {
        Shape::Atom(value) if value.number().is_none() => {
            Err(MiniError::new(end.span.clone(), format!("`..` needs numbers on both sides, not `{value}`"))
                .hint("such as 0 .. 3"))
        }
        _ => Ok(()),
    }
}

/// The numbers from those of one pattern to those of another, in the time of the first.
fn range(from: &Pattern, to: Pattern) -> Pattern {
    from.bind(Join::Squeeze, move |first| {
        let first = first.number();
        to.bind(Join::Mix, move |last| {
            let (Some(first), Some(last)) = (first, last.number()) else {
                return Pattern::failing("`..` needs numbers on both sides");
            };
            let far = libm::floor((last - first).abs());
            if far > MAX_RANGE {
                return Pattern::failing(format!("`..` makes at most {MAX_RANGE} numbers, not {far}"));
            }
            let sign = if last < first { -1.0 } else { 1.0 };
            let numbers: Vec<Pattern> = (0..=far as i64).map(|i| Pattern::pure(first + sign * i as f64)).collect();
            Pattern::fastcat(&numbers)
        })
    })
}
