//! The wavetables that ship: rows of eight cycles, each made from a formula.

use bf_dsp::fourier::{Fourier, pow, sin};
use bf_dsp::mips::{Mips, Sizes};
use core::f64::consts::{FRAC_2_PI, PI, TAU};
use std::sync::OnceLock;

/// Cycles in a row.
pub(super) const CYCLES: usize = 8;
/// Pairs from one cycle's copies to the next one's.
pub(super) const STRIDE: usize = 32_768;
/// The copies of one row.
pub(super) type Row = Mips<{ CYCLES * STRIDE }>;

/// How a cycle is given, for a place `t` in the row from 0 to 1.
enum Formula {
    /// `[cosine, sine]` of harmonic n.
    Harmonics(fn(t: f64, n: f64) -> [f64; 2]),
    /// The value at a phase from 0 to 1.
    Shape(fn(t: f64, x: f64) -> f64),
}

/// Name and formula of each row.
const ROWS: [(&str, Formula); 7] = [
    ("classic", Formula::Harmonics(classic)),
    ("pulse", Formula::Harmonics(pulse)),
    ("voice", Formula::Harmonics(voice)),
    ("organ", Formula::Harmonics(organ)),
    ("fm", Formula::Shape(|t, x| sin(TAU * x + 7.0 * t * t * sin(2.0 * TAU * x)))),
    ("hard_sync", Formula::Shape(|t, x| 2.0 * ((1.0 + 3.5 * t) * x).fract() - 1.0)),
    ("fold", Formula::Shape(|t, x| sin((1.0 + 2.2 * t) * PI / 2.0 * sin(TAU * x)))),
];

/// The names that the setting `table` knows.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(name, _)| *name)
}

/// The copies of a row by name. An immutable cache of 2 MiB a row, filled when the first node that wants the row is
/// made, on the control thread: the audio thread only ever holds the reference.
pub(super) fn row(name: &str) -> Option<&'static Row> {
    static CACHE: [OnceLock<Row>; ROWS.len()] = [const { OnceLock::new() }; ROWS.len()];
    let at = names().position(|n| n == name)?;
    Some(CACHE[at].get_or_init(|| build(&ROWS[at].1)))
}

fn build(formula: &Formula) -> Row {
    let spectra: Vec<Vec<[f64; 2]>> =
        (0..CYCLES).map(|c| normal(lines(formula, c as f64 / (CYCLES - 1) as f64))).collect();
    Mips::stack(CYCLES, &Sizes { points: 128..=2048, most: MOST }, |cycle, n| spectra[cycle][n])
}

/// The most harmonics: pitches under 39 Hz end with them (at 48 kHz).
const MOST: usize = 608;
/// Points of a cycle while it is made.
const POINTS: usize = 4096;

/// The harmonics of a cycle; entry 0, the mean, is dropped.
fn lines(formula: &Formula, t: f64) -> Vec<[f64; 2]> {
    match formula {
        Formula::Harmonics(line) => (0..=MOST).map(|n| if n == 0 { [0.0; 2] } else { line(t, n as f64) }).collect(),
        Formula::Shape(shape) => {
            let mut re: Vec<f64> = (0..POINTS).map(|i| shape(t, (i as f64 + 0.5) / POINTS as f64)).collect();
            let mut im = vec![0.0; POINTS];
            Fourier::new(POINTS).forward(&mut re, &mut im);
            let mut lines: Vec<[f64; 2]> = (0..=MOST).map(|n| [re[n], -im[n]]).collect();
            lines[0] = [0.0; 2];
            lines
        }
    }
}

/// The same cycle with a peak of 1.
fn normal(mut lines: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let (mut re, mut im) = (vec![0.0; POINTS], vec![0.0; POINTS]);
    for (n, [a, b]) in lines.iter().enumerate() {
        (re[n], im[n]) = (*a, -b);
    }
    Fourier::new(POINTS).inverse(&mut re, &mut im);
    let peak = re.iter().fold(1e-9, |m: f64, x| m.max(x.abs()));
    for line in &mut lines {
        *line = line.map(|x| x / peak);
    }
    lines
}

/// Sine, triangle, square, sawtooth.
fn classic(t: f64, n: f64) -> [f64; 2] {
    let odd = n % 2.0 == 1.0;
    let sign = if n % 4.0 < 2.0 { 1.0 } else { -1.0 };
    let waves = [
        if n == 1.0 { 1.0 } else { 0.0 },
        if odd { sign * 2.0 * FRAC_2_PI * FRAC_2_PI / (n * n) } else { 0.0 },
        if odd { 2.0 * FRAC_2_PI / n } else { 0.0 },
        if odd { FRAC_2_PI / n } else { -FRAC_2_PI / n },
    ];
    let at = (t * 3.0).min(2.999);
    let (i, f) = (at as usize, at.fract());
    [0.0, waves[i] * (1.0 - f) + waves[i + 1] * f]
}

/// A square that narrows to a needle.
fn pulse(t: f64, n: f64) -> [f64; 2] {
    let width = 0.5 * pow(0.06, t);
    [2.0 * FRAC_2_PI / n * sin(PI * n * width), 0.0]
}

/// A voice that goes through a, e, i, o, u, with a fundamental of 110 Hz where formants are placed.
///
/// *Source:* the mean formants of men in G. E. Peterson and H. L. Barney, "Control Methods Used in a Study of the
/// Vowels", 1952.
fn voice(t: f64, n: f64) -> [f64; 2] {
    const VOWELS: [[f64; 3]; 5] = [
        [730.0, 1_090.0, 2_440.0],
        [530.0, 1_840.0, 2_480.0],
        [270.0, 2_290.0, 3_010.0],
        [570.0, 840.0, 2_410.0],
        [300.0, 870.0, 2_240.0],
    ];
    // Each vowel is a cycle of the row, most with a blend between.
    const PLACES: [f64; CYCLES] = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 3.5, 3.999];
    let at = PLACES[(t * (CYCLES - 1) as f64 + 0.5) as usize];
    let (i, f) = (at as usize, at.fract());
    let hz = 110.0 * n;
    // Three resonances side by side, of alternating sign so that no notch falls between them, and a little of the
    // source itself; the source falls by 3 dB an octave.
    let (mut re, mut im) = (0.03 + 0.15 / n, 0.0);
    for (gain, (a, b)) in [1.0, -0.5, 0.35].iter().zip(VOWELS[i].iter().zip(&VOWELS[i + 1])) {
        let center = a * pow(b / a, f);
        let width = 60.0 + 0.05 * center;
        let (x, y) = (1.0 - (hz / center) * (hz / center), hz * width / (center * center));
        let size = x * x + y * y;
        re += gain * y * y / size;
        im += gain * y * x / size;
    }
    [re / n.sqrt(), -im / n.sqrt()]
}

/// Drawbars from a flute to everything out.
fn organ(t: f64, n: f64) -> [f64; 2] {
    // Each bar comes out at a place of the row and grows from there.
    const BARS: [(f64, f64, f64); 9] = [
        (1.0, 0.0, 1.0),
        (2.0, 0.0, 0.7),
        (3.0, 0.1, 0.6),
        (4.0, 0.25, 0.7),
        (6.0, 0.4, 0.5),
        (8.0, 0.5, 0.6),
        (10.0, 0.65, 0.35),
        (12.0, 0.7, 0.4),
        (16.0, 0.8, 0.5),
    ];
    let bar = BARS.iter().find(|(harmonic, ..)| *harmonic == n);
    let level = bar.map_or(0.0, |(_, from, most)| if *from == 0.0 && n == 1.0 { 1.0 } else { most * grow(t, *from) });
    [0.0, level]
}

fn grow(t: f64, from: f64) -> f64 {
    ((t - from) / 0.3).clamp(0.0, 1.0)
}
