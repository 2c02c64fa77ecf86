//! What a text of mini-notation says, before it becomes a pattern.

use crate::{Ratio, Value};
use std::ops::Range;

/// Steps side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sequence {
    pub steps: Vec<Step>,
    /// Marked with `^`: its steps are those that count for a polymeter.
    pub marked: bool,
}

/// One step: what stands there, how long it is, and what is done to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub shape: Shape,
    /// Where it stands, without its operators.
    pub span: Range<usize>,
    pub weight: Ratio,
    /// How often it stands there, as `!` has said so far.
    pub repeats: Ratio,
    pub ops: Vec<StepOp>,
}

/// What may stand as a step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Atom(Value),
    Rest,
    /// `[a b, c]`.
    Stack(Vec<Sequence>),
    /// `[a | b]`, with the number of its stream of chance.
    Choice(Vec<Sequence>, i64),
    /// `<a b, c>`.
    Slow(Vec<Sequence>),
    /// `{a b, c}%4`.
    Polymeter(Vec<Sequence>, Option<Box<Step>>),
}

/// What may stand after a step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum StepOp {
    Fast(Step),
    Slow(Step),
    /// `(3,8,2)`: pulses, steps and rotation.
    Euclid(Box<[Step]>),
    /// `?`, with the share that is left out and the number of its stream of chance.
    Degrade(f64, i64),
    /// `!3`: so many times, in as many steps' time.
    Replicate(Ratio),
    Tail(Step),
    Range(Step),
}
