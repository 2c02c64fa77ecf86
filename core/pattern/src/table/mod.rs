//! Every function of the pattern language, declared once: name, params, help, example and what it does.
//!
//! Script hosts register from this table, the reference and completion are made from it, and tests run its examples.

mod call;
mod combine;
mod conditional;
mod layer;
mod operators;
mod random;
mod sample;
mod structure;
mod time;
mod tonal;
mod values;

pub use call::{Arg, Args, CallError};

use crate::words;

/// A function of the pattern language.
#[derive(Debug)]
pub struct Function {
    /// Its name, in `snake_case`.
    pub name: &'static str,
    /// Its further names. Besides, each name is known in `camelCase`.
    pub aliases: &'static [&'static str],
    /// What it belongs to.
    pub family: Family,
    /// Whether it acts on a pattern.
    pub receiver: Receiver,
    /// Its params, without the pattern that it acts on.
    pub params: &'static [Param],
    /// What it does, in one or a few sentences.
    pub doc: &'static str,
    /// An expression of a script that shows it.
    pub example: &'static str,
    run: fn(&Args<'_>) -> crate::Pattern,
}

/// Families of functions, as the reference groups them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Making one pattern of several.
    Combine,
    /// When things happen.
    Time,
    /// Onsets.
    Structure,
    /// Now and then.
    Conditional,
    /// Copies over copies.
    Layer,
    /// Chance.
    Random,
    /// Values and signals.
    Value,
    /// Operators, with their alignments.
    Operator,
    /// Samples.
    Sample,
    /// Scales and chords.
    Tonal,
}

/// Whether a function acts on a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// It does: `p.fast(2)`, `fast(2, p)`; without one, `fast(2)`, it is a transformation.
    Pattern,
    /// It makes one: `sine`, `run(4)`.
    Nothing,
    /// Both: `stack(a, b)` and `a.stack(b)`.
    Either,
}

/// A param of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether it may be left out.
    pub optional: bool,
}

/// What a param takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number, or a pattern of numbers.
    Number,
    /// Any value, or a pattern of them.
    Value,
    /// A function from pattern to pattern.
    Transform,
    /// All further arguments, or one list: patterns.
    Patterns,
    /// All further arguments, or one list: functions.
    Transforms,
    /// All further arguments, or one list: pairs of a number and a pattern.
    Weighted,
    /// A list or map of patterns.
    Lookup,
    /// A list or map of functions.
    TransformLookup,
}

impl Kind {
    /// What is wanted, in words.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Number => "a number or a pattern of numbers",
            Kind::Value => "a value or a pattern",
            Kind::Transform => "a function such as `rev`, `fast(2)` or `|p| p.rev()`",
            Kind::Patterns => "patterns",
            Kind::Transforms => "functions such as `rev` or `|p| p.fast(2)`",
            Kind::Weighted => "pairs of a number and a pattern, such as [3, \"a b\"]",
            Kind::Lookup => "a list or map of patterns",
            Kind::TransformLookup => "a list or map of functions",
        }
    }
}

impl Function {
    /// All its names: its own, the aliases, and each of them in `camelCase`.
    pub fn names(&self) -> impl Iterator<Item = String> {
        [self.name].into_iter().chain(self.aliases.iter().copied()).flat_map(|name| {
            let camel = words::camel(name);
            let further = (camel != name).then_some(camel);
            [name.to_owned()].into_iter().chain(further)
        })
    }
}

/// All functions, family by family.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    let families: [&'static [Function]; 10] = [
        combine::FUNCTIONS,
        time::FUNCTIONS,
        structure::FUNCTIONS,
        conditional::FUNCTIONS,
        layer::FUNCTIONS,
        random::FUNCTIONS,
        values::FUNCTIONS,
        sample::FUNCTIONS,
        tonal::FUNCTIONS,
        operators::FUNCTIONS,
    ];
    families.into_iter().flatten()
}

/// The function of a name, in any of its forms.
pub fn function(name: &str) -> Option<&'static Function> {
    functions().find(|f| f.name == name || f.names().any(|n| n == name))
}

/// The name of a function or control that is nearest to one that is not known.
pub fn nearest_name(name: &str) -> Option<&'static str> {
    let functions = functions().flat_map(|f| [f.name].into_iter().chain(f.aliases.iter().copied()));
    let controls = crate::CONTROLS.iter().flat_map(|c| [c.name].into_iter().chain(c.aliases.iter().copied()));
    words::nearest(name, functions.chain(controls))
}

/// Declares functions: name, aliases, what it acts on, params, help, example, and what it does.
macro_rules! declare {
    ($family:ident; $(
        $name:ident $(/ $alias:ident)* : $receiver:ident ($($param:ident : $kind:ident $(? $optional:tt)?),*)
        $doc:literal, $example:literal, $run:expr;
    )*) => {
        pub(super) static FUNCTIONS: &[$crate::table::Function] = &[$(
            $crate::table::Function {
                name: stringify!($name),
                aliases: &[$(stringify!($alias)),*],
                family: $crate::table::Family::$family,
                receiver: $crate::table::Receiver::$receiver,
                params: &[$($crate::table::Param {
                    name: stringify!($param),
                    kind: $crate::table::Kind::$kind,
                    optional: declare!(@optional $($optional)?),
                }),*],
                doc: $doc,
                example: $example,
                run: $run,
            },
        )*];
    };
    (@optional) => { false };
    (@optional $optional:tt) => { true };
}
use declare;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// The words that Rhai keeps for itself.
    const RHAI: &str = "var static shared goto exit match case public protected new use with is module package super \
        thread spawn go await async sync yield default void null nil let const if else switch do while until loop for \
        in continue break return throw try catch import export as fn private this global true false Fn call curry \
        is_shared is_def_var is_def_fn type_of print debug eval";

    #[test]
    fn names_are_unique_and_free() {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for function in functions() {
            for name in function.names() {
                assert!(!RHAI.split_whitespace().any(|word| word == name), "{name} is a word of Rhai");
                if let Some(other) = seen.insert(name.clone(), function.name) {
                    panic!("{name} is both {other} and {}", function.name);
                }
            }
        }
        for control in crate::CONTROLS {
            for name in [control.name].iter().chain(control.aliases) {
                assert!(!RHAI.split_whitespace().any(|word| word == *name), "{name} is a word of Rhai");
                // `chord` and `scale` would otherwise be ambiguous between what they set and what they do.
                assert!(!seen.contains_key(*name), "{name} is a function and a control");
            }
        }
    }

    #[test]
    fn every_function_has_help() {
        for f in functions() {
            assert!(f.doc.ends_with(['.', ')']) && f.doc.len() > 10, "{}", f.name);
            let named = f.names().any(|name| f.example.contains(&name));
            assert!(named, "the example of {} does not show it", f.name);
            let rest =
                f.params.iter().position(|p| matches!(p.kind, Kind::Patterns | Kind::Transforms | Kind::Weighted));
            assert!(rest.is_none_or(|at| at + 1 == f.params.len()), "{}", f.name);
            let optional = f.params.iter().position(|p| p.optional);
            assert!(optional.is_none_or(|at| f.params[at..].iter().all(|p| p.optional)), "{}", f.name);
        }
    }

    #[test]
    fn names_are_found_in_every_form() {
        assert_eq!(function("fastGap").map(|f| f.name), Some("fast_gap"));
        assert_eq!(function("sparsity").map(|f| f.name), Some("slow"));
        assert_eq!(nearest_name("palindrom"), Some("palindrome"));
        assert_eq!(nearest_name("resonence"), Some("resonance"));
        assert_eq!(nearest_name("xyzzy"), None);
    }
}
