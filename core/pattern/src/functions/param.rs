//! Params of functions: patterns whose values are read as numbers, with a message when they are none.

use crate::{Join, Pattern, Ratio, Value};

/// What a value is when a param wants a number.
fn wrong(function: &str, value: &Value) -> Pattern {
    Pattern::failing(format!("`{function}` needs a number here, not {} (`{value}`)", value.kind()))
}

/// `make` with each number of a param, as a fraction.
pub(crate) fn ratio(
    this: &Pattern,
    function: &'static str,
    param: &Pattern,
    make: impl Fn(&Pattern, Ratio) -> Pattern + Send + Sync + 'static,
) -> Pattern {
    let pattern = this.clone();
    let steps = this.steps();
    let made = Pattern::patterned(param, move |value| match value.ratio() {
        Some(ratio) => match value.number().filter(|n| n.abs() > Ratio::MOST) {
            Some(n) => Pattern::failing(format!("`{function}` has too large a number here (`{n:e}`)")),
            None => make(&pattern, ratio),
        },
        None => wrong(function, value),
    });
    if made.steps().is_some() { made } else { made.with_steps(steps) }
}

/// `make` with each pair of numbers of two params.
pub(crate) fn two_ratios(
    this: &Pattern,
    function: &'static str,
    first: Pattern,
    second: Pattern,
    make: impl Fn(&Pattern, Ratio, Ratio) -> Pattern + Clone + Send + Sync + 'static,
) -> Pattern {
    ratio(this, function, &first, move |pattern, a| {
        let make = make.clone();
        ratio(pattern, function, &second, move |pattern, b| make(pattern, a, b))
    })
}

/// `make` with each number of a param, as a float.
pub(crate) fn number(
    this: &Pattern,
    function: &'static str,
    param: &Pattern,
    make: impl Fn(&Pattern, f64) -> Pattern + Send + Sync + 'static,
) -> Pattern {
    let pattern = this.clone();
    Pattern::patterned(param, move |value| match value.number() {
        Some(number) => make(&pattern, number),
        None => wrong(function, value),
    })
    .with_steps(this.steps())
}

/// The most parts that a cycle may be cut into: further ones are shorter than any sound.
const MAX_COUNT: i64 = 1 << 16;

/// `make` with each number of a param, as a count of at least 1.
pub(crate) fn count(
    this: &Pattern,
    function: &'static str,
    param: &Pattern,
    make: impl Fn(&Pattern, i64) -> Pattern + Send + Sync + 'static,
) -> Pattern {
    ratio(this, function, param, move |pattern, n| match n.floor() {
        n @ 1..=MAX_COUNT => make(pattern, n),
        n => Pattern::failing(format!("`{function}` needs a count from 1 to {MAX_COUNT} here, not {n}")),
    })
}

/// `make` with each value of a param.
pub(crate) fn value(param: &Pattern, make: impl Fn(&Value) -> Pattern + Send + Sync + 'static) -> Pattern {
    Pattern::patterned(param, make)
}

/// `make` with each value of a param, joined in a given way even where it is constant.
pub(crate) fn joined(param: &Pattern, join: Join, make: impl Fn(&Value) -> Pattern + Send + Sync + 'static) -> Pattern {
    param.bind(join, make)
}
