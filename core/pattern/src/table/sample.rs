//! Functions for samples.

use super::declare;

declare! { Sample;
    chop: Pattern(n: Number)
        "Each sample in n pieces, one after the other in its time.",
        r#"s("bd sd").chop(4)"#,
        |a| a.this().chop(a.pattern(0));

    striate: Pattern(n: Number)
        "Each sample in n pieces: the first pieces of all, then the second, within the cycle.",
        r#"s("bd sd").striate(2)"#,
        |a| a.this().striate(a.pattern(0));

    slice: Pattern(n: Value, indices: Number)
        "Pieces of a sample by number: of n equal ones, or of those that begin at places such as `0:0.25:0.5`.",
        r#"s("bd").slice(8, "0 <2 3> 4")"#,
        |a| a.this().slice(a.pattern(0), a.pattern(1));

    splice: Pattern(n: Value, indices: Number)
        "As `slice`, at the speed at which each piece fills its event.",
        r#"s("bd").splice(8, "0 <2 3> 4")"#,
        |a| a.this().splice(a.pattern(0), a.pattern(1));

    loop_at / loopat: Pattern(cycles: Number)
        "Each sample stretched over a number of cycles.",
        r#"s("bd").loop_at(2)"#,
        |a| a.this().loop_at(a.pattern(0));

    fit: Pattern()
        "Each sample at the speed at which it fills its event.",
        r#"s("bd sd").fit()"#,
        |a| a.this().fit();
}
