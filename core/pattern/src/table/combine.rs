//! Functions that make one pattern of several.

use super::declare;
use crate::Pattern;

declare! { Combine;
    silence / hush / nothing: Either()
        "Nothing. As a method it silences the pattern.",
        r#"mini("a b").hush()"#,
        |_| Pattern::silence();

    pure: Nothing(value: Value)
        "One value a cycle.",
        r#"pure(7)"#,
        |a| a.pattern(0);

    stack / polyrhythm / pr / overlay: Either(patterns: Patterns)
        "All patterns at once.",
        r#"stack("bd*2", "hh*4")"#,
        |a| Pattern::stack(&a.patterns(0));

    cat / slowcat: Either(patterns: Patterns)
        "One pattern after the other, a cycle each.",
        r#"cat("a b", "c d e")"#,
        |a| Pattern::slowcat(&a.patterns(0));

    fastcat / sequence / seq: Either(patterns: Patterns)
        "One pattern after the other, all within one cycle.",
        r#"seq("a b", "c")"#,
        |a| Pattern::fastcat(&a.patterns(0));

    slowcat_prime: Either(patterns: Patterns)
        "As `cat`, but each pattern skips its cycles in which others play.",
        r#"slowcat_prime("<a b>", "<c d>")"#,
        |a| Pattern::slowcat_prime(&a.patterns(0));

    timecat / stepcat / time_cat: Nothing(parts: Weighted)
        "Patterns within one cycle, each as long as the number before it says.",
        r#"timecat([3, "a*2"], [1, "b"])"#,
        |a| Pattern::timecat(&a.timed(0));

    arrange: Nothing(sections: Weighted)
        "Sections of a number of cycles each, one after the other.",
        r#"arrange([4, "a b"], [2, "c"])"#,
        |a| Pattern::arrange(&a.timed(0));

    polymeter / pm: Either(patterns: Patterns)
        "Patterns at once whose steps are equally long: as many a cycle as all can share.",
        r#"polymeter("a b", "c d e")"#,
        |a| Pattern::polymeter(&a.patterns(0));

    randcat / choose_cycles: Nothing(patterns: Patterns)
        "One of the patterns each cycle, by chance.",
        r#"randcat("a b", "c")"#,
        |a| Pattern::randcat(&a.patterns(0));

    wrandcat / wchoose_cycles: Nothing(parts: Weighted)
        "One of the patterns each cycle, by chance; the number before each says how often it comes.",
        r#"wrandcat([10, "a"], [1, "b"])"#,
        |a| Pattern::wrandcat(&a.weighted(0));

    run: Nothing(n: Number)
        "The numbers from 0 to n - 1 in one cycle.",
        r#"run(4)"#,
        |a| Pattern::run(a.pattern(0));

    scan: Nothing(n: Number)
        "run(1), then run(2), up to run(n), a cycle each. Tidal's.",
        r#"scan(4)"#,
        |a| Pattern::scan(a.pattern(0));

    binary: Nothing(n: Number)
        "The bits of a whole number, one a step.",
        r#"s("hh").struct(binary(5))"#,
        |a| Pattern::binary(a.pattern(0), None);

    binary_n: Nothing(n: Number, bits: Number?1)
        "The last bits of a whole number, 16 or as many as are said, one a step.",
        r#"s("hh").struct(binary_n(55532, 16))"#,
        |a| Pattern::binary(a.pattern(0), Some(a.or(1, 16.0)));

    xfade: Pattern(position: Number, other: Value)
        "Both patterns: this one fades out and the other in as the position goes from 0 to 1.",
        r#"mini("a*2").xfade(saw.slow(8), "b*4")"#,
        |a| a.this().xfade(a.pattern(0), &a.pattern(1));
}
