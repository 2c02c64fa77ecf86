//! Gates and comparisons.

use bf_dsp::Lane;
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Smooth, Status, lanes, node};
use core::marker::PhantomData;

node! {
    /// Combines gates and compares signals: 1 where it holds, else 0.
    ///
    /// - `and`, `or`, `xor`, `nand`, `nor`: of two gates, each high above `threshold`; `not`: `a` is not high;
    /// - `gt`, `ge`, `lt`, `le`: `a` is greater than, at least, less than, at most `b`, or `threshold` where no cable
    ///   enters `b`.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 120.0
    /// [nodes]
    /// slow = { type = "lfo", rate = 2.0 }
    /// fast = { type = "lfo", rate = 3.0 }
    /// both = { type = "logic", op = "xor", threshold = 0.0 }
    /// env = { type = "ar" }
    /// osc = { type = "triangle", freq = 165.0 }
    /// level = { type = "maths", op = "mul" }
    /// out = { type = "output" }
    /// [cables]
    /// "both.a" = "slow"
    /// "both.b" = "fast"
    /// "env" = "both"
    /// "level.a" = "osc"
    /// "level.value" = { from = "env", amount = 0.4 }
    /// "out" = "level"
    /// ```
    logic: Control,
    inputs {
        a: PortSpec::signal("a", "The first signal."),
        b: PortSpec::signal("b", "The second signal."),
    },
    outputs { out: PortSpec::signal("out", "1 where it holds, else 0.") },
    params {
        op: ParamSpec::choice("op", 0, OPS, "What is asked.").at_once(),
        threshold: ParamSpec::number("threshold", 0.5, -20_000.0, 20_000.0, "Above this a gate is high; also what `a` is compared with where no cable enters `b`.").smooth(),
    },
    with { make: make }
}

const OPS: &[&str] = &["and", "or", "xor", "nand", "nor", "not", "gt", "ge", "lt", "le"];

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Logic))
}

struct Logic<L>(PhantomData<L>);

impl<L: Lane> Logic<L> {
    fn new(_setup: &Setup<'_>) -> Self {
        Logic(PhantomData)
    }

    fn compare(io: &mut Io<'_>, f: impl Fn(L, L) -> L) {
        let threshold = io.smooth::<L>(par::threshold);
        let patched = io.patched(inp::b);
        for channel in 0..io.channels() {
            let a = io.input::<L>(inp::a, channel);
            let b = if patched { Smooth::Varying(io.input::<L>(inp::b, channel)) } else { threshold };
            for (i, y) in io.output::<L>(out::out, channel).iter_mut().enumerate() {
                *y = f(a[i].finite_or_zero(), b.at(i).finite_or_zero());
            }
        }
    }

    /// `f` of two gates, each 0 or 1.
    fn gates(io: &mut Io<'_>, f: impl Fn(L, L) -> L) {
        let threshold = io.smooth::<L>(par::threshold);
        for channel in 0..io.channels() {
            let (a, b) = (io.input::<L>(inp::a, channel), io.input::<L>(inp::b, channel));
            for (i, y) in io.output::<L>(out::out, channel).iter_mut().enumerate() {
                let level = threshold.at(i).finite_or_zero();
                let high = |x: L| holds(x.finite_or_zero().gt(level));
                *y = f(high(a[i]), high(b[i]));
            }
        }
    }
}

fn holds<L: Lane>(mask: L::Mask) -> L {
    L::select(mask, L::splat(1.0), L::splat(0.0))
}

fn not<L: Lane>(x: L) -> L {
    L::splat(1.0) - x
}

impl<L: Lane> Processor for Logic<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        match OPS.get(io.index(par::op)) {
            Some(&"and") => Self::gates(io, |a, b| a * b),
            Some(&"or") => Self::gates(io, |a, b| a.max(b)),
            Some(&"xor") => Self::gates(io, |a, b| (a - b).abs()),
            Some(&"nand") => Self::gates(io, |a, b| not(a * b)),
            Some(&"nor") => Self::gates(io, |a, b| not(a.max(b))),
            Some(&"not") => Self::gates(io, |a, _| not(a)),
            Some(&"gt") => Self::compare(io, |a, b| holds(a.gt(b))),
            Some(&"ge") => Self::compare(io, |a, b| not(holds(a.lt(b)))),
            Some(&"lt") => Self::compare(io, |a, b| holds(a.lt(b))),
            _ => Self::compare(io, |a, b| not(holds(a.gt(b)))),
        }
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{cut_any_way_with, random_steps};
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn gates_and_comparisons_hold_where_they_should() {
        for (op, want) in [
            ("and", [0.0, 0.0, 0.0, 1.0]),
            ("or", [0.0, 1.0, 1.0, 1.0]),
            ("xor", [0.0, 1.0, 1.0, 0.0]),
            ("nand", [1.0, 1.0, 1.0, 0.0]),
            ("nor", [1.0, 0.0, 0.0, 0.0]),
            ("not", [1.0, 0.0, 1.0, 0.0]),
            ("gt", [0.0, 1.0, 0.0, 0.0]),
            ("ge", [1.0, 1.0, 0.0, 1.0]),
            ("lt", [0.0, 0.0, 1.0, 0.0]),
            ("le", [1.0, 0.0, 1.0, 1.0]),
        ] {
            let mut rig = Rig::new(&SPEC, &Bench { values: vec![("op", op.into())], ..Bench::default() }).unwrap();
            rig.feed("a", 0, |f, _| [0.0, 1.0, 0.0, 1.0][f as usize % 4]);
            rig.feed("b", 0, |f, _| [0.0, 0.0, 1.0, 1.0][f as usize % 4]);
            assert_eq!(rig.run(64)[0][4..8], want, "{op}");
        }
    }

    #[test]
    fn the_threshold_stands_in_for_b() {
        let bench = Bench { values: vec![("op", "gt".into())], patched: Some(vec!["a"]), ..Bench::default() };
        let mut rig = Rig::new(&SPEC, &bench).unwrap();
        rig.feed("a", 0, |f, _| [0.6, 0.4, f32::NAN, f32::INFINITY][f as usize % 4]);
        assert_eq!(rig.run(64)[0][..4], [1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn cuts_change_nothing() {
        cut_any_way_with(&SPEC, &[("op", "xor".into())], &|rig| {
            rig.feed("a", 0, random_steps(3));
            rig.feed("b", 0, random_steps(4));
        });
    }
}
