//! Turns of a value while the transport plays, written as points of its automation.

use super::offer::point;
use bf_node::Value;
use bf_patch::{Edit, Gesture, LaneSpec, Point, SetEdit, Socket};
use bf_session::Session;
use std::time::{Duration, Instant};

/// How far the line between two points may lie from what was played, as a share of what the turn went through.
const LOOSE: f64 = 0.01;

/// Marks the gestures of wheels and keys among those of the window: nothing tells of their end.
pub(crate) const STEPPED: u64 = 1 << 57;
/// Marks what hands outside of the window do: tablets and MIDI controllers.
const OUTSIDE: u64 = 1 << 56;
/// So long after the last step or message a turn that nothing ends is over.
const QUIET: Duration = Duration::from_millis(700);
/// A hand that gives no number for so long has stood still until the next.
const STILL: Duration = Duration::from_millis(100);

/// What is recorded.
#[derive(Default)]
pub(crate) struct Take {
    armed: Option<Socket>,
    running: Option<Running>,
    /// What hands have laid over the armed value, as the window knows it: what differs comes from outside.
    known: Option<Value>,
    /// Numbers the turns from outside.
    turns: u64,
}

/// A turn of the value that was armed when it began.
struct Running {
    target: Socket,
    gesture: u64,
    /// What the value's text said before, and the lane that it had.
    before: Before,
    lane: Option<LaneSpec>,
    points: Vec<Point>,
    /// When the last point came.
    at: Instant,
}

#[derive(Clone)]
enum Before {
    Param(Option<Value>),
    Override(Option<Value>),
}

impl Take {
    /// Another value is recorded from now on, or none; what was recorded until now is kept.
    ///
    /// # Errors
    /// Why its points were refused.
    pub(crate) fn arm(&mut self, session: &mut Session, target: Option<Socket>) -> Result<(), String> {
        let ended = self.end(session);
        self.armed = target;
        self.heed(session);
        ended
    }

    pub(crate) fn armed(&self) -> Option<&Socket> {
        self.armed.as_ref()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The window has done something: what stands there now comes from no other hand.
    pub(crate) fn heed(&mut self, session: &Session) {
        self.known = self.laid(session);
    }

    fn laid(&self, session: &Session) -> Option<Value> {
        session.set().main.overrides.get(self.armed.as_ref()?).cloned()
    }

    /// A hand of the window sets a value: a part of a gesture that is recorded is kept with its beat.
    ///
    /// # Errors
    /// Why the points of the gesture before were refused.
    pub(crate) fn edits(&mut self, session: &mut Session, edit: &SetEdit, gesture: Option<u64>) -> Result<(), String> {
        let is_other = |running: &Running| Some(running.gesture) != gesture;
        let ended = if self.running.as_ref().is_some_and(is_other) { self.end(session) } else { Ok(()) };
        let (Some(armed), Some(gesture), None) = (&self.armed, gesture, &edit.file) else { return ended };
        let main = &session.set().main;
        let said = main.nodes.get(&armed.node).zip(armed.port.as_ref()).and_then(|(n, p)| n.params.get(p));
        let set = edit.edit.leaves().into_iter().find_map(|leaf| match leaf {
            Edit::SetParam { target, value: Some(Value::Number(n)) } if target == armed => {
                Some((*n, Before::Param(said.cloned())))
            }
            Edit::Override { target, value: Some(Value::Number(n)) } if target == armed => {
                Some((*n, Before::Override(main.overrides.get(armed).cloned())))
            }
            _ => None,
        });
        match set {
            Some((number, before)) => ended.and(self.plays(session, (number, before), gesture)),
            None => ended,
        }
    }

    /// Time goes on: hands outside of the window are heard, and what nothing ends is over after a while.
    ///
    /// # Errors
    /// Why the points of what is over were refused.
    pub(crate) fn turn(&mut self, session: &mut Session) -> Result<(), String> {
        let is_over = |running: &Running| running.gesture & (STEPPED | OUTSIDE) != 0 && running.at.elapsed() > QUIET;
        if self.running.as_ref().is_some_and(is_over) {
            let ended = self.end(session);
            session.end_gesture();
            return ended;
        }
        let laid = self.laid(session);
        if laid == self.known {
            return Ok(());
        }
        let before = core::mem::replace(&mut self.known, laid);
        let Some(Value::Number(number)) = self.known else { return Ok(()) };
        if self.running.is_none() {
            self.turns += 1;
        }
        self.plays(session, (number, Before::Override(before)), OUTSIDE | self.turns)
    }

    /// The armed value has come to a number; before it was something else.
    fn plays(&mut self, session: &mut Session, (number, before): (f64, Before), gesture: u64) -> Result<(), String> {
        let status = session.controller().shared().status();
        let (Some(armed), true) = (&self.armed, status.playing) else { return Ok(()) };
        let beat = status.beat.max(0.0);
        let is_back = |running: &&Running| running.points.last().is_some_and(|last| last.beat > beat);
        let (armed, mut before, mut ended) = (armed.clone(), before, Ok(()));
        // The transport was set back in the middle of a turn, which goes on as another.
        if let Some(running) = self.running.as_ref().filter(is_back) {
            before = running.before.clone();
            ended = self.end(session);
        }
        if self.running.is_none() {
            let lane = session.set().main.automation.get(&armed).cloned();
            if lane.is_some() {
                // The hand is heard while it turns.
                let off = SetEdit::main(Edit::SetAutomation { target: armed.clone(), lane: None });
                session.apply(&off, &label(&armed), Some(Gesture(gesture))).map_err(|e| e.to_string())?;
            }
            let (target, points, at) = (armed, Vec::new(), Instant::now());
            self.running = Some(Running { target, gesture, before, lane, points, at });
        }
        if let Some(running) = &mut self.running {
            running.stands(beat);
            running.points.push(point(beat, number));
            running.at = Instant::now();
        }
        ended
    }

    /// The gesture ends: its points become the lane, and the value's own number is what it was, all in one step.
    ///
    /// # Errors
    /// Why the points were refused.
    pub(crate) fn end(&mut self, session: &mut Session) -> Result<(), String> {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        if running.gesture & (STEPPED | OUTSIDE) == 0 {
            let status = session.controller().shared().status();
            running.stands(status.beat);
        }
        let Running { target, gesture, before, lane, points, .. } = running;
        let lane = merged(lane.as_ref(), &points);
        let back = match before {
            Before::Param(value) => Edit::SetParam { target: target.clone(), value },
            Before::Override(value) => Edit::Override { target: target.clone(), value },
        };
        let label = label(&target);
        let edits = vec![back, Edit::SetAutomation { target, lane: Some(lane) }];
        let edit = SetEdit::main(Edit::Batch(edits));
        let applied = session.apply(&edit, &label, Some(Gesture(gesture))).map_err(|e| e.to_string());
        self.heed(session);
        applied
    }
}

impl Running {
    /// Until a beat the hand has stood still, where it gave no number for a while.
    fn stands(&mut self, until: f64) {
        let last = self.points.last().filter(|last| self.at.elapsed() > STILL && last.beat < until);
        if let Some(last) = last.copied() {
            self.points.push(point(until, last.value));
        }
    }
}

fn label(target: &Socket) -> String {
    format!("record {target}")
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
