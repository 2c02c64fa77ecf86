//! Functions of time.

use super::declare;

declare! { Time;
    fast: Pattern(factor: Number)
        "Faster by a factor.",
        r#"mini("a b").fast(2)"#,
        |a| a.this().fast(a.pattern(0));

    slow / sparsity: Pattern(factor: Number)
        "Slower by a factor.",
        r#"mini("a b").slow(2)"#,
        |a| a.this().slow(a.pattern(0));

    hurry: Pattern(factor: Number)
        "Faster by a factor, with samples played faster too.",
        r#"s("bd sd").hurry(2)"#,
        |a| a.this().hurry(a.pattern(0));

    early: Pattern(cycles: Number)
        "Earlier by a number of cycles.",
        r#"mini("a b").early(1/8)"#,
        |a| a.this().early(a.pattern(0));

    late: Pattern(cycles: Number)
        "Later by a number of cycles.",
        r#"mini("a b").late("<0 0.25>")"#,
        |a| a.this().late(a.pattern(0));

    rev: Pattern()
        "Each cycle backwards.",
        r#"mini("a b c").rev()"#,
        |a| a.this().rev();

    palindrome: Pattern()
        "Forwards in one cycle, backwards in the next. (Tidal plays the same cycle both ways; here the pattern goes on.)",
        r#"mini("a b c").palindrome()"#,
        |a| a.this().palindrome();

    compress: Pattern(begin: Number, end: Number)
        "Squeezed into a piece of each cycle, with silence around.",
        r#"mini("a b").compress(0.25, 0.75)"#,
        |a| a.this().compress(a.pattern(0), a.pattern(1));

    focus: Pattern(begin: Number, end: Number)
        "As `compress`, with the pattern going on around instead of silence.",
        r#"mini("a b").focus(0.25, 0.75)"#,
        |a| a.this().focus(a.pattern(0), a.pattern(1));

    zoom / zoom_arc / zoomarc: Pattern(begin: Number, end: Number)
        "A piece of each cycle, stretched over the cycle.",
        r#"mini("a b c d").zoom(0.25, 0.75)"#,
        |a| a.this().zoom(a.pattern(0), a.pattern(1));

    fast_gap / fastgap: Pattern(factor: Number)
        "Faster by a factor, each cycle played once, with silence after it.",
        r#"mini("a b").fast_gap(2)"#,
        |a| a.this().fast_gap(a.pattern(0));

    linger: Pattern(length: Number)
        "Only the first part of the cycle, repeated; a negative length takes the last part.",
        r#"mini("a b c d").linger(0.25)"#,
        |a| a.this().linger(a.pattern(0));

    ribbon / rib: Pattern(offset: Number, cycles: Number)
        "A number of cycles from an offset on, again and again.",
        r#"irand(8).segment(4).ribbon(12, 2)"#,
        |a| a.this().ribbon(a.pattern(0), a.pattern(1));

    repeat_cycles: Pattern(times: Number)
        "Each cycle a number of times before the next.",
        r#"mini("<a b c>").repeat_cycles(2)"#,
        |a| a.this().repeat_cycles(a.pattern(0));

    iter: Pattern(n: Number)
        "Cut into n parts; each cycle begins one part further.",
        r#"mini("a b c d").iter(4)"#,
        |a| a.this().iter(a.pattern(0));

    iter_back / iterback: Pattern(n: Number)
        "As `iter`, the other way round.",
        r#"mini("a b c d").iter_back(4)"#,
        |a| a.this().iter_back(a.pattern(0));

    inside: Pattern(n: Number, f: Transform)
        "The function on a pattern that runs n times slower, then as fast as before: it sees more cycles in one.",
        r#"mini("a b c d").inside(2, rev)"#,
        |a| a.this().inside(a.pattern(0), &a.transform(1));

    outside: Pattern(n: Number, f: Transform)
        "The function on a pattern that runs n times faster, then as slow as before: it sees n cycles as one.",
        r#"mini("<a b c d>").outside(4, rev)"#,
        |a| a.this().outside(a.pattern(0), &a.transform(1));

    ply: Pattern(times: Number)
        "Each event a number of times in its own time.",
        r#"mini("a b").ply("<2 3>")"#,
        |a| a.this().ply(a.pattern(0));

    press: Pattern()
        "Each event in the second half of its time.",
        r#"mini("a b").press()"#,
        |a| a.this().press();

    press_by: Pattern(part: Number)
        "Each event later by a part of its length, and as much shorter.",
        r#"mini("a b").press_by("<0 0.25>")"#,
        |a| a.this().press_by(a.pattern(0));

    brak: Pattern()
        "Every other cycle squeezed into its half and moved by a quarter.",
        r#"mini("a b c d").brak()"#,
        |a| a.this().brak();

    swing: Pattern(n: Number)
        "Of each of n parts of a cycle the second half later by a third. (Tidal's measures against the whole part.)",
        r#"s("hh*8").swing(4)"#,
        |a| a.this().swing(a.pattern(0));

    swing_by: Pattern(amount: Number, n: Number)
        "As `swing`, by an amount of your own.",
        r#"s("hh*8").swing_by(1/3, 4)"#,
        |a| a.this().swing_by(a.pattern(0), a.pattern(1));

    segment / seg: Pattern(times: Number)
        "Sampled a number of times a cycle: for signals.",
        r#"sine.segment(8)"#,
        |a| a.this().segment(a.pattern(0));
}
