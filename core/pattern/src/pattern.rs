//! Patterns: questions that a span of cycles answers with events.

use crate::query::{MAX_DEPTH, Node, Query, QueryError, Run};
use crate::{Atom, Atoms, Event, Ratio, Span, Value};
use std::fmt;
use std::sync::Arc;

/// A pattern of values over cycles without end.
///
/// It holds no position: any span may be asked at any time, in any order, and the same span always has the same
/// events. Cloning shares the pattern.
#[derive(Clone)]
pub struct Pattern {
    inner: Arc<Inner<dyn Node>>,
    steps: Option<Ratio>,
    /// Its fingerprint, where one is known and it is no constant.
    print: Option<u64>,
}

struct Inner<N: ?Sized> {
    /// How deep patterns are nested in it.
    depth: u32,
    /// Its value and atoms, where it has but one: a param that needs no joining.
    constant: Option<(Value, Atoms)>,
    node: N,
}

/// The fingerprint of what never plays.
const SILENCE: u64 = 0x51_1e_4c_e0_0b_ea_7f_0e;

impl Pattern {
    /// A pattern made of others, which are `children` deep. One nested too deep answers with that error, and lets go
    /// of what it was made of, so that neither asking nor dropping it exhausts the stack.
    pub(crate) fn over(children: u32, node: impl Node + 'static) -> Pattern {
        if children >= MAX_DEPTH {
            return Pattern::answering(QueryError::Depth(MAX_DEPTH));
        }
        Pattern { inner: Arc::new(Inner { depth: children + 1, constant: None, node }), steps: None, print: None }
    }

    /// A pattern that has nothing below it.
    pub(crate) fn leaf(node: impl Node + 'static) -> Pattern {
        Pattern::over(0, node)
    }

    /// Nothing, ever.
    pub fn silence() -> Pattern {
        Pattern::leaf(|_: &mut Run, _: Span, _: &mut Vec<Event>| Ok(()))
            .with_steps(Some(Ratio::ONE))
            .with_fingerprint(Some(SILENCE))
    }

    /// One value a cycle.
    pub fn pure(value: impl Into<Value>) -> Pattern {
        Pattern::constant_with(value.into(), Atoms::default())
    }

    /// One value a cycle, that comes from an atom of source text.
    pub fn atom(value: impl Into<Value>, atom: Atom) -> Pattern {
        Pattern::constant_with(value.into(), Atoms::one(atom))
    }

    fn constant_with(value: Value, atoms: Atoms) -> Pattern {
        let constant = Some((value.clone(), atoms.clone()));
        let node = move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            span.cycles().try_for_each(|part| {
                let whole = Some(Span::cycle_of(part.begin));
                run.emit(out, Event { whole, part, value: value.clone(), atoms: atoms.clone() })
            })
        };
        Pattern { inner: Arc::new(Inner { depth: 1, constant, node }), steps: Some(Ratio::ONE), print: None }
    }

    /// A continuous pattern: for any span, one event without onset, whose value is that at its beginning.
    pub fn signal(at: impl Fn(Ratio) -> f64 + Send + Sync + 'static) -> Pattern {
        Pattern::leaf(move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            let value = Value::Num(at(span.begin));
            run.emit(out, Event { whole: None, part: span, value, atoms: Atoms::default() })
        })
    }

    /// A pattern that answers every query with an error, in the user's words.
    pub fn failing(message: impl AsRef<str>) -> Pattern {
        Pattern::answering(QueryError::Failed(message.as_ref().into()))
    }

    /// The same pattern, which takes so many steps of work more each time it is asked: what it took to make it.
    #[must_use]
    pub fn costing(&self, steps: u64) -> Pattern {
        let this = self.clone();
        Pattern::over(self.depth(), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            run.spend(steps)?;
            this.ask(run, span, out)
        })
        .with_steps(self.steps)
    }

    /// A pattern that answers every query with an error.
    pub fn answering(error: QueryError) -> Pattern {
        Pattern::leaf(move |_: &mut Run, _: Span, _: &mut Vec<Event>| Err(error.clone()))
    }

    /// The events of a span, in no order.
    ///
    /// # Errors
    /// When a limit of the query is reached, or a function or value in the pattern is wrong.
    pub fn query(&self, span: Span, query: &Query) -> Result<Vec<Event>, QueryError> {
        let mut out = Vec::new();
        self.query_into(span, query, &mut out)?;
        Ok(out)
    }

    /// As [`Pattern::query`], into a list that is cleared first and keeps its memory.
    ///
    /// # Errors
    /// As [`Pattern::query`]; the list is then empty.
    pub fn query_into(&self, span: Span, query: &Query, out: &mut Vec<Event>) -> Result<(), QueryError> {
        out.clear();
        let answer = self.ask(&mut Run::new(query), span, out);
        if answer.is_err() {
            out.clear();
        }
        answer
    }

    /// Asks as a part of another query.
    #[inline]
    pub(crate) fn ask(&self, run: &mut Run, span: Span, out: &mut Vec<Event>) -> Result<(), QueryError> {
        run.enter()?;
        self.inner.node.query(run, span, out)?;
        run.leave();
        run.check(out)
    }

    /// How deep patterns are nested in it.
    pub(crate) fn depth(&self) -> u32 {
        self.inner.depth
    }

    /// Its value, where it is one value a cycle and nothing else.
    pub fn constant(&self) -> Option<&Value> {
        self.inner.constant.as_ref().map(|(value, _)| value)
    }

    /// As [`Pattern::constant`], with the atoms that it came from.
    pub(crate) fn constant_parts(&self) -> Option<&(Value, Atoms)> {
        self.inner.constant.as_ref()
    }

    /// How many steps a cycle of it has, where that is known: what a polymeter aligns.
    pub fn steps(&self) -> Option<Ratio> {
        self.steps
    }

    /// The same pattern, said to have a number of steps.
    pub fn with_steps(mut self, steps: Option<Ratio>) -> Pattern {
        if self.steps != steps {
            (self.steps, self.print) = (steps, None);
        }
        self
    }

    /// The fingerprint that was given to it.
    pub(crate) fn print(&self) -> Option<u64> {
        self.print
    }

    /// The same pattern with a fingerprint, which only a pattern with the same events and steps may have, too.
    #[must_use]
    pub fn with_fingerprint(mut self, print: Option<u64>) -> Pattern {
        self.print = print;
        self
    }

    /// Each value mapped.
    pub fn map(&self, f: impl Fn(&Value) -> Value + Send + Sync + 'static) -> Pattern {
        if let Some((value, atoms)) = self.constant_parts() {
            return Pattern::constant_with(f(value), atoms.clone());
        }
        self.try_map(move |v| Ok(Some(f(v))))
    }

    /// Each value mapped; `None` leaves its event out, an error (in words) ends the query.
    pub fn try_map(&self, f: impl Fn(&Value) -> Result<Option<Value>, String> + Send + Sync + 'static) -> Pattern {
        self.edit(move |run, event| {
            run.work()?;
            match f(&event.value) {
                Ok(Some(value)) => event.value = value,
                Ok(None) => return Ok(false),
                Err(message) => return Err(QueryError::Failed(message.into())),
            }
            Ok(true)
        })
    }

    /// Only the events for which `keep` holds.
    pub fn filter(&self, keep: impl Fn(&Event) -> bool + Send + Sync + 'static) -> Pattern {
        self.edit(move |_, event| Ok(keep(event)))
    }

    /// Each event edited in place, and kept where `f` says so.
    pub(crate) fn edit(
        &self,
        f: impl Fn(&mut Run, &mut Event) -> Result<bool, QueryError> + Send + Sync + 'static,
    ) -> Pattern {
        let this = self.clone();
        Pattern::over(self.depth(), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            let start = out.len();
            this.ask(run, span, out)?;
            retain_from(out, start, |event| f(run, event))
        })
        .with_steps(self.steps)
    }

    /// Asked at another time, with the answer's times mapped back.
    pub(crate) fn with_time(
        &self,
        ask_at: impl Fn(Ratio) -> Ratio + Send + Sync + 'static,
        answer_at: impl Fn(Ratio) -> Ratio + Send + Sync + 'static,
    ) -> Pattern {
        let this = self.clone();
        Pattern::over(self.depth(), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            let start = out.len();
            this.ask(run, span.map(&ask_at), out)?;
            out[start..].iter_mut().for_each(|event| event.map_time(&answer_at));
            Ok(())
        })
        .with_steps(self.steps)
    }

    /// Asked a cycle at a time: what reaches over the line between two cycles comes in two parts.
    pub(crate) fn cut_at_cycles(&self) -> Pattern {
        let this = self.clone();
        let ask = move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            span.cycles().try_for_each(|piece| this.ask(run, piece, out))
        };
        Pattern::over(self.depth(), ask).with_steps(self.steps)
    }

    /// A pattern that is made anew for each cycle that is asked, from the cycle's number.
    pub(crate) fn by_cycle(
        depth: u32,
        f: impl Fn(&mut Run, Ratio, Span, &mut Vec<Event>) -> Result<(), QueryError> + Send + Sync + 'static,
    ) -> Pattern {
        Pattern::over(depth, move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
            span.cycles().try_for_each(|piece| f(run, piece.begin.cycle(), piece, out))
        })
    }
}

/// Keeps those events from `start` on that `keep` wants.
pub(crate) fn retain_from(
    out: &mut Vec<Event>,
    start: usize,
    mut keep: impl FnMut(&mut Event) -> Result<bool, QueryError>,
) -> Result<(), QueryError> {
    let mut kept = start;
    for at in start..out.len() {
        if keep(&mut out[at])? {
            out.swap(kept, at);
            kept += 1;
        }
    }
    out.truncate(kept);
    Ok(())
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.constant() {
            Some(value) => write!(f, "Pattern({value})"),
            None => write!(f, "Pattern(depth {})", self.depth()),
        }
    }
}

impl Default for Pattern {
    fn default() -> Pattern {
        Pattern::silence()
    }
}

impl<V: Into<Value>> From<V> for Pattern {
    fn from(value: V) -> Pattern {
        Pattern::pure(value)
    }
}

impl From<Ratio> for Pattern {
    fn from(ratio: Ratio) -> Pattern {
        Pattern::pure(ratio.to_f64())
    }
}

impl From<&Pattern> for Pattern {
    fn from(pattern: &Pattern) -> Pattern {
        pattern.clone()
    }
}
