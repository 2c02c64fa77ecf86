//! Calls of the language: functions of the table, controls and node types, by any of their names.

use crate::graph::{Graph, graph};
use crate::hint::Fault;
use crate::literal::Made;
use crate::shared::{Outcome, Shared};
use crate::value::{self, Dual, kind};
use crate::{statement, unit};
use bf_node::NodeSpec;
use bf_pattern::table::{Arg, CallError, Function, functions};
use bf_pattern::{CONTROLS, Pattern, Transform};
use rhai::{Dynamic, Engine, EvalAltResult, FnPtr, Map};
use std::any::TypeId;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What a name means. One may be several of them: `gain` is a control and a node.
#[derive(Clone, Copy, Default)]
struct Word {
    function: Option<&'static Function>,
    control: Option<&'static str>,
    node: Option<&'static NodeSpec>,
}

/// Every name of the language.
pub(crate) struct Words(HashMap<String, Word>);

impl Words {
    /// The names of the table, of the controls and of the node types.
    pub(crate) fn new(shared: &Shared) -> Words {
        let mut words: HashMap<String, Word> = HashMap::new();
        for function in functions() {
            for name in function.names() {
                words.entry(name).or_default().function = Some(function);
            }
        }
        for control in CONTROLS.iter().skip(1) {
            for name in [&control.name].into_iter().chain(control.aliases) {
                words.entry((*name).to_owned()).or_default().control = Some(control.name);
            }
        }
        for spec in shared.registry.iter() {
            words.entry(spec.name.to_owned()).or_default().node = Some(spec);
        }
        Words(words)
    }
}

/// Lets the engine find every name through two hooks: one for calls, one for values without a call.
pub(crate) fn register(engine: &mut Engine, shared: &Arc<Shared>, words: Words) {
    let values: HashMap<String, Dynamic> =
        words.0.iter().filter_map(|(name, word)| Some((name.clone(), bare(word)?))).collect();
    let words = Arc::new(words);
    reclaim(engine, shared, &words);
    let hooked = shared.clone();
    #[allow(deprecated, reason = "marked so by its authors for being new; the exact version is pinned")]
    engine.on_missing_function(move |name, args, is_method, context| {
        let args: Vec<&Dynamic> = args.iter().map(|arg| &**arg).collect();
        // The call itself is a level.
        let inside = context.call_level() > 1;
        if !inside {
            hooked.run(|run| *run.calls.entry(name.to_owned()).or_default() += 1);
        }
        call(&hooked, &words, name, &args, is_method).map_err(|error| {
            let args = args.len() - usize::from(is_method && !args.is_empty());
            placed(&hooked, error, name, args, inside)
        })
    });
    // A global module would do, but that closures capture what they name and find variables of the scope only.
    let hooked = shared.clone();
    #[allow(deprecated, reason = "as above")]
    engine.on_var(move |name, index, context| {
        if index > 0 || context.scope().contains(name) {
            return Ok(None);
        }
        if let Some(value) = values.get(name) {
            return Ok(Some(value.clone()));
        }
        let is_function = |run: &mut crate::shared::Run| run.home.ast.iter_functions().any(|f| f.name == name);
        if hooked.run(is_function).unwrap_or(false) { FnPtr::new(name).map(|f| Some(f.into())) } else { Ok(None) }
    });
}

/// Gives an error of a call its place, which the engine does not for calls that it does not know.
fn placed(shared: &Shared, mut error: Box<EvalAltResult>, name: &str, args: usize, inside: bool) -> Box<EvalAltResult> {
    if !error.position().is_none() {
        return error;
    }
    let made = shared.run(|run| {
        let nth = run.calls.get(name).copied().unwrap_or(0);
        Some(Made { name, args, inside, nth, block: run.parts.last()?.0.clone() })
    });
    if let Some(pos) = made.flatten().and_then(|made| shared.literals().place_of(&made)) {
        error.set_position(pos);
    }
    error
}

/// What a name means without a call: `sine`, `rev`; nothing where arguments are needed.
fn bare(word: &Word) -> Option<Dynamic> {
    let function = word.function?;
    let pattern = match function.call(None, &[]) {
        Ok(pattern) => Dynamic::from(pattern),
        Err(_) => Dynamic::from(function.transform(&[]).ok()?),
    };
    let graph = word.node.and_then(|spec| unit::make(spec, &[]).ok());
    Some(match graph {
        Some(graph) => Dynamic::from(Dual { pattern: Box::new(pattern), graph }),
        None => pattern,
    })
}

/// Takes names back that the engine's own library has for some types: `range(300, 3000)`.
fn reclaim(engine: &mut Engine, shared: &Arc<Shared>, words: &Arc<Words>) {
    let taken: BTreeSet<(String, Vec<TypeId>)> = engine
        .collect_fn_metadata(None, |f| Some((f.metadata.name.to_string(), f.metadata.param_types.to_vec())), true)
        .into_iter()
        .filter(|(name, _)| words.0.contains_key(name) && !statement::STATEMENTS.iter().any(|(s, _)| s == name))
        .collect();
    for (name, types) in taken {
        let (shared, words, word) = (shared.clone(), words.clone(), name.clone());
        engine.register_raw_fn(name, types, move |context, args| {
            let args: Vec<&Dynamic> = args.iter().map(|arg| &**arg).collect();
            let is_method = shared.literals().is_method(context.call_source(), context.call_position());
            let made = call(&shared, &words, &word, &args, is_method)?;
            made.ok_or_else(|| Fault::new(format!("`{word}` is no function")).into())
        });
    }
}

/// Calls what a name means; `None` where it means nothing here.
fn call(
    shared: &Arc<Shared>,
    words: &Words,
    name: &str,
    args: &[&Dynamic],
    is_method: bool,
) -> Outcome<Option<Dynamic>> {
    // The hook is asked after a statement failed, too: the fault of the statement stands.
    if statement::claims(name, args) {
        return Ok(None);
    }
    let Some(word) = words.0.get(name).copied() else {
        return if is_method { loose(shared, name, args) } else { Ok(None) };
    };
    let made = if is_method { method(shared, word, name, args) } else { plain(shared, word, name, args) };
    // A closure that failed on the way is the fault, not what was made of its silence.
    match shared.run(|run| run.fault.take()).flatten() {
        Some(fault) => Err(fault),
        None => made,
    }
}

/// `this.name(…)`.
fn method(shared: &Arc<Shared>, word: Word, name: &str, args: &[&Dynamic]) -> Outcome<Option<Dynamic>> {
    let Some((this, rest)) = args.split_first() else { return Ok(None) };
    if let (Some(from), Some(spec)) = (graph(this), word.node)
        && (this.is::<Graph>() || (word.function.is_none() && word.control.is_none()))
    {
        return from.into_input(&unit::make(spec, rest)?).map(|g| Some(Dynamic::from(g)));
    }
    if let (true, Some(function)) = (this.is::<Transform>(), word.function) {
        // `rev.fast(2)`: one after the other.
        let (Arg::Transform(first), rest) = (value::arg(shared, this)?, list(shared, rest)?) else { return Ok(None) };
        let then = function.transform(&rest).map_err(|e| fault(&e))?;
        return Ok(Some(Dynamic::from(first.then(&then))));
    }
    let this = value::pattern(shared, this)?;
    if let Some(function) = word.function {
        let made = function.call(Some(&this), &list(shared, rest)?);
        return made.map(|p| Some(Dynamic::from(p))).map_err(|e| fault(&e));
    }
    match (word.control, rest) {
        (Some(control), [value]) => Ok(Some(Dynamic::from(this.control(control, value::pattern(shared, value)?)))),
        // `"0 2 4".note()`: the values themselves are the control.
        (Some(control), []) => Ok(Some(Dynamic::from(this.as_control(control)))),
        (Some(_), _) => Err(Fault::new(format!("`{name}` takes one value, not {}", rest.len())).into()),
        _ => {
            let fault = Fault::new(format!("`{name}` is a node, and stands in no chain of patterns"));
            Err(fault.hint(Some("nodes sound in an instrument: instrument(\"name\", |v| saw(v.freq) >> …)")).into())
        }
    }
}

/// `name(…)`: as a pattern, as a node, or as both where its surroundings decide.
fn plain(shared: &Arc<Shared>, word: Word, name: &str, args: &[&Dynamic]) -> Outcome<Option<Dynamic>> {
    let named = args.iter().any(|arg| arg.is::<Graph>() || arg.is::<Map>());
    let node = || word.node.map(|spec| unit::make(spec, args));
    if named || (word.function.is_none() && word.control.is_none()) {
        match node() {
            Some(made) if !args.iter().any(|arg| arg.is::<Pattern>()) || word.function.is_none() => {
                return made.map(|g| Some(Dynamic::from(g)));
            }
            _ => {}
        }
    }
    let pattern = as_pattern(shared, word, name, args);
    match (pattern, node()) {
        (Ok(pattern), Some(Ok(graph))) => Ok(Some(Dynamic::from(Dual { pattern: Box::new(pattern), graph }))),
        (Ok(pattern), _) => Ok(Some(pattern)),
        (Err(_), Some(Ok(graph))) => Ok(Some(Dynamic::from(graph))),
        (Err(fault), _) => Err(fault),
    }
}

fn as_pattern(shared: &Arc<Shared>, word: Word, name: &str, args: &[&Dynamic]) -> Outcome<Dynamic> {
    if let Some(function) = word.function {
        let given = list(shared, args)?;
        // With the pattern to act on it acts; without it is a function of patterns.
        return match function.call(None, &given) {
            Ok(pattern) => Ok(Dynamic::from(pattern)),
            Err(CallError::NoPattern { .. }) => function.transform(&given).map(Dynamic::from).map_err(|e| fault(&e)),
            Err(error) => match function.transform(&given) {
                Ok(transform) => Ok(Dynamic::from(transform)),
                Err(_) => Err(fault(&error)),
            },
        };
    }
    match (word.control, args) {
        (Some(control), [value]) => Ok(Dynamic::from(value::pattern(shared, value)?.as_control(control))),
        // With a pattern to act on: `gain(0.5, p)`.
        (Some(control), [value, this]) => {
            let value = value::pattern(shared, value)?;
            Ok(Dynamic::from(value::pattern(shared, this)?.control(control, value)))
        }
        _ => Err(Fault::new(format!("`{name}` takes one value, not {}", args.len())).into()),
    }
}

/// A method that no declaration names: a control for an instrument that has it, which is known at the end.
fn loose(shared: &Arc<Shared>, name: &str, args: &[&Dynamic]) -> Outcome<Option<Dynamic>> {
    let [this, value] = args else { return Ok(None) };
    if !(this.is::<Pattern>() || this.is::<Dual>()) || kind(value) == "this value" {
        return Ok(None);
    }
    let (this, value) = (value::pattern(shared, this)?, value::pattern(shared, value)?);
    shared.run(|run| run.loose.insert(name.to_owned()));
    Ok(Some(Dynamic::from(this.control(name, value))))
}

fn list(shared: &Arc<Shared>, args: &[&Dynamic]) -> Outcome<Vec<Arg>> {
    args.iter().map(|arg| value::arg(shared, arg)).collect()
}

fn fault(error: &CallError) -> Box<rhai::EvalAltResult> {
    Fault::new(error.to_string()).into()
}
