//! Functions of onsets.

use super::declare;
use crate::Join;

declare! { Structure;
    with_struct / struct: Pattern(pattern: Value)
        "The values, with the onsets of what is true in the pattern.",
        r#"note("<c3 e3>").struct("x ~ x x")"#,
        |a| a.this().with_struct(a.pattern(0));

    mask: Pattern(pattern: Value)
        "Only where the pattern is true.",
        r#"s("hh*8").mask("1 0 1 1")"#,
        |a| a.this().mask(a.pattern(0));

    reset: Pattern(pattern: Value)
        "The cycle begins anew at each event of the pattern.",
        r#"mini("a b c d").reset("x*3")"#,
        |a| a.this().reset(&a.pattern(0));

    restart: Pattern(pattern: Value)
        "The pattern begins anew, at its first cycle, at each event of the other.",
        r#"mini("<a b c>*4").restart("<x ~>")"#,
        |a| a.this().restart(&a.pattern(0));

    euclid: Pattern(pulses: Number, steps: Number, rotation: Number?1)
        "Onsets over steps, as even as can be. Negative pulses are the gaps; a rotation moves later (in Tidal: earlier).",
        r#"s("bd").euclid(3, 8)"#,
        |a| a.this().euclid(a.pattern(0), a.pattern(1), a.or(2, 0.0));

    euclid_rot / euclidrot: Pattern(pulses: Number, steps: Number, rotation: Number)
        "As `euclid`, with a rotation.",
        r#"s("bd").euclid_rot(3, 8, "<0 2>")"#,
        |a| a.this().euclid(a.pattern(0), a.pattern(1), a.pattern(2));

    euclid_legato: Pattern(pulses: Number, steps: Number)
        "As `euclid`, each note held until the next.",
        r#"note("c3").euclid_legato(3, 8)"#,
        |a| a.this().euclid_legato(a.pattern(0), a.pattern(1), 0.0);

    euclid_legato_rot: Pattern(pulses: Number, steps: Number, rotation: Number)
        "As `euclid_legato`, with a rotation.",
        r#"note("c3").euclid_legato_rot(3, 8, 2)"#,
        |a| a.this().euclid_legato(a.pattern(0), a.pattern(1), a.pattern(2));

    invert / inv: Pattern()
        "True for false and false for true.",
        r#"mini("1 0").invert()"#,
        |a| a.this().invert();

    bite: Pattern(n: Number, indices: Number)
        "The named ones of n equal parts, each squeezed into the event of its number.",
        r#"mini("a b c d").bite(4, "0 <2 3>")"#,
        |a| a.this().bite(a.pattern(0), a.pattern(1));

    rot: Pattern(steps: Number)
        "Each onset gets the value of another, so many places on. Tidal's.",
        r#"mini("a b c d").rot("<0 1>")"#,
        |a| a.this().rot(a.pattern(0));

    pick: Pattern(patterns: Lookup)
        "The pattern that each value names, by number or name; numbers beyond the ends mean the first and the last.",
        r#"mini("<0 1>").pick(["a b", "c d e"])"#,
        |a| a.this().pick(a.lookup(0), Join::Inner);

    pickmod: Pattern(patterns: Lookup)
        "As `pick`, with numbers that go round.",
        r#"mini("<0 1 2>").pickmod(["a b", "c d e"])"#,
        |a| a.this().pick(a.lookup(0).wrapping(), Join::Inner);

    pick_out: Pattern(patterns: Lookup)
        "As `pick`, with the onsets of the numbers.",
        r#"mini("0 1").pick_out(["a b", "c d e"])"#,
        |a| a.this().pick(a.lookup(0), Join::Outer);

    pickmod_out: Pattern(patterns: Lookup)
        "As `pick_out`, with numbers that go round.",
        r#"mini("0 3").pickmod_out(["a b", "c d e"])"#,
        |a| a.this().pick(a.lookup(0).wrapping(), Join::Outer);

    pick_restart: Pattern(patterns: Lookup)
        "As `pick`; a pattern begins at its first cycle when it is picked.",
        r#"mini("<0 1>").pick_restart(["<a b>", "<c d>"])"#,
        |a| a.this().pick(a.lookup(0), Join::Restart);

    pickmod_restart: Pattern(patterns: Lookup)
        "As `pick_restart`, with numbers that go round.",
        r#"mini("<0 3>").pickmod_restart(["<a b>", "<c d>"])"#,
        |a| a.this().pick(a.lookup(0).wrapping(), Join::Restart);

    pick_reset: Pattern(patterns: Lookup)
        "As `pick`; a pattern's cycle begins when it is picked.",
        r#"mini("0 1").pick_reset(["a b", "c d"])"#,
        |a| a.this().pick(a.lookup(0), Join::Reset);

    pickmod_reset: Pattern(patterns: Lookup)
        "As `pick_reset`, with numbers that go round.",
        r#"mini("0 3").pickmod_reset(["a b", "c d"])"#,
        |a| a.this().pick(a.lookup(0).wrapping(), Join::Reset);

    pick_squeeze / inhabit: Pattern(patterns: Lookup)
        "As `pick`; a cycle of the pattern is squeezed into each event.",
        r#"mini("0 [1 0]").inhabit(["a b", "c d e"])"#,
        |a| a.this().pick(a.lookup(0), Join::Squeeze);

    pickmod_squeeze / inhabitmod: Pattern(patterns: Lookup)
        "As `inhabit`, with numbers that go round.",
        r#"mini("0 [1 2]").inhabitmod(["a b", "c d e"])"#,
        |a| a.this().pick(a.lookup(0).wrapping(), Join::Squeeze);

    squeeze: Either(pattern: Value, patterns: Value?1)
        "squeeze(p, […]) is p.inhabitmod([…]); with a dot, p.squeeze(q), it is `set_squeeze`: a cycle of q in each event.",
        r#"squeeze("0 [1 2]", ["a b", "c d e"])"#,
        |a| a.squeezed();

    pick_f: Pattern(which: Value, functions: TransformLookup)
        "The function that each value names, applied to the pattern.",
        r#"mini("a b c").pick_f("<0 1>", [rev, fast(2)])"#,
        |a| a.this().pick_f(&a.pattern(0), &a.functions(1));

    pickmod_f: Pattern(which: Value, functions: TransformLookup)
        "As `pick_f`, with numbers that go round.",
        r#"mini("a b c").pickmod_f("<0 1 2>", [rev, fast(2)])"#,
        |a| a.this().pick_f(&a.pattern(0), &a.functions(1).wrapping());
}
