//! Functions that lay copies over a pattern.

use super::declare;

declare! { Layer;
    superimpose: Pattern(functions: Transforms)
        "The pattern and each function of it at once.",
        r#"mini("a b").superimpose(fast(2))"#,
        |a| a.this().superimpose(&a.transforms(0));

    layer: Pattern(functions: Transforms)
        "Each function of the pattern at once, without the pattern.",
        r#"mini("a b").layer(rev, fast(2))"#,
        |a| a.this().layer(&a.transforms(0));

    apply: Pattern(f: Transform)
        "The function of the pattern.",
        r#"mini("a b").apply(rev)"#,
        |a| a.transform(0).apply(&a.this());

    apply_n: Pattern(times: Number, f: Transform)
        "The function, applied a number of times.",
        r#"mini("a b").apply_n(2, fast(2))"#,
        |a| a.this().apply_n(a.pattern(0), &a.transform(1));

    off: Pattern(cycles: Number, f: Transform)
        "The pattern, and the function of it moved later.",
        r#"note("c3 e3").off(1/8, transpose(7))"#,
        |a| a.this().off(a.pattern(0), &a.transform(1));

    jux: Pattern(f: Transform)
        "The pattern on the left, the function of it on the right.",
        r#"s("bd sd").jux(rev)"#,
        |a| a.this().jux(&a.transform(0));

    jux_by / juxby: Pattern(width: Number, f: Transform)
        "As `jux`, less wide.",
        r#"s("bd sd").jux_by(0.5, rev)"#,
        |a| a.this().jux_by(a.pattern(0), &a.transform(1));

    echo: Pattern(times: Number, cycles: Number, feedback: Number)
        "Copies, each later and softer than the one before.",
        r#"s("bd sd").echo(3, 1/8, 0.5)"#,
        |a| a.this().echo(a.pattern(0), a.pattern(1), a.pattern(2));

    stut: Pattern(times: Number, feedback: Number, cycles: Number)
        "As `echo`, with the arguments in Tidal's order.",
        r#"s("bd sd").stut(3, 0.5, 1/8)"#,
        |a| a.this().stut(a.pattern(0), a.pattern(1), a.pattern(2));

    echo_with / echowith / stut_with / stutwith: Pattern(times: Number, cycles: Number, f: Transform)
        "Copies, each later; the function gets each and its number from 0.",
        r#"mini("0 2").echo_with(3, 1/8, |p, i| p.add(i))"#,
        |a| a.this().echo_with(a.pattern(0), a.pattern(1), &a.transform(2));

    ply_with / plywith: Pattern(times: Number, f: Transform)
        "As `ply`, with the function once more on each further one.",
        r#"mini("0 4").ply_with(3, add(1))"#,
        |a| a.this().ply_with(a.pattern(0), &a.transform(1));

    ply_for_each / plyforeach: Pattern(times: Number, f: Transform)
        "As `ply`; the function gets each further one and its number.",
        r#"mini("0 4").ply_for_each(3, |p, i| p.add(i))"#,
        |a| a.this().ply_for_each(a.pattern(0), &a.transform(1));
}
