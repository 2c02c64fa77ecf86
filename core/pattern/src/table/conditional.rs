//! Functions that act now and then.

use super::declare;

declare! { Conditional;
    every / first_of: Pattern(n: Number, f: Transform)
        "The function in the first of every n cycles.",
        r#"mini("a b c").every(4, rev)"#,
        |a| a.this().first_of(a.pattern(0), &a.transform(1));

    last_of: Pattern(n: Number, f: Transform)
        "The function in the last of every n cycles.",
        r#"mini("a b c").last_of(4, fast(2))"#,
        |a| a.this().last_of(a.pattern(0), &a.transform(1));

    whenmod: Pattern(n: Number, from: Number, f: Transform)
        "The function in those of every n cycles whose number is at least `from`. Tidal's.",
        r#"mini("a b").whenmod(4, 2, rev)"#,
        |a| a.this().whenmod(a.pattern(0), a.pattern(1), &a.transform(2));

    when: Pattern(on: Value, f: Transform)
        "The function where the pattern is true.",
        r#"mini("a b c").when("<1 0>", rev)"#,
        |a| a.this().when(a.pattern(0), &a.transform(1));

    bypass: Pattern(on: Value)
        "Silence where the pattern is true.",
        r#"s("bd*4").bypass("<0 1>")"#,
        |a| a.this().bypass(a.pattern(0));

    within: Pattern(begin: Number, end: Number, f: Transform)
        "The function on what begins within a piece of each cycle. (Tidal's gives it the whole pattern.)",
        r#"mini("a b c d").within(0, 0.5, fast(2))"#,
        |a| a.this().within(a.pattern(0), a.pattern(1), &a.transform(2));

    chunk / slow_chunk / slowchunk: Pattern(n: Number, f: Transform)
        "The function on one of n parts, the next part each cycle; each cycle is played n times. (Tidal cuts with its own `within`.)",
        r#"mini("a b c d").chunk(4, hurry(2))"#,
        |a| a.this().chunk(a.pattern(0), &a.transform(1));

    chunk_back / chunkback: Pattern(n: Number, f: Transform)
        "As `chunk`, from the last part to the first.",
        r#"mini("a b c d").chunk_back(4, hurry(2))"#,
        |a| a.this().chunk_back(a.pattern(0), &a.transform(1));

    fast_chunk / fastchunk: Pattern(n: Number, f: Transform)
        "As `chunk`, while the pattern goes on at its own pace.",
        r#"mini("<a b c>*4").fast_chunk(4, fast(2))"#,
        |a| a.this().fast_chunk(a.pattern(0), &a.transform(1));

    chunk_into / chunkinto: Pattern(n: Number, f: Transform)
        "As `fast_chunk`; the function gets that part alone, again and again.",
        r#"mini("a b c d").chunk_into(4, fast(2))"#,
        |a| a.this().chunk_into(a.pattern(0), &a.transform(1));

    chunk_back_into / chunkbackinto: Pattern(n: Number, f: Transform)
        "As `chunk_into`, from the last part to the first.",
        r#"mini("a b c d").chunk_back_into(4, fast(2))"#,
        |a| a.this().chunk_back_into(a.pattern(0), &a.transform(1));

    sometimes: Pattern(f: Transform)
        "The function on half of the events, by chance.",
        r#"s("hh*8").sometimes(ply(2))"#,
        |a| a.this().sometimes(&a.transform(0));

    sometimes_by: Pattern(share: Number, f: Transform)
        "The function on a share of the events, by chance.",
        r#"s("hh*8").sometimes_by(0.3, ply(2))"#,
        |a| a.this().sometimes_by(a.pattern(0), &a.transform(1));

    often: Pattern(f: Transform)
        "The function on three quarters of the events.",
        r#"s("hh*8").often(ply(2))"#,
        |a| a.this().sometimes_by(0.75, &a.transform(0));

    rarely: Pattern(f: Transform)
        "The function on a quarter of the events.",
        r#"s("hh*8").rarely(ply(2))"#,
        |a| a.this().sometimes_by(0.25, &a.transform(0));

    almost_always: Pattern(f: Transform)
        "The function on nine of ten events.",
        r#"s("hh*8").almost_always(ply(2))"#,
        |a| a.this().sometimes_by(0.9, &a.transform(0));

    almost_never: Pattern(f: Transform)
        "The function on one of ten events.",
        r#"s("hh*8").almost_never(ply(2))"#,
        |a| a.this().sometimes_by(0.1, &a.transform(0));

    always: Pattern(f: Transform)
        "The function on all events.",
        r#"s("hh*8").always(ply(2))"#,
        |a| a.transform(0).apply(&a.this());

    never: Pattern(f: Transform)
        "The function on none: the pattern as it is.",
        r#"s("hh*8").never(ply(2))"#,
        |a| a.this();

    some_cycles: Pattern(f: Transform)
        "The function in half of the cycles, by chance.",
        r#"s("bd sd").some_cycles(fast(2))"#,
        |a| a.this().some_cycles(&a.transform(0));

    some_cycles_by: Pattern(share: Number, f: Transform)
        "The function in a share of the cycles, by chance.",
        r#"s("bd sd").some_cycles_by(0.3, fast(2))"#,
        |a| a.this().some_cycles_by(a.pattern(0), &a.transform(1));
}
