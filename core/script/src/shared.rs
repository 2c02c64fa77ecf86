//! What the functions of the engine share: the registry, the evaluation under way, where literals stand.

use crate::Wanted;
use crate::hint::Fault;
use crate::literal::Literals;
use crate::source::Source;
use bf_node::Registry;
use rhai::{AST, Engine, EvalAltResult};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;

/// What a function of the engine answers, or why not.
pub(crate) type Outcome<T> = Result<T, Box<EvalAltResult>>;

/// Shared by everything that is registered with one engine.
pub(crate) struct Shared {
    pub(crate) registry: Arc<Registry>,
    /// The engine itself, for closures that patterns call later.
    pub(crate) engine: OnceLock<Weak<Engine>>,
    run: Mutex<Option<Run>>,
    literals: Mutex<Literals>,
    /// How many closures are being called within each other.
    nested: AtomicU32,
}

/// An evaluation under way.
pub(crate) struct Run {
    pub(crate) ast: Arc<AST>,
    pub(crate) deadline: Instant,
    /// The text under evaluation.
    pub(crate) source: Arc<Source>,
    /// The bytes of the blocks to come and past.
    pub(crate) blocks: Vec<Range<usize>>,
    /// What each block wants so far, and its bytes; the last is the one that runs.
    pub(crate) parts: Vec<(Range<usize>, Wanted)>,
    /// What closures want that are called for later, above what their block wants.
    pub(crate) nested: Vec<Wanted>,
    /// Controls that no table names.
    pub(crate) loose: BTreeSet<String>,
    /// The first fault within a closure that a pattern called.
    pub(crate) fault: Option<Box<EvalAltResult>>,
    /// Modules being read, to find circles.
    pub(crate) importing: Vec<String>,
    /// Modules that were read, by path.
    pub(crate) modules: Vec<(String, rhai::Shared<rhai::Module>)>,
    /// The texts of those, as a fingerprint.
    pub(crate) imported: u64,
}

/// Closures that call closures: more than music needs, and few enough for the stack of any thread.
const MAX_NESTED: u32 = 12;

impl Shared {
    pub(crate) fn new(registry: Arc<Registry>) -> Shared {
        Shared {
            registry,
            engine: OnceLock::new(),
            run: Mutex::new(None),
            literals: Mutex::default(),
            nested: AtomicU32::new(0),
        }
    }

    /// Begins or ends an evaluation; answers with the one before.
    pub(crate) fn set_run(&self, run: Option<Run>) -> Option<Run> {
        std::mem::replace(&mut *locked(&self.run), run)
    }

    /// Reads or changes the evaluation under way; `None` where there is none, as when a pattern is asked later.
    pub(crate) fn run<T>(&self, f: impl FnOnce(&mut Run) -> T) -> Option<T> {
        locked(&self.run).as_mut().map(f)
    }

    /// Changes what is wanted.
    pub(crate) fn want<T>(&self, f: impl FnOnce(&mut Wanted) -> T) -> Outcome<T> {
        let done =
            self.run(|run| run.nested.last_mut().or(run.parts.last_mut().map(|(_, wanted)| wanted)).map(f)).flatten();
        done.ok_or_else(|| Fault::new("this may not be said within a function that a pattern calls").into())
    }

    pub(crate) fn literals(&self) -> MutexGuard<'_, Literals> {
        locked(&self.literals)
    }

    /// Counts a call of a closure; answers whether there may be one more.
    pub(crate) fn enter(&self) -> bool {
        self.nested.fetch_add(1, Ordering::Relaxed) < MAX_NESTED
    }

    pub(crate) fn leave(&self) {
        self.nested.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whoever panicked while it held the lock left nothing half done that the next evaluation reads.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
