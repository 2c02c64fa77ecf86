//! Operators between patterns, each in every alignment.

use super::{Family, Function, Kind, Param, Receiver};
use crate::{Align, Op};

const OTHER: &[Param] = &[Param { name: "other", kind: Kind::Value, optional: false }];

/// One operator in its alignments. The plain name takes its onsets from the left, as `_in` does.
macro_rules! operator {
    ($op:ident, $name:literal, $doc:literal) => {
        operator!(@each $op, $name, $doc, [
            "" In "",
            "_in" In " Onsets come from the left.",
            "_out" Out " Onsets come from the right.",
            "_mix" Mix " Onsets come from both.",
            "_squeeze" Squeeze " A cycle of the right one is squeezed into each event of the left one.",
            "_squeezeout" SqueezeOut " A cycle of the left one is squeezed into each event of the right one.",
            "_reset" Reset " The left one's cycle begins anew at each event of the right one.",
            "_restart" Restart " The left one begins anew at each event of the right one.",
            "_poly" Poly " Step by step; as in Strudel the sides change places."
        ])
    };
    (@each $op:ident, $name:literal, $doc:literal, [$($suffix:literal $align:ident $how:literal),*]) => {
        [$(Function {
            name: concat!($name, $suffix),
            aliases: &[],
            family: Family::Operator,
            receiver: Receiver::Pattern,
            params: OTHER,
            doc: concat!($doc, $how),
            example: concat!("mini(\"1 2 3 4\").", $name, $suffix, "(\"2 <3 5> 4\")"),
            run: |a| a.this().combine(Op::$op, Align::$align, &a.pattern(0)),
        }),*]
    };
}

static TABLE: [[Function; 9]; 17] = [
    operator!(Set, "set", "The other's values; controls of both, of which the other's win."),
    operator!(Keep, "keep", "These values; controls of both, of which these win."),
    operator!(KeepIf, "keepif", "These values where the other is true."),
    operator!(Add, "add", "The sum of numbers and notes; texts are joined."),
    operator!(Sub, "sub", "The difference."),
    operator!(Mul, "mul", "The product."),
    operator!(Div, "div", "The quotient."),
    operator!(Mod, "mod", "The remainder, which is not negative for a positive divisor."),
    operator!(Pow, "pow", "The power: this to the other."),
    operator!(Lt, "lt", "Whether it is less."),
    operator!(Gt, "gt", "Whether it is greater."),
    operator!(Lte, "lte", "Whether it is less or equal."),
    operator!(Gte, "gte", "Whether it is greater or equal."),
    operator!(Eq, "eq", "Whether both are equal."),
    operator!(Ne, "ne", "Whether both differ."),
    operator!(And, "and", "The other where this is true, else this."),
    operator!(Or, "or", "This where it is true, else the other."),
];

pub(super) static FUNCTIONS: &[Function] = TABLE.as_flattened();
