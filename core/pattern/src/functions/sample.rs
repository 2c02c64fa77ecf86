//! Functions that cut samples into pieces and fit them to time.

use super::param;
use crate::query::Run;
use crate::value::{Key, Op};
use crate::{Align, Controls, Event, Pattern, Ratio, Span, Value};

/// Cycles a second where no tempo is known.
const DEFAULT_CPS: f64 = 0.5;

/// The controls of a value for samples: a plain value is a sound.
fn sound(value: &Value) -> Controls {
    match value {
        Value::Map(map) => map.clone(),
        other => Controls::from_iter([(Key::new("s"), other.clone())]),
    }
}

/// The piece from `begin` to `end` (0 to 1) of what a value plays of its sample.
fn piece_of(controls: &Controls, begin: f64, end: f64) -> Controls {
    let (b, e) = (Key::new("begin"), Key::new("end"));
    let (from, to) = match (controls.number(&b), controls.number(&e)) {
        (Some(from), Some(to)) => (from + begin * (to - from), from + end * (to - from)),
        _ => (begin, end),
    };
    controls.with(b, Value::Num(from)).with(e, Value::Num(to))
}

impl Pattern {
    /// Each sample cut into `n` pieces, played one after the other in its time.
    pub fn chop(&self, n: impl Into<Pattern>) -> Pattern {
        param::count(self, "chop", &n.into(), |p, n| {
            let this = p.clone();
            let steps = p.steps().map(|s| s * Ratio::int(n));
            Pattern::over(p.depth(), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
                let mut events = Vec::new();
                this.ask(run, span, &mut events)?;
                for event in events {
                    chop_one(run, &event, n, out)?;
                }
                Ok(())
            })
            .with_steps(steps)
        })
    }

    /// Each sample cut into `n` pieces: the first pieces of all, then the second of all, within the cycle.
    pub fn striate(&self, n: impl Into<Pattern>) -> Pattern {
        param::count(self, "striate", &n.into(), |p, n| {
            let pieces: Vec<Pattern> = (0..n)
                .map(|i| {
                    let (begin, end) = (Ratio::new(i, n).to_f64(), Ratio::new(i + 1, n).to_f64());
                    Pattern::pure(Value::Map(piece_of(&Controls::default(), begin, end)))
                })
                .collect();
            let steps = p.steps().map(|s| s * Ratio::int(n));
            p.combine(Op::Set, Align::In, &Pattern::slowcat(&pieces)).fast_by(Ratio::int(n)).with_steps(steps)
        })
    }

    /// The pieces that `indices` name, of `n` equal ones or of those that begin at a list of places (0 to 1).
    pub fn slice(&self, n: impl Into<Pattern>, indices: impl Into<Pattern>) -> Pattern {
        let (this, indices) = (self.clone(), indices.into());
        let steps = indices.steps();
        Pattern::patterned(&n.into(), move |n| {
            let n = n.clone();
            indices.apply_left(&this, move |index, value| slice_one(&n, index, value).map(Some))
        })
        .with_steps(steps)
    }

    /// As `slice`, with the speed of each piece set so that it fills its event.
    pub fn splice(&self, n: impl Into<Pattern>, indices: impl Into<Pattern>) -> Pattern {
        self.slice(n, indices).edit(|run, event| {
            let controls = sound(&event.value);
            let length = event.whole_or_part().duration().to_f64();
            let slices = match controls.get(&Key::new("_slices")) {
                Some(Value::List(list)) => list.len() as f64,
                Some(value) => value.number().unwrap_or(1.0),
                None => 1.0,
            };
            let speed = Controls::from_iter([
                (Key::new("speed"), Value::Num(run.cps.unwrap_or(1.0) / slices / length)),
                (Key::new("unit"), Value::text("c")),
            ]);
            event.value = Value::Map(speed.merge(&controls, |_, own| Some(own.clone())));
            Ok(length > 0.0)
        })
    }

    /// Each sample stretched over `cycles` cycles, and the pattern slowed to that.
    pub fn loop_at(&self, cycles: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "loop_at", &cycles.into(), |p, cycles| {
            let fitted = p.edit(move |run, event| {
                let speed = run.cps.unwrap_or(DEFAULT_CPS) / cycles.to_f64();
                event.value = Value::Map(at_speed(&event.value.controls(), speed));
                Ok(cycles > Ratio::ZERO)
            });
            fitted.slow_by(cycles).with_steps(p.steps().filter(|_| cycles > Ratio::ZERO).map(|s| s / cycles))
        })
    }

    /// Each sample at the speed at which what is played of it fills its event.
    pub fn fit(&self) -> Pattern {
        self.edit(|run, event| {
            let controls = sound(&event.value);
            let (begin, end) = (controls.number(&Key::new("begin")), controls.number(&Key::new("end")));
            let length = event.whole_or_part().duration().to_f64();
            let speed = run.cps.unwrap_or(1.0) / length * (end.unwrap_or(1.0) - begin.unwrap_or(0.0));
            event.value = Value::Map(at_speed(&controls, speed));
            Ok(length > 0.0)
        })
    }
}

fn at_speed(controls: &Controls, speed: f64) -> Controls {
    controls.with(Key::new("speed"), Value::Num(speed)).with(Key::new("unit"), Value::text("c"))
}

fn chop_one(run: &mut Run, event: &Event, n: i64, out: &mut Vec<Event>) -> Result<(), crate::QueryError> {
    let Some(whole) = event.whole else { return Ok(()) };
    let controls = sound(&event.value);
    let at = |i: i64| whole.begin + whole.duration() * Ratio::new(i, n);
    for i in 0..n {
        run.work()?;
        let piece = Span { begin: at(i), end: at(i + 1) };
        let Some(part) = piece.intersect(event.part) else { continue };
        let value = Value::Map(piece_of(&controls, Ratio::new(i, n).to_f64(), Ratio::new(i + 1, n).to_f64()));
        run.emit(out, Event { whole: Some(piece), part, value, atoms: event.atoms.clone() })?;
    }
    Ok(())
}

fn slice_one(n: &Value, index: &Value, value: &Value) -> Result<Value, String> {
    let wrong = |value: &Value| format!("`slice` needs numbers, not {} (`{value}`)", value.kind());
    let at = index.number().ok_or_else(|| wrong(index))?;
    let (begin, end) = match n {
        Value::List(places) => {
            let i = crate::value::modulo(libm::floor(at), places.len() as f64) as usize;
            let place = |i: usize| places.get(i).map_or(Ok(1.0), |p| p.number().ok_or_else(|| wrong(p)));
            (place(i)?, place(i + 1)?)
        }
        n => {
            let n = n.number().filter(|n| *n > 0.0).ok_or_else(|| wrong(n))?;
            (at / n, (at + 1.0) / n)
        }
    };
    let cut = Controls::from_iter([
        (Key::new("begin"), Value::Num(begin)),
        (Key::new("end"), Value::Num(end)),
        (Key::new("_slices"), n.clone()),
    ]);
    // What the sound itself says of its beginning and end wins.
    Ok(Value::Map(cut.merge(&sound(value), |_, own| Some(own.clone()))))
}
