//! Where a row stands: steps, and how long they last.

/// Beats of a note value such as `1/16`, `1/8t` or `1/4d`; `cycle` makes `count` steps fill a bar.
pub(super) fn step_beats(rate: &str, count: usize, bar: f64) -> Option<f64> {
    if rate == "cycle" {
        return Some(bar / count.max(1) as f64);
    }
    let plain = rate.trim_end_matches(['d', 't']);
    let (num, den) = plain.split_once('/')?;
    let beats = 4.0 * num.parse::<f64>().ok()? / den.parse::<f64>().ok().filter(|den| *den > 0.0)?;
    Some(match rate.chars().last() {
        Some('d') => beats * 1.5,
        Some('t') => beats * 2.0 / 3.0,
        _ => beats,
    })
}

/// The step that plays at a beat, of so many.
pub(super) fn step_at(beat: f64, step: f64, count: usize) -> usize {
    ((beat / step.max(1e-9)).floor() as i64).rem_euclid(count.max(1) as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_knows_its_step() {
        assert_eq!(step_beats("1/16", 16, 4.0), Some(0.25));
        assert_eq!(step_beats("1/8d", 16, 4.0), Some(0.75));
        assert_eq!(step_beats("cycle", 5, 3.0), Some(0.6));
        assert!((step_beats("1/4t", 1, 4.0).unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(step_beats("now", 1, 4.0), None);
        assert_eq!((step_at(5.3, 0.25, 16), step_at(-0.1, 0.25, 16)), (5, 15));
    }
}
