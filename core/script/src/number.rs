//! Numbers: whole ones, floats and fractions side by side. Dividing two whole numbers gives a fraction.

use crate::hint::Fault;
use crate::shared::Outcome;
use bf_pattern::Ratio;
use rhai::{Dynamic, Engine};

/// The number of a value: whole, float or fraction.
pub(crate) fn number(value: &Dynamic) -> Option<f64> {
    let whole = || value.as_int().ok().map(|n| n as f64);
    value.as_float().ok().or_else(whole).or_else(|| value.read_lock::<Ratio>().map(|r| r.to_f64()))
}

/// A fraction as a script sees it: a whole number where it is one, so that it may count and index.
fn simplest(ratio: Ratio) -> Dynamic {
    if ratio.is_int() { Dynamic::from_int(ratio.num()) } else { Dynamic::from(ratio) }
}

fn divide(a: Ratio, b: Ratio) -> Outcome<Dynamic> {
    if b == Ratio::ZERO { Err(Fault::new("nothing can be divided by 0").into()) } else { Ok(simplest(a / b)) }
}

/// Registers one operator between fractions, and between a fraction and a whole number or a float.
macro_rules! between {
    ($engine:ident, $name:literal, $exact:expr, $float:expr) => {
        $engine
            .register_fn($name, |a: Ratio, b: Ratio| $exact(a, b))
            .register_fn($name, |a: Ratio, b: i64| $exact(a, Ratio::int(b)))
            .register_fn($name, |a: i64, b: Ratio| $exact(Ratio::int(a), b))
            .register_fn($name, |a: Ratio, b: f64| $float(a.to_f64(), b))
            .register_fn($name, |a: f64, b: Ratio| $float(a, b.to_f64()));
    };
}

pub(crate) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<Ratio>("fraction");
    engine.register_fn("/", |a: i64, b: i64| divide(Ratio::int(a), Ratio::int(b)));
    between!(engine, "+", |a, b| simplest(a + b), |a: f64, b: f64| a + b);
    between!(engine, "-", |a, b| simplest(a - b), |a: f64, b: f64| a - b);
    between!(engine, "*", |a, b| simplest(a * b), |a: f64, b: f64| a * b);
    between!(engine, "/", divide, |a: f64, b: f64| a / b);
    between!(engine, "%", |a: Ratio, b| simplest(a.modulo(b)), |a: f64, b: f64| a % b);
    between!(engine, "==", |a: Ratio, b: Ratio| a == b, |a: f64, b: f64| a == b);
    between!(engine, "!=", |a: Ratio, b: Ratio| a != b, |a: f64, b: f64| a != b);
    between!(engine, "<", |a: Ratio, b: Ratio| a < b, |a: f64, b: f64| a < b);
    between!(engine, "<=", |a: Ratio, b: Ratio| a <= b, |a: f64, b: f64| a <= b);
    between!(engine, ">", |a: Ratio, b: Ratio| a > b, |a: f64, b: f64| a > b);
    between!(engine, ">=", |a: Ratio, b: Ratio| a >= b, |a: f64, b: f64| a >= b);
    engine
        .register_fn("-", |a: Ratio| -a)
        .register_fn("**", |a: Ratio, b: i64| a.to_f64().powf(b as f64))
        .register_fn("**", |a: Ratio, b: f64| a.to_f64().powf(b))
        .register_fn("to_string", |a: &mut Ratio| format!("{}/{}", a.num(), a.den()))
        .register_fn("to_debug", |a: &mut Ratio| format!("{}/{}", a.num(), a.den()))
        .register_fn("to_float", |a: Ratio| a.to_f64())
        .register_fn("to_int", |a: Ratio| a.floor())
        .register_fn("floor", |a: Ratio| a.floor())
        .register_fn("ceiling", |a: Ratio| a.ceil())
        .register_fn("abs", |a: Ratio| if a < Ratio::ZERO { -a } else { a });
}
