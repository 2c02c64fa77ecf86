//! The engine with its limits, and evaluation: a text in, what it wants out.

mod node;
mod stray;

pub use node::{Call, NodeScript, Ports, Said};

use crate::block;
use crate::hint::Fault;
use crate::import::{Importer, Read};
use crate::shared::{Home, Outcome, Run, Shared};
use crate::source::Source;
use crate::{Score, Wanted, call, diagnose, number, operator, statement, value};
use bf_node::Registry;
use bf_patch::{Diagnostic, Severity};
use bf_pattern::Pattern;
use rhai::packages::{Package, StandardPackage};
use rhai::{AST, Dynamic, Engine, EvalAltResult, OptimizationLevel, Position, Scope};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What scripts are given.
pub struct Env {
    /// The node types.
    pub registry: Arc<Registry>,
    /// Reads a module by the path in its `import`, or says why not. Scripts reach no other file.
    pub read: Read,
    /// What an evaluation may use.
    pub limits: Limits,
}

impl Default for Env {
    /// No node types and no modules.
    fn default() -> Env {
        let read: Read = Arc::new(|_| Err("no modules are at hand".to_owned()));
        Env { registry: Arc::default(), read, limits: Limits::default() }
    }
}

/// What an evaluation may use before it is stopped.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Time by the clock.
    pub wall: Duration,
    /// Steps of the engine; also for each call of a closure by a pattern.
    pub operations: u64,
    /// Calls within calls.
    pub call_levels: usize,
    /// Bytes of a text.
    pub text: usize,
    /// Items of a list or map.
    pub items: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            wall: Duration::from_millis(200),
            operations: 5_000_000,
            call_levels: 48,
            text: 1 << 18,
            items: 1 << 15,
        }
    }
}

/// The engine of scripts. Making one takes milliseconds; it evaluates many texts, one at a time.
pub struct Host {
    engine: Arc<Engine>,
    shared: Arc<Shared>,
    limits: Limits,
    /// What the script of a node says while it is evaluated.
    declared: Arc<node::Declared>,
    /// One evaluation at a time.
    turn: std::sync::Mutex<()>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// What the blocks that were evaluated so far have left: the values of their `let`s, the controls of instruments.
#[derive(Clone, Debug, Default)]
pub struct Present {
    scope: Scope<'static>,
    /// The controls of every instrument.
    controls: BTreeSet<String>,
}

/// The most tracks of a text, and the most nodes and instruments: more than any stage has, few enough for one core.
const MOST_TRACKS: usize = 256;
const MOST_NODES: usize = 1024;

/// How deep expressions may be nested; a chain of methods counts, too.
const MAX_EXPRESSION: usize = 128;

/// The stack of an evaluation, so that deep calls end with an error on every system and in every build.
const STACK: usize = 256 << 20;

impl Host {
    /// An engine with the language in it.
    pub fn new(env: Env) -> Host {
        let shared = Arc::new(Shared::new(env.registry));
        let mut engine = Engine::new_raw();
        engine.register_global_module(StandardPackage::new().as_shared_module());
        limit(&mut engine, &shared, &env.limits);
        engine.set_module_resolver(Importer { shared: shared.clone(), read: env.read });
        let printed = shared.clone();
        engine.on_print(move |text| _ = printed.want(|wanted| wanted.messages.push(note(text))));
        let debugged = shared.clone();
        engine.on_debug(move |text, _, _| _ = debugged.want(|wanted| wanted.messages.push(note(text))));
        number::register(&mut engine);
        statement::register(&mut engine, &shared);
        operator::register(&mut engine, &shared);

        let words = call::Words::new(&shared);
        call::register(&mut engine, &shared, words);
        let declared = Arc::default();
        node::register(&mut engine, &declared);
        let engine = Arc::new(engine);
        _ = shared.engine.set(Arc::downgrade(&engine));
        Host { engine, shared, limits: env.limits, declared, turn: std::sync::Mutex::new(()) }
    }

    /// What a text wants, settled.
    ///
    /// # Errors
    /// What is wrong with it, with line, column and a hint. Nothing of it is wanted then.
    pub fn evaluate(&self, file: &str, text: &str) -> Result<Wanted, Vec<Diagnostic>> {
        self.evaluate_set(file, text).map(|(score, _)| score.wanted())
    }

    /// What each block of a text wants, and the values that its `let`s leave to blocks that are evaluated later.
    ///
    /// # Errors
    /// As [`Host::evaluate`].
    pub fn evaluate_set(&self, file: &str, text: &str) -> Result<(Score, Present), Vec<Diagnostic>> {
        let _turn = self.turn();
        self.shared.literals().begin();
        let ast = self.compile(file, text, text)?;
        let mut present = Present::default();
        let ast = self.marked(&ast, text)?;
        let parts = self.run(&Text { file, text }, ast, block::blocks(text), &mut present)?;
        Ok((Score::new(text, parts), present))
    }

    /// What one block of a text wants, evaluated with the functions and imports of the whole text and the values that
    /// earlier blocks left, to which it adds its own. It is not settled: a [`Score`] holds it beside the others.
    ///
    /// # Errors
    /// As [`Host::evaluate`]; what earlier blocks left stays as it was.
    pub fn evaluate_block(
        &self,
        file: &str,
        text: &str,
        range: Range<usize>,
        present: &mut Present,
    ) -> Result<Wanted, Vec<Diagnostic>> {
        let _turn = self.turn();
        self.shared.literals().begin();
        let mut functions = AST::empty();
        let has_functions = |other: &Range<usize>| *other != range && text[other.clone()].contains("fn");
        for other in block::blocks(text).into_iter().filter(has_functions) {
            // Another block may be broken: this one is evaluated without its functions.
            if let Ok(ast) = self.compile(file, &block::only(text, &other), text) {
                functions = functions.merge(&ast.clone_functions_only());
            }
        }
        let mut ast = functions.merge(&self.compile(file, &block::with_imports(text, &range), text)?);
        ast.set_source(file);
        let mut after = present.clone();
        let parts = self.run(&Text { file, text }, ast, vec![range], &mut after)?;
        *present = Present { scope: latest(&after.scope), ..after };
        Ok(parts.into_iter().next().map(|(_, wanted)| wanted).unwrap_or_default())
    }

    /// The pattern of an expression, such as `mini("a b").fast(2)`. Its atoms are bytes of the text.
    ///
    /// # Errors
    /// As [`Host::evaluate`], and when it is no pattern.
    pub fn pattern(&self, text: &str) -> Result<Pattern, Vec<Diagnostic>> {
        let _turn = self.turn();
        self.shared.literals().begin();
        let file = "expression";
        let ast = self.compile(file, text, text)?;
        let mut made = Pattern::silence();
        self.run_then(&Text { file, text }, ast, Vec::new(), &mut Present::default(), |value| {
            made = value::pattern(&self.shared, &value)?;
            Ok(())
        })?;
        Ok(made)
    }

    fn turn(&self) -> std::sync::MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Compiles a text in which parts of the whole may be blanked.
    fn compile(&self, file: &str, text: &str, whole: &str) -> Result<AST, Vec<Diagnostic>> {
        let compiled = on_stack(|| self.engine.compile(text)).map_err(|fault| vec![fault_at(file, &fault)])?;
        let mut ast = compiled.map_err(|e| {
            vec![diagnose::diagnostic(&self.shared, file, text, &EvalAltResult::from(e), Position::NONE)]
        })?;
        ast.set_source(file);
        self.shared.literals().add(file, whole, &ast);
        Ok(ast)
    }

    /// The statements of a text, each block of them behind a call that says that the block begins.
    fn marked(&self, ast: &AST, text: &str) -> Result<AST, Vec<Diagnostic>> {
        let source = Source::new(text);
        let blocks = block::blocks(text);
        let calls: String = (0..blocks.len()).map(|n| format!("{}({n});", statement::BEGIN_BLOCK)).collect();
        let calls = self.engine.compile(calls).map_err(|e| vec![note(&e.to_string())])?;
        let mut starts = blocks.iter().map(|block| block.start).zip(calls.statements()).peekable();
        let mut statements = Vec::new();
        for statement in ast.statements() {
            let at = source.byte(statement.position()).unwrap_or(0);
            let mut begun = None;
            while let Some((_, call)) = starts.next_if(|(start, _)| *start <= at) {
                begun = Some(call.clone());
            }
            statements.extend(begun);
            statements.push(statement.clone());
        }
        Ok(AST::new_with_source(statements, ast.shared_lib().clone(), ast.source().unwrap_or_default()))
    }

    /// Runs what was compiled, and answers with what each block wants.
    fn run(&self, of: &Text<'_>, ast: AST, blocks: Vec<Range<usize>>, present: &mut Present) -> Answer {
        self.run_then(of, ast, blocks, present, |_| Ok(()))
    }

    /// The same, with something done to the value of the last statement.
    fn run_then(
        &self,
        of: &Text<'_>,
        ast: AST,
        blocks: Vec<Range<usize>>,
        present: &mut Present,
        then: impl FnOnce(Dynamic) -> Outcome<()> + Send,
    ) -> Answer {
        let ast = Arc::new(ast);
        self.shared.literals().hold(&ast);
        let blocks = if blocks.is_empty() { std::iter::once(0..of.text.len()).collect() } else { blocks };
        let first = blocks[0].clone();
        let done = on_stack(|| {
            let _turn = self.shared.turn.hold();
            self.shared.set_run(Some(Run {
                home: Home { ast: ast.clone(), source: Arc::new(Source::new(of.text)), imported: 0 },
                deadline: Instant::now() + self.limits.wall,
                blocks,
                parts: vec![(first, Wanted::default())],
                nested: Vec::new(),
                calls: HashMap::new(),
                loose: BTreeSet::new(),
                fault: None,
                importing: Vec::new(),
                modules: Vec::new(),
            }));
            let evaluate = || {
                then(self.engine.eval_ast_with_scope(&mut present.scope, &ast)?)?;
                // Functions for all tracks are tried while a fault of theirs still belongs to this evaluation.
                let parts = self.shared.run(|run| run.parts.clone()).unwrap_or_default();
                _ = sum(&parts).settled();
                self.shared.run(|run| run.fault.take()).flatten().map_or(Ok(()), Err)
            };
            let done = evaluate();
            (done, self.shared.set_run(None))
        });
        let (done, run) = match done {
            Ok((done, run)) => (Ok(done), run),
            Err(fault) => (Err(fault), self.shared.set_run(None)),
        };
        match (done, run) {
            (Ok(Ok(())), Some(run)) => self.finish(of.file, run, present),
            (Ok(Err(error)), run) => {
                // What the engine cannot place is said of an endless loop, or else of the block that ran.
                let running = || run.and_then(|run| run.home.source.position(run.parts.last()?.0.start));
                let place = Some(diagnose::empty_loop(&ast)).filter(|pos| !pos.is_none()).or_else(running);
                let place = place.unwrap_or(Position::NONE);
                Err(vec![diagnose::diagnostic(&self.shared, of.file, of.text, &error, place)])
            }
            (Err(fault), _) => Err(vec![fault_at(of.file, &fault)]),
            (Ok(Ok(())), None) => Ok(Vec::new()),
        }
    }

    /// What can only be judged at the end: names that clash, names that nothing has.
    fn finish(&self, file: &str, mut run: Run, present: &mut Present) -> Answer {
        let whole = sum(&run.parts);
        let mut faults = Vec::new();
        for (site, many) in [
            (whole.tracks.get(MOST_TRACKS).map(|t| &t.site), format!("more than {MOST_TRACKS} tracks")),
            (whole.nodes.values().nth(MOST_NODES).map(|n| &n.site), format!("more than {MOST_NODES} nodes")),
            (
                whole.instruments.values().nth(MOST_NODES).map(|i| &i.site),
                format!("more than {MOST_NODES} instruments"),
            ),
        ] {
            let Some(site) = site else { continue };
            let hint = Some("does a loop make them? stack(…) plays many patterns as one track".to_owned());
            faults.push(diagnose::at(&site.file, site.line, site.column, many, hint));
        }
        for track in &whole.tracks {
            if let Some(node) = whole.nodes.get(&track.name) {
                let message = format!("`{}` is a track here and a node in line {}", track.name, node.site.line);
                let hint = Some("tracks and nodes share their names: rename one".to_owned());
                faults.push(diagnose::at(&track.site.file, track.site.line, track.site.column, message, hint));
            }
        }
        let controls = whole.instruments.values().flat_map(|i| &i.patch.controls).map(|(name, _)| name.to_string());
        present.controls.extend(controls);
        let mut warnings = Vec::new();
        for name in run.loose.iter().filter(|name| !present.controls.contains(*name)) {
            if self.shared.registry.iter().any(|spec| spec.param(name).is_some()) {
                continue;
            }
            let (at_file, line, column) = self.shared.literals().first_call(name).unwrap_or((file.into(), 1, 1));
            let hint = diagnose::near(&self.shared, name);
            let near = hint.is_some();
            let mut fault =
                diagnose::at(&at_file, line, column, format!("there is no function or control `{name}`"), hint);
            if near {
                faults.push(fault);
            } else {
                fault.severity = Severity::Warning;
                warnings.push(fault);
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        warnings.extend(stray::patterns(file, &run.home.ast));
        let files = self.shared.literals().files();
        if let Some((_, last)) = run.parts.last_mut() {
            last.messages.extend(warnings);
            last.files = files;
        }
        Ok(run.parts)
    }
}

/// What each block wants, or what is wrong.
type Answer = Result<Vec<(Range<usize>, Wanted)>, Vec<Diagnostic>>;

/// A text and its name.
struct Text<'a> {
    file: &'a str,
    text: &'a str,
}

/// What several blocks want, in their order.
fn sum(parts: &[(Range<usize>, Wanted)]) -> Wanted {
    parts.iter().fold(Wanted::default(), |mut sum, (_, wanted)| {
        sum.extend(wanted.clone());
        sum
    })
}

/// What `print` says.
fn note(text: &str) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..diagnose::at("print", 1, 1, text.to_owned(), None) }
}

fn fault_at(file: &str, fault: &Fault) -> Diagnostic {
    diagnose::at(file, 1, 1, fault.message.clone(), fault.hint.clone())
}

/// The newest value of each name.
fn latest(scope: &Scope<'static>) -> Scope<'static> {
    let mut seen = BTreeSet::new();
    // The engine lists the newest first.
    let mut kept: Vec<(&str, bool, &Dynamic)> = scope.iter_raw().filter(|(name, ..)| seen.insert(*name)).collect();
    kept.reverse();
    let mut latest = Scope::new();
    for (name, constant, value) in kept {
        if constant {
            latest.push_constant_dynamic(name, value.clone());
        } else {
            latest.push_dynamic(name, value.clone());
        }
    }
    latest
}

/// Runs on a thread with a large stack; a panic becomes a fault.
fn on_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Fault> {
    let ended = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("script".to_owned()).stack_size(STACK);
        thread.spawn_scoped(scope, work).map(|handle| handle.join())
    });
    match ended {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) => Err(Fault::new("the script ran into a fault of this program, and was stopped")),
        Err(e) => Err(Fault::new(format!("no thread could be started for the script: {e}"))),
    }
}

fn limit(engine: &mut Engine, shared: &Arc<Shared>, limits: &Limits) {
    engine
        .set_optimization_level(OptimizationLevel::None)
        // Division and `>>` of whole numbers are ours.
        .set_fast_operators(false)
        // Each literal keeps a memory of its own, by which its place is found.
        .set_max_strings_interned(0)
        .set_max_operations(limits.operations)
        .set_max_call_levels(limits.call_levels)
        .set_max_expr_depths(MAX_EXPRESSION, MAX_EXPRESSION)
        .set_max_string_size(limits.text)
        .set_max_array_size(limits.items)
        .set_max_map_size(limits.items)
        .set_max_variables(1000)
        .set_max_functions(1000)
        .set_max_modules(64)
        .disable_symbol("eval");
    let shared = shared.clone();
    engine.on_progress(move |_| shared.step().map(Dynamic::from));
}
