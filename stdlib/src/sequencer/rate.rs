//! Note values: how long a step lasts.

use bf_node::ParamSpec;
use bf_pattern::{Ratio, Transport};

/// The names of the note values, longest first. A quarter is one beat; `d` is dotted, `t` a triplet.
pub(crate) const NAMES: &[&str] = &[
    "cycle", "8/1", "4/1", "2/1", "1/1", "1/2d", "1/2", "1/2t", "1/4d", "1/4", "1/4t", "1/8d", "1/8", "1/8t", "1/16d",
    "1/16", "1/16t", "1/32", "1/32t", "1/64",
];

/// Beats as (numerator, denominator), one a name; the first is not fixed.
const BEATS: [(i64, i64); 20] = [
    (0, 1),
    (32, 1),
    (16, 1),
    (8, 1),
    (4, 1),
    (3, 1),
    (2, 1),
    (4, 3),
    (3, 2),
    (1, 1),
    (2, 3),
    (3, 4),
    (1, 2),
    (1, 3),
    (3, 8),
    (1, 4),
    (1, 6),
    (1, 8),
    (1, 12),
    (1, 16),
];

/// The index of `1/16`.
pub(crate) const SIXTEENTH: usize = 15;
/// The index of `1/4`.
pub(crate) const QUARTER: usize = 9;

/// The param that chooses a note value.
pub(crate) const fn param(default: usize, help: &'static str) -> ParamSpec {
    ParamSpec::choice("rate", default, NAMES, help).at_once()
}

/// The length of a step in beats; `cycle` makes `count` steps fill one cycle.
pub(crate) fn step(index: usize, transport: &Transport, count: usize) -> Ratio {
    match BEATS.get(index).copied().unwrap_or(BEATS[SIXTEENTH]) {
        (0, _) => Ratio::new(i64::from(transport.beats_per_cycle.max(1)), count.max(1) as i64),
        (num, den) => Ratio::new(num, den),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_pattern::Tempo;

    #[test]
    fn names_and_lengths_agree() {
        let t = Transport::new(48_000, Tempo::default(), 3);
        assert_eq!(NAMES.len(), BEATS.len());
        assert_eq!((NAMES[SIXTEENTH], NAMES[QUARTER]), ("1/16", "1/4"));
        for (i, name) in NAMES.iter().enumerate().skip(1) {
            let plain = name.trim_end_matches(['d', 't']);
            let (num, den) = plain.split_once('/').unwrap();
            let (num, den): (i64, i64) = (num.parse().unwrap(), den.parse().unwrap());
            let factor = match name.chars().last() {
                Some('d') => Ratio::new(3, 2),
                Some('t') => Ratio::new(2, 3),
                _ => Ratio::ONE,
            };
            assert_eq!(step(i, &t, 5), Ratio::new(4 * num, den) * factor, "{name}");
        }
        assert_eq!(step(0, &t, 5), Ratio::new(3, 5));
    }
}
