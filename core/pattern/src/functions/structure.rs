//! Functions that give a pattern onsets, or take some away.

use super::param;
use crate::query::Run;
use crate::value::Op;
use crate::{Align, Event, Join, Pattern, Ratio, Span};

impl Pattern {
    /// The values, with the onsets of what is true in `other`.
    pub(crate) fn structure(&self, other: &Pattern) -> Pattern {
        self.combine(Op::KeepIf, Align::Out, other)
    }

    /// The values, with the onsets of what is true in `pattern`.
    pub fn with_struct(&self, pattern: impl Into<Pattern>) -> Pattern {
        self.structure(&pattern.into())
    }

    /// Only where `pattern` is true; onsets stay.
    pub fn mask(&self, pattern: impl Into<Pattern>) -> Pattern {
        self.combine(Op::KeepIf, Align::In, &pattern.into())
    }

    /// Begun anew within its cycle at each event of `pattern` that is true.
    pub fn reset(&self, pattern: &Pattern) -> Pattern {
        self.combine(Op::KeepIf, Align::Reset, pattern)
    }

    /// Begun anew at its first cycle at each event of `pattern` that is true.
    pub fn restart(&self, pattern: &Pattern) -> Pattern {
        self.combine(Op::KeepIf, Align::Restart, pattern)
    }

    /// `pulses` onsets over `steps` steps, as even as can be, moved later by `rotation` steps. Negative pulses are
    /// the gaps.
    ///
    /// As in Strudel; Tidal moves it earlier.
    pub fn euclid(
        &self,
        pulses: impl Into<Pattern>,
        steps: impl Into<Pattern>,
        rotation: impl Into<Pattern>,
    ) -> Pattern {
        self.by_rhythm("euclid", pulses.into(), steps.into(), rotation.into(), |p, rhythm| {
            let onsets: Vec<Pattern> = rhythm.iter().map(|on| Pattern::pure(*on)).collect();
            p.structure(&Pattern::fastcat(&onsets)).with_steps(Some(Ratio::int(rhythm.len() as i64)))
        })
    }

    /// As `euclid`, each note held until the next, and all of it moved later by `rotation` steps.
    pub fn euclid_legato(
        &self,
        pulses: impl Into<Pattern>,
        steps: impl Into<Pattern>,
        rotation: impl Into<Pattern>,
    ) -> Pattern {
        let rotation = rotation.into();
        param::two_ratios(self, "euclid_legato", pulses.into(), steps.into(), move |p, pulses, steps| {
            param::ratio(p, "euclid_legato", &rotation, move |p, turn| match steps.floor() {
                n @ 1..=4096 if pulses >= Ratio::ONE => p.held_rhythm(pulses.floor(), n).late_by(turn / steps),
                n @ 4097.. => Pattern::failing(format!("`euclid_legato` needs 1 to 4096 steps, not {n}")),
                _ => Pattern::silence(),
            })
        })
    }

    /// The values with the onsets of a rhythm, each held until the next.
    fn held_rhythm(&self, pulses: i64, steps: i64) -> Pattern {
        let mut lengths: Vec<(Ratio, Pattern)> = Vec::new();
        for on in rhythm(pulses, steps, 0) {
            match lengths.last_mut() {
                Some((length, _)) if !on => *length = *length + Ratio::ONE,
                _ => lengths.push((Ratio::ONE, Pattern::pure(true))),
            }
        }
        self.structure(&Pattern::timecat(&lengths)).with_steps(Some(Ratio::int(steps)))
    }

    fn by_rhythm(
        &self,
        name: &'static str,
        pulses: Pattern,
        steps: Pattern,
        rotation: Pattern,
        make: impl Fn(&Pattern, &[bool]) -> Pattern + Clone + Send + Sync + 'static,
    ) -> Pattern {
        param::two_ratios(self, name, pulses, steps, move |p, pulses, steps| {
            let make = make.clone();
            param::ratio(p, name, &rotation, move |p, turn| match steps.floor() {
                0 => Pattern::silence(),
                n @ 1..=4096 => make(p, &rhythm(pulses.floor(), n, turn.floor())),
                n => Pattern::failing(format!("`{name}` needs 1 to 4096 steps, not {n}")),
            })
        })
    }

    /// Events cut at the cycles' ends become whole again where the parts of one event meet.
    pub fn defragment(events: Vec<Event>) -> Vec<Event> {
        let mut whole: Vec<Event> = Vec::new();
        for event in events {
            let meets = |have: &Event| {
                have.whole.is_some()
                    && have.whole == event.whole
                    && have.value == event.value
                    && (have.part.end == event.part.begin || have.part.begin == event.part.end)
            };
            match whole.iter_mut().find(|have| meets(have)) {
                Some(have) => {
                    let (begin, end) = (have.part.begin.min(event.part.begin), have.part.end.max(event.part.end));
                    have.part = Span { begin, end };
                }
                None => whole.push(event),
            }
        }
        whole
    }

    /// True for false and false for true.
    pub fn invert(&self) -> Pattern {
        self.map(|v| crate::Value::Bool(!v.truth()))
    }

    /// The parts of the pattern that `indices` name, of `n` equal ones, each squeezed into the event of its index.
    pub fn bite(&self, n: impl Into<Pattern>, indices: impl Into<Pattern>) -> Pattern {
        let indices = indices.into();
        param::ratio(self, "bite", &n.into(), move |p, n| {
            let p = p.clone();
            param::joined(&indices, Join::Squeeze, move |index| {
                let Some(index) = index.ratio().filter(|_| n > Ratio::ZERO) else { return Pattern::silence() };
                let begin = (index / n).modulo(Ratio::ONE);
                p.zoom_to(begin, begin + Ratio::ONE / n)
            })
        })
    }

    /// Each value in place of the one `steps` places before it, cycle by cycle; onsets stay.
    ///
    /// Tidal's; Strudel has none.
    pub fn rot(&self, steps: impl Into<Pattern>) -> Pattern {
        param::ratio(self, "rot", &steps.into(), |p, n| {
            let (this, by) = (p.clone(), n.floor());
            Pattern::by_cycle(p.depth(), move |run: &mut Run, cycle, piece, out| {
                let mut events = Vec::new();
                this.ask(run, Span { begin: cycle, end: cycle.next_cycle() }, &mut events)?;
                events.retain(|e| e.whole.is_some());
                events.sort_by_key(|e| (e.part.begin, e.part.end));
                let values: Vec<_> = events.iter().map(|e| (e.value.clone(), e.atoms.clone())).collect();
                for (i, event) in events.into_iter().enumerate() {
                    let Some(part) = event.part.intersect(piece) else { continue };
                    let from = (i as i64).wrapping_add(by).rem_euclid(values.len() as i64);
                    let (value, atoms) = values[from as usize].clone();
                    run.emit(out, Event { whole: event.whole, part, value, atoms })?;
                }
                Ok(())
            })
        })
    }
}

/// A rhythm of `pulses` onsets over `steps` steps: E. Bjorklund's distribution, turned right by `turn` steps.
///
/// *Source*: G. Toussaint, *The Euclidean Algorithm Generates Traditional Musical Rhythms*, 2005.
pub(crate) fn rhythm(pulses: i64, steps: i64, turn: i64) -> Vec<bool> {
    let invert = pulses < 0;
    let on = usize::try_from(pulses.unsigned_abs().min(steps.unsigned_abs())).unwrap_or(0);
    let off = usize::try_from(steps).unwrap_or(0).saturating_sub(on);
    // The shorter list is dealt out over the longer until one group at most is left over.
    let (mut heads, mut tails) = (vec![vec![true]; on], vec![vec![false]; off]);
    while heads.len().min(tails.len()) > 1 {
        let dealt = heads.len().min(tails.len());
        let rest = if heads.len() > dealt { heads.split_off(dealt) } else { tails.split_off(dealt) };
        for (head, tail) in heads.iter_mut().zip(tails) {
            head.extend(tail);
        }
        tails = rest;
    }
    let mut all: Vec<bool> = heads.into_iter().chain(tails).flatten().map(|on| on != invert).collect();
    if !all.is_empty() {
        let by = turn.rem_euclid(all.len() as i64);
        all.rotate_right(usize::try_from(by).unwrap_or(0));
    }
    all
}
