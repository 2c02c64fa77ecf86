//! How clean notes are at any pitch.

use super::*;

#[test]
fn at_its_own_pitch_a_file_plays_bit_for_bit_on_the_frame() {
    for channels in [1, 2] {
        let s = shelf(channels, 500, |i, c| ((i * 7 + c * 3) as f64 * 0.37).sin());
        let mut rig = rig(&s, vec![]);
        rig.event(13, "notes", HIT);
        let out = rig.run(700);
        for (side, out) in out.iter().enumerate() {
            let plays = &s.0.levels[0].data[8 * channels..][side.min(channels - 1)..];
            assert!(out[..13].iter().chain(&out[513..]).all(|x| *x == 0.0));
            assert!(out[13..513].iter().zip(plays.iter().step_by(channels)).all(|(a, b)| a == b));
        }
        assert_eq!(rig.status, Status::Idle);
    }
}

#[test]
fn notes_transpose() {
    let s = shelf(1, 96_000, tone(440.0));
    for (pitch, root, hz) in [(72.0, 60.0, 880.0), (48.0, 60.0, 220.0), (67.0, 60.0, 659.255_1), (60.0, 48.0, 880.0)] {
        let mut rig = rig(&s, vec![("root", number(root))]);
        rig.event(0, "notes", on(1, pitch));
        let x = rig.run_output("out", 1, 0, 20_000);
        assert!(db(amplitude(&x[1000..], hz)).abs() < 0.05, "{pitch}: {}", db(amplitude(&x[1000..], hz)));
        assert!(db(residue(&x[1000..], hz)) < -60.0, "{pitch}: {}", db(residue(&x[1000..], hz)));
    }
}

/// What a cubic (4-point Hermite) through the frames of a tone leaves beside it at a speed, as [`residue`].
fn hermite(hz: f64, speed: f64, frames: usize) -> f64 {
    let at = |i: f64| (core::f64::consts::TAU * hz * i / RATE).sin();
    let read = |n: usize| {
        let pos = 1_000.0 + n as f64 * speed;
        let (i, f) = (pos.floor(), pos.fract());
        let [a, b, c, d] = [at(i - 1.0), at(i), at(i + 1.0), at(i + 2.0)];
        let (m, n) = ((c - a) / 2.0, (d - b) / 2.0);
        let square = 3.0 * (c - b) - 2.0 * m - n;
        (b + f * (m + f * (square + f * (2.0 * (b - c) + m + n)))) as f32
    };
    let out: Vec<f32> = (0..frames).map(read).collect();
    residue(&out, hz * speed)
}

#[test]
fn pitched_up_it_is_no_worse_than_a_cubic_through_the_file_itself() {
    let tones = [(9_000.0, 2.1), (8_000.0, 2.1), (7_000.0, 2.05), (6_000.0, 2.5), (5_000.0, 1.5), (3_000.0, 2.5)];
    for (hz, speed) in tones.into_iter().chain([(5_000.0, 3.1), (4_000.0, 3.9), (2_000.0, 7.0), (1_000.0, 7.9)]) {
        let s = shelf(2, 192_000, tone(hz));
        let mut rig = rig(&s, vec![("rate", number(speed))]);
        rig.event(0, "notes", HIT);
        let out = rig.run(12_000);
        let (left, bare) = (residue(&out[0][2_000..10_192], hz * speed), hermite(hz, speed, 8_192));
        // From 5.3 times on the copies have fewer frames.
        let most = if speed < 5.0 { db(bare).max(-90.0) + 0.5 } else { -50.0 };
        assert!(db(left) < most, "{hz} Hz at {speed}: {} dB, a cubic {} dB", db(left), db(bare));
        let level = db(amplitude(&out[0][2_000..10_192], hz * speed));
        assert!(level > -1.5, "{hz} Hz at {speed}: {level} dB");
    }
}

#[test]
fn high_pitches_do_not_alias() {
    // A tone of 15 kHz at twice its pitch and more would lie above the band: nothing may be left of it.
    let s = shelf(2, 96_000, tone(15_000.0));
    for rate in [1.7, 2.0, 2.6, 3.0, 4.0, 5.3, 8.0] {
        let mut rig = rig(&s, vec![("rate", number(rate))]);
        rig.event(0, "notes", HIT);
        let x = rig.run_output("out", 0, 0, (90_000.0 / rate) as usize);
        let peak = x[1000..].iter().fold(0f32, |m, v| m.max(v.abs()));
        assert!(db(f64::from(peak)) < -80.0, "rate {rate}: {} dB", db(f64::from(peak)));
    }
    // Tones that stay in the band keep their level, and what the cubic adds is low.
    for (hz, rate, spurious) in
        [(1000.0, 4.0, -80.0), (1000.0, 3.9, -50.0), (2000.0, 2.1, -50.0), (440.0, 1.43, -70.0), (5000.0, 0.7, -40.0)]
    {
        let s = shelf(1, 96_000, tone(hz));
        let mut rig = rig(&s, vec![("rate", number(rate))]);
        rig.event(0, "notes", HIT);
        let x = rig.run_output("out", 0, 0, 20_000);
        let (level, rest) = (db(amplitude(&x[1000..], hz * rate)), db(residue(&x[1000..], hz * rate)));
        assert!(level.abs() < 0.3 && rest < spurious, "{hz} Hz at {rate}: {level} dB, residue {rest} dB");
    }
}

#[test]
fn the_sinc_is_clean_where_the_cubic_is_not() {
    for (hz, rate, cubic, sinc) in
        [(5000.0, 0.7, -40.0, -60.0), (10_000.0, 0.9, -15.0, -60.0), (3000.0, 3.3, -20.0, -60.0)]
    {
        let s = shelf(2, 48_000, tone(hz));
        let rest = |quality: &str| {
            let mut rig = rig(&s, vec![("rate", number(rate)), ("quality", quality.into())]);
            rig.event(0, "notes", HIT);
            let x = rig.run_output("out", 1, 0, 13_000);
            assert!(db(amplitude(&x[1000..], hz * rate)) > -0.8, "{hz} Hz at {rate}, {quality}");
            db(residue(&x[1000..], hz * rate))
        };
        let (a, b) = (rest("cubic"), rest("sinc"));
        assert!(a < cubic && b < sinc, "{hz} Hz at {rate}: cubic {a} dB, sinc {b} dB");
    }
}
