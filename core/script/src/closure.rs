//! Closures and functions of a script as functions of patterns.

use crate::diagnose;
use crate::hint::Fault;
use crate::shared::{Home, Outcome, Shared};
use crate::source;
use crate::value;
use bf_pattern::{Pattern, Transform};
use rhai::{Dynamic, Engine, EvalAltResult, FnPtr};
use std::sync::{Arc, Weak};

/// A closure, with what it needs to be called long after the evaluation.
struct Closure {
    shared: Arc<Shared>,
    engine: Weak<Engine>,
    home: Home,
    function: FnPtr,
    /// How many arguments it takes besides those it captured.
    params: usize,
    /// The file that it was written in.
    file: Arc<str>,
}

/// The function of patterns that a closure is. It takes the pattern, and where it names a second, which call it is.
pub(crate) fn transform(shared: &Arc<Shared>, function: &FnPtr) -> Outcome<Transform> {
    let engine = shared.engine.get().cloned();
    let (Some(engine), Some(home)) = (engine, shared.home()) else {
        return Err(Fault::new("functions of patterns are made while a script is evaluated").into());
    };
    let declared = home.ast.iter_functions().find(|f| f.name == function.fn_name()).map(|f| f.params.len());
    let params = declared.map_or(1, |n| n.saturating_sub(function.curry().len()));
    if params == 0 || params > 2 {
        let fault = Fault::new(format!("a function of patterns takes the pattern, not {params} arguments"));
        return Err(fault.hint(Some("write |p| p.rev()")).into());
    }
    // What it captured is taken as it stands now: a pattern does not change when a variable does.
    let mut function = function.clone();
    function.iter_curry_mut().for_each(|value| *value = value.flatten_clone());
    let print = source::closure(&home, &function);
    let file = home.ast.source().unwrap_or_default().into();
    let closure = Closure { shared: shared.clone(), engine, home, function, params, file };
    Ok(Transform::indexed(move |pattern, index| closure.apply(pattern, index)).with_fingerprint(print))
}

impl Closure {
    /// What it makes of a pattern. A fault fails the evaluation under way, or else every query of the pattern.
    fn apply(&self, pattern: &Pattern, index: usize) -> Pattern {
        let before = self.shared.steps();
        let called = match self.shared.enter() {
            Ok(()) => self.shared.at_home(&self.home, || self.call(pattern, index)),
            Err(fault) => Err(fault.into()),
        };
        self.shared.leave();
        match called {
            // Within a query its steps count as those of the query, so that both together stay bounded.
            Ok(made) if !self.shared.is_evaluating() => made.costing(self.shared.steps().saturating_sub(before)),
            Ok(made) => made,
            Err(error) => {
                let said = diagnose::in_script(&self.shared, &self.file, &self.home.ast, &error);
                self.shared.run(|run| _ = run.fault.get_or_insert(error));
                Pattern::answering(said)
            }
        }
    }

    fn call(&self, pattern: &Pattern, index: usize) -> Result<Pattern, Box<EvalAltResult>> {
        let Some(engine) = self.engine.upgrade() else {
            return Err(Fault::new("the script that this function belongs to is gone").into());
        };
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        let made: Dynamic = if self.params == 1 {
            self.function.call(&engine, &self.home.ast, (pattern.clone(),))?
        } else {
            self.function.call(&engine, &self.home.ast, (pattern.clone(), index))?
        };
        value::pattern(&self.shared, &made)
    }
}
