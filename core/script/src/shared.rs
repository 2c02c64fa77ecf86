//! What the functions of the engine share: the registry, the evaluation under way, where literals stand.

use crate::Wanted;
use crate::hint::Fault;
use crate::literal::Literals;
use crate::source::Source;
use crate::turn::Turn;
use bf_node::Registry;
use rhai::{AST, Engine, EvalAltResult};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;

/// What a function of the engine answers, or why not.
pub(crate) type Outcome<T> = Result<T, Box<EvalAltResult>>;

/// Shared by everything that is registered with one engine.
pub(crate) struct Shared {
    pub(crate) registry: Arc<Registry>,
    /// The engine itself, for closures that patterns call later.
    pub(crate) engine: OnceLock<Weak<Engine>>,
    /// Held by an evaluation, and by the outermost closure under way.
    pub(crate) turn: Turn,
    run: Mutex<Option<Run>>,
    literals: Mutex<Literals>,
    /// Where the closures come from that are being called, the innermost last.
    calling: Mutex<Vec<Home>>,
    /// How many closures are being called within each other.
    nested: AtomicU32,
    /// Steps that the engine ever took.
    steps: AtomicU64,
    /// How many of them it may take until the outermost closure under way returns, outside of an evaluation.
    until: AtomicU64,
}

/// Where a function of the script comes from: what it needs to be called, and to be told from others.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) ast: Arc<AST>,
    /// The text that it stands in.
    pub(crate) source: Arc<Source>,
    /// The texts of the modules that were read, as a fingerprint.
    pub(crate) imported: u64,
}

/// An evaluation under way.
pub(crate) struct Run {
    /// The text under evaluation.
    pub(crate) home: Home,
    pub(crate) deadline: Instant,
    /// The bytes of the blocks to come and past.
    pub(crate) blocks: Vec<Range<usize>>,
    /// What each block wants so far, and its bytes; the last is the one that runs.
    pub(crate) parts: Vec<(Range<usize>, Wanted)>,
    /// What closures want that are called for later, above what their block wants.
    pub(crate) nested: Vec<Wanted>,
    /// How often the block that runs has called each name, outside of functions.
    pub(crate) calls: std::collections::HashMap<String, usize>,
    /// Controls that no table names.
    pub(crate) loose: BTreeSet<String>,
    /// The first fault within a closure that a pattern called.
    pub(crate) fault: Option<Box<EvalAltResult>>,
    /// Modules being read, to find circles.
    pub(crate) importing: Vec<String>,
    /// Modules that were read, by path.
    pub(crate) modules: Vec<(String, rhai::Shared<rhai::Module>)>,
}

/// Closures that call closures: more than music needs, and few enough for the stack of any thread.
const MAX_NESTED: u32 = 12;

impl Shared {
    pub(crate) fn new(registry: Arc<Registry>) -> Shared {
        Shared {
            registry,
            engine: OnceLock::new(),
            turn: Turn::default(),
            run: Mutex::new(None),
            literals: Mutex::default(),
            calling: Mutex::default(),
            nested: AtomicU32::new(0),
            steps: AtomicU64::new(0),
            until: AtomicU64::new(0),
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

    /// Where a closure comes from that is made now: from the one that is being called, or the text under evaluation.
    pub(crate) fn home(&self) -> Option<Home> {
        let calling = locked(&self.calling).last().cloned();
        calling.or_else(|| self.run(|run| run.home.clone()))
    }

    /// Does something as a closure that comes from somewhere.
    pub(crate) fn at_home<T>(&self, home: &Home, f: impl FnOnce() -> T) -> T {
        locked(&self.calling).push(home.clone());
        let done = f();
        locked(&self.calling).pop();
        done
    }

    /// Whether a script is being evaluated; else a closure was called by a query.
    pub(crate) fn is_evaluating(&self) -> bool {
        locked(&self.run).is_some()
    }

    /// Steps that the engine ever took.
    pub(crate) fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    /// Counts a step of the engine; answers why there may be no more. Counted here and not call by call, since a
    /// pattern may call many short closures.
    pub(crate) fn step(&self) -> Option<Fault> {
        let steps = self.steps.fetch_add(1, Ordering::Relaxed);
        if !steps.is_multiple_of(64) {
            return None;
        }
        match self.run(|run| Instant::now() > run.deadline) {
            Some(true) => Some(too_long()),
            None if self.nested.load(Ordering::Relaxed) > 0 && steps > self.until.load(Ordering::Relaxed) => {
                Some(Fault::new("this function takes too long, and was stopped").hint(Some("does a loop run on?")))
            }
            _ => None,
        }
    }

    /// Counts a call of a closure, once no other thread is at one. Each is ended by one of [`Shared::leave`].
    pub(crate) fn enter(&self) -> Result<(), Fault> {
        self.turn.take();
        let above = self.nested.fetch_add(1, Ordering::Relaxed);
        if above == 0 {
            self.until.store(self.steps() + CALL_STEPS, Ordering::Relaxed);
        }
        if above >= MAX_NESTED {
            let fault = Fault::new("functions of patterns call each other too deep");
            return Err(fault.hint(Some("does a function call itself without an end?")));
        }
        if self.run(|run| Instant::now() > run.deadline).unwrap_or(false) {
            return Err(too_long());
        }
        Ok(())
    }

    pub(crate) fn leave(&self) {
        self.nested.fetch_sub(1, Ordering::Relaxed);
        self.turn.give();
    }
}

/// Steps that one call of a closure may take outside of an evaluation: a few milliseconds.
const CALL_STEPS: u64 = 50_000;

fn too_long() -> Fault {
    let fault = Fault::new("the script takes too long, and was stopped");
    fault.hint(Some("does a loop run on? Patterns need none: \"bd*4\", .fast(2)"))
}

/// Whoever panicked while it held the lock left nothing half done that the next evaluation reads.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
