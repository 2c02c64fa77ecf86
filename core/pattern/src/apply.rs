//! Two patterns as one: which of them gives the onsets, and what their values make together.

use crate::pattern::retain_from;
use crate::query::{QueryError, Run};
use crate::value::Op;
use crate::{Event, Pattern, Print, Ratio, Span, Value};

/// What two values make: `None` leaves the event out, an error (in words) ends the query.
pub(crate) trait Combine: Fn(&Value, &Value) -> Result<Option<Value>, String> + Send + Sync + 'static {}
impl<F: Fn(&Value, &Value) -> Result<Option<Value>, String> + Send + Sync + 'static> Combine for F {}

fn combined(f: &impl Combine, left: &Value, right: &Value) -> Result<Option<Value>, QueryError> {
    f(left, right).map_err(|message| QueryError::Failed(message.into()))
}

impl Pattern {
    /// Onsets and lengths from this pattern, values from both.
    pub(crate) fn apply_left(&self, right: &Pattern, f: impl Combine) -> Pattern {
        let (left, right) = (self.clone(), right.clone());
        let steps = self.steps();
        Pattern::over(left.depth().max(right.depth()), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            let start = out.len();
            left.ask(run, span, out)?;
            // One value at each time, from left events within a cycle: they are edited in place.
            if let Some((value, atoms)) = right.constant_parts()
                && out[start..].iter().all(|e| e.part.is_within_cycle())
            {
                return retain_from(out, start, |event| {
                    run.work()?;
                    let Some(value) = combined(&f, &event.value, value)? else { return Ok(false) };
                    event.value = value;
                    event.atoms.extend(atoms);
                    Ok(true)
                });
            }
            let lefts = out.split_off(start);
            let mut side = Vec::new();
            for event in lefts {
                side.clear();
                right.ask(run, event.whole_or_part(), &mut side)?;
                for other in &side {
                    let Some(part) = event.part.intersect(other.part) else { continue };
                    let Some(value) = combined(&f, &event.value, &other.value)? else { continue };
                    let mut atoms = event.atoms.clone();
                    atoms.extend(&other.atoms);
                    run.emit(out, Event { whole: event.whole, part, value, atoms })?;
                }
            }
            Ok(())
        })
        .with_steps(steps)
    }

    /// Onsets and lengths from the other pattern, values from both.
    pub(crate) fn apply_right(&self, right: &Pattern, f: impl Combine) -> Pattern {
        right.apply_left(self, move |r, l| f(l, r))
    }

    /// Onsets and lengths where events of both meet, values from both.
    pub(crate) fn apply_both(&self, right: &Pattern, f: impl Combine) -> Pattern {
        let (left, right) = (self.clone(), right.clone());
        Pattern::over(left.depth().max(right.depth()), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            let (mut lefts, mut rights) = (Vec::new(), Vec::new());
            left.ask(run, span, &mut lefts)?;
            right.ask(run, span, &mut rights)?;
            for a in &lefts {
                for b in &rights {
                    run.work()?;
                    let Some(part) = a.part.intersect(b.part) else { continue };
                    let whole = match (a.whole, b.whole) {
                        (Some(x), Some(y)) => x.intersect(y),
                        _ => None,
                    };
                    let Some(value) = combined(&f, &a.value, &b.value)? else { continue };
                    let mut atoms = a.atoms.clone();
                    atoms.extend(&b.atoms);
                    run.emit(out, Event { whole, part, value, atoms })?;
                }
            }
            Ok(())
        })
    }

    /// Both patterns by an operation, aligned in one of eight ways.
    pub fn combine(&self, op: Op, how: Align, other: &Pattern) -> Pattern {
        let print = Print::of("combine").with(op).with(how).part(self.fingerprint()).part(other.fingerprint());
        self.combined(op, how, other).with_fingerprint(print.done())
    }

    fn combined(&self, op: Op, how: Align, other: &Pattern) -> Pattern {
        let f = move |a: &Value, b: &Value| op.apply(a, b);
        match how {
            Align::In => self.apply_left(other, f),
            Align::Out => self.apply_right(other, f),
            Align::Mix => self.apply_both(other, f).with_steps(lcm_of(self, other)),
            Align::Poly => {
                let steps = self.steps().zip(other.steps()).filter(|(_, theirs)| *theirs > Ratio::ZERO);
                let paced = steps.map_or_else(|| other.clone(), |(mine, theirs)| other.fast_by(mine / theirs));
                // As in Strudel the sides change places.
                self.apply_left(&paced, move |a, b| op.apply(b, a))
            }
            Align::SqueezeOut => {
                let this = self.clone();
                other.bind(Join::Squeeze, move |b| {
                    let b = b.clone();
                    this.try_map(move |a| op.apply(a, &b))
                })
            }
            Align::Squeeze => {
                let other = other.clone();
                self.bind(Join::Squeeze, move |a| {
                    let a = a.clone();
                    other.try_map(move |b| op.apply(&a, b))
                })
            }
            Align::Reset | Align::Restart => {
                let this = self.clone();
                let join = if how == Align::Reset { Join::Reset } else { Join::Restart };
                other.bind(join, move |b| {
                    let b = b.clone();
                    this.try_map(move |a| op.apply(a, &b))
                })
            }
        }
    }
}

fn lcm_of(a: &Pattern, b: &Pattern) -> Option<Ratio> {
    Some(crate::functions::lcm(a.steps()?, b.steps()?))
}

/// How two patterns are laid over each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Align {
    /// Onsets from the left one.
    In,
    /// Onsets from the right one.
    Out,
    /// Onsets from both.
    Mix,
    /// A cycle of the right one into each event of the left one.
    Squeeze,
    /// A cycle of the left one into each event of the right one.
    SqueezeOut,
    /// The left one's cycle begins anew at each event of the right one.
    Reset,
    /// The left one begins anew, at its first cycle, at each event of the right one.
    Restart,
    /// Step by step, onsets from the left one. As in Strudel the sides of the operation change places.
    Poly,
}

/// How patterns that are values of a pattern become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Onsets from the inner patterns.
    Inner,
    /// Onsets from the outer pattern.
    Outer,
    /// Onsets where both meet.
    Mix,
    /// A cycle of the inner pattern into each outer event.
    Squeeze,
    /// The inner pattern's cycle begins at each outer event.
    Reset,
    /// The inner pattern's first cycle begins at each outer event.
    Restart,
}

impl Pattern {
    /// A pattern made from each value, joined.
    pub fn bind(&self, join: Join, make: impl Fn(&Value) -> Pattern + Send + Sync + 'static) -> Pattern {
        let outer = self.clone();
        Pattern::over(self.depth(), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            let mut outers = Vec::new();
            outer.ask(run, span, &mut outers)?;
            for event in &outers {
                let inner = make(&event.value);
                let start = out.len();
                ask_inner(run, join, event, &inner, out)?;
                retain_from(out, start, |found| Ok(settle(join, event, found)))?;
            }
            Ok(())
        })
    }

    /// The function with each value of a param in turn: at once where the param is constant, else joined.
    pub(crate) fn patterned(param: &Pattern, make: impl Fn(&Value) -> Pattern + Send + Sync + 'static) -> Pattern {
        match param.constant() {
            Some(value) => make(value),
            None => param.bind(Join::Inner, make),
        }
    }
}

/// Asks the pattern of an outer event for what falls into it.
fn ask_inner(
    run: &mut Run,
    join: Join,
    outer: &Event,
    inner: &Pattern,
    out: &mut Vec<Event>,
) -> Result<(), QueryError> {
    if matches!(join, Join::Inner | Join::Outer | Join::Mix) {
        return inner.ask(run, outer.part, out);
    }
    // What has no onset has no room and restarts nothing.
    let Some(whole) = outer.whole else { return Ok(()) };
    let start = out.len();
    if join == Join::Squeeze {
        let (length, cycle) = (whole.duration(), whole.begin.cycle());
        if length <= Ratio::ZERO {
            return Ok(());
        }
        inner.ask(run, outer.part.map(|t| (t - whole.begin) / length + cycle), out)?;
        out[start..].iter_mut().for_each(|e| e.map_time(|t| (t - cycle) * length + whole.begin));
    } else {
        let by = if join == Join::Reset { whole.begin.fract() } else { whole.begin };
        inner.ask(run, outer.part.shift(-by), out)?;
        out[start..].iter_mut().for_each(|e| e.map_time(|t| t + by));
    }
    Ok(())
}

/// Gives a joined event its times and atoms; false where nothing of it is left.
fn settle(join: Join, outer: &Event, found: &mut Event) -> bool {
    match join {
        Join::Inner => {}
        Join::Outer => found.whole = outer.whole,
        Join::Mix => found.whole = found.whole.zip(outer.whole).and_then(|(a, b)| a.intersect(b)),
        Join::Squeeze | Join::Reset | Join::Restart => {
            let Some(part) = found.part.intersect(outer.part) else { return false };
            found.part = part;
            if let (Some(inner), Some(whole)) = (found.whole, outer.whole) {
                let Some(both) = inner.intersect(whole) else { return false };
                found.whole = Some(both);
            }
        }
    }
    if !outer.atoms.is_empty() {
        let inner = std::mem::replace(&mut found.atoms, outer.atoms.clone());
        found.atoms.extend(&inner);
    }
    true
}
