//! Arithmetic on signals.

use bf_dsp::{Lane, math};
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Smooth, Status, lanes, node};
use core::marker::PhantomData;

node! {
    /// Adds, multiplies, compares and bends signals, frame by frame.
    ///
    /// The second operand is `b` plus the param `value`, so that either may be used alone: `mul` with a `value` is a
    /// gain, an envelope on `value` makes it a VCA, and a cable into `b` a ring modulator.
    ///
    /// - of two: `add`, `sub` (a − b), `mul`, `div` (a / b; 0 where b is 0), `mod` (what is left of a over whole
    ///   multiples of b, with the sign of b), `pow` (|a| to the power of b, with the sign of a), `min`, `max`;
    /// - of `a` alone: `abs`, `neg`, `sign` (−1, 0 or 1), `floor`, `ceil`, `round`, `fract`, `sqrt` (of |a|, with
    ///   the sign of a), `hz` (a MIDI note number as a frequency), `pitch` (a frequency as a MIDI note number).
    ///
    /// What is not finite becomes 0, by intent: a division or a power that has no result must not silence what
    /// follows. A loop that grows through this node so starts again from 0 where numbers end; keep it in bounds with
    /// `min` and `max`.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// low = { type = "sine", freq = 110.0 }
    /// high = { type = "sine", freq = 331.0 }
    /// ring = { type = "maths", op = "mul" }
    /// level = { type = "maths", op = "mul", value = 0.5 }
    /// out = { type = "output" }
    /// [cables]
    /// "ring.a" = "low"
    /// "ring.b" = "high"
    /// "level" = "ring"
    /// "out" = "level"
    /// ```
    maths: Control,
    inputs {
        a: PortSpec::signal("a", "The first operand."),
        b: PortSpec::signal("b", "The second operand, to which `value` is added."),
    },
    outputs { out: PortSpec::signal("out", "The result.") },
    params {
        op: ParamSpec::choice("op", 0, OPS, "What is done."),
        value: ParamSpec::number("value", 0.0, -20_000.0, 20_000.0, "The second operand, added to what enters `b`.").smooth(),
    },
    with { make: make }
}

const OPS: &[&str] = &[
    "add", "sub", "mul", "div", "mod", "pow", "min", "max", "abs", "neg", "sign", "floor", "ceil", "round", "fract",
    "sqrt", "hz", "pitch",
];

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Maths))
}

struct Maths<L>(PhantomData<L>);

impl<L: Lane> Maths<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        Maths(PhantomData)
    }
}

/// Applies a function to every frame of every channel.
#[inline(always)]
fn each<L: Lane>(io: &mut Io<'_>, f: impl Fn(L, L) -> L) {
    // Minus nought becomes nought, so that a skipped silent node and a processed one leave the same bits.
    let f = |a: L, b: L| f(a, b).finite_or_zero() + L::splat(0.0);
    let value = io.smooth::<L>(par::value);
    for channel in 0..io.channels() {
        let (a, b) = (io.input::<L>(inp::a, channel), io.input::<L>(inp::b, channel));
        let out = io.output::<L>(out::out, channel).iter_mut().zip(a.iter().zip(b));
        // A sum, not a choice by whether a cable is there: a new cable fades in from 0 and nothing jumps.
        match value {
            Smooth::Constant(value) => out.for_each(|(y, (a, b))| *y = f(*a, *b + value)),
            Smooth::Varying(value) => out.zip(value).for_each(|((y, (a, b)), value)| *y = f(*a, *b + *value)),
        }
    }
}

fn sign<L: Lane>(a: L) -> L {
    let (zero, one) = (L::splat(0.0), L::splat(1.0));
    L::select(a.gt(zero), one, L::select(a.lt(zero), -one, zero))
}

/// Whether a silent `a` gives silence, whatever `b` is.
fn keeps_silence(op: usize) -> bool {
    matches!(
        OPS.get(op),
        Some(&("mul" | "div" | "mod" | "abs" | "neg" | "sign" | "floor" | "ceil" | "round" | "fract" | "sqrt"))
    )
}

impl<L: Lane> Processor for Maths<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let op = io.index(par::op).min(OPS.len() - 1);
        match OPS[op] {
            "add" => each::<L>(io, |a, b| a + b),
            "sub" => each::<L>(io, |a, b| a - b),
            "mul" => each::<L>(io, |a, b| a * b),
            "div" => each::<L>(io, |a, b| a / b),
            "mod" => each::<L>(io, |a, b| a - b * (a / b).floor()),
            "pow" => each::<L>(io, |a, b| sign(a) * L::from_fn(|i| math::pow(a.get(i).abs(), b.get(i)))),
            "min" => each::<L>(io, |a, b| a.min(b)),
            "max" => each::<L>(io, |a, b| a.max(b)),
            "abs" => each::<L>(io, |a, _| a.abs()),
            "neg" => each::<L>(io, |a, _| -a),
            "sign" => each::<L>(io, |a, _| sign(a)),
            "floor" => each::<L>(io, |a, _| a.floor()),
            "ceil" => each::<L>(io, |a, _| -(-a).floor()),
            "round" => each::<L>(io, |a, _| a.round()),
            "fract" => each::<L>(io, |a, _| a - a.floor()),
            "sqrt" => each::<L>(io, |a, _| sign(a) * a.abs().sqrt()),
            "hz" => each::<L>(io, |a, _| a.map(math::pitch_to_hz)),
            _ => each::<L>(io, |a, _| a.map(math::hz_to_pitch)),
        }
        let silent = keeps_silence(op) && (0..io.channels()).all(|c| io.input_silent(inp::a, c));
        if silent { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_node::rig::{Bench, Rig};

    fn result(op: &str, a: f32, b: f32) -> f32 {
        let bench = Bench { values: vec![("op", op.into())], ..Bench::default() };
        let mut rig = Rig::new(&SPEC, &bench).unwrap();
        rig.feed("a", 0, move |_, _| a);
        rig.feed("b", 0, move |_, _| b);
        let patched = rig.run(32)[0][31];
        // The param does what a cable does.
        let bench = Bench { values: vec![("op", op.into())], patched: Some(vec!["a"]), lanes: 8, ..Bench::default() };
        let mut rig = Rig::new(&SPEC, &bench).unwrap();
        rig.feed("a", 0, move |_, _| a);
        rig.set("value", b);
        let out = rig.run(32);
        assert!(out[0].iter().all(|x| x.to_bits() == patched.to_bits()), "{op} {a} {b}");
        patched
    }

    #[test]
    fn operations_do_what_they_say() {
        for (op, a, b, want) in [
            ("add", 1.5, -2.0, -0.5),
            ("sub", 1.5, -2.0, 3.5),
            ("mul", 1.5, -2.0, -3.0),
            ("div", 1.5, -2.0, -0.75),
            ("div", 1.5, 0.0, 0.0),
            ("mod", -0.5, 2.0, 1.5),
            ("mod", 5.0, 0.0, 0.0),
            ("pow", -3.0, 2.0, -9.0),
            ("pow", 1e30, 9.0, 0.0),
            ("min", 1.0, 2.0, 1.0),
            ("max", 1.0, 2.0, 2.0),
            ("abs", -4.0, 0.0, 4.0),
            ("neg", 4.0, 0.0, -4.0),
            ("sign", -4.0, 0.0, -1.0),
            ("floor", -1.5, 0.0, -2.0),
            ("ceil", -1.5, 0.0, -1.0),
            ("round", 1.6, 0.0, 2.0),
            ("fract", -0.25, 0.0, 0.75),
            ("sqrt", -9.0, 0.0, -3.0),
            ("hz", 81.0, 0.0, 880.0),
            ("pitch", 440.0, 0.0, 69.0),
            ("add", f32::NAN, 1.0, 0.0),
            ("mul", f32::INFINITY, 1.0, 0.0),
        ] {
            assert_eq!(result(op, a, b), want, "{a} {op} {b}");
        }
    }

    #[test]
    fn silence_is_idle_where_it_stays_silence() {
        for (op, idle) in [("mul", true), ("add", false), ("pow", false), ("neg", true)] {
            let bench = Bench {
                values: vec![("op", op.into()), ("value", (-2.0).into())],
                patched: Some(vec!["a"]),
                ..Bench::default()
            };
            let mut rig = Rig::new(&SPEC, &bench).unwrap();
            let out = rig.run(64);
            assert_eq!(rig.status == Status::Idle, idle, "{op}");
            assert!(!idle || out[0].iter().all(|x| x.to_bits() == 0));
        }
    }
}
