//! Functions from pattern to pattern, as other functions take them.

use crate::Pattern;
use crate::fingerprint::Print;
use std::fmt;
use std::sync::Arc;

/// A function from a pattern to a pattern. Cheap to clone.
///
/// Some functions (`echo_with`, `ply_with`) call it several times and say which call it is.
#[derive(Clone)]
pub struct Transform {
    body: Arc<Body>,
    print: Option<u64>,
}

type Body = dyn Fn(&Pattern, usize) -> Pattern + Send + Sync;

impl Transform {
    /// A function of a pattern.
    pub fn new(f: impl Fn(&Pattern) -> Pattern + Send + Sync + 'static) -> Transform {
        Transform::indexed(move |pattern, _| f(pattern))
    }

    /// A function of a pattern and of which call it is, from 0.
    pub fn indexed(f: impl Fn(&Pattern, usize) -> Pattern + Send + Sync + 'static) -> Transform {
        Transform { body: Arc::new(f), print: None }
    }

    /// The same function with a fingerprint, which only a function with the same answers may have, too.
    #[must_use]
    pub fn with_fingerprint(mut self, print: Option<u64>) -> Transform {
        self.print = print;
        self
    }

    /// A number that is equal only for functions with the same answers; `None` where that cannot be told.
    pub fn fingerprint(&self) -> Option<u64> {
        self.print
    }

    /// Calls it.
    pub fn apply(&self, pattern: &Pattern) -> Pattern {
        self.apply_nth(pattern, 0)
    }

    /// Calls it for the time `index`.
    pub fn apply_nth(&self, pattern: &Pattern, index: usize) -> Pattern {
        let made = (self.body)(pattern, index);
        if self.print.is_none() || made.fingerprint().is_some() {
            return made;
        }
        let print = Print::of("apply").part(self.print).part(pattern.fingerprint()).with(index).done();
        made.with_fingerprint(print)
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transform")
    }
}
