//! Functions that lay changed copies over a pattern.

use super::param;
use crate::value::Key;
use crate::{Align, Join, Op, Pattern, Ratio, Transform, Value};

/// The most copies that one function makes.
const MAX_COPIES: i64 = 1024;

impl Pattern {
    /// The pattern, and each function of it, at once.
    pub fn superimpose(&self, functions: &[Transform]) -> Pattern {
        let mut all = vec![self.clone()];
        all.extend(functions.iter().map(|f| f.apply(self)));
        Pattern::stack(&all).with_steps(self.steps())
    }

    /// Each function of the pattern, at once, without the pattern itself.
    pub fn layer(&self, functions: &[Transform]) -> Pattern {
        Pattern::stack(&functions.iter().map(|f| f.apply(self)).collect::<Vec<_>>()).with_steps(self.steps())
    }

    /// The pattern, and `f` of it moved later by `by` cycles.
    pub fn off(&self, by: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        param::ratio(self, "off", &by.into(), move |p, by| Pattern::stack(&[p.clone(), f.apply(&p.late_by(by))]))
    }

    /// The pattern on the left, `f` of it on the right.
    pub fn jux(&self, f: &Transform) -> Pattern {
        self.jux_by(1.0, f)
    }

    /// As `jux`, `width` apart: 0 is the middle, 1 is far left and far right.
    pub fn jux_by(&self, width: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        param::number(self, "jux_by", &width.into(), move |p, width| {
            let moved = |by: f64| {
                p.map(move |value| {
                    let (controls, pan) = (value.controls(), Key::new("pan"));
                    let at = controls.number(&pan).unwrap_or(0.5);
                    Value::Map(controls.with(pan, Value::Num(at + by)))
                })
            };
            Pattern::stack(&[moved(-width / 2.0), f.apply(&moved(width / 2.0))])
        })
    }

    /// `times` copies, each `time` cycles later, its gain `feedback` times that of the one before.
    ///
    /// As in Strudel the gain is set, not multiplied: the first copy has gain 1.
    pub fn echo(&self, times: impl Into<Pattern>, time: impl Into<Pattern>, feedback: impl Into<Pattern>) -> Pattern {
        let (times, time) = (times.into(), time.into());
        param::number(self, "echo", &feedback.into(), move |p, feedback| {
            p.copies("echo", times.clone(), time.clone(), move |copy, index| {
                copy.control("gain", libm::pow(feedback, index as f64))
            })
        })
    }

    /// As `echo`, with the params in Tidal's order.
    pub fn stut(&self, times: impl Into<Pattern>, feedback: impl Into<Pattern>, time: impl Into<Pattern>) -> Pattern {
        self.echo(times, time, feedback)
    }

    /// `times` copies, each `time` cycles later than the one before, the nth changed by `f` with n from 0.
    pub fn echo_with(&self, times: impl Into<Pattern>, time: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        self.copies("echo_with", times.into(), time.into(), move |copy, index| f.apply_nth(copy, index))
    }

    fn copies(
        &self,
        name: &'static str,
        times: Pattern,
        time: Pattern,
        change: impl Fn(&Pattern, usize) -> Pattern + Clone + Send + Sync + 'static,
    ) -> Pattern {
        param::two_ratios(self, name, times, time, move |p, times, time| match times.floor() {
            n @ 0..=MAX_COPIES => Pattern::stack(
                &(0..n)
                    .map(|i| change(&p.late_by(time * Ratio::int(i)), usize::try_from(i).unwrap_or(0)))
                    .collect::<Vec<_>>(),
            ),
            n => Pattern::failing(format!("`{name}` makes 0 to {MAX_COPIES} copies, not {n}")),
        })
    }

    /// Each event `times` times in its own time; the second has `f` applied once, the third twice.
    pub fn ply_with(&self, times: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        self.plied_by("ply_with", times.into(), move |p, index| (0..index).fold(p.clone(), |p, _| f.apply(&p)))
    }

    /// Each event `times` times in its own time, the nth changed by `f` with n from 0.
    pub fn ply_for_each(&self, times: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        self.plied_by(
            "ply_for_each",
            times.into(),
            move |p, index| {
                if index == 0 { p.clone() } else { f.apply_nth(p, index) }
            },
        )
    }

    fn plied_by(
        &self,
        name: &'static str,
        times: Pattern,
        change: impl Fn(&Pattern, usize) -> Pattern + Clone + Send + Sync + 'static,
    ) -> Pattern {
        param::count(self, name, &times, move |p, times| {
            let change = change.clone();
            let count = usize::try_from(times.min(MAX_COPIES)).unwrap_or(1);
            p.bind(Join::Squeeze, move |value| {
                let pure = Pattern::pure(value.clone());
                Pattern::fastcat(&(0..count).map(|i| change(&pure, i)).collect::<Vec<_>>())
            })
            .with_steps(p.steps().map(|s| s * Ratio::int(times)))
        })
    }

    /// `f` applied `times` times.
    pub fn apply_n(&self, times: impl Into<Pattern>, f: &Transform) -> Pattern {
        let f = f.clone();
        param::ratio(self, "apply_n", &times.into(), move |p, times| match times.floor() {
            n @ 0..=MAX_COPIES => (0..n).fold(p.clone(), |p, _| f.apply(&p)),
            n => Pattern::failing(format!("`apply_n` applies 0 to {MAX_COPIES} times, not {n}")),
        })
    }

    /// Both patterns: this one fades out and `other` in as `position` goes from 0 to 1; at 0.5 both are loud.
    pub fn xfade(&self, position: impl Into<Pattern>, other: &Pattern) -> Pattern {
        let position = position.into();
        let gain = |f: fn(f64) -> f64| position.map(move |v| Value::Num(f(v.number().unwrap_or(0.0)).clamp(0.0, 1.0)));
        let scaled = |p: &Pattern, by: Pattern| {
            let full = p.map(|v| {
                let (controls, gain) = (v.controls(), Key::new("gain"));
                Value::Map(if controls.get(&gain).is_some() { controls } else { controls.with(gain, Value::Num(1.0)) })
            });
            full.combine(Op::Mul, Align::In, &by.as_control("gain"))
        };
        Pattern::stack(&[scaled(self, gain(|x| 2.0 - 2.0 * x)), scaled(other, gain(|x| 2.0 * x))])
    }
}
