//! Turns of a value while the transport plays, written as points of its automation.

use super::offer::point;
use bf_node::Value;
use bf_patch::{Edit, Gesture, LaneSpec, Point, SetEdit, Socket};
use bf_session::Session;

/// How far the line between two points may lie from what was played, as a share of what the turn went through.
const LOOSE: f64 = 0.01;

/// What is recorded.
#[derive(Default)]
pub(crate) struct Take {
    armed: Option<Socket>,
    running: Option<Running>,
}

struct Running {
    gesture: u64,
    label: String,
    /// What the value's text said before, and the lane that it had.
    before: Before,
    lane: Option<LaneSpec>,
    points: Vec<Point>,
}

enum Before {
    Param(Option<Value>),
    Override(Option<Value>),
}

impl Take {
    pub(crate) fn arm(&mut self, target: Option<Socket>) {
        self.armed = target;
    }

    pub(crate) fn armed(&self) -> Option<&Socket> {
        self.armed.as_ref()
    }

    /// A hand sets a value: a part of a gesture that is recorded is kept with its beat.
    pub(crate) fn edits(&mut self, session: &mut Session, edit: &SetEdit, gesture: Option<u64>) {
        let (Some(armed), Some(gesture)) = (&self.armed, gesture) else { return };
        let (target, value, is_param) = match &edit.edit {
            Edit::SetParam { target, value } => (target, value, true),
            Edit::Override { target, value } => (target, value, false),
            _ => return,
        };
        let status = session.controller().shared().status();
        let Some(Value::Number(value)) = value else { return };
        if edit.file.is_some() || target != armed || !status.playing {
            return;
        }
        if self.running.as_ref().is_none_or(|running| running.gesture != gesture) {
            let main = &session.set().main;
            let said = main.nodes.get(&armed.node).zip(armed.port.as_ref()).and_then(|(n, p)| n.params.get(p));
            let before = match is_param {
                true => Before::Param(said.cloned()),
                false => Before::Override(main.overrides.get(armed).cloned()),
            };
            let lane = main.automation.get(armed).cloned();
            let label = format!("record {armed}");
            if lane.is_some() {
                // The hand is heard while it turns.
                let off = SetEdit::main(Edit::SetAutomation { target: armed.clone(), lane: None });
                if session.apply(&off, &label, Some(Gesture(gesture))).is_err() {
                    return;
                }
            }
            self.running = Some(Running { gesture, label, before, lane, points: Vec::new() });
        }
        if let Some(running) = &mut self.running {
            running.points.push(point(status.beat.max(0.0), *value));
        }
    }

    /// The gesture ends: its points become the lane, and the value's own number is what it was, all in one step.
    ///
    /// # Errors
    /// Why the points were refused.
    pub(crate) fn end(&mut self, session: &mut Session) -> Result<(), String> {
        let (Some(running), Some(target)) = (self.running.take(), self.armed.clone()) else { return Ok(()) };
        let lane = merged(running.lane.as_ref(), &running.points);
        let back = match running.before {
            Before::Param(value) => Edit::SetParam { target: target.clone(), value },
            Before::Override(value) => Edit::Override { target: target.clone(), value },
        };
        let edits = vec![back, Edit::SetAutomation { target, lane: Some(lane) }];
        let edit = SetEdit::main(Edit::Batch(edits));
        session.apply(&edit, &running.label, Some(Gesture(running.gesture))).map_err(|e| e.to_string())
    }
}

/// A lane with what was played written over it. One that starts over is written round its end.
pub(crate) fn merged(old: Option<&LaneSpec>, played: &[Point]) -> LaneSpec {
    let length = old.map_or(0.0, |lane| lane.length);
    let (Some(first), Some(last)) = (played.first(), played.last()) else { return old.cloned().unwrap_or_default() };
    let fold = |beat: f64| if length > 0.0 { beat.rem_euclid(length) } else { beat };
    let whole = length > 0.0 && last.beat - first.beat >= length;
    let (from, to) = (fold(first.beat), fold(last.beat));
    let covered =
        |beat: f64| whole || if from <= to { (from..=to).contains(&beat) } else { beat >= from || beat <= to };
    // Of a lane that was gone through more than once, the last time counts.
    let played: Vec<Point> =
        played.iter().filter(|p| !whole || p.beat > last.beat - length).map(|p| point(fold(p.beat), p.value)).collect();
    let mut points: Vec<Point> =
        old.iter().flat_map(|lane| &lane.points).filter(|p| !covered(p.beat)).copied().collect();
    // What goes round the end is two lines.
    let turn = played.windows(2).position(|w| w[1].beat < w[0].beat).map_or(played.len(), |at| at + 1);
    points.extend(thinned(&played[..turn]));
    points.extend(thinned(&played[turn..]));
    points.sort_by(|a, b| a.beat.total_cmp(&b.beat));
    LaneSpec { points, length }
}

/// The points that matter: the straight lines between them come near all others.
pub(crate) fn thinned(points: &[Point]) -> Vec<Point> {
    let (low, high) = points.iter().fold((f64::MAX, f64::MIN), |(l, h), p| (l.min(p.value), h.max(p.value)));
    let loose = (high - low).max(f64::MIN_POSITIVE) * LOOSE;
    let mut keeps = vec![false; points.len()];
    if let [first, .., last] = keeps.as_mut_slice() {
        (*first, *last) = (true, true);
    } else {
        keeps.fill(true);
    }
    let mut open = vec![(0, points.len().saturating_sub(1))];
    while let Some((a, b)) = open.pop() {
        let off = |i: usize| {
            let span = (points[b].beat - points[a].beat).max(1e-9);
            let t = (points[i].beat - points[a].beat) / span;
            (points[a].value + (points[b].value - points[a].value) * t - points[i].value).abs()
        };
        let worst = (a + 1..b).map(|i| (off(i), i)).max_by(|x, y| x.0.total_cmp(&y.0));
        if let Some((_, i)) = worst.filter(|(far, _)| *far > loose) {
            keeps[i] = true;
            open.extend([(a, i), (i, b)]);
        }
    }
    points.iter().zip(keeps).filter(|(_, keep)| *keep).map(|(p, _)| *p).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_turn_is_two_points_and_a_bent_one_follows_it() {
        let line: Vec<Point> = (0..100).map(|i| point(f64::from(i) * 0.01, f64::from(i))).collect();
        assert_eq!(thinned(&line).len(), 2);
        let arch: Vec<Point> = (0..=100).map(|i| point(f64::from(i) * 0.01, (f64::from(i) * 0.0314).sin())).collect();
        let kept = thinned(&arch);
        assert!((5..30).contains(&kept.len()), "{}", kept.len());
        assert_eq!(thinned(&arch[..1]).len(), 1);
        assert!(thinned(&[]).is_empty());
    }

    #[test]
    fn what_is_played_takes_the_place_of_what_was_there() {
        let old = LaneSpec { points: (0..16).map(|i| point(f64::from(i), 0.0)).collect(), length: 16.0 };
        let new = merged(Some(&old), &[point(20.0, 1.0), point(22.0, 1.0)]);
        let ones: Vec<f64> = new.points.iter().filter(|p| p.value == 1.0).map(|p| p.beat).collect();
        assert_eq!(ones, [4.0, 6.0], "it is folded into the lane");
        assert_eq!(new.points.len(), 15, "and what it covers is gone");
        let round = merged(Some(&old), &[point(15.0, 1.0), point(15.5, 2.0), point(16.5, 3.0), point(17.0, 4.0)]);
        assert!(round.points.windows(2).all(|w| w[0].beat <= w[1].beat), "{round:?}");
        assert_eq!(round.points.iter().filter(|p| p.value == 0.0).count(), 13);
    }
}
