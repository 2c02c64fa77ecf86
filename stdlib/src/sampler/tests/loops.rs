//! Loops, seams and ends.

use super::*;

#[test]
fn a_loop_of_whole_cycles_has_no_seam() {
    // 4,000 frames hold 110 periods; the loop has 10.
    let hz = 110.0 * RATE / 4000.0;
    let s = shelf(1, 4000, tone(hz));
    for (rate, reverse, tolerance) in
        [(1.0, false, -90.0), (1.0, true, -90.0), (0.77, false, -60.0), (2.0, false, -60.0), (3.3, true, -25.0)]
    {
        let parts = [("loop_start", 400.0), ("loop_end", 800.0)].map(|(n, f)| (n, number(f / 4000.0 + 0.45)));
        let mut values: Values = vec![("looped", true.into()), ("reverse", reverse.into()), ("rate", number(rate))];
        values.extend(parts);
        for fade in [0.0, 0.002] {
            let mut values = values.clone();
            values.push(("loop_fade", number(fade)));
            let mut rig = rig(&s, values);
            rig.event(0, "notes", HIT);
            let x = rig.run_output("out", 0, 0, 30_000);
            let rest = db(residue(&x[6000..], hz * rate));
            // Neighbours across a seam between the frames of an octave copy are estimated; a fade reads what is there.
            let tolerance = if fade > 0.0 { f64::min(tolerance, -45.0) } else { tolerance };
            assert!(rest < tolerance, "rate {rate}, reverse {reverse}, fade {fade}: residue {rest} dB");
        }
    }
}

/// The steepest step of a signal.
fn steepest(x: &[f32]) -> f32 {
    x.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

#[test]
fn a_loop_that_fades_has_no_step_and_keeps_its_length() {
    // Loops of 0.1 s that fit no whole cycles of 310 Hz, at the start, in the midst and at the end of half a second.
    let s = shelf(1, 24_000, |i, c| 0.5 * tone(310.0)(i, c));
    let own = steepest(&s.0.levels[0].data[GUARD..][..24_000]);
    for (from, to) in [(0.0, 0.21), (0.3, 0.51), (0.79, 1.0)] {
        for reverse in [false, true] {
            let play = |fade: f64| {
                let parts = [("loop_start", from), ("loop_end", to), ("loop_fade", fade)].map(|(n, x)| (n, number(x)));
                let mut values: Values = vec![("looped", true.into()), ("reverse", reverse.into())];
                values.extend(parts);
                let mut rig = rig(&s, values);
                rig.event(0, "notes", HIT);
                rig.run_output("out", 0, 0, 96_000)
            };
            let (hard, soft) = (play(0.0), play(0.01));
            let place = format!("{from} to {to}, reverse {reverse}");
            assert!(steepest(&hard[100..]) > 4.0 * own, "{place}: {}", steepest(&hard[100..]));
            assert!(steepest(&soft[100..]) < 2.0 * own, "{place}: {} of {own}", steepest(&soft[100..]));
            let length = 5040;
            let (a, b) = (&soft[60_000..60_000 + length], &soft[60_000 + length..60_000 + 2 * length]);
            assert_eq!(a, b, "{place}");
        }
    }
}

#[test]
fn loops_keep_their_length_for_ever() {
    let s = noise(3000);
    let parts =
        [("start", 0.2), ("loop_start", 0.5), ("loop_end", 0.6), ("loop_fade", 0.0)].map(|(n, x)| (n, number(x)));
    let mut values: Values = vec![("autoplay", true.into()), ("looped", true.into())];
    values.extend(parts);
    let mut rig = rig(&s, values);
    let x = rig.run_output("out", 1, 0, 300_000);
    let plays: Vec<f32> = s.0.levels[0].data[8 * 2 + 1..].iter().step_by(2).copied().collect();
    for (i, v) in x.iter().enumerate() {
        let at = 600 + i;
        let at = if at < 1800 { at } else { 1500 + (at - 1500) % 300 };
        assert_eq!(*v, plays[at], "frame {i}");
    }
}

#[test]
fn backwards_is_the_file_from_its_end() {
    let s = noise(1000);
    let mut rig = rig(&s, vec![("reverse", true.into()), ("end", number(0.5))]);
    rig.event(0, "notes", HIT);
    let x = rig.run_output("out", 0, 0, 600);
    for (i, v) in x[..500].iter().enumerate() {
        assert_eq!(*v, s.0.levels[0].data[(8 + 499 - i) * 2]);
    }
    assert!(x[500..].iter().all(|v| *v == 0.0));
}
