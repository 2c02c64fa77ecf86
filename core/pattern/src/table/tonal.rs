//! Functions of scales and chords.

use super::declare;

declare! { Tonal;
    scale: Pattern(scale: Value)
        "Degrees of a scale as notes; note names go to the nearest note of it.",
        r#"n("0 2 4 <6 7>").scale("c3:minor")"#,
        |a| a.this().scale(a.pattern(0));

    scale_transpose / strans / scale_trans: Pattern(steps: Number)
        "Notes of a scale moved by steps of it.",
        r#"n("0 2 4").scale("c3:minor").scale_transpose("<0 -1>")"#,
        |a| a.this().scale_transpose(a.pattern(0));

    transpose / trans: Pattern(semitones: Value)
        "Notes moved by semitones, or by intervals such as 3M and -5P.",
        r#"note("c3 e3").transpose("<0 3m>")"#,
        |a| a.this().transpose(a.pattern(0));

    voicing: Pattern()
        "Chords as notes near the anchor; with `n` one note of them.",
        r#"chord("<C^7 A7b13 Dm7 G7>").voicing()"#,
        |a| a.this().voicing();

    root_notes: Pattern(octave: Number?1)
        "The roots of chords, in an octave (2 if none is said).",
        r#"chord("<C^7 Am7>").root_notes(2)"#,
        |a| a.this().root_notes(a.or(0, 2.0));

    arp: Pattern(indices: Value)
        "Chords note by note: numbers from 0, or up, down, updown, downup.",
        r#"note("<[c3,e3,g3] [d3,f3,a3]>").arp("0 2 1 2")"#,
        |a| a.this().arp(a.pattern(0));
}
