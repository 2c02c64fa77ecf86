//! Asking patterns: limits, and what stops a query.

use crate::{Event, Span};
use std::sync::Arc;

/// What a query may use, and what it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The most events that one query may answer.
    pub max_events: usize,
    /// The most steps (patterns asked plus events made on the way) of one query.
    pub max_work: u64,
    /// How deep patterns may be nested while they are asked.
    pub max_depth: u32,
    /// Cycles a second, for functions that fit samples to time; `None` where no tempo is known.
    pub cps: Option<f64>,
    /// The seed of all chance: the numbers are those of the cycles from this one on.
    pub seed: f64,
}

impl Default for Query {
    /// Limits that music does not reach and that a laptop core reaches within a quarter of a second.
    fn default() -> Query {
        Query { max_events: 1 << 16, max_work: 1 << 20, max_depth: MAX_DEPTH, cps: None, seed: 0.0 }
    }
}

/// How deep a pattern may be nested: deep enough for a long chain of functions, and safe on a stack of 2 MiB.
pub const MAX_DEPTH: u32 = 400;

/// Why a pattern gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It has too many events.
    #[error(
        "the pattern has more than {0} events in the time asked for: lower a factor of `*`, `fast`, `ply` or `chop`"
    )]
    Events(usize),
    /// It takes too long.
    #[error("the pattern needs more than {0} steps for the time asked for: use fewer or smaller layers and factors")]
    Work(u64),
    /// It is nested too deep.
    #[error("the pattern is nested more than {0} deep: does a function call itself, or a loop wrap its own result?")]
    Depth(u32),
    /// A function or a value in it is wrong.
    #[error("{0}")]
    Failed(Arc<str>),
    /// A function of a script failed.
    #[error("{file}:{line}:{column}: {message}")]
    InScript {
        /// What is wrong, in the user's words.
        message: Arc<str>,
        /// The file.
        file: Arc<str>,
        /// The line, from 1.
        line: u32,
        /// The column in characters, from 1.
        column: u32,
    },
}

/// One query under way: the budget that is left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) cps: Option<f64>,
    pub(crate) seed: f64,
    left: u64,
    depth: u32,
    limits: Query,
}

impl Run {
    pub(crate) fn new(limits: &Query) -> Run {
        Run { cps: limits.cps, seed: limits.seed, left: limits.max_work, depth: 0, limits: limits.clone() }
    }

    /// Takes one step of work.
    #[inline]
    pub(crate) fn work(&mut self) -> Result<(), QueryError> {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(QueryError::Work(self.limits.max_work)),
        }
    }

    /// Takes many steps of work.
    pub(crate) fn spend(&mut self, steps: u64) -> Result<(), QueryError> {
        self.left = self.left.saturating_sub(steps);
        self.work()
    }

    /// Adds an event to the answer.
    #[inline]
    pub(crate) fn emit(&mut self, out: &mut Vec<Event>, event: Event) -> Result<(), QueryError> {
        self.work()?;
        out.push(event);
        self.check(out)
    }

    #[inline]
    pub(crate) fn check(&self, out: &[Event]) -> Result<(), QueryError> {
        if out.len() > self.limits.max_events { Err(QueryError::Events(self.limits.max_events)) } else { Ok(()) }
    }

    pub(crate) fn enter(&mut self) -> Result<(), QueryError> {
        self.work()?;
        if self.depth >= self.limits.max_depth {
            return Err(QueryError::Depth(self.limits.max_depth));
        }
        self.depth += 1;
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }
}

/// What answers a query: appends the events of `span` to `out`.
pub(crate) trait Node: Send + Sync {
    fn query(&self, run: &mut Run, span: Span, out: &mut Vec<Event>) -> Result<(), QueryError>;
}

impl<F> Node for F
where
    F: Fn(&mut Run, Span, &mut Vec<Event>) -> Result<(), QueryError> + Send + Sync,
{
    fn query(&self, run: &mut Run, span: Span, out: &mut Vec<Event>) -> Result<(), QueryError> {
        self(run, span, out)
    }
}
