//! Operators between patterns, graphs, functions and numbers.

use crate::graph::{Graph, Operand, graph};
use crate::hint::Fault;
use crate::shared::{Outcome, Shared};
use crate::value::{self, Dual, kind};
use bf_pattern::table::Arg;
use bf_pattern::{Align, Op, Pattern, Ratio, Transform};
use rhai::{Array, Dynamic, Engine, FnPtr, ImmutableString};
use std::any::TypeId;
use std::sync::Arc;

/// How tight `>>` binds: looser than `+` (150) and `*`, tighter than comparisons (110).
const CONNECT: u8 = 140;

pub(crate) fn register(engine: &mut Engine, shared: &Arc<Shared>) {
    engine.disable_symbol(">>");
    // The symbol is free now, so that this cannot fail; a test holds it.
    let _ = engine.register_custom_operator(">>", CONNECT);
    engine.register_fn(">>", |a: i64, b: i64| a.checked_shr(u32::try_from(b).unwrap_or(63)).unwrap_or(0));
    let ours = [TypeId::of::<Pattern>(), TypeId::of::<Dual>(), TypeId::of::<Graph>(), TypeId::of::<Transform>()];
    let others = [
        TypeId::of::<i64>(),
        TypeId::of::<f64>(),
        TypeId::of::<Ratio>(),
        TypeId::of::<bool>(),
        TypeId::of::<ImmutableString>(),
        TypeId::of::<Array>(),
        TypeId::of::<FnPtr>(),
        TypeId::of::<()>(),
    ];
    // Named one by one, since the engine's own `+` takes a text and anything.
    for name in ["+", "-", "*", "/", "%", "**", ">>"] {
        for a in ours.iter().chain(&others) {
            for b in ours.iter().chain(&others).filter(|b| ours.contains(a) || ours.contains(b)) {
                let shared = shared.clone();
                engine.register_raw_fn(name, [*a, *b], move |_, args| apply(&shared, name, args[0], args[1]));
            }
        }
    }
    for text in [TypeId::of::<ImmutableString>(), TypeId::of::<FnPtr>()] {
        for other in [TypeId::of::<ImmutableString>(), TypeId::of::<FnPtr>()] {
            let shared = shared.clone();
            engine.register_raw_fn(">>", [text, other], move |_, args| apply(&shared, ">>", args[0], args[1]));
        }
    }
    for ours in ours {
        let shared = shared.clone();
        engine.register_raw_fn("-", [ours], move |_, args| apply(&shared, "*", args[0], &Dynamic::from_int(-1)));
    }
}

fn apply(shared: &Arc<Shared>, name: &str, a: &Dynamic, b: &Dynamic) -> Outcome<Dynamic> {
    if name == ">>" {
        return connect(shared, a, b);
    }
    // One graph makes it a graph, and so do two words that may be read as one.
    let graphs = a.is::<Graph>() || b.is::<Graph>() || (a.is::<Dual>() && b.is::<Dual>());
    if graphs {
        let op = match name {
            "+" => "add",
            "-" => "sub",
            "*" => "mul",
            "/" => "div",
            "%" => "mod",
            _ => "pow",
        };
        let (Some(a), Some(b)) = (Operand::of(a), Operand::of(b)) else {
            let other = if graph(a).is_some() { b } else { a };
            let fault = Fault::new(format!("`{name}` joins a node with a node or a number, not with {}", kind(other)));
            return Err(fault
                .hint(Some("a signal of patterns such as sine is the node sine(220) when it is called"))
                .into());
        };
        return Graph::maths(&shared.registry, op, &a, &b).map(Dynamic::from);
    }
    let op = match name {
        "+" => Op::Add,
        "-" => Op::Sub,
        "*" => Op::Mul,
        "/" => Op::Div,
        "%" => Op::Mod,
        _ => Op::Pow,
    };
    let (a, b) = (value::pattern(shared, a)?, value::pattern(shared, b)?);
    Ok(Dynamic::from(a.combine(op, Align::In, &b)))
}

/// `a >> b`: a graph into a graph, a pattern into a function, a function before a function.
fn connect(shared: &Arc<Shared>, a: &Dynamic, b: &Dynamic) -> Outcome<Dynamic> {
    if let Some(to) = graph(b) {
        return match Operand::of(a) {
            Some(Operand::Graph(from)) => from.into_input(&to).map(Dynamic::from),
            Some(Operand::Number(n)) => crate::graph::constant(&shared.registry, n)?.into_input(&to).map(Dynamic::from),
            None => {
                let fault = Fault::new(format!("`>>` leads from a node to a node; {} stands before it", kind(a)));
                Err(fault.hint(Some("sources are called with a frequency: saw(110) >> ladder(800)")).into())
            }
        };
    }
    match (value::arg(shared, a)?, value::arg(shared, b)?) {
        (Arg::Transform(first), Arg::Transform(then)) => Ok(Dynamic::from(first.then(&then))),
        (Arg::Pattern(pattern), Arg::Transform(f)) => Ok(Dynamic::from(f.apply(&pattern))),
        _ => Err(Fault::new(format!("`>>` leads to a node or a function of patterns, not to {}", kind(b))).into()),
    }
}
