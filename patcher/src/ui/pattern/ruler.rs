//! How wide a step is: every row of the tab is drawn against the same cycle, so that it is seen where they meet.

use super::super::theme::Paints;
use egui::{Align2, FontId, Rect, Stroke, Ui, pos2, vec2};

/// The width of a step where it is neither very short nor very long.
const STEP: f32 = 30.0;
/// The least width of the shortest step of all rows, and the most of a beat.
const LEAST: f32 = 16.0;
const MOST: f32 = 480.0;
/// Cycles over which rows are drawn on, so that longer ones are seen against shorter ones.
const CYCLES: f64 = 4.0;
/// Room behind a row for its length.
const WORDS: f32 = 132.0;

/// The scale of a tab: made of the rows that were drawn before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ruler {
    /// Beats of a cycle.
    bar: f64,
    /// Points of a beat.
    beat: f32,
    /// Beats up to which rows are drawn on.
    until: f64,
    /// The shortest step and the longest row that were seen since.
    seen: (f64, f64),
}

impl Default for Ruler {
    fn default() -> Ruler {
        Ruler { bar: 4.0, beat: STEP * 4.0, until: 4.0, seen: (f64::MAX, 0.0) }
    }
}

/// Where a row stands on the scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measure {
    /// Beats of a step, and how many there are.
    pub step: f64,
    pub count: usize,
    /// Points of a step.
    pub cell: f32,
    /// How many more steps are drawn behind the row, as it goes round.
    pub more: usize,
}

impl Ruler {
    /// Begins a frame: the scale is that of the rows which the last one has shown.
    pub(super) fn begin(&mut self, bar: f64) {
        let (finest, longest) = core::mem::replace(&mut self.seen, (f64::MAX, 0.0));
        self.bar = bar;
        if longest > 0.0 {
            self.beat = beat_of(finest);
            self.until = longest.clamp(bar, bar * CYCLES);
        }
    }

    /// Takes note of a row of so many steps of some beats.
    pub(super) fn measure(&mut self, step: f64, count: usize) -> Measure {
        let (step, count) = (step.max(1.0 / 64.0), count.max(1));
        let length = step * count as f64;
        self.seen = (self.seen.0.min(step), self.seen.1.max(length));
        let more = ((self.until - length) / step - 1e-6).ceil().max(0.0) as usize;
        Measure { step, count, cell: self.beat * step as f32, more }
    }

    /// The room that a row takes, with its length in words.
    pub(super) fn width(&self, row: &Measure) -> f32 {
        row.cell * (row.count + row.more) as f32 + WORDS
    }

    /// The lines of the cycles over a row, and how long it is.
    pub(super) fn lines(&self, ui: &Ui, all: Rect, row: &Measure, paints: &Paints) {
        let end = row.cell * (row.count + row.more) as f32;
        let cycle = self.beat * self.bar as f32;
        let painter = ui.painter();
        // They reach over the gap to the next row.
        let tall = all.expand2(vec2(0.0, 2.5)).y_range();
        for nth in 0..=(end / cycle + 0.01).floor() as usize {
            painter.vline(all.min.x + nth as f32 * cycle, tall, Stroke::new(1.5, paints.faint.gamma_multiply(0.55)));
        }
        if row.more > 0 {
            let x = all.min.x + row.cell * row.count as f32;
            painter.vline(x, all.y_range(), Stroke::new(2.0, paints.accent.gamma_multiply(0.8)));
        }
        let at = pos2(all.min.x + end + 8.0, all.center().y);
        let says = length(row.step * row.count as f64 / self.bar);
        painter.text(at, Align2::LEFT_CENTER, says, FontId::proportional(11.5), paints.faint);
    }
}

/// Points of a beat, where the shortest step has so many beats.
fn beat_of(finest: f64) -> f32 {
    let finest = finest as f32;
    if finest <= 0.25 { (LEAST / finest).clamp(STEP * 4.0, MOST) } else { (STEP / finest).max(24.0) }
}

/// A length in cycles, in words; of one that is no whole number, when it meets the cycle again.
fn length(cycles: f64) -> String {
    let found = (1..=64u32).find_map(|parts| {
        let whole = (cycles * f64::from(parts)).round();
        ((whole / f64::from(parts) - cycles).abs() < 1e-4 && whole >= 1.0).then_some((whole as u64, u64::from(parts)))
    });
    match found {
        Some((1, 1)) => "1 cycle".to_owned(),
        Some((n, 1)) => format!("{n} cycles"),
        Some((1, parts)) => format!("1/{parts} cycle"),
        Some((n, parts)) => format!("{n}/{parts} cycle, meets in {n}"),
        None => format!("{cycles:.2} cycles"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_cycle_are_equally_wide_whatever_their_steps_are() {
        let mut ruler = Ruler::default();
        ruler.begin(4.0);
        for (step, count) in [(0.25, 16), (0.5, 8), (4.0 / 3.0, 3), (0.25, 12), (0.25, 20)] {
            ruler.measure(step, count);
        }
        ruler.begin(4.0);
        let width = |ruler: &mut Ruler, step: f64, count: usize| {
            let row = ruler.measure(step, count);
            row.cell * row.count as f32
        };
        for (step, count) in [(0.25, 16), (0.5, 8), (4.0 / 3.0, 3)] {
            assert!((width(&mut ruler, step, count) - 480.0).abs() < 1e-3, "{count} steps");
        }
        assert_eq!(width(&mut ruler, 0.25, 12), 360.0);
        // Shorter ones go round up to the end of the longest.
        assert_eq!((ruler.measure(0.25, 12).more, ruler.measure(0.25, 16).more), (8, 4));
        assert_eq!((ruler.measure(0.25, 20).more, ruler.measure(0.5, 8).more), (0, 2));
    }

    #[test]
    fn the_shortest_step_can_be_hit_and_long_ones_stay_in_the_window() {
        assert_eq!(beat_of(0.25), 120.0);
        assert_eq!(beat_of(0.0625) * 0.0625, 16.0);
        assert_eq!(beat_of(0.5), 60.0);
        assert_eq!(beat_of(4.0), 24.0);
        assert_eq!(beat_of(1.0 / 64.0), MOST);
    }

    #[test]
    fn lengths_are_told_in_cycles() {
        let told: Vec<String> = [1.0, 2.0, 0.5, 0.75, 1.25, 5.0 / 3.0, 0.123_456_7].map(length).into();
        let want = [
            "1 cycle",
            "2 cycles",
            "1/2 cycle",
            "3/4 cycle, meets in 3",
            "5/4 cycle, meets in 5",
            "5/3 cycle, meets in 5",
            "0.12 cycles",
        ];
        assert_eq!(told, want);
    }
}
