//! Functions of chance.

use super::declare;
use crate::Pattern;

declare! { Random;
    rand: Nothing()
        "A random number from 0 to 1 at each time. The same time and seed give the same number.",
        r#"rand.segment(4)"#,
        |_| Pattern::rand();

    rand2: Nothing()
        "A random number from -1 to 1 at each time.",
        r#"rand2.segment(4)"#,
        |_| Pattern::rand2();

    irand: Nothing(n: Number)
        "A random whole number from 0 to n - 1 at each time.",
        r#"irand(8).segment(4)"#,
        |a| Pattern::irand(a.pattern(0));

    brand: Nothing()
        "True or false by chance at each time.",
        r#"s("hh*8").mask(brand.segment(8))"#,
        |_| Pattern::brand_by(0.5);

    brand_by: Nothing(share: Number)
        "True with a given chance at each time.",
        r#"s("hh*8").mask(brand_by(0.7).segment(8))"#,
        |a| Pattern::brand_by(a.pattern(0));

    perlin: Nothing()
        "A number from 0 to 1 that wanders smoothly.",
        r#"perlin.range(300, 2000).segment(8)"#,
        |_| Pattern::perlin();

    randrun: Nothing(n: Number)
        "The numbers 0 to n - 1 in each cycle, in an order of chance.",
        r#"randrun(4)"#,
        |a| Pattern::randrun((a.number(0) as i64).clamp(1, 1 << 16));

    seed: Pattern(seed: Number)
        "Chance as of another seed.",
        r#"s("hh*8?").seed(7)"#,
        |a| a.this().seed(a.pattern(0));

    degrade: Pattern()
        "Without half of the events, by chance.",
        r#"s("hh*8").degrade()"#,
        |a| a.this().degrade_by(0.5);

    degrade_by: Pattern(share: Number)
        "Without a share of the events, by chance.",
        r#"s("hh*8").degrade_by(0.2)"#,
        |a| a.this().degrade_by(a.pattern(0));

    undegrade: Pattern()
        "Only the events that `degrade` leaves out.",
        r#"s("hh*8").undegrade()"#,
        |a| a.this().undegrade_by(0.5);

    undegrade_by: Pattern(share: Number)
        "Without a share of the events: keeps those that `degrade_by(1 - share)` leaves out.",
        r#"s("hh*8").undegrade_by(0.8)"#,
        |a| a.this().undegrade_by(a.pattern(0));

    choose: Either(patterns: Patterns)
        "One of the values at each time, by chance, or by the numbers from 0 to 1 of a pattern.",
        r#"choose("c3", "e3", "g3").segment(4)"#,
        |a| a.this_or_rand().choose(&a.choices(0));

    wchoose: Either(parts: Weighted)
        "As `choose`; the number before each says how often it comes.",
        r#"wchoose([10, "c3"], [1, "e3"]).segment(4)"#,
        |a| a.this_or_rand().wchoose(&a.weighted(0));

    shuffle: Pattern(n: Number)
        "The n parts of each cycle in an order of chance, each once.",
        r#"mini("a b c d").shuffle(4)"#,
        |a| a.this().shuffle(a.pattern(0));

    scramble: Pattern(n: Number)
        "n parts of each cycle chosen by chance.",
        r#"mini("a b c d").scramble(4)"#,
        |a| a.this().scramble(a.pattern(0));
}
