//! How hard the steps of a pattern are: the text of numbers beside it, as one number a step.

use super::grid::{Cell, Grid, MOST};

/// Levels that are spread evenly over the cycle.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Levels(Vec<f64>);

impl Levels {
    /// Reads a text of numbers, one after the other; none where it is more than that.
    pub(super) fn read(text: &str) -> Option<Levels> {
        let grid = Grid::read(text).ok()?;
        let [lane] = grid.lanes.as_slice() else { return None };
        if lane.pace != lane.cells.len() || lane.left_out.is_some() {
            return None;
        }
        let mut levels: Vec<f64> = Vec::new();
        for cell in &lane.cells {
            match cell {
                Cell::Hits(hits) => match hits.as_slice() {
                    [hit] if hit.strokes == 1 && hit.left_out.is_none() => levels.push(hit.word.parse().ok()?),
                    _ => return None,
                },
                Cell::Tie => levels.push(*levels.last()?),
                Cell::Rest => return None,
            }
        }
        Some(Levels(levels))
    }

    /// The same level everywhere.
    pub(super) fn even(level: f64) -> Levels {
        Levels(vec![level])
    }

    /// The level at a step of so many.
    pub(super) fn at(&self, step: usize, of: usize) -> f64 {
        self.0.get(step % of.max(1) * self.0.len() / of.max(1)).copied().unwrap_or(1.0)
    }

    /// Sets the level of a step of so many; false where that takes more steps than a text is to have.
    pub(super) fn set(&mut self, step: usize, of: usize, level: f64) -> bool {
        let count = lcm(self.0.len(), of.max(1));
        if count > MOST {
            return false;
        }
        let each = count / self.0.len();
        let mut all: Vec<f64> = self.0.iter().flat_map(|level| core::iter::repeat_n(*level, each)).collect();
        let wide = count / of.max(1);
        let from = step % of.max(1) * wide;
        all[from..from + wide].fill((level * 100.0).round() / 100.0);
        // As few as say the same.
        let fewest = (1..=count)
            .filter(|n| count % n == 0)
            .find(|n| all.chunks(count / n).all(|part| part.iter().all(|x| *x == part[0])));
        let part = count / fewest.unwrap_or(count);
        self.0 = all.chunks(part).filter_map(|part| part.first().copied()).collect();
        true
    }

    /// The text that says them.
    pub(super) fn write(&self) -> String {
        let words: Vec<String> = self.0.iter().map(f64::to_string).collect();
        words.join(" ")
    }
}

fn lcm(a: usize, b: usize) -> usize {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x.max(1) * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_set_and_written() {
        let mut levels = Levels::read("0.9 0.5").unwrap();
        assert_eq!((levels.at(0, 8), levels.at(3, 8), levels.at(4, 8), levels.at(12, 8)), (0.9, 0.9, 0.5, 0.5));
        assert!(levels.set(4, 8, 1.0));
        assert_eq!(levels.write(), "0.9 0.9 0.9 0.9 1 0.5 0.5 0.5");
        assert!(levels.set(4, 8, 0.5));
        assert_eq!(levels.write(), "0.9 0.5", "no longer than it must be");
        let mut even = Levels::even(1.0);
        assert!(even.set(1, 4, 0.25));
        assert_eq!(even.write(), "1 0.25 1 1");
        for more in ["<1 0.5>", "1 ~", "0.5?", "a b"] {
            assert_eq!(Levels::read(more), None, "{more}");
        }
    }
}
