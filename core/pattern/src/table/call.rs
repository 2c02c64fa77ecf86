//! Calling a function of the table with arguments from a script.

use super::{Function, Kind, Receiver};
use crate::functions::Lookup;
use crate::{Align, Join, Op, Pattern, Print, Ratio, Transform, Value};
use std::sync::Arc;

/// An argument. Hosts give numbers as constant patterns and texts as mini-notation.
#[derive(Clone, Debug)]
pub enum Arg {
    /// A pattern.
    Pattern(Pattern),
    /// A function.
    Transform(Transform),
    /// A list.
    List(Vec<Arg>),
    /// A map by name.
    Map(Vec<(Arc<str>, Arg)>),
}

impl Arg {
    fn kind(&self) -> &'static str {
        match self {
            Arg::Pattern(p) if p.constant().is_some() => "a single value",
            Arg::Pattern(_) => "a pattern",
            Arg::Transform(_) => "a function",
            Arg::List(_) => "a list",
            Arg::Map(_) => "a map",
        }
    }

    fn pattern(&self) -> Option<Pattern> {
        match self {
            Arg::Pattern(pattern) => Some(pattern.clone()),
            // A list of values in a row is their sequence, as in Strudel.
            Arg::List(items) if !items.is_empty() => {
                items.iter().map(Arg::pattern).collect::<Option<Vec<_>>>().map(|p| Pattern::fastcat(&p))
            }
            _ => None,
        }
    }

    fn transform(&self) -> Option<Transform> {
        match self {
            Arg::Transform(transform) => Some(transform.clone()),
            _ => None,
        }
    }

    fn pair(&self) -> Option<(f64, Pattern)> {
        match self {
            Arg::List(items) => match items.as_slice() {
                [Arg::Pattern(weight), pattern] => Some((weight.constant()?.number()?, pattern.pattern()?)),
                _ => None,
            },
            _ => None,
        }
    }

    fn lookup<T: Clone>(&self, item: impl Fn(&Arg) -> Option<T>) -> Option<Lookup<T>> {
        match self {
            Arg::List(items) => items.iter().map(item).collect::<Option<Vec<T>>>().map(Lookup::list),
            Arg::Map(items) => {
                let named = items.iter().map(|(name, arg)| Some((&**name, item(arg)?))).collect::<Option<Vec<_>>>();
                named.map(Lookup::named)
            }
            _ => None,
        }
    }
}

/// Why a function was not called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// A param has no argument.
    #[error("`{function}` needs argument {nth}, `{param}`: {wanted}")]
    Missing {
        /// The function.
        function: &'static str,
        /// Which argument, from 1.
        nth: usize,
        /// The param.
        param: &'static str,
        /// What it takes.
        wanted: &'static str,
    },
    /// There are more arguments than params.
    #[error("`{function}` takes {most} arguments, not {given}")]
    TooMany {
        /// The function.
        function: &'static str,
        /// How many it takes.
        most: usize,
        /// How many there are.
        given: usize,
    },
    /// An argument is of another kind.
    #[error("`{function}` needs {wanted} for `{param}`, not {given}")]
    Kind {
        /// The function.
        function: &'static str,
        /// The param.
        param: &'static str,
        /// What it takes.
        wanted: &'static str,
        /// What there is.
        given: &'static str,
    },
    /// There is no pattern to act on.
    #[error("`{function}` acts on a pattern: write p.{function}(…)")]
    NoPattern {
        /// The function.
        function: &'static str,
    },
}

/// Arguments that were checked against the params.
#[derive(Debug)]
pub struct Args<'a> {
    this: Option<&'a Pattern>,
    args: &'a [Arg],
}

impl Args<'_> {
    /// The pattern that the function acts on.
    pub(super) fn this(&self) -> Pattern {
        self.this.cloned().unwrap_or_default()
    }

    /// The pattern of a param.
    pub(super) fn pattern(&self, at: usize) -> Pattern {
        self.args.get(at).and_then(Arg::pattern).unwrap_or_default()
    }

    /// The pattern of a param that may be left out.
    pub(super) fn or(&self, at: usize, default: f64) -> Pattern {
        self.args.get(at).map_or_else(|| Pattern::pure(default), |arg| arg.pattern().unwrap_or_default())
    }

    pub(super) fn transform(&self, at: usize) -> Transform {
        self.args.get(at).and_then(Arg::transform).unwrap_or_else(|| Transform::new(Pattern::clone))
    }

    /// The arguments from `at` on, or the items of the only one where that is a list.
    fn rest(&self, at: usize) -> &[Arg] {
        rest(self.args, at)
    }

    /// Patterns from `at` on; with the pattern that the function acts on, where there is one, first.
    pub(super) fn patterns(&self, at: usize) -> Vec<Pattern> {
        self.this.cloned().into_iter().chain(self.rest(at).iter().filter_map(Arg::pattern)).collect()
    }

    /// As `patterns`, without the pattern that the function acts on.
    pub(super) fn choices(&self, at: usize) -> Vec<Pattern> {
        self.rest(at).iter().filter_map(Arg::pattern).collect()
    }

    pub(super) fn transforms(&self, at: usize) -> Vec<Transform> {
        self.rest(at).iter().filter_map(Arg::transform).collect()
    }

    pub(super) fn weighted(&self, at: usize) -> Vec<(f64, Pattern)> {
        pairs(self.args, at).iter().filter_map(Arg::pair).collect()
    }

    pub(super) fn timed(&self, at: usize) -> Vec<(Ratio, Pattern)> {
        self.weighted(at).into_iter().map(|(n, p)| (Ratio::from_f64(n), p)).collect()
    }

    pub(super) fn lookup(&self, at: usize) -> Lookup {
        self.args.get(at).and_then(|a| a.lookup(Arg::pattern)).unwrap_or_else(|| Lookup::list([]))
    }

    /// What `squeeze` makes: of a pattern before the dot an alignment, of one in the brackets a choice. Strudel's.
    pub(super) fn squeezed(&self) -> Pattern {
        match self.this {
            Some(this) => this.combine(Op::Set, Align::Squeeze, &self.pattern(0)),
            None => self.pattern(0).pick(self.lookup(1).wrapping(), Join::Squeeze),
        }
    }

    pub(super) fn functions(&self, at: usize) -> Lookup<Transform> {
        self.args.get(at).and_then(|a| a.lookup(Arg::transform)).unwrap_or_else(|| Lookup::list([]))
    }

    /// The values of the acting pattern where there is one, else numbers of chance.
    pub(super) fn this_or_rand(&self) -> Pattern {
        self.this.cloned().unwrap_or_else(Pattern::rand)
    }

    /// A constant number of a param.
    pub(super) fn number(&self, at: usize) -> f64 {
        self.pattern(at).constant().and_then(Value::number).unwrap_or(0.0)
    }
}

fn rest(args: &[Arg], at: usize) -> &[Arg] {
    match args.get(at..) {
        Some([Arg::List(items)]) => items,
        Some(rest) => rest,
        None => &[],
    }
}

/// As [`rest`], where a single pair is no list of pairs.
fn pairs(args: &[Arg], at: usize) -> &[Arg] {
    match args.get(at..) {
        Some([Arg::List(items)]) if items.iter().all(|i| matches!(i, Arg::List(_))) => items,
        Some(rest) => rest,
        None => &[],
    }
}

impl Function {
    /// Calls it. `this` is the pattern before the dot; without one, the last of more arguments than params is it.
    ///
    /// # Errors
    /// When arguments are missing, too many, or of another kind.
    pub fn call(&self, this: Option<&Pattern>, args: &[Arg]) -> Result<Pattern, CallError> {
        let (this, args) = match (self.receiver, this, args) {
            (Receiver::Pattern, None, [args @ .., Arg::Pattern(last)]) if args.len() >= self.needed() => {
                (Some(last), args)
            }
            (Receiver::Pattern, None, _) => return Err(CallError::NoPattern { function: self.name }),
            (_, this, args) => (this, args),
        };
        self.check(args)?;
        let print = args.iter().fold(Print::of(self.name).with(this.is_some()), Print::arg);
        let print = this.map_or(Some(0), Pattern::fingerprint).and_then(|this| print.with(this).done());
        Ok((self.run)(&Args { this, args }).with_fingerprint(print))
    }

    /// The function with its arguments, as a function of a pattern.
    ///
    /// # Errors
    /// As [`Function::call`].
    pub fn transform(&'static self, args: &[Arg]) -> Result<Transform, CallError> {
        self.check(args)?;
        let args = args.to_vec();
        let print = args.iter().fold(Print::of("transform").with(self.name), Print::arg).done();
        let made = Transform::new(move |pattern| (self.run)(&Args { this: Some(pattern), args: &args }));
        Ok(made.with_fingerprint(print))
    }

    fn needed(&self) -> usize {
        self.params.iter().filter(|p| !p.optional).count()
    }

    fn check(&self, args: &[Arg]) -> Result<(), CallError> {
        let open =
            self.params.last().is_some_and(|p| matches!(p.kind, Kind::Patterns | Kind::Transforms | Kind::Weighted));
        if args.len() > self.params.len() && !open {
            return Err(CallError::TooMany { function: self.name, most: self.params.len(), given: args.len() });
        }
        for (at, param) in self.params.iter().enumerate() {
            let Some(arg) = args.get(at) else {
                if param.optional {
                    return Ok(());
                }
                let wanted = param.kind.words();
                return Err(CallError::Missing { function: self.name, nth: at + 1, param: param.name, wanted });
            };
            let wrong = match param.kind {
                Kind::Number | Kind::Value => Some(arg).filter(|a| a.pattern().is_none()),
                Kind::Transform => Some(arg).filter(|a| a.transform().is_none()),
                Kind::Lookup => Some(arg).filter(|a| a.lookup(Arg::pattern).is_none()),
                Kind::TransformLookup => Some(arg).filter(|a| a.lookup(Arg::transform).is_none()),
                Kind::Patterns => rest(args, at).iter().find(|a| a.pattern().is_none()),
                Kind::Transforms => rest(args, at).iter().find(|a| a.transform().is_none()),
                Kind::Weighted => pairs(args, at).iter().find(|a| a.pair().is_none()),
            };
            if let Some(wrong) = wrong {
                let (function, wanted, given) = (self.name, param.kind.words(), wrong.kind());
                return Err(CallError::Kind { function, param: param.name, wanted, given });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::function;

    fn arg(value: f64) -> Arg {
        Arg::Pattern(Pattern::pure(value))
    }

    #[test]
    fn wrong_calls_are_said() {
        let p = Pattern::pure(1.0);
        let fast = function("fast").unwrap();
        let missing = "`fast` needs argument 1, `factor`: a number or a pattern of numbers";
        assert_eq!(fast.call(Some(&p), &[]).unwrap_err().to_string(), missing);
        assert_eq!(
            fast.call(Some(&p), &[arg(1.0), arg(2.0)]).unwrap_err().to_string(),
            "`fast` takes 1 arguments, not 2"
        );
        assert_eq!(fast.call(None, &[arg(1.0)]).unwrap_err().to_string(), "`fast` acts on a pattern: write p.fast(…)");
        let every = function("every").unwrap();
        let error = every.call(Some(&p), &[arg(2.0), arg(3.0)]).unwrap_err().to_string();
        assert_eq!(
            error,
            "`every` needs a function such as `rev`, `fast(2)` or `|p| p.rev()` for `f`, not a single value"
        );
    }

    #[test]
    fn the_pattern_may_come_last() {
        let p = Pattern::pure(7.0);
        assert!(function("fast").unwrap().call(None, &[arg(2.0), Arg::Pattern(p)]).is_ok());
    }
}
