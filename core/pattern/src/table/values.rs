//! Functions of values, and signals.

use super::declare;
use crate::Pattern;

declare! { Value;
    sine: Nothing()
        "A sine from 0 to 1.",
        r#"sine.range(300, 2000).slow(4).segment(8)"#,
        |_| Pattern::sine();

    sine2: Nothing()
        "A sine from -1 to 1.",
        r#"sine2.segment(8)"#,
        |_| Pattern::sine2();

    cosine: Nothing()
        "A sine from 0 to 1 that begins at its top. (Tidal's begins at its bottom.)",
        r#"cosine.segment(8)"#,
        |_| Pattern::cosine();

    saw: Nothing()
        "From 0 up to 1 in each cycle.",
        r#"saw.segment(8)"#,
        |_| Pattern::saw();

    isaw: Nothing()
        "From 1 down to 0 in each cycle.",
        r#"isaw.segment(8)"#,
        |_| Pattern::isaw();

    tri: Nothing()
        "From 0 up to 1 and down again in each cycle.",
        r#"tri.segment(8)"#,
        |_| Pattern::tri();

    itri: Nothing()
        "From 1 down to 0 and up again in each cycle.",
        r#"itri.segment(8)"#,
        |_| Pattern::itri();

    square: Nothing()
        "0, then 1, in each cycle.",
        r#"square.segment(8)"#,
        |_| Pattern::square();

    cosine2: Nothing()
        "A cosine from -1 to 1.",
        r#"cosine2.segment(8)"#,
        |_| Pattern::cosine().to_bipolar();

    saw2: Nothing()
        "From -1 up to 1 in each cycle.",
        r#"saw2.segment(8)"#,
        |_| Pattern::saw().to_bipolar();

    isaw2: Nothing()
        "From 1 down to -1 in each cycle.",
        r#"isaw2.segment(8)"#,
        |_| Pattern::isaw().to_bipolar();

    tri2: Nothing()
        "From -1 up to 1 and down again in each cycle.",
        r#"tri2.segment(8)"#,
        |_| Pattern::tri().to_bipolar();

    itri2: Nothing()
        "From 1 down to -1 and up again in each cycle.",
        r#"itri2.segment(8)"#,
        |_| Pattern::itri().to_bipolar();

    square2: Nothing()
        "-1, then 1, in each cycle.",
        r#"square2.segment(8)"#,
        |_| Pattern::square().to_bipolar();

    range: Pattern(min: Number, max: Number)
        "Numbers from 0 to 1 stretched to a range.",
        r#"sine.range(300, 3000).segment(4)"#,
        |a| a.this().range(a.pattern(0), a.pattern(1));

    rangex: Pattern(min: Number, max: Number)
        "As `range`, exponentially: for frequencies.",
        r#"sine.rangex(20, 2000).segment(4)"#,
        |a| a.this().rangex(a.pattern(0), a.pattern(1));

    range2: Pattern(min: Number, max: Number)
        "Numbers from -1 to 1 stretched to a range.",
        r#"sine2.range2(0, 10).segment(4)"#,
        |a| a.this().range2(a.pattern(0), a.pattern(1));

    floor: Pattern()
        "Numbers rounded down.",
        r#"sine.range(0, 7).floor().segment(4)"#,
        |a| a.this().floor();

    ceil: Pattern()
        "Numbers rounded up.",
        r#"sine.range(0, 7).ceil().segment(4)"#,
        |a| a.this().ceil();

    round: Pattern()
        "Numbers rounded to the nearest.",
        r#"sine.range(0, 7).round().segment(4)"#,
        |a| a.this().round();

    to_bipolar: Pattern()
        "Numbers from 0 to 1 as numbers from -1 to 1.",
        r#"sine.to_bipolar().segment(4)"#,
        |a| a.this().to_bipolar();

    from_bipolar: Pattern()
        "Numbers from -1 to 1 as numbers from 0 to 1.",
        r#"sine2.from_bipolar().segment(4)"#,
        |a| a.this().from_bipolar();
}
