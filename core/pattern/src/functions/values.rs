//! Functions that change values.

use super::param;
use crate::value::{Key, Op, control};
use crate::{Align, Controls, Pattern, Print, Value};

impl Pattern {
    /// Each value as the control `name`. A list such as `bd:3` sets further controls too.
    pub fn as_control(&self, name: &str) -> Pattern {
        let key = Key::new(name);
        let tail: Vec<Key> = control(name).map_or_else(Vec::new, |c| c.tail.iter().map(|t| Key::new(t)).collect());
        let print = Print::of("control").with(name).part(self.fingerprint()).done();
        self.map(move |value| Value::Map(controls_of(&key, &tail, value))).with_fingerprint(print)
    }

    /// The control `name` set to the values of `value`; onsets stay.
    pub fn control(&self, name: &str, value: impl Into<Pattern>) -> Pattern {
        self.combine(Op::Set, Align::In, &value.into().as_control(name))
    }

    /// Numbers from 0 to 1 stretched to `min` to `max`.
    pub fn range(&self, min: impl Into<Pattern>, max: impl Into<Pattern>) -> Pattern {
        self.ranged("range", min.into(), max.into(), |x, min, max| x * (max - min) + min)
    }

    /// As `range`, on an exponential curve: for frequencies.
    pub fn rangex(&self, min: impl Into<Pattern>, max: impl Into<Pattern>) -> Pattern {
        self.ranged("rangex", min.into(), max.into(), |x, min, max| {
            libm::exp(x * (libm::log(max) - libm::log(min)) + libm::log(min))
        })
    }

    /// Numbers from -1 to 1 stretched to `min` to `max`.
    pub fn range2(&self, min: impl Into<Pattern>, max: impl Into<Pattern>) -> Pattern {
        self.ranged("range2", min.into(), max.into(), |x, min, max| (x + 1.0) / 2.0 * (max - min) + min)
    }

    fn ranged(&self, name: &'static str, min: Pattern, max: Pattern, f: fn(f64, f64, f64) -> f64) -> Pattern {
        param::number(self, name, &min, move |p, min| {
            param::number(p, name, &max, move |p, max| p.numbers(name, move |x| f(x, min, max)))
        })
    }

    /// Each number mapped; in a map of controls each of them.
    pub(crate) fn numbers(&self, name: &'static str, f: impl Fn(f64) -> f64 + Send + Sync + 'static) -> Pattern {
        self.try_map(move |value| match value {
            Value::Map(map) => Ok(Some(Value::Map(
                map.iter()
                    .map(|(k, v)| (k.clone(), v.number().map_or_else(|| v.clone(), |n| Value::Num(f(n)))))
                    .collect(),
            ))),
            other => match other.pitch() {
                Some(n) => Ok(Some(Value::Num(f(n)))),
                None => Err(format!("`{name}` needs numbers, not {} (`{other}`)", other.kind())),
            },
        })
    }

    /// Numbers rounded down.
    pub fn floor(&self) -> Pattern {
        self.numbers("floor", libm::floor)
    }

    /// Numbers rounded up.
    pub fn ceil(&self) -> Pattern {
        self.numbers("ceil", libm::ceil)
    }

    /// Numbers rounded to the nearest, halves up.
    pub fn round(&self) -> Pattern {
        self.numbers("round", |x| libm::floor(x + 0.5))
    }

    /// Numbers from 0 to 1 as numbers from -1 to 1.
    pub fn to_bipolar(&self) -> Pattern {
        self.numbers("to_bipolar", |x| x * 2.0 - 1.0)
    }

    /// Numbers from -1 to 1 as numbers from 0 to 1.
    pub fn from_bipolar(&self) -> Pattern {
        self.numbers("from_bipolar", |x| (x + 1.0) / 2.0)
    }
}

/// The controls that a value sets: the first by itself, those after `:` one each.
fn controls_of(key: &Key, tail: &[Key], value: &Value) -> Controls {
    match value {
        Value::Map(map) => match map.get(&Key::VALUE) {
            // What a plain value was called until now.
            Some(plain) => map.without(&Key::VALUE).with(key.clone(), plain.clone()),
            None => map.clone(),
        },
        Value::List(values) => [key].into_iter().chain(tail).cloned().zip(values.iter().cloned()).collect(),
        other => Controls::from_iter([(key.clone(), other.clone())]),
    }
}

/// The sawtooth of a position: how far it is into its cycle. As in Strudel it is negative before the first cycle.
pub(crate) fn phase(t: crate::Ratio) -> f64 {
    let fract = t.fract();
    if t < crate::Ratio::ZERO && fract > crate::Ratio::ZERO {
        return (fract - crate::Ratio::ONE).to_f64();
    }
    fract.to_f64()
}

impl Pattern {
    /// From 0 up to 1 in each cycle.
    pub fn saw() -> Pattern {
        Pattern::signal(phase)
    }

    /// From 1 down to 0 in each cycle.
    pub fn isaw() -> Pattern {
        Pattern::signal(|t| 1.0 - phase(t))
    }

    /// A sine from 0 to 1, at its middle where a cycle begins.
    pub fn sine() -> Pattern {
        Pattern::signal(|t| (bipolar_sine(t) + 1.0) / 2.0)
    }

    /// A sine from -1 to 1.
    pub fn sine2() -> Pattern {
        Pattern::signal(bipolar_sine)
    }

    /// A cosine from 0 to 1: the sine a quarter of a cycle ahead.
    pub fn cosine() -> Pattern {
        Pattern::sine().late_by(crate::Ratio::new(-1, 4))
    }

    /// 0 in the first half of each cycle, 1 in the second.
    pub fn square() -> Pattern {
        Pattern::signal(|t| libm::floor(libm::fmod(t.to_f64() * 2.0, 2.0)))
    }

    /// From 0 up to 1 and down again in each cycle.
    pub fn tri() -> Pattern {
        Pattern::fastcat(&[Pattern::saw(), Pattern::isaw()])
    }

    /// From 1 down to 0 and up again in each cycle.
    pub fn itri() -> Pattern {
        Pattern::fastcat(&[Pattern::isaw(), Pattern::saw()])
    }
}

fn bipolar_sine(t: crate::Ratio) -> f64 {
    libm::sin(core::f64::consts::PI * 2.0 * t.to_f64())
}
