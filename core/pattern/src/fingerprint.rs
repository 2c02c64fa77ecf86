//! Fingerprints: whether two patterns surely play the same, though patterns cannot be compared.

use crate::table::Arg;
use crate::{Pattern, Ratio, Transform, Value};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Gathers what a pattern or function is made of. One part that is not known makes the whole not known.
#[derive(Debug)]
pub struct Print(Option<DefaultHasher>);

impl Print {
    /// Begins with what is done.
    pub fn of(what: impl Hash) -> Print {
        Print(Some(DefaultHasher::new())).with(what)
    }

    /// Something that hashes, such as a name or a text.
    #[must_use]
    pub fn with(mut self, part: impl Hash) -> Print {
        if let Some(hasher) = &mut self.0 {
            part.hash(hasher);
        }
        self
    }

    /// A part that has a fingerprint, or may have none.
    #[must_use]
    pub fn part(self, part: Option<u64>) -> Print {
        match part {
            Some(print) => self.with(print),
            None => Print(None),
        }
    }

    /// An argument of a function of the language.
    #[must_use]
    pub fn arg(self, arg: &Arg) -> Print {
        match arg {
            Arg::Pattern(p) => self.with(0u8).part(p.fingerprint()),
            Arg::Transform(f) => self.with(1u8).part(f.fingerprint()),
            Arg::List(items) => items.iter().fold(self.with(2u8).with(items.len()), Print::arg),
            Arg::Map(items) => {
                items.iter().fold(self.with(3u8).with(items.len()), |print, (name, item)| print.with(name).arg(item))
            }
        }
    }

    /// The fingerprint, where every part is known.
    pub fn done(self) -> Option<u64> {
        self.0.map(|hasher| hasher.finish())
    }
}

/// The fingerprint of one value a cycle.
pub(crate) fn constant(value: &Value, steps: Option<Ratio>) -> u64 {
    let mut hasher = DefaultHasher::new();
    steps.map(|s| (s.num(), s.den())).hash(&mut hasher);
    put(&mut hasher, value);
    hasher.finish()
}

fn put(hasher: &mut DefaultHasher, value: &Value) {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Value::Num(n) => n.to_bits().hash(hasher),
        Value::Bool(b) => b.hash(hasher),
        Value::Text(t) => t.hash(hasher),
        Value::List(values) => {
            values.len().hash(hasher);
            values.iter().for_each(|value| put(hasher, value));
        }
        Value::Map(map) => {
            map.len().hash(hasher);
            for (key, value) in map.iter() {
                key.name().hash(hasher);
                put(hasher, value);
            }
        }
    }
}

impl Pattern {
    /// A number that is equal only for patterns with the same events; the places in the text are left aside. `None`
    /// where that cannot be told, as for patterns that were made by hand from closures.
    pub fn fingerprint(&self) -> Option<u64> {
        match self.constant() {
            Some(value) => Some(constant(value, self.steps())),
            None => self.print(),
        }
    }
}

impl Transform {
    /// This function, then another.
    #[must_use]
    pub fn then(&self, next: &Transform) -> Transform {
        let (first, last) = (self.clone(), next.clone());
        let print = Print::of("then").part(self.fingerprint()).part(next.fingerprint()).done();
        Transform::new(move |p| last.apply(&first.apply(p))).with_fingerprint(print)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mini, table::function};

    fn call(name: &str, this: &Pattern, args: &[Arg]) -> Pattern {
        function(name).unwrap().call(Some(this), args).unwrap()
    }

    #[test]
    fn the_same_making_has_the_same_fingerprint() {
        let two = || [Arg::Pattern(Pattern::pure(2.0))];
        let make = |text: &str, name: &str| call(name, &mini(text).unwrap(), &two()).control("gain", 0.5);
        let known = make("a b", "fast").fingerprint();
        assert!(known.is_some());
        assert_eq!(known, make("a b", "fast").fingerprint());
        assert_ne!(known, make("a c", "fast").fingerprint());
        assert_ne!(known, make("a b", "slow").fingerprint());
        assert_ne!(known, make("a b", "fast").control("gain", 0.25).fingerprint());
    }

    #[test]
    fn functions_count_and_what_is_not_known_makes_all_unknown() {
        let rev = || function("rev").unwrap().transform(&[]).unwrap();
        let every = |f: Transform| {
            let args = [Arg::Pattern(Pattern::pure(3.0)), Arg::Transform(f)];
            call("every", &mini("a b").unwrap(), &args).fingerprint()
        };
        assert!(every(rev()).is_some());
        assert_eq!(every(rev()), every(rev()));
        assert_ne!(every(rev()), every(rev().then(&rev())));
        assert_eq!(every(Transform::new(Pattern::rev)), None);
        assert_eq!(mini("a b").unwrap().map(|v| v.clone()).fingerprint(), None);
    }

    #[test]
    fn steps_are_part_of_it() {
        let p = mini("a b").unwrap();
        assert_eq!(p.clone().with_steps(p.steps()).fingerprint(), p.fingerprint());
        assert_eq!(p.with_steps(Some(Ratio::int(3))).fingerprint(), None);
        assert_ne!(Pattern::pure(1.0).fingerprint(), Pattern::pure(1.0).with_steps(None).fingerprint());
    }
}
