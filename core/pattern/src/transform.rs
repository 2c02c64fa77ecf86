//! Functions from pattern to pattern, as other functions take them.

use crate::Pattern;
use std::fmt;
use std::sync::Arc;

/// A function from a pattern to a pattern. Cheap to clone.
///
/// Some functions (`echo_with`, `ply_with`) call it several times and say which call it is.
#[derive(Clone)]
pub struct Transform(Arc<Body>);

type Body = dyn Fn(&Pattern, usize) -> Pattern + Send + Sync;

impl Transform {
    /// A function of a pattern.
    pub fn new(f: impl Fn(&Pattern) -> Pattern + Send + Sync + 'static) -> Transform {
        Transform(Arc::new(move |pattern, _| f(pattern)))
    }

    /// A function of a pattern and of which call it is, from 0.
    pub fn indexed(f: impl Fn(&Pattern, usize) -> Pattern + Send + Sync + 'static) -> Transform {
        Transform(Arc::new(f))
    }

    /// Calls it.
    pub fn apply(&self, pattern: &Pattern) -> Pattern {
        self.0(pattern, 0)
    }

    /// Calls it for the time `index`.
    pub fn apply_nth(&self, pattern: &Pattern, index: usize) -> Pattern {
        self.0(pattern, index)
    }
}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transform")
    }
}
