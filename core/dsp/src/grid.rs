//! Cuts a piece of a block where something happens at absolute frames.

/// Frames of a piece that lie within one step of an absolute grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The first frame, counted from the start of the piece.
    pub from: usize,
    /// The frame after the last.
    pub to: usize,
    /// The absolute frame after the last, when it lies on the grid: what happens once a step happens here.
    pub on_grid: Option<u64>,
}

/// Cuts `frames` frames from the absolute frame `start` on at every multiple of `step` (at least 1).
///
/// However a block is cut into pieces, each multiple of `step` is reported exactly once.
pub fn cuts(start: u64, frames: usize, step: usize) -> impl Iterator<Item = Cut> {
    let step = step.max(1);
    let mut from = 0;
    core::iter::from_fn(move || {
        if from >= frames {
            return None;
        }
        let into_step = ((start + from as u64) % step as u64) as usize;
        let to = (from + step - into_step).min(frames);
        let end = start + to as u64;
        let cut = Cut { from, to, on_grid: end.is_multiple_of(step as u64).then_some(end) };
        from = to;
        Some(cut)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grid_frame_is_met_once() {
        for block in [1, 3, 16, 37, 64] {
            let (mut at, mut met, mut covered) = (5u64, Vec::new(), 0);
            while at < 500 {
                for cut in cuts(at, block, 16) {
                    assert_eq!(at + cut.from as u64, 5 + covered);
                    assert!(cut.to - cut.from <= 16);
                    covered += (cut.to - cut.from) as u64;
                    met.extend(cut.on_grid);
                }
                at += block as u64;
            }
            let want: Vec<u64> = (1..).map(|k| k * 16).take(met.len()).collect();
            assert_eq!(met, want, "block {block}");
        }
    }
}
